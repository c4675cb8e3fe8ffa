"""Larger cliques than greedy ones, by exchanging nodes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int

from odesolve.budget import UNLIMITED, Budget
from odesolve.problems.graphs.neighbours import Neighbours

#: Exchanges that are made: 0.05 s for 250 nodes.
STEPS = 3_000

#: A matrix of all pairs is held; 10 MB for so many nodes.
MOST_NODES = 3_000

#: Steps between two looks at the clock.
STEPS_BETWEEN_LOOKS = 100


def exchanged_clique(
    neighbours: Neighbours, clique: Sequence[int], budget: Budget = UNLIMITED
) -> list[int]:
    """A clique of at least as many nodes, by exchanging some.

    A node that meets all of the clique joins it, else one that meets all but one takes its place;
    no node twice. When there is none, the nodes of the clique are penalised, and those of it that
    meet one node drawn at random are left with that. Of several nodes the least penalised joins.
    It is a plainer form of dynamic local search (Pullan, Hoos 2006, JAIR 25): there penalties fall
    again, and exchanges end where nothing is left of the clique that they began with.

    Arguments:
        clique: where to begin; returned as it is where no larger one is found.
        budget: when it is over, the largest so far is the result.

    Returns:
        Its nodes in ascending order.
    """
    nodes = len(neighbours.degrees)
    best = sorted(clique)
    if not 0 < nodes <= MOST_NODES:
        return best
    search = _Exchanges(neighbours, best)
    for step in range(STEPS):
        if step % STEPS_BETWEEN_LOOKS == 0 and budget.is_over():
            break
        search.step()
        if search.members.sum() > len(best):
            best = np.flatnonzero(search.members).tolist()
    return best


class _Exchanges:
    """A clique in exchange with the nodes beside it.

    Attributes:
        members: ``[nodes]``, whether a node is in the clique.
        missed: ``[nodes]``, how many members a node does not meet, itself left out.
        used: ``[nodes]``, whether it came or went since the clique last began anew.
        penalties: ``[nodes]``, how often it was in a clique that nothing could be done with.
    """

    members: Bool[np.ndarray, " nodes"]
    missed: Int[np.ndarray, " nodes"]

    def __init__(self, neighbours: Neighbours, clique: Sequence[int]) -> None:
        nodes = len(neighbours.degrees)
        self.apart = np.ones((nodes, nodes), bool)
        self.apart[np.repeat(np.arange(nodes), neighbours.degrees), neighbours.flat] = False
        np.fill_diagonal(self.apart, False)
        self.random = np.random.default_rng(0)
        self.used = np.zeros(nodes, bool)
        self.penalties = np.zeros(nodes)
        self._begin(clique)

    def step(self) -> None:
        """One node more, one for another, or a clique that begins anew."""
        outside = ~self.members & ~self.used
        joining = np.flatnonzero(outside & (self.missed == 0))
        if len(joining):
            self._join(self._least_penalised(joining))
            return
        swapping = np.flatnonzero(outside & (self.missed == 1))
        if len(swapping) and self.members.any():
            node = self._least_penalised(swapping)
            (leaving,) = np.flatnonzero(self.members & self.apart[node])
            self.members[leaving], self.used[leaving] = False, True
            self.missed -= self.apart[leaving]
            self._join(node)
            return
        self.penalties[self.members] += 1
        self.used[:] = False
        node = int(self.random.integers(len(self.members)))
        self._begin([node, *np.flatnonzero(self.members & ~self.apart[node]).tolist()])

    def _begin(self, clique: Sequence[int]) -> None:
        self.members = np.zeros(len(self.apart), bool)
        self.members[list(clique)] = True
        self.missed = self.apart[self.members].sum(axis=0)

    def _join(self, node: int) -> None:
        self.members[node], self.used[node] = True, True
        self.missed += self.apart[node]

    def _least_penalised(self, nodes: Int[np.ndarray, " some"]) -> int:
        return int(nodes[np.argmin(self.penalties[nodes] + 0.5 * self.random.random(len(nodes)))])
