"""The cactus plot and the scaling plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("agg")
import numpy as np
from matplotlib import pyplot
from matplotlib.axes import Axes

from benchmarks.satisfiability.scaling import median
from odesolve.problems.studies.reporting.lines import Line

#: Solver -> colour and marker, the same in every panel; others take what is left.
STYLES = (("C0", "o"), ("C1", "s"), ("C2", "^"), ("C3", "v"), ("C4", "D"), ("C5", "P"))
COLUMNS = 4
#: Seconds below which nothing is told apart.
SHORTEST = 1e-3
#: Named sizes stand at least this share of the axis apart.
LABEL_DISTANCE = 0.08


def draw_cactus(
    panels: Mapping[str, Mapping[str, Sequence[tuple[float, float]]]],
    solvers: Sequence[str],
    path: Path,
) -> None:
    """For each group: the share of the instances that a solver solves within a time, each alone.

    Arguments:
        panels: group -> solver -> (seconds, share of the group) of each solved instance.
        solvers: in the order of their colours.
    """
    figure, axes = _grid(len(panels))
    every = [seconds for rows in panels.values() for own in rows.values() for seconds, _ in own]
    for axis, (group, rows) in zip(axes, panels.items(), strict=False):
        for name, own in rows.items():
            color, marker = STYLES[solvers.index(name) % len(STYLES)]
            ordered = np.array(sorted(own)).reshape(-1, 2)
            seconds = np.maximum(ordered[:, 0], SHORTEST)
            shares = 100 * np.cumsum(ordered[:, 1])
            axis.step(seconds, shares, color=color, linewidth=1, where="post")
            axis.plot(seconds, shares, marker, color=color, markersize=3)
        axis.axhline(100, color="0.7", linewidth=0.8, linestyle=":")
        axis.set_xscale("log")
        axis.set_xlim(0.8 * SHORTEST, 2 * max([1.0, *every]))
        axis.set_ylim(0, 108)
        axis.set_title(group, fontsize="small")
        axis.tick_params(labelsize="x-small")
    figure.supxlabel("seconds for each instance", fontsize="small")
    figure.supylabel("instances solved, %", fontsize="small")
    _save(figure, solvers, path)


def draw_scaling(
    panels: Mapping[str, Mapping[str, Mapping[int, Sequence[float]]]],
    fits: Mapping[tuple[str, str], Line | None],
    solvers: Sequence[str],
    path: Path,
) -> None:
    """Each panel: a count of each instance against the size, medians, and the fitted power law.

    Arguments:
        panels: title -> solver -> size -> one number an instance, infinite if unsolved.
        fits: (title, solver) -> fit.
    """
    figure, axes = _grid(len(panels))
    for axis, (title, rows) in zip(axes, panels.items(), strict=False):
        least = SHORTEST if title.endswith("seconds") else 1.0
        for name, samples in rows.items():
            color, marker = STYLES[solvers.index(name) % len(STYLES)]
            _scatter(axis, samples, least, color, marker)
            fit = fits.get((title, name))
            if fit is not None:
                solved = [size for size, own in samples.items() if np.isfinite(median(own))]
                sizes = np.array(sorted(solved), float)
                label = f"$N^{{{fit.slope:.2f}}}$"
                axis.plot(sizes, fit.at(np.log2(sizes)), color=color, linewidth=0.8, label=label)
        sizes = sorted({size for samples in rows.values() for size in samples})
        axis.set_xscale("log")
        axis.set_yscale("log")
        named = _apart(sizes)
        axis.set_xticks(sizes, [str(n) if n in named else "" for n in sizes], rotation=45)
        axis.minorticks_off()
        axis.set_title(title, fontsize="small")
        axis.tick_params(labelsize="x-small")
        if axis.get_legend_handles_labels()[0]:
            axis.legend(fontsize="xx-small", handlelength=1, borderpad=0.2)
    figure.supxlabel("size N", fontsize="small")
    figure.supylabel("each instance; medians as large marks", fontsize="small")
    _save(figure, solvers, path)


def _apart(sizes: Sequence[int]) -> set[int]:
    """The sizes whose names fit side by side on a logarithmic axis; the largest is one."""
    fitting = sizes[-1:]
    span = np.log(sizes[-1] / sizes[0])
    for size in sizes[-2::-1]:
        if np.log(fitting[-1] / size) >= LABEL_DISTANCE * span:
            fitting = [*fitting, size]
    return set(fitting)


def _scatter(
    axis: Axes, samples: Mapping[int, Sequence[float]], least: float, color: str, marker: str
) -> None:
    for size, values in samples.items():
        finite = np.maximum([value for value in values if np.isfinite(value)], least)
        axis.plot(np.full(len(finite), size), finite, ".", color=color, alpha=0.3, markersize=4)
        middle = median(values)
        if np.isfinite(middle):
            axis.plot([size], [max(middle, least)], marker, color=color, markersize=5)


def _grid(count: int) -> tuple[pyplot.Figure, list[Axes]]:
    columns = min(COLUMNS, max(count, 1))
    rows = -(-max(count, 1) // columns)
    figure, axes = pyplot.subplots(
        rows, columns, figsize=(3.0 * columns, 2.4 * rows + 0.8), layout="constrained",
        squeeze=False,
    )  # fmt: skip
    flat = list(axes.flat)
    for axis in flat[count:]:
        axis.set_visible(False)
    return figure, flat


def _save(figure: pyplot.Figure, solvers: Sequence[str], path: Path) -> None:
    handles = [
        pyplot.Line2D([], [], color=color, marker=marker, markersize=4, label=name)
        for name, (color, marker) in zip(solvers, STYLES, strict=False)
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=4, fontsize="small")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)
    pyplot.close(figure)
