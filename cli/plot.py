"""``odesolve plot``."""

from __future__ import annotations

import click

from odesolve.cli.exit_codes import SOLVED


@click.command("plot")
@click.argument("trace", metavar="TRACE")
@click.option(
    "-o", "--output", type=click.Path(), required=True, metavar="FILE.png", help="The picture."
)
@click.option("--run", type=click.IntRange(0), default=None, metavar="N", help="One run only.")
def command(trace: str, output: str, run: int | None) -> int:
    """Draw TRACE, a file that --trace stored: variables, memories and violated clauses."""
    from odesolve.problems.errors import InputError
    from odesolve.problems.files import check_writable
    from odesolve.trajectory import Trajectory
    from odesolve.trajectory_plot import plot_trajectory

    check_writable(output, (".png", ".pdf", ".svg"))
    try:
        trajectory = Trajectory.load(trace)
    except ValueError as error:
        raise InputError(trace, str(error)) from None
    stored = trajectory.number.tolist()
    if run is not None and run not in stored:
        raise InputError("--run", f"run {run}", f"one of {', '.join(map(str, stored))}")
    plot_trajectory(output, trajectory, None if run is None else stored.index(run))
    return SOLVED
