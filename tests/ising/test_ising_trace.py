"""``--trace`` of Ising problems: what is recorded is what the equations did, and can be drawn."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from ising.instances import dense_matrix, random_problem

import odesolve as ode
from odesolve.cli.main import run
from odesolve.problems.ising.problem import IsingProblem

RUNS = 5
SPINS = random_problem(30, 120, 1, largest=3)


def recorded(problem, *, steps=25, stepper=None, dynamics=None, **wanted):
    recorder = ode.Recorder(**{"runs": RUNS, "cells": 200, "clauses": 200} | wanted)
    result = ode.ising(
        problem, recorder=recorder, runs=RUNS, max_steps=steps, presolve=False, stepper=stepper,
        dynamics=dynamics or ode.DiscreteBifurcation(),
    )  # fmt: skip
    return result, recorder.trajectory()


def test_samples_follow_the_equations_step_by_step():
    dynamics = ode.DiscreteBifurcation(coupling=0.8, pump_from=0.2, pump_until=0.9)
    stepper = ode.Anneal(dt=0.6, first_steps=20, most_steps=20)
    _, found = recorded(SPINS, steps=20, dynamics=dynamics, stepper=stepper)
    assert found.steps.tolist() == list(range(21))
    np.testing.assert_allclose(found.time, 0.6 * found.steps[:, None] * np.ones(RUNS), rtol=1e-6)
    matrix = dense_matrix(SPINS)
    pull = 0.8 * 0.5 * np.sqrt((len(matrix) - 1) / (matrix**2).sum()) * matrix
    for step in range(20):
        x, y = (own[step].astype(float) for own in (found.variables, found.memories["y"]))
        pump = 0.2 + 0.7 * step / 20
        y = y + 0.6 * (pull @ np.where(x < 0, -1, 1) - (1 - pump) * x)
        x = x + 0.6 * y
        y = np.where(np.abs(x) > 1, 0, y)
        np.testing.assert_allclose(found.variables[step + 1], np.clip(x, -1, 1), atol=1e-5)
        np.testing.assert_allclose(found.memories["y"][step + 1], y, atol=1e-5)


PROBLEMS = {
    "spins": SPINS,
    "fields": random_problem(20, 60, 2, fields=3),
    "sparse": random_problem(300, 500, 3, fields=2),
    "fractions": IsingProblem.from_dicts(
        {0: Fraction(1, 3)}, {(i, j): Fraction(i - j, 4) for i in range(9) for j in range(i)}, 5
    ),
    "huge": IsingProblem.from_dicts({}, {(i, j): 3**50 + i for i in range(9) for j in range(i)}),
    "bits": IsingProblem.from_qubo(np.random.default_rng(1).integers(-9, 9, (20, 20)), 7),
}


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param(own, marks=pytest.mark.slow) if number % 2 else own
        for number, own in enumerate(PROBLEMS)
    ],
)
def test_the_signs_of_positions_have_the_energies_that_are_told(kind):
    problem = PROBLEMS[kind]
    _, found = recorded(problem, cells=1000)
    assert found.variables.shape == (26, problem.spin_count, RUNS)
    room = 1e-6 * float(Fraction(problem.magnitude, problem.denominator))
    for step, run_ in np.ndindex(found.energy.shape):
        spins = np.where(found.variables[step, :, run_] < 0, -1, 1)
        exact = float(problem.energy(spins))
        assert found.energy[step, run_] == pytest.approx(exact, abs=room)
    assert np.isnan(found.violated).all()


@pytest.mark.parametrize("every", [1, 7])
def test_recording_does_not_change_the_answer(every):
    # Several anneals, and generations that begin in the midst of one.
    stepper = ode.Anneal(first_steps=10, growth=2.0, most_steps=30, generation_steps=25)
    given = {"runs": RUNS, "max_steps": 300, "presolve": False, "stepper": stepper}
    recorder = ode.Recorder(every=every)
    alone = ode.ising(SPINS, **given)
    watched = ode.ising(SPINS, **given, recorder=recorder)
    assert (watched.samples, watched.energies) == (alone.samples, alone.energies)
    assert (watched.assignments == alone.assignments).all()
    found = recorder.trajectory()
    # Every anneal's end is there, and the clock begins anew after it.
    assert {10, 30, 60, 300} <= set(found.steps.tolist())
    assert set(np.arange(0, 301, every)) <= set(found.steps.tolist())
    assert (np.diff(found.time[:, 0]) < 0).sum() > 3
    assert len(found.number) == 4
    # Those of the least energies are kept, the best of them first.
    least = found.energy.min(axis=0)
    assert least.tolist() == sorted(least)


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("amplitude-control", {"error": 12}),
        ("oscillators", {"phase": 12}),
        ("annealed-langevin", {}),
        ("generalised-bifurcation", {"q": 12, "y": 12}),
        ("memories", {"long": 12, "short": 12}),
    ],
)
def test_other_arrays_of_the_state_are_kept_by_name(name, shapes):
    _, found = recorded(SPINS, steps=4, dynamics=name, cells=8, clauses=12, runs=2)
    assert found.variables.shape == (5, 8, 2)
    assert {key: own.shape[1] for key, own in found.memories.items()} == shapes


def test_long_searches_of_many_spins_are_kept_small(monkeypatch):
    monkeypatch.setattr("odesolve.trajectory.MAXIMUM_SAMPLES", 30)
    problem = random_problem(400, 800, 5)
    stepper = ode.Anneal(first_steps=90, most_steps=90)
    _, found = recorded(problem, steps=90, stepper=stepper, cells=60, clauses=40)
    assert found.steps.tolist() == [*range(0, 90, 4), 90]
    assert found.variables.shape[1:] == (60, RUNS)
    assert found.memories["y"].shape[1:] == (40, RUNS)


def test_runs_that_reach_the_target_come_first():
    recorder = ode.Recorder(runs=3)
    result = ode.ising(SPINS, target=ode.ising(SPINS, max_steps=500).energy, all_runs=True, runs=6,
                       presolve=False, max_steps=3000, recorder=recorder)  # fmt: skip
    found = recorder.trajectory()
    assert result.satisfied
    steps = np.where(result.run.runs.satisfied, result.run.runs.steps, -1)
    assert found.solved_step.tolist() == steps[found.number].tolist()
    assert found.solved_step[0] == min(step for step in steps if step >= 0)


# -------------------------------------------------------------------------------------- commands


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ode.write_ising(random_problem(60, 240, 3, fields=1), "bits.qubo")
    ode.write_ising(random_problem(60, 240, 4), "graph.mc", format="rudy")


@pytest.mark.parametrize(
    ("command", "file"),
    [("ising", "bits.qubo"), pytest.param("maxcut", "graph.mc", marks=pytest.mark.slow)],
)
def test_a_trace_is_stored_and_drawn(command, file, capsys):
    words = [command, file, "--max-steps", "40", "--runs", "4", "--trace", "trace.npz", "-q"]
    assert run(words) == 1
    trajectory = ode.Trajectory.load("trace.npz")
    problem = ode.read_ising(file, format="rudy" if command == "maxcut" else None)
    assert trajectory.energy.shape == (41, 4)
    assert trajectory.variables.shape[1] == min(problem.spin_count, 60)
    assert run(["plot", "trace.npz", "-o", "trace.png"]) == 0
    assert run(["plot", "trace.npz", "-o", "run.svg", "--run", str(trajectory.number[-1])]) == 0
    assert Path("trace.png").read_bytes().startswith(b"\x89PNG")
    drawn = Path("run.svg").read_text(encoding="utf-8")
    assert "energy of the signs" in drawn
    assert "positions x" in drawn
    capsys.readouterr()


def test_a_saved_trace_comes_back_with_its_energies(tmp_path):
    _, found = recorded(SPINS, steps=3)
    found.save(tmp_path / "trace")
    again = ode.Trajectory.load(tmp_path / "trace")
    np.testing.assert_array_equal(again.energy, found.energy)
    assert set(again.memories) == {"y"}


def test_what_presolve_decides_has_no_trace(capsys):
    Path("small.mc").write_text("3 3\n1 2 1\n2 3 1\n3 1 1\n", encoding="utf-8")
    assert run(["maxcut", "small.mc", "--trace", "trace.npz"]) == 0
    said = capsys.readouterr().err
    assert "no trace was written (--no-presolve integrates all)" in said
    # Where a first guess was good enough, or presolve was left out, that would be no help.
    for words in (["ising", "bits.qubo"], ["ising", "bits.qubo", "--no-presolve"]):
        assert run([*words, "--target", "1000000", "--trace", "trace.npz"]) == 0
        assert "no trace was written\n" in capsys.readouterr().err
    assert not Path("trace.npz").exists()


@pytest.mark.parametrize("path", ["trace.txt", "none/trace.npz"])
def test_a_trace_that_cannot_be_written_is_refused_at_once(path, capsys):
    assert run(["ising", "bits.qubo", "--trace", path]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("odesolve: ")
    assert captured.err.count("\n") == 1
