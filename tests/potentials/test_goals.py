"""Goals, weights and mobilities of a system, and clauses padded to a common width."""

from __future__ import annotations

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tables import DYNAMICS_CASES, SIGNED, UNIT

from odesolve.potentials import Different, Or, Simplex, Weighted, compile_system
from odesolve.potentials.families.disjunction import OrForm
from odesolve.potentials.goals import Bit, ProductGoal

RUNS, VARIABLES, WIDEST = 8, 90, 40

reached = jax.jit(lambda goal, values: goal.reached(values))
violated = jax.jit(lambda system, values: system.violated(values))
forms = jax.jit(lambda clauses, x, domains: (
    clauses.value_and_pull(x, domains), clauses.rigidity(x, domains)
), static_argnums=2)  # fmt: skip
satisfied = jax.jit(lambda clauses, values: clauses.satisfied(values))
started = jax.jit(lambda dynamics, system, x: dynamics.start(system, x))
tangent = jax.jit(lambda system, force: system.tangent(force))


# ------------------------------------------------------------------------------ product goals


def number(bits: list[Bit], values: np.ndarray) -> int:
    """The number that bits stand for in one assignment."""
    digits = [bit if isinstance(bit, int) else int(values[bit[0]]) ^ bit[1] for bit in bits]
    return sum(digit << place for place, digit in enumerate(digits))


def own_bits(width: int, first: int = 0) -> list[Bit]:
    return [(variable, False) for variable in range(first, first + width)]


def padded(bits: list[Bit]) -> list[Bit]:
    """To one width, so that all goals share one compilation."""
    return bits + [0] * (WIDEST - len(bits))


def assert_reached_exactly_by(first: list[Bit], second: list[Bit], target: int, values) -> int:
    """Compare with Python integers in every run; how many runs reach the goal."""
    found = np.asarray(reached(ProductGoal.of(first, second, target), jnp.asarray(values)))
    expected = [number(first, run) * number(second, run) == target for run in values.T]
    assert found.tolist() == expected
    return sum(expected)


def bits_of_a_number() -> st.SearchStrategy[list[Bit]]:
    """Constants, variables and negations; few variables make the two numbers share some."""
    variable = st.tuples(st.integers(0, VARIABLES - 1) | st.integers(0, 2), st.booleans())
    return st.lists(st.integers(0, 1) | variable, min_size=1, max_size=WIDEST)


@settings(max_examples=40)
@given(bits_of_a_number(), bits_of_a_number(), st.integers(0, 2**32), st.data())
def test_a_product_goal_is_the_product_of_python_integers(first, second, seed, data):
    values = np.random.default_rng(seed).integers(0, 2, (VARIABLES, RUNS), dtype=np.int32)
    products = [number(first, run) * number(second, run) for run in values.T]
    assert_reached_exactly_by(padded(first), padded(second), data.draw(st.sampled_from(products)),
                              values)  # fmt: skip
    near = data.draw(st.sampled_from(products)) ^ (1 << data.draw(st.integers(0, 79)))
    assert_reached_exactly_by(padded(first), padded(second), near, values)
    anything = data.draw(st.integers(0, 2 ** (2 * WIDEST)))
    assert_reached_exactly_by(padded(first), padded(second), anything, values)


@pytest.mark.parametrize("widths", [(1, 1), (2, 9), (8, 8), (9, 7), (16, 17), (1, 40), (24, 17)])
def test_a_product_goal_of_any_widths(widths):
    first, second = own_bits(widths[0]), own_bits(widths[1], widths[0])
    values = np.random.default_rng(widths).integers(0, 2, (sum(widths), 32), dtype=np.int32)
    values[:, 0] = 1
    largest = (2 ** widths[0] - 1) * (2 ** widths[1] - 1)
    assert assert_reached_exactly_by(first, second, largest, values) >= 1
    middle = number(first, values[:, 5]) * number(second, values[:, 5])
    assert assert_reached_exactly_by(first, second, middle, values) >= 1


def test_every_pair_of_three_bit_numbers():
    values = np.array(list(product((0, 1), repeat=6)), np.int32).T
    for target in range(50):
        assert_reached_exactly_by(own_bits(3), own_bits(3, 3), target, values)


def test_the_limbs_of_very_wide_numbers_do_not_overflow():
    # 128 ones times 128 ones: the middle column of limbs adds 16 products of 255 x 255.
    values = np.ones((256, 1), np.int32)
    bits = own_bits(128), own_bits(128, 128)
    assert assert_reached_exactly_by(*bits, (2**128 - 1) ** 2, values) == 1
    assert assert_reached_exactly_by(*bits, (2**128 - 1) ** 2 - 2**170, values) == 0


@pytest.mark.parametrize("target", [-1, -256, 2**16, 2**16 + 1, 2**64, 10**50])
def test_a_product_that_no_bits_can_have_is_never_reached(target):
    values = np.random.default_rng(0).integers(0, 2, (16, 64), dtype=np.int32)
    values[:, 0], values[:, 1] = 0, 1
    assert assert_reached_exactly_by(own_bits(8), own_bits(8, 8), target, values) == 0


def test_a_goal_replaces_the_clauses_as_what_counts():
    # The clauses say x0 and x1; the goal says x0 = 1, x1 = 0 (1 x 2 = 2 with the constant bit).
    goal = ProductGoal.of([(0, False)], [(1, False), (1, True)], 2)
    values = jnp.array([[0, 0, 1, 1], [0, 1, 0, 1]], jnp.int32)
    clauses = Or([[0], [1]], [[1], [1]])
    with_goal = compile_system([(SIGNED, 2)], [clauses], goal=goal)
    assert np.asarray(violated(with_goal, values)).tolist() == [[1, 1, 0, 1]]
    without = compile_system([(SIGNED, 2)], [clauses])
    assert np.asarray(violated(without, values)).sum(axis=0).tolist() == [2, 1, 1, 0]


def test_a_goal_joins_variables_that_no_clause_joins():
    # Two components would each keep their own best assignment, and 2 x 3 = 6 needs both.
    clauses = [Or([[0, 1], [2, 3]], np.ones((2, 2)))]
    goal = ProductGoal.of(own_bits(2), own_bits(2, 2), 6)
    assert compile_system([(SIGNED, 4)], clauses).component_count == 2
    system = compile_system([(SIGNED, 4)], clauses, goal=goal)
    assert system.component_count == 1
    assert not np.asarray(system.component).any()


def test_goals_of_one_shape_share_one_compilation():
    values = jnp.zeros((VARIABLES, RUNS), jnp.int32)
    reached(ProductGoal.of(padded([0]), padded([(3, True)]), 5), values)
    before = reached._cache_size()
    reached(ProductGoal.of(padded([(7, False), 1]), padded(own_bits(20)), 123), values)
    assert reached._cache_size() == before


# ------------------------------------------------------------------------------ weights

WEIGHTS = np.array([0.5, 3.0, 1.0, 7.25], np.float32)
#: Those whose force is a multiple of the clause's weight; with a rigidity only part of it is.
LINEAR = ["descent", "article", "memcomputing-pull", "rectified-pull"]
RIGID = ["memcomputing-rigidity", "rectified-rigidity"]


def four_clauses(weight=None):
    """Clauses without common variables: each variable feels one clause alone."""
    signs = np.sign(np.random.default_rng(4).normal(size=(4, 3)))
    clauses = Or(np.arange(12).reshape(4, 3), signs)
    batch = clauses if weight is None else Weighted(clauses, weight)
    return compile_system([(SIGNED, 12)], [batch])


def random_state(dynamics, system, seed: int = 0):
    generator = np.random.default_rng(seed)
    x = generator.uniform(-0.9, 0.9, (system.cell_count, 5)).astype(np.float32)
    state = started(dynamics, system, x)
    memory = {
        name: tuple(
            (generator.uniform(0.1, 0.9, part.shape) + (name == "long")).astype(np.float32)
            for part in parts
        )
        for name, parts in state.memory.items()
    }
    return state._replace(memory=memory)


field = jax.jit(lambda dynamics, state, system: dynamics.vector_field(state, system))


@pytest.mark.parametrize("name", LINEAR)
def test_weights_multiply_the_forces_and_nothing_else(name):
    dynamics, plain, weighted = DYNAMICS_CASES[name], four_clauses(), four_clauses(WEIGHTS)
    state = random_state(dynamics, plain)
    expected, found = field(dynamics, state, plain), field(dynamics, state, weighted)
    by_cell = WEIGHTS.repeat(3)[:, None]
    np.testing.assert_allclose(found.x, by_cell * expected.x, rtol=2e-5, atol=1e-7)
    for key in expected.memory:
        np.testing.assert_array_equal(found.memory[key][0], expected.memory[key][0])


@pytest.mark.parametrize("name", RIGID)
def test_weights_multiply_the_long_term_memory_in_the_force(name):
    dynamics, plain, weighted = DYNAMICS_CASES[name], four_clauses(), four_clauses(WEIGHTS)
    state = random_state(dynamics, plain)
    heavier = {**state.memory, "long": (WEIGHTS[:, None] * state.memory["long"][0],)}
    expected = field(dynamics, state._replace(memory=heavier), plain)
    found = field(dynamics, state, weighted)
    np.testing.assert_allclose(found.x, expected.x, rtol=2e-5, atol=1e-7)
    unweighted = field(dynamics, state, plain)
    assert np.abs(np.asarray(found.x) - np.asarray(unweighted.x)).max() > 0.1
    for key in unweighted.memory:
        np.testing.assert_array_equal(found.memory[key][0], unweighted.memory[key][0])


def test_one_weight_for_all_and_weighted_beside_plain_clauses():
    dynamics = DYNAMICS_CASES["descent"]
    state = random_state(dynamics, four_clauses())
    clauses = four_clauses().groups[0].clauses
    mixed = compile_system(
        [(SIGNED, 12)], [clauses.take([0, 1]), Weighted(clauses.take([2, 3]), 2.5)]
    )
    assert len(mixed.groups) == 1
    factors = np.array([1, 1, 2.5, 2.5]).repeat(3)[:, None]
    expected = factors * np.asarray(field(dynamics, state, four_clauses()).x)
    np.testing.assert_allclose(field(dynamics, state, mixed).x, expected, rtol=1e-5)


def test_weights_follow_their_clauses_when_domains_split_a_batch():
    # Rows 0 and 2 are on [0, 1], row 1 on [-1, 1]: two groups out of one batch.
    clauses = Weighted(Or([[0, 1], [4, 5], [2, 3]], np.ones((3, 2))), np.array([2.0, 3.0, 5.0]))
    system = compile_system([(UNIT, 4), (SIGNED, 2)], [clauses])
    weights = [np.asarray(group.weight).ravel().tolist() for group in system.groups]
    assert weights == [[2.0, 5.0], [3.0]]


@pytest.mark.parametrize("weight", [0, -1.0, np.nan, np.inf, [1, 0], [1, np.nan], [1, 2, 3], []])
def test_weights_must_be_positive_and_one_for_each_clause(weight):
    clauses = Or([[0, 1], [1, 2]], np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"weight|broadcast"):
        compile_system([(SIGNED, 3)], [Weighted(clauses, np.asarray(weight, float))])


# ------------------------------------------------------------------------------ mobility


@pytest.mark.parametrize("name", ["descent", "memcomputing-rigidity", "rectified-discrete"])
def test_mobility_multiplies_the_velocity_of_its_variables(name):
    dynamics = DYNAMICS_CASES[name]
    batches, factors = [Weighted(four_clauses().groups[0].clauses, WEIGHTS)], {2: 2.35, 11: 0.5}
    plain = compile_system([(SIGNED, 12)], batches)
    faster = compile_system([(SIGNED, 12)], batches, mobility=factors)
    state = random_state(dynamics, plain)
    expected, found = field(dynamics, state, plain), field(dynamics, state, faster)
    by_cell = np.array([factors.get(variable, 1.0) for variable in range(12)])[:, None]
    np.testing.assert_allclose(found.x, by_cell * expected.x, rtol=2e-5, atol=1e-7)
    for key in expected.memory:
        np.testing.assert_array_equal(found.memory[key][0], expected.memory[key][0])


def test_mobility_reaches_every_cell_of_a_variable_and_fixed_ones_stay():
    clauses = [Different([[0, 1], [1, 2]])]
    domains = [(Simplex(3), 3)]
    system = compile_system(domains, clauses, mobility={1: 2.0, 2: 9.0}, fixed={2: 0})
    force = jnp.asarray(np.random.default_rng(0).normal(size=(9, 4)), jnp.float32)
    moved = np.asarray(tangent(system, force)).reshape(3, 3, 4)
    plain = np.asarray(tangent(compile_system(domains, clauses), force)).reshape(3, 3, 4)
    np.testing.assert_allclose(moved[0], plain[0], rtol=1e-6)
    np.testing.assert_allclose(moved[1], 2 * plain[1], rtol=1e-5, atol=1e-6)
    assert not moved[2].any()


@pytest.mark.parametrize("mobility", [{3: 1.0}, {-1: 1.0}, {0: 0.0}, {0: -1.0}, {0: np.nan}])
def test_mobilities_are_positive_and_of_variables_that_exist(mobility):
    with pytest.raises(ValueError, match="mobility"):
        compile_system([(SIGNED, 3)], [Or([[0, 1]], [[1, 1]])], mobility=mobility)


# ------------------------------------------------------------------------------ padded clauses


def random_clauses(width: int, form: OrForm) -> Or:
    signs = np.random.default_rng(width).choice([-1.0, 1.0], (10, width))
    return Or(np.arange(10 * width).reshape(10, width), signs, form)


@pytest.mark.parametrize("form", ["min", pytest.param("product", marks=pytest.mark.slow)])
@pytest.mark.parametrize(("width", "target"), [(1, 2), (1, 3), (2, 5), (3, 3), (3, 8), (8, 12)])
def test_padding_changes_nothing(form, width, target):
    clauses = random_clauses(width, form)
    wide = clauses.padded(target)
    assert wide.scopes.shape == wide.signs.shape == (10, target)
    x = np.random.default_rng(target).uniform(-1, 1, (10, width, 6)).astype(np.float32)
    x[:5] = np.sign(x[:5])  # corners: ties between literals, and clauses that are all false
    x[0] = -clauses.signs[0][:, None]
    wide_x = np.concatenate([x, x[:, :1].repeat(target - width, axis=1)], axis=1)
    (value, pull), rigidity = forms(clauses, x, (SIGNED,) * width)
    (wide_value, wide_pull), wide_rigidity = forms(wide, wide_x, (SIGNED,) * target)
    np.testing.assert_allclose(wide_value, value, rtol=1e-6)
    np.testing.assert_allclose(wide_pull[:, :width], pull, rtol=1e-6, atol=1e-7)
    assert not np.asarray(wide_pull[:, width:]).any()
    if form == "min":
        np.testing.assert_allclose(wide_rigidity[:, :width], rigidity, rtol=1e-6)
        assert not np.asarray(wide_rigidity[:, width:]).any()
    values, wide_values = (x > 0).astype(np.int32), (wide_x > 0).astype(np.int32)
    np.testing.assert_array_equal(satisfied(wide, wide_values), satisfied(clauses, values))
    assert not np.asarray(satisfied(wide, wide_values))[0].any()


def test_false_literals_may_stand_anywhere_and_name_any_variable():
    clauses = Or([[0, 1, 2]], [[0, 1, -1]])
    values = np.array([list(product((0, 1), repeat=3))], np.int32).transpose(0, 2, 1)
    expected = [b or not c for _, b, c in product((0, 1), repeat=3)]
    assert np.asarray(satisfied(clauses, values))[0].tolist() == expected


def test_padding_to_fewer_literals_and_clauses_of_padding_alone_are_refused():
    with pytest.raises(ValueError, match="cannot have 2"):
        random_clauses(3, "min").padded(2)
    with pytest.raises(ValueError, match="empty clause"):
        Or([[0, 1]], [[0, 0]])
