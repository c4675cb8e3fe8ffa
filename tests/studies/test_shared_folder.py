"""Studies that processes share through a folder: claims, kills, and what is gathered."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.studies.kills import read_rows, write_study
from odesolve.cli.main import run
from odesolve.problems.studies.cells import solved
from odesolve.problems.studies.files import study_from
from odesolve.problems.studies.folder import CLAIMS, ROWS, SharedFolder

TABLES = {"instances": [{"queries": ["add 1 _ 3", "add _ 2 5"]}], "settings": [{"name": "a"}]}


def cells():
    return list(study_from(TABLES)[0].cells())


def test_a_cell_is_claimed_by_one(tmp_path):
    with (
        SharedFolder.opened(tmp_path, cells(), 60.0) as first,
        SharedFolder.opened(tmp_path, cells(), 60.0) as second,
    ):
        one, other = first.take(), second.take()
        assert {one.cell, other.cell} == {cell.key for cell in cells()}
        assert first.take() is None
        first.put(solved(one))
        second.give_back(other.cell)
        second._looked = first._looked = -1.0
        assert first.done == second.done == 1
        assert first.take().cell == other.cell
    assert not any((tmp_path / CLAIMS).iterdir())
    assert [path.stem for path in (tmp_path / ROWS).iterdir()] == [one.cell]


def test_a_stale_claim_is_taken_back_by_one(tmp_path):
    with SharedFolder.opened(tmp_path, cells(), 60.0) as gone:
        task = gone.take()
        claim = tmp_path / CLAIMS / task.cell
        with SharedFolder.opened(tmp_path, cells(), 60.0) as other:
            assert other.take().cell != task.cell
            assert other.take() is None
            os.utime(claim, (time.time() - 61.0,) * 2)
            other._looked = -1.0
            assert other.take().cell == task.cell
            assert claim.read_text(encoding="utf-8") == other.owner
            # The one that stood still comes back: there is one row all the same.
            gone.put(solved(task))
            other.put(solved(task))
        assert len(list((tmp_path / ROWS).iterdir())) == 1


def begun(study: Path, folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "odesolve", "study", str(study), "--folder", str(folder),
         "--workers", "1", "--stale-after", "2"],
        stdout=subprocess.DEVNULL,
    )  # fmt: skip


def test_three_processes_share_a_study_and_one_is_killed(tmp_path, capsys):
    study = write_study(tmp_path, instances=4, seeds=2, seconds=0.3)
    folder = tmp_path / "shared"
    processes = [begun(study, folder) for _ in range(3)]
    victim = processes[0]
    mine = f"-{victim.pid}-"
    while not any(mine in claim for claim in _claims(folder)) and victim.poll() is None:
        time.sleep(0.01)
    victim.kill()
    victim.wait()
    assert [process.wait(timeout=120) for process in processes[1:]] == [0, 0]
    assert run(["study", str(study), "--folder", str(folder), "--merge", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["cells"] == {"total": 16, "done": 16, "left": 0}
    rows = read_rows(study)
    assert {row[1] for row in rows.values()} == {"satisfied"}
    assert len(rows) == len(list((folder / ROWS).iterdir())) == 16
    assert not any((folder / CLAIMS).iterdir())


def _claims(folder: Path) -> list[str]:
    """The owners of all claims."""
    found = []
    for path in (folder / CLAIMS).glob("*"):
        try:
            found.append(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue
    return found


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--folder", "none", "--merge"], "none: no study is shared there"),
        (["--folder", "file"], "file"),
        (["--folder", "shared", "--again", "odesolve"], "folder: it has rows of its own"),
        (["--folder", "shared", "-o", "x.sqlite"], "folder: it has rows of its own"),
    ],
)
def test_folders_that_cannot_be_used(arguments, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    study = write_study(tmp_path, instances=2, seeds=1, seconds=0.1)
    Path("file").write_text("", encoding="utf-8")
    assert run(["study", str(study), *arguments]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith(f"odesolve: {said}")
    assert shown.count("\n") == 1
