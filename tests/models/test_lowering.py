"""Rows of models: their solutions, without the auxiliary variables, are those of the constraints.

The rows are searched by branching and propagation, the constraints by trying everything.
"""

from __future__ import annotations

import copy
import random

import pytest
from models.random_constraints import Draw
from models.random_models import brute_force, random_model

import odesolve as ode
from odesolve.problems.models.constraints import CONSTRAINTS, Implied, Reified
from odesolve.problems.models.lowering import Unsupported, arithmetic, lower_model
from odesolve.problems.models.presolve import Contradiction, narrowed

kinds = ode.constraints


def projected(model):
    """The values of the model's variables in all solutions of its rows."""
    found = set()
    numbers = [variable.number for variable in model.variables]

    def extend(store, rows, choices):
        """Branch on the model's variables; behind them one solution is enough."""
        try:
            rows = narrowed(store, rows)
        except Contradiction:
            return False
        variable = next((v for v in choices if not store.is_fixed(v)), None)
        if variable is None and choices:
            if extend(store, rows, ()):
                found.add(tuple(store.low(number) for number in numbers))
            return False
        if variable is None and not rows:
            return True
        if variable is None:
            variable = next(v for v in rows[0].variables if not store.is_fixed(v))
        for value in store.values(variable):
            child = copy.deepcopy(store)
            child.fix(variable, value)
            if extend(child, rows, choices):
                return True
        return False

    try:
        lowered = lower_model(model)
    except Contradiction:
        return set()
    extend(lowered.store, lowered.rows, tuple(numbers))
    return found


def wanted(model):
    return {tuple(solution.values()) for solution in brute_force(model)}


def solved(model):
    """All solutions by presolve and by trying what it leaves, or the best objective."""
    result = model.solve(solutions=None)
    assert result.complete or result.optimal
    assert result.run.steps == 0
    return result


@pytest.mark.parametrize("block", range(5))
def test_random_models_have_exactly_the_solutions_of_brute_force(block):
    statuses = set()
    for seed in range(30 * block, 30 * block + 30):
        model = random_model(seed, variables=5, values=4)
        right = brute_force(model)
        result = solved(model)
        statuses.add(str(result.status))
        assert result.satisfied == bool(right), seed
        assert (result.status == "infeasible") == (not right)
        assert bool(result.proof) == (not right)
        if model.objective is None:
            found = [tuple(solution.values()) for solution in result.solutions]
            assert sorted(found) == sorted(tuple(solution.values()) for solution in right), seed
        elif right:
            values = [
                model.objective.value({v: solution[v.name] for v in model.variables})
                for solution in right
            ]
            best = max(values) if model.objective.maximize else min(values)
            assert (result.objective, result.bound) == (best, best), seed
    assert statuses == {"satisfied", "infeasible"}


@pytest.mark.parametrize("name", sorted(CONSTRAINTS))
@pytest.mark.parametrize("how", ["plain", "implied", "reified"])
def test_rows_of_a_constraint_have_its_solutions(name, how):
    counted = set()
    for seed in range(60 if name == "Inverse" else 12):  # of which few have a solution
        draw = Draw(f"{name} {how} {seed}", variables=3, values=3)
        truth = draw.model.boolean("truth")
        constraint = draw.constraint(name)
        if how == "implied":
            constraint = Implied(truth, constraint, draw.random.randint(0, 1))
        elif how == "reified":
            constraint = Reified(truth, constraint, draw.random.randint(0, 1))
        draw.model.add(constraint)
        right = wanted(draw.model)
        assert projected(draw.model) == right, constraint
        counted.add(len(right))
    assert len(counted) > 1


@pytest.mark.parametrize("limits", [{"TUPLES": 0}, {"TUPLES": 0, "FACTOR_VALUES": 0}], ids=str)
@pytest.mark.parametrize("name", ["Product", "AbsoluteValue", "Quotient", "Remainder"])
@pytest.mark.parametrize("how", ["plain", "implied", "reified"])
def test_what_is_too_large_for_a_table_means_the_same(name, how, limits, monkeypatch):
    """With the limits at zero, small numbers take the way of large ones."""
    for limit, value in limits.items():
        monkeypatch.setattr(arithmetic, limit, value)
    low = 0 if name in ("Quotient", "Remainder") else -3
    for seed in range(3):
        generator = random.Random(f"{name}{seed}")
        model = ode.Model()
        truth = model.boolean("truth")
        count = 2 if name == "AbsoluteValue" else 3
        terms = [
            model.integer(f"x{k}", values=generator.sample(range(low, 6), 4)) for k in range(count)
        ]
        if low == 0:
            # A plain division says that its divisor is not 0.
            least = 0 if how == "plain" and seed else 1
            terms[1] = model.integer("divisor", values=generator.sample(range(least, 5), 4))
        constraint = CONSTRAINTS[name](*terms)
        if how == "implied":
            if low == 0:
                continue  # refused, see below
            constraint = Implied(truth, constraint)
        elif how == "reified":
            constraint = Reified(truth, constraint, 0)
            if low == 0:
                continue
        model.add(constraint)
        assert projected(model) == wanted(model)


def test_products_of_large_numbers_are_computed_in_binary():
    model = ode.Model()
    left, right, result = (
        model.integer(name, 0, high) for name, high in [("a", 999), ("b", 1023), ("c", 10**6)]
    )
    model.add(kinds.Product(left, right, result))
    model.add([kinds.Sum([1], [left], "==", 617), kinds.Sum([1], [right], "==", 1009)])
    assert model.solve().values == {"a": 617, "b": 1009, "c": 617 * 1009}


def numbers(model, count, low, high):
    return [model.integer(f"x{number}", low, high) for number in range(count)]


@pytest.mark.parametrize(
    ("constraint", "said"),
    [
        (lambda x, b: kinds.Power(*x), "60001 values of one variable"),
        (lambda x, b: kinds.Quotient(*x), "may be negative"),
        (lambda x, b: kinds.Reified(b, kinds.Inverse(x, [1, 0, 2])), "60001 values"),
        (lambda x, b: kinds.Cumulative(x, [1, 1, 1], [1, 1, 1], 1), "over 60001 times"),
        (lambda x, b: kinds.Regular(x, {(0, 0): 0}, 0, [0]), "values of one variable"),
        (lambda x, b: kinds.Table(x[:1], [(None,)]), "values of one variable"),
    ],
)
def test_what_is_too_large_is_refused_by_name(constraint, said):
    model = ode.Model()
    given = constraint(numbers(model, 3, -30_000, 30_000), model.boolean("b"))
    model.add(given)
    with pytest.raises(Unsupported, match=f"{type(given).__name__}.*{said}"):
        lower_model(model)
    with pytest.raises(ode.InputError, match=f"model: .*{type(given).__name__}"):
        model.solve()


@pytest.mark.parametrize(
    ("constraints", "named"),
    [
        (lambda x, y: [kinds.Sum([1, 1], [x, y], "<=", 9), kinds.Sum([2], [x], "==", 3)], "Sum(x)"),
        (lambda x, y: [kinds.Product(x, y, 200)], "Product(x, y)"),
        (lambda x, y: [kinds.Table([y, x], [(11, 3)])], "Table(y, x)"),
        (lambda x, y: [kinds.AllEqual([x, 3]), kinds.AllDifferent([x, 3])], "AllDifferent(x)"),
    ],
)
def test_a_proof_names_the_constraint(constraints, named):
    model = ode.Model()
    model.add(constraints(*(model.integer(name, 0, 9) for name in "xy")))
    result = model.solve()
    assert result.status == "infeasible"
    assert result.proof == f"{named} cannot hold"


# -------------------------------------------------- what is not demanded forbids nothing


def test_a_word_may_be_any_where_its_automaton_is_not_asked_for():
    model = ode.Model()
    truth, *word = model.boolean("b"), *numbers(model, 2, 0, 1)
    model.add(Implied(truth, kinds.Regular(word, {("a", 0): "a"}, "a", ["a"])))
    assert projected(model) == wanted(model)
    assert (0, 1, 1) in projected(model)


def test_tasks_may_be_impossible_where_they_are_not_asked_for():
    model = ode.Model()
    truth, demand = model.boolean("b"), model.integer("demand", values=[-1, 2])
    model.add(Implied(truth, kinds.Cumulative([0], [1], [demand], 5)))
    assert projected(model) == wanted(model) == {(0, -1), (0, 2), (1, 2)}


@pytest.mark.parametrize(
    ("tasks", "right"),
    [
        (([0], [0], [1]), {(-1,), (0,), (1,)}),  # a task that takes no time does not run
        (([0], [1], [0]), {(0,), (1,)}),
        (([], [], []), {(-1,), (0,), (1,)}),
    ],
)
def test_no_task_runs_under_a_negative_capacity(tasks, right):
    model = ode.Model()
    capacity = model.integer("capacity", -1, 1)
    model.add(kinds.Cumulative(*tasks, capacity))
    assert projected(model) == wanted(model) == right


@pytest.mark.parametrize("kind", [Implied, Reified])
def test_conditions_are_truth_values(kind):
    model = ode.Model()
    [number] = numbers(model, 1, 0, 2)
    for truth in (number, 2, -1):
        with pytest.raises(ValueError, match=f"{kind.__name__}: .* expected a truth value"):
            kind(truth, kinds.AllEqual([1, 1]))
