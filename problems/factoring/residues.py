"""Redundant relations between the bits of the factors alone, for factoring.

A multiplier ties the factors to the product through carries; these relations say directly what
the lowest and the highest bits of p q = N allow. They exclude no solution.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Int

from odesolve.potentials.relations.fourier import MAXIMUM_ARITY
from odesolve.potentials.relations.relation import Relation
from odesolve.potentials.relations.table_algebra import row_bits

_NOTHING: Mapping[int, int] = {}


def low_block(
    number: int,
    p: Sequence[int],
    q: Sequence[int],
    count: int,
    fixed: Mapping[int, int] = _NOTHING,
) -> Relation:
    """p q = N modulo 2^count, as a relation of the lowest ``count`` bits of both factors.

    Arguments:
        number: N.
        p: bits of one factor, least significant first.
        q: bits of the other; the widths may differ.
        fixed: variable -> bit; fixed variables are left out of the relation.

    Raises:
        ValueError: if more than 12 bits are left or ``count`` is below 1.
    """
    name = f"lowest {_bits(count)} of the factors"
    scope, (low_p, low_q) = _values([p[:count], q[:count]], fixed, name)
    # Both are below 2^count, but fixed bits can make count large: Python integers cannot wrap.
    allowed = (low_p * low_q - number) % 2**count == 0
    return Relation(scope, allowed.astype(bool), name)


def high_block(
    number: int,
    p: Sequence[int],
    q: Sequence[int],
    count: int,
    fixed: Mapping[int, int] = _NOTHING,
    *,
    ordered: bool = False,
) -> Relation:
    """What the highest ``count`` bits of both factors allow: the least and the greatest product.

    With these top bits p is between two numbers, and so is q; N must lie between the products
    of the lower and of the upper ends.

    Arguments:
        number: N.
        p: bits of one factor, least significant first; its whole width counts.
        q: bits of the other; the widths may differ.
        fixed: variable -> bit; fixed variables are left out of the relation.
        ordered: also require p <= q as far as the top bits tell.

    Raises:
        ValueError: if more than 12 bits are left or ``count`` is below 1.
    """
    name = f"highest {_bits(count)} of the factors"
    top_p, top_q = p[max(len(p) - count, 0) :], q[max(len(q) - count, 0) :]
    scope, (high_p, high_q) = _values([top_p, top_q], fixed, name)
    unit_p, unit_q = 2 ** (len(p) - len(top_p)), 2 ** (len(q) - len(top_q))
    least_p, least_q = high_p * unit_p, high_q * unit_q
    most_p, most_q = least_p + (unit_p - 1), least_q + (unit_q - 1)
    allowed = (least_p * least_q <= number) & (number <= most_p * most_q)
    if ordered:
        allowed &= least_p <= most_q
    return Relation(scope, allowed.astype(bool), name)


def _bits(count: int) -> str:
    if count < 1:
        raise ValueError(f"a block has at least one bit, got {count}")
    return "bit" if count == 1 else f"{count} bits"


def _values(
    blocks: Sequence[Sequence[int]], fixed: Mapping[int, int], name: str
) -> tuple[tuple[int, ...], list[Int[np.ndarray, " rows"]]]:
    """The variables that are not fixed, and the number each block holds in every row of them.

    The numbers are Python integers (dtype object): products may have any size.
    """
    scope = tuple(dict.fromkeys(bit for block in blocks for bit in block if bit not in fixed))
    if len(scope) > MAXIMUM_ARITY:
        raise ValueError(f"{name}: at most {MAXIMUM_ARITY} of them may be open, got {len(scope)}")
    rows = row_bits(len(scope))
    numbers = []
    for block in blocks:
        number = np.zeros(len(rows), object)
        for place, bit in enumerate(block):
            column: Bool[np.ndarray, " rows"] | int
            column = fixed[bit] if bit in fixed else rows[:, scope.index(bit)].astype(object)
            number = number + column * 2**place
        numbers.append(number)
    return scope, numbers
