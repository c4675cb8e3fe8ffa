"""The search for models of what presolve left: dynamics, other batches, and the complete solver."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Bool, Float

from odesolve.budget import UNLIMITED, Budget, OutOfTime
from odesolve.interrupts import listening
from odesolve.options import STEP_LIMIT, Options
from odesolve.presets.method import Method
from odesolve.problems.errors import InputError, unusable
from odesolve.problems.formulas.check import violations
from odesolve.problems.formulas.formula import Formula, LiteralRows, joined_rows
from odesolve.problems.formulas.presolve.exhaustion import is_refuted_by_exhaustion
from odesolve.problems.formulas.presolve.presolve import Presolved
from odesolve.problems.preparation import checked_options, not_prepared, prepared
from odesolve.problems.satisfiability.first_guess import likely_truth
from odesolve.problems.satisfiability.result import CADICAL, DYNAMICS, PRESOLVE
from odesolve.results import Reason, Result, Status, nothing_integrated
from odesolve.watching import GivenUp, watched

if TYPE_CHECKING:
    from odesolve.potentials import System
    from odesolve.presets.choice import Choice
    from odesolve.presets.solve import Prepared
    from odesolve.problems.satisfiability.prover import Prover
    from odesolve.solving import Progress
    from odesolve.trajectory import Recorder

#: Share of the time limit that the dynamics may take before they hand over to the prover.
SHARE_BEFORE_PROOF = 0.5

#: With "auto": how long CaDiCaL runs beside the dynamics.
AUTOMATIC_SECONDS = 10.0

#: Looking for more models: a batch may take this many times the steps of the first model ...
STEPS_OF_LATER_BATCHES = 4
LEAST_STEPS_OF_LATER_BATCHES = 500
#: ... and after so many batches without a new one the known models are forbidden by clauses, if
#: they have at most so many variables.
STALE_BATCHES = 3
LARGEST_BLOCKED_MODEL = 512

#: A hint is taken between these distances from the undecided point; 1 is the corner itself.
NEAREST_HINT, FARTHEST_HINT = 0.3, 0.9


@dataclass(frozen=True)
class FormulaSettings:
    """What a formula is solved with; see ``odesolve.sat``.

    Attributes:
        method: the equations and values that the caller chose.
        hint: +1 for true, -1 for false, 0 for anything, ``[variables]``.
        prove: "auto", "after", "beside" or None.
        target: the cost that is good enough; None is the least.
        improved: called with every cheaper solution and its exact cost.
        options: those of ``odesolve.Options`` that the caller chose.
    """

    method: Method = field(default_factory=Method)
    hint: np.ndarray | None = None
    solutions: int = 1
    prove: str | None = None
    progress: Callable[[Progress], None] | None = None
    recorder: Recorder | None = None
    target: int | None = None
    improved: Callable[[Bool[np.ndarray, " variables"], int], None] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_about_dynamics(self) -> bool:
        """Whether the caller says how to integrate, for how long, or wants to see it."""
        names = ("max_steps", "all_runs", "checkpoint", "resume", "distributed")
        asked = any(self.options.get(name) for name in names)
        return asked or self.method.is_chosen or self.recorder is not None

    def checked(self) -> Options:
        """The options, which must come to an end where a proof is to follow.

        Raises:
            InputError: if one cannot be used.
        """
        options = checked_options(self.options)
        if self.prove is not None and options.distributed:
            raise InputError("prove", "several processes share the runs", "no prover beside them")
        endless = options.max_steps is None and not options.budget().is_limited
        if self.prove == "after" and endless:
            raise InputError(
                "prove", "the dynamics have no budget after which to hand over", "a limit"
            )
        return options


@dataclass
class Found:
    """What a search came to.

    Attributes:
        run: status, reason, runs and times.
        truth: the best assignment, ``[variables]``.
        solutions: the different models, ``[solutions, variables]``.
        optimal: whether it is proved that none costs less.
        bound: what every model costs at least, as far as a prover says.
    """

    run: Result
    truth: Bool[np.ndarray, " variables"]
    solutions: Bool[np.ndarray, "solutions variables"]
    found_by: str | None = None
    optimal: bool = False
    bound: int | None = None
    notes: tuple[str, ...] = ()


class ModelSearch:
    """One search: models are collected until there are as many as wanted, or time is up."""

    def __init__(
        self,
        asked: Formula,
        left: Presolved,
        settings: FormulaSettings,
        budgets: Options,
        budget: Budget,
    ) -> None:
        self.asked, self.left, self.settings = asked, left, settings
        self.budgets, self.budget = budgets, budget
        #: Models as bytes, so that each is kept once; the first found stands first.
        self.models: dict[bytes, Bool[np.ndarray, " variables"]] = {}
        self.best: Bool[np.ndarray, " variables"] | None = None
        #: Where the next batch begins: the caller's hint, or the best of an earlier batch.
        self.hint = settings.hint
        #: Where the literals of the last formula lean, see ``lean``.
        self.leaning: tuple[Formula, Float[np.ndarray, " variables"] | None] | None = None
        self.later: Choice | None = None
        self.prover: Prover | None = None
        #: How long the prover may run beside the dynamics.
        self.prover_budget = UNLIMITED
        self.found_by: str | None = None
        self.exhausted = False
        self.notes: list[str] = []

    def run(self) -> Found:
        """Search until enough is found or the budget is spent."""
        try:
            run = self.without_dynamics() if self.left.decided else self.with_dynamics()
        finally:
            if self.prover is not None:
                self.prover.stop()
        return self.found(run)

    def without_dynamics(self) -> Result:
        """Presolve left nothing: its free variables give all models."""
        self.add(np.zeros(0, bool))
        self.found_by = PRESOLVE
        self.exhausted = self.left.keeps_all_models and self.wants_more
        self.notes.append("presolve decided every variable; nothing was left to integrate")
        return nothing_integrated(Status.SATISFIED, Reason.SOLVED, self.budgets.seed)

    def with_dynamics(self) -> Result:
        if self.settings.prove in ("auto", "beside"):
            self.start_prover()
        if self.settings.prove == "auto":
            self.prover_budget = UNLIMITED.at_most(AUTOMATIC_SECONDS)
        run = self.first_batch()
        if self.best is None and not self.prover_is_done():
            self.guess()
        try:
            if self.wants_more and run.satisfied:
                self.more_batches(run)
            if self.wants_more and self.waits_for_proof and run.reason not in FINAL_REASONS:
                self.await_prover()
        except KeyboardInterrupt:  # outside the device loop, which turns it into a result
            run = replace(run, reason=Reason.INTERRUPTED)
        return self.judged(run)

    @property
    def waits_for_proof(self) -> bool:
        """Whether a proof is asked for, however long it takes within the limit."""
        return self.settings.prove in ("after", "beside")

    @property
    def wants_more(self) -> bool:
        """Whether more models are wanted and may exist."""
        return len(self.models) < self.settings.solutions and not self.exhausted

    # ------------------------------------------------------------------------------- the dynamics

    def first_batch(self) -> Result:
        """The batch that decides, with the caller's hint, progress and recorder."""
        formula = self.left.formula
        try:
            choice = watched(self.choice, self.budget_of_dynamics(), self.is_given_up)
        except (OutOfTime, GivenUp) as error:
            return self.nothing(error)
        except (TypeError, ValueError) as error:  # its preset lacks a parameter that is set
            raise unusable(error) from None
        self.budgets = choice.with_options(self.settings.options)
        asked = self.budgets.max_steps
        run = self.batch(formula, choice, _limited(self.budgets, choice, 0), first=True)
        self.keep_best(run)
        # A preset may hand over to another, which goes on from the best assignment.
        while choice.then is not None and run.reason is Reason.STEPS and run.steps != asked:
            before, choice = run, choice.then
            self.budgets = choice.with_options(self.settings.options)
            assert self.best is not None  # steps were taken
            self.hint = np.where(self.best, 1, -1)
            run = self.batch(formula, choice, _limited(self.budgets, choice, before.steps))
            run = _joined(before, run)
            self.keep_best(run)
            self.notes.append(f"{before.preset} found nothing in {before.steps} steps")
        self.later = choice
        return run

    def choice(self) -> Choice:
        """The settings for what presolve left."""
        from odesolve.problems.satisfiability.features import FormulaFeatures

        features = FormulaFeatures.of(self.left.formula, hinted=self.hint is not None)
        return self.settings.method.choose("sat", vars(features))

    def more_batches(self, first: Result) -> None:
        """Other batches of other starts; at last with the known models forbidden."""
        steps = max(STEPS_OF_LATER_BATCHES * first.steps, LEAST_STEPS_OF_LATER_BATCHES)
        left = (
            STEP_LIMIT if self.budgets.max_steps is None else self.budgets.max_steps
        ) - first.steps
        number = stale = 0
        formula = self.left.formula
        while self.wants_more and left > 0 and not self.budget.is_over():
            number += 1
            options = replace(
                self.budgets,
                seed=self.budgets.seed + number,
                max_steps=min(steps, left),
                all_runs=True,
            )
            before = len(self.models)
            self.hint = None
            assert self.later is not None  # the first batch has chosen it
            run = self.batch(formula, self.later, options)
            left -= int(run.runs.steps.max(initial=0))
            if run.reason is Reason.INTERRUPTED:
                raise KeyboardInterrupt
            if run.reason is Reason.STOPPED or not run.dynamics_ran:
                return
            stale = 0 if len(self.models) > before else stale + 1
            if stale >= STALE_BATCHES:
                if formula.variable_count > LARGEST_BLOCKED_MODEL or self.waits_for_proof:
                    return
                formula, steps = self.with_known_forbidden(), min(2 * steps, STEP_LIMIT)
                if self.left.wanted and self.left.keeps_all_models:
                    self.exhausted = is_refuted_by_exhaustion(formula)

    def batch(
        self, formula: Formula, choice: Choice, options: Options, first: bool = False
    ) -> Result:
        """Integrate one batch and keep the models that it finds."""
        settings, given = self.settings, {**vars(options), "time_limit": self.budget_of_dynamics()}

        def compiled(choice: Choice) -> System:
            from odesolve.problems.satisfiability.system import formula_system

            follows_gradient = choice.lanes[0][0].follows_gradient
            return formula_system(formula, "product" if follows_gradient else "min")

        try:
            lean = self.lean(formula, choice)
            ready = prepared(lambda: choice, compiled, given, stop=self.prover_is_done)
        except (OutOfTime, GivenUp) as error:
            return self.nothing(error)
        run = ready.solve(
            progress=settings.progress,
            recorder=settings.recorder if first else None,
            starts=self.starts(ready, lean),
            stop=self.prover_is_done if self.prover is not None else None,
        )
        for assignment in run.solutions:
            self.add(assignment[: formula.variable_count] > 0)
        if run.satisfied and self.found_by is None:
            self.found_by = DYNAMICS
        return run

    def lean(self, formula: Formula, choice: Choice) -> Float[np.ndarray, " variables"] | None:
        """Where the literals lean, if the preset's runs begin there and there is no hint.

        Raises:
            OutOfTime, GivenUp: as ``watched``.
        """
        if choice.start != "spectral" or self.hint is not None:
            return None
        if self.leaning is None or self.leaning[0] is not formula:
            from odesolve.problems.satisfiability.spectral_start import leaning

            budget = self.budget_of_dynamics()
            lean = watched(lambda: leaning(formula), budget, self.is_given_up)
            self.leaning = formula, lean
            note = "no direction found in which literals lean together: runs begin at random"
            if lean is None and note not in self.notes:
                self.notes.append(note)
        return self.leaning[1]

    def starts(
        self, ready: Prepared, lean: Float[np.ndarray, " variables"] | None
    ) -> Float[np.ndarray, "cells first"] | None:
        """Starts of the first half of the runs: the hint, more or less decided, or the lean."""
        if self.hint is None and lean is None:
            return None
        starts = np.full((ready.system.cell_count, (ready.runs + 1) // 2), np.nan)
        if self.hint is not None:
            hint = self.left.reduce(self.hint).astype(np.float64)
            firmness = np.linspace(FARTHEST_HINT, NEAREST_HINT, starts.shape[1])
            known = np.flatnonzero(hint)
            starts[known] = hint[known, None] * firmness
        elif lean is not None:
            from odesolve.problems.satisfiability.spectral_start import spectral_starts

            starts[: len(lean)] = spectral_starts(lean, starts.shape[1], ready.options.seed)
        return starts

    def with_known_forbidden(self) -> Formula:
        """What presolve left, and a clause against each model that is known."""
        formula = self.left.formula
        numbers = np.arange(1, formula.variable_count + 1)
        cores = {self.left.core_of(truth).tobytes() for truth in self.models.values()}
        known = [np.frombuffer(core, bool) for core in sorted(cores)]
        against = LiteralRows.of([np.where(core, -numbers, numbers).tolist() for core in known])
        return replace(formula, clauses=joined_rows(formula.clauses, against))

    # --------------------------------------------------------------------------------- the prover

    def start_prover(self) -> None:
        from odesolve.problems.satisfiability.prover import Prover, Task

        known = self.known_models()
        self.prover = Prover(Task(self.asked, known, self.settings.solutions - len(known)))

    def known_models(self) -> Bool[np.ndarray, "models variables"]:
        shape = (len(self.models), self.asked.variable_count)
        return np.array([*self.models.values()], bool).reshape(shape)

    def is_given_up(self) -> bool:
        """Whether the user asks to stop, or nothing is left to search for."""
        with listening() as interruption:
            return interruption.requested or self.prover_is_done()

    def prover_is_done(self) -> bool:
        """Whether it has an answer; one whose time is up is stopped."""
        if self.prover is None:
            return False
        if self.prover.finished:
            return not self.prover.failed
        if self.prover_budget.is_over():
            self.prover.stop()
        return False

    def await_prover(self) -> None:
        """Let the prover go on until it is done, the time is up, or Ctrl-C."""
        if self.prover is None:
            self.start_prover()
        assert self.prover is not None
        with listening() as interruption:
            while not self.prover.finished and not self.budget.is_over():
                self.prover.wait(0.1)
                if interruption.requested:
                    raise KeyboardInterrupt
        if self.prover.failed:
            self.notes.append("CaDiCaL ended without an answer")

    def judged(self, run: Result) -> Result:
        """The run's result with what the prover has to say."""
        if self.prover is not None:
            self.prover.stop()
            for truth in self.prover.models:
                self.keep(truth)
            self.exhausted |= self.prover.exhausted
            if self.prover.models and self.found_by is None:
                self.found_by = CADICAL
        if self.models:
            return replace(run, status=Status.SATISFIED, reason=Reason.SOLVED, violated=0)
        if self.exhausted:
            self.found_by = CADICAL
            return replace(run, status=Status.INFEASIBLE, reason=Reason.PROVED)
        if run.reason is Reason.STOPPED:
            return replace(run, reason=Reason.TIME)
        return run

    # ----------------------------------------------------------------------------------- the rest

    def add(self, core: Bool[np.ndarray, " core"]) -> None:
        """Keep a model of what presolve left, once for each choice of the free variables."""
        missing = self.settings.solutions - len(self.models)
        for truth in self.left.lifts(core, missing, self.settings.hint):
            self.keep(truth)

    def keep(self, truth: Bool[np.ndarray, " variables"]) -> None:
        if len(self.models) < self.settings.solutions:
            self.models.setdefault(np.packbits(truth).tobytes(), truth)

    def keep_best(self, run: Result) -> None:
        """The best assignment of a batch, if it has one, as one of the whole formula."""
        if not run.dynamics_ran:
            return
        core = run.assignment[: self.left.formula.variable_count] > 0
        self.best = next(iter(self.left.lifts(core, 1, self.settings.hint)))

    def guess(self) -> None:
        """An assignment for whoever had no time to integrate; perhaps it is a model."""
        hint = None if self.settings.hint is None else self.left.reduce(self.settings.hint)
        core = likely_truth(self.left.formula, hint)
        self.best = next(iter(self.left.lifts(core, 1, self.settings.hint)))
        self.notes.append("nothing was integrated; the assignment is a first guess")
        if not violations(self.asked, self.best).total:
            self.keep(self.best)
            self.found_by = PRESOLVE

    def nothing(self, error: OutOfTime | GivenUp) -> Result:
        """The result of a batch that was not compiled."""
        return not_prepared(error, self.budgets.seed, stopped=self.prover_is_done())

    def budget_of_dynamics(self) -> Budget:
        """What is left of the time limit, less the prover's part."""
        if self.settings.prove != "after":
            return self.budget
        return self.budget.at_most(SHARE_BEFORE_PROOF * self.budget.left())

    def found(self, run: Result) -> Found:
        count, wanted = len(self.models), self.settings.solutions
        if wanted > 1 and count and self.exhausted:
            self.notes.append(f"there are {count} models, and no more")
        elif count and count < wanted:
            self.notes.append(f"found {count} of the {wanted} models that were wanted")
        models = self.known_models()
        best = models[0] if count else self.best
        if best is None:
            best = np.zeros(self.asked.variable_count, bool)
        return Found(
            run=run,
            truth=best,
            solutions=models,
            found_by=self.found_by,
            notes=(*self.notes, *run.notes),
        )


def _limited(options: Options, choice: Choice, spent: int) -> Options:
    """The options of a batch that others may follow, and that has followed others."""
    limits = [] if options.max_steps is None else [max(options.max_steps - spent, 0)]
    limits += [choice.then_after] if choice.then is not None else []
    return replace(options, max_steps=min(limits, default=None))


def _joined(before: Result, after: Result) -> Result:
    """The result of a batch, counting the one before it: that one's own where none was left."""
    times = replace(
        after.times,
        compile=before.times.compile + after.times.compile,
        solve=before.times.solve + after.times.solve,
    )
    if not after.dynamics_ran:
        compiled = before.compiled + after.compiled
        return replace(before, reason=after.reason, times=times, compiled=compiled)
    better = after if after.violated <= before.violated else before
    return replace(
        after,
        steps=before.steps + after.steps,
        times=times,
        compiled=before.compiled + after.compiled,
        assignment=better.assignment,
        violated=better.violated,
    )


#: Reasons after which the prover is not called.
FINAL_REASONS = (Reason.INTERRUPTED, Reason.PROVED)
