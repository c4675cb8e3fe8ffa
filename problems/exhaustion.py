"""Presolve's last word on few variables: whether any of their assignments satisfies every row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Int

from odesolve.problems.formula import AT_LEAST, AT_MOST, Formula, LiteralRows
from odesolve.problems.presolve_rows import Contradiction, Tables

#: Up to so many variables, in rows of up to so many literals together: a tenth of a second at most.
VARIABLE_LIMIT = 12
LITERAL_LIMIT = 20_000


def refute_by_exhaustion(tables: Tables) -> None:
    """Try every assignment of the variables that the hard rows name, if they are few.

    Nothing is solved by it: an assignment that is found is forgotten.

    Raises:
        Contradiction: if none satisfies every row; it names the row that rejects the last.
    """
    hard = (tables.counts.rows, tables.parities.rows, tables.sums.rows)
    if sum(len(rows.literals) for rows in hard) > LITERAL_LIMIT:
        return
    variables = np.unique(np.abs(np.concatenate([rows.literals for rows in hard])))
    if len(variables) > VARIABLE_LIMIT:
        return
    numbers = np.arange(2 ** len(variables))
    bits = numbers >> np.arange(len(variables))[:, None] & 1 == 1
    left = np.ones(len(numbers), bool)
    for origin, holds in _rows(tables, variables, bits):
        left &= holds
        if not left.any():
            why = f"rejects what the others leave of the assignments of {len(variables)} variables"
            raise Contradiction(origin, why)


def is_refuted_by_exhaustion(formula: Formula) -> bool:
    """Whether the formula has few variables and none of their assignments is a model."""
    try:
        refute_by_exhaustion(Tables.of(formula))
    except Contradiction:
        return True
    return False


def _rows(
    tables: Tables, variables: Int[np.ndarray, " variables"], bits: Bool[np.ndarray, "n 2^n"]
) -> Iterator[tuple[int, Bool[np.ndarray, " 2^n"]]]:
    """The origin of each hard row, and which of the assignments satisfy it."""
    counts, parities, sums, _ = tables
    for i, true in enumerate(_true_literals(counts.rows, variables, bits)):
        total = true.sum(axis=0)
        yield int(counts.origin[i]), (total >= counts.low[i]) & (total <= counts.high[i])
    for i, true in enumerate(_true_literals(parities.rows, variables, bits)):
        yield int(parities.origin[i]), true.sum(axis=0) % 2 == parities.odd[i]
    for i, true in enumerate(_true_literals(sums.rows, variables, bits)):
        own = sums.coefficients[sums.rows.starts[i] : sums.rows.starts[i + 1]]
        total, bound = own @ true.astype(own.dtype), sums.bounds[i]
        kind = sums.comparisons[i]
        holds = (total >= bound) if kind == AT_LEAST else (total <= bound)
        yield int(sums.origin[i]), holds if kind in (AT_LEAST, AT_MOST) else total == bound


def _true_literals(
    rows: LiteralRows, variables: np.ndarray, bits: np.ndarray
) -> Iterator[Bool[np.ndarray, "width 2^n"]]:
    for literals in rows:
        place = np.searchsorted(variables, np.abs(literals))
        yield bits[place] == (literals > 0)[:, None]
