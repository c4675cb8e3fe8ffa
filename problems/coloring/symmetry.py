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
from odesolve.problems.coloring.clique_exchanges import MOST_NODES
from odesolve.problems.coloring.presolve import Reduced, reduce_coloring
from odesolve.problems.coloring.proofs import Infeasible, large_clique
from odesolve.problems.graphs.neighbours import Neighbours

#: With fewer colours it was not measured, and runs agree without. Of more nodes than are exchanged
#: the search for a clique takes its time, and finds less.
LEAST_COLORS = 10

#: The least share of the colours that a clique has which is given them.
LEAST_SHARE_OF_COLORS = 0.9

#: How many nodes of it a node of it meets at least, by the mean degree. Geometric graphs, whose
#: cliques are neighbourhoods, have 0.5 and more; Leighton's, of many small cliques, 0.2 to 0.35,
#: and take more steps with one fixed.
LEAST_SHARE_OF_DEGREE = 0.45

#: Of denser graphs the size does not matter: all else meets nearly all of the clique.
DENSE = 0.8


def with_clique(
    reduced: Reduced, colors: int, hint: Int[np.ndarray, " nodes"], budget: Budget = UNLIMITED
) -> Reduced:
    """What is left once a clique has its colours, where that helps; else what was left before.

    Arguments:
        reduced: where nodes are fixed, colours cannot be renamed, and it stays as it is.
        hint: a colour of each node of the whole graph, -1 for none: see ``colors_of_clique``.
        budget: when it is over, all stays as it is.

    Raises:
        Infeasible: if the colours of the clique show that there is no colouring.
    """
    clique = clique_to_fix(reduced, colors, budget)
    given = colors_of_clique(clique, hint[reduced.core], colors)
    if not given or budget.is_over():
        return reduced
    try:
        rest = reduce_coloring(len(reduced.core), reduced.edges, colors, given, budget)
    except Infeasible as clash:
        neighbours = Neighbours.from_edges(len(reduced.core), reduced.edges)
        nodes = sorted({*clique, *reasons_of(clash, neighbours, clique)})
        why = f"a clique of {len(clique)} of them leaves the others no colours"
        raise Infeasible(reduced.core[nodes].tolist(), why) from None
    if budget.is_over():  # some of what follows may be missing
        return reduced
    peeled = np.concatenate([reduced.peeled, reduced.core[rest.peeled]])
    return Reduced(reduced.core[rest.core], rest.edges, rest.fixed, peeled)


def clique_to_fix(reduced: Reduced, colors: int, budget: Budget = UNLIMITED) -> list[int]:
    """A clique of the core that should have its colours beforehand; empty if none should.

    Arguments:
        budget: when it is over, a larger clique is no longer looked for.

    Returns:
        Numbers of the core, in ascending order.
    """
    nodes = len(reduced.core)
    if reduced.fixed or colors < LEAST_COLORS or not 0 < nodes <= MOST_NODES:
        return []
    degree = 2 * len(reduced.edges) / nodes
    least = LEAST_SHARE_OF_COLORS * colors
    if degree < DENSE * (nodes - 1):
        least = max(least, 1 + LEAST_SHARE_OF_DEGREE * degree)
    if least > min(colors, nodes):  # a clique of more nodes than colours would have been a proof
        return []
    clique = large_clique(Neighbours.from_edges(nodes, reduced.edges), budget)
    return clique if len(clique) >= least else []


def colors_of_clique(
    clique: Sequence[int], hint: Int[np.ndarray, " nodes"], colors: int
) -> dict[int, int]:
    """Distinct colours for the nodes of a clique, those of a hint where it has them.

    Arguments:
        hint: a colour of each node; -1, or a colour beyond those there are, for none.

    Returns:
        Empty where the hint names some of them and leaves out several: what these should have
        depends on the hinted nodes around them.
    """
    given: dict[int, int] = {}
    for node in clique:
        color = int(hint[node])
        if 0 <= color < colors and color not in given.values():
            given[node] = color
    if 0 < len(given) < len(clique) - 1:
        return {}
    left = iter(sorted(set(range(colors)) - set(given.values())))
    return {node: given[node] if node in given else next(left) for node in clique}


def reasons_of(clash: Infeasible, neighbours: Neighbours, given: Sequence[int]) -> set[int]:
    """The nodes by which colours of others clash: those of the clash, and what decided them.

    Arguments:
        given: nodes that had their colours beforehand.
    """
    known = {node: place for place, node in enumerate(clash.decided)}
    reasons, waiting = set(given), list(clash.nodes)
    while waiting:
        node = waiting.pop()
        if node in reasons:
            continue
        reasons.add(node)
        place = known.get(node, len(known))
        around = neighbours.of(node).tolist()
        waiting += [other for other in around if known.get(other, place) < place]
    return reasons
