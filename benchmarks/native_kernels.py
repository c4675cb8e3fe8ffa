"""Steps by the native kernels beside those that XLA compiles: in turn, in one process.

Run in the repository root: python -m benchmarks.native_kernels --help
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.report import OUTPUT_OPTION, Figure, Report, begun, note

#: Commands and sizes whose own choice of equations and runs is measured.
COMMANDS = (("sat", 250), ("sat", 10_000), ("color", 10_000), ("factor", 24))
#: Runs of the rectified law with adaptive steps on 42,000 clauses, as `odesolve bench` has it.
RUNS = (1, 16, 64)
VARIABLES, CLAUSES = 10_000, 42_000
SMALL_COMMANDS, SMALL_RUNS, SMALL_VARIABLES, SMALL_CLAUSES = (("sat", 60),), (4,), 60, 250
#: Turns in which both are measured, of which the median counts, and about how long each takes.
ROUNDS, SMALL_ROUNDS = 9, 2
SECONDS, SMALL_SECONDS = 0.5, 0.02
#: How many times the clause-steps of XLA are asked of the law with 64 runs.
ASKED = 2.0

METHOD = """\
Problems that nothing satisfies, with the equations and the batch that the command would choose,
looks at the assignments among the steps. Rates are medians of {rounds} turns in which both are
measured, one after the other; ratios are medians of the turns' ratios, of wall time and of
processor time. Compiling is tracing and compiling all that a solve needs, without a cache.
"""


@dataclass
class Measured:
    """What both came to on one problem.

    Attributes:
        seconds, processor: of a step, in each turn, by "jax" and "native".
        compiling: seconds that each took to compile.
    """

    title: str
    runs: int
    clauses: int
    compiling: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=lambda: {"jax": [], "native": []})
    processor: dict[str, list[float]] = field(default_factory=lambda: {"jax": [], "native": []})

    def rate(self, kernels: str) -> float:
        """Clause-steps a second."""
        return self.clauses * self.runs / float(np.median(self.seconds[kernels]))

    def ratio(self, times: dict[str, list[float]]) -> float:
        """How many times as long XLA's steps take."""
        return float(np.median(np.array(times["jax"]) / np.array(times["native"])))

    def row(self) -> list[str]:
        """A row of the table."""
        rates = [f"{self.rate(own) / 1e6:.3g}" for own in ("jax", "native")]
        ratios = [f"{self.ratio(times):.2f}" for times in (self.seconds, self.processor)]
        compiling = [f"{self.compiling[own]:.2f}" for own in ("jax", "native")]
        return [self.title, str(self.runs), f"{self.clauses:,}", *rates, *ratios, *compiling]


@click.command()
@click.option("--small", is_flag=True, help="Small problems, two turns: to see that it works.")
@OUTPUT_OPTION
def main(small: bool, output: Path | None) -> None:
    """Measure clause-steps by XLA and by the native kernels on a CPU, as Markdown."""
    os.environ["JAX_PLATFORMS"] = "cpu"
    rounds = SMALL_ROUNDS if small else ROUNDS
    report = begun(output, "Native kernels", ("odesolve", "jax", "numpy"))
    report.write(METHOD.format(rounds=rounds))
    run(report, rounds, SMALL_SECONDS if small else SECONDS, small)


def run(report: Report, rounds: int, seconds: float, small: bool) -> None:
    """Measure every problem; write the table and the figure."""
    found = []
    for title, system, equations, runs in _problems(small):
        note(f"{title}, {runs} runs")
        found.append(measured(title, system, equations, runs, rounds, seconds))
    header = (
        "problem", "runs", "clauses", "XLA, M clause-steps/s", "native", "times",
        "processor time, times", "compiling, XLA, s", "native, s",
    )  # fmt: skip
    report.table(header, [own.row() for own in found])
    last = found[-1]
    ratio = last.ratio(last.seconds)
    asked = f"{last.title}, {last.runs} runs: at least {ASKED:g} times XLA's clause-steps"
    shown = f"{ratio:.2f} times, {last.rate('native') / 1e6:.0f} M clause-steps/s"
    report.figures([Figure(asked, shown, ratio >= ASKED)], small)


def _problems(small: bool) -> Iterator[tuple[str, Any, Callable[[int], Any], int]]:
    """Title, system, equations of a batch, and runs of what is measured."""
    from odesolve.potentials import Box, compile_system
    from odesolve.problems.endless import endless
    from odesolve.throughput import SETTINGS, uniform_clauses

    for command, size in SMALL_COMMANDS if small else COMMANDS:
        problem = endless(command, size, 0)
        ready = problem.ready
        title = f"`{command}`, {problem.description}: {ready.choice.preset}"
        yield title, ready.system, ready.choice.for_runs, ready.runs
    variables = SMALL_VARIABLES if small else VARIABLES
    clauses = uniform_clauses(variables, SMALL_CLAUSES if small else CLAUSES, 3, seed=0)
    system = compile_system([(Box(-1.0, 1.0), variables)], [clauses])
    for runs in SMALL_RUNS if small else RUNS:
        yield f"`rectified`, {variables:,} variables", system, lambda _: SETTINGS["rectified"], runs


def measured(
    title: str,
    system: Any,
    equations: Callable[[int], Any],
    runs: int,
    rounds: int,
    seconds: float,
) -> Measured:
    """Steps of one problem by both, in turn."""
    from odesolve.throughput import Measurement, steps_for

    found = Measured(title, runs, system.clause_count)
    batches = {}
    for kernels in ("jax", "native"):
        before = time.perf_counter()
        batch = Measurement(system, *equations(runs), runs, None, kernels)
        batch.further(0)
        found.compiling[kernels] = time.perf_counter() - before
        if kernels == "native" and not batch.native:
            raise click.ClickException(f"no native kernel covers {title}")
        batches[kernels] = batch
    steps = steps_for(seconds, batches["jax"].further, 5)
    for _ in range(rounds):
        for kernels, batch in batches.items():
            before, worked = time.perf_counter(), time.process_time()
            batch.further(steps)
            found.seconds[kernels].append((time.perf_counter() - before) / steps)
            found.processor[kernels].append((time.process_time() - worked) / steps)
    return found


if __name__ == "__main__":
    main()
