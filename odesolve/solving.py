"""The host loop: drive a batch in chunks until it is finished or a budget is spent."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Unpack

import jax
import numpy as np
from jaxtyping import Float, Int

from odesolve.batch import UNUSABLE, Batch, Crossing, is_finished
from odesolve.batch_size import checked_runs, rounded_note
from odesolve.budget import OutOfTime
from odesolve.checkpoints import Checkpoint
from odesolve.dynamics.base import Dynamics
from odesolve.integration import Integration, NativeIntegration
from odesolve.interrupts import Interruption, listening
from odesolve.native.kernels import is_native, make_ready
from odesolve.options import AllOptions, Options, checked_kind, shown
from odesolve.outcome import Outcome, without_state
from odesolve.potentials import System
from odesolve.potentials.device import on_host
from odesolve.potentials.padding import Padded, padded, with_products
from odesolve.processes import GroupError, abandon
from odesolve.restarts import Restarts, checked_starts, rounded_up
from odesolve.results import (
    Compiled,
    Reason,
    Result,
    Status,
    Times,
    nothing_integrated,
)
from odesolve.sharding import Shards
from odesolve.stages import Stage, digest_of_text, identity_of
from odesolve.steppers.base import Stepper
from odesolve.steppers.euler import AdaptiveEuler
from odesolve.trajectory import Recorder
from odesolve.watching import GivenUp, watched

#: Wall-clock length that a call of the device aims at: budgets and Ctrl-C are seen this often.
CALL_SECONDS = 0.1

#: Steps of the first call, and of how many clauses of all runs it may integrate so many: how long
#: a step takes is known only after it.
FIRST_STEPS, FIRST_CLAUSE_STEPS = 16, 2**20

#: A call of the device that may take longer than this runs beside a watcher.
SLOW_SECONDS = 0.5


@dataclass(frozen=True)
class Progress:
    """A glance at a running solve.

    Attributes:
        steps: taken by every run so far.
        seconds: since the beginning.
        best_violated: clauses that the best assignment so far violates.
        median_violated: the median of the runs' best.
        solved_runs: runs that have an answer.
        runs: size of the batch.
        restarts: of all runs together.
        steps_per_second: of the whole batch.

    Example:
        >>> import odesolve as ode
        >>> glance = ode.Progress(500, 0.4, 1, 3.5, 0, 64, 0, 1250.0)
        >>> f"{glance.steps} steps, {glance.best_violated} violated"
        '500 steps, 1 violated'
    """

    steps: int
    seconds: float
    best_violated: int
    median_violated: float
    solved_runs: int
    runs: int
    restarts: int
    steps_per_second: float
    #: The least cost so far, None when no clause is soft.
    best_cost: int | None = None


def solve(
    system: System,
    dynamics: Dynamics,
    stepper: Stepper | None = None,
    options: Options | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
    recorder: Recorder | None = None,
    improved: Callable[[Int[np.ndarray, " variables"], int], None] | None = None,
    each_improved: Callable[[Int[np.ndarray, "variables better"]], None] | None = None,
    starts: Float[np.ndarray, "cells first"] | None = None,
    stop: Callable[[], bool] | None = None,
    crossing: Crossing | None = None,
    **changes: Unpack[AllOptions],
) -> Result:
    """Integrate a batch of runs until one satisfies every clause.

    With soft clauses: until the cost is the target, or the budget is spent.

    Compiling ends with the time limit or Ctrl-C as integrating does. Where nothing was integrated
    till then, the result has no runs and an empty assignment; what is being compiled goes on in
    a thread until it is done, and is of use to the next solve of such a system.

    Arguments:
        system: the compiled problem, a ``System``.
        dynamics: the differential equations, a ``Dynamics`` (not its name).
        stepper: the integration rule, a ``Stepper``; adaptive Euler by default.
        options: budgets and policies, an ``Options``; single ones may be given by keyword
            (``runs=8``).
        progress: called after every call of the device, about ten times a second.
        recorder: keeps trajectories of a few runs.
        improved: called with the best assignment and its rank (``System.rank``, summed over the
            components) when a call of the device has found a better one, and once at the start.
        each_improved: called with the best assignments of the runs for which a call of the device
            has found better ones, ``[variables, better]``, of a type that holds their values.
        starts: where the first runs begin, before any restart; NaN cells are drawn as usual.
        stop: asked after every call of the device, and while all is compiled, whether to give up.
        crossing: makes new starts from two runs each, for the option ``generation``; see
            ``odesolve.batch.Crossing``.

    Raises:
        ValueError: if an argument is of another type, an option is out of range, the batch cannot
            fit in memory, the starts have a wrong shape, or the dynamics does not work on the
            system; a ``CheckpointError`` if a checkpoint cannot be written, or resumed from.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> result = ode.solve(system, ode.Memcomputing(), runs=4, seed=0, max_steps=1000)
        >>> result.status, result.violated, result.assignment.shape
        (<Status.SATISFIED: 'satisfied'>, 0, (3,))
    """
    _check_kinds(system, dynamics, stepper, options)
    for name, function in (
        ("progress", progress),
        ("improved", improved),
        ("each_improved", each_improved),
        ("stop", stop),
        ("crossing", crossing),
    ):
        if function is not None and not callable(function):
            raise ValueError(f"{name}: {shown(function)}; expected a function")
    checked_kind("recorder", recorder, (Recorder,), "a Recorder")
    options = Options.of({**vars(options or Options()), **changes})
    stepper = stepper or AdaptiveEuler()
    runs = checked_runs(system, dynamics, options.runs, options.devices, options.distributed)
    if runs != options.runs is not None and any(map(np.ndim, jax.tree.leaves((dynamics, stepper)))):
        raise ValueError(
            f"runs: {options.runs}, and a parameter has a value for each; "
            "expected a multiple of the devices"
        )
    with listening() as interruption:
        loop = _Loop(system, dynamics, stepper, options, runs, interruption, starts, stop, crossing)
        if loop.stage is not None and loop.stage.is_resumed and recorder is not None:
            raise ValueError("recorder: a resumed solve is not there from its start; expected None")
        if loop.stage is not None and loop.stage.result is not None:
            return loop.stage.result
        reason = loop.run(progress, recorder, improved, each_improved)
    return loop.ended(reason)


def _check_kinds(system: Any, dynamics: Any, stepper: Any, options: Any) -> None:
    """Refuse what is of another type, before it fails deep inside.

    Raises:
        ValueError: naming the argument.
    """
    for name, value, kind, needed in (
        ("system", system, System, True),
        ("dynamics", dynamics, Dynamics, True),
        ("stepper", stepper, Stepper, False),
        ("options", options, Options, False),
    ):
        if (needed or value is not None) and not isinstance(value, kind):
            raise ValueError(f"{name}: {shown(value)}; expected a value of type {kind.__name__}")


def padded_for(system: System, dynamics: Dynamics, stepper: Stepper) -> Padded:
    """What is integrated for a system: of a size that others share, where the equations allow it.

    Likewise with products of matrices for dense graphs.
    Equations that inherit from others may add them up otherwise: they must allow it themselves.
    """
    allowed = (vars(type(own)).get("may_be_padded", False) for own in (dynamics, stepper))
    whole = padded(system) if all(allowed) else Padded.unchanged(system)
    return with_products(whole) if vars(type(dynamics)).get("scales_pulls", False) else whole


class _Loop:
    """One solve: the batch on the device and the clock on the host.

    Attributes:
        batch: there is none before all is compiled.
    """

    batch: Batch

    def __init__(
        self,
        system: System,
        dynamics: Dynamics,
        stepper: Stepper,
        options: Options,
        runs: int,
        interruption: Interruption,
        starts: Float[np.ndarray, "cells first"] | None,
        stop: Callable[[], bool] | None,
        crossing: Crossing | None,
    ) -> None:
        self.system, self.dynamics, self.stepper = system, dynamics, stepper
        #: What is integrated in the system's place; all arrays of the batch are of its size.
        self.padded = padded_for(system, dynamics, stepper)
        self.shards = Shards.of(options.devices, runs, options.distributed)
        self.options, self.interruption = options, interruption
        self.starts, self.stop = checked_starts(starts, system), stop
        self.restarts = Restarts(system, self.padded, self.shards, options, self.starts, crossing)
        self.worst_cost = None if system.worst_cost is None else on_host(system.worst_cost)
        self.least_rank: int | None = None
        #: The least rank of each run that the caller was told of.
        self.run_ranks: np.ndarray = np.full(runs, UNUSABLE)
        self.improved_step = 0
        self.runs = runs
        self.began = self.ready = time.perf_counter()
        self.budget = options.budget()
        self.times = Times()
        own = self.padded.system, dynamics, stepper
        #: Whether a kernel in C++ does the steps; processes may differ in what they have built.
        self.native = not options.distributed and is_native(options.kernels, *own)
        self.integration: Integration
        #: The last batch of which all is known here, should another process be lost.
        self.safe = Safe()
        checkpoint = options.begun_checkpoint()
        self.stage = None if checkpoint is None else self.begun_stage(checkpoint)
        states = max(system.clause_count, 1) * runs
        self.call_steps = int(np.clip(FIRST_CLAUSE_STEPS // states, 1, FIRST_STEPS))
        #: About how long a step takes; what is not known yet, of a large system, may be long.
        self.step_seconds = np.inf if self.call_steps < FIRST_STEPS else 0.0

    def run(
        self,
        progress: Callable[[Progress], None] | None,
        recorder: Recorder | None,
        improved: Callable[[np.ndarray, int], None] | None,
        each_improved: Callable[[np.ndarray], None] | None,
    ) -> Reason:
        try:
            if self.native:
                make_ready(self.check)
            self.batch = watched(self.first_batch, self.budget, self.is_given_up)
            self.times.compile = self.elapsed()
            self.ready = time.perf_counter()
            return self.integrate(progress, recorder, improved, each_improved)
        except OutOfTime:
            reason = Reason.TIME
        except GivenUp:
            reason = Reason.INTERRUPTED if self.interruption.requested else Reason.STOPPED
        except (RuntimeError, ValueError) as error:
            reason = self.lost(error)
        finally:
            if hasattr(self, "integration"):
                self.integration.end()
        # The others have not agreed to this.
        abandon()
        if recorder is not None and recorder.samples:
            recorder.finish(self.batch, sample=False, padded=self.padded)
        return reason

    def lost(self, error: Exception) -> Reason:
        """The reason to end with what is known, where the error says that a process was lost.

        Raises:
            Exception: the error, if it says something else.
        """
        if not self.shards.is_lost(error):
            raise error
        abandon()
        self.safe.restore(self)
        if self.interruption.requested:
            return Reason.INTERRUPTED
        return Reason.TIME if self.budget.is_over() else Reason.LOST

    def first_batch(self) -> Batch:
        """The batch before its first step, with all made ready that it needs.

        Raises:
            GroupError: if the processes of a group do not solve the same.
        """
        if self.shards.distributed:
            identity = self.identity()
            if not self.shards.agrees(digest_of_text(repr(identity))):
                raise GroupError(
                    "--distributed: the processes prepared different problems, perhaps because "
                    "presolve ran out of time; expected the same problem, options and versions"
                )
        own = self.padded.system, self.dynamics, self.stepper, self.options, self.shards
        self.integration = NativeIntegration(*own) if self.native else Integration(*own)
        batch = self.integration.empty()
        self.budget.check()
        everyone = np.ones(self.runs, bool)
        first = self.integration.first(batch, lambda: self.restarts.places(batch, everyone))
        self.budget.check()
        if self.stage is not None and self.stage.is_resumed:
            first = self.integration.placed(self.stage.resumed_batch(first))
        return self.integration.advanced(first, 0)  # no step, but a look

    def identity(self) -> dict[str, Any]:
        """All that decides what this solve comes to."""
        name, parameters = self.dynamics.name, self.parameters()
        identity = identity_of(self.system, name, parameters, self.options, self.runs, self.starts)
        return {**identity, "kernels": "native"} if self.native else identity

    def begun_stage(self, checkpoint: Checkpoint) -> Stage:
        """This solve as the next stage of what is written, or resumed."""
        stage = Stage.of(checkpoint, self.identity(), self.options.max_steps)
        stage.writes = not self.shards.distributed or jax.process_index() == 0
        return stage

    def is_given_up(self) -> bool:
        """Whether the user or the caller asks to stop."""
        return self.interruption.requested or (self.stop is not None and self.stop())

    def check(self) -> None:
        """Raise OutOfTime or GivenUp where it is time to end."""
        self.budget.check()
        if self.is_given_up():
            raise GivenUp

    def integrate(
        self,
        progress: Callable[[Progress], None] | None,
        recorder: Recorder | None,
        improved: Callable[[np.ndarray, int], None] | None,
        each_improved: Callable[[np.ndarray], None] | None,
    ) -> Reason:
        if recorder is not None:
            recorder.record(self.batch, self.padded)
        self.notice_improvement(improved, each_improved)
        if self.stage is not None and self.stage.is_resumed:
            self.improved_step = self.stage.improved_step
        while (reason := self.finished()) is None:
            # What is kept, here and at the end, is always the state before a restart.
            if self.stage is not None and self.is_asked(self.stage.checkpoint.is_due()):
                self.stage.save(self.batch, self.improved_step)
            if self.restarts.is_due(self.step):
                for chosen, crossed in self.restarts.due(self.batch):
                    x = self.restarts.places(self.batch, chosen, crossed)
                    self.batch = self.integration.begun(self.batch, x, chosen)
            self.advance_one_call(recorder)
            self.notice_improvement(improved, each_improved)
            self.safe.keep(self)
            # Processes do the same, whoever of them wants to know.
            if progress is not None or self.shards.distributed:
                glance = self.progress()
                if progress is not None:
                    progress(glance)
        if recorder is not None:
            recorder.finish(self.batch, padded=self.padded)
        return reason

    def notice_improvement(
        self,
        improved: Callable[[np.ndarray, int], None] | None,
        each_improved: Callable[[np.ndarray], None] | None,
    ) -> None:
        """Tell the caller of better assignments, and remember when the best was found."""
        told = improved is not None or each_improved is not None
        if not told and self.worst_cost is None and not self.shards.distributed:
            return
        found = self.outcome
        if each_improved is not None:
            ranks = found.best.sum(axis=0)
            better = ranks < self.run_ranks
            if better.any():
                self.run_ranks = ranks
                each_improved(found.assignment[:, better])
        rank = int(found.least.sum())
        if self.least_rank is None or rank < self.least_rank:
            self.least_rank, self.improved_step = rank, self.step
            if improved is not None:
                improved(found.best_assignment(), rank)

    def finished(self) -> Reason | None:
        """The reason to stop now, if there is one."""
        step = self.step
        # In NumPy: small operations outside of a jitted function would each be compiled.
        found = self.outcome
        now: dict[str, Any] = {"best": found.best, "solved_step": found.solved_step}
        seen = self.batch._replace(**now)
        if is_finished(seen, self.worst_cost, self.options.all_runs, self.options.target):
            return Reason.SOLVED
        asked = self.interruption.requested, self.stop is not None and self.stop()
        interrupted, stopped, is_late = self.shards.greatest([*asked, self.is_time_up()])
        if interrupted:
            return Reason.INTERRUPTED
        if stopped:
            return Reason.STOPPED
        if step >= self.options.last_step:
            finite = on_host(self.batch.finite)
            return Reason.STEPS if finite.any() or not step else Reason.NON_FINITE
        return Reason.TIME if is_late else None

    def is_asked(self, here: bool) -> bool:
        """Whether something is asked for in any process."""
        return bool(self.shards.greatest([here])[0])

    def is_time_up(self) -> bool:
        """Whether the time is up, or would be within the next step."""
        is_slow = SLOW_SECONDS < self.step_seconds < np.inf
        return self.budget.is_over() or (is_slow and self.budget.left() < self.step_seconds)

    def advance_one_call(self, recorder: Recorder | None) -> None:
        """Integrate for about CALL_SECONDS, ending exactly at the next decision if it is nearer."""
        step = self.step
        until = step + self.call_steps
        # Looks between the multiples of look_every find nothing: they would be wasted.
        rounded = rounded_up(until, self.options.look_every)
        if (rounded - step) * self.step_seconds < SLOW_SECONDS:
            until = rounded
        if recorder is not None:
            until = min(until, recorder.next_step(step))
        until = min(until, self.restarts.next_decision(step))
        until = min(until, self.options.last_step)
        before = time.perf_counter()
        self.call(until)
        self.adapt_call_length(self.step - step, time.perf_counter() - before)
        if recorder is not None and self.step >= recorder.next_step(step):
            recorder.record(self.batch, self.padded)

    def call(self, until: int) -> None:
        seconds = (until - self.step) * self.step_seconds
        if self.shards.distributed:
            # Only together: a process that gave up by itself would be lost to the others.
            further = partial(self.integration.advanced, self.batch, until)
            self.batch = self.shards.reached(further, seconds)
            return
        if (until - self.step) * self.step_seconds < SLOW_SECONDS:
            self.batch = self.integration.advanced(self.batch, until)
            return
        # The call takes the batch's memory, so that nothing of it may be used meanwhile.
        further = partial(self.integration.advanced, self.batch, until)
        self.batch = without_state(self.batch)
        self.batch = watched(further, self.budget, self.is_given_up)

    def adapt_call_length(self, steps: int, seconds: float) -> None:
        if steps > 0:
            self.step_seconds = seconds / steps
            wanted = steps * CALL_SECONDS / max(seconds, 1e-6)
            self.call_steps = int(np.clip(wanted, 1, 4 * self.call_steps))
            # Processes go on equally far: as far as the slowest would.
            seconds, shorter = self.shards.greatest([self.step_seconds, -self.call_steps])
            self.step_seconds, self.call_steps = seconds, -int(shorter)

    @property
    def outcome(self) -> Outcome:
        """What the batch has found, as it is now."""
        return Outcome(self.padded, self.batch, self.worst_cost)

    @property
    def step(self) -> int:
        """Steps taken by every run."""
        return int(on_host(self.batch.step))

    @property
    def compiled(self) -> Compiled:
        """How many functions were there already, and how many not."""
        return sum(self.integration.counts if hasattr(self, "integration") else [], Compiled())

    def elapsed(self) -> float:
        return time.perf_counter() - self.began

    def progress(self) -> Progress:
        found = self.outcome
        ranks = on_host(self.batch.violated)[: self.system.component_count]
        violated = found.violated_of(ranks).sum(axis=0).astype(np.float64)
        violated[~on_host(self.batch.finite)] = np.inf
        step, seconds = self.step, time.perf_counter() - self.ready
        cost = found.cost_of(found.least)
        return Progress(
            steps=step,
            seconds=self.elapsed(),
            best_violated=found.violated,
            median_violated=float(np.median(violated)),
            solved_runs=int((found.solved_step >= 0).sum()),
            runs=len(violated),
            restarts=int(on_host(self.batch.restarts).sum()),
            steps_per_second=step / max(seconds, 1e-9),
            best_cost=None if cost is None else int(cost.sum()),
        )

    def ended(self, reason: Reason) -> Result:
        """The result, after the last state was written where that is asked for."""
        try:
            result = self.result(reason)
            if self.stage is None:
                return result
            # A call that was given up has taken the state with it: the file before it stays.
            has_state = hasattr(self, "batch") and self.batch.state.x.size > 0
            if has_state and self.is_asked(self.stage.wants_last(reason)):
                self.stage.save(self.batch, self.improved_step, at_end=True)
        except (RuntimeError, ValueError) as error:
            result = self.result(self.lost(error))
        return result if self.stage is None else self.stage.end(result)

    def result(self, reason: Reason) -> Result:
        if not hasattr(self, "batch"):
            return self.result_of_nothing(reason)
        found = self.outcome
        table, assignment = found.run_table(), found.best_assignment()
        winning = table.steps[table.satisfied]
        steps = int(winning.min()) if len(winning) else self.step
        if self.worst_cost is not None:
            steps = self.improved_step
        self.times.solve = time.perf_counter() - self.ready
        self.times.total = self.elapsed()
        return Result(
            status=Status.SATISFIED if found.violated == 0 else Status.UNKNOWN,
            reason=reason,
            assignment=assignment,
            solutions=found.solutions(assignment),
            violated=found.violated,
            steps=steps,
            runs=table,
            seed=self.options.seed,
            dynamics=self.dynamics.name,
            parameters=self.parameters(),
            device=self.shards.kind,
            times=self.times,
            notes=self.notes(),
            cost=found.cost(assignment),
            kernels="native" if self.native else "jax",
            compiled=self.compiled,
        )

    def result_of_nothing(self, reason: Reason) -> Result:
        """The result where the search ended before all was compiled."""
        self.times.compile = self.times.total = self.elapsed()
        return replace(
            nothing_integrated(Status.UNKNOWN, reason, self.options.seed),
            dynamics=self.dynamics.name,
            parameters=self.parameters(),
            device=self.shards.kind,
            times=self.times,
            compiled=self.compiled,
        )

    def parameters(self) -> dict[str, Any]:
        return {
            **self.dynamics.parameters(),
            "stepper": self.stepper.name,
            **self.stepper.parameters(),
        }

    def notes(self) -> tuple[str, ...]:
        broken = int((~on_host(self.batch.finite)).sum())
        notes = rounded_note(self.options.runs, self.runs)
        if broken:
            notes = (*notes, f"{broken} runs are not finite; smaller steps may help")
        return notes


class Safe:
    """The last batch of which all is known here, should another process be lost.

    It is kept when a better assignment is found, and whenever twice as many steps are taken: all
    processes keep it at the same step, and a long solve seldom sends it around.
    """

    batch: Batch | None = None

    def keep(self, loop: _Loop) -> None:
        if not loop.shards.distributed:
            return
        known = self.batch
        if known is None or loop.improved_step > known.step or loop.step >= 2 * known.step:
            self.batch = loop.shards.reached(lambda: without_state(loop.batch))

    def restore(self, loop: _Loop) -> None:
        """Give the loop what is known; nothing where that is nothing."""
        if self.batch is not None:
            loop.batch = self.batch
        elif hasattr(loop, "batch"):
            del loop.batch
