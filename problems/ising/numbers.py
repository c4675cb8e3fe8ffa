"""Exact integers in arrays: of 64 bits where they fit, Python's own where they do not."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

__all__ = ["INT64_ROOM", "Exact", "compact", "magnitude", "objects", "over", "reduced", "summed"]

#: An exact number as callers see it.
Exact = int | Fraction

#: Integers whose magnitudes add up to less than this are kept and added as int64.
INT64_ROOM = 2**62


def objects(numbers: Sequence[int]) -> np.ndarray:
    """Python's integers in an array that keeps them as they are."""
    array = np.empty(len(numbers), object)
    array[:] = numbers
    return array


def magnitude(numbers: np.ndarray) -> int:
    """The sum of all magnitudes, exactly."""
    if numbers.dtype == object:
        return sum(map(abs, numbers.tolist()))
    if not len(numbers):
        return 0
    largest = max(abs(int(numbers.min())), abs(int(numbers.max())))
    if largest * len(numbers) < INT64_ROOM:
        return int(np.abs(numbers.astype(np.int64)).sum())
    return sum(map(abs, numbers.tolist()))


def compact(numbers: np.ndarray) -> np.ndarray:
    """The same integers as int64, or as Python's integers where they could overflow when added."""
    if magnitude(numbers) < INT64_ROOM:
        return numbers.astype(np.int64)
    return numbers.astype(object) if numbers.dtype == object else objects(numbers.tolist())


def over(numbers: np.ndarray, denominator: int, common: int) -> np.ndarray:
    """Numerators over one denominator as those over a multiple of it."""
    factor = common // denominator
    if factor == 1:
        return numbers
    if (magnitude(numbers) + 1) * factor < INT64_ROOM:
        return numbers * np.int64(factor)
    return numbers.astype(object) * factor


def summed(numbers: np.ndarray, groups: np.ndarray, count: int) -> np.ndarray:
    """The exact sums of integers by the number of their group, ``[count]``."""
    if numbers.dtype == object:
        sums = objects([0] * count)
        np.add.at(sums, groups, numbers)
        return compact(sums)
    sums = np.zeros(count, np.int64)
    np.add.at(sums, groups, numbers)
    return sums


def reduced(numerator: int, denominator: int) -> Exact:
    """A fraction as an integer if it is one."""
    value = Fraction(numerator, denominator)
    return value.numerator if value.denominator == 1 else value
