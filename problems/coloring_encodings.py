"""Three ways to put a colouring into a ``System``, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from odesolve.potentials import Box, Circle, Different, Or, Simplex, System, compile_system

Edges = Int[np.ndarray, "edges 2"]


@dataclass(frozen=True)
class Encoding:
    """How a colouring becomes a ``System``.

    Attributes:
        compile: (node count, edges, colours, fixed) -> system.
        colors_of: (assignment of the variables, node count, colours) -> colours, ``[nodes]``.
    """

    compile: Callable[[int, Edges, int, Mapping[int, int]], System]
    colors_of: Callable[[Int[np.ndarray, " variables"], int, int], Int[np.ndarray, " nodes"]]


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


ENCODINGS: dict[str, Encoding] = {
    "simplex": Encoding(_simplex, _same),
    "onehot": Encoding(_one_hot, _first_bit),
    "modular": Encoding(_modular, _same),
}
