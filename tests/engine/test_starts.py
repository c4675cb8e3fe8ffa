"""Where a batch begins, and when its caller stops it."""

from __future__ import annotations

import numpy as np
import pytest

from odesolve import Box, Descent, Euler, Or, Reason, compile_system, solve

SYSTEM = compile_system([(Box(-1.0, 1.0), 3)], Or.from_literals([[1, 2], [-1, 3]]))
#: No model: batches go on until they are stopped.
CONTRADICTION = [[1, 2], [-1, 2], [1, -2], [-1, -2]]
ENDLESS = compile_system([(Box(-1.0, 1.0), 2)], Or.from_literals(CONTRADICTION))


def test_runs_begin_where_the_caller_wants():
    starts = np.array([[0.5, np.nan], [-0.5, -0.5], [0.5, 0.5]])
    result = solve(SYSTEM, Descent(), Euler(), runs=4, max_steps=0, starts=starts)
    assert result.satisfied
    assert result.assignment.tolist() == [1, 0, 1]
    assert result.runs.satisfied[0]


def test_other_cells_and_runs_begin_as_usual():
    free = np.full((3, 2), np.nan)
    usual = solve(SYSTEM, Descent(), Euler(), runs=4, max_steps=20, all_runs=True)
    result = solve(SYSTEM, Descent(), Euler(), runs=4, max_steps=20, all_runs=True, starts=free)
    assert result.runs.steps.tolist() == usual.runs.steps.tolist()
    assert result.assignment.tolist() == usual.assignment.tolist()


def test_more_starts_than_runs_are_left_out():
    starts = np.full((3, 5), 0.5)
    result = solve(SYSTEM, Descent(), Euler(), runs=2, max_steps=0, starts=starts)
    assert result.assignment.tolist() == [1, 1, 1]


def test_starts_of_a_wrong_shape_are_refused():
    with pytest.raises(ValueError, match=r"starts must be \[3, runs\]"):
        solve(SYSTEM, Descent(), Euler(), runs=2, starts=np.zeros((2, 2)))


def test_the_caller_can_stop_a_batch():
    calls = []  # the caller is asked while all is compiled, too
    result = solve(
        ENDLESS, Descent(), Euler(), runs=2, progress=calls.append, stop=lambda: len(calls) > 1
    )
    assert result.reason is Reason.STOPPED
    assert not result.satisfied
    assert result.steps > 0
