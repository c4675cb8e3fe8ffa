"""What follows from single rows: literals forced by counts, parities and weighted sums."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from odesolve.budget import Budget
from odesolve.problems.formulas.formula import AT_LEAST, AT_MOST, LiteralRows
from odesolve.problems.formulas.presolve.rows import (
    CountRows,
    ParityRows,
    RowContradiction,
    SumRows,
    Tables,
    positions_of,
)

__all__ = ["forced_by_sums", "propagated"]

Literals = Int[np.ndarray, " literals"]


def propagated(tables: Tables, variable_count: int, budget: Budget) -> Literals:
    """All literals that follow, one row after the other, from count rows and parities.

    Whole waves of new literals are handled at once. If time is up the literals are some of those
    that follow.

    Raises:
        RowContradiction: if a row is violated by them.
    """
    return _Propagation(tables.counts, tables.parities, variable_count).run(budget)


class _Propagation:
    """How many literals of each row are true, and how many undecided."""

    def __init__(self, counts: CountRows, parities: ParityRows, variable_count: int) -> None:
        self.counts, self.parities = counts, parities
        self.variable_count = variable_count
        self.value = np.zeros(variable_count + 1, np.int8)
        self.true = np.zeros(len(counts), np.int64)
        self.undecided = counts.rows.lengths.copy()
        self.parity_undecided = parities.rows.lengths.copy()
        self.odd = parities.odd.copy()

    def run(self, budget: Budget) -> Literals:
        wave = np.concatenate(
            [
                self.forced_by_counts(np.arange(len(self.counts))),
                self.forced_by_parities(np.arange(len(self.parities))),
            ]
        )
        if not len(wave):
            return wave
        self.occurrences = _by_variable(self.counts.rows, self.variable_count)
        self.parity_occurrences = _by_variable(self.parities.rows, self.variable_count)
        while len(wave) and not budget.is_over():
            wave = self.next_wave(wave)
        decided = np.flatnonzero(self.value)
        return decided * self.value[decided].astype(np.int64)

    def next_wave(self, wave: Literals) -> Literals:
        """Make the literals of a wave true, and see what they force."""
        # A literal and its negation in one wave: the row that forced the second is violated, and
        # found to be so as soon as the first counts.
        variables, first = np.unique(np.abs(wave), return_index=True)
        self.value[variables] = np.sign(wave[first])
        return np.concatenate([self.count(variables), self.count_parities(variables)])

    def count(self, variables: np.ndarray) -> Literals:
        occurrences = self.occurrences
        found, owner = _ranges(occurrences.starts, variables)
        rows = occurrences.rows[found]
        true = occurrences.signs[found] == self.value[variables[owner]]
        np.subtract.at(self.undecided, rows, 1)
        np.add.at(self.true, rows[true], 1)
        return self.forced_by_counts(np.unique(rows))

    def forced_by_counts(self, rows: np.ndarray) -> Literals:
        true, undecided = self.true[rows], self.undecided[rows]
        low, high = self.counts.low[rows], self.counts.high[rows]
        wrong = (true > high) | (true + undecided < low)
        if wrong.any():
            raise RowContradiction(
                int(self.counts.origin[rows[np.argmax(wrong)]]), "is violated by what it implies"
            )
        some = undecided > 0
        all_true = rows[some & (true + undecided == low)]
        all_false = rows[some & (true == high)]
        return np.concatenate([self.open_literals(all_true), -self.open_literals(all_false)])

    def open_literals(self, rows: np.ndarray) -> Literals:
        literals = self.counts.rows.literals[positions_of(self.counts.rows, rows)].astype(np.int64)
        return literals[self.value[np.abs(literals)] == 0]

    def count_parities(self, variables: np.ndarray) -> Literals:
        occurrences = self.parity_occurrences
        found, owner = _ranges(occurrences.starts, variables)
        rows = occurrences.rows[found]
        true = self.value[variables[owner]] > 0
        np.subtract.at(self.parity_undecided, rows, 1)
        np.logical_xor.at(self.odd, rows[true], True)
        return self.forced_by_parities(np.unique(rows))

    def forced_by_parities(self, rows: np.ndarray) -> Literals:
        undecided = self.parity_undecided[rows]
        wrong = (undecided == 0) & self.odd[rows]
        if wrong.any():
            raise RowContradiction(
                int(self.parities.origin[rows[np.argmax(wrong)]]),
                "is violated by what the others imply",
            )
        rows = rows[undecided == 1]
        positions = positions_of(self.parities.rows, rows)
        variables = self.parities.rows.literals[positions].astype(np.int64)
        left = self.value[variables] == 0  # exactly one in each row
        return np.where(self.odd[rows], variables[left], -variables[left])


class _Occurrences(NamedTuple):
    """Where each variable stands: ``rows[starts[v] : starts[v + 1]]``, with the literals' signs."""

    starts: Int[np.ndarray, " variables+1"]
    rows: Int[np.ndarray, " literals"]
    signs: Int[np.ndarray, " literals"]


def _by_variable(rows: LiteralRows, variable_count: int) -> _Occurrences:
    """For each variable the rows that hold it, and the signs of its literals there."""
    variables = np.abs(rows.literals)
    order = np.argsort(variables, kind="stable")
    starts = np.searchsorted(variables[order], np.arange(variable_count + 2))
    own = np.repeat(np.arange(len(rows)), rows.lengths)
    return _Occurrences(starts, own[order], np.sign(rows.literals)[order].astype(np.int8))


def _ranges(starts: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All positions of some ranges, and to which of them each belongs."""
    lengths = starts[chosen + 1] - starts[chosen]
    owner = np.repeat(np.arange(len(chosen)), lengths)
    before = np.cumsum(lengths) - lengths
    return np.arange(len(owner)) - before[owner] + starts[chosen][owner], owner


def forced_by_sums(sums: SumRows) -> Literals:
    """Literals without which a sum misses its bound, and negations of those that exceed it.

    Raises:
        RowContradiction: if a literal and its negation are among them.
    """
    if not len(sums):
        return np.zeros(0, np.int64)
    slack_below = sums.totals - sums.bounds
    below = (sums.comparisons != AT_MOST)[sums.rows.row_numbers]
    above = (sums.comparisons != AT_LEAST)[sums.rows.row_numbers]
    needed = below & (sums.coefficients > slack_below[sums.rows.row_numbers])
    excluded = above & (sums.coefficients > sums.bounds[sums.rows.row_numbers])
    literals = sums.rows.literals.astype(np.int64)
    forced = np.unique(np.concatenate([literals[needed], -literals[excluded]]))
    contradictory = np.isin(forced, -forced)
    if contradictory.any():
        held = np.abs(sums.rows.literals) == abs(forced[np.argmax(contradictory)])
        row = sums.rows.row_numbers[np.argmax(held & (needed | excluded))]
        raise RowContradiction(int(sums.origin[row]), "implies what another one excludes")
    return forced
