"""Clauses that are no simpler than others but say more, where they make a formula smaller.

Pairs that exclude each other and clauses that hold in both cases of a variable are many, and most
are of no use. They are added to a copy; only if the cheap steps then leave fewer variables
does that take the formula's place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from odesolve.problems.formulas.formula import LiteralRows, joined_rows
from odesolve.problems.formulas.presolve.case_clauses import case_clauses
from odesolve.problems.formulas.presolve.hidden_parities import parities_as_clauses
from odesolve.problems.formulas.presolve.numbering import variables_in
from odesolve.problems.formulas.presolve.pair_probing import excluded_pairs
from odesolve.problems.formulas.presolve.probing import WIDEST_PARITY
from odesolve.problems.formulas.presolve.rows import CountRows, joined_counts
from odesolve.problems.formulas.presolve.variable_elimination import looks_made
from odesolve.problems.formulas.presolve.work import Work, run_steps

__all__ = ["deduce", "remember"]

Steps = Sequence[Callable[[Work], None]]

#: It pays where no more than this share of the variables is left.
MOST_LEFT = 0.9
#: Literals of formulas on which it is tried; it takes a second or two on the largest.
MOST_LITERALS = 30_000
#: Times that clauses are added while something comes of it.
ROUNDS = 6


def deduce(work: Work, before: Steps, after: Steps) -> None:
    """Try, once, whether clauses that follow let the cheap steps do more.

    They are added to the formula as it was after units were propagated: shorter clauses and fewer
    variables say the same, but do not look alike any more from one step of a story to the next.

    Arguments:
        before, after: the cheap steps, between which clauses are added.

    Raises:
        RowContradiction: if there is no model, and it shows.
    """
    early, work.early = work.early, None
    left = _left(work)
    if early is None or not left or not looks_made(early):
        return
    for add in (_nothing, _add_pairs):
        trial = early.copy()
        add(trial)
        run_steps(trial, (*before, _Cases(), *after))
        if _left(trial) <= MOST_LEFT * left:
            work.take(trial)
            return


def remember(work: Work) -> None:
    """Keep a formula of which only units were propagated, to deduce from it later."""
    if not work.remembered:
        work.remembered = True
        if len(work.tables.counts.rows.literals) <= MOST_LITERALS:
            work.early = work.copy()


def _nothing(work: Work) -> None:
    """Without pairs: they also merge variables, and then steps of a story differ again."""


def _add_pairs(work: Work) -> None:
    counts, parities = work.tables.counts, work.tables.parities
    narrow = parities.take(parities.rows.lengths <= WIDEST_PARITY)
    clauses = counts.take(counts.are_clauses)
    pairs = excluded_pairs(
        joined_rows(clauses.rows, parities_as_clauses(narrow)), work.top, work.budget
    )
    rows = LiteralRows.of(sorted(pair, key=abs) for pair in pairs)
    origin = np.full(len(rows), clauses.origin.min(initial=np.iinfo(np.int64).max), np.int64)
    new = CountRows(rows, np.ones(len(rows), np.int64), rows.lengths, origin)
    work.tables = work.tables._replace(counts=joined_counts(counts, new))


class _Cases:
    """A step that adds what holds in both cases of a variable, so many times at most."""

    def __init__(self) -> None:
        self.rounds = ROUNDS
        self.seen: LiteralRows | None = None

    def __call__(self, work: Work) -> None:
        counts = work.tables.counts
        if counts.rows is self.seen or not self.rounds:
            return
        self.rounds -= 1
        found = case_clauses(counts.take(counts.are_clauses), work.budget)
        if found is not None:
            rest = counts.take(~counts.are_clauses)
            work.tables = work.tables._replace(counts=joined_counts(rest, found.rows()))
            literals = np.array(list(found.units), np.int64)
            work.counts.implied += len(literals)
            work.assign(literals)
            work.changed = True
        self.seen = work.tables.counts.rows


def _left(work: Work) -> int:
    """Variables that rows name."""
    return len(variables_in(work.tables.all_rows, work.variable_count))
