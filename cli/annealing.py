"""What ``odesolve ising`` and ``odesolve maxcut`` share: options, improvements, answers, files."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from odesolve.cli.options import SolveOptions
from odesolve.cli.output import (
    describe_run,
    details,
    exit_code,
    named_in_errors,
    note,
    print_json,
    printable,
    problem_named,
)
from odesolve.names import PICTURE_SUFFIXES

if TYPE_CHECKING:
    from odesolve.problems.ising.problem import IsingProblem
    from odesolve.problems.ising.result import Improvement, IsingProgress, IsingResult
    from odesolve.trajectory import Recorder

__all__ = ["annealed", "annealing_options", "check_paths"]

Function = TypeVar("Function", bound=Callable[..., Any])

#: Names printed of each value before the text says how many more there are.
NAMES_SHOWN = 200

#: Energies of the distribution that are printed.
ENERGIES_SHOWN = 10


def annealing_options(what: str) -> Callable[[Function], Function]:
    """The options of both commands besides the shared ones.

    Arguments:
        what: the quantity that ``--target`` is of.
    """
    options = (
        click.option(
            "--format",
            "file_format",
            metavar="NAME",
            help="Such as rudy or qubo; an unknown one lists all. "
            "[default: by content and extension]",
        ),
        click.option(
            "--target", metavar="VALUE", help=f"Stop at this {what}, or a better one."
        ),
        click.option(
            "--hint", type=click.Path(), metavar="FILE",
            help="Values to begin near, of all or some.",
        ),
        click.option(
            "--fix", "fixed", multiple=True, metavar="NAME=VALUE",
            help="Fix a variable: -1 or 1, of bits 0 or 1. Repeatable.",
        ),
    )  # fmt: skip

    def decorated(function: Function) -> Function:
        for option in reversed(options):
            function = option(function)
        return function

    return decorated


def annealed(
    path: str,
    problem: IsingProblem,
    is_cut: bool,
    target: str | None,
    hint: str | None,
    fixed: tuple[str, ...],
    options: SolveOptions,
) -> int:
    """Solve, print and write; the exit code.

    Raises:
        InputError: an option cannot be used.
    """
    from odesolve.problems.errors import InputError, quote
    from odesolve.problems.exact_text import exact_number
    from odesolve.problems.ising.answers import fixed_value, label_texts, read_answer

    wanted = None if target is None else exact_number(target.strip(), "--target")
    values: dict[int, int] = {}
    for text in fixed:
        spin, value = fixed_value(text, problem)
        if values.setdefault(spin, value) != value:
            name = quote(label_texts(problem)[spin])
            raise InputError("--fix", f"variable {name} is fixed twice", "one value for a variable")
    near = None if hint is None else read_answer(hint, problem).spins
    recorder = options.recorder()
    with problem_named(path):
        result = _solve(problem, is_cut, wanted, near, values, recorder, options)
    # The answer comes first: a file that cannot be written must not swallow it.
    if options.as_json:
        print_json(result.to_json(statistics=options.all_runs))
    else:
        _print_text(result, options)
    _write_files(result, options)
    # Presolve may have left spins of which the first guess was good enough.
    options.save_trace(recorder, has_guessed=result.run.reason != "proved")
    return exit_code(result.status, result.run.reason)


def check_paths(options: SolveOptions) -> None:
    """Refuse output files before a long solve, not after it, and options without a use.

    Raises:
        InputError: a file that could not be written.
        click.UsageError: an option.
    """
    kernels = None if options.kernels == "auto" else options.kernels
    options.refuse(patience=options.patience, distributed=options.distributed, kernels=kernels)
    from odesolve.problems.files import check_writable
    from odesolve.problems.ising.answers import check_answer_path

    if options.output is not None:
        check_answer_path(options.output)
    if options.plot is not None:
        check_writable(options.plot, PICTURE_SUFFIXES)
    if options.trace is not None:
        check_writable(options.trace, (".npz",))


def _solve(
    problem: IsingProblem,
    is_cut: bool,
    target: Any,
    near: Any,
    values: dict[int, int],
    recorder: Recorder | None,
    options: SolveOptions,
) -> IsingResult:
    from odesolve.cli.device import choose_device
    from odesolve.cli.progress import progress_line
    from odesolve.problems.ising.solve import ising, maxcut

    def own(spins: dict[int, int]) -> dict[Any, int]:
        """Values by name, of the problem's own kind."""
        low = 0 if problem.is_binary else -1
        labels = problem.labels
        return {labels[spin]: low if value < 0 else 1 for spin, value in spins.items() if value}

    choose_device(options.device, quiet=options.quiet, devices=options.devices)
    what = "cut" if is_cut else "energy"

    def told(found: Improvement) -> None:
        """A line for each improvement, as soon as it is found."""
        value = problem.cut(found.energy) if is_cut else found.energy
        click.echo(f"{what} {_number(value)} after {found.seconds:.2f} s")
        if sys.stdout is not None:
            sys.stdout.flush()

    def described(glance: IsingProgress) -> str:
        value = problem.cut(glance.energy) if is_cut else glance.energy
        return (
            f"{glance.seconds:.1f} s, {glance.steps} steps ({glance.steps_per_second:.0f}/s): "
            f"{what} {_number(value)} best; {glance.anneals} anneals of {glance.runs} runs"
        )

    given: dict[str, Any] = {
        "hint": None if near is None else own(dict(enumerate(near.tolist()))),
        "fixed": own(values),
        "target": target,
        "improved": None if options.as_json else told,
        "recorder": recorder,
        **options.for_problem(),
        **options.for_engine(),
    }
    with progress_line(options.progress, described) as report:
        solver = maxcut if is_cut else ising
        return solver(problem, progress=report, **given)


def _number(value: Any) -> str:
    """An exact number as people read it: fractions as decimals, rounded if these are long."""
    from odesolve.problems.exact_text import decimal_text

    text = decimal_text(value)
    if text is not None and (isinstance(value, int) or len(text) <= 24):
        return text
    return f"{float(value):.12g}"


def _print_text(result: IsingResult, options: SolveOptions) -> None:
    what, value = ("cut", result.cut) if result.is_cut else ("energy", result.energy)
    click.echo(f"{what} {_number(value)}: {_verdict(result)}")
    _print_sides(result)
    if options.all_runs and result.samples:
        _print_statistics(result, what)
    if options.quiet:
        return
    for text in result.notes:
        note(text)
    if len(result.run.runs):
        note(describe_run(result.run))
        if options.verbose:
            for text in details(result.run):
                note(text)


def _verdict(result: IsingResult) -> str:
    if result.status == "infeasible":
        return "proved the best, which misses the target"
    if result.optimal:
        return "proved the best"
    if result.satisfied:
        return "the target is reached"
    return f"the best so far; {result.run.reason.text}"


def _print_sides(result: IsingResult) -> None:
    """The variables of each value, as far as a person would read."""
    from odesolve.problems.ising.answers import label_texts

    texts = [printable(text) for text in label_texts(result.problem)]
    low = 0 if result.problem.is_binary else -1
    for value in (low, 1):
        own = [t for t, v in zip(texts, result.values.tolist(), strict=True) if v == value]
        if own:
            hidden = len(own) - NAMES_SHOWN
            more = f" ... and {hidden} more (-o FILE or --json gives all)" if hidden > 0 else ""
            click.echo(f"  {value:2}: {' '.join(own[:NAMES_SHOWN])}{more}")


def _print_statistics(result: IsingResult, what: str) -> None:
    """The distribution of energies, and how likely and how fast the target is reached."""
    counts = sorted(Counter(result.samples).items())
    shown = [(result.problem.cut(e) if result.is_cut else e, n) for e, n in counts]
    listed = ", ".join(f"{_number(value)} x {count}" for value, count in shown[:ENERGIES_SHOWN])
    more = ", ..." if len(shown) > ENERGIES_SHOWN else ""
    click.echo(f"  {what} of {len(result.samples)} anneals: {listed}{more}")
    success = result.success
    value = result.problem.cut(success.energy) if result.is_cut else success.energy
    low, high = success.interval
    click.echo(
        f"  {what} {_number(value)} or better: {success.hits} of {success.anneals}, "
        f"{success.probability:.1%} ({low:.1%} to {high:.1%})"
    )
    if success.seconds is not None:
        fast, slow = success.seconds_interval
        until = "any time" if slow is None else f"{slow:.3g} s"
        click.echo(f"  seen with 99 % in {success.seconds:.3g} s ({fast:.3g} s to {until})")


def _write_files(result: IsingResult, options: SolveOptions) -> None:
    if options.output is not None:
        from odesolve.problems.ising.answers import write_answer

        write_answer(options.output, result.problem, result.values, _extra(result))
    if options.plot is not None:
        from odesolve.problems.ising.plot import plot_ising

        with named_in_errors(options.plot):
            plot_ising(options.plot, result)


def _extra(result: IsingResult) -> dict[str, Any]:
    """What a file says besides the values."""
    from odesolve.problems.ising.result import written

    own = {"cut": written(result.cut)} if result.is_cut else {}
    return {
        "energy": written(result.energy), **own, "optimal": result.optimal, "seed": result.run.seed
    }  # fmt: skip
