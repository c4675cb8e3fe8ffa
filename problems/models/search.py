"""The search for a model's solutions: rows, presolve, shares, the dynamics, the exact check."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from odesolve.budget import GRACE_SECONDS, Budget, OutOfTime
from odesolve.interrupts import listening
from odesolve.options import Options
from odesolve.presets.method import Method
from odesolve.problems.errors import InputError
from odesolve.problems.models.constraints.base import Variable
from odesolve.problems.models.exhaustion import all_solutions, is_small
from odesolve.problems.models.lowering import Unsupported, lower_model
from odesolve.problems.models.lowering.lowered import described
from odesolve.problems.models.merging import Alias, merged
from odesolve.problems.models.model import Model
from odesolve.problems.models.presolve import Contradiction, narrowed
from odesolve.problems.models.prover import Prover, check_prover
from odesolve.problems.models.result import Improvement, ModelResult
from odesolve.problems.models.rows.kinds import ClauseRow, Row, SumRow
from odesolve.problems.models.rows.store import LISTED, Store
from odesolve.problems.models.shares import Shares, TooWide, compiled_shares
from odesolve.problems.preparation import not_prepared, prepared
from odesolve.results import Reason, Result, Status, nothing_integrated
from odesolve.watching import GivenUp, watched

if TYPE_CHECKING:
    from odesolve.presets.solve import Prepared
    from odesolve.solving import Progress
    from odesolve.trajectory import Recorder

#: How often a prover is asked that is waited for.
POLL_SECONDS = 0.05

#: Presolve may take this share of the time limit.
PRESOLVE_SHARE = 0.5

#: With an objective and no limit, the search ends after so many steps without a better solution.
STEPS_WITHOUT_IMPROVEMENT = 20_000

#: How it ended where every solution is known.
_ALL_FOUND = (Status.SATISFIED, Reason.PROVED)

#: An ambitious bound is given up after this many times the steps that the last solution took ...
STEPS_FOR_A_BOUND = 4
#: ... and after no fewer than these.
LEAST_STEPS_FOR_A_BOUND = 500


@dataclass(frozen=True)
class ModelSettings:
    """What a model is solved with; see ``solve_model``.

    Attributes:
        solutions: how many to look for; None for all.
        prove: whether a prover runs beside.
        options: those of ``odesolve.Options`` that the caller chose.
    """

    method: Method
    hint: Mapping[Variable, int] = field(default_factory=dict)
    target: int | None = None
    solutions: int | None = 1
    prove: bool = False
    presolve: bool = True
    improved: Callable[[Improvement], None] | None = None
    progress: Callable[[Progress], None] | None = None
    recorder: Recorder | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


def searched(model: Model, settings: ModelSettings) -> ModelResult:
    """The outcome of a search; see ``solve_model``."""
    with listening() as interruption:
        return _Search(model, settings, lambda: interruption.requested).result()


class _Search:
    """One search.

    Attributes:
        solutions: found so far, by their values; the best first where there is an objective.
        history: every improvement.
    """

    def __init__(
        self, model: Model, settings: ModelSettings, interrupted: Callable[[], bool]
    ) -> None:
        self.model, self.settings, self.interrupted = model, settings, interrupted
        self.began = time.perf_counter()
        self.budgets = Options.of(settings.options)
        self.budget: Budget = self.budgets.budget().until(interrupted)
        self.solutions: list[dict[Variable, int]] = []
        self.known: set[tuple[int, ...]] = set()
        self.history: list[Improvement] = []
        self.best_effort: dict[Variable, int] | None = None
        self.notes: list[str] = []
        self.found_by = ""
        self.steps = 0
        self.store = Store()
        self.aliases: dict[int, Alias] = {}
        self.presolve_seconds = 0.0
        #: Whether there are proved to be no solutions beyond those found, or none that is better.
        self.exhausted = False
        self.prover: Prover | None = None

    # --------------------------------------------------------------------------------- the stages

    def result(self) -> ModelResult:
        """Search until enough is found or the budget is spent."""
        if self.settings.prove:
            check_prover()
        try:
            return self.without_prover()
        finally:
            if self.prover is not None:
                self.prover.stop()

    def without_prover(self) -> ModelResult:
        """Presolve, and what it leads to; a prover is started only where something is left."""
        try:
            rows = watched(self.presolved, self.presolve_budget(), self.interrupted)
        except Contradiction as error:
            return self.infeasible(error.origin)
        except (OutOfTime, GivenUp) as error:
            run = not_prepared(error, self.budgets.seed)
            return self.outcome(run if self.interrupted() else self.by_prover(run))
        except Unsupported as error:
            return self.not_by_shares(error)
        self.presolve_seconds = time.perf_counter() - self.began
        if not rows and (self.settings.solutions == 1 or self.model.objective is not None):
            return self.without_dynamics()
        if is_small(self.model, self.store) and self.settings.presolve:
            return self.tried_out()
        if not rows:
            return self.without_dynamics()
        self.start_prover()
        try:
            run = self.integrated(rows)
        except Contradiction as error:
            if self.solutions:  # all others are forbidden by now
                self.exhausted = True
                return self.outcome(nothing_integrated(*_ALL_FOUND, self.budgets.seed))
            return self.infeasible(error.origin)  # a row that presolve was not to look at
        except TooWide as error:
            return self.not_by_shares(error)
        return self.outcome(self.proved(run))

    def not_by_shares(self, error: ValueError) -> ModelResult:
        """The outcome where the model is too large for shares: what the prover says, if asked.

        Raises:
            InputError: if there is no prover.
        """
        if not self.settings.prove:
            raise InputError("model", str(error), "smaller domains, or a prover") from None
        self.notes.append(f"nothing was integrated: {error}")
        run = nothing_integrated(Status.UNKNOWN, Reason.STOPPED, self.budgets.seed)
        return self.outcome(self.by_prover(run))

    def by_prover(self, run: Result) -> Result:
        """What the prover alone says."""
        self.start_prover()
        return self.proved(run)

    def start_prover(self) -> None:
        """Start the prover, if one was asked for and none runs."""
        if self.settings.prove and self.prover is None:
            self.prover = Prover(self.model, solutions=self.settings.solutions)

    # --------------------------------------------------------------------------------- the prover

    def is_over(self) -> bool:
        """Whether to stop: the user asked for it, or the prover has said enough."""
        return self.interrupted() or self.is_decided()

    def is_decided(self) -> bool:
        """Whether the prover has proved that there is no more, or found enough; asks it."""
        while self.prover is not None and (answer := self.prover.poll()) is not None:
            if answer.status == "solution":
                values = {v: answer.values[v.name] for v in self.model.variables}
                if not self.add(values, "prover"):
                    raise AssertionError("the prover found values that the checker rejects")
            elif answer.status == "exhausted":
                self.exhausted = True
            else:
                self.notes.append(f"the prover gave up: {answer.note}")
        return self.exhausted or self.has_enough()

    def has_enough(self) -> bool:
        """Whether as many solutions are found as were asked for, or one as good as the target."""
        if self.model.objective is not None:
            return self.is_enough()
        wanted = self.settings.solutions
        return wanted is not None and len(self.solutions) >= wanted

    def proved(self, run: Result) -> Result:
        """The last batch with what the prover has said, for which it may have the time left."""
        if self.prover is None:
            return run
        bounded = self.budget.is_limited or self.budgets.max_steps is None
        while not self.is_decided() and not self.prover.finished and bounded:
            if self.budget.is_over():
                break
            self.prover.wait(POLL_SECONDS)
        if self.is_decided():
            status = Status.SATISFIED if self.solutions else Status.INFEASIBLE
            reason = Reason.PROVED if self.exhausted else Reason.SOLVED
            return replace(run, status=status, reason=reason)
        return run

    def presolve_budget(self) -> Budget:
        return self.budget.first(PRESOLVE_SHARE).at_least(GRACE_SECONDS)

    def presolved(self) -> list[Row]:
        """The rows that are left, on the domains that are left in ``store``."""
        budget = self.presolve_budget()
        lowered = lower_model(self.model, budget)
        self.store = lowered.store
        if not self.settings.presolve:
            return lowered.rows
        rows = narrowed(self.store, lowered.rows, budget)
        left, aliases = merged(self.store, rows)
        while self.store.changed and not budget.is_over():  # by what aliases and roots took away
            rows = narrowed(self.store, rows, budget)
            left, aliases = merged(self.store, rows)
        if left:  # else what is left is but equalities, which must still be told apart from nothing
            self.aliases, rows = aliases, left
        return rows

    def without_dynamics(self) -> ModelResult:
        """No row is left: every variable may have any value left to it."""
        variables, objective = self.model.variables, self.model.objective
        wanted = 1 if objective is not None else self.settings.solutions
        # Domains may be of any size: no more values of one are looked at than solutions wanted.
        choices = [
            list(itertools.islice(self.store.each(v.number), wanted or LISTED)) for v in variables
        ]
        if objective is not None:
            for factor, variable in zip(objective.coefficients, objective.terms, strict=True):
                if (factor > 0) == objective.maximize:
                    choices[variable.number] = [self.store.high(variable.number)]
        self.notes.append("presolve decided every constraint; nothing was integrated")
        for values in itertools.islice(itertools.product(*choices), wanted):
            if not self.add(dict(zip(variables, values, strict=True)), "presolve"):
                raise AssertionError("presolve's values violate a constraint")
            if self.budget.is_over():
                break
        count = math.prod(self.store.size(v.number) for v in variables)
        self.exhausted = objective is not None or len(self.solutions) == count
        run = nothing_integrated(Status.SATISFIED, Reason.SOLVED, self.budgets.seed)
        return self.outcome(run)

    def tried_out(self) -> ModelResult:
        """Few assignments are left: all of them are tried."""
        wanted, objective = self.settings.solutions, self.model.objective
        try:
            for values in all_solutions(self.model, self.store, self.budget):
                self.add(values, "presolve")
                if self.is_enough() or (objective is None and len(self.solutions) == wanted):
                    break
            else:
                self.exhausted = True
        except OutOfTime as error:
            return self.outcome(not_prepared(error, self.budgets.seed))
        self.notes.append("all assignments were tried one after another; nothing was integrated")
        if not self.solutions:
            run = nothing_integrated(Status.INFEASIBLE, Reason.PROVED, self.budgets.seed)
            return self.outcome(run, proof="no assignment satisfies every constraint")
        run = nothing_integrated(Status.SATISFIED, Reason.SOLVED, self.budgets.seed)
        return self.outcome(run)

    # ------------------------------------------------------------------------------- the dynamics

    def integrated(self, rows: list[Row]) -> Result:
        """Integrate what presolve left, until enough is found; the last batch."""
        run: Result | None = None
        while True:
            found = self.batch(rows)
            run = found if run is None else _joined(run, found)
            if self.model.objective is not None:
                return run
            wanted = self.settings.solutions
            if not run.satisfied or self.is_decided():
                return run
            if wanted is not None and len(self.solutions) >= wanted:
                return run
            if found.reason is not Reason.SOLVED:
                return run
            rows = [*rows, self.other_than(self.solutions[-1])]

    def other_than(self, values: Mapping[Variable, int]) -> Row:
        """A clause that forbids a solution."""
        literals = (
            (v.number, values[v], False)
            for v in self.model.variables
            if not self.store.is_fixed(v.number)
        )
        return ClauseRow((), -1, tuple(literals))

    def batch(self, rows: list[Row]) -> Result:
        """Compile and integrate; solutions are added as they are found."""
        shares: list[Shares] = []
        too_wide: list[TooWide] = []

        def system(_: Any) -> Any:
            try:
                shares.append(compiled_shares(self.store, rows, self.objective_row(), self.aliases))
            except TooWide as error:
                too_wide.append(error)
                raise
            return shares[-1].system

        try:
            ready = prepared(
                lambda: self.settings.method.choose("model", {}),
                system,
                {**self.settings.options, "time_limit": self.budget},
                stop=self.is_over,
            )
        except InputError:
            if too_wide:
                raise too_wide[0] from None
            raise
        except (OutOfTime, GivenUp) as error:
            stopped = not self.interrupted()
            return not_prepared(error, self.budgets.seed, stopped=stopped)
        if self.model.objective is None:
            return self.solved(ready, shares[0], self.settings.hint, self.budgets.max_steps)
        return self.improved(ready, shares[0])

    def solved(
        self,
        ready: Prepared,
        shares: Shares,
        hint: Mapping[Variable, int],
        max_steps: int | None,
        seed: int | None = None,
    ) -> Result:
        """One batch, and what it found."""
        starts = None
        if hint:
            numbered = {variable.number: value for variable, value in hint.items()}
            generator = np.random.default_rng(self.budgets.seed)
            starts = shares.starts_near(numbered, (ready.runs + 1) // 2, generator)
        recorder = self.settings.recorder
        of_batch = None
        if recorder is not None:
            of_batch = recorder.fresh(
                shares.cells({v.number: v.name for v in self.model.variables})
            )
        run = ready.solve(
            progress=self.settings.progress,
            recorder=of_batch,
            starts=starts,
            max_steps=max_steps,
            seed=self.budgets.seed if seed is None else seed,
            stop=self.is_over,
        )
        self.steps += run.steps
        if not run.dynamics_ran:
            return run
        # Of several batches the last one that found something is kept.
        if (
            recorder is not None
            and of_batch is not None
            and (run.satisfied or not recorder.samples)
        ):
            recorder.take(of_batch)
        for assignment in run.solutions if run.satisfied else [run.assignment]:
            values = self.lifted(shares, assignment)
            if not self.add(values, "dynamics"):
                if run.satisfied:
                    raise AssertionError("the engine accepted values that the checker rejects")
                self.best_effort = values
                continue
            if self.prover is not None:
                objective = self.model.objective
                value = None if objective is None else objective.value(self.solutions[0])
                self.prover.offer(named(values), value)
        return run

    def lifted(self, shares: Shares, assignment: np.ndarray) -> dict[Variable, int]:
        found = shares.read(assignment.tolist(), self.store)
        return {v: found[v.number] for v in self.model.variables}

    # ------------------------------------------------------------------------------ the objective

    def objective_row(self) -> SumRow | None:
        """The objective as a sum that is at most its bound; the least is wanted."""
        objective = self.model.objective
        if objective is None:
            return None
        sign = -1 if objective.maximize else 1
        terms = tuple(variable.number for variable in objective.terms)
        numbers = tuple(sign * factor for factor in objective.coefficients)
        row = SumRow((), -1, terms, numbers, "<=", 0)
        _, _, most = row.spans(self.store)
        return replace(row, bound=most)

    def improved(self, ready: Prepared, shares: Shares) -> Result:
        """Batches under a falling bound: ambitious steps first, halved where they fail."""
        row = self.objective_row()
        assert row is not None
        _, lowest, bound = row.spans(self.store)
        whole: Result | None = None
        last_steps, stale, step, seed = 0, 0, 0, self.budgets.seed
        endless = self.budgets.max_steps is None and not self.budget.is_limited
        system = ready.system
        while True:
            limit = self.steps_left()
            if self.solutions:
                patience = max(STEPS_FOR_A_BOUND * last_steps, LEAST_STEPS_FOR_A_BOUND)
                patience = patience if step > 1 else STEPS_WITHOUT_IMPROVEMENT
                limit = patience if limit is None else min(limit, patience)
            hint = self.solutions[0] if self.solutions else self.settings.hint
            now = replace(ready, system=shares.bounded(system, bound))
            run = self.solved(now, shares, hint, limit, seed)
            whole = run if whole is None else _joined(whole, run)
            if run.satisfied:
                last_steps, stale = run.steps, 0
                best = self.least()
                if self.is_enough() or best <= lowest:
                    self.exhausted = best <= lowest
                    return whole
                step = max((best - lowest) // 8, 1) if step == 0 else max(2 * step, 1)
                step = min(step, best - lowest)
            else:
                if run.reason is not Reason.STEPS or not self.solutions:
                    return replace(whole, reason=run.reason)
                if self.steps_left() == 0:
                    return replace(whole, reason=Reason.STEPS)
                stale += run.steps
                if step == 1 and endless and stale >= STEPS_WITHOUT_IMPROVEMENT:
                    self.notes.append(
                        f"no better solution in {stale} steps; a time limit would look for longer"
                    )
                    return replace(whole, reason=Reason.STEPS)
                step = max(step // 2, 1)
            seed += 1
            bound = self.least() - step

    def steps_left(self) -> int | None:
        """Steps that are left of the budget; None without one."""
        if self.budgets.max_steps is None:
            return None
        return max(self.budgets.max_steps - self.steps, 0)

    def least(self) -> int:
        """The objective of the best solution, as a number that is to be least."""
        objective = self.model.objective
        assert objective is not None
        value = objective.value(self.solutions[0])
        return (-value if objective.maximize else value) - self.constant()

    def constant(self) -> int:
        objective = self.model.objective
        assert objective is not None
        return -objective.constant if objective.maximize else objective.constant

    def is_enough(self) -> bool:
        """Whether the objective is as good as the target."""
        objective, target = self.model.objective, self.settings.target
        if objective is None or target is None or not self.solutions:
            return False
        value = objective.value(self.solutions[0])
        return value >= target if objective.maximize else value <= target

    # ------------------------------------------------------------------------------- the outcome

    def add(self, values: dict[Variable, int], by: str) -> bool:
        """Keep a solution, if it is one and new or better; whether it is one."""
        if any(value not in variable.values for variable, value in values.items()):
            return False
        if self.model.violated(values):
            return False
        objective = self.model.objective
        value = None if objective is None else objective.value(values)
        if objective is not None and value is not None and self.solutions:
            before = objective.value(self.solutions[0])
            if value == before or (value < before) == objective.maximize:
                return True
            self.solutions.clear()
        known = tuple(values.values())
        if known in self.known:
            return True
        self.known.add(known)
        self.solutions.append(values)
        if objective is not None or len(self.solutions) == 1:
            self.found_by = by
            self.history.append(
                Improvement(named(values), value, time.perf_counter() - self.began, self.steps)
            )
            if self.settings.improved is not None:
                self.settings.improved(self.history[-1])
        return True

    def infeasible(self, origin: int) -> ModelResult:
        """The outcome where a constraint cannot hold."""
        run = nothing_integrated(Status.INFEASIBLE, Reason.PROVED, self.budgets.seed)
        self.exhausted = True
        proof = "the constraints leave a variable no value"
        if origin >= 0:
            proof = f"{described(self.model.constraints[origin])} cannot hold"
        return self.outcome(run, proof=proof)

    def outcome(self, run: Result, proof: str = "") -> ModelResult:
        """The result from the last batch and everything found."""
        objective = self.model.objective
        if self.solutions and not run.satisfied:
            run = replace(run, status=Status.SATISFIED)
        run.times.presolve = self.presolve_seconds
        run.times.total = time.perf_counter() - self.began
        best = self.solutions[0] if self.solutions else None
        value = objective.value(best) if objective is not None and best is not None else None
        optimal = objective is not None and best is not None and self.exhausted
        effort = None if best is not None else self.best_effort
        wanted = self.settings.solutions
        kept = self.solutions if wanted is None else self.solutions[:wanted]
        return ModelResult(
            values={} if best is None else named(best),
            run=run,
            best_effort=None if effort is None else named(effort),
            objective=value,
            bound=value if optimal else None,
            optimal=optimal,
            solutions=tuple(named(values) for values in kept),
            complete=(objective is None and self.exhausted) or bool(proof),
            history=tuple(self.history),
            violated=0 if effort is None else len(self.model.violated(effort)),
            proof=proof,
            found_by=self.found_by,
            notes=(*self.notes, *run.notes),
        )


def named(values: Mapping[Variable, int]) -> dict[str, int]:
    """Values by name."""
    return {variable.name: value for variable, value in values.items()}


def _joined(before: Result, after: Result) -> Result:
    """Two batches as one: the second with the steps and times of both."""
    compiled = before.compiled + after.compiled
    joined = replace(after, steps=before.steps + after.steps, compiled=compiled)
    if before.satisfied and not after.satisfied:
        joined = replace(joined, status=before.status)
    joined.times.compile = before.times.compile + after.times.compile
    joined.times.solve = before.times.solve + after.times.solve
    return joined
