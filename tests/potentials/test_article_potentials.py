"""The article's potentials: its code as it stands, its results, and what they became here."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import DYNAMICS_CASES, SIGNED, UNIT, literal_field, literal_violated

from odesolve.dynamics.base import State
from odesolve.dynamics.descent import Descent
from odesolve.dynamics.memcomputing import Rectified
from odesolve.potentials import (
    Box,
    Circle,
    Domain,
    Gate,
    Integer,
    Integral,
    Linear,
    Points,
    Simplex,
    TruthTable,
    Xor,
    compile_system,
)
from odesolve.solving import Options, solve
from odesolve.steppers.euler import AdaptiveEuler, Euler
from odesolve.steppers.heavy_ball import HeavyBall

# ------------------------------------------------------------------------ the article's code


def V1(x):
    return x**2 * (x - 1) ** 2


def VAnd(v):
    x, y, z = v
    return (
        (x**2 + y**2 + z**2)
        * ((x - 1) ** 2 + y**2 + z**2)
        * (x**2 + (y - 1) ** 2 + z**2)
        * ((x - 1) ** 2 + (y - 1) ** 2 + (z - 1) ** 2)
    )


def VXor(v):
    x, y, z = v
    return (
        (x**2 + y**2 + z**2)
        * ((x - 1) ** 2 + y**2 + (z - 1) ** 2)
        * (x**2 + (y - 1) ** 2 + (z - 1) ** 2)
        * ((x - 1) ** 2 + (y - 1) ** 2 + z**2)
    )


def VAndL(v):
    x, y, z = v
    return min(
        abs(x) + abs(y) + abs(z),
        abs(x - 1) + abs(y) + abs(z),
        abs(x) + abs(y - 1) + abs(z),
        abs(x - 1) + abs(y - 1) + abs(z - 1),
    )


def V2(x):
    return -abs(x - 0.5) + 0.5


def VLin(v):
    x, y, z = v
    return (2 * x - 3 * y + 4 * z) ** 2 / (2**2 + (-3) ** 2 + 4**2)


def VSine(x):
    return (jnp.sin(jnp.pi * (2 * x + 3 / 2)) + 1) / 2


AND = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 1)]
XOR = [(0, 0, 0), (1, 0, 1), (0, 1, 1), (1, 1, 0)]

value_of = jax.jit(lambda clauses, x, domains: clauses.value(x, domains), static_argnums=2)
forms_of = jax.jit(lambda clauses, x, domains: clauses.value_and_pull(x, domains), static_argnums=2)


def points_of(relation, scope=(0, 1, 2), form="squares") -> Points:
    """The article's potential without normalisation."""
    clauses = Points.from_points([scope], relation, form=form)
    return replace(clauses, scale=np.ones(1, np.float32))


@jax.jit
def walked(dynamics, system, x, steps):
    stepper = Euler(dt=0.1)
    state = dynamics.start(system, system.hold(x))
    return jax.lax.fori_loop(
        0, steps, lambda _, state: stepper.step(state, system, dynamics)[0], state
    ).x


def descended(
    clauses, start, *, steps=100, dynamics=None, fixed=None, domain: Domain = UNIT
) -> np.ndarray:
    """The article's descend: steps of 0.1."""
    system = compile_system([(domain, len(start))], clauses, fixed=fixed)
    x = np.asarray(start, np.float32)[:, None]
    return np.asarray(walked(dynamics or Descent(), system, x, np.int32(steps)))[:, 0]


def test_potentials_are_the_articles_code_up_to_the_documented_constant():
    x = np.random.default_rng(0).uniform(0, 1, (3, 40)).astype(np.float32)
    corners = [np.array(corner) for corner in product((0, 1), repeat=3)]
    for relation, literal in ((AND, VAnd), (XOR, VXor)):
        largest = max(float(literal(corner)) for corner in corners)
        value, pull = forms_of(Points.from_points([[0, 1, 2]], relation), x[None], (UNIT,) * 3)
        expected, slope = jax.jit(jax.vmap(jax.value_and_grad(literal)))(x.T)
        np.testing.assert_allclose(value[0], expected / largest, rtol=1e-5)
        np.testing.assert_allclose(pull[0].T, -slope / largest, atol=1e-5)
    clauses = Points.from_points([[0, 1, 2]], AND, form="distance")
    largest = max(VAndL(corner) for corner in corners)
    expected = [VAndL(point) / largest for point in x.T]
    np.testing.assert_allclose(value_of(clauses, x[None], (UNIT,) * 3)[0], expected, rtol=1e-5)
    clauses = Linear([[0, 1, 2]], [[2, -3, 4]], [0])
    largest = max(VLin(corner) for corner in corners)
    expected = VLin(x) / largest
    np.testing.assert_allclose(value_of(clauses, x[None], (UNIT,) * 3)[0], expected, atol=1e-6)


def test_whole_numbers_are_the_minima_of_the_articles_potentials():
    x = np.linspace(0, 1, 41, dtype=np.float32)[None, None]
    found = value_of(Integral([[0]]), x, (UNIT,))
    np.testing.assert_allclose(found[0], VSine(x[0, 0]), atol=1e-6)
    found = value_of(Integral([[0]], "edge"), x, (UNIT,))
    np.testing.assert_allclose(found[0], V2(x[0, 0]), atol=1e-6)
    domain = Integer(-3, 1000)
    whole = np.arange(-3, 1001, dtype=np.float32)[None, None]
    for form in ("sine", "edge"):
        clauses = Integral([[0]], form)
        assert (np.asarray(value_of(clauses, whole, (domain,))) == 0).all()
        assert (np.asarray(value_of(clauses, whole + 0.25, (domain,))) > 0.2).all()


DESCENTS = {
    "a bit": ([Points.from_points([[0]], [[0], [1]])], [0.55], None, [1]),
    "and": ([points_of(AND)], [0.5] * 3, None, [0, 0, 0]),
    "and forward": ([points_of(AND)], [0.5] * 3, {0: 0, 1: 1}, [0, 1, 0]),
    "and backward": ([points_of(AND)], [0.5] * 3, {2: 1}, [1, 1, 1]),
    "and by distances, backward": (
        [points_of(AND, form="distance")],
        [0.5] * 3,
        {2: 1},
        [1, 1, 1],
    ),
    "half adder": (
        [points_of(XOR), points_of(AND, (0, 1, 3))],
        [0.5] * 4,
        {0: 1, 1: 1},
        [1, 1, 0, 1],
    ),
    "edge": ([Integral([[0]], "edge")], [0.55], None, [1]),
    "sine": ([Integral([[0], [1]])], [0.3, 0.7], None, [0, 1]),
}


@pytest.mark.parametrize("name", DESCENTS)
def test_descents_end_where_the_articles_do(name):
    clauses, start, fixed, expected = DESCENTS[name]
    np.testing.assert_array_equal(descended(clauses, start, fixed=fixed).round(), expected)


def test_the_half_adder_run_backward_nears_the_articles_point_and_it_is_a_saddle():
    clauses = [points_of(XOR), points_of(AND, (0, 1, 3))]
    stuck, backward = [0.46042582, 0.46043378], {2: 1, 3: 0}
    found = descended(clauses, [0.5] * 4, steps=12, fixed=backward)
    np.testing.assert_allclose(found[:2], stuck, atol=2e-4)
    # The article calls it a local minimum, but V falls to both sides of the diagonal: rounding
    # errors, or a start beside it, lead to a solution.
    with jax.enable_x64(True):
        at = jnp.array([0.46042966, 0.46042966, 1.0, 0.0])
        both = jax.jit(lambda x: (jax.grad(summed)(x)[:2], jax.hessian(summed)(x)[:2, :2]))
        slope, curvature = both(at)
        np.testing.assert_allclose(slope, 0, atol=2e-6)
        np.testing.assert_allclose(np.linalg.eigvalsh(curvature), [-3.27, 6.19], atol=0.01)
    assert descended(clauses, [0.6, 0.5, 0, 0], fixed=backward).round().tolist() == [1, 0, 1, 0]


def test_memories_free_the_half_adder_where_descent_is_stuck():
    clauses = [Points.from_points([[0, 1, 2]], XOR), Points.from_points([[0, 1, 3]], AND)]
    system = compile_system([(UNIT, 4)], clauses, fixed={2: 1, 3: 0})
    result = solve(system, Rectified(), AdaptiveEuler(), Options(runs=8, max_steps=3000))
    assert result.assignment.tolist() in ([0, 1, 1, 0], [1, 0, 1, 0])


def test_the_linear_descent_ends_on_the_articles_point():
    clauses = Linear([[0, 1, 2]], [[2, -3, 4]], [0])
    # The article divides by the sum of squares, 29; here the largest excess is 6.
    found = descended([clauses], [0.5] * 3, dynamics=Descent(rate=36 / 29))
    np.testing.assert_allclose(found, [0.39655172, 0.65517241, 0.29310345], atol=1e-5)


def test_an_inequality_pushes_from_its_violating_side_only():
    below, above = [0.2, 0.9, 0.3], [0.9, 0.2, 0.8]
    for comparison, still, moving in (("<=", below, above), (">=", above, below)):
        clauses = Linear([[0, 1, 2]], [[2, -3, 4]], [0], comparison)
        np.testing.assert_array_equal(descended([clauses], still), np.float32(still))
        assert abs(np.dot(descended([clauses], moving), [2, -3, 4])) < 1e-4


def test_naturals_are_integers_bounded_below():
    found = descended([Integral([[0], [1], [2]])], [-3.0, 2.6, 7.1], domain=Integer(0, 9))
    np.testing.assert_allclose(found, [0, 3, 7], atol=0.01)


# -------------------------------------------------------------- conjunction and dissipation


def summed(x):
    return VXor(x[:3]) + VAnd(jnp.array([x[0], x[1], x[3]]))


@pytest.mark.parametrize("centring", [None, -2.0, 1.5])
def test_a_system_descends_the_sum_of_its_potentials_and_the_dissipative_term(centring):
    system = compile_system([(UNIT, 4)], [points_of(XOR), points_of(AND, (0, 1, 3))])
    x = np.random.default_rng(1).uniform(0, 1, (4, 6)).astype(np.float32)
    weight = 0.0 if centring is None else -centring / 2

    def literal(point):
        return summed(point) + weight * (point - point**2).sum()

    dynamics = Descent(centring=centring)
    field = jax.jit(lambda x: dynamics.vector_field(State(x, {}), system))
    expected = -jax.jit(jax.vmap(jax.grad(literal)))(x.T).T
    np.testing.assert_allclose(field(x).x, expected, atol=1e-5)


# ------------------------------------------------------------------------------ normalisation


@pytest.mark.parametrize("form", ["squares", "distance"])
@pytest.mark.parametrize(("arity", "values", "count"), [(1, 2, 1), (3, 2, 4), (5, 2, 9), (2, 3, 5)])
def test_points_are_exact_on_every_corner_and_reach_one(arity, values, count, form):
    corners = list(product(range(values), repeat=arity))
    x = np.array(corners, np.float32).T[None]
    for seed in range(10):
        chosen = np.random.default_rng(seed).permutation(len(corners))[:count]
        clauses = Points.from_points([range(arity)], [corners[i] for i in chosen], values, form)
        found = np.asarray(value_of(clauses, x, (Integer(0, values - 1),) * arity))[0]
        held = np.isin(np.arange(len(corners)), chosen)
        np.testing.assert_array_equal(found == 0, held)
        assert 0.999 < found.max() <= 1
        np.testing.assert_array_equal(clauses.satisfied(x.astype(int))[0], held)


def test_points_of_many_bits_need_no_table():
    words = np.random.default_rng(2).integers(0, 2, (3, 40))
    x = np.concatenate([words, 1 - words, words ^ np.eye(40, dtype=int)[:3]])
    for form in ("squares", "distance"):
        clauses = Points.from_points([range(40)], words, form=form)
        value = value_of(clauses, np.float32(x.T[None]), (UNIT,) * 40)[0]
        np.testing.assert_array_equal(np.asarray(value) == 0, [True] * 3 + [False] * 6)
        assert np.asarray(value).max() <= 1
        satisfied = np.asarray(clauses.satisfied(x.T[None]))[0]
        np.testing.assert_array_equal(satisfied, [True] * 3 + [False] * 6)


def test_merging_points_shares_equal_relations():
    a, b = points_of(AND, (0, 1, 2)), points_of(XOR, (3, 4, 5))
    merged = Points.merged([a, b, Points.merged([b, a])])
    assert merged.points.shape[0] == 2
    again = merged.take(np.array([1, 3]))
    np.testing.assert_array_equal(again.scopes, [[3, 4, 5], [0, 1, 2]])
    for m, relation in ((0, XOR), (1, AND)):
        rows = np.asarray(again.points)[again.relation[m]]
        assert sorted(map(tuple, rows.astype(int).tolist())) == sorted(relation)


@pytest.mark.parametrize("box", [UNIT, SIGNED])
@pytest.mark.parametrize("width", [1, 2, 5])
def test_parity_is_the_multilinear_potential_of_its_table(width, box):
    for parity in (0, 1):
        table = TruthTable.from_predicate(
            [range(width)], lambda *bits, p=parity: sum(bits) % 2 == p
        )
        x = np.random.default_rng(width).uniform(box.low, box.high, (1, width, 9))
        found = forms_of(Xor([list(range(width))], [parity]), np.float32(x), (box,) * width)
        expected = forms_of(table, np.float32(x), (box,) * width)
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)


def test_wide_parities_cost_in_proportion_to_their_width():
    def floats(width: int) -> int:
        clauses = Xor([list(range(width))], [1])
        x = jax.ShapeDtypeStruct((1, width, 1), jnp.float32)
        jaxpr = jax.make_jaxpr(lambda x: clauses.value_and_pull(x, (SIGNED,) * width))(x)
        return sum(v.aval.size for equation in jaxpr.eqns for v in equation.outvars)

    assert floats(400) < 2.5 * floats(200)
    bits = np.random.default_rng(3).integers(0, 2, 1000)
    wide = Xor([list(range(1000))], [1])
    x = (2.0 * bits - 1)[None, :, None].astype(np.float32)
    assert float(value_of(wide, x, (SIGNED,) * 1000)[0, 0]) == 1 - bits.sum() % 2


# ------------------------------------------------------------------------- sums are exact


@settings(max_examples=60)
@given(data=st.data())
def test_sums_of_powers_of_two_are_exact_up_to_31_bits(data):
    bits = data.draw(st.integers(1, 30))
    a, b = (data.draw(st.integers(0, 2**bits - 1)) for _ in range(2))
    total = min(max(a + b + data.draw(st.integers(-2, 2)), 0), 2 ** (bits + 1) - 1)
    # Always 91 variables, so that all examples share one compilation.
    weights, digits = np.zeros(91, np.int64), np.zeros((1, 91, 1), np.int32)
    for first, number, width, sign in (
        (0, a, bits, 1),
        (30, b, bits, 1),
        (60, total, bits + 1, -1),
    ):
        for k in range(width):
            weights[first + k], digits[0, first + k, 0] = sign * 2**k, number >> k & 1
    clauses = Linear([range(91)], [weights], [0])
    clauses.validate((UNIT,) * 91)
    assert bool(clauses.satisfied(digits)[0, 0]) == (a + b == total)
    value = value_of(clauses, digits.astype(np.float32), (UNIT,) * 91)
    assert bool(value[0, 0] == 0) == (a + b == total)
    assert value[0, 0] <= 1


def test_the_resonant_form_moves_variables_whose_weight_is_near_the_excess():
    weights, bound = np.array([1, -2, 4, 0]), 1
    clauses = Linear([[0, 1, 2, 3]], [weights], [bound], "==", "resonant")
    assert not clauses.conservative
    x = np.random.default_rng(5).uniform(0, 1, (1, 4, 50)).astype(np.float32)
    value, pull = forms_of(clauses, x, (UNIT,) * 4)
    for run in range(50):
        excess = weights @ (x[0, :, run] > 0.5) - bound
        expected = np.zeros(4)
        for i in range(3):
            if excess:
                near = min(abs(weights[i]) / abs(excess), abs(excess) / abs(weights[i]))
                expected[i] = near**4 * ((weights[i] * excess < 0) - x[0, i, run])
        if expected.any():
            expected /= abs(expected).max()
        np.testing.assert_allclose(pull[0, :, run], expected, atol=1e-5)
        assert bool(value[0, run] == 0) == (excess == 0)
    corners = np.array(list(product((0, 1), repeat=4)), np.float32).T[None]
    found = value_of(clauses, corners, (UNIT,) * 4)[0]
    np.testing.assert_array_equal(found > 0, weights @ corners[0] != bound)
    assert found.max() <= 1


@pytest.mark.parametrize("known", [None, 155])
def test_addition_by_one_linear_equality(known):
    """Eight bits, which the article could not do."""
    powers = [2**k for k in range(8)]
    weights = powers + powers + [-(2**k) for k in range(9)]
    clauses = Linear([range(25)], [weights], [0], "==", "resonant")
    fixed = None if known is None else {k: known >> k & 1 for k in range(8)}
    system = compile_system([(UNIT, 25)], [clauses], fixed=fixed)
    result = solve(
        system,
        Descent(),
        HeavyBall(reach=0.1, floor=1e-3, ceiling=1.0, momentum=0.5),
        Options(runs=20, max_steps=20_000, all_runs=True, run_length=40),
    )
    assert result.runs.satisfied.all()
    assert np.dot(weights, result.assignment) == 0


BITS31 = [[2**k for k in range(31)]]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Points.from_points([[0, 1]], []), "at least one point"),
        (lambda: Points.from_points([[0, 1]], [[0, 1, 1]]), r"\[points, 2\], got \[1, 3\]"),
        (lambda: Points.from_points([[0, 1]], [[0, 2]]), "coordinates are 0 to 1"),
        (lambda: Points.from_points([[0]], [[0]], form="cubes"), "'squares' or 'distance'"),
        (
            lambda: Points.from_points([range(12)], np.array([*product((0, 1), repeat=12)])[1::2]),
            "product over 2048 points leaves the range",
        ),
        (lambda: Xor([[0, 1]], [2]), "parity must be 1"),
        (lambda: Xor([[0, 1]], [1, 0]), "one for each clause"),
        (lambda: Gate([[0, 1]], [[1, 1]], "nand"), "'and' or 'or', got 'nand'"),
        (lambda: Gate([[0, 1]], [[1, 2]]), "signs must be"),
        (lambda: Gate([[0]], [[1]]), "at least one input"),
        (lambda: Integral([[0]], "cosine"), "'sine' or 'edge', got 'cosine'"),
        (lambda: Integral([[0, 1]]), "each clause has 1 variables"),
        (lambda: Linear([[0, 1]], [[1]], [0]), r"weights must be integers \[1, 2\]"),
        (lambda: Linear([[0, 1]], [[1, 0.5]], [0]), "weights must be integers"),
        (lambda: Linear([[0, 1]], [[1, 2]], [0, 1]), r"bounds must be integers \[1\]"),
        (lambda: Linear([[0, 1]], [[1, 2**31]], [0]), "weights must be at most 2147483647"),
        (lambda: Linear([[0, 1]], [[1, 2]], [-(10**30)]), "bounds must be at most"),
        (lambda: Linear([[0, 1]], [[1, 2]], [0], "="), "'==', '<=' or '>=', got '='"),
        (lambda: Linear([[0, 1]], [[1, 2]], [0], "==", "cubed"), "form is 'squared'"),
        (lambda: Integer(3, 3), "low < high"),
        (lambda: Integer(0, 2.5), "whole bounds"),
        (lambda: Integer(0, 2**25), "exact up to 16777216"),
    ],
)
def test_malformed_potentials_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("clauses", "domains", "message"),
    [
        (
            Points.from_points([[0, 1]], [[0, 1]]),
            (UNIT, Simplex(2)),
            "Points of 2 values work on Box",
        ),
        (Points.from_points([[0]], [[2]], 3), (UNIT,), "3 values work on Integer"),
        (Xor([[0, 1]], [1]), (UNIT, Circle(2)), "Xor works on Box"),
        (Gate([[0, 1]], [[1, 1]]), (UNIT, Integer(0, 1)), "Gate works on Box"),
        (Integral([[0]]), (Simplex(3),), "Integral works on Box and Integer"),
        (Linear([[0]], [[1]], [0]), (Circle(3),), "Linear works on Box and Integer"),
        (
            Linear([range(31)], BITS31, [0]),
            (UNIT,) * 30 + (Integer(0, 2),),
            "sums reach 3221225471",
        ),
        (Linear([[0]], [[-300]], [0]), (Integer(0, 2**24),), "sums reach 5033164800"),
    ],
)
def test_potentials_refuse_domains_they_cannot_work_on(clauses, domains, message):
    with pytest.raises(ValueError, match=message):
        clauses.validate(domains)


def test_sums_that_just_fit_are_accepted():
    Linear([range(31)], BITS31, [0]).validate((UNIT,) * 31)


# ------------------------------------------------------------------ every dynamics, every family


def every_family():
    """A tiny satisfiable instance of each family, on variables of their own."""
    domains: list[tuple[Domain, int]] = [(Box(), 10), (SIGNED, 5), (Integer(-2, 4), 3)]
    clauses = [
        Points.from_points([[0, 1, 2]], AND),
        Points.from_points([[3, 4, 5]], XOR, form="distance"),
        Linear([[6, 7, 8, 9]], [[1, 2, 4, -3]], [3]),
        Xor([[10, 11, 12]], [1]),
        Gate([[12, 13, 14]], [[1, -1, 1]]),
        Gate([[11, 13]], [[1, 1]], "or"),
        Linear([[15, 16]], [[1, 1]], [3], ">=", "absolute"),
        Linear([[16, 17]], [[1, -1]], [1], "<=", "logarithmic"),
        Integral([[15], [16]]),
        Integral([[17]], "edge"),
    ]
    return domains, clauses


@pytest.mark.parametrize(
    "name",
    [
        # It descends the same potentials as the article's equations.
        pytest.param("descent", marks=pytest.mark.slow),
        "article",
        pytest.param("memcomputing-rigidity", marks=pytest.mark.slow),
        pytest.param("rectified-discrete", marks=pytest.mark.slow),
    ],
)
def test_every_dynamics_solves_every_family(name):
    domains, clauses = every_family()
    system = compile_system(domains, clauses)
    result = solve(
        system, DYNAMICS_CASES[name], AdaptiveEuler(reach=0.1, ceiling=1.0),
        Options(runs=32, max_steps=5000),
    )  # fmt: skip
    assert result.violated == 0
    for batch in clauses:
        for m, scope in enumerate(batch.scopes):
            assert not literal_violated(batch, m, [int(v) for v in result.assignment[scope]])


def test_the_vector_field_holds_every_family():
    domains, clauses = every_family()
    system = compile_system(domains, clauses, fixed={9: 1, 15: -2})
    dynamics = DYNAMICS_CASES["rectified-discrete"]
    x = system.sample([np.random.default_rng(run) for run in range(3)])

    @jax.jit
    def begun(x, system):
        state = dynamics.start(system, system.hold(x))
        return state, dynamics.vector_field(state, system)

    state, rate = jax.tree.map(np.asarray, begun(x, system))
    short, long = np.full(system.clause_count, 0.5), np.ones(system.clause_count)
    for run in range(3):
        x = np.asarray(state.x, np.float64)[:, run]
        force, short_rate, long_rate = literal_field(dynamics, system, x, short, long)
        free = np.isnan(np.asarray(system.fixed)[:, 0])
        np.testing.assert_allclose(rate.x[free, run], force[free], rtol=1e-4, atol=1e-4)
        for memory, expected in (("short", short_rate), ("long", long_rate)):
            found = np.concatenate([part[:, run] for part in rate.memory[memory]])
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_integers_are_fixed_and_decoded_by_their_own_values():
    domain = Integer(-2, 4)
    x = jnp.array([-2.0, -1.4, 3.6, 9.0])[:, None, None]
    np.testing.assert_array_equal(domain.decode(x)[:, 0], [-2, -1, 4, 4])
    assert (domain.lowest, domain.values) == (-2, 7)
    system = compile_system([(domain, 2)], [Linear([[0, 1]], [[1, 1]], [0])], fixed={0: -2})
    result = solve(system, Descent(), AdaptiveEuler(), Options(runs=4, max_steps=500))
    assert result.assignment.tolist() == [-2, 2]
    with pytest.raises(ValueError, match="variable 1 has values -2 to 4, not 5"):
        compile_system([(domain, 2)], [], fixed={1: 5})
