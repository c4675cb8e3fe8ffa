"""What the commands share that look for one answer or several: relations, and arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from odesolve.cli.options import SolveOptions
from odesolve.cli.output import (
    describe_run,
    details,
    exit_code,
    note,
    print_json,
    print_statistics,
)

if TYPE_CHECKING:
    from odesolve.problems.arithmetic.solve import ArithmeticResult
    from odesolve.problems.relations.form import Encoding, Implicates
    from odesolve.problems.relations.relate import RelationsResult

    Found = ArithmeticResult | RelationsResult


def answer_options(function: Any) -> Any:
    """Add --solutions, --encoding and --implicates to a command."""
    for option in reversed(
        [
            click.option("--solutions", type=click.IntRange(1, 100_000), default=1, metavar="K",
                         show_default=True, help="Look for K different answers."),
            click.option("--encoding", type=click.Choice(["clauses", "relation"]),
                         help="Relations as clauses, or as one potential each as in the article. "
                         "[default: clauses]"),
            click.option("--implicates", type=click.Choice(["prime", "irredundant"]),
                         help="Which clauses of a relation. [default: prime]"),
        ]
    ):  # fmt: skip
        function = option(function)
    return function


def answer_and_print(
    solver: Callable[..., Found],
    shown: Callable[[dict[str, int]], str],
    options: SolveOptions,
    *,
    encoding: Encoding | None,
    implicates: Implicates | None,
    **choices: Any,
) -> int:
    """Solve, print the answers, and give the exit code.

    Arguments:
        solver: takes the keywords that all these commands share, and ``choices``.
        shown: an answer as one line.

    Raises:
        click.UsageError: if an option would have no effect.
    """
    from odesolve.cli.device import choose_device
    from odesolve.cli.progress import progress_line

    choices |= _form(encoding, implicates, linear=choices.get("linear", False))
    options.refuse(output=options.output, plot=options.plot)
    recorder = options.recorder()
    choose_device(options.device, quiet=options.quiet, devices=options.devices)
    with progress_line(options.progress) as report:
        result = solver(
            **options.for_problem(),
            progress=report,
            recorder=recorder,
            options={k: v for k, v in options.for_engine().items() if v is not None},
            **choices,
        )
    if options.as_json:
        print_json(result.to_json(statistics=options.all_runs))
    else:
        _print_text(result, shown, options)
    options.save_trace(recorder)
    return exit_code(result.status, result.run.reason)


def _form(
    encoding: Encoding | None, implicates: Implicates | None, *, linear: bool
) -> dict[str, Any]:
    """The keyword that says how relations are handed to the dynamics, if the user said anything."""
    from odesolve.problems.relations.form import Form

    if linear and (encoding or implicates):
        name = "encoding" if encoding else "implicates"
        raise click.UsageError(f"--{name} has no use with --linear")
    if encoding == "relation" and implicates:
        raise click.UsageError("--implicates has no use with --encoding relation")
    if not encoding and not implicates:
        return {}
    return {"form": Form(encoding or "clauses", implicates or "prime")}


def _print_text(
    result: Found, shown: Callable[[dict[str, int]], str], options: SolveOptions
) -> None:
    for values in result.solutions:
        click.echo(shown(values))
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
            for text in details(run):
                note(text)
