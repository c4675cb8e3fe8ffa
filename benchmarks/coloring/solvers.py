"""The solvers of colourings that are compared: odesolve as a whole process, and its peers."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmarks.coloring.instances import Instance, coloring_of, violated_edges
from benchmarks.coloring.peers import job_of
from benchmarks.peer_solvers import Attempt, Solver, failure, peer_answer, run_odesolve
from benchmarks.processes import usable_cores

PEERS = "benchmarks.coloring.peers"


@dataclass(frozen=True)
class ColoringAttempt(Attempt):
    """One solver on one graph.

    Attributes:
        violated: edges that the best colouring violates.
        colors: colours that the colouring uses.
        lower_bound: colours that the solver proved to be needed.
        compile: seconds in which odesolve traced and compiled.
        peak_bytes: largest resident memory on the host.
    """

    violated: int | None = None
    colors: int | None = None
    lower_bound: int | None = None
    compile: float | None = None
    peak_bytes: int = 0


ColoringSolver = Solver[Instance, ColoringAttempt]


def judged(
    instance: Instance, coloring: list[int] | None, seconds: float, limit: float, **rest: Any
) -> ColoringAttempt:
    """An attempt that claims success, checked."""
    violated = violated_edges(instance, coloring, instance.colors)
    used = len(set(coloring)) if coloring is not None else None
    rest |= {"violated": violated, "colors": used}
    if violated != 0:
        return ColoringAttempt(False, limit, "wrong", **rest)
    if seconds > limit:
        return ColoringAttempt(False, limit, "late", **rest)
    return ColoringAttempt(True, seconds, "satisfied", **rest)


def attempt_ours(options: tuple[str, ...], instance: Instance, limit: float) -> ColoringAttempt:
    """Run ``odesolve color`` from a cold start; everything counts, from start to exit."""
    asked = ["color", str(instance.path), "--colors", str(instance.colors), *options]
    ran = run_odesolve(asked, limit)
    # A crash exits with 1, too, but prints no answer.
    if ran.code not in (0, 1, 3) or not ran.output.startswith("{"):
        status, message = failure(ran, instance.path, instance.name)
        return ColoringAttempt(False, limit, status, message=message)
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
    return ColoringAttempt(False, limit, answer["status"], violated=violated, **measured)


def attempt_peer(name: str, instance: Instance, limit: float, seed: int = 0) -> ColoringAttempt:
    """Run a peer in its own process; the time is its own, without the start of Python."""
    if instance.has_loop:
        return ColoringAttempt(False, limit, "refused")
    answer = peer_answer(PEERS, job_of(name, instance, limit, seed), limit)
    if isinstance(answer, str):
        return ColoringAttempt(False, limit, answer)
    coloring, steps = answer["coloring"], answer["steps"]
    if answer["status"] == "greedy":
        used = max(coloring, default=-1) + 1
        violated = violated_edges(instance, coloring, used)
        solved = violated == 0 and used <= instance.colors and answer["seconds"] <= limit
        status = "satisfied" if solved else "wrong" if violated else "unknown"
        seconds = answer["seconds"] if solved else limit
        bound = answer["lower_bound"]
        return ColoringAttempt(
            solved, seconds, status, steps, violated=violated, colors=used, lower_bound=bound
        )
    if coloring is None:
        return ColoringAttempt(False, limit, answer["status"], steps)
    return judged(instance, coloring, answer["seconds"], limit, steps=steps)


def attempt_search(name: str, instance: Instance, limit: float) -> ColoringAttempt:
    """Run a local search of one thread with a seed on each core; the one that ends first counts."""
    seeds = range(usable_cores())
    with ThreadPoolExecutor(len(seeds)) as threads:
        run = partial(attempt_peer, name, instance, limit)
        return min(threads.map(run, seeds), key=lambda own: (not own.solved, own.seconds))


def search(name: str, called: str) -> ColoringSolver:
    """A local search of ``benchmarks.coloring.tabu``."""
    return ColoringSolver(called, partial(attempt_search, name), ("numba",), "moves")


def ours(*options: str) -> ColoringSolver:
    """Odesolve with options."""
    return ColoringSolver(
        f"odesolve {' '.join(options) or '(default)'}", partial(attempt_ours, options)
    )


OURS = ours()
ARTICLE = ours("--dynamics", "article", "--encoding", "modular")
TABUCOL = search("tabucol", "TabuCol")
PARTIALCOL = search("partialcol", "PartialCol")
HEAD = search("head", "HEAD")
TABUCOL_FEWEST = ColoringSolver(
    "TabuCol (fewest)", partial(attempt_peer, "tabucol-fewest"), ("numba", "networkx"), "moves"
)
DSATUR = ColoringSolver("networkx DSATUR", partial(attempt_peer, "dsatur"), ("networkx",))
CADICAL = ColoringSolver("CaDiCaL (python-sat)", partial(attempt_peer, "cadical"), ("pysat",))
CP_SAT = ColoringSolver("CP-SAT (OR-Tools)", partial(attempt_peer, "cp-sat"), ("ortools",))
CP_SAT_FEWEST = ColoringSolver(
    "CP-SAT (fewest)", partial(attempt_peer, "cp-sat-fewest"), ("ortools",)
)

#: What stands beside odesolve in every table of a number of colours.
PEERS_OF_ALL = (DSATUR, CADICAL, CP_SAT, TABUCOL, PARTIALCOL, HEAD)
