"""What is made on the host of assignments that runs come to: flips, exchanges, and crossings."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int

from odesolve.budget import Budget
from odesolve.problems.formulas.check import cost, violations
from odesolve.problems.formulas.formula import Formula
from odesolve.problems.satisfiability.exchanges import Exchanges
from odesolve.problems.satisfiability.first_guess import Polish

__all__ = ["Refinement"]

Truth = Bool[np.ndarray, " variables"]

#: Share of the time since it was made that it may take; how long at a stretch, in seconds.
SHARE, STRETCH = 0.25, 0.3

#: Literals of a formula that is too large for it.
MANY_LITERALS = 300_000

#: Assignments that wait, and refined ones that are kept to be crossed.
KEPT = 16


class Refinement:
    """Refines assignments of single runs, and crosses what came of them.

    Runs that are not the best lead elsewhere, and what is made of them may be better than what is
    made of the best. Of what runs come to the newest is refined first, and what is left too long is
    forgotten. When nothing waits, two that are kept are crossed: what they agree in stays, the rest
    is drawn and refined.

    Arguments:
        formula: with soft clauses.
        polish: of that formula.
        seed: of what is drawn.
        budget: ends it when it is over.
    """

    def __init__(self, formula: Formula, polish: Polish, seed: int, budget: Budget) -> None:
        self.formula, self.polish, self.budget = formula, polish, budget
        self.random = np.random.default_rng((seed, formula.variable_count))
        self.began, self.spent = time.perf_counter(), 0.0
        #: Violated rows and cost of what is kept, the least first, and the assignments.
        self.kept: list[tuple[tuple[int, int], Truth]] = []
        self.waiting: list[Truth] = []

    @property
    def is_of_use(self) -> bool:
        """Whether all that must hold are clauses, and few enough."""
        formula = self.formula
        literals = len(formula.clauses.literals) + len(formula.soft.literals)
        return formula.hard_count == len(formula.clauses) and literals <= MANY_LITERALS

    @cached_property
    def exchanges(self) -> Exchanges:
        """Made when it is used first: that takes as long as one use."""
        return Exchanges(self.formula, self.budget)

    def take(self, assignments: Int[np.ndarray, "variables better"]) -> None:
        """Assignments to refine; more than 0 is true."""
        count = self.formula.variable_count
        self.waiting = [*self.waiting, *(assignments[:count] > 0).T][-KEPT:]

    def refined(self) -> Iterator[Truth]:
        """What was taken, refined, then crossings, for as long as there is a share of the time."""
        began = time.perf_counter()
        while not self.budget.is_over():
            now = time.perf_counter()
            if now - began > STRETCH or self.spent > SHARE * (now - self.began):
                return
            truth = self.waiting.pop() if self.waiting else self.crossed()
            if truth is None:
                return
            found = self.exchanges(self.polish(truth))
            self.keep(found)
            self.spent += time.perf_counter() - now
            yield found

    def crossed(self) -> Truth | None:
        """A child of two that are kept; None while there are no two."""
        if len(self.kept) < 2:
            return None
        one, other = self.random.choice(len(self.kept), 2, replace=False)
        first, second = self.kept[one][1], self.kept[other][1]
        drawn = self.random.random(len(first)) < 0.5
        child: Truth = np.where(first == second, first, drawn)
        return child

    def keep(self, truth: Truth) -> None:
        """Among the best, once."""
        if not any(np.array_equal(truth, own) for _, own in self.kept):
            rank = violations(self.formula, truth).total, cost(self.formula, truth)
            self.kept.append((rank, truth))
            self.kept.sort(key=lambda own: own[0])
            del self.kept[KEPT:]
