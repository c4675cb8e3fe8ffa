"""Weighted maximum satisfiability: the search for cheap assignments of what presolve left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float, Int

from odesolve.budget import Budget, OutOfTime
from odesolve.options import Options
from odesolve.problems.formulas.check import cost, violations
from odesolve.problems.formulas.formula import Formula, LiteralRows, joined_rows
from odesolve.problems.formulas.presolve.exhaustion import cheapest_by_exhaustion
from odesolve.problems.formulas.presolve.presolve import Presolved
from odesolve.problems.preparation import not_prepared, prepared
from odesolve.problems.satisfiability.first_guess import likely_truth
from odesolve.problems.satisfiability.result import DYNAMICS, PRESOLVE
from odesolve.problems.satisfiability.search import (
    FARTHEST_HINT,
    NEAREST_HINT,
    FormulaSettings,
    Found,
)
from odesolve.results import Reason, Result, Status, nothing_integrated
from odesolve.watching import GivenUp

if TYPE_CHECKING:
    from odesolve.potentials import System
    from odesolve.presets.choice import Choice

__all__ = ["Minimization", "cheapest", "engine_penalties", "softened"]

#: Penalties that rank assignments on the device add up to less than this.
PENALTY_LIMIT = 2**29


@dataclass
class Best:
    """The best assignment so far: fewest violated constraints, then the least exact cost.

    Attributes:
        formula: the original formula.
        truth: ``[variables]``; None before the first.
        violated: constraints that it violates.
        cost: its exact cost.
    """

    formula: Formula
    truth: Bool[np.ndarray, " variables"] | None = None
    violated: int = 0
    cost: int = 0

    def offer(self, truth: Bool[np.ndarray, " variables"]) -> bool:
        """Take an assignment if it is better; whether it was."""
        violated = violations(self.formula, truth).total
        exact = cost(self.formula, truth)
        if self.truth is not None and (violated, exact) >= (self.violated, self.cost):
            return False
        self.truth, self.violated, self.cost = truth.copy(), violated, exact
        return True


def cheapest(asked: Formula, left: Presolved, settings: FormulaSettings, seed: int) -> Found | None:
    """The optimum, by trying all assignments of what presolve left; None if they are too many.

    Without presolve everything is left to the dynamics.
    """
    core = cheapest_by_exhaustion(left.formula) if left.wanted else None
    if core is None:
        return None
    truth = next(iter(left.lifts(core, 1, settings.hint)))
    if violations(asked, truth).total or cost(asked, truth) != cost(left.formula, core):
        raise AssertionError("what presolve left does not cost what the formula does")
    tried = f"all 2^{len(core)} assignments of the variables that presolve left were tried"
    return Found(
        run=nothing_integrated(Status.SATISFIED, Reason.SOLVED, seed),
        truth=truth,
        solutions=truth[None, :],
        found_by=PRESOLVE,
        optimal=True,
        notes=(f"{tried}; none costs less",),
    )


class Minimization:
    """One search: a batch runs until its budget is spent, or nothing can be better.

    The device ranks assignments by integers of 32 bits. Larger weights are scaled down for that,
    so that its ranks may be rounded; costs are always those of the exact checker.
    """

    def __init__(
        self,
        asked: Formula,
        left: Presolved,
        settings: FormulaSettings,
        budgets: Options,
        budget: Budget,
    ) -> None:
        self.left, self.settings = left, settings
        self.budgets, self.budget = budgets, budget
        self.best = Best(asked)
        self.penalties, self.unit = engine_penalties(left.formula.soft_weights)

    def run(self) -> Found:
        """Search until the budget is spent, or until the cost cannot be or need not be less."""
        settings = self.settings
        given = {**settings.options, "time_limit": self.budget, "target": self.rank_target()}
        try:
            ready = prepared(self.choice, self.compiled, given)
        except (OutOfTime, GivenUp) as error:
            return self.found(not_prepared(error, self.budgets.seed))
        run = ready.solve(
            progress=settings.progress,
            recorder=settings.recorder,
            starts=self.starts(ready.system, ready.runs),
            stop=self.good_enough,
            improved=self.improved,
        )
        for assignment in run.solutions:
            self.improved(assignment)
        return self.found(run)

    def choice(self) -> Choice:
        """The settings for this formula."""
        return self.settings.method.choose("maxsat", features(self.left.formula))

    def compiled(self, _: Choice) -> System:
        """What presolve left."""
        from odesolve.problems.satisfiability.soft_system import soft_system

        return soft_system(self.left.formula, self.penalties)

    def improved(self, assignment: Int[np.ndarray, " variables"], rank: int = 0) -> None:
        """Check what the device found, and tell the caller of a cheaper solution."""
        core = np.asarray(assignment[: self.left.formula.variable_count] > 0)
        truth = next(iter(self.left.lifts(core, 1, self.settings.hint)))
        better = self.best.offer(truth)
        if better and not self.best.violated and self.settings.improved is not None:
            self.settings.improved(truth.copy(), self.best.cost)

    def good_enough(self) -> bool:
        """Whether the caller's target is reached."""
        target = self.settings.target
        reached = target is not None and self.best.cost <= target
        return reached and self.best.truth is not None and not self.best.violated

    def rank_target(self) -> int:
        """The target as the device counts; 0 where its ranks are rounded."""
        target = self.settings.target
        if target is None or self.unit is None:
            return 0
        return min(max((target - self.left.formula.offset) // self.unit, 0), PENALTY_LIMIT)

    def starts(self, system: System, runs: int) -> Float[np.ndarray, "cells first"] | None:
        """Starts of the first half of the runs: the hint, more or less decided."""
        if self.settings.hint is None:
            return None
        hint = self.left.reduce(self.settings.hint).astype(np.float64)
        firmness = np.linspace(FARTHEST_HINT, NEAREST_HINT, (runs + 1) // 2)
        starts = np.full((system.cell_count, len(firmness)), np.nan)
        known = np.flatnonzero(hint)
        starts[known] = 0.5 + 0.5 * hint[known, None] * firmness
        return starts

    def found(self, run: Result) -> Found:
        """What the search came to, by the exact checker."""
        best, notes = self.best, list(run.notes)
        if not run.dynamics_ran:
            self.guess()
            notes.append("nothing was integrated; the assignment is a first guess")
        assert best.truth is not None  # the first look already has an assignment
        feasible = best.violated == 0
        if self.unit is None:
            notes.append("weights were scaled down to rank assignments; costs are exact")
        reason = Reason.SOLVED if self.is_optimal() or self.good_enough() else run.reason
        status = Status.SATISFIED if feasible else Status.UNKNOWN
        return Found(
            run=replace(run, status=status, reason=reason, violated=best.violated),
            truth=best.truth,
            solutions=best.truth[None, :] if feasible else best.truth[None, :][:0],
            found_by=None if not feasible else DYNAMICS if run.dynamics_ran else PRESOLVE,
            notes=tuple(notes),
        )

    def guess(self) -> None:
        """An assignment for whoever had no time to integrate."""
        hint = None if self.settings.hint is None else self.left.reduce(self.settings.hint)
        self.improved(likely_truth(self.left.formula, hint))

    def is_optimal(self) -> bool:
        """Whether the best assignment costs nothing that presolve had not found to be due."""
        return self.best.violated == 0 and self.best.cost == self.left.formula.offset


def features(formula: Formula) -> dict[str, Any]:
    """What a preset may ask for."""
    widths = np.concatenate([formula.clauses.lengths, formula.soft.lengths])
    return {
        "variables": formula.variable_count,
        "hard": formula.hard_count,
        "soft": len(formula.soft),
        "mean_width": float(widths.mean()) if len(widths) else 0.0,
        "weighted": "yes" if len(set(formula.soft_weights.tolist())) > 1 else "no",
    }


def engine_penalties(weights: np.ndarray) -> tuple[Int[np.ndarray, " soft"], int | None]:
    """Weights as integers that may be summed in 32 bits.

    Returns:
        The penalties, and the weight that a penalty of 1 stands for; None where they are rounded.
    """
    numbers = [int(weight) for weight in weights]
    unit = gcd(*numbers) if numbers else 1
    total = sum(numbers) // unit if numbers else 0
    if total < PENALTY_LIMIT:
        return np.array([number // unit for number in numbers], np.int64), unit
    room = PENALTY_LIMIT - len(numbers)
    return np.array([max(number // unit * room // total, 1) for number in numbers], np.int64), None


def softened(formula: Formula) -> Formula:
    """The formula with every clause soft, of weight 1 unless it was soft before."""
    hard, soft = formula.clauses, formula.soft
    weights = np.concatenate([np.ones(len(hard), np.int64), formula.soft_weights])
    return replace(
        formula,
        clauses=LiteralRows(),
        soft=joined_rows(hard, soft),
        soft_weights=weights,
        optimizes=True,
    )
