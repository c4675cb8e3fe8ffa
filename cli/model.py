"""``odesolve model``: a model of a user's own, in a language that constraint programmers have."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from odesolve.budget import OutOfTime
from odesolve.cli.clock import read_within
from odesolve.cli.help import Command, complete_files
from odesolve.cli.options import SolveOptions, prover_option, shared_options
from odesolve.cli.output import (
    describe_run,
    details,
    exit_code,
    note,
    print_json,
    print_statistics,
    problem_named,
    report_unread,
)

if TYPE_CHECKING:
    from odesolve.problems.models.flatzinc import FlatZinc
    from odesolve.problems.models.result import Improvement, ModelResult
    from odesolve.trajectory import Recorder

OUTPUT_SUFFIXES = (".json", ".dzn", ".txt")


@click.command(
    "model",
    cls=Command,
    examples=(
        "odesolve model queens.mzn --data n8.dzn --solutions 3",
        "odesolve model jobshop.fzn.gz --time-limit 60 -o schedule.json",
    ),
)
@click.argument("model", metavar="FILE", shell_complete=complete_files)
@click.option(
    "--data",
    type=click.Path(),
    multiple=True,
    metavar="FILE.dzn",
    help="Data of a model of MiniZinc. Repeatable.",
)
@click.option(
    "--target",
    type=int,
    metavar="VALUE",
    help="Stop at this objective, or a better one. [default: the best]",
)
@click.option(
    "--hint",
    type=click.Path(),
    metavar="FILE",
    help="Values to begin near, of all or some variables, as -o FILE.json writes them.",
)
@click.option(
    "--solutions",
    type=click.IntRange(1, 1_000_000),
    default=1,
    metavar="K",
    show_default=True,
    help="Look for K different solutions; without an objective.",
)
@prover_option
@shared_options
def command(
    model: str,
    data: tuple[str, ...],
    target: int | None,
    hint: str | None,
    solutions: int,
    prove: str,
    options: SolveOptions,
) -> int:
    """Look for values that hold every constraint of FILE, and for the best objective.

    FILE is a model of MiniZinc (.mzn, by the compiler minizinc on the PATH), FlatZinc (.fzn, also
    as JSON) or XCSP3 (.xml); FlatZinc and XCSP3 also compressed, or - for standard input. -o writes
    the answer as .json, or as data of MiniZinc (.dzn, .txt).

    Exit codes: 0 values were found (their objective need not be the best: the output says whether
    it is proved so); 1 the budget is spent; 3 proved that there are none.
    """
    from odesolve.problems.models.files import read_model

    options.refuse(plot=options.plot)
    _check_paths(options)
    try:
        read = read_within(options.budget, lambda: read_model(model, data, budget=options.budget))
    except OutOfTime:
        return report_unread(model, options.seed, as_json=options.as_json)
    if read.model.objective is None and target is not None:
        raise click.UsageError("--target has no use without an objective")
    if read.model.objective is not None and solutions > 1:
        raise click.UsageError("--solutions has no use with an objective")
    near = None
    if hint is not None:
        from odesolve.problems.models.hints import read_hint

        near = read_hint(hint, read)
    recorder = options.recorder()
    asked = {"target": target, "hint": near, "solutions": solutions, "prove": prove}
    with problem_named(model):
        result = _solve(read, asked, recorder, options)
    # The answer comes first: a file that cannot be written must not swallow it.
    if options.as_json:
        print_json(_document(read, result, options))
    else:
        _print_text(read, result, options)
    _write_answer(read, result, options)
    options.save_trace(recorder)
    return exit_code(result.status, result.run.reason)


def _check_paths(options: SolveOptions) -> None:
    if options.output is not None:
        from odesolve.problems.files import check_writable

        check_writable(options.output, OUTPUT_SUFFIXES)


def _solve(
    read: FlatZinc, asked: dict[str, Any], recorder: Recorder | None, options: SolveOptions
) -> ModelResult:
    from odesolve.cli.device import choose_device
    from odesolve.cli.progress import progress_line

    def told(found: Improvement) -> None:
        """A line for each improvement, as soon as it is found."""
        if found.objective is None:
            return
        click.echo(f"objective {found.objective} after {found.seconds:.2f} s")
        if sys.stdout is not None:
            sys.stdout.flush()

    choose_device(options.device, quiet=options.quiet, devices=options.devices)
    with progress_line(options.progress) as report:
        return read.model.solve(
            progress=report,
            recorder=recorder,
            improved=None if options.as_json else told,
            **asked,
            **options.for_problem(),
            **options.for_engine(),
        )


def _answers(read: FlatZinc, result: ModelResult) -> list[dict[str, Any]]:
    """Every solution by the names of the file's output; equal ones once."""
    found: list[dict[str, Any]] = []
    if result.satisfied:
        for values in result.solutions or (result.values,):
            answer = read.answer(values)
            if answer not in found:
                found.append(answer)
    return found


def _document(read: FlatZinc, result: ModelResult, options: SolveOptions) -> dict[str, Any]:
    """The JSON object: answers by the names of the file's output."""
    answers = _answers(read, result)
    own = {
        "solution": answers[0] if answers else None,
        "solutions": answers,
        "problem": {
            "variables": len(read.model.variables),
            "constraints": len(read.model.constraints),
        },
    }
    if result.best_effort is not None:
        own["best"] = read.answer(result.best_effort)
    document = result.to_json(statistics=options.all_runs)
    return {**{key: document.pop(key) for key in ("status", "reason")}, **own, **(document | own)}


def _print_text(read: FlatZinc, result: ModelResult, options: SolveOptions) -> None:
    click.echo(_verdict(read, result))
    for number, values in enumerate(_distinct(read, result)):
        if number:
            click.echo(f"solution {number + 1}:")
        for line in values:
            click.echo(f"  {line}")
    if options.all_runs and len(result.run.runs):
        print_statistics(result.run.runs.statistics(), len(result.run.runs))
    if options.quiet:
        return
    for text in result.notes:
        note(text)
    if len(result.run.runs):
        note(describe_run(result.run))
        if options.verbose:
            for text in details(result.run):
                note(text)


def _distinct(read: FlatZinc, result: ModelResult) -> list[tuple[str, ...]]:
    """The lines of every solution; those that show the same, once."""
    if not result.satisfied:
        return []
    shown = (tuple(read.lines(values)) for values in result.solutions or (result.values,))
    return list(dict.fromkeys(shown))


def _verdict(read: FlatZinc, result: ModelResult) -> str:
    sizes = f"{len(read.model.variables)} variables, {len(read.model.constraints)} constraints"
    if result.status == "infeasible":
        return f"infeasible: {result.proof or result.run.reason.text}"
    if not result.satisfied:
        violated = f"; {result.violated} constraints violated" if result.violated else ""
        return f"unknown: {result.run.reason.text}{violated}"
    if result.objective is None:
        complete = ", all solutions" if result.complete else ""
        return f"satisfied: {sizes}{complete}"
    if result.optimal:
        return f"objective {result.objective}: proved the best"
    bound = f", no better than {result.bound}" if result.bound is not None else ""
    return f"objective {result.objective}: the best so far{bound}; {result.run.reason.text}"


def _write_answer(read: FlatZinc, result: ModelResult, options: SolveOptions) -> None:
    if options.output is None:
        return
    if not result.satisfied:
        if not options.quiet:
            note(f"{options.output}: not written, since nothing was found")
        return
    import json

    from odesolve.problems.files import write_output

    if options.output.lower().endswith(".json"):
        write_output(options.output, json.dumps(read.answer(result.values)) + "\n")
    else:
        write_output(options.output, "".join(f"{line}\n" for line in read.lines(result.values)))
