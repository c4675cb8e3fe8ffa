"""``Circuit``: bits joined by adder cells, as relations that run in every direction.

Numbers are lists of variable numbers, least significant bit first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Bool

from odesolve.potentials.relations.relation import Relation
from odesolve.potentials.relations.table_algebra import row_bits

#: A bit, or the product (and) of several bits.
Term = int | tuple[int, ...]


class Circuit:
    """Variables and the relations between them, in the order in which they were added.

    Arguments:
        check: called for every cell; what it raises ends the building of a large circuit.

    Attributes:
        variable_count: variables allocated so far; they are numbered from 0.
        relations: each cell's outputs are new when it is added, so that known inputs
            determine everything in one pass over the relations.
    """

    def __init__(self, check: Callable[[], None] | None = None) -> None:
        self.check = check
        self.variable_count = 0
        self.relations: list[Relation] = []

    def bit(self) -> int:
        """A new variable."""
        self.variable_count += 1
        return self.variable_count - 1

    def bits(self, width: int) -> list[int]:
        """The new variables of a number of ``width`` bits."""
        return [self.bit() for _ in range(width)]

    def zero(self, name: str) -> int:
        """A new variable that is 0."""
        variable = self.bit()
        self.relations.append(Relation((variable,), np.array([True, False]), name))
        return variable

    def sum_of(self, terms: Sequence[Term], name: str) -> list[int]:
        """A cell that adds terms, each a bit or a product of bits.

        Two bits make a half adder, three a full adder; with products as terms these are the
        article's cells "with coefficients" (section "Prime factorization"), and one product
        alone is an and-gate. A variable may occur more than once.

        Returns:
            New variables: the bits of the sum, as many as the largest sum needs.

        Raises:
            ValueError: if there is no term, or the cell needs more than 12 bits.
        """
        if self.check is not None:
            self.check()
        if not terms:
            raise ValueError(f"{name}: a cell adds at least one term")
        products = [(term,) if isinstance(term, int) else term for term in terms]
        outputs = self.bits(len(terms).bit_length())
        scope = [bit for product in products for bit in product] + outputs
        table = cell_table(tuple(len(product) for product in products))
        self.relations.append(Relation.from_scope(scope, table, name))
        return outputs

    def single(self, term: Term, name: str) -> int:
        """The variable of a term: the bit itself, or the output of an and-gate."""
        return term if isinstance(term, int) else self.sum_of([term], name)[0]


@lru_cache(256)
def cell_table(widths: tuple[int, ...]) -> Bool[np.ndarray, " rows"]:
    """The truth table of a cell that adds products of so many bits each.

    Positions: the factors of each term in turn, then the sum's bits, lowest first.
    """
    bits = row_bits(sum(widths) + len(widths).bit_length())
    total = np.zeros(len(bits), np.int64)
    start = 0
    for width in widths:
        total += bits[:, start : start + width].prod(axis=1)
        start += width
    output = bits[:, start:] @ (1 << np.arange(bits.shape[1] - start))
    allowed: Bool[np.ndarray, " rows"] = total == output
    allowed.flags.writeable = False
    return allowed


def fixed_bits(number: int, variables: Sequence[int]) -> dict[int, int]:
    """Variable -> bit that makes these variables hold a number, least significant bit first.

    Raises:
        ValueError: if the number is negative or needs more bits.
    """
    if number < 0 or number >> len(variables):
        raise ValueError(f"{number} does not fit in {len(variables)} bits")
    return {variable: (number >> i) & 1 for i, variable in enumerate(variables)}


def number_in(variables: Sequence[int], assignment: Sequence[int] | np.ndarray) -> int:
    """The number that these variables hold in a full assignment, of any size."""
    return sum(int(assignment[variable]) << i for i, variable in enumerate(variables))
