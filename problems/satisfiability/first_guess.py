"""A first guess at an assignment, for whoever has no time to look for one. NumPy only."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int

from odesolve.problems.formulas.formula import Formula

__all__ = ["likely_truth"]


def likely_truth(
    formula: Formula, hint: Int[np.ndarray, " variables"] | None = None
) -> Bool[np.ndarray, " variables"]:
    """Every variable as the hint has it, or else as most of its clauses want it.

    Arguments:
        hint: +1 for true, -1 for false, 0 for anything.
    """
    count = formula.variable_count
    wanted = np.zeros(count, np.int64)
    for rows in (formula.clauses, formula.soft):
        # Counted once, negative literals before 0 and positive behind: no array of signs is made.
        found = np.bincount(np.add(rows.literals, count, dtype=np.int64), minlength=2 * count + 1)
        wanted += found[count + 1 :] - found[:count][::-1]
    truth: np.ndarray = wanted > 0
    return truth if hint is None else np.where(hint == 0, truth, hint > 0)
