from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systems import evaluate_multilinear
from tables import (
    FAMILY_CASES,
    SIGNED,
    UNIT,
    FamilyCase,
    corner_cells,
    disjunctions,
    every_assignment,
    interior_cells,
    literal_forms,
    literal_violated,
)

from odesolve.potentials import FAMILIES, Box, Circle, Different, Or, Simplex, TruthTable

RUNS = 7

value_and_satisfied_of = jax.jit(
    lambda clauses, x, values, domains: (clauses.value(x, domains), clauses.satisfied(values)),
    static_argnums=3,
)
forms_of = jax.jit(lambda clauses, x, domains: clauses.value_and_pull(x, domains), static_argnums=2)
rigidity_of = jax.jit(lambda clauses, x, domains: clauses.rigidity(x, domains), static_argnums=2)
#: Sizes and signs of which smaller and larger, and the other ones, are there: slow.
BETWEEN = {
    *("table2-unit", "or2-product", "or4-product", "or5-product", "or2-min", "or4-min", "or5-min"),
    *("or3-min-signed", "not-all-equal3-min", "threshold3-min", "threshold3-linear"),
    *(f"cardinality3{sign}-{form}" for sign in (">=", "==") for form in ("min", "linear")),
    *(f"different-{domain}{q}" for domain in ("simplex", "circle") for q in (2, 4)),
    *("points3-squares", "xor2", "xor2-min", "xor3-min", "gate3-and", "gate3-or"),
    *(f"linear5{sign}{form}" for sign in ("<=", ">=") for form in ("absolute", "squared")),
    *("integral-sine-signed", "integral-edge-signed", "gate5-or", "or6-product", "or6-min-signed"),
    *("different-circle5", "threshold6-linear", "cardinality6>=-linear", "cardinality6==-linear"),
}
MARKED_CASES = [
    pytest.param(case, marks=[pytest.mark.slow] * (case.name in BETWEEN), id=case.name)
    for case in FAMILY_CASES
]
all_cases = pytest.mark.parametrize("case", MARKED_CASES)


@dataclass(frozen=True)
class Evaluation:
    """What a family says at random interior points, in float64."""

    x: np.ndarray
    value: np.ndarray
    value_alone: np.ndarray
    pull: np.ndarray
    pull_alone: np.ndarray
    rigidity: np.ndarray | None
    gradient: np.ndarray
    finite_difference: np.ndarray


@cache
def evaluated(case: FamilyCase) -> Evaluation:
    """Everything in one compiled function: compiling is nearly all that these tests take."""
    domains, step = case.domains, 1e-5
    x = interior_cells(domains, len(case.clauses), RUNS, seed=5)
    width = x.shape[1]
    # The points themselves, then each moved along one cell, forth and back: as further runs, so
    # that the compiler finds the potential the same everywhere and keeps it once.
    shifts = step * np.concatenate([np.zeros((1, width)), np.eye(width), -np.eye(width)])
    points = (x[:, :, None, :] + shifts.T[None, :, :, None]).reshape(len(x), width, -1)

    def everything(clauses, points):
        value, pull = clauses.value_and_pull(points, domains)
        # A clause's potential depends on its own cells only: one gradient of the sum serves all.
        alone, pullback = jax.vjp(lambda points: clauses.value(points, domains), points)
        (gradient,) = pullback(jnp.ones_like(alone))
        pull_alone, rigidity = clauses.pull(points, domains), clauses.rigidity(points, domains)
        return value, alone, pull, pull_alone, rigidity, gradient

    with jax.enable_x64(True):
        found = jax.jit(everything)(case.clauses, jnp.asarray(points))
    found = jax.tree.map(np.asarray, found)
    _, forth, back = np.split(found[1].reshape(len(x), -1, RUNS), [1, 1 + width], axis=1)
    at_points = jax.tree.map(lambda array: array[..., :RUNS], found)
    return Evaluation(x, *at_points, (forth - back) / (2 * step))


def test_every_family_is_in_the_table():
    # Those over shares have a file of their own, test_share_clauses.py.
    over_shares = {family for family in FAMILIES if family.by_literal}
    assert {type(case.clauses) for case in FAMILY_CASES} == set(FAMILIES) - over_shares


@all_cases
def test_value_pull_and_rigidity_follow_the_literal_equations(case):
    found = evaluated(case)
    for m, run in np.ndindex(len(case.clauses), RUNS):
        v, g, r = literal_forms(case.clauses, m, found.x[m, :, run], case.domains)
        np.testing.assert_allclose(found.value[m, run], v, atol=1e-6)
        np.testing.assert_allclose(found.pull[m, :, run], g, atol=1e-6)
        if r is None:
            assert found.rigidity is None
        else:
            np.testing.assert_allclose(found.rigidity[m, :, run], r, atol=1e-6)


@all_cases
def test_value_and_pull_asked_alone_or_together_agree(case):
    found = evaluated(case)
    np.testing.assert_allclose(found.value_alone, found.value, atol=1e-9)
    np.testing.assert_allclose(found.pull_alone, found.pull, atol=1e-9)


@pytest.mark.parametrize(
    "case", [own for own in MARKED_CASES if own.values[0].clauses.conservative]
)
def test_the_pull_is_the_negative_gradient(case):
    found = evaluated(case)
    np.testing.assert_allclose(found.pull, -found.gradient, atol=1e-6)
    np.testing.assert_allclose(found.pull, -found.finite_difference, atol=1e-6)


def test_only_the_min_form_is_exempt_from_being_a_gradient():
    exempt = {case.name for case in FAMILY_CASES if not case.clauses.conservative}
    assert exempt == {name for name in (c.name for c in FAMILY_CASES) if "-min" in name}


@all_cases
def test_the_potential_is_zero_exactly_on_satisfying_corners(case):
    assert_corners(case.clauses, case.domains)


def assert_corners(clauses, domains) -> None:
    """V = 0 on satisfying corners, 0 < V <= 1 on the others, and ``satisfied`` says the same."""
    values = every_assignment(domains)
    cells = np.broadcast_to(
        corner_cells(domains, values),
        (len(clauses), sum(d.width for d in domains), values.shape[1]),
    )
    repeated = np.broadcast_to(values, (len(clauses), *values.shape)).astype(np.int32)
    found = value_and_satisfied_of(clauses, np.asarray(cells, np.float32), repeated, domains)
    potential, satisfied = map(np.asarray, found)
    expected = [
        [not literal_violated(clauses, m, column) for column in values.T]
        for m in range(len(clauses))
    ]
    np.testing.assert_array_equal(satisfied, expected)
    np.testing.assert_array_equal(potential == 0, expected)
    assert potential.min() >= 0
    assert potential.max() <= 1


@pytest.mark.parametrize("box", [UNIT, SIGNED], ids=["unit", "signed"])
@pytest.mark.parametrize("arity", [3, 6, 10])
@settings(max_examples=15)
@given(data=st.data())
def test_any_relation_has_an_exact_potential(arity, box, data):
    number = data.draw(st.integers(0, 2 ** (2**arity) - 1))
    allowed = np.array([number >> row & 1 for row in range(2**arity)], bool)
    clauses = TruthTable.from_table([list(range(arity))], allowed)
    assert_corners(clauses, (box,) * arity)


def test_a_relation_of_twelve_bits():
    clauses = TruthTable.from_predicate([range(12)], lambda *bits: sum(bits) == 5)
    assert_corners(clauses, (UNIT,) * 12)
    with pytest.raises(ValueError, match="0 to 12 variables, got 13"):
        TruthTable.from_predicate([range(13)], lambda *bits: True)
    with pytest.raises(ValueError, match="at most 12 variables, got 13"):
        TruthTable.from_table([range(13)], np.ones(2**13))


def test_the_potential_of_a_relation_is_its_fourier_expansion():
    from odesolve.potentials import multilinear_coefficients, walsh_coefficients

    allowed = np.random.default_rng(8).random(2**5) < 0.4
    clauses = TruthTable.from_table([range(5)], allowed)
    for box, transform in ((UNIT, multilinear_coefficients), (SIGNED, walsh_coefficients)):
        x = interior_cells((box,) * 5, 1, 6, seed=9)
        found = jax.jit(clauses.value, static_argnums=1)(jnp.asarray(x, jnp.float32), (box,) * 5)
        coefficients = transform(~allowed)
        expected = [evaluate_multilinear(coefficients, point) for point in x[0].T]
        np.testing.assert_allclose(found[0], expected, atol=1e-6)


# --------------------------------------------------------------- the article's modular potential


def mod_dist(a, b, mod):
    return jnp.abs((a - b + mod / 2) % mod - mod / 2)


def pot(x, y):
    tuples = list(product([0, 1, 2], repeat=2))
    values = [mod_dist(x, i, 3) + mod_dist(y, j, 3) for i, j in tuples if i != j]
    return jnp.min(jnp.array(values))


def test_the_modular_potential_is_the_articles_code():
    points = np.random.default_rng(0).uniform(0, 3, (2, 200))
    # Exact ties as well: autodiff shares the slope between the pairs that attain the minimum.
    grid = np.array(list(product(np.arange(0, 3, 0.25), repeat=2))).T
    points = np.concatenate([points, grid], axis=1).astype(np.float32)
    value, pull = forms_of(Different([[0, 1]]), jnp.asarray(points)[None], (Circle(3),) * 2)
    expected = jax.jit(jax.vmap(pot))(*points)
    slopes = jax.jit(jax.vmap(jax.grad(pot, argnums=(0, 1))))(*points)
    np.testing.assert_allclose(value[0], expected, atol=1e-6)
    np.testing.assert_allclose(pull[0], -jnp.stack(slopes), atol=1e-6)


# ------------------------------------------------------------------------------ construction


def test_literals_become_one_batch_a_width():
    batches = Or.from_literals([(1, -2), (3,), (-1, 2, 3), (2, 3)], "product")
    assert [len(batch) for batch in batches] == [1, 2, 1]
    np.testing.assert_array_equal(batches[1].scopes, [[0, 1], [1, 2]])
    np.testing.assert_array_equal(batches[1].signs, [[1, -1], [1, 1]])
    assert {batch.form for batch in batches} == {"product"}
    assert Or.from_literals([]) == []


@settings(max_examples=30)
@given(
    tables=st.lists(st.integers(0, 15), min_size=1, max_size=6),
    rows=st.lists(st.integers(0, 5), min_size=1, max_size=6),
)
def test_merging_and_taking_keep_each_clause_with_its_relation(tables, rows):
    batches = [
        TruthTable.from_table([[2 * i, 2 * i + 1]], [number >> r & 1 for r in range(4)])
        for i, number in enumerate(tables)
    ]
    merged = TruthTable.merged(batches)
    assert merged.violated.shape[0] == len(set(tables))
    picked = [row % len(tables) for row in rows]
    taken = merged.take(np.array(picked))
    np.testing.assert_array_equal(taken.scopes[:, 0], [2 * row for row in picked])
    for m, row in enumerate(picked):
        allowed = [int(b) for b in 1 - taken.violated[taken.relation[m]]]
        assert allowed == [tables[row] >> r & 1 for r in range(4)]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Different([[0, 1, 2]]), "Different: each clause has 2 variables, got 3"),
        (lambda: Different([[0, 1], [2]]), "Different: scopes must be a table of equal rows"),
        (lambda: Different([[0.0, 1.5]]), "Different: scopes must be integers"),
        (lambda: Different([[0, -1]]), "Different: variables are numbered from 0, got -1"),
        (lambda: Different([[0, 2**32 + 1]]), "Different: variables are numbered"),
        (lambda: Or([[0, 1]], [[1, 2]]), "signs must be \\+1 or -1"),
        (lambda: Or([[0, 1]], [[0, 0]]), "empty clause"),
        (lambda: Or([[0, 1]], [[1]]), "one for each literal"),
        (lambda: Or([[0]], [[1]], "max"), "'min' or 'product', got 'max'"),
        (lambda: Or(np.zeros((1, 0), int), np.zeros((1, 0))), "empty clause"),
        (lambda: Or.from_literals([(1, 0)]), "literal 0 is none"),
        (lambda: Or.from_literals([(1,), ()]), "at least one literal"),
        (lambda: TruthTable.from_table([[0, 1]], [1, 0]), "2 variables need 4 rows, got 2"),
    ],
)
def test_malformed_clauses_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("clauses", "domains", "message"),
    [
        (Different([[0, 1]]), (UNIT, UNIT), "same Simplex or Circle"),
        (Different([[0, 1]]), (Simplex(3), Simplex(4)), "same Simplex or Circle"),
        (Different([[0, 1]]), (Simplex(3), Circle(3)), "same Simplex or Circle"),
        (Or([[0, 1]], [[1, 1]]), (UNIT, Simplex(2)), "Or works on Box"),
        (TruthTable.from_table([[0]], [1, 0]), (Circle(2),), "TruthTable works on Box"),
    ],
)
def test_families_refuse_domains_they_cannot_work_on(clauses, domains, message):
    with pytest.raises(ValueError, match=message):
        clauses.validate(domains)


def test_rigidity_acts_on_the_literal_that_attains_the_minimum_only():
    clauses = Or([[0, 1, 2]], [[1, -1, 1]])
    x = jnp.asarray([0.2, 0.1, 0.4])[None, :, None]
    held = rigidity_of(clauses, x, (Box(),) * 3)
    np.testing.assert_allclose(np.asarray(held)[0, :, 0], [0, -0.1, 0], atol=1e-7)


@pytest.mark.parametrize("form", ["min", "product"])
@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_ties_between_literals_are_handled_as_the_equations_say(width, form):
    clauses = disjunctions(width, form)
    points = np.array(list(product((0.0, 0.5, 1.0), repeat=width))).T
    x = jnp.asarray(np.broadcast_to(points, (len(clauses), *points.shape)), jnp.float32)
    value, pull = map(np.asarray, forms_of(clauses, x, (UNIT,) * width))
    rigidity = rigidity_of(clauses, x, (UNIT,) * width)
    for m, i in np.ndindex(len(clauses), points.shape[1]):
        v, g, r = literal_forms(clauses, m, points[:, i], (UNIT,) * width)
        assert value[m, i] == v
        np.testing.assert_array_equal(pull[m, :, i], g)
        assert r is None or (np.asarray(rigidity)[m, :, i] == r).all()
