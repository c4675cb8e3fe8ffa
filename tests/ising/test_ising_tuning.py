"""``odesolve tune`` on Ising problems and cuts: gaps at equal steps, windows, bad input."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ising.instances import random_problem

import odesolve as ode
from odesolve.budget import UNLIMITED
from odesolve.cli.main import run
from odesolve.presets.choice import choose
from odesolve.presets.files import load_presets
from odesolve.problems.tuning.gaps import LEAST_STEPS, Gaps
from odesolve.problems.tuning.instances import read_instances
from odesolve.problems.tuning.space import coordinates, space_of, values_at, values_of
from odesolve.registry import ISING_DYNAMICS

pytest.importorskip("optuna")

LONG = random_problem(60, 300, 1)
#: A graph so dense that presolve leaves all of it.
EDGES = [(a, b) for a in range(1, 61) for b in range(a + 1, 61, 3)]


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ode.write_ising(LONG, "spins.rudy")
    ode.write_ising(random_problem(50, 300, 2, fields=2), "bits.qubo")
    rows = [f"60 {len(EDGES)}", *(f"{a} {b} 1" for a, b in EDGES), ""]
    Path("graph.mc").write_text("\n".join(rows), encoding="utf-8")
    Path("small.rudy").write_text("3 3\n1 2 1\n2 3 1\n3 1 1\n", encoding="utf-8")
    Path("formula.cnf").write_text(
        "p cnf 4 4\n1 2 3 0\n-1 -2 4 0\n2 -3 -4 0\n-2 3 1 0\n", encoding="utf-8"
    )


def gaps(*paths: str, cut: bool = False) -> Gaps:
    return Gaps(read_instances(paths, 3, lambda _: None, cut=cut))


# ------------------------------------------------------------------------------------- a search

#: A start that is far better than the default at so few steps.
START = ("coupling=1", "pump_from=0", "pump_until=0.7", "dt=1")
TINY = ["--runs", "16", "--max-steps", "30", "--time-limit", "inf", "--trials", "2"]


@pytest.mark.slow
def test_a_search_finds_a_preset_that_the_commands_take(capsys):
    begin = [word for text in START for word in ("--set", text)]
    words = ["tune", "spins.rudy", "bits.qubo", *TINY, *begin, "--json", "-o", "mine.toml"]
    assert run(words) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["objective"], found["status"], found["reason"]) == ("gap", "improved", "trials")
    assert found["budgets"] == {"spins.rudy": 30, "bits.qubo": 30}
    assert found["trials"][0]["values"] == {
        "coupling": 1.0, "pump_from": 0.0, "pump_until": 0.7, "dt": 1.0
    }  # fmt: skip
    assert all(trial["score"] >= 0 for trial in found["trials"])
    # The best that was found is what a solve with far more steps finds.
    for path, best in found["best"].items():
        assert ode.ising(ode.read_ising(path), max_steps=2000, target=best).energy == best
    compared = found["comparison"]
    assert compared["gap"] < compared["gap_other"]
    assert compared["low"] <= compared["gap_other"] - compared["gap"] <= compared["high"]
    assert compared["runs"] == 2 * 4 * 16
    assert "lower by" in found["verdict"]
    # The file holds it, and a solve says that it took it.
    [preset] = load_presets("mine.toml").values()
    assert preset.to_json() == found["preset"]
    run(["ising", "spins.rudy", "--preset", "mine.toml", "--max-steps", "30", "--json"])
    solved = json.loads(capsys.readouterr().out)
    assert solved["preset"] == "mine"
    assert solved["parameters"].items() >= {"dt": preset.parameters["dt"]}.items()
    run(words)
    assert json.loads(capsys.readouterr().out) | {"time": 0} == found | {"time": 0}


@pytest.mark.slow
def test_cuts_are_told_as_cuts(capsys):
    words = ["graph.mc", "--cut", "--dynamics", "oscillators", "--vary", "noise", "--trials", "2"]
    limits = ["--runs", "4", "--max-steps", "40", "--time-limit", "inf"]
    assert run(["tune", *words, *limits]) in (0, 1)
    printed = capsys.readouterr().out
    assert "% mean gap with noise 0.5\n" in printed
    [line] = [line for line in printed.splitlines() if line.startswith("graph.mc: ")]
    cut = int(line.split()[1])
    assert ode.maxcut(EDGES, max_steps=4000, target=cut).cut >= cut > len(EDGES) / 2


def test_from_python():
    result = ode.tune(["graph.mc"], cut=True, trials=2, runs=2, max_steps=20, time_limit=60)
    assert (result.objective, result.reason, len(result.trials)) == ("gap", "trials", 2)
    assert result.score_text(0.0123) == "1.23 % mean gap"
    assert result.trials[0].values["coupling"] == 0.7
    assert result.to_json()["best"] == result.best


def test_no_time_compares_nothing():
    result = ode.tune(["spins.rudy"], time_limit=0)
    assert (result.reason, result.preset, result.best) == ("time", None, {})


# ---------------------------------------------------------------------------------- the objective


def test_costs_are_the_energies_at_the_end_of_anneals_of_equal_steps():
    objective = gaps("spins.rudy")
    [instance] = objective.instances
    dynamics = ode.DiscreteBifurcation(coupling=0.8, pump_from=0.3)
    choice = choose("ising", instance.features, dynamics=dynamics)
    costs = objective.costs(0, choice, 8, 3, 40, UNLIMITED)
    stepper = ode.Anneal(dt=choice.lanes[0][1].dt, first_steps=40, most_steps=40)
    alone = ode.ising(
        LONG, dynamics=dynamics, stepper=stepper, runs=8, seed=3, max_steps=40, presolve=False
    )
    assert (costs - costs.min()).tolist() == [e - min(alone.samples) for e in alone.samples]
    # The gap is that of the mean to the best, as a share of it.
    expected = (np.mean(alone.samples) - alone.energy) / abs(alone.energy)
    assert objective.best() == {"spins.rudy": alone.energy}
    assert objective.score([(0, float(costs.mean()))]) == pytest.approx(expected)


def test_a_better_energy_found_later_changes_scores_and_no_order():
    objective = gaps("spins.rudy")
    [instance] = objective.instances
    choice = choose("ising", instance.features)
    costs = objective.costs(0, choice, 4, 0, 2, UNLIMITED)
    means = [[(0, float(cost))] for cost in np.sort(costs)]
    ranks, scores = [list(map(own, means)) for own in (objective.rank, objective.score)]
    before = objective.best()["spins.rudy"]
    objective.costs(0, choice, 16, 1, 500, UNLIMITED)
    assert objective.best()["spins.rudy"] < before
    assert list(map(objective.rank, means)) == ranks == sorted(ranks)
    after = list(map(objective.score, means))
    assert after == sorted(after)
    assert min(after) > min(scores) >= 0


def test_the_default_has_its_windows_compete_and_then_equal_steps():
    objective = gaps("spins.rudy")
    [instance] = objective.instances
    choice = choose("ising", instance.features)
    assert len(choice.lanes) == 6
    costs = objective.costs(0, choice, 6, 3, 400, UNLIMITED)
    alone = ode.ising(LONG, runs=6, seed=3, max_steps=600, presolve=False,
                      parameters={"most_steps": 400})  # fmt: skip
    last = alone.samples[6:]
    assert (costs - costs.min()).tolist() == [energy - min(last) for energy in last]


def test_anneals_are_shortened_until_settings_can_be_told_apart():
    objective = gaps("spins.rudy")
    [instance] = objective.instances
    choice = choose("ising", instance.features)
    steps = objective.calibrated_budget(0, choice, 8, 0, 1000.0, UNLIMITED)
    assert LEAST_STEPS <= steps < 3200
    assert 3200 % steps == 0


@pytest.mark.parametrize(("shift", "clear"), [(3.0, True), (0.0, False), (-3.0, True)])
def test_a_comparison_tells_a_difference_from_chance(shift, clear):
    objective = gaps("spins.rudy")
    [instance] = objective.instances
    objective.costs(0, choose("ising", instance.features), 4, 0, 20, UNLIMITED)
    generator = np.random.default_rng(1)
    own, other = 10 + generator.exponential(4, (2, 64))
    found = objective.compared([own], [other + shift], [20])
    assert found.is_clear == clear
    assert found.is_better == (found.gap < found.gap_other)
    assert ("lower by" in found.text) == found.is_better
    assert found.low <= found.gap_other - found.gap <= found.high


# -------------------------------------------------------------------------------------- the space


@pytest.mark.parametrize("name", ISING_DYNAMICS)
def test_every_dynamics_has_a_space_around_its_defaults(name):
    lane = choose("ising", {}, dynamics=name).lanes[0]
    space = space_of(lane)
    assert {"dt", "coupling"} <= set(space)
    assert {"first_steps", "patience", "look_every"}.isdisjoint(space)
    values = values_of(lane)
    known = {own: values[own] for own in space}
    assert values_at(space, coordinates(space, known)) == pytest.approx(known)


@given(st.data())
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("vary", [(), ("pump_from",), ("pump_until",)])
def test_windows_of_the_pump_begin_before_they_end(vary, data):
    lane = choose("ising", {}).lanes[0]
    space = space_of(lane, vary)
    proposed = {
        name: data.draw(st.floats(own.low, own.high), label=name) for name, own in space.items()
    }
    values = values_of(lane) | values_at(space, proposed)
    assert 0 <= values["pump_from"] < values["pump_until"]


# -------------------------------------------------------------------------------------- bad input

KINDS_ONLY = "expected formulas only, or graphs only, or Ising problems only"
FAULTS = [
    ("spins.rudy formula.cnf", "formula.cnf: a sat problem among Ising problems; " + KINDS_ONLY),
    ("formula.cnf spins.rudy", "spins.rudy: an Ising problem among sat problems; " + KINDS_ONLY),
    ("small.rudy", "small.rudy: presolve decides every spin; expected a problem that is left"),
    ("small.rudy --cut", "presolve decides every spin"),
    ("formula.cnf --cut", "formula.cnf:1: a CNF formula; expected a graph"),
    ("bits.qubo --cut", "bits.qubo: no graph, but"),
    ("spins.rudy --vary patience", "cannot vary 'patience'; there are coupling, pump_from"),
    ("spins.rudy --dynamics rectified", "no dynamics 'rectified'; choose from adiabatic"),
    ("spins.rudy --preset sat-ctds", "is for other problems; expected ising"),
    ("spins.rudy --set pump_from=2 --vary pump_until", "cannot vary 'pump_until', which is more"),
    ("spins.rudy --set pump_until=0 --vary pump_from", "cannot vary 'pump_from', which is less"),
]


@pytest.mark.parametrize(("words", "message"), FAULTS)
def test_bad_input_is_one_line(words, message, capsys):
    assert run(["tune", *words.split()]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("odesolve: ")
    assert message in line


def test_the_flag_of_cuts_is_a_flag():
    with pytest.raises(ode.InputError, match="cut: 'yes'; expected True or False"):
        ode.tune(["graph.mc"], cut="yes")
