"""How fast the engine integrates, and how fast it could: a measurement on uniform k-SAT."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Int

from odesolve.batch import Batch, advance, begun, empty_batch, random_starts
from odesolve.batch_size import available_bytes, check_memory
from odesolve.dynamics.base import Dynamics
from odesolve.dynamics.memcomputing import Memcomputing, Rectified
from odesolve.lanes import cached_lanes
from odesolve.native.call import NativeCall
from odesolve.native.kernels import is_native, make_ready, native_call
from odesolve.options import Kernels, Options
from odesolve.potentials import Or, System
from odesolve.potentials.device import on_device, on_host
from odesolve.steppers.base import Stepper
from odesolve.steppers.euler import AdaptiveEuler

#: dynamics -> what is measured: the published plain law, and a rectified one for uniform 3-SAT.
SETTINGS: dict[str, tuple[Dynamics, Stepper]] = {
    "rectified": (
        Rectified(
            alpha=5.15,
            beta=14.8,
            gamma=0.279,
            delta=0.105,
            zeta=0.0003,
            satisfied_force="rigidity",
        ),
        AdaptiveEuler(reach=1.565, floor=0.001),
    ),
    "memcomputing": (Memcomputing(satisfied_force="rigidity"), AdaptiveEuler()),
}

#: The array whose copying measures bandwidth, larger than caches; how long that may take.
COPY_BYTES = 2**29
COPY_SECONDS = 1.0

#: Measurements of which the median is reported.
REPEATS = 3


@dataclass(frozen=True)
class Throughput:
    """What one batch size reached.

    Attributes:
        steps: steps of every measurement.
        seconds: median time of those steps, looks at the assignments included.
        clause_steps_per_second: clauses x runs x steps / seconds.
        bytes_per_clause_step: the least that must move, see ``least_bytes``.
        bandwidth_fraction: bytes that had to move a second, over the copy bandwidth.
        compile_seconds: tracing and compiling, or reading the compilation cache.
        kernels: what did the steps, "jax" or "native".
    """

    runs: int
    steps: int
    seconds: float
    clause_steps_per_second: float
    bytes_per_clause_step: float
    bandwidth_fraction: float
    compile_seconds: float
    kernels: str

    @property
    def bytes_per_second(self) -> float:
        """Bytes that had to move in a second."""
        return self.clause_steps_per_second * self.bytes_per_clause_step

    def to_json(self) -> dict[str, Any]:
        """Plain numbers."""
        return asdict(self) | {"bytes_per_second": self.bytes_per_second}


def uniform_clauses(variables: int, clauses: int, width: int, seed: int) -> Or:
    """Uniform random k-SAT in which the first 2^k clauses contradict each other.

    Nothing satisfies it, so that no run ends before the clock.

    Raises:
        ValueError: if there are too few variables or clauses for that.
    """
    if variables < width or clauses < 2**width:
        raise ValueError(
            f"clauses of {width} literals need at least {width} variables and {2**width} clauses"
        )
    generator = np.random.default_rng(seed)
    scopes = generator.integers(variables, size=(clauses, width))
    while len(repeated := np.flatnonzero(_has_repeats(scopes))):
        scopes[repeated] = generator.integers(variables, size=(len(repeated), width))
    signs = generator.choice(np.array([-1.0, 1.0], np.float32), size=(clauses, width))
    scopes[: 2**width] = np.arange(width)
    signs[: 2**width] = 2.0 * (np.arange(2**width)[:, None] >> np.arange(width) & 1) - 1.0
    return Or(scopes, signs)


def _has_repeats(scopes: Int[np.ndarray, "clauses width"]) -> np.ndarray:
    ordered = np.sort(scopes, axis=1)
    return (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)


def least_bytes(system: System, batch: Batch) -> float:
    """Bytes that a step must move for each clause and run, nothing being kept in caches.

    Every memory is read and written; for each cell of a clause its value is read and a force is
    written. The clauses' own tables are not counted: all runs share them.
    """
    memories = jax.tree.leaves(batch.state.memory)
    numbers = sum(2 * leaf.nbytes for leaf in memories)
    cells = sum(group.cells.size for group in system.groups) * len(batch.time)
    return (numbers + 2 * 4 * cells) / (system.clause_count * len(batch.time))


def copy_bandwidth() -> float:
    """Bytes a second that the device reads and writes while it scales a large array."""
    available = available_bytes() or 4 * COPY_BYTES
    size = min(COPY_BYTES, available // 8) // 4

    @partial(jax.jit, donate_argnums=0)
    def copies(x: jax.Array, factor: jax.Array, count: jax.Array) -> jax.Array:
        return jax.lax.fori_loop(0, count, lambda _, x: factor * x, x)

    x = jnp.ones(size, jnp.float32)

    def copy(count: int) -> None:
        nonlocal x
        x = jax.block_until_ready(copies(x, *on_device((1.0, np.int32(count)))))

    copy(0)
    count = steps_for(COPY_SECONDS / REPEATS, copy, 1)
    return 2 * 4 * size * count / median_seconds(lambda: copy(count))


def measure(
    system: System,
    equations: Callable[[int], tuple[Dynamics, Stepper]],
    runs: Sequence[int],
    *,
    bandwidth: float,
    seconds: float,
    steps: int | None = None,
    look_every: int | None = None,
    kernels: Kernels = "auto",
    report: Callable[[Throughput], None] = lambda _: None,
) -> list[Throughput]:
    """Integrate batches of several sizes, as a solve would.

    Arguments:
        system: of a problem that nothing satisfies.
        equations: the dynamics and the stepper of a batch of so many runs.
        runs: batch sizes.
        bandwidth: bytes a second, from ``copy_bandwidth``.
        seconds: about how long each batch is measured.
        steps: steps of each measurement, instead of ``seconds``.
        look_every: steps between looks; None is what is usual.
        kernels: what does the steps, see ``odesolve.Options``.
        report: called with each result as it comes.

    Raises:
        ValueError: if a batch cannot fit in memory, or kernels that were asked for not be built.
    """
    for count in runs:
        check_memory(system, count)
    results = []
    for count in runs:
        of_batch = Measurement(system, *equations(count), count, look_every, kernels)
        results.append(of_batch.result(bandwidth, seconds, steps))
        report(results[-1])
    return results


class Measurement:
    """One batch that is integrated further and further."""

    def __init__(
        self,
        system: System,
        dynamics: Dynamics,
        stepper: Stepper,
        runs: int,
        look_every: int | None,
        kernels: Kernels,
    ) -> None:
        self.system, self.runs = system, runs
        self.look_every = Options().look_every if look_every is None else look_every
        self.equations = on_device((dynamics, stepper))
        self.native: NativeCall | None = None
        if is_native(kernels, system, *self.equations):
            make_ready()
            here, dynamics, stepper = on_host((system, *self.equations))
            self.native = on_device(native_call(here, dynamics, stepper, runs))
        self.lanes = cached_lanes(system, runs) if self.native is None else None
        batch = empty_batch(system, *self.equations, runs)
        self.least_bytes = least_bytes(system, batch)
        everyone = np.ones(runs, bool)
        x = random_starts(system, 0, np.zeros(runs, int), everyone)
        self.batch = begun(on_device(batch), system, *self.equations, *on_device((x, everyone)))

    def further(self, count: int) -> None:
        """Take so many steps."""
        until = int(on_host(self.batch.step)) + count
        budget = on_device([np.int32(n) for n in (until, self.look_every, 2**30)])
        own = self.batch, self.system, *self.equations, *budget
        self.batch = advance(*own, native=self.native, lanes=self.lanes)
        jax.block_until_ready(self.batch.step)

    def result(self, bandwidth: float, seconds: float, steps: int | None) -> Throughput:
        """Measure, a few times."""
        before = time.perf_counter()
        self.further(0)
        compiled = time.perf_counter() - before
        if steps is None:
            steps = steps_for(seconds / REPEATS, self.further, self.look_every)
        taken = median_seconds(partial(self.further, steps))
        rate = self.system.clause_count * self.runs * steps / taken
        least = self.least_bytes
        kernels = "jax" if self.native is None else "native"
        share = rate * least / bandwidth
        return Throughput(self.runs, steps, taken, rate, least, share, compiled, kernels)


def steps_for(seconds: float, further: Callable[[int], None], look_every: int) -> int:
    """How many steps take so long, in whole stretches between looks."""
    steps = look_every
    while True:
        before = time.perf_counter()
        further(steps)
        elapsed = time.perf_counter() - before
        if elapsed >= 0.1 * seconds:
            return max(1, round(steps * seconds / max(elapsed, 1e-6) / look_every)) * look_every
        steps *= 4


def median_seconds(action: Callable[[], Any]) -> float:
    """The median time of a few calls."""
    taken = []
    for _ in range(REPEATS):
        before = time.perf_counter()
        action()
        taken.append(time.perf_counter() - before)
    return float(np.median(taken))
