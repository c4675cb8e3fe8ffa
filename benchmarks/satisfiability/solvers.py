"""The solvers that are compared: odesolve as a whole process, and its peers; one attempt each."""

from __future__ import annotations

import importlib.util
import json
import pickle
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.processes import COLD, Finished, module_command, odesolve_command, run_process
from benchmarks.report import note
from benchmarks.satisfiability.instances import Instance

PROCESS = "benchmarks.satisfiability.process"
#: Seconds that a process may outlive its limit before it is killed.
GRACE_SECONDS = 30.0
SEED = 1
#: Exit codes of the competitions: unknown, a model, no model, a model of least cost.
UNKNOWN, MODEL, NO_MODEL, OPTIMUM = 0, 10, 20, 30


@dataclass(frozen=True)
class Attempt:
    """One solver on one instance.

    Attributes:
        solved: whether a model came within the limit and passed the check, or the lack of one was
            claimed by a solver that proves it; for an optimization, whether any model came.
        seconds: the time it took; the limit if not solved.
        status: "satisfied", "infeasible", "unknown", "late", "wrong", "refused", "error ...".
        steps: of odesolve's or descent's winning run; flips; conflicts.
        runs: runs that took these steps side by side; 1 for the peers.
        cost: of the model, for an optimization.
        proved: whether the solver says that the cost is the least.
        found_by: "dynamics", "presolve" or "CaDiCaL", as odesolve's answer tells.
    """

    solved: bool
    seconds: float
    status: str
    steps: int | None = None
    runs: int = 1
    cost: int | None = None
    proved: bool = False
    found_by: str | None = None
    message: str = ""


@dataclass(frozen=True)
class Solver:
    """A name for the tables and a function (instance, limit in seconds) -> attempt.

    Attributes:
        unit: what its steps are.
        most: most instances of a family that it is tried on, None for all: a solver that
            almost always spends its limit is shown by a sample.
        longest: its limit is at most this.
    """

    name: str
    attempt: Callable[[Instance, float], Attempt]
    unit: str
    needs: tuple[str, ...] = ()
    most: int | None = None
    longest: float = float("inf")

    @property
    def installed(self) -> bool:
        if self is OURS:
            return command_exists()
        return all(importlib.util.find_spec(name) is not None for name in self.needs)


@cache
def command_exists() -> bool:
    """Whether ``odesolve sat`` does."""
    asked = run_process([*odesolve_command(), "sat", "--help"], limit=60)
    return asked.code == 0


def judged(
    instance: Instance, truth: np.ndarray | None, seconds: float, limit: float, **rest: Any
) -> Attempt:
    """An attempt that claims success, checked."""
    if truth is None or len(truth) < instance.variables:
        return Attempt(False, limit, "wrong", **rest)
    if instance.violated(truth):
        return Attempt(False, limit, "wrong", **rest)
    if instance.optimizes:
        return Attempt(True, min(seconds, limit), "satisfied", cost=instance.cost(truth), **rest)
    if seconds > limit:
        return Attempt(False, limit, "late", **rest)
    return Attempt(True, seconds, "satisfied", **rest)


def attempt_ours(options: tuple[str, ...], instance: Instance, limit: float) -> Attempt:
    """Run ``odesolve sat`` from a cold start; everything counts, from start to exit."""
    command = [*odesolve_command(), "sat", str(instance.path), "--json", "--quiet"]
    command += ["--time-limit", f"{limit:g}", *options]
    ran = run_process(command, limit=limit + GRACE_SECONDS, variables=COLD)
    if ran.code not in (UNKNOWN, MODEL, NO_MODEL, OPTIMUM) or not ran.output.startswith("{"):
        return _failed(ran, instance, limit)
    answer = json.loads(ran.output)
    measured: dict[str, Any] = {"steps": answer.get("steps")}
    measured["found_by"] = answer.get("found_by")
    measured["runs"] = max(int(answer.get("runs", {}).get("total", 1)), 1)
    truth = truth_of(answer.get("solution"), instance.variables)
    if ran.code == NO_MODEL:
        late = ran.seconds > limit
        return Attempt(not late, limit if late else ran.seconds, "infeasible", **measured)
    if ran.code in (MODEL, OPTIMUM):
        measured["proved"] = ran.code == OPTIMUM
        return judged(instance, truth, ran.seconds, limit, **measured)
    return Attempt(False, limit, "unknown", **measured)


def truth_of(found: Any, variables: int) -> np.ndarray | None:
    """Truth values from an answer's object: its list of literals, one a variable."""
    if isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        found = lists[0] if lists else None
    if not isinstance(found, list):
        return None
    literals = np.array(found, np.int64)
    truth = np.zeros(variables, bool)
    true = literals[(literals > 0) & (literals <= variables)]
    truth[true - 1] = True
    return truth


def _failed(ran: Finished, instance: Instance, limit: float) -> Attempt:
    message = (ran.errors.strip().splitlines() or [""])[-1]
    message = message.replace(str(instance.path), instance.name)
    if ran.code == -signal.SIGKILL:
        return Attempt(False, limit, "error (killed)", message="it outlived its limit")
    status = "refused" if ran.code == 2 else f"error (exit {ran.code})"
    return Attempt(False, limit, status, message=message)


def attempt_peer(name: str, instance: Instance, limit: float) -> Attempt:
    """Run a peer in its own process; the time is its own, without the start of Python."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "instance.pickle"
        file.write_bytes(pickle.dumps(instance))
        job = {"solver": name, "instance": str(file), "limit": limit, "seed": SEED}
        command = module_command(PROCESS)
        ran = run_process(command, limit=limit + GRACE_SECONDS, text=json.dumps(job))
    if ran.code in (-signal.SIGALRM, -signal.SIGKILL):
        return Attempt(False, limit, "unknown")
    if ran.code != 0:
        note(ran.errors)
        return Attempt(False, limit, f"error (exit {ran.code})")
    answer = json.loads(ran.output)
    status, steps = answer["status"], answer["steps"]
    if answer["truth"] is not None:
        truth = np.array([character == "1" for character in answer["truth"]])
        return judged(
            instance, truth, answer["seconds"], limit, steps=steps, proved=answer["proved"]
        )
    proved = status == "infeasible" and answer["seconds"] <= limit
    seconds = answer["seconds"] if proved else limit
    name, _, message = status.partition(": ")
    return Attempt(proved, seconds, name, steps, message=message)


def ours(*options: str) -> Solver:
    """Odesolve with options."""
    name = f"odesolve {' '.join(options) or '(default)'}"
    return Solver(name, partial(attempt_ours, options), "steps")


OURS = ours()
CADICAL = Solver("CaDiCaL", partial(attempt_peer, "cadical"), "conflicts", ("pysat",))
PROBSAT = Solver("probSAT", partial(attempt_peer, "probsat"), "flips", ("numba",))
DESCENT = Solver(
    "descent, multilinear", partial(attempt_peer, "descent"), "steps", (), most=2, longest=10.0
)
CP_SAT = Solver("CP-SAT, 2 workers", partial(attempt_peer, "cp-sat"), "conflicts", ("ortools",))
RC2 = Solver("RC2", partial(attempt_peer, "rc2"), "", ("pysat",))
