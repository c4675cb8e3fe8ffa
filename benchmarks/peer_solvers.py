"""Solvers that are compared, and what becomes of one attempt: what all benchmarks share.

Every attempt is a process of its own. odesolve is timed as a whole, from start to exit; a peer
times itself, without the start of Python and its imports.
"""

from __future__ import annotations

import importlib.util
import json
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from benchmarks.processes import COLD, Finished, module_command, odesolve_command, run_process
from benchmarks.report import note

#: Seconds that a process may outlive its limit before it is killed.
GRACE_SECONDS = 60.0

#: Seconds after its limit in which a peer ends itself: some have no limit of their own.
PEER_GRACE_SECONDS = 1.0

InstanceT = TypeVar("InstanceT")
AttemptT = TypeVar("AttemptT", bound="Attempt")
Found = TypeVar("Found")


def are_installed(modules: Iterable[str]) -> bool:
    """Whether all modules can be imported, without importing them."""
    try:
        return all(importlib.util.find_spec(name) is not None for name in modules)
    except ModuleNotFoundError:  # the package that one is in is missing, too
        return False


@dataclass(frozen=True)
class Attempt:
    """One solver on one instance.

    Attributes:
        solved: whether a solution came within the limit and passed the check.
        seconds: the time it took; the limit if not solved.
        status: "satisfied", "infeasible", "unknown", "late", "wrong", "refused", "error ...", or
            what else the solver said.
        steps: of odesolve's winning run; what the solver counts, such as flips or conflicts.
        runs: runs that took these steps side by side; 1 for the peers.
        message: the last line of an error.
    """

    solved: bool
    seconds: float
    status: str
    steps: int | None = None
    runs: int = 1
    message: str = ""


@dataclass(frozen=True)
class Solver(Generic[InstanceT, AttemptT]):
    """A name for the tables and a function (instance, limit in seconds) -> attempt.

    Attributes:
        needs: the modules that must be installed.
        unit: what its steps are.
        most: most instances of a family that it is tried on, None for all: a solver that
            almost always spends its limit is shown by a sample.
        longest: its limit is at most this.
    """

    name: str
    attempt: Callable[[InstanceT, float], AttemptT]
    needs: tuple[str, ...] = ("odesolve",)
    unit: str = ""
    most: int | None = None
    longest: float = float("inf")

    @property
    def installed(self) -> bool:
        return are_installed(self.needs)


def run_odesolve(arguments: list[str], limit: float) -> Finished:
    """Run a command of odesolve from a cold start; its answer is JSON."""
    command = [*odesolve_command(), *arguments, "--json", "--quiet", "--time-limit", f"{limit:g}"]
    return run_process(command, limit=limit + GRACE_SECONDS, variables=COLD)


def failure(ran: Finished, path: Path | None = None, name: str = "") -> tuple[str, str]:
    """The status and the message of a process that gave no answer.

    Arguments:
        path: a file whose path the message may hold.
        name: what to call it instead.
    """
    if ran.code == -signal.SIGKILL:
        return "error (killed)", "it outlived its limit"
    message = (ran.errors.strip().splitlines() or [""])[-1]
    if path is not None:
        message = message.replace(str(path), name)
    return "refused" if ran.code == 2 else f"error (exit {ran.code})", message


def peer_answer(module: str, job: dict[str, Any], limit: float) -> dict[str, Any] | str:
    """What a peer's process printed, one JSON object; a status where it printed none."""
    ran = run_process(module_command(module), limit=limit + GRACE_SECONDS, text=json.dumps(job))
    if ran.code in (-signal.SIGALRM, -signal.SIGKILL):
        return "unknown"
    if ran.code != 0:
        note(ran.errors)
        return f"error (exit {ran.code})"
    answer: dict[str, Any] = json.loads(ran.output)
    return answer


def timed(solve: Callable[[], Found], limit: float) -> tuple[Found, float]:
    """What a peer finds, and the seconds it took; a signal ends the process after the limit."""
    # Python's own handlers wait for a solver's C++ to return; the default action does not.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, limit + PEER_GRACE_SECONDS)
    began = time.perf_counter()
    found = solve()
    seconds = time.perf_counter() - began
    signal.setitimer(signal.ITIMER_REAL, 0)
    return found, seconds
