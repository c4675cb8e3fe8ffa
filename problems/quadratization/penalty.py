"""``Penalty``: a quadratic function of bits that is zero where a constraint holds.

Minimised over its ancillas, a penalty of integer coefficients is 0 on every satisfying assignment
of its other bits and at least 1 elsewhere. That is its gap. Those of clauses and parities are
exactly 1 where they are violated, so that soft clauses cost what they should, too.

Two closed forms serve everything that counts. With L an integer linear form of the bits,

    L^2          is 0 where L = 0,         and at least 1 elsewhere
    L (L - 1)/2  is 0 where L is 0 or 1,   and at least 1 elsewhere, with integer coefficients

The second one allows two neighbouring values without an ancilla, and therefore needs one bit of
slack less than a square (for clauses: Boros, Crama, Rodriguez-Heck, Compact quadratizations for
pseudo-Boolean functions, Journal of Combinatorial Optimization 39, 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from odesolve.problems.ising.numbers import INT64_ROOM, compact, objects

__all__ = [
    "Penalty",
    "at_least_one",
    "at_most_one",
    "between",
    "conjunction",
    "consecutive",
    "negative_monomial",
    "not_all_equal",
    "parity",
    "positive_monomial",
    "slack_weights",
    "square",
]


@dataclass(frozen=True, eq=False)
class Penalty:
    """offset + sum_i linear_i z_i + sum_{i<j} quadratic_ij z_i z_j of bits z.

    Attributes:
        arity: bits of the constraint, which come first.
        linear: integers ``[arity + ancillas]``: int64, or Python's (``object``) where those could
            overflow.
        pairs: int ``[terms, 2]``, each pair ``i < j`` at most once.
        quadratic: integers ``[terms]``, likewise.
        offset: an integer.
    """

    arity: int
    linear: np.ndarray
    pairs: np.ndarray
    quadratic: np.ndarray
    offset: int

    @property
    def ancillas(self) -> int:
        """Bits that are no bits of the constraint."""
        return len(self.linear) - self.arity

    @classmethod
    def of(
        cls,
        arity: int,
        linear: Sequence[int],
        quadratic: dict[tuple[int, int], int],
        offset: int = 0,
    ) -> Penalty:
        """From coefficients: one a bit, and those of pairs that have one."""
        pairs = np.array(list(quadratic), np.int64).reshape(-1, 2)
        values = compact(objects(list(quadratic.values())))
        return cls(arity, compact(objects(list(linear))), pairs, values, offset)

    def minima(self) -> np.ndarray:
        """The least value over the ancillas for all rows ``[2**arity]``, by exhaustion.

        The first bit is the most significant one of a row's number, as in truth tables.
        """
        count = len(self.linear)
        bits = (np.arange(2**count)[:, None] >> np.arange(count - 1, -1, -1)) & 1
        bits = bits.astype(self.linear.dtype)
        values = self.offset + bits @ self.linear
        values = values + (bits[:, self.pairs[:, 0]] * bits[:, self.pairs[:, 1]]) @ self.quadratic
        return values.reshape(2**self.arity, -1).min(axis=1)


def square(arity: int, coefficients: Sequence[int], constant: int) -> Penalty:
    """L^2 with L = sum of coefficients times bits, less a constant."""
    return _of_form(arity, coefficients, constant, halved=False)


def consecutive(arity: int, coefficients: Sequence[int], constant: int) -> Penalty:
    """L (L - 1) / 2 with L = sum of coefficients times bits, less a constant."""
    return _of_form(arity, coefficients, constant, halved=True)


def _of_form(arity: int, coefficients: Sequence[int], constant: int, halved: bool) -> Penalty:
    own = objects(list(coefficients))
    if (sum(map(abs, coefficients)) + abs(constant) + 1) ** 2 < INT64_ROOM // 4:
        own = own.astype(np.int64)
    first, second = np.triu_indices(len(own), 1)
    # L^2 = a a z + 2 a b z z' - 2 c a z + c c, as z z = z
    if halved:
        linear = (own * own - own) // 2 - constant * own
        products, offset = own[first] * own[second], constant * (constant + 1) // 2
    else:
        linear = own * own - 2 * constant * own
        products, offset = 2 * own[first] * own[second], constant * constant
    return Penalty(arity, linear, np.stack([first, second], axis=1), products, offset)


def slack_weights(most: int) -> list[int]:
    """Weights of as few bits as reach every sum from 0 to ``most``, and none beyond it."""
    if most <= 0:
        return []
    powers = [1 << i for i in range(most.bit_length() - 1)]
    return [*powers, most - sum(powers)]


def _pair_weights(count: int) -> list[int]:
    """Weights whose sums s reach, as s and s + 1, all of 0 ... ``count - 1`` and nothing else."""
    bits = (count - 1).bit_length() - 1
    return [*(2 << i for i in range(bits - 1)), count - (1 << bits)] if bits > 0 else []


@lru_cache(256)
def between(coefficients: tuple[int, ...], least: int, count: int) -> Penalty:
    """A sum is one of ``count`` neighbouring integers, the first of them ``least``."""
    arity = len(coefficients)
    if count == 1:
        return square(arity, coefficients, least)
    slack = [-weight for weight in _pair_weights(count)]
    return consecutive(arity, [*coefficients, *slack], least)


@lru_cache(64)
def positive_monomial(degree: int) -> Penalty:
    """Exactly the product of ``degree`` bits.

    From degree 3 on, floor((degree - 1) / 2) ancillas (Ishikawa, Transformation of general binary
    MRF minimization to the first-order case, IEEE TPAMI 33, 2011): with S1 and S2 the sums of bits
    and of their pairs, S2 + sum_w w (c_w (2 w_number - S1) - 1), c = 2 but for the last one of an
    odd degree, where it is 1.
    """
    if degree < 2:
        return Penalty.of(degree, [1] * degree, {}, 0 if degree else 1)
    count = (degree - 1) // 2
    linear, quadratic = [0] * degree, dict.fromkeys(combinations(range(degree), 2), 1)
    for number in range(1, count + 1):
        factor = 1 if degree % 2 and number == count else 2
        linear.append(2 * factor * number - 1)
        quadratic |= {(bit, len(linear) - 1): -factor for bit in range(degree)}
    return Penalty.of(degree, linear, quadratic)


@lru_cache(64)
def negative_monomial(degree: int) -> Penalty:
    """Exactly minus the product of ``degree`` bits, with one ancilla from degree 3 on.

    w (degree - 1 - S1) (Freedman, Drineas, Energy minimization via graph cuts, CVPR 2005).
    """
    if degree < 3:
        own = positive_monomial(degree)
        return Penalty(degree, -own.linear, own.pairs, -own.quadratic, -own.offset)
    pairs = {(bit, degree): -1 for bit in range(degree)}
    return Penalty.of(degree, [*[0] * degree, degree - 1], pairs)


@lru_cache(64)
def at_least_one(width: int) -> Penalty:
    """One of ``width`` bits is 1, exactly 1 where none is: ceil(log2(width)) - 1 ancillas."""
    return between((1,) * width, 1, width)


@lru_cache(64)
def at_most_one(width: int) -> Penalty:
    """At most one of ``width`` bits is 1: no ancilla."""
    return consecutive(width, [1] * width, 0)


@lru_cache(64)
def parity(width: int) -> Penalty:
    """An odd number of bits is 1, exactly 1 where it is even: ceil(log2(width)) - 1 ancillas.

    The square of (number of ones) - 1 - 2 slack: a number's neighbour has the other parity.
    """
    slack = slack_weights((width - 1) // 2)
    return square(width, [*[1] * width, *(-2 * weight for weight in slack)], 1)


@lru_cache(64)
def not_all_equal(width: int) -> Penalty:
    """One of at least two bits is 1 and one is 0: ceil(log2(width - 1)) - 1 ancillas."""
    return between((1,) * width, 1, width - 1)


@lru_cache(1)
def conjunction() -> Penalty:
    """The first of three bits is the product of the others, without an ancilla.

    x y - 2 x z - 2 y z + 3 z (Rosenberg, Reduction of bivalent maximization to the quadratic case,
    1975): 1 where z should be 1, and 1 or 3 where it should be 0.
    """
    return Penalty.of(3, [3, 0, 0], {(0, 1): -2, (0, 2): -2, (1, 2): 1})
