"""Variables that rows name, numbered from 1 without gaps."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from jaxtyping import Int

from odesolve.problems.formulas.formula import LiteralRows

__all__ = ["renumbered", "variables_in"]


def variables_in(tables: Iterable[LiteralRows], count: int) -> Int[np.ndarray, " variables"]:
    """The variables that rows name, ascending; ``count`` is the number of all."""
    used = np.zeros(count + 1, bool)
    for rows in tables:
        used[np.abs(rows.literals)] = True
    return np.flatnonzero(used)


def renumbered(rows: LiteralRows, variables: Int[np.ndarray, " n"]) -> LiteralRows:
    """The rows with the variables' places, from 1, instead of the variables."""
    named = np.abs(rows.literals)
    if len(variables) and variables[-1] <= 8 * len(named):
        place = np.zeros(variables[-1] + 1, np.int32)
        place[variables] = np.arange(1, len(variables) + 1)
        places = place[named]
    else:  # a table would be larger than all that it is for
        places = np.searchsorted(variables, named) + 1
    literals = np.where(rows.literals < 0, -places, places).astype(np.int32)
    return LiteralRows(literals, rows.starts)
