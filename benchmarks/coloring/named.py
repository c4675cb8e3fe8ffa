"""Graphs on which local search is strong: odesolve, TabuCol and HEAD on one core, seed by seed."""

from __future__ import annotations

import os
import statistics
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.coloring.families import ColoringSettings, shown_seconds
from benchmarks.coloring.instances import COLORING_FILES, Instance, read_dimacs
from benchmarks.coloring.solvers import ColoringAttempt, ColoringSolver, ours, search
from benchmarks.report import Figure, Report, commit, note
from benchmarks.rows import RowFile

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


@dataclass(frozen=True)
class Row:
    """One solver on one graph with one seed, and the commit of odesolve."""

    graph: str
    colors: int
    solver: str
    seed: int
    limit: float
    attempt: ColoringAttempt
    commit: str = ""

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells rows apart."""
        return self.graph, self.colors, self.solver, self.seed, self.limit

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, own: dict[str, Any]) -> Row:
        """What ``to_json`` wrote."""
        return cls(**own | {"attempt": ColoringAttempt(**own["attempt"])})


def solvers(seed: int) -> dict[str, ColoringSolver]:
    """Those that are compared and installed, with a seed."""
    known = {
        OURS: ours("--seed", str(seed)),
        TABUCOL: search("tabucol", TABUCOL, seed),
        HEAD: search("head", HEAD, seed),
    }
    return {name: solver for name, solver in known.items() if solver.installed}


def run_named(report: Report, settings: ColoringSettings) -> None:
    """Measure what no row holds yet, seed after seed, and write the table."""
    limit = settings.limit_or(LIMIT)
    seeds = min(settings.seeds or SEEDS, 2) if settings.quick else settings.seeds or SEEDS
    graphs = [
        read_dimacs(COLORING_FILES / "dimacs" / name, colors)
        for name, colors in NAMED.items()
        if (COLORING_FILES / "dimacs" / name).is_file()
    ][: settings.count]
    few = "" if seeds >= SEEDS else f", only {seeds} of {SEEDS} seeds"
    report.write(f"## named: hard for their number of colours, {limit:g} s each, one core{few}\n")
    if not graphs:
        report.write("Skipped: the files of these graphs are not here.\n")
        return
    path = settings.rows or settings.folder / "named.jsonl"
    rows = RowFile(Row, path, without=settings.again)
    with on_one_core():
        for seed in range(1, seeds + 1):
            measure(rows, graphs, seed, limit)
    found = {
        (graph.name, name): [
            row.attempt
            for seed in range(1, seeds + 1)
            if (row := rows.get((graph.name, graph.colors, name, seed, limit))) is not None
        ]
        for graph in graphs
        for name in solvers(0)
    }
    lines = [
        [graph.name, str(graph.colors), name, *cells(found[graph.name, name], limit)]
        for graph in graphs
        for name in solvers(0)
    ]
    report.table(HEADER, lines)
    missing = sorted(set(NAMED) - {graph.name for graph in graphs})
    if missing and settings.count is None:
        report.write(f"Not here: {', '.join(missing)}.\n")
    report.figures(figures(graphs, found, limit), settings.shortened or seeds < SEEDS)


def measure(rows: RowFile[Row], graphs: Iterable[Instance], seed: int, limit: float) -> None:
    """Try every solver on every graph with one seed, unless a row says how that ended."""
    for graph in graphs:
        for name, solver in solvers(seed).items():
            if rows.get((graph.name, graph.colors, name, seed, limit)) is not None:
                continue
            attempt = solver.attempt(graph, limit)
            note(f"  {graph.name} {seed}: {name}: {attempt.status}, {attempt.seconds:.2f} s")
            of = commit() if name == OURS else ""
            rows.add(Row(graph.name, graph.colors, name, seed, limit, attempt, of))


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


def cells(attempts: Sequence[ColoringAttempt], limit: float) -> list[str]:
    """Solved ones and seconds; unsolved ones count as the limit."""
    seconds = [attempt.seconds for attempt in attempts]
    solved = sum(attempt.solved for attempt in attempts)
    times = [statistics.median(seconds), min(seconds), max(seconds)]
    return [f"{solved}/{len(attempts)}", *(shown_seconds(each, limit) for each in times)]


def reaches(mine: Sequence[ColoringAttempt], peers: Sequence[ColoringAttempt]) -> bool:
    """Whether a graph is coloured often enough, or within a few times TabuCol's median."""
    if sum(attempt.solved for attempt in mine) >= SHARE * len(mine):
        return True
    median = statistics.median(attempt.seconds for attempt in mine)
    return (
        sum(attempt.solved for attempt in mine) > len(mine) / 2
        and bool(peers)
        and median <= TIMES_TABUCOL * statistics.median(attempt.seconds for attempt in peers)
    )


def figures(
    graphs: Sequence[Instance], found: dict[tuple[str, str], list[ColoringAttempt]], limit: float
) -> list[Figure]:
    """What the project asks of each graph."""
    reached = [
        graph.name
        for graph in graphs
        if reaches(found[graph.name, OURS], found.get((graph.name, TABUCOL), []))
    ]
    asked = (
        f"each coloured within {limit:g} s with at least {SHARE:.0%} of the seeds, or within "
        f"{TIMES_TABUCOL:g} times TabuCol's median"
    )
    told = f"{len(reached)} of {len(graphs)}: {', '.join(reached) or 'none'}"
    return [Figure(asked, told, len(reached) == len(graphs))]
