"""Weighted maximum satisfiability: the search for cheap assignments of what presolve left."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float, Int

from odesolve.budget import UNLIMITED, Budget, OutOfTime
from odesolve.interrupts import listening
from odesolve.options import Options
from odesolve.problems.formulas.check import cost, violations
from odesolve.problems.formulas.formula import Formula, LiteralRows, joined_rows
from odesolve.problems.formulas.presolve.exhaustion import cheapest_by_exhaustion
from odesolve.problems.formulas.presolve.presolve import Presolved
from odesolve.problems.preparation import not_prepared, prepared
from odesolve.problems.satisfiability.first_guess import Polish, likely_truth, propagated_truth
from odesolve.problems.satisfiability.refinement import Refinement
from odesolve.problems.satisfiability.result import DYNAMICS, PRESOLVE, RC2
from odesolve.problems.satisfiability.search import (
    AUTOMATIC_SECONDS,
    FARTHEST_HINT,
    FINAL_REASONS,
    NEAREST_HINT,
    SHARE_BEFORE_PROOF,
    FormulaSettings,
    Found,
)
from odesolve.problems.solver_process import NO_ANSWER
from odesolve.results import Reason, Result, Status, nothing_integrated
from odesolve.watching import GivenUp

if TYPE_CHECKING:
    from odesolve.potentials import System
    from odesolve.presets.choice import Choice
    from odesolve.problems.satisfiability.cost_prover import CostProver
    from odesolve.solving import Progress

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
        self.polish = Polish(left.formula, budget)
        self.refinement = Refinement(left.formula, self.polish, budgets.seed, budget)
        self.found_by = PRESOLVE
        self.prover: CostProver | None = None
        #: How long the prover may run beside the dynamics.
        self.prover_budget = UNLIMITED
        self.notes: list[str] = []

    def run(self) -> Found:
        """Search until the budget is spent, or until the cost cannot be or need not be less."""
        try:
            if self.settings.prove in ("auto", "beside"):
                self.start_prover()
            if self.settings.prove == "auto":
                self.prover_budget = UNLIMITED.at_most(AUTOMATIC_SECONDS)
            self.guess()
            run = self.integrated()
            if self.settings.prove in ("after", "beside") and run.reason not in FINAL_REASONS:
                run = self.await_prover(run)
        finally:
            if self.prover is not None:
                self.prover.stop()
        self.hear_prover()
        return self.found(run)

    def integrated(self) -> Result:
        """What the dynamics come to; the best assignment is kept."""
        settings, budget = self.settings, self.budget
        if settings.prove == "after":
            budget = budget.at_most(SHARE_BEFORE_PROOF * budget.left())
        given = {**settings.options, "time_limit": budget, "target": self.rank_target()}
        try:
            ready = prepared(self.choice, self.compiled, given, stop=self.is_done)
        except (OutOfTime, GivenUp) as error:
            return not_prepared(error, self.budgets.seed, stopped=self.is_done())
        run = ready.solve(
            progress=self.refine if self.refines else settings.progress,
            recorder=settings.recorder,
            starts=self.starts(ready.system, ready.runs),
            stop=self.is_done,
            improved=self.improved,
            each_improved=self.refinement.take if self.refines else None,
        )
        for assignment in run.solutions:
            self.improved(assignment)
        return run

    def choice(self) -> Choice:
        """The settings for this formula."""
        return self.settings.method.choose("maxsat", features(self.left.formula))

    def compiled(self, _: Choice) -> System:
        """What presolve left."""
        from odesolve.problems.satisfiability.soft_system import soft_system

        return soft_system(self.left.formula, self.penalties)

    def improved(self, assignment: np.ndarray, rank: int = 0, found_by: str = DYNAMICS) -> None:
        """Check what was found, and tell the caller of a cheaper solution.

        Arguments:
            assignment: ``[variables]`` of what presolve left; more than 0 is true.
        """
        core = np.asarray(assignment[: self.left.formula.variable_count] > 0)
        self.offer(core, found_by)
        self.offer(self.polish(core), found_by)

    @property
    def refines(self) -> bool:
        """Whether what runs come to may be refined.

        How much is refined depends on the clock, on which an answer after so many steps must not,
        nor one of several processes or of a search that is resumed.
        """
        own = self.budgets
        counted = own.max_steps is not None or own.checkpoint or own.resume or own.distributed
        return self.refinement.is_of_use and not counted

    def refine(self, progress: Progress) -> None:
        """Offer what is made of the runs' assignments on the host, between two calls."""
        with listening() as interruption:
            for core in self.refinement.refined():
                self.offer(core, DYNAMICS)
                if interruption.requested or self.is_done():
                    break
        if self.settings.progress is not None:
            self.settings.progress(progress)

    def offer(self, core: Bool[np.ndarray, " core"], found_by: str) -> None:
        """Keep an assignment of what presolve left, if it is better than all before."""
        best = self.best
        known = best.truth is not None and not best.violated
        if known and cost(self.left.formula, core) >= best.cost:  # to lift it would take longer
            return
        truth = next(iter(self.left.lifts(core, 1, self.settings.hint)))
        better = self.best.offer(truth)
        if better:
            self.found_by = found_by
        if better and not self.best.violated and self.settings.improved is not None:
            self.settings.improved(truth.copy(), self.best.cost)

    # --------------------------------------------------------------------------------- the prover

    def start_prover(self) -> None:
        from odesolve.problems.satisfiability.cost_prover import CostProver

        self.prover = CostProver(self.left.formula)

    def hear_prover(self) -> None:
        """Take the models that it has found since."""
        if self.prover is not None:
            for core in self.prover.new_models():
                self.improved(core, found_by=RC2)

    @property
    def bound(self) -> int:
        """What every model costs at least, as far as it is known."""
        return self.left.formula.offset + (0 if self.prover is None else self.prover.bound)

    def is_proved_infeasible(self) -> bool:
        """Whether the prover says that there is no model."""
        return self.prover is not None and self.prover.infeasible

    def is_done(self) -> bool:
        """Whether nothing better is wanted, or can be; hears the prover first."""
        if self.prover is not None:
            self.hear_prover()
            if self.prover_budget.is_over() and not self.prover.finished:
                self.prover.stop()
        return self.good_enough() or self.is_optimal() or self.is_proved_infeasible()

    def await_prover(self, run: Result) -> Result:
        """Let the prover go on until it is done, the time is up, or Ctrl-C."""
        if self.prover is None and not self.is_done():
            self.start_prover()
        with listening() as interruption:
            while not self.is_done() and not self.budget.is_over():
                assert self.prover is not None
                if self.prover.finished:
                    break
                self.prover.wait(0.1)
                if interruption.requested:
                    return replace(run, reason=Reason.INTERRUPTED)
        if self.prover is not None and self.prover.failed:
            self.notes.append(NO_ANSWER)
        return run

    # ----------------------------------------------------------------------------------- the rest

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
        best, notes = self.best, [*self.notes, *run.notes]
        if not run.dynamics_ran and self.found_by == PRESOLVE:
            notes.append("nothing was integrated; the assignment is a first guess")
        assert best.truth is not None
        if self.unit is None and run.dynamics_ran:
            notes.append("weights were scaled down to rank assignments; costs are exact")
        if self.is_proved_infeasible():
            status, reason, found_by = Status.INFEASIBLE, Reason.PROVED, RC2
        elif best.violated:
            status, reason, found_by = Status.UNKNOWN, self.unsolved_reason(run), None
        else:
            done = self.is_optimal() or self.good_enough()
            status, found_by = Status.SATISFIED, self.found_by
            reason = Reason.SOLVED if done else self.unsolved_reason(run)
        return Found(
            run=replace(run, status=status, reason=reason, violated=best.violated),
            truth=best.truth,
            solutions=best.truth[None, :][: status is Status.SATISFIED],
            found_by=found_by,
            optimal=self.is_optimal(),
            bound=self.bound,
            notes=tuple(notes),
        )

    def unsolved_reason(self, run: Result) -> Reason:
        """Why the search ended; nobody but the prover stops the dynamics early."""
        return Reason.TIME if run.reason is Reason.STOPPED else run.reason

    def guess(self) -> None:
        """An assignment before anything is integrated; perhaps there is no time for that."""
        hint = None if self.settings.hint is None else self.left.reduce(self.settings.hint)
        for guess in (propagated_truth, likely_truth):
            self.improved(guess(self.left.formula, hint), found_by=PRESOLVE)

    def is_optimal(self) -> bool:
        """Whether the best assignment costs no more than every model does."""
        best = self.best
        return best.truth is not None and not best.violated and best.cost <= self.bound


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
