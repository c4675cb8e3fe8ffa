"""A trajectory as a picture over the steps: violated clauses or energies, variables, memories."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, StrMethodFormatter

from odesolve.pictures import PALETTE, save_picture
from odesolve.trajectory import Trajectory

__all__ = ["DOTS_PER_INCH", "chosen_run", "draw_aim", "frame_panels", "plot_trajectory"]

#: Variables drawn when they have one cell each, and when they have several.
SINGLE_CELLS, GROUPS = 6, 5
LINE_STYLES = ("-", "--", ":", "-.")
#: Ratio of the largest to the smallest value above which an axis is logarithmic.
WIDE = 30.0
DOTS_PER_INCH = 150

Values = Float[np.ndarray, "samples lines"]


def plot_trajectory(
    path: str | PathLike[str], trajectory: Trajectory, run: int | None = None
) -> None:
    """Draw a trajectory; a vertical line marks the step at which a run was solved.

    Of Ising problems the energies of the signs are drawn instead of violated clauses.

    Arguments:
        path: a file whose extension is .png, .pdf or .svg.
        trajectory: what a ``Recorder`` gave or ``Trajectory.load`` read.
        run: position among the stored runs of the one whose variables and memories are drawn; by
            default the one that was solved first, or the first when none was, which of Ising
            problems has the least energy.

    Raises:
        ValueError: another extension, or no such run.
        OSError: the file cannot be written.

    Example:
        >>> from pathlib import Path
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> recorder = ode.Recorder(runs=2)
        >>> options = ode.Options(runs=4, max_steps=20)
        >>> result = ode.solve(system, ode.Memcomputing(), options=options, recorder=recorder)
        >>> trajectory = recorder.trajectory()
        >>> ode.plot_trajectory("trajectory.png", trajectory)
        >>> Path("trajectory.png").exists()
        True
    """
    run = chosen_run(trajectory, run)
    memories = [
        name for name in _ordered(trajectory.memories) if trajectory.memories[name].shape[1]
    ]
    panels = 2 + len(memories)
    figure = Figure(figsize=(9.5, 0.9 + 2.2 * panels), dpi=DOTS_PER_INCH, layout="constrained")
    axes = figure.subplots(panels, 1, sharex=True, height_ratios=[1, 1.5, *[1] * len(memories)])
    draw_aim(axes[0], trajectory, run)
    _draw_variables(axes[1], trajectory, run)
    for order, name in enumerate(memories):
        lines = trajectory.memories[name][:, :, run]
        _draw_memory(axes[2 + order], trajectory, name, lines, PALETTE[(order + 2) % len(PALETTE)])
    frame_panels(list(axes), trajectory, run)
    save_picture(path, figure)


def chosen_run(trajectory: Trajectory, run: int | None) -> int:
    """The position of the run that is drawn; the one that was solved first without a choice.

    Raises:
        ValueError: if there is no such run.
    """
    run = _first_solved(trajectory) if run is None else run
    runs = len(trajectory.solved_step)
    if not 0 <= run < runs:
        raise ValueError(f"run {run}: the trajectory has runs 0 to {runs - 1}")
    return run


def frame_panels(axes: Sequence[Axes], trajectory: Trajectory, run: int) -> None:
    """What panels above one another have in common: steps, the one that solved, a title."""
    for panel in axes:
        panel.grid(alpha=0.25, linewidth=0.6)
        panel.spines[["top", "right"]].set_visible(False)
        if trajectory.solved_step[run] >= 0:
            solved = int(trajectory.solved_step[run])
            word = "solved" if trajectory.energy is None else "target reached"
            label = word if panel is axes[0] else None
            panel.axvline(solved, color="#222222", lw=1.0, ls="--", label=label)
        _draw_legend(panel)
    axes[0].set_title(_title(trajectory, run))
    axes[-1].set_xlabel(f"step ({_time_text(trajectory, run)})")
    _set_steps(axes[-1], trajectory)


def _first_solved(trajectory: Trajectory) -> int:
    solved = np.where(trajectory.solved_step >= 0, trajectory.solved_step, np.inf)
    return int(solved.argmin()) if len(solved) else 0


def _ordered(names: dict[str, np.ndarray]) -> list[str]:
    """Short before long, as they act; any other name in its own order."""
    first = [name for name in ("short", "long") if name in names]
    return first + [name for name in names if name not in first]


def _set_steps(axes: Axes, trajectory: Trajectory) -> None:
    first, last = int(trajectory.steps[0]), int(trajectory.steps[-1])
    margin = max(0.02 * (last - first), 0.5)
    axes.set_xlim(first - margin, last + margin)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def draw_aim(axes: Axes, trajectory: Trajectory, run: int) -> None:
    """Violated clauses, or energies, of the run and thinner of the others."""
    energy = trajectory.energy
    drawn = trajectory.violated if energy is None else energy
    others = [other for other in range(len(trajectory.solved_step)) if other != run]
    for order, other in enumerate([run, *others]):
        style: dict[str, Any] = {"color": "#999999", "lw": 0.9, "alpha": 0.7, "zorder": 2}
        if other == run:
            style = {"color": PALETTE[0], "lw": 1.8, "zorder": 3}
        name = (f"run {trajectory.number[run]}", "other runs")[order] if order < 2 else None
        values = _finite(drawn[:, other])
        axes.plot(trajectory.steps, values, label=name, **style, **_marker(trajectory))
        if other != run and trajectory.solved_step[other] >= 0:
            axes.axvline(int(trajectory.solved_step[other]), color="#999999", lw=0.8, ls=":")
    axes.margins(y=0.08)
    if energy is not None:
        axes.set_ylabel("energy of the signs")
        return
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.update_datalim([(float(trajectory.steps[0]), 0.0)])  # 0, the aim, is always in sight
    axes.autoscale_view()
    _symlog_if_wide(axes, trajectory.violated)
    axes.set_ylabel("violated clauses")


def _draw_variables(axes: Axes, trajectory: Trajectory, run: int) -> None:
    """One colour for each variable, one line style for each of its cells."""
    cells = _finite(trajectory.variables[:, :, run])
    of_spins = trajectory.energy is not None
    name = "spin" if of_spins else "variable"
    width = trajectory.width
    steps, marker = trajectory.steps, _marker(trajectory)
    if width == 1:
        # A variable on a circle steps over the end of its range: no line should cross the panel.
        steps, cells = _without_jumps(steps, cells)
        marker |= {"marker": ".", "markersize": 2.0} if len(trajectory.steps) > 1 else {}
    variables = min(SINGLE_CELLS if width == 1 else GROUPS, -(-cells.shape[1] // width))
    if of_spins and cells.shape[1] > variables:
        more = cells[:, variables:]
        axes.plot(steps, more, color="#999999", lw=0.5, alpha=0.35, zorder=1)
        axes.plot([], [], color="#999999", lw=0.5, label=f"{more.shape[1]} others")
    for number in range(min(variables * width, cells.shape[1])):
        variable, cell = divmod(number, width)
        axes.plot(
            steps,
            cells[:, number],
            color=PALETTE[variable],
            ls=LINE_STYLES[cell % len(LINE_STYLES)],
            lw=1.3,
            alpha=0.9,
            label=f"{name} {variable}" if cell == 0 else None,
            **marker,
        )
    if 1 < width <= len(LINE_STYLES):
        for cell in range(width):
            axes.plot([], [], color="#222222", lw=1.3, ls=LINE_STYLES[cell], label=f"cell {cell}")
    of_each = f" ({width} each)" if width > 1 else ""
    axes.set_ylabel("positions x" if of_spins else f"value of cells{of_each}")


def _without_jumps(steps: np.ndarray, cells: Values) -> tuple[np.ndarray, Values]:
    """Put a sample between any two: NaN where the line would cross over half of the range."""
    finite = cells[np.isfinite(cells)]
    if len(steps) < 2 or not finite.size:
        return steps, cells
    jumps = np.abs(np.diff(cells, axis=0)) > 0.5 * np.ptp(finite)
    between = np.where(jumps, np.nan, (cells[1:] + cells[:-1]) / 2)
    at = np.arange(1, len(steps))
    return (
        np.insert(steps.astype(np.float64), at, (steps[1:] + steps[:-1]) / 2),
        np.insert(cells, at, between, axis=0),
    )


def _draw_memory(axes: Axes, trajectory: Trajectory, name: str, lines: Values, color: str) -> None:
    """Every clause thin, their median thick."""
    lines = _finite(lines)
    marker = _marker(trajectory)
    axes.plot(trajectory.steps, lines, color=color, lw=0.7, alpha=0.45, **marker)
    whose = f"each of {lines.shape[1]}" + (" clauses" if trajectory.energy is None else "")
    axes.plot([], [], color=color, lw=0.7, alpha=0.7, label=whose)
    axes.plot(trajectory.steps, _median(lines), color="#222222", lw=1.6, label="median", **marker)
    finite = lines[np.isfinite(lines)]
    if finite.size and finite.min() > 0 and finite.max() > WIDE * finite.min():
        axes.set_yscale("log")
    else:
        _symlog_if_wide(axes, lines if name == "long" else np.zeros((1, 1)))
    title = f"{name}-term memory" if name in ("short", "long") else f"memory: {name}"
    if trajectory.energy is not None and name not in ("short", "long"):
        title = name  # of the state of the spins: a momentum, an error, a phase
    axes.set_ylabel(title, parse_math=False)  # a name from a file may hold "$"


def _symlog_if_wide(axes: Axes, values: np.ndarray) -> None:
    """Logarithmic above 1, with room for 0, where values that matter differ much."""
    finite = values[np.isfinite(values)]
    if finite.size and finite.min() >= 0 and finite.max() > WIDE:
        axes.set_yscale("symlog", linthresh=1.0)
        axes.set_ylim(bottom=-0.1)


def _median(lines: Values) -> Float[np.ndarray, " samples"]:
    """The median of each sample; NaN, without a warning, where every value is."""
    median = np.full(len(lines), np.nan)
    usable = np.isfinite(lines).any(axis=1)
    median[usable] = np.nanmedian(lines[usable], axis=1)
    return median


def _finite(values: np.ndarray) -> np.ndarray:
    """NaN for what is not finite: a gap in the line."""
    return np.where(np.isfinite(values), values.astype(np.float64), np.nan)


def _marker(trajectory: Trajectory) -> dict[str, Any]:
    """A line through one sample cannot be seen: its point can."""
    return {"marker": "."} if len(trajectory.steps) == 1 else {}


def _draw_legend(axes: Axes) -> None:
    """Beside the panel, so that it covers no data."""
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize=8)


def _title(trajectory: Trajectory, run: int) -> str:
    solved = int(trajectory.solved_step[run])
    end = f"solved at step {solved:,}" if solved >= 0 else "not solved"
    if trajectory.energy is not None:
        reached = f", the target reached by step {solved:,}" if solved >= 0 else ""
        least = float(np.nanmin(trajectory.energy[:, run], initial=np.inf))
        end = f"energy {least:.12g} at best{reached}"
    return f"run {trajectory.number[run]}: {end}"


def _time_text(trajectory: Trajectory, run: int) -> str:
    """How much time was integrated; the clock starts anew at a restart."""
    time = _finite(trajectory.time[:, run])
    time = time[np.isfinite(time)]
    if not len(time):
        return "integrated time unknown"
    restarts = np.flatnonzero(np.diff(time) < 0)
    total = time[-1] + time[restarts].sum()
    again = f", {len(restarts)} restart{'s' if len(restarts) > 1 else ''}" if len(restarts) else ""
    return f"integrated time of run {trajectory.number[run]}: {total:.4g}{again}"
