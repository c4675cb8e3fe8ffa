"""All colourings of what presolve left, tried one after another: a proof for small graphs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Int

from odesolve.budget import UNLIMITED, Budget
from odesolve.problems.coloring.presolve import Reduced
from odesolve.problems.coloring.proofs import Infeasible
from odesolve.problems.graphs.neighbours import Neighbours

__all__ = ["colored_by_exhaustion"]

#: Steps of the search, of about 15 ns: half a second.
WORK_LIMIT = 30_000_000
#: Steps that a neighbour takes, a node that is looked at taking one.
WORK_OF_A_NEIGHBOUR = 10

#: Nodes times colours of the largest problem that is tried.
LARGEST = 200_000


def colored_by_exhaustion(
    reduced: Reduced, colors: int, budget: Budget = UNLIMITED
) -> Int[np.ndarray, " core"] | None:
    """A proper colouring of the core, or None if none is found within the limits.

    The node whose neighbours have the most colours comes next, of these the one of most neighbours
    (Brelaz 1979). Colours that no node has yet are alike, so that one of them is tried.

    Raises:
        Infeasible: if there is none, with nodes whose colourings have all been tried.
    """
    if not len(reduced.core) or len(reduced.core) * colors > LARGEST:
        return None
    return _DepthFirstSearch(reduced, colors).run(budget)


class _DepthFirstSearch:
    """A search in depth: the nodes on the path, and what they leave to the others."""

    def __init__(self, reduced: Reduced, colors: int) -> None:
        neighbours = Neighbours.from_edges(len(reduced.core), reduced.edges)
        self.reduced, self.colors = reduced, colors
        self.around = [neighbours.of(node).tolist() for node in range(len(reduced.core))]
        self.coloring = [-1] * len(reduced.core)
        #: How many neighbours of each node have each colour, and how many nodes have it.
        self.times = [[0] * colors for _ in self.around]
        self.uses = [0] * colors
        #: The larger, the sooner a node's turn comes; each colour around it counts most.
        self.most = max(map(len, self.around)) + 1
        self.urgency = [len(own) for own in self.around]
        self.path: list[int] = []
        self.touched: set[int] = set()
        self.work = WORK_LIMIT

    def run(self, budget: Budget) -> Int[np.ndarray, " core"] | None:
        for node, color in self.reduced.fixed.items():
            if not self.give(node, color):
                raise self.proof()
        if len(self.path) == len(self.around):
            return np.array(self.coloring, np.int64)
        held = len(self.path)
        first = self.next_node()
        waiting = [(first, self.choices(first))]
        while waiting:
            if self.work < 0 or budget.is_over():
                return None
            node, choices = waiting[-1]
            if len(self.path) - held == len(waiting):
                self.take_back()
            choice = next(choices, None)
            if choice is None:
                waiting.pop()
            elif self.give(node, choice):
                if len(self.path) == len(self.around):
                    return np.array(self.coloring, np.int64)
                node = self.next_node()
                waiting.append((node, self.choices(node)))
        raise self.proof()

    def next_node(self) -> int:
        self.work -= len(self.urgency)
        return self.urgency.index(max(self.urgency))

    def choices(self, node: int) -> Iterator[int]:
        """The colours that are left to a node, only one of those that no node has yet."""
        fresh = self.uses.index(0) if 0 in self.uses else -1
        left = [color for color, times in enumerate(self.times[node]) if not times]
        return iter([color for color in left if self.uses[color] or color == fresh])

    def give(self, node: int, color: int) -> bool:
        """Give a node a colour; whether that leaves one to each other node."""
        leaves = True
        self.path.append(node)
        self.touched.add(node)
        self.coloring[node] = color
        self.uses[color] += 1
        self.urgency[node] -= self.most * self.colors * 2
        self.work -= WORK_OF_A_NEIGHBOUR * len(self.around[node])
        for other in self.around[node]:
            times = self.times[other]
            times[color] += 1
            if times[color] == 1:
                self.urgency[other] += self.most
                if self.coloring[other] < 0 and all(times):
                    self.touched.add(other)
                    leaves = False
        return leaves

    def take_back(self) -> None:
        """Take the colour of the last node back."""
        node = self.path.pop()
        color = self.coloring[node]
        self.coloring[node] = -1
        self.uses[color] -= 1
        self.urgency[node] += self.most * self.colors * 2
        for other in self.around[node]:
            self.times[other][color] -= 1
            if not self.times[other][color]:
                self.urgency[other] -= self.most

    def proof(self) -> Infeasible:
        """That nothing is left to try: whatever was not touched had no say in it."""
        nodes = [int(self.reduced.core[node]) for node in sorted(self.touched)]
        tried = f"all ways to colour these {len(nodes)} with {self.colors} colours were tried"
        return Infeasible(nodes, tried)
