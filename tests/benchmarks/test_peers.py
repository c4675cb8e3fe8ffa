"""The benchmark of solvers: what judges them, and what is made of their answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.satisfiability import (
    generators,
    instances,
    process,
    scaling,
    solvers,
    steps,
    tables,
)
from odesolve.dynamics.memcomputing import Rectified
from odesolve.presets.choice import preset_named

ROOT = Path(__file__).parents[2]

EXTENDED = """c every kind of row, a wrong header, a clause over two lines
p cnf 3 99
1 -2
0 -1 2 3 0
x1 -2 3 0
n 1 2 3 0
d 2 1 2 3 0
g -2
%
0
"""
OPB = """* #variable= 3 #constraint= 2
min: +2 x1 -3 ~x2 ;
+1 x1 +2 x2 -1 ~x3 >= 1 ;
+1 x1 +1 x3 = 1 ;
"""
ALL = (np.arange(8)[:, None] >> np.arange(3)) & 1 == 1


def test_the_checker_knows_every_kind_of_row(tmp_path):
    path = tmp_path / "a.cnf"
    path.write_text(EXTENDED)
    instance = instances.read_cnf(path)
    for truth in ALL:
        a, b, c = truth.tolist()
        count = a + b + c
        violated = sum(
            not holds
            for holds in (
                a or not b, not a or b or c, a ^ (not b) ^ c, 0 < count < 3, count >= 2, count <= 2
            )
        )  # fmt: skip
        assert instance.violated(truth) == violated


def test_an_objective_becomes_a_cost(tmp_path):
    path = tmp_path / "a.opb"
    path.write_text(OPB)
    instance = instances.read_opb(path)
    assert instance.optimizes
    for truth in ALL:
        a, b, c = truth.tolist()
        assert instance.cost(truth) == 2 * a - 3 * (not b)
        assert instance.violated(truth) == (a + 2 * b - (not c) < 1) + (a + c != 1)


@pytest.mark.parametrize(
    "text", ["h 1 2 0\n3 -1 0\n4 -2 0\n", "p wcnf 2 3 9\n9 1 2 0\n3 -1 0\n4 -2 0"]
)
def test_both_weighted_formats_are_read(tmp_path, text):
    path = tmp_path / "a.wcnf"
    path.write_text(text)
    instance = instances.read_weighted(path)
    assert [instance.violated(truth) for truth in ALL[:4, :2]] == [1, 0, 0, 0]
    assert [instance.cost(truth) for truth in ALL[:4, :2]] == [0, 3, 4, 7]


def test_clauses_for_other_rows_have_the_same_models(tmp_path):
    pysat = pytest.importorskip("pysat.solvers")
    path = tmp_path / "a.cnf"
    path.write_text("p cnf 7 3\nx 1 -2 3 4 5 -6 7 0\nn 1 2 3 0\nd 3 1 2 -3 4 5 0\ng -4\n")
    instance = instances.read_cnf(path)
    with pysat.Solver("cadical195", bootstrap_with=process.encoded(instance)) as solver:
        for number in range(2**7):
            truth = (number >> np.arange(7)) & 1 == 1
            literals = np.where(truth, 1, -1) * np.arange(1, 8)
            assert solver.solve(literals.tolist()) == (instance.violated(truth) == 0)


def test_a_wrong_model_is_no_success(tmp_path):
    instance = instances.Instance("a", tmp_path, 2, instances.Rows.of([[1, 2], [-1]]))
    assert solvers.judged(instance, np.array([False, True]), 1.0, 5.0).solved
    assert solvers.judged(instance, np.array([True, True]), 1.0, 5.0).status == "wrong"
    assert solvers.judged(instance, np.array([False]), 1.0, 5.0).status == "wrong"
    assert solvers.judged(instance, np.array([False, True]), 6.0, 5.0).status == "late"


@pytest.mark.slow
def test_an_unknown_best_of_ours_claims_nothing(tmp_path):
    path = tmp_path / "hard.wcnf"
    every = [f"9 {a}1 {b}2 {c}3 0" for a in ("", "-") for b in ("", "-") for c in ("", "-")]
    path.write_text("\n".join(["p wcnf 3 9 9", *every, "1 1 0", ""]))
    options = ("--no-presolve", "--runs", "2", "--max-steps", "20")
    attempt = solvers.attempt_ours(options, instances.read_weighted(path), 60.0)
    assert (attempt.solved, attempt.status) == (False, "unknown")


def test_unsolved_instances_count_twice_the_limit_and_denied_models_are_wrong(tmp_path):
    each = [instances.Instance(name, tmp_path, 1) for name in "abc"]
    found = [
        solvers.FormulaAttempt(True, 2.0, "satisfied", 10),
        solvers.FormulaAttempt(False, 5.0, "unknown", 70),
        solvers.FormulaAttempt(True, 3.0, "satisfied", 30),
    ]
    row = tables.Row(solvers.OURS, 5.0, each, found)
    assert row.par2 == pytest.approx((2 + 10 + 3) / 3)
    assert row.steps == [10, float("inf"), 30]
    denying = tables.Row(
        solvers.CADICAL, 5.0, each, [solvers.FormulaAttempt(True, 1.0, "infeasible")] * 3
    )
    tables.contradict(tables.Outcome(None, [row, denying]))
    assert [attempt.status for attempt in denying.attempts] == ["wrong", "infeasible", "wrong"]
    assert denying.solved == 1


def test_a_power_law_is_recovered_and_unsolved_sizes_are_left_out():
    samples = {n: [k * 7 * n**1.5 for k in (0.5, 1, 2)] for n in (50, 100, 200, 400)}
    fit = scaling.fitted(samples | {800: [1e9, float("inf"), float("inf")]})
    assert fit.slope == pytest.approx(1.5)
    assert fit.low < 1.5 < fit.high
    assert scaling.fitted({50: [1.0], 100: [float("inf")]}) is None
    assert scaling.median([1, 2, float("inf"), float("inf")]) == float("inf")
    low, high = scaling.median_interval([1.0, 2.0, 3.0, 4.0, float("inf")])
    assert low < 3 < high
    assert scaling.median_interval([2.0, 2.0]) == (2.0, 2.0)


@pytest.mark.parametrize("name", steps.MEMORIES)
def test_one_run_of_the_memories_has_neither_tilt_nor_messages(name):
    preset = preset_named(name)
    dynamics, _ = preset.lanes()[0]
    assert isinstance(dynamics, Rectified)
    assert not dynamics.tilt
    assert not preset.then


@pytest.mark.parametrize(("width", "ratio"), [(3, 4.0), (5, 15.0)])
def test_probsat_finds_models(width, ratio):
    pytest.importorskip("numba")
    from benchmarks.satisfiability.generators import planted_clauses
    from benchmarks.satisfiability.probsat import search

    clauses, _ = planted_clauses(100, round(100 * ratio), width, 1)
    starts = np.arange(len(clauses) + 1) * width
    found = search(clauses.reshape(-1), starts, 100, 1, 20.0)
    assert found.violated == 0
    assert (found.truth[np.abs(clauses) - 1] == (clauses > 0)).any(axis=1).all()
    impossible = search(np.array([1, -1]), np.array([0, 1, 2]), 1, 1, 0.01)
    assert impossible.truth is None
    assert impossible.violated == 1


# Compiling takes six seconds, unless it is cached.
@pytest.mark.slow
def test_the_search_like_yalsat_finds_models():
    pytest.importorskip("numba")
    from benchmarks.satisfiability import yalsat

    for number in (1763, 2491):
        variables, clauses = generators.factoring_clauses(number, (6, 6))
        # Units to be propagated, and clauses that they satisfy or shorten.
        clauses += [[variables + 1], [-variables - 1, -variables - 2], [1, variables + 1]]
        rows = instances.Rows.of(clauses).simplified()
        found = yalsat.search(rows.literals, rows.starts, variables + 2, number, 20.0)
        assert found.violated == 0
        assert found.truth.shape == (variables + 2,)
        assert (rows.true_counts(found.truth) > 0).all()


@pytest.mark.slow
def test_the_search_like_yalsat_restarts_where_there_is_no_model():
    pytest.importorskip("numba")
    from benchmarks.satisfiability import yalsat

    # An odd number of three, and an even one; the binary clauses make lengths differ.
    odd, _ = generators.parity_rows(3, 1, 3, 1)
    both = np.concatenate([generators.parity_clauses(odd), generators.parity_clauses(-odd)])
    rows = instances.Rows.of([*both.tolist(), [4, 5], [-4, -5]])
    found = yalsat.search(rows.literals, rows.starts, 5, 1, 0.5)
    assert (found.truth, found.violated) == (None, 1)
    assert found.flips > 4 * yalsat.RESTART_FLIPS
    refuted = yalsat.search(np.array([1, -1, 2, -2]), np.array([0, 1, 3, 4]), 2, 1, 20.0)
    assert (refuted.truth, refuted.flips, refuted.violated) == (None, 0, 1)
    propagated = yalsat.search(np.array([1, -1, 2]), np.array([0, 1, 3]), 2, 1, 20.0)
    assert propagated.truth.tolist() == [True, True]


@pytest.mark.parametrize(
    ("mean", "base"), [(2.0, 2.3333), (3.0, 2.5), (3.5, 2.675), (7.0, 5.4), (8.0, 5.7)]
)
def test_the_base_of_breaks_follows_the_mean_length(mean, base):
    pytest.importorskip("numba")
    from benchmarks.satisfiability.yalsat import interpolated_base

    assert interpolated_base(mean) == pytest.approx(base, abs=1e-3)


@pytest.mark.slow
def test_a_short_report_has_every_part(tmp_path):
    pytest.importorskip("numba")
    pytest.importorskip("pysat")
    command = [sys.executable, "-m", "benchmarks.satisfiability", "--quick", "--count", "1"]
    command += ["--family", "cdc-50", "--family", "cdc-100", "--limit-seconds", "10"]
    command += ["--output", str(tmp_path / "peers.md"), "--plots", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert ran.returncode == 0, ran.stderr
    report = (tmp_path / "peers.md").read_text()
    for part in ("### cdc-50", "| CaDiCaL ", "| probSAT ", "## Growth", "## Summary", "Command"):
        assert part in report
    assert {path.name for path in tmp_path.glob("*.png")} == {
        "peers-cactus.png", "peers-scaling.png"
    }  # fmt: skip


def partial_problem(seed: int) -> instances.Instance:
    """Hard and soft clauses over ten variables, an empty soft one and a tautology among them."""
    random = np.random.default_rng(seed)
    hard = generators.uniform_clauses(10, 20, 3, seed).tolist()
    soft = [*generators.uniform_clauses(10, 25, 2, seed + 100).tolist(), [], [3, -3], [4, 4]]
    weights = tuple(random.integers(1, 9 if seed % 2 else 2, len(soft)).tolist())
    return instances.Instance(
        "a", Path("a"), 10, instances.Rows.of(hard), soft=instances.Rows.of(soft),
        weights=weights, optimizes=True,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("solver", "package"),
    # Compiling the one takes ten seconds, unless its compilation is cached.
    [pytest.param("satlike", "numba", marks=pytest.mark.slow), ("rc2", "pysat")],
)
@pytest.mark.parametrize("seed", range(4))
def test_peers_of_maxsat_find_the_least_cost_of_small_problems(seed, solver, package):
    pytest.importorskip(package)
    instance = partial_problem(seed)
    every = (np.arange(2**10)[:, None] >> np.arange(10)) & 1 == 1
    least = min(instance.cost(truth) for truth in every if not instance.violated(truth))
    # SATLike always takes its time; RC2 is done long before.
    answer = process.LOADERS[solver]()(instance, 0.2 if solver == "satlike" else 60.0, 1)
    assert answer.status == "satisfied"
    assert instance.violated(answer.truth) == 0
    assert instance.cost(answer.truth) == least
    assert answer.proved == (solver == "rc2")
