"""``odesolve tune``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from odesolve.cli.clock import budget_of
from odesolve.cli.exit_codes import BUDGET_SPENT, INTERRUPTED, SOLVED
from odesolve.cli.help import Command, complete_files
from odesolve.cli.options import DEFAULT_TIME_LIMIT, checked_pairs, checked_seconds
from odesolve.cli.output import note, print_json

if TYPE_CHECKING:
    from odesolve.problems.tuning.result import TuningResult

#: Trials that are printed.
TRIALS_SHOWN = 5


@click.command(
    "tune",
    cls=Command,
    examples=(
        "odesolve tune train/*.cnf --time-limit 600 -o mine.toml",
        "odesolve tune train/*.mc --cut --vary coupling --vary pump_until",
    ),
)
@click.argument("files", nargs=-1, required=True, metavar="FILE...", shell_complete=complete_files)
@click.option(
    "--colors",
    type=click.IntRange(1, 1_000_000),
    default=3,
    show_default=True,
    metavar="Q",
    help="Colours, for graphs.",
)
@click.option("--cut", "is_cut", is_flag=True, help="FILEs are graphs to be cut, as by maxcut.")
@click.option(
    "--format",
    metavar="NAME",
    help="Format of all FILEs. [default: by extension and content]",
)
@click.option(
    "--trials",
    type=click.IntRange(1),
    metavar="N",
    help="Sets of values to try. [default: as many as there is time for]",
)
@click.option(
    "--time-limit",
    type=float,
    default=DEFAULT_TIME_LIMIT,
    show_default=True,
    callback=checked_seconds,
    metavar="SEC",
    help="Wall-clock budget of the whole search.",
)
@click.option(
    "--max-steps",
    type=click.IntRange(1),
    metavar="N",
    help="Steps of a run, or of an anneal. [default: by what the default preset needs]",
)
@click.option(
    "--runs",
    type=click.IntRange(1),
    default=16,
    show_default=True,
    metavar="N",
    help="Runs of every batch that a trial is measured on.",
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    metavar="S",
    help="Seed of the search and of all runs.",
)
@click.option(
    "--preset", metavar="NAME|FILE", help="Where the search begins. [default: by problem]"
)
@click.option(
    "--dynamics",
    metavar="NAME",
    help="The equations whose parameters are searched. [default: those of the preset]",
)
@click.option(
    "--stepper", metavar="NAME", help="The integration rule. [default: that of the preset]"
)
@click.option(
    "--set",
    "parameters",
    multiple=True,
    callback=checked_pairs,
    metavar="NAME=VALUE",
    help="Begin with another value, as in --set alpha=2. Repeatable.",
)
@click.option(
    "--vary",
    multiple=True,
    metavar="NAME",
    help="Search this parameter and no others but those named likewise. [default: all that matter]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, nothing else.")
@click.option("-o", "--output", type=click.Path(), metavar="FILE.toml", help="Write the preset.")
@click.option(
    "--device",
    type=click.Choice(["cpu", "gpu"]),
    help="Where to integrate. [default: JAX's choice]",
)
@click.option("-q", "--quiet", is_flag=True, help="No notes on standard error.")
@click.option(
    "--progress/--no-progress",
    default=None,
    help="A line for each trial on standard error. [default: on a terminal]",
)
def command(
    files: tuple[str, ...],
    is_cut: bool,
    output: str | None,
    as_json: bool,
    device: str | None,
    quiet: bool,
    progress: bool | None,
    time_limit: float,
    **choices: Any,
) -> int:
    """Search for the parameters that suit FILEs best: formulas, graphs or Ising problems.

    Formulas and graphs are to be solved in the fewest steps. Of Ising problems, QUBOs and, with
    --cut, graphs, anneals of equal steps are to end at the least energy. The search begins at the
    preset that is chosen for FILEs by default; the best values are compared with it on other seeds.
    -o writes a preset that --preset takes, if it is better. Needs Optuna:
    pip install 'odesolve[tune]'.

    Exit codes: 0 a better preset was found, 1 none was, 130 interrupted (the best so far is still
    printed).
    """
    from odesolve.cli.device import choose_device
    from odesolve.problems.files import check_writable
    from odesolve.problems.tuning.solve import check_optuna

    check_optuna()
    if output is not None:
        check_writable(output, (".toml",))
    choose_device(device, quiet=quiet)
    from odesolve.problems.tuning.solve import tune

    name = Path(output).stem if output is not None else "tuned"
    result = tune(
        files,
        name=name,
        cut=is_cut,
        report=_report(progress),
        time_limit=budget_of(time_limit),
        **choices,
    )
    if as_json:
        print_json(result.to_json())
    else:
        _print_text(result)
    _write(result, output, quiet)
    if not as_json and not quiet:
        for text in result.notes:
            note(text)
    if result.reason == "interrupted":
        return INTERRUPTED
    return SOLVED if result.preset is not None else BUDGET_SPENT


def _report(wanted: bool | None) -> Callable[[str], None]:
    """What to call with each line of progress."""
    import sys

    terminal = sys.stderr is not None and sys.stderr.isatty()
    return note if (terminal if wanted is None else wanted) else lambda _: None


def _print_text(result: TuningResult) -> None:
    from odesolve.presets.files import to_toml

    names = ", ".join(dict.fromkeys(filter(None, result.default.values())))
    if result.default_score is not None:
        click.echo(f"default ({names}): {result.score_text(result.default_score)}")
    for trial in result.best_trials(TRIALS_SHOWN):
        values = ", ".join(f"{name} {value:g}" for name, value in trial.values.items())
        click.echo(f"trial {trial.number}: {result.score_text(trial.score)} with {values}")
    given_up = sum(not trial.complete for trial in result.trials)
    click.echo(f"{len(result.trials)} trials, {given_up} of them given up early")
    for name, value in result.best.items():
        click.echo(f"{name}: {value:.12g} is the best that any run found")
    click.echo(result.verdict)
    if result.preset is not None:
        click.echo(f"\n{to_toml(result.preset)}", nl=False)


def _write(result: TuningResult, output: str | None, quiet: bool) -> None:
    """Write the preset, if there is a better one."""
    if output is None:
        return
    if result.preset is None:
        if not quiet:
            note(f"{output} was not written: nothing better than the default was found")
        return
    from odesolve.presets.files import to_toml
    from odesolve.problems.files import write_atomically

    write_atomically(output, to_toml(result.preset))
