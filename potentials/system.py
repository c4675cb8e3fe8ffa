"""The compiler's product: a ``System`` that evaluates all clauses of a problem at once.

Clauses of one family, form, arity and domains become one group of arrays with one kernel. The
arrays are leaves of a pytree: a system is passed to jitted functions as an argument, so problems
of the same shape share one compilation, and nothing of size clauses x variables is ever formed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from odesolve.potentials.accumulation import Incidence, gather_sum, incidence_of, scatter_sum
from odesolve.potentials.clauses import CellValues, Clauses, Potential, Soft, Weighted
from odesolve.potentials.device import device, on_device
from odesolve.potentials.domains import Domain, Simplex
from odesolve.potentials.families.share_clauses import ShareClauses
from odesolve.potentials.goals import Goal
from odesolve.potentials.layout import Layout
from odesolve.potentials.positions import each, gathered, is_unrolled

#: Thresholds are not measured in less than this: memories of clauses that hold nearly everywhere.
LEAST_LEVEL = 1e-3

#: Where a cell that may only be 0 stands before the projection, which then leaves it 0.
CLOSED = -1e6

#: Ranks, summed over all components, stay below this.
RANK_LIMIT = 2**30


class Forms(NamedTuple):
    """What one group says at a state: V, the pull on its cells, and the rigidity if it has one."""

    value: Potential
    pull: CellValues
    rigidity: CellValues | None


@partial(
    jax.tree_util.register_dataclass,
    data_fields=["clauses", "cells", "component", "weight", "penalty", "level"],
    meta_fields=["domains"],
)
@dataclass(frozen=True, eq=False)
class Group:
    """Clauses that share one kernel, with the cells they act on and their component.

    ``weight`` is None when all are 1; ``penalty`` is None when the clauses must hold. ``level`` is
    the potential of each clause where every variable is undecided, at the centre of its domain;
    it is known for clauses over shares, and 1 for others.
    """

    clauses: Clauses
    cells: Int[Array, "clauses width"]
    component: Int[Array, " clauses"]
    weight: Float[Array, "clauses 1"] | None
    penalty: Int[Array, "clauses 1"] | None
    domains: tuple[Domain, ...]
    level: Float[Array, "clauses 1"] | float = 1.0

    def weighted(self, values: Float[Array, "clauses ..."]) -> Float[Array, "clauses ..."]:
        """Values of the clauses, each times its weight; the clauses stand first."""
        if self.weight is None:
            return values
        return self.weight.reshape(-1, *[1] * (values.ndim - 1)) * values

    def value(self, x: Float[Array, "cells runs"]) -> Potential:
        return self.clauses.value(self.own_cells(x), self.domains)

    def forms(self, x: Float[Array, "cells runs"], rigidity: bool = False) -> Forms:
        own = self.own_cells(x)
        value, pull = self.clauses.value_and_pull(own, self.domains)
        return Forms(value, pull, self.clauses.rigidity(own, self.domains) if rigidity else None)

    def satisfied(self, values: Int[Array, "variables runs"]) -> Bool[Array, "clauses runs"]:
        own = gathered(values, jnp.asarray(self.clauses.scopes), self.by_position)
        return self.clauses.satisfied(own)

    @property
    def by_position(self) -> bool:
        """Whether arrays of its cells are best treated position by position."""
        return self.clauses.by_position and is_unrolled(self.cells.shape[1])

    def each(self, function: Callable[..., Array], *cells: CellValues) -> CellValues:
        """An element-wise function of arrays of its cells; width 1 stands for every position."""
        return each(function, *cells) if self.by_position else function(*cells)

    def own_cells(self, x: Float[Array, "cells runs"]) -> CellValues:
        """The cells that each clause acts on."""
        return gathered(x, self.cells, self.by_position)


@partial(
    jax.tree_util.register_dataclass,
    data_fields=[
        "groups",
        "component",
        "fixed",
        "mobility",
        "goal",
        "incidence",
        "worst_cost",
        "polarity",
        "open",
    ],
    meta_fields=["layout", "component_count"],
)
@dataclass(frozen=True, eq=False)
class System:
    """A compiled problem: what the dynamics integrate.

    ``component`` numbers the independent parts of the problem (variables joined by no clause),
    so that each part's best assignment can be kept apart. ``fixed`` is NaN for free cells and
    the value to hold for fixed ones, or None when nothing is fixed. ``mobility`` multiplies the
    velocity of cells, None when all are 1. With a ``goal`` a run is solved when that is reached.
    ``worst_cost`` is the sum of all penalties in each component, None when no clause is soft.

    Make one with ``compile_system``. Arrays that its methods take and give have the runs last.

    Example:
        >>> import numpy as np
        >>> import odesolve as ode
        >>> system = ode.compile_system([(ode.Box(), 3)], [ode.Or([[0, 1, 2]], [[1, 1, -1]])])
        >>> system.variable_count, system.cell_count, system.clause_count
        (3, 3, 1)
        >>> system.violated(np.array([[0, 1], [0, 0], [1, 1]])).tolist()  # [components, runs]
        [[1, 0]]
    """

    groups: tuple[Group, ...]
    component: Int[Array, " variables"]
    fixed: Float[Array, "cells 1"] | None
    mobility: Float[Array, "cells 1"] | None
    goal: Goal | None
    incidence: Incidence | None
    worst_cost: Int[Array, "components 1"] | None
    layout: Layout
    component_count: int
    #: For each bit, in how many disjunctions it stands, less those with its negation.
    polarity: Float[Array, "cells 1"]
    #: 1 for the cells of a simplex that may be more than 0, None when all may.
    open: Float[Array, "cells 1"] | None = None

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
        return x if self.open is None else self._shared_out(x)

    def _shared_out(self, x: Float[np.ndarray, "cells runs"]) -> Float[np.ndarray, "cells runs"]:
        """Shares of open cells alone, scaled up to what all of their variable's had together."""
        assert self.open is not None
        kept = x * np.asarray(self.open)
        for block in self.layout.blocks:
            if isinstance(block.domain, Simplex):
                part = kept[block.cells].reshape(block.count, block.domain.width, x.shape[1])
                total = part.sum(axis=1, keepdims=True)
                kept[block.cells] = (part / np.maximum(total, 1e-30)).reshape(-1, x.shape[1])
        return kept

    def hold(self, x: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """x with the fixed cells at their values."""
        return x if self.fixed is None else jnp.where(jnp.isnan(self.fixed), x, self.fixed)

    def project(self, x: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """The nearest admissible state: variables in their domains, fixed ones at their values."""
        if self.open is not None:
            x = jnp.where(self.open > 0, x, CLOSED)
        return self.hold(self._by_block(x, lambda domain, part: domain.project(part)))

    def tangent(self, force: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """The velocity that a force gives: along the domains, by mobility, 0 if fixed."""
        if self.mobility is not None:
            force = self.mobility * force
        if self.open is None:
            force = self._by_block(force, lambda domain, part: domain.tangent(part))
        else:
            force = self.open * (force - self._mean_of_open(force))
        return force if self.fixed is None else jnp.where(jnp.isnan(self.fixed), force, 0.0)

    def from_centre(self, x: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """Where every variable stands from the undecided point of its domain."""
        if self.open is not None:
            return self.open * (x - self._mean_of_open(self.open))
        return self._by_block(x, lambda domain, part: domain.from_centre(part))

    def _mean_of_open(self, x: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """For each cell of a simplex, the sum over its variable's open cells by their number; 0 for
        other cells. Of ``open`` itself, the number's inverse."""
        assert self.open is not None
        counted = x is self.open

        def mean(domain: Domain, part: Array, opened: Array) -> Array:
            if not isinstance(domain, Simplex):
                return jnp.zeros_like(part)
            number = opened.sum(axis=1, keepdims=True)
            total = 1.0 if counted else (part * opened).sum(axis=1, keepdims=True)
            return jnp.broadcast_to(total / number, part.shape)

        parts = []
        for block in self.layout.blocks:
            shape = (block.count, block.domain.width, -1)
            part, opened = x[block.cells].reshape(shape), self.open[block.cells].reshape(shape)
            parts.append(mean(block.domain, part, opened).reshape(-1, x.shape[1]))
        return parts[0] if len(parts) == 1 else jnp.concatenate(parts)

    def means(self, x: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """Bits as means between -1 and +1. Raises ValueError for other domains."""
        return self._by_block(x, lambda domain, part: domain.means(part))

    def at_means(self, means: Float[Array, "cells runs"]) -> Float[Array, "cells runs"]:
        """The cells of bits with these means."""
        return self._by_block(means, lambda domain, part: domain.at_means(part))

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
        shape = (self.cell_count, runs)
        cells = [group.cells for group in self.groups]
        return scatter_sum(pulls, cells, shape, [group.by_position for group in self.groups])

    def violated(self, values: Int[Array, "variables runs"]) -> Int[Array, "components runs"]:
        """How many clauses of each component an assignment violates; soft ones do not count.

        With a goal clauses do not count: 0 where it is reached, 1 elsewhere.
        """
        if self.goal is not None:
            return (~self.goal.reached(values)).astype(jnp.int32)[None, :]
        hard = [group for group in self.groups if group.penalty is None]
        counts = [(~group.satisfied(values)).astype(jnp.int32) for group in hard]
        return self._by_component(hard, counts, values.shape[1])

    def cost(self, values: Int[Array, "variables runs"]) -> Int[Array, "components runs"]:
        """The penalties of the soft clauses that an assignment violates, for each component."""
        soft = [group for group in self.groups if group.penalty is not None]
        costs = [
            (~group.satisfied(values)).astype(jnp.int32) * jnp.asarray(group.penalty)
            for group in soft
        ]
        return self._by_component(soft, costs, values.shape[1])

    def rank(self, values: Int[Array, "variables runs"]) -> Int[Array, "components runs"]:
        """A number for each component that is smaller for a better assignment, 0 for the best.

        Fewer violated clauses come first. Among assignments that violate none the rank is the
        cost; one that violates h clauses ranks ``worst_cost + h``, whatever its cost.
        """
        violated = self.violated(values)
        if self.worst_cost is None:
            return violated
        return jnp.where(violated > 0, self.worst_cost + violated, self.cost(values))

    def _by_component(
        self, groups: Sequence[Group], numbers: Sequence[Int[Array, "clauses runs"]], runs: int
    ) -> Int[Array, "components runs"]:
        total = jnp.zeros((self.component_count, runs), jnp.int32)
        for group, own in zip(groups, numbers, strict=True):
            if self.component_count == 1:
                total = total + own.sum(axis=0, keepdims=True, dtype=jnp.int32)
            else:
                total = total.at[group.component].add(own)
        return total

    def _by_block(
        self, x: Float[Array, "cells runs"], change: Callable[[Domain, Array], Array]
    ) -> Float[Array, "cells runs"]:
        parts = []
        for block in self.layout.blocks:
            part = x[block.cells].reshape(block.count, block.domain.width, x.shape[1])
            parts.append(change(block.domain, part).reshape(-1, x.shape[1]))
        return parts[0] if len(parts) == 1 else jnp.concatenate([x[:0], *parts])


def compile_system(
    domains: Sequence[tuple[Domain, int]],
    clauses: Iterable[Clauses | Weighted | Soft],
    *,
    fixed: Mapping[int, int] | None = None,
    mobility: Mapping[int, float] | None = None,
    goal: Goal | None = None,
    open_values: Mapping[int, int] | None = None,
    deterministic_gather: bool | None = None,
) -> System:
    """Turn clauses over discrete variables into a ``System``.

    Arguments:
        domains: ``(domain, count)`` pairs; variables are numbered through them from 0.
        clauses: batches of clauses (any number of each family, of any size), some ``Weighted``,
            some ``Soft``; a list or an iterator, or one batch alone.
        fixed: a mapping variable -> value that it keeps.
        mobility: a mapping variable -> factor of its velocity, 1 for all others.
        goal: what counts as solved, instead of every clause.
        open_values: a mapping variable -> how many of its first values it may take, all unless it
            stands there; for variables on a ``Simplex``, so that those of nearly as many values
            share one domain and its compiled functions.
        deterministic_gather: sum forces by gathering in a fixed order instead of scattering;
            default on GPUs, where scattered additions have no fixed order and the same seed
            would not give the same answer.

    Raises:
        ValueError: if an argument is of another type, a clause names a variable that does not
            exist, does not work on its domain, a fixed value lies outside the domain, a system
            with a goal has soft clauses, or penalties and clauses add up to 2^30 or more.

    Example:
        Three bits and a number, joined by a clause and an equation.

        >>> import odesolve as ode
        >>> domains = [(ode.Box(), 3), (ode.Integer(0, 9), 1)]
        >>> clauses = [ode.Or([[0, 1, 2]], [[1, 1, -1]]), ode.Linear([[0, 3]], [[4, 1]], [9])]
        >>> system = ode.compile_system(domains, clauses, fixed={0: 1})
        >>> system.variable_count, system.clause_count, system.component_count
        (4, 2, 1)
    """
    layout = Layout.of(_checked_domains(domains))
    _check_kind("fixed", fixed, Mapping, "a mapping")
    _check_kind("mobility", mobility, Mapping, "a mapping")
    _check_kind("open_values", open_values, Mapping, "a mapping")
    _check_kind("goal", goal, Goal, "a goal")
    _check_kind("deterministic_gather", deterministic_gather, bool, "True or False")
    opened = _open_cells(open_values or {}, layout)
    batches = _grouped(_checked_clauses(clauses), layout)
    scopes = [np.asarray(part.clauses.scopes) for part in batches]
    component, component_count = _components(layout.variable_count, scopes)
    if goal is not None:  # it may join variables that no clause does
        component, component_count = np.zeros_like(component), 1
    of_clause = [
        component[scope[:, 0]] if scope.shape[1] else np.zeros(len(scope), int) for scope in scopes
    ]
    groups = tuple(
        Group(
            on_device(part.clauses),
            on_device(part.clauses.cells_in(layout)),
            on_device(own),
            None if part.weight is None else on_device(part.weight[:, None]),
            None if part.penalty is None else on_device(part.penalty[:, None]),
            part.domains,
            _level(part.clauses, layout, opened),
        )
        for part, own in zip(batches, of_clause, strict=True)
    )
    if deterministic_gather is None:
        deterministic_gather = device().platform != "cpu"
    incidence = None
    if deterministic_gather:
        incidence = incidence_of([np.asarray(group.cells) for group in groups], layout.cell_count)
    return System(
        groups,
        on_device(component),
        _fixed_cells(fixed or {}, layout),
        _mobilities(mobility or {}, layout),
        goal,
        incidence,
        _worst_cost(batches, of_clause, component_count, goal),
        layout,
        component_count,
        on_device(_polarity(groups, layout.cell_count)),
        None if opened is None else on_device(opened),
    )


def _check_kind(name: str, value: Any, kind: type, expected: str) -> None:
    """Raises ValueError for a value of another type; None is the default of all."""
    if value is not None and not isinstance(value, kind):
        raise ValueError(f"{name}: a value of type {type(value).__name__}; expected {expected}")


def _checked_domains(domains: Any) -> list[tuple[Domain, int]]:
    expected = "a list of pairs of a domain and a count, as [(Box(), 5)]"
    if not isinstance(domains, list | tuple):
        raise ValueError(f"domains: a value of type {type(domains).__name__}; expected {expected}")
    for pair in domains:
        right = isinstance(pair, list | tuple) and len(pair) == 2 and isinstance(pair[0], Domain)
        count = pair[1] if right else None
        if isinstance(count, bool) or not isinstance(count, int | np.integer):
            raise ValueError(
                f"domains: an entry of type {type(pair).__name__}; expected {expected}"
            )
    return [(domain, int(count)) for domain, count in domains]


def _checked_clauses(clauses: Any) -> list[Clauses | Weighted | Soft]:
    """All batches, each of a type that is known and with its scopes in an array."""
    expected = "a list of batches, as [Different(edges)]"
    if isinstance(clauses, Clauses | Weighted | Soft):
        clauses = [clauses]
    unlike = isinstance(clauses, str | bytes | bytearray | Mapping | np.ndarray)
    if unlike or not isinstance(clauses, Iterable):
        raise ValueError(f"clauses: a value of type {type(clauses).__name__}; expected {expected}")
    checked = list(clauses)
    for given in checked:
        batch = given.clauses if isinstance(given, Soft) else given
        batch = batch.clauses if isinstance(batch, Weighted) else batch
        if not isinstance(batch, Clauses):
            raise ValueError(
                f"clauses: a batch of type {type(batch).__name__}; expected {expected}"
            )
        if not isinstance(batch.scopes, np.ndarray | jax.Array):
            kind = type(batch.scopes).__name__
            raise ValueError(f"{batch.family}: scopes of type {kind}; expected a list or an array")
    return checked


def _level(
    clauses: Clauses, layout: Layout, opened: Float[np.ndarray, "cells 1"] | None
) -> Float[Array, "clauses 1"] | float:
    """The potential of clauses over shares where nothing is decided; 1 for others."""
    if not isinstance(clauses, ShareClauses):
        return 1.0
    cells = np.ones(layout.cell_count) if opened is None else opened[:, 0].astype(float)
    for block in layout.blocks:
        part = cells[block.cells].reshape(block.count, block.domain.width)
        cells[block.cells] = (part / part.sum(axis=1, keepdims=True)).reshape(-1)
    level = clauses.level(cells[clauses.cells_in(layout)])
    return on_device(np.maximum(level, LEAST_LEVEL).astype(np.float32)[:, None])


def _open_cells(
    open_values: Mapping[int, int], layout: Layout
) -> Float[np.ndarray, "cells 1"] | None:
    if not open_values:
        return None
    _check_numbers("open_values", open_values)
    cells = np.ones((layout.cell_count, 1), np.float32)
    variables = np.fromiter(open_values.keys(), np.int64, len(open_values))
    counts = np.fromiter(open_values.values(), np.int64, len(open_values))
    known = (variables >= 0) & (variables < layout.variable_count)
    if not known.all():
        raise ValueError(f"open_values: variable {variables[~known][0]} does not exist")
    block = layout.block_of(variables)
    for number in np.unique(block):
        domain, own = layout.blocks[int(number)].domain, block == number
        wrong = own & ((counts < 1) | (counts > domain.values))
        if not isinstance(domain, Simplex) or wrong.any():
            first = int(np.argmax(wrong if wrong.any() else own))
            raise ValueError(
                f"open_values: {counts[first]} values of variable {variables[first]} on {domain}"
            )
        opened = np.arange(domain.width) < counts[own, None]
        cells[layout.cells_of(variables[own, None]), 0] = opened
    return cells


def _polarity(groups: Sequence[Group], cells: int) -> Float[np.ndarray, "cells 1"]:
    total = np.zeros(cells, np.float32)
    for group in groups:
        signs = group.clauses.polarity()
        if signs is not None:
            weights = np.asarray(signs).ravel()
            total += np.bincount(np.asarray(group.cells).ravel(), weights, cells)
    return total[:, None]


class _Part(NamedTuple):
    """What becomes one group."""

    clauses: Clauses
    weight: Float[np.ndarray, " clauses"] | None
    penalty: Int[np.ndarray, " clauses"] | None
    domains: tuple[Domain, ...]


def _worst_cost(
    parts: Sequence[_Part],
    of_clause: Sequence[Int[np.ndarray, " clauses"]],
    component_count: int,
    goal: Goal | None,
) -> Int[Array, "components 1"] | None:
    if all(part.penalty is None for part in parts):
        return None
    if goal is not None:
        raise ValueError("a system with a goal cannot have soft clauses")
    worst, highest = np.zeros(component_count, np.int64), 0
    for part, own in zip(parts, of_clause, strict=True):
        if part.penalty is None:
            highest += len(part.clauses)
        else:
            np.add.at(worst, own, part.penalty)
    if highest + worst.sum() >= RANK_LIMIT:
        raise ValueError("penalties and clauses must add up to less than 2^30")
    return on_device(worst[:, None].astype(np.int32))


def _grouped(clauses: Iterable[Clauses | Weighted | Soft], layout: Layout) -> list[_Part]:
    """What is joined for each (signature, domains, soft or not), in order of appearance.

    The weights are None where no batch is ``Weighted``.
    """
    parts: dict[Hashable, list[Clauses]] = {}
    weights: dict[Hashable, list[np.ndarray]] = {}
    penalties: dict[Hashable, list[np.ndarray]] = {}
    domains: dict[Hashable, tuple[Domain, ...]] = {}
    has_weights: set[Hashable] = set()
    for given in clauses:
        penalty = given.penalties() if isinstance(given, Soft) else None
        entry = given.clauses if isinstance(given, Soft) else given
        weighted = entry if isinstance(entry, Weighted) else Weighted(entry, 1.0)
        batch, weight = weighted.clauses, weighted.weights()
        if not len(batch):
            continue
        scopes = np.asarray(batch.scopes)
        if scopes.size and scopes.max() >= layout.variable_count:
            raise ValueError(
                f"{batch.family}: clause names variable {scopes.max()}, "
                f"but there are only {layout.variable_count} (numbered from 0)"
            )
        blocks = layout.block_of(scopes.reshape(-1)).reshape(scopes.shape)
        if batch.by_literal:
            batch.validate(tuple(layout.blocks[int(b)].domain for b in np.unique(blocks)))
            patterns: list[tuple[np.ndarray | None, tuple[Domain, ...]]] = [(None, ())]
        else:
            patterns = _rows_by_pattern(blocks, layout)
        for rows, pattern in patterns:
            part = batch if rows is None else batch.take(rows)
            part.validate(pattern)
            key = (batch.signature(), pattern, penalty is not None)
            parts.setdefault(key, []).append(part)
            weights.setdefault(key, []).append(weight if rows is None else weight[rows])
            if penalty is not None:
                penalties.setdefault(key, []).append(penalty if rows is None else penalty[rows])
            domains[key] = pattern
            if isinstance(entry, Weighted):
                has_weights.add(key)
    return [
        _Part(
            own[0] if len(own) == 1 else type(own[0]).merged(own),
            np.concatenate(weights[key]) if key in has_weights else None,
            np.concatenate(penalties[key]) if key in penalties else None,
            domains[key],
        )
        for key, own in parts.items()
    ]


def _rows_by_pattern(
    blocks: Int[np.ndarray, "clauses arity"], layout: Layout
) -> list[tuple[np.ndarray | None, tuple[Domain, ...]]]:
    """The rows of a batch that share one tuple of domains; None stands for all rows."""
    if len(blocks) and (blocks == blocks[0]).all():  # sorting a million rows takes a second
        return [(None, tuple(layout.blocks[int(b)].domain for b in blocks[0]))]
    patterns, position = np.unique(blocks, axis=0, return_inverse=True)
    described = [tuple(layout.blocks[int(b)].domain for b in pattern) for pattern in patterns]
    if len(set(described)) == 1:
        return [(None, described[0])]
    position = position.reshape(-1)
    result: list[tuple[np.ndarray | None, tuple[Domain, ...]]] = []
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


def _check_numbers(name: str, mapping: Mapping[Any, Any]) -> None:
    for variable, value in mapping.items():
        keys, values = (int, np.integer), (int, float, np.number)
        right = isinstance(variable, keys) and isinstance(value, values)
        if not right or isinstance(variable, bool) or isinstance(value, np.complexfloating):
            kinds = f"{type(variable).__name__}: {type(value).__name__}"
            raise ValueError(f"{name}: {kinds}; expected the number of a variable and a number")


def _mobilities(mobility: Mapping[int, float], layout: Layout) -> Float[Array, "cells 1"] | None:
    if not mobility:
        return None
    _check_numbers("mobility", mobility)
    cells = np.ones((layout.cell_count, 1), np.float32)
    variables = np.fromiter(mobility.keys(), np.int64, len(mobility))
    factors = np.fromiter(mobility.values(), float, len(mobility))
    wrong = ~((variables >= 0) & (variables < layout.variable_count) & (factors > 0))
    if wrong.any():
        first = int(np.argmax(wrong))
        raise ValueError(f"mobility {factors[first]} of variable {variables[first]}")
    block = layout.block_of(variables)
    for number in np.unique(block):
        own = block == number
        cells[layout.cells_of(variables[own, None]), 0] = factors[own, None]
    return on_device(cells)


def _fixed_cells(fixed: Mapping[int, int], layout: Layout) -> Float[Array, "cells 1"] | None:
    if not fixed:
        return None
    cells = np.full((layout.cell_count, 1), np.nan, np.float32)
    _check_numbers("fixed", fixed)
    for variable, value in fixed.items():
        if not 0 <= variable < layout.variable_count:
            raise ValueError(f"fixed variable {variable} does not exist")
        block = layout.blocks[int(layout.block_of(np.array([variable]))[0])]
        lowest, highest = block.domain.lowest, block.domain.lowest + block.domain.values - 1
        if value != int(value) or not lowest <= value <= highest:
            raise ValueError(f"variable {variable} has values {lowest} to {highest}, not {value}")
        own = layout.cells_of(np.array([[variable]]))[0]
        cells[own, 0] = np.asarray(block.domain.corner(np.array([value])))[0]
    return on_device(cells)
