"""Images in the place of variables in rows of every kind, and the rows as small as they can be."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from odesolve.problems.formulas.presolve.rows import (
    Tables,
    joined_counts,
    joined_sums,
    replaced_counts,
    replaced_parities,
    replaced_soft,
    replaced_sums,
    touched_rows,
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
