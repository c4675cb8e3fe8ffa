from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import solve_ivp
from tables import (
    DYNAMICS_CASES,
    STEPPER_CASES,
    SYSTEM_CASES,
    UNIT,
    interior_state,
    literal_field,
    random_relation,
)

from odesolve.dynamics.base import State
from odesolve.dynamics.descent import Descent
from odesolve.names import DYNAMICS_NAMES, STEPPER_NAMES
from odesolve.potentials import TruthTable, compile_system
from odesolve.registry import DYNAMICS, STEPPERS
from odesolve.steppers.base import Stepper, limited_step, moved
from odesolve.steppers.euler import AdaptiveEuler, Euler
from odesolve.steppers.heavy_ball import HeavyBall
from odesolve.steppers.heun import Heun

field = jax.jit(lambda dynamics, state, system: dynamics.vector_field(state, system))
started = jax.jit(lambda dynamics, system, x: dynamics.start(system, x))
prepared = jax.jit(lambda stepper, state, system: stepper.prepare(state, system))
project = jax.jit(lambda system, x: system.project(x))
confine = jax.jit(lambda dynamics, state, system: dynamics.confine(state, system))
step = jax.jit(lambda stepper, state, system, dynamics: stepper.step(state, system, dynamics))


def test_every_stepper_is_in_the_table():
    assert {type(stepper) for stepper in STEPPER_CASES.values()} == set(STEPPERS.values())


def test_commands_offer_the_names_of_all_dynamics_and_steppers():
    assert sorted(DYNAMICS_NAMES) == sorted(DYNAMICS)
    assert sorted(STEPPER_NAMES) == sorted(STEPPERS)


@pytest.mark.parametrize(("method", "order"), [(Euler, 1), (Heun, 2)])
def test_halving_the_step_divides_the_error_by_two_to_the_order(method, order):
    # Overlapping relations of three bits, started so that nothing reaches a wall.
    tables = [TruthTable.from_table([[i, i + 1, i + 2]], random_relation(3, i)) for i in range(3)]
    system, dynamics = compile_system([(UNIT, 5)], tables), Descent()
    start, duration = np.linspace(0.4, 0.6, 5), 0.2
    none = np.zeros(system.clause_count)
    exact = solve_ivp(
        lambda _, x: literal_field(dynamics, system, x, none, none)[0],
        (0, duration),
        start,
        rtol=1e-10,
        atol=1e-12,
    ).y
    assert exact.min() > 0.02
    assert exact.max() < 0.98

    def error(steps: int) -> float:
        state = started(dynamics, system, start.astype(np.float32)[:, None])
        for _ in range(steps):
            state, elapsed = step(method(dt=duration / steps), state, system, dynamics)
        np.testing.assert_allclose(elapsed, duration / steps)
        return float(np.abs(np.asarray(state.x)[:, 0] - exact[:, -1]).max())

    errors = [error(steps) for steps in (4, 8, 16)]
    assert errors[-1] > 1e-6, "too near to rounding to tell the order"
    for coarse, fine in pairwise(errors):
        assert 2**order * 0.75 < coarse / fine < 2**order * 1.35


@pytest.mark.parametrize("reach", [0.01, 0.3, 50.0])
def test_the_adaptive_step_is_the_reach_over_the_fastest_cell_of_each_run(reach):
    system, dynamics = SYSTEM_CASES["simplex"](), DYNAMICS_CASES["memcomputing-pull"]
    stepper = AdaptiveEuler(reach=reach, floor=0.02, ceiling=2.0)
    start = started(dynamics, system, interior_state(system, 3, seed=2).astype(np.float32))
    # Three runs of very different force.
    weights = np.array([1.0, 4.0, 60.0], np.float32)
    state = State(
        start.x,
        {
            **start.memory,
            "long": tuple(weights * np.asarray(part) for part in start.memory["long"]),
        },
    )
    rate = field(dynamics, state, system)
    moved, elapsed = step(stepper, state, system, dynamics)
    expected = [
        min(max(reach / max(abs(v) for v in np.asarray(rate.x)[:, run]), 0.02), 2.0)
        for run in range(3)
    ]
    np.testing.assert_allclose(elapsed, expected, rtol=1e-5)
    free = np.asarray(state.x) + np.array(expected) * np.asarray(rate.x)
    np.testing.assert_allclose(moved.x, project(system, free.astype(np.float32)), atol=1e-5)


def test_the_adaptive_step_of_a_state_at_rest_is_its_ceiling():
    system, dynamics = SYSTEM_CASES["simplex"](), Descent(rate=0.0)
    state = started(dynamics, system, interior_state(system, 2, seed=2).astype(np.float32))
    moved, elapsed = step(AdaptiveEuler(ceiling=7.0), state, system, dynamics)
    np.testing.assert_array_equal(elapsed, [7.0, 7.0])
    np.testing.assert_allclose(moved.x, state.x, atol=1e-6)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(own, marks=pytest.mark.slow) if number % 2 else own
        for number, own in enumerate(STEPPER_CASES)
    ],
)
def test_every_stepper_confines_the_state_it_returns(name):
    system, dynamics = SYSTEM_CASES["mixed-domains"](), DYNAMICS_CASES["rectified-pull"]
    state = started(dynamics, system, interior_state(system, 2, seed=4).astype(np.float32))
    stepper = STEPPER_CASES[name]
    state = prepared(stepper, state, system)
    for _ in range(20):
        state, elapsed = step(stepper, state, system, dynamics)
        assert elapsed.shape == (2,)
        assert (np.asarray(elapsed) > 0).all()
    state = state._replace(kept=None)
    confined = confine(dynamics, state, system)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-6), confined, state)


@pytest.mark.parametrize("method", [Euler, Heun])
def test_every_run_may_have_its_own_step(method):
    system, dynamics = SYSTEM_CASES["simplex"](), Descent()
    state = started(dynamics, system, interior_state(system, 2, seed=4).astype(np.float32))
    # A function of its own: three times in dozens of runs of all tests, and never elsewhere, JAX
    # took Euler's compiled step for Heun's where one jitted function served both.
    own_step = jax.jit(lambda stepper, *arguments: stepper.step(*arguments))
    both: Stepper = method(dt=jnp.array([0.05, 0.2]))
    moved, elapsed = own_step(both, state, system, dynamics)
    np.testing.assert_allclose(elapsed, [0.05, 0.2])
    for run, dt in enumerate((0.05, 0.2)):
        alone, _ = own_step(method(dt=dt), state, system, dynamics)
        np.testing.assert_allclose(moved.x[:, run], alone.x[:, run], atol=1e-6)
    np.testing.assert_allclose(both.parameters()["dt"], [0.05, 0.2])


def test_the_defaults_are_the_published_ones():
    assert AdaptiveEuler().parameters() == {"reach": 1.0, "floor": 2.0**-7, "ceiling": 1e3}


def test_heavy_ball_follows_its_equations():
    system, dynamics = SYSTEM_CASES["simplex"](), DYNAMICS_CASES["memcomputing-pull"]
    stepper = HeavyBall(reach=0.5, floor=0.01, ceiling=0.3, momentum=0.6, stride=0.05)
    x = interior_state(system, 2, seed=2).astype(np.float32)
    state = prepared(stepper, started(dynamics, system, x), system)
    literal, velocity = state._replace(kept=None), np.zeros(x.shape)
    for _ in range(5):
        rate = field(dynamics, literal, system)
        velocity = 0.6 * velocity + np.asarray(rate.x)
        dt = np.clip(0.5 / np.abs(np.asarray(rate.x)).max(axis=0), 0.01, 0.3)
        # No cell of a variable moves further than the stride; all its cells slow down alike.
        fastest = np.abs(velocity).reshape(6, 3, 2).max(axis=1).repeat(3, axis=0)
        free = np.asarray(literal.x) + np.minimum(dt, 0.05 / fastest) * velocity
        x = np.asarray(project(system, free.astype(np.float32)))
        state, elapsed = step(stepper, state, system, dynamics)
        np.testing.assert_allclose(elapsed, dt, rtol=1e-5)
        np.testing.assert_allclose(state.x, x, atol=1e-5)
        # The memories have taken all steps but this one, whose length is kept.
        jax.tree.map(
            lambda own, other: np.testing.assert_allclose(own, other, rtol=1e-4, atol=1e-5),
            state.memory,
            literal.memory,
        )
        np.testing.assert_array_equal(state.kept["behind"], elapsed)
        # They take the same dt with the potentials at the new place.
        slope = field(dynamics, State(x, literal.memory), system).memory
        short = np.clip(literal.memory["short"][0] + dt * np.asarray(slope["short"][0]), 0, 1)
        long = np.maximum(literal.memory["long"][0] + dt * np.asarray(slope["long"][0]), 1)
        literal = State(x, {"short": (short,), "long": (long,)})


@pytest.mark.parametrize(
    "name", ["rectified-discrete", "descent", pytest.param("ctds", marks=pytest.mark.slow)]
)
def test_heavy_ball_moves_as_with_memories_that_take_each_step_at_once(name):
    system, dynamics = SYSTEM_CASES["signed-bits"](), DYNAMICS_CASES[name]
    stepper = HeavyBall(reach=0.3, ceiling=0.2, stride=0.1)

    @jax.jit
    def at_once(state, velocity):
        force = dynamics.vector_field(state, system).x
        dt = limited_step(force, stepper.reach, stepper.floor, stepper.ceiling)
        velocity = stepper.momentum * velocity + force
        farthest = jnp.maximum(system.largest_in_variable(velocity), 1e-30)
        ahead = state.x + jnp.minimum(dt, stepper.stride / farthest) * velocity
        here = State(system.project(ahead), state.memory)
        slope = dynamics.vector_field(here, system)
        memory = moved(here, slope, dt).memory
        return dynamics.confine(State(ahead, memory), system), velocity, dt

    x = interior_state(system, 3, seed=5).astype(np.float32)
    expected = started(dynamics, system, x)
    state, velocity = prepared(stepper, expected, system), jnp.zeros_like(x)
    for _ in range(6):
        before = expected
        expected, velocity, dt = at_once(expected, velocity)
        state, elapsed = step(stepper, state, system, dynamics)
        np.testing.assert_allclose(elapsed, dt, rtol=1e-5)
        np.testing.assert_allclose(state.x, expected.x, rtol=1e-5, atol=1e-5)
        jax.tree.map(
            lambda own, other: np.testing.assert_allclose(own, other, rtol=1e-4, atol=1e-5),
            state.memory,
            before.memory,
        )


def test_heavy_ball_without_momentum_is_adaptive_euler():
    system, dynamics = SYSTEM_CASES["simplex"](), DYNAMICS_CASES["memcomputing-pull"]
    start = started(dynamics, system, interior_state(system, 2, seed=2).astype(np.float32))
    limits = {"reach": 0.4, "floor": 0.01, "ceiling": 1.0}
    ball = HeavyBall(momentum=0.0, **limits)
    first, _ = step(ball, prepared(ball, start, system), system, dynamics)
    second, _ = step(AdaptiveEuler(**limits), start, system, dynamics)
    np.testing.assert_allclose(first.x, second.x, atol=1e-6)
