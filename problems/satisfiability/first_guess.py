"""A first guess at an assignment, and what single flips make of one. NumPy only.

Whoever has no time to integrate gets the guess; where there are costs it is the first answer, long
before the dynamics are compiled, and every better assignment of the dynamics is polished by flips.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int

from odesolve.budget import UNLIMITED, Budget
from odesolve.problems.formulas.formula import Formula, joined_rows
from odesolve.problems.formulas.normal_form import normalized_literals

__all__ = ["Polish", "likely_truth", "propagated_truth"]

Truth = Bool[np.ndarray, " variables"]

#: Formulas of more literals are guessed at without propagation, in one pass.
PROPAGATION_LIMIT = 300_000

#: Literals that one polish may look at, all its passes together.
POLISH_WORK = 20_000_000


def likely_truth(formula: Formula, hint: Int[np.ndarray, " variables"] | None = None) -> Truth:
    """Every variable as the hint has it, or else as most of its clauses want it.

    Arguments:
        hint: +1 for true, -1 for false, 0 for anything.
    """
    count = formula.variable_count
    wanted = np.zeros(count, np.int64)
    for rows in (formula.clauses, formula.soft):
        # Counted once, negative literals before 0 and positive behind: no array of signs is made.
        found = np.bincount(np.add(rows.literals, count, dtype=np.int64), minlength=2 * count + 1)
        wanted += found[count + 1 :] - found[:count][::-1]
    truth: np.ndarray = wanted > 0
    return truth if hint is None else np.where(hint == 0, truth, hint > 0)


def propagated_truth(formula: Formula, hint: Int[np.ndarray, " variables"] | None = None) -> Truth:
    """An assignment by decimation: what clauses force first, then soft clauses, heaviest first.

    A clause that must hold and has one open literal left makes it true; when there is none, the
    heaviest soft clause that is open and not yet satisfied gets its likeliest literal. Whatever is
    left then is as `likely_truth` has it.

    Arguments:
        hint: as for `likely_truth`; what it says is decided before soft clauses are.
    """
    likely = likely_truth(formula, hint)
    if len(formula.clauses.literals) + len(formula.soft.literals) > PROPAGATION_LIMIT:
        return likely
    return _Decimation(formula, likely).run(hint)


class _Decimation:
    """Variables that are decided one after the other, and what clauses make of that."""

    def __init__(self, formula: Formula, likely: Truth) -> None:
        self.formula, self.likely = formula, likely
        self.rows = [row.tolist() for row in formula.clauses]
        self.open = [len(row) for row in self.rows]
        self.satisfied = [False] * len(self.rows)
        #: Clauses of each literal; -v counts from the end.
        self.holders: list[list[int]] = [[] for _ in range(2 * formula.variable_count + 1)]
        for number, row in enumerate(self.rows):
            for literal in set(row):
                self.holders[literal].append(number)
        self.value = [0] * (formula.variable_count + 1)
        self.units = [number for number, row in enumerate(self.rows) if len(row) == 1]

    def run(self, hint: Int[np.ndarray, " variables"] | None) -> Truth:
        self.propagate()
        for variable, sign in enumerate([] if hint is None else hint.tolist(), 1):
            if sign:
                self.decide(variable if sign > 0 else -variable)
        soft, weights = self.formula.soft, self.formula.soft_weights
        order = sorted(range(len(soft)), key=lambda row: -weights[row])
        for row in order:
            literals = soft.row(row).tolist()
            if any(
                self.value[abs(literal)] == (literal > 0) - (literal < 0) for literal in literals
            ):
                continue
            choice = [literal for literal in literals if not self.value[abs(literal)]]
            if choice:
                as_likely = [v for v in choice if self.likely[abs(v) - 1] == (v > 0)]
                self.decide((as_likely or choice)[0])
        for variable, likely in enumerate(self.likely.tolist(), 1):
            self.decide(variable if likely else -variable)
        return np.array(self.value[1:], np.int8) > 0

    def decide(self, literal: int) -> None:
        """Make a literal true unless its variable has a value, and propagate."""
        if not self.value[abs(literal)]:
            self.assign(literal)
            self.propagate()

    def assign(self, literal: int) -> None:
        self.value[abs(literal)] = 1 if literal > 0 else -1
        for number in self.holders[literal]:
            self.satisfied[number] = True
        for number in self.holders[-literal]:
            self.open[number] -= 1
            if self.open[number] == 1:
                self.units.append(number)

    def propagate(self) -> None:
        while self.units:
            number = self.units.pop()
            if self.satisfied[number]:
                continue
            for literal in self.rows[number]:
                if not self.value[abs(literal)]:
                    self.assign(literal)
                    break


class Polish:
    """Flips of single variables that make an assignment cheaper, until there is none.

    Clauses that must hold weigh more than all soft ones together; other rows are not heeded, the
    exact checker is to judge. All variables that gain and stand in no row with one that gains more
    are flipped at once, so that a pass costs as much as looking at the formula once.
    """

    def __init__(self, formula: Formula, budget: Budget = UNLIMITED) -> None:
        soft = np.flatnonzero(formula.soft.lengths)
        clauses = np.flatnonzero(formula.clauses.lengths)
        weights = formula.soft_weights[soft]
        own = np.array([float(weight) for weight in weights])
        own /= max(own.sum(), 1.0)
        rows = joined_rows(formula.clauses.take(clauses), formula.soft.take(soft))
        weights = np.concatenate([np.full(len(clauses), 1.5), own])
        # A literal that stands twice in a row would count as two that hold it.
        self.rows, kept = normalized_literals(rows)
        self.weights = weights[kept]
        self.places = np.abs(self.rows.literals) - 1
        self.positive = self.rows.literals > 0
        self.count, self.budget = formula.variable_count, budget
        self.passes = POLISH_WORK // max(len(self.places), 1)

    def __call__(self, truth: Truth) -> Truth:
        """The assignment after the flips."""
        truth = truth.copy()
        for _ in range(self.passes if len(self.places) else 0):
            chosen = self.independent(self.gains(truth))
            if not len(chosen) or self.budget.is_over():
                break
            truth[chosen] ^= True
        return truth

    def gains(self, truth: Truth) -> Float[np.ndarray, " variables"]:
        """How much less would be violated were each variable flipped."""
        rows = self.rows.row_numbers
        true = truth[self.places] == self.positive
        counts = np.bincount(rows[true], minlength=len(self.rows))
        share = np.where(counts == 0, self.weights, 0.0)[rows]
        share -= np.where(counts == 1, self.weights, 0.0)[rows] * true
        return np.bincount(self.places, weights=share, minlength=self.count)

    def independent(self, gains: Float[np.ndarray, " variables"]) -> Int[np.ndarray, " chosen"]:
        """Variables that gain, of which no two stand in one row."""
        gaining = np.flatnonzero(gains > 1e-12)
        rank = np.zeros(self.count, np.int64)
        rank[gaining[np.argsort(gains[gaining], kind="stable")]] = np.arange(1, len(gaining) + 1)
        own = rank[self.places]
        highest = self.rows.reduced(np.maximum, own)
        beaten = np.zeros(self.count, bool)
        beaten[self.places[own < highest[self.rows.row_numbers]]] = True
        return gaining[~beaten[gaining]]
