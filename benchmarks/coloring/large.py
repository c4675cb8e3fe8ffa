"""A large easy graph beside a small one: time, compile time and memory."""

from __future__ import annotations

import statistics

from benchmarks.coloring.families import ColoringSettings, absent, attempts, shown_seconds
from benchmarks.coloring.instances import Instance, planted
from benchmarks.coloring.solvers import CADICAL, CP_SAT, TABUCOL, ColoringAttempt, ours
from benchmarks.report import Figure, Report, note

LARGE, QUICK_LARGE, SMALL = (100_000, 180_000), (5_000, 9_000), (556, 1_000)
#: Seconds on the large graph; networkx DSATUR, quadratic in the nodes, is left out.
LIMIT, PEER_LIMIT = 300.0, 60.0
SEED = 20264001


def run_large(report: Report, settings: ColoringSettings) -> None:
    """Solve both graphs in turn, from a cold start each time."""
    large = planted(*(QUICK_LARGE if settings.quick else LARGE), SEED, settings.folder)
    small = planted(*SMALL, SEED + 1, settings.folder)
    repeats = 1 if settings.quick else 3
    limit = settings.limit_or(LIMIT)
    report.write(
        f"## large: planted 3-colourable, {large.node_count:,} nodes, {len(large.edges):,} edges\n"
    )
    report.write(
        f"Presolve off, compilation cache off; medians of {repeats}. Compile is the time that "
        "odesolve reports for tracing and compiling. Memory is the peak of the process on the "
        "host, memory of a GPU not included.\n"
    )
    solver = ours("--no-presolve")
    found: dict[str, list[ColoringAttempt]] = {large.name: [], small.name: []}
    for _ in range(repeats):
        for graph in (large, small):
            attempt = solver.attempt(graph, limit)
            note(f"  {graph.name}: {attempt.status}, {attempt.seconds:.2f} s {attempt.message}")
            found[graph.name].append(attempt)
    header = ("graph", "nodes", "edges", "solved", "median s", "max s", "compile s", "GiB", "steps")
    report.table(header, [cells(graph, found[graph.name], limit) for graph in (large, small)])
    compare_peers(report, large, settings.limit_or(PEER_LIMIT))
    report.figures(figures(found[large.name], found[small.name]), settings.shortened)


def compare_peers(report: Report, graph: Instance, limit: float) -> None:
    """Write the peers' times on the large graph."""
    peers = [peer for peer in (CADICAL, CP_SAT, TABUCOL) if peer.installed]
    rows = [attempts(peer, [graph], limit) for peer in peers]
    report.table(
        ("peer on the large graph", "limit s", "solved", "s"),
        [[row.solver.name, f"{limit:g}", *row.cells()[3:5]] for row in rows],
    )
    for name in absent([CADICAL, CP_SAT, TABUCOL]):
        report.write(f"{name} is not installed here.\n")


def compile_seconds(found: list[ColoringAttempt]) -> float:
    """Median compile time of the attempts that tell it."""
    told = [attempt.compile for attempt in found if attempt.compile is not None]
    return statistics.median(told) if told else float("inf")


def gibibytes(found: list[ColoringAttempt]) -> float:
    """Largest peak memory."""
    return max(attempt.peak_bytes for attempt in found) / 2**30


def cells(graph: Instance, found: list[ColoringAttempt], limit: float) -> list[str]:
    """A row of the table."""
    seconds = [attempt.seconds for attempt in found]
    return [
        "large" if graph.node_count > SMALL[0] else "small",
        f"{graph.node_count:,}",
        f"{len(graph.edges):,}",
        f"{sum(attempt.solved for attempt in found)}/{len(found)}",
        shown_seconds(statistics.median(seconds), limit),
        shown_seconds(max(seconds), limit),
        f"{compile_seconds(found):.2f}",
        f"{gibibytes(found):.2f}",
        str(found[0].steps),
    ]


def figures(large: list[ColoringAttempt], small: list[ColoringAttempt]) -> list[Figure]:
    """What the project asks of large easy graphs."""
    solved = sum(attempt.solved for attempt in large)
    memory, seconds = gibibytes(large), compile_seconds(large)
    ratio = seconds / compile_seconds(small)
    told = all(attempt.peak_bytes for attempt in large)
    return [
        Figure("solved", f"{solved} of {len(large)}", solved == len(large)),
        Figure("under 4 GiB", f"{memory:.2f} GiB", told and memory < 4),
        Figure("trace and compile under 3 s", f"{seconds:.2f} s", seconds < 3),
        Figure("at most 1.5 times the 1,000-edge graph's", f"{ratio:.2f} times", ratio <= 1.5),
    ]
