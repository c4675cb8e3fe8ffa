"""``PenaltyModel``: penalties of many constraints over common variables, added up.

Variables are numbered from 0, those of the problem first; literals are those of formulas, ``v + 1``
for variable v and ``-(v + 1)`` for its negation. A penalty is written for literals that are true or
false; that of a negated one is had by 1 - x for x. This, and x x = x, make every penalty right for
rows that name a variable twice, too.

All penalties are zero at least. So their sum is zero exactly where each is, whatever their positive
weights: the solutions are the ground states wherever there is one, and the least energy is at least
the least weight where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from odesolve.problems.ising.numbers import INT64_ROOM, compact, magnitude, objects
from odesolve.problems.ising.problem import IsingProblem
from odesolve.problems.quadratization.penalty import (
    Penalty,
    at_least_one,
    at_most_one,
    between,
    not_all_equal,
    parity,
    positive_monomial,
    slack_weights,
    square,
)

__all__ = ["PIECE", "WIDE", "PenaltyModel"]

#: Clauses, parities and rows of not-all-equal are split into pieces of at most so many literals:
#: the couplings of one grow with the square of its width.
PIECE = 8
#: Likewise for exactly one, at most one and weighted sums.
WIDE = 32
#: Up to here Ishikawa's coefficients are smaller, for as many ancillas.
_SMALL = 6


class PenaltyModel:
    """Variables and the sum of penalties so far.

    Arguments:
        variables: those of the problem; ancillas follow.

    Attributes:
        variable_count: all variables so far.
        offset: what every assignment costs.
    """

    def __init__(self, variables: int) -> None:
        self.original_count = self.variable_count = variables
        self.offset = 0
        self._first: list[np.ndarray] = []
        self._second: list[np.ndarray] = []
        self._values: list[np.ndarray] = []

    # ------------------------------------------------------------------------------------ adding

    def new_variables(self, *shape: int) -> np.ndarray:
        """Ancillas, numbered row by row."""
        count = int(np.prod(shape))
        first = self.variable_count
        self.variable_count += count
        return np.arange(first, self.variable_count).reshape(shape)

    def add(self, penalty: Penalty, literals: Any, weights: Any = 1) -> None:
        """Add a penalty for each row of literals, with ancillas of its own.

        Arguments:
            literals: ``[rows, arity]``.
            weights: positive integers: one for all, or ``[rows]``.
        """
        literals = np.asarray(literals, np.int64)
        rows = len(literals)
        literals = literals.reshape(rows, penalty.arity)
        own = np.concatenate([literals, self.new_variables(rows, penalty.ancillas) + 1], axis=1).T
        variables = np.abs(own) - 1
        scale = _integers(weights)
        largest = max(map(int, scale.ravel()), default=0)
        size = magnitude(penalty.linear) + magnitude(penalty.quadratic) + abs(penalty.offset)
        kind = np.int64 if 8 * size * largest * max(rows, 1) < INT64_ROOM else object
        linear = penalty.linear.astype(kind)[:, None] * scale.astype(kind)
        quadratic = penalty.quadratic.astype(kind)[:, None] * scale.astype(kind)
        linear = np.broadcast_to(linear, (len(linear), rows)).copy()
        # A literal is sign x + shift: Q l l' = Q (sign x + shift) (sign' x' + shift')
        sign = np.sign(own).astype(kind)
        shift = (own < 0).astype(kind)
        first, second = penalty.pairs.T
        np.add.at(linear, first, quadratic * shift[second])
        np.add.at(linear, second, quadratic * shift[first])
        constant = _total(penalty.offset * np.broadcast_to(scale.astype(kind), (rows,)))
        constant += _total(linear * shift) - _total(quadratic * shift[first] * shift[second])
        self.offset += constant
        self._store(variables, variables, linear * sign)
        self._store(variables[first], variables[second], quadratic * sign[first] * sign[second])

    def _store(self, first: np.ndarray, second: np.ndarray, values: np.ndarray) -> None:
        self._first.append(first.ravel())
        self._second.append(second.ravel())
        self._values.append(values.ravel())

    # ------------------------------------------------------------------------------- constraints

    def clauses(self, literals: Any, weights: Any = 1) -> None:
        """At least one literal of each row is true, or the row costs exactly its weight.

        A wide row is a chain, ``a or b or z`` and ``not z or c or d``: where all literals are false
        one of the two is violated whatever z is, and one suffices.
        """
        for piece in self._pieces(literals, PIECE):
            width = piece.shape[1]
            if width <= _SMALL:
                self.add(positive_monomial(width), -piece, weights)
            else:
                self.add(at_least_one(width), piece, weights)

    def parities(self, literals: Any, weights: Any = 1) -> None:
        """An odd number of the literals of each row is true; a wide row is a chain."""
        for piece in self._pieces(literals, PIECE):
            if piece.shape[1] == 0:
                self.offset += _weight_of_all(weights, len(piece))
            else:
                self.add(parity(piece.shape[1]), piece, weights)

    def not_all_equal(self, literals: Any, weights: Any = 1) -> None:
        """A literal of each row is true and one is false; a wide row is a chain."""
        for piece in self._pieces(literals, PIECE):
            if piece.shape[1] < 2:
                self.offset += _weight_of_all(weights, len(piece))
            else:
                self.add(not_all_equal(piece.shape[1]), piece, weights)

    def all_true(self, literals: Sequence[int], weight: int = 1) -> None:
        """Every literal is true."""
        self.clauses(np.array(literals, np.int64).reshape(-1, 1), weight)

    def at_most_one(self, literals: Any, weights: Any = 1) -> None:
        """At most one literal of each row is true; a wide row is a chain."""
        for piece in self._pieces(literals, WIDE):
            self.add(at_most_one(piece.shape[1]), piece, weights)

    def exactly_one(self, literals: Any, weights: Any = 1) -> None:
        """Exactly one literal of each row is true; a wide row is a chain."""
        for piece in self._pieces(literals, WIDE):
            self.add(between((1,) * piece.shape[1], 1, 1), piece, weights)

    def at_least(
        self, literals: Sequence[int], coefficients: Sequence[int], bound: int, weight: int = 1
    ) -> None:
        """A sum of positive coefficients times literals is at least the bound.

        As few ancillas as the row allows: what is a clause, a unit or an at-most-one in disguise
        needs none of a sum's slack, and the others need it for every second value only.
        """
        terms = sorted(zip(coefficients, literals, strict=True), reverse=True)
        total = sum(own for own, _ in terms)
        if bound <= 0:
            return
        if total < bound:
            self.offset += weight
            return
        # Literals without which the bound is out of reach.
        forced = [literal for own, literal in terms if own > total - bound]
        self.all_true(forced, weight)
        bound -= sum(own for own, _ in terms[: len(forced)])
        terms = [(min(own, bound), literal) for own, literal in terms[len(forced) :]]
        if bound <= 0:
            return
        divisor = int(np.gcd.reduce(objects([own for own, _ in terms])))
        bound = -(-bound // divisor)
        terms = [(own // divisor, literal) for own, literal in terms]
        slack = sum(own for own, _ in terms) - bound
        kept = [literal for _, literal in terms]
        if terms[-1][0] >= bound:
            self.clauses([kept], weight)
        elif len(terms) > 1 and terms[-1][0] + terms[-2][0] > slack:
            self.at_most_one([[-literal for literal in kept]], weight)
        else:
            terms = self._narrowed(terms, weight)
            own = tuple(value for value, _ in terms)
            self.add(between(own, bound, sum(own) - bound + 1), [[v for _, v in terms]], weight)

    def exactly(
        self, literals: Sequence[int], coefficients: Sequence[int], bound: int, weight: int = 1
    ) -> None:
        """A sum of positive coefficients times literals is the bound: a square, no ancilla."""
        terms = sorted(zip(coefficients, literals, strict=True), reverse=True)
        total = sum(own for own, _ in terms)
        divisor = int(np.gcd.reduce(objects([0, *(own for own, _ in terms)])))
        if not 0 <= bound <= total or (divisor and bound % divisor):
            self.offset += weight
        elif bound in (0, total):
            self.all_true([literal if bound else -literal for _, literal in terms], weight)
        else:
            own = [(value // divisor, literal) for value, literal in terms]
            bound //= divisor
            if own[0][0] == 1 and bound in (1, len(own) - 1):
                sign = 1 if bound == 1 else -1
                self.exactly_one([[sign * literal for _, literal in own]], weight)
                return
            own = self._narrowed(own, weight)
            coefficients = [value for value, _ in own]
            self.add(square(len(own), coefficients, bound), [[v for _, v in own]], weight)

    def _narrowed(self, terms: list[tuple[int, int]], weight: int) -> list[tuple[int, int]]:
        """Terms of the same sum, few enough: blocks of many are added up in binary ancillas."""
        while True:
            block = max(WIDE, 4 * sum(own for own, _ in terms).bit_length())
            if len(terms) <= block:
                return terms
            kept: list[tuple[int, int]] = []
            for begin in range(0, len(terms), block):
                part = terms[begin : begin + block]
                digits = slack_weights(sum(own for own, _ in part))
                if len(digits) >= len(part):
                    kept += part
                    continue
                numbers = (self.new_variables(len(digits)) + 1).tolist()
                coefficients = [*(own for own, _ in part), *(-digit for digit in digits)]
                scope = [*(literal for _, literal in part), *numbers]
                self.add(square(len(scope), coefficients, 0), [scope], weight)
                kept += zip(digits, numbers, strict=True)
            if len(kept) == len(terms):
                return terms
            terms = sorted(kept, reverse=True)

    def _pieces(self, literals: Any, widest: int) -> list[np.ndarray]:
        """Rows cut into pieces that are linked: a literal ends one and its negation begins another.

        Arguments:
            literals: ``[rows, width]``.
        """
        rows = np.atleast_2d(np.asarray(literals, np.int64))
        pieces = []
        while rows.shape[1] > widest:
            link = self.new_variables(len(rows), 1) + 1
            pieces.append(np.concatenate([rows[:, : widest - 1], link], axis=1))
            rows = np.concatenate([-link, rows[:, widest - 1 :]], axis=1)
        return [*pieces, rows]

    # ------------------------------------------------------------------------------------ results

    @property
    def ancilla_count(self) -> int:
        """Variables that are none of the problem."""
        return self.variable_count - self.original_count

    def problem(self, names: Sequence[str] = ()) -> IsingProblem:
        """The sum of all penalties, as a problem of bits."""
        values = np.concatenate([np.zeros(0, np.int64), *self._values])
        made = IsingProblem.from_arrays(
            np.concatenate([np.zeros(0, np.int64), *self._first]),
            np.concatenate([np.zeros(0, np.int64), *self._second]),
            compact(values),
            offset=self.offset,
            variables=self.variable_count,
            binary=True,
            names=names,
        )
        return made

    def penalty(self) -> Penalty:
        """The sum of all penalties, as one of the problem's variables."""
        qubo = self.problem().to_qubo()
        assert qubo.denominator == 1
        return Penalty(
            self.original_count,
            qubo.linear,
            qubo.pairs.astype(np.int64),
            qubo.quadratic,
            qubo.offset,
        )


def _integers(weights: Any) -> np.ndarray:
    """Weights as an array that keeps Python's integers."""
    return np.asarray(weights, object)


def _weight_of_all(weights: Any, rows: int) -> int:
    return _total(np.broadcast_to(_integers(weights), (rows,)))


def _total(numbers: np.ndarray) -> int:
    return int(numbers.sum()) if numbers.size else 0
