"""Presolve of Ising problems: what can be said of spins before anything is integrated, exactly.

Fixed spins become fields. A spin whose field outweighs all its couplings follows its field. A spin
with one neighbour, or with two and no field, always answers to these: it is left out, and what it
would have gained becomes a field or a coupling of theirs. Roof duality finds spins that have one
value in all assignments of the least energy. What is left falls into components, of
which those that are small or nearly trees are decided by elimination. The rest is the core: its
energies are those of the whole problem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int

from odesolve.problems.ising.check import energy
from odesolve.problems.ising.elimination import best_by_elimination
from odesolve.problems.ising.numbers import objects
from odesolve.problems.ising.problem import IsingProblem
from odesolve.problems.ising.roof_duality import may_persist, persistent_spins
from odesolve.problems.ising.terms import Terms, lowest_terms

__all__ = ["Presolved", "presolved"]


@dataclass(frozen=True)
class Presolved:
    """What presolve left of a problem.

    Attributes:
        problem: the whole.
        core: what is left; its energy is that of the whole problem when lifted.
        kept: the spins of the core, by their numbers in the whole ``[core spins]``.
        reduced: spins that the rules have left out.
        eliminated: spins of components that were decided exactly.
    """

    problem: IsingProblem
    core: IsingProblem
    kept: Int[np.ndarray, " core_spins"]
    reduced: int = 0
    eliminated: int = 0
    _answers: tuple[tuple[int, int, tuple[tuple[int, int], ...]], ...] = ()
    _values: np.ndarray | None = None

    @property
    def is_decided(self) -> bool:
        """Whether nothing is left, so that what is lifted is the least energy."""
        return self.core.spin_count == 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What presolve did, for the user."""
        told = []
        if self.reduced:
            told.append(f"presolve left out {self.reduced} spins that answer to others")
        if self.eliminated:
            told.append(f"presolve decided {self.eliminated} spins exactly, by elimination")
        return tuple(told)

    def lift(self, spins: Int[np.ndarray, " core_spins"]) -> Int[np.ndarray, " spins"]:
        """An assignment of the whole from one of the core, with the same energy."""
        if self._values is None:
            return np.asarray(spins, np.int8)
        values = self._values.copy()
        values[self.kept] = spins
        for spin, field, near in reversed(self._answers):
            pull = field + sum(coupling * int(values[other]) for other, coupling in near)
            values[spin] = -1 if pull > 0 else 1
        return values


def presolved(
    problem: IsingProblem,
    fixed: Mapping[int, int] | None = None,
    *,
    wanted: bool = True,
    roof_duality: bool = True,
    stop: Callable[[], bool] | None = None,
) -> Presolved:
    """Simplify a problem.

    Arguments:
        problem: the whole.
        fixed: number of a spin -> -1 or +1.
        wanted: whether to do more than to fix those.
        roof_duality: whether to look for spins that have one value in all assignments of the least
            energy.
        stop: asked now and then whether there is no time for more.

    Example:
        >>> problem = IsingProblem.from_dicts({}, {(0, 1): 1, (1, 2): 1, (2, 3): -1})
        >>> left = presolved(problem)
        >>> left.is_decided, problem.energy(left.lift(left.core.fields))
        (True, -3)
    """
    fixed = fixed or {}
    is_small = wanted and bool(problem.spin_count)
    if not fixed and not (is_small and _may_reduce(problem)):
        return _decided_whole(problem) if wanted else _untouched(problem)
    work = _Reduction(problem, roof_duality=roof_duality)
    for spin, value in fixed.items():
        work.fix(spin, value)
    work.fixed = len(fixed)
    if wanted:
        work.reduce(stop)
    return work.presolved(decides=wanted)


def _untouched(problem: IsingProblem) -> Presolved:
    return Presolved(problem, problem, np.arange(problem.spin_count))


def _may_reduce(problem: IsingProblem) -> bool:
    """Whether a rule applies to some spin, or there may be more components than one."""
    if (problem.degrees <= 2).any():
        return True
    room = np.zeros(problem.spin_count, problem.couplings.dtype)
    np.add.at(room, problem.pairs.ravel(), np.abs(problem.couplings).repeat(2))
    if (np.abs(problem.fields) >= room).any():
        return True
    return may_persist(problem) or _components(problem)[0] > 1


def _components(problem: IsingProblem) -> tuple[int, np.ndarray]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = problem.spin_count
    ones = np.ones(problem.coupling_count, np.int8)
    matrix = coo_array((ones, tuple(problem.pairs.T)), (count, count))
    found, labels = connected_components(matrix, directed=False)
    return int(found), labels


def _decided_whole(problem: IsingProblem) -> Presolved:
    """One component to which no rule applies: decided, or left as it is."""
    best = best_by_elimination(problem)
    if best is None:
        return _untouched(problem)
    core = _constant(problem, best)
    none = np.zeros(0, np.int64)
    return Presolved(problem, core, none, 0, len(best), (), best)


def _constant(problem: IsingProblem, spins: np.ndarray) -> IsingProblem:
    """A problem of no spins, whose energy is that of these."""
    return IsingProblem.from_arrays(
        [], [], [], offset=energy(problem, spins), binary=problem.is_binary, variables=0
    )


class _Reduction:
    """A problem as dictionaries, from which spins are taken one by one."""

    def __init__(self, problem: IsingProblem, *, roof_duality: bool) -> None:
        self.problem, self.roof_duality = problem, roof_duality
        count = problem.spin_count
        self.fields: list[int] = problem.fields.tolist()
        self.offset = problem.offset
        self.near: list[dict[int, int]] = [{} for _ in range(count)]
        numbers = problem.couplings.tolist()
        for (first, second), coupling in zip(problem.pairs.tolist(), numbers, strict=True):
            self.near[first][second] = coupling
            self.near[second][first] = coupling
        self.values = np.zeros(count, np.int8)
        self.is_left = np.ones(count, bool)
        self.answers: list[tuple[int, int, tuple[tuple[int, int], ...]]] = []
        self.changed: list[int] = []
        self.fixed = 0

    def fix(self, spin: int, value: int) -> None:
        """Give a spin its value: its couplings become fields."""
        self.values[spin] = value
        self.is_left[spin] = False
        self.offset += self.fields[spin] * value
        for other, coupling in self.near[spin].items():
            self.fields[other] += coupling * value
            del self.near[other][spin]
            self.changed.append(other)
        self.near[spin] = {}

    def reduce(self, stop: Callable[[], bool] | None) -> None:
        """Apply the rules until none applies any more."""
        self.changed = [spin for spin, left in enumerate(self.is_left.tolist()) if left][::-1]
        while self.changed:
            while self.changed:
                spin = self.changed.pop()
                if len(self.answers) % 4096 == 4095 and stop is not None and stop():
                    return
                if self.is_left[spin]:
                    self.look(spin)
            if self.roof_duality and (stop is None or not stop()):
                self.hold()

    def hold(self) -> None:
        """Fix the spins that have one value in all assignments of the least energy."""
        left = np.flatnonzero(self.is_left)
        for spin, value in persistent_spins(self.part(left)).items():
            self.fix(int(left[spin]), value)

    def look(self, spin: int) -> None:
        """Leave a spin out, if a rule says what it does."""
        near, field = self.near[spin], self.fields[spin]
        if abs(field) >= sum(map(abs, near.values())):
            # Whatever its neighbours do, it loses nothing by following its field.
            self.fix(spin, -1 if field > 0 else 1)
        elif len(near) == 1:
            [(other, coupling)] = near.items()
            # min over s of (field + J t) s = -|field + J t| = -max - sign * min * t
            same = 1 if (field >= 0) == (coupling > 0) else -1
            self.answer(spin)
            self.offset -= max(abs(field), abs(coupling))
            self.fields[other] -= same * min(abs(field), abs(coupling))
        elif len(near) == 2 and not field:
            (first, one), (second, two) = near.items()
            same = 1 if (one > 0) == (two > 0) else -1
            self.answer(spin)
            self.offset -= max(abs(one), abs(two))
            coupling = self.near[first].get(second, 0) - same * min(abs(one), abs(two))
            if coupling:
                self.near[first][second] = self.near[second][first] = coupling
            else:
                self.near[first].pop(second, None)
                self.near[second].pop(first, None)

    def answer(self, spin: int) -> None:
        """Take a spin out that will turn against its neighbours' pull."""
        near = self.near[spin]
        self.answers.append((spin, self.fields[spin], tuple(near.items())))
        self.is_left[spin] = False
        for other in near:
            del self.near[other][spin]
            self.changed.append(other)
        self.near[spin] = {}

    def presolved(self, *, decides: bool) -> Presolved:
        """What is left, without the components that are decided at once."""
        reduced = len(self.values) - int(self.is_left.sum()) - self.fixed
        kept = np.flatnonzero(self.is_left)
        eliminated = 0
        if decides and len(kept):
            kept = self.decided(kept)
            eliminated = int(self.is_left.sum()) - len(kept)
        numbers = self.part(kept)
        terms = Terms(
            numbers.pairs,
            numbers.couplings,
            numbers.fields,
            self.offset,
            self.problem.denominator,
        )
        core = IsingProblem(*lowest_terms(terms))
        if len(kept):
            labels = self.problem.labels
            own = tuple(labels[spin] for spin in kept.tolist())
            core = replace(core, names=own, is_binary=self.problem.is_binary)
        return Presolved(
            self.problem, core, kept, reduced, eliminated, tuple(self.answers), self.values
        )

    def decided(self, kept: np.ndarray) -> np.ndarray:
        """Decide the components that are small or nearly trees; the spins of the others."""
        count, labels = _components(self.part(kept))
        sizes = np.bincount(labels, minlength=count)
        groups = np.split(kept[np.argsort(labels, kind="stable")], np.cumsum(sizes)[:-1])
        left = [np.zeros(0, np.int64)]
        for group in groups:
            part = self.part(group)
            best = best_by_elimination(part)
            if best is None:
                left.append(group)
            else:
                gained = energy(part, best)
                assert isinstance(gained, int)
                self.offset += gained
                self.values[group] = best
        return np.sort(np.concatenate(left))

    def part(self, kept: np.ndarray) -> IsingProblem:
        """The numerators of some spins that are coupled to no others, without the offset."""
        spins = kept.tolist()
        index = {spin: number for number, spin in enumerate(spins)}
        terms = [
            (index[spin], index[other], coupling)
            for spin in spins
            for other, coupling in self.near[spin].items()
            if spin < other
        ]
        rows, columns, values = zip(*terms, strict=True) if terms else ((), (), ())
        return IsingProblem.from_arrays(
            np.array(rows, np.int64),
            np.array(columns, np.int64),
            objects(values),
            linear=objects([self.fields[spin] for spin in spins]),
            variables=len(spins),
        )
