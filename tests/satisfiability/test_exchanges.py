"""Exchanges and refinement, against what they promise: what no attempt makes cheaper."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import odesolve as ode
from benchmarks.satisfiability.generators import weighted_covers
from odesolve.budget import Budget
from odesolve.problems.formulas.check import cost, violations
from odesolve.problems.formulas.formula import Formula, LiteralRows
from odesolve.problems.formulas.presolve.presolve import unreduced
from odesolve.problems.satisfiability import exchanges
from odesolve.problems.satisfiability.exchanges import Exchanges
from odesolve.problems.satisfiability.first_guess import Polish
from odesolve.problems.satisfiability.max_sat import Minimization
from odesolve.problems.satisfiability.refinement import KEPT, Refinement
from odesolve.problems.satisfiability.search import FormulaSettings
from odesolve.problems.satisfiability.soft_system import soft_system

VARIABLES = 8


def ranked(formula: Formula, truth: np.ndarray) -> tuple[int, int]:
    return violations(formula, truth).total, cost(formula, truth)


def formula_of(hard, soft, weights, variables: int = VARIABLES) -> Formula:
    return Formula(
        variables,
        clauses=LiteralRows.of(hard),
        soft=LiteralRows.of(soft),
        soft_weights=np.array(weights, object),
        optimizes=True,
    )


def cover(sets: int, elements: int, seed: int) -> Formula:
    hard, soft, weights = weighted_covers(sets, elements, 2, seed, 10)
    return formula_of(hard.tolist(), soft.tolist(), weights.tolist(), sets)


literals = st.integers(-VARIABLES, VARIABLES).filter(bool)
rows = st.lists(st.lists(literals, min_size=1, max_size=4), max_size=12)
wishes = st.lists(
    st.tuples(st.lists(literals, min_size=1, max_size=3), st.integers(1, 10**25)), max_size=12
)


@given(rows, wishes, st.lists(st.booleans(), min_size=VARIABLES, max_size=VARIABLES))
def test_no_exchange_makes_it_dearer_and_no_flip_cheaper_after_them(hard, soft, start):
    formula = formula_of(hard, [row for row, _ in soft], [weight for _, weight in soft])
    exchange = Exchanges(formula)
    before = np.array(start)
    after = exchange(before.copy())
    assert ranked(formula, after) <= ranked(formula, before)
    for variable in range(VARIABLES):
        flipped = after.copy()
        flipped[variable] ^= True
        assert ranked(formula, after) <= ranked(formula, flipped)
    np.testing.assert_array_equal(Exchanges(formula)(after), after)
    # What is kept of the rows is what they are.
    recounted = [sum(after[abs(v) - 1] == (v > 0) for v in set(row)) for row in exchange.rows]
    assert exchange.true == recounted


@pytest.mark.parametrize("seed", range(6))
def test_a_cover_ends_where_no_set_out_and_its_neighbours_in_is_cheaper(seed):
    formula = cover(30, 80, seed)
    start = Polish(formula)(np.ones(30, bool))
    after = Exchanges(formula)(start)
    edges = [tuple(abs(v) - 1 for v in row) for row in formula.clauses]
    assert ranked(formula, after) <= ranked(formula, start)
    for out in np.flatnonzero(after):
        other = after.copy()
        other[out] = False
        for one, two in edges:
            if not other[one] and not other[two]:
                other[two if one == out else one] = True
        assert ranked(formula, after) <= ranked(formula, other)


def test_they_find_what_single_flips_do_not():
    every = np.array([*itertools.product((False, True), repeat=16)])
    gained = []
    for seed in range(10):
        formula = cover(16, 30, seed)
        ends = formula.clauses.literals.reshape(-1, 2) - 1
        covers = every[(every[:, ends[:, 0]] | every[:, ends[:, 1]]).all(axis=1)]
        least = 0, int((covers @ formula.soft_weights.astype(int)).min())
        polished = Polish(formula)(np.ones(16, bool))
        after = Exchanges(formula)(polished)
        gained.append((ranked(formula, polished) == least, ranked(formula, after) == least))
    single, several = np.sum(gained, axis=0)
    assert several >= 6 > single


def test_a_call_ends_with_its_work_and_the_next_goes_on_behind_it(monkeypatch):
    monkeypatch.setattr(exchanges, "WORK", 300)
    formula = cover(60, 150, 1)
    exchange = Exchanges(formula)
    truth = np.ones(60, bool)
    first = exchange(truth)
    assert 0 < exchange.next < 60
    begun = exchange.next
    for _ in range(200):
        truth = exchange(truth)
    assert exchange.next != begun
    assert ranked(formula, truth) < ranked(formula, first)
    np.testing.assert_array_equal(Exchanges(formula)(truth), truth)


def test_a_budget_that_is_over_ends_them_at_once():
    formula = cover(30, 80, 0)
    truth = np.ones(30, bool)
    np.testing.assert_array_equal(Exchanges(formula, Budget(0.0))(truth), truth)


def test_refinement_takes_what_waits_first_and_then_crosses_what_it_kept():
    formula = cover(60, 150, 2)
    refinement = Refinement(formula, Polish(formula), 0, Budget.of(60.0))
    assert refinement.is_of_use
    assert list(refinement.refined()) == []  # nothing was taken, and there is nothing to cross
    taken = np.random.default_rng(0).integers(0, 2, (61, 3))  # as runs hold them, cells beyond
    refinement.began -= 3600.0  # its share of the time is large
    refinement.take(taken)
    found = [truth for truth, _ in zip(refinement.refined(), range(20), strict=False)]
    assert not refinement.waiting
    assert len(found) > 3
    ranks = [ranked(formula, truth) for truth in found]
    assert {violated for violated, _ in ranks} == {0}
    assert min(ranks[3:]) <= min(ranks[:3])
    kept = [rank for rank, _ in refinement.kept]
    assert kept == sorted(kept)
    assert kept[0] == min(ranks)
    assert len({truth.tobytes() for _, truth in refinement.kept}) == len(kept)


def test_what_violates_less_is_kept_before_what_costs_less():
    formula = formula_of([[1, 2], [2, 3]], [[-1], [-2], [-3]], [1, 5, 1], 3)
    refinement = Refinement(formula, Polish(formula), 0, Budget.of(60.0))
    truths = [np.array(truth) for truth in itertools.product((False, True), repeat=3)]
    for truth in truths:
        refinement.keep(truth)
    assert refinement.kept[0][1].tolist() == [True, False, True]
    assert [rank for rank, _ in refinement.kept] == sorted(ranked(formula, own) for own in truths)


def test_no_more_waits_than_is_kept():
    formula = cover(60, 150, 2)
    refinement = Refinement(formula, Polish(formula), 0, Budget.of(60.0))
    taken = np.random.default_rng(0).integers(0, 2, (60, 40))
    for part in np.split(taken, 5, axis=1):
        refinement.take(part)
    np.testing.assert_array_equal(np.array(refinement.waiting).T, taken[:, -KEPT:] > 0)


def test_a_child_keeps_what_both_agree_in():
    formula = cover(60, 150, 2)
    refinement = Refinement(formula, Polish(formula), 0, Budget.of(60.0))
    assert refinement.crossed() is None
    one = np.arange(60) % 2 == 0
    other = np.arange(60) % 3 == 0
    refinement.keep(one)
    refinement.keep(one)
    assert refinement.crossed() is None
    refinement.keep(other)
    children = np.array([refinement.crossed() for _ in range(30)])
    assert (children[:, one == other] == one[one == other]).all()
    assert len(np.unique(children, axis=0)) == 30


def test_refinement_ends_with_its_share_of_the_time():
    formula = cover(60, 150, 2)
    refinement = Refinement(formula, Polish(formula), 0, Budget.of(60.0))
    refinement.take(np.ones((60, 4), int))
    refinement.spent = 100.0
    assert list(refinement.refined()) == []


@pytest.mark.parametrize("rows", ["parities", "not_all_equal"])
def test_refinement_is_of_no_use_beside_other_rows(rows):
    formula = formula_of([[1, 2]], [[-1]], [1])
    other = replace(formula, **{rows: LiteralRows.of([[1, 2]])})
    refinement = Refinement(other, Polish(formula), 0, Budget.of(60.0))
    assert not refinement.is_of_use


def minimization(formula: Formula, **options) -> Minimization:
    settings = FormulaSettings(options=options)
    budgets = settings.checked()
    return Minimization(formula, unreduced(formula), settings, budgets, budgets.budget())


@pytest.mark.parametrize(
    ("options", "refines"),
    [
        ({}, True),
        ({"time_limit": 5.0, "runs": 4}, True),
        ({"time_limit": 5.0, "max_steps": 60}, False),
        ({"checkpoint": "state.npz"}, False),
        ({"resume": "state.npz"}, False),
        ({"distributed": True}, False),
    ],
)
def test_an_answer_that_steps_or_others_decide_is_not_refined(options, refines):
    assert minimization(cover(20, 40, 4), **options).refines == refines


def test_a_search_refines_what_single_runs_come_to():
    formula = cover(120, 400, 4)
    search = minimization(formula, time_limit=300.0, runs=4, seed=0)

    def enough(_: ode.Progress) -> None:
        if len(search.refinement.kept) > 2:
            search.settings = replace(search.settings, target=10**9)

    search.settings = replace(search.settings, progress=enough)
    result = search.run()
    ranks = [rank for rank, _ in search.refinement.kept]
    assert (0, cost(formula, result.truth)) <= min(ranks)


def test_runs_tell_of_each_better_assignment_once():
    formula = cover(120, 400, 3)
    told: list[np.ndarray] = []
    system = soft_system(formula, np.array(formula.soft_weights, np.int32))
    result = ode.solve(
        system, ode.preset_named("maxsat-hard").lanes()[0][0], ode.HeavyBall(), runs=4, seed=0,
        max_steps=3000, each_improved=told.append,
    )  # fmt: skip
    assert result.runs.cost is not None
    seen = np.concatenate([each[:120] for each in told], axis=1) > 0
    costs = [cost(formula, truth) for truth in seen.T if not violations(formula, truth).total]
    assert min(costs) == result.runs.cost.min()
    assert len(np.unique(seen, axis=1).T) == len(seen.T)  # none is told of again
    for own in result.runs.cost[result.runs.satisfied]:
        assert own in costs
