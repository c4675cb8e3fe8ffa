"""The solvers that are compared: odesolve as a whole process, and its peers; one attempt each.

An attempt is not that of ``benchmarks.peer_solvers``, which solves a problem or does not: here
every solver has some answer at any time, and what counts is its value and when it was found.
"""

from __future__ import annotations

import base64
import json
import signal
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.ising.instances import Instance
from benchmarks.peer_solvers import are_installed, failure
from benchmarks.processes import (
    COLD,
    CORES,
    Finished,
    module_command,
    odesolve_command,
    run_process,
)

PROCESS = "benchmarks.ising.process"
#: Seconds that odesolve may outlive its limit before it is killed.
GRACE_SECONDS = 10.0
#: Exit codes of odesolve with an answer: reached or proved, budget spent.
ANSWERED = (0, 1)


@dataclass(frozen=True)
class Attempt:
    """One solver on one instance with one seed.

    Attributes:
        value: the exact cut or energy of its best spins; None if it has none.
        seconds: when it found them, since the start of its process.
        wall: how long its process, or the longer one of two, ran.
        status: "answered", "proved", "nothing", "refused" or "error ...".
        message: what it said then.
        steps: of odesolve until it found them.
    """

    value: Fraction | None
    seconds: float
    wall: float
    status: str
    message: str = ""
    steps: int | None = None


@dataclass(frozen=True)
class Solver:
    """A solver by the name that tables and options give it.

    Attributes:
        needs: packages that must be installed.
        processes: how many of them run beside each other, with different seeds: one where the
            solver uses both cores by itself.
    """

    name: str
    needs: tuple[str, ...] = ()
    processes: int = 1

    @property
    def installed(self) -> bool:
        return are_installed(self.needs)

    def attempt(
        self, instance: Instance, limit: float, seed: int, target: Fraction | None
    ) -> Attempt:
        """Solve for so many seconds, or until a value is reached."""
        if self is OURS:
            return attempt_ours(instance, limit, seed, target)
        return attempt_peer(self, instance, limit, seed, target)


OURS = Solver("odesolve")
SOLVERS = (
    OURS,
    Solver("dwave-annealing", ("dwave.samplers",), CORES),
    Solver("dwave-tabu", ("dwave.samplers",), CORES),
    Solver("openjij", ("openjij",), CORES),
    Solver("simulated-bifurcation", ("simulated_bifurcation", "torch")),
)


def attempt_ours(
    instance: Instance, limit: float, seed: int, target: Fraction | None = None
) -> Attempt:
    """Run the command from a cold start with default options."""
    command = [*odesolve_command(), *instance.command, "--json", "--quiet"]
    command += ["--time-limit", f"{limit:g}", "--seed", str(seed)]
    if target is not None:
        # A negative number would look like an option.
        command.append(f"--target={_decimal(target)}")
    ran = run_process(command, limit=limit + GRACE_SECONDS, variables=COLD)
    if ran.code not in ANSWERED or not ran.output.startswith("{"):
        return failed(ran, instance)
    answer = json.loads(ran.output)
    best = answer["solution"] or answer["best"]
    spins = np.array([best["assignment"][str(label)] for label in instance.problem.labels])
    if instance.problem.is_binary:
        spins = 2 * spins - 1
    # Its clock begins after Python has started: all that it did not see counts as a delay.
    unseen = max(ran.seconds - answer["time"]["total"], 0.0)
    found = answer["improvements"][-1] if answer["improvements"] else {"seconds": 0.0, "steps": 0}
    status = "proved" if answer["optimal"] else "answered"
    seconds = found["seconds"] + unseen
    return Attempt(instance.value(spins), seconds, ran.seconds, status, steps=found["steps"])


def _decimal(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else repr(float(value))


def attempt_peer(
    solver: Solver, instance: Instance, limit: float, seed: int, target: Fraction | None
) -> Attempt:
    """Run a peer in as many processes as it needs to use all cores, and end them at the limit."""
    problem = instance.problem
    offset = Fraction(problem.offset, problem.denominator)
    wanted = None if target is None else float(instance.energy_of(target) - offset)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "problem.npz"
        np.savez(
            file,
            pairs=problem.pairs.astype(np.int64),
            couplings=(problem.couplings / problem.denominator).astype(np.float64),
            fields=(problem.fields / problem.denominator).astype(np.float64),
        )
        job = {
            "solver": solver.name, "problem": str(file), "limit": limit, "target": wanted,
            "threads": CORES // solver.processes,
        }  # fmt: skip
        seeds = [solver.processes * seed + number for number in range(solver.processes)]
        with ThreadPoolExecutor(solver.processes) as pool:
            ran = list(pool.map(lambda own: _run_peer(job | {"seed": own}, limit), seeds))
    return best_of(ran, instance)


def _run_peer(job: dict[str, Any], limit: float) -> Finished:
    text = json.dumps(job | {"launched": time.time()})
    threads = {"OMP_NUM_THREADS": str(job["threads"])}
    return run_process(module_command(PROCESS), limit=limit, text=text, variables=threads)


def best_of(processes: Sequence[Finished], instance: Instance) -> Attempt:
    """The best of what several processes printed, judged here."""
    attempts = []
    for ran in processes:
        found = last_line(ran.output)
        if found is not None:
            packed = np.frombuffer(base64.b64decode(found["spins"]), np.uint8)
            bits = np.unpackbits(packed)[: instance.problem.spin_count].astype(np.int8)
            value = instance.value(2 * bits - 1)
            attempts.append(Attempt(value, found["seconds"], ran.seconds, "answered"))
    if not attempts:
        return failed(processes[0], instance)
    sense = -1 if instance.is_cut else 1
    best = min(attempts, key=lambda each: (sense * (each.value or 0), each.seconds))
    wall = max(ran.seconds for ran in processes)
    return Attempt(best.value, best.seconds, wall, best.status)


def last_line(output: str) -> dict[str, Any] | None:
    """The last improvement that was printed to its end."""
    for line in reversed(output.splitlines(keepends=True)):
        if line.endswith("}\n"):
            return dict(json.loads(line))
    return None


def failed(ran: Finished, instance: Instance) -> Attempt:
    """An attempt without an answer, and why."""
    status, message = failure(ran, instance.path, instance.name)
    if ran.code == -signal.SIGKILL:
        status, message = "nothing", "ended at its limit"
    elif ran.code == 0:
        status = "nothing"
    elif message.startswith("MemoryError: "):
        status, message = "refused", message.removeprefix("MemoryError: ")
    return Attempt(None, ran.seconds, ran.seconds, status, message)
