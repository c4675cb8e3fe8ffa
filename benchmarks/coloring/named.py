"""Graphs on which local search is strong: odesolve, TabuCol and HEAD on one core, seed by seed."""

from __future__ import annotations

import os
import shlex
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.cold_study import cold_study
from benchmarks.coloring.families import ColoringSettings, shown_seconds
from benchmarks.coloring.instances import COLORING_FILES
from benchmarks.coloring.solvers import PEERS
from benchmarks.peer_solvers import GRACE_SECONDS, are_installed
from benchmarks.processes import module_command, odesolve_command
from benchmarks.report import Figure, Report
from odesolve.problems.studies.rows import Row

#: File -> a number of colours: the best known one, or one that is hard already.
NAMED = {
    "DSJC125.5.col": 17,
    "DSJC250.5.col": 28,
    "DSJC500.1.col": 12,
    "le450_15c.col": 15,
    "le450_25c.col": 26,
    "flat300_28_0.col": 31,
    "queen11_11.col": 12,
    "queen12_12.col": 13,
    "queen13_13.col": 14,
    "queen14_14.col": 15,
    "school1.col": 14,
    "school1_nsh.col": 14,
    "r250.5.col": 65,
}
LIMIT, SEEDS = 120.0, 10

#: The figure: so many seeds of ten within the limit, or within so many times TabuCol's median.
SHARE, TIMES_TABUCOL = 0.7, 5.0

OURS, TABUCOL, HEAD = "odesolve", "TabuCol", "HEAD"
HEADER = ("graph", "q", "solver", "solved", "median s", "least s", "most s")

#: (graph, solver) -> seconds of each seed.
Found = dict[tuple[str, str], list[float]]


def settings_of(limit: float) -> list[dict[str, Any]]:
    """The solvers that are compared and installed, as settings of a study: command lines."""
    ours = [*odesolve_command(), "color", "{file}", "--colors", "{colors}", "--seed", "{seed}"]
    commands = {OURS: [*ours, "--json", "--quiet", "--time-limit", f"{limit:g}"]}
    if are_installed(["numba"]):
        for name in (TABUCOL, HEAD):
            words = [name.lower(), "{file}", "{colors}", "{seed}", f"{limit:g}"]
            commands[name] = [*module_command(PEERS), *words]
    # What counts is the limit that they are told; theirs is to end what outlives it.
    most = limit + GRACE_SECONDS
    return [
        {"name": name, "command": shlex.join(words), "time_limit": most}
        for name, words in commands.items()
    ]


def run_named(report: Report, settings: ColoringSettings) -> None:
    """Have a study of what has no row yet, and write the table."""
    limit = settings.limit_or(LIMIT)
    seeds = min(settings.seeds or SEEDS, 2) if settings.quick else settings.seeds or SEEDS
    files = [COLORING_FILES / "dimacs" / name for name in NAMED]
    graphs = [path for path in files if path.is_file()][: settings.count]
    few = "" if seeds >= SEEDS else f", only {seeds} of {SEEDS} seeds"
    report.write(f"## named: hard for their number of colours, {limit:g} s each, one core{few}\n")
    if not graphs:
        report.write("Skipped: the files of these graphs are not here.\n")
        return
    found = measured(graphs, seeds, limit, settings)
    lines = [
        [graph, str(NAMED[graph]), name, *cells(seconds, limit)]
        for (graph, name), seconds in found.items()
    ]
    report.table(HEADER, lines)
    missing = sorted(set(NAMED) - {path.name for path in graphs})
    if missing and settings.count is None:
        report.write(f"Not here: {', '.join(missing)}.\n")
    report.figures(figures(found, limit), settings.shortened or seeds < SEEDS)


def measured(graphs: Sequence[Path], seeds: int, limit: float, settings: ColoringSettings) -> Found:
    """Seconds of every solver on every graph, seed by seed; the limit where it was not solved."""
    solvers = settings_of(limit)
    names = [solver["name"] for solver in solvers]
    tables = {
        "seeds": list(range(1, seeds + 1)),
        "instances": [
            {"files": str(path), "kind": "coloring", "colors": NAMED[path.name]} for path in graphs
        ],
        "settings": solvers,
    }
    results = (settings.rows or settings.folder / "named").with_suffix(".sqlite")
    results.parent.mkdir(parents=True, exist_ok=True)
    again = [name for name in settings.again if name in names]
    with on_one_core():
        done = cold_study(tables, results, again)
    if done.reason == "interrupted":
        raise KeyboardInterrupt
    found: Found = {(path.name, name): [] for path in graphs for name in names}
    for row in done.rows:
        found[Path(row.instance).name, row.setting].append(seconds_of(row.result, limit))
    return found


def seconds_of(row: Row, limit: float) -> float:
    """By a peer's own clock, of odesolve its whole process; the limit if not solved within it."""
    seconds = row.seconds if row.found_after is None else row.found_after
    return min(seconds, limit) if row.status == "satisfied" else limit


@contextmanager
def on_one_core() -> Iterator[None]:
    """Everything that is started meanwhile has one core, where the system knows how."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cells(seconds: Sequence[float], limit: float) -> list[str]:
    """Solved ones and seconds; unsolved ones count as the limit."""
    solved = sum(own < limit for own in seconds)
    times = [statistics.median(seconds), min(seconds), max(seconds)]
    return [f"{solved}/{len(seconds)}", *(shown_seconds(each, limit) for each in times)]


def reaches(mine: Sequence[float], peers: Sequence[float], limit: float) -> bool:
    """Whether a graph is coloured often enough, or within a few times TabuCol's median."""
    solved = sum(own < limit for own in mine)
    return solved >= SHARE * len(mine) or (
        solved > len(mine) / 2
        and bool(peers)
        and statistics.median(mine) <= TIMES_TABUCOL * statistics.median(peers)
    )


def figures(found: Found, limit: float) -> list[Figure]:
    """What the project asks of each graph."""
    graphs = [graph for graph, name in found if name == OURS]
    reached = [
        graph
        for graph in graphs
        if reaches(found[graph, OURS], found.get((graph, TABUCOL), []), limit)
    ]
    asked = (
        f"each coloured within {limit:g} s with at least {SHARE:.0%} of the seeds, or within "
        f"{TIMES_TABUCOL:g} times TabuCol's median"
    )
    told = f"{len(reached)} of {len(graphs)}: {', '.join(reached) or 'none'}"
    return [Figure(asked, told, len(reached) == len(graphs))]
