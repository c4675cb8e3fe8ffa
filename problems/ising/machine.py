"""The device's side of a search of Ising problems: its arrays, compiled functions, and speed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from odesolve.budget import Budget
from odesolve.options import Options
from odesolve.problems.ising.problem import IsingProblem
from odesolve.problems.ising.regions import Regions
from odesolve.problems.ising.system import float_terms, ising_layout
from odesolve.results import Compiled
from odesolve.watching import together, watched

if TYPE_CHECKING:
    from odesolve.annealing import Anneals, Schedule
    from odesolve.dynamics.ising.base import IsingDynamics, IsingSystem
    from odesolve.dynamics.ising.layout import Layout
    from odesolve.presets.choice import Choice
    from odesolve.sharding import Shards
    from odesolve.steppers.anneal import Anneal

__all__ = ["Machine"]

#: Wall-clock length that a call of the device aims at: budgets and Ctrl-C are seen this often.
CALL_SECONDS = 0.1

#: A call of the device that may take longer than this runs beside a watcher.
SLOW_SECONDS = 0.5

#: Steps of the first call, and of how many values of all runs it may integrate so many.
FIRST_STEPS, FIRST_VALUE_STEPS = 16, 2**22

#: A dynamics that settles is looked at this often in an anneal.
LOOKS_OF_SETTLING = 16

#: Runs of a batch on a CPU, and on a GPU, at least and at most: about so many values in all.
CPU_VALUES, CPU_RUNS = 2**16, (16, 64)
GPU_VALUES, GPU_RUNS = 2**24, (64, 1024)

#: So many lanes are kept of those that the runs begin with.
KEPT_LANES = 2


class Machine:
    """The device's side of a search: arrays there, compiled functions, and how fast they are.

    Attributes:
        layout: the couplings.
        regions: after ``compile``, joins assignments; None for dense couplings.
        runs: size of the batch.
        shards: where the runs lie.
        notes: what the user should know of these.
        lane_of_run: the number of the lane of each run, ``[runs]``.
        dynamics, schedule: what these say.
        call_steps: steps of a call, so that it takes about a tenth of a second.
        compiled: how many of its functions were there before.
    """

    def __init__(
        self, problem: IsingProblem, choice: Choice, options: Options, budget: Budget
    ) -> None:
        from odesolve.batch_size import rounded_note
        from odesolve.dynamics.ising.base import IsingDynamics
        from odesolve.potentials.device import device
        from odesolve.sharding import Shards, device_count, evenly
        from odesolve.steppers.anneal import Anneal

        for lane in choice.lanes:
            if not isinstance(lane[0], IsingDynamics) or not isinstance(lane[1], Anneal):
                raise ValueError(f"preset {choice.preset} is for other problems; expected ising")
            if replace(lane[1], dt=choice.lanes[0][1].dt) != choice.lanes[0][1]:
                raise ValueError("lanes may differ in dt, not in the steps of an anneal")
        keeps = choice.lanes[0][0].keeps_couplings
        devices = device_count(options.devices)
        self.layout: Layout = ising_layout(problem, keeps_couplings=keeps)
        budget.check()
        platform = str(device().platform)
        usual = default_runs(self.layout.count, platform, devices)
        self.runs = evenly(options.runs or usual, devices)
        self.notes = rounded_note(options.runs, self.runs)
        self.shards: Shards = Shards.of(options.devices, self.runs)
        self.device = platform if devices == 1 else f"{devices} x {platform}"
        self._choice = choice
        self.lane_of_run = np.arange(self.runs) % len(choice.lanes)
        self.dynamics: IsingDynamics
        self.schedule: Anneal
        self.equations: IsingDynamics
        self.dt: Any
        self._is_configured = False
        self._configure()
        self.system: IsingSystem = self.shards.everywhere(self.layout.system)
        values = max(self.layout.count * self.runs, 1)
        self.call_steps = int(np.clip(FIRST_VALUE_STEPS // values, 1, FIRST_STEPS))
        self.step_seconds = 0.0
        budget.check()
        self._functions: dict[str, Callable[..., Any]] = {}
        self._counts: list[Compiled] = []
        self.regions: Regions | None = None
        self.colors: Any = None

    def compile(self, problem: IsingProblem, budget: Budget) -> None:
        """Make ready whatever takes long; nothing can be integrated before.

        Raises:
            OutOfTime: if the time is up.
        """
        self.regions, colors = together(
            self._compilations(budget), lambda: (_regions(problem, self.layout), self.layout.colors)
        )
        self.colors = None if colors is None else self.shards.everywhere(colors)
        if self.shards.mesh is not None:
            self._call_all()

    def _compilations(self, budget: Budget) -> Sequence[Callable[[], object]]:
        """What traces and compiles the functions of a search, without calling them."""
        import jax

        from odesolve import annealing
        from odesolve.compiled_functions import compiled
        from odesolve.potentials.device import device

        device()  # an error of it is told here, not in threads
        places = (self.layout.count, self.runs)
        number: Any = jax.ShapeDtypeStruct((), np.int32)
        x = jax.ShapeDtypeStruct(places, np.float32)
        signs = jax.ShapeDtypeStruct(places, np.int8)
        colors = None if self.layout.is_dense else jax.ShapeDtypeStruct(places[:1], np.int32)
        schedule = annealing.Schedule(self.dt, number, number, number)
        common = (self.system, self.equations)

        def ready(function: Any, *arguments: Any) -> None:
            budget.check()
            if self.shards.mesh is not None:  # what is kept is for one device
                self._functions[function.__name__] = function
                return
            name, like = function.__name__, jax.eval_shape(function, *arguments)
            made, count = compiled(f"ising {name}", function, arguments, like)
            self._functions[name] = made
            self._counts.append(count)

        def advance_ready() -> None:
            batch = jax.eval_shape(annealing.begun, x, *common)
            ready(annealing.advance, batch, *common, schedule, number)

        jobs: list[Callable[[], object]] = [
            advance_ready,
            lambda: ready(annealing.descended, signs, self.system, colors, number),
            lambda: ready(annealing.begun, x, *common),
        ]
        if self.schedule.generation_length():
            jobs.append(lambda: ready(annealing.resumed, x, *common, schedule, number))
        return jobs

    def _call_all(self) -> None:
        """Call every function once, without a step: where there are several devices, JAX compiles
        a function when it is called."""
        x = np.zeros((self.layout.count, self.runs), np.float32)
        schedule = self.schedule_of(1, 1, np.random.default_rng(0))
        batch = self._advanced(self.begun(x), schedule, 0)
        self._descended(batch, 0)
        if "resumed" in self._functions:
            self.resumed(x, schedule, 0)

    def _configure(self) -> None:
        """The equations of the lanes that the runs have; none is compiled again."""
        import jax

        lanes = tuple(self._choice.lanes[lane] for lane in self.lane_of_run.tolist())
        self.dynamics, self.schedule = replace(self._choice, lanes=lanes).for_runs(self.runs)
        values = (self.dynamics, self.schedule.dt)

        def shaped(value: Any, known: Any) -> Any:
            return np.broadcast_to(np.asarray(value, np.float32), np.shape(known))

        # A parameter that the lanes which are left have in common stays an array.
        first = (self.equations, self.dt) if self._is_configured else values
        self.equations, self.dt = self.shards.shared(jax.tree.map(shaped, values, first))
        self._is_configured = True

    def take_lanes(self, lane_of_run: Int[np.ndarray, " runs"]) -> None:
        """Give each run its lane."""
        self.lane_of_run = lane_of_run
        self._configure()

    def keep_better_lanes(self, energies: Float[np.ndarray, " runs"]) -> None:
        """Give the runs the better half of their lanes, by the mean energies of an anneal."""
        lanes = np.unique(self.lane_of_run)
        if len(lanes) <= KEPT_LANES:
            return
        means = [float(energies[self.lane_of_run == lane].mean()) for lane in lanes]
        best = np.argsort(means, kind="stable")[: max((len(lanes) + 1) // 2, KEPT_LANES)]
        self.take_lanes(np.resize(lanes[np.sort(best)], self.runs))

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of the lanes that the runs have now."""
        return self.dynamics.parameters() | self.schedule.parameters()

    @property
    def compiled(self) -> Compiled:
        """How many of the functions of a search were there before, and how many were not."""
        return sum(self._counts, Compiled())

    @property
    def is_slow(self) -> bool:
        """Whether a call takes so long that it must be watched."""
        return self.call_steps * self.step_seconds >= SLOW_SECONDS

    def begun(self, x: Float[np.ndarray, "places runs"]) -> Anneals:
        """Runs at their starts."""
        x = self.shards.shared(x)
        moved: Anneals = self._functions["begun"](x, self.system, self.equations)
        return moved

    def resumed(
        self, x: Float[np.ndarray, "places runs"], schedule: Schedule, step: int
    ) -> Anneals:
        """Runs in the midst of an anneal."""
        from odesolve.potentials.device import on_host

        begun = self.shards.everywhere(np.int32(step))
        arguments = (self.shards.shared(x), self.system, self.equations, schedule, begun)
        moved: Anneals = self._functions["resumed"](*arguments)
        if self.shards.mesh is None:
            return moved
        # What is the same for all runs comes whole to each device: ``advance`` has it cut.
        return moved._replace(energy=self.shards.shared(on_host(moved.energy)))

    def schedule_of(self, steps: int, taken: int, generator: np.random.Generator) -> Schedule:
        """The schedule of an anneal, of whose steps so many are taken."""
        from odesolve.annealing import Schedule

        looks = max(taken // LOOKS_OF_SETTLING, 1)
        look_every = looks if self.dynamics.settles else self.schedule.look_length()
        noise = int(generator.integers(2**31))
        numbers: Any = [np.int32(own) for own in (steps, look_every, noise)]
        return Schedule(self.dt, *self.shards.everywhere(numbers))

    def advanced(
        self,
        batch: Anneals,
        schedule: Schedule,
        until: int,
        steps: int,
        budget: Budget,
        is_asked: Callable[[], bool],
    ) -> Anneals:
        """Integrate by so many steps until one; a slow call is watched.

        Raises:
            OutOfTime: if the time is up before a slow call ends.
            GivenUp: if the user or the caller asks to stop.
        """
        before = time.perf_counter()
        if self.is_slow:
            moved = watched(lambda: self._advanced(batch, schedule, until), budget, is_asked)
        else:
            moved = self._advanced(batch, schedule, until)
        seconds = time.perf_counter() - before
        self.step_seconds = max(seconds, 1e-6) / steps
        wanted = CALL_SECONDS / self.step_seconds
        self.call_steps = int(np.clip(wanted, 1, 4 * self.call_steps))
        return moved

    def _advanced(self, batch: Anneals, schedule: Schedule, until: int) -> Anneals:
        import jax

        end = self.shards.everywhere(np.int32(until))
        arguments = (batch, self.system, self.equations, schedule, end)
        moved: Anneals = self._functions["advance"](*arguments)
        jax.block_until_ready(moved.step)
        return moved

    def descended(
        self, batch: Anneals
    ) -> tuple[Int[np.ndarray, "places runs"], Float[np.ndarray, " runs"]]:
        """The best signs of each run in a local minimum, and their energies."""
        from odesolve.annealing import MOST_ROUNDS

        return self._descended(batch, MOST_ROUNDS)

    def _descended(
        self, batch: Anneals, rounds: int
    ) -> tuple[Int[np.ndarray, "places runs"], Float[np.ndarray, " runs"]]:
        from odesolve.potentials.device import on_host

        most = self.shards.everywhere(np.int32(rounds))
        descended = self._functions["descended"]
        signs, found = on_host(descended(batch.signs, self.system, self.colors, most))
        return signs, found

    def so_far(
        self, batch: Anneals
    ) -> tuple[Int[np.ndarray, "places runs"], Float[np.ndarray, " runs"]]:
        """The best signs that looks have found."""
        from odesolve.potentials.device import on_host

        return on_host(batch.signs), on_host(batch.energy)


def default_runs(places: int, platform: str, devices: int = 1) -> int:
    """Runs of a batch unless the user says: as many as keep devices busy, and fit their caches."""
    if platform == "cpu":  # it has no more cores for being several devices
        devices, values, (least, most) = 1, CPU_VALUES, CPU_RUNS
    else:
        values, (least, most) = GPU_VALUES, GPU_RUNS
    return devices * int(np.clip(2 ** round(np.log2(values / max(places, 1))), least, most))


def _regions(problem: IsingProblem, layout: Layout) -> Regions | None:
    """The couplings by place, the fields' own among them."""
    if layout.is_dense:
        return None
    place = np.empty(problem.spin_count, np.int64)
    places = np.flatnonzero(layout.order >= 0)
    place[layout.order[places]] = places
    couplings, fields = float_terms(problem)
    pairs = place[problem.pairs]
    if not layout.has_fields:
        return Regions(pairs, couplings, layout.count)
    anchor = layout.count - 1
    with_anchor = np.stack([place, np.full_like(place, anchor)], axis=1)
    joined = np.concatenate([couplings, fields])
    return Regions(np.concatenate([pairs, with_anchor]), joined, layout.count, anchor)
