"""``odesolve fourier``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from odesolve.cli.exit_codes import SOLVED
from odesolve.cli.help import Command
from odesolve.names import PICTURE_SUFFIXES

if TYPE_CHECKING:
    from odesolve.problems.relations.expressions import BooleanExpression


@click.command(
    "fourier",
    cls=Command,
    examples=(
        "odesolve fourier 'a ^ (b & c)'",
        "odesolve fourier 'a | b' --plot or.png --start 0.2,0.3",
    ),
)
@click.argument("expression", metavar="EXPRESSION")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, nothing else.")
@click.option(
    "--plot",
    type=click.Path(),
    metavar="FILE.png",
    help="Draw the potential of a relation of two variables, with a descent.",
)
@click.option(
    "--start", metavar="X,Y", help="Where the descent begins, each from 0 to 1. [default: 0.55,0.4]"
)  # fmt: skip
def command(expression: str, as_json: bool, plot: str | None, start: str | None) -> int:
    """Print the truth table, polynomials and prime terms of EXPRESSION.

    EXPRESSION has up to 12 variables, such as 'a ^ (b & c)'. The operators, from
    the tightest: ~ not, >> implies, & and, ^ exclusive or, | or, == equivalent, != not
    equivalent; 0 and 1 are constants. Variables are taken in order of appearance.
    """
    from odesolve.problems.relations.expressions import parse_boolean

    parsed = parse_boolean(expression)
    point = _checked_start(start, plot)
    if plot:
        _check_plot(plot, parsed)
    _print(parsed, as_json)
    if plot:
        from odesolve.problems.relations.fourier_plot import DEFAULT_START, plot_landscape

        plot_landscape(plot, parsed, point or DEFAULT_START)
    return SOLVED


def _checked_start(text: str | None, plot: str | None) -> tuple[float, float] | None:
    if text is None:
        return None
    if not plot:
        raise click.UsageError("--start needs --plot")
    parts = text.split(",")
    try:
        x, y = (float(part) for part in parts)
    except ValueError:
        x = y = float("nan")
    if not (0 <= x <= 1 and 0 <= y <= 1):
        raise click.UsageError(f"--start: {text!r} is not X,Y with both from 0 to 1")
    return x, y


def _check_plot(plot: str, expression: BooleanExpression) -> None:
    """Refuse a picture before anything is printed."""
    from odesolve.problems.errors import InputError
    from odesolve.problems.files import check_writable

    count = len(expression.variables)
    if count != 2:
        wrong = f"the expression has {count} variable{'' if count == 1 else 's'}"
        raise InputError("--plot", wrong, "a relation of exactly 2")
    check_writable(plot, PICTURE_SUFFIXES)


def _print(expression: BooleanExpression, as_json: bool) -> None:
    from odesolve.problems.relations.fourier_report import FourierReport

    report = FourierReport(expression)
    if not as_json:
        click.echo(report.to_text())
        return
    import json

    from odesolve import __version__

    click.echo(json.dumps(report.to_json() | {"version": __version__}, allow_nan=False))
