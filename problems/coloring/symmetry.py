"""The colours of a clique, given to it before the dynamics begins where that helps them.

Colours may be renamed: the nodes of one clique can have any distinct ones. Where it has nearly all
of the colours, and the nodes beside it meet much of it, a run no longer settles in several places
at once which colour is whose.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from odesolve.budget import UNLIMITED, Budget
from odesolve.problems.coloring.presolve import Reduced
from odesolve.problems.coloring.proofs import large_clique
from odesolve.problems.graphs.neighbours import Neighbours

#: With fewer colours it was not measured, and runs agree without.
LEAST_COLORS = 10

#: The least share of the colours that a clique has which is given them.
LEAST_SHARE_OF_COLORS = 0.9

#: Its least size, by the mean degree. Geometric graphs, whose cliques are neighbourhoods, have 0.5
#: and more; Leighton's, of many small cliques, 0.2 to 0.35, and take more steps with one fixed.
LEAST_SHARE_OF_DEGREE = 0.45

#: Of denser graphs the size does not matter: all else meets nearly all of the clique.
DENSE = 0.8


def clique_to_fix(reduced: Reduced, colors: int, budget: Budget = UNLIMITED) -> list[int]:
    """A clique of the core that should have its colours beforehand; empty if none should.

    Arguments:
        reduced: the core; where it has fixed nodes, colours cannot be renamed, and there is none.
        budget: when it is over, a larger clique is no longer looked for.

    Returns:
        Nodes of the whole graph, in ascending order.
    """
    nodes = len(reduced.core)
    if colors < LEAST_COLORS or reduced.fixed or not len(reduced.edges):
        return []
    degree = 2 * len(reduced.edges) / nodes
    least = LEAST_SHARE_OF_COLORS * colors
    if degree < DENSE * (nodes - 1):
        least = max(least, 1 + LEAST_SHARE_OF_DEGREE * degree)
    if least > colors:  # a clique of more nodes would have been a proof
        return []
    neighbours = Neighbours.from_edges(nodes, reduced.edges)
    clique = large_clique(neighbours, budget)
    return reduced.core[clique].tolist() if len(clique) >= least else []


def colors_of_clique(
    clique: Sequence[int], hint: Int[np.ndarray, " nodes"], colors: int
) -> dict[int, int]:
    """Distinct colours for the nodes of a clique, those of a hint where it has them.

    Arguments:
        hint: a colour of each node of the graph; -1, or a colour beyond those there are, for none.
    """
    given: dict[int, int] = {}
    for node in clique:
        color = int(hint[node])
        if 0 <= color < colors and color not in given.values():
            given[node] = color
    left = iter(sorted(set(range(colors)) - set(given.values())))
    return {node: given[node] if node in given else next(left) for node in clique}
