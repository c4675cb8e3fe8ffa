from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from odesolve.potentials import Box, Circle, Domain, Simplex
from odesolve.potentials.domains import project_to_simplex, unit_cells

DOMAINS: list[Domain] = [
    Box(),
    Box(-1.0, 1.0),
    Box(2.0, 5.0),
    *(Simplex(q) for q in (1, 3, 17)),
    *(Circle(q) for q in (1, 3)),
    Circle(4, start_width=4.0),
]

project = jax.jit(project_to_simplex)
decode_in = jax.jit(lambda domain, x: domain.decode(x), static_argnums=0)
tangent_in = jax.jit(lambda domain, force: domain.tangent(force), static_argnums=0)
project_in = jax.jit(lambda domain, x: domain.project(x), static_argnums=0)


def reference_projection(point: np.ndarray) -> np.ndarray:
    """Held, Wolfe and Crowder (1974): sort, find the threshold, subtract."""
    point = point.astype(np.float64)
    descending = np.sort(point)[::-1]
    for count in range(len(point), 0, -1):
        threshold = (descending[:count].sum() - 1) / count
        if descending[count - 1] > threshold:
            return np.maximum(point - threshold, 0)
    raise AssertionError("the largest entry always exceeds its own threshold")


def projected(point: np.ndarray) -> np.ndarray:
    return np.asarray(project(np.asarray(point, np.float32)[None, :, None]))[0, :, 0]


@pytest.mark.parametrize(
    "q",
    [q if q in (1, 2, 3, 5, 8, 16, 17, 20) else pytest.param(q, marks=pytest.mark.slow)
     for q in range(1, 21)],
)  # fmt: skip
@settings(max_examples=25)
@given(data=st.data())
def test_simplex_projection_is_the_nearest_point(q, data):
    entries = st.floats(-4, 4, width=32)
    point = np.array(data.draw(st.lists(entries, min_size=q, max_size=q)), np.float32)
    result = projected(point)
    np.testing.assert_allclose(result, reference_projection(point), atol=3e-6)
    np.testing.assert_allclose(projected(result), result, atol=1e-6)


def test_the_reference_projection_agrees_with_a_general_optimiser():
    for seed in range(5):
        point = np.random.default_rng(seed).normal(0, 1, 4)
        found = minimize(
            lambda z, point=point: ((z - point) ** 2).sum(),
            np.full(4, 0.25),
            method="SLSQP",
            tol=1e-12,
            bounds=[(0, 1)] * 4,
            constraints={"type": "eq", "fun": lambda z: z.sum() - 1},
        )
        np.testing.assert_allclose(reference_projection(point), found.x, atol=1e-5)


@pytest.mark.parametrize("q", [1, 3, 16, 17])
@pytest.mark.parametrize("size", [1e3, 1e5, 1e9, 1e30])
def test_simplex_projection_survives_very_large_forces(q, size):
    point = np.zeros(q, np.float32)
    point[q // 2] = size
    expected = np.zeros(q)
    expected[q // 2] = 1
    np.testing.assert_allclose(projected(point), expected, atol=1e-6)
    np.testing.assert_allclose(projected(point + np.float32(size)).sum(), 1, atol=1e-6)


@pytest.mark.parametrize("q", [3, 17])
@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_simplex_projection_does_not_hide_a_non_finite_cell(q, wrong):
    point = np.zeros(q, np.float32)
    point[1] = wrong
    assert not np.isfinite(projected(point).sum())


@pytest.mark.parametrize("domain", DOMAINS, ids=str)
def test_corners_decode_to_their_values_and_stay_under_projection(domain):
    values = np.arange(domain.values)
    corners = domain.corner(values)
    assert corners.shape == (domain.values, domain.width)
    block = np.asarray(corners)[:, :, None]
    np.testing.assert_array_equal(np.asarray(decode_in(domain, block))[:, 0], values)
    np.testing.assert_allclose(project_in(domain, block), block, atol=1e-7)


@pytest.mark.parametrize("domain", DOMAINS, ids=str)
def test_samples_lie_in_the_domain_and_differ(domain):
    sample = domain.sample(np.random.default_rng(3), 200)
    assert sample.shape == (200, domain.width)
    assert sample.dtype == np.float32
    moved = np.asarray(project_in(domain, sample[:, :, None]))[:, :, 0]
    np.testing.assert_allclose(moved, sample, atol=1e-6)
    if domain != Simplex(1):
        assert len(np.unique(sample[:, 0])) > 100


def test_a_circle_starts_in_its_arc_about_zero():
    sample = Circle(3, start_width=0.5).sample(np.random.default_rng(0), 500)
    distance = np.minimum(sample, 3 - sample)
    assert distance.max() <= 0.25
    assert distance.max() > 0.2
    assert (sample > 1.5).any()


def test_simplex_samples_are_uniform():
    sample = Simplex(3).sample(np.random.default_rng(1), 20_000)
    # The flat Dirichlet's moments: mean 1/3, variance 1/18.
    np.testing.assert_allclose(sample.mean(axis=0), 1 / 3, atol=0.01)
    np.testing.assert_allclose(sample.var(axis=0), 1 / 18, atol=0.002)


@pytest.mark.parametrize("domain", [Box(-1.0, 1.0), Circle(3)], ids=str)
def test_projection_brings_points_back(domain):
    points = jnp.linspace(-10.0, 10.0, 101)[None, None, :]
    inside = np.asarray(project_in(domain, points))
    if isinstance(domain, Box):
        np.testing.assert_array_equal(inside, np.clip(np.asarray(points), -1, 1))
    else:
        assert ((inside >= 0) & (inside <= 3)).all()
        turns = (np.asarray(points) - inside) / 3
        np.testing.assert_allclose(turns, turns.round(), atol=1e-5)
    np.testing.assert_allclose(project_in(domain, inside), inside, atol=1e-6)


@pytest.mark.parametrize(("place", "value"), [(-0.4, 0), (0.4, 0), (0.6, 1), (2.6, 0), (2.4, 2)])
def test_a_circle_decodes_to_the_nearest_colour(place, value):
    x = np.full((1, 1, 1), place % 3, np.float32)
    assert np.asarray(decode_in(Circle(3), x)).item() == value


@pytest.mark.parametrize("q", [1, 2, 3, 17])
def test_the_tangent_of_a_simplex_sums_to_zero_and_keeps_differences(q):
    force = np.random.default_rng(q).normal(0, 3, (5, q, 2)).astype(np.float32)
    tangent = np.asarray(tangent_in(Simplex(q), force))
    np.testing.assert_allclose(tangent.sum(axis=1), 0, atol=1e-5)
    np.testing.assert_allclose(tangent - tangent[:, :1], force - force[:, :1], atol=1e-5)


def test_other_tangents_are_the_whole_force():
    force = jnp.ones((2, 1, 3))
    assert Box().tangent(force) is force
    assert Circle(3).tangent(force) is force


def test_unit_cells_measure_every_box_on_its_own_scale():
    x = jnp.asarray([0.25, 0.5, 3.5], jnp.float32)[None, :, None]
    unit = unit_cells(x, (Box(), Box(-1.0, 1.0), Box(2.0, 5.0)))
    np.testing.assert_allclose(np.asarray(unit)[0, :, 0], [0.25, 0.75, 0.5])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Box(1.0, 1.0), "low < high"),
        (lambda: Box(float("nan"), 1.0), "low < high"),
        (lambda: Simplex(0), "at least 1"),
        (lambda: Circle(0), "at least 1"),
    ],
)
def test_impossible_domains_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
