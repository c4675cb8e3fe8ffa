"""Presolve of colourings: what needs no dynamics, and what no dynamics could do.

NumPy and Python only: a graph that presolve colours entirely never loads JAX.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int
from scipy.sparse import csr_array

from odesolve.budget import UNLIMITED, Budget, OutOfTime
from odesolve.problems.coloring.removal import removable

#: Search nodes spent on looking for a clique; enough for every sparse graph.
CLIQUE_SEARCH_LIMIT = 100_000


@dataclass(frozen=True)
class Neighbours:
    """The adjacency of a simple graph: ``of(node)`` are its neighbours, sorted."""

    starts: Int[np.ndarray, " nodes+1"]
    flat: Int[np.ndarray, " ends"]

    @classmethod
    def from_edges(cls, node_count: int, edges: Int[np.ndarray, "edges 2"]) -> Neighbours:
        both = np.concatenate([edges, edges[:, ::-1]]).astype(np.int64)
        shape = (node_count, node_count)
        matrix = csr_array((np.ones(len(both), bool), (both[:, 0], both[:, 1])), shape=shape)
        matrix.sort_indices()
        return cls(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64))

    def of(self, node: int) -> Int[np.ndarray, " degree"]:
        return self.flat[self.starts[node] : self.starts[node + 1]]

    @property
    def degrees(self) -> Int[np.ndarray, " nodes"]:
        return np.diff(self.starts)


@dataclass(frozen=True)
class Reduced:
    """What is left of a colouring problem.

    Attributes:
        core: the nodes left for the dynamics, in ascending order.
        edges: the edges among them, in numbers of ``core``.
        fixed: number in ``core`` -> colour that the node must have.
        peeled: the other nodes in the order in which they were taken away.
    """

    core: Int[np.ndarray, " core"]
    edges: Int[np.ndarray, "edges 2"]
    fixed: dict[int, int]
    peeled: Int[np.ndarray, " peeled"]


class Infeasible(Exception):
    """Presolve proved that there is no colouring.

    Attributes:
        nodes: the nodes that prove it.
        why: what is wrong with them, without naming them.
    """

    def __init__(self, nodes: Sequence[int], why: str) -> None:
        super().__init__(why)
        self.nodes, self.why = list(nodes), why


def unreduced(
    node_count: int, edges: Int[np.ndarray, "edges 2"], precoloring: Mapping[int, int]
) -> Reduced:
    """The whole problem, untouched."""
    return Reduced(np.arange(node_count), edges, dict(precoloring), np.zeros(0, np.int64))


def reduce_coloring(
    node_count: int,
    edges: Int[np.ndarray, "edges 2"],
    colors: int,
    precoloring: Mapping[int, int],
    budget: Budget = UNLIMITED,
) -> Reduced:
    """Propagate fixed colours, remove nodes that can always be coloured, look for a proof.

    Arguments:
        edges: of a simple graph.
        colors: number of colours q.
        precoloring: node -> colour in 0 ... q - 1.
        budget: when it is over, no more nodes are removed and no more proofs looked for.

    Raises:
        Infeasible: if fixed colours clash, a clique has q + 1 nodes, or (q = 2) a cycle is odd.
    """
    neighbours = Neighbours.from_edges(node_count, edges)
    fixed = propagate(neighbours, colors, precoloring, budget)
    peeled = removable(node_count, edges, colors, fixed, budget)
    in_core = np.ones(node_count, bool)
    in_core[peeled] = False
    core = np.flatnonzero(in_core)
    number = np.cumsum(in_core) - 1
    kept = number[edges[in_core[edges].all(axis=1)]].astype(np.int32).reshape(-1, 2)
    inside = Neighbours.from_edges(len(core), kept)
    clique = find_clique(inside, colors + 1, budget)
    if clique is not None:
        nodes = [int(core[node]) for node in clique]
        raise Infeasible(nodes, f"they form a clique of {len(nodes)}")
    if colors == 2 and (cycle := odd_cycle(inside, budget)) is not None:
        nodes = [int(core[node]) for node in cycle]
        raise Infeasible(nodes, f"they form a cycle of odd length {len(nodes)}")
    core_fixed = {int(number[node]): color for node, color in fixed.items() if in_core[node]}
    return Reduced(core, kept, core_fixed, peeled)


def refuse_fixed_neighbours(edges: Int[np.ndarray, "edges 2"], fixed: Mapping[int, int]) -> None:
    """Find two neighbours that are fixed to one colour; quick, however many nodes are fixed.

    Raises:
        Infeasible: naming them.
    """
    if not fixed or not len(edges):
        return
    nodes = np.array([*fixed], np.int64)
    # Numbers of colours may be of any size: their places among the distinct ones are not.
    places = {color: place for place, color in enumerate(dict.fromkeys(fixed.values()))}
    held = np.full(max(int(edges.max()), int(nodes.max())) + 1, -1, np.int64)
    held[nodes] = [places[color] for color in fixed.values()]
    first, second = held[edges[:, 0]], held[edges[:, 1]]
    clashes = np.flatnonzero((first >= 0) & (first == second))
    if len(clashes):
        raise Infeasible(edges[clashes[0]].tolist(), "they are neighbours fixed to one colour")


def propagate(
    neighbours: Neighbours,
    colors: int,
    precoloring: Mapping[int, int],
    budget: Budget = UNLIMITED,
) -> dict[int, int]:
    """Fixed colours and all that follow because a node has a single colour left.

    Arguments:
        budget: when it is over, some of what follows is missing.

    Raises:
        Infeasible: if two fixed neighbours share a colour or a node has no colour left.
    """
    fixed: dict[int, int] = dict(precoloring)
    taken: dict[int, set[int]] = {}
    waiting = list(fixed)
    while waiting and not budget.is_over():
        node = waiting.pop()
        for other in neighbours.of(node).tolist():
            if other in fixed:
                if fixed[other] == fixed[node]:
                    given = node in precoloring and other in precoloring
                    why = "fixed to one colour" if given else "and fixed colours force one on them"
                    raise Infeasible([node, other], f"they are neighbours {why}")
                continue
            used = taken.setdefault(other, set())
            used.add(fixed[node])
            if len(used) == colors:
                raise Infeasible([other], "its neighbours take all the colours")
            if len(used) == colors - 1:
                fixed[other] = next(c for c in range(colors) if c not in used)
                waiting.append(other)
    return fixed


def greedy_colors(reduced: Reduced, colors: int, budget: Budget) -> Int[np.ndarray, " core"]:
    """A first guess: node after node the lowest colour that fewest neighbours have.

    Nodes of many neighbours come first; those that there is no time for take colour 0.
    """
    coloring = np.full(len(reduced.core), -1, np.int64)
    for node, color in reduced.fixed.items():
        coloring[node] = color
    neighbours = Neighbours.from_edges(len(reduced.core), reduced.edges)
    for node in np.argsort(-neighbours.degrees, kind="stable"):
        if budget.is_over():
            break
        if coloring[node] < 0:
            times = Counter(coloring[neighbours.of(node)].tolist())
            lowest = next((c for c in range(min(colors, len(times) + 1)) if c not in times), None)
            coloring[node] = min(range(colors), key=times.__getitem__) if lowest is None else lowest
    return np.maximum(coloring, 0)


def extend(
    neighbours: Neighbours,
    coloring: Int[np.ndarray, " nodes"],
    peeled: Int[np.ndarray, " peeled"],
    colors: int,
) -> None:
    """Colour the peeled nodes in place, the last one taken away first; -1 is no colour yet.

    A proper colouring leaves each of them a colour. Where the core's is not proper, a node may
    have none left, and takes the one that the fewest of its neighbours have.
    """
    for node in peeled[::-1]:
        around = coloring[neighbours.of(node)]
        # One of so many colours is free, if any is: the least free one is among them.
        considered = min(colors, len(around) + 1)
        inside = around[(around >= 0) & (around < considered)]
        coloring[node] = np.bincount(inside, minlength=considered).argmin()


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
