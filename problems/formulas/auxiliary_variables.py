"""Auxiliary variables: what they stand for, written out as rows of the formula itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from odesolve.problems.formulas.formula import (
    AT_LEAST,
    AT_MOST,
    Formula,
    LinearRows,
    LiteralRows,
    joined_rows,
)
from odesolve.problems.integer_arrays import integers

__all__ = ["LinearRowList", "expanded", "joined_linear"]


@dataclass
class LinearRowList:
    """Linear rows, collected one by one."""

    rows: list[list[int]] = field(default_factory=list)
    coefficients: list[int] = field(default_factory=list)
    comparisons: list[int] = field(default_factory=list)
    bounds: list[int] = field(default_factory=list)

    def add(
        self, literals: list[int], coefficients: list[int], comparison: int, bound: int
    ) -> None:
        """Add a row."""
        self.rows.append(literals)
        self.coefficients += coefficients
        self.comparisons.append(comparison)
        self.bounds.append(bound)

    def linear(self) -> LinearRows:
        """All of them, in arrays."""
        numbers = integers(self.coefficients + self.bounds)
        return LinearRows(
            LiteralRows.of(self.rows),
            numbers[: len(self.coefficients)],
            np.array(self.comparisons, np.int8),
            numbers[len(self.coefficients) :],
        )


def expanded(formula: Formula) -> Formula:
    """The formula with rows, behind its own, that define its auxiliary variables.

    With ``a_i > 0``, ``0 < b <= X`` and ``X`` the sum of all ``a_i``, the variable r is true
    exactly when ``sum a_i l_i >= b`` where ::

        sum a_i l_i + b ~r >= b    and    sum a_i ~l_i + (X - b + 1) r >= X - b + 1

    hold; for a product and for a disjunction these are clauses. Every model of what the auxiliary
    variables are used in is a model of the result in exactly one way.

    Arguments:
        formula: the formula.

    Returns:
        The same formula if it has no auxiliary variables; they are ordinary ones otherwise.
    """
    auxiliaries = formula.auxiliaries
    if not len(auxiliaries):
        return formula
    clauses: list[list[int]] = []
    linear = LinearRowList()
    for number, (terms, bound) in enumerate(_at_least(auxiliaries), formula.shown_count + 1):
        total = sum(weight for weight, _ in terms)
        literals = [literal for _, literal in terms]
        if bound <= 0 or bound > total:
            clauses.append([number if bound <= 0 else -number])
        elif all(weight >= bound for weight, _ in terms):  # one literal suffices
            clauses += [[number, -literal] for literal in literals]
            clauses.append([-number, *literals])
        elif all(weight > total - bound for weight, _ in terms):  # no literal may be missing
            clauses += [[-number, literal] for literal in literals]
            clauses.append([number, *(-literal for literal in literals)])
        else:
            weights = [weight for weight, _ in terms]
            rest = total - bound + 1
            linear.add([*literals, -number], [*weights, bound], AT_LEAST, bound)
            negated = [-literal for literal in literals]
            linear.add([*negated, number], [*weights, rest], AT_LEAST, rest)
    return replace(
        formula,
        clauses=joined_rows(formula.clauses, LiteralRows.of(clauses)),
        linear=joined_linear(formula.linear, linear.linear()),
        auxiliaries=LinearRows(),
    )


def joined_linear(first: LinearRows, second: LinearRows) -> LinearRows:
    """The rows of the one, then those of the other."""
    if not len(first) or not len(second):
        return first if len(first) else second
    coefficients = [*first.coefficients.tolist(), *second.coefficients.tolist()]
    numbers = integers([*coefficients, *first.bounds.tolist(), *second.bounds.tolist()])
    return LinearRows(
        joined_rows(first.rows, second.rows),
        numbers[: len(coefficients)],
        np.concatenate([first.comparisons, second.comparisons]),
        numbers[len(coefficients) :],
    )


def _at_least(linear: LinearRows) -> Iterator[tuple[list[tuple[int, int]], int]]:
    """Each row, none of which is an equation, as terms of positive weight and their least sum."""
    coefficients = linear.coefficients.tolist()
    starts = linear.rows.starts.tolist()
    rows = zip(linear.rows, linear.comparisons.tolist(), linear.bounds.tolist(), strict=True)
    for (begin, end), (literals, comparison, bound) in zip(pairwise(starts), rows, strict=True):
        sign = -1 if comparison == AT_MOST else 1
        weighted = zip(coefficients[begin:end], literals.tolist(), strict=True)
        terms = [(sign * weight, literal) for weight, literal in weighted]
        bound = sign * bound - sum(weight for weight, _ in terms if weight < 0)
        yield [(abs(w), literal if w > 0 else -literal) for w, literal in terms if w], bound
