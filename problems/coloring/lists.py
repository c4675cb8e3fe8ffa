"""Colourings in which many nodes have a list of colours left: fixed neighbours take the others.

Fixed nodes leave, and the colours that they forbid leave their neighbours' shares: a latin square
with holes is a small problem then, however large its graph. Where as many nodes as there are
colours are all neighbours of each other, a colour that one of them alone may have is its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Int

from odesolve.budget import UNLIMITED, Budget
from odesolve.problems.coloring.presolve import Reduced
from odesolve.problems.coloring.proofs import Infeasible
from odesolve.problems.models.presolve import Contradiction, narrowed
from odesolve.problems.models.rows.kinds import DifferentRow
from odesolve.problems.models.rows.store import Store
from odesolve.problems.models.values import Values

if TYPE_CHECKING:
    from odesolve.problems.models.shares import Shares

#: Lists are worth their building where at least this share of the free nodes has one.
RESTRICTED_SHARE = 0.2


@dataclass(frozen=True)
class Lists:
    """The colours left to each node of a core, and what must differ.

    Attributes:
        store: a variable for each node of the core, by its number.
        rows: cliques of nodes, which cover all edges between nodes that have a common colour.
    """

    store: Store
    rows: list[DifferentRow]

    def compiled(self) -> Shares:
        """The system over the nodes that are not decided."""
        from odesolve.problems.models.shares import compiled_shares

        return compiled_shares(self.store, self.rows)

    def lowest(self) -> Int[np.ndarray, " core"]:
        """The first colour left to every node: a colouring where no rows are left."""
        return np.array([self.store.low(node) for node in range(len(self.store))], np.int64)

    def colors_of(self, shares: Shares, assignment: np.ndarray) -> Int[np.ndarray, " core"]:
        """The colour of every node of the core."""
        found = shares.read(assignment.tolist(), self.store)
        return np.array([found[node] for node in range(len(self.store))], np.int64)


def has_lists(reduced: Reduced) -> bool:
    """Whether enough of the free nodes have fixed neighbours."""
    if not reduced.fixed:
        return False
    fixed = np.zeros(len(reduced.core), bool)
    fixed[list(reduced.fixed)] = True
    first, second = fixed[reduced.edges[:, 0]], fixed[reduced.edges[:, 1]]
    restricted = np.unique(
        np.concatenate([reduced.edges[first & ~second, 1], reduced.edges[second & ~first, 0]])
    )
    free = len(fixed) - fixed.sum()
    return bool(free) and len(restricted) >= RESTRICTED_SHARE * free


def color_lists(reduced: Reduced, colors: int, budget: Budget = UNLIMITED) -> Lists:
    """The colours that are left to each node of a core.

    Raises:
        Infeasible: if a node has none.
        OutOfTime: if the time is up.
    """
    store = Store()
    for node in range(len(reduced.core)):
        own = reduced.fixed.get(node)
        store.new(Values.between(0, colors - 1) if own is None else Values.between(own, own))
    cliques = clique_cover(len(reduced.core), reduced.edges, budget)
    rows = [DifferentRow((), k, clique, frozenset()) for k, clique in enumerate(cliques)]
    try:
        left = narrowed(store, rows, budget)
    except Contradiction as error:
        nodes = [int(reduced.core[node]) for node in cliques[error.origin]]
        raise Infeasible(nodes, "fixed colours leave them too few") from None
    return Lists(store, [row for row in left if isinstance(row, DifferentRow)])


def clique_cover(
    node_count: int, edges: Int[np.ndarray, "edges 2"], budget: Budget = UNLIMITED
) -> list[tuple[int, ...]]:
    """Cliques that together hold every edge once: each edge grown by common neighbours, greedily.

    Raises:
        OutOfTime: if the time is up.
    """
    uncovered: list[set[int]] = [set() for _ in range(node_count)]
    for a, b in edges.tolist():
        uncovered[a].add(b)
        uncovered[b].add(a)
    cliques = []
    for number, (a, b) in enumerate(edges.tolist()):
        if number % 1000 == 0:
            budget.check()
        if b not in uncovered[a]:
            continue
        clique, common = [a, b], uncovered[a] & uncovered[b]
        while common:
            # The node that leaves the most candidates; ties by number, so that it is repeatable.
            best = max(common, key=lambda node: (len(common & uncovered[node]), -node))
            clique.append(best)
            common = common & uncovered[best]
        for node in clique:
            uncovered[node].difference_update(clique)
        cliques.append(tuple(sorted(clique)))
    return cliques
