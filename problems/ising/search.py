"""The search for low energies: anneals of a batch, one after another, while there is time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from odesolve.budget import Budget, OutOfTime
from odesolve.checkpoints import CheckpointError, Contents
from odesolve.interrupts import Interruption, listening
from odesolve.options import STEP_LIMIT, Options
from odesolve.presets.method import Method
from odesolve.problems.errors import PROBLEM, unusable
from odesolve.problems.ising.check import energies, energy
from odesolve.problems.ising.first_guess import first_guess
from odesolve.problems.ising.machine import Machine
from odesolve.problems.ising.numbers import Exact, reduced
from odesolve.problems.ising.population import Population
from odesolve.problems.ising.problem import IsingProblem
from odesolve.problems.ising.result import Improvement, IsingProgress
from odesolve.problems.ising.snapshot import Snapshot
from odesolve.problems.ising.system import features
from odesolve.problems.ising.trace import Trace
from odesolve.results import Compiled, Reason, Result, RunTable, Status, Times
from odesolve.watching import GivenUp, watched

if TYPE_CHECKING:
    from odesolve.annealing import Anneals, Schedule
    from odesolve.presets.choice import Choice
    from odesolve.stages import Stage
    from odesolve.steppers.anneal import Anneal
    from odesolve.trajectory import Recorder

__all__ = ["IsingSearch", "IsingSettings"]

#: The last anneal takes this share of the time that is left.
SAFETY = 0.93

#: Where generations begin differs by up to this share of an anneal.
RESUME_SPREAD = 0.1
#: Python turns numbers of up to 4,300 digits into decimals.
MOST_DECIMAL_BITS = 14_000
#: What a checkpoint calls the best assignment.
_BEST = "best"

#: How much of a hint's sign the first runs begin with, at most and at least.
NEAREST_HINT, FARTHEST_HINT = 0.9, 0.3


@dataclass(frozen=True)
class IsingSettings:
    """What a problem is solved with; see ``odesolve.ising``.

    Attributes:
        method: the equations and values that the caller chose.
        choice: what it chooses, where that is known already.
        hint: -1 and +1, 0 for anything, ``[spins]``.
        target: the energy that is good enough.
        improved, progress: called with what was found, and now and then.
        resumed: called with all that was found before, where a search goes on.
        stop: asked now and then whether to give up.
        recorder: takes samples of the runs.
        options: those of ``odesolve.Options`` that the caller chose.
    """

    method: Method = field(default_factory=Method)
    choice: Choice | None = None
    hint: np.ndarray | None = None
    target: Exact | None = None
    improved: Callable[[Improvement], None] | None = None
    progress: Callable[[IsingProgress], None] | None = None
    resumed: Callable[[Sequence[Improvement]], None] | None = None
    stop: Callable[[], bool] | None = None
    recorder: Recorder | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Turn:
    """One anneal, or one generation.

    Attributes:
        steps: of every run.
        is_generation: whether it goes on with the population, if there is one.
        resume_from: the share of an anneal that a generation leaves out.
    """

    steps: int
    is_generation: bool = False
    resume_from: float = 0.0


@dataclass
class UnderWay:
    """A turn that has begun.

    Attributes:
        before: the search when it began.
        steps: that it may take.
        began: when, by ``time.perf_counter``, less the time that it took in other processes.
        seconds: that it has taken in other processes.
        batch: its runs; None while a call has them.
    """

    before: Snapshot | None
    steps: int
    began: float
    seconds: float = 0.0
    batch: Anneals | None = None

    def is_of(self, other: UnderWay) -> bool:
        """Whether it is the same turn, of as many steps: another budget may have cut it short."""
        if self.before is None or other.before is None:
            return False
        return self.before.number == other.before.number and self.steps == other.steps


def _text(number: Exact) -> str:
    """A number in digits: of what is too long for Python's decimals, in hexadecimal ones."""
    parts = number.numerator, number.denominator
    if max(part.bit_length() for part in parts) <= MOST_DECIMAL_BITS:
        return str(number)
    return "/".join(map(hex, parts))


class IsingSearch:
    """One search. The best assignment so far is exact at any moment, from the first guess on.

    Attributes:
        best: int8 ``[spins]``; its exact energy is ``energy``.
        history: every improvement.
        samples: the energies of all anneals that were completed, ``[runs]`` for each.
        run_energies, run_spins: the best of each run.
        sample_steps: how many steps these had.
        sample_seconds: when each of these ended.
        stage: what is written of it, or resumed; None without a checkpoint.
    """

    best: Int[np.ndarray, " spins"]
    energy: Exact

    def __init__(
        self, problem: IsingProblem, settings: IsingSettings, budgets: Options, began: float
    ) -> None:
        self.problem, self.settings, self.budgets = problem, settings, budgets
        self.budget: Budget = budgets.budget()
        self.began = began
        self.times = Times(presolve=self.elapsed())
        self.last_step = STEP_LIMIT if budgets.max_steps is None else budgets.max_steps
        self.history: list[Improvement] = []
        self.samples: list[list[Exact]] = []
        self.run_energies: list[Exact] = []
        self.run_spins = np.zeros((problem.spin_count, 0), np.int8)
        self.sample_steps: list[int] = []
        self.sample_seconds: list[float] = []
        self.reached_step: np.ndarray = np.zeros(0, np.int64)
        self.anneal_seconds = 0.0
        self.steps = 0
        #: Where in the order of its turns it is: see ``turns``.
        self.round = self.anneals_begun = self.turn_number = 0
        self.stage: Stage | None = None
        #: What the turn under way began from, with a checkpoint, and what has become of it.
        self.under_way: UnderWay | None = None
        #: Seconds and steps of the processes that it was resumed from.
        self.seconds_before, self.steps_before = 0.0, 0
        self.machine: Machine | None = None
        self.trace: Trace | None = None
        self.population: Population | None = None
        self.choice: Choice | None = None
        self.offer(first_guess(problem, budgets.seed, settings.hint))

    # ------------------------------------------------------------------------------------ the loop

    def run(self) -> Result:
        """Anneal until the target is reached or the budget is spent.

        Where the first guess reaches it, nothing is compiled.
        """
        if self.is_reached() and not self.budgets.all_runs:
            return self.result(Reason.SOLVED)
        with listening() as interruption:
            try:
                self.machine = watched(self.built, self.budget, self.asked(interruption))
                self.times.compile = self.elapsed() - self.times.presolve
                if self.settings.recorder is not None:
                    self.trace = Trace(self.settings.recorder, self.machine, self.problem)
                reason = self.anneals(self.machine, interruption)
            except OutOfTime:
                reason = Reason.TIME
            except GivenUp:
                reason = Reason.INTERRUPTED if interruption.requested else Reason.STOPPED
        if self.trace is not None:
            self.trace.finish(self.reached_step)
        result = self.result(reason)
        if self.stage is None:
            return result
        if self.stage.wants_last(reason):
            self.save(at_end=True)
        return self.stage.end(result)

    def asked(self, interruption: Interruption) -> Callable[[], bool]:
        """Whether the user or the caller asks to stop."""
        stop = self.settings.stop
        return lambda: interruption.requested or (stop is not None and stop())

    def built(self) -> Machine:
        """Everything on the device and compiled; what is written of it is known before.

        Raises:
            InputError: what was chosen cannot be used.
            CheckpointError: what is resumed was another search.
        """
        try:
            self.choice = self.settings.choice or self.settings.method.choose(
                "ising", features(self.problem)
            )
            options = self.choice.with_options(self.settings.options)
            machine = Machine(self.problem, self.choice, options, self.budget)
            # What is refused is refused before a long compilation.
            self.stage = self.begun_stage(machine)
            machine.compile(self.problem, self.budget)
            return machine
        except CheckpointError:
            raise
        except (TypeError, ValueError) as error:
            raise unusable(error, PROBLEM) from None

    def anneals(self, machine: Machine, interruption: Interruption) -> Reason:
        """Anneals and generations, one after another."""
        is_asked = self.asked(interruption)
        worst = reduced(self.problem.magnitude + 1, self.problem.denominator)
        self.run_energies = [worst] * machine.runs
        self.run_spins = np.tile(self.best[:, None], machine.runs)
        self.reached_step = np.full(machine.runs, -1)
        if self.stage is not None and self.stage.more is not None:
            self.resume(self.stage, self.stage.more, machine)
        for turn in self.turns(machine.schedule):
            if self.is_reached():
                return Reason.SOLVED
            if self.steps >= self.last_step:
                return Reason.STEPS
            left = min(self.last_step - self.steps, self.steps_left(machine))
            reason = self.anneal(machine, replace(turn, steps=min(turn.steps, left)), is_asked)
            if reason is not None:
                return Reason.INTERRUPTED if interruption.requested else reason
            self.turn_number += 1
        return Reason.SOLVED if self.is_reached() else Reason.STEPS

    def turns(self, schedule: Anneal) -> Iterator[Turn]:
        """What is done, as long as it is asked for; without any limit it ends by itself.

        A round is some anneals, and then generations. It goes on from the place where it is.
        """
        generation = schedule.generation_length()
        while True:
            factor = 2**self.round if generation else 1
            lengths = schedule.lengths()[-1 if self.round else 0 :]
            while self.anneals_begun < len(lengths):
                self.population = None
                yield Turn(lengths[self.anneals_begun] * factor)
                self.anneals_begun += 1
            while self.population is not None and generation:
                if self.population.stale >= schedule.patience:
                    break
                resume_from = schedule.resume_from
                yield Turn(generation * factor, is_generation=True, resume_from=resume_from)
            if self.is_unlimited():
                return
            self.round, self.anneals_begun = self.round + 1, 0

    def is_unlimited(self) -> bool:
        """Whether nobody says when to end."""
        settings = self.settings
        limited = self.budget.is_limited or self.budgets.max_steps is not None
        return not limited and settings.target is None and settings.stop is None

    def steps_left(self, machine: Machine) -> int:
        """For how many steps there is time, about: an anneal that is cut short finds little.

        One of which a file is written goes on when it is resumed, so that no clock shortens it.
        """
        if not self.budget.is_limited or not machine.step_seconds or self.stage is not None:
            return STEP_LIMIT
        return max(int(self.budget.left() / machine.step_seconds * SAFETY), 1)

    def anneal(self, machine: Machine, turn: Turn, is_asked: Callable[[], bool]) -> Reason | None:
        """One anneal, or generation, of all runs; why it was cut short, if it was."""
        began = time.perf_counter()
        population = self.population if turn.is_generation else None
        resumed, before = self.under_way, self.snapshot(machine)
        batch, schedule, start, length = self.begun(machine, turn, population)
        reason: Reason | None = None
        step = start
        if self.stage is not None:
            self.under_way = UnderWay(before, turn.steps, began)
            if resumed is not None and resumed.is_of(self.under_way):
                batch, step = self.resumed_batch(machine, batch)
                self.under_way.began = began = began - resumed.seconds
                self.steps += step - start
                self.steps_before = self.steps
        self.record(batch, step - start)
        while step < length and reason is None:
            if self.under_way is not None:
                self.under_way.batch = batch
                if self.stage is not None and self.stage.checkpoint.is_due():
                    self.save()
                self.under_way.batch = None  # the call takes its memory
            if machine.is_slow:  # a call that is given up takes the batch with it
                self.take(machine, *machine.so_far(batch))
            until = min(step + machine.call_steps, length)
            if self.trace is not None:
                until = min(until, step + self.trace.next_step(self.steps) - self.steps)
            batch = machine.advanced(batch, schedule, until, until - step, self.budget, is_asked)
            self.steps += until - step
            step = until
            if self.trace is not None and self.steps == self.trace.next_step(self.steps - 1):
                self.record(batch, step - start)
            if is_asked():
                reason = Reason.STOPPED
            elif self.budget.is_over():
                reason = Reason.TIME
            self.glance(machine)
        self.record(batch, step - start)
        if self.under_way is not None:
            self.under_way.batch = batch
        if reason is not None:
            self.take(machine, *machine.so_far(batch))
            return reason
        signs, found = machine.descended(batch)
        energies = self.take(machine, signs, found)
        if population is not None:
            population.replace(signs, found)
            self.take(machine, population.signs, population.energies)
            return None
        machine.keep_better_lanes(found)
        self.anneal_seconds += time.perf_counter() - began
        self.samples.append(energies)
        self.sample_steps.append(length)
        self.sample_seconds += [self.seconds_before + self.elapsed()] * len(energies)
        self.population = Population(signs, found, machine.regions)
        return None

    def begun(
        self, machine: Machine, turn: Turn, population: Population | None
    ) -> tuple[Anneals, Schedule, int, int]:
        """The runs of an anneal, or of a generation, its schedule, and its first and last step."""
        generator = np.random.default_rng((self.budgets.seed, self.turn_number))
        if population is None:
            schedule = machine.schedule_of(turn.steps, turn.steps, generator)
            x = self.starts(machine, self.turn_number)
            return machine.begun(x), schedule, 0, turn.steps
        spread = RESUME_SPREAD * (2.0 * generator.random() - 1.0)
        share = min(max(turn.resume_from + spread, 0.0), 0.95)
        length = min(round(turn.steps / (1.0 - share)), STEP_LIMIT)
        schedule = machine.schedule_of(length, turn.steps, generator)
        start = length - turn.steps
        batch = machine.resumed(population.children(generator), schedule, start)
        return batch, schedule, start, length

    def record(self, batch: Anneals, taken: int) -> None:
        """Keep a sample, if anyone wants it."""
        if self.trace is not None:
            self.trace.record(batch, self.steps, taken)

    def starts(self, machine: Machine, number: int) -> Float[np.ndarray, "places runs"]:
        """Numbers between -1 and 1 for each run, from the seed, its number and the anneal's.

        Run i of a seed starts at the same place whatever the size of the batch.
        """
        places, seed = machine.layout.count, self.budgets.seed
        x = np.empty((places, machine.runs), np.float32)
        for run in range(machine.runs):
            generator = np.random.default_rng((seed, run, number))
            x[:, run] = 2.0 * generator.random(places, np.float32) - 1.0
        hint = self.settings.hint
        if hint is not None and number == 0:
            half = (machine.runs + 1) // 2
            firmness = np.linspace(NEAREST_HINT, FARTHEST_HINT, half).astype(np.float32)
            signs = machine.layout.signs(hint[:, None])
            x[:, :half] = np.where(signs, signs * firmness, x[:, :half])
        return x

    # ------------------------------------------------------------------------------ the checkpoint

    def begun_stage(self, machine: Machine) -> Stage | None:
        """This search as the one stage of what is written, or resumed; None without a checkpoint.

        Raises:
            CheckpointError: if what is resumed was another search.
        """
        checkpoint = self.budgets.begun_checkpoint()
        if checkpoint is None:
            return None
        from odesolve.stages import Stage

        return Stage.of(checkpoint, self.identity(machine), self.budgets.max_steps)

    def identity(self, machine: Machine) -> dict[str, Any]:
        """All that decides what the search comes to."""
        from odesolve.stages import digest, digest_of_text, plain

        problem, target, hint = self.problem, self.settings.target, self.settings.hint
        numbers = [
            # Integers of any size are Python's own, which have no bytes.
            list(map(hex, own)) if own.dtype == object else digest(own)
            for own in (problem.pairs, problem.couplings, problem.fields)
        ]
        words = (*numbers, hex(problem.offset), hex(problem.denominator))
        return plain(
            {
                "problem": digest_of_text(repr(words)),
                "dynamics": machine.dynamics.name,
                "runs": machine.runs,
                **machine.parameters,
                "couplings": "dense" if machine.layout.is_dense else "sparse",
                "seed": self.budgets.seed,
                "all_runs": self.budgets.all_runs,
                "target": None if target is None else _text(target),
                "starts": None if hint is None else digest(hint),
            }
        )

    def snapshot(self, machine: Machine) -> Snapshot | None:
        """What it holds now, if anyone wants to go on from here."""
        if self.stage is None:
            return None
        return Snapshot(
            number=self.turn_number,
            round=self.round,
            anneals=self.anneals_begun,
            steps=self.steps,
            lane_of_run=machine.lane_of_run,
            history=tuple(self.history),
            samples=tuple(self.samples),
            sample_steps=tuple(self.sample_steps),
            sample_seconds=tuple(self.sample_seconds),
            anneal_seconds=self.anneal_seconds,
            run_energies=tuple(self.run_energies),
            run_spins=self.run_spins.copy(),
            reached_step=self.reached_step.copy(),
            population=None if self.population is None else self.population.kept(),
        )

    def save(self, *, at_end: bool = False) -> None:
        """Write the turn under way, and what it began from.

        A call that was given up has taken the batch with it: the file before it stays.

        Raises:
            CheckpointError: as ``Checkpoint.write``.
        """
        turn = self.under_way
        if self.stage is None or turn is None or turn.before is None or turn.batch is None:
            return
        kept = turn.before.contents(self.problem.denominator)
        own = {
            "turn_steps": turn.steps,
            "turn_seconds": time.perf_counter() - turn.began,
            "seconds": self.seconds_before + self.elapsed(),
        }
        more = Contents(kept.header | own, kept.arrays | {_BEST: self.best})
        self.stage.save({"anneals": turn.batch}, more=more, at_end=at_end)

    def resume(self, stage: Stage, more: Contents, machine: Machine) -> None:
        """Go on from where a search was when its turn began.

        Raises:
            CheckpointError: if it cannot be used, or has taken more steps than it may.
        """
        try:
            before = Snapshot.of(more, self.problem.denominator)
            population = before.population
            self.population = (
                None if population is None else Population.of(population, machine.regions)
            )
            turn = UnderWay(before, int(more.header["turn_steps"]), 0.0)
            turn.seconds = float(more.header["turn_seconds"])
            self.seconds_before = float(more.header["seconds"])
        except (KeyError, IndexError, TypeError, ValueError):
            stage.refuse("damaged", "a whole checkpoint")
        if before.steps > self.last_step:
            least = f"max_steps {before.steps} at least"
            stage.refuse(f"has taken {before.steps} steps", least)
        self.under_way = turn
        self.round, self.anneals_begun = before.round, before.anneals
        self.turn_number = before.number
        self.steps = self.steps_before = before.steps
        self.history = [*before.history]
        self.best, self.energy = self.history[-1].spins, self.history[-1].energy
        self.samples = [[*sample] for sample in before.samples]
        self.sample_steps, self.sample_seconds = [*before.sample_steps], [*before.sample_seconds]
        self.anneal_seconds = before.anneal_seconds
        self.run_energies, self.run_spins = [*before.run_energies], before.run_spins.copy()
        self.reached_step = before.reached_step.copy()
        machine.take_lanes(before.lane_of_run)
        if self.settings.resumed is not None:
            self.settings.resumed(self.history)

    def resumed_batch(self, machine: Machine, batch: Anneals) -> tuple[Anneals, int]:
        """The batch of the turn to go on with, in place of one that has just begun; and its step.

        Raises:
            CheckpointError: if it has other arrays.
        """
        assert self.stage is not None
        found = self.stage.resumed_batch({"anneals": batch})["anneals"]
        step = int(np.asarray(found.step))
        return machine.shards.shared(found), step

    # --------------------------------------------------------------------------------- the answers

    def take(
        self,
        machine: Machine,
        signs: Int[np.ndarray, "places runs"],
        found: Float[np.ndarray, " runs"],
    ) -> list[Exact]:
        """What runs have found: each one's best, and the best of all by the exact checker."""
        spins = machine.layout.spins(signs)
        if machine.layout.is_exact:
            offset, denominator = self.problem.offset, self.problem.denominator
            exact = [reduced(int(value) + offset, denominator) for value in found.tolist()]
        else:
            exact = energies(self.problem, spins)
        for run, own in enumerate(exact):
            if own < self.run_energies[run]:
                self.run_energies[run] = own
                self.run_spins[:, run] = spins[:, run]
            target = self.settings.target
            if target is not None and own <= target and self.reached_step[run] < 0:
                self.reached_step[run] = self.steps
        best = min(range(len(exact)), key=exact.__getitem__)
        if exact[best] < self.energy:
            self.offer(spins[:, best])
        return exact

    def offer(self, spins: Int[np.ndarray, " spins"]) -> None:
        """Take an assignment if it is better, by its exact energy."""
        exact = energy(self.problem, spins)
        if self.history and exact >= self.energy:
            return
        self.best, self.energy = spins.copy(), exact
        seconds = self.seconds_before + self.elapsed()
        self.history.append(Improvement(exact, self.best, seconds, self.steps))
        if self.settings.improved is not None:
            self.settings.improved(self.history[-1])

    def is_reached(self) -> bool:
        """Whether the energy is good enough."""
        target = self.settings.target
        if target is None or self.energy > target:
            return False
        return not self.budgets.all_runs or bool((self.reached_step >= 0).all())

    def elapsed(self) -> float:
        """Seconds since the search began, in this process."""
        return time.perf_counter() - self.began

    def glance(self, machine: Machine) -> None:
        """Tell the caller how far it is."""
        if self.settings.progress is None:
            return
        seconds = self.elapsed()
        solving = max(seconds - self.times.compile, 1e-9)
        self.settings.progress(
            IsingProgress(
                steps=self.steps,
                seconds=seconds,
                energy=self.energy,
                anneals=len(self.samples) * machine.runs,
                runs=machine.runs,
                steps_per_second=(self.steps - self.steps_before) / solving,
            )
        )

    def offer_what_was_found_before(self) -> None:
        """Take the best of the search that is resumed.

        It may be of a turn that was cut short and has begun anew, and is no part of what follows.
        """
        more = None if self.stage is None else self.stage.more
        best = None if more is None else more.arrays.get(_BEST)
        if best is not None and best.shape == self.best.shape:
            self.offer(best)

    def notes(self) -> tuple[str, ...]:
        """What the user should know."""
        checkpoint = self.budgets.begun_checkpoint() if self.stage is None else None
        if checkpoint is not None and checkpoint.resumed is not None and not self.is_reached():
            return ("the time was up before the checkpoint was gone on with",)
        return () if self.machine is None else self.machine.notes

    def result(self, reason: Reason) -> Result:
        """How the search ended."""
        self.offer_what_was_found_before()
        self.times.total = self.elapsed()
        self.times.solve = self.times.total - self.times.compile - self.times.presolve
        machine = self.machine
        target = self.settings.target
        reached = target is not None and self.energy <= target  # by one run, or by all of them
        runs = 0 if machine is None else machine.runs
        hits = np.array(self.reached_step[:runs] >= 0, bool)
        none = np.zeros(runs, np.int64)
        table = RunTable(
            satisfied=hits,
            steps=np.where(hits, self.reached_step[:runs], self.steps) if runs else none,
            violated=none,
            restarts=np.full(runs, max(len(self.samples) - 1, 0)),
            finite=np.ones(runs, bool),
        )
        return Result(
            status=Status.SATISFIED if reached else Status.UNKNOWN,
            reason=Reason.SOLVED if reached else reason,
            assignment=self.best.astype(np.int64),
            solutions=self.best[None, :].astype(np.int64)[: int(reached)],
            violated=0,
            steps=self.history[-1].steps if reached else self.steps,
            runs=table,
            seed=self.budgets.seed,
            dynamics="none" if machine is None else machine.dynamics.name,
            parameters={} if machine is None else machine.parameters,
            device="none" if machine is None else machine.device,
            times=self.times,
            notes=self.notes(),
            preset=None if self.choice is None else self.choice.preset,
            compiled=Compiled() if machine is None else machine.compiled,
        )
