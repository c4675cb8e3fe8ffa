"""Run a case through the entry point, in this process and in a folder of its own."""

from __future__ import annotations

import io
import os
import shutil
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fuzzing.cases import Case, Outcome

#: Processor seconds after which a case counts as hanging; the watchdog ends it later by the clock.
HANG_SECONDS = 20.0


def run_case(case: Case, folder: Path) -> Outcome:
    """Run a case in an empty folder, which it may fill."""
    from odesolve.cli.main import run

    _write_files(case, folder)
    code: int | None = None
    failed = ""
    begin = time.process_time()
    with _streams(case.stdin) as (output, errors), _inside(folder):
        try:
            code = run(case.arguments)
        except SystemExit as error:
            failed = f"SystemExit: {error.code}"
        except Exception:
            failed = traceback.format_exc()
    seconds = time.process_time() - begin
    return Outcome(code, output(), errors(), _changed(case, folder), failed, seconds)


def _write_files(case: Case, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in case.files.items():
        (folder / name).write_bytes(content)


def _changed(case: Case, folder: Path) -> dict[str, bytes]:
    found = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    return {name: data for name, data in found.items() if case.files.get(name) != data}


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    previous = os.getcwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(previous)


@contextmanager
def _streams(stdin: bytes) -> Iterator[tuple]:
    """Standard streams as a shell gives them: text over bytes, in UTF-8."""
    previous = sys.stdin, sys.stdout, sys.stderr
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), "utf-8")
    output, errors = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    sys.stdout, sys.stderr = output, errors

    def text_of(stream: io.TextIOWrapper) -> str:
        stream.flush()
        return stream.buffer.getvalue().decode("utf-8", "replace")  # type: ignore[attr-defined]

    try:
        yield lambda: text_of(output), lambda: text_of(errors)
    finally:
        sys.stdin, sys.stdout, sys.stderr = previous
