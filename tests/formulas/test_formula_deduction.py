"""Clauses that presolve deduces, against all models of small formulas and towers of Hanoi."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.satisfiability.generators import tower_clauses
from odesolve.budget import UNLIMITED, Budget
from odesolve.problems.formulas.check import violations
from odesolve.problems.formulas.formula import Formula, LiteralRows
from odesolve.problems.formulas.presolve import deduction
from odesolve.problems.formulas.presolve.case_clauses import case_clauses
from odesolve.problems.formulas.presolve.pair_probing import excluded_pairs
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
    return np.array([truth for truth in ALL if all(holds(row.tolist(), truth) for row in rows)])


def holds(clause: list[int], truth: np.ndarray) -> bool:
    return any(truth[abs(literal) - 1] == (literal > 0) for literal in clause)


def test_what_is_deduced_holds_in_every_model():
    pairs = cases = 0
    for seed in range(150):
        rows = drawn(seed)
        models = models_of(rows)
        for pair in excluded_pairs(rows, VARIABLES, UNLIMITED):
            assert all(holds(list(pair), truth) for truth in models)
            pairs += 1
        numbers = np.arange(len(rows))
        counts = CountRows(rows, np.ones(len(rows), np.int64), rows.lengths, numbers)
        try:
            found = case_clauses(counts, UNLIMITED)
        except RowContradiction:
            assert not len(models)
            continue
        if found is None:
            continue
        for clause in [*found.clauses.values(), *((unit,) for unit in found.units)]:
            assert all(holds(list(clause), truth) for truth in models)
            cases += 1
    assert pairs > 100
    assert cases > 100


@pytest.mark.parametrize(
    "clear_is_told", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["discs", "places"]
)
def test_towers_of_four_discs_need_what_is_deduced(clear_is_told, monkeypatch):
    variables, clauses = tower_clauses(4, clear_is_told=clear_is_told)
    formula = Formula(variables, LiteralRows.of(clauses))
    left = presolved(formula)
    assert left.decided
    truth = next(iter(left.lifts(np.zeros(0, bool), 1, None)))
    assert violations(formula, truth).total == 0
    monkeypatch.setattr(deduction, "MOST_LITERALS", 0)
    assert presolved(formula).formula.variable_count > 200


def test_a_formula_that_gains_nothing_stays_as_it_is(monkeypatch):
    rows = [row.tolist() for seed in range(3) for row in drawn(seed)]
    shifted = [[v + np.sign(v) * 8 * (i // 19) for v in row] for i, row in enumerate(rows)]
    formula = Formula(24, LiteralRows.of(shifted))
    monkeypatch.setattr(deduction, "MOST_LEFT", -1.0)
    without = presolved(formula).formula
    monkeypatch.setattr(deduction, "MOST_LITERALS", 0)
    untried = presolved(formula).formula
    assert without.variable_count == untried.variable_count
    assert [row.tolist() for row in without.clauses] == [row.tolist() for row in untried.clauses]


def test_time_may_be_up_while_something_is_deduced():
    variables, clauses = tower_clauses(3, clear_is_told=True)
    formula = Formula(variables, LiteralRows.of(clauses))
    for seconds in (0.0, 0.01, 0.03):
        left = presolved(formula, budget=Budget.of(seconds))
        assert left.formula.variable_count <= variables
