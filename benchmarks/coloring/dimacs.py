"""The DIMACS colouring graphs, each with its chromatic or best known number of colours."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.coloring.families import ColoringSettings, shown_seconds
from benchmarks.coloring.instances import COLORING_FILES, Instance, natural, read_dimacs
from benchmarks.coloring.solvers import CADICAL, DSATUR, HEAD, OURS, TABUCOL, ColoringAttempt
from benchmarks.report import Figure, Report, note

HEADER = (
    "graph",
    "nodes",
    "edges",
    "q",
    "odesolve",
    "s",
    "steps",
    "violated",
    "TabuCol s",
    "HEAD s",
    "CaDiCaL s",
    "DSATUR colours",
)
LIMIT = 60.0
#: Graphs that were asked to be coloured, of those of up to 20,000 edges.
ASKED = 101


@dataclass(frozen=True)
class Line:
    """The solvers on one graph.

    Attributes:
        proved: whether q is the chromatic number; the best known number otherwise.
        tabucol, head, cadical: None where it was not run.
    """

    graph: Instance
    proved: bool
    ours: ColoringAttempt
    tabucol: ColoringAttempt | None
    head: ColoringAttempt | None
    cadical: ColoringAttempt | None
    dsatur: ColoringAttempt

    def cells(self, limit: float) -> list[str]:
        """The row as the table shows it."""
        mine = self.ours
        return [
            self.graph.name,
            str(self.graph.node_count),
            str(len(self.graph.edges)),
            f"{self.graph.colors}{'*' if self.proved else ''}",
            f"{mine.status}: {mine.message}" if mine.message else mine.status,
            "" if mine.status == "refused" else shown_seconds(mine.seconds, limit),
            _or_empty(mine.steps),
            _or_empty(mine.violated),
            *(_peer_seconds(own, limit) for own in (self.tabucol, self.head, self.cadical)),
            _or_empty(self.dsatur.colors),
        ]


def _or_empty(value: int | None) -> str:
    return "" if value is None else str(value)


def _peer_seconds(attempt: ColoringAttempt | None, limit: float) -> str:
    if attempt is None:
        return "not run"
    if attempt.status not in ("satisfied", "unknown", "late"):
        return attempt.status
    return shown_seconds(attempt.seconds, limit)


def graphs(settings: ColoringSettings) -> list[tuple[Instance, bool]]:
    """The graphs that are here and small enough, each with whether its q is proved."""
    table = COLORING_FILES / "CHROMATIC.tsv"
    if not table.is_file():
        return []
    found = []
    with table.open(encoding="utf-8", newline="") as file:
        for name, *_, best in list(csv.reader(file, delimiter="\t"))[1:]:
            path = COLORING_FILES / "dimacs" / name
            if path.is_file() and best.rstrip("*").isdigit():
                graph = read_dimacs(path, int(best.rstrip("*")))
                if len(graph.edges) <= settings.largest:
                    found.append((graph, best.endswith("*")))
    found.sort(key=lambda pair: natural(pair[0].name))
    return found


def run_dimacs(report: Report, settings: ColoringSettings) -> None:
    """Write a row for each graph as soon as it is measured, then a summary."""
    limit = settings.limit_or(LIMIT)
    report.write(f"## dimacs: graphs of at most {settings.largest:,} edges, {limit:g} s each\n")
    chosen = graphs(settings)
    if not chosen:
        report.write("Skipped: the files of these graphs are not here.\n")
        return
    if settings.quick:  # a few from everywhere
        chosen = chosen[:: max(len(chosen) // 4, 1)]
    chosen = chosen[: settings.count]
    report.write(
        "q colours: * marks a proved chromatic number, the others are the best known. "
        "Violated: edges that the best colouring violates.\n"
    )
    report.write(f"| {' | '.join(HEADER)} |\n|{'---|' * len(HEADER)}")
    lines = []
    for graph, proved in chosen:
        lines.append(measured(graph, proved, limit, settings.without))
        report.write(f"| {' | '.join(lines[-1].cells(limit))} |")
        note(f"  {graph.name}: {lines[-1].ours.status}, {lines[-1].ours.seconds:.2f} s")
    report.write()
    summarise(report, lines, settings)


def measured(graph: Instance, proved: bool, limit: float, without: Sequence[str]) -> Line:
    """The solvers on one graph; a refused file is nobody's failure to solve."""
    mine = OURS.attempt(graph, limit)
    tabucol, head, cadical = (
        solver.attempt(graph, limit) if solver.installed and solver.name not in without else None
        for solver in (TABUCOL, HEAD, CADICAL)
    )
    greedy = DSATUR.attempt(graph, limit)
    mine = replace(mine, message=mine.message.replace("|", "/"))
    return Line(graph, proved, mine, tabucol, head, cadical, greedy)


def summarise(report: Report, lines: list[Line], settings: ColoringSettings) -> None:
    """Count what was coloured with q colours, and name what was not."""
    taken = [line for line in lines if line.ours.status != "refused"]
    failed = [line.graph.name for line in taken if not line.ours.solved]
    refused = [line.graph.name for line in lines if line.ours.status == "refused"]
    counts = {"odesolve": sum(line.ours.solved for line in taken)}
    for name, own in (("TabuCol", "tabucol"), ("HEAD", "head"), ("CaDiCaL", "cadical")):
        found = [attempt for line in taken if (attempt := getattr(line, own)) is not None]
        if found or not taken:
            counts[name] = sum(attempt.solved for attempt in found)
    counts["DSATUR"] = sum(line.dsatur.solved for line in taken)
    told = ", ".join(f"{name} {count}" for name, count in counts.items())
    report.write(f"Coloured with q colours, of {len(taken)}: {told}.\n")
    report.write(f"Not coloured by odesolve: {', '.join(failed) or 'none'}.\n")
    report.write(f"Refused by odesolve: {', '.join(refused) or 'none'}.\n")
    count = counts["odesolve"]
    asked = f"at least {ASKED} graphs coloured in {LIMIT:g} s"
    figures = [Figure(asked, f"{count} of {len(taken)}", count >= ASKED)]
    for proved, kind in ((True, "known chromatic number"), (False, "best known number")):
        these = [line for line in taken if line.proved is proved]
        solved = sum(line.ours.solved for line in these)
        asked = f"{kind}: which are coloured in {LIMIT:g} s"
        figures.append(Figure(asked, f"{solved} of {len(these)}", None))
    report.figures(figures, settings.shortened)
