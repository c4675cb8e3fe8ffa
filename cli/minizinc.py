"""``odesolve minizinc``: a solver of FlatZinc with the flags and the output that MiniZinc wants."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from odesolve.budget import OutOfTime
from odesolve.cli.clock import budget_of, read_within
from odesolve.cli.exit_codes import SOLVED
from odesolve.cli.help import Command, complete_files
from odesolve.cli.options import prover_option_of_all
from odesolve.cli.output import describe_run, details, note, problem_named

if TYPE_CHECKING:
    from odesolve.problems.models.flatzinc import FlatZinc
    from odesolve.problems.models.result import Improvement, ModelResult

_LARGEST = 2**31 - 1

SOLUTION = "----------"
COMPLETE = "=========="
UNSATISFIABLE = "=====UNSATISFIABLE====="
UNKNOWN = "=====UNKNOWN====="


@click.command(
    "minizinc",
    cls=Command,
    examples=(
        "odesolve minizinc --install",
        "odesolve minizinc queens.fzn -n 3 -s -t 60000",
    ),
)
@click.argument("flatzinc", metavar="[FILE.fzn]", required=False, shell_complete=complete_files)
@click.option(
    "-a",
    "--all-solutions",
    is_flag=True,
    help="Look for all solutions, or for the proof that an objective is the best.",
)
@click.option(
    "-n",
    "--num-solutions",
    "solutions",
    type=click.IntRange(1),
    metavar="K",
    default=1,
    show_default=True,
    help="Look for K different solutions; without an objective.",
)
@click.option(
    "-i",
    "--intermediate",
    "--intermediate-solutions",
    "intermediate",
    is_flag=True,
    help="Print every improvement: it is always done.",
)
@click.option("-s", "--statistics", is_flag=True, help="Print statistics as %%%mzn-stat lines.")
@click.option(
    "-t",
    "--time-limit",
    "milliseconds",
    type=click.FloatRange(0),
    metavar="MS",
    help="Wall-clock budget in milliseconds. [default: no limit]",
)
@click.option(
    "-p",
    "--parallel",
    "processors",
    type=click.IntRange(1, _LARGEST),
    metavar="N",
    help="Taken for MiniZinc's sake: all runs are integrated together. [default: all cores]",
)
@click.option(
    "-r",
    "--random-seed",
    "seed",
    type=click.IntRange(0),
    metavar="SEED",
    default=0,
    show_default=True,
    help="Seed of all that is random.",
)
@click.option("-v", "--verbose", is_flag=True, help="More about what was done.")
@click.option(
    "-f",
    "--free-search",
    is_flag=True,
    help="Taken for MiniZinc's sake: search annotations are never followed.",
)
@click.option(
    "--runs",
    type=click.IntRange(0, _LARGEST),
    metavar="N",
    help="Runs integrated together. [default: 0, by device and problem size]",
)
@click.option(
    "--max-steps",
    type=click.IntRange(0, _LARGEST),
    metavar="N",
    help="Steps that each run may take. [default: 0, no limit]",
)
@click.option(
    "--preset",
    metavar="NAME|FILE",
    help="Equations, values and steps together. [default: by problem]",
)
@click.option("--dynamics", metavar="NAME", help="The equations. [default: by problem]")
@prover_option_of_all
@click.option(
    "--install",
    "installing",
    is_flag=True,
    help="Make odesolve known to MiniZinc, instead of solving.",
)
@click.option("--uninstall", "uninstalling", is_flag=True, help="Undo --install.")
@click.option(
    "--folder", "--prefix", "folder", type=click.Path(), metavar="DIR",
    help="Where --install writes the configuration. [default: MiniZinc's folder of the user]",
)  # fmt: skip
def command(flatzinc: str | None, **chosen: Any) -> int:
    """Solve FILE.fzn, FlatZinc as text or JSON, as MiniZinc asks its solvers to.

    Once --install has made it known, minizinc --solver odesolve MODEL DATA calls this command.
    Solutions are printed as they are found, each followed by ----------; ========== says that they
    are all, or that the last one is proved the best.

    Exit codes: 0 whatever the outcome, which the output says; 2 bad input or usage.
    """
    installing, uninstalling = chosen["installing"], chosen["uninstalling"]
    if installing or uninstalling:
        if flatzinc is not None or (installing and uninstalling):
            raise click.UsageError("--install and --uninstall stand alone")
        return _install(chosen["folder"], installing)
    if chosen["folder"] is not None:
        raise click.UsageError("--folder has no use without --install or --uninstall")
    if flatzinc is None:
        raise click.UsageError("Missing argument 'FILE.fzn'")
    return _solve(flatzinc, chosen)


def _install(folder: str | None, wanted: bool) -> int:
    from odesolve.problems.models.flatzinc.solver import install, uninstall, usual_folder

    where = usual_folder() if folder is None else Path(folder)
    if wanted:
        click.echo(f"{install(where)}: minizinc --solver odesolve MODEL")
        if folder is not None and where.absolute() != usual_folder():
            click.echo(f"MiniZinc finds it with MZN_SOLVER_PATH={where.absolute()}")
        return SOLVED
    found = uninstall(where)
    click.echo(f"{found}: deleted" if found else f"{where}: nothing was installed")
    return SOLVED


def _solve(path: str, chosen: dict[str, Any]) -> int:
    from odesolve.cli.device import choose_device
    from odesolve.problems.models.flatzinc import read_flatzinc

    limit = chosen["milliseconds"]
    budget = budget_of(math.inf if limit is None else limit / 1000)
    try:
        read = read_within(budget, lambda: read_flatzinc(path))
    except OutOfTime:
        click.echo(UNKNOWN)
        return SOLVED
    choose_device(None, quiet=not chosen["verbose"])
    printer = _Printer(read)
    given: dict[str, Any] = {
        "runs": chosen["runs"] or None,
        "max_steps": chosen["max_steps"] or None,
        "time_limit": budget if budget.is_limited else None,
        "seed": chosen["seed"],
        "preset": chosen["preset"] or None,
        "dynamics": chosen["dynamics"] or None,
        "prove": chosen["prove"] or _usual_prover(all_wanted=chosen["all_solutions"]),
        "solutions": None if chosen["all_solutions"] else chosen["solutions"],
    }
    if read.model.objective is not None:
        given["solutions"] = 1
    with problem_named(path):
        result = read.model.solve(improved=printer.improved, **given)
    printer.finish(result, all_wanted=given["solutions"] is None)
    if chosen["statistics"]:
        _print_statistics(read, result, printer.printed)
    if chosen["verbose"]:
        for text in result.notes:
            note(text)
        if len(result.run.runs):
            note(describe_run(result.run))
            for text in details(result.run):
                note(text)
    return SOLVED


def _usual_prover(*, all_wanted: bool) -> str:
    """``--prove`` where it is not said: dynamics never know that they have found all."""
    from odesolve.problems.models.prover import missing_package

    return "beside" if all_wanted and missing_package() is None else "none"


class _Printer:
    """Prints each solution once, as soon as it is known."""

    def __init__(self, read: FlatZinc) -> None:
        self.read = read
        self.printed = 0
        self._shown: set[tuple[str, ...]] = set()
        self._last: dict[str, int] | None = None

    def improved(self, found: Improvement) -> None:
        """Called by the solver."""
        self.solution(found.values)

    def solution(self, values: dict[str, int]) -> None:
        """The lines of one solution, at once: MiniZinc may end us at any time.

        Solutions that differ only in what is not shown are one for the user.
        """
        lines = tuple(self.read.lines(values))
        if lines in self._shown and self.read.model.objective is None:
            return
        self._shown.add(lines)
        for line in [*lines, SOLUTION]:
            click.echo(line)
        if sys.stdout is not None:
            sys.stdout.flush()
        self.printed += 1
        self._last = values

    def finish(self, result: ModelResult, *, all_wanted: bool) -> None:
        """What has not been printed yet, and how it ended."""
        if result.status == "infeasible":
            click.echo(UNSATISFIABLE)
            return
        if self.read.model.objective is not None:
            # The last improvement is the answer, unless none was told.
            if result.satisfied and result.values != self._last:
                self.solution(result.values)
        elif result.satisfied:
            for values in result.solutions or (result.values,):
                self.solution(values)
        if not self.printed:
            click.echo(UNKNOWN)
        elif result.optimal or (result.complete and all_wanted):
            click.echo(COMPLETE)


def _print_statistics(read: FlatZinc, result: ModelResult, printed: int) -> None:
    """MiniZinc's names where it has one."""
    run = result.run
    own: dict[str, Any] = {
        "variables": len(read.model.variables),
        "propagators": len(read.model.constraints),
        "initTime": round(run.times.presolve + run.times.compile, 6),
        "solveTime": round(run.times.solve, 6),
        "solutions": printed,
        "objective": result.objective,
        "objectiveBound": result.bound,
        "steps": run.steps,
        "runs": len(run.runs),
        "foundBy": f'"{result.found_by}"' if result.found_by else None,
    }
    for name, value in own.items():
        if value is not None:
            click.echo(f"%%%mzn-stat: {name}={value}")
    click.echo("%%%mzn-stat-end")
