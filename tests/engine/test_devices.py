"""Runs shared among devices: the same answers, and nothing said between devices but "finished"."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

import odesolve as ode
from odesolve.batch import (
    LOOKS_AHEAD,
    SHARE_AHEAD,
    Batch,
    advance,
    begun,
    empty_batch,
    random_starts,
)
from odesolve.cli.main import run
from odesolve.potentials.device import DeviceError, on_device
from odesolve.registry import DYNAMICS, ISING_DYNAMICS
from odesolve.sharding import evenly

SCRIPT = Path(__file__).with_name("sharded_solves.py")


def on_eight(folder: Path, *names: str) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), str(folder), *names],
        capture_output=True, text=True, timeout=1200,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    document: dict[str, Any] = json.loads(ran.stdout)
    return document


@pytest.mark.core
def test_eight_devices_do_what_one_does(tmp_path):
    document = on_eight(tmp_path, "article", "discrete-bifurcation")
    [(one, eight)] = document["solves"].values()
    assert eight == one
    assert one["runs"]["restarts"] > 0
    [(one, eight)] = document["searches"].values()
    assert eight == one
    assert len(one["recorded"]) > 3
    assert len(one["samples"]) == 3 * 16
    for resumed, whole in (document["resumed"], *document["resumed searches"]):
        assert resumed == whole
    assert document["layout"] == {
        "collectives": ["all-reduce"],  # of whether the batch is finished
        "cut": True, "arrays": 13, "whole": True, "donated": True, "step": 50,
    }  # fmt: skip
    notes = ["16 runs instead of 10: as many on each device"]
    assert document["rounded"] == [16, "8 x cpu", notes]
    assert document["default"] == 0
    too_many, uneven = document["refused"]
    assert too_many.startswith("devices: 9 were asked for, JAX finds 8 here; XLA_FLAGS=")
    assert uneven.startswith("runs: 12, and a parameter has a value for each; expected a multiple")


@pytest.mark.slow
def test_every_dynamics_does_the_same_on_eight_devices(tmp_path):
    document = on_eight(tmp_path, *DYNAMICS, *ISING_DYNAMICS)
    for name, (one, eight) in (document["solves"] | document["searches"]).items():
        assert eight == one, name
    assert list(document["said"].values()) == [[]] * len(ISING_DYNAMICS)


def test_looks_ahead_end_where_each_look_would():
    """A batch that is done between two questions, early or late, is given back as it was there."""
    generator = np.random.default_rng(6)
    scopes = np.array([generator.choice(40, 3, replace=False) for _ in range(150)])
    clauses = ode.Or(scopes, generator.choice([-1, 1], scopes.shape))
    system = ode.compile_system([(ode.Box(-1, 1), 40)], [clauses])
    equations = on_device((ode.Rectified(gamma=0.3), ode.AdaptiveEuler(reach=0.1)))
    everyone = np.ones(4, bool)
    ended = []
    for seed in range(6):
        x = random_starts(system, seed, np.zeros(4, int), everyone)

        def after(x: np.ndarray, **options: int) -> Batch:
            batch = on_device(empty_batch(system, *equations, 4))
            batch = begun(batch, system, *equations, *on_device((x, everyone)))
            for until in (7, 1500):  # one call, and another that goes on
                budget = on_device([np.int32(until), np.int32(1), np.int32(1500)])
                batch = advance(batch, system, *equations, *budget, **options)
            return batch

        alone, ahead = after(x), after(x, ahead=LOOKS_AHEAD)
        jax.tree.map(np.testing.assert_array_equal, ahead, alone)
        ended.append(int(alone.step))
    assert 4 * SHARE_AHEAD < max(ended) < 1500  # at least four looks before each question


@pytest.mark.parametrize(("runs", "devices", "rounded"), [(1, 8, 8), (8, 8, 8), (9, 4, 12)])
def test_runs_are_rounded_up(runs, devices, rounded):
    assert evenly(runs, devices) == rounded


def test_devices_that_are_not_there_are_refused_in_one_line(capsys, tmp_path):
    system = ode.compile_system([(ode.Box(), 3)], [ode.Or([[0, 1, 2]], [[1, 1, -1]])])
    with pytest.raises(DeviceError, match=r"^devices: 200 were asked for, JAX finds "):
        ode.solve(system, ode.Memcomputing(), devices=200)
    assert run(["multiply", "_", "11", "143", "--no-presolve", "--devices", "200"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("odesolve: devices: 200 were asked for, JAX finds ")
    assert said.count("\n") == 1
    with pytest.raises(DeviceError, match=r"^devices: 200 were asked for, JAX finds "):
        ode.ising({(0, 1): 1}, devices=200, presolve=False)


def test_a_prover_stands_beside_one_process_alone():
    model = ode.Model()
    model.integer("x", 0, 9)
    for call in (
        lambda: ode.sat([[1, 2]], prove="beside", distributed=True),
        lambda: model.solve(prove="beside", distributed=True),
    ):
        with pytest.raises(ode.InputError, match=r"^prove: several processes share the runs"):
            call()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sat", "a.cnf", "--coordinator", "a:1"], "--coordinator has no use without --distrib"),
        (["add", "1", "2", "--process-id", "0"], "--process-id has no use without --distributed"),
        (["sat", "a.cnf", "--devices", "0"], "--devices"),
        (["ising", "a.qubo", "--patience", "2"], "--patience has no use here"),
    ],
)
def test_options_without_a_use_are_refused(arguments, message, capsys):
    assert run(arguments) == 2
    said = capsys.readouterr().err
    assert message in said
    assert said.count("\n") == 1
