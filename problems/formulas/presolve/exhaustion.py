"""The last word on few variables: which of their assignments satisfy every row, at what cost."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Int

from odesolve.problems.formulas.formula import AT_LEAST, AT_MOST, Formula, LiteralRows
from odesolve.problems.formulas.presolve.rows import RowContradiction, Tables

#: Up to so many variables, in rows of up to so many literals together: a tenth of a second at most.
VARIABLE_LIMIT = 12
LITERAL_LIMIT = 20_000

#: Weights are summed in parts of so many bits.
LIMB_BITS = 31


def refute_by_exhaustion(tables: Tables) -> None:
    """Try every assignment of the variables that the hard rows name, if they are few.

    Nothing is solved by it: an assignment that is found is forgotten.

    Raises:
        RowContradiction: if none satisfies every row; it names the row that rejects the last.
    """
    hard = (tables.counts.rows, tables.parities.rows, tables.sums.rows)
    if not _has_few_literals(hard):
        return
    variables = np.unique(np.abs(np.concatenate([rows.literals for rows in hard])))
    if len(variables) > VARIABLE_LIMIT:
        return
    bits = _every_assignment(len(variables))
    left = np.ones(bits.shape[1], bool)
    for origin, holds in _rows(tables, variables, bits):
        left &= holds
        if not left.any():
            why = f"rejects what the others leave of the assignments of {len(variables)} variables"
            raise RowContradiction(origin, why)


def is_refuted_by_exhaustion(formula: Formula) -> bool:
    """Whether the formula has few variables and none of their assignments is a model."""
    try:
        refute_by_exhaustion(Tables.of(formula))
    except RowContradiction:
        return True
    return False


def cheapest_by_exhaustion(formula: Formula) -> Bool[np.ndarray, " variables"] | None:
    """The first of the assignments that satisfy every row and cost least, if variables are few.

    Returns:
        ``[variables]``; None where there are too many variables or literals, or no such assignment.
    """
    tables = Tables.of(formula)
    if formula.variable_count > VARIABLE_LIMIT or not _has_few_literals(tables.all_rows):
        return None
    variables = np.arange(1, formula.variable_count + 1)
    bits = _every_assignment(len(variables))
    left = np.ones(bits.shape[1], bool)
    for _, holds in _rows(tables, variables, bits):
        left &= holds
    allowed = np.flatnonzero(left)
    if not len(allowed):
        return None
    costs = _costs(formula, variables, bits[:, allowed])
    return bits[:, allowed[min(range(len(costs)), key=costs.__getitem__)]]


def _costs(
    formula: Formula, variables: Int[np.ndarray, " variables"], bits: Bool[np.ndarray, "n m"]
) -> list[int]:
    """The weight of the soft clauses that each assignment violates, exactly."""
    weights = [int(weight) for weight in formula.soft_weights]
    # Limbs of 31 bits: their sums stay in 64 bits, whatever the size of the weights.
    count = max((weight.bit_length() for weight in weights), default=0) // LIMB_BITS + 1
    sums = np.zeros((count, bits.shape[1]), np.int64)
    for weight, true in zip(weights, _true_literals(formula.soft, variables, bits), strict=True):
        limbs = [weight >> (LIMB_BITS * i) & (2**LIMB_BITS - 1) for i in range(count)]
        sums += np.array(limbs)[:, None] * ~true.any(axis=0)
    return [
        sum(limb << (LIMB_BITS * i) for i, limb in enumerate(limbs)) for limbs in sums.T.tolist()
    ]


def _has_few_literals(tables: tuple[LiteralRows, ...]) -> bool:
    return sum(len(rows.literals) for rows in tables) <= LITERAL_LIMIT


def _every_assignment(count: int) -> Bool[np.ndarray, "count 2^count"]:
    return np.arange(2**count) >> np.arange(count)[:, None] & 1 == 1


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
