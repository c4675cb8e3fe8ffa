"""Exchanges: what several flips together make cheaper, where no single one does. In lists.

A flip that costs is tried for what it brings: the clauses that must hold and that it breaks are
mended by further flips, those that cost least, and then whatever near them gains is flipped as
well. If all together cost more they are taken back. For weighted covers that takes one set out,
others in, and more sets out. Such chains of moves go back to F. Glover, Ejection chains, reference
structures and alternating path methods for traveling salesman problems, 1996.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool

from odesolve.budget import UNLIMITED, Budget
from odesolve.problems.formulas.formula import Formula, joined_rows
from odesolve.problems.formulas.normal_form import normalized_literals

__all__ = ["Exchanges"]

Truth = Bool[np.ndarray, " variables"]

#: Flips of one attempt until all is mended.
LONGEST = 30

#: Literals that one call may look at, about a tenth of a second's worth, besides counting the true
#: ones of every row once.
WORK = 300_000


class Exchanges:
    """Attempts from one variable after the other, until none gains or the work is done.

    A call goes on from the variable where the last one ended, so that calls on large formulas look
    at different parts. Rows that are no clauses are not heeded: the exact checker is to judge.

    Arguments:
        formula: with soft clauses.
        budget: ends a call when it is over.

    Example:
        >>> from odesolve.problems.formulas.formula import LiteralRows
        >>> star = LiteralRows.of([[1, 2], [1, 3], [1, 4]])
        >>> wishes = LiteralRows.of([[-1], [-2], [-3], [-4]])
        >>> weights = np.array([2, 1, 1, 1], object)
        >>> cover = Formula(4, clauses=star, soft=wishes, soft_weights=weights)
        >>> Exchanges(cover)(np.array([False, True, True, True])).tolist()
        [True, False, False, False]
    """

    def __init__(self, formula: Formula, budget: Budget = UNLIMITED) -> None:
        rows, kept = normalized_literals(joined_rows(formula.clauses, formula.soft))
        hard = len(formula.clauses)
        weights = [int(weight) for weight in formula.soft_weights]
        weights = [sum(weights) + 1] * hard + weights
        self.rows = [row.tolist() for row in rows]
        self.weights = [weights[row] for row in kept.tolist()]
        #: How many of the rows must hold; they stand first.
        self.hard = int(np.sum(kept < hard))
        #: Rows of each variable, and whether its literal there is the positive one.
        self.places: list[list[tuple[int, bool]]] = [[] for _ in range(formula.variable_count + 1)]
        for number, row in enumerate(self.rows):
            for literal in row:
                self.places[abs(literal)].append((number, literal > 0))
        self.count, self.budget = formula.variable_count, budget
        self.truth: list[bool] = []
        #: True literals of each row.
        self.true: list[int] = []
        self.next, self.work = 0, 0

    def __call__(self, truth: Truth) -> Truth:
        """The assignment after all exchanges that gain."""
        self.truth = [False, *truth.tolist()]
        self.true = [sum(self.truth[abs(v)] == (v > 0) for v in row) for row in self.rows]
        self.work, stale = WORK, 0
        while stale < self.count and self.work > 0 and not self.budget.is_over():
            stale = 0 if self.attempt(1 + self.next) else stale + 1
            self.next = (self.next + 1) % self.count
        return np.array(self.truth[1:], bool)

    def attempt(self, variable: int) -> bool:
        """Flip a variable and whatever goes with it; whether that gains, else it is taken back."""
        flipped: dict[int, None] = {}
        broken: list[int] = []
        gain = self.flip(variable, flipped, broken)
        while broken and len(flipped) < LONGEST:
            row = broken.pop()
            if self.true[row] == 0:
                free = [abs(v) for v in self.rows[row] if abs(v) not in flipped]
                if not free:
                    break
                gain += self.flip(max(free, key=self.gain), flipped, broken)
        for near in self.beside(flipped):
            if near not in flipped and self.gain(near) > 0:
                gain += self.flip(near, flipped, broken)
        if gain <= 0:
            for own in list(flipped):
                self.flip(own, {}, [])
        return gain > 0

    def beside(self, flipped: dict[int, None]) -> dict[int, None]:
        """The variables that stand in a row with one of these, in a fixed order."""
        rows = dict.fromkeys(row for own in flipped for row, _ in self.places[own])
        return dict.fromkeys(abs(v) for row in rows for v in self.rows[row])

    def gain(self, variable: int) -> int:
        """How much less would be violated were the variable flipped."""
        value, gain = self.truth[variable], 0
        self.work -= len(self.places[variable])
        for row, positive in self.places[variable]:
            if self.true[row] == (value == positive):
                gain += -self.weights[row] if value == positive else self.weights[row]
        return gain

    def flip(self, variable: int, flipped: dict[int, None], broken: list[int]) -> int:
        """Flip it, write that down, and the rows that it breaks; how much less is violated."""
        gain = self.gain(variable)
        value = self.truth[variable]
        for row, positive in self.places[variable]:
            self.true[row] += 1 if value != positive else -1
            if self.true[row] == 0 and row < self.hard:
                broken.append(row)
        self.truth[variable] = not value
        flipped[variable] = None
        return gain
