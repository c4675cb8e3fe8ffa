"""Two colourings crossed: what a run begins with that got no further.

The runs of a batch are a population. A child takes the largest colour class of either parent in
turn, without the nodes that it has already (the greedy partition crossover of Galinier and Hao,
Journal of Combinatorial Optimization 3, 1999): the large classes that both have found survive, and
the few nodes that are left over are drawn anew.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Float, Int

from odesolve.batch import Crossing

__all__ = ["color_crossing"]

Classes = Int[np.ndarray, " nodes"]

#: How far a child's nodes begin on the way from where they are drawn to the colour of their class.
FIRMNESS = 0.8

#: Parents whose classes leave less than this share of the nodes over are taken for one: the run
#: begins at random, lest all runs become the same.
LEAST_LEFT_OVER = 0.02


def color_crossing(nodes: int, colors: int, fixed: Mapping[int, int]) -> Crossing:
    """The crossing of runs over the shares of so many colours.

    Arguments:
        fixed: node number -> the colour that it keeps: its class has that name.
    """

    def crossed(
        x: Float[np.ndarray, "cells runs"],
        chosen: Bool[np.ndarray, " runs"],
        generators: Sequence[np.random.Generator],
    ) -> Float[np.ndarray, "cells chosen"]:
        usable = np.isfinite(x).all(axis=0)
        shares = np.where(usable, x, 0.0).reshape(nodes, colors, -1)
        population = shares.argmax(axis=1)
        starts = np.full((nodes, colors, len(generators)), np.nan)
        for place, (run, random) in enumerate(zip(np.flatnonzero(chosen), generators, strict=True)):
            others = np.flatnonzero(usable & (np.arange(len(usable)) != run))
            if not usable[run] or not len(others):
                continue
            parents = population[:, run], population[:, random.choice(others)]
            child = greedy_partition_crossover(*parents, colors, random)
            if (child < 0).mean() < LEAST_LEFT_OVER:
                continue
            child = renamed(child, colors, fixed)
            drawn = random.standard_exponential((nodes, colors))
            drawn /= drawn.sum(axis=1, keepdims=True)
            corner = np.eye(colors)[child]
            firmness = np.where(child < 0, 0.0, FIRMNESS)[:, None]
            starts[:, :, place] = drawn + firmness * (corner - drawn)
        return starts.reshape(nodes * colors, -1)

    return crossed


def greedy_partition_crossover(
    first: Classes, second: Classes, colors: int, random: np.random.Generator
) -> Classes:
    """The child of two colourings, ``first``'s largest class first; -1 for nodes left over."""
    child = np.full(len(first), -1)
    for color in range(colors):
        parent = (first, second)[color % 2]
        sizes = np.bincount(parent[child < 0], minlength=colors)
        largest = random.choice(np.flatnonzero(sizes == sizes.max()))
        child[(child < 0) & (parent == largest)] = color
    return child


def renamed(child: Classes, colors: int, fixed: Mapping[int, int]) -> Classes:
    """The same classes; that of a fixed node has its colour, as far as they can be told apart."""
    names: dict[int, int] = {}
    for node, color in fixed.items():
        if child[node] >= 0 and color not in names.values():
            names.setdefault(int(child[node]), color)
    if not names:
        return child
    left = iter(sorted(set(range(colors)) - set(names.values())))
    table = np.array([names[c] if c in names else next(left) for c in range(colors)])
    return np.where(child < 0, -1, table[child])
