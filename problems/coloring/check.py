"""The exact checker of colourings: NumPy and Python integers, nothing shared with the solver."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from odesolve.problems.graphs.graph import Graph

__all__ = ["ColoringViolations", "changed_colors", "coloring_violations", "is_proper_coloring"]


class ColoringViolations(NamedTuple):
    """What is wrong with a colouring.

    Attributes:
        edges: integers ``[violated, 2]``: the edges whose ends have one colour.
        nodes: integers ``[nodes out of range]``: nodes whose colour is not one of the colours.
    """

    edges: np.ndarray
    nodes: np.ndarray

    @property
    def total(self) -> int:
        """Number of violations of both kinds."""
        return len(self.edges) + len(self.nodes)


def coloring_violations(
    edges: np.ndarray, colors: Sequence[int] | np.ndarray, color_count: int
) -> ColoringViolations:
    """Find every violated edge and every node whose colour is not in 0 .. color_count - 1.

    Arguments:
        edges: integers ``[edges, 2]`` of node indices.
        colors: ``[nodes]``; anything but an integer is out of range.
        color_count: number of colours.

    Raises:
        ValueError: an edge has an end that has no colour at all.
    """
    pairs = np.asarray(edges, dtype=np.int64).reshape(-1, 2)
    values = _integer_colors(colors)
    if pairs.size and (pairs.min() < 0 or pairs.max() >= len(values)):
        raise ValueError(f"edges name nodes beyond the {len(values)} colours given")
    same = values[pairs[:, 0]] == values[pairs[:, 1]]
    outside = np.flatnonzero((values < 0) | (values >= color_count))
    return ColoringViolations(pairs[same], outside)


def changed_colors(colors: Sequence[int] | np.ndarray, fixed: Mapping[int, int]) -> list[int]:
    """The nodes whose colour is not the one that is fixed.

    Arguments:
        colors: ``[nodes]``.
        fixed: node index -> colour that it must have.
    """
    return [node for node, color in fixed.items() if int(colors[node]) != color]


def _integer_colors(colors: Sequence[int] | np.ndarray) -> np.ndarray:
    """Colours as int64 ``[nodes]``, with -1 for what is no colour number."""
    array = np.asarray(colors)
    if array.ndim == 1 and array.dtype.kind == "i":
        return array.astype(np.int64)
    exact = [
        int(color)
        if isinstance(color, int | np.integer)
        and not isinstance(color, bool)
        and 0 <= color < 2**62
        else -1
        for color in colors
    ]
    return np.array(exact, dtype=np.int64)


def is_proper_coloring(
    graph: Graph,
    colors: Sequence[int] | np.ndarray,
    color_count: int,
    precoloring: Mapping[int, int] | None = None,
) -> bool:
    """Whether a colouring is proper and keeps what is fixed.

    Arguments:
        graph: the original graph.
        colors: ``[nodes]``, from 0; a wrong number of them is not proper.
        color_count: number of colours.
        precoloring: node index -> fixed colour, besides the graph's own.
    """
    if len(colors) != graph.node_count:
        return False
    if coloring_violations(graph.edges, colors, color_count).total:
        return False
    return not any(changed_colors(colors, own) for own in (graph.precoloring, precoloring or {}))
