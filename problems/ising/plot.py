"""The search of an Ising problem as a picture: energies against time, and a small graph's cut."""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure

from odesolve.pictures import PALETTE, save_picture
from odesolve.problems.graphs.layout import layout
from odesolve.problems.ising.result import IsingResult

__all__ = ["plot_ising"]

#: Cuts of more variables are not drawn.
MOST_DRAWN = 400
DOTS_PER_INCH = 150


def plot_ising(path: str | PathLike[str], result: IsingResult) -> None:
    """Draw the best energy (or cut) against time, what all anneals ended at, and a small cut.

    Arguments:
        path: a file whose extension is .png, .pdf or .svg.
        result: what ``ising``, ``qubo`` or ``maxcut`` gave.

    Raises:
        ValueError: another extension.
        OSError: the file cannot be written.
    """
    is_drawn = result.is_cut and 0 < result.problem.spin_count <= MOST_DRAWN
    figure = Figure(figsize=(11.0 if is_drawn else 7.0, 4.5), dpi=DOTS_PER_INCH,
                    layout="constrained")  # fmt: skip
    axes = figure.subplots(1, 2 if is_drawn else 1, squeeze=False)[0]
    _draw_history(axes[0], result)
    if is_drawn:
        _draw_cut(axes[1], result)
    save_picture(path, figure)


def _shown(result: IsingResult, energies: Any) -> list[float]:
    if result.is_cut:
        return [float(result.problem.cut(energy)) for energy in energies]
    return [float(energy) for energy in energies]


def _draw_history(axes: Axes, result: IsingResult) -> None:
    """Steps of the best so far; behind them the anneals, at the time when each ended."""
    what = "cut" if result.is_cut else "energy"
    seconds = [found.seconds for found in result.history]
    best = _shown(result, [found.energy for found in result.history])
    end = max([result.run.times.total, *seconds, 1e-3])
    if result.samples:
        times = np.asarray(result.sample_seconds or [end] * len(result.samples))
        axes.plot(
            times, _shown(result, result.samples), ".", color="#999999", alpha=0.5, markersize=4,
            label=f"{len(result.samples)} anneals", rasterized=len(times) > 5_000,
        )  # fmt: skip
    axes.step([*seconds, end], [*best, *best[-1:]], where="post", color=PALETTE[0],
              label=f"best {what}")  # fmt: skip
    if result.target is not None:
        target = _shown(result, [result.target])[0]
        axes.axhline(target, color=PALETTE[2], linestyle=":", label="target")
    if result.samples:  # the first guess is far off, and would squeeze all that is of interest
        ends = [*_shown(result, result.samples), *best[-1:]]
        ends += _shown(result, [result.target]) if result.target is not None else []
        margin = 0.08 * max(max(ends) - min(ends), 1e-9) or 1.0
        axes.set_ylim(min(ends) - margin, max(ends) + margin)
    axes.set(xlabel="seconds", ylabel=what, xlim=(0, end))
    axes.set_title(f"{what} {_shown(result, [result.energy])[0]:.12g}")
    axes.legend(loc="lower right" if result.is_cut else "upper right")


def _draw_cut(axes: Axes, result: IsingResult) -> None:
    """The two sides in two colours; edges of the cut are dark, the others light."""
    problem, spins = result.problem, result.spins
    places = layout(problem.spin_count, problem.pairs)
    cut = spins[problem.pairs[:, 0]] != spins[problem.pairs[:, 1]]
    for chosen, color, order in ((~cut, "#cccccc", 1), (cut, "#333333", 2)):
        lines = LineCollection(
            places[problem.pairs[chosen]].tolist(), colors=color, linewidths=0.8, zorder=order
        )
        axes.add_collection(lines, autolim=False)
    colors = [PALETTE[0] if spin < 0 else PALETTE[1] for spin in spins.tolist()]
    size = 120.0 if problem.spin_count <= 40 else 2400.0 / problem.spin_count + 10
    axes.scatter(places[:, 0], places[:, 1], s=size, c=colors, edgecolors="#333333",
                 linewidths=0.5, zorder=3)  # fmt: skip
    axes.set_aspect("equal")
    axes.margins(0.08)
    axes.set_axis_off()
    axes.set_title(f"{int(cut.sum())} of {problem.coupling_count} edges cut")
