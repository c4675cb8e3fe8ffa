"""A complete colouring solver for the tests: CaDiCaL on the direct CNF encoding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import combinations

from pysat.solvers import Cadical153

Pair = tuple[int, int]


def some_coloring(
    node_count: int, edges: Iterable[Pair], colors: int, fixed: Mapping[int, int]
) -> list[int] | None:
    """A proper colouring that keeps what is fixed, or None if there is none."""

    def variable(node: int, color: int) -> int:
        return node * colors + color + 1

    palette = range(colors)
    with Cadical153() as solver:
        for node in range(node_count):
            solver.add_clause([variable(node, color) for color in palette])
            for first, second in combinations(palette, 2):
                solver.add_clause([-variable(node, first), -variable(node, second)])
        for a, b in edges:
            for color in palette:
                solver.add_clause([-variable(int(a), color), -variable(int(b), color)])
        for node, color in fixed.items():
            solver.add_clause([variable(node, color)])
        if not solver.solve():
            return None
        chosen = {literal for literal in solver.get_model() if literal > 0}
    return [next(c for c in palette if variable(v, c) in chosen) for v in range(node_count)]


def equal_ends(edges: Iterable[tuple], coloring: Mapping) -> int:
    """Edges whose ends have one colour, counted one by one."""
    return sum(coloring[a] == coloring[b] for a, b in edges)
