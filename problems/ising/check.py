"""The exact checker: energies and cuts by integers, with nothing of the dynamics.

It knows the coefficients as they are and the answer, and adds. Nothing here loads JAX.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from jaxtyping import Int

from odesolve.problems.errors import InputError
from odesolve.problems.ising.numbers import INT64_ROOM, Exact, reduced

__all__ = ["Terms", "checked_bits", "checked_spins", "energies", "energy"]

#: Couplings whose products are added at once, so that no large temporary arrays are made.
_BLOCK = 2**20


class Terms(Protocol):
    """What the checker knows of a problem: ``IsingProblem`` says what its numbers mean."""

    @property
    def pairs(self) -> np.ndarray: ...
    @property
    def couplings(self) -> np.ndarray: ...
    @property
    def fields(self) -> np.ndarray: ...
    @property
    def offset(self) -> int: ...
    @property
    def denominator(self) -> int: ...
    @property
    def spin_count(self) -> int: ...
    @property
    def magnitude(self) -> int: ...


def energy(problem: Terms, spins: Any) -> Exact:
    """The energy of one assignment: an integer, or a fraction where it is none.

    Arguments:
        problem: its coefficients are integers over one denominator.
        spins: -1 and +1, ``[spins]``.

    Raises:
        InputError: they are not as many spins.
    """
    return energies(problem, checked_spins(problem, spins)[:, None])[0]


def energies(problem: Terms, spins: Int[np.ndarray, "spins runs"]) -> list[Exact]:
    """The energies of many assignments of -1 and +1.

    Raises:
        InputError: they are not ``[spins, runs]``, or something else than -1 and +1.
    """
    spins = np.asarray(spins)
    if spins.ndim != 2:
        raise InputError("spins", f"an array of {spins.ndim} axes", "spins and runs")
    spins = checked_spins(problem, spins)
    exact = problem.magnitude < INT64_ROOM
    numbers = problem.couplings.astype(np.int64 if exact else object)
    fields = problem.fields.astype(np.int64 if exact else object)
    first, second = problem.pairs.T
    found: list[Exact] = []
    for run in range(spins.shape[1]):
        own = np.ascontiguousarray(spins[:, run])
        total = problem.offset
        for start in range(0, len(numbers), _BLOCK):
            block = slice(start, start + _BLOCK)
            products = own[first[block]] * own[second[block]]
            total += _signed_sum(numbers[block], products)
        total += _signed_sum(fields, own)
        found.append(reduced(total, problem.denominator))
    return found


def _signed_sum(numbers: np.ndarray, signs: np.ndarray) -> int:
    """The sum of integers, each with a sign; int64 holds it wherever that is their type."""
    if not len(numbers):
        return 0
    if numbers.dtype == object:
        return sum(
            number if sign > 0 else -number
            for number, sign in zip(numbers.tolist(), signs.tolist(), strict=True)
        )
    return int((numbers * signs.astype(np.int64)).sum())


def checked_spins(problem: Terms, spins: Any) -> Int[np.ndarray, "spins *runs"]:
    """-1 and +1 as int8.

    Raises:
        InputError: there are not as many as spins, or something else among them.
    """
    return _of_two(problem, spins, -1, "spins")


def checked_bits(problem: Terms, bits: Any) -> Int[np.ndarray, "spins *runs"]:
    """0 and 1 as int8.

    Raises:
        InputError: there are not as many as variables, or something else among them.
    """
    return _of_two(problem, bits, 0, "bits")


def _of_two(problem: Terms, values: Any, low: int, what: str) -> np.ndarray:
    array = np.asarray(values)
    if array.ndim not in (1, 2) or len(array) != problem.spin_count:
        count = len(array) if array.ndim else "a single one"
        raise InputError(what, f"{count}", f"{problem.spin_count}")
    if array.size and (array.dtype.kind not in "biuf" or not ((array == low) | (array == 1)).all()):
        raise InputError(what, "other values", f"{low} and 1")
    return array.astype(np.int8)
