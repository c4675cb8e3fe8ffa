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
from functools import partial
from pathlib import Path
from typing import TextIO

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
    output, errors = io.BytesIO(), io.BytesIO()
    sys.stdout, sys.stderr = (io.TextIOWrapper(stream, "utf-8") for stream in (output, errors))

    def text_of(written: io.BytesIO, stream: TextIO) -> str:
        stream.flush()
        return written.getvalue().decode("utf-8", "replace")

    try:
        yield partial(text_of, output, sys.stdout), partial(text_of, errors, sys.stderr)
    finally:
        sys.stdin, sys.stdout, sys.stderr = previous
