"""A search that is killed and resumed gives the answer, steps and energies of one that was not."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ising.instances import random_problem
from resuming import killed_after, resumed_alike, without_times

import odesolve as ode
from odesolve.budget import Budget
from odesolve.checkpoints import CheckpointError
from odesolve.cli.main import run

SPINS = 100
#: Presolve leaves 94 spins; the others answer to these.
PROBLEM = random_problem(SPINS, 320, 4, largest=3)
#: Anneals of 15, 30 and 60 steps, then generations of 20, until one has no better child.
SHORT = {"first_steps": 15.0, "growth": 2.0, "most_steps": 60.0, "generation_steps": 20.0}
OPTIONS = {"parameters": SHORT | {"patience": 1.0}, "runs": 12, "seed": 3, "max_steps": 400}


def thirds() -> ode.IsingProblem:
    """Fractions, and integers beyond 64 bits."""
    pairs = zip(PROBLEM.pairs.tolist(), PROBLEM.couplings.tolist(), strict=True)
    values = {tuple(pair): Fraction(2**70 + value, 3) for pair, value in pairs}
    return ode.IsingProblem.from_dicts({}, values)


def graph() -> list[tuple[int, int]]:
    return [tuple(pair) for pair in PROBLEM.pairs.tolist()]


SEARCHES: dict[str, Callable[..., Any]] = {
    "lanes": lambda **options: ode.ising(PROBLEM, **{**OPTIONS, **options}),
    "cut": lambda **options: ode.maxcut(
        graph(), dynamics="annealed-langevin", hint=[1] * SPINS, target=250, all_runs=True,
        presolve=False, **{**OPTIONS, "seed": 2, **options}
    ),
    "memories": lambda **options: ode.ising(PROBLEM, dynamics="memories", **{**OPTIONS, **options}),
    "fractions": lambda **options: ode.ising(thirds(), presolve=False, **{**OPTIONS, **options}),
}  # fmt: skip


class Plain:
    """All that a search came to, without what the clock decides."""

    def __init__(self, result: Any) -> None:
        self.result = result

    def to_json(self, _: bool = True) -> dict[str, Any]:
        document = without_times(self.result.to_json(statistics=True))
        for found in document["improvements"]:
            del found["seconds"]
        del document["success"]
        own = self.result
        more = {"spins": own.spins.tolist(), "assignments": own.assignments.tolist()}
        return document | more | {"samples": [str(energy) for energy in own.samples]}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if name == "lanes" else pytest.mark.slow) for name in SEARCHES],
)
def test_a_resumed_search_is_the_same(name, tmp_path, monkeypatch):
    # Many calls, many moments.
    monkeypatch.setattr("odesolve.problems.ising.machine.CALL_SECONDS", 0.004)
    whole, copies = resumed_alike(lambda **own: Plain(SEARCHES[name](**own)), tmp_path, 8)
    headers = [json.loads(str(np.load(copy)["header"][()])) for copy in copies.some(8)]
    turns = [header["more"]["number"] for header in headers]
    assert turns == sorted(turns)
    assert len(set(turns)) > 3
    assert headers[-1]["more"]["round"] > 0  # after generations, anneals again
    assert headers[-1]["more"]["population"] is not None or len(whole["samples"]) > 36
    assert whole["steps"] == OPTIONS["max_steps"] or whole["reason"] == "solved"


@pytest.fixture(scope="module")
def state(tmp_path_factory) -> Path:
    """A file of a search that had taken 60 steps, the last 15 of an anneal that was cut short."""
    file = tmp_path_factory.mktemp("state") / "state.npz"
    SEARCHES["lanes"](max_steps=60, checkpoint=file)
    return file


def test_more_steps_go_on_as_if_there_had_never_been_fewer(state):
    assert Plain(SEARCHES["lanes"](resume=state)).to_json() == Plain(SEARCHES["lanes"]()).to_json()


def test_a_time_limit_shortens_no_anneal_of_which_a_file_is_written(tmp_path):
    seen: list[ode.IsingProgress] = []
    limit = Budget.of(35.0, lambda: 10.0 * len(seen))
    file = tmp_path / "state.npz"
    first = SEARCHES["lanes"](time_limit=limit, progress=seen.append, checkpoint=file)
    assert first.run.reason == "time"
    assert 0 < first.run.steps < OPTIONS["max_steps"]
    again = SEARCHES["lanes"](resume=file)
    assert Plain(again).to_json() == Plain(SEARCHES["lanes"]()).to_json()
    # The seconds of both are counted.
    assert again.history[-1].seconds > max(found.seconds for found in first.history[:-1])


def test_what_was_found_before_is_told_once(state):
    told: list[ode.Improvement] = []
    found = SEARCHES["lanes"](resume=state, improved=told.append)
    energies = [own.energy for own in told]
    assert energies == sorted(set(energies), reverse=True)
    assert energies[0] == found.history[0].energy  # the first guess
    assert [own.energy for own in found.history][-len(told) + 1 :] == energies[1:]
    assert [PROBLEM.energy(own.spins) for own in found.history] == [
        own.energy for own in found.history
    ]


def test_a_turn_that_begins_anew_does_not_lose_what_it_had_found(tmp_path):
    file = tmp_path / "state.npz"
    options = {"runs": 4, "seed": 3, "presolve": False}
    first = ode.ising(PROBLEM, **options, max_steps=150, checkpoint=file)
    assert first.energy < first.history[0].energy
    for _ in range(2):  # the file that is written then has it as well
        own = options | {"max_steps": 5000, "stop": lambda: True}
        assert ode.ising(PROBLEM, **own, resume=file, checkpoint=file).energy <= first.energy
    # Where there is not even the time to look into the file, that is told.
    unread = ode.ising(PROBLEM, **options, time_limit=0, resume=file)
    assert unread.run.notes == ("the time was up before the checkpoint was gone on with",)


def test_integers_of_any_length_are_written(tmp_path):
    scaled = ode.IsingProblem.from_dicts(
        {}, {(0, 1): 10**5000, (1, 2): -(10**5000), (0, 2): 10**5000 + 1}
    )
    file, options = tmp_path / "state.npz", {"runs": 2, "presolve": False, "seed": 1}
    first = ode.ising(scaled, **options, max_steps=20, checkpoint=file)
    again = ode.ising(scaled, **options, max_steps=40, resume=file)
    assert again.energy == first.energy == -3 * 10**5000 - 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 4}, "made with seed 3; expected seed 4"),
        ({"runs": 6}, "made with runs 12; expected runs 6"),
        ({"all_runs": True}, "made with all_runs False; expected all_runs True"),
        ({"target": -9999}, "made with target None; expected target -9999"),
        ({"max_steps": 44}, "has taken 45 steps; expected max_steps 45 at least"),
        ({"hint": [1] * SPINS}, "began elsewhere; expected the same hint, or preset"),
        ({"parameters": SHORT}, "made with patience 1.0; expected patience 12.0"),
        ({"presolve": False}, "is of another problem; expected the one that is solved"),
    ],
)
def test_another_search_is_refused(changes, message, state):
    with pytest.raises(CheckpointError) as caught:
        SEARCHES["lanes"](**changes, resume=state)
    assert str(caught.value) == f"{state}: {message}"


def test_a_trace_begins_with_the_search(state):
    with pytest.raises(ode.InputError, match="recorder: a resumed solve is not there from its"):
        SEARCHES["lanes"](resume=state, recorder=ode.Recorder())


@pytest.mark.parametrize("command", ["ising", "maxcut"])
def test_files_of_others_are_refused_in_one_line(command, state, tmp_path, capsys):
    problem = tmp_path / "other.rudy"
    ode.write_ising(random_problem(60, 250, 9), problem)
    assert run([command, str(problem), "--resume", str(state)]) == 2
    said = capsys.readouterr().err
    assert said == f"odesolve: {state}: is of another problem; expected the one that is solved\n"


# ------------------------------------------------------------------------------------------- kills


def killed_and_resumed(folder: Path, command: str, delays: list[float], capsys: Any) -> None:
    """A command that is killed so long after its file was there, again and again."""
    problem, state = folder / "hard.rudy", folder / "state.npz"
    ode.write_ising(random_problem(200, 700, 5), problem)
    words = [command, str(problem), "--runs", "8", "--max-steps", "9000", "--all-runs", "--json"]
    before: list[str] = []
    for delay in delays:
        writing = ["--checkpoint", str(state), "--checkpoint-every", "0"]
        killed_after([sys.executable, "-m", "odesolve", *words, *writing, *before], state, delay)
        before = ["--resume", str(state)]
    answers = []
    for resumed in (before, []):
        assert run([*words, *resumed]) == 1
        answers.append(without_times(json.loads(capsys.readouterr().out)))
    for answer in answers:
        for found in answer["improvements"]:
            del found["seconds"]
        del answer["success"]
    again, whole = answers
    assert again == whole
    assert whole["steps"] == 9000


@pytest.mark.slow
@pytest.mark.parametrize("command", ["ising", "maxcut"])
def test_a_killed_command_gives_the_same_answer(command, tmp_path, capsys):
    generator = np.random.default_rng(1)
    killed_and_resumed(tmp_path, command, generator.uniform(0, 0.4, 3).tolist(), capsys)
