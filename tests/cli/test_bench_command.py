"""``odesolve bench`` and what it measures with: everything but the speed itself."""

from __future__ import annotations

import json

import numpy as np
import pytest

from odesolve.cli.main import run
from odesolve.potentials import Box, compile_system
from odesolve.throughput import SETTINGS, measure, uniform_clauses

SMALL = ("bench", "--variables", "30", "--steps", "5", "--device", "cpu")


def test_json_has_a_result_for_every_batch_size(capsys):
    assert run([*SMALL, "--runs", "1", "--runs", "3", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["clauses"] == 126
    assert [result["runs"] for result in document["results"]] == [1, 3]
    for result in document["results"]:
        steps = document["clauses"] * result["runs"] * result["steps"]
        assert result["steps"] == 5
        assert result["clause_steps_per_second"] == pytest.approx(steps / result["seconds"])
        # Two memories read and written, three cells read, three forces written, 4 bytes each.
        assert result["bytes_per_clause_step"] == 40
        bytes_per_second = 40 * result["clause_steps_per_second"]
        fraction = bytes_per_second / document["copy_bytes_per_second"]
        assert result["bandwidth_fraction"] == pytest.approx(fraction)


def test_the_table_has_a_line_for_every_batch_size(capsys):
    options = ("--runs", "2", "--clauses", "40", "--width", "4", "--dynamics", "memcomputing")
    assert run([*SMALL, *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "30 variables, 40 clauses of 4 literals" in lines[0]
    assert lines[-1].split()[0] == "2"
    assert "48.0" in lines[-1].split()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--ratio", "4", "--clauses", "99"), "exclude each other"),
        (("--clauses", "7"), "at least 3 variables and 8 clauses"),
        (("--variables", "2", "--clauses", "99"), "at least 3 variables"),
        (("--runs", "2000000000"), "would fit"),
        (("--dynamics", "descent"), "descent"),
    ],
)
def test_what_cannot_be_measured_is_refused(options, said, capsys):
    assert run([*SMALL, *options]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize("width", [1, 3, 5])
def test_the_instance_is_uniform_but_unsatisfiable(width):
    clauses = uniform_clauses(6, 200, width, seed=1)
    assert clauses.scopes.shape == (200, width)
    assert all(len(set(scope)) == width for scope in clauses.scopes.tolist())
    corners = (np.arange(64)[None, :] >> np.arange(6)[:, None]) & 1
    system = compile_system([(Box(-1.0, 1.0), 6)], [clauses])
    assert (np.asarray(system.violated(corners)) > 0).all()
    assert np.array_equal(uniform_clauses(6, 200, width, seed=1).scopes, clauses.scopes)


def test_time_limited_measurements_take_whole_stretches():
    law, stepper = SETTINGS["rectified"]
    clauses = uniform_clauses(10, 40, 3, seed=0)
    (result,) = measure(clauses, 10, law, stepper, [2], bandwidth=1e9, seconds=0.01)
    assert result.steps % 5 == 0
    assert result.bytes_per_second == 40 * result.clause_steps_per_second
