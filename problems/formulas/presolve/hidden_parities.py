"""Parities that a formula holds as clauses: all 2^(k-1) sign patterns of one kind over k variables.

A clause forbids the one assignment that makes all its literals false. If the clauses over some
variables forbid every assignment with an even number of true variables, an odd number is true.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int

from odesolve.problems.formulas.formula import LiteralRows, joined_rows
from odesolve.problems.formulas.presolve.rows import (
    CountRows,
    ParityRows,
    mixed,
    positions_of,
)

__all__ = ["extract_parities", "parities_as_clauses"]

#: Widths of the parities that are looked for; equivalences, of width 2, are found otherwise.
WIDTHS = range(3, 7)


def extract_parities(counts: CountRows) -> tuple[CountRows, ParityRows]:
    """Take the clauses that make up parities out of the rows.

    Arguments:
        counts: rows whose literals stand in the order of their variables, each row once.

    Returns:
        The other rows, and the parities, marked as hidden.
    """
    taken = np.zeros(len(counts), bool)
    tables: list[np.ndarray] = []
    odd: list[np.ndarray] = []
    origin: list[np.ndarray] = []
    for width in WIDTHS:
        rows = np.flatnonzero(counts.are_clauses & (counts.rows.lengths == width))
        if len(rows) < 2 ** (width - 1):
            continue
        literals = counts.rows.literals[positions_of(counts.rows, rows)].reshape(-1, width)
        groups, is_odd = _complete_groups(literals)
        taken[rows[groups]] = True
        tables.append(np.abs(literals[groups[:, 0]]))
        odd.append(is_odd)
        origin.append(counts.origin[rows[groups[:, 0]]])
    parities = ParityRows(
        joined_rows(*[_rows_of(table) for table in tables]) if tables else LiteralRows(),
        np.concatenate([*odd, np.zeros(0, bool)]),
        np.concatenate([*origin, np.zeros(0, np.int64)]),
        np.ones(sum(map(len, tables)), bool),
    )
    return (counts.take(~taken) if taken.any() else counts), parities


def _complete_groups(
    literals: Int[np.ndarray, "clauses width"],
) -> tuple[Int[np.ndarray, "groups patterns"], Bool[np.ndarray, " groups"]]:
    """Clauses over the same variables with all sign patterns of one parity.

    Returns:
        The clauses of each group, and whether it says that an odd number is true.
    """
    width = literals.shape[1]
    patterns = 2 ** (width - 1)
    negations = (literals < 0).sum(axis=1)
    hashes = np.zeros(len(literals), np.uint64)
    for column in np.abs(literals).T:
        hashes = mixed(hashes + column.astype(np.uint64))
    hashes = mixed(hashes ^ (negations % 2).astype(np.uint64))
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    begins = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    sizes = np.diff(np.append(begins, len(ordered)))
    groups = order[begins[sizes == patterns][:, None] + np.arange(patterns)]
    # Equal hashes are not proof: the variables must agree, and the parity of the negations.
    same = (np.abs(literals[groups]) == np.abs(literals[groups[:, :1]])).all(axis=(1, 2))
    same &= (negations[groups] % 2 == negations[groups[:, :1]] % 2).all(axis=1)
    groups = groups[same]
    # A clause with an even number of negations forbids an even number of true variables.
    return groups, negations[groups[:, 0]] % 2 == 0


def _rows_of(table: Int[np.ndarray, "rows width"]) -> LiteralRows:
    starts = np.arange(len(table) + 1, dtype=np.int64) * table.shape[1]
    return LiteralRows(table.reshape(-1).astype(np.int32), starts)


def parities_as_clauses(parities: ParityRows) -> LiteralRows:
    """Every parity as clauses over its own variables; twice as many for each literal."""
    tables = []
    for width in np.unique(parities.rows.lengths).tolist():
        rows = np.flatnonzero(parities.rows.lengths == width)
        variables = parities.rows.literals[positions_of(parities.rows, rows)].reshape(-1, width)
        patterns = np.arange(2**width)
        negated = (patterns[:, None] >> np.arange(width)) & 1 == 1
        even = negated.sum(axis=1) % 2 == 0
        signs = np.where(negated, -1, 1)
        for is_odd in (False, True):
            chosen = variables[parities.odd[rows] == is_odd]
            literals = chosen[:, None, :] * signs[even == is_odd][None, :, :]
            tables.append(_rows_of(literals.reshape(-1, width)))
    return joined_rows(*tables) if tables else LiteralRows()
