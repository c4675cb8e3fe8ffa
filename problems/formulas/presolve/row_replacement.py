"""Images in the place of variables in rows of every kind, and the rows as small as they can be."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

from odesolve.problems.formulas.formula import AT_LEAST, AT_MOST, EXACTLY, LiteralRows
from odesolve.problems.formulas.presolve.rows import (
    CountRows,
    ParityRows,
    RowContradiction,
    SoftRows,
    SumRows,
    Tables,
    joined_counts,
    joined_sums,
    no_sums,
    positions_of,
)
from odesolve.problems.formulas.presolve.sums import counted, tidied

__all__ = ["replaced_tables"]


def replaced_tables(
    tables: Tables, image: Int[np.ndarray, " variables"], everything: bool = False
) -> tuple[Tables, int]:
    """Put images in the place of variables everywhere.

    Returns:
        The tables, and the cost of soft clauses that are violated for good.

    Raises:
        RowContradiction: if a row cannot be satisfied.
    """
    counts, new_sums = replaced_counts(tables.counts, image, everything)
    sums, soft, cost = tables.sums, tables.soft, 0
    if everything or touched_rows(sums.rows, image).any():
        sums, new_counts = counted(tidied(replaced_sums(sums, image)))
        counts = joined_counts(counts, new_counts)
    if len(new_sums):
        new_sums, new_counts = counted(tidied(replaced_sums(new_sums, image)))
        sums, counts = joined_sums(sums, new_sums), joined_counts(counts, new_counts)
    parities = tables.parities
    if everything or touched_rows(parities.rows, image).any():
        parities = replaced_parities(parities, image)
    if everything or touched_rows(soft.rows, image).any():
        soft, cost = replaced_soft(soft, image)
    return Tables(counts, parities, sums, soft), cost


def touched_rows(
    rows: LiteralRows, image: Int[np.ndarray, " variables"]
) -> Bool[np.ndarray, " rows"]:
    """Rows with a variable whose image is not itself."""
    variables = np.abs(rows.literals)
    touched = np.zeros(len(rows), bool)
    touched[rows.row_numbers[image[variables] != variables]] = True
    return touched


class Combined(NamedTuple):
    """Rows after a replacement: each variable once, sorted, and what became constant."""

    rows: LiteralRows
    coefficients: np.ndarray
    constant: np.ndarray


def combined(
    rows: LiteralRows, coefficients: np.ndarray | None, image: Int[np.ndarray, " variables"]
) -> Combined:
    """Replace variables in sums of literals.

    Arguments:
        coefficients: positive, None for ones.
        image: the literal that takes each variable's place; the last entry is the literal true.
    """
    top = len(image) - 1
    variables = np.abs(rows.literals)
    literals = np.where(rows.literals < 0, -image[variables], image[variables]).astype(np.int64)
    keys = 2 * (rows.row_numbers * (top + 1) + np.abs(literals)) + (literals < 0)
    if coefficients is None:
        keys.sort()
        coefficients = np.ones(len(keys), np.int64)
    else:
        order = np.argsort(keys, kind="stable")
        keys, coefficients = keys[order], coefficients[order]
    if not len(keys):
        return Combined(rows, coefficients, np.zeros(len(rows), coefficients.dtype))
    cells, negative = keys >> 1, (keys & 1).astype(bool)
    first = np.flatnonzero(np.concatenate([[True], cells[1:] != cells[:-1]]))
    # A variable's two literals together: a x + b (not x) = min(a, b) + |a - b| (one of the two).
    true = np.add.reduceat(np.where(negative, 0, coefficients), first)
    false = np.add.reduceat(np.where(negative, coefficients, 0), first)
    row, variable = np.divmod(cells[first], top + 1)
    known = variable == top
    parts = np.where(known, true, np.minimum(true, false))
    net = np.where(known, 0, true - false)
    constant = np.zeros(len(rows), coefficients.dtype)
    some = np.flatnonzero(parts)
    np.add.at(constant, row[some], parts[some])
    kept = np.flatnonzero(net)
    lengths = np.bincount(row[kept], minlength=len(rows))
    return Combined(
        LiteralRows(
            np.where(net[kept] > 0, variable[kept], -variable[kept]).astype(np.int32),
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
        ),
        abs(net[kept]),
        constant,
    )


def replaced_counts(
    counts: CountRows, image: Int[np.ndarray, " variables"], everything: bool
) -> tuple[CountRows, SumRows]:
    """Put images in the place of variables, and drop what always holds.

    Arguments:
        everything: bring untouched rows into order too.

    Returns:
        The rows, and those that have become weighted sums.

    Raises:
        RowContradiction: if a row cannot be satisfied.
    """
    touched = np.ones(len(counts), bool) if everything else touched_rows(counts.rows, image)
    if not touched.any():
        return counts, no_sums()
    old = counts.take(touched)
    new = combined(old.rows, None, image)
    low, high = old.low - new.constant, old.high - new.constant
    totals = new.rows.reduced(np.add, new.coefficients)
    widths = new.rows.lengths
    repeated = totals > widths
    # "Not none" and "not all" do not heed how often a literal stands in the row.
    simple = (low <= 1) & (high >= totals - 1)
    high = np.where(repeated & simple, np.where(high >= totals, widths, widths - 1), high)
    weighted = np.flatnonzero(repeated & ~simple)
    sums = _as_sums(old.origin, low, high, new, weighted)
    high = np.minimum(high, widths)
    cleaned = CountRows(new.rows, np.maximum(low, 0), high, old.origin)
    idle = (low <= 0) & (high >= widths)
    idle[weighted] = True
    impossible = ~idle & ((cleaned.low > widths) | (high < 0) | (cleaned.low > high))
    if impossible.any():
        raise RowContradiction(int(old.origin[np.argmax(impossible)]), "cannot be satisfied")
    return joined_counts(counts.take(~touched), cleaned.take(~idle)), sums


def _as_sums(
    origin: np.ndarray, low: np.ndarray, high: np.ndarray, new: Combined, rows: np.ndarray
) -> SumRows:
    """Count rows in which a literal stands more than once."""
    if not len(rows):
        return no_sums()
    totals = new.rows.reduced(np.add, new.coefficients)
    exact = rows[low[rows] == high[rows]]
    least = rows[(low[rows] != high[rows]) & (low[rows] > 0)]
    most = rows[(low[rows] != high[rows]) & (high[rows] < totals[rows])]
    chosen = np.concatenate([exact, least, most])
    return SumRows(
        new.rows.take(chosen),
        new.coefficients[positions_of(new.rows, chosen)],
        np.repeat([EXACTLY, AT_LEAST, AT_MOST], [len(exact), len(least), len(most)]).astype(
            np.int8
        ),
        np.concatenate([low[exact], low[least], high[most]]),
        origin[chosen],
    )


def replaced_parities(parities: ParityRows, image: Int[np.ndarray, " variables"]) -> ParityRows:
    """Put images in the place of variables; every row is then one of variables alone.

    Raises:
        RowContradiction: if a row without variables should be odd.
    """
    rows, top = parities.rows, len(image) - 1
    variables = np.abs(rows.literals)
    literals = np.where(rows.literals < 0, -image[variables], image[variables]).astype(np.int64)
    # A negation turns the parity over, and so does the literal true; -top, false, does it twice.
    turned = (literals < 0) ^ (np.abs(literals) == top)
    odd = parities.odd ^ (np.bincount(rows.row_numbers[turned], minlength=len(rows)) % 2 == 1)
    keys = rows.row_numbers * (top + 1) + np.abs(literals)
    cells, times = np.unique(keys[np.abs(literals) != top], return_counts=True)
    row, variable = np.divmod(cells[times % 2 == 1], top + 1)
    lengths = np.bincount(row, minlength=len(rows))
    empty = lengths == 0
    if (empty & odd).any():
        raise RowContradiction(int(parities.origin[np.argmax(empty & odd)]), "cannot be satisfied")
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    cleaned = LiteralRows(variable.astype(np.int32), starts)
    return ParityRows(cleaned, odd, parities.origin, parities.hidden).take(~empty)


def replaced_sums(sums: SumRows, image: Int[np.ndarray, " variables"]) -> SumRows:
    """Put images in the place of variables, and drop what always holds.

    Raises:
        RowContradiction: if a sum cannot reach its bound.
    """
    new = combined(sums.rows, sums.coefficients, image)
    bounds = sums.bounds - new.constant
    totals = new.rows.reduced(np.add, new.coefficients)
    at_least, at_most = sums.comparisons != AT_MOST, sums.comparisons != AT_LEAST
    impossible = (at_least & (totals < bounds)) | (at_most & (bounds < 0))
    if impossible.any():
        raise RowContradiction(int(sums.origin[np.argmax(impossible)]), "cannot be satisfied")
    idle = (~at_least | (bounds <= 0)) & (~at_most | (totals <= bounds))
    cleaned = SumRows(new.rows, new.coefficients, sums.comparisons, bounds, sums.origin)
    return cleaned.take(~idle.astype(bool))


def replaced_soft(soft: SoftRows, image: Int[np.ndarray, " variables"]) -> tuple[SoftRows, int]:
    """Put images in the place of variables; the cost of clauses that are violated for good."""
    new = combined(soft.rows, None, image)
    open_rows = new.constant == 0
    empty = open_rows & (new.rows.lengths == 0)
    cost = sum(map(int, soft.weights[empty]))
    return SoftRows(new.rows, soft.weights).take(open_rows & ~empty), cost
