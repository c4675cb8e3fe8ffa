"""The library of native kernels as a file: what builds it, and what becomes of a broken one."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from odesolve.native.building import UNUSED_SECONDS, NativeError, built, compiler, library

#: A compiler that takes its time and writes what it was called with to where it is told to.
QUICK = """#!/bin/sh
for last; do :; done
sleep {seconds}
echo "$@" > "$last"
"""


def use(folder: Path, patch: pytest.MonkeyPatch, seconds: float = 0) -> Path:
    """Have the library looked for there, and built by a program that makes no library of it."""
    program = folder.parent / "compiler"
    program.write_text(QUICK.format(seconds=seconds))
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    patch.setenv("ODESOLVE_NATIVE", str(folder))
    patch.setenv("CXX", str(program))
    return program


@pytest.mark.parametrize("damage", [b"", b"\x7fELF", b"more"])
def test_a_damaged_library_is_not_used_and_built_anew(damage, tmp_path, monkeypatch):
    use(tmp_path / "kept", monkeypatch)
    path = built()
    whole = path.read_bytes()
    assert library() == path
    path.write_bytes(whole + damage if damage == b"more" else damage)
    assert library() is None
    assert built() == path
    assert path.read_bytes() == whole


def test_building_removes_what_nobody_has_loaded_for_long(tmp_path, monkeypatch):
    folder = tmp_path / "kept"
    folder.mkdir()
    use(folder, monkeypatch)
    long_ago = time.time() - UNUSED_SECONDS - 60
    names = {"0" * 64 + ".so": long_ago, "1" * 64 + ".so": time.time(), "mine.so": long_ago}
    for name, moment in names.items():
        (folder / name).write_bytes(b"")
        os.utime(folder / name, (moment, moment))
    (folder / ("0" * 64 + ".sha256")).write_text("")
    path = built()
    left = {each.name for each in folder.iterdir()}
    assert left == {"1" * 64 + ".so", "mine.so", path.name, path.with_suffix(".sha256").name}


def test_a_folder_without_a_name_of_its_own_is_the_working_one(tmp_path, monkeypatch):
    (tmp_path / "kept").mkdir()
    use(tmp_path / "kept", monkeypatch)
    monkeypatch.chdir(tmp_path / "kept")
    monkeypatch.setenv("ODESOLVE_NATIVE", ".")
    assert built().parent == tmp_path / "kept"


def test_a_file_in_the_place_of_the_folder_is_one_line(tmp_path, monkeypatch):
    use(tmp_path / "kept", monkeypatch)
    (tmp_path / "kept").write_text("")
    assert library() is None
    with pytest.raises(NativeError, match=r"^kernels: .*kept: File exists$"):
        built()


def test_the_compiler_may_have_arguments(tmp_path, monkeypatch):
    program = use(tmp_path / "kept", monkeypatch)
    monkeypatch.setenv("CXX", f"{program} -DONE '-DTWO WORDS'")
    assert built().read_text().startswith("-DONE -DTWO WORDS -std=c++17")


@pytest.mark.parametrize("named", ["no-such-compiler", "no-such-compiler g++", "'g++"])
def test_a_compiler_that_is_not_there_is_not_replaced_by_another(named, tmp_path, monkeypatch):
    use(tmp_path / "kept", monkeypatch)
    monkeypatch.setenv("CXX", named)
    assert compiler() is None
    with pytest.raises(NativeError, match=r"^kernels: no .* found, which CXX names; expected"):
        built()


def test_whoever_checks_ends_the_building(tmp_path, monkeypatch):
    use(tmp_path / "kept", monkeypatch, seconds=600)

    def check() -> None:
        raise EOFError

    with pytest.raises(EOFError):
        built(check)
    assert not list((tmp_path / "kept").iterdir())


@pytest.mark.parametrize("interrupted", [False, True], ids=["time", "Ctrl-C"])
def test_a_solve_ends_in_time_while_kernels_are_built(interrupted, tmp_path, monkeypatch):
    program = use(tmp_path / "kept", monkeypatch, seconds=600)
    begun = tmp_path / "begun"
    program.write_text(program.read_text().replace("sleep", f"echo $$ > {begun}\nsleep"))
    code = [
        "import odesolve as ode",
        "clauses = ode.Different([[0, 1], [1, 2], [2, 0]])",
        "system = ode.compile_system([(ode.Simplex(2), 3)], [clauses])",
        "found = ode.solve(system, ode.Rectified(), ode.HeavyBall(), runs=2, kernels='native',",
        f"    time_limit={'None' if interrupted else 3})",
        "print(found.reason.value)",
    ]
    with subprocess.Popen(
        [sys.executable, "-c", "\n".join(code)],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running:
        if interrupted:
            while not begun.exists() and running.poll() is None:
                time.sleep(0.05)
            os.killpg(running.pid, signal.SIGINT)
        told, _ = running.communicate(timeout=120)
    assert running.returncode == 0
    assert told.strip() == ("interrupted" if interrupted else "time")
    assert not list((tmp_path / "kept").iterdir())
    with pytest.raises(ProcessLookupError):
        os.kill(int(begun.read_text()), 0)
