"""Coefficients of any kind, as callers hand them over, made exact integers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from numbers import Rational
from typing import Any

import numpy as np

from odesolve.problems.arguments import plain_array, shown
from odesolve.problems.errors import InputError
from odesolve.problems.ising.numbers import compact, objects

__all__ = ["as_exact"]


def as_exact(
    values: Any, place: str, place_of: Callable[[int], str] | None = None
) -> tuple[np.ndarray, int]:
    """Numbers as integers over one denominator, without any rounding.

    A float stands for the binary fraction that it is; text is refused here, and readers of files
    hand over ``Fraction`` or ``Decimal``, which stand for what was written.

    Arguments:
        values: integers, floats, ``Fraction`` or ``Decimal``, in an array or a sequence.
        place: what to call them in errors.
        place_of: number of a value -> its place, for errors.

    Returns:
        The numerators, of int64 or, where they do not fit, of Python's integers (``object``); and
        the denominator.

    Raises:
        InputError: something is no finite number.
    """
    array = plain_array(values, place)
    if array is None:
        # NumPy would make floats of integers that stand beside one float.
        if isinstance(values, Sequence) and all(type(value) is int for value in values):
            return compact(np.array([*values, None], object)[:-1]), 1
        return _from_objects(list(values), place, place_of)
    if array.dtype.kind in "iu":
        return compact(array.ravel()), 1
    if array.dtype.kind == "f" and array.dtype.itemsize <= 8:
        return _from_floats(array.ravel().astype(np.float64), place, place_of)
    return _from_objects(array.ravel().tolist(), place, place_of)


def _from_floats(
    values: np.ndarray, place: str, place_of: Callable[[int], str] | None
) -> tuple[np.ndarray, int]:
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        first = int(wrong[0])
        raise InputError(place_of(first) if place_of else place, f"{values[first]}", "a number")
    mantissas, exponents = np.frexp(values)
    whole = (mantissas * 2.0**53).astype(np.int64)
    powers = exponents.astype(np.int64) - 53
    present = whole != 0
    if not present.any():
        return whole, 1
    # Zeros at the end of a mantissa belong to its power of two.
    zeros = np.zeros(len(whole), np.int64)
    lowest = whole[present] & -whole[present]
    zeros[present] = np.frexp(lowest.astype(np.float64))[1] - 1
    whole, powers = whole >> zeros, powers + zeros
    least = min(int(powers[present].min()), 0)
    shifts = np.where(present, powers - least, 0)
    bits = 53 - zeros + shifts
    if int(bits[present].max()) < 63:
        return whole << shifts, 2**-least
    shifted = [
        number << shift for number, shift in zip(whole.tolist(), shifts.tolist(), strict=True)
    ]
    return objects(shifted), 2**-least


def _from_objects(
    values: Sequence[Any], place: str, place_of: Callable[[int], str] | None
) -> tuple[np.ndarray, int]:
    fractions = []
    for number, value in enumerate(values):
        try:
            if isinstance(value, bool | np.bool_ | str | bytes):
                raise TypeError
            if isinstance(value, np.generic):
                value = value.item()
            fractions.append(value if isinstance(value, Rational) else Fraction(value))
        except (TypeError, ValueError, OverflowError):
            where = place_of(number) if place_of else place
            raise InputError(where, shown(value), "a number") from None
    denominator = math.lcm(*{int(value.denominator) for value in fractions})
    numerators = [
        int(value.numerator) * (denominator // int(value.denominator)) for value in fractions
    ]
    return compact(objects(numerators)), denominator
