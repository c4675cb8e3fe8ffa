"""Size classes: systems of nearly one size are padded to one, and share compiled functions.

What is compiled depends on the numbers of variables, clauses and components. They are rounded up:
spare variables, which are fixed, join the blocks of their domain, and idle clauses over them join
the groups (``Clauses.idle``). An idle clause holds, at V = 0: it pulls fixed cells alone, its
memories stay where they began, and it counts as satisfied, so that the real part of the system
moves as it does alone. No kernel knows of it; what adds up over all clauses or cells, or draws for
each of them, asks which are real (``System.is_real``, ``System.number``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Array, Float, Int

from odesolve.potentials.accumulation import incidence_of
from odesolve.potentials.clauses import Clauses
from odesolve.potentials.device import on_device, on_host
from odesolve.potentials.domains import Domain, Simplex
from odesolve.potentials.families.different import Different
from odesolve.potentials.layout import Layout
from odesolve.potentials.pair_products import products_of
from odesolve.potentials.system import Group, System

#: The least size of a class, and the least distance between two: small systems take no longer for
#: it than their steps do anyway. Wide rows stand closer: no step adds more than so many cells.
LEAST_SIZE, CLAUSE_STEP, CELLS_PER_STEP = 32, 128, 1024

#: The same of variables, of which there are fewer.
VARIABLE_STEP, VARIABLE_CELLS = 64, 128

#: Classes in each doubling, up to a number. Large systems step for longer and are compiled less
#: often, so that their classes are finer.
CLASSES_PER_DOUBLING = ((2**12, 8), (2**15, 16), (2**63, 32))

#: Components: few there are, and an empty one costs a number a run.
MOST_DOUBLED_COMPONENTS = 32


@dataclass(frozen=True)
class Padded:
    """A system, the larger one that is integrated in its place, and what stands where in that.

    Attributes:
        exact: the system as it was compiled.
        system: the padded one; the same where nothing was padded.
        variables, cells: where those of the exact system stand, slices where nothing moved.
        spare: cells of the padded system at which spare variables stand, and 0 for the others.
    """

    exact: System
    system: System
    variables: Int[np.ndarray, " variables"] | slice
    cells: Int[np.ndarray, " cells"] | slice
    spare: Float[np.ndarray, "padded 1"] | None = None

    @classmethod
    def unchanged(cls, system: System) -> Padded:
        """The system as it is."""
        return cls(system, system, slice(None), slice(None))

    @property
    def components(self) -> int:
        """Those of the exact system; the others are empty."""
        return self.exact.component_count

    def real_rows(self, lengths: Sequence[int]) -> list[int]:
        """How many of the first rows of a memory's arrays belong to the exact system.

        They have one row for each clause of a group (narrow clauses may have an array for each
        position), or one for each cell; others are left alone.
        """
        pairs = list(zip(self.exact.groups, self.system.groups, strict=True))
        by_position = [own for own in pairs for _ in range(own[0].arrays_of_cells)]
        for arrays in (pairs, by_position):
            if list(lengths) == [len(whole.clauses) for _, whole in arrays]:
                return [len(exact.clauses) for exact, _ in arrays]
        cells = {self.system.cell_count: self.exact.cell_count}
        return [cells.get(length, length) for length in lengths]

    def starts(self, x: Float[np.ndarray, "cells runs"]) -> Float[np.ndarray, "padded runs"]:
        """Starts of the padded system from those of the exact one."""
        if self.spare is None:
            return x
        whole = self.spare.repeat(x.shape[1], axis=1)
        whole[self.cells] = x
        return whole


def size_class(
    number: int, width: int = 1, most_step: int = CLAUSE_STEP, most_cells: int = CELLS_PER_STEP
) -> int:
    """The least size that is not below the number.

    Arguments:
        width: cells of each.
        most_step: the distance between two small sizes, if they are narrow: a power of two.
        most_cells: what a step of wide ones may add.
    """
    step = min(2 ** (max(most_cells // max(width, 1), 1).bit_length() - 1), most_step)
    doubled = 2 ** max(number - 1, 0).bit_length()  # the least power of two that is not below
    if number <= step:
        return max(doubled, min(LEAST_SIZE, step))
    per_doubling = next(own for most, own in CLASSES_PER_DOUBLING if number <= most)
    step = max(doubled // 2 // per_doubling, step)
    return -(-number // step) * step


def component_class(number: int) -> int:
    """The same for components."""
    if number <= MOST_DOUBLED_COMPONENTS:
        return int(2 ** (number - 1).bit_length())
    return size_class(number)


def padded(system: System) -> Padded:
    """The system at the sizes of its class; as it is where something of it cannot be padded."""
    goal = system.goal
    spares = _Spares(system.layout)
    idle = [_idle(group, spares) for group in system.groups]
    kinds = zip(system.groups, idle, strict=True)
    if not idle or any(type(own) is not type(group.clauses) for group, own in kinds):
        return Padded.unchanged(system)
    layout = spares.placed()
    variables, cells = _places(system.layout, layout)
    if goal is not None:
        goal = goal.moved(variables)
        if goal is None:
            return Padded.unchanged(system)
    groups = tuple(
        _padded_group(group, spares, layout, variables, cells) for group in system.groups
    )
    spare, fixed = _held(system, spares, layout, cells)
    components = component_class(system.component_count)
    worst = None
    if system.worst_cost is not None:
        worst = on_device(_rows(system.worst_cost, components, 0))
    whole = System(
        groups,
        on_device(_moved(system.component, variables, layout.variable_count, 0)),
        on_device(fixed),
        None if system.mobility is None else _moved_cells(system.mobility, cells, layout, 1.0),
        None if goal is None else on_device(goal),
        None if system.incidence is None else _incidence(system, groups, layout),
        worst,
        layout,
        components,
        _moved_cells(system.polarity, cells, layout, 0.0),
        None if system.open is None else _moved_cells(system.open, cells, layout, 1.0),
        _moved_cells(np.arange(len(cells), dtype=np.int32)[:, None], cells, layout, -1),
    )
    return Padded(system, whole, variables, cells, spare)


def with_products(whole: Padded) -> Padded:
    """The same with products of matrices for the edges of dense graphs (``pair_products``)."""
    exact, system = whole.exact, whole.system
    kinds = zip(exact.groups, system.groups, strict=True)
    groups = tuple(_by_products(own, group, exact.layout, system.layout) for own, group in kinds)
    if all(group.products is None for group in groups):
        return whole
    incidence = system.incidence
    others = [place for place, group in enumerate(groups) if group.products is None]
    if not others:
        incidence = None
    if incidence is not None:
        cells = [on_host(groups[place].cells) for place in others]
        real = [len(exact.groups[place].clauses) for place in others]
        rounded = int if whole.spare is None else size_class
        incidence = incidence_of(cells, system.layout.cell_count, real, rounded)
    return replace(whole, system=replace(system, groups=groups, incidence=incidence))


def _by_products(exact: Group, group: Group, before: Layout, after: Layout) -> Group:
    if not isinstance(group.clauses, Different) or not len(exact.clauses):
        return group
    place = int(after.block_of(on_host(group.clauses.scopes)[0, :1])[0])
    variables, edges = before.blocks[place].count, len(exact.clauses)
    products = products_of(group.clauses, after.blocks[place], variables, edges)
    return group if products is None else replace(group, products=products)


class _Spares:
    """Spare variables by their domain and value, allotted when they are first asked for."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.wanted: list[list[int]] = [[] for _ in layout.blocks]
        self.first: list[int] | None = None

    def __call__(self, domain: Domain, value: int) -> int:
        """The number of a spare variable that stands at the value; any number until ``placed``."""
        block = next(i for i, own in enumerate(self.layout.blocks) if own.domain == domain)
        if value not in self.wanted[block]:
            self.wanted[block].append(value)
        place = self.wanted[block].index(value)
        return place if self.first is None else self.first[block] + place

    def placed(self) -> Layout:
        """The layout with all spare variables that were asked for, and more up to its class."""
        blocks = self.layout.blocks
        counts = [
            size_class(block.count + len(own), block.domain.width, VARIABLE_STEP, VARIABLE_CELLS)
            for block, own in zip(blocks, self.wanted, strict=True)
        ]
        layout = Layout.of([(b.domain, n) for b, n in zip(blocks, counts, strict=True)])
        self.first = [
            after.first_variable + before.count
            for before, after in zip(blocks, layout.blocks, strict=True)
        ]
        return layout


def _idle(group: Group, spares: _Spares) -> Clauses | None:
    """One idle clause for a group; None where its family has none."""
    domains = group.domains
    if group.clauses.by_literal:
        domains = tuple(b.domain for b in spares.layout.blocks if isinstance(b.domain, Simplex))[:1]
    return group.clauses.idle(domains, spares)


def _padded_group(
    group: Group,
    spares: _Spares,
    layout: Layout,
    variables: Int[np.ndarray, " variables"],
    cells: Int[np.ndarray, " cells"],
) -> Group:
    idle = _idle(group, spares)
    assert idle is not None
    count = size_class(*group.cells.shape)
    missing = count - len(group.clauses)
    own: Any = on_host(group.clauses)
    real = replace(own, scopes=variables[own.scopes].astype(np.int32))
    idle_cells = idle.cells_in(layout).repeat(missing, axis=0)
    idle = idle.take(np.zeros(missing, np.int64))
    whole = type(real).merged([real, idle])
    own_cells = [cells[on_host(group.cells)], idle_cells]
    level = group.level
    if np.ndim(level):
        level = on_device(_rows(level, count, 1.0))
    return Group(
        on_device(whole),
        on_device(np.concatenate(own_cells).astype(np.int32)),
        on_device(_rows(group.component, count, 0)),
        None if group.weight is None else on_device(_rows(group.weight, count, 1.0)),
        None if group.penalty is None else on_device(_rows(group.penalty, count, 1)),
        group.domains,
        level,
    )


def _places(
    before: Layout, after: Layout
) -> tuple[Int[np.ndarray, " variables"], Int[np.ndarray, " cells"]]:
    """Where the variables and the cells of one layout stand in a larger one."""
    variables, cells = [], []
    for old, new in zip(before.blocks, after.blocks, strict=True):
        variables.append(new.first_variable + np.arange(old.count))
        cells.append(new.first_cell + np.arange(old.count * old.domain.width))
    return np.concatenate(variables), np.concatenate(cells)


def _held(
    system: System, spares: _Spares, layout: Layout, cells: Int[np.ndarray, " cells"]
) -> tuple[Float[np.ndarray, "padded 1"], Float[np.ndarray, "padded 1"]]:
    """Where spare variables stand, 0 for real ones; and what is fixed, NaN for free cells."""
    parts = []
    for block, old, wanted in zip(layout.blocks, system.layout.blocks, spares.wanted, strict=True):
        values = np.full(block.count - old.count, block.domain.lowest)
        values[: len(wanted)] = wanted
        real = np.zeros(old.count * block.domain.width, np.float32)
        parts += [real, np.asarray(block.domain.corner(values), np.float32).reshape(-1)]
    spare = np.concatenate(parts)[:, None]
    fixed = spare.copy()
    fixed[cells] = np.nan if system.fixed is None else on_host(system.fixed)
    return spare, fixed


def _incidence(system: System, groups: Sequence[Group], layout: Layout) -> Any:
    """Who pulls each cell: spare cells, which are fixed, are pulled by nobody."""
    real = [len(group.clauses) for group in system.groups]
    cells = [on_host(group.cells) for group in groups]
    return incidence_of(cells, layout.cell_count, real, size_class)


def _rows(array: Any, count: int, value: float) -> np.ndarray:
    """The array with rows of one value added."""
    own = on_host(array)
    more = np.full((count - len(own), *own.shape[1:]), value, own.dtype)
    return np.concatenate([own, more])


def _moved(array: Any, places: Int[np.ndarray, " n"], count: int, value: float) -> np.ndarray:
    """The rows of an array at their places among rows of one value."""
    own = on_host(array)
    whole = np.full((count, *own.shape[1:]), value, own.dtype)
    whole[places] = own
    return whole


def _moved_cells(
    array: Any, cells: Int[np.ndarray, " cells"], layout: Layout, value: float
) -> Array:
    return on_device(_moved(array, cells, layout.cell_count, value))
