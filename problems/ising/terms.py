"""``Terms``: exact coefficients in the one form that problems have, and from bits to spins."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from odesolve.problems.ising.numbers import INT64_ROOM, compact, magnitude, summed

__all__ = ["Terms", "lowest_terms", "terms_of_bits", "terms_of_spins"]


class Terms(NamedTuple):
    """The coefficients of an energy, of spins or of bits.

    Attributes:
        pairs: ``[quadratic, 2]``, ``i < j``, unique and sorted.
        quadratic: their numerators, ``[quadratic]``.
        linear: those of the single variables, ``[variables]``.
        offset: a numerator, too.
        denominator: of all of them.
    """

    pairs: np.ndarray
    quadratic: np.ndarray
    linear: np.ndarray
    offset: int
    denominator: int


def lowest_terms(terms: Terms) -> Terms:
    """The same energy without zero couplings, with the least denominator, in read-only arrays."""
    pairs, couplings, fields, offset, denominator = terms
    kept = couplings != 0
    pairs, couplings = pairs[kept.astype(bool)], couplings[kept.astype(bool)]
    if denominator > 1:
        divisor = math.gcd(denominator, offset, _divisor(couplings), _divisor(fields))
        if divisor >= INT64_ROOM:  # all of them are zero, or none is of 64 bits
            couplings, fields = couplings.astype(object), fields.astype(object)
        couplings, fields = couplings // divisor, fields // divisor
        offset, denominator = offset // divisor, denominator // divisor
    total = magnitude(couplings) + magnitude(fields) + abs(offset)
    if total >= INT64_ROOM:
        couplings, fields = couplings.astype(object), fields.astype(object)
    else:
        couplings, fields = compact(couplings), compact(fields)
    pairs = np.ascontiguousarray(pairs, np.int32).reshape(-1, 2)
    for array in (pairs, couplings, fields):
        array.setflags(write=False)
    return Terms(pairs, couplings, fields, offset, denominator)


def terms_of_spins(terms: Terms) -> Terms:
    """Terms of bits as terms of spins, by x = (s + 1) / 2: everything over four times as much."""
    pairs, quadratic, linear, offset, denominator = terms
    if 8 * (magnitude(quadratic) + magnitude(linear)) >= INT64_ROOM:
        quadratic, linear = quadratic.astype(object), linear.astype(object)
    # Q x x = Q (s s + s + s + 1) / 4 and q x = (2 q s + 2 q) / 4
    fields = 2 * linear + _around(pairs, quadratic, len(linear))
    constant = 4 * offset + sum(quadratic.tolist()) + 2 * sum(linear.tolist())
    return Terms(pairs, quadratic, fields, constant, 4 * denominator)


def terms_of_bits(terms: Terms) -> Terms:
    """Terms of spins as terms of bits, by s = 2 x - 1, with the least denominator."""
    pairs, couplings, fields, constant, denominator = terms
    room = 8 * (magnitude(couplings) + magnitude(fields) + abs(constant) + 1) < INT64_ROOM
    couplings = couplings if room else couplings.astype(object)
    fields = fields if room else fields.astype(object)
    # J s s = J (4 x x - 2 x - 2 x + 1) and h s = 2 h x - h
    around = _around(pairs, couplings, len(fields))
    linear = 2 * fields - 2 * around
    offset = constant + sum(couplings.tolist()) - sum(fields.tolist())
    quadratic = 4 * couplings
    divisor = math.gcd(denominator, offset, _divisor(quadratic), _divisor(linear))
    if denominator == 1:
        divisor = 1
    return Terms(
        pairs,
        compact(quadratic // divisor),
        compact(linear // divisor),
        offset // divisor,
        denominator // divisor,
    )


def _around(pairs: np.ndarray, values: np.ndarray, count: int) -> np.ndarray:
    """For each variable the sum over the pairs that it is in."""
    return summed(np.concatenate([values, values]), pairs.T.ravel(), count)


def _divisor(numbers: np.ndarray) -> int:
    """The greatest common divisor of all; 0 for none."""
    if numbers.dtype == object:
        return math.gcd(*numbers.tolist())
    return int(np.gcd.reduce(numbers)) if len(numbers) else 0
