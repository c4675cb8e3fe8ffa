"""``odesolve color --colors min`` on the DIMACS graphs, beside DSATUR and CP-SAT."""

from __future__ import annotations

import json
from dataclasses import dataclass

from benchmarks.coloring.dimacs import graphs
from benchmarks.coloring.families import ColoringSettings
from benchmarks.coloring.instances import Instance, coloring_of, violated_edges
from benchmarks.coloring.solvers import (
    CP_SAT_FEWEST,
    DSATUR,
    TABUCOL_FEWEST,
    ColoringAttempt,
)
from benchmarks.peer_solvers import GRACE_SECONDS
from benchmarks.processes import COLD, odesolve_command, run_process
from benchmarks.report import Figure, Report, note

#: Edges of the largest graph, and seconds for each.
LARGEST = 5_000
LIMIT = 60.0

HEADER = (
    "graph", "nodes", "edges", "best known", "odesolve", "at least", "found after s", "s",
    "DSATUR", "TabuCol", "CP-SAT", "CP-SAT at least",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """The solvers on one graph; ``best`` is the known number, proved least or not."""

    graph: Instance
    best: int
    proved: bool
    colors: int | None
    lower_bound: int | None
    found: float
    seconds: float
    dsatur: ColoringAttempt
    tabucol: ColoringAttempt | None
    cp_sat: ColoringAttempt | None

    def cells(self) -> list[str]:
        """The row as the table shows it."""
        exact, tabucol = self.cp_sat, self.tabucol
        values = (
            self.graph.name, self.graph.node_count, len(self.graph.edges),
            f"{self.best}{'*' if self.proved else ''}", self.colors, self.lower_bound,
            f"{self.found:.1f}", f"{self.seconds:.1f}", self.dsatur.colors,
            tabucol.colors if tabucol else "not installed",
            exact.colors if exact else "not installed", exact.lower_bound if exact else None,
        )  # fmt: skip
        return ["" if value is None else str(value) for value in values]


def run_minimum(report: Report, settings: ColoringSettings) -> None:
    """Write a row for each graph as soon as it is measured, then a summary."""
    limit = settings.limit_or(LIMIT)
    largest = min(settings.largest, LARGEST)
    report.write(f"## minimum: fewest colours, graphs of at most {largest:,} edges, {limit:g} s\n")
    chosen = [(graph, proved) for graph, proved in graphs(settings) if len(graph.edges) <= largest]
    chosen = [(graph, proved) for graph, proved in chosen if not graph.has_loop]
    if not chosen:
        report.write("Skipped: the files of these graphs are not here.\n")
        return
    if settings.quick:  # a few from everywhere
        chosen = chosen[:: max(len(chosen) // 4, 1)]
    report.write(
        "Best known: * marks a proved chromatic number. At least: the bound that the solver "
        "proved. Found after: seconds until odesolve had its best colouring, by its own clock; "
        "s: its whole process, which ends early only with a proof. CP-SAT: two workers, symmetry "
        "broken by a clique, DSATUR's colouring as its hint.\n"
    )
    report.write(f"| {' | '.join(HEADER)} |\n|{'---|' * len(HEADER)}")
    lines = []
    for graph, proved in chosen[: settings.count]:
        lines.append(measured(graph, proved, limit))
        report.write(f"| {' | '.join(lines[-1].cells())} |")
        note(f"  {graph.name}: {lines[-1].colors} of {graph.colors}")
    report.write()
    summarise(report, lines, settings)


def measured(graph: Instance, proved: bool, limit: float) -> Line:
    """The solvers on one graph."""
    command = [*odesolve_command(), "color", str(graph.path), "--json", "--quiet"]
    command += ["--colors", "min", "--time-limit", f"{limit:g}"]
    ran = run_process(command, limit=limit + GRACE_SECONDS, variables=COLD)
    colors = bound = None
    found = ran.seconds
    if ran.code == 0:
        answer = json.loads(ran.output)
        coloring = coloring_of(graph, answer["solution"]["coloring"])
        if violated_edges(graph, coloring, answer["colors"]) != 0:
            raise RuntimeError(f"{graph.name}: a wrong colouring")
        colors, bound = answer["colors"], answer["lower_bound"]
        found = answer["found_after"]
    return Line(
        graph, graph.colors, proved, colors, bound, found, ran.seconds,
        dsatur=DSATUR.attempt(graph, limit),
        tabucol=TABUCOL_FEWEST.attempt(graph, limit) if TABUCOL_FEWEST.installed else None,
        cp_sat=CP_SAT_FEWEST.attempt(graph, limit) if CP_SAT_FEWEST.installed else None,
    )  # fmt: skip


def summarise(report: Report, lines: list[Line], settings: ColoringSettings) -> None:
    """Compare with the best known numbers and with DSATUR, and name what falls behind."""
    at_best = [line for line in lines if line.colors is not None and line.colors <= line.best]
    wrong = [line for line in lines if line.proved and (line.lower_bound or 0) > line.best]
    behind = [
        line.graph.name
        for line in lines
        if line.dsatur.colors is not None
        and (line.colors is None or line.colors > line.dsatur.colors)
    ]
    others = [line for line in lines if line not in at_best]
    told = ", ".join(f"{line.graph.name} ({line.colors}, {line.best})" for line in others)
    report.write(f"Above the best known number (ours, best known): {told or 'none'}.\n")
    exact = [line.cp_sat for line in lines if line.cp_sat is not None]
    proved = sum(line.colors is not None and line.colors == line.lower_bound for line in lines)
    peers = {
        "DSATUR": sum(
            line.dsatur.colors is not None and line.dsatur.colors <= line.best for line in lines
        ),
        "TabuCol": sum(
            line.tabucol is not None
            and line.tabucol.colors is not None
            and line.tabucol.colors <= line.best
            for line in lines
        ),
        "CP-SAT": sum(
            line.cp_sat is not None
            and line.cp_sat.colors is not None
            and line.cp_sat.colors <= line.best
            for line in lines
        ),
    }
    proved_there = sum(a.colors is not None and a.colors == a.lower_bound for a in exact)
    counts = ", ".join(f"{name} {count}" for name, count in peers.items())
    report.write(f"At the best known number: odesolve {len(at_best)}, {counts}.\n")
    report.write(f"Proved least: odesolve {proved}, CP-SAT {proved_there}.\n")
    share = len(at_best) / len(lines)
    figures = [
        Figure("at the best known number: at least 85 %", f"{share:.1%}", share >= 0.85),
        Figure("more colours than DSATUR: none", ", ".join(behind) or "none", not behind),
        Figure("bounds above a chromatic number: none", str(len(wrong)), not wrong),
    ]
    report.figures(figures, settings.shortened)
