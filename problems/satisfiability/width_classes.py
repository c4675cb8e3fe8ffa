"""Rows of many lengths in few tables: which lengths share a padded width."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

#: A kernel costs as much as this many cells of padding, or this share of all cells.
CELLS_PER_KERNEL = 2048
SHARE_PER_KERNEL = 0.05

#: Kernels at most; each takes about as long to compile as all the rest of a small problem.
KERNEL_LIMIT = 6


def width_classes(
    lengths: Int[np.ndarray, " rows"],
) -> list[tuple[int, Int[np.ndarray, " n"]]]:
    """The padded widths that cost least, each with the numbers of its rows.

    The cost is the number of cells, padding included, and a constant for each width. With d
    different lengths the best choice takes O(d^2): dynamic programming over where classes end.
    """
    distinct, counts = np.unique(lengths, return_counts=True)
    if not len(distinct):
        return []
    ends = _class_ends(distinct, counts)
    number = np.searchsorted(distinct[ends], lengths)
    if len(ends) == 1:
        return [(int(distinct[-1]), np.arange(len(lengths)))]
    return [(int(distinct[end]), np.flatnonzero(number == i)) for i, end in enumerate(ends)]


def _class_ends(distinct: Int[np.ndarray, " d"], counts: Int[np.ndarray, " d"]) -> list[int]:
    """The indices of the greatest length of each class."""
    kernel = max(CELLS_PER_KERNEL, SHARE_PER_KERNEL * float(distinct @ counts))
    before = np.concatenate([[0], np.cumsum(counts)]).astype(np.float64)
    # least[j]: cells of the first j lengths in as many classes as there have been rounds.
    least = np.full(len(distinct) + 1, np.inf)
    least[0] = 0.0
    choices: list[np.ndarray] = []
    totals: list[float] = []
    for _ in range(min(KERNEL_LIMIT, len(distinct))):
        following = np.full_like(least, np.inf)
        choice = np.zeros(len(least), np.int64)
        for j in range(1, len(least)):
            costs = least[:j] + distinct[j - 1] * (before[j] - before[:j])
            choice[j] = np.argmin(costs)
            following[j] = costs[choice[j]]
        least = following
        choices.append(choice)
        totals.append(least[-1] + kernel * len(choices))
    ends: list[int] = []
    j = len(distinct)
    for choice in reversed(choices[: int(np.argmin(totals)) + 1]):
        ends.append(j - 1)
        j = int(choice[j])
    return ends[::-1]
