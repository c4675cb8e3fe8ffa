"""``odesolve tune``: tiny searches, honest comparisons, and input that cannot be used."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import odesolve as ode
from odesolve.cli.main import run
from odesolve.dynamics.memcomputing import Rectified
from odesolve.presets.choice import choose, packaged_presets, preset_named
from odesolve.presets.files import load_presets
from odesolve.problems.tuning.instances import read_instances
from odesolve.problems.tuning.objective import calibrated_budget
from odesolve.steppers.euler import AdaptiveEuler

ARTICLE = Path(__file__).parents[2] / "docs" / "examples" / "article.json"

pytest.importorskip("optuna")


def random_formula(variables: int, clauses: int, seed: int) -> str:
    """Random 3-SAT in DIMACS, satisfied by a hidden assignment."""
    generator = np.random.default_rng(seed)
    hidden = generator.choice([-1, 1], variables)
    lines = [f"p cnf {variables} {clauses}"]
    while len(lines) <= clauses:
        chosen = generator.permutation(variables)[:3]
        signs = generator.choice([-1, 1], 3)
        if (signs == hidden[chosen]).any():
            lines.append(" ".join(map(str, signs * (chosen + 1))) + " 0")
    return "\n".join([*lines, ""])


@pytest.fixture
def formula(tmp_path):
    path = tmp_path / "planted.cnf"
    path.write_text(random_formula(50, 215, 1), encoding="utf-8")
    return path


@pytest.mark.slow
def test_the_default_is_what_sat_would_take(tmp_path):
    path = tmp_path / "uniform.cnf"
    path.write_text(random_formula(700, 2800, 1), encoding="utf-8")
    [instance] = read_instances([str(path)], 3, pytest.fail)
    chosen = choose(instance.problem, instance.features)
    assert chosen.preset == ode.sat(path, max_steps=0).run.preset == "sat-survey"
    # Beyond these steps sat goes on with other equations.
    assert calibrated_budget(instance, chosen, 2, 0, 60.0) <= chosen.then_after


#: The outcome follows from the seed: no clock ends anything.
TINY = [
    "--dynamics",
    "rectified",
    "--runs",
    "4",
    "--max-steps",
    "400",
    "--time-limit",
    "inf",
    "--quiet",
]


def tuned(capsys, *words) -> tuple[int, dict]:
    code = run(["tune", *map(str, words), "--json"])
    captured = capsys.readouterr()
    assert captured.err == ""
    (line,) = captured.out.splitlines()
    return code, json.loads(line)


@pytest.mark.slow
def test_a_search_on_formulas_is_reported_and_repeatable(formula, tmp_path, capsys):
    output = tmp_path / "mine.toml"
    words = [formula, "--trials", "4", *TINY, "-o", output]
    code, found = tuned(capsys, *words)
    assert set(found) == {
        "status", "reason", "preset", "default", "comparison", "verdict", "objective",
        "default_score", "trials", "budgets", "runs", "seed", "time", "notes", "version",
    }  # fmt: skip
    assert (found["reason"], found["objective"]) == ("trials", "steps")
    assert [trial["number"] for trial in found["trials"]] == [0, 1, 2, 3]
    assert found["budgets"] == {str(formula): 400}
    assert found["default"][str(formula)] in packaged_presets()
    # The first trial is where the search begins; it was measured like the default.
    assert found["trials"][0]["complete"]
    assert found["comparison"]["runs"] == 4 * 4
    assert found["comparison"]["low"] <= found["comparison"]["ratio"] <= found["comparison"]["high"]
    better = found["comparison"]["ratio"] > 1
    assert (code == 0) == (found["status"] == "improved") == output.exists()
    assert (found["preset"] is not None) <= better
    if output.exists():
        assert preset_named(output).to_json() == found["preset"]
        assert found["preset"]["name"] == "mine"
    _, again = tuned(capsys, *words)
    assert again | {"time": 0} == found | {"time": 0}


def test_a_search_on_graphs_varies_what_it_is_told_to(capsys):
    code, found = tuned(
        capsys, ARTICLE, "--trials", "3", *TINY, "--vary", "alpha", "--vary", "momentum"
    )
    assert code in (0, 1)
    assert found["default"] == {str(ARTICLE): "coloring-simplex"}
    # Both lanes of the preset begin the search, with their own digits.
    values = [trial["values"] for trial in found["trials"]]
    assert values[:2] == [{"alpha": 3.6, "momentum": 0.465}, {"alpha": 3.4, "momentum": 0.4}]
    assert 0.36 <= values[2]["alpha"] <= 36
    assert all(float(f"{value:.3g}") == value for value in values[2].values())


def test_text_shows_trials_verdict_and_preset(formula, capsys):
    code = run(["tune", str(formula), "--trials", "2", *TINY, "--vary", "alpha", "--progress"])
    captured = capsys.readouterr()
    assert re.search(r"^default \([a-z-]+\): \d+ penalised steps$", captured.out, re.M)
    assert re.search(r"^trial \d: \d+ penalised steps with alpha ", captured.out, re.M)
    assert re.search(r"default on other seeds: \d+\.\d\d \[", captured.out)
    assert ("[tuned]" in captured.out) == (code == 0)
    assert re.search(r"^trial 1: \d+ penalised steps", captured.err, re.M)


def test_no_time_leaves_the_default(formula, tmp_path, capsys):
    output = tmp_path / "mine.toml"
    assert run(["tune", str(formula), "--time-limit", "0", "-o", str(output), "--json"]) == 1
    captured = capsys.readouterr()
    found = json.loads(captured.out)
    assert (found["status"], found["reason"], found["trials"]) == ("unchanged", "time", [])
    assert (found["preset"], found["default_score"], found["comparison"]) == (None, None, None)
    assert captured.err == f"{output} was not written: nothing better than the default was found\n"
    assert not output.exists()


@pytest.mark.slow
def test_ctrl_c_returns_the_best_so_far(formula):
    words = [str(formula), "--time-limit", "inf", "--max-steps", "200", "--progress", "--json"]
    command = [sys.executable, "-m", "odesolve.cli.main", "tune", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        for line in process.stderr:
            if line.startswith("trial 2"):
                process.send_signal(signal.SIGINT)
                break
        out, _ = process.communicate(timeout=120)
    found = json.loads(out)
    assert (process.returncode, found["reason"]) == (130, "interrupted")
    assert len(found["trials"]) >= 3
    assert found["comparison"] is None
    assert "cut short" in found["verdict"]


# ------------------------------------------------------------------------------------- comparisons


def test_costs_order_solved_before_nearly_solved_before_far_off():
    from odesolve.problems.tuning.objective import penalised_steps
    from odesolve.results import RunTable

    formula = ode.Formula(3)
    result = ode.sat(formula).run
    table = RunTable(
        satisfied=np.array([True, True, False, False]),
        steps=np.array([0, 100, 100, 100]),
        violated=np.array([0, 0, 1, 1000]),
        restarts=np.zeros(4, int),
        finite=np.ones(4, bool),
    )
    found = penalised_steps(replace(result, runs=table), 100)
    assert found[:2].tolist() == [1, 100]
    assert 10 * 100 < found[2] < found[3] < 20 * 100


def test_a_comparison_tells_a_difference_from_chance():
    from odesolve.problems.tuning.objective import compared

    generator = np.random.default_rng(4)
    fast = [generator.exponential(100, 64), generator.exponential(1000, 64)]
    slow = [3 * costs for costs in fast]
    like = [generator.exponential(100, 64), generator.exponential(1000, 64)]
    budgets = [400, 4000]
    better = compared(fast, slow, budgets)
    assert better.ratio == pytest.approx(3)
    assert better.is_clear
    assert better.solved > better.solved_other
    worse = compared(slow, fast, budgets)
    assert worse.ratio == pytest.approx(1 / 3)
    assert worse.is_clear
    assert not compared(fast, like, budgets).is_clear


def test_the_space_keeps_to_what_is_on_and_near_where_it_begins():
    from odesolve.problems.tuning.space import space_of

    lane = (Rectified(alpha=3.0, decay=0.0), AdaptiveEuler(reach=1.0))
    space = space_of(lane)
    assert "centring" not in space, "it is off"
    assert "floor" not in space, "it matters little"
    assert (space["alpha"].low, space["alpha"].high) == (0.3, 30.0)
    assert (space["decay"].low, space["decay"].high) == (1e-6, 1.0)
    assert list(space_of(lane, ["floor"])) == ["floor"]
    with pytest.raises(ValueError, match="cannot vary 'centring'; there are alpha"):
        space_of(lane, ["centring"])


# --------------------------------------------------------------------------------------- bad input

FAULTS = [
    ("missing.cnf", "missing.cnf: no such file"),
    ("{cnf} {graph}", "a coloring problem among sat problems; expected formulas only"),
    ("-", "standard input: it can be read only once"),
    ("{easy}", "presolve finds a model; expected a problem that is left"),
    ("{soft}", "it asks for the least cost; expected a formula to satisfy"),
    ("{cnf} --dynamics rectified --vary speed", "cannot vary 'speed'; there are alpha"),
    ("{cnf} --dynamics magic", "no dynamics 'magic'"),
    ("{cnf} --set omega=1", "no parameter 'omega'"),
    ("{cnf} --preset nope", "nope: no such preset and no such file"),
    ("{cnf} -o preset.txt", "unknown kind of output file; expected .toml"),
    ("{cnf} --trials 0", "0 is not in the range"),
    ("{cnf} --time-limit nan", "nan is not a number of seconds"),
    ("", "Missing argument 'FILE...'"),
]


@pytest.mark.parametrize(("words", "message"), FAULTS)
def test_bad_input_is_one_line(words, message, formula, tmp_path, capsys):
    easy, soft = tmp_path / "easy.cnf", tmp_path / "soft.wcnf"
    easy.write_text("p cnf 2 2\n1 0\n-1 2 0\n", encoding="utf-8")
    soft.write_text("p wcnf 2 2 9\n9 1 2 0\n3 -1 0\n", encoding="utf-8")
    words = words.format(cnf=formula, graph=ARTICLE, easy=easy, soft=soft)
    assert run(["tune", *words.split()]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("odesolve: ")
    assert message in line


def test_a_missing_optuna_is_said_in_one_line(formula, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert run(["tune", str(formula)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "pip install 'odesolve[tune]'" in line


def test_the_preset_of_a_result_is_what_a_file_of_it_holds(tmp_path):
    from odesolve.cli.tune import _write
    from odesolve.problems.tuning.result import Trial, TuningResult

    preset = replace(preset_named("sat-ctds"), name="mine", automatic=())
    result = TuningResult(
        preset=preset, default={"a.cnf": "sat-clauses"}, default_score=200.0,
        trials=(Trial(0, {"alpha": 1.0}, 100.0, True),), comparison=None, budgets={"a.cnf": 100},
        reason="interrupted", runs=4, seed=0, seconds=1.0,
    )  # fmt: skip
    path = tmp_path / "mine.toml"
    _write(result, str(path), quiet=True)
    assert load_presets(path) == {"mine": preset}
