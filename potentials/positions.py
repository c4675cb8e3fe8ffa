"""Arrays of clause cells, treated position by position.

Clauses are narrow and many. A reduction over an axis of three makes XLA form that axis in memory
and walk along it; the same operation written out for three arrays ``[clauses, runs]`` becomes one
pass over all clauses, several times as fast. A stack of positions that is taken apart again costs
nothing, XLA removes both: the functions here take and give ``[clauses, width, runs]``, and a
kernel made of them is fused throughout. Any other operation on such an array is right as well,
but has it formed in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from itertools import accumulate
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int, Shaped

from odesolve.potentials.arrays import array_namespace

Cells = Shaped[Array, "clauses width runs"]

#: Wider clauses are reduced along their axis: the time to compile the other way grows with the
#: square of the width.
UNROLLED_WIDTH = 7


def is_unrolled(width: int) -> bool:
    """Whether clauses of this width are treated position by position."""
    return 0 < width <= UNROLLED_WIDTH


def split(cells: Cells) -> list[Shaped[Array, "clauses runs"]]:
    """One array for each position."""
    return [cells[:, i] for i in range(cells.shape[1])]


def each(function: Callable[..., Array], *cells: Any) -> Cells:
    """An element-wise function of arrays of cells; width 1 stands for every position."""
    width = max(array.shape[1] for array in cells)
    if not is_unrolled(width):
        return function(*cells)
    parts = [function(*(c[:, i if c.shape[1] > 1 else 0] for c in cells)) for i in range(width)]
    return array_namespace(*parts).stack(parts, axis=1)


def folded(combine: Any, cells: Cells) -> Shaped[Array, "clauses runs"]:
    """All positions combined, by an associative function such as ``jnp.minimum``."""
    if not is_unrolled(cells.shape[1]):
        return combine.reduce(cells, axis=1)
    return reduce(combine, split(cells))


def folded_others(combine: Callable[[Array, Array], Array], cells: Cells) -> Cells:
    """For each position, all the others combined; there must be at least two, and no more than
    are unrolled.

    Costs a number of operations proportional to the width: a fold from each side.
    """
    parts = split(cells)
    before = list(accumulate(parts[:-1], combine))
    after = list(accumulate(parts[:0:-1], combine))[::-1]
    between = [combine(b, a) for b, a in zip(before, after[1:], strict=False)]
    return jnp.stack([after[0], *between, before[-1]], axis=1)


def gathered(
    table: Shaped[Array, "rows runs"], rows: Int[Array, "clauses width"], by_position: bool
) -> Cells:
    """The rows that each clause names, which must exist.

    ``by_position`` promises that whoever takes the array takes it apart again.
    """
    width = rows.shape[1]
    if not by_position:
        return _rows(table, rows)
    parts = [_rows(table, rows[:, i]) for i in range(width)]
    return array_namespace(*parts).stack(parts, axis=1)


def _rows(table: Array, rows: Array) -> Array:
    if array_namespace(table, rows) is np:
        return table.take(rows, axis=0)  # ten times as fast as table[rows]
    # Rows are checked when a system is compiled; JAX's own checks cost as much as the gather.
    return jnp.asarray(table).at[rows].get(mode="promise_in_bounds", wrap_negative_indices=False)
