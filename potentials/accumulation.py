"""Summing the forces of all clauses into the cells they act on.

Two ways give the same sums. Scattering is the faster on CPUs. On GPUs scattered additions happen
in no fixed order, so that the last digits, and soon the whole trajectory, differ between two runs
of one seed; gathering reads each cell's forces in a fixed order instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from odesolve.potentials.clauses import CellValues
from odesolve.potentials.device import on_device
from odesolve.potentials.positions import split


@partial(jax.tree_util.register_dataclass, data_fields=["rows", "position"], meta_fields=[])
@dataclass(frozen=True, eq=False)
class Incidence:
    """For each cell, the rows of the stacked forces that act on it.

    Cells are sorted into classes by their number of forces, rounded up to a power of two, so
    that one cell with very many forces does not widen the table of all the others. ``rows`` has
    one table a class, padded with the number of an extra row of zeros; ``position`` finds each
    cell in the joined classes.
    """

    rows: tuple[Int[Array, "members degree"], ...]
    position: Int[Array, " cells"]


def incidence_of(
    cells: Sequence[Int[np.ndarray, "clauses width"]],
    cell_count: int,
    real: Sequence[int] | None = None,
    rounded: Callable[[int], int] = int,
) -> Incidence:
    """The incidence of clause groups; forces are numbered group by group, clause by clause.

    Arguments:
        cells: of the clauses of each group.
        cell_count: of the system.
        real: how many clauses of each group count, from the first; all if None.
        rounded: the size to which a table is filled up with rows of zeros.
    """
    flat = np.concatenate([*(group.reshape(-1) for group in cells), np.zeros(0, np.int32)])
    zero = len(flat)
    counted = np.ones(zero, bool)
    if real is not None:
        own = [np.arange(len(g)) < n for g, n in zip(cells, real, strict=True)]
        widths = [group.shape[1] for group in cells]
        counted = np.concatenate([rows.repeat(w) for rows, w in zip(own, widths, strict=True)])
    kept = np.flatnonzero(counted)
    order = kept[np.argsort(flat[kept], kind="stable")]
    degree = np.bincount(flat[kept], minlength=cell_count)
    first = np.concatenate([[0], np.cumsum(degree)])[:-1]
    size_class = np.ceil(np.log2(np.maximum(degree, 1))).astype(int)
    rows_of, position, begun = [], np.empty(cell_count, np.int32), 0
    for power in np.unique(size_class):
        inside = np.flatnonzero(size_class == power)
        offset = np.arange(2**power)
        table = np.full((rounded(len(inside)), len(offset)), zero, np.int32)
        if len(order):
            taken = order[np.minimum(first[inside, None] + offset, len(order) - 1)]
            table[: len(inside)] = np.where(offset < degree[inside, None], taken, zero)
        rows_of.append(on_device(table))
        position[inside] = begun + np.arange(len(inside))
        begun += len(table)
    return Incidence(tuple(rows_of), on_device(position))


def gather_sum(pulls: Sequence[CellValues], incidence: Incidence) -> Float[Array, "cells runs"]:
    """Sums in a fixed order, by reading."""
    runs = pulls[0].shape[-1] if pulls else 1
    stacked = jnp.concatenate(
        [*(pull.reshape(-1, runs) for pull in pulls), jnp.zeros((1, runs), jnp.float32)]
    )
    sums = [stacked[table].sum(axis=1) for table in incidence.rows]
    return jnp.concatenate(sums)[incidence.position]


def scatter_sum(
    pulls: Sequence[CellValues],
    cells: Sequence[Int[Array, "clauses width"]],
    shape: tuple[int, int],
    by_position: Sequence[bool] | None = None,
) -> Float[Array, "cells runs"]:
    """Sums by adding each force to its cell.

    ``by_position`` says which forces are taken apart by position: those that were put together so.
    """
    force = jnp.zeros(shape, jnp.float32)
    for pull, own, apart in zip(pulls, cells, by_position or [False] * len(pulls), strict=True):
        if apart:
            own, pull = own.T.reshape(-1), jnp.concatenate(split(pull))
        force = force.at[own].add(pull, mode="promise_in_bounds", wrap_negative_indices=False)
    return force
