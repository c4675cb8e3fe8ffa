"""Families of many graphs of one kind: a table with one row for each solver."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.coloring.instances import COLORING_FILES, Instance, natural, planted, read_dimacs
from benchmarks.coloring.solvers import (
    ARTICLE,
    OURS,
    PEERS_OF_ALL,
    ColoringAttempt,
    ColoringSolver,
)
from benchmarks.report import Figure, Report, note

#: The article's dynamics solves few of these graphs: a sample shows it.
ARTICLE_SAMPLE, ARTICLE_LIMIT = 5, 20.0
HEADER = ("solver", "graphs", "limit s", "solved", "median s", "max s", "median steps")


@dataclass(frozen=True)
class ColoringSettings:
    """What the command line asks for; None leaves a family's own value.

    Attributes:
        folder: where generated graphs are written.
        largest: most edges of a DIMACS graph.
        seeds: of each named graph.
        rows: a file of rows of named graphs; what it holds is not measured again.
        again: names of solvers whose rows there do not count.
        without: names of peers that are left out of the DIMACS graphs.
    """

    folder: Path
    limit: float | None = None
    count: int | None = None
    quick: bool = False
    largest: int = 20_000
    seeds: int | None = None
    rows: Path | None = None
    again: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    @property
    def shortened(self) -> bool:
        """Whether this is not the run that the figures are asked of."""
        return self.quick or self.count is not None or self.limit is not None

    @property
    def most(self) -> int | None:
        """Most graphs of a family; None is no limit."""
        return 2 if self.quick and self.count is None else self.count

    def limit_or(self, own: float) -> float:
        """The limit in seconds of a family whose own limit is given."""
        return own if self.limit is None else self.limit


@dataclass(frozen=True)
class Family:
    """Graphs of one kind.

    Attributes:
        graphs: (settings) -> graphs; none if their files are absent.
        limit, peer_limit: seconds for each graph.
        fraction: of the graphs, that the project asks to be solved within the limit; None if
            it asks nothing.
        median: seconds below which the median is asked to be.
    """

    name: str
    title: str
    graphs: Callable[[ColoringSettings], list[Instance]]
    limit: float = 60.0
    peer_limit: float | None = None
    fraction: float | None = None
    median: float | None = None


@dataclass(frozen=True)
class Row:
    """One solver on some graphs."""

    solver: ColoringSolver
    limit: float
    attempts: list[ColoringAttempt]

    @property
    def solved(self) -> int:
        return sum(attempt.solved for attempt in self.attempts)

    @property
    def seconds(self) -> list[float]:
        return [attempt.seconds for attempt in self.attempts]

    def cells(self) -> list[str]:
        """The row as the table shows it; failures other than time spent are named."""
        odd = {a.status for a in self.attempts} - {"satisfied", "unknown", "late"}
        steps = [a.steps for a in self.attempts if a.solved and a.steps is not None]
        return [
            self.solver.name,
            str(len(self.attempts)),
            f"{self.limit:g}",
            f"{self.solved}/{len(self.attempts)}" + "".join(f"; {each}!" for each in sorted(odd)),
            shown_seconds(statistics.median(self.seconds), self.limit),
            shown_seconds(max(self.seconds), self.limit),
            f"{statistics.median(steps):.0f}" if steps else "",
        ]


def shown_seconds(seconds: float, limit: float) -> str:
    """Seconds with the digits that matter; an unsolved graph counts as the limit."""
    if seconds >= limit:
        return f"> {limit:g}"
    if seconds < 0.001:
        return "< 0.001"
    return f"{seconds:.3f}" if seconds < 0.1 else f"{seconds:.2f}"


def attempts(solver: ColoringSolver, graphs: list[Instance], limit: float) -> Row:
    """Try every graph, telling the person who waits."""
    tried = []
    for graph in graphs:
        attempt = solver.attempt(graph, limit)
        note(
            f"  {graph.name}: {solver.name}: {attempt.status}, {attempt.seconds:.2f} s "
            f"{attempt.message}"
        )
        tried.append(attempt)
    return Row(solver, limit, tried)


def run_family(report: Report, settings: ColoringSettings, family: Family) -> None:
    """Measure every solver on a family and write its tables."""
    report.write(f"## {family.title}\n")
    graphs = family.graphs(settings)[: settings.most]
    if not graphs:
        report.write("Skipped: the files of these graphs are not here.\n")
        return
    limit = settings.limit_or(family.limit)
    peer_limit = settings.limit_or(family.peer_limit or family.limit)
    rows = compare(graphs, limit, peer_limit)
    report.table(HEADER, [row.cells() for row in rows])
    for name in absent(PEERS_OF_ALL):
        report.write(f"{name} is not installed here.\n")
    report.figures(figures(family, rows[0]), settings.shortened)


def compare(
    graphs: list[Instance], limit: float, peer_limit: float, *, with_article: bool = True
) -> list[Row]:
    """One row for each solver that is installed, the default first."""
    rows = [attempts(OURS, graphs, limit)]
    if with_article:
        row = attempts(ARTICLE, graphs[:ARTICLE_SAMPLE], min(limit, ARTICLE_LIMIT))
        sampled = len(row.attempts) < len(graphs)
        name = f"{ARTICLE.name} (sample of {len(row.attempts)})" if sampled else ARTICLE.name
        rows.append(replace(row, solver=replace(ARTICLE, name=name)))
    peers = [peer for peer in PEERS_OF_ALL if peer.installed]
    return rows + [attempts(peer, graphs, peer_limit) for peer in peers]


def absent(solvers: Iterable[ColoringSolver]) -> list[str]:
    """Names of the solvers that are not installed."""
    return [solver.name for solver in solvers if not solver.installed]


def figures(family: Family, row: Row) -> list[Figure]:
    """What the project asks of a family, beside the default's row."""
    asked = []
    total = len(row.attempts)
    if family.fraction is not None:
        in_time = sum(a.solved and a.seconds <= family.limit for a in row.attempts)
        share = "all" if family.fraction == 1 else f"at least {family.fraction:.0%}"
        asked.append(
            Figure(
                f"{share} solved within {family.limit:g} s each",
                f"{in_time} of {total}",
                in_time >= family.fraction * total,
            )
        )
    if family.median is not None:
        median = statistics.median(row.seconds)
        measured = f"{shown_seconds(median, row.limit)} s"
        asked.append(Figure(f"median below {family.median:g} s", measured, median < family.median))
    return asked


def satlib(name: str, **asked: float) -> Family:
    """A set of SATLIB's flat graphs: 3-colourable, at the hardest density."""

    def graphs(settings: ColoringSettings) -> list[Instance]:
        paths = sorted((COLORING_FILES / name).glob("*.col"), key=lambda path: natural(path.name))
        return [read_dimacs(path, 3) for path in paths]

    return Family(name, f"{name}: SATLIB, 3 colours", graphs, **asked)


def planted_family(
    nodes: int, degree: float, count: int, seed: int, limit: float, **more: float
) -> Family:
    """Planted 3-colourable random graphs with seeds that nothing was tuned on."""

    def graphs(settings: ColoringSettings) -> list[Instance]:
        wanted = min(count, settings.most or count)
        edges = round(nodes * degree / 2)
        return [planted(nodes, edges, seed + i, settings.folder) for i in range(wanted)]

    title = f"planted 3-colourable, {nodes:,} nodes, mean degree {degree}"
    title += f", seeds {seed} to {seed + count - 1}"
    return Family(f"planted-{nodes}-{degree}", title, graphs, limit=limit, **more)


FAMILIES = (
    satlib("flat30-60"),
    *(
        satlib(name, fraction=1.0)
        for name in (
            "flat50-115",
            "flat75-180",
            "flat100-239",
            "flat125-301",
            "flat150-360",
            "flat175-417",
        )
    ),
    satlib("flat200-479", fraction=1.0, median=5.0),
    planted_family(200, 4.6, 50, 20260001, 30.0, fraction=1.0),
    planted_family(1000, 4.4, 10, 20261001, 120.0, fraction=0.9),
    planted_family(1000, 4.6, 10, 20262001, 300.0),
    planted_family(3000, 4.5, 3, 20263001, 600.0, peer_limit=60.0),
)
