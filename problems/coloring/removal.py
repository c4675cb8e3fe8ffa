"""Nodes that need no dynamics: those that take a colour whatever the others have."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Int

from odesolve.budget import UNLIMITED, Budget

#: Edges that are gone through between two looks at the clock.
EDGES_BETWEEN_LOOKS = 10_000

#: Comparisons of neighbourhoods in all; a dense graph of 1,000 nodes is gone through once.
COMPARISON_LIMIT = 1_000_000


def removable(
    node_count: int,
    edges: Int[np.ndarray, "edges 2"],
    colors: int,
    fixed: Mapping[int, int],
    budget: Budget = UNLIMITED,
) -> Int[np.ndarray, " removed"]:
    """Take away, again and again, free nodes that can be coloured after all others.

    Such are a node with fewer than ``colors`` neighbours left, and a dominated one: all its
    neighbours are also neighbours of another node, whose colour it can take. Coloured in the
    reverse order, each finds a colour that its neighbours leave.

    Arguments:
        edges: of a simple graph.
        fixed: nodes that have their colour and stay.
        budget: when it is over, what has been found till then is the result.

    Returns:
        The nodes in the order in which they were taken away.
    """
    around: list[set[int]] = [set() for _ in range(node_count)]
    for first in range(0, len(edges), EDGES_BETWEEN_LOOKS):
        if budget.is_over():
            return np.zeros(0, np.int64)
        for a, b in edges[first : first + EDGES_BETWEEN_LOOKS].tolist():
            around[a].add(b)
            around[b].add(a)
    present = np.ones(node_count, bool)
    order: list[int] = []
    waiting = [n for n in range(node_count) if len(around[n]) < colors and n not in fixed]
    doubtful = list(range(node_count))
    comparisons = COMPARISON_LIMIT
    while True:
        touched = _take(waiting, around, present, order, colors, fixed, budget)
        doubtful += touched
        found = None
        while doubtful and comparisons > 0 and found is None and not budget.is_over():
            node = doubtful.pop()
            if present[node] and node not in fixed:
                found, comparisons = _dominated(node, around, comparisons)
        if found is None:
            return np.array(order, np.int64)
        waiting = [found]


def _take(
    waiting: list[int],
    around: list[set[int]],
    present: np.ndarray,
    order: list[int],
    colors: int,
    fixed: Mapping[int, int],
    budget: Budget,
) -> list[int]:
    """Take nodes away, and those that are left with too few neighbours; what they touched."""
    touched = []
    for node in waiting:
        present[node] = False
    for node in waiting:
        if budget.is_over():  # those that wait stay in the graph
            break
        order.append(node)
        for other in around[node]:
            around[other].discard(node)
            if not present[other]:
                continue
            touched.append(other)
            if len(around[other]) < colors and other not in fixed:
                present[other] = False
                waiting.append(other)
    return touched


def _dominated(node: int, around: list[set[int]], comparisons: int) -> tuple[int | None, int]:
    """The node if another one dominates it, and how many comparisons are left."""
    own = around[node]
    if not own:
        return None, comparisons
    through = min(own, key=lambda other: len(around[other]))
    for other in around[through]:
        comparisons -= 1
        if other != node and own <= around[other]:
            return node, comparisons
    return None, comparisons
