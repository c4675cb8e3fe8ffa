"""Measure graph colouring: odesolve and its peers, one Markdown table for each family.

Run in the repository root: python -m benchmarks.coloring --help
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from benchmarks.coloring.article import run_article
from benchmarks.coloring.dimacs import run_dimacs
from benchmarks.coloring.families import (
    ARTICLE_LIMIT,
    ARTICLE_SAMPLE,
    FAMILIES,
    ColoringSettings,
    run_family,
)
from benchmarks.coloring.large import run_large
from benchmarks.coloring.minimum import run_minimum
from benchmarks.coloring.named import run_named
from benchmarks.coloring.solvers import CADICAL, HEAD, TABUCOL
from benchmarks.coloring.startup import run_process_times
from benchmarks.report import OUTPUT_OPTION, Report, begun, note

Measure = Callable[[Report, ColoringSettings], None]

#: Seconds for each solve of a quick run.
QUICK_LIMIT = 10.0

#: Family -> what measures it, in the order of the report.
MEASURES: dict[str, Measure] = {
    "article": run_article,
    **{family.name: partial(run_family, family=family) for family in FAMILIES},
    "large": run_large,
    "dimacs": run_dimacs,
    "named": run_named,
    "minimum": run_minimum,
    "process": run_process_times,
}

METHOD = f"""\
Every solve of odesolve is a whole process with the compilation cache off: its time, from start to
exit, includes starting Python, loading JAX and compiling. The time of a peer includes building its
model, not starting Python. Every returned colouring is checked by code of the benchmark's own, one
of a named graph by the exact checker of studies.

An unsolved graph counts as the time limit; steps are those of odesolve's solved graphs, and moves
of TabuCol, PartialCol and HEAD, which are compiled by numba before the clock starts. These have one
thread, and so a run with a seed of its own on each core; the one that ends first counts. CaDiCaL
and CP-SAT (two workers) are given the colours of a greedily found clique. The article's dynamics is
tried on at most {ARTICLE_SAMPLE} graphs of a family, for at most {ARTICLE_LIMIT:g} s each.
DSATUR is greedy: where it does not solve a graph, it ended with too many colours.
"""


def _chosen(
    context: click.Context, parameter: click.Parameter, prefixes: tuple[str, ...]
) -> list[str]:
    """The families that begin with one of the given words; all if there is none."""
    for prefix in prefixes:
        if not any(name.startswith(prefix) for name in MEASURES):
            raise click.BadParameter(f"{prefix!r} begins none of: {', '.join(MEASURES)}")
    return [name for name in MEASURES if not prefixes or name.startswith(prefixes)]


@click.command()
@click.option(
    "--family",
    "families",
    multiple=True,
    callback=_chosen,
    metavar="NAME",
    help="Only the families that begin with NAME: article, flat, flat200, planted, planted-200, "
    "planted-1000, planted-3000, large, dimacs, named, minimum, process. Repeatable. "
    "[default: all]",
)
@click.option(
    "--limit-seconds",
    "limit",
    type=click.FloatRange(min=0, min_open=True),
    help="Time limit of every solve. [default: by family]",
)
@click.option("--count", type=click.IntRange(1), help="At most so many graphs of each family.")
@click.option("--quick", is_flag=True, help="Little of everything, 10 s for each: a smoke test.")
@click.option(
    "--max-edges",
    type=click.IntRange(0),
    default=20_000,
    show_default=True,
    help="Largest DIMACS graph.",
)
@click.option("--seeds", type=click.IntRange(1), help="Seeds of each named graph. [default: 10]")
@click.option(
    "--rows",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.sqlite",
    help="Keep each measured row of the named graphs there; what it holds is not measured again.",
)
@click.option(
    "--again",
    multiple=True,
    metavar="SOLVER",
    help="Measure again what that file holds of SOLVER: odesolve, TabuCol or HEAD. Repeatable.",
)
@click.option(
    "--without",
    multiple=True,
    type=click.Choice([TABUCOL.name, HEAD.name, CADICAL.name], case_sensitive=False),
    help="Leave this peer out of the DIMACS graphs. Repeatable.",
)
@OUTPUT_OPTION
def main(
    families: list[str],
    limit: float | None,
    count: int | None,
    quick: bool,
    max_edges: int,
    seeds: int | None,
    rows: Path | None,
    again: tuple[str, ...],
    without: tuple[str, ...],
    output: Path | None,
) -> None:
    """Compare odesolve with its peers on families of graphs, as Markdown tables."""
    report = begun(output, "Graph colouring")
    report.write(METHOD)
    if quick and limit is None:
        limit = QUICK_LIMIT
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        settings = ColoringSettings(
            Path(folder), limit, count, quick, max_edges, seeds, rows, again, without
        )
        for name in families:
            note(name)
            try:
                MEASURES[name](report, settings)
            except RuntimeError as error:
                report.write(f"Failed: {error}\n")
                failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
