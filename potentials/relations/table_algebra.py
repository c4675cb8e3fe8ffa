"""Operations on small truth tables, each computed once per distinct table.

A table is ``bytes`` with one byte a row (1 = allowed), the first position being the most
significant bit of the row number, as in ``fourier.py``. A circuit has thousands of cells but few
distinct tables, so with results remembered by table, presolve costs dictionary look-ups.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

Table = bytes

#: Results remembered for each operation; the largest table has 4,096 bytes.
_REMEMBERED = 2**13


class Facts(NamedTuple):
    """What holds in every allowed row of a table that has one.

    Attributes:
        forced: (position, bit) pairs.
        equalities: (position, later position, negated), for pairs that are not forced.
        irrelevant: positions on which the table does not depend.
    """

    forced: tuple[tuple[int, int], ...]
    equalities: tuple[tuple[int, int, bool], ...]
    irrelevant: tuple[int, ...]


def arity_of(table: Table) -> int:
    """The number of positions."""
    return len(table).bit_length() - 1


def cube_of(table: Table) -> Bool[np.ndarray, ...]:
    """The table as an array with one axis of length 2 a position (read-only)."""
    return np.frombuffer(table, bool).reshape((2,) * arity_of(table))


def row_bits(arity: int) -> Int[np.ndarray, "rows arity"]:
    """The bits of all rows of a table, in order."""
    return (np.arange(2**arity)[:, None] >> np.arange(arity - 1, -1, -1)) & 1


@lru_cache(_REMEMBERED)
def restricted(table: Table, position: int, bit: int) -> Table:
    """The rows in which ``position`` holds ``bit``, without that position."""
    return cube_of(table).take(bit, axis=position).tobytes()


@lru_cache(_REMEMBERED)
def flipped(table: Table, position: int) -> Table:
    """The same relation of the negation of the bit at ``position``."""
    return np.flip(cube_of(table), position).tobytes()


@lru_cache(_REMEMBERED)
def identified(table: Table, kept: int, dropped: int, negated: bool) -> Table:
    """The rows in which ``dropped`` equals (or is opposite to) ``kept``, without ``dropped``."""
    cube = cube_of(table)

    def half(bit: int) -> np.ndarray:
        index: list[int | slice] = [slice(None)] * cube.ndim
        index[kept], index[dropped] = bit, bit ^ negated
        return cube[tuple(index)]

    return np.stack([half(0), half(1)], axis=kept - (dropped < kept)).tobytes()


@lru_cache(_REMEMBERED)
def reordered(table: Table, order: tuple[int, ...]) -> Table:
    """The table whose position i is position ``order[i]`` of this one."""
    return cube_of(table).transpose(order).tobytes()


@lru_cache(_REMEMBERED)
def conjunction(first: Table, second: Table) -> Table:
    """The rows that both tables allow; both have the same positions."""
    return (np.frombuffer(first, bool) & np.frombuffer(second, bool)).tobytes()


@lru_cache(_REMEMBERED)
def facts_of(table: Table) -> Facts:
    """What every allowed row has in common; an empty table yields no facts."""
    cube, arity = cube_of(table), arity_of(table)
    signs = 2 * row_bits(arity)[cube.ravel()] - 1
    count = len(signs)
    if count == 0:
        return Facts((), (), ())
    total, agreement = signs.sum(axis=0), signs.T @ signs
    forced = {i: int(total[i] > 0) for i in range(arity) if abs(total[i]) == count}
    equalities = tuple(
        (i, j, bool(agreement[i, j] < 0))
        for i in range(arity)
        for j in range(i + 1, arity)
        if abs(agreement[i, j]) == count and i not in forced and j not in forced
    )
    irrelevant = tuple(
        i for i in range(arity) if np.array_equal(cube.take(0, axis=i), cube.take(1, axis=i))
    )
    return Facts(tuple(forced.items()), equalities, irrelevant)
