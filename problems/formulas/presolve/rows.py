"""The rows that presolve works on.

Three kinds suffice. Clauses, cardinalities and not-all-equal rows all bound the number of their
true literals (`CountRows`); parities and weighted sums are the others. Rows keep where they come
from, so that a contradiction can be named.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from odesolve.problems.formulas.formula import (
    AT_LEAST,
    AT_MOST,
    Formula,
    LinearRows,
    LiteralRows,
    joined_rows,
)
from odesolve.problems.formulas.normal_form import as_small

#: Kinds of rows, in the order of their numbers in an origin, and what a person calls them.
KINDS = {
    "clauses": "clause",
    "parities": "XOR",
    "cardinalities": "cardinality constraint",
    "not_all_equal": "not-all-equal constraint",
    "linear": "pseudo-Boolean constraint",
}

#: An origin is the row's number, from 0, plus the kind's number times this.
_KIND_FACTOR = 2**48


class RowContradiction(Exception):
    """Presolve proved that there is no model.

    Arguments:
        origin: a row that cannot be satisfied.
        why: what makes it so, as the end of a sentence about the row.
    """

    def __init__(self, origin: int, why: str) -> None:
        self.kind, self.row = list(KINDS)[origin // _KIND_FACTOR], int(origin % _KIND_FACTOR)
        self.why = why
        super().__init__(f"{KINDS[self.kind]} {self.row + 1} {why}")


@dataclass(frozen=True, eq=False)
class CountRows:
    """Rows of which at least ``low`` and at most ``high`` literals are true."""

    rows: LiteralRows
    low: Int[np.ndarray, " rows"]
    high: Int[np.ndarray, " rows"]
    origin: Int[np.ndarray, " rows"]

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: np.ndarray) -> CountRows:
        return CountRows(self.rows.take(rows), self.low[rows], self.high[rows], self.origin[rows])

    @property
    def are_clauses(self) -> Bool[np.ndarray, " rows"]:
        """Rows that ask for at least one true literal and nothing else."""
        return (self.low == 1) & (self.high >= self.rows.lengths)


@dataclass(frozen=True, eq=False)
class ParityRows:
    """Rows of variables of which an odd number is true, or an even one.

    ``hidden`` marks those that the formula holds as clauses.
    """

    rows: LiteralRows
    odd: Bool[np.ndarray, " rows"]
    origin: Int[np.ndarray, " rows"]
    hidden: Bool[np.ndarray, " rows"]

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: np.ndarray) -> ParityRows:
        return ParityRows(self.rows.take(rows), self.odd[rows], self.origin[rows],
                          self.hidden[rows])  # fmt: skip


@dataclass(frozen=True, eq=False)
class SumRows:
    """Weighted sums of true literals, coefficients positive, compared with a bound."""

    rows: LiteralRows
    coefficients: np.ndarray
    comparisons: np.ndarray
    bounds: np.ndarray
    origin: Int[np.ndarray, " rows"]

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: np.ndarray) -> SumRows:
        return SumRows(
            self.rows.take(rows),
            self.coefficients[positions_of(self.rows, rows)],
            self.comparisons[rows],
            self.bounds[rows],
            self.origin[rows],
        )

    @property
    def totals(self) -> np.ndarray:
        """The sum of each row's coefficients."""
        return self.rows.reduced(np.add, self.coefficients)


@dataclass(frozen=True, eq=False)
class SoftRows:
    """Clauses that may be violated at a cost."""

    rows: LiteralRows
    weights: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: np.ndarray) -> SoftRows:
        return SoftRows(self.rows.take(rows), self.weights[rows])


class Tables(NamedTuple):
    """All rows of a formula."""

    counts: CountRows
    parities: ParityRows
    sums: SumRows
    soft: SoftRows

    @classmethod
    def of(cls, formula: Formula) -> Tables:
        """The rows of a formula as they stand."""
        clauses, equal = formula.clauses, formula.not_all_equal
        cards = formula.cardinalities
        widths = cards.rows.lengths
        # A bound may be of any size, but one beyond -1 and the width says nothing more.
        bounds = np.clip(cards.bounds, -1, widths + 1).astype(np.int64)
        least = np.where(cards.comparisons == AT_MOST, 0, bounds)
        most = np.where(cards.comparisons == AT_LEAST, widths, bounds)
        one, other = np.ones(len(clauses), np.int64), np.ones(len(equal), np.int64)
        counts = CountRows(
            joined_rows(clauses, cards.rows, equal),
            np.concatenate([one, least, other]),
            np.concatenate([clauses.lengths, most, equal.lengths - 1]),
            np.concatenate(
                [
                    origins("clauses", len(clauses)),
                    origins("cardinalities", len(cards)),
                    origins("not_all_equal", len(equal)),
                ]
            ),
        )
        parities = formula.parities
        odd, hidden = np.ones(len(parities), bool), np.zeros(len(parities), bool)
        return cls(
            counts,
            ParityRows(parities, odd, origins("parities", len(parities)), hidden),
            _sum_rows(formula.linear),
            SoftRows(formula.soft, formula.soft_weights),
        )

    @property
    def all_rows(self) -> tuple[LiteralRows, ...]:
        return (self.counts.rows, self.parities.rows, self.sums.rows, self.soft.rows)


def origins(kind: str, count: int) -> Int[np.ndarray, " count"]:
    """The origins of the rows of one kind."""
    return np.arange(count, dtype=np.int64) + list(KINDS).index(kind) * _KIND_FACTOR


def _sum_rows(linear: LinearRows) -> SumRows:
    """Weighted sums with positive coefficients: -c x is c (not x) - c."""
    rows = linear.rows
    coefficients, bounds = as_small(linear.coefficients, linear.bounds)
    negative = coefficients < 0
    if negative.any():
        bounds = bounds - rows.reduced(np.add, np.where(negative, coefficients, 0))
        rows = LiteralRows(np.where(negative, -rows.literals, rows.literals), rows.starts)
        coefficients = abs(coefficients)
    return SumRows(rows, coefficients, linear.comparisons, bounds, origins("linear", len(rows)))


# ------------------------------------------------------------------------------------- flat arrays


def positions_of(rows: LiteralRows, chosen: np.ndarray) -> Int[np.ndarray, " literals"]:
    """Where the literals of some rows stand, row after row; ``chosen`` are indices or a mask."""
    numbers = np.flatnonzero(chosen) if chosen.dtype == bool else chosen
    lengths = rows.lengths[numbers]
    ends = np.cumsum(lengths)
    return np.arange(ends[-1] if len(ends) else 0) + np.repeat(
        rows.starts[numbers] - ends + lengths, lengths
    )


def no_sums() -> SumRows:
    """No rows."""
    none = np.zeros(0, np.int64)
    return SumRows(LiteralRows(), none, none.astype(np.int8), none, none)


def joined_counts(first: CountRows, second: CountRows) -> CountRows:
    """The rows of both."""
    return CountRows(
        joined_rows(first.rows, second.rows),
        *(np.concatenate([getattr(first, name), getattr(second, name)])
          for name in ("low", "high", "origin")),
    )  # fmt: skip


def joined_sums(first: SumRows, second: SumRows) -> SumRows:
    """The rows of both."""
    names = ("coefficients", "comparisons", "bounds", "origin")
    columns: list[Any] = [
        np.concatenate([getattr(first, name), getattr(second, name)]) for name in names
    ]
    return SumRows(joined_rows(first.rows, second.rows), *columns)


def joined_parities(first: ParityRows, second: ParityRows) -> ParityRows:
    """The rows of both."""
    names = ("odd", "origin", "hidden")
    columns: list[Any] = [
        np.concatenate([getattr(first, name), getattr(second, name)]) for name in names
    ]
    return ParityRows(joined_rows(first.rows, second.rows), *columns)


def without_duplicates(counts: CountRows) -> CountRows:
    """Each row once; the rows must be in order, as a replacement of everything leaves them."""
    later = later_duplicates(counts.rows, np.stack([counts.low, counts.high], axis=1))
    return counts.take(~later) if later.any() else counts


def later_duplicates(
    rows: LiteralRows, values: Int[np.ndarray, "rows columns"]
) -> Bool[np.ndarray, " rows"]:
    """Rows that stand, literal for literal and with the same values, further up too."""
    later = np.zeros(len(rows), bool)
    hashes = row_hashes(rows, values)
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    suspects = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
    if not len(suspects):
        return later
    # The first row of the run of equal hashes; what only looks equal is left alone.
    begins = np.searchsorted(ordered, ordered[suspects])
    first, second = order[begins], order[suspects]
    same = (rows.lengths[first] == rows.lengths[second]) & (
        (values[first] == values[second]).all(axis=1)
    )
    first, second = first[same], second[same]
    left = rows.literals[positions_of(rows, first)]
    right = rows.literals[positions_of(rows, second)]
    differ = np.bincount(
        np.repeat(np.arange(len(first)), rows.lengths[first]),
        weights=left != right, minlength=len(first),
    )  # fmt: skip
    later[second[differ == 0]] = True
    return later


def row_hashes(rows: LiteralRows, values: np.ndarray | None = None) -> np.ndarray:
    """A 64-bit number for each row, that does not heed the order of its literals."""
    hashes = rows.reduced(np.add, mixed(rows.literals.astype(np.int64).view(np.uint64)))
    hashes = mixed(hashes + rows.lengths.astype(np.uint64))
    for column in () if values is None else values.T:
        hashes = mixed(hashes ^ column.astype(np.int64).view(np.uint64))
    return hashes


def mixed(numbers: np.ndarray) -> np.ndarray:
    """The finalizer of SplitMix64 (Steele, Lea, Flood 2014)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))
