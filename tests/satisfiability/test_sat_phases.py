"""A preset that hands over to another: budgets, answers and what is told."""

from __future__ import annotations

import json

import numpy as np
import pytest

import odesolve as ode
from odesolve.budget import UNLIMITED
from odesolve.cli.main import run
from odesolve.presets.choice import choose, packaged_presets, preset_named
from odesolve.presets.files import parse_presets, to_toml
from odesolve.presets.preset import PresetError
from odesolve.problems.formulas.check import violations

#: A first phase whose memories and forces are too weak to decide anything.
PHASES = """
[weak]
problems = ["sat"]
dynamics = "descent"
stepper = "euler"
then = "{then}"
then_after = {after}

[weak.parameters]
rate = 0.0
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A planted formula and a preset of two phases in an empty folder."""
    generator, rows = np.random.default_rng(3), []
    while len(rows) < 160:
        variables = generator.permutation(40)[:3] + 1
        row = variables * generator.choice([-1, 1], 3)
        if (row > 0).any():  # all true is the planted model
            rows.append(row)
    text = "".join(" ".join(map(str, row)) + " 0\n" for row in rows)
    (tmp_path / "f.cnf").write_text(f"p cnf 40 {len(rows)}\n{text}", encoding="utf-8")
    written(tmp_path, "sat-uniform", 20)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder, then: str, after: int) -> None:
    (folder / "weak.toml").write_text(PHASES.format(then=then, after=after), encoding="utf-8")


def solved(capsys, *more: str) -> dict:
    words = ["sat", "f.cnf", "--no-presolve", "--runs", "4", "--json", "--preset", "weak.toml"]
    run([*words, *more])
    return json.loads(capsys.readouterr().out)


def test_what_the_first_preset_cannot_solve_is_handed_on(capsys):
    found = solved(capsys, "--max-steps", "5000")
    assert (found["status"], found["preset"]) == ("satisfied", "sat-uniform")
    assert 20 < found["steps"] <= 5000
    assert "weak found nothing in 20 steps" in found["notes"]
    again = solved(capsys, "--max-steps", "5000")
    assert (again["steps"], again["seed"]) == (found["steps"], found["seed"])


@pytest.mark.parametrize(("limit", "preset"), [(7, "weak"), (20, "weak"), (23, "sat-uniform")])
def test_the_limit_of_steps_holds_for_both_phases(limit, preset, folder, capsys):
    written(folder, "sat-article", 20)
    found = solved(capsys, "--max-steps", str(limit))
    preset = "sat-article" if preset == "sat-uniform" else preset
    assert (found["status"], found["steps"], found["preset"]) == ("unknown", limit, preset)


def test_no_time_is_left_for_a_second_phase(capsys):
    found = solved(capsys, "--time-limit", "0")
    assert found["status"] == "unknown"
    assert found["steps"] == 0


def test_time_that_ends_before_the_second_phase_begins_leaves_the_first():
    seen: list[ode.Progress] = []
    limit = UNLIMITED.until(lambda: bool(seen) and seen[-1].steps >= 20)
    found = ode.sat(
        "f.cnf", presolve=False, runs=4, preset="weak.toml", time_limit=limit, progress=seen.append
    )
    run = found.run
    assert (found.status, run.reason, run.steps) == ("unknown", "time", 20)
    assert (run.dynamics, run.preset, len(run.runs)) == ("descent", "weak", 4)
    assert found.violated == run.violated == violations(found.formula, found.truth).total > 0
    assert found.notes == ("weak found nothing in 20 steps",)


def test_more_models_are_found_after_the_hand_over(capsys):
    found = solved(capsys, "--max-steps", "20000", "--solutions", "3")
    assert found["status"] == "satisfied"
    assert len(found["solution"]["models"]) == 3


def test_two_phases_survive_writing_and_reading(folder):
    own = preset_named("weak.toml")
    assert (own.then, own.then_after) == ("sat-uniform", 20)
    assert parse_presets(to_toml(own), "x") == {"weak": own}


def test_equations_of_the_users_own_are_followed_by_no_other():
    automatic = next(p for p in packaged_presets().values() if p.then)
    assert choose("sat", {}, preset=automatic).then is not None
    name = next(iter(automatic.parameters), "dt")
    assert choose("sat", {}, preset=automatic, parameters={name: 0.1}).then is None


@pytest.mark.parametrize(
    ("then", "after", "message"),
    [("nowhere", 20, "no such preset"), ("weak.toml", 20, "then: comes back to itself"),
     ("sat-uniform", 0, "then and then_after"), ("sat-uniform", 2**40, "then_after is at most")],
)  # fmt: skip
def test_a_faulty_hand_over_is_refused_on_one_line(then, after, message, folder, capsys):
    written(folder, then, after)
    with pytest.raises(PresetError, match=message):
        choose("sat", {}, preset="weak.toml")
    assert run(["sat", "f.cnf", "--preset", "weak.toml"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
