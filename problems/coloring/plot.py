"""A coloured graph as a picture."""

from __future__ import annotations

import math
from os import PathLike

import numpy as np
from jaxtyping import Float, Int
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from scipy.spatial import cKDTree

from odesolve.pictures import PALETTE, distinct_colors, luminance, save_picture
from odesolve.problems.coloring.check import coloring_violations
from odesolve.problems.coloring.result import ColoringResult
from odesolve.problems.graphs.layout import layout

__all__ = ["plot_coloring"]

VIOLATED = "#e60000"

#: Above this many, edges and nodes are stored as an image inside PDF and SVG.
VECTOR_LIMIT = 20_000
LEGEND_ROWS = 24
LARGEST_NODE, SMALLEST_FONT, LARGEST_FONT = 34.0, 5.0, 13.0  # points
#: Width of an average digit or letter, in font sizes.
LETTER = 0.62
DOTS_PER_INCH = 150

Places = Float[np.ndarray, "nodes 2"]


def plot_coloring(path: str | PathLike[str], result: ColoringResult) -> None:
    """Draw the coloured graph; edges whose ends have one colour are thick and red.

    Arguments:
        path: a file whose extension is .png, .pdf or .svg.
        result: what ``color`` gave, with colours: satisfied or the best found.

    Raises:
        ValueError: another extension, or a result without colours.
        OSError: the file cannot be written.
    """
    graph = result.graph
    if len(result.colors) != graph.node_count:
        raise ValueError("the result has no colouring to draw")
    places = layout(graph.node_count, graph.edges)
    figure = Figure(layout="constrained", dpi=DOTS_PER_INCH)
    axes = figure.add_subplot()
    point = _set_limits(figure, axes, places)
    size = min(LARGEST_NODE, 0.8 * _room(places) / point)
    hues = _hues(result.colors)
    _draw_edges(axes, places, result, size)
    axes.scatter(
        places[:, 0],
        places[:, 1],
        s=max(size, 1.5) ** 2,
        c=[hues[color] for color in result.colors.tolist()],
        edgecolors="#333333",
        linewidths=min(0.8, size / 12),
        zorder=3,
        rasterized=graph.node_count > VECTOR_LIMIT,
    )
    _draw_labels(axes, places, result, hues, size)
    _draw_legend(figure, hues)
    axes.set_title(_title(result), parse_math=False)
    save_picture(path, figure)


def _set_limits(figure: Figure, axes: Axes, places: Places) -> float:
    """Set the figure's size and the axes' limits; the width of one point in data units."""
    low, high = (places.min(axis=0), places.max(axis=0)) if len(places) else (np.zeros(2),) * 2
    extent = np.maximum(high - low, 1.0)
    # Few nodes need no large sheet, many do; a long graph is not squeezed into a square.
    scale = min(12.0, 5.5 + len(places) ** 0.5 / 5)
    inches = scale * np.clip(extent / extent.max(), 0.35, 1.0)
    figure.set_size_inches(max(inches[0], 4.5) + 0.9, inches[1] + 0.6)
    margin = 0.04 * extent.max() + 0.35
    axes.set(xlim=(low[0] - margin, high[0] + margin), ylim=(low[1] - margin, high[1] + margin))
    axes.set_aspect("equal")
    axes.set_axis_off()
    return float(((extent + 2 * margin) / inches).max() / 72)


def _room(places: Places) -> float:
    """A distance that nearly all nodes keep from the nearest other one."""
    if len(places) < 2:
        return math.inf
    nearest = cKDTree(places).query(places, 2)[0][:, 1]
    return float(np.quantile(nearest, 0.05 if len(places) < 100 else 0.15))


def _hues(colors: Int[np.ndarray, " nodes"]) -> dict[int, str]:
    """Colour number -> ``#rrggbb``, for the colours in use."""
    used = np.unique(colors).tolist()
    if used and used[0] >= 0 and used[-1] < len(PALETTE):
        return {number: PALETTE[number] for number in used}
    return dict(zip(used, distinct_colors(len(used)), strict=True))


def _draw_edges(axes: Axes, places: Places, result: ColoringResult, size: float) -> None:
    edges = result.graph.edges
    many = max(len(edges), 1)
    width = float(np.clip(size / 16, 0.25, 1.3))
    opacity = float(np.clip((250 / many) ** 0.55, 0.14, 0.75))
    rasterized = len(edges) > VECTOR_LIMIT
    lines = LineCollection(
        places[edges].tolist(),
        colors="#444444", linewidths=width, alpha=opacity, zorder=1, rasterized=rasterized,
    )  # fmt: skip
    axes.add_collection(lines, autolim=False)
    violated = coloring_violations(edges, result.colors, result.color_count).edges
    thick = LineCollection(
        places[violated].tolist(),
        colors=VIOLATED, linewidths=float(np.clip(size / 3, 0.8, 4.0)), zorder=2,
        rasterized=rasterized,
    )  # fmt: skip
    axes.add_collection(thick, autolim=False)


def _draw_labels(
    axes: Axes, places: Places, result: ColoringResult, hues: dict[int, str], size: float
) -> None:
    """Names inside the nodes where they fit, else below them where there is room, else none."""
    texts = [_shown(label) for label in result.graph.labels]
    longest = max(map(len, texts), default=1)
    inside = min(LARGEST_FONT, 0.5 * size, 0.88 * size / (LETTER * longest))
    beside = inside < SMALLEST_FONT
    if beside and (size < 14 or longest * LETTER * 6 > 4.5 * size):
        return
    font = min(9.0, 4.5 * size / (LETTER * longest)) if beside else inside
    below = -(size / 2 + 0.75 * font) if beside else 0.0
    for (x, y), text, color in zip(places, texts, result.colors.tolist(), strict=True):
        dark = luminance(hues[color]) > 0.18
        axes.annotate(
            text,
            (x, y),
            xytext=(0, below),
            textcoords="offset points",
            ha="center",
            va="center" if beside else "center_baseline",
            fontsize=font,
            color="black" if beside or dark else "white",
            bbox={"facecolor": "white", "alpha": 0.7, "pad": 0.4, "lw": 0} if beside else None,
            parse_math=False,
            zorder=4,
        )


def _shown(label: str) -> str:
    """A name without line breaks and control characters, cut when long."""
    text = "".join(one if one.isprintable() else repr(one)[1:-1] for one in label)
    return text if len(text) <= 24 else text[:23] + "…"


def _draw_legend(figure: Figure, hues: dict[int, str]) -> None:
    shown = list(hues.items())[:LEGEND_ROWS]
    handles = [
        Line2D([], [], ls="", marker="o", ms=8, mfc=hue, mec="#333333", mew=0.6, label=f"{number}")
        for number, hue in shown
    ]
    if len(hues) > len(shown):
        more = f"{len(hues) - len(shown)} more"
        handles.append(Line2D([], [], ls="", label=more))
    if handles:
        figure.legend(handles=handles, title="colour", loc="outside right upper", frameon=False)


def _title(result: ColoringResult) -> str:
    def counted(count: int, name: str) -> str:
        return f"{count:,} {name}{'' if count == 1 else 's'}"

    graph = result.graph
    size = (
        f"{counted(graph.node_count, 'node')}, {counted(graph.edge_count, 'edge')}, "
        f"{counted(result.color_count, 'colour')}"
    )
    bad = f", {counted(result.violated, 'edge')} violated" if result.violated else ""
    return f"{result.status}: {size}{bad}"
