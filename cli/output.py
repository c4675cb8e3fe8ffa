"""What every solving command prints the same way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

from odesolve.cli.exit_codes import BUDGET_SPENT, INFEASIBLE, INTERRUPTED, SOLVED
from odesolve.processes import is_first

if TYPE_CHECKING:
    from odesolve.results import Result


#: Why there is no answer at all.
UNREAD = "the time limit is reached before the file is read"


def note(text: str) -> None:
    """A remark on standard error; lost where that cannot be written: the answer matters more.

    Of processes that solve together, the first remarks for all.
    """
    if is_first():
        say(text)


def say(text: str) -> None:
    """A line on standard error, of any process."""
    with suppress(OSError, ValueError):
        click.echo(text, err=True)


def printable(name: str) -> str:
    """A name as it stands, or as a JSON string if it could break a line or a terminal."""
    if name and name.isprintable() and not any(character.isspace() for character in name):
        return name
    import json

    return json.dumps(name)


@contextmanager
def problem_named(path: str) -> Iterator[None]:
    """Name the file in what is wrong with the problem that it holds.

    Raises:
        InputError: with the file as its place, instead of "problem".
    """
    from odesolve.problems.errors import PROBLEM, InputError

    try:
        yield
    except InputError as error:
        if error.place != PROBLEM:
            raise
        raise InputError(path, error.message) from None


@contextmanager
def named_in_errors(path: str) -> Iterator[None]:
    """Name the file in whatever goes wrong with writing it.

    Raises:
        InputError: instead of OSError.
    """
    try:
        yield
    except OSError as error:
        from odesolve.problems.errors import InputError

        reason = error.strerror or str(error)
        raise InputError(path, f"cannot be written: {reason}") from None


def print_json(document: dict[str, Any]) -> None:
    """One JSON object on one line, with the version."""
    import json

    from odesolve import __version__

    click.echo(json.dumps(document | {"version": __version__}, allow_nan=False))


def print_unread(path: str, seed: int) -> None:
    """The JSON object of a command whose time was up before its input was read."""
    from odesolve.results import Reason, Status, nothing_integrated

    unread = nothing_integrated(Status.UNKNOWN, Reason.TIME, seed)
    own = {"solution": None, "problem": None}
    print_json(unread.document(own, violated=None, notes=[f"{path}: {UNREAD}"]))


def report_unread(path: str, seed: int, *, as_json: bool) -> int:
    """Say that time was up before the input was read; the exit code."""
    if as_json:
        print_unread(path, seed)
    else:
        click.echo(f"unknown: {UNREAD}")
    return BUDGET_SPENT


def print_statistics(statistics: dict[str, Any], runs: int) -> None:
    """Solved fraction and quantiles of a batch."""
    click.echo(f"  runs solved: {statistics['solved_fraction']:.1%} of {runs}")
    for name, key in (("steps", "steps_quantiles"), ("violated", "violated_quantiles")):
        quantiles = statistics[key]
        if quantiles:
            shown = ", ".join(f"{float(q):.0%} {value:g}" for q, value in quantiles.items())
            click.echo(f"  {name} by quantile: {shown}")


def describe_run(run: Result) -> str:
    """The dynamics, its effort and its time, on one line."""
    preset = f" ({run.preset})" if run.preset else ""
    kernels = ", native kernels" if run.kernels == "native" else ""
    return (
        f"{run.dynamics}{preset} on {run.device}{kernels}: "
        f"{run.steps} steps of {len(run.runs)} runs, "
        f"{run.times.compile:.2f} s to compile, {run.times.solve:.2f} s to solve"
    )


def details(run: Result) -> list[str]:
    """Every parameter and its value, and what had to be compiled: a line each."""
    if not run.parameters:
        return []
    found, lines = run.compiled, [", ".join(f"{n} {value}" for n, value in run.parameters.items())]
    if found.hits or found.misses:
        lines.append(f"functions: {found.hits} compiled before, {found.misses} compiled now")
    return lines


def exit_code(status: str, reason: str) -> int:
    """The exit code of a status and its reason."""
    if reason == "interrupted":
        return INTERRUPTED
    if status == "satisfied":
        return SOLVED
    return INFEASIBLE if status == "infeasible" else BUDGET_SPENT
