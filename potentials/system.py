"""The compiler's product: a ``System`` that evaluates all clauses of a problem at once.

Clauses of one family, form, arity and domains become one group of arrays with one kernel. The
arrays are leaves of a pytree: a system is passed to jitted functions as an argument, so problems
of the same shape share one compilation, and nothing of size clauses x variables is ever formed.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from odesolve.potentials.accumulation import Incidence, gather_sum, incidence_of, scatter_sum
from odesolve.potentials.clauses import CellValues, Clauses, Potential
from odesolve.potentials.domains import Domain
from odesolve.potentials.layout import Layout


class Forms(NamedTuple):
    """What one group says at a state: V, the pull on its cells, and the rigidity if it has one."""

    value: Potential
    pull: CellValues
    rigidity: CellValues | None


@partial(
    jax.tree_util.register_dataclass,
    data_fields=["clauses", "cells", "component"],
    meta_fields=["domains"],
)
@dataclass(frozen=True, eq=False)
class Group:
    """Clauses that share one kernel, with the cells they act on and their component."""

    clauses: Clauses
    cells: Int[Array, "clauses width"]
    component: Int[Array, " clauses"]
    domains: tuple[Domain, ...]

    def value(self, x: Float[Array, "cells runs"]) -> Potential:
        return self.clauses.value(x[self.cells], self.domains)

    def forms(self, x: Float[Array, "cells runs"], rigidity: bool = False) -> Forms:
        own = x[self.cells]
        value, pull = self.clauses.value_and_pull(own, self.domains)
        return Forms(value, pull, self.clauses.rigidity(own, self.domains) if rigidity else None)

    def satisfied(self, values: Int[Array, "variables runs"]) -> Bool[Array, "clauses runs"]:
        return self.clauses.satisfied(values[self.clauses.scopes])


@partial(
    jax.tree_util.register_dataclass,
    data_fields=["groups", "component", "fixed", "incidence"],
    meta_fields=["layout", "component_count"],
)
@dataclass(frozen=True, eq=False)
class System:
    """A compiled problem: what the dynamics integrate.

    ``component`` numbers the independent parts of the problem (variables joined by no clause),
    so that each part's best assignment can be kept apart. ``fixed`` is NaN for free cells and
    the value to hold for fixed ones, or None when nothing is fixed.
    """

    groups: tuple[Group, ...]
    component: Int[Array, " variables"]
    fixed: Float[Array, "cells 1"] | None
    incidence: Incidence | None
    layout: Layout
    component_count: int

    @property
    def variable_count(self) -> int:
        return self.layout.variable_count

    @property
    def cell_count(self) -> int:
        return self.layout.cell_count

    @property
    def clause_count(self) -> int:
        return sum(len(group.clauses) for group in self.groups)

    def sample(self, generators: Sequence[np.random.Generator]) -> Float[np.ndarray, "cells runs"]:
        """Random starts, one generator a run."""
        x = np.empty((self.cell_count, len(generators)), np.float32)
        for run, generator in enumerate(generators):
            for block in self.layout.blocks:
                x[block.cells, run] = block.domain.sample(generator, block.count).reshape(-1)
        return x

    def hold(self, x: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """x with the fixed cells at their values."""
        return x if self.fixed is None else jnp.where(jnp.isnan(self.fixed), x, self.fixed)

    def project(self, x: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """The nearest admissible state: variables in their domains, fixed ones at their values."""
        return self.hold(self._by_block(x, lambda domain, part: domain.project(part)))

    def tangent(self, force: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """The part of a force that moves the free variables along their domains."""
        force = self._by_block(force, lambda domain, part: domain.tangent(part))
        return force if self.fixed is None else jnp.where(jnp.isnan(self.fixed), force, 0.0)

    def from_centre(self, x: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """Where every variable stands from the undecided point of its domain."""
        return self._by_block(x, lambda domain, part: domain.from_centre(part))

    def largest_in_variable(self, x: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """For each cell, the largest magnitude among the cells of its variable."""

        def largest(domain: Domain, part: Array) -> Array:
            return jnp.broadcast_to(jnp.abs(part).max(axis=1, keepdims=True), part.shape)

        return self._by_block(x, largest)

    def decode(self, x: Float[Array, "cells runs"]) -> Int[Array, "variables runs"]:
        """The discrete assignment that each run stands for."""
        parts = [
            block.domain.decode(x[block.cells].reshape(block.count, block.domain.width, x.shape[1]))
            for block in self.layout.blocks
        ]
        return jnp.concatenate(parts) if parts else jnp.zeros((0, x.shape[1]), jnp.int32)

    def accumulate(self, pulls: Sequence[CellValues]) -> Float[Array, "cells runs"]:
        """The sum over all clauses of forces given group by group, ``[clauses, width, runs]``."""
        if self.incidence is not None:
            return gather_sum(pulls, self.incidence)
        runs = pulls[0].shape[-1] if pulls else 1
        return scatter_sum(pulls, [group.cells for group in self.groups], (self.cell_count, runs))

    def violated(self, values: Int[Array, "variables runs"]) -> Int[Array, "components runs"]:
        """How many clauses of each component an assignment violates."""
        runs = values.shape[1]
        total = jnp.zeros((self.component_count, runs), jnp.int32)
        for group in self.groups:
            wrong = ~group.satisfied(values)
            if self.component_count == 1:
                total = total + wrong.sum(axis=0, dtype=jnp.int32, keepdims=True)
            else:
                total = total.at[group.component].add(wrong.astype(jnp.int32))
        return total

    def _by_block(self, x, change):  # type: ignore[no-untyped-def]
        parts = []
        for block in self.layout.blocks:
            part = x[block.cells].reshape(block.count, block.domain.width, x.shape[1])
            parts.append(change(block.domain, part).reshape(-1, x.shape[1]))
        return parts[0] if len(parts) == 1 else jnp.concatenate([x[:0], *parts])


def compile_system(
    domains: Sequence[tuple[Domain, int]],
    clauses: Iterable[Clauses],
    *,
    fixed: Mapping[int, int] | None = None,
    deterministic_gather: bool | None = None,
) -> System:
    """Turn clauses over discrete variables into a ``System``.

    Arguments:
        domains: ``(domain, count)`` pairs; variables are numbered through them from 0.
        clauses: batches of clauses (any number of each family, of any size).
        fixed: variable -> value that it keeps.
        deterministic_gather: sum forces by gathering in a fixed order instead of scattering;
            default on GPUs, where scattered additions have no fixed order and the same seed
            would not give the same answer.

    Raises:
        ValueError: if a clause names a variable that does not exist, does not work on its
            domain, or a fixed value lies outside the domain.
    """
    layout = Layout.of(domains)
    batches = _grouped(clauses, layout)
    scopes = [np.asarray(batch.scopes) for batch, _ in batches]
    component, component_count = _components(layout.variable_count, scopes)
    groups = tuple(
        Group(
            jax.tree.map(jnp.asarray, batch),
            jnp.asarray(layout.cells_of(scope)),
            jnp.asarray(component[scope[:, 0]] if scope.shape[1] else np.zeros(len(scope), int)),
            batch_domains,
        )
        for (batch, batch_domains), scope in zip(batches, scopes, strict=True)
    )
    if deterministic_gather is None:
        deterministic_gather = jax.default_backend() != "cpu"
    incidence = None
    if deterministic_gather:
        incidence = incidence_of([np.asarray(group.cells) for group in groups], layout.cell_count)
    return System(
        groups,
        jnp.asarray(component),
        _fixed_cells(fixed or {}, layout),
        incidence,
        layout,
        component_count,
    )


def _grouped(
    clauses: Iterable[Clauses], layout: Layout
) -> list[tuple[Clauses, tuple[Domain, ...]]]:
    """Clauses joined into one batch for each (signature, domains), in order of appearance."""
    buckets: dict[Hashable, list[Clauses]] = {}
    bucket_domains: dict[Hashable, tuple[Domain, ...]] = {}
    for batch in clauses:
        if not len(batch):
            continue
        scopes = np.asarray(batch.scopes)
        if scopes.size and scopes.max() >= layout.variable_count:
            raise ValueError(
                f"{batch.family}: clause names variable {scopes.max()}, "
                f"but there are only {layout.variable_count} (numbered from 0)"
            )
        blocks = layout.block_of(scopes.reshape(-1)).reshape(scopes.shape)
        for rows, pattern in _rows_by_pattern(blocks, layout):
            part = batch if rows is None else batch.take(rows)
            part.validate(pattern)
            key = (batch.signature(), pattern)
            buckets.setdefault(key, []).append(part)
            bucket_domains[key] = pattern
    return [
        (parts[0] if len(parts) == 1 else type(parts[0]).merged(parts), bucket_domains[key])
        for key, parts in buckets.items()
    ]


def _rows_by_pattern(
    blocks: Int[np.ndarray, "clauses arity"], layout: Layout
) -> list[tuple[np.ndarray | None, tuple[Domain, ...]]]:
    """The rows of a batch that share one tuple of domains; None stands for all rows."""
    patterns, position = np.unique(blocks, axis=0, return_inverse=True)
    described = [tuple(layout.blocks[int(b)].domain for b in pattern) for pattern in patterns]
    if len(set(described)) == 1:
        return [(None, described[0])]
    position = position.reshape(-1)
    result = []
    for domains in dict.fromkeys(described):
        members = [i for i, other in enumerate(described) if other == domains]
        result.append((np.flatnonzero(np.isin(position, members)), domains))
    return result


def _components(
    variables: int, scopes: Sequence[np.ndarray]
) -> tuple[Int[np.ndarray, " variables"], int]:
    """The number of each variable's connected component; variables in no clause share one."""
    scopes = [scope for scope in scopes if scope.shape[1]]
    links = [scope[:, [0]].repeat(scope.shape[1] - 1, 1).ravel() for scope in scopes]
    others = [scope[:, 1:].ravel() for scope in scopes]
    row = np.concatenate([*links, np.zeros(0, np.int32)])
    column = np.concatenate([*others, np.zeros(0, np.int32)])
    graph = coo_array((np.ones(len(row), np.int8), (row, column)), shape=(variables, variables))
    label = connected_components(graph, directed=False)[1] if variables else np.zeros(0, int)
    used = np.zeros(variables, bool)
    for scope in scopes:
        used[scope.ravel()] = True
    kept = np.unique(label[used])
    # Unconstrained variables may sit in any component; the first one saves a column for each.
    number = np.searchsorted(kept, label).clip(0, max(len(kept) - 1, 0))
    return np.where(used, number, 0).astype(np.int32), max(len(kept), 1)


def _fixed_cells(fixed: Mapping[int, int], layout: Layout) -> Float[Array, "cells 1"] | None:
    if not fixed:
        return None
    cells = np.full((layout.cell_count, 1), np.nan, np.float32)
    for variable, value in fixed.items():
        if not 0 <= variable < layout.variable_count:
            raise ValueError(f"fixed variable {variable} does not exist")
        block = layout.blocks[int(layout.block_of(np.array([variable]))[0])]
        lowest, highest = block.domain.lowest, block.domain.lowest + block.domain.values - 1
        if value != int(value) or not lowest <= value <= highest:
            raise ValueError(f"variable {variable} has values {lowest} to {highest}, not {value}")
        own = layout.cells_of(np.array([[variable]]))[0]
        cells[own, 0] = np.asarray(block.domain.corner(np.array([value])))[0]
    return jnp.asarray(cells)
