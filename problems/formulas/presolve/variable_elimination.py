"""Bounded variable elimination: variables that clauses resolve away, where that adds no clauses.

Een and Biere, Effective Preprocessing in SAT Through Variable and Clause Elimination, SAT 2005. All
clauses with a variable are replaced with their resolvents upon it. A model of these becomes one of
the whole formula: the variable is what the clauses that were dropped ask for.

Formulas from planning, verification and circuits lose most of their variables, which gates define.
Of others a few vanish, and what is left is less uniform than it was: then nothing is changed.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from odesolve.budget import Budget
from odesolve.problems.formulas.formula import LiteralRows
from odesolve.problems.formulas.presolve.clause_sets import ClauseSets
from odesolve.problems.formulas.presolve.hidden_parities import parities_as_clauses
from odesolve.problems.formulas.presolve.lift import Elimination
from odesolve.problems.formulas.presolve.rows import CountRows, ParityRows, joined_counts
from odesolve.problems.formulas.presolve.work import Work

__all__ = ["eliminate_variables", "looks_made"]

#: Clauses that an elimination may add, round by round.
GROWTH = (0, 8, 16)
#: The same of formulas of few literals, which may be decided so.
SMALL_GROWTH = (0, 8, 16, 64, 256)
SMALL = 2_000
#: Literals of a resolvent; wider clauses pull too weakly.
WIDEST = 16
#: Pairs of clauses that one variable may have.
MOST_PAIRS = 400
#: Clauses and literals that may be looked at.
MOST_WORK = 1_000_000
#: The share of these that goes into subsumption before anything is resolved.
SUBSUMPTION_SHARE = 0.3
#: It pays where at least this share of the variables is gone, and the literals are at most so many
#: times those that there were.
LEAST_SHARE = 0.2
MOST_LITERALS = 1.2
#: It is tried where so many of the clauses have two literals, or so few clauses fall to a variable:
#: uniform formulas near the threshold are left as they are.
SHORT_SHARE = 0.2
FEW_CLAUSES = 2.5


def eliminate_variables(work: Work) -> None:
    """Resolve variables away, if many go."""
    counts, parities = work.tables.counts, work.tables.parities
    if work.resolved_rows is counts.rows:
        return
    work.resolved_rows = counts.rows
    frozen = _frozen(work)
    if not _pays(work, frozen):
        return
    clauses = joined_counts(
        counts.take(counts.are_clauses), _written_out(parities.take(parities.hidden))
    )
    elimination = _Elimination(ClauseSets(clauses), frozen, work.budget)
    found = elimination.run()
    if found is None:  # what it has found to be true is so all the same
        units = list(elimination.sets.units)
        work.counts.implied += len(units)
        work.assign(np.array(units, np.int64))
        return
    rest = counts.take(~counts.are_clauses)
    work.tables = work.tables._replace(
        counts=joined_counts(rest, found.rows), parities=parities.take(~parities.hidden)
    )
    work.eliminate(found.eliminated)
    work.counts.implied += len(found.units)
    work.assign(np.array(found.units, np.int64))
    work.resolved_rows = work.tables.counts.rows
    work.changed = True


def _written_out(parities: ParityRows) -> CountRows:
    """Parities that the formula held as clauses, as clauses again."""
    rows = parities_as_clauses(parities)
    origin = np.full(len(rows), parities.origin.min() if len(parities) else 0, np.int64)
    return CountRows(rows, np.ones(len(rows), np.int64), rows.lengths, origin)


def _frozen(work: Work) -> np.ndarray:
    """Variables that other rows than clauses name, ``[top + 1]``."""
    counts, parities, sums, soft = work.tables
    frozen = np.zeros(work.top + 1, bool)
    others = counts.rows.take(~counts.are_clauses)
    open_parities = parities.rows.take(~parities.hidden)
    for rows in (others, open_parities, sums.rows, soft.rows):
        frozen[np.abs(rows.literals)] = True
    return frozen


def _pays(work: Work, frozen: np.ndarray) -> bool:
    """Whether enough variables may be gone, and the clauses are not those of chance."""
    if len(work.tables.counts.rows.literals) > MOST_WORK:  # sets of them alone would be too much
        return False
    used = _used(work)
    return looks_made(work) and bool((used & ~frozen).sum() >= LEAST_SHARE * used.sum())


def looks_made(work: Work) -> bool:
    """Whether the clauses look as if something had made them, and not chance."""
    counts = work.tables.counts
    lengths = counts.rows.lengths[counts.are_clauses]
    short = (lengths == 2).sum() >= SHORT_SHARE * len(lengths)
    return bool(short or len(lengths) <= FEW_CLAUSES * _used(work).sum())


def _used(work: Work) -> np.ndarray:
    """Variables that clauses name, also those that make up parities, ``[top + 1]``."""
    counts, parities = work.tables.counts, work.tables.parities
    used = np.zeros(work.top + 1, bool)
    used[np.abs(counts.rows.take(counts.are_clauses).literals)] = True
    used[parities.rows.take(parities.hidden).literals] = True
    return used


class _Found(NamedTuple):
    """What was left after a round.

    Attributes:
        units: literals that are true.
    """

    rows: CountRows
    eliminated: list[Elimination]
    units: list[int]


class _Elimination:
    """One elimination after the other, the cheapest first."""

    def __init__(self, sets: ClauseSets, frozen: np.ndarray, budget: Budget) -> None:
        self.sets, self.frozen, self.budget = sets, frozen, budget
        self.eliminated: list[Elimination] = []
        self.gone: set[int] = set()
        self.heap: list[tuple[int, int]] = []
        self.before = self.size()

    def size(self) -> tuple[int, int]:
        """Variables and literals of the clauses."""
        clauses = self.sets.clauses.values()
        return len({abs(v) for clause in clauses for v in clause}), sum(map(len, clauses))

    @property
    def is_over(self) -> bool:
        """Whether no more time or work may be spent."""
        return self.sets.work > MOST_WORK or self.budget.is_over()

    def run(self) -> _Found | None:
        """The best round, if it pays."""
        found = None
        self.subsume(list(self.sets.clauses), SUBSUMPTION_SHARE)
        for growth in SMALL_GROWTH if self.before[1] <= SMALL else GROWTH:
            used = {abs(v) for clause in self.sets.clauses.values() for v in clause}
            self.heap = [(self.cost(v), v) for v in sorted(used)]
            heapq.heapify(self.heap)
            while self.heap and not self.is_over:
                cost, variable = heapq.heappop(self.heap)
                if variable in self.gone or cost != self.cost(variable):
                    continue
                self.try_variable(variable, growth)
            variables, literals = self.size()
            few = variables <= (1.0 - LEAST_SHARE) * self.before[0]
            if few and literals <= MOST_LITERALS * self.before[1]:
                units = list(self.sets.units)
                found = _Found(self.sets.rows(), list(self.eliminated), units)
            if self.is_over:
                break
        return found

    def cost(self, variable: int) -> int:
        holders = self.sets.holders
        return len(holders[variable]) * len(holders[-variable])

    def try_variable(self, variable: int, growth: int) -> None:
        """Resolve a variable away, unless that adds too much."""
        sets = self.sets
        known = variable in sets.units or -variable in sets.units
        if self.frozen[variable] or known or self.cost(variable) > MOST_PAIRS:
            return
        with_it = [sets.clauses[n] for n in sets.holders[variable]]
        without = [sets.clauses[n] for n in sets.holders[-variable]]
        if not with_it and not without:
            return
        resolvents = self.resolvents(variable, with_it, without, growth)
        if resolvents is None:
            return
        literal = variable if len(with_it) <= len(without) else -variable
        kept = with_it if literal > 0 else without
        self.eliminated.append(
            Elimination(literal, LiteralRows.of(sorted(c - {literal}) for c in kept))
        )
        self.gone.add(variable)
        origin = min(sets.origin[n] for v in (variable, -variable) for n in sets.holders[v])
        touched = {abs(v) for clause in (*with_it, *without) for v in clause} - {variable}
        for number in [*sets.holders[variable], *sets.holders[-variable]]:
            sets.remove(number)
        added = [sets.add(clause, origin) for clause in resolvents]
        self.subsume(number for number in added if number is not None)
        for each in touched:
            heapq.heappush(self.heap, (self.cost(each), each))

    def resolvents(
        self,
        variable: int,
        with_it: list[frozenset[int]],
        without: list[frozenset[int]],
        growth: int,
    ) -> list[frozenset[int]] | None:
        """All resolvents upon a variable; None if they are too many or too wide."""
        most = len(with_it) + len(without) + growth
        found: set[frozenset[int]] = set()
        for first in with_it:
            rest = first - {variable}
            opposite = frozenset(-v for v in rest)
            for second in without:
                self.sets.work += len(second)
                if opposite.isdisjoint(second):
                    resolvent = rest | (second - {-variable})
                    found.add(resolvent)
                    if len(resolvent) > WIDEST or len(found) > most:
                        return None
        return list(found)

    def subsume(self, numbers: Iterable[int], share: float = 1.0) -> None:
        """Subsume and strengthen with clauses, and with what becomes shorter of that."""
        pending = list(numbers)
        while pending and not self.is_over and self.sets.work < share * MOST_WORK:
            number = pending.pop()
            if number in self.sets.clauses:
                pending += self.sets.subsume_with(number)
