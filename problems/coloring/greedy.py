"""Colourings node after node: first guesses, and what completes others."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping

import numpy as np
from jaxtyping import Int

from odesolve.budget import UNLIMITED, Budget
from odesolve.problems.coloring.presolve import Reduced
from odesolve.problems.graphs.neighbours import Neighbours

__all__ = ["count_of", "dsatur", "extend", "greedy_coloring", "greedy_colors", "without_gaps"]

Colors = Int[np.ndarray, " nodes"]

#: Of the time limit so much is kept back for each node that presolve removed, to colour it.
SECONDS_FOR_A_REMOVED_NODE = 5e-6


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


def greedy_coloring(
    neighbours: Neighbours, fixed: Mapping[int, int], hint: Colors, budget: Budget = UNLIMITED
) -> Colors:
    """The colouring of Brelaz's DSATUR (1979), or the hint where that leads to no more colours.

    What the hint leaves out, and where two neighbours have one colour in it, DSATUR completes.

    Arguments:
        hint: ``[nodes]``, -1 where there is none.
        budget: when it is over, the other nodes are coloured without looking for a good order.
    """
    count = len(neighbours.degrees)
    own = dsatur(neighbours, fixed, np.full(count, -1, np.int64), budget)
    hinted = hint >= 0
    if not hinted.any():
        return own
    near = hint.copy()
    near[hinted] = without_gaps(hint[hinted], fixed)  # so that what completes it finds its colours
    begun = without_gaps(dsatur(neighbours, fixed, near, budget), fixed)
    return begun if count_of(begun) <= count_of(own) else own


def dsatur(
    neighbours: Neighbours, fixed: Mapping[int, int], hint: Colors, budget: Budget = UNLIMITED
) -> Colors:
    """Colour node after node: fixed ones, then those with a hint, then by Brelaz's rule.

    The node whose neighbours have the most colours comes next, of these the one of most
    neighbours; it takes the least colour that it can. A hint counts unless a neighbour has that
    colour already.
    """
    degrees = neighbours.degrees.tolist()
    count, most = len(degrees), max(degrees, default=0) + 1
    taken: list[set[int]] = [set() for _ in range(count)]
    colors = [-1] * count
    # Entries are numbers, which compare fastest: of colours around a node, its neighbours, and its
    # place. One counts only while its node has as many colours around it as it says.
    heap = [-degree * count + node for node, degree in enumerate(degrees)]
    heapq.heapify(heap)
    hinted = [(node, int(hint[node])) for node in np.flatnonzero(hint >= 0)[::-1].tolist()]
    waiting = [*hinted, *fixed.items()]
    uncolored = count
    while (waiting or heap) and budget.left() > uncolored * SECONDS_FOR_A_REMOVED_NODE:
        if budget.is_over():
            break
        if waiting:
            node, color = waiting.pop()
            if colors[node] >= 0 or color in taken[node]:
                continue
        else:
            negated, node = divmod(heapq.heappop(heap), count)
            if colors[node] >= 0 or -negated // most != len(taken[node]):
                continue
            color = next(c for c in range(len(taken[node]) + 1) if c not in taken[node])
        colors[node] = color
        uncolored -= 1
        for other in neighbours.of(node).tolist():
            if colors[other] < 0 and color not in taken[other]:
                taken[other].add(color)
                urgency = len(taken[other]) * most + degrees[other]
                heapq.heappush(heap, other - urgency * count)
    found = np.array(colors, np.int64)
    for node, color in fixed.items():  # where there was no time even for them
        found[node] = color
    left = np.flatnonzero(found < 0)
    by_degree = left[np.argsort(neighbours.degrees[left], kind="stable")]
    extend(neighbours, found, by_degree, count + 1)
    return found


def without_gaps(colors: Colors, fixed: Mapping[int, int]) -> Colors:
    """The same classes with the lowest numbers; the colours of fixed nodes keep theirs."""
    held = sorted(set(fixed.values()))
    known, classes = np.unique(colors, return_inverse=True)
    is_held = np.isin(known, held)
    free = np.setdiff1d(np.arange(len(known) + len(held)), held)
    renamed = known.copy()
    renamed[~is_held] = free[: np.count_nonzero(~is_held)]
    return renamed[classes]


def count_of(colors: Colors) -> int:
    """The highest colour, counted from 1; 0 without nodes."""
    return int(colors.max(initial=-1)) + 1


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
