"""Where a formula leans, against the definitions and against hidden assignments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import odesolve as ode
from benchmarks.satisfiability.generators import controlled_clauses, uniform_clauses
from odesolve.problems.formulas.formula import Formula, LiteralRows, joined_rows
from odesolve.problems.satisfiability.spectral_start import (
    _bethe_hessian,
    _ClauseGraph,
    _softest_mode,
    leaning,
    spectral_starts,
)


def formula_of(clauses, variables: int) -> Formula:
    return Formula(variables, clauses=LiteralRows.of(clauses))


def controlled(variables: int, seed: int, ratio: float = 4.3) -> tuple[Formula, np.ndarray]:
    clauses, hidden = controlled_clauses(variables, round(ratio * variables), seed)
    return formula_of(clauses.tolist(), variables), np.where(hidden, 1.0, -1.0)


def uniform(variables: int, ratio: float, seed: int) -> Formula:
    return formula_of(uniform_clauses(variables, round(ratio * variables), 3, seed), variables)


def dense_hessian(formula: Formula, strength: np.ndarray) -> np.ndarray:
    """I less the sum of lambda S (I + lambda S)^-1 over the clauses, clause by clause."""
    found = np.eye(formula.variable_count)
    for row, each in zip(formula.clauses, strength, strict=True):
        signs = np.sign(row)
        agreement = -np.outer(signs, signs) * (1.0 - np.eye(len(row)))
        answer = each * agreement @ np.linalg.inv(np.eye(len(row)) + each * agreement)
        found[np.ix_(np.abs(row) - 1, np.abs(row) - 1)] -= answer
    return found


def graph_of(formula: Formula) -> _ClauseGraph:
    graph = _ClauseGraph.of(formula.clauses, formula.variable_count)
    assert graph is not None
    return graph


clause_lists = st.lists(
    st.lists(st.integers(1, 9), min_size=1, max_size=5, unique=True).flatmap(
        lambda row: st.tuples(*(st.sampled_from([v, -v]) for v in row))
    ),
    min_size=12,
    max_size=30,
)


@given(clause_lists)
def test_the_matrix_is_the_bethe_hessian_of_its_clauses(clauses):
    formula = formula_of(clauses, 9)
    graph = _ClauseGraph.of(formula.clauses, 9)
    assume(graph is not None)  # so few clauses that it is not defined
    diagonal, factor = _bethe_hessian(graph.rows.lengths, graph.strength, graph.signs)
    found = np.diag(diagonal) + (factor.T @ factor).toarray()
    np.testing.assert_allclose(found, dense_hessian(formula, graph.strength), atol=1e-9)


@pytest.mark.parametrize("variables", [20, 200], ids=["dense", "sparse"])
def test_the_mode_is_the_eigenvector_of_the_least_eigenvalue(variables):
    formula, _ = controlled(variables, 3, ratio=7.0)
    graph = graph_of(formula)
    mode = _softest_mode(graph)
    assert mode is not None
    values, vectors = np.linalg.eigh(dense_hessian(formula, graph.strength))
    assert values[0] < 0
    assert abs(vectors[:, 0] @ mode) / np.sqrt(variables) == pytest.approx(1.0, abs=1e-3)


def test_a_mode_grows_to_a_fixed_point_of_the_mean_field_equations():
    formula, _ = controlled(30, 3, ratio=7.0)
    graph = graph_of(formula)
    mode = _softest_mode(graph)
    assert mode is not None
    x = graph.grown(mode)
    force = np.zeros(30)
    for row, strength in zip(formula.clauses, graph.strength, strict=True):
        for own in row:
            a, b = (np.sign(other) * x[abs(other) - 1] for other in row if other != own)
            free = 2 - a**2 - b**2
            force[abs(own) - 1] += np.sign(own) * strength * (1.5 * a * b - 1.16 * (a + b))
            force[abs(own) - 1] -= (1.16 * strength) ** 2 * free * x[abs(own) - 1]
    np.testing.assert_allclose(x, np.tanh(force), atol=0.02)
    assert np.abs(x).mean() > 0.5


def test_strengths_are_critical_where_every_variable_hears_as_much():
    # Each variable stands in d clauses of three: what it hears goes on to 2 (d - 1) others.
    rows = [[1 + i, 1 + (i + step) % 40, 1 + (i + 3 * step) % 40] for step in (1, 5, 7, 11)
            for i in range(40)]  # fmt: skip
    degree = 12
    strength = graph_of(formula_of(rows, 40)).strength
    np.testing.assert_allclose(strength, 1 / np.sqrt(2 * (degree - 1)))


def test_strengths_of_several_widths_are_as_their_pairs_lean():
    formula = formula_of([[1, 2], [2, 3], [1, -3], [1, 2, 3, 4], [-2, 3, 4], [1, -4], [2, -4]], 4)
    strength = graph_of(formula).strength
    np.testing.assert_allclose(strength / strength[0], [1, 1, 1, 3 / 15, 3 / 7, 1, 1])


@pytest.mark.parametrize("seed", range(4))
def test_formulas_lean_to_the_hidden_assignment(seed):
    formula, hidden = controlled(2000, seed)
    lean = leaning(formula)
    assert lean is not None
    assert np.mean(np.sign(lean) * hidden) > 0.7  # by chance at most about 0.1


def test_few_uniform_formulas_lean():
    assert sum(leaning(uniform(1000, 4.2, seed)) is not None for seed in range(20)) < 7


def test_parts_that_share_no_variable_lean_each_for_themselves():
    formulas, hidden = zip(*(controlled(n, 5) for n in (1500, 1200)), strict=True)
    apart = [formulas[0].clauses, LiteralRows.of([[2701, 2702, 2703], [-2701, 2702, -2703]])]
    literals = formulas[1].clauses.literals
    apart.append(replace(formulas[1].clauses, literals=literals + 1500 * np.sign(literals)))
    lean = leaning(Formula(2710, clauses=joined_rows(*apart)))
    assert lean is not None
    assert np.isnan(lean[2700:]).all()
    for own, truth in ((lean[:1500], hidden[0]), (lean[1500:2700], hidden[1])):
        assert np.mean(np.sign(own) * truth) > 0.7


def test_clauses_that_repeat_a_variable_are_as_those_that_do_not():
    formula, hidden = controlled(400, 1, ratio=6.0)
    plain, true = formula.clauses, int(7 * hidden[6])
    rows = [[true, true, 9], [7, -7, 11], *plain, []]
    repeated = formula_of(rows, 400)
    starts = repeated.clauses.starts.copy()
    lean = leaning(repeated)
    np.testing.assert_array_equal(repeated.clauses.starts, starts)  # it is the caller's
    np.testing.assert_array_equal(lean, leaning(formula_of([[true, 9], *plain], 400)))
    result = ode.sat(
        formula_of(rows[:-1], 400), preset="sat-spectral", presolve=False, prove=None, max_steps=500
    )
    assert result.satisfied


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1))
def test_negated_variables_lean_the_other_way(seed):
    formula, _ = controlled(60, 3, ratio=6.0)
    before = leaning(formula)
    assert before is not None
    turned = np.where(np.random.default_rng(seed).random(60) < 0.5, -1, 1)
    literals = formula.clauses.literals * turned[np.abs(formula.clauses.literals) - 1]
    after = leaning(Formula(60, clauses=LiteralRows(literals, formula.clauses.starts)))
    assert after is not None
    np.testing.assert_allclose(after, before * turned, atol=0.02)


@pytest.mark.parametrize(
    ("clauses", "variables"),
    [([], 5), ([[1]], 1), ([[1], [-2]], 2), ([[1, 2, 3]], 3), ([[1, 2, 3], [3, 4, 5]], 70)],
    ids=["none", "one variable", "units", "one clause", "two"],
)
def test_formulas_too_small_for_a_spectrum_lean_nowhere(clauses, variables):
    assert leaning(formula_of(clauses, variables)) is None


def test_starts_lie_beside_the_lean_each_farther_than_the_last():
    lean = np.random.default_rng(0).uniform(-0.5, 0.5, 400)
    starts = spectral_starts(lean, 3, seed=5)
    assert np.abs(starts).max() <= 1
    away = np.abs(starts - lean[:, None]).mean(axis=0)
    assert away[0] < 0.06 < away[1] < away[2]
    # The first run begins at the same place however many there are, and elsewhere with other seeds.
    np.testing.assert_array_equal(spectral_starts(lean, 1, seed=5), starts[:, :1])
    assert not np.array_equal(spectral_starts(lean, 1, seed=6), starts[:, :1])


def test_one_run_from_there_solves_what_one_from_chance_does_not():
    formula, _ = controlled(2000, 11)
    solves = {
        name: ode.sat(formula, preset=name, runs=1, prove=None, max_steps=500)
        for name in ("sat-spectral", "sat-memories")
    }
    assert solves["sat-spectral"].satisfied
    assert not solves["sat-memories"].satisfied


def test_what_leans_nowhere_begins_at_random_and_says_so():
    formula = uniform(200, 3.5, 0)
    result = ode.sat(formula, preset="sat-spectral", runs=2, prove=None, max_steps=3000)
    assert any("begin at random" in note for note in result.notes)
    other = ode.sat(controlled(600, 1)[0], preset="sat-spectral", prove=None, max_steps=10)
    assert not any("begin at random" in note for note in other.notes)


def test_a_hint_stands_above_the_lean():
    formula, hidden = controlled(600, 1)
    model = np.arange(1, 601) * hidden.astype(int)
    options = {"preset": "sat-spectral", "runs": 1, "prove": None, "presolve": False}
    near = ode.sat(formula, hint=model.tolist(), max_steps=0, **options)
    far = ode.sat(formula, hint=(-model).tolist(), max_steps=0, **options)
    assert near.satisfied
    assert np.mean(far.truth == (hidden < 0)) > 0.9


@pytest.mark.parametrize("preset", ["sat-spectral", "after"])
def test_presets_that_begin_there_are_refused_where_nothing_would_begin(preset, tmp_path):
    if preset == "after":
        own = replace(
            ode.preset_named("sat-memories"), name="own", then="sat-spectral", then_after=9
        )
        with pytest.raises(ode.InputError, match="then: sat-spectral begins at a 'spectral' start"):
            ode.sat([[1, 2, 3]], preset=own)
        return
    path = tmp_path / "any.cnf"
    ode.write_formula(uniform(100, 4.2, 0), path)
    with pytest.raises(ode.InputError, match="preset sat-spectral begins at a 'spectral' start"):
        ode.tune([path], preset=preset, trials=1)
