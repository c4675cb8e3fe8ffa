"""``Model.solve``: what it is given, what it says, and that every answer is one."""

from __future__ import annotations

import itertools
import subprocess
import sys

import numpy as np
import pytest

import odesolve as ode
from odesolve.results import Reason

kinds = ode.constraints


def queens(n):
    """Queens on a board, by their columns."""
    model = ode.Model()
    columns = [model.integer(f"q{row}", 0, n - 1) for row in range(n)]
    for a, b in itertools.combinations(range(n), 2):
        for slope in (-1, 0, 1):
            numbers = [1, -1], [columns[a], columns[b]], "!=", slope * (b - a)
            model.add(kinds.Sum(*numbers))
    return model


def knapsack():
    """Ten things of which some are taken: 2^10 choices, small enough to be tried."""
    model = ode.Model()
    taken = [model.boolean(f"t{k}") for k in range(10)]
    weights = [3, 5, 7, 9, 4, 6, 8, 2, 5, 7]
    model.add(kinds.Sum(weights, taken, "<=", 20))
    model.maximize([(w + k % 3, t) for k, (w, t) in enumerate(zip(weights, taken, strict=True))])
    return model


def small(comparison="==", bound=3):
    model = ode.Model()
    terms = [model.integer(name, 0, 3) for name in "xyz"]
    model.add(kinds.Sum([1, 1, 1], terms, comparison, bound))
    return model


# -------------------------------------------------------------------------------- without dynamics


def test_all_solutions_are_complete():
    result = small().solve(solutions=None)
    assert (result.status, result.found_by, result.complete) == ("satisfied", "presolve", True)
    points = {tuple(solution.values()) for solution in result.solutions}
    assert points == {p for p in itertools.product(range(4), repeat=3) if sum(p) == 3}
    assert result.values == result.solutions[0]
    assert result.run.steps == 0


@pytest.mark.parametrize("count", [1, 2, 5])
def test_as_many_solutions_as_asked_for(count):
    result = small().solve(solutions=count)
    assert len(result.solutions) == count
    assert not result.complete
    assert len({tuple(solution.values()) for solution in result.solutions}) == count


def test_more_solutions_than_there_are():
    result = small(bound=0).solve(solutions=7)
    assert result.solutions == ({"x": 0, "y": 0, "z": 0},)
    assert result.complete


def test_infeasible_by_trying():
    model = ode.Model()
    terms = [model.integer(name, 0, 1) for name in "xyz"]
    for pair in ([0, 1], [1, 2], [2, 0]):  # an odd cycle, of which no edge says anything alone
        model.add(kinds.Sum([1, -1], [terms[k] for k in pair], "!=", 0))
    result = model.solve()
    assert (result.status, result.run.reason) == ("infeasible", Reason.PROVED)
    assert result.proof == "no assignment satisfies every constraint"
    assert (result.values, result.solutions, result.complete) == ({}, (), True)
    assert result.to_json()["solution"] is None


@pytest.mark.parametrize("sense", ["minimize", "maximize"])
def test_the_best_objective(sense):
    model = small("<=", 5)
    x, y, z = model.variables
    getattr(model, sense)([(2, x), (-1, y), (3, z), (4, 1)], constant=-2)
    result = model.solve()
    values = [2 * a - b + 3 * c + 2 for a, b, c in itertools.product(range(4), repeat=3)
              if a + b + c <= 5]  # fmt: skip
    best = min(values) if sense == "minimize" else max(values)
    assert (result.objective, result.bound, result.optimal) == (best, best, True)
    assert result.history[-1].objective == best
    steps = [found.objective for found in result.history]
    assert steps == sorted(set(steps), reverse=sense == "minimize")


def test_a_target_is_enough():
    told = []
    result = knapsack().solve(target=12, improved=told.append)
    assert result.objective >= 12
    assert not result.optimal
    assert [found.objective for found in told] == [f.objective for f in result.history]
    assert told[-1].values == result.values
    assert all(found.objective < 12 for found in told[:-1])
    assert knapsack().solve().optimal


def test_an_empty_model_has_one_solution():
    result = ode.Model().solve(solutions=None)
    assert (result.satisfied, result.solutions, result.complete) == (True, ({},), True)


def test_variables_without_constraints():
    model = ode.Model()
    x = model.integer("x", values=[3, 8, 5])
    assert model.solve(solutions=None).solutions == ({"x": 3}, {"x": 5}, {"x": 8})
    model.maximize([(-1, x)])
    assert model.solve().values == {"x": 3}


def test_without_time_nothing_is_said():
    result = queens(8).solve(time_limit=0)
    assert (result.status, result.run.reason) == ("unknown", "time")
    assert (result.values, result.proof) == ({}, "")


def test_models_that_presolve_decides_load_no_jax():
    code = (
        "import sys; sys.path[:0] = ['tests', 'tests/models']\n"
        "import test_solve\n"
        "assert test_solve.small().solve(solutions=None).complete\n"
        "assert 'jax' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# ----------------------------------------------------------------------------------- the dynamics


def decoded(trajectory):
    """What the recorded variables were at last, in the first of the recorded runs."""
    last = {name: trajectory.shares(name)[-1, :, 0].argmax() for name in trajectory.names}
    places = zip(last.items(), trajectory.values, strict=True)
    return {name: int(values[place]) for (name, place), values in places}


def test_the_dynamics_find_queens_and_more_of_them():
    model, recorder = queens(8), ode.Recorder(runs=1, cells=64)
    result = model.solve(seed=1, solutions=2, max_steps=20_000, recorder=recorder)
    assert (result.status, result.found_by) == ("satisfied", "dynamics")
    assert len(result.solutions) == 2
    assert not result.complete
    assert result.run.preset == "model-shares"
    for solution in result.solutions:
        assert model.violated({v: solution[v.name] for v in model.variables}) == []
    assert result.solutions[0] != result.solutions[1]
    trajectory = recorder.trajectory()
    assert trajectory.names == tuple(f"q{row}" for row in range(8))
    found = decoded(trajectory)
    assert model.violated({v: found[v.name] for v in model.variables}) == []
    again = model.solve(seed=1, max_steps=20_000, hint=result.values)
    assert again.satisfied
    assert again.run.steps <= result.run.steps


def test_the_dynamics_improve_under_a_falling_bound():
    """An order of eight things: too many assignments to be tried."""
    model = ode.Model()
    places = [model.integer(f"p{k}", 0, 7) for k in range(8)]
    model.add(kinds.AllDifferent(places))
    model.add(kinds.Sum([1, -1], places[:2], "<=", -1))
    model.minimize([(k % 4 - 1, place) for k, place in enumerate(places)])
    told = []
    recorder = ode.Recorder(runs=1, cells=64)
    result = model.solve(seed=0, max_steps=400, improved=told.append, recorder=recorder)
    assert result.satisfied
    assert not result.optimal
    assert result.bound is None
    assert model.violated({v: result.values[v.name] for v in model.variables}) == []
    objective = model.objective.value({v: result.values[v.name] for v in model.variables})
    assert result.objective == objective == told[-1].objective
    steps = [found.objective for found in told]
    assert steps == sorted(set(steps), reverse=True)
    assert result.run.steps <= 400
    trajectory = recorder.trajectory()  # of the batch that found the best
    assert (np.diff(trajectory.steps) > 0).all()
    found = decoded(trajectory)
    assert set(found) == set(result.values)
    assert model.violated({v: found[v.name] for v in model.variables}) == []


def test_what_was_best_is_given_where_nothing_was_found():
    result = queens(8).solve(seed=0, max_steps=0)
    assert (result.status, result.run.reason) == ("unknown", "steps")
    assert result.values == {}
    assert set(result.best_effort) == {f"q{row}" for row in range(8)}
    assert result.violated > 0


# ------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"hint": {"w": 1}}, r"hint: no variable 'w'; expected names of variables"),
        ({"hint": {"x": 1.5}}, r"hint: .*; expected an integer"),
        ({"hint": {"x": True}}, r"hint: .*; expected an integer"),
        ({"hint": 5}, r"hint: .*; expected names and integers"),
        ({"target": 4}, r"target: the model has no objective; expected minimize or maximize"),
        ({"solutions": 0}, r"solutions: .*; expected an integer of at least 1"),
        ({"solutions": "2"}, r"solutions: .*; expected an integer"),
        ({"prove": "after"}, r"prove: .*; expected"),
        ({"presolve": "no"}, r"presolve: .*; expected True or False"),
        ({"improved": 3}, r"improved: .*; expected"),
        ({"progress": 3}, r"progress: .*; expected"),
        ({"recorder": 3}, r"recorder: .*; expected"),
        ({"time_limit": -1}, r"time_limit"),
        ({"seed": -1}, r"seed"),
        ({"preset": "mine"}, r"mine"),
        ({"dynamics": "magic"}, r"magic"),
        ({"unheard": 1}, r"unheard"),
    ],
)
def test_bad_arguments_are_refused_in_one_line(given, said):
    with pytest.raises(ode.InputError, match=said) as caught:
        small().solve(**given)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (lambda m: m.integer("x", 0, 1), "variable 'x': its name is taken"),
        (lambda m: m.integer("w"), "variable w: no values"),
        (lambda m: m.integer("w", 3, 2), "variable w: it has no values"),
        (lambda m: m.integer("w", values=[]), "variable w: it has no values"),
        (lambda m: m.integer("w", 0, 2**62 + 1), "a value beyond 2.62"),
        (lambda m: m.integer("w", 0, 1.5), "expected an integer"),
        (lambda m: m.add(3), "a value of type int; expected an ode.constraints one"),
        (lambda m: m.add([3]), "a value of type int; expected an ode.constraints one"),
        (lambda m: m.add(kinds.AllEqual(small().variables)), "variable x: it is of another model"),
        (lambda m: m.minimize([(1, small().variables[0])]), "it is of another model"),
        (lambda m: m.maximize([(0.5, m.variables[0])]), "expected an integer"),
    ],
)
def test_what_a_model_refuses(use, said):
    with pytest.raises(ValueError, match=said):
        use(small())


def test_models_are_told_apart_from_other_things():
    from odesolve.problems.models.solve import solve_model

    with pytest.raises(ode.InputError, match="model: a value of type list; expected a Model"):
        solve_model([])


# ------------------------------------------------------------------------ sizes, and what they cost


def test_a_power_may_be_as_large_as_a_constant():
    model = ode.Model()
    x = model.integer("x", 0, 300)
    model.add(kinds.Power(2, x, 2**201))
    assert model.solve().values == {"x": 201}


def test_what_is_not_listed_is_still_counted():
    model = ode.Model()
    x = model.integer("x", 5, 10_000)
    model.add(kinds.Reified(0, kinds.Cardinality([x], [5], [1])))
    result = model.solve()
    assert result.satisfied
    assert result.values["x"] != 5


@pytest.mark.parametrize("high", [10**9, 2**62])
def test_free_variables_of_any_size_cost_nothing(high):
    model = ode.Model()
    x = model.integer("x", -high, high)
    assert model.solve().values == {"x": -high}
    assert len(model.solve(solutions=3).solutions) == 3
    model.maximize([(2, x)])
    assert model.solve().objective == 2 * high


def test_sums_without_a_common_divisor_are_refuted_at_once():
    model = ode.Model()
    x, y = (model.integer(name, 0, 10**9) for name in "xy")
    model.add(kinds.Sum([2, -2], [x, y], "==", 1))
    assert model.solve(time_limit=20).status == "infeasible"


def test_constants_of_any_size_leave_tables():
    model = ode.Model()
    x, y = (model.integer(name, 0, 1) for name in "xy")
    model.add(kinds.Table([x, y, 2**70], [(0, 1, 2**70), (1, 0, 2**70), (0, 0, 3)]))
    solutions = model.solve(solutions=None).solutions
    assert sorted(s["x"] for s in solutions) == [0, 1]


def test_any_value_in_many_places_is_refused_in_one_line():
    model = ode.Model()
    terms = [model.integer(name, 0, 9999) for name in "xyz"]
    model.add(kinds.Table(terms, [(None, None, None)]))
    with pytest.raises(ode.InputError, match=r"Table\(x, y, z\): a table of more than"):
        model.solve()


def test_solutions_of_wide_variables_differ():
    """The second batch forbids the first answer by its bits."""
    model = ode.Model()
    x, y, z = (model.integer(name, 0, high) for name, high in [("x", 900), ("y", 900), ("z", 3)])
    model.add(kinds.Sum([3, -5, 1], [x, y, z], "==", 7))
    result = model.solve(solutions=2, seed=1, max_steps=4000)
    assert len({tuple(solution.values()) for solution in result.solutions}) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda model: model.integer("n", values=[1.5, "3"]), "expected an integer"),
        (lambda model: model.integer("n", values=5), "expected integers"),
        (lambda model: model.integer("n", 1.5, 3), "expected an integer"),
        (lambda model: model.integer(5, 0, 1), "a name of type int; expected a text"),
        (lambda model: model.minimize(5), "expected pairs of a coefficient and a variable"),
        (lambda model: model.minimize([(1, "x")]), "expected an integer"),
    ],
)
def test_what_is_no_integer_is_refused(change, message):
    with pytest.raises(ode.InputError, match=message):
        change(ode.Model())
