"""``odesolve relate``."""

from __future__ import annotations

from typing import Any

import click

from odesolve.cli.answers import answer_and_print, answer_options
from odesolve.cli.help import Command
from odesolve.cli.options import SolveOptions, shared_options


def parse_bits(_: click.Context, __: click.Parameter, texts: tuple[str, ...]) -> dict[str, int]:
    """NAME=BIT options as a dictionary."""
    bits: dict[str, int] = {}
    for text in texts:
        name, _equals, bit = (part.strip() for part in text.partition("="))
        if not name or bit not in ("0", "1"):
            raise click.BadParameter(f"{text!r} is not NAME=0 or NAME=1")
        if bits.setdefault(name, int(bit)) != int(bit):
            raise click.BadParameter(f"{name} cannot be both 0 and 1")
    return bits


def _shown(values: dict[str, int]) -> str:
    return ", ".join(f"{name} = {bit}" for name, bit in values.items())


@click.command(
    "relate",
    cls=Command,
    examples=(
        "odesolve relate 'c == (a & b)' --fix c=1",
        "odesolve relate 'a ^ b' 'b >> c' --solutions 3",
    ),
)
@click.argument("relations", metavar="RELATION...", nargs=-1, required=True)
@click.option("--fix", "fixed", multiple=True, callback=parse_bits, metavar="NAME=BIT",
              help="Fix a variable to 0 or 1. Repeatable.")  # fmt: skip
@answer_options
@shared_options
def command(
    relations: tuple[str, ...], fixed: dict[str, int], options: SolveOptions, **choices: Any
) -> int:
    """Find bits that make every RELATION true.

    A RELATION is a Boolean expression of up to 12 variables, such as 'c == (a & b)', with the
    operators of 'odesolve fourier'. Variables of the same name are the same, any of them may be
    fixed, and the rest is solved for.
    """
    from odesolve.problems.relations.relate import relate

    return answer_and_print(
        lambda **own: relate(*relations, fixed=fixed, **own), _shown, options, **choices
    )
