"""``odesolve add``, ``odesolve subtract`` and ``odesolve multiply``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from odesolve.cli.answers import answer_and_print, answer_options
from odesolve.cli.numbers import NumberCommand, natural_or_unknown
from odesolve.cli.options import SolveOptions, shared_options

if TYPE_CHECKING:
    from odesolve.problems.arithmetic.solve import ArithmeticResult

Solver = Callable[..., "ArithmeticResult"]

#: The result's sign and the operands' order in print.
EQUATIONS = {
    "add": ("a", "+", "b", "sum"),
    "subtract": ("minuend", "-", "subtrahend", "difference"),
    "multiply": ("a", "x", "b", "product"),
}


_bits_option = click.option(
    "--bits", type=click.IntRange(1, 2048), metavar="N",
    help="Width of the operands: at most 2048 to add, 128 to multiply, 28 with --linear. "
    "[default: by the known numbers]",
)  # fmt: skip


def _command(
    name: str, help_text: str, arguments: tuple[str, str, str], examples: tuple[str, ...]
) -> Any:
    """A command of three numbers, the last of which may be left out."""

    def decorate(function: Any) -> Any:
        wrapped = shared_options(_bits_option(answer_options(function)))
        for argument in reversed(arguments):
            required = argument != arguments[2]
            wrapped = click.argument(argument.lower(), metavar=argument, required=required)(wrapped)
        return click.command(name, help=help_text, cls=NumberCommand, examples=examples)(wrapped)

    return decorate


@_command(
    "add",
    "Solve A + B = SUM in natural numbers; '_' is unknown, and any of the three may be.",
    ("A", "B", "SUM"),
    ("odesolve add 25 17", "odesolve add _ 17 42 --solutions 2"),
)
@click.option("--linear", is_flag=True, help="One linear equality over all bits, no adders.")
def add_command(
    a: str, b: str, sum: str | None, linear: bool, options: SolveOptions, **choices: Any
) -> int:
    """Run an addition in any direction."""
    from odesolve.problems.arithmetic.solve import add

    return _run("add", add, (a, b, sum), options, linear=linear, **choices)


@_command(
    "subtract",
    "Solve MINUEND - SUBTRAHEND = DIFFERENCE in natural numbers; '_' is unknown.",
    ("MINUEND", "SUBTRAHEND", "DIFFERENCE"),
    ("odesolve subtract 42 17", "odesolve subtract _ 17 25 --linear"),
)
@click.option("--linear", is_flag=True, help="One linear equality over all bits, no adders.")
def subtract_command(
    minuend: str,
    subtrahend: str,
    difference: str | None,
    linear: bool,
    options: SolveOptions,
    **choices: Any,
) -> int:
    """Run an addition backwards."""
    from odesolve.problems.arithmetic.solve import subtract

    numbers = (minuend, subtrahend, difference)
    return _run("subtract", subtract, numbers, options, linear=linear, **choices)


@_command(
    "multiply",
    "Solve A x B = PRODUCT in natural numbers; '_' is unknown, and any of the three may be.",
    ("A", "B", "PRODUCT"),
    ("odesolve multiply 6 7", "odesolve multiply _ _ 143 --bits 4 --solutions 2"),
)
@click.option(
    "--multiplier", type=click.Choice(["array", "carry-save", "dadda"]), default="array",
    show_default=True, help="The circuit.",
)  # fmt: skip
def multiply_command(
    a: str, b: str, product: str | None, options: SolveOptions, **choices: Any
) -> int:
    """Run a multiplication in any direction."""
    from odesolve.problems.arithmetic.solve import multiply

    return _run("multiply", multiply, (a, b, product), options, **choices)


def _run(
    operation: str,
    solver: Solver,
    texts: tuple[str, str, str | None],
    options: SolveOptions,
    **choices: Any,
) -> int:
    numbers = [natural_or_unknown(text) for text in texts]
    first, sign, second, total = EQUATIONS[operation]

    def shown(values: dict[str, int]) -> str:
        return f"{values[first]} {sign} {values[second]} = {values[total]}"

    return answer_and_print(lambda **own: solver(*numbers, **own), shown, options, **choices)
