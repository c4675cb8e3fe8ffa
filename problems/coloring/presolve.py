"""Presolve of colourings: what needs no dynamics, and what no dynamics could do.

NumPy and Python only: a graph that presolve colours entirely never loads JAX.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from odesolve.budget import UNLIMITED, Budget
from odesolve.problems.coloring.proofs import Infeasible, find_clique, odd_cycle
from odesolve.problems.coloring.removal import removable
from odesolve.problems.graphs.neighbours import Neighbours


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
        budget: when it is over, what follows is left out: some of it may clash with the rest.

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
                    raise Infeasible([node, other], f"they are neighbours {why}", [*fixed])
                continue
            used = taken.setdefault(other, set())
            used.add(fixed[node])
            if len(used) == colors:
                raise Infeasible([other], "its neighbours take all the colours", [*fixed])
            if len(used) == colors - 1:
                fixed[other] = next(c for c in range(colors) if c not in used)
                waiting.append(other)
    return dict(precoloring) if waiting else fixed
