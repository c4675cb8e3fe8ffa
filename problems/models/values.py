"""The values that an integer variable may take: a set of integers as ranges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int


@dataclass(frozen=True)
class Values:
    """A finite set of integers, as disjoint ranges in rising order.

    Attributes:
        ranges: pairs ``(low, high)``, both ends included, with a gap after each.

    Example:
        >>> from odesolve.problems.models.values import Values
        >>> values = Values.of([3, 1, 2, 9])
        >>> values.ranges, values.size, 4 in values
        (((1, 3), (9, 9)), 4, False)
        >>> list(values.within(2, 100))
        [2, 3, 9]
    """

    ranges: tuple[tuple[int, int], ...]

    @classmethod
    def between(cls, low: int, high: int) -> Values:
        """The integers from low to high; none where ``high < low``."""
        return cls(((int(low), int(high)),) if low <= high else ())

    @classmethod
    def of(cls, values: Iterable[int]) -> Values:
        """A set from its members, in any order."""
        if isinstance(values, range) and abs(values.step) == 1 and len(values):
            return cls.between(min(values[0], values[-1]), max(values[0], values[-1]))
        return cls.joined((int(value), int(value)) for value in values)

    @classmethod
    def joined(cls, ranges: Iterable[tuple[int, int]]) -> Values:
        """The union of ranges, which may overlap."""
        kept: list[tuple[int, int]] = []
        for low, high in sorted(ranges):
            if low > high:
                continue
            if kept and low <= kept[-1][1] + 1:
                kept[-1] = (kept[-1][0], max(kept[-1][1], high))
            else:
                kept.append((low, high))
        return cls(tuple(kept))

    @property
    def size(self) -> int:
        return sum(high - low + 1 for low, high in self.ranges)

    @property
    def lowest(self) -> int:
        """The least value. Raises IndexError if there is none."""
        return self.ranges[0][0]

    @property
    def highest(self) -> int:
        """The greatest value. Raises IndexError if there is none."""
        return self.ranges[-1][1]

    def __contains__(self, value: object) -> bool:
        number: Any = value  # of any type that compares with integers
        return any(low <= number <= high for low, high in self.ranges)

    def __iter__(self) -> Iterator[int]:
        for low, high in self.ranges:
            yield from range(low, high + 1)

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def within(self, low: int, high: int) -> Values:
        """Those from low to high."""
        cut = ((max(a, low), min(b, high)) for a, b in self.ranges)
        return Values(tuple((a, b) for a, b in cut if a <= b))

    def without(self, value: int) -> Values:
        """Those other than one value."""
        if value not in self:
            return self
        parts = ((a, b) for a, b in self.ranges)
        return Values.joined(
            part
            for a, b in parts
            for part in ([(a, value - 1), (value + 1, b)] if a <= value <= b else [(a, b)])
        )

    def common(self, other: Values) -> Values:
        """Those that are in both."""
        return Values.joined(
            part for low, high in other.ranges for part in self.within(low, high).ranges
        )

    def to_array(self) -> Int[np.ndarray, " size"]:
        """The members in rising order, as 64-bit integers."""
        parts = [np.arange(low, high + 1, dtype=np.int64) for low, high in self.ranges]
        return np.concatenate([*parts, np.zeros(0, np.int64)])


#: The values of a truth value.
TRUTH = Values.between(0, 1)
