"""Terms in any order and of any numbers, collected into the form that problems have."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from odesolve.problems.arguments import shown
from odesolve.problems.errors import InputError
from odesolve.problems.graphs.graph import NODE_LIMIT
from odesolve.problems.integers import as_integer
from odesolve.problems.ising.coefficients import as_exact
from odesolve.problems.ising.numbers import INT64_ROOM, compact, magnitude, over, summed
from odesolve.problems.ising.terms import Terms, lowest_terms, terms_of_spins

__all__ = ["collected"]


def collected(
    given: tuple[Any, Any, Any, Any, Any],
    *,
    variables: int | None,
    binary: bool,
    names: Sequence[Any],
    place: str,
    place_of_term: Callable[[int], str] | None,
) -> tuple[Terms, tuple[str, ...]]:
    """The terms of spins in lowest terms, and notes.

    Arguments:
        given: rows, columns, values, linear, offset as of ``IsingProblem.from_arrays``; so are all
            others.

    Raises:
        InputError: as ``IsingProblem.from_arrays``.
    """
    rows, columns, values, linear, offset = given
    first, second = _indices(rows, place), _indices(columns, place)
    numbers, divisor = as_exact(values, place, place_of_term)
    if not len(first) == len(second) == len(numbers):
        raise InputError(
            place,
            f"{len(first)} rows, {len(second)} columns and {len(numbers)} values",
            "as many of each",
        )
    single, single_divisor = as_exact(np.zeros(0, np.int64) if linear is None else linear, place)
    constants, constant_divisor = as_exact([offset], place)
    most = int(max(first.max(initial=-1), second.max(initial=-1))) + 1
    count = max(most, len(single), len(names)) if variables is None else variables
    _check_count(count, most, len(single), names, place)
    common = math.lcm(divisor, single_divisor, constant_divisor)
    numbers = over(numbers, divisor, common)
    single = over(single, single_divisor, common)
    single = np.concatenate([single, np.zeros(count - len(single), np.int64)])
    constant = int(constants[0]) * (common // constant_divisor)
    _check_sign(first, second, place, place_of_term)

    loops = first == second
    if binary:
        single = _added(single, summed(numbers[loops], first[loops], count))
    else:
        constant += sum(numbers[loops].tolist())
    low, high = np.minimum(first, second)[~loops], np.maximum(first, second)[~loops]
    keys, coefficients = _merged(low * max(count, 1) + high, compact(numbers[~loops]))
    pairs = np.stack(np.divmod(keys, max(count, 1)), axis=1)
    terms = Terms(pairs, coefficients, single, constant, common)
    notes: tuple[str, ...] = ()
    if repeated := len(low) - len(keys):
        notes = (f"{repeated} repeated term{'s' if repeated > 1 else ''} added up",)
    return lowest_terms(terms_of_spins(terms) if binary else terms), notes


def _merged(keys: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different keys in order, and the sums of their values."""
    if (np.diff(keys) > 0).all():
        return keys, values
    kept, groups = np.unique(keys, return_inverse=True)
    return kept, summed(values, groups.ravel(), len(kept))


def _added(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    if magnitude(first) + magnitude(second) < INT64_ROOM:
        return first.astype(np.int64) + second.astype(np.int64)
    return first.astype(object) + second.astype(object)


def _indices(values: Any, place: str) -> np.ndarray:
    array = np.asarray(values)
    if array.size == 0:
        return np.zeros(0, np.int64)
    if array.dtype.kind not in "iu" or array.ndim != 1:
        raise InputError(place, f"numbers of variables as {array.dtype}", "a list of integers")
    return array.astype(np.int64)


def _check_count(count: Any, most: int, linear: int, names: Sequence[Any], place: str) -> None:
    """Raises InputError for a wrong number of variables."""
    if as_integer(count) is None or count < 0:
        raise InputError(place, f"{shown(count)} variables", "a number of them")
    if count > NODE_LIMIT:
        raise InputError(place, f"{count} variables", f"at most {NODE_LIMIT}")
    if most > count:
        raise InputError(place, f"variable {most - 1} of {count}", "numbers below that")
    if linear > count:
        raise InputError(place, f"{linear} linear coefficients", f"at most {count}")
    if names and (len(names) != count or len(set(names)) != count):
        raise InputError(place, f"{len(set(names))} different names", f"{count}, one a variable")


def _check_sign(
    first: np.ndarray,
    second: np.ndarray,
    place: str,
    place_of_term: Callable[[int], str] | None,
) -> None:
    wrong = np.flatnonzero((first < 0) | (second < 0))
    if wrong.size:
        number = int(wrong[0])
        where = place_of_term(number) if place_of_term else place
        least = min(int(first[number]), int(second[number]))
        raise InputError(where, f"variable {least}", "numbers from 0")
