from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
from functools import cache

import jax.numpy as jnp
import numpy as np
import pytest
from tables import SIGNED

from odesolve import compiled_functions, solving
from odesolve.batch import random_starts
from odesolve.batch_size import default_runs
from odesolve.dynamics.article import Article
from odesolve.dynamics.descent import Descent
from odesolve.dynamics.memcomputing import Memcomputing, Rectified
from odesolve.potentials import Circle, Different, Or, Simplex, System, compile_system
from odesolve.results import Compiled, Reason, RunTable, Status
from odesolve.solving import Options, Progress, solve
from odesolve.steppers.euler import AdaptiveEuler, Euler

VARIABLES, CLAUSES, RUNS = 12, 62, 8
NODES, EDGES = 12, 24
K4 = list(itertools.combinations(range(4), 2))

# A few systems and settings serve nearly all tests: compiling takes longer than solving.
RULE, STEPPER = Rectified(), Euler(dt=0.1)


def random_formula(seed: int) -> list[tuple[int, ...]]:
    """Uniform 3-SAT above the threshold: some formulas have a model, some have none."""
    generator = np.random.default_rng(seed)
    formula = []
    for _ in range(CLAUSES):
        variables = generator.permutation(VARIABLES)[:3] + 1
        formula.append(tuple(int(v) for v in variables * generator.choice([-1, 1], 3)))
    return formula


def formula_system(formula: list[tuple[int, ...]]) -> System:
    return compile_system([(SIGNED, VARIABLES)], Or.from_literals(formula))


def is_model(formula: list[tuple[int, ...]], assignment: np.ndarray) -> bool:
    return all(any((assignment[abs(v) - 1] == 1) == (v > 0) for v in clause) for clause in formula)


def planted_edges(seed: int) -> list[tuple[int, int]]:
    """A random 3-colourable graph."""
    generator = np.random.default_rng(seed)
    hidden = np.arange(NODES) % 3
    pairs = [p for p in itertools.combinations(range(NODES), 2) if hidden[p[0]] != hidden[p[1]]]
    return [pairs[i] for i in generator.permutation(len(pairs))[:EDGES]]


def graph_system(edges: list[tuple[int, int]], domain=None) -> System:
    return compile_system([(domain or Simplex(3), NODES)], [Different(edges)])


def equal_ends(edges: list[tuple[int, int]], assignment: np.ndarray) -> int:
    return sum(int(assignment[a]) == int(assignment[b]) for a, b in edges)


@cache
def unsolvable() -> System:
    """Four nodes that are all joined cannot have three colours: at least one edge is violated."""
    return compile_system([(Simplex(3), 4)], [Different(K4)])


def solve_unsolvable(**options):
    return solve(unsolvable(), RULE, options.pop("stepper", STEPPER), runs=4, **options)


def same(first, second) -> bool:
    return (
        first.steps == second.steps
        and first.status == second.status
        and (first.assignment == second.assignment).all()
        and first.runs.to_json() == second.runs.to_json()
    )


# ------------------------------------------------------------------------- problems are solved


def satisfiable_formula() -> list[tuple[int, ...]]:
    """A formula with a planted model, found by exhaustion over seeds."""
    for seed in range(100):
        formula = random_formula(seed)
        for bits in itertools.product((0, 1), repeat=VARIABLES):
            if is_model(formula, np.array(bits)):
                return formula
    raise AssertionError("no satisfiable formula")


@pytest.mark.parametrize(
    ("dynamics", "stepper"),
    [
        (Descent(), AdaptiveEuler(reach=0.2, ceiling=0.5)),
        (Memcomputing(satisfied_force="rigidity"), AdaptiveEuler()),
        (Rectified(), AdaptiveEuler()),
    ],
    ids=["descent", "memcomputing", "rectified"],
)
def test_formulas_are_solved(dynamics, stepper):
    formula = satisfiable_formula()
    result = solve(
        formula_system(formula), dynamics, stepper, runs=RUNS, max_steps=20_000, patience=300
    )
    assert (result.status, result.reason) == (Status.SATISFIED, Reason.SOLVED)
    assert result.satisfied
    assert result.violated == 0
    assert is_model(formula, result.assignment)


@pytest.mark.parametrize(
    ("dynamics", "domain"),
    [(Descent(), Simplex(3)), (Article(), Circle(3)), (RULE, Simplex(3))],
    ids=["descent-simplex", "article-circle", "rectified-simplex"],
)
def test_graphs_are_coloured(dynamics, domain):
    edges = planted_edges(1)
    system = graph_system(edges, domain)
    result = solve(system, dynamics, Euler(dt=0.05), runs=RUNS, max_steps=20_000, patience=2000)
    assert result.status is Status.SATISFIED
    assert equal_ends(edges, result.assignment) == 0
    assert set(result.assignment.tolist()) <= {0, 1, 2}
    assert result.runs.steps[result.runs.satisfied].min() == result.steps


def test_a_complete_solver_confirms_every_answer():
    pysat = pytest.importorskip("pysat.solvers")
    found = {True: 0, False: 0}
    for seed in range(14):
        formula = random_formula(seed)
        with pysat.Solver(bootstrap_with=formula) as solver:
            satisfiable = solver.solve()
        budget = 20_000 if satisfiable else 300
        result = solve(formula_system(formula), RULE, AdaptiveEuler(), runs=RUNS, max_steps=budget)
        found[satisfiable] += 1
        assert result.satisfied == satisfiable
        assert is_model(formula, result.assignment) == satisfiable
        violated = sum(not is_model([clause], result.assignment) for clause in formula)
        assert violated == result.violated
    assert min(found.values()) >= 2, "the sample should hold formulas of both kinds"


def test_a_system_without_clauses_is_satisfied_at_once():
    for dynamics in (Descent(), Article(), RULE):
        result = solve(compile_system([(Simplex(3), 2)], []), dynamics, runs=2)
        assert (result.status, result.steps) == (Status.SATISFIED, 0)
        assert result.assignment.shape == (2,)


def test_a_system_without_variables_is_satisfied_at_once():
    for blocks in ([], [(SIGNED, 0)]):
        result = solve(compile_system(blocks, []), RULE, runs=2)
        assert (result.status, len(result.assignment)) == (Status.SATISFIED, 0)


# -------------------------------------------------------------------------------- determinism


def test_the_same_seed_gives_the_same_answer_and_another_seed_another():
    system = graph_system(planted_edges(2))
    results = [solve(system, RULE, STEPPER, runs=RUNS, seed=seed) for seed in (5, 5, 6)]
    assert same(results[0], results[1])
    assert not same(results[0], results[2])


@pytest.mark.parametrize("seconds", [1e-9, 1e-3, 10.0])
def test_the_length_of_the_calls_does_not_change_an_answer(seconds, monkeypatch):
    # How many steps fit into a call depends on the machine's load; answers must not.
    system = graph_system(planted_edges(2))

    def answers():
        return [
            solve(system, RULE, STEPPER, runs=RUNS, seed=seed, max_steps=400, all_runs=True)
            for seed in range(4)
        ]

    monkeypatch.setattr(solving, "CALL_SECONDS", 0.1)
    expected = answers()
    monkeypatch.setattr(solving, "CALL_SECONDS", seconds)
    for first, second in zip(expected, answers(), strict=True):
        assert same(first, second)


def test_runs_start_at_the_same_place_whatever_the_size_of_the_batch():
    system = graph_system(planted_edges(2))
    four = random_starts(system, 3, np.zeros(4, int), np.ones(4, bool))
    eight = random_starts(system, 3, np.zeros(8, int), np.ones(8, bool))
    np.testing.assert_array_equal(eight[:, :4], four)
    assert len(np.unique(eight[0])) == 8
    again = random_starts(system, 3, np.array([0, 1, 0, 1]), np.array([True, True, False, False]))
    np.testing.assert_array_equal(again[:, 0], four[:, 0])
    assert (again[:, 1] != four[:, 1]).any()


# ------------------------------------------------------------------------------------ budgets


@pytest.mark.parametrize("steps", [0, 1, 137, 1000, 1003])
def test_the_step_budget_is_exact(steps):
    result = solve_unsolvable(max_steps=steps)
    assert (result.status, result.reason) == (Status.UNKNOWN, Reason.STEPS)
    assert result.steps == steps
    assert result.runs.steps.tolist() == [steps] * 4
    assert result.violated == equal_ends(K4, result.assignment) >= 1
    assert not result.runs.satisfied.any()


def test_the_time_limit_ends_a_hopeless_solve():
    result = solve_unsolvable(time_limit=0.3)
    assert (result.status, result.reason) == (Status.UNKNOWN, Reason.TIME)
    assert result.steps > 0
    assert result.times.total >= 0.3
    assert result.violated == equal_ends(K4, result.assignment) == 1


def test_all_runs_go_on_to_their_own_solutions():
    system = graph_system(planted_edges(2))
    first = solve(system, RULE, STEPPER, runs=RUNS, max_steps=20_000)
    every = solve(system, RULE, STEPPER, runs=RUNS, max_steps=20_000, all_runs=True)
    assert every.runs.satisfied.all()
    assert not first.runs.satisfied.all()
    assert first.steps == every.steps == every.runs.steps.min()
    assert len(set(every.runs.steps.tolist())) > 1
    unsolved = first.runs.steps[~first.runs.satisfied]
    assert (unsolved == first.steps).all()


def test_stuck_runs_are_restarted_and_their_best_is_kept():
    result = solve_unsolvable(patience=10, max_steps=200)
    assert (result.runs.restarts > 5).all()
    assert result.runs.violated.tolist() == [1] * 4
    assert result.violated == equal_ends(K4, result.assignment) == 1
    patient = solve_unsolvable(patience=None, max_steps=200)
    assert not patient.runs.restarts.any()


def test_solved_runs_are_not_restarted():
    system = graph_system(planted_edges(2))
    result = solve(
        system, RULE, STEPPER, runs=RUNS, max_steps=20_000, all_runs=True, patience=5, look_every=1
    )
    assert result.runs.satisfied.all()
    assert result.runs.restarts.any()


def test_restarts_rescue_runs_that_are_stuck_for_good():
    # At rate 0 nothing ever moves: only a lucky start can satisfy the triangle.
    system = graph_system([(0, 1), (1, 2), (0, 2)] * (EDGES // 3))
    still = Descent(rate=0.0)
    stuck = solve(system, still, Euler(), runs=RUNS, max_steps=50, patience=None, seed=1)
    rescued = solve(
        system, still, Euler(), runs=RUNS, max_steps=5000, patience=5, seed=1, all_runs=True
    )
    assert not stuck.runs.satisfied.all()
    assert rescued.runs.satisfied.all()
    assert equal_ends([(0, 1), (1, 2), (0, 2)], rescued.assignment) == 0


# --------------------------------------------------------------------------------- non-finite


@pytest.mark.parametrize("dt", [np.nan, np.inf])
@pytest.mark.parametrize("steps", [7, 1000])
def test_states_that_are_not_finite_are_reported_and_never_returned(dt, steps):
    result = solve_unsolvable(stepper=Euler(dt=dt), max_steps=steps)
    assert (result.status, result.reason) == (Status.UNKNOWN, Reason.NON_FINITE)
    assert not result.runs.finite.any()
    # The best assignment is that of a start, which was finite.
    assert 1 <= result.violated == equal_ends(K4, result.assignment) <= 6
    assert set(result.assignment.tolist()) <= {0, 1, 2}


@pytest.mark.parametrize("parameter", ["alpha", "beta", "zeta", "long_limit"])
def test_absurd_parameters_never_make_a_wrong_answer(parameter):
    edges = planted_edges(2)
    system = graph_system(edges)
    rule = Rectified(**{parameter: 1e38})
    result = solve(system, rule, STEPPER, runs=RUNS, max_steps=60, seed=1)
    assert result.violated == equal_ends(edges, result.assignment)
    assert result.satisfied == (result.violated == 0)


def test_only_the_runs_that_are_not_finite_are_restarted():
    rates = jnp.array([0.5, jnp.nan, 0.5, jnp.inf])
    rule = Rectified(alpha=rates)
    result = solve(unsolvable(), rule, STEPPER, runs=4, max_steps=2500, patience=None)
    assert result.runs.restarts[[0, 2]].tolist() == [0, 0]
    assert result.runs.restarts[1] >= 2
    assert result.runs.finite[[0, 2]].all()
    assert result.reason is Reason.STEPS


# --------------------------------------------------------------------------------- components


def test_components_may_be_solved_by_different_runs():
    # Two edges apart and no step taken: sooner or later each run's start satisfies one of them.
    system = compile_system([(Simplex(2), 4)], [Different([[0, 1], [2, 3]])])
    assert system.component_count == 2
    combined = 0
    for seed in range(40):
        result = solve(system, RULE, STEPPER, runs=2, seed=seed, max_steps=0)
        assert result.violated == equal_ends([(0, 1), (2, 3)], result.assignment)
        assert result.satisfied == (result.violated == 0)
        assert result.violated <= result.runs.violated.min()
        if result.satisfied and not result.runs.satisfied.any():
            combined += 1
            assert result.runs.violated.tolist() == [1, 1]
    assert combined >= 3


# ---------------------------------------------------------------------------- no recompilation


def test_problems_of_one_size_class_and_other_parameters_share_one_compilation():
    def run(edges: list[tuple[int, int]], rule: Rectified, stepper: Euler) -> Compiled:
        result = solve(graph_system(edges), rule, stepper, runs=RUNS, max_steps=20)
        return result.compiled

    both = Compiled(hits=2)
    run(planted_edges(1), RULE, STEPPER)
    assert run(planted_edges(2), RULE, STEPPER) == both
    assert run(planted_edges(3)[:-2], RULE, STEPPER) == both
    other = Rectified(alpha=1.5, beta=3.0, decay=0.01)
    assert run(planted_edges(3), other, Euler(dt=0.2)) == both
    before = set(compiled_functions._kept)
    run(planted_edges(3), Rectified(satisfied_force="rigidity"), STEPPER)
    assert len(set(compiled_functions._kept) - before) == 2


# ----------------------------------------------------------------------- progress and interrupt


def test_progress_tells_how_far_the_solve_is():
    seen: list[Progress] = []
    result = solve_unsolvable(max_steps=2000, patience=500, progress=seen.append)
    assert seen[-1].steps == 2000
    assert all(a.steps <= b.steps for a, b in itertools.pairwise(seen))
    assert all(p.runs == 4 and p.solved_runs == 0 for p in seen)
    assert seen[-1].best_violated == 1
    assert 1 <= seen[-1].median_violated <= 6
    assert seen[-1].restarts == result.runs.restarts.sum()
    assert seen[-1].steps_per_second > 0


HOPELESS = """
import odesolve as ode

clique = [(a, b) for a in range(4) for b in range(a)]
system = ode.compile_system([(ode.Simplex(3), 4)], [ode.Different(clique)])
result = ode.solve(
    system, ode.Rectified(), runs=4, progress=lambda p: print("running", flush=True)
)
print(result.status, result.reason, result.violated, len(result.assignment))
"""


@pytest.mark.parametrize(
    "number", [pytest.param(signal.SIGINT, marks=pytest.mark.slow), signal.SIGTERM]
)
def test_an_interrupted_solve_returns_the_best_so_far(number):
    with subprocess.Popen(
        [sys.executable, "-c", HOPELESS], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "running\n"
            process.send_signal(number)
            # It has no budget: without the signal it would never end.
            output, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (errors, process.returncode) == ("", 0)
    assert output.splitlines()[-1] == "unknown interrupted 1 4"


LOST = """
import signal

from odesolve.interrupts import remember_interrupts


class Finalized:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)


remember_interrupts()
Finalized()  # Python ignores the exception
"""


def test_an_interrupt_that_python_loses_ends_the_next_solve():
    process = subprocess.run(
        [sys.executable, "-c", LOST + HOPELESS], capture_output=True, text=True, timeout=60
    )
    assert (process.returncode, process.stderr) == (0, "")
    assert process.stdout.split()[:2] == ["unknown", "interrupted"]


# Within jaxlib's own loading, which makes enumerations, an exception aborts the process.
LOADING = """
import os, signal, sys

def interrupting(frame, event, argument):
    if frame.f_code.co_filename.endswith("enum.py") and "jaxlib.xla_client" in sys.modules:
        sys.setprofile(None)
        os.kill(os.getpid(), signal.SIGINT)

from odesolve.cli.main import main
sys.argv = ["odesolve", "tune", "easy.cnf", "--trials", "2"]
sys.setprofile(interrupting)
main()
"""


def test_an_interrupt_while_jax_is_loaded_aborts_nothing(tmp_path):
    (tmp_path / "easy.cnf").write_text("p cnf 3 2\n1 2 3 0\n-1 -2 -3 0\n")
    process = subprocess.run(
        [sys.executable, "-c", LOADING], capture_output=True, text=True, timeout=60, cwd=tmp_path
    )
    assert process.returncode == 130, process.stderr
    assert "Traceback" not in process.stderr


def test_the_callers_own_handler_is_left_alone():
    def own(number, frame):
        raise AssertionError

    before = signal.signal(signal.SIGINT, own)
    try:
        solve_unsolvable(max_steps=5)
        assert signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, before)
    solve_unsolvable(max_steps=5)
    assert signal.getsignal(signal.SIGINT) is before


# --------------------------------------------------------------------------- results and options


def test_a_result_is_plain_json():
    result = solve_unsolvable(max_steps=10, seed=3)
    found = json.loads(json.dumps(result.to_json(statistics=True), allow_nan=False))
    assert found.keys() == {
        "status",
        "reason",
        "runs",
        "steps",
        "violated",
        "time",
        "compiled",
        "seed",
        "dynamics",
        "preset",
        "parameters",
        "device",
        "kernels",
    }
    assert found["time"].keys() == {"presolve", "compile", "solve", "total"}
    assert (found["status"], found["reason"], found["seed"]) == ("unknown", "steps", 3)
    assert found["runs"]["total"] == 4
    assert found["runs"]["table"]["steps"] == [10] * 4
    assert found["dynamics"] == "rectified"
    assert found["parameters"]["stepper"] == "euler"
    assert found["parameters"]["dt"] == 0.1
    assert found["parameters"]["alpha"] == RULE.alpha
    assert result.to_json()["runs"] == {"total": 4, "satisfied": 0}


def test_per_run_parameters_are_reported_as_lists():
    steps = Euler(dt=jnp.array([0.25, 0.5, 0.25, 0.5]))
    result = solve(unsolvable(), RULE, steps, runs=4, max_steps=2)
    assert result.parameters["dt"] == [0.25, 0.5]


def table(satisfied, steps, violated) -> RunTable:
    count = len(satisfied)
    return RunTable(
        satisfied=np.array(satisfied, bool),
        steps=np.array(steps, int),
        violated=np.array(violated, int),
        restarts=np.arange(count),
        finite=np.ones(count, bool),
    )


def test_the_statistics_of_runs():
    runs = table([1, 1, 0, 1, 1, 1], [10, 20, 99, 30, 40, 50], [0, 0, 5, 0, 0, 0])
    found = runs.statistics()
    assert found["solved_fraction"] == pytest.approx(5 / 6)
    assert found["steps_quantiles"] == {"0.1": 14, "0.25": 20, "0.5": 30, "0.75": 40, "0.9": 46}
    assert found["violated_quantiles"]["0.9"] == 2.5
    assert found["restarts"] == 15
    assert len(runs) == 6
    assert table([0], [7], [1]).statistics()["steps_quantiles"] == {}
    assert table([], [], []).statistics()["solved_fraction"] == 0
    assert runs.to_json()["satisfied"] == [True, True, False, True, True, True]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"runs": 0}, "runs must be at least 1, got 0"),
        ({"seed": -1}, "seed must be at least 0, got -1"),
        ({"max_steps": -5}, "max_steps must be at least 0, got -5"),
        ({"look_every": 0}, "look_every must be at least 1, got 0"),
        ({"patience": 0}, "patience must be at least 1, got 0"),
        ({"time_limit": -0.5}, "time_limit must not be negative"),
        ({"time_limit": float("nan")}, "time_limit must not be negative, got nan"),
    ],
)
def test_options_out_of_range_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Options(**changes)
    with pytest.raises(ValueError, match=message):
        solve(unsolvable(), RULE, **changes)


def test_options_given_by_keyword_override_the_others():
    result = solve(unsolvable(), RULE, STEPPER, Options(runs=4, max_steps=500, seed=2), max_steps=3)
    assert (result.steps, result.seed, len(result.runs)) == (3, 2, 4)
    with pytest.raises(ValueError, match="no option 'max_step'"):
        solve(unsolvable(), RULE, max_step=3)


def test_the_default_number_of_runs_falls_with_the_size():
    def of(clauses: int) -> int:
        scopes = np.column_stack([np.zeros(clauses, int), np.arange(1, clauses + 1)])
        return default_runs(compile_system([(Simplex(3), clauses + 1)], [Different(scopes)]))

    counts = [of(clauses) for clauses in (1, 1000, 100_000)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1] >= 4
    assert default_runs(compile_system([], [])) == counts[0]
