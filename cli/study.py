"""``odesolve study``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from odesolve.cli.clock import budget_of
from odesolve.cli.exit_codes import BUDGET_SPENT, INTERRUPTED, SOLVED
from odesolve.cli.help import Command, complete_files
from odesolve.cli.options import checked_seconds
from odesolve.cli.output import note, print_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from odesolve.problems.studies.result import StudyProgress, StudyResult


@click.command(
    "study",
    cls=Command,
    examples=(
        "odesolve study ratios.toml --workers 4 --export ratios.parquet",
        "odesolve study ratios.toml --folder /shared/ratios --time-limit 3600",
    ),
)
@click.argument("study", metavar="STUDY.toml", shell_complete=complete_files)
@click.option(
    "--workers",
    type=click.IntRange(1, 4096),
    metavar="N",
    help="Processes that solve cells at the same time. [default: one for each processor]",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Have the Dask cluster of this scheduler solve the cells, as tcp://host:8786.",
)
@click.option(
    "--folder",
    type=click.Path(),
    metavar="FOLDER",
    help="Share the study with all processes that are given this folder, on any machines.",
)
@click.option(
    "--merge", is_flag=True, help="Gather the rows of FOLDER in the results, and solve nothing."
)
@click.option(
    "--stale-after",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="SEC",
    help="With --folder: take back what a process claimed that gives no sign of life for so long.",
)
@click.option(
    "--again",
    multiple=True,
    metavar="SETTING",
    help="Solve the cells of this setting again, though they have rows. Repeatable.",
)
@click.option(
    "--time-limit",
    type=float,
    default=float("inf"),
    show_default=True,
    callback=checked_seconds,
    metavar="SEC",
    help="Wall-clock budget of this call; cells that are left wait for the next.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, nothing else.")
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    metavar="FILE.sqlite",
    help="The results. [default: STUDY.sqlite, beside STUDY.toml]",
)
@click.option(
    "--export",
    "exported",
    type=click.Path(),
    metavar="FILE.csv|.parquet",
    help="Write the rows there, too. [default: a CSV file beside the results]",
)
@click.option("-q", "--quiet", is_flag=True, help="No notes on standard error.")
@click.option(
    "--progress/--no-progress",
    default=None,
    help="A table on a terminal, a line for each cell elsewhere. [default: on a terminal]",
)
def command(
    study: str,
    output: str | None,
    exported: str | None,
    as_json: bool,
    quiet: bool,
    progress: bool | None,
    time_limit: float,
    **choices: Any,
) -> int:
    """Solve every cell of STUDY.toml: instances x settings x seeds, each once.

    A cell becomes a row of the results, an SQLite file, as soon as it is solved. Given again, the
    command solves the cells that have no row yet, whatever was killed before; cells that were added
    to STUDY.toml are solved, and rows of cells that it no longer has are kept, unseen. 'odesolve
    report' prints and draws what the rows say.

    Exit codes: 0 every cell has a row, 1 the budget is spent and cells are left, 2 bad input or
    usage, 130 interrupted.
    """
    from odesolve.problems.studies.export import check_export, export
    from odesolve.problems.studies.solve import study as solved

    if exported is not None:
        if choices["folder"] is not None and not choices["merge"]:
            raise click.UsageError("--export needs the rows of all: with --folder, also --merge")
        check_export(exported)
    with _watched(progress) as report:
        result = solved(
            study,
            results=output,
            time_limit=budget_of(time_limit),
            progress=report,
            **choices,
        )
    if exported is not None:
        export(exported, result.rows)
    if as_json:
        print_json(result.to_json())
    else:
        _print_text(result)
        for text in () if quiet else result.notes:
            note(text)
    if result.reason == "interrupted":
        return INTERRUPTED
    return SOLVED if result.complete else BUDGET_SPENT


def _print_text(result: StudyResult) -> None:
    reasons = {"time": "the time limit is reached", "interrupted": "interrupted"}
    done = result.total - result.left
    left = f", {result.left} are left" if result.left else ""
    why = f" ({reasons[result.reason]})" if result.reason in reasons else ""
    click.echo(f"{result.name}: {done} of {result.total} cells done{left}{why}")
    statuses = result.to_json()["statuses"]
    if statuses:
        click.echo(", ".join(f"{count} {status}" for status, count in statuses.items()))
    if result.hidden:
        click.echo(f"{result.hidden} rows of cells that the study no longer has are kept")
    click.echo(f"rows: {result.results}")


@contextmanager
def _watched(wanted: bool | None) -> Iterator[Callable[[StudyProgress], None] | None]:
    """What to call with each row: a table that is drawn anew on a terminal, a line elsewhere."""
    import sys

    terminal = sys.stderr is not None and sys.stderr.isatty()
    if not (terminal if wanted is None else wanted):
        yield None
    elif terminal:
        from odesolve.cli.study_table import StudyTable

        with StudyTable().live() as table:
            yield table.update
    else:
        yield _line


def _line(progress: StudyProgress) -> None:
    count = f"{progress.done}/{progress.total}"
    row = progress.row
    if row is None:
        note(f"{count} cells done")
        return
    found = row.result
    energy = "" if found.energy is None else f", energy {found.energy:g}"
    note(
        f"{count} {row.instance}, {row.setting}, seed {row.seed}: {found.status}{energy} "
        f"after {found.seconds:.2f} s"
    )
