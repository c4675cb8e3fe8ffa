"""Probing: what follows from a literal, and from its negation, by unit propagation.

A literal from which a contradiction follows is false. What follows from a literal and from its
negation is true, and what follows from one while its negation follows from the other is equal to
it (Lynce and Marques-Silva, Probing-Based Preprocessing Techniques for Propositional
Satisfiability, ICTAI 2003). A clause is shortened to the literals whose negations, made true one
after the other, already contradict the other clauses or imply one of its own (vivification: Piette,
Hamadi and Sais, ECAI 2008). No model is lost.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from odesolve.budget import Budget
from odesolve.problems.formulas.formula import LiteralRows, joined_rows
from odesolve.problems.formulas.presolve.hidden_parities import parities_as_clauses
from odesolve.problems.formulas.presolve.rows import CountRows, RowContradiction, joined_counts
from odesolve.problems.formulas.presolve.variable_elimination import looks_made
from odesolve.problems.formulas.presolve.work import Work

__all__ = ["probe"]

#: Clauses that may be looked at.
MOST_WORK = 1_000_000
#: Parities of so many variables at most take part, as clauses.
WIDEST_PARITY = 4


def probe(work: Work) -> None:
    """Try the variables of clauses of two literals, those in most of them first."""
    counts, parities = work.tables.counts, work.tables.parities
    spent = max(work.probing_work, len(counts.rows.literals))
    if work.probed_rows is counts.rows or spent > MOST_WORK or not looks_made(work):
        return
    work.probed_rows = counts.rows
    narrow = parities.take(parities.rows.lengths <= WIDEST_PARITY)
    clauses = joined_rows(counts.rows.take(counts.are_clauses), parities_as_clauses(narrow))
    found = _Probes(
        clauses, int(counts.are_clauses.sum()), work.top, work.budget, MOST_WORK - work.probing_work
    )
    possible = found.run()
    work.probing_work += found.propagation.work
    if not possible:
        origin = int(counts.origin[counts.are_clauses][0])
        raise RowContradiction(origin, "and others contradict each other, as probing shows")
    _shorten(work, found)
    literals = np.array(found.units, np.int64)
    work.counts.implied += len(literals)
    work.assign(literals)
    equal = np.array(
        [pair for pair in found.equal if not found.is_decided(pair)], np.int64
    ).reshape(-1, 2)
    if len(equal):
        work.merge(np.zeros((0, 2), np.int64), equal)


def _shorten(work: Work, found: _Probes) -> None:
    """Put shorter clauses in the place of those that were vivified."""
    counts = work.tables.counts
    places = np.flatnonzero(counts.are_clauses)
    shorter = {int(places[number]): clause for number, clause in found.vivified()}
    work.probing_work += found.propagation.work - found.spent
    if not shorter:
        return
    old = np.array(sorted(shorter))
    rows = LiteralRows.of(sorted(shorter[row], key=abs) for row in old.tolist())
    new = CountRows(rows, np.ones(len(old), np.int64), rows.lengths, counts.origin[old])
    kept = np.ones(len(counts), bool)
    kept[old] = False
    work.tables = work.tables._replace(counts=joined_counts(counts.take(kept), new))
    work.changed = True


class _Propagation:
    """Unit propagation that can be taken back. Literals index lists; negative ones from the end."""

    def __init__(self, clauses: LiteralRows, top: int) -> None:
        self.true = [False] * (2 * top + 1)
        self.trail: list[int] = []
        self.implied: list[list[int]] = [[] for _ in range(2 * top + 1)]
        self.watchers: list[list[list[int]]] = [[] for _ in range(2 * top + 1)]
        self.work = 0
        #: One clause that is passed over.
        self.ignored: list[int] | None = None
        self.clauses = [row.tolist() for row in clauses]
        for clause in self.clauses:
            if len(clause) == 2:
                self.implied[-clause[0]].append(clause[1])
                self.implied[-clause[1]].append(clause[0])
            elif len(clause) > 2:
                self.watchers[clause[0]].append(clause)
                self.watchers[clause[1]].append(clause)

    def assume(self, literal: int) -> bool:
        """Make a literal true and propagate; whether nothing contradicts."""
        true, trail = self.true, self.trail
        if true[-literal]:
            return False
        if true[literal]:
            return True
        at = len(trail)
        true[literal] = True
        trail.append(literal)
        while at < len(trail):
            now = trail[at]
            at += 1
            self.work += len(self.implied[now]) + len(self.watchers[-now])
            for other in self.implied[now]:
                if not true[other]:
                    if true[-other]:
                        return False
                    true[other] = True
                    trail.append(other)
            if not self.visit(-now):
                return False
        return True

    def visit(self, false: int) -> bool:
        """Look at the clauses that watch a literal that is false now."""
        true, kept = self.true, []
        watching = self.watchers[false]
        for number, clause in enumerate(watching):
            if clause is self.ignored:
                kept.append(clause)
                continue
            if clause[0] == false:
                clause[0], clause[1] = clause[1], false
            first = clause[0]
            if true[first]:
                kept.append(clause)
                continue
            for i in range(2, len(clause)):
                if not true[-clause[i]]:
                    clause[1], clause[i] = clause[i], false
                    self.watchers[clause[1]].append(clause)
                    break
            else:
                kept.append(clause)
                if true[-first]:
                    self.watchers[false] = kept + watching[number + 1 :]
                    return False
                true[first] = True
                self.trail.append(first)
        self.watchers[false] = kept
        return True

    def undo(self, length: int) -> list[int]:
        """Take back what was made true since the trail had this length."""
        gone = self.trail[length:]
        del self.trail[length:]
        for literal in gone:
            self.true[literal] = False
        return gone


class _Probes:
    """One variable after the other, both ways; then one clause after the other.

    Arguments:
        clauses: those that propagate.
        count: so many of them, the first, may be shortened.

    Attributes:
        units: literals that are true.
        equal: pairs of literals that are equal.
    """

    def __init__(
        self, clauses: LiteralRows, count: int, top: int, budget: Budget, work: int
    ) -> None:
        self.propagation = _Propagation(clauses, top)
        self.budget, self.most, self.count, self.spent = budget, work, count, 0
        self.equal: list[tuple[int, int]] = []
        self.merged: set[int] = set()

    @property
    def units(self) -> list[int]:
        """What is true for good."""
        return self.propagation.trail

    def is_decided(self, pair: tuple[int, int]) -> bool:
        """Whether a literal of the two is true or false."""
        true = self.propagation.true
        return any(true[literal] or true[-literal] for literal in pair)

    def variables(self) -> Iterator[int]:
        """Those in clauses of two literals, the most frequent first."""
        implied = self.propagation.implied
        last = len(implied) // 2
        often = sorted(range(1, last + 1), key=lambda v: -len(implied[v]) - len(implied[-v]))
        return (v for v in often if implied[v] or implied[-v])

    def run(self) -> bool:
        """Probe until the work is done, or time is up; whether there may be a model."""
        propagation = self.propagation
        for variable in self.variables():
            if propagation.work > self.most or self.budget.is_over():
                break
            if propagation.true[variable] or propagation.true[-variable]:
                continue
            if not self.probe(variable):
                return False
        return True

    def vivified(self) -> Iterator[tuple[int, list[int]]]:
        """Clauses that can be shorter: their numbers, and what is left; the longest first."""
        propagation, self.spent = self.propagation, self.propagation.work
        clauses = propagation.clauses
        order = sorted(range(self.count), key=lambda number: -len(clauses[number]))
        for number in order:
            if propagation.work > 1.5 * self.most or self.budget.is_over():
                return
            clause = clauses[number]
            if len(clause) < 3 or any(propagation.true[literal] for literal in clause):
                continue
            kept = self.vivify(clause)
            # Where a unit is found, propagation shortens the clause anyhow.
            if 1 < len(kept) < len(clause):
                # The longer one stays where it is watched: it is implied.
                yield number, kept

    def vivify(self, clause: list[int]) -> list[int]:
        """The literals of a clause that are needed."""
        propagation, before = self.propagation, len(self.propagation.trail)
        propagation.ignored = clause
        kept = []
        implied = propagation.implied
        for literal in sorted(clause, key=lambda v: -len(implied[-v])):
            if propagation.true[-literal]:
                continue
            kept.append(literal)
            if propagation.true[literal] or not propagation.assume(-literal):
                break
        propagation.undo(before)
        propagation.ignored = None
        return kept

    def probe(self, variable: int) -> bool:
        propagation, before = self.propagation, len(self.propagation.trail)
        possible = propagation.assume(variable)
        with_it = set(propagation.undo(before))
        if not possible:
            return propagation.assume(-variable)
        possible = propagation.assume(-variable)
        without = propagation.undo(before)
        if not possible:
            return propagation.assume(variable)
        for literal in without:
            if literal in with_it and not propagation.assume(literal):
                return False
            if -literal in with_it and literal != -variable:
                self.equal.append((variable, -literal))
        return True
