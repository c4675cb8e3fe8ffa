"""Other solvers: a command line from a template, and its process."""

from __future__ import annotations

import os
import shlex
import signal
import string
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odesolve.problems.errors import InputError
from odesolve.problems.studies.study import Task

__all__ = ["NAMES", "Finished", "command_line", "kill_group", "run_command"]

#: What a template may hold in braces.
NAMES = ("file", "seed", "time_limit", "max_steps", "number", "query", "colors", "target")

#: A process that has a time limit is killed after so much more of it, and so many seconds.
ALLOWED_SHARE, ALLOWED_SECONDS = 0.1, 1.0


def command_line(template: str, values: Mapping[str, Any], place: str) -> list[str]:
    """The words of a command.

    Arguments:
        template: words as a shell has them, with ``{file}`` and so on.
        values: by name.

    Raises:
        InputError: a name that there is not, or that has no value; quotes that do not end.

    Example:
        >>> command_line("solver --seed={seed} {file}", {"seed": 3, "file": "a b.cnf"}, "command")
        ['solver', '--seed=3', 'a b.cnf']
    """
    try:
        words = shlex.split(template)
        found = [
            name for word in words for _, name, _, _ in string.Formatter().parse(word)
            if name is not None
        ]  # fmt: skip
    except ValueError as error:
        raise InputError(place, str(error).lower(), "a command line") from None
    if not words:
        raise InputError(place, "it is empty", "a command line")
    for name in found:
        if name not in NAMES:
            known = ", ".join(f"{{{each}}}" for each in NAMES)
            raise InputError(place, f"there is no {{{name}}}", known)
        if values.get(name) is None:
            raise InputError(place, f"{{{name}}} has no value here", "what the problem has")
    return [word.format_map(values) for word in words]


@dataclass(frozen=True)
class Finished:
    """What a process left behind.

    Attributes:
        seconds: wall time from its start to its end.
        code: exit code; minus the signal's number if a signal ended it.
        late: whether it was killed, long after its limit.
    """

    seconds: float
    code: int
    output: str
    errors: str
    late: bool = False


def run_command(task: Task, began: Callable[[int | None], None] = lambda _: None) -> Finished:
    """Run another solver on a task to its end, or kill it.

    Arguments:
        began: called with the number of its group of processes, and with None at its end.

    Raises:
        InputError: the command cannot be run.
    """
    with tempfile.TemporaryDirectory(prefix="odesolve-") as folder:
        path = Path(folder, f"problem.{task.suffix}")
        path.write_bytes(task.data)
        words = command_line(task.command, _values(task, path), "command")
        output, errors = Path(folder, "output"), Path(folder, "errors")
        with output.open("wb") as out, errors.open("wb") as err:
            start = time.perf_counter()
            try:
                process = subprocess.Popen(
                    words, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=folder,
                    start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                reason = (error.strerror or str(error)).lower()
                raise InputError(words[0], reason, "a program") from None
            began(process.pid)
            try:
                late = _is_late(process, task.options.get("time_limit"))
            finally:
                kill_group(process.pid)
                process.wait()
                began(None)
        seconds = time.perf_counter() - start
        return Finished(seconds, process.returncode, _text(output), _text(errors), late)


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")


def _values(task: Task, path: Path) -> dict[str, Any]:
    """What stands for the names of a template."""
    limit = task.options.get("time_limit")
    return {
        "file": str(path),
        "seed": task.seed,
        "time_limit": None if limit is None else f"{limit:g}",
        "max_steps": task.options.get("max_steps"),
        "number": task.data.decode() if task.kind == "factoring" else None,
        "query": task.data.decode() if task.kind == "arithmetic" else None,
        "colors": task.instance_options.get("colors"),
        "target": task.instance_options.get("target"),
    }


def _is_late(process: subprocess.Popen[bytes], limit: float | None) -> bool:
    """Wait for a process, but not much longer than its limit; whether it goes on."""
    allowed = None if limit is None else limit * (1.0 + ALLOWED_SHARE) + ALLOWED_SECONDS
    try:
        process.wait(allowed)
    except subprocess.TimeoutExpired:
        return True
    return False


def kill_group(number: int) -> None:
    """End all processes of a group; none of them is ours."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(number, signal.SIGKILL)
