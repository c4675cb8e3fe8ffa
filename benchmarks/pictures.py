"""Pictures of what reports hold: nothing is measured, every number is one of their tables'.

python -m benchmarks.pictures --reports benchmarks/results
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click
import matplotlib

matplotlib.use("agg")
from matplotlib import pyplot

from benchmarks.report import ROOT, note
from benchmarks.satisfiability.plots import draw_cactus

RESULTS = ROOT / "benchmarks" / "results"
#: Steps of zero have no place on a logarithmic axis.
LEAST_STEPS = 0.7

Row = Mapping[str, str]


def tables(report: str) -> Iterator[list[Row]]:
    """The tables of a report, each as rows of cells by the names of their columns."""
    for block in re.findall(r"(?:^\|.*\n)+", report, re.M):
        lines = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in block.split("\n")
        ]
        header, _, *rows = lines[:-1]
        yield [dict(zip(header, row, strict=True)) for row in rows]


def tables_with(report: str, column: str) -> list[Row]:
    """The rows of all tables that have this column."""
    return [row for table in tables(report) if column in table[0] for row in table]


def seconds_of(text: str) -> float | None:
    """``2.5`` and ``< 0.001`` as seconds; None where something else stands, such as ``> 60``."""
    number = re.fullmatch(r"(?:< )?([\d.]+)", text)
    return None if number is None else float(number[1])


def draw_dimacs(report: str, path: Path) -> None:
    """The share of the DIMACS graphs that is coloured within a time."""
    every = tables_with(report, "CaDiCaL s")
    rows = [row for row in every if not row["odesolve"].startswith("refused")]
    share = 1 / len(rows)
    columns = {"odesolve": "s"} | {own: f"{own} s" for own in ("TabuCol", "HEAD", "CaDiCaL")}
    solved: dict[str, list[tuple[float, float]]] = {}
    for name, column in columns.items():  # those that were run
        found = [seconds_of(row.get(column, "")) for row in rows]
        if times := [(seconds, share) for seconds in found if seconds is not None]:
            solved[name] = times
    draw_cactus({f"{len(rows)} DIMACS graphs": solved}, list(solved), path)


def draw_article(report: str, path: Path) -> None:
    """Seeds solved, and their median steps, by the published method and by the default."""
    kept: dict[str, dict[str, Row]] = {}
    for row in tables_with(report, "median steps"):
        if row["method"].startswith("published") or row["method"] == "default":
            kept.setdefault(row["example"], {})[row["method"].partition(":")[0]] = row
    examples = [name for name, rows in kept.items() if len(rows) == 2][::-1]
    figure, (left, right) = pyplot.subplots(
        1, 2, figsize=(9, 0.32 * len(examples) + 1.2), sharey=True, layout="constrained"
    )
    for offset, method in ((0.2, "published"), (-0.2, "default")):
        places = [i + offset for i in range(len(examples))]
        rows = [kept[name][method] for name in examples]
        parts = [[int(n) for n in row["solved"].split("/")] for row in rows]
        left.barh(places, [100 * solved / total for solved, total in parts], 0.38, label=method)
        steps = [float(row["median steps"] or "nan") for row in rows]
        right.plot([max(each, LEAST_STEPS) for each in steps], places, "o", label=method)
    left.set_yticks(range(len(examples)), examples, fontsize="small")
    left.set_xlabel("seeds solved, %")
    right.set_xlabel("median steps of those")
    right.set_xscale("log")
    right.grid(axis="x", color="0.9")
    right.legend()
    _save(figure, path)


def draw_models(report: str, path: Path) -> None:
    """Median seconds of the dynamics alone, beside the limit of each family."""
    rows = tables_with(report, "dynamics")[::-1]
    names = [f"{row['family']} ({row['dynamics'].partition(',')[0]})" for row in rows]
    seconds = [float(row["dynamics"].split(", ")[1].removesuffix(" s")) for row in rows]
    _bars(names, seconds, [float(row["limit s"]) for row in rows], "limit", path)


def draw_startup(report: str, path: Path) -> None:
    """Seconds of whole commands, with a cold and with a warm cache of compilations."""
    rows = tables_with(report, "of processor time")[::-1]
    names = [f"{row['command']}, {row['cache']}" for row in rows]
    _bars(names, [float(row["median s"]) for row in rows], None, "", path)


def draw_memories(report: str, path: Path) -> None:
    """Median steps of one run against the number of variables, for each law."""
    figure, axis = pyplot.subplots(figsize=(5, 3.6), layout="constrained")
    rows = [row for row in tables_with(report, "median steps") if row["median steps"]]
    for name in dict.fromkeys(row["preset"] for row in rows):
        own = [row for row in rows if row["preset"] == name]
        sizes, steps = (
            [int(row[column].replace(",", "")) for row in own] for column in ("N", "median steps")
        )
        axis.loglog(sizes, steps, "o-", label=name)
    axis.set_xlabel("variables")
    axis.set_ylabel("median steps of one run")
    axis.grid(color="0.9")
    axis.legend()
    _save(figure, path)


def _bars(
    names: Sequence[str],
    seconds: Sequence[float],
    marks: Sequence[float] | None,
    meaning: str,
    path: Path,
) -> None:
    """A bar of seconds for each name, perhaps with a mark beside it."""
    figure, axis = pyplot.subplots(figsize=(8, 0.3 * len(names) + 1), layout="constrained")
    axis.barh(names, seconds)
    axis.set_xlabel("median seconds of the whole process")
    if marks is not None:
        axis.plot(marks, range(len(names)), "|", color="C3", markersize=10, label=meaning)
        axis.set_xscale("log")
        axis.legend()
    _save(figure, path)


def _save(figure: pyplot.Figure, path: Path) -> None:
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


#: Report -> what draws it, and the picture's name.
PICTURES = {
    "coloring-dimacs.md": (draw_dimacs, "coloring-dimacs-cactus.png"),
    "article.md": (draw_article, "article.png"),
    "models-figures.md": (draw_models, "models-figures.png"),
    "startup.md": (draw_startup, "startup.png"),
    "memories-cdc.md": (draw_memories, "memories-cdc.png"),
}


@click.command()
@click.option(
    "--reports", "folder", default=RESULTS, metavar="FOLDER",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Where the reports are, and the pictures go. [default: benchmarks/results]",
)  # fmt: skip
def main(folder: Path) -> None:
    """Draw the pictures of the pages on measured results anew, from the reports that are there."""
    for name, (draw, picture) in PICTURES.items():
        if (folder / name).exists():
            draw((folder / name).read_text(encoding="utf-8"), folder / picture)
            note(picture)


if __name__ == "__main__":
    main()
