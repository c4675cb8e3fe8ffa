"""Run a command as a measured process."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: Compilations are neither stored nor found: what is timed includes them.
COLD = {"ODESOLVE_CACHE": "off", "JAX_ENABLE_COMPILATION_CACHE": "false"}
#: Cores that every solver gets where solvers are compared by wall time.
CORES = 2


@dataclass(frozen=True)
class Finished:
    """What a process left behind.

    Attributes:
        seconds: wall time from its start to its end.
        code: exit code; minus the signal's number if a signal ended it.
        peak_bytes: largest resident memory on the host.
        cpu_seconds: processor time of all its threads.
    """

    seconds: float
    code: int
    output: str
    errors: str
    peak_bytes: int
    cpu_seconds: float = 0.0


@contextmanager
def cold() -> Iterator[None]:
    """Have the processes that are begun in the block neither store nor find compilations."""
    before = dict(os.environ)
    os.environ.update(COLD)
    os.environ.pop("JAX_COMPILATION_CACHE_DIR", None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def use_cores(count: int = CORES) -> int:
    """Bind this process, and all that it starts, to so many cores; how many those are."""
    if not hasattr(os, "sched_setaffinity"):
        return usable_cores()
    cores = sorted(os.sched_getaffinity(0))[:count]
    os.sched_setaffinity(0, cores)
    return len(cores)


def usable_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def odesolve_command() -> list[str]:
    """The installed command that belongs to this interpreter."""
    script = Path(sys.executable).with_name("odesolve")
    return [str(script)] if script.exists() else [sys.executable, "-m", "odesolve.cli.main"]


def module_command(name: str) -> list[str]:
    """Run a module of the benchmarks: ``run_process`` starts in a folder where -m finds none."""
    lines = ("import runpy, sys", f"sys.path.append({str(ROOT)!r})",
             f"runpy.run_module({name!r}, run_name='__main__', alter_sys=True)")  # fmt: skip
    return [sys.executable, "-c", "; ".join(lines)]


def run_process(
    command: Sequence[str],
    *,
    limit: float,
    text: str = "",
    variables: dict[str, str] | None = None,
) -> Finished:
    """Run a command to its end, or kill it.

    It runs in an empty folder: in the repository root, ./odesolve would hide the installed
    package.

    Arguments:
        limit: seconds after which it is killed.
        text: its standard input.
        variables: environment variables to set, besides those that there are.
    """
    environment = os.environ | (variables or {})
    if variables and "ODESOLVE_CACHE" in variables:
        environment.pop("JAX_COMPILATION_CACHE_DIR", None)
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile("w+") as source,
        tempfile.TemporaryFile("w+") as output,
        tempfile.TemporaryFile("w+") as errors,
    ):
        source.write(text)
        source.seek(0)
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdin=source, stdout=output, stderr=errors, cwd=folder, env=environment
        )
        code, usage = _wait(process, limit)
        seconds = time.perf_counter() - began
        output.seek(0)
        errors.seek(0)
        unit = 1 if sys.platform == "darwin" else 1024
        return Finished(
            seconds,
            code,
            output.read(),
            errors.read(),
            usage.ru_maxrss * unit,
            usage.ru_utime + usage.ru_stime,
        )


def _wait(process: subprocess.Popen[bytes], limit: float) -> tuple[int, resource.struct_rusage]:
    """Wait for a process; its exit code and what it used, which only wait4 tells apart."""

    def kill() -> None:
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)

    timer = threading.Timer(limit, kill)
    timer.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        raise
    finally:
        timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage
