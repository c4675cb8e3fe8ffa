"""Dynamics of Ising machines against literal transcriptions of their equations, spin by spin."""

from __future__ import annotations

import warnings
from itertools import product

import jax
import numpy as np
import pytest
from ising.instances import dense_matrix, random_problem, star

import odesolve as ode
from odesolve import annealing
from odesolve.dynamics.ising.base import Moment
from odesolve.dynamics.ising.couplings import DenseCouplings
from odesolve.dynamics.ising.noise import noise
from odesolve.potentials.device import on_device, on_host
from odesolve.problems.ising.problem import IsingProblem
from odesolve.problems.ising.system import ising_layout
from odesolve.registry import ISING_DYNAMICS

RUNS = 6
STEPS = 12
DT = 0.2
MOST = np.int32(annealing.MOST_ROUNDS)

#: The fields count as one more spin, so that dense matrices of both share their compilations.
PROBLEMS = {
    "sparse": random_problem(12, 20, 1, largest=3),
    "fields": random_problem(11, 20, 2, largest=2, fields=3),
}


def literal_noise(shape, step, seed):
    """The hash of the places, in Python's integers."""

    def mixed(value):
        value ^= value >> 16
        value = value * 0x85EBCA6B % 2**32
        value ^= value >> 13
        value = value * 0xC2B2AE35 % 2**32
        return value ^ value >> 16

    golden = 0x9E3779B9
    salt = mixed(seed ^ (step * golden % 2**32))
    found = np.empty(shape)
    for spin, run in np.ndindex(*shape):
        place = spin * shape[1] + run
        bits = mixed((place * golden % 2**32) ^ salt)
        found[spin, run] = ((bits >> 8) / 2**23 - 1) * 3**0.5
    return found


def sign(x):
    return np.where(x < 0, -1.0, 1.0)


def literal_start(name, x, couplings):
    if name.endswith("bifurcation"):
        shifted = np.array([x[i - 1] for i in range(len(x))])
        state = {"x": 0.1 * x, "y": 0.1 * shifted[::-1]}
        return state | ({"q": np.ones_like(x)} if name.startswith("generalised") else {})
    if name in ("amplitude-control", "feedback-control"):
        return {"x": 0.1 * x, "error": np.ones_like(x)}
    if name == "oscillators":
        return {"x": np.cos(np.pi * x), "phase": np.pi * x}
    if name == "memories":
        ones = np.ones((couplings, x.shape[1]))
        return {"x": 0.1 * x, "short": 0.5 * ones, "long": ones}
    return {"x": 0.1 * x}


def literal_step(name, d, state, w, m, steps, seed):
    """One step in the simplest words; ``w`` is the matrix W, ``d`` the dynamics' parameters."""
    n = len(w)
    c = 0.5 * np.sqrt(n - 1) / np.sqrt((w**2).sum())
    wide = np.sqrt(8) * c
    t = m / steps
    x = state["x"]
    if name == "adiabatic-bifurcation":
        pump = d.pump_from + (d.pump_until - d.pump_from) * t
        y = state["y"] + DT * (-(1 - pump) * x - d.kerr * x**3 + d.coupling * c * (w @ x))
        return {"x": x + DT * y, "y": y}
    if name.endswith("bifurcation"):
        seen = sign(x) if name.startswith("discrete") else x
        q = state["q"] if "q" in state else 1 - d.pump_from - (d.pump_until - d.pump_from) * t
        y = state["y"] + DT * (-q * x + d.coupling * c * (w @ seen))
        x = x + DT * y
        y = np.where(np.abs(x) > 1, 0.0, y)
        x = np.clip(x, -1, 1)
        moved = {"x": x, "y": y}
        if "q" in state:
            moved["q"] = q - (1 - d.control * x**2) * q / (steps - m)
        return moved
    if name == "amplitude-control":
        p = d.first_gain + (d.last_gain - d.first_gain) * t
        a = d.first_target + (d.last_target - d.first_target) * t
        e = state["error"]
        moved = x + DT * ((p - 1) * x - x**3 + e * wide * d.coupling * (w @ x))
        error = np.clip(e - DT * d.beta * e * (x**2 - a), 1e-3, 1e3)
        return {"x": np.clip(moved, -1.5 * a**0.5, 1.5 * a**0.5), "error": error}
    if name == "feedback-control":
        p = d.first_gain + (d.last_gain - d.first_gain) * t
        e = state["error"]
        z = e * (wide * d.coupling * (w @ x))
        moved = x + DT * ((p - 1) * x - x**3 + z)
        error = np.clip(e - DT * d.beta * e * (z**2 - d.target), 0.01, 1e3)
        return {"x": np.clip(moved, -1.5, 1.5), "error": error}
    if name == "oscillators":
        phase = state["phase"]
        rate = np.zeros_like(phase)
        for i, j in product(range(n), repeat=2):
            rate[i] += d.coupling * wide * w[i, j] * np.sin(phase[j] - phase[i])
        rate -= d.last_harmonic * t * np.sin(2 * phase)
        shake = d.noise * (1 - t) * np.sqrt(DT) * literal_noise(x.shape, m, seed)
        phase = phase + DT * rate + shake
        return {"x": np.cos(phase), "phase": phase}
    if name == "annealed-langevin":
        heat = np.sqrt(2 * d.temperature * (1 - t) * DT) * literal_noise(x.shape, m, seed)
        return {"x": np.clip(x + DT * wide * d.coupling * (w @ x) + heat, -1, 1)}
    short, long = state["short"].copy(), state["long"].copy()
    force = np.zeros_like(x)
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n) if w[i, j]]
    for k, (i, j) in enumerate(pairs):
        force[i] += long[k] * short[k] * wide * d.coupling * w[i, j] * x[j]
        force[j] += long[k] * short[k] * wide * d.coupling * w[i, j] * x[i]
        v = (1 - np.sign(w[i, j]) * x[i] * x[j]) / 2
        rate = d.alpha * (v - d.delta) - d.decay * (long[k] - 1)
        short[k] = np.clip(short[k] + DT * d.beta * (short[k] + d.epsilon) * (v - d.gamma),
                           d.floor, 1)  # fmt: skip
        long[k] = np.clip(long[k] + DT * rate, 1, d.long_limit)
    return {"x": np.clip(x + DT * force, -1, 1), "short": short, "long": long}


def scheduled(steps, look_every=1, seed=7):
    numbers = (np.int32(value) for value in (steps, look_every, seed))
    return annealing.Schedule(*on_device((np.float32(DT), *numbers)))


@pytest.mark.parametrize(
    ("kind", "dense"),
    [
        pytest.param(kind, dense, marks=[pytest.mark.slow] * (dense != (kind == "fields")))
        for kind in PROBLEMS
        for dense in (False, True)
    ],
)
@pytest.mark.parametrize("name", ISING_DYNAMICS)
def test_steps_are_those_of_the_literal_equations(name, kind, dense):
    problem = PROBLEMS[kind]
    dynamics = ISING_DYNAMICS[name]()
    if hasattr(dynamics, "pump_from") and kind == "fields":
        dynamics = ode.with_parameters(dynamics, {"pump_from": 0.2, "pump_until": 0.7})
    layout = ising_layout(problem, keeps_couplings=dynamics.keeps_couplings, dense=dense)
    # The matrix in the order of the places.
    own = layout.order.copy()
    own[own < 0] = problem.spin_count
    w = dense_matrix(problem)[np.ix_(own, own)]
    x = np.random.default_rng(0).uniform(-1, 1, (len(w), RUNS)).astype(np.float32)
    system, equations = on_device((layout.system, dynamics))
    anneals = annealing.begun(on_device(x), system, equations)
    schedule = scheduled(STEPS)
    anneals = annealing.advance(anneals, system, equations, schedule, on_device(np.int32(STEPS)))
    state = literal_start(name, x.astype(float), len(layout.system.weights))
    least = np.full(RUNS, np.inf)
    clear = np.ones(RUNS, bool)  # no sign that rounding could turn
    for m in range(STEPS + 1):
        s = sign(state["x"])
        clear &= np.abs(state["x"]).min(axis=0) > 1e-4
        least = np.minimum(least, -0.5 * (s * (w @ s)).sum(axis=0))
        if m < STEPS:
            state = literal_step(name, dynamics, state, w, m, STEPS, 7)
    assert state.keys() == anneals.state.keys()
    for key, expected in state.items():
        np.testing.assert_allclose(on_host(anneals.state[key]), expected, rtol=0, atol=1e-3)
    # Looks at every step keep the best signs.
    assert clear.any()
    assert on_host(anneals.energy)[clear].tolist() == least[clear].tolist()
    spins = layout.spins(on_host(anneals.signs))
    exact = [problem.energy(own) for own in spins.T]
    assert exact == (on_host(anneals.energy) + problem.offset).tolist()


COUPLINGS = {
    "one class": random_problem(30, 45, 3),
    "several classes": random_problem(200, 900, 4, largest=5),
    "fields": random_problem(40, 90, 5, fields=4),
    "a hub": star(700),
    "no couplings": IsingProblem.from_arrays([], [], [], linear=[1, -2, 0]),
    "spins without any": IsingProblem.from_arrays([0], [5], [2], variables=9),
}


@pytest.mark.parametrize("kind", COUPLINGS)
def test_sparse_and_dense_products_are_those_of_the_matrix(kind):
    problem = COUPLINGS[kind]
    x = np.random.default_rng(0).uniform(-1, 1, (problem.spin_count, 4)).astype(np.float32)
    for dense in (False, True):
        layout = ising_layout(problem, dense=dense)
        assert layout.is_dense == dense
        own = layout.signs(x)
        places = layout.order.copy()
        places[places < 0] = problem.spin_count
        matrix = dense_matrix(problem)[np.ix_(places, places)]
        couplings = on_device(layout.system.couplings)
        product = jax.jit(type(couplings).product)
        found = on_host(product(couplings, on_device(own)))
        np.testing.assert_allclose(found, matrix @ own, rtol=0, atol=1e-3)
        signs = jax.jit(type(couplings).product_of_signs)
        found = on_host(signs(couplings, on_device(np.sign(own))))
        np.testing.assert_array_equal(found, matrix @ np.sign(own))


def test_couplings_in_bfloat16_give_the_same():
    matrix = dense_matrix(random_problem(40, 300, 6, largest=9))
    x = np.random.default_rng(0).uniform(-1, 1, (40, 4)).astype(np.float32)
    half = on_device(DenseCouplings(matrix.astype(jax.numpy.bfloat16)))
    signs = on_host(jax.jit(DenseCouplings.product_of_signs)(half, on_device(np.sign(x))))
    np.testing.assert_array_equal(signs, matrix @ np.sign(x))
    found = on_host(jax.jit(DenseCouplings.product)(half, on_device(x)))
    np.testing.assert_allclose(found, matrix @ x, rtol=0, atol=2e-2)


def test_sparse_problems_take_no_square_of_memory():
    problem = random_problem(300, 450, 7)
    hub = star(3000)
    for one in (problem, hub):
        layout = ising_layout(one)
        assert not layout.is_dense
        slots = sum(leaf.size for leaf in jax.tree.leaves(layout.system))
        assert slots < 12 * (one.spin_count + 2 * one.coupling_count)


@pytest.mark.parametrize(
    "problem",
    [
        PROBLEMS["sparse"],
        PROBLEMS["fields"],
        star(3000),
        random_problem(300, 2000, 3),
        random_problem(40, 700, 4),
        IsingProblem.from_dicts([1, -1, 0], {}),
        IsingProblem.from_graph([(spin, (spin + 1) % 501) for spin in range(501)]),
    ],
    ids=["sparse", "fields", "star", "many", "dense", "no couplings", "odd ring"],
)
def test_colors_are_the_least_that_no_earlier_neighbour_has(problem):
    layout = ising_layout(problem, dense=False)
    colors, (first, second) = layout.colors, layout.coupled.T
    assert (colors[first] != colors[second]).all()
    near = [set() for _ in colors]
    for one, other in layout.coupled.tolist():
        near[one].add(colors[other])
        near[other].add(colors[one])
    count = layout.count - layout.has_fields
    assert all(near[spin] >= set(range(colors[spin])) for spin in range(count))
    assert (colors[count:] > colors[:count].max(initial=-1)).all()


@pytest.mark.parametrize("rounds", [0, 1, 3])
def test_a_descent_that_is_cut_short_tells_the_energy_of_its_signs(rounds):
    problem = random_problem(60, 300, 8, largest=4, fields=5)
    layout = ising_layout(problem, dense=False)
    start = np.random.default_rng(0).choice([-1, 1], (layout.count, 8)).astype(np.int8)
    system, colors = on_device((layout.system, layout.colors))
    most = on_device(np.int32(rounds))
    signs, energies = on_host(annealing.descended(on_device(start), system, colors, most))
    assert (signs == start).all() == (rounds == 0)
    for run, spins in enumerate(layout.spins(signs).T):
        assert problem.energy(spins) == energies[run] + problem.offset


@pytest.mark.parametrize("dense", [False, True], ids=["sparse", "dense"])
def test_descents_end_where_no_single_flip_lowers_the_energy(dense):
    problem = random_problem(60, 300, 8, largest=4, fields=5)
    layout = ising_layout(problem, dense=dense)
    start = np.random.default_rng(0).choice([-1, 1], (layout.count, 8)).astype(np.int8)
    system, colors = on_device((layout.system, layout.colors))
    signs, energies = on_host(
        annealing.descended(on_device(start), system, colors, on_device(MOST))
    )
    before, after = layout.spins(start), layout.spins(signs)
    matrix = dense_matrix(problem)
    spins = np.concatenate([after, np.ones_like(after[:1])]).astype(float)
    assert (spins * (matrix @ spins) >= 0)[:-1].all()
    for run in range(8):
        assert problem.energy(after[:, run]) == energies[run] + problem.offset
        assert problem.energy(after[:, run]) <= problem.energy(before[:, run])


def test_noise_is_of_mean_zero_and_variance_one_and_never_repeats():
    x = on_device(np.zeros((500, 40), np.float32))

    def drawn(step, seed):
        zero = on_device(np.float32(0))
        return on_host(noise(Moment(zero, zero, *on_device((np.int32(step), np.int32(seed)))), x))

    first, later, other = drawn(0, 0), drawn(1, 0), drawn(0, 1)
    for own in (first, later, other):
        assert abs(own.mean()) < 0.03
        assert abs(own.var() - 1) < 0.03
    for one, two in ((first, later), (first, other), (later, other), (first, first[::-1])):
        assert abs((one * two).mean()) < 0.03
    assert abs((first[1:] * first[:-1]).mean()) < 0.03
    assert abs((first[:, 1:] * first[:, :-1]).mean()) < 0.03


@pytest.mark.parametrize(
    "name",
    [
        own if number % 3 == 0 else pytest.param(own, marks=pytest.mark.slow)
        for number, own in enumerate(ISING_DYNAMICS)
    ],
)
def test_users_settings_of_jax_change_nothing(name):
    problem = PROBLEMS["fields"]
    dynamics = ISING_DYNAMICS[name]()

    def final():
        layout = ising_layout(problem, keeps_couplings=dynamics.keeps_couplings)
        x = np.random.default_rng(0).uniform(-1, 1, (layout.count, RUNS)).astype(np.float32)
        system, equations, colors = on_device((layout.system, dynamics, layout.colors))
        anneals = annealing.begun(on_device(x), system, equations)
        until = on_device(np.int32(STEPS))
        anneals = annealing.advance(anneals, system, equations, scheduled(STEPS), until)
        signs, energies = annealing.descended(anneals.signs, system, colors, on_device(MOST))
        assert {leaf.dtype for leaf in jax.tree.leaves(anneals.state)} == {np.dtype(np.float32)}
        return on_host(anneals.state["x"]), on_host(signs), on_host(energies)

    usual = final()
    with (
        jax.enable_x64(True),
        jax.numpy_dtype_promotion("strict"),
        jax.numpy_rank_promotion("raise"),
        jax.debug_nans(True),
        warnings.catch_warnings(),
    ):
        strict = final()
    for one, other in zip(usual, strict, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5)
