"""``odesolve factor``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from odesolve.cli.numbers import NumberCommand, natural
from odesolve.cli.options import SolveOptions, shared_options
from odesolve.cli.output import details, exit_code, note, print_json

if TYPE_CHECKING:
    from odesolve.problems.factoring.result import FactorResult


@click.command(
    "factor",
    cls=NumberCommand,
    examples=(
        "odesolve factor 1_022_117",
        "odesolve factor 143 --split --seed 1 --json",
    ),
)
@click.argument("number", metavar="N")
@click.option("--split", is_flag=True, help="Stop at one split into two factors.")
@shared_options
def command(number: str, split: bool, options: SolveOptions) -> int:
    """Print the prime factorization of N.

    Powers of two are read off the low bits and primality is decided by sympy; every other split
    is found by integrating a multiplier whose product is fixed to N.
    """
    from odesolve.cli.device import choose_device
    from odesolve.cli.progress import progress_line
    from odesolve.problems.factoring.solve import factor

    options.refuse(
        output=options.output, plot=options.plot, trace=options.trace, all_runs=options.all_runs
    )
    value = natural(number)
    choose_device(options.device, quiet=options.quiet, devices=options.devices)
    with progress_line(options.progress) as report:
        result = factor(
            value,
            split=split,
            **options.for_problem(),
            progress=report,
            **options.for_engine(),
        )
    if options.as_json:
        print_json(result.to_json())
    else:
        _print_text(result, options)
    return exit_code(result.status, result.run.reason)


def _print_text(result: FactorResult, options: SolveOptions) -> None:
    click.echo(str(result))
    if not result.satisfied:
        click.echo(f"unknown: {result.reason_text}; the number in parentheses is not split")
    if options.quiet:
        return
    for record in result.splits:
        note(record.summary())
    if options.verbose:
        for text in details(result.run):
            note(text)
