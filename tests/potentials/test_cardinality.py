from __future__ import annotations

from itertools import combinations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tables import SIGNED, UNIT

from odesolve.potentials import Box, Cardinality, Circle, NotAllEqual, Or, Threshold, Xor
from odesolve.potentials.families.order_statistics import (
    PAIRWISE_WIDTH,
    neighbouring_order_statistics,
)

statistics_of = jax.jit(neighbouring_order_statistics)
forms_of = jax.jit(
    lambda clauses, x, domains: (
        *clauses.value_and_pull(x, domains),
        clauses.rigidity(x, domains),
        clauses.value(x, domains),
    ),
    static_argnums=2,
)
value_of = jax.jit(
    lambda clauses, x, domains: clauses.value_and_pull(x, domains)[0], static_argnums=2
)
satisfied = jax.jit(lambda clauses, values: clauses.satisfied(values))


def literal_table(width: int, seed: int, clauses: int = 4) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng((width, seed))
    scopes = np.arange(clauses * width).reshape(clauses, width)
    return scopes, generator.choice([-1.0, 1.0], (clauses, width))


def points(clauses: int, width: int, seed: int) -> np.ndarray:
    """Random points, a third of their numbers on a coarse grid, so that ties occur."""
    generator = np.random.default_rng((seed, 9))
    x = generator.random((clauses, width, 6))
    coarse = generator.random(x.shape) < 0.3
    return np.where(coarse, np.round(4 * x) / 4, x).astype(np.float32)


# --------------------------------------------------------------------------- order statistics


@pytest.mark.parametrize("width", [1, 5, PAIRWISE_WIDTH, PAIRWISE_WIDTH + 1, 60])
def test_neighbouring_order_statistics_are_those_of_the_sorted_terms(width):
    ranks = np.unique(np.linspace(0, width, 5).astype(int))
    terms = points(len(ranks), width, 1)
    low, high = (np.asarray(part)[:, 0] for part in statistics_of(terms, jnp.asarray(ranks)))
    ends = np.zeros((1, 6)), np.ones((1, 6))
    for m, k in enumerate(ranks):
        ordered = np.concatenate([ends[0], np.sort(np.asarray(terms[m]), axis=0), ends[1]])
        np.testing.assert_array_equal(low[m], ordered[k])
        np.testing.assert_array_equal(high[m], ordered[k + 1])


# ------------------------------------------------------------------ agreement between families


def assert_same_forms(one, other, x, domains):
    for own, expected in zip(forms_of(one, x, domains), forms_of(other, x, domains), strict=True):
        np.testing.assert_allclose(own, expected, atol=1e-6)


@pytest.mark.parametrize("width", [1, pytest.param(2, marks=pytest.mark.slow), 5, 20])
@pytest.mark.parametrize(
    "box", [pytest.param(UNIT, marks=pytest.mark.slow), SIGNED], ids=["unit", "signed"]
)
def test_at_least_one_is_a_disjunction(width, box):
    scopes, signs = literal_table(width, 2)
    x = box.low + (box.high - box.low) * points(4, width, 3)
    one = np.ones(4, int)
    clauses = Or(scopes, signs)
    assert_same_forms(Cardinality(scopes, signs, one), clauses, x, (box,) * width)
    assert_same_forms(
        Threshold(scopes, signs, np.ones_like(scopes), one), clauses, x, (box,) * width
    )


@pytest.mark.parametrize("width", [3, 6, 20])
def test_thresholds_with_equal_coefficients_are_cardinalities(width):
    scopes, signs = literal_table(width, 4)
    bounds = np.array([1, 2, width // 2, width])
    counted = Cardinality(scopes, signs, bounds)
    weighed = Threshold(scopes, signs, np.full(scopes.shape, 3), 3 * bounds - 1)
    assert_same_forms(weighed, counted, points(4, width, 5), (UNIT,) * width)


def test_of_two_literals_parity_one_exactly_and_not_all_equal_are_the_same():
    scopes, signs = literal_table(2, 6)
    x = points(4, 2, 7)
    exactly = Cardinality(scopes, signs, np.ones(4, int), "==")
    unequal = NotAllEqual(scopes, signs)
    odd = Xor(scopes, np.ones(4, int), signs, "min")
    assert_same_forms(exactly, unequal, x, (UNIT, UNIT))
    decided = np.where(x == 0.5, np.float32(0.4), x)  # parity has no side for an undecided literal
    value = [forms_of(clauses, decided, (UNIT, UNIT)) for clauses in (exactly, odd)]
    for own, expected in zip(value[0][:2], value[1][:2], strict=True):
        assert ((np.asarray(own) < 0.5) == (np.asarray(expected) < 0.5)).all()


def test_at_most_is_at_least_of_the_negations():
    scopes, signs = literal_table(5, 8)
    clauses = Cardinality.at_most(scopes, signs, np.array([0, 1, 3, 5]))
    for chosen in (c for n in range(6) for c in combinations(range(5), n)):
        bits = np.zeros((4, 5, 1), np.int32)
        bits[:, chosen] = 1
        true = (bits[:, :, 0] == (signs > 0)).sum(axis=1)
        np.testing.assert_array_equal(satisfied(clauses, bits)[:, 0], true <= [0, 1, 3, 5])


# ----------------------------------------------------------------------------- what V says

families = {
    "cardinality": lambda s, g, b, a: Cardinality(s, g, b),
    "exactly": lambda s, g, b, a: Cardinality(s, g, b, "=="),
    "threshold": lambda s, g, b, a: Threshold(s, g, a, np.maximum(a.sum(axis=1) * b // 7, 1)),
    "not all equal": lambda s, g, b, a: NotAllEqual(s, g),
    "parity": lambda s, g, b, a: Xor(s, b % 2, g, "min"),
}


@pytest.mark.parametrize("name", families)
@pytest.mark.parametrize("width", [7, 24])
def test_the_min_forms_are_below_a_half_exactly_where_the_rounded_literals_hold(name, width):
    scopes, signs = literal_table(width, 10, clauses=80)
    generator = np.random.default_rng(10)
    bounds = generator.integers(0, 8, 80)
    coefficients = generator.integers(1, 20, scopes.shape)
    clauses = families[name](scopes, signs, bounds, coefficients)
    x = points(80, width, 10)
    x = np.where(x == 0.5, np.float32(0.25), x)
    value = np.asarray(value_of(clauses, x, (UNIT,) * width))
    holds = np.asarray(satisfied(clauses, (x > 0.5).astype(np.int32)))
    np.testing.assert_array_equal(value < 0.5, holds)
    assert value.min() >= 0
    assert value.max() <= 1


def test_a_literal_is_pulled_only_as_far_as_the_others_do_not_suffice():
    clauses = Cardinality([[0, 1, 2, 3]], [[1, 1, 1, -1]], [2])
    x = jnp.asarray([0.9, 0.8, 0.3, 0.6])[None, :, None]  # truths .9, .8, .3, .4
    value, pull, rigidity, _ = forms_of(clauses, x, (Box(),) * 4)
    np.testing.assert_allclose(value, [[0.2]], atol=1e-6)
    np.testing.assert_allclose(np.asarray(pull)[0, :, 0], [0.6, 0.6, 0.2, -0.2], atol=1e-6)
    np.testing.assert_allclose(np.asarray(rigidity)[0, :, 0], [0, 0.2, 0, 0], atol=1e-6)


# ---------------------------------------------------------------------------------- construction


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Cardinality([[0, 1]], [[1, 1]], [3]), "bounds are from 0 to the number"),
        (lambda: Cardinality([[0, 1]], [[1, 0]], [2]), "bounds are from 0 to the number"),
        (lambda: Cardinality.at_most([[0, 1]], [[1, 1]], [3]), "bounds are from 0 to the number"),
        (lambda: Cardinality([[0, 1]], [[1, 2]], [1]), "Cardinality: signs must be \\+1 or -1"),
        (lambda: Cardinality([[0, 1]], [[1, 1]], [1, 2]), "bounds must be integers \\[1\\]"),
        (lambda: Cardinality([[0, 1]], [[1, 1]], [0.5]), "bounds must be integers"),
        (lambda: Cardinality([[0, 1]], [[1, 1]], [1], "<="), "'>=' or '==', got '<='"),
        (lambda: Cardinality([[0, 1]], [[1, 1]], [1], form="max"), "'min' or 'linear', got 'max'"),
        (lambda: NotAllEqual([[0, 1]], [[1, 0]]), "fewer than two literals"),
        (lambda: Threshold([[0, 1]], [[1, 1]], [[1, 0]], [1]), "must be positive"),
        (lambda: Threshold([[0, 1]], [[1, 1]], [[1, 2]], [0]), "must be positive"),
        (lambda: Threshold([[0, 1]], [[1, 1]], [[1, 2]], [4]), "together must reach the bound"),
        (lambda: Threshold([[0, 1]], [[1, 1]], [[2**30, 2**30]], [5]), "must stay below"),
        (lambda: Threshold([[0, 1]], [[1, 1]], [[2**40, 1]], [5]), "integers of 32 bits"),
        (lambda: Threshold([[0, 1]], [[1, 1]], [[1, 1]], [1], "max"), "'min' or 'linear'"),
        (lambda: Xor([[0, 1]], [1], [[1, 3]]), "Xor: signs must be"),
        (lambda: Xor([[0, 1]], [1], form="max"), "'product' or 'min', got 'max'"),
    ],
)
def test_malformed_rows_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "clauses",
    [
        Cardinality([[0, 1]], [[1, 1]], [1]),
        NotAllEqual([[0, 1]], [[1, 1]]),
        Threshold([[0, 1]], [[1, 1]], [[1, 2]], [2]),
    ],
)
def test_they_work_on_bits_only(clauses):
    with pytest.raises(ValueError, match="works on Box variables"):
        clauses.validate((UNIT, Circle(2)))
