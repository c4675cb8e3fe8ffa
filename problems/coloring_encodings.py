"""Three ways to put a colouring into a ``System``, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from odesolve.potentials import Box, Circle, Different, Or, Simplex, System, compile_system

Edges = Int[np.ndarray, "edges 2"]
Cells = Float[np.ndarray, "nodes width"]

#: How far starts near a hint are on the way from no decision to its corner.
FARTHEST_START, NEAREST_START = 0.3, 0.9


@dataclass(frozen=True)
class Encoding:
    """How a colouring becomes a ``System``.

    Attributes:
        compile: (node count, edges, colours, fixed) -> system.
        colors_of: (assignment of the variables, node count, colours) -> colours, ``[nodes]``.
        corner_of: (colours ``[nodes]``, number of colours) -> the cells of that colouring and the
            cells of no decision, each ``[nodes, cells of a node]``.
    """

    compile: Callable[[int, Edges, int, Mapping[int, int]], System]
    colors_of: Callable[[Int[np.ndarray, " variables"], int, int], Int[np.ndarray, " nodes"]]
    corner_of: Callable[[Int[np.ndarray, " nodes"], int], tuple[Cells, Cells]]

    def starts_near(
        self, hint: Int[np.ndarray, " nodes"], colors: int, runs: int
    ) -> Float[np.ndarray, "cells runs"]:
        """Starts near a colouring, from hardly decided to almost decided.

        Arguments:
            hint: -1, or any other number that is no colour, leaves a node where it is drawn.
        """
        known = (hint >= 0) & (hint < colors)
        corner, undecided = self.corner_of(np.where(known, hint, 0), colors)
        firmness = np.linspace(FARTHEST_START, NEAREST_START, runs)
        starts = undecided[..., None] + (corner - undecided)[..., None] * firmness
        starts[~known] = np.nan
        return starts.reshape(-1, runs)


def _same(
    assignment: Int[np.ndarray, " variables"], nodes: int, colors: int
) -> Int[np.ndarray, " nodes"]:
    return assignment


def _simplex(nodes: int, edges: Edges, colors: int, fixed: Mapping[int, int]) -> System:
    return compile_system([(Simplex(colors), nodes)], [Different(edges)], fixed=fixed)


def _modular(nodes: int, edges: Edges, colors: int, fixed: Mapping[int, int]) -> System:
    return compile_system([(Circle(colors), nodes)], [Different(edges)], fixed=fixed)


def _one_hot(nodes: int, edges: Edges, colors: int, fixed: Mapping[int, int]) -> System:
    """Bit ``node * colors + c`` says that the node has colour c.

    Each node has at least one colour; neighbours share none. A node may end with several bits
    set: any of them is a proper colour.
    """
    bits = np.arange(nodes * colors).reshape(nodes, colors)
    some = Or(bits, np.ones_like(bits))
    both = np.stack([bits[edges[:, 0]], bits[edges[:, 1]]], axis=-1).reshape(-1, 2)
    held = {node * colors + c: int(c == own) for node, own in fixed.items() for c in range(colors)}
    clauses = [some, Or(both, -np.ones_like(both))]
    return compile_system([(Box(-1.0, 1.0), nodes * colors)], clauses, fixed=held)


def _first_bit(
    assignment: Int[np.ndarray, " variables"], nodes: int, colors: int
) -> Int[np.ndarray, " nodes"]:
    return assignment.reshape(nodes, colors).argmax(axis=1)


def _one_of(colors_of_nodes: Int[np.ndarray, " nodes"], colors: int) -> Cells:
    return np.eye(colors)[colors_of_nodes]


def _shares(hint: Int[np.ndarray, " nodes"], colors: int) -> tuple[Cells, Cells]:
    corner = _one_of(hint, colors)
    return corner, np.full_like(corner, 1.0 / colors)


def _bits(hint: Int[np.ndarray, " nodes"], colors: int) -> tuple[Cells, Cells]:
    corner = 2.0 * _one_of(hint, colors) - 1.0
    return corner, np.zeros_like(corner)


def _angles(hint: Int[np.ndarray, " nodes"], colors: int) -> tuple[Cells, Cells]:
    """A point of a circle is decided wherever it is: starts lie up to half a colour beside it."""
    corner = hint[:, None].astype(np.float64)
    return corner, corner + 0.5


ENCODINGS: dict[str, Encoding] = {
    "simplex": Encoding(_simplex, _same, _shares),
    "onehot": Encoding(_one_hot, _first_bit, _bits),
    "modular": Encoding(_modular, _same, _angles),
}
