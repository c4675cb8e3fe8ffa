"""The shares of a model's variables over time, as heat maps."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from odesolve.pictures import save_picture
from odesolve.trajectory import Trajectory
from odesolve.trajectory_plot import DOTS_PER_INCH, chosen_run, draw_aim, frame_panels

__all__ = ["plot_shares"]

#: Variables drawn unless some are named, and values whose numbers stand beside a panel.
VARIABLES, TICKS = 8, 8


def plot_shares(
    path: str | PathLike[str],
    trajectory: Trajectory,
    variables: Sequence[str] | None = None,
    run: int | None = None,
) -> None:
    """Draw how a model's variables decide: the share of each value, step by step.

    Above stand the violated clauses, then a panel for each variable, with its values upwards and
    dark where the share of a value is large. A vertical line marks the step at which the run was
    solved. It needs matplotlib.

    Arguments:
        path: a file whose extension is .png, .pdf or .svg.
        trajectory: of a ``Recorder`` that was given to ``Model.solve``.
        variables: names of those to draw; by default the first eight.
        run: position among the stored runs; by default the one that was solved first.

    Raises:
        ValueError: another extension, no such run, or a variable that was not recorded.
        OSError: the file cannot be written.

    Example:
        >>> from pathlib import Path
        >>> import odesolve as ode
        >>> model = ode.Model()
        >>> queens = [model.integer(f"q{row}", 0, 7) for row in range(8)]
        >>> for slope in (-1, 0, 1):
        ...     for a in range(8):
        ...         for b in range(a):
        ...             numbers = [1, -1], [queens[a], queens[b]], "!=", slope * (a - b)
        ...             model.add(ode.constraints.Sum(*numbers))
        >>> recorder = ode.Recorder(cells=64)
        >>> result = model.solve(seed=0, recorder=recorder)
        >>> ode.plot_shares("shares.png", recorder.trajectory(), ["q0", "q7"])
        >>> Path("shares.png").exists()
        True
    """
    run = chosen_run(trajectory, run)
    if not trajectory.names:
        raise ValueError("the trajectory is not one of a model")
    if variables is None:
        variables = trajectory.names[:VARIABLES]
    drawn = [(name, trajectory.shares(name)[:, :, run]) for name in variables]
    if not drawn:
        raise ValueError("no variables to draw; expected at least one name")
    heights = [1.0, *(0.6 + 0.05 * min(shares.shape[1], 24) for _, shares in drawn)]
    figure = Figure(
        figsize=(9.5, 0.9 + 1.3 * sum(heights)), dpi=DOTS_PER_INCH, layout="constrained"
    )
    axes = figure.subplots(1 + len(drawn), 1, sharex=True, height_ratios=heights)
    draw_aim(axes[0], trajectory, run)
    frame_panels(list(axes), trajectory, run)
    for panel, (name, shares) in zip(axes[1:], drawn, strict=True):
        own = trajectory.values[trajectory.names.index(name)]
        _draw_shares(panel, trajectory.steps, shares, own)
        panel.set_ylabel(_shown(name), parse_math=False, rotation=0, ha="right", va="center")
    figure.colorbar(axes[1].collections[0], ax=list(axes[1:]), label="share", aspect=40, pad=0.02)
    save_picture(path, figure)


def _draw_shares(
    axes: Axes,
    steps: Int[np.ndarray, " samples"],
    shares: Float[np.ndarray, "samples values"],
    values: Int[np.ndarray, " values"],
) -> None:
    """A rectangle for each sample and value; the values stand evenly, whatever their distance."""
    axes.pcolormesh(
        _edges(steps), np.arange(len(values) + 1) - 0.5, shares.T,
        cmap="Blues", vmin=0.0, vmax=1.0, rasterized=True,
    )  # fmt: skip
    axes.grid(visible=False)
    every = -(-len(values) // TICKS)
    axes.set_yticks(np.arange(0, len(values), every), [str(n) for n in values[::every]])
    axes.tick_params(axis="y", labelsize=7)


def _edges(steps: Int[np.ndarray, " samples"]) -> Float[np.ndarray, " edges"]:
    """Where the rectangle of each sample begins and ends: halfway to its neighbours."""
    middle = (steps[1:] + steps[:-1]) / 2
    return np.concatenate([[steps[0] - 0.5], middle, [steps[-1] + 0.5]])


def _shown(name: str) -> str:
    """A name without what cannot be printed, cut when long."""
    text = "".join(one if one.isprintable() else repr(one)[1:-1] for one in name)
    return text if len(text) <= 16 else text[:15] + "…"
