"""The benchmarks' formulas are what their names say."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.satisfiability import generators, instances


def true_counts(clauses, truth):
    return (truth[np.abs(clauses) - 1] == (clauses > 0)).sum(axis=1)


DRAWN = {
    "uniform": lambda seed: generators.uniform_clauses(50, 400, 3, seed),
    "uniform 7": lambda seed: generators.uniform_clauses(8, 300, 7, seed),
    "planted": lambda seed: generators.planted_clauses(50, 400, 3, seed)[0],
    "controlled": lambda seed: generators.controlled_clauses(50, 400, seed)[0],
    "parity": lambda seed: generators.parity_rows(50, 45, 4, seed)[0],
    "soft": lambda seed: generators.soft_clauses(50, 400, 2, seed, 9)[0],
    "costly": lambda seed: generators.costly_models(50, 200, seed, 9)[0],
    "cover": lambda seed: generators.weighted_covers(50, 70, 4, seed, 9)[0],
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN)
def test_rows_have_distinct_variables_in_range_and_come_from_the_seed(draw):
    clauses = draw(1)
    variables = np.sort(np.abs(clauses), axis=1)
    assert variables.min() >= 1
    assert variables.max() <= 50
    assert (np.diff(variables, axis=1) > 0).all()
    assert (draw(1) == clauses).all()
    assert (draw(2) != clauses).any()


@pytest.mark.parametrize("width", [2, 3, 5])
def test_planted_clauses_are_uniform_among_those_that_hold(width):
    clauses, hidden = generators.planted_clauses(200, 60_000, width, 3)
    counts = true_counts(clauses, hidden)
    assert counts.min() == 1
    # Of 2^width - 1 types, one has every literal true.
    assert (counts == width).mean() == pytest.approx(1 / (2**width - 1), abs=0.01)


@pytest.mark.parametrize("p0", [0.0, 0.08, 0.25])
def test_controlled_clauses_have_the_published_types(p0):
    clauses, hidden = generators.controlled_clauses(300, 100_000, 5, p0)
    violated = true_counts(clauses, ~hidden)
    expected = [p0, (1 - 4 * p0) / 2, (1 + 2 * p0) / 2, 0.0]
    frequencies = np.bincount(violated, minlength=4) / len(clauses)
    assert frequencies == pytest.approx(expected, abs=0.01)
    # What hides the assignment: half of the literals agree with it.
    agree = violated.sum() / clauses.size
    assert agree == pytest.approx(0.5, abs=0.01)


def test_controlled_clauses_refuse_probabilities_below_zero():
    with pytest.raises(ValueError, match="p0"):
        generators.controlled_clauses(10, 10, 1, 0.3)


def test_rows_need_enough_variables():
    with pytest.raises(ValueError, match="3 distinct variables of 2"):
        generators.uniform_clauses(2, 1, 3, 1)


@pytest.mark.parametrize("width", [2, 3, 4])
def test_parity_clauses_mean_their_rows(width):
    rows, hidden = generators.parity_rows(12, 8, width, 7)
    clauses = generators.parity_clauses(rows)
    assert (true_counts(rows, hidden) % 2 == 1).all()
    assert len(clauses) == len(rows) * 2 ** (width - 1)
    random = np.random.default_rng(1)
    for truth in random.random((200, 12)) < 0.5:
        odd = (true_counts(rows, truth) % 2 == 1).all()
        assert odd == (true_counts(clauses, truth) > 0).all()
    assert (true_counts(clauses, hidden) > 0).all()


def test_weights_cover_their_range():
    _, weights = generators.soft_clauses(50, 1000, 3, 1, 5)
    assert set(weights.tolist()) == {1, 2, 3, 4, 5}


@pytest.mark.parametrize(("number", "models"), [(47 * 59, 2), (53 * 53, 1), (2777, 0)])
def test_factoring_clauses_have_the_factors_as_only_models(number, models):
    solvers = pytest.importorskip("pysat.solvers")
    variables, clauses = generators.factoring_clauses(number, (6, 6))
    assert max(abs(literal) for clause in clauses for literal in clause) <= variables
    with solvers.Solver("cadical195", bootstrap_with=clauses) as solver:
        assert len(list(solver.enum_models())) == models


def test_files_hold_what_was_written(tmp_path):
    clauses = generators.uniform_clauses(30, 40, 3, 1)
    rows, _ = generators.parity_rows(30, 5, 4, 1)
    generators.write_cnf(tmp_path / "a.cnf", 30, clauses, rows)
    read = instances.read_cnf(tmp_path / "a.cnf")
    assert read.variables == 30
    assert read.clauses.lists() == clauses.tolist()
    assert read.parities.lists() == rows.tolist()
    soft, weights = generators.soft_clauses(30, 40, 2, 1, 9)
    generators.write_weighted_cnf(tmp_path / "a.wcnf", 30, soft, weights, clauses.tolist())
    read = instances.read_weighted(tmp_path / "a.wcnf")
    assert read.clauses.lists() == clauses.tolist()
    assert read.soft.lists() == soft.tolist()
    assert read.weights == tuple(weights.tolist())
