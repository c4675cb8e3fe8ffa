"""``odesolve plot``."""

from __future__ import annotations

import click

from odesolve.cli.exit_codes import SOLVED
from odesolve.cli.help import Command, complete_files
from odesolve.names import PICTURE_SUFFIXES


@click.command(
    "plot",
    cls=Command,
    examples=(
        "odesolve plot trace.npz -o trace.png",
        "odesolve plot trace.npz --run 0 -o run.svg",
    ),
)
@click.argument("trace", metavar="TRACE", shell_complete=complete_files)
@click.option(
    "-o", "--output", type=click.Path(), required=True, metavar="FILE.png", help="The picture."
)
@click.option(
    "--run",
    type=click.IntRange(0),
    default=None,
    metavar="N",
    help="One run only. [default: all that were stored]",
)
def command(trace: str, output: str, run: int | None) -> int:
    """Draw TRACE, a file that --trace stored.

    Of most problems that are violated clauses or energies, variables and memories; of a model, the
    shares of its variables' values over time.
    """
    from odesolve.problems.errors import InputError
    from odesolve.problems.files import check_writable
    from odesolve.trajectory import Trajectory
    from odesolve.trajectory_plot import plot_trajectory

    check_writable(output, PICTURE_SUFFIXES)
    try:
        trajectory = Trajectory.load(trace)
    except ValueError as error:
        raise InputError(trace, str(error)) from None
    stored = trajectory.number.tolist()
    if run is not None and run not in stored:
        raise InputError("--run", f"run {run}", f"one of {', '.join(map(str, stored))}")
    place = None if run is None else stored.index(run)
    if trajectory.names:
        from odesolve.problems.models.plot import plot_shares

        plot_shares(output, trajectory, run=place)
    else:
        plot_trajectory(output, trajectory, place)
    return SOLVED
