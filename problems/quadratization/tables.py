"""Penalties of small relations, from their truth tables, with as few ancillas as are found.

For given values of the ancillas in each satisfying row, all conditions on a penalty are linear in
its coefficients: 0 in these rows with these ancillas, at least 0 in them with others, at least 1 in
all other rows with any. A linear program decides whether there is such a penalty, and finds one of
the least sum of magnitudes. Without ancillas that is one program. With them, gates of two variables
are tried as what the ancillas stand for; then a search goes through the satisfying rows one by one
and turns back as soon as the program has no solution.

What the programs find in floating point is made exact fractions and checked in all rows, in
integers. Where the search ends without one, the clauses of the relation or its polynomial, reduced
in degree, are the penalty, whichever needs fewer ancillas.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import combinations, product

import numpy as np
from jaxtyping import Bool

from odesolve.potentials.relations import table_algebra as algebra
from odesolve.potentials.relations.implicates import irredundant_cover, prime_implicates
from odesolve.problems.ising.numbers import compact, objects
from odesolve.problems.quadratization.model import PenaltyModel
from odesolve.problems.quadratization.penalty import Penalty
from odesolve.problems.quadratization.polynomials import multilinear, reduced

__all__ = ["table_penalty"]

#: Widest relations for which a penalty without ancillas, or with so many, is searched for.
SEARCHED = {0: 9, 1: 6, 2: 4}
#: Widest relations for which gates are tried as the ancillas.
GATED = 6
#: Linear programs that one search may take, each about a millisecond.
PROGRAMS = 200
#: Denominators of coefficients.
LARGEST_DENOMINATOR = 240

_Column = Bool[np.ndarray, " rows"]
#: What an ancilla may stand for; the negation of each is as good.
_GATES: tuple[Callable[[_Column, _Column], _Column], ...] = (
    lambda a, b: a & b,
    lambda a, b: a | b,
    lambda a, b: a ^ b,
    lambda a, b: a & ~b,
    lambda a, b: ~a & b,
)


def table_penalty(allowed: Bool[np.ndarray, " rows"]) -> Penalty:
    """The penalty of a relation of up to 12 bits.

    Arguments:
        allowed: ``[2**arity]``; the first variable is the most significant bit of a row's number.
    """
    return _cached(np.asarray(allowed, bool).tobytes())


@lru_cache(4096)
def _cached(table: bytes) -> Penalty:
    arity = algebra.arity_of(table)
    kept = [
        position
        for position in range(arity)
        if algebra.restricted(table, position, 0) != algebra.restricted(table, position, 1)
    ]
    for position in reversed([position for position in range(arity) if position not in kept]):
        table = algebra.restricted(table, position, 0)
    allowed = np.frombuffer(table, bool)
    return _spread(_found(allowed), kept, arity)


def _spread(penalty: Penalty, kept: list[int], arity: int) -> Penalty:
    """The penalty of some bits as one of all."""
    model = PenaltyModel(arity)
    model.add(penalty, [[position + 1 for position in kept]])
    return model.penalty()


def _found(allowed: np.ndarray) -> Penalty:
    arity = len(allowed).bit_length() - 1
    if not allowed.any():
        return Penalty.of(arity, [0] * arity, {}, 1)
    if allowed.all():
        return Penalty.of(arity, [0] * arity, {})
    if _is_parity(allowed):
        model = PenaltyModel(arity)
        sign = 1 if allowed[1] else -1
        model.parities([[*range(1, arity), sign * arity]])
        return model.penalty()
    if allowed.sum() == len(allowed) - 1:
        return _by_clauses(allowed)  # one clause: a search would end here, too
    usual = [_by_clauses(allowed), reduced(multilinear(~allowed), arity)]
    fewest = min(usual, key=lambda penalty: penalty.ancillas)
    for ancillas, widest in SEARCHED.items():
        if ancillas >= fewest.ancillas:
            break
        search = _PenaltySearch(allowed, ancillas)
        choices = []
        if ancillas > 0 and arity <= GATED:
            choices.append(search.gates())
        if arity <= widest:
            choices.append(search.choices([]))
        for own in choices:
            if (found := search.penalty(own)) is not None:
                return found
    return fewest


def _is_parity(allowed: np.ndarray) -> bool:
    ones = np.bitwise_count(np.arange(len(allowed), dtype=np.uint64)) % 2
    return bool((allowed == (ones == 1)).all() or (allowed == (ones == 0)).all())


def _by_clauses(allowed: np.ndarray) -> Penalty:
    """One clause after the other, of a set of prime implicates of which none can be spared."""
    model = PenaltyModel(len(allowed).bit_length() - 1)
    for term in irredundant_cover(prime_implicates(allowed), allowed):
        model.clauses([[int(sign) * (i + 1) for i, sign in enumerate(term) if sign]])
    return model.penalty()


class _PenaltySearch:
    """The search for a penalty with a number of ancillas.

    Arguments:
        allowed: a relation that is neither empty nor full.
        ancillas: their number.
    """

    def __init__(self, allowed: np.ndarray, ancillas: int) -> None:
        self.arity, self.ancillas = len(allowed).bit_length() - 1, ancillas
        count = self.arity + ancillas
        bits = algebra.row_bits(count)
        self.pairs = list(combinations(range(count), 2))
        first, second = np.array(self.pairs, int).reshape(-1, 2).T
        # One column a coefficient: the offset, the linear ones, the quadratic ones.
        self.terms = np.concatenate(
            [np.ones((len(bits), 1)), bits, bits[:, first] * bits[:, second]], axis=1
        )
        self.least = np.repeat(~allowed, 2**ancillas).astype(float)
        self.rows = np.flatnonzero(allowed) * 2**ancillas
        self.programs = 0

    def penalty(self, choices: Iterable[list[int]]) -> Penalty | None:
        """A penalty of integer coefficients, or None where none was found.

        Arguments:
            choices: the rows of bits and ancillas that are to be 0: one for each satisfying row.
        """
        self.programs = 0
        for zeros in choices:
            solution = self._solved(zeros, shortest=True)
            if solution is not None and (found := self._exact(solution)) is not None:
                return found
        return None

    def gates(self) -> Iterator[list[int]]:
        """Ancillas that are gates of two variables each, of which no variable is in two."""
        bits = algebra.row_bits(self.arity)[self.rows >> self.ancillas].astype(bool)
        pairs = list(combinations(range(self.arity), 2))
        for gates in product(_GATES, repeat=self.ancillas):
            for own in combinations(pairs, self.ancillas):
                if len({variable for pair in own for variable in pair}) < 2 * len(own):
                    continue
                if self.programs >= PROGRAMS:
                    return
                values = [g(bits[:, i], bits[:, j]) for g, (i, j) in zip(gates, own, strict=True)]
                places = sum(value.astype(np.int64) << n for n, value in enumerate(values))
                yield (self.rows + places).tolist()

    def choices(self, zeros: list[int]) -> Iterator[list[int]]:
        """Ancillas for all satisfying rows, for which there is a penalty."""
        if len(zeros) == len(self.rows):
            yield zeros
            return
        # All names of the ancillas' values are alike, so that the first row may have 0.
        values = range(2**self.ancillas if zeros else 1)
        for value in values:
            chosen = [*zeros, int(self.rows[len(zeros)]) + value]
            if self.ancillas and self._solved(chosen, shortest=False) is None:
                continue
            yield from self.choices(chosen)

    def _solved(self, zeros: list[int], shortest: bool) -> np.ndarray | None:
        """Coefficients with which the penalty is 0 at these rows of bits and ancillas."""
        from scipy.optimize import linprog

        if self.programs >= PROGRAMS:
            return None
        self.programs += 1
        count = self.terms.shape[1]
        # The magnitudes are further unknowns: c <= m and -c <= m.
        equal, above, size = self.terms[zeros], -self.terms, count
        bound = -self.least
        cost = np.zeros(count)
        if shortest:
            identity = np.eye(count)
            equal = np.concatenate([equal, np.zeros_like(equal)], axis=1)
            above = np.block(
                [
                    [above, np.zeros_like(above)],
                    [identity, -identity],
                    [-identity, -identity],
                ]
            )
            bound = np.concatenate([bound, np.zeros(2 * count)])
            cost, size = np.concatenate([cost, np.ones(count)]), 2 * count
        found = linprog(
            cost, above, bound, equal, np.zeros(len(zeros)), bounds=[(None, None)] * size
        )
        return found.x[:count] if found.status == 0 else None

    def _exact(self, solution: np.ndarray) -> Penalty | None:
        """The fractions that the coefficients stand for, over one denominator, if they are right.

        A common denominator only widens the gap.
        """
        fractions = [
            Fraction(float(value)).limit_denominator(LARGEST_DENOMINATOR) for value in solution
        ]
        denominator = math.lcm(*(value.denominator for value in fractions))
        whole = [int(value * denominator) for value in fractions]
        divisor = math.gcd(*whole) or 1
        numbers = objects([value // divisor for value in whole])
        values = (self.terms.astype(np.int64).astype(object) @ numbers).reshape(
            -1, 2**self.ancillas
        )
        least, outside = values.min(axis=1), self.least.reshape(values.shape)[:, 0] > 0
        if (least[outside] < 1).any() or (least[~outside] != 0).any():
            return None
        split = 1 + self.arity + self.ancillas
        present = [number for number, value in enumerate(numbers[split:]) if value]
        return Penalty(
            self.arity,
            compact(numbers[1:split]),
            np.array([self.pairs[i] for i in present], np.int64).reshape(-1, 2),
            compact(numbers[split:][present]),
            int(numbers[0]),
        )
