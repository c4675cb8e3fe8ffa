"""Clauses that presolve deduces, against all models of small formulas and towers of Hanoi."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from benchmarks.satisfiability.generators import tower_clauses
from odesolve.budget import UNLIMITED, Budget
from odesolve.problems.formulas.check import violations
from odesolve.problems.formulas.formula import Formula, LiteralRows
from odesolve.problems.formulas.presolve import deduction
from odesolve.problems.formulas.presolve.case_clauses import case_clauses
from odesolve.problems.formulas.presolve.presolve import presolved
from odesolve.problems.formulas.presolve.rows import CountRows, RowContradiction

VARIABLES = 8
ALL = (np.arange(2**VARIABLES)[:, None] >> np.arange(VARIABLES)) & 1 == 1


def drawn(seed: int) -> LiteralRows:
    """A few clauses of two and three literals, and one of four."""
    random = np.random.default_rng(seed)
    rows = [
        (random.permutation(VARIABLES)[:width] + 1) * random.choice([-1, 1], width)
        for width in (2,) * 4 + (3,) * 14 + (4,)
    ]
    return LiteralRows.of(sorted(row.tolist(), key=abs) for row in rows)


def models_of(rows: LiteralRows) -> np.ndarray:
    return ALL[np.all([holds(row.tolist(), ALL) for row in rows], axis=0)]


def holds(clause: Iterable[int], truths: np.ndarray) -> np.ndarray:
    """Whether a clause is satisfied, for each assignment."""
    literals = np.array(list(clause))
    return (truths[:, np.abs(literals) - 1] == (literals > 0)).any(axis=1)


def test_what_is_deduced_holds_in_every_model():
    cases = 0
    for seed in range(60):
        rows = drawn(seed)
        models = models_of(rows)
        numbers = np.arange(len(rows))
        counts = CountRows(rows, np.ones(len(rows), np.int64), rows.lengths, numbers)
        try:
            found = case_clauses(counts, UNLIMITED)
        except RowContradiction:
            assert not len(models)
            continue
        if found is not None:
            clauses = [*found.clauses.values(), *((unit,) for unit in found.units)]
            assert all(holds(clause, models).all() for clause in clauses)
            cases += len(clauses)
    assert cases > 100


def test_towers_of_four_discs_need_what_is_deduced(monkeypatch):
    variables, clauses = tower_clauses(4)
    formula = Formula(variables, LiteralRows.of(clauses))
    left = presolved(formula)
    assert left.decided
    truth = next(iter(left.lifts(np.zeros(0, bool), 1, None)))
    assert violations(formula, truth).total == 0
    # Where it does not pay, everything stays as it is.
    monkeypatch.setattr(deduction, "MOST_LEFT", -1.0)
    rejected = presolved(formula).formula
    monkeypatch.setattr(deduction, "MOST_LITERALS", 0)
    untried = presolved(formula).formula
    assert rejected.variable_count == untried.variable_count > 200
    unasked = presolved(formula, deduces=False).formula
    assert unasked.variable_count == untried.variable_count
    assert [row.tolist() for row in rejected.clauses] == [row.tolist() for row in untried.clauses]


def test_time_may_be_up_while_something_is_deduced():
    variables, clauses = tower_clauses(3, clear_is_told=True)
    formula = Formula(variables, LiteralRows.of(clauses))
    for seconds in (0.0, 0.01, 0.03):
        left = presolved(formula, budget=Budget.of(seconds))
        assert left.formula.variable_count <= variables
