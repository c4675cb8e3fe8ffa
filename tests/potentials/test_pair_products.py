"""Edges of dense graphs as products of matrices: what the formula says, and as edges one by one."""

from __future__ import annotations

import jax
import numpy as np
import pytest

import odesolve as ode
from odesolve.dynamics.base import State
from odesolve.potentials.device import on_device, on_host
from odesolve.potentials.padding import Padded, padded, with_products
from odesolve.potentials.pair_products import LEAST_NODES, is_dense
from odesolve.potentials.system import System
from odesolve.solving import padded_for

NODES, COLORS, RUNS = 40, 5, 6


def edges(nodes: int = NODES, density: float = 0.5, seed: int = 1) -> np.ndarray:
    pairs = np.stack(np.triu_indices(nodes, 1), axis=1)
    random = np.random.default_rng(seed)
    kept = pairs[random.random(len(pairs)) < density]
    return np.where(random.random((len(kept), 1)) < 0.5, kept, kept[:, ::-1])


def graph(own: np.ndarray | None = None, **options) -> System:
    own = edges() if own is None else own
    return ode.compile_system([(ode.Simplex(COLORS), NODES)], [ode.Different(own)], **options)


def by_products(system: System) -> System:
    whole = with_products(Padded.unchanged(system)).system
    assert whole.groups[0].products is not None
    return whole


def state_of(system: System, seed: int = 3) -> State:
    """Shares, and memories of every edge."""
    random = np.random.default_rng(seed)
    x = system.sample([np.random.default_rng((seed, run)) for run in range(RUNS)])
    short = random.random((system.clause_count, RUNS), np.float32)
    long = 1 + 9 * random.random((system.clause_count, RUNS), np.float32)
    return State(*on_device((x, {"short": (short,), "long": (long,)})))


def test_potentials_and_forces_are_those_of_the_formula():
    alpha, beta, gamma, delta, zeta, epsilon, eta, decay, centring = (
        16.0, 30.0, 0.004, 0.12, 0.001, 0.0016, 0.13, 0.105, 2.0
    )  # fmt: skip
    dynamics = ode.Rectified(
        alpha, beta, gamma, delta, epsilon, zeta, decay, centring=centring, eta=eta, kappa=0.0
    )
    own = edges()
    system = by_products(graph(own))
    state = state_of(system)
    rate = jax.jit(dynamics.vector_field)(state, system)
    for run in range(RUNS):
        adjacency = np.zeros((NODES, NODES))
        short, long = np.zeros_like(adjacency), np.zeros_like(adjacency)
        for matrix, values in (
            (adjacency, 1.0),
            (short, np.asarray(state.memory["short"][0])[:, run]),
            (long, np.asarray(state.memory["long"][0])[:, run]),
        ):
            matrix[own[:, 0], own[:, 1]] = matrix[own[:, 1], own[:, 0]] = values
        x = np.asarray(state.x, np.float64)[:, run].reshape(NODES, COLORS)
        potential = x @ x.T
        force = -(adjacency * long * (short + zeta * (1 - short))) @ x
        force -= centring * (x - 1 / COLORS)
        force -= force.mean(axis=1, keepdims=True)
        above, below = np.maximum(potential - gamma, 0), np.maximum(gamma - potential, 0)
        short_rate = beta * ((1 - short) * above - (1 + eta) * (short + epsilon) * below)
        long_rate = alpha * (potential - delta) - decay * (long - 1)
        expected = (
            (rate.x, force.reshape(-1)),
            (rate.memory["short"][0], short_rate[own[:, 0], own[:, 1]]),
            (rate.memory["long"][0], long_rate[own[:, 0], own[:, 1]]),
        )
        for found, wanted in expected:
            np.testing.assert_allclose(np.asarray(found)[:, run], wanted, rtol=2e-4, atol=2e-4)


DYNAMICS = {
    "rectified": ode.Rectified(centring=1.0, discreteness=0.5),
    "relative": ode.Rectified(thresholds="relative"),
    "mixed": ode.Memcomputing(satisfied_force="mixed"),
    "article": ode.Article(),
    "descent": ode.Descent(centring=0.5),
    "multipliers": ode.Multipliers(),
    "ctds": ode.ContinuousTime(),
}


def weighted() -> System:
    """Edges with weights between some of the nodes, fixed ones and clauses on other variables."""
    domains = [(ode.Box(), 5), (ode.Simplex(COLORS), NODES)]
    own = 5 + edges()
    clauses = [
        ode.Or([[0, 1], [2, 3]], [[1, 1], [-1, 1]]),
        ode.Weighted(ode.Different(own), np.linspace(1, 2, len(own))),
    ]
    return ode.compile_system(domains, clauses, fixed={7: 1, 9: 2}, deterministic_gather=True)


@pytest.mark.parametrize(
    ("name", "build"),
    [*((name, graph) for name in DYNAMICS), ("rectified", weighted)],
    ids=[*DYNAMICS, "rectified among others"],
)
def test_the_rates_are_those_of_edges_one_by_one(name, build):
    dynamics, system = DYNAMICS[name], build()
    whole = with_products(Padded.unchanged(system))
    assert any(group.products is not None for group in whole.system.groups)
    x = on_device(system.sample([np.random.default_rng(run) for run in range(RUNS)]))
    random = np.random.default_rng(0)
    begun = dynamics.start(system, system.hold(x))
    state = jax.tree.map(lambda a: a * (1 + random.random(a.shape, np.float32)), begun)
    rates = [jax.jit(dynamics.vector_field)(state, own) for own in (system, whole.system)]
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4), *rates)


@pytest.mark.parametrize("deterministic_gather", [False, True])
def test_padding_and_products_leave_the_answer_alone(deterministic_gather):
    system = graph(edges(density=0.3), deterministic_gather=deterministic_gather)
    dynamics, stepper = ode.Rectified(centring=0.5), ode.HeavyBall(reach=0.5)
    whole = padded_for(system, dynamics, stepper)
    assert whole.system.groups[0].products is not None
    assert whole.system.cell_count > system.cell_count
    result = ode.solve(system, dynamics, stepper, runs=4, seed=1, max_steps=2000)
    first, second = np.asarray(system.groups[0].clauses.scopes).T
    violated = int((result.assignment[first] == result.assignment[second]).sum())
    assert violated == result.violated
    assert result.satisfied == (violated == 0)


class Own(ode.Rectified):
    """Inherits the equations, and may have changed them: nothing is promised for it."""


SPARSE = {
    "few edges": lambda: graph(edges(density=0.9 / COLORS)),
    "an edge twice": lambda: graph(np.concatenate([edges(), edges()[:1, ::-1]])),
    "a loop": lambda: graph(np.concatenate([edges(), [[4, 4]]])),
    "angles": lambda: ode.compile_system([(ode.Circle(COLORS), NODES)], [ode.Different(edges())]),
    "two blocks": lambda: ode.compile_system(
        [(ode.Simplex(COLORS), NODES - 3), (ode.Box(), 1), (ode.Simplex(COLORS), 4)],
        [ode.Different(np.where(edges() >= NODES - 3, edges() + 1, edges()))],
    ),
}


@pytest.mark.parametrize("name", SPARSE)
def test_other_graphs_are_left_as_they_are(name):
    system = SPARSE[name]()
    for whole in (Padded.unchanged(system), padded(system)):
        assert with_products(whole) is whole


def test_only_equations_that_allow_it_get_products():
    system = graph()
    for dynamics in (ode.Rectified(), Own()):
        whole = padded_for(system, dynamics, ode.Euler())
        assert (whole.system.groups[0].products is not None) == (type(dynamics) is ode.Rectified)


@pytest.mark.parametrize(
    ("nodes", "edges", "values", "dense"),
    [
        (LEAST_NODES, LEAST_NODES * (LEAST_NODES - 1) // 2, 1, True),
        (LEAST_NODES - 1, (LEAST_NODES - 1) * (LEAST_NODES - 2) // 2, 1, False),
        (101, 505, 10, True),
        (101, 504, 10, False),
        (1000, 2300, 3, False),
    ],
)
def test_edges_and_values_decide(nodes, edges, values, dense):
    assert is_dense(nodes, edges, values) == dense


def test_the_matrix_has_an_entry_for_each_end_of_an_edge():
    system = by_products(graph())
    products = system.groups[0].products
    x = on_device(np.eye(COLORS, dtype=np.float32)[np.arange(NODES) % COLORS].reshape(-1, 1))
    value = on_host(products.value(x))[:, 0]
    first, second = edges().T
    np.testing.assert_array_equal(value, first % COLORS == second % COLORS)
    pushed = on_host(products.force(x, np.ones((len(first), 1), np.float32)))
    counted = np.zeros((NODES, COLORS))
    np.add.at(counted, (first, second % COLORS), 1)
    np.add.at(counted, (second, first % COLORS), 1)
    np.testing.assert_array_equal(pushed.reshape(NODES, COLORS), counted)
