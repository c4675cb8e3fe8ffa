"""The solvers that are compared: odesolve as a whole process, and its peers."""

from __future__ import annotations

import importlib.util
import json
import signal
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.coloring.instances import Instance, coloring_of, violated_edges
from benchmarks.processes import COLD, module_command, odesolve_command, run_process
from benchmarks.report import note

PEERS = "benchmarks.coloring.peers"
#: Seconds that a process may outlive its limit before it is killed.
GRACE_SECONDS = 60.0


@dataclass(frozen=True)
class Attempt:
    """One solver on one graph.

    Attributes:
        solved: whether a colouring came within the limit and passed the check.
        seconds: the time it took; the limit if not solved.
        status: what the solver said, or "late", "wrong", "refused", "error".
        steps: of odesolve's winning run.
        violated: edges that the best colouring violates.
        colors: colours that the colouring uses.
        lower_bound: colours that the solver proved to be needed.
        compile: seconds in which odesolve traced and compiled.
    """

    solved: bool
    seconds: float
    status: str
    steps: int | None = None
    violated: int | None = None
    colors: int | None = None
    lower_bound: int | None = None
    compile: float | None = None
    peak_bytes: int = 0
    message: str = ""


@dataclass(frozen=True)
class Solver:
    """A name for the tables and a function (instance, limit in seconds) -> attempt."""

    name: str
    attempt: Callable[[Instance, float], Attempt]
    needs: str = "odesolve"

    @property
    def installed(self) -> bool:
        return importlib.util.find_spec(self.needs) is not None


def judged(
    instance: Instance, coloring: list[int] | None, seconds: float, limit: float, **rest: Any
) -> Attempt:
    """An attempt that claims success, checked."""
    violated = violated_edges(instance, coloring, instance.colors)
    used = len(set(coloring)) if coloring is not None else None
    rest |= {"violated": violated, "colors": used}
    if violated != 0:
        return Attempt(False, limit, "wrong", **rest)
    if seconds > limit:
        return Attempt(False, limit, "late", **rest)
    return Attempt(True, seconds, "satisfied", **rest)


def attempt_ours(options: tuple[str, ...], instance: Instance, limit: float) -> Attempt:
    """Run ``odesolve color`` from a cold start; everything counts, from start to exit."""
    command = [*odesolve_command(), "color", str(instance.path), "--json", "--quiet"]
    command += ["--colors", str(instance.colors), "--time-limit", f"{limit:g}", *options]
    ran = run_process(command, limit=limit + GRACE_SECONDS, variables=COLD)
    # A crash exits with 1, too, but prints no answer.
    if ran.code not in (0, 1, 3) or not ran.output.startswith("{"):
        message = (ran.errors.strip().splitlines() or [""])[-1]
        message = message.replace(str(instance.path), instance.name)
        status = "refused" if ran.code == 2 else f"error (exit {ran.code})"
        return Attempt(False, limit, status, message=message)
    answer = json.loads(ran.output)
    measured = {
        "steps": answer["steps"],
        "compile": answer["time"]["compile"],
        "peak_bytes": ran.peak_bytes,
    }
    if ran.code == 0:
        coloring = coloring_of(instance, answer["solution"]["coloring"])
        return judged(instance, coloring, ran.seconds, limit, **measured)
    best = coloring_of(instance, answer["best"]["coloring"]) if "best" in answer else None
    violated = violated_edges(instance, best, instance.colors)
    return Attempt(False, limit, answer["status"], violated=violated, **measured)


def attempt_peer(name: str, instance: Instance, limit: float) -> Attempt:
    """Run a peer in its own process; the time is its own, without the start of Python."""
    if instance.has_loop:
        return Attempt(False, limit, "refused")
    job = {"solver": name, "nodes": instance.node_count, "edges": instance.edges.tolist()}
    job |= {"colors": instance.colors, "limit": limit}
    command = module_command(PEERS)
    ran = run_process(command, limit=limit + GRACE_SECONDS, text=json.dumps(job))
    if ran.code in (-signal.SIGALRM, -signal.SIGKILL):
        return Attempt(False, limit, "unknown")
    if ran.code != 0:
        note(ran.errors)
        return Attempt(False, limit, f"error (exit {ran.code})")
    answer = json.loads(ran.output)
    coloring = answer["coloring"]
    if answer["status"] == "greedy":
        used = max(coloring, default=-1) + 1
        violated = violated_edges(instance, coloring, used)
        solved = violated == 0 and used <= instance.colors and answer["seconds"] <= limit
        status = "satisfied" if solved else "wrong" if violated else "unknown"
        seconds = answer["seconds"] if solved else limit
        bound = answer["lower_bound"]
        return Attempt(solved, seconds, status, violated=violated, colors=used, lower_bound=bound)
    if coloring is None:
        return Attempt(False, limit, answer["status"])
    return judged(instance, coloring, answer["seconds"], limit)


def ours(*options: str) -> Solver:
    """Odesolve with options."""
    return Solver(f"odesolve {' '.join(options) or '(default)'}", partial(attempt_ours, options))


OURS = ours()
ARTICLE = ours("--dynamics", "article", "--encoding", "modular")
DSATUR = Solver("networkx DSATUR", partial(attempt_peer, "dsatur"), "networkx")
CADICAL = Solver("CaDiCaL (python-sat)", partial(attempt_peer, "cadical"), "pysat")
CP_SAT = Solver("CP-SAT (OR-Tools)", partial(attempt_peer, "cp-sat"), "ortools")
CP_SAT_FEWEST = Solver("CP-SAT (fewest)", partial(attempt_peer, "cp-sat-fewest"), "ortools")
