"""Proofs that so many colours do not do: cliques, and odd cycles."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from odesolve.budget import UNLIMITED, Budget, OutOfTime
from odesolve.problems.coloring.clique_exchanges import exchanged_clique
from odesolve.problems.graphs.neighbours import Neighbours

__all__ = [
    "DegeneracyOrder",
    "Infeasible",
    "degeneracy_order",
    "find_clique",
    "large_clique",
    "odd_cycle",
]

#: Search nodes spent on looking for a clique; enough for every sparse graph.
CLIQUE_SEARCH_LIMIT = 100_000

#: Nodes from which a clique is grown greedily, before the exact search.
STARTS_OF_CLIQUES = 500


class Infeasible(Exception):
    """Presolve proved that there is no colouring.

    Attributes:
        nodes: the nodes that prove it.
        why: what is wrong with them, without naming them.
        decided: the nodes whose colours were known then, in the order in which they became known.
    """

    def __init__(self, nodes: Sequence[int], why: str, decided: Sequence[int] = ()) -> None:
        super().__init__(why)
        self.nodes, self.why, self.decided = list(nodes), why, list(decided)


class DegeneracyOrder:
    """Nodes in the order of repeatedly taking one of least degree, and who comes after them.

    A clique is its first node and some of the few neighbours that come after that.

    Attributes:
        order: ``[nodes]``, see ``degeneracy_order``.
    """

    def __init__(self, neighbours: Neighbours, budget: Budget = UNLIMITED) -> None:
        """Find the order.

        Raises:
            OutOfTime: if there is no time for it.
        """
        self.order = degeneracy_order(neighbours, budget)
        self.rank = np.empty(len(self.order), np.int64)
        self.rank[self.order] = np.arange(len(self.order))
        self._neighbours = neighbours
        self._after: dict[int, set[int]] = {}

    def after(self, node: int) -> set[int]:
        """The neighbours of a node that come after it."""
        if node not in self._after:
            own = self._neighbours.of(node)
            self._after[node] = set(own[self.rank[own] > self.rank[node]].tolist())
        return self._after[node]


def find_clique(
    neighbours: Neighbours,
    size: int,
    budget: Budget = UNLIMITED,
    ordered: DegeneracyOrder | None = None,
) -> list[int] | None:
    """A clique of ``size`` nodes, or None; the search is exact unless it exceeds its limits.

    Arguments:
        ordered: the order of these nodes, where it is known already.
    """
    if size <= 1 or len(neighbours.degrees) == 0 or budget.is_over():
        return None
    try:
        ordered = ordered or DegeneracyOrder(neighbours, budget)
    except OutOfTime:
        return None
    rank, after = ordered.rank, ordered.after
    # A stack instead of recursion: cliques may have more nodes than Python has frames. A clique's
    # candidates are found when its turn comes, so that the first path down is cheap.
    stack: list[tuple[list[int], int, set[int] | None]]
    stack = [([], node, None) for node in map(int, ordered.order[::-1])]
    looks = CLIQUE_SEARCH_LIMIT + len(stack)
    while stack and looks > 0 and not budget.is_over():
        looks -= 1
        before, node, allowed = stack.pop()
        clique = [*before, node]
        if len(clique) == size:
            return sorted(clique)
        candidates = after(node) if allowed is None else allowed & after(node)
        if len(clique) + len(candidates) < size:
            continue
        for other in sorted(candidates, key=lambda n: -int(rank[n])):
            stack.append((clique, other, candidates))
    return None


def degeneracy_order(
    neighbours: Neighbours, budget: Budget = UNLIMITED
) -> Int[np.ndarray, " nodes"]:
    """Nodes in the order of repeatedly taking one of least degree (Matula and Beck 1983).

    Raises:
        OutOfTime: if there is no time for it.
    """
    degree = neighbours.degrees.tolist()
    buckets: list[list[int]] = [[] for _ in range(max(degree, default=0) + 1)]
    for node, own in enumerate(degree):
        buckets[own].append(node)
    gone = [False] * len(degree)
    order: list[int] = []
    least = 0
    while len(order) < len(degree):
        while not buckets[least]:
            least += 1
        node = buckets[least].pop()
        if gone[node] or degree[node] != least:
            continue
        budget.check()
        gone[node] = True
        order.append(node)
        for other in neighbours.of(node).tolist():
            if not gone[other]:
                degree[other] -= 1
                buckets[degree[other]].append(other)
        least = max(least - 1, 0)
    return np.array(order, np.int64)


def large_clique(neighbours: Neighbours, budget: Budget = UNLIMITED) -> list[int]:
    """A clique that no larger one was found beside, its nodes in ascending order.

    Arguments:
        budget: when it is over, the largest so far is the result; it may be empty.
    """
    try:
        ordered = DegeneracyOrder(neighbours, budget)
    except OutOfTime:
        return []
    best: list[int] = []
    starts, degrees = STARTS_OF_CLIQUES, neighbours.degrees.tolist()
    for node in ordered.order[::-1].tolist():
        # A clique that begins here has the nodes that come later, and no others.
        if len(ordered.after(node)) < len(best):
            continue
        if not starts or budget.is_over():
            break
        starts -= 1
        best = max(best, _greedy_clique(ordered, degrees, node), key=len)
    best = exchanged_clique(neighbours, best, budget)
    while (larger := find_clique(neighbours, len(best) + 1, budget, ordered)) is not None:
        best = larger
    return sorted(best)


def _greedy_clique(ordered: DegeneracyOrder, degrees: list[int], node: int) -> list[int]:
    clique, allowed = [node], set(ordered.after(node))
    while allowed:
        node = max(allowed, key=lambda other: (degrees[other], -other))
        clique.append(node)
        allowed.remove(node)
        later = ordered.after(node)
        allowed = {other for other in allowed if other in later or node in ordered.after(other)}
    return clique


def odd_cycle(neighbours: Neighbours, budget: Budget = UNLIMITED) -> list[int] | None:
    """A cycle of odd length, or None when the graph is bipartite or there is no time."""
    parent = np.full(len(neighbours.degrees), -1)
    depth = np.full(len(neighbours.degrees), -1)
    for root in range(len(depth)):
        if depth[root] >= 0:
            continue
        depth[root] = 0
        waiting = [root]
        for node in waiting:
            if budget.is_over():
                return None
            for other in neighbours.of(node).tolist():
                if depth[other] < 0:
                    parent[other], depth[other] = node, depth[node] + 1
                    waiting.append(other)
                elif depth[other] == depth[node]:
                    return _joined_at_ancestor(node, other, parent)
    return None


def _joined_at_ancestor(first: int, second: int, parent: np.ndarray) -> list[int]:
    """The cycle that an edge between two nodes of one breadth-first level closes."""
    left, right = [first], [second]
    while left[-1] != right[-1]:
        left.append(int(parent[left[-1]]))
        right.append(int(parent[right[-1]]))
    return left + right[-2::-1]
