"""The values that are left to each variable, while presolve takes some away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from odesolve.problems.models.values import Values

#: Up to this many values are kept one by one; of larger domains only the ends are moved.
LISTED = 4096


class Empty(Exception):
    """A variable has no value left: a row cannot hold."""


class Store:
    """Domains of numbered variables.

    ``changed`` holds the variables whose domain became smaller since it was emptied.
    """

    def __init__(self) -> None:
        self._sets: list[set[int] | None] = []
        self._low: list[int] = []
        self._high: list[int] = []
        self._given: list[Values] = []
        self.changed: set[int] = set()

    def __len__(self) -> int:
        return len(self._low)

    def new(self, values: Values) -> int:
        """A new variable; its number."""
        self._given.append(values)
        self._sets.append(set(values) if values.size <= LISTED else None)
        self._low.append(values.lowest)
        self._high.append(values.highest)
        return len(self._low) - 1

    def low(self, variable: int) -> int:
        return self._low[variable]

    def high(self, variable: int) -> int:
        return self._high[variable]

    def is_fixed(self, variable: int) -> bool:
        return self._low[variable] == self._high[variable]

    def is_listed(self, variable: int) -> bool:
        """Whether the values are known one by one."""
        return self._sets[variable] is not None

    def size(self, variable: int) -> int:
        """The number of values, or an upper bound of it where they are not listed."""
        own = self._sets[variable]
        return self._high[variable] - self._low[variable] + 1 if own is None else len(own)

    def values(self, variable: int) -> list[int]:
        """The values in rising order."""
        own = self._sets[variable]
        if own is not None:
            return sorted(own)
        return list(self._given[variable].within(self._low[variable], self._high[variable]))

    def each(self, variable: int) -> Iterator[int]:
        """The values in rising order, one at a time."""
        own = self._sets[variable]
        if own is not None:
            return iter(sorted(own))
        return iter(self._given[variable].within(self._low[variable], self._high[variable]))

    def gaps(self, variable: int) -> list[tuple[int, int]]:
        """The ranges of values between the lowest and the highest that are missing."""
        own = self._sets[variable]
        kept = self._given[variable] if own is None else Values.of(own)
        ranges = kept.within(self._low[variable], self._high[variable]).ranges
        return [(a[1] + 1, b[0] - 1) for a, b in pairwise(ranges)]

    def has(self, variable: int, value: int) -> bool:
        own = self._sets[variable]
        if own is not None:
            return value in own
        inside = self._low[variable] <= value <= self._high[variable]
        return inside and value in self._given[variable]

    def remove(self, variable: int, value: int) -> None:
        """Take a value away. Raises Empty if none is left."""
        if not self.has(variable, value):
            return
        own = self._sets[variable]
        if own is not None:
            own.discard(value)
            self._reset(variable, own)
        elif value == self._low[variable]:
            self.restrict(variable, value + 1, self._high[variable])
        elif value == self._high[variable]:
            self.restrict(variable, self._low[variable], value - 1)

    def restrict(self, variable: int, low: int, high: int) -> None:
        """Keep the values from low to high. Raises Empty if none is left."""
        if low <= self._low[variable] and high >= self._high[variable]:
            return
        own = self._sets[variable]
        if own is None:
            kept = self._given[variable].within(
                max(low, self._low[variable]), min(high, self._high[variable])
            )
            if not kept:
                raise Empty
            if kept.size <= LISTED:
                self._reset(variable, set(kept))
                return
            self._low[variable], self._high[variable] = kept.lowest, kept.highest
            self.changed.add(variable)
            return
        self._reset(variable, {value for value in own if low <= value <= high})

    def keep(self, variable: int, allowed: Iterable[int] | Callable[[int], bool]) -> None:
        """Keep the values that are allowed. Raises Empty if none is left."""
        own = self._sets[variable]
        if callable(allowed):
            if own is not None:
                kept = {value for value in own if allowed(value)}
                if len(kept) < len(own):
                    self._reset(variable, kept)
            return
        listed = {value for value in allowed if self.has(variable, value)}
        if own is None or len(listed) < len(own):
            self._reset(variable, listed)

    def fix(self, variable: int, value: int) -> None:
        """Leave one value. Raises Empty if it is none of those left."""
        if not self.has(variable, value):
            raise Empty
        self.restrict(variable, value, value)

    def _reset(self, variable: int, kept: set[int]) -> None:
        if not kept:
            raise Empty
        self._sets[variable] = kept
        self._low[variable], self._high[variable] = min(kept), max(kept)
        self.changed.add(variable)
