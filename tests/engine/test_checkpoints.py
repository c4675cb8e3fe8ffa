"""A solve that is killed and resumed gives the answer of one that was not."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
from resuming import killed_after, resumed_alike, without_times

import odesolve as ode
from odesolve.checkpoints import CheckpointError
from odesolve.cli.main import run
from odesolve.stages import digest

VARIABLES, RUNS = 40, 4


def random_clauses(variables: int, ratio: float, seed: int) -> list[list[int]]:
    generator = np.random.default_rng(seed)
    return [
        ((generator.permutation(variables)[:3] + 1) * generator.choice([-1, 1], 3)).tolist()
        for _ in range(round(ratio * variables))
    ]


CLAUSES = random_clauses(VARIABLES, 4.6, 11)
SYSTEM = ode.compile_system([(ode.Box(-1, 1), VARIABLES)], ode.Or.from_literals(CLAUSES))

#: What goes from step to step: memories, restarts, weights that survive them, random numbers.
METHODS: dict[str, tuple[Any, Any]] = {
    "rectified": (ode.Rectified(), ode.AdaptiveEuler()),
    "survey-flow": (ode.SurveyFlow(), ode.Euler(dt=0.2)),
    "langevin": (ode.Multipliers(), ode.Langevin(noise=0.3, period=50.0)),
    "lanes": (
        ode.interleaved([ode.Memcomputing(), ode.Memcomputing(alpha=9.0)], RUNS),
        ode.HeavyBall(),
    ),
}
#: Restarts at steps 100, 200, ...: the state of a decision is kept before it is taken.
POLICIES = {"runs": RUNS, "seed": 3, "max_steps": 420, "patience": 60, "run_length": 100}


def test_a_digest_says_where_numbers_stand():
    """Two fields of a system, one of them None, are not the same the other way round."""
    cells = np.ones((3, 1), np.float32)
    trees = [
        {"mobility": cells, "open": None},
        {"mobility": None, "open": cells},
        {"mobility": cells},
        [cells, None],
        [None, cells],
    ]
    assert len({digest(tree) for tree in trees}) == len(trees)
    assert digest([cells, None]) == digest([cells.copy(), None])
    one, other = (
        replace(SYSTEM, mobility=own, open=cell) for own, cell in ((cells, None), (None, cells))
    )
    assert digest(one) != digest(other)


#: Of both tables, what takes longest.
SLOW = ("survey-flow", "lanes", "fewest-colours", "several-sums", "several-models")


def names(table: dict[str, Any]) -> list[Any]:
    marks = {name: [pytest.mark.slow] if name in SLOW else [] for name in table}
    return [pytest.param(name, marks=own) for name, own in marks.items()]


@pytest.mark.parametrize("name", names(METHODS))
def test_a_resumed_batch_is_the_same_to_the_last_bit(name, tmp_path, monkeypatch):
    monkeypatch.setattr("odesolve.solving.CALL_SECONDS", 0.004)  # many calls, many moments
    dynamics, stepper = METHODS[name]

    def solve(**options: Any) -> ode.Result:
        return ode.solve(SYSTEM, dynamics, stepper, **{**POLICIES, **options})

    whole, copies = resumed_alike(solve, tmp_path)
    assert whole["runs"]["restarts"] > 0
    assert len(copies.kept) > 2
    first, last = np.load(copies.kept[0]), np.load(tmp_path / "state.npz")
    assert int(first["batch.step"]) < int(last["batch.step"])


def model(**options: Any) -> Any:
    own = ode.Model()
    numbers = [own.integer(f"x{i}", 0, 9) for i in range(6)]
    own.add(ode.constraints.AllDifferent(numbers))
    own.add(ode.constraints.Sum([3, -2, 5, 1, -4, 2], numbers, "==", 11))
    own.minimize([(7, numbers[0]), (-3, numbers[2]), (2, numbers[5])])
    return own.solve(runs=4, max_steps=900, **options)


#: Commands of several stages: turns of widths, falling bounds, rounds, presets that hand over.
STAGED: dict[str, Callable[..., Any]] = {
    "factor": lambda **options: ode.factor(15015, runs=4, max_steps=4000, **options),
    "model": model,
    "several-sums": lambda **options: ode.add(
        None, None, 40, solutions=30, runs=4, max_steps=600, **options
    ),
    "several-models": lambda **options: ode.sat(
        random_clauses(24, 3.2, 5), solutions=12, runs=4, presolve=False, **options
    ),
    "fewest-colours": lambda **options: ode.color(
        np.argwhere(np.triu(np.random.default_rng(4).random((80, 80)) < 0.5, 1)),
        "min", runs=4, max_steps=200, **options
    ),
    "soft": lambda **options: ode.sat(
        "soft.wcnf", runs=4, max_steps=300, presolve=False, **options
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", names(STAGED))
def test_commands_of_several_stages_are_resumed(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{1 + i % 5} {a} {b} {c} 0\n" for i, (a, b, c) in enumerate(CLAUSES))
    Path("soft.wcnf").write_text(rows)
    ignored = {"found_after", "steps"} if name == "soft" else {"found_after"}

    class Plain:
        """The result without what the clock decides."""

        def __init__(self, result: Any) -> None:
            self.document = {k: v for k, v in result.to_json().items() if k not in ignored}

        def to_json(self, _: bool) -> dict[str, Any]:
            return self.document

    _, copies = resumed_alike(lambda **options: Plain(STAGED[name](**options)), tmp_path, 1)
    header = json.loads(str(np.load(copies.kept[-1])["header"][()]))
    assert (len(header["finished"]) > 0) == (name != "soft")


# --------------------------------------------------------------------------------------- refusals


@pytest.fixture(scope="module")
def state(tmp_path_factory) -> Path:
    """A file of a batch that was under way."""
    file = tmp_path_factory.mktemp("state") / "state.npz"
    ode.solve(SYSTEM, ode.Rectified(), **{**POLICIES, "max_steps": 100}, checkpoint=file)
    return file


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": 4}, "made with seed 3; expected seed 4"),
        ({"runs": 5}, "made with runs 4; expected runs 5"),
        ({"patience": 61}, "made with patience 60; expected patience 61"),
        ({"all_runs": True}, "made with all_runs False; expected all_runs True"),
        ({"max_steps": 99}, "has taken 100 steps; expected max_steps 100 at least"),
        ({"dynamics": ode.Rectified(alpha=1.0)}, "made with alpha 5.0; expected alpha 1.0"),
        ({"dynamics": ode.Article()}, "made with dynamics rectified; expected dynamics article"),
        ({"system": ode.compile_system([(ode.Box(-1, 1), VARIABLES)], ode.Or.from_literals(
            [[*CLAUSES[0][:2], -CLAUSES[0][2]], *CLAUSES[1:]]))}, "is of another problem; "),
        ({"starts": np.zeros((VARIABLES, 1))}, "began elsewhere; expected the same hint"),
    ],
)  # fmt: skip
def test_another_solve_is_refused(changes, message, state):
    given = {"system": SYSTEM, "dynamics": ode.Rectified(), **POLICIES, **changes}
    with pytest.raises(CheckpointError) as caught:
        ode.solve(**given, resume=state)
    assert str(caught.value).startswith(f"{state}: {message}")


def test_more_steps_and_another_clock_go_on(state):
    options = {**POLICIES, "time_limit": 600}
    found = ode.solve(SYSTEM, ode.Rectified(), **options, resume=state)
    whole = ode.solve(SYSTEM, ode.Rectified(), **options)
    assert without_times(found.to_json(True)) == without_times(whole.to_json(True))


def rewritten(state: Path, target: Path, **changes: Any) -> Path:
    """The file with another header."""
    arrays = dict(np.load(state))
    header = json.loads(str(arrays.pop("header")[()]))
    np.savez(target, header=np.array(json.dumps({**header, **changes})), **arrays)
    return target


def unclosed(state: Path, target: Path) -> Path:
    """The file with arrays whose shapes are opened and not closed; its sums are right."""
    with ZipFile(state) as whole, ZipFile(target, "w") as broken:
        for name in whole.namelist():
            content = whole.read(name)
            is_header = name == "header.npy"
            broken.writestr(name, content if is_header else content.replace(b")", b" ", 1))
    return target


def files(state: Path, folder: Path) -> dict[str, tuple[Path, str]]:
    """Files that are no checkpoints, and what is said of them."""
    whole = state.read_bytes()
    (folder / "cut").write_bytes(whole[: len(whole) // 2])
    flipped = bytearray(whole)
    for place in range(len(whole) // 3, len(whole) // 2):  # beyond any name of an array
        flipped[place] ^= 0xFF
    (folder / "flipped").write_bytes(flipped)
    (folder / "text").write_text("p cnf 1 1\n")
    (folder / "empty").write_bytes(b"")
    np.savez(folder / "other.npz", a=np.zeros(3))
    np.save(folder / "array.npy", np.zeros(3))
    np.save(folder / "pickle.npy", np.array([{}], object), allow_pickle=True)
    rewritten(state, folder / "format.npz", format=2)
    rewritten(state, folder / "version.npz", odesolve="0.0.9")
    rewritten(state, folder / "stages.npz", finished=None)
    unclosed(state, folder / "unclosed.npz")
    damaged = "damaged"
    return {
        "missing": (folder / "missing", "no such file or directory; expected a checkpoint"),
        "folder": (folder, "is a directory; expected a checkpoint"),
        **{name: (folder / name, damaged) for name in ("cut", "flipped", "text", "empty")},
        "other": (folder / "other.npz", "no checkpoint; expected"),
        "array": (folder / "array.npy", "no checkpoint; expected"),
        "pickle": (folder / "pickle.npy", damaged),
        "format": (folder / "format.npz", "is of another version (format 2 of odesolve "),
        "version": (folder / "version.npz", "is of another version (format 1 of odesolve 0.0.9)"),
        "stages": (folder / "stages.npz", damaged),
        "unclosed": (folder / "unclosed.npz", damaged),
    }


def test_files_that_are_no_checkpoints_are_refused_in_one_line(state, tmp_path, capsys):
    Path(tmp_path / "a.cnf").write_text("p cnf 3 1\n1 2 3 0\n")
    for name, (path, message) in files(state, tmp_path).items():
        code = run(["sat", str(tmp_path / "a.cnf"), "--resume", str(path)])
        said = capsys.readouterr()
        assert (code, said.out) == (2, ""), name
        assert said.err.startswith(f"odesolve: {path}: {message}"), (name, said.err)
        assert said.err.count("\n") == 1, name


def test_what_cannot_be_written_is_refused_before_the_solve(tmp_path, capsys):
    for path, message in {
        tmp_path: "cannot be written; expected a file in a writable folder",
        tmp_path / "none" / "a.npz": "there is no folder ",
        tmp_path / ("a" * 300): "cannot be written",
    }.items():
        assert run(["add", "1", "2", "3", "--checkpoint", str(path)]) == 2
        assert capsys.readouterr().err.startswith(f"odesolve: {path}: {message}")


def test_a_disk_that_fills_up_ends_no_solve(tmp_path):
    """The folder is taken away in the midst of it: the first file is there, later ones fail."""
    folder = tmp_path / "gone"
    folder.mkdir()

    def take_away(_: ode.Progress) -> None:
        shutil.rmtree(folder, ignore_errors=True)

    options = {**POLICIES, "checkpoint": folder / "a.npz", "checkpoint_every": 0}
    found = ode.solve(SYSTEM, ode.Rectified(), progress=take_away, **options)
    assert found.steps == POLICIES["max_steps"]
    assert "cannot be written: No such file or directory" in found.notes[-1]


def test_an_answer_is_not_lost_with_its_first_file(tmp_path):
    folder = tmp_path / "gone"
    folder.mkdir()
    options = {**POLICIES, "checkpoint": folder / "a.npz"}

    def take_away(_: ode.Progress) -> None:
        shutil.rmtree(folder, ignore_errors=True)

    found = ode.solve(SYSTEM, ode.Rectified(), progress=take_away, **options)
    assert found.steps == POLICIES["max_steps"]
    assert found.notes[-1] == f"{folder / 'a.npz'}: cannot be written: No such file or directory"


def test_a_trace_begins_with_the_solve(state, capsys):
    with pytest.raises(ValueError, match="recorder: a resumed solve"):
        ode.solve(SYSTEM, ode.Rectified(), **POLICIES, resume=state, recorder=ode.Recorder())
    assert run(["add", "1", "_", "3", "--resume", str(state), "--trace", "a.npz"]) == 2
    assert "--trace has no use with --resume" in capsys.readouterr().err


# ------------------------------------------------------------------------------------------ kills


def killed_and_resumed(folder: Path, delays: list[float], steps: int, capsys: Any) -> None:
    """A command that is killed so long after its file was there, again and again."""
    formula, state = folder / "hard.cnf", folder / "state.npz"
    clauses = random_clauses(60, 5.5, 2)
    rows = "".join(" ".join(map(str, clause)) + " 0\n" for clause in clauses)
    formula.write_text(f"p cnf 60 {len(clauses)}\n{rows}")
    command = ["sat", str(formula), "--runs", "8", "--max-steps", str(steps), "--patience", "700"]
    command += ["--all-runs", "--json"]
    program = [sys.executable, "-m", "odesolve", *command]
    before: list[str] = []
    for delay in delays:
        writing = ["--checkpoint", str(state), "--checkpoint-every", "0"]
        killed_after([*program, *writing, *before], state, delay)
        before = ["--resume", str(state)]
    answers = []
    for resumed in (before, []):
        assert run([*command, *resumed]) == 0
        answers.append(without_times(json.loads(capsys.readouterr().out)))
    again, whole = answers
    assert again == whole
    assert whole["steps"] == steps
    assert whole["runs"]["restarts"] > 0


@pytest.mark.core
@pytest.mark.slow
def test_a_killed_command_gives_the_same_answer(tmp_path, capsys):
    killed_and_resumed(tmp_path, [0.05], 4000, capsys)


@pytest.mark.slow
def test_a_command_that_is_killed_at_random_moments(tmp_path, capsys):
    generator = np.random.default_rng(0)
    killed_and_resumed(tmp_path, generator.uniform(0, 0.5, 12).tolist(), 60_000, capsys)
