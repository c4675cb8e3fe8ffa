"""``odesolve add``, ``odesolve subtract`` and ``odesolve multiply``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from odesolve.cli.numbers import NumberCommand, natural_or_unknown
from odesolve.cli.options import SolveOptions, shared_options
from odesolve.cli.output import (
    describe_run,
    exit_code,
    note,
    parameters_line,
    print_json,
    print_statistics,
)

if TYPE_CHECKING:
    from odesolve.problems.arithmetic import ArithmeticResult

Solver = Callable[..., "ArithmeticResult"]

#: The result's sign and the operands' order in print.
EQUATIONS = {
    "add": ("a", "+", "b", "sum"),
    "subtract": ("minuend", "-", "subtrahend", "difference"),
    "multiply": ("a", "x", "b", "product"),
}


def _query_options(function: Any) -> Any:
    for option in reversed(
        [
            click.option("--bits", type=click.IntRange(1, 4096), metavar="N",
                         help="Width of the operands. [default: by the known numbers]"),
            click.option("--solutions", type=click.IntRange(1, 100_000), default=1, metavar="K",
                         help="Look for K different answers."),
            click.option("--encoding", type=click.Choice(["clauses", "relation"]),
                         help="Cells as clauses, or as one potential each as in the article. "
                         "[default: clauses]"),
            click.option("--implicates", type=click.Choice(["prime", "irredundant"]),
                         help="Which clauses of a cell. [default: prime]"),
        ]
    ):  # fmt: skip
        function = option(function)
    return function


def _command(name: str, help_text: str, arguments: tuple[str, str, str]) -> Any:
    """A command of three numbers, the last of which may be left out."""

    def decorate(function: Any) -> Any:
        wrapped = shared_options(_query_options(function))
        for argument in reversed(arguments):
            required = argument != arguments[2]
            wrapped = click.argument(argument.lower(), metavar=argument, required=required)(wrapped)
        return click.command(name, help=help_text, cls=NumberCommand)(wrapped)

    return decorate


@_command(
    "add",
    "Solve A + B = SUM in natural numbers; '_' is unknown, and any of the three may be.",
    ("A", "B", "SUM"),
)
@click.option("--linear", is_flag=True, help="One linear equality over all bits, no adders.")
def add_command(
    a: str, b: str, sum: str | None, linear: bool, options: SolveOptions, **choices: Any
) -> int:
    """Run an addition in any direction."""
    from odesolve.problems.arithmetic import add

    return _run("add", add, (a, b, sum), options, linear=linear, **choices)


@_command(
    "subtract",
    "Solve MINUEND - SUBTRAHEND = DIFFERENCE in natural numbers; '_' is unknown.",
    ("MINUEND", "SUBTRAHEND", "DIFFERENCE"),
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
    from odesolve.problems.arithmetic import subtract

    numbers = (minuend, subtrahend, difference)
    return _run("subtract", subtract, numbers, options, linear=linear, **choices)


@_command(
    "multiply",
    "Solve A x B = PRODUCT in natural numbers; '_' is unknown, and any of the three may be.",
    ("A", "B", "PRODUCT"),
)
@click.option(
    "--multiplier", type=click.Choice(["array", "carry-save", "dadda"]), default="array",
    show_default=True, help="The circuit.",
)  # fmt: skip
def multiply_command(
    a: str, b: str, product: str | None, options: SolveOptions, **choices: Any
) -> int:
    """Run a multiplication in any direction."""
    from odesolve.problems.arithmetic import multiply

    return _run("multiply", multiply, (a, b, product), options, **choices)


def _run(
    operation: str,
    solver: Solver,
    texts: tuple[str, str, str | None],
    options: SolveOptions,
    *,
    encoding: str | None,
    implicates: str | None,
    **choices: Any,
) -> int:
    from odesolve.cli.device import choose_device
    from odesolve.cli.progress import progress_line

    choices |= _form(encoding, implicates, linear=choices.get("linear", False))
    options.refuse(output=options.output, plot=options.plot)
    recorder = options.recorder()
    numbers = [natural_or_unknown(text) for text in texts]
    choose_device(options.device)
    with progress_line(options.progress) as report:
        result = solver(
            *numbers,
            preset=options.preset,
            dynamics=options.dynamics,
            stepper=options.stepper,
            parameters=options.parameters,
            presolve=options.presolve,
            progress=report,
            recorder=recorder,
            options={k: v for k, v in options.for_engine().items() if v is not None},
            **choices,
        )
    if options.as_json:
        print_json(result.to_json(statistics=options.all_runs))
    else:
        _print_text(operation, result, options)
    options.save_trace(recorder)
    return exit_code(result.status, result.run.reason)


def _form(encoding: str | None, implicates: str | None, *, linear: bool) -> dict[str, Any]:
    """The keyword that says how cells are handed to the dynamics, if the user said anything.

    Raises:
        click.UsageError: if what the user said would have no effect.
    """
    from odesolve.problems.relation_forms import Form

    if linear and (encoding or implicates):
        name = "encoding" if encoding else "implicates"
        raise click.UsageError(f"--{name} has no use with --linear")
    if encoding == "relation" and implicates:
        raise click.UsageError("--implicates has no use with --encoding relation")
    if not encoding and not implicates:
        return {}
    return {"form": Form(encoding or "clauses", implicates or "prime")}  # type: ignore[arg-type]


def _print_text(operation: str, result: ArithmeticResult, options: SolveOptions) -> None:
    first, sign, second, total = EQUATIONS[operation]
    for numbers in result.solutions:
        click.echo(f"{numbers[first]} {sign} {numbers[second]} = {numbers[total]}")
    run = result.run
    if not result.satisfied:
        click.echo(f"{result.status}: {result.reason_text}")
    if options.all_runs and len(run.runs):
        print_statistics(run.runs.statistics(), len(run.runs))
    if options.quiet:
        return
    if result.satisfied:
        for text in result.answer.notes:
            note(text)
    if len(run.runs):
        note(describe_run(run))
        if options.verbose:
            note(parameters_line(run.parameters))
