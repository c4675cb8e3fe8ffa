"""Rows of a formula in normal form: no literal twice, none beside its negation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from odesolve.problems.formulas.formula import (
    AT_MOST,
    EXACTLY,
    LinearRows,
    LiteralRows,
    joined_rows,
)


class UnsatisfiableRowError(ValueError):
    """A row of the formula that no assignment satisfies, such as an empty clause.

    Attributes:
        kind: the formula's field that holds the row.
        row: its number there, from 0.
    """

    def __init__(self, kind: str, row: int) -> None:
        super().__init__(f"row {row + 1} of the {kind.replace('_', ' ')} cannot be satisfied")
        self.kind, self.row = kind, row


def normalized_literals(rows: LiteralRows) -> tuple[LiteralRows, Int[np.ndarray, " kept"]]:
    """Rows without repeated literals; a row with a literal and its negation is left out.

    Returns:
        The rows, and the number that each had.
    """
    everything = np.arange(len(rows))
    # One sort of the whole formula: row first, then variable, then sign.
    codes = 2 * np.abs(rows.literals).astype(np.int64) + (rows.literals < 0)
    radix = (int(codes.max(initial=0)) | 1) + 1
    keys = np.sort(rows.row_numbers * radix + codes)
    repeated = np.zeros(len(keys), bool)
    repeated[1:] = keys[1:] == keys[:-1]
    # A variable's two literals differ in the last bit only.
    opposite = (keys[1:] ^ 1) == keys[:-1]
    if not repeated.any() and not opposite.any():
        return rows, everything
    numbers = keys // radix
    always = np.zeros(len(rows), bool)
    always[numbers[1:][opposite]] = True
    keys, numbers = keys[~repeated], numbers[~repeated]
    codes = keys - numbers * radix
    literals = np.where(codes % 2, -(codes // 2), codes // 2).astype(np.int32)
    kept = everything[~always]
    return LiteralRows(literals, _starts(numbers, len(rows))).take(kept), kept


def normalized_parities(
    rows: LiteralRows,
) -> tuple[LiteralRows, Int[np.ndarray, " kept"], Int[np.ndarray, " kept"]]:
    """Parities over variables, each at most once in a row: x ^ x is 0, and -x is 1 ^ x.

    Returns:
        Rows of positive literals, the parity that each must have, and the number it had. Rows
        that have become empty and hold are left out; those that cannot hold are not.
    """
    parity = (1 + np.bincount(rows.row_numbers, rows.literals < 0, len(rows)).astype(int)) % 2
    radix = int(np.abs(rows.literals).max(initial=0)) + 1
    keys = rows.row_numbers * radix + np.abs(rows.literals)
    keys, times = np.unique(keys, return_counts=True)
    keys = keys[times % 2 == 1]
    numbers = keys // radix
    reduced = LiteralRows((keys % radix).astype(np.int32), _starts(numbers, len(rows)))
    kept = np.flatnonzero((reduced.lengths > 0) | (parity == 1))
    return reduced.take(kept), parity[kept], kept


@dataclass(frozen=True, eq=False)
class Sums:
    """Rows of literals whose positive coefficients reach a bound, or are exactly the bound.

    Attributes:
        rows: the literals.
        coefficients: ``[literals]``, int64 or Python integers.
        bounds: ``[rows]``, of the same kind.
        exact: whether the sum must equal the bound.
        numbers: the row that each comes from.
    """

    rows: LiteralRows
    coefficients: np.ndarray
    bounds: np.ndarray
    exact: Bool[np.ndarray, " rows"]
    numbers: Int[np.ndarray, " rows"]

    def __len__(self) -> int:
        return len(self.rows)

    def totals(self) -> np.ndarray:
        """The sum of each row's coefficients."""
        return self.rows.reduced(np.add, self.coefficients)

    def take(self, chosen: np.ndarray) -> Sums:
        """Some of the rows; ``chosen`` is a mask."""
        literals = chosen[self.rows.row_numbers]
        return Sums(
            self.rows.take(chosen),
            self.coefficients[literals],
            self.bounds[chosen],
            self.exact[chosen],
            self.numbers[chosen],
        )

    def at_least(self) -> Sums:
        """The same with every exact row as two: its sum, and its negations', reach a bound."""
        twice = self.take(self.exact)
        negated = LiteralRows(-twice.rows.literals, twice.rows.starts)
        joined = Sums(
            joined_rows(self.rows, negated),
            np.concatenate([self.coefficients, twice.coefficients]),
            np.concatenate([self.bounds, twice.totals() - twice.bounds]),
            np.zeros(len(self) + len(twice), bool),
            np.concatenate([self.numbers, twice.numbers]),
        )
        return joined.take(joined.bounds > 0).saturated()

    def saturated(self) -> Sums:
        """Coefficients no larger than the bound of a row that is not exact; common factors out."""
        bounds = self.bounds[self.rows.row_numbers]
        inexact = ~self.exact[self.rows.row_numbers]
        numbers = np.where(inexact & (self.coefficients > bounds), bounds, self.coefficients)
        factor = self.rows.reduced(np.gcd, numbers, 1)
        # An exact row whose bound is not a multiple cannot hold; the caller sees that.
        whole = ~self.exact | (self.bounds % factor == 0)
        factor = np.where(whole, factor, 1)
        return Sums(
            self.rows,
            numbers // factor[self.rows.row_numbers],
            -(-self.bounds // factor),
            self.exact,
            self.numbers,
        )


def normalized_sums(linear: LinearRows) -> Sums:
    """Every variable once in a row, with a positive coefficient; at most becomes at least.

    Rows that always hold are left out; rows that cannot hold are not.
    """
    rows, numbers, bounds = linear.rows, *as_small(linear.coefficients, linear.bounds)
    # a for the negation of x is a constant a, and -a for x.
    negative = rows.literals < 0
    constant = np.where(negative, numbers, 0)
    bounds = bounds - rows.reduced(np.add, constant)
    sign = np.where(linear.comparisons == AT_MOST, -1, 1)
    bounds = bounds * sign
    numbers = np.where(negative, -numbers, numbers) * sign[rows.row_numbers]
    rows, numbers = _merged(rows, numbers)
    negative = numbers < 0
    bounds = bounds - rows.reduced(np.add, np.where(negative, numbers, 0))
    literals = np.where(negative, -rows.literals, rows.literals)
    exact = np.asarray(linear.comparisons) == EXACTLY
    found = Sums(
        LiteralRows(literals, rows.starts), np.abs(numbers), bounds, exact, np.arange(len(rows))
    )
    trivial = np.where(exact, (bounds == 0) & (rows.lengths == 0), bounds <= 0).astype(bool)
    return found.take(~trivial).saturated()


def impossible_sums(sums: Sums) -> Bool[np.ndarray, " rows"]:
    """The rows that cannot hold by their size alone, or by their common factor."""
    beyond = (sums.totals() < sums.bounds) | (sums.bounds < 0)
    factor = sums.rows.reduced(np.gcd, sums.coefficients, 1)
    return (beyond | (sums.exact & (sums.bounds % factor != 0))).astype(bool)


def _merged(rows: LiteralRows, numbers: np.ndarray) -> tuple[LiteralRows, np.ndarray]:
    """Coefficients of the same variable in a row added up; those that vanish left out."""
    radix = int(np.abs(rows.literals).max(initial=0)) + 1
    keys = rows.row_numbers * radix + np.abs(rows.literals)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.diff(keys, prepend=-1))
    sums = np.add.reduceat(numbers[order], first) if len(first) else numbers[:0]
    kept = (sums != 0).astype(bool)
    keys = keys[first][kept]
    variables = (keys % radix).astype(np.int32)
    return LiteralRows(variables, _starts(keys // radix, len(rows))), sums[kept]


def as_small(coefficients: np.ndarray, bounds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as int64 if no sum can overflow, as Python integers otherwise."""
    numbers = (np.asarray(coefficients), np.asarray(bounds))
    size = sum(_magnitude(part) for part in numbers)
    kind: Any = np.int64 if size < 2**60 else object
    return numbers[0].astype(kind), numbers[1].astype(kind)


def _magnitude(numbers: np.ndarray) -> float:
    """The sum of the magnitudes; that of Python integers is one."""
    if numbers.dtype == object:
        return int(np.abs(numbers).sum())
    return float(np.abs(numbers.astype(float)).sum())


def _starts(numbers: Int[np.ndarray, " literals"], count: int) -> Int[np.ndarray, " rows+1"]:
    """Starts of rows from the row of each literal."""
    lengths = np.bincount(numbers, minlength=count)
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
