"""The exact checker of formulas: NumPy and Python integers, nothing shared with the solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int
from numpy.typing import DTypeLike

from odesolve.problems.formulas.formula import AT_LEAST, AT_MOST, Formula, LinearRows, LiteralRows

__all__ = ["FormulaViolations", "completed", "cost", "violations"]

_SHOWN = 10
_SAFE = 2**62  # sums up to this cannot overflow


@dataclass(frozen=True)
class FormulaViolations:
    """The constraints that an assignment violates; soft clauses are no constraints: see `cost`.

    Attributes:
        counts: kind, named as in `Formula`, -> violated constraints of that kind, if any.
        first: kind and number, from 1 within its kind, of the first few.
    """

    counts: dict[str, int]
    first: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        """Violated constraints of all kinds."""
        return sum(self.counts.values())


def violations(
    formula: Formula, truth: Sequence[bool] | Bool[np.ndarray, " variables"]
) -> FormulaViolations:
    """Find every constraint that does not hold.

    Arguments:
        formula: the formula.
        truth: ``[variables]``: whether each variable is true; auxiliary ones may be left out.

    Raises:
        ValueError: not one truth value for each variable.
    """
    values = _truth(formula, truth)
    lengths = formula.not_all_equal.lengths
    equal = _true_counts(formula.not_all_equal, values)
    violated = {
        "clauses": _true_counts(formula.clauses, values) == 0,
        "parities": _true_counts(formula.parities, values) % 2 == 0,
        "cardinalities": ~_compared(formula.cardinalities, values),
        "not_all_equal": (equal == 0) | (equal == lengths),
        "linear": ~_compared(formula.linear, values),
    }
    places = {kind: np.flatnonzero(wrong) for kind, wrong in violated.items()}
    first = [(kind, int(row) + 1) for kind, rows in places.items() for row in rows[:_SHOWN]]
    return FormulaViolations(
        {kind: len(rows) for kind, rows in places.items() if len(rows)}, tuple(first[:_SHOWN])
    )


def cost(formula: Formula, truth: Sequence[bool] | Bool[np.ndarray, " variables"]) -> int:
    """The formula's offset and the weights of the soft clauses that do not hold, exactly.

    Arguments:
        formula: the formula; its constraints do not count.
        truth: ``[variables]``: whether each variable is true; auxiliary ones may be left out.

    Raises:
        ValueError: not one truth value for each variable.
    """
    violated = _true_counts(formula.soft, _truth(formula, truth)) == 0
    return int(formula.offset) + sum(formula.soft_weights[violated].tolist())


def completed(
    formula: Formula, truth: Sequence[bool] | Bool[np.ndarray, " shown"]
) -> Bool[np.ndarray, " variables"]:
    """The truth of all variables, from that of those which answers show.

    Arguments:
        formula: the formula, for what its auxiliary variables mean.
        truth: ``[variables that answers show]``.

    Raises:
        ValueError: not one truth value for each of these.
    """
    values = np.zeros(formula.variable_count, bool)
    values[: formula.shown_count] = truth
    for _ in range(len(formula.auxiliaries)):  # at most: rows may name auxiliary variables
        found = _compared(formula.auxiliaries, values)
        if np.array_equal(found, values[formula.shown_count :]):
            break
        values[formula.shown_count :] = found
    return values


def _truth(formula: Formula, truth: Sequence[bool] | np.ndarray) -> Bool[np.ndarray, " variables"]:
    values = np.asarray(truth)
    if len(formula.auxiliaries) and values.shape == (formula.shown_count,):
        return completed(formula, values)
    if values.shape != (formula.variable_count,) or (values.dtype != bool and values.size):
        raise ValueError(
            f"truth values of shape {values.shape} and type {values.dtype}; "
            f"expected {formula.variable_count} booleans"
        )
    return values.astype(bool)


def _true_literals(rows: LiteralRows, truth: np.ndarray) -> Bool[np.ndarray, " literals"]:
    return truth[np.abs(rows.literals) - 1] == (rows.literals > 0)


def _true_counts(rows: LiteralRows, truth: np.ndarray) -> Int[np.ndarray, " rows"]:
    narrow = len(rows.literals) < 2**31
    return _row_sums(rows, _true_literals(rows, truth), np.int32 if narrow else np.int64)


def _row_sums(rows: LiteralRows, terms: np.ndarray, dtype: DTypeLike) -> np.ndarray:
    """The sum of each row's terms; rows may be empty."""
    # In place: of millions of terms, getting the memory takes longer than adding.
    before = np.zeros(len(terms) + 1, dtype)
    np.cumsum(terms, dtype=dtype, out=before[1:])
    return before[rows.starts[1:]] - before[rows.starts[:-1]]


def _compared(linear: LinearRows, truth: np.ndarray) -> Bool[np.ndarray, " rows"]:
    """Whether each sum compares with its bound as it should."""
    coefficients, bounds = linear.coefficients, linear.bounds
    if not _sums_fit(coefficients):
        coefficients = coefficients.astype(object)
    terms = coefficients * _true_literals(linear.rows, truth)
    sums = _row_sums(linear.rows, terms, terms.dtype)
    holds = np.where(
        linear.comparisons == AT_LEAST,
        sums >= bounds,
        np.where(linear.comparisons == AT_MOST, sums <= bounds, sums == bounds),
    )
    return holds.astype(bool)


def _sums_fit(coefficients: np.ndarray) -> bool:
    """Whether no sum of these can leave int64."""
    if coefficients.dtype == object or not len(coefficients):
        return coefficients.dtype != object
    largest = max(abs(int(coefficients.min())), abs(int(coefficients.max())))
    return largest * len(coefficients) < _SAFE
