"""Run every example of the article, by its published method and by our default.

Run in the repository root: python -m benchmarks.article --help
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks.article.examples import DEFAULT, Example, Job, Section, sections
from benchmarks.processes import COLD, module_command, odesolve_command, run_process
from benchmarks.report import OUTPUT_OPTION, Figure, Report, begun, note

BATCH = "benchmarks.article.batch"
PROCESS_LIMIT = 3600.0
SEEDS, QUICK_SEEDS = 100, 10
HEADER = (
    "example", "article", "method", "solved", "at start", "median steps", "compile s", "solve s",
    "answer",
)  # fmt: skip
#: Widths of a multiplier -> seconds in which it is to be traced and compiled.
COMPILE_LIMITS = {16: 3.0, 64: 6.0}

METHOD = """\
Published: each relation or cell is one potential, descended (100 steps of 0.1 from the article's
start) or integrated by the article's equations (forward Euler, dt 0.1; 0.05 for the colouring),
without restarts, for as many steps as the article takes: 20,000 for the colouring, 1,000 for
additions, 100,000 and 10,000 for 3 x 5 and its reverse; by us 20,000 for the linear equality and
10,000 for wider numbers. Default: what the command does without options, but without presolve.

Each seed is a run of one batch that lets every run finish; for pairs each is a solve of its own, by
one compiled function. A run is solved when its rounded numbers satisfy every relation at a look:
"at start" counts those that the random start satisfied by chance. Steps are those of solved runs.
Every batch is a process of its own without a compilation cache; "compile s" contains tracing,
"solve s" all runs together. Potentials are normalised to at most 1 on corners; descents undo that.
Descents from the article's starts are in float64, as there; everything else is in float32.
"""


def measured(job: Job, seeds: int) -> dict[str, Any]:
    """Hand a job to a process of its own; a failure is an answer, too."""
    ran = run_process(
        module_command(BATCH),
        limit=PROCESS_LIMIT,
        text=json.dumps(job | {"seeds": seeds}),
        variables=COLD,
    )
    if ran.code != 0:
        note(ran.errors)
        return {"unavailable": f"failed (exit {ran.code})"}
    answer: dict[str, Any] = json.loads(ran.output)
    return answer


def cells(example: Example, method: str, answer: dict[str, Any]) -> list[str]:
    """A row of the table."""
    head = [example.name, example.article, method]
    if "unavailable" in answer:
        return [*head, answer["unavailable"], "", "", "", "", ""]
    if "solved" not in answer:
        return [*head, "", "", "", "", "", answer["answer"]]
    steps = "" if answer["steps"] is None else f"{answer['steps']:.0f}"
    times = [f"{answer[name]:.2f}" for name in ("compile", "solve")]
    solved = f"{answer['solved']}/{answer['total']}"
    return [*head, solved, str(answer["at_start"]), steps, *times, answer["answer"]]


def run_section(report: Report, section: Section, seeds: int) -> list[Figure]:
    """Measure and print a section; the figures that the project asks for."""
    report.write(f"## {section.title}\n")
    rows, figures = [], []
    for example in section.examples:
        for method, job in example.jobs:
            note(f"  {example.name}: {method}")
            answer = measured(job, seeds)
            rows.append(cells(example, method, answer))
            if method == DEFAULT and example.asked is not None:
                figures.append(figure(example, example.asked, answer))
    report.table(HEADER, rows)
    return figures


def figure(example: Example, asked: float, answer: dict[str, Any]) -> Figure:
    """What was asked of an example beside what was measured."""
    text = f"{example.name}: at least {asked:.0%}"
    if "unavailable" in answer:
        return Figure(text, answer["unavailable"], False)
    solved, total = answer["solved"], answer["total"]
    return Figure(text, f"{solved} of {total}", solved >= asked * total)


def compile_seconds(bits: int) -> dict[str, float]:
    """Seconds of a whole process that compiles a multiplier and takes no step."""
    command = [*odesolve_command(), "multiply", "_", "_", str(2 ** (2 * bits - 1) + 1)]
    command += ["--bits", str(bits), "--no-presolve", "--max-steps", "0", "--json", "--quiet"]
    ran = run_process(command, limit=600, variables=COLD)
    if ran.code not in (0, 1) or not ran.output.startswith("{"):
        raise RuntimeError(f"{' '.join(command)} failed:\n{ran.errors}")
    answer = json.loads(ran.output)
    clauses = answer["problem"]["clauses"]
    return {"compile": answer["time"]["compile"], "process": ran.seconds, "clauses": clauses}


def run_compilation(report: Report, repeats: int) -> list[Figure]:
    """Compile times of wide multipliers."""
    report.write("## Compilation\n")
    report.write(
        f"Medians of {repeats} whole processes without a cache: `odesolve multiply _ _ N --bits B "
        "--no-presolve --max-steps 0`. The article's way took 36 s for 3 x 3 bits and 119 s for "
        "5 x 5 on such a machine; the article gave up on 8 x 8 after 30 minutes.\n"
    )
    rows, figures = [], []
    for bits, limit in COMPILE_LIMITS.items():
        note(f"  compiling {bits} x {bits}")
        asked = f"{bits} x {bits}-bit multiplier compiles in at most {limit:g} s"
        try:
            times = [compile_seconds(bits) for _ in range(repeats)]
        except RuntimeError as error:
            note(str(error))
            rows.append([f"{bits} x {bits}", "", "failed", ""])
            figures.append(Figure(asked, "failed", False))
            continue
        median, process = (statistics.median(t[k] for t in times) for k in ("compile", "process"))
        clauses = f"{times[0]['clauses']:.0f}"
        rows.append([f"{bits} x {bits}", clauses, f"{median:.2f}", f"{process:.2f}"])
        figures.append(Figure(asked, f"{median:.2f} s", median <= limit))
    report.table(("multiplier", "clauses", "trace and compile s", "whole process s"), rows)
    return figures


def _chosen(titles: Sequence[str], title: str) -> bool:
    return not titles or any(title.lower().startswith(prefix.lower()) for prefix in titles)


@click.command()
@click.option(
    "--section",
    "titles",
    multiple=True,
    metavar="TITLE",
    help="Only the sections whose titles begin so: potentials, three, addition, prime, beyond, "
    "compilation. Repeatable. [default: all]",
)
@click.option("--seeds", type=click.IntRange(1), help="Runs of each batch. [default: 100]")
@click.option("--quick", is_flag=True, help="Few seeds and pairs: a smoke test.")
@OUTPUT_OPTION
def main(titles: tuple[str, ...], seeds: int | None, quick: bool, output: Path | None) -> None:
    """Run every example of the article, as Markdown tables."""
    report = begun(output, "The article's examples")
    report.write(METHOD)
    count = seeds or (QUICK_SEEDS if quick else SEEDS)
    figures: list[Figure] = []
    for section in sections(quick):
        if _chosen(titles, section.title):
            note(section.title)
            figures += run_section(report, section, count)
    if _chosen(titles, "Compilation"):
        note("Compilation")
        figures += run_compilation(report, 1 if quick else 3)
    report.write("## Figures\n")
    report.figures(figures, shortened=quick or count != SEEDS)


if __name__ == "__main__":
    main()
