"""Time limits: everything asks one clock, and what is known when it is over is the answer.

Nothing here measures time: clocks are made to be over, or to go by a tick whenever they are asked.
"""

from __future__ import annotations

import itertools
import json
import math
import os
import signal
import subprocess
import sys
import threading

import networkx
import numpy as np
import pytest

import odesolve as ode
from odesolve.budget import UNLIMITED, Budget, OutOfTime
from odesolve.cli import clock
from odesolve.cli.main import run
from odesolve.interrupts import forget_interrupts, remember_interrupts
from odesolve.options import begun_now
from odesolve.potentials.relations.implicates import clause_arrays
from odesolve.potentials.relations.presolve import simplify
from odesolve.presets.method import Method
from odesolve.problems.arithmetic.multiplication import MULTIPLIERS
from odesolve.problems.coloring.greedy import greedy_colors
from odesolve.problems.coloring.presolve import Reduced
from odesolve.problems.coloring.proofs import find_clique
from odesolve.problems.coloring.removal import removable
from odesolve.problems.coloring.search import color_with
from odesolve.problems.factoring.split_system import factors_by_presolve
from odesolve.problems.formulas.formula import LiteralRows
from odesolve.problems.graphs.from_objects import graph_from
from odesolve.problems.graphs.neighbours import Neighbours
from odesolve.problems.relations.circuit import Circuit
from odesolve.problems.satisfiability.first_guess import likely_truth
from odesolve.results import Reason, Status
from odesolve.watching import GivenUp, is_anything_left, together, watched

OVER = Budget(0.0)


def ticking(limit: float) -> Budget:
    """A budget whose clock goes on by a second whenever it is asked."""
    ticks = itertools.count()
    return Budget.of(limit, clock=lambda: float(next(ticks)))


# ------------------------------------------------------------------------------------- the budget


@pytest.mark.parametrize(("change", "left"), [
    (lambda own: own, 7.0),
    (lambda own: Budget.of(own), 7.0),
    (lambda own: own.first(0.5), 2.0),
    (lambda own: own.first(0.1), 0.0),
    (lambda own: own.at_most(4.0), 4.0),
    (lambda own: own.at_most(8.0), 7.0),
    (lambda own: own.at_least(4.0), 7.0),
    (lambda own: own.at_least(8.0), 8.0),
    (lambda own: own.first(0.1).at_least(0.5), 0.5),
])  # fmt: skip
def test_what_is_left_of_ten_seconds_after_three(change, left):
    now = [100.0]
    own = Budget.of(10.0, clock=lambda: now[0])
    now[0] = 103.0
    assert own.spent() == 3.0
    changed = change(own)
    assert changed.left() == pytest.approx(left)
    assert changed.is_over() == (left == 0.0)


def test_no_limit_is_never_over():
    for own in (UNLIMITED, Budget.of(None), Budget.of(math.inf), UNLIMITED.first(0.1)):
        own.check()
        assert (own.is_limited, own.left()) == (False, math.inf)
    assert UNLIMITED.at_most(5.0).is_limited


def test_a_budget_that_is_over_raises_when_it_is_asked():
    own = ticking(3.0)
    own.check()
    own.check()
    with pytest.raises(OutOfTime):
        own.check()


@pytest.mark.parametrize("limit", ["soon", -1.0, float("nan"), [1]])
def test_what_is_no_limit_does_not_begin(limit):
    assert begun_now({"time_limit": limit, "runs": 2}) == {"time_limit": limit, "runs": 2}
    with pytest.raises(ValueError, match="time_limit must"):
        ode.Options(time_limit=limit)


def test_a_limit_begins_once():
    begun = begun_now({"time_limit": 5})
    assert isinstance(begun["time_limit"], Budget)
    assert begun_now(begun) == begun
    assert ode.Options(**begun).budget() is begun["time_limit"]
    assert begun_now({"time_limit": None}) == {"time_limit": None}


def test_the_limit_of_a_command_begins_before_it_is_parsed():
    clock.begin()
    first = clock.budget_of(10.0)
    assert clock.budget_of(10.0) == first
    assert first.spent() > 0
    clock.begin(since_process_start=True)
    assert clock.budget_of(10.0).began < first.began + 1.0
    assert not clock.budget_of(math.inf).is_limited


# ------------------------------------------------------------------------------------ the watcher


def test_what_is_watched_runs_in_another_thread_unless_nothing_could_end_it():
    assert watched(threading.current_thread, UNLIMITED) is threading.current_thread()
    assert watched(threading.current_thread, Budget.of(60)) is not threading.current_thread()
    with pytest.raises(ZeroDivisionError):
        watched(lambda: 1 // 0, Budget.of(60))
    assert not is_anything_left()


def test_nothing_is_begun_when_the_time_is_up():
    with pytest.raises(OutOfTime):
        watched(lambda: pytest.fail("begun"), OVER)


@pytest.mark.parametrize(("budget", "give_up", "error"), [
    (ticking(3.0), None, OutOfTime), (UNLIMITED, lambda: True, GivenUp),
])  # fmt: skip
def test_what_is_given_up_goes_on_and_is_known_to(budget, give_up, error):
    waiting, done = threading.Event(), threading.Event()

    def work():
        waiting.wait()
        done.set()

    with pytest.raises(error):
        watched(work, budget, give_up)
    assert is_anything_left()
    waiting.set()
    assert done.wait(60)


def test_the_thread_has_the_settings_of_whoever_waits():
    import jax

    def settings():
        return jax.config.jax_default_device, jax.config.jax_numpy_dtype_promotion

    outside = settings()
    with jax.default_device(jax.devices("cpu")[0]), jax.numpy_dtype_promotion("strict"):
        assert watched(settings, Budget.of(60)) == settings() != outside
    assert watched(settings, Budget.of(60)) == outside


# --------------------------------------------------------------------------------- what is stopped


def multiplier(check=None) -> Circuit:
    circuit = Circuit(check)
    MULTIPLIERS["array"](circuit, circuit.bits(6), circuit.bits(6))
    return circuit


STOPPED = {
    "a circuit": lambda check: multiplier(check),
    "presolve of relations": lambda check: simplify(multiplier().relations, {}, 200, check),
    "clauses of relations": lambda check: clause_arrays(multiplier().relations, "prime", check),
    "presolve of a split": lambda check: factors_by_presolve(1022117, check),
}


@pytest.mark.parametrize("name", STOPPED)
def test_building_stops_when_the_time_is_up(name):
    with pytest.raises(OutOfTime):
        STOPPED[name](OVER.check)
    with pytest.raises(OutOfTime):
        STOPPED[name](ticking(4.0).check)
    STOPPED[name](UNLIMITED.check)


COMPLETE = np.array(list(itertools.combinations(range(6), 2)), np.int32)


def test_optional_presolve_of_graphs_ends_with_what_it_has():
    around = Neighbours.from_edges(6, COMPLETE)
    assert find_clique(around, 5, OVER) is None
    assert len(find_clique(around, 5)) == 5
    # A cycle of four with two colours: only by domination, which is not looked for.
    cycle = np.array([[0, 1], [1, 2], [2, 3], [0, 3]], np.int32)
    assert len(removable(4, cycle, 2, {}, OVER)) == 0
    assert len(removable(4, cycle, 2, {})) == 4


def test_a_solve_without_time_integrates_nothing():
    system = ode.compile_system([(ode.Simplex(3), 4)], [ode.Different([[0, 1], [1, 2]])])
    for limit in (0, OVER, ticking(2.0)):
        result = ode.solve(system, ode.Rectified(), runs=4, time_limit=limit)
        assert (result.status, result.reason) == (Status.UNKNOWN, Reason.TIME)
        assert (result.dynamics_ran, result.steps, len(result.assignment)) == (False, 0, 0)
        document = json.loads(json.dumps(result.to_json(statistics=True), allow_nan=False))
        assert (document["dynamics"], document["runs"]["total"]) == ("rectified", 0)


def test_an_interrupt_while_compiling_ends_the_solve_and_not_the_next_one():
    # Sizes that no other test has: it must be compiled.
    system = ode.compile_system([(ode.Simplex(3), 7)], [ode.Different([[0, 1], [1, 5], [5, 6]])])

    def press() -> bool:
        signal.raise_signal(signal.SIGINT)
        return False

    result = ode.solve(system, ode.Rectified(), runs=3, max_steps=5, stop=press)
    assert result.reason is Reason.INTERRUPTED
    again = ode.solve(system, ode.Rectified(), runs=3, max_steps=5000)
    assert again.satisfied


# ---------------------------------------------------------------------- what counts all the same


@pytest.mark.parametrize(("number", "text"), [
    (15, "15 = 3 x 5"), (143, "143 = 11 x 13"), (1000, "1000 = 2^3 x 5^3"),
    (1001, "1001 = 7 x 11 x 13"), (997, "997 = 997"), (1, "1 = 1"),
])  # fmt: skip
def test_small_numbers_are_factored_by_presolve_without_time(number, text):
    result = ode.factor(number, time_limit=0)
    assert str(result) == text
    assert (result.status, result.reason) == (Status.SATISFIED, Reason.SOLVED)
    assert not any(record.integrated for record in result.splits)
    assert all("by presolve" in record.summary() for record in result.splits)


def test_without_presolve_nothing_counts():
    result = ode.factor(143, time_limit=0, presolve=False)
    assert (result.status, result.reason, result.unsplit) == ("unknown", "time", [143])


@pytest.mark.parametrize(("query", "status"), [
    ((13, 11, None), Status.SATISFIED), ((None, 11, 143), Status.SATISFIED),
    ((None, 11, 144), Status.INFEASIBLE), ((None, None, 1022117), Status.UNKNOWN),
])  # fmt: skip
def test_what_presolve_decides_of_a_product_needs_no_time(query, status):
    result = ode.multiply(*query, time_limit=0)
    assert result.status is status
    assert status is not Status.UNKNOWN or result.run.reason is Reason.TIME
    assert all(found["a"] * found["b"] == found["product"] for found in result.solutions)


FORMULAS = {
    "units": ([[1], [-1, 2], [-2, 3]], Status.SATISFIED),
    "contradiction": ([[1], [-1, 2], [-2, -1]], Status.INFEASIBLE),
    "guessed": ([[1, 2, 3], [1, -2, 4], [1, -3, -4], [-1, 2, 4]], Status.SATISFIED),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_what_needs_no_dynamics_needs_no_time(name):
    clauses, status = FORMULAS[name]
    result = ode.sat(clauses, time_limit=0)
    assert (result.status, result.run.dynamics_ran) == (status, False)
    if status is Status.SATISFIED:
        assert all(any(literal in result.model for literal in row) for row in clauses)


def test_a_first_guess_follows_the_hint_and_then_the_clauses():
    formula = ode.Formula(4, LiteralRows.of([[1, 2], [1, -3], [-3, -2], [-2]]))
    assert likely_truth(formula).tolist() == [True, False, False, False]
    hint = np.array([-1, 0, 1, 0])
    assert likely_truth(formula, hint).tolist() == [False, False, True, False]


@pytest.mark.parametrize("colors", [2, 5, 6, 7])
def test_greedy_colours_keep_fixed_ones_and_use_what_there_is(colors):
    reduced = Reduced(np.arange(6), COMPLETE, {2: 1}, np.zeros(0, np.int64))
    found = greedy_colors(reduced, colors, UNLIMITED)
    assert found[2] == 1
    assert set(found.tolist()) == set(range(min(colors, 6)))
    assert greedy_colors(reduced, colors, OVER).tolist() == [0, 0, 1, 0, 0, 0]


def test_a_first_guess_that_is_proper_is_an_answer():
    cycle = [(i, (i + 1) % 9) for i in range(9)] + [(i, (i + 3) % 9) for i in range(9)]
    result = ode.color(cycle, 4, time_limit=0, presolve=False)
    assert (result.status, result.run.reason) == (Status.SATISFIED, Reason.SOLVED)
    assert all(result.coloring[a] != result.coloring[b] for a, b in cycle)


def test_nodes_that_are_all_fixed_need_no_presolve():
    cycle = [(i, (i + 1) % 4) for i in range(4)]
    right = ode.color(cycle, 3, precoloring={0: 0, 1: 1, 2: 0, 3: 2}, time_limit=0)
    assert (right.status, right.run.reason) == (Status.SATISFIED, Reason.SOLVED)
    # Presolve is not begun: what is handed over has been interrupted already.
    whole = graph_from(cycle)
    for fixed, status in (({0: 0, 1: 1, 2: 0, 3: 2}, "satisfied"), ({0: 0, 1: 0}, "infeasible")):
        given = {"time_limit": Budget(0.0).until(lambda: True)}
        result = color_with(
            whole, 3, fixed, np.full(4, -1), given,
            encoding="simplex", method=Method(), presolve=True, progress=None,
        )  # fmt: skip
        assert result.status == status


@pytest.fixture
def interrupted():
    """As if Ctrl-C had been pressed before the solve listens."""
    remember_interrupts()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    yield
    forget_interrupts()


@pytest.mark.parametrize("limit", [None, 60])
@pytest.mark.usefixtures("interrupted")
def test_an_interrupt_of_presolve_gives_what_a_limit_gives(limit):
    clauses = [[1, 2, 3], [1, -2, 4], [1, -3, -4], [-1, 2, 4]]
    guessed = ode.sat(clauses, time_limit=limit)
    assert (guessed.status, guessed.run.reason) == (Status.SATISFIED, Reason.SOLVED)
    pairs = [[a, b] for a in (1, -1) for b in (2, -2)]
    wrong = ode.sat(pairs, time_limit=limit)
    assert (wrong.status, wrong.run.reason) == (Status.UNKNOWN, Reason.INTERRUPTED)
    assert (len(wrong.model), wrong.violated) == (2, 1)
    petersen = networkx.petersen_graph()
    for colors, status in ((4, Status.SATISFIED), (2, Status.UNKNOWN)):
        result = ode.color(petersen, colors, time_limit=limit)
        assert (result.status, result.run.dynamics_ran) == (status, False)
        assert len(result.coloring) == 10
    assert result.run.reason is Reason.INTERRUPTED


# --------------------------------------------------------------------------------------- commands

UNREAD = {
    "sat": ((), 0, "s UNKNOWN"),
    "color": ((), 1, "unknown: the time limit is reached before the file is read"),
    "tune": ((), 1, "not compared with the default"),
}


@pytest.mark.parametrize(
    "command", ["color", *(pytest.param(c, marks=pytest.mark.slow) for c in ("sat", "tune"))]
)
def test_what_cannot_be_read_in_time_is_unknown_and_delays_no_exit(command, tmp_path):
    options, code, text = UNREAD[command]
    path = tmp_path / "never.cnf"
    os.mkfifo(path)  # whoever opens it waits for a writer that never comes
    line = [sys.executable, "-m", "odesolve.cli.main", command, str(path), "--time-limit", "0"]
    for more in ((), ("--json",)):
        done = subprocess.run(
            [*line, *options, *more], capture_output=True, text=True, timeout=120, check=False
        )
        assert (done.returncode, "Traceback" in done.stderr) == (code, False)
        if not more:
            assert text in done.stdout
            continue
        found = json.loads(done.stdout)
        assert found["reason"] == "time"
        assert found.get("solution") is None


def test_a_factorization_without_time_is_solved_on_the_command_line(capsys):
    assert run(["factor", "143", "--time-limit", "0", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["solution"] == {"factors": [[11, 1], [13, 1]]}
    assert found["splits"][0]["integrated"] is False


def test_no_time_loads_no_jax(tmp_path):
    (tmp_path / "f.cnf").write_text("p cnf 3 2\n1 2 3 0\n-1 -2 -3 0\n", encoding="utf-8")
    ask = (
        "import sys; from odesolve.cli.main import run\n"
        "run(['factor', '143', '--time-limit', '0', '-q'])\n"
        "run(['sat', 'f.cnf', '--time-limit', '0', '-q'])\n"
        "print('jax' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, cwd=tmp_path, timeout=120,
        check=True,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "False"


def test_work_that_is_done_together_waits_for_nothing_but_its_end():
    meeting = threading.Barrier(3, timeout=60)
    threads = []

    def met():
        meeting.wait()
        threads.append(threading.current_thread())

    def here():
        meeting.wait()
        return threading.current_thread()

    # Each waits for the others: one after another they would never end.
    assert together([met, met], here) is threading.current_thread()
    assert len({*threads, threading.current_thread()}) == 3
    assert together([], lambda: 7) == 7


@pytest.mark.parametrize("which", ["one", "meanwhile", "both"])
def test_work_that_is_done_together_ends_before_an_error_is_told(which):
    ended = []

    def failing(name):
        if which in (name, "both"):
            raise OutOfTime(name)
        ended.append(name)

    with pytest.raises(OutOfTime, match="meanwhile" if which == "both" else which):
        together(
            [lambda: failing("one"), lambda: ended.append("other")], lambda: failing("meanwhile")
        )
    assert "other" in ended
