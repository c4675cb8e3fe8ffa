"""Measure what a person waits for on everyday problems: starting, compiling, and a little solving.

Run in the repository root: python -m benchmarks.startup --help
"""

from __future__ import annotations

import json
import os
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import numpy as np

from benchmarks.coloring.instances import planted
from benchmarks.processes import Finished, odesolve_command, run_process
from benchmarks.report import OUTPUT_OPTION, Figure, Report, begun, note
from benchmarks.satisfiability.generators import planted_clauses

METHOD = """\
Every problem is another one. *Cold*: with an empty cache. *Warm*: with the cache that the problems
before it filled, when all its functions were found there: its sizes are of a class that was seen
before, and it was not. With native kernels nothing is compiled for what is solved at once. In turn
with each, `python -c "import jax"`. A ratio is one of medians; that of processor times is less
disturbed by whatever else the machine does.
"""

#: As where a package is installed: compiled by whoever is first.
BYTECODE = {"PYTHONDONTWRITEBYTECODE": ""}
IMPORT = [sys.executable, "-c", "import jax"]
FIRST_SEED = 20267001
#: Problems that fill the cache before any is counted, and at most so many are tried for a hit.
FILLING, TRIED = 4, 30
WARM_RATIO, COLD_RATIO = 2.0, 4.0

#: Of whole solves in one process: how many are not counted, and seconds of each asked for.
FIRST_SOLVES = 3
FACTOR_SECONDS, SAT_SECONDS = 0.4, 0.15
#: What can be measured by itself.
PARTS = ("processes", "solves", "memory")
#: Solves after which the memory is looked at again, and what it may have grown by.
MEMORY_SOLVES, MEMORY_MIB = 1000, 200


def prime(generator: random.Random, bits: int) -> int:
    """A random prime of exactly so many bits."""
    while True:
        number = generator.getrandbits(bits) | 1 | 1 << (bits - 1)
        if all(number % divisor for divisor in range(3, int(number**0.5) + 1, 2)):
            return number


def color_arguments(seed: int, folder: Path) -> list[str]:
    """Colour a planted graph."""
    return ["color", str(planted(200, 430, seed, folder).path), "--colors", "3"]


def sat_arguments(seed: int, folder: Path) -> list[str]:
    """Solve a planted formula."""
    path = folder / f"{seed}.cnf"
    rows = (" ".join(map(str, [*clause, 0])) for clause in formula(seed, 250).tolist())
    path.write_text("\n".join(["p cnf 250 1000", *rows, ""]))
    return ["sat", str(path)]


def formula(seed: int, variables: int) -> np.ndarray:
    """A random formula with a model; without one a solve would have no end."""
    return np.asarray(planted_clauses(variables, 4 * variables, 3, seed)[0])


def number_of(seed: int) -> int:
    """A product of two primes of 10 bits."""
    generator = random.Random(seed)
    return prime(generator, 10) * prime(generator, 10)


def multiply_arguments(seed: int, folder: Path) -> list[str]:
    """Find two factors of a product of two numbers of 8 bits."""
    generator = random.Random(seed)
    number = generator.randrange(181, 256) * generator.randrange(182, 256)
    return ["multiply", "_", "_", str(number)]


COMMANDS: dict[str, Callable[[int, Path], list[str]]] = {
    "color, 200 nodes": color_arguments,
    "sat, 250 variables": sat_arguments,
    "factor, 20 bits": lambda seed, _: ["factor", str(number_of(seed))],
    "multiply _ _ N, 16 bits": multiply_arguments,
}


class Pairs:
    """Runs of a command, each beside one of the import."""

    def __init__(self) -> None:
        self.own: list[Finished] = []
        self.imports: list[Finished] = []

    def add(self, finished: Finished) -> None:
        self.own.append(finished)
        self.imports.append(run_process(IMPORT, limit=120, variables=BYTECODE))

    def median(self, name: str) -> float:
        return statistics.median(getattr(each, name) for each in self.own)

    def ratio(self, name: str) -> float:
        beside = statistics.median(getattr(each, name) for each in self.imports)
        return self.median(name) / beside


def solved(arguments: list[str], cache: str) -> tuple[Finished, dict[str, Any]]:
    """A solve in a process of its own, and what it says."""
    variables = {"JAX_COMPILATION_CACHE_DIR": cache, **BYTECODE}
    finished = run_process(
        [*odesolve_command(), *arguments, "--json"], limit=300, variables=variables
    )
    if not finished.output.startswith("{"):
        raise RuntimeError(f"{arguments} failed:\n{finished.errors}")
    return finished, json.loads(finished.output)


def run_processes(report: Report, repeats: int) -> list[Figure]:
    """Every command cold and warm."""
    rows, figures = [], []
    with tempfile.TemporaryDirectory() as folder:
        for arguments in COMMANDS.values():  # writes the bytecode
            solved(arguments(FIRST_SEED, Path(folder)), folder)
    for name, arguments in COMMANDS.items():
        with tempfile.TemporaryDirectory() as place:
            folder, seed = Path(place), FIRST_SEED
            cold, warm, new = Pairs(), Pairs(), 0
            for i in range(repeats):
                note(f"{name}, cold, {i + 1}")
                seed += 1
                cold.add(solved(arguments(seed, folder), str(folder / f"cold{i}"))[0])
            for i in range(TRIED):
                seed += 1
                finished, said = solved(arguments(seed, folder), str(folder / "warm"))
                misses = said["compiled"]["misses"]
                note(f"{name}, warm, {i + 1}: {misses} compiled")
                new += i >= FILLING and misses > 0
                if i >= FILLING and not misses:
                    warm.add(finished)
                if len(warm.own) == repeats:
                    break
        for kind, pairs, asked in (("cold", cold, COLD_RATIO), ("warm", warm, WARM_RATIO)):
            seconds, processor = pairs.ratio("seconds"), pairs.ratio("cpu_seconds")
            compiled = f"{new} of {new + len(warm.own)}" if kind == "warm" else ""
            rows.append(
                [name, kind, f"{pairs.median('seconds'):.2f}", f"{seconds:.2f}",
                 f"{processor:.2f}", compiled]
            )  # fmt: skip
            figures.append(
                Figure(
                    f"{name}, {kind}: at most {asked:g} times the import",
                    f"{seconds:.2f} times; processor time {processor:.2f}",
                    seconds <= asked,
                )
            )
    header = ("command", "cache", "median s", "ratio", "of processor time", "compiled anew")
    report.write("## Whole processes\n")
    report.table(header, rows)
    return figures


def solve_formula(seed: int) -> Any:
    """Solve a formula of a size of its own."""
    import odesolve as ode

    size = random.Random(seed).randint(200, 300)
    return ode.sat(formula(seed, size).tolist())


def solve_number(seed: int) -> Any:
    """Factor a number of about 20 bits."""
    import odesolve as ode

    return ode.factor(number_of(seed))


SOLVES: dict[str, tuple[float, Callable[[int], Any]]] = {
    "ode.factor, 20 bits": (FACTOR_SECONDS, solve_number),
    "ode.sat, 200 to 300 variables": (SAT_SECONDS, solve_formula),
}


def run_loops(report: Report, count: int) -> list[Figure]:
    """Many problems in this process."""
    rows, figures = [], []
    for name, (asked, solve) in SOLVES.items():
        seconds, processor, misses = [], [], 0
        for i in range(count):
            began, worked = time.perf_counter(), time.process_time()
            found = solve(FIRST_SEED + i)
            if i >= FIRST_SOLVES:
                seconds.append(time.perf_counter() - began)
                processor.append(time.process_time() - worked)
                misses += found.run.compiled.misses > 0
        mean, median = statistics.mean(seconds), statistics.median(seconds)
        rows.append(
            [
                name, f"{median:.3f}", f"{mean:.3f}", f"{max(seconds):.2f}",
                f"{statistics.median(processor):.3f}", str(misses),
            ]
        )  # fmt: skip
        within, worked_within = (sum(s < asked for s in own) for own in (seconds, processor))
        shown = (
            f"{within} of {len(seconds)}; by processor time {worked_within}; "
            f"{misses} were compiled anew"
        )
        figures.append(Figure(f"{name}: under {asked:g} s each", shown, max(seconds) < asked))
    report.write(f"## {count} new problems in one process, after the first {FIRST_SOLVES}\n")
    header = ("solves", "median s", "mean s", "slowest s", "median CPU s", "compiled anew")
    report.table(header, rows)
    return figures


def run_memory(count: int) -> Figure:
    """How much more memory the process takes after many solves, the first ones left out."""
    for i in range(FIRST_SOLVES):
        solve_formula(FIRST_SEED + i)
    before = peak_mib()
    for i in range(count):
        solve_formula(FIRST_SEED + FIRST_SOLVES + i)
    grown = peak_mib() - before
    return Figure(
        f"{MEMORY_SOLVES} solves: memory grows by less than {MEMORY_MIB} MiB",
        f"{grown:.0f} MiB after {count}",
        grown < MEMORY_MIB if count >= MEMORY_SOLVES else None,
    )


def peak_mib() -> float:
    """The largest resident memory of this process so far."""
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


@click.command()
@click.option("--quick", is_flag=True, help="One of each, and few solves.")
@click.option("--memory-solves", type=int, default=MEMORY_SOLVES, help="Solves for the memory.")
@click.option(
    "--part", "parts", type=click.Choice(PARTS), multiple=True, help="Repeatable. [default: all]"
)
@OUTPUT_OPTION
def main(quick: bool, memory_solves: int, parts: tuple[str, ...], output: Path | None) -> None:
    """Times of whole commands and of many solves in a process, as Markdown."""
    report = begun(output, "Starting and compiling")
    report.write(METHOD)
    chosen, figures = parts or PARTS, []
    if "processes" in chosen:
        figures += run_processes(report, 1 if quick else 5)
    # Those in this process have nothing in the cache at first.
    os.environ["ODESOLVE_CACHE"] = "off"
    if "solves" in chosen:
        figures += run_loops(report, 10 if quick else 100)
    if "memory" in chosen:
        figures.append(run_memory(20 if quick else memory_solves))
    report.figures(figures, quick)


if __name__ == "__main__":
    sys.exit(main())
