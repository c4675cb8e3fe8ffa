"""The solvers that are compared: each attempt is a process of its own, judged here."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.models import gecode
from benchmarks.models.instances import Instance
from benchmarks.peer_solvers import are_installed, failure
from benchmarks.processes import COLD, Finished, module_command, run_process

PROCESS = "benchmarks.models.process"
#: A process is ended so long after the limit; what it says after the limit does not count as found.
GRACE_SECONDS = 3.0


@dataclass(frozen=True)
class ModelAttempt:
    """One solver on one model with one seed.

    Attributes:
        status: "satisfied", "optimal", "infeasible", "unknown", "late", "refused", "wrong", or
            "error ...".
        seconds: from the start of its process to the solution, the best one where there is an
            objective, or to the proof that there is none.
        wall: how long its process ran.
        objective: of the best solution; None without one.
        checked: "checked" where a second program agreed; see ``Instance.judged``.
        message: why there is no answer.
        violated: kind of constraint -> how many of it odesolve's best values violate.
        found_by: "presolve", "dynamics" or "prover", of odesolve.
    """

    status: str
    seconds: float
    wall: float
    objective: int | None = None
    checked: str = ""
    message: str = ""
    violated: dict[str, int] = field(default_factory=dict)
    found_by: str = ""
    steps: int | None = None

    @property
    def has_solution(self) -> bool:
        return self.status in ("satisfied", "optimal")

    @property
    def answers(self) -> bool:
        """Whether it says what is true of the model: a solution, or that there is none."""
        return self.has_solution or self.status == "infeasible"


@dataclass(frozen=True)
class Solver:
    """A solver by the name that tables and options give it.

    Attributes:
        needs: packages that must be installed.
        is_there: whether what is no package is there.
        ours: whether every seed is tried; others get the first.
        threads: what it is, for the report.
    """

    name: str
    needs: tuple[str, ...] = ()
    is_there: Callable[[], bool] = lambda: True
    ours: bool = False
    threads: str = "1 thread"

    @property
    def installed(self) -> bool:
        return are_installed(self.needs) and self.is_there()


DYNAMICS = Solver("dynamics", ours=True, threads="JAX's threads on all cores")
WITH_PROVER = Solver(
    "with prover", ("cpmpy", "pysat"), ours=True,
    threads="JAX's threads and CaDiCaL's on the same cores",
)  # fmt: skip
CP_SAT = Solver("CP-SAT", ("cpmpy", "ortools"), threads="a worker for each core")
GECODE = Solver("Gecode", (), gecode.available, threads="a thread for each core")
PROVER = Solver("prover", ("cpmpy", "pysat"))
SOLVERS = (DYNAMICS, WITH_PROVER, CP_SAT, GECODE, PROVER)


def attempted(
    solver: Solver, instance: Instance, limit: float, seed: int, cores: int, cache: Path | None
) -> ModelAttempt:
    """Run a solver's process until it ends, or end it after its limit.

    Arguments:
        cache: a folder for compilations that later attempts find; None for none.
    """
    variables = COLD if cache is None else {"ODESOLVE_CACHE": str(cache)}
    with tempfile.TemporaryDirectory() as folder:
        job = {
            "solver": solver.name, "model": str(instance.written(Path(folder))), "limit": limit,
            "seed": seed, "threads": cores, "launched": time.time(),
        }  # fmt: skip
        ran = run_process(
            module_command(PROCESS),
            limit=limit + GRACE_SECONDS,
            text=json.dumps(job),
            variables=variables,
        )
    return judged(ran, instance, limit)


def judged(ran: Finished, instance: Instance, limit: float) -> ModelAttempt:
    """What a process printed, every solution checked."""
    lines = _lines(ran.output)
    end = next((line for line in lines if "end" in line), {})
    more: dict[str, Any] = {
        "violated": end.get("violated", {}),
        "found_by": end.get("found_by", ""),
        "steps": end.get("steps"),
    }
    status, message = str(end.get("end", "")), str(end.get("message", ""))
    message = message.replace(f"{instance.path}", instance.name)
    found = [line for line in lines if "values" in line]
    in_time = [line for line in found if line["seconds"] <= limit]
    best: dict[str, Any] | None = None
    checks: set[str] = set()
    for line in found:
        check, objective = instance.judged(line["values"])
        if objective not in (None, line["objective"]):
            check = f"wrong: the objective is {objective}, not {line['objective']}"
        if check.startswith("wrong"):
            return ModelAttempt("wrong", limit, ran.seconds, message=check, **more)
        checks.add(check)
    if in_time:
        best = in_time[-1]
        checked = "checked" if checks == {"checked"} else "checked once"
        proved = status == "optimal" and instance.optimises and end["seconds"] <= limit
        return ModelAttempt(
            "optimal" if proved else "satisfied", best["seconds"], ran.seconds, best["objective"],
            checked, "", **more,
        )  # fmt: skip
    if status == "infeasible" and end["seconds"] <= limit:
        if instance.path is None and instance.generated.satisfiable:
            return ModelAttempt("wrong", limit, ran.seconds, message="infeasible", **more)
        return ModelAttempt("infeasible", end["seconds"], ran.seconds, message=message, **more)
    if found or status in ("infeasible", "optimal", "satisfied"):
        return ModelAttempt("late", limit, ran.seconds, **more)
    if end:
        return ModelAttempt(status, limit, ran.seconds, message=message, **more)
    status, message = failure(ran, instance.path, instance.name)
    if status == "error (killed)" and ran.seconds >= limit:
        status, message = "unknown", "ended at its limit"
    return ModelAttempt(status, limit, ran.seconds, message=message)


def _lines(output: str) -> list[dict[str, Any]]:
    """Those that were printed to their end."""
    whole = (line for line in output.splitlines(keepends=True) if line.endswith("}\n"))
    return [json.loads(line) for line in whole if line.startswith("{")]
