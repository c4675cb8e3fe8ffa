"""The solvers that are compared: odesolve as a whole process, and its peers; one attempt each."""

from __future__ import annotations

import json
import pickle
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peer_solvers import Attempt, Solver, failure, peer_answer, run_odesolve
from benchmarks.satisfiability.instances import Instance

PROCESS = "benchmarks.satisfiability.process"
SEED = 1
#: Exit codes of the competitions: unknown, a model, no model, a model of least cost.
UNKNOWN, MODEL, NO_MODEL, OPTIMUM = 0, 10, 20, 30


@dataclass(frozen=True)
class FormulaAttempt(Attempt):
    """One solver on one formula.

    It is solved, too, where the lack of a model is claimed by a solver that proves it, and where
    any model came of an optimization.

    Attributes:
        cost: of the model, for an optimization.
        proved: whether the solver says that the cost is the least.
        found_by: "dynamics", "presolve" or "CaDiCaL", as odesolve's answer tells.
    """

    cost: int | None = None
    proved: bool = False
    found_by: str | None = None


FormulaSolver = Solver[Instance, FormulaAttempt]


def judged(
    instance: Instance, truth: np.ndarray | None, seconds: float, limit: float, **rest: Any
) -> FormulaAttempt:
    """An attempt that claims success, checked."""
    if truth is None or len(truth) < instance.variables:
        return FormulaAttempt(False, limit, "wrong", **rest)
    if instance.violated(truth):
        return FormulaAttempt(False, limit, "wrong", **rest)
    if instance.optimizes:
        return FormulaAttempt(
            True, min(seconds, limit), "satisfied", cost=instance.cost(truth), **rest
        )
    if seconds > limit:
        return FormulaAttempt(False, limit, "late", **rest)
    return FormulaAttempt(True, seconds, "satisfied", **rest)


def attempt_ours(options: tuple[str, ...], instance: Instance, limit: float) -> FormulaAttempt:
    """Run ``odesolve sat`` from a cold start; everything counts, from start to exit.

    The dynamics are alone, unless the options say otherwise.
    """
    ran = run_odesolve(["sat", str(instance.path), "--prove", "none", *options], limit)
    if ran.code not in (UNKNOWN, MODEL, NO_MODEL, OPTIMUM) or not ran.output.startswith("{"):
        status, message = failure(ran, instance.path, instance.name)
        return FormulaAttempt(False, limit, status, message=message)
    answer = json.loads(ran.output)
    measured: dict[str, Any] = {"steps": answer.get("steps")}
    measured["found_by"] = answer.get("found_by")
    measured["runs"] = max(int(answer.get("runs", {}).get("total", 1)), 1)
    truth = truth_of(answer.get("solution"), instance.variables)
    if ran.code == NO_MODEL:
        late = ran.seconds > limit
        return FormulaAttempt(not late, limit if late else ran.seconds, "infeasible", **measured)
    if ran.code in (MODEL, OPTIMUM):
        measured["proved"] = ran.code == OPTIMUM
        return judged(instance, truth, ran.seconds, limit, **measured)
    return FormulaAttempt(False, limit, "unknown", **measured)


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


def attempt_peer(name: str, instance: Instance, limit: float) -> FormulaAttempt:
    """Run a peer in its own process; the time is its own, without the start of Python."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "instance.pickle"
        file.write_bytes(pickle.dumps(instance))
        job = {"solver": name, "instance": str(file), "limit": limit, "seed": SEED}
        answer = peer_answer(PROCESS, job, limit)
    if isinstance(answer, str):
        return FormulaAttempt(False, limit, answer)
    status, steps = answer["status"], answer["steps"]
    if answer["truth"] is not None:
        truth = np.array([character == "1" for character in answer["truth"]])
        return judged(
            instance, truth, answer["seconds"], limit, steps=steps, proved=answer["proved"]
        )
    proved = status == "infeasible" and answer["seconds"] <= limit
    seconds = answer["seconds"] if proved else limit
    name, _, message = status.partition(": ")
    return FormulaAttempt(proved, seconds, name, steps, message=message)


def ours(name: str, *options: str) -> FormulaSolver:
    """Odesolve with options."""
    return FormulaSolver(name, partial(attempt_ours, options), unit="steps")


OURS = ours("odesolve, dynamics alone")
#: As a user has it, who gives no options: a complete solver works beside for the first seconds.
BESIDE = ours("odesolve, default", "--prove", "auto")
CADICAL = FormulaSolver("CaDiCaL", partial(attempt_peer, "cadical"), ("pysat",), "conflicts")
PROBSAT = FormulaSolver("probSAT", partial(attempt_peer, "probsat"), ("numba",), "flips")
YALSAT = FormulaSolver("like YalSAT", partial(attempt_peer, "yalsat"), ("numba",), "flips")
DESCENT = FormulaSolver(
    "descent, multilinear", partial(attempt_peer, "descent"), (), "steps", most=2, longest=10.0
)
CP_SAT = FormulaSolver(
    "CP-SAT, 2 workers", partial(attempt_peer, "cp-sat"), ("ortools",), "conflicts"
)
RC2 = FormulaSolver("RC2", partial(attempt_peer, "rc2"), ("pysat",), "cores")
SATLIKE = FormulaSolver("SATLike", partial(attempt_peer, "satlike"), ("numba",), "flips")
