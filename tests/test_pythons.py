"""The script that looks for Pythons: what does not run is not one of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / ".ci" / "pythons.py"
THIS = "{}.{}".format(*sys.version_info[:2])


@pytest.fixture
def found(tmp_path):
    """Run it where only the given interpreters exist: name -> shell script."""

    def found(**interpreters: str) -> tuple[int, str]:
        for name, script in interpreters.items():
            path = tmp_path / name.replace("_", ".")
            path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
            path.chmod(0o755)
        (tmp_path / "python3.12").mkdir()  # a folder of that name is none either
        ran = subprocess.run(
            [sys.executable, str(SCRIPT), "list"],
            env={**os.environ, "PATH": str(tmp_path), "HOME": str(tmp_path), "PYENV_ROOT": ""},
            capture_output=True,
            text=True,
        )
        return ran.returncode, ran.stdout + ran.stderr

    return found


def test_only_what_runs_is_found(found):
    code, printed = found(python3_13="echo 'not in this folder' >&2; exit 127")
    assert code == 1
    assert printed.count(": not found") == printed.count("\n") - 1
    assert printed.endswith("none of the supported Pythons was found\n")


def test_the_name_does_not_decide_the_version(found, tmp_path):
    real = f'exec {sys.executable} "$@"'
    code, printed = found(python=real, python3_11="echo 3.10", python3_13="echo 3.1")
    assert code == 0
    assert f"Python {THIS}: {tmp_path / 'python'}\n" in printed
    assert printed.count(": not found") == printed.count("\n") - 1


def test_pyenv_is_searched(found, tmp_path):
    folder = tmp_path / ".pyenv" / "versions" / f"{THIS}.0" / "bin"
    folder.mkdir(parents=True)
    (folder / f"python{THIS}").symlink_to(sys.executable)
    code, printed = found()
    assert code == 0
    assert f"Python {THIS}: {folder}" in printed
