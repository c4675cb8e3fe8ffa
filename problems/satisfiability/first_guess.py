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
    wanted = np.zeros(formula.variable_count + 1)
    for rows in (formula.clauses, formula.soft):
        signs = np.sign(rows.literals)
        wanted += np.bincount(np.abs(rows.literals), signs, minlength=len(wanted))
    truth: np.ndarray = wanted[1:] > 0
    return truth if hint is None else np.where(hint == 0, truth, hint > 0)
