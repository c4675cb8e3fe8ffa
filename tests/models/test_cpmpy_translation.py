"""Expressions of CPMpy and constraints of a ``Model`` say the same, on every assignment."""

from __future__ import annotations

from itertools import product

import pytest

pytest.importorskip("cpmpy")

import cpmpy as cp
from cpmpy.exceptions import NotSupportedError
from cpmpy.expressions.utils import argval
from cpmpy.transformations.get_variables import get_variables
from models.cpmpy_oracle import extends
from models.cpmpy_samples import BOOLEAN, NUMERIC, samples, x
from models.random_constraints import Draw

from odesolve.problems.models.constraints import CONSTRAINTS, Variable
from odesolve.problems.models.from_cpmpy import SUPPORTED, Translation
from odesolve.problems.models.to_cpmpy import Inexpressible, Restatement

SAMPLES = dict(samples())


def disagreement(expression):
    """An assignment on which the translation says something else; None if there is none."""
    variables = sorted(get_variables(expression), key=lambda variable: variable.name)
    translation = Translation()
    same = [translation.variable(variable) for variable in variables]
    translation.add(expression)
    for values in product(*(variable.values for variable in same)):
        for variable, value in zip(variables, values, strict=True):
            variable._value = bool(value) if variable.is_bool() else value
        wanted = bool(argval(expression))
        if extends(translation.model, dict(zip(same, values, strict=True))) != wanted:
            return values
    return None


#: Every kind by itself, and a part of all others.
QUICK = [*BOOLEAN, *[name for name in SAMPLES if name not in BOOLEAN][::9]]


@pytest.mark.parametrize("name", QUICK)
def test_a_translation_says_the_same_on_every_assignment(name):
    assert disagreement(SAMPLES[name]) is None


@pytest.mark.slow
def test_every_translation_says_the_same_on_every_assignment():
    assert len(SAMPLES) > 800
    assert len(NUMERIC) > 30
    wrong = [name for name, expression in SAMPLES.items() if disagreement(expression) is not None]
    assert wrong == []


def test_the_samples_have_every_kind_of_constraint():
    translation = Translation()
    translation.add(list(BOOLEAN.values()))
    translation.add([left == x for left in NUMERIC.values()])
    kinds = {type(constraint).__name__ for constraint in translation.model.constraints}
    assert kinds == CONSTRAINTS.keys()


def test_no_row_has_a_constant_larger_than_the_values_need():
    translation = Translation()
    array = cp.intvar(0, 100, shape=4)
    b = cp.boolvar()
    translation.add(
        [
            b.implies(cp.sum(array) != 100),
            cp.Cumulative(array, [1, 2, 3, 4], demand=1, capacity=2),
            cp.LexLess(array[:2], array[2:]),
            b == (3 * array[0] <= array[1]),
            cp.Circuit(array),
            (array[0] == 5) | cp.Circuit(array[:3]),
        ]
    )
    parts = [getattr(c, "constraint", c) for c in translation.model.constraints]
    rows = [part.coefficients for part in parts if type(part).__name__ == "Sum"]
    assert rows
    assert max(abs(c) for row in rows for c in row) == 3


@pytest.mark.parametrize("clausal", [False, True])
@pytest.mark.parametrize("kind", sorted(CONSTRAINTS))
def test_a_model_says_the_same_in_cpmpy(kind, clausal):
    for seed in range(15):
        draw = Draw(seed, variables=3)
        constraint = draw.constraint(kind)
        draw.model.add(constraint)
        try:
            same = Restatement(draw.model, clausal=clausal)
        except Inexpressible:
            assert kind in ("Power", "Implied", "Reified")
            continue
        # Read back, so that it can be tested without a solver.
        translation = Translation()
        again = {v: translation.variable(same.variables[v]) for v in draw.model.variables}
        translation.add(same.model.constraints)
        for values in product(*(variable.values for variable in constraint.variables)):
            given = dict(zip(constraint.variables, values, strict=True))
            own = [given[o] if isinstance(o, Variable) else o for o in constraint.operands]
            found = extends(translation.model, {again[v]: value for v, value in given.items()})
            assert found == constraint.holds(own), (constraint, given)


def test_names_and_domains_are_those_of_the_user():
    translation = Translation()
    number, b = cp.intvar(-2, 5, name="x"), cp.boolvar(name="b")
    translation.add([cp.AllDifferent(~b, number)])
    names = {v.name: (v.values.lowest, v.values.highest) for v in translation.model.variables}
    assert names == {"x": (-2, 5), "b": (0, 1), "~b": (0, 1)}


def test_what_has_no_constraint_is_refused():
    with pytest.raises(NotSupportedError, match="DirectConstraint"):
        Translation().add(cp.DirectConstraint("AddSomething", (x,)))
    with pytest.raises(NotSupportedError, match="integer objective"):
        Translation().objective(cp.expressions.globalfunctions.FloatSum([0.5], [x]), minimize=True)
    assert "circuit" in SUPPORTED
