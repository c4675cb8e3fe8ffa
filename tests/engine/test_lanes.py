"""Runs that are integrated a few at a time."""

from __future__ import annotations

from functools import partial

import jax
import numpy as np
import pytest
from tables import SYSTEM_CASES

import odesolve as ode
from odesolve.batch import advance, begun, empty_batch, random_starts
from odesolve.lanes import CACHED_CLAUSE_RUNS, LEAST_LANES, apart, cached_lanes, together
from odesolve.potentials.device import on_device

RUNS = 24

DYNAMICS = {
    "memories": (ode.Rectified(alpha=np.linspace(1, 9, RUNS).astype(np.float32)), ode.HeavyBall()),
    "no memories": (ode.Descent(), ode.AdaptiveEuler(reach=0.1)),
}


@pytest.mark.parametrize("name", ["memories", pytest.param("no memories", marks=pytest.mark.slow)])
@pytest.mark.slow
def test_a_few_runs_at_a_time_move_as_all_together(name):
    system = SYSTEM_CASES["mixed-domains"]()
    equations = on_device(DYNAMICS[name])
    everyone = np.ones(RUNS, bool)
    x = random_starts(system, 3, np.zeros(RUNS, int), everyone)

    def after(steps: int, lanes: int | None):
        batch = on_device(empty_batch(system, *equations, RUNS))
        batch = begun(batch, system, *equations, *on_device((x, everyone)))
        budget = on_device([np.int32(steps), np.int32(5), np.int32(steps)])
        return advance(batch, system, *equations, *budget, all_runs=True, lanes=lanes)

    together_, apart_ = after(12, None), after(12, 8)
    assert int(together_.step) == int(apart_.step) == 12
    close = partial(np.testing.assert_allclose, rtol=1e-4, atol=1e-5)
    jax.tree.map(close, together_.state, apart_.state)
    close(together_.time, apart_.time)
    for kept in ("best", "solved_step", "finite", "restarts"):
        np.testing.assert_array_equal(getattr(together_, kept), getattr(apart_, kept))


def test_blocks_of_runs_are_put_together_again():
    generator = np.random.default_rng(0)
    tree = {"cells": generator.random((5, RUNS)), "time": np.arange(RUNS, dtype=np.float32)}
    blocks = apart(tree, RUNS, 8)
    assert blocks["cells"].shape == (3, 5, 8)
    assert blocks["time"][1].tolist() == list(range(8, 16))
    jax.tree.map(np.testing.assert_allclose, together(blocks), tree)
    assert apart(np.float32(2), RUNS, 8).tolist() == [2, 2, 2]


@pytest.mark.parametrize(
    ("clauses", "runs", "lanes"),
    [
        (CACHED_CLAUSE_RUNS // 16, 64, 16),
        (CACHED_CLAUSE_RUNS // 20, 64, 16),
        (CACHED_CLAUSE_RUNS // 64, 64, None),
        (CACHED_CLAUSE_RUNS // 16, 16, None),
        (CACHED_CLAUSE_RUNS // 16, 61, None),
        (CACHED_CLAUSE_RUNS // LEAST_LANES + 1, 64, None),
    ],
)
def test_as_many_runs_as_the_caches_hold(clauses, runs, lanes):
    scopes = np.tile(np.array([[0, 1]]), (clauses, 1))
    system = ode.compile_system([(ode.Box(), 2)], [ode.Or(scopes, np.ones_like(scopes))])
    assert cached_lanes(system, runs) == lanes
