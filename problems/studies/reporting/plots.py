"""The pictures of a report: solved against time, and steps against size."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from statistics import median
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from odesolve.pictures import distinct_colors, save_picture
from odesolve.problems.studies.reporting.statistics import Growth, Measured
from odesolve.problems.studies.rows import StudyRow

__all__ = ["draw_cactus", "draw_growth"]

DOTS_PER_INCH = 150
#: Panels side by side.
COLUMNS = 3
#: Seconds below which nothing is told apart.
SHORTEST = 1e-3
#: Sizes that are written below an axis.
MOST_TICKS = 6


def draw_cactus(path: str | PathLike[str], own: Measured) -> None:
    """For each kind of problem, how many cells a setting solves within a time, each alone.

    Raises:
        ValueError, OSError: as ``save_picture``.
    """
    kinds = list(dict.fromkeys(row.kind for row in own.rows))
    figure, axes = _panels(len(kinds))
    colors = _colors(own)
    for axis, kind in zip(axes, kinds, strict=False):
        groups = {name: rows for (its_kind, name), rows in own.groups.items() if its_kind == kind}
        hits = {name: _hits(own, rows) for name, rows in groups.items()}
        every = [seconds for each in hits.values() for seconds in each] or [SHORTEST, 1.0]
        for setting, found in hits.items():
            axis.step(
                [0.5 * min(every), *found, 2.0 * max(every)],
                [0, *range(1, len(found) + 1), len(found)],
                where="post",
                color=colors[setting],
                label=setting,
            )
        total = max(map(len, groups.values()))
        axis.axhline(total, color="0.7", linewidth=0.8, linestyle=":")
        axis.set_xscale("log")
        axis.set_ylim(bottom=0)
        axis.set_title(kind)
        axis.set_xlabel("seconds for each cell")
        axis.set_ylabel("cells solved")
    _finish(path, figure, axes[0], len(own.settings))


def draw_growth(path: str | PathLike[str], own: Measured, growths: Sequence[Growth]) -> None:
    """For each kind of problem, steps against size: instances, medians, and the fitted powers.

    Raises:
        ValueError, OSError: as ``save_picture``.
    """
    kinds = list(dict.fromkeys(growth.kind for growth in growths))
    figure, axes = _panels(len(kinds))
    colors = _colors(own)
    for growth in growths:
        axis, color = axes[kinds.index(growth.kind)], colors[growth.setting]
        _draw_instances(axis, own, growth, color)
        sizes = np.array(growth.sizes, float)
        axis.plot(sizes, growth.medians, "o", color=color, markersize=5)
        slope, _, _ = growth.exponent
        middle = np.log2(growth.medians).mean() - slope * np.log2(sizes).mean()
        label = "{}: exponent {:.2f} [{:.2f}, {:.2f}]".format(growth.setting, *growth.exponent)
        axis.plot(sizes, 2.0 ** (middle + slope * np.log2(sizes)), color=color, label=label)
    for axis, kind in zip(axes, kinds, strict=False):
        axis.set_xscale("log")
        axis.set_yscale("log")
        every = sorted({size for each in growths if each.kind == kind for size in each.sizes})
        shown = every[:: -(-len(every) // MOST_TICKS)]
        axis.set_xticks(shown, [f"{size:,}" for size in shown])
        axis.minorticks_off()
        axis.set_title(kind)
        axis.set_xlabel("size")
        axis.set_ylabel("steps")
        axis.legend(fontsize="small", frameon=False)
    save_picture(path, figure)


def _hits(own: Measured, rows: Sequence[StudyRow]) -> list[float]:
    """Seconds of those that were solved, the shortest first."""
    found = (own.hit(row) for row in rows)
    return sorted(max(hit, SHORTEST) for hit in found if hit is not None)


def _draw_instances(axis: Axes, own: Measured, growth: Growth, color: str) -> None:
    """Each instance by the median of the seeds that solved it."""
    for instance in own.instances:
        rows = [row for row in own.of.get((instance, growth.setting), ()) if own.hit(row)]
        steps = [row.result.steps for row in rows if row.result.steps is not None]
        if steps and rows[0].kind == growth.kind and rows[0].result.size is not None:
            axis.plot(rows[0].result.size, max(median(steps), 1), ".", color=color, alpha=0.35)


def _colors(own: Measured) -> dict[str, str]:
    return dict(zip(own.settings, distinct_colors(len(own.settings)), strict=True))


def _panels(count: int) -> tuple[Figure, list[Axes]]:
    columns = min(count, COLUMNS)
    rows = -(-count // columns)
    size = (4.6 * columns + 0.4, 3.6 * rows)
    figure = Figure(figsize=size, dpi=DOTS_PER_INCH, layout="constrained")
    grid: Any = figure.subplots(rows, columns, squeeze=False)
    axes = list(grid.flat)
    for axis in axes[count:]:
        axis.set_axis_off()
    return figure, axes


def _finish(path: str | PathLike[str], figure: Figure, axis: Axes, settings: int) -> None:
    """One legend for all panels."""
    handles: dict[str, Any] = {}
    for each in figure.axes:
        found, labels = each.get_legend_handles_labels()
        handles |= dict(zip(labels, found, strict=True))
    columns = min(settings, 4)
    figure.legend(
        list(handles.values()), list(handles), loc="outside lower center", ncols=columns,
        fontsize="small", frameon=False,
    )  # fmt: skip
    save_picture(path, figure)
