"""How long whole processes take, beside the imports that they cannot do without."""

from __future__ import annotations

import statistics
import sys
import tempfile

from benchmarks.coloring.families import ColoringSettings
from benchmarks.coloring.instances import ARTICLE_GRAPH
from benchmarks.processes import odesolve_command, run_process
from benchmarks.report import Figure, Report

ODESOLVE = odesolve_command()
SOLVE = ("odesolve color article.json", [*ODESOLVE, "color", str(ARTICLE_GRAPH), "--colors", "3"])
HELP = ("odesolve --help", [*ODESOLVE, "--help"])
IMPORTS = ('python -c "import jax, networkx"', [sys.executable, "-c", "import jax, networkx"])
CLICK = ('python -c "import click"', [sys.executable, "-c", "import click"])
#: (what is timed, what it is compared with, the ratio that is asked for)
PAIRS = ((SOLVE, IMPORTS, 2.5), (HELP, CLICK, 3.0))


def run_process_times(report: Report, settings: ColoringSettings) -> None:
    """Time each pair in turn, after one run of each that fills the caches."""
    repeats = 3 if settings.quick else 9
    report.write("## process: whole processes on the graph of 10 nodes, warm cache\n")
    report.write(f"Medians of {repeats} runs, taken in turn.\n")
    rows, figures = [], []
    with tempfile.TemporaryDirectory() as cache:
        for (name, command), (base_name, base), asked in PAIRS:
            times: list[tuple[float, float]] = []
            for _ in range(repeats + 1):
                times.append((seconds(command, cache), seconds(base, cache)))
            mine, theirs = (statistics.median(column) for column in zip(*times[1:], strict=True))
            rows += [
                [name, f"{mine:.3f}", f"{mine / theirs:.2f}"],
                [base_name, f"{theirs:.3f}", ""],
            ]
            ratio = mine / theirs
            figures.append(
                Figure(f"{name}: at most {asked:g} times", f"{ratio:.2f} times", ratio <= asked)
            )
    report.table(("process", "median s", "ratio"), rows)
    report.figures(figures, settings.shortened)


def seconds(command: list[str], cache: str) -> float:
    """Wall time of a process whose compilation cache is in a folder of its own."""
    ran = run_process(command, limit=120, variables={"XDG_CACHE_HOME": cache})
    if ran.code != 0:
        raise RuntimeError(f"{command} failed:\n{ran.errors}")
    return ran.seconds
