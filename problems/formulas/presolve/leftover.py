"""The rows that presolve left, as a formula again."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int

from odesolve.problems.formulas.formula import (
    AT_LEAST,
    AT_MOST,
    EXACTLY,
    Formula,
    LinearRows,
    LiteralRows,
    joined_rows,
)
from odesolve.problems.formulas.presolve.hidden_parities import parities_as_clauses
from odesolve.problems.formulas.presolve.numbering import renumbered
from odesolve.problems.formulas.presolve.rows import CountRows, Tables

__all__ = ["formula_left"]


def formula_left(
    formula: Formula, tables: Tables, offset: int, core: Int[np.ndarray, " core"]
) -> Formula:
    """The rows that are left of a formula, as one of the core's variables.

    Arguments:
        formula: the whole.
        offset: the cost that every assignment of what is left has.
        core: the variables that the rows name, ascending.
    """

    def named(rows: LiteralRows) -> LiteralRows:
        return renumbered(rows, core)

    clauses, cardinalities, not_all_equal = _sorted_out(tables.counts)
    parities, sums = tables.parities, tables.sums
    hidden = parities_as_clauses(parities.take(parities.hidden))
    open_parities = parities.take(~parities.hidden)
    return Formula(
        variable_count=len(core),
        clauses=named(joined_rows(clauses, hidden)),
        parities=named(_with_odd_numbers(open_parities.rows, open_parities.odd)),
        cardinalities=LinearRows(
            named(cardinalities.rows),
            cardinalities.coefficients,
            cardinalities.comparisons,
            cardinalities.bounds,
        ),
        not_all_equal=named(not_all_equal),
        linear=LinearRows(named(sums.rows), sums.coefficients, sums.comparisons, sums.bounds),
        soft=named(tables.soft.rows),
        soft_weights=tables.soft.weights,
        offset=offset,
        optimizes=formula.optimizes,
    )


def _with_odd_numbers(rows: LiteralRows, odd: Bool[np.ndarray, " rows"]) -> LiteralRows:
    """Parities of variables as rows of literals of which an odd number is true."""
    literals = rows.literals.copy()
    literals[rows.starts[:-1][~odd]] *= -1
    return LiteralRows(literals, rows.starts)


def _sorted_out(counts: CountRows) -> tuple[LiteralRows, LinearRows, LiteralRows]:
    """Count rows as clauses, cardinalities and not-all-equal rows."""
    widths = counts.rows.lengths
    positive = counts.are_clauses
    negative = (counts.low == 0) & (counts.high == widths - 1)
    neither = (counts.low == 1) & (counts.high == widths - 1) & (widths > 2)
    rest = ~positive & ~negative & ~neither
    exact = np.flatnonzero(rest & (counts.low == counts.high))
    least = np.flatnonzero(rest & (counts.low != counts.high) & (counts.low > 0))
    most = np.flatnonzero(rest & (counts.low != counts.high) & (counts.high < widths))
    chosen = np.concatenate([exact, least, most])
    rows = counts.rows.take(chosen)
    forbidden = counts.rows.take(negative)
    cardinalities = LinearRows(
        rows,
        np.ones(len(rows.literals), np.int64),
        np.repeat([EXACTLY, AT_LEAST, AT_MOST], [len(exact), len(least), len(most)]).astype(
            np.int8
        ),
        np.concatenate([counts.low[exact], counts.low[least], counts.high[most]]),
    )
    # A row that has been replaced in stands last; the file's order is easier to recognise.
    order = np.argsort(counts.origin[positive], kind="stable")
    clauses = counts.rows.take(np.flatnonzero(positive)[order])
    flipped = LiteralRows(-forbidden.literals, forbidden.starts)
    return joined_rows(clauses, flipped), cardinalities, counts.rows.take(neither)
