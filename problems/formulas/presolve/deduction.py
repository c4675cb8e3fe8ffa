"""Clauses that are no simpler than others but say more, where they make a formula smaller.

What holds in both cases of a variable is much, and most of it of no use. It is added to a copy;
only if the cheap steps then leave fewer variables does that take the formula's place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from odesolve.problems.formulas.formula import LiteralRows
from odesolve.problems.formulas.presolve.case_clauses import case_clauses
from odesolve.problems.formulas.presolve.numbering import variables_in
from odesolve.problems.formulas.presolve.rows import joined_counts
from odesolve.problems.formulas.presolve.variable_elimination import looks_made
from odesolve.problems.formulas.presolve.work import Work, run_steps

__all__ = ["deduce", "remember"]

Steps = Sequence[Callable[[Work], None]]

#: It pays where no more than this share of the variables is left.
MOST_LEFT = 0.9
#: Literals of formulas on which it is tried.
MOST_LITERALS = 30_000
#: Times that clauses are added while something comes of it.
ROUNDS = 6


def deduce(work: Work, before: Steps, after: Steps) -> None:
    """Try, once, whether clauses that follow let the cheap steps do more.

    They are added to the formula as it was after units were propagated: shorter clauses and fewer
    variables say the same, but do not look alike any more from one step of a plan to the next.

    Arguments:
        before, after: the cheap steps, between which clauses are added.

    Raises:
        RowContradiction: if there is no model, and it shows.
    """
    trial, work.early = work.early, None
    left = _left(work)
    if trial is None or not left or not looks_made(trial):
        return
    cases = _AddCases()
    run_steps(trial, (*before, cases))
    if not cases.found:
        return
    run_steps(trial, (*before, cases, *after))
    if _left(trial) <= MOST_LEFT * left:
        work.take(trial)


def remember(work: Work) -> None:
    """Keep a formula of which only units were propagated, to deduce from it later."""
    if not work.remembered:
        work.remembered = True
        if len(work.tables.counts.rows.literals) <= MOST_LITERALS:
            work.early = work.copy()


class _AddCases:
    """A step that adds what holds in both cases of a variable, so many times at most.

    Attributes:
        found: whether there was anything to add.
    """

    def __init__(self) -> None:
        self.found = False
        self._rounds = ROUNDS
        self._seen: LiteralRows | None = None

    def __call__(self, work: Work) -> None:
        counts = work.tables.counts
        if counts.rows is self._seen or not self._rounds:
            return
        self._rounds -= 1
        sets = case_clauses(counts.take(counts.are_clauses), work.budget)
        if sets is not None:
            rest = counts.take(~counts.are_clauses)
            work.tables = work.tables._replace(counts=joined_counts(rest, sets.rows()))
            literals = np.array(list(sets.units), np.int64)
            work.counts.implied += len(literals)
            work.assign(literals)
            self.found = work.changed = True
        self._seen = work.tables.counts.rows


def _left(work: Work) -> int:
    """Variables that rows name."""
    return len(variables_in(work.tables.all_rows, work.variable_count))
