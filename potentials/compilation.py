"""``compile_system``: clauses of one kind are joined into groups, and these into a ``System``."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float, Int

from odesolve.potentials.accumulation import incidence_of
from odesolve.potentials.cells import fixed_cells, mobilities, open_cells
from odesolve.potentials.clauses import Clauses, Soft, Weighted
from odesolve.potentials.components import connected_components
from odesolve.potentials.device import device, on_device
from odesolve.potentials.domains import Domain, Simplex
from odesolve.potentials.families.different import Different
from odesolve.potentials.families.share_clauses import ShareClauses
from odesolve.potentials.goals import Goal
from odesolve.potentials.layout import Layout
from odesolve.potentials.system import Group, System

#: Thresholds are not measured in less than this: memories of clauses that hold nearly everywhere.
LEAST_LEVEL = 1e-3

#: Ranks, summed over all components, stay below this.
RANK_LIMIT = 2**30


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
    opened = open_cells(open_values or {}, layout)
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
            _level(part, layout, opened),
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
        fixed_cells(fixed or {}, layout),
        mobilities(mobility or {}, layout),
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
    part: _Part, layout: Layout, opened: Float[np.ndarray, "cells 1"] | None
) -> Float[Array, "clauses 1"] | Float[Array, ""] | float:
    """The potential of clauses over shares where nothing is decided; 1 for others."""
    clauses = part.clauses
    if isinstance(clauses, Different):
        domain = part.domains[0]
        if not isinstance(domain, Simplex):
            return 1.0
        if opened is None:
            return on_device(np.float32(1.0 / domain.q))
    elif not isinstance(clauses, ShareClauses):
        return 1.0
    cells = np.ones(layout.cell_count) if opened is None else opened[:, 0].astype(float)
    for block in layout.blocks:
        whole = cells[block.cells].reshape(block.count, block.domain.width)
        cells[block.cells] = (whole / whole.sum(axis=1, keepdims=True)).reshape(-1)
    level = clauses.level(cells[clauses.cells_in(layout)])
    return on_device(np.maximum(level, LEAST_LEVEL).astype(np.float32)[:, None])


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
    first = np.concatenate([*links, np.zeros(0, np.int32)])
    second = np.concatenate([*others, np.zeros(0, np.int32)])
    label = connected_components(variables, first, second)
    used = np.zeros(variables, bool)
    for scope in scopes:
        used[scope.ravel()] = True
    kept = np.unique(label[used])
    # Unconstrained variables may sit in any component; the first one saves a column for each.
    number = np.searchsorted(kept, label).clip(0, max(len(kept) - 1, 0))
    return np.where(used, number, 0).astype(np.int32), max(len(kept), 1)
