"""Dataclasses as pytrees: what a compiled function is found by."""

from __future__ import annotations

from itertools import combinations

import jax
import numpy as np
import pytest

import odesolve as ode
from odesolve.registry import DYNAMICS, ISING_DYNAMICS, STEPPERS

SCOPES = np.zeros((1, 2), np.int32)
ONES = np.ones((1, 2), np.float32)
KINDS = {
    "dynamics": [kind() for kind in DYNAMICS.values()],
    "dynamics of Ising machines": [kind() for kind in ISING_DYNAMICS.values()],
    "steppers": [kind() for kind in STEPPERS.values()],
    "families": [
        ode.Or(SCOPES, ONES, "product"),
        ode.Xor(SCOPES, np.ones(1)),
        ode.NotAllEqual(SCOPES, ONES),
        ode.Different(SCOPES),
        ode.Linear(SCOPES, [[1, 1]], [1]),
    ],
}


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_classes_have_one_structure(kind):
    # Else a function that was compiled for one of them is called for the other.
    for one, other in combinations(KINDS[kind], 2):
        assert jax.tree.structure(one) != jax.tree.structure(other), (one, other)


def test_numbers_are_data_and_options_structure():
    usual = ode.Or(SCOPES, ONES)
    leaves, structure = jax.tree.flatten(usual)
    assert len(leaves) == 2
    assert structure == jax.tree.structure(ode.Or(1 + SCOPES, -ONES))
    assert structure != jax.tree.structure(ode.Or(SCOPES, ONES, "product"))
    again = jax.tree.unflatten(structure, leaves)
    assert (again.form, again.signs.tolist()) == (usual.form, usual.signs.tolist())
    paths = [jax.tree_util.keystr(path) for path, _ in jax.tree_util.tree_leaves_with_path(usual)]
    assert paths == [".scopes", ".signs"]
