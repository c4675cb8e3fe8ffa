from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise, product

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from odesolve.budget import UNLIMITED
from odesolve.cli import main
from odesolve.dynamics.multipliers import Multipliers
from odesolve.options import Options
from odesolve.potentials import (
    Box,
    Different,
    Or,
    ProductGoal,
    Simplex,
    Soft,
    System,
    Weighted,
    compile_system,
)
from odesolve.problems.formulas.check import cost, violations
from odesolve.problems.formulas.formats import parse_formula
from odesolve.problems.formulas.formula import (
    AT_LEAST,
    AT_MOST,
    EXACTLY,
    Formula,
    LinearRows,
    LiteralRows,
)
from odesolve.problems.formulas.presolve.exhaustion import cheapest_by_exhaustion
from odesolve.problems.formulas.presolve.presolve import RowContradiction, presolved
from odesolve.problems.satisfiability.cost_prover import CostProver, Message, bound_costs
from odesolve.problems.satisfiability.first_guess import Polish, propagated_truth
from odesolve.problems.satisfiability.max_sat import (
    PENALTY_LIMIT,
    Minimization,
    engine_penalties,
    softened,
)
from odesolve.problems.satisfiability.search import FormulaSettings
from odesolve.problems.satisfiability.solve import sat
from odesolve.results import Reason, Status, nothing_integrated
from odesolve.solving import solve
from odesolve.steppers.langevin import Langevin

EDGES = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2)]
OTHER_EDGES = [(4, 5), (5, 6), (6, 4)]


violated_of = jax.jit(System.violated)
cost_of = jax.jit(System.cost)
rank_of = jax.jit(System.rank)


def equal_ends(edges, values) -> list[bool]:
    return [values[a] == values[b] for a, b in edges]


def two_parts() -> System:
    """Two colours: a part with hard and soft edges, and a soft triangle apart from it."""
    return compile_system(
        [(Simplex(2), 7)],
        [
            Different(EDGES[:3]),
            Soft(Different(EDGES[3:]), np.array([5, 7])),
            Soft(Weighted(Different(OTHER_EDGES), 2.0), np.array([1, 2, 4])),
        ],
    )


def expected_rank(values) -> list[int]:
    """Of both parts of ``two_parts``."""
    hard = sum(equal_ends(EDGES[:3], values))
    soft = sum(np.array([5, 7])[equal_ends(EDGES[3:], values)].tolist())
    other = sum(np.array([1, 2, 4])[equal_ends(OTHER_EDGES, values)].tolist())
    return [12 + hard if hard else soft, other]


# ------------------------------------------------------------------------------ the engine's rank


def test_the_rank_counts_violations_first_and_costs_next_in_each_component():
    system = two_parts()
    assert system.component_count == 2
    assert np.asarray(system.worst_cost).tolist() == [[12], [7]]
    values = np.array(list(product((0, 1), repeat=7))).T
    found = np.asarray(rank_of(system, np.asarray(values, np.int32)))
    part = np.asarray(system.component)[[0, 4]]
    for run in range(values.shape[1]):
        assert found[part, run].tolist() == expected_rank(values[:, run])


def test_soft_clauses_are_no_violations_and_hard_ones_no_cost():
    system, values = two_parts(), np.zeros((7, 1), np.int32)
    assert int(np.asarray(violated_of(system, values)).sum()) == 3
    assert int(np.asarray(cost_of(system, values)).sum()) == 5 + 7 + 1 + 2 + 4
    plain = compile_system([(Simplex(2), 4)], [Different(EDGES)])
    assert plain.worst_cost is None
    assert all(group.penalty is None for group in plain.groups)
    assert np.asarray(rank_of(plain, values[:4])).tolist() == [[5]]


def test_soft_and_hard_clauses_of_one_kind_are_two_groups_whose_weights_stay():
    first, second = Or([[0, 1], [2, 3]], np.ones((2, 2))), Or([[1, 2]], np.ones((1, 2)))
    system = compile_system(
        [(Box(), 4)], [Soft(Weighted(first, 3.0), 2), second, Soft(second, 9), first]
    )
    assert [len(group.clauses) for group in system.groups] == [3, 3]
    soft, hard = system.groups
    assert np.asarray(soft.penalty).ravel().tolist() == [2, 2, 9]
    assert np.asarray(soft.weight).ravel().tolist() == [3, 3, 1]
    assert hard.penalty is None
    assert hard.weight is None


@pytest.mark.parametrize("penalty", [0, -1, 1.5, 2**31, np.array([1, 0])])
def test_a_penalty_is_a_positive_integer(penalty):
    with pytest.raises(ValueError, match=r"Different: penalties must be integers from 1 to"):
        compile_system([(Simplex(2), 4)], [Soft(Different(EDGES[:2]), penalty)])


def test_penalties_that_would_overflow_are_refused():
    with pytest.raises(ValueError, match="less than 2"):
        compile_system([(Simplex(2), 4)], [Soft(Different(EDGES[:2]), 2**29)])
    compile_system([(Simplex(2), 4)], [Soft(Different(EDGES[:2]), 2**29 - 1)])


def test_a_goal_and_soft_clauses_exclude_each_other():
    goal = ProductGoal.of([(0, False)], [(1, False)], 1)
    with pytest.raises(ValueError, match="goal"):
        compile_system([(Box(), 2)], [Soft(Or([[0, 1]], np.ones((1, 2))), 1)], goal=goal)


# -------------------------------------------------------------------------------- the engine's loop


def solved(system: System, **options):
    return solve(system, Multipliers(), Langevin(period=100.0), **{"runs": 4, **options})


def test_a_solve_goes_on_until_its_budget_and_keeps_the_best():
    found: list[tuple[list[int], int]] = []
    result = solved(
        two_parts(), max_steps=400, improved=lambda x, rank: found.append((x.tolist(), rank))
    )
    assert (result.status, result.reason, result.violated) == (
        Status.SATISFIED,
        Reason.STEPS,
        0,
    )
    assert result.cost == 7 + 1  # the diagonal and the lightest edge of the triangle
    assert sum(expected_rank(result.assignment)) == result.cost
    assert result.to_json()["cost"] == 8
    assert result.runs.cost is not None
    assert result.runs.satisfied.any()
    assert result.runs.cost.min() >= 8
    assert all(sum(expected_rank(values)) == rank for values, rank in found)
    assert all(a > b for (_, a), (_, b) in pairwise(found))
    assert found[-1] == (result.assignment.tolist(), 8)
    assert all(sum(expected_rank(values)) == 8 for values in result.solutions)


def test_a_target_ends_a_solve():
    result = solved(two_parts(), target=8, max_steps=100_000)
    assert (result.reason, result.cost) == (Reason.SOLVED, 8)
    assert result.steps < 100_000


def test_a_target_is_not_reached_by_assignments_that_violate_something():
    # Two colours cannot colour a triangle, though its rank is below the target.
    system = compile_system(
        [(Simplex(2), 7)], [Different(OTHER_EDGES), Soft(Different([(0, 1)]), 100)]
    )
    result = solved(system, target=90, max_steps=50)
    assert (result.status, result.reason) == (Status.UNKNOWN, Reason.STEPS)
    assert (result.violated, result.cost) == (1, 0)
    assert not result.runs.satisfied.any()


def test_restarts_and_budgets_do_not_lose_the_best():
    result = solved(two_parts(), max_steps=1000, patience=20, look_every=1, seed=3)
    assert (result.runs.restarts > 3).all()
    assert result.cost == 8


# ------------------------------------------------------------------------------- noise and memories


step = jax.jit(lambda stepper, state, system, dynamics: stepper.step(state, system, dynamics))
field = jax.jit(lambda dynamics, state, system: dynamics.vector_field(state, system))


def test_the_noise_has_the_variance_of_its_law_and_cools_down():
    system = compile_system([(Box(-50.0, 50.0), 4000)], [])
    stepper = Langevin(dt=0.25, noise=2.0, cold_noise=0.4, period=4.0)
    start = jnp.zeros((4000, 2)).at[:, 1].set(1.0)
    state = stepper.prepare(Multipliers().start(system, start), system)
    spreads = []
    for _ in range(6):
        after, elapsed = step(stepper, state, system, Multipliers())
        moves = np.asarray(after.x - state.x)
        assert abs(moves.mean()) < 4 * 1.0 / np.sqrt(moves.size)
        assert abs(np.corrcoef(moves.T)[0, 1]) < 0.1
        assert abs(np.corrcoef(moves[:-1, 0], moves[1:, 0])[0, 1]) < 0.1
        spreads.append(moves.std())
        np.testing.assert_allclose(elapsed, 0.25)
        state = after
    np.testing.assert_allclose(spreads, 0.5 * np.array([2.0, 1.6, 1.2, 0.8, 2.0, 1.6]), rtol=0.03)


def test_without_noise_it_is_eulers_method():
    system = two_parts()
    x = system.sample([np.random.default_rng(1)])
    dynamics = Multipliers()
    stepper = Langevin(dt=0.1, noise=0.0, cold_noise=0.0)

    @jax.jit
    def both(dynamics, stepper, system, x):
        start = dynamics.start(system, x)
        after, _ = stepper.step(stepper.prepare(start, system), system, dynamics)
        return after.x, system.project(x + 0.1 * dynamics.vector_field(start, system).x)

    found, expected = both(dynamics, stepper, system, x)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_runs_noise_does_not_depend_on_the_others():
    one = solved(two_parts(), runs=1, max_steps=37)
    four = solved(two_parts(), runs=4, max_steps=37)
    assert one.runs.cost is not None
    assert four.runs.cost is not None
    assert one.runs.cost[0] == four.runs.cost[0]
    again = solved(two_parts(), runs=4, max_steps=37)
    assert again.runs.to_json() == four.runs.to_json()


def test_clauses_that_must_hold_have_rates_of_their_own_beside_soft_ones():
    dynamics = Multipliers(alpha=1.0, delta=0.0, decay=0.0, hard_alpha=3.0, hard_decay=0.0)
    both = [Different([(0, 1)]), Soft(Different([(0, 1)]), 1)]
    x = jnp.full((4, 1), 0.5)
    system = compile_system([(Simplex(2), 2)], both)
    rates = field(dynamics, dynamics.start(system, x), system).memory["long"]
    np.testing.assert_allclose(rates[0], 3.0 * np.asarray(rates[1]))
    alone = compile_system([(Simplex(2), 2)], both[:1])
    (rate,) = field(dynamics, dynamics.start(alone, x), alone).memory["long"]
    np.testing.assert_allclose(rate, rates[1])


# -------------------------------------------------------------------------------------- formulas


def random_rows(generator, variables: int, widths) -> LiteralRows:
    rows = []
    for width in widths:
        chosen = generator.permutation(variables)[:width] + 1
        rows.append((chosen * generator.choice([-1, 1], width)).tolist())
    return LiteralRows.of(rows)


def mixed_formula(seed: int, variables: int = 9) -> Formula:
    """Soft clauses of several widths under hard rows of every kind."""
    generator = np.random.default_rng(seed)
    soft = random_rows(generator, variables, [1, 2, 2, 3, 2, 3, 1, 2, 2, 2, 3, 2, 2, 1, 2, 2])
    counted = random_rows(generator, variables, [5])
    return Formula(
        variables,
        clauses=random_rows(generator, variables, [3, 3, 4]),
        parities=random_rows(generator, variables, [3]),
        cardinalities=LinearRows(
            counted, np.ones(5, np.int64), np.array([AT_MOST], np.int8), np.array([3])
        ),
        linear=LinearRows(
            random_rows(generator, variables, [4]),
            np.array([3, 2, 2, 1]),
            np.array([AT_LEAST], np.int8),
            np.array([4]),
        ),
        not_all_equal=random_rows(generator, variables, [3]),
        soft=soft,
        soft_weights=generator.integers(1, 20, len(soft)),
        offset=int(generator.integers(-5, 5)),
        optimizes=True,
    )


def optimum(formula: Formula) -> int | None:
    """The least cost, by enumeration."""
    costs = [
        cost(formula, np.array(bits))
        for bits in product((False, True), repeat=formula.variable_count)
        if violations(formula, np.array(bits)).total == 0
    ]
    return min(costs, default=None)


@pytest.mark.parametrize("seed", range(2))
def test_small_formulas_are_solved_to_their_optimum(seed):
    formula = mixed_formula(seed)
    least = optimum(formula)
    assert least is not None
    # Without presolve both have one shape, and share a compilation.
    result = sat(formula, seed=seed, presolve=False, target=least, max_steps=20_000, runs=8)
    assert (result.status, result.cost, result.violated) == ("satisfied", least, 0)
    assert violations(formula, result.truth).total == 0
    assert cost(formula, result.truth) == least
    assert result.to_json()["solution"]["cost"] == least


@pytest.mark.parametrize("seed", range(12))
def test_presolve_keeps_the_optimum(seed):
    formula = mixed_formula(seed, variables=8)
    least = optimum(formula)
    try:
        left = presolved(formula)
    except RowContradiction:
        assert least is None
        return
    lifted = [
        next(iter(left.lifts(np.array(bits, bool), 1)))
        for bits in product((False, True), repeat=left.formula.variable_count)
    ]
    costs = [cost(formula, truth) for truth in lifted if not violations(formula, truth).total]
    assert min(costs, default=None) == least
    assert optimum(left.formula) == least


def test_an_objective_of_a_pseudo_boolean_file_is_minimized():
    text = b"min: +3 x1 -2 x2 +4 x3 ;\n+1 x1 +1 x2 +1 x3 >= 2 ;\n-1 x1 -1 x2 >= -1 ;\n"
    formula = parse_formula(text, "test.opb", "opb")
    least = optimum(formula)
    assert least == 2  # x2 and x3
    result = sat(formula, presolve=False, max_steps=2000, runs=4, target=least)
    assert (result.cost, result.truth.tolist()) == (2, [False, True, True])


def test_every_clause_may_be_made_soft():
    formula = Formula(
        2,
        clauses=LiteralRows.of([[1], [-1], [1, 2], [-2]]),
        soft=LiteralRows.of([[-1]]),
        soft_weights=np.array([5]),
    )
    soft = softened(formula)
    assert soft.hard_count == 0
    assert [row.tolist() for row in soft.soft] == [[1], [-1], [1, 2], [-2], [-1]]
    assert soft.soft_weights.tolist() == [1, 1, 1, 1, 5]
    assert optimum(soft) == 2


def test_rc2_confirms_the_optimum():
    rc2 = pytest.importorskip("pysat.examples.rc2")
    from pysat.formula import WCNF

    generator = np.random.default_rng(5)
    formula = Formula(
        30,
        clauses=random_rows(generator, 30, [3] * 40),
        soft=random_rows(generator, 30, [2] * 120),
        soft_weights=generator.integers(1, 10, 120),
        optimizes=True,
    )
    problem = WCNF()
    for row in formula.clauses:
        problem.append(row.tolist())
    for row, weight in zip(formula.soft, formula.soft_weights.tolist(), strict=True):
        problem.append(row.tolist(), weight=weight)
    with rc2.RC2(problem) as solver:
        assert solver.compute() is not None
        least = solver.cost
    assert sat(formula, target=least, max_steps=20_000, runs=8).cost == least


def test_costs_are_exact_however_large_the_weights():
    generator = np.random.default_rng(7)
    rows = random_rows(generator, 8, [2] * 30)
    weights = [int(i) * 10**20 + int(j) for i, j in generator.integers(1, 1000, (30, 2))]
    formula = Formula(8, soft=rows, soft_weights=np.array(weights, object), optimizes=True)
    least = optimum(formula)
    result = sat(formula, presolve=False, target=least, max_steps=5000, runs=8)
    assert result.cost == cost(formula, result.truth)
    # Assignments that the device cannot tell apart differ by less than its rounding.
    assert least <= result.cost <= least * (1 + 1e-6)
    assert result.cost % 10**20 != 0
    assert any("scaled" in note for note in result.notes)


@pytest.mark.parametrize(
    ("weights", "expected", "unit"),
    [
        ([6, 4, 10], [3, 2, 5], 2),
        ([7 * 10**30], [1], 7 * 10**30),
        ([1, PENALTY_LIMIT], [1, PENALTY_LIMIT - 2], None),
        ([], [], 1),
    ],
)
def test_weights_are_divided_by_what_they_share_or_scaled(weights, expected, unit):
    penalties, found = engine_penalties(np.array(weights, object))
    assert found == unit
    assert penalties.sum() <= PENALTY_LIMIT
    np.testing.assert_allclose(penalties, expected, rtol=1e-6)


def test_improvements_are_told_with_exact_falling_costs():
    generator = np.random.default_rng(8)
    rows = random_rows(generator, 8, [2] * 30)
    formula = Formula(8, soft=rows, soft_weights=generator.integers(1, 50, 30), optimizes=True)
    told: list[tuple[np.ndarray, int]] = []
    result = sat(
        formula,
        presolve=False,
        max_steps=300,
        runs=2,
        improved=lambda truth, value: told.append((truth, value)),
    )
    assert told
    assert all(a > b for (_, a), (_, b) in pairwise(told))
    for truth, value in told:
        assert violations(formula, truth).total == 0
        assert cost(formula, truth) == value
    assert told[-1][1] == result.cost


def test_hard_rows_come_first_whatever_the_soft_ones_weigh():
    chain = [[-i, i + 1] for i in range(1, 8)] + [[1, 8]]
    soft = LiteralRows.of([[-8], [-7], [-6]])
    formula = Formula(
        8,
        clauses=LiteralRows.of(chain),
        soft=soft,
        soft_weights=np.array([10**6, 10**6, 1]),
        optimizes=True,
    )
    result = sat(formula, presolve=False, max_steps=20_000, runs=8, target=optimum(formula))
    assert (result.violated, result.cost) == (0, 10**6)
    assert result.truth[7]


def test_what_cannot_be_satisfied_is_unknown_and_keeps_the_fewest_violations():
    triangle = [[s * a, t * b] for a, b in ((1, 2), (1, 3), (2, 3)) for s, t in ((1, 1), (-1, -1))]
    formula = Formula(
        3,
        clauses=LiteralRows.of(triangle),
        soft=LiteralRows.of([[1], [2]]),
        soft_weights=np.array([1, 1]),
        optimizes=True,
    )
    told: list[int] = []
    result = sat(
        formula,
        presolve=False,
        max_steps=100,
        runs=4,
        improved=lambda truth, value: told.append(value),
    )
    assert (result.status, result.violated, told) == ("unknown", 1, [])
    assert result.to_json()["solution"] is None


def test_a_formula_that_presolve_decides_is_optimal():
    formula = Formula(
        2,
        clauses=LiteralRows.of([[1], [-1, 2]]),
        soft=LiteralRows.of([[-2], [1]]),
        soft_weights=np.array([10**20, 3], object),
        offset=4,
        optimizes=True,
    )
    result = sat(formula)
    assert (result.status, result.cost, result.optimal) == ("satisfied", 4 + 10**20, True)
    assert result.truth.tolist() == [True, True]


def test_a_cost_of_nothing_ends_the_search():
    formula = Formula(
        3,
        clauses=LiteralRows.of([[1, 2], [-1, -2]]),
        soft=LiteralRows.of([[1, 3], [-1, 3], [2, -3, 1]]),
        soft_weights=np.array([2, 2, 2]),
        optimizes=True,
    )
    result = sat(formula, presolve=False)
    assert (result.cost, result.optimal, result.run.reason) == (0, True, "solved")


def test_cardinalities_with_an_objective():
    # Exactly two of four, and every one of them costs: the two cheapest.
    formula = Formula(
        4,
        cardinalities=LinearRows(
            LiteralRows.of([[1, 2, 3, 4]]),
            np.ones(4, np.int64),
            np.array([EXACTLY], np.int8),
            np.array([2]),
        ),
        soft=LiteralRows.of([[-1], [-2], [-3], [-4]]),
        soft_weights=np.array([9, 2, 5, 3]),
        optimizes=True,
    )
    result = sat(formula, target=5, max_steps=5000, runs=4)
    assert (result.cost, result.truth.tolist()) == (5, [False, True, False, True])


# ------------------------------------------------------------------------------------- exhaustion


@pytest.mark.parametrize("seed", range(25))
def test_what_presolve_leaves_of_few_variables_is_decided_by_exhaustion(seed):
    formula = mixed_formula(seed)
    if seed % 3 == 0:  # weights beyond 64 bits, that differ in their last digits
        weights = [int(weight) * 10**25 + seed for weight in formula.soft_weights]
        formula = replace(formula, soft_weights=np.array(weights, object))
    least = optimum(formula)
    result = sat(formula)
    assert not result.run.dynamics_ran
    if least is None:
        assert result.status == "infeasible"
        return
    assert (result.status, result.run.reason, result.found_by) == (
        "satisfied",
        "solved",
        "presolve",
    )
    assert (result.cost, result.optimal) == (least, True)
    assert violations(formula, result.truth).total == 0
    assert cost(formula, result.truth) == least


def test_exhaustion_heeds_assumptions_and_lifts_to_the_whole_formula():
    rows = [
        [s * a, t * b] for a, b in ((11, 22), (22, 33), (33, 11)) for s, t in ((1, 1), (-1, -1))
    ]
    formula = Formula(40, soft=LiteralRows.of(rows), soft_weights=np.arange(1, 7), optimizes=True)
    result = sat(formula, assume=[11, 40, -5])
    assert (result.cost, result.optimal, result.run.dynamics_ran) == (2, True, False)
    assert {11, 40, -5} <= set(result.model)
    assert len(result.model) == 40


@pytest.mark.parametrize(
    ("variables", "copies", "decided"), [(12, 1, True), (13, 1, False), (12, 9999, False)]
)
def test_what_is_too_large_for_exhaustion_is_left_to_the_dynamics(variables, copies, decided):
    soft = LiteralRows.of([[1, -variables]] * copies)
    formula = Formula(variables, soft=soft, soft_weights=np.ones(copies, int), optimizes=True)
    clauses = LiteralRows.of([[2, 3, 4]] * copies)
    found = cheapest_by_exhaustion(replace(formula, clauses=clauses))
    assert (found is not None) == decided


INTERRUPTED = """
import numpy as np
from odesolve.problems.formulas.formula import Formula, LiteralRows
from odesolve.problems.satisfiability.solve import sat

soft = LiteralRows.of([[s * a, t * b] for a, b in ((1, 2), (1, 3), (2, 3))
                       for s, t in ((1, 1), (-1, -1))])
formula = Formula(3, soft=soft, soft_weights=np.full(6, 10), optimizes=True)
result = sat(formula, presolve=False, runs=2, improved=lambda truth, cost: print(cost, flush=True))
print(result.status, result.run.reason, result.cost)
"""


def test_an_interrupted_search_returns_its_best():
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            while process.stdout.readline() != "10\n":
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            # It has no budget, and its cost cannot be 0: without the signal it would never end.
            output, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (errors, process.returncode) == ("", 0)
    assert output == "satisfied interrupted 10\n"


@pytest.mark.parametrize(("options", "runs"), [("", 3), (" --runs 2", 2)])
def test_the_runs_of_a_preset_hold_unless_the_user_chooses(options, runs, tmp_path, capsys):
    formula, preset = tmp_path / "formula.wcnf", tmp_path / "mine.toml"
    formula.write_text("h 1 2 0\n1 -1 0\n1 -2 0\n", encoding="utf-8")
    preset.write_text(
        '[mine]\nproblems = ["maxsat"]\ndynamics = "multipliers"\nstepper = "langevin"\n'
        "options = { runs = 3 }\n",
        encoding="utf-8",
    )
    command = f"sat {formula} --preset {preset} --no-presolve --max-steps 9 --json{options}"
    main.run(command.split())
    found = json.loads(capsys.readouterr().out)
    assert (found["preset"], found["runs"]["total"]) == ("mine", runs)


# ---------------------------------------------------------------------------------- the first guess


def ranked(formula: Formula, truth: np.ndarray) -> tuple[int, int]:
    return violations(formula, truth).total, cost(formula, truth)


@pytest.mark.parametrize("seed", range(10))
def test_polishing_ends_where_no_flip_makes_it_cheaper(seed):
    generator = np.random.default_rng(seed)
    formula = Formula(
        12,
        clauses=random_rows(generator, 12, [3] * 20),
        soft=random_rows(generator, 12, [1, 2, 3, 0] * 8),
        soft_weights=generator.integers(1, 9, 32).astype(object) * (10**25 if seed == 3 else 1),
        optimizes=True,
    )
    start = generator.random(12) < 0.5
    polished = Polish(formula)(start)
    assert ranked(formula, polished) <= ranked(formula, start)
    for variable in range(12):
        flipped = polished.copy()
        flipped[variable] ^= True
        assert ranked(formula, polished) <= ranked(formula, flipped)


def test_polishing_ends_where_a_literal_stands_twice():
    formula = Formula(
        1,
        clauses=LiteralRows.of([[1, 1], [1, -1]]),
        soft=LiteralRows.of([[-1]]),
        soft_weights=np.array([1]),
        optimizes=True,
    )
    polish = Polish(formula)
    for start in (False, True):
        truth = polish(np.array([start]))
        assert truth.tolist() == [True]
        assert polish.gains(truth).max() <= 0


GUESSES = {
    "what units imply": ([[1], [-1, 2], [-2, -3]], [[3], [-1]], [True, True, False]),
    "the heavier wish": ([[-1, -2]], [[1], [2]], [False, True]),
    "a wish and what follows": ([[-2, 3], [-3, -1]], [[1], [2]], [False, True, True]),
}


@pytest.mark.parametrize("case", GUESSES)
def test_the_first_guess_heeds_what_must_hold(case):
    hard, soft, expected = GUESSES[case]
    formula = Formula(
        len(expected),
        clauses=LiteralRows.of(hard),
        soft=LiteralRows.of(soft),
        soft_weights=np.arange(1, len(soft) + 1),
        optimizes=True,
    )
    assert propagated_truth(formula).tolist() == expected


def test_the_first_guess_follows_a_hint():
    formula = Formula(3, clauses=LiteralRows.of([[-1, -2], [2, 3]]), soft=LiteralRows.of([[2]]),
                      soft_weights=np.array([5]), optimizes=True)  # fmt: skip
    assert propagated_truth(formula, np.array([1, 0, 0])).tolist() == [True, False, True]


# ---------------------------------------------------------------------------------- the cost prover


@pytest.mark.parametrize("seed", range(12))
def test_bounds_rise_to_the_optimum_and_models_reach_it(seed):
    pytest.importorskip("pysat")
    generator = np.random.default_rng(seed)
    formula = Formula(
        7,
        clauses=random_rows(generator, 7, [3] * int(generator.integers(0, 12))),
        soft=random_rows(generator, 7, [1, 2, 3, 2, 1, 3, 0, 2] * 2),
        soft_weights=generator.integers(1, 5, 16).astype(object) * (10**20 if seed == 3 else 1),
        offset=3,
        optimizes=True,
    )
    told: list[Message] = []
    bound_costs(formula, told.append)
    bounds = [message.bound for message in told]
    models = [message.model for message in told if message.model is not None]
    least = optimum(formula)
    if least is None:
        assert bounds[-1] is None
        return
    assert bounds == sorted(bounds)
    assert bounds[-1] == least - 3
    assert all(violations(formula, truth).total == 0 for truth in models)
    assert cost(formula, models[-1]) == least


def test_the_prover_of_costs_tells_its_bound_and_can_be_stopped():
    pytest.importorskip("pysat")
    generator = np.random.default_rng(2)
    rows = random_rows(generator, 100, [2] * 2000)
    formula = Formula(100, soft=rows, soft_weights=np.ones(2000, np.int64), optimizes=True)
    prover = CostProver(formula)
    began = time.monotonic()
    while not prover.bound and time.monotonic() < began + 60:
        prover.wait(0.02)
    prover.stop()
    assert prover.finished
    assert 0 < prover.bound <= min(cost(formula, np.zeros(100, bool)), 2000)


def test_a_prover_whose_process_dies_is_told():
    """Waiting for it ends, and the answer of before stands."""
    pytest.importorskip("pysat")
    rows = LiteralRows.of([[1], [-1, 2], [-2, -3], [3]])
    formula = Formula(3, soft=rows, soft_weights=np.full(4, 2), optimizes=True)
    search = Minimization(
        formula, presolved(formula), FormulaSettings(prove="after"), Options(), UNLIMITED
    )
    search.start_prover()
    assert search.prover is not None
    search.prover.stop()  # killed, long before it has loaded RC2
    search.guess()
    run = search.await_prover(nothing_integrated(Status.UNKNOWN, Reason.STEPS, 0))
    found = search.found(run)
    assert "the prover ended without an answer, for want of memory perhaps" in found.notes
    assert (found.run.status, found.optimal, found.bound) == (Status.SATISFIED, False, 0)
    # One that comes to its end has no such note.
    search.prover = None
    found = search.found(search.await_prover(run))
    search.prover.stop()
    assert (found.optimal, found.bound) == (True, 2)
    assert len(found.notes) == len(search.notes) + 1 == 2
