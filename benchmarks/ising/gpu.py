"""How much of a matrix product's speed the dynamics reach on dense couplings, as on a GPU.

A step of simulated bifurcation is one product of the couplings with the spins of all runs. What is
measured is the product alone in the layout that a solve would choose, and whole steps of the
default dynamics, as ``odesolve ising`` integrates them, beside the multiply-adds of a large matrix
product in the same numbers, in the same run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.ising.generators import dense_signs
from benchmarks.report import Figure, Report
from odesolve.problems.ising.cuts import read_cut
from odesolve.problems.ising.problem import IsingProblem

#: Of K2000, and of the larger problem; runs of either.
SPINS = (2000, 10_000)
RUNS = 1024
SEED = 2001
#: Steps between two looks at the energies, as in an anneal of a thousand steps.
LOOK_EVERY, LOOKS = 64, 16
#: The share of a matrix product that is asked for.
WANTED = 0.5


@dataclass(frozen=True)
class Measured:
    """One problem.

    Attributes:
        numbers: what the couplings are stored as.
        product, steps: coupling-updates a second of the product alone, and of whole steps.
        bound: multiply-adds a second of a large matrix product of such numbers.
    """

    name: str
    runs: int
    numbers: str
    product: float
    steps: float
    bound: float
    compile_seconds: float


def run(
    report: Report, sizes: tuple[int, ...], runs: int, seconds: float, k2000: Path | None
) -> None:
    """Measure every problem; write the table and the figures."""
    from odesolve.coupling_throughput import matrix_rates

    rates = matrix_rates()
    problems = [_generated(size) for size in sizes]
    if k2000 is not None:
        problems.insert(0, ("K2000", lambda: read_cut(str(k2000))))
    found = [_measured(name, make(), runs, seconds, rates) for name, make in problems]
    rows = [
        [
            each.name, f"{each.runs:,}", each.numbers, f"{each.bound:.3g}",
            f"{each.product:.3g} ({each.product / each.bound:.1%})",
            f"{each.steps:.3g} ({each.steps / each.bound:.1%})", f"{each.compile_seconds:.2f}",
        ]
        for each in found
    ]  # fmt: skip
    header = (
        "problem", "runs", "couplings", "multiply-adds/s of a matrix product",
        "coupling-updates/s, product alone", "of whole steps", "compile s",
    )  # fmt: skip
    report.table(header, rows)
    report.figures(
        [
            Figure(
                f"{each.name}: half of a matrix product",
                f"{each.steps / each.bound:.1%}",
                each.steps >= WANTED * each.bound,
            )
            for each in found
        ],
        shortened=runs != RUNS or sizes != SPINS,
    )


def _generated(size: int) -> tuple[str, Callable[[], IsingProblem]]:
    return f"dense, {size:,} spins", lambda: dense_signs(size, SEED)


def _measured(
    name: str, problem: IsingProblem, runs: int, seconds: float, rates: dict[str, float]
) -> Measured:
    """Time the product and whole steps on one problem."""
    from odesolve.coupling_throughput import timed_products
    from odesolve.dynamics.ising.couplings import DenseCouplings
    from odesolve.problems.ising.system import ising_layout

    layout = ising_layout(problem)
    couplings = layout.system.couplings
    numbers = str(couplings.matrix.dtype) if isinstance(couplings, DenseCouplings) else "float32"
    count, taken, _ = timed_products(couplings, runs, seconds)
    updates = 2.0 * problem.coupling_count * runs
    step, compiled = _step(problem, runs, seconds)
    return Measured(
        name, runs, numbers, updates * count / taken, updates / step, rates[numbers], compiled
    )


def _step(problem: IsingProblem, runs: int, seconds: float) -> tuple[float, float]:
    """Seconds of a step of the default dynamics, with its looks, and of getting ready for it."""
    from odesolve.annealing import Schedule, advance
    from odesolve.options import Options
    from odesolve.potentials.device import on_device, on_host
    from odesolve.presets.method import Method
    from odesolve.problems.ising.search import Machine
    from odesolve.problems.ising.system import features
    from odesolve.throughput import REPEATS, median_seconds, steps_for

    options = Options(runs=runs)
    choice = Method().choose("ising", features(problem))
    before = time.perf_counter()
    machine = Machine(problem, choice, options, options.budget())
    machine.compile(problem, options.budget())
    compiled = time.perf_counter() - before
    generator = np.random.default_rng(SEED)
    x = generator.uniform(-1.0, 1.0, (machine.layout.count, runs)).astype(np.float32)
    batch = machine.begun(x)
    # An anneal that is long enough never ends here.
    schedule: Schedule = machine.schedule_of(2**30, LOOK_EVERY * LOOKS, generator)

    def further(steps: int) -> None:
        nonlocal batch
        until = on_device(np.int32(int(on_host(batch.step)) + steps))
        batch = advance(batch, machine.system, machine.equations, schedule, until)
        batch.step.block_until_ready()

    count = steps_for(seconds / REPEATS, further, LOOK_EVERY)
    return median_seconds(lambda: further(count)) / count, compiled
