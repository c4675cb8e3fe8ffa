"""What it costs to share the runs of a batch among devices: one device, and several forced ones.

JAX makes several devices of one CPU when it is told to. They have the same cores as one device has,
so that nothing can be gained but what one device leaves idle: what is measured is the price of
cutting a batch, of many small programs instead of a large one, and of asking all of them now and
then whether a run is solved. All numbers of devices are measured in turn, in one process, so that
the ratios depend little on what else the machine does.

Run in the repository root: python -m benchmarks.devices --help
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.report import OUTPUT_OPTION, Figure, Report, begun, note

#: Variables, clauses and runs: small, medium and beyond the caches.
PROBLEMS = ((500, 2_000, 64), (2_000, 8_000, 64), (10_000, 42_000, 64))
SMALL = ((100, 400, 16),)
DEVICES = (1, 2, 8)
#: Times that each is measured, of which the median counts.
ROUNDS, SMALL_ROUNDS = 15, 2
#: About how long each time takes.
SECONDS, SMALL_SECONDS = 0.4, 0.02
#: The share of its time that sharing may cost.
ALLOWED = 0.1

METHOD = """\
Uniform 3-SAT that nothing satisfies, the `rectified` dynamics in adaptive steps, a look at the
assignments every 5 steps, up to {ahead} looks between two questions whether a run is solved. A
step's time is the median of {rounds} turns in which every number of devices has its own, one after
another; with native kernels where they are built, too. Ratios are the medians of the turns'
ratios, of wall time and of processor time. On a busy machine the first favours many devices: each
has a thread that claims its share.
"""


@dataclass(frozen=True)
class Measured:
    """One number of devices on one problem.

    Attributes:
        seconds: of a step, in each turn.
        processor: processor time of a step, in each turn.
        collectives: what the compiled program says between devices, each time that it asks.
    """

    devices: int
    seconds: list[float]
    processor: list[float]
    collectives: int


@click.command()
@click.option("--small", is_flag=True, help="A small problem, a few turns: to see that it works.")
@OUTPUT_OPTION
def main(small: bool, output: Path | None) -> None:
    """Measure steps of 64 runs on 1, 2 and 8 devices with the same cores, as Markdown."""
    flags = os.environ.get("XLA_FLAGS", "")
    os.environ["XLA_FLAGS"] = f"{flags} --xla_force_host_platform_device_count={max(DEVICES)}"
    os.environ["JAX_PLATFORMS"] = "cpu"
    rounds = SMALL_ROUNDS if small else ROUNDS
    report = begun(output, "Runs shared among devices", ("odesolve", "jax", "numpy"))
    report.write(METHOD.format(rounds=rounds, ahead=_looks_ahead()))
    run(report, SMALL if small else PROBLEMS, rounds, SMALL_SECONDS if small else SECONDS, small)


def _looks_ahead() -> int:
    from odesolve.batch import LOOKS_AHEAD

    return LOOKS_AHEAD


def run(
    report: Report,
    problems: tuple[tuple[int, int, int], ...],
    rounds: int,
    seconds: float,
    shortened: bool,
) -> None:
    """Measure every problem; write the table and the figures."""
    from odesolve.native.building import library

    rows, figures = [], []
    both = [(*each, kernels) for each in problems for kernels in ("jax", "native")]
    for variables, clauses, runs, kernels in both:
        if kernels == "native" and library() is None:
            continue
        note(f"{clauses:,} clauses, {kernels}")
        found = measured(variables, clauses, runs, kernels, rounds, seconds)
        alone = found[0]
        for each in found:
            ratio = _ratio(each.seconds, alone.seconds)
            work = _ratio(each.processor, alone.processor)
            rows.append(
                [
                    f"{clauses:,}", str(runs), str(each.devices),
                    f"{1e3 * float(np.median(each.seconds)):.3g}", f"{ratio:.2f}",
                    f"{work:.2f}", str(each.collectives), kernels,
                ]
            )  # fmt: skip
        many = f"{found[-1].devices} devices cost at most {ALLOWED:.0%}"
        figures.append(
            Figure(
                f"{clauses:,} clauses, {kernels} kernels: {many}",
                f"{ratio - 1:+.0%}, of processor time {work - 1:+.0%}",
                max(ratio, work) <= 1 + ALLOWED,
            )
        )
    header = (
        "clauses", "runs", "devices", "ms a step", "to one device", "processor time",
        "all-reduces a question", "kernels",
    )  # fmt: skip
    report.table(header, rows)
    report.figures(figures, shortened)


def _ratio(own: list[float], alone: list[float]) -> float:
    return float(np.median(np.array(own) / np.array(alone)))


def measured(
    variables: int, clauses: int, runs: int, kernels: str, rounds: int, seconds: float
) -> list[Measured]:
    """Steps of one problem on every number of devices, in turn."""
    from odesolve.potentials import Box, compile_system
    from odesolve.throughput import steps_for, uniform_clauses

    problem = uniform_clauses(variables, clauses, 3, seed=1)
    system = compile_system([(Box(-1.0, 1.0), variables)], [problem])
    batches = [_batch(system, runs, count, kernels == "native") for count in DEVICES]
    steps = steps_for(seconds, batches[0][0], 5)
    found = [Measured(own, [], [], each) for own, (_, each) in zip(DEVICES, batches, strict=True)]
    for _ in range(rounds):
        for own, (further, _) in zip(found, batches, strict=True):
            before, worked = time.perf_counter(), time.process_time()
            further(steps)
            own.seconds.append((time.perf_counter() - before) / steps)
            own.processor.append((time.process_time() - worked) / steps)
    return found


def _batch(
    system: Any, runs: int, devices: int, is_native: bool
) -> tuple[Callable[[int], None], int]:
    """What integrates so many steps further, compiled; and its words between devices."""
    import jax

    from odesolve.batch import LOOKS_AHEAD, advance, begun, empty_batch, random_starts
    from odesolve.native.kernels import make_ready, native_call
    from odesolve.potentials.device import on_host
    from odesolve.sharding import Shards
    from odesolve.throughput import SETTINGS

    shards = Shards.of(devices, runs)
    equations = shards.shared(SETTINGS["rectified"])
    clauses = shards.everywhere(system)
    everyone = np.ones(runs, bool)
    x = random_starts(system, 0, np.zeros(runs, int), everyone)
    empty = shards.shared(empty_batch(system, *equations, runs))
    batch = begun(empty, clauses, *equations, *shards.shared((x, everyone)))

    # As a solve does: one device has nobody to ask.
    ahead = None if shards.mesh is None else LOOKS_AHEAD
    native = None
    if is_native:
        make_ready()
        native = native_call(*on_host((system, *equations)), runs).shared(shards)
    step = partial(advance, native=native, ahead=ahead, mesh=shards.mesh)

    def arguments(count: int) -> list[Any]:
        until = int(on_host(batch.step)) + count
        return [shards.everywhere(np.int32(number)) for number in (until, 5, 2**30)]

    def further(count: int) -> None:
        nonlocal batch
        batch = step(batch, clauses, *equations, *arguments(count))
        jax.block_until_ready(batch.step)

    lowered = advance.lower(batch, clauses, *equations, *arguments(0), **step.keywords)
    text = lowered.compile().as_text()
    further(0)
    return further, text.count(" all-reduce(")


if __name__ == "__main__":
    main()
