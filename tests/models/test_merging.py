"""Variables that are one but for a sign and an offset, and what stands over them."""

from __future__ import annotations

from itertools import product

import jax
import numpy as np
import pytest
from models.random_models import brute_force

import odesolve as ode
from odesolve.problems.models.lowering import lower_model
from odesolve.problems.models.merging import merged
from odesolve.problems.models.presolve import Contradiction, narrowed
from odesolve.problems.models.shares import compiled_shares

kinds = ode.constraints


def chained(*others):
    """x in 0..4 with y = x + 3, z = 7 - y and a free u, and further constraints of all four."""
    model = ode.Model()
    x, y = model.integer("x", 0, 4), model.integer("y", 2, 8)
    z, u = model.integer("z", values=[-1, 1, 2, 4, 9]), model.integer("u", 0, 3)
    model.add(kinds.Sum([1, -1], [y, x], "==", 3))
    model.add(kinds.Sum([1, 1], [z, y], "==", 7))
    model.add([other(x, y, z, u) for other in others])
    return model


MODELS = {
    "sum": chained(lambda x, y, z, u: kinds.Sum([2, 1, 1, 1], [x, y, z, u], "==", 9)),
    "difference": chained(lambda x, y, z, u: kinds.AllDifferent([x, y, z, u])),
    "table": chained(
        lambda x, y, z, u: kinds.Table([x, z, u], [(0, 4, 1), (3, 1, 2), (2, 2, 0), (2, 1, 3)])
    ),
    "forbidden": chained(
        lambda x, y, z, u: kinds.Table([y, z, u], [(3, 4, 1), (6, 1, 2), (3, 2, 0)], allowed=False)
    ),
    "counts": chained(lambda x, y, z, u: kinds.Cardinality([x, y, z, u], [3, 4], [1, 1])),
    "condition": chained(
        lambda x, y, z, u: kinds.Element([y, z, x, 3], u, z),
        lambda x, y, z, u: kinds.Sum([1, 1], [x, u], "!=", 5),
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_solutions_over_roots_are_those_over_all_variables(name):
    model = MODELS[name]
    lowered = lower_model(model)
    rows, aliases = merged(lowered.store, narrowed(lowered.store, lowered.rows))
    assert len(aliases) == 2
    shares = compiled_shares(lowered.store, rows, aliases=aliases)
    assert not {*aliases} & {*shares.variables}
    sizes = [range(len(values)) for values in shares.values]
    grid = np.array(list(product(*sizes)), np.int32).T
    violated = jax.jit(lambda system, grid: system.violated(grid).sum(axis=0))
    right = np.asarray(violated(shares.system, grid)) == 0
    found = [shares.read(column.tolist(), lowered.store) for column in grid[:, right].T]
    expected = sorted(tuple(solution.values()) for solution in brute_force(model))
    # u is free where no row is left that has it.
    free = [] if 3 in shares.variables else list(lowered.store.values(3))
    answers = {
        (values[0], values[1], values[2], last)
        for values in found
        for last in (free or [values[3]])
    }
    assert sorted(answers) == expected
    assert expected


def test_domains_of_an_alias_and_its_root_say_the_same():
    model = chained()
    lowered = lower_model(model)
    merged(lowered.store, narrowed(lowered.store, lowered.rows))
    values = [lowered.store.values(number) for number in range(3)]
    assert values == [[0, 2, 3], [3, 5, 6], [1, 2, 4]]


def test_domains_without_a_common_value_are_refuted():
    model = ode.Model()
    x, y = model.integer("x", values=[0, 2, 4]), model.integer("y", values=[1, 3, 5])
    model.add(kinds.Sum([1, -1], [x, y], "==", 0))
    lowered = lower_model(model)
    with pytest.raises(Contradiction):
        merged(lowered.store, narrowed(lowered.store, lowered.rows))
    assert model.solve().status == "infeasible"


def test_queens_with_named_diagonals_are_as_quick_as_those_without():
    model, size = ode.Model(), 20
    rows = [model.integer(f"q{i}", 0, size - 1) for i in range(size)]
    model.add(kinds.AllDifferent(rows))
    for sign in (1, -1):
        diagonals = []
        for i, row in enumerate(rows):
            diagonals.append(model.integer(f"d{sign * i}{sign}", -size, 2 * size))
            model.add(kinds.Sum([1, -1], [diagonals[-1], row], "==", sign * i))
        model.add(kinds.AllDifferent(diagonals))
    hint = {"d01": 3}
    result = model.solve(seed=1, max_steps=500, hint=hint)
    assert result.satisfied
    assert all(result.values[f"d{i}1"] == result.values[f"q{i}"] + i for i in range(size))
