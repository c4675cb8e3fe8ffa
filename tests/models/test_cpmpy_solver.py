"""odesolve behind CPMpy's interface of solvers: statuses, values, all solutions, options."""

from __future__ import annotations

from math import prod

import pytest

pytest.importorskip("cpmpy")

import cpmpy as cp
from cpmpy.solvers.solver_interface import ExitStatus
from models.cpmpy_samples import BOOLEAN

import odesolve.cpmpy
from odesolve.problems.errors import InputError

QUICK = {"solver": "odesolve", "seed": 0}


def variables():
    return cp.intvar(0, 4, name="x"), cp.intvar(0, 4, name="y"), cp.boolvar(name="b")


def test_cpmpy_finds_the_solver_by_its_name():
    assert cp.SolverLookup.lookup("odesolve") is odesolve.cpmpy.CPM_odesolve
    assert cp.SolverLookup.lookup() is not odesolve.cpmpy.CPM_odesolve
    assert "odesolve" in cp.SolverLookup.supported()
    versions = {entry["name"]: entry["version"] for entry in cp.SolverLookup.version()}
    assert versions["odesolve"].count(".") >= 1


def test_a_solution():
    x, y, b = variables()
    model = cp.Model(x * y == 6, x < y, b == (x + y > 4))
    assert model.solve(**QUICK)
    assert (x.value(), y.value(), b.value()) == (2, 3, True)
    assert model.status().exitstatus is ExitStatus.FEASIBLE
    assert model.objective_value() is None


def test_an_optimum():
    x, y, b = variables()
    model = cp.Model(x + y <= 5, maximize=2 * x + y - 3 * b + 1)
    assert model.solve(**QUICK)
    assert model.status().exitstatus is ExitStatus.OPTIMAL
    assert model.objective_value() == 10
    solver = cp.SolverLookup.get("odesolve", cp.Model(x + y >= 3))
    solver.minimize(cp.max([x, y]))
    assert solver.solve(seed=0)
    assert solver.objective_value() == 2
    assert solver.has_objective()


def test_no_solution():
    x, y, _ = variables()
    x._value = 1
    model = cp.Model(x + y == 9)
    assert not model.solve(**QUICK)
    assert model.status().exitstatus is ExitStatus.UNSATISFIABLE
    assert x.value() is None


def test_variables_in_no_constraint_have_values():
    x, _, b = variables()
    solver = odesolve.cpmpy.CPM_odesolve()
    solver += b | (x >= 0)
    assert solver.solve(seed=0)
    assert x.value() in range(5)
    assert isinstance(b.value(), bool)


def test_assumptions_hold_for_one_call():
    x, y, b = variables()
    solver = cp.SolverLookup.get("odesolve", cp.Model(b.implies(x > 3), (~b).implies(y > 3)))
    solver += x + y <= 3
    assert not solver.solve(seed=0)
    solver = cp.SolverLookup.get("odesolve", cp.Model(b.implies(x > 3)))
    assert solver.solve(assumptions=[b], seed=0)
    assert x.value() == 4
    solver += x < 2
    assert not solver.solve(assumptions=[b], seed=0)
    assert solver.get_core() == [b]
    assert solver.solve(assumptions=[~b], seed=0)
    with pytest.raises(InputError, match="nothing to explain"):
        solver.get_core()
    assert solver.solve(seed=0)


def test_all_solutions_and_some(capsys):
    x, y, _ = variables()
    model = cp.Model(x + y == 4)
    assert model.solveAll(**QUICK, display=[x, y]) == 5
    assert model.status().exitstatus is ExitStatus.OPTIMAL
    assert sorted(capsys.readouterr().out.split("\n"))[1:] == [f"[{i}, {4 - i}]" for i in range(5)]
    seen = []
    assert model.solveAll(**QUICK, solution_limit=2, display=lambda: seen.append(x.value())) == 2
    assert len(set(seen)) == 2
    assert model.status().exitstatus is ExitStatus.FEASIBLE
    assert cp.Model(x > y, y > x).solveAll(**QUICK) == 0


def test_all_of_the_best_solutions():
    x, y, _ = variables()
    model = cp.Model(x != y, maximize=x + y)
    assert model.solveAll(**QUICK) == 2
    assert model.status().exitstatus is ExitStatus.OPTIMAL
    assert {x.value(), y.value()} == {3, 4}


def test_solutions_that_differ_in_what_was_made_are_one():
    x, y, _ = variables()
    # The remainder and the quotient are variables that CPMpy makes.
    model = cp.Model((x // 2 + y % 3 == 1) | (x == 4))
    right = {
        (i, j) for i in range(5) for j in range(5) if i // 2 + j % 3 == 1 or i == 4
    }  # fmt: skip
    assert model.solveAll(**QUICK) == len(right)


def test_hints_are_by_variable():
    x, y, b = variables()
    solver = cp.SolverLookup.get("odesolve", cp.Model(x + y == 4))
    solver.solution_hint([x, [y, b]], [1, [3, True]])
    assert solver.solve(seed=0)
    solver.solution_hint([], [])
    with pytest.raises(InputError, match="1 values for 2 variables"):
        solver.solution_hint([x, y], [1])


def test_display_shows_better_solutions():
    x, y, _ = variables()
    model = cp.Model(x + y <= 3, maximize=x + 2 * y)
    seen = []
    assert model.solve(**QUICK, display=lambda: seen.append(x.value() + 2 * y.value()))
    assert seen == sorted(set(seen))
    assert seen[-1] == 6


@pytest.mark.parametrize("prove", ["beside", None, "none"])
def test_the_prover_may_be_left_out(prove):
    x, y, _ = variables()
    assert cp.Model(x * y == 12, x < y).solve(**QUICK, prove=prove)
    assert (x.value(), y.value()) == (3, 4)


def test_wrong_options_are_refused():
    x, _, _ = variables()
    with pytest.raises(InputError, match="subsolver"):
        cp.Model(x > 2).solve(solver="odesolve:fast")


@pytest.mark.parametrize("name", list(BOOLEAN)[::2])
def test_the_same_verdict_as_cp_sat(name):
    expression = BOOLEAN[name]
    for expression in (BOOLEAN[name], ~BOOLEAN[name]):
        solver = cp.SolverLookup.get("odesolve", cp.Model(expression))
        if prod(variable.values.size for variable in solver.native_model.variables) > 20_000:
            continue
        assert solver.solve(seed=0) == cp.Model(expression).solve(solver="ortools")
        if solver.status().exitstatus is ExitStatus.FEASIBLE:
            assert solver.solve(seed=0)
            assert expression.value()
