"""Size classes: rows of nearly one shape are padded to a common one, so that few are compiled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import inf, prod

__all__ = ["size_classes"]

#: More shapes than this are first rounded up, so that the best classes are found in no time.
SHAPES = 200


def size_classes(
    shapes: Sequence[tuple[int, ...]], overhead: float
) -> dict[tuple[int, ...], tuple[int, ...]]:
    """The class of each shape: the one to which it is padded.

    Shapes, sorted by their size, are cut into runs; a run costs its number of members times the
    product of the greatest extents in it, and ``overhead``. The cuts of least cost are found by
    dynamic programming.

    Arguments:
        shapes: extents of each member, all of one length.
        overhead: what a further class costs, in the unit of the product of extents.

    Example:
        >>> from odesolve.problems.models.size_classes import size_classes
        >>> size_classes([(3,), (4,), (4,), (90,)], overhead=10)
        {(3,): (4,), (4,): (4,), (90,): (90,)}
    """
    counts = Counter(shapes)
    distinct = sorted(counts, key=lambda shape: (prod(max(e, 1) for e in shape), shape))
    stride = -(-len(distinct) // SHAPES)
    ends = [*range(stride, len(distinct), stride), len(distinct)] if distinct else []
    best, previous = [0.0] + [inf] * len(ends), [0] * (len(ends) + 1)
    for end in range(1, len(ends) + 1):
        number, extent = 0, [0] * len(distinct[0])
        for start in range(end - 1, -1, -1):
            first = ends[start - 1] if start else 0
            for shape in distinct[first : ends[start]]:
                number += counts[shape]
                extent = [max(a, b) for a, b in zip(extent, shape, strict=True)]
            cost = best[start] + overhead + number * prod(max(e, 1) for e in extent)
            if cost < best[end]:
                best[end], previous[end] = cost, start
    result: dict[tuple[int, ...], tuple[int, ...]] = {}
    end = len(ends)
    while end:
        start = previous[end]
        own = distinct[(ends[start - 1] if start else 0) : ends[end - 1]]
        widest = tuple(max(extents) for extents in zip(*own, strict=True))
        result |= dict.fromkeys(own, widest)
        end = start
    return {shape: result[shape] for shape in distinct}
