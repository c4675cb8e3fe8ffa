"""Random choices that a file of bytes decides, so that a fuzzer of bytes can steer them."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


class Choices:
    """Choices taken from bytes; once these are spent, from a generator that they seed.

    The same bytes always give the same choices.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        self._random = random.Random(zlib.crc32(data))

    def below(self, count: int) -> int:
        """An integer from 0 to ``count - 1``."""
        width = 1 if count <= 256 else 2 if count <= 65536 else 8
        taken = self._data[self._at : self._at + width]
        self._at += width
        if len(taken) < width:
            return self._random.randrange(count)
        return int.from_bytes(taken, "little") % count

    def between(self, low: int, high: int) -> int:
        """An integer from ``low`` to ``high``."""
        return low + self.below(high - low + 1)

    def one_in(self, count: int) -> bool:
        """Whether something happens that does once in ``count`` times."""
        return self.below(count) == count - 1

    def pick(self, items: Sequence[Item]) -> Item:
        """One of the items."""
        return items[self.below(len(items))]

    def some(self, items: Sequence[Item], most: int) -> list[Item]:
        """Up to ``most`` distinct items, in any order."""
        left = list(items)
        count = self.below(min(most, len(left)) + 1)
        return [left.pop(self.below(len(left))) for _ in range(count)]

    def shuffled(self, items: Sequence[Item]) -> list[Item]:
        """The items in another order."""
        left = list(items)
        return [left.pop(self.below(len(left))) for _ in range(len(left))]
