"""Expressions of CPMpy and constraints of a ``Model`` say the same, on every assignment."""

from __future__ import annotations

from itertools import product

import pytest

cp = pytest.importorskip("cpmpy")

from cpmpy.expressions.utils import argval  # noqa: E402
from cpmpy.transformations.get_variables import get_variables  # noqa: E402

from models.cpmpy_oracle import extends  # noqa: E402
from models.cpmpy_samples import BOOLEAN, NUMERIC, samples  # noqa: E402
from models.random_constraints import Draw, random_model  # noqa: E402
from odesolve.problems.models.constraints import CONSTRAINTS, Variable  # noqa: E402
from odesolve.problems.models.from_cpmpy import Translation  # noqa: E402
from odesolve.problems.models.to_cpmpy import Restatement  # noqa: E402

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


@pytest.mark.parametrize(
    "name", [*BOOLEAN, *(name for name in SAMPLES if name not in BOOLEAN)][::7]
)
def test_a_translation_says_the_same_on_every_assignment(name):
    assert disagreement(SAMPLES[name]) is None


@pytest.mark.slow
def test_every_translation_says_the_same_on_every_assignment():
    assert len(SAMPLES) > 800
    assert len(NUMERIC) > 30
    wrong = [name for name, expression in SAMPLES.items() if disagreement(expression) is not None]
    assert wrong == []
