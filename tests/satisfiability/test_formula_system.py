from __future__ import annotations

from collections.abc import Callable

import jax
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from odesolve.dynamics.memcomputing import Rectified
from odesolve.potentials import Cardinality, NotAllEqual, Or, System, Threshold, WideThreshold
from odesolve.problems.formulas.check import cost, violations
from odesolve.problems.formulas.formula import (
    AT_LEAST,
    AT_MOST,
    EXACTLY,
    Formula,
    LinearRows,
    LiteralRows,
)
from odesolve.problems.satisfiability.max_sat import engine_penalties
from odesolve.problems.satisfiability.soft_system import soft_pulls, soft_system
from odesolve.problems.satisfiability.system import UnsatisfiableRowError, formula_system
from odesolve.problems.satisfiability.width_classes import width_classes
from odesolve.solving import solve

VARIABLES = 6
COMPARISONS = [AT_LEAST, EXACTLY, AT_MOST]


def linear_rows(rows: list[tuple[list[int], list[int], int, int]]) -> LinearRows:
    """From rows (literals, coefficients, comparison, bound)."""
    literals, numbers, comparisons, bounds = zip(*rows, strict=True) if rows else ((),) * 4
    flat = [number for own in numbers for number in own]
    largest = max(map(abs, [*flat, *bounds]), default=0)
    kind = np.int64 if largest < 2**62 else object
    return LinearRows(
        LiteralRows.of(literals),
        np.array(flat, kind),
        np.array(comparisons, np.int8),
        np.array(bounds, kind),
    )


@st.composite
def formulas(draw: st.DrawFn) -> Formula:
    """Small formulas of all kinds of rows, with repeated and opposite literals."""
    literal = st.integers(1, VARIABLES).flatmap(lambda v: st.sampled_from([v, -v]))
    rows = st.lists(st.lists(literal, max_size=7), max_size=4)
    number = st.integers(-5, 5) | st.sampled_from([-(2**70), 2**40, 2**70])

    def sums(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[LinearRows]:
        row = st.lists(st.tuples(literal, numbers), max_size=7)
        entry = st.tuples(row, st.sampled_from(COMPARISONS), st.integers(-4, 8))
        return st.lists(entry, max_size=4).map(
            lambda found: linear_rows(
                [([p[0] for p in own], [p[1] for p in own], c, bound) for own, c, bound in found]
            )
        )

    soft = draw(rows)
    weights = draw(st.lists(st.integers(1, 9), min_size=len(soft), max_size=len(soft)))
    return Formula(
        VARIABLES,
        LiteralRows.of(draw(rows)),
        LiteralRows.of(draw(rows)),
        draw(sums(st.just(1))),
        LiteralRows.of(draw(rows)),
        draw(sums(number)),
        LiteralRows.of(soft),
        np.array(weights, np.int64),
    )


ASSIGNMENTS = np.array(list(np.ndindex((2,) * VARIABLES)), np.int32).T


@jax.jit
def counts(system: System, values: np.ndarray) -> tuple[jax.Array, jax.Array]:
    """Violated clauses and cost of assignments ``[variables, n]``."""
    return system.violated(values).sum(axis=0), system.cost(values).sum(axis=0)


SYSTEMS = {
    "min": lambda formula: formula_system(formula, "min"),
    "product": lambda formula: formula_system(formula, "product"),
    "soft": lambda formula: soft_system(formula, formula.soft_weights),
}


@pytest.mark.parametrize("name", SYSTEMS)
@settings(max_examples=25)
@given(formula=formulas())
def test_a_system_counts_what_the_checker_counts(name, formula):
    assume(name != "soft" or len(formula.soft))
    found = [violations(formula, column.astype(bool)).total for column in ASSIGNMENTS.T]
    costs = [cost(formula, column.astype(bool)) for column in ASSIGNMENTS.T]
    try:
        system = SYSTEMS[name](formula)
    except UnsatisfiableRowError as error:
        named = (error.kind, error.row + 1)
    else:
        violated, paid = counts(system, ASSIGNMENTS)
        np.testing.assert_array_equal(violated, found)
        if name == "soft":
            never = formula.soft.lengths == 0
            np.testing.assert_array_equal(paid + formula.soft_weights[never].sum(), costs)
        return
    alone = Formula(VARIABLES, **{named[0]: getattr(formula, named[0])})
    assert all(named in violations(alone, row.astype(bool)).first for row in ASSIGNMENTS.T)


@pytest.mark.parametrize(
    ("formula", "kind", "row"),
    [
        (Formula(2, LiteralRows.of([[1, -1], [2], []])), "clauses", 2),
        (Formula(2, parities=LiteralRows.of([[1], [1, 2, 1, 2]])), "parities", 1),
        (Formula(2, not_all_equal=LiteralRows.of([[1, 2], [1, -1], [2, 2]])), "not_all_equal", 2),
        (
            Formula(2, cardinalities=linear_rows([([1, 2], [1, 1], AT_LEAST, 3)])),
            "cardinalities",
            0,
        ),
        (Formula(2, linear=linear_rows([([1, 2], [2, 4], EXACTLY, 3)])), "linear", 0),
        (Formula(2, linear=linear_rows([([1, -1], [2, 2], AT_MOST, 1)])), "linear", 0),
    ],
)
def test_a_row_that_cannot_hold_is_named(formula, kind, row):
    with pytest.raises(UnsatisfiableRowError, match=f"row {row + 1} of the") as raised:
        formula_system(formula)
    assert (raised.value.kind, raised.value.row) == (kind, row)


def test_sums_beyond_32_bits_are_held_in_words_and_saturation_avoids_them():
    huge = 2**80
    large = linear_rows([([1, 2, 3], [huge, huge - 1, 3], AT_LEAST, huge + 1)])
    (group,) = formula_system(Formula(3, linear=large)).groups
    assert isinstance(group.clauses, WideThreshold)
    held = np.asarray(group.clauses.coefficients)[0]
    words = [sum(int(w) << (group.clauses.bits * i) for i, w in enumerate(own)) for own in held]
    assert words == [huge, huge - 1, 3]
    saturated = linear_rows([([1, 2, 3], [huge, 2, 1], AT_LEAST, 3)])
    system = formula_system(Formula(3, linear=saturated))
    np.testing.assert_array_equal(np.asarray(system.groups[0].clauses.coefficients), [[3, 2, 1]])


@pytest.mark.parametrize(
    ("rows", "family", "bound"),
    [
        ([([1, 2, 3], [2, 2, 2], AT_LEAST, 1)], Or, None),
        ([([1, 2, 3], [7, 9, 8], AT_LEAST, 5)], Or, None),
        ([([1, 2, 3], [1, 1, 1], AT_MOST, 2)], Or, None),
        ([([1, 2, 3], [2, 2, 2], AT_LEAST, 3)], Cardinality, 2),
        ([([1, 2, 3, 4], [1, -1, 1, -1], EXACTLY, 0)], Cardinality, 2),
        ([([1, 2, 3], [3, 2, 2], AT_LEAST, 4)], Threshold, 4),
        ([([1, 2, 3], [5, 3, 2], AT_LEAST, 6)], Threshold, 6),
    ],
)
def test_a_sum_becomes_the_simplest_family_that_says_it(rows, family, bound):
    system = formula_system(Formula(4, linear=linear_rows(rows)))
    (group,) = system.groups
    assert isinstance(group.clauses, family)
    if bound is not None:
        assert int(group.clauses.bounds[0]) == bound


# ------------------------------------------------------------------------------------- widths


@settings(max_examples=100)
@given(lengths=st.lists(st.integers(0, 600) | st.integers(1, 5), max_size=300))
def test_every_row_is_in_one_class_that_is_wide_enough(lengths):
    lengths = np.array(lengths, np.int64)
    classes = width_classes(lengths)
    rows = np.concatenate([np.zeros(0, int), *(rows for _, rows in classes)])
    np.testing.assert_array_equal(np.sort(rows), np.arange(len(lengths)))
    assert len(classes) <= 6
    for width, own in classes:
        assert lengths[own].max() == width


@pytest.mark.parametrize("spread", ["even", "mostly short", "octaves"])
def test_widths_up_to_500_take_a_handful_of_kernels(spread):
    generator = np.random.default_rng(3)
    widths = np.arange(1, 501).repeat(4)
    if spread == "mostly short":
        widths = np.concatenate([np.full(50_000, 3), np.full(10_000, 2), widths])
    if spread == "octaves":
        widths = np.repeat(np.arange(1, 501), 20_000 // np.arange(1, 501))
    classes = width_classes(generator.permutation(widths))
    assert len(classes) <= 6
    assert sum(width * len(rows) for width, rows in classes) < 1.5 * widths.sum()


def test_a_formula_of_all_widths_compiles_to_few_groups():
    generator = np.random.default_rng(0)
    widths = np.arange(1, 501).repeat(2)
    rows = [
        (generator.permutation(2000)[:width] + 1) * generator.choice([-1, 1], width)
        for width in widths
    ]
    formula = Formula(2000, LiteralRows.of(rows))
    system = formula_system(formula)
    assert system.clause_count == len(rows)
    assert len(system.groups) <= 6
    values = generator.integers(0, 2, (2000, 3)).astype(np.int32)
    violated, _ = counts(system, values)
    expected = [violations(formula, column.astype(bool)).total for column in values.T]
    np.testing.assert_array_equal(violated, expected)


def test_not_all_equal_rows_of_two_widths_share_a_kernel():
    system = formula_system(Formula(5, not_all_equal=LiteralRows.of([[1, 2, 3], [-4, 5]])))
    (group,) = system.groups
    assert isinstance(group.clauses, NotAllEqual)


# ------------------------------------------------------------------------------- soft clauses


def test_soft_clauses_pull_by_a_power_of_their_share_of_the_heaviest():
    soft = LiteralRows.of([[1, 2], [-1], [2, 1, 3], []])
    formula = Formula(3, LiteralRows.of([[1, 3]]), soft=soft, soft_weights=np.array([2, 8, 1, 5]))
    pulls = soft_pulls(formula.soft_weights)
    np.testing.assert_allclose(pulls / pulls[1], np.array([0.25, 1, 0.125, 0.625]) ** 0.8)
    assert pulls.mean() == pytest.approx(1)
    system = soft_system(formula, np.array([7, 6, 5, 4]))
    groups = [group for group in system.groups if group.penalty is not None]
    pairs = {
        (int(penalty), float(weight))
        for group in groups
        for penalty, weight in zip(group.penalty.ravel(), group.weight.ravel(), strict=True)
    }
    # The empty clause is always violated: no clause of the system stands for it.
    assert sorted(penalty for penalty, _ in pairs) == [5, 6, 7]
    for penalty, weight in pairs:
        assert weight == pytest.approx(pulls[7 - penalty])


def test_penalties_that_do_not_fit_are_scaled():
    weights = np.array([3 * 2**70, 2**70, 1], object)
    formula = Formula(3, soft=LiteralRows.of([[1], [2], [3]]), soft_weights=weights)
    penalties, unit = engine_penalties(weights)
    assert unit is None
    system = soft_system(formula, penalties)
    costs, one = counts(system, np.array([[0, 1], [0, 0], [0, 1]], np.int32))[1]
    assert costs < 2**30
    assert one / costs == pytest.approx(1 / 4, rel=1e-6)


# ------------------------------------------------------------------------------------ dynamics


def planted_formula(seed: int) -> Formula:
    """Rows of every kind that one random assignment of 30 variables satisfies."""
    generator = np.random.default_rng(seed)
    truth = generator.random(30) < 0.5

    def literals(width: int) -> np.ndarray:
        return (generator.permutation(30)[:width] + 1) * generator.choice([-1, 1], width)

    def rows(count: int, width: int, holds: Callable[[int], bool]) -> LiteralRows:
        found: list[np.ndarray] = []
        while len(found) < count:
            row = literals(width)
            if holds(int((truth[np.abs(row) - 1] == (row > 0)).sum())):
                found.append(row)
        return LiteralRows.of(found)

    counted = linear_rows([(row.tolist(), [1] * 7, EXACTLY, 4) for row in rows(6, 7, (4).__eq__)])
    chosen = [literals(6) for _ in range(8)]
    weights = [generator.integers(1, 9, 6) for _ in chosen]
    sums = [
        int(own[truth[np.abs(row) - 1] == (row > 0)].sum())
        for row, own in zip(chosen, weights, strict=True)
    ]
    return Formula(
        30,
        rows(40, 3, lambda true: true > 0),
        rows(8, 5, lambda true: true % 2 == 1),
        counted,
        rows(12, 3, lambda true: 0 < true < 3),
        linear_rows(
            [
                (row.tolist(), own.tolist(), AT_LEAST, bound)
                for row, own, bound in zip(chosen, weights, sums, strict=True)
            ]
        ),
    )


@pytest.mark.parametrize("seed", range(3))
def test_the_dynamics_solve_formulas_of_all_kinds_of_rows(seed):
    formula = planted_formula(seed)
    dynamics = Rectified(
        alpha=0.85, beta=10.7, gamma=0.355, delta=0.17, zeta=0.35, satisfied_force="rigidity"
    )
    result = solve(formula_system(formula), dynamics, runs=16, seed=seed, max_steps=5000)
    assert result.satisfied
    assert violations(formula, result.assignment > 0).total == 0
