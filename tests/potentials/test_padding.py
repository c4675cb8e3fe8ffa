"""Padded systems: the real part moves as it does alone, and nothing else is seen."""

import functools

import jax
import numpy as np
import pytest
from quick_compilation import SAME_ORDER

import odesolve as ode
from odesolve.batch import random_starts
from odesolve.dynamics.base import Dynamics
from odesolve.potentials.device import on_device, on_host
from odesolve.potentials.goals import ProductGoal
from odesolve.potentials.padding import component_class, padded, size_class
from odesolve.potentials.system import System
from odesolve.solving import padded_for
from odesolve.steppers.base import Stepper

#: Whole vectors in every row: the compiler rounds otherwise where the last ones are not full.
RUNS, STEPS = 64, 25

BIT, NUMBER = ode.Box(-1, 1), ode.Integer(-2, 3)


def rows(random: np.random.Generator, count: int, arity: int, variables: int) -> np.ndarray:
    return np.array([random.choice(variables, arity, replace=False) for _ in range(count)])


def signs(random: np.random.Generator, count: int, arity: int) -> np.ndarray:
    return random.choice([-1, 1], (count, arity))


def every_family_of_bits() -> System:
    """Every family over bits and integers, some in two forms."""
    random = np.random.default_rng(1)
    bits, numbers, n = 40, 7, 11

    def literals(arity: int) -> tuple[np.ndarray, np.ndarray]:
        return rows(random, n, arity, bits), signs(random, n, arity)

    mixed = np.hstack([rows(random, n, 2, bits), bits + rows(random, n, 1, numbers)])
    weights = random.integers(-3, 4, (n, 3))
    ones = np.ones(n, np.int64)
    clauses = [
        ode.Or(*literals(3)),
        ode.Weighted(ode.Or(*literals(2), "product"), 2.0),
        ode.NotAllEqual(*literals(3)),
        ode.Xor(rows(random, n, 3, bits), ones),
        ode.Xor(rows(random, n, 2, bits), ones, form="min"),
        ode.Cardinality(*literals(4), 2 * ones),
        ode.Cardinality(*literals(5), 2 * ones, "==", "linear"),
        ode.Threshold(*literals(3), random.integers(1, 9, (n, 3)), 3 * ones),
        ode.WideThreshold.from_integers(*literals(3), np.full((n, 3), 2**40), [2**41] * n),
        ode.Gate(*literals(3), "and"),
        ode.Gate(*literals(4), "or"),
        ode.TruthTable.from_predicate(rows(random, n, 3, bits), lambda a, b, c: c == (a & b)),
        ode.TruthTable.from_predicate(rows(random, 3, 3, bits), lambda a, b, c: a + b + c == 1),
        ode.Points.from_points(rows(random, n, 3, bits), [[0, 1, 1], [1, 0, 1]]),
        ode.Points.from_points(rows(random, n, 2, bits), [[0, 1], [1, 1]], form="distance"),
        ode.Linear(mixed, weights, ones),
        ode.Linear(mixed, weights, ones, "<=", "absolute"),
        ode.Linear(mixed, weights, ones, ">=", "logarithmic"),
        ode.Linear(mixed, weights, ones, "==", "resonant"),
        ode.Integral(bits + np.arange(numbers)[:, None]),
    ]
    return ode.compile_system([(BIT, bits), (NUMBER, numbers)], clauses)


def every_family_of_shares() -> System:
    """Every family over shares, on simplices of two sizes."""
    random = np.random.default_rng(2)
    small, large, n = 20, 9, 13
    pairs = small + rows(random, n, 2, large)
    ones = np.ones((n, 4))
    values = random.integers(0, 3, (n, 4))
    guards = np.hstack([pairs, pairs[:, ::-1]])
    numbers = np.tile(np.arange(5), (n, 2))
    scopes = pairs.repeat(5, axis=1)
    clauses = [
        ode.Different(rows(random, 30, 2, small)),
        ode.Different(pairs),
        ode.Nogoods(guards, values, 0 * ones, ones),
        ode.Nogoods(guards[:, :3], values[:, :3], 0 * ones[:, :3], ones[:, :3], guards=1),
        ode.Supports(guards, values, 0 * ones, ones),
        *(
            ode.ShareSum(scopes, numbers, numbers, np.ones((n, 10)), [4] * n, 2, comparison)
            for comparison in ("==", "!=", "<=")
        ),
    ]
    return ode.compile_system([(ode.Simplex(3), small), (ode.Simplex(5), large)], clauses)


def formula(form: str = "min", seed: int = 3, **options) -> System:
    """A random formula of two parts."""
    random = np.random.default_rng(seed)
    scopes = np.vstack([rows(random, 150, 3, 40), 40 + rows(random, 50, 3, 15)])
    batch = ode.Or(scopes, signs(random, 200, 3), form)
    return ode.compile_system([(BIT, 55)], [batch], fixed={3: 1, 50: 0}, **options)


def soft() -> System:
    """Clauses that must hold, and soft ones over bits and numbers, some of them weighted."""
    random = np.random.default_rng(6)
    edges = rows(random, 40, 2, 20)
    sums = ode.Linear(np.hstack([edges, 20 + edges % 7]), signs(random, 40, 4), [1] * 40, "<=")
    clauses = [
        ode.Or(rows(random, 40, 3, 20), signs(random, 40, 3)),
        ode.Soft(ode.Weighted(sums, random.integers(1, 5, 40)), random.integers(1, 9, 40)),
    ]
    return ode.compile_system([(BIT, 20), (NUMBER, 7)], clauses)


def lists() -> System:
    """Simplices of two sizes, some of whose values are closed."""
    random = np.random.default_rng(7)
    clauses = [ode.Different(rows(random, 30, 2, 20)), ode.Different(20 + rows(random, 10, 2, 9))]
    open_values = {3: 2, 20: 3, 21: 4}
    domains = [(ode.Simplex(3), 20), (ode.Simplex(5), 9)]
    return ode.compile_system(domains, clauses, open_values=open_values)


def arcs() -> System:
    edges = rows(np.random.default_rng(4), 30, 2, 20)
    return ode.compile_system([(ode.Circle(3), 20)], [ode.Different(edges)])


def divided() -> System:
    goal = ProductGoal.of([1, (3, False), (4, True)], [1, (7, False), 1], 15)
    return ode.compile_system(
        [(NUMBER, 2), (BIT, 18)],
        [
            ode.Or(
                2 + rows(np.random.default_rng(5), 40, 3, 18),
                signs(np.random.default_rng(8), 40, 3),
            )
        ],
        goal=goal,
        mobility={4: 2.5},
    )


CASES = {
    "rigidity, decoded": (
        formula,
        ode.Memcomputing(satisfied_force="rigidity", discreteness=0.5, tilt=0.1),
        ode.AdaptiveEuler(),
    ),
    "rectified": (formula, ode.Rectified(), ode.HeavyBall()),
    "gathered": (lambda: formula(deterministic_gather=True), ode.Descent(), ode.Euler()),
    "survey flow": (formula, ode.SurveyFlow(theta=0.1), ode.Euler(dt=0.5)),
    "ctds": (lambda: formula("product"), ode.ContinuousTime(), ode.AdaptiveEuler(reach=0.2)),
    "circles": (arcs, ode.Descent(centring=0.1), ode.Heun(dt=0.05)),
    "soft": (soft, ode.Multipliers(), ode.AdaptiveEuler()),
    "noise": (soft, ode.Multipliers(), ode.Langevin()),
    "softmax": (lists, ode.Article(), ode.Euler(dt=0.05)),
    "goal": (divided, ode.Rectified(), ode.AdaptiveEuler()),
    "lists of colours": (
        lists,
        ode.Rectified(thresholds="relative", centring=0.1, centring_unit="spectrum"),
        ode.AdaptiveEuler(),
    ),
}


@functools.partial(jax.jit, static_argnums=4, compiler_options=SAME_ORDER)
def integrated(x, system, dynamics, stepper, steps):
    state = stepper.prepare(dynamics.start(system, system.hold(x)), system)

    def step(_, carry):
        state, time = carry
        state, elapsed = stepper.step(state, system, dynamics)
        return state, time + elapsed

    state, time = jax.lax.fori_loop(0, steps, step, (state, 0 * x[0]))
    values = system.decode(state.x)
    ranks = system.rank(values)
    return state, time, values, ranks


#: The others are slow.
QUICK = ("rigidity, decoded", "gathered", "survey flow", "noise", "softmax", "lists of colours")


@pytest.mark.parametrize(
    "case", [own if own in QUICK else pytest.param(own, marks=pytest.mark.slow) for own in CASES]
)
def test_the_real_part_moves_as_it_does_alone(case: str) -> None:
    build, dynamics, stepper = CASES[case]
    system = build()
    whole = padded_for(system, dynamics, stepper)
    assert whole.system.clause_count > system.clause_count
    assert whole.system.cell_count > system.cell_count
    equations = on_device((dynamics, stepper))
    x = random_starts(system, 1, np.zeros(RUNS, int), np.ones(RUNS, bool))
    # Sums that are gathered are added up in an order that depends on their number.
    steps, far = (STEPS, 0.0) if system.incidence is None else (1, 1e-6)
    alone = jax.device_get(integrated(x, system, *equations, steps))
    within = jax.device_get(integrated(whole.starts(x), whole.system, *equations, steps))
    assert np.isfinite(alone[0].x).all()
    assert not (alone[0].x == x).all()
    np.testing.assert_allclose(within[0].x[whole.cells], alone[0].x, rtol=0, atol=far)
    np.testing.assert_array_equal(within[1], alone[1])
    np.testing.assert_array_equal(within[2][whole.variables], alone[2])
    np.testing.assert_array_equal(within[3][: whole.components], alone[3])
    assert not within[3][whole.components :].any()
    for name, groups in alone[0].memory.items():
        real = whole.real_rows([len(group) for group in within[0].memory[name]])
        for one, other, length in zip(groups, within[0].memory[name], real, strict=True):
            np.testing.assert_array_equal(other[:length], one)
            if name == "long":  # idle clauses grow nothing
                assert (other[length:] == (0.0 if case == "softmax" else 1.0)).all()
    spare = np.setdiff1d(np.arange(whole.system.cell_count), np.r_[whole.cells])
    np.testing.assert_array_equal(within[0].x[spare], whole.spare[spare].repeat(RUNS, axis=1))


@jax.jit
def potentials(system, x):
    values = system.decode(x)
    return [(group.forms(x), group.satisfied(values)) for group in system.groups]


@pytest.mark.parametrize("build", [every_family_of_bits, every_family_of_shares, arcs])
def test_idle_clauses_hold_and_have_no_potential(build) -> None:
    system = build()
    whole = padded(system)
    found = jax.device_get(potentials(whole.system, whole.spare))
    for exact, (forms, satisfied) in zip(system.groups, found, strict=True):
        idle, family = slice(len(exact.clauses), None), exact.clauses.family
        assert len(satisfied[idle]), family
        assert satisfied[idle].all(), family
        assert (forms.value[idle] == 0.0).all(), family
        assert np.isfinite(forms.pull[idle]).all(), family


def test_answers_are_those_of_the_exact_system() -> None:
    """The order of variables and components is the caller's, whatever was integrated."""
    system = formula()
    result = ode.solve(system, ode.Rectified(), ode.HeavyBall(), runs=RUNS, seed=0, max_steps=2000)
    assert result.satisfied
    assert result.assignment.shape == (55,)
    assert result.assignment[[3, 50]].tolist() == [1, 0]
    violated = np.asarray(system.violated(result.assignment[:, None]))
    assert violated.shape == (2, 1)
    assert not violated.any()


def test_a_recorder_sees_the_exact_system_alone() -> None:
    system = lists()
    recorder = ode.Recorder(runs=2, cells=1000, clauses=1000)
    ode.solve(system, ode.Rectified(), runs=8, seed=0, max_steps=3, recorder=recorder)
    trajectory = recorder.trajectory()
    assert trajectory.variables.shape[1] == system.cell_count
    assert trajectory.memories["long"].shape[1] == system.clause_count
    x = random_starts(system, 0, np.zeros(2, int), np.ones(2, bool))
    np.testing.assert_allclose(trajectory.variables[0], x, atol=1e-6)


class Crowd(ode.Rectified):
    """Equations that inherit, and may add up what they like."""


class Shaken(ode.Euler):
    """A stepper of one's own."""


@pytest.mark.parametrize(
    ("dynamics", "stepper"),
    [
        (Crowd(), ode.Euler()),
        (ode.Rectified(), Shaken()),
    ],
)
def test_what_may_look_at_everything_is_not_padded(dynamics: Dynamics, stepper: Stepper) -> None:
    system = arcs()
    assert padded_for(system, dynamics, stepper).system is system


def test_families_and_goals_without_padding_are_left() -> None:
    class OwnFamily(ode.Or):
        """Inherits its idle clause, which is not one of its own kind."""

    jax.tree_util.register_dataclass(OwnFamily, ["scopes", "signs"], ["form"])
    system = ode.compile_system([(BIT, 3)], [OwnFamily([[0, 1, 2]], [[1, 1, 1]])])
    assert padded(system).system is system
    one_color = ode.compile_system([(ode.Simplex(1), 3)], [ode.Different([[0, 1]])])
    assert padded(one_color).system is one_color

    class AllTrue(ode.potentials.goals.Goal):
        def reached(self, values):
            return values.all(axis=0)

    system = ode.compile_system([(BIT, 3)], [ode.Or([[0, 1]], [[1, 1]])], goal=AllTrue())
    assert padded(system).system is system


def test_a_group_of_the_size_of_its_class_is_left_as_it_is() -> None:
    random = np.random.default_rng(9)
    sizes = ((32, 2), (128, 3))
    clauses = [ode.Or(rows(random, n, width, 30), signs(random, n, width)) for n, width in sizes]
    whole = padded(ode.compile_system([(BIT, 30)], clauses))
    assert [group.cells.shape for group in whole.system.groups] == list(sizes)
    assert whole.system.cell_count == 32


@pytest.mark.parametrize("build", [every_family_of_bits, every_family_of_shares, arcs])
def test_no_idle_clause_joins_a_group_that_fills_its_class(build) -> None:
    for group in build().groups:
        clauses = on_host(group.clauses)
        none = clauses.take(np.zeros(0, np.int64))
        assert len(none) == 0
        assert len(type(clauses).merged([clauses, none])) == len(clauses), clauses.family


def test_size_classes_are_few_and_near() -> None:
    numbers = np.unique(np.geomspace(1, 10**7, 5000).astype(int))
    classes = np.array([size_class(int(n)) for n in numbers])
    assert (classes >= numbers).all()
    assert (np.diff(classes) >= 0).all()
    assert (classes <= np.maximum(numbers * 1.125, numbers + 127)).all()
    assert (classes[numbers > 2**15] <= numbers[numbers > 2**15] * (1 + 1 / 32)).all()
    assert all(size_class(int(n)) == n for n in classes)
    small = [size_class(n) for n in range(1, 1025)]
    assert sorted(set(small)) == [32, 64, *range(128, 1025, 128)]
    assert [size_class(n, 1, 64) for n in (1, 33, 65, 129, 500)] == [32, 64, 128, 192, 512]
    assert [size_class(n, 3, 64, 128) for n in (1, 33, 65, 129, 500)] == [32, 64, 96, 160, 512]
    assert [size_class(n, 100) for n in (1, 9, 17, 200)] == [8, 16, 24, 208]
    assert [size_class(n, 5000) for n in (1, 2, 3, 7, 17)] == [1, 2, 3, 7, 18]
    assert [component_class(n) for n in (1, 2, 3, 5, 32, 33)] == [1, 2, 4, 8, 32, 64]
