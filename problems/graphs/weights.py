"""Weights of a graph's edges: kept as they were read, and made numbers when somebody asks.

Colouring has no use for weights, and does not pay for them: what a reader found stays text until a
cut is weighed, and only then is what is no number refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from odesolve.problems.errors import InputError, quote
from odesolve.problems.exact_text import exact_number

__all__ = ["WEIGHTED_NOTE", "EdgeWeights", "FoundWeights"]

WEIGHTED_NOTE = "edge weights ignored"


class FoundWeights(NamedTuple):
    """Weights as a reader found them.

    Attributes:
        values: gives one for each edge that was read: text, a number, or None where there is none.
        note: what is said where they are ignored.
    """

    values: Callable[[], Sequence[Any]]
    note: str = WEIGHTED_NOTE


@dataclass(frozen=True)
class EdgeWeights:
    """The weights of a graph's edges, which may have been listed several times.

    Attributes:
        pairs: node indices of the edges as they were read ``[listed, 2]``.
        node_count: of the graph.
        found: what the reader found for them.
        place: what to call the graph in errors.
        place_of_edge: number of a listed edge -> its place.
        at_both_ends: whether an edge may be listed once from each end, and is then one edge.
    """

    pairs: np.ndarray
    node_count: int
    found: FoundWeights
    place: str
    place_of_edge: Callable[[int], str] | None
    at_both_ends: bool

    def of_edges(self) -> tuple[np.ndarray | list[int | Fraction], tuple[str, ...]]:
        """One weight for each row of ``Graph.edges``, and notes.

        Weights of an edge that is listed several times add up; listed from both its ends, it is
        one edge, if both say the same. An edge without a weight has weight 1.

        Raises:
            InputError: a weight is no finite number, or the two ends of an edge differ.
        """
        values = self.found.values()
        notes = []
        if missing := sum(value is None for value in values):
            notes.append(f"{missing} edge{'s' if missing > 1 else ''} without a weight: 1 taken")
        exact = [self._number(value, at) for at, value in enumerate(values)]
        if not self.at_both_ends:
            low, high = self.pairs.min(axis=1), self.pairs.max(axis=1)
            keys, sums, _ = self._added(low, high, exact)
        else:
            keys, sums = self._agreed(exact)
        if self.repeats(keys):
            notes.append("weights of edges that are listed repeatedly added up")
        return sums, tuple(notes)

    def without_own(self, notes: Sequence[str]) -> tuple[str, ...]:
        """A graph's notes, but those that hold only where weights are ignored."""
        merged = re.compile(r"[0-9]+ repeated edges? merged")
        return tuple(n for n in notes if n != self.found.note and not merged.fullmatch(n))

    def repeats(self, keys: np.ndarray) -> bool:
        """Whether an edge is listed more often than once (from each end)."""
        ends = self.pairs if self.at_both_ends else np.sort(self.pairs, axis=1)
        return len(np.unique(ends @ [max(self.node_count, 1), 1])) < len(self.pairs)

    def _number(self, value: Any, at: int) -> int | Fraction:
        if type(value) is int:
            return value
        where = self._where(at)
        if value is None:
            return 1
        if isinstance(value, str):
            return exact_number(value.strip(), where)
        if isinstance(value, np.generic):
            value = value.item()
        try:
            if isinstance(value, bool):
                return int(value)
            exact = Fraction(value)
        except (TypeError, ValueError, OverflowError):
            raise InputError(where, f"a weight of {quote(value)}", "a number") from None
        return exact.numerator if exact.denominator == 1 else exact

    def _where(self, at: int) -> str:
        return self.place_of_edge(at) if self.place_of_edge else f"{self.place}: edge {at + 1}"

    def _added(
        self, first: np.ndarray, second: np.ndarray, exact: Sequence[int | Fraction]
    ) -> tuple[np.ndarray, list[int | Fraction], np.ndarray]:
        """Pairs as numbers, once each in order; their sums; and where each first stands."""
        every = first * max(self.node_count, 1) + second
        keys, at, group = np.unique(every, return_index=True, return_inverse=True)
        if len(keys) == len(every):
            return keys, [exact[i] for i in at.tolist()], at
        sums: list[int | Fraction] = [0] * len(keys)
        for number, value in zip(group.ravel().tolist(), exact, strict=True):
            sums[number] += value
        return keys, sums, at

    def _agreed(self, exact: Sequence[int | Fraction]) -> tuple[np.ndarray, list[int | Fraction]]:
        keys, sums, at = self._added(self.pairs[:, 0], self.pairs[:, 1], exact)
        count = max(self.node_count, 1)
        found: dict[int, int | Fraction] = {}
        for key, value, listed in zip(keys.tolist(), sums, at.tolist(), strict=True):
            first, second = divmod(key, count)
            edge = min(first, second) * count + max(first, second)
            if found.setdefault(edge, value) != value:
                wrong = f"an edge that weighs {found[edge]} one way and {value} the other"
                raise InputError(self._where(listed), wrong, "the same weight, or one of the two")
        order = sorted(found)
        return np.array(order, np.int64), [found[edge] for edge in order]
