"""``Shares``: the system of a model, and how its assignments are read."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Int

from odesolve.problems.models.merging import Alias
from odesolve.problems.models.rows.kinds import Row, SumRow
from odesolve.problems.models.rows.store import Store
from odesolve.problems.models.shares.arrays import Arrays
from odesolve.problems.models.shares.forms import Forms
from odesolve.problems.models.size_classes import size_classes

if TYPE_CHECKING:
    from odesolve.potentials import System
    from odesolve.trajectory import VariableShares


#: The share of a hinted value where a run begins near it.
HINT_SHARE = 0.6


@dataclass
class Shares:
    """A system, and how an assignment of it is read.

    Attributes:
        system: of clauses over shares.
        variables: the store's variables that have a simplex, in the system's order.
        values: the values of each, in the order of its cells.
        binary: for each variable in binary, its lowest value and the bits that are added to it.
    """

    system: System
    variables: list[int]
    values: list[Int[np.ndarray, " values"]]
    binary: dict[int, tuple[int, list[int]]]
    #: Variables in whose place their root stands.
    aliases: Mapping[int, Alias] = field(default_factory=dict)
    #: The signature of the objective's group, in which it stands last, and what its bound lacks.
    objective: tuple[Hashable, int] | None = None

    def bounded(self, system: System, bound: int) -> System:
        """The system with another bound on the objective; nothing is compiled anew."""
        if self.objective is None:
            return system
        from odesolve.potentials.device import on_device

        signature, offset = self.objective
        groups = list(system.groups)
        place = next(k for k, g in enumerate(groups) if g.clauses.signature() == signature)
        clauses: Any = groups[place].clauses
        bounds = np.array(clauses.bounds)
        bounds[-1] = bound + offset
        changed = replace(clauses, bounds=on_device(bounds))
        groups[place] = replace(groups[place], clauses=changed)
        return replace(system, groups=tuple(groups))

    def read(self, assignment: Sequence[int], store: Store) -> dict[int, int]:
        """The value of every variable of the store, fixed ones and those in no row included."""
        found = {
            v: int(values[min(int(number), len(values) - 1)])
            for v, values, number in zip(self.variables, self.values, assignment, strict=False)
        }
        for variable, (low, bits) in self.binary.items():
            found[variable] = low + sum(found[bit] << k for k, bit in enumerate(bits))
        for variable in range(len(store)):
            if variable not in found and variable not in self.aliases:
                found[variable] = store.low(variable)
        for variable, alias in self.aliases.items():
            found[variable] = alias.value(found[alias.root])
        return found

    def cells(self, names: Mapping[int, str]) -> list[VariableShares]:
        """Where the shares of the named variables are, in the order of the names."""
        from odesolve.trajectory import VariableShares

        first = _first_cells(self.system)
        place = {variable: number for number, variable in enumerate(self.variables)}
        shown = []
        for variable, name in names.items():
            alias = self.aliases.get(variable, Alias(variable, 1, 0))
            if alias.root in place:
                number = place[alias.root]
                values = alias.sign * self.values[number] + alias.offset
                shown.append(VariableShares(name, first[number], values))
        return shown

    def starts_near(
        self, hint: dict[int, int], runs: int, generator: np.random.Generator
    ) -> np.ndarray:
        """Starts of some runs with most of the share at the hinted values, ``[cells, runs]``."""
        system = self.system
        of_roots = {
            alias.root: alias.of_root(hint[variable])
            for variable, alias in self.aliases.items()
            if variable in hint
        }
        hint = {**of_roots, **hint}
        x = system.sample([np.random.default_rng(generator.integers(2**63)) for _ in range(runs)])
        bits = {
            bit: ((hint[variable] - low) >> k) & 1
            for variable, (low, own) in self.binary.items()
            if variable in hint and hint[variable] >= low
            for k, bit in enumerate(own)
        }
        first = _first_cells(system)
        for number, variable in enumerate(self.variables):
            value = bits.get(variable, hint.get(variable))
            for place in np.flatnonzero(self.values[number] == value):  # one, or none
                cells = slice(first[number], first[number] + len(self.values[number]))
                x[cells] *= 1.0 - HINT_SHARE
                x[first[number] + int(place)] += HINT_SHARE
        return x


def _first_cells(system: System) -> list[int]:
    return [
        block.first_cell + k * block.domain.width
        for block in system.layout.blocks
        for k in range(block.count)
    ]


def compiled_shares(
    store: Store,
    rows: Sequence[Row],
    objective: SumRow | None = None,
    aliases: Mapping[int, Alias] | None = None,
) -> Shares:
    """Rows, narrowed before, as a system.

    Arguments:
        aliases: variables in whose place their root is to stand, see ``merging``.
        objective: a sum whose bound is to be changed later, see ``Shares.bounded``.

    Raises:
        Contradiction: if a row has no literal that may hold.
        TooWide: if a sum may be beyond 32 bits, or a variable of too many values stands in a row
            other than a sum.
    """
    forms = Forms(store, aliases=aliases or {})
    for row in rows:
        forms.take(row)
    goal = None if objective is None else forms.in_binary(forms.folded(objective))
    if goal is not None and not goal.terms:
        goal = None
    forms.linked()
    return _of_forms(forms, goal, objective)


def _of_forms(forms: Forms, goal: SumRow | None, objective: SumRow | None) -> Shares:
    from odesolve.potentials import Simplex, compile_system

    used = {v for relation in forms.relations for v in relation.variables}
    used |= {v for exclusion in forms.exclusions for v in exclusion.variables}
    used |= {v for order in forms.orders for v in order.variables}
    used |= {v for row in forms.sums for v in row.variables}
    used |= set(goal.variables) if goal is not None else set()
    values = {v: np.array(forms.store.values(v), np.int64) for v in sorted(used)}
    classes = size_classes([(len(own), 1) for own in values.values()], overhead=2000)
    width = {v: classes[len(own), 1][0] for v, own in values.items()}
    order = sorted(values, key=lambda v: (width[v], v))
    numbered = {v: k for k, v in enumerate(order)}
    place = {v: {int(n): k for k, n in enumerate(values[v])} for v in order}
    domains = [
        (Simplex(q), len(list(own))) for q, own in itertools.groupby(width[v] for v in order)
    ]
    opened = {numbered[v]: len(values[v]) for v in order if len(values[v]) < width[v]}
    writer = Arrays(numbered, place)
    clauses = [
        *writer.relations(forms.relations),
        *writer.exclusions(forms.exclusions),
        *writer.orders(forms.orders),
        *writer.sums(forms.sums),
    ]
    found = None
    if goal is not None and objective is not None:
        clauses += (own := list(writer.sums([goal])))
        found = own[0].signature(), int(own[0].bounds[0]) - objective.bound
    system = compile_system(domains, clauses, open_values=opened)
    return Shares(system, order, [values[v] for v in order], forms.binary, forms.aliases, found)
