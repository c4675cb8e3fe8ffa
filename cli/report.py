"""``odesolve report``."""

from __future__ import annotations

import click

from odesolve.cli.exit_codes import BUDGET_SPENT, SOLVED
from odesolve.cli.help import Command, complete_files
from odesolve.cli.output import note, print_json


@click.command(
    "report",
    cls=Command,
    examples=(
        "odesolve report ratios.toml -o ratios.md",
        "odesolve report ratios.sqlite --json",
    ),
)
@click.argument("study", metavar="STUDY", shell_complete=complete_files)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, nothing else.")
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    metavar="FILE.md",
    help="Write the tables there, and pictures beside: FILE-cactus.png and FILE-steps.png.",
)
@click.option("-q", "--quiet", is_flag=True, help="No notes on standard error.")
def command(study: str, as_json: bool, output: str | None, quiet: bool) -> int:
    """Print what the rows of STUDY say, as Markdown.

    STUDY is the file that 'odesolve study' was given, or its results. Told are: how much is solved;
    how steps grow with the size, with fitted exponents and bootstrapped intervals; the time to a
    solution with a probability of 99 % (TTT99), with intervals; every two settings compared, with
    sign tests; and what failed. -o writes this, and draws how many cells are solved within a time
    and the steps against the size.

    Exit codes: 0 every cell has a row, 1 some have none, 2 bad input or usage.
    """
    from odesolve.problems.files import check_writable
    from odesolve.problems.studies.reporting.report import study_report

    if output is not None:
        check_writable(output, (".md",))
    report = study_report(study)
    written = report.write(output) if output is not None else []
    if as_json:
        print_json(report.to_json())
    else:
        click.echo(report.markdown(), nl=False)
        for path in () if quiet else written:
            note(f"wrote {path}")
    return BUDGET_SPENT if report.left else SOLVED
