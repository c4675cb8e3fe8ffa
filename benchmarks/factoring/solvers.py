"""One attempt at factoring: odesolve as a whole process, and CaDiCaL on its clauses."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.factoring.instances import Instance
from benchmarks.peer_solvers import GRACE_SECONDS, Attempt, failure, run_odesolve
from benchmarks.processes import COLD, module_command, run_process
from benchmarks.report import note

PEERS = "benchmarks.factoring.peers"
CADICAL_INSTALLED = importlib.util.find_spec("pysat") is not None


@dataclass(frozen=True)
class FactoringAttempt(Attempt):
    """One solver on one number; its steps are of all batches together, or conflicts."""

    @property
    def lane_steps(self) -> int | None:
        return None if self.steps is None else self.steps * self.runs

    @property
    def candidates(self) -> int | None:
        """Pairs of rounded numbers that were multiplied: one a run, at the start and each step."""
        return None if self.steps is None else (self.steps + 1) * self.runs


def attempt_ours(number: int, primes: Sequence[int], limit: float) -> FactoringAttempt:
    """``odesolve factor`` with default options, from start to exit without a cache."""
    ran = run_odesolve(["factor", str(number)], limit)
    if ran.code not in (0, 1) or not ran.output.startswith("{"):
        status, message = failure(ran)
        note(ran.errors)
        return FactoringAttempt(False, limit, status, message=message)
    answer = json.loads(ran.output)
    steps, runs = answer["steps"], max((s["runs"] for s in answer["splits"]), default=1)
    if ran.code == 1:
        return FactoringAttempt(False, limit, answer["status"], steps, runs)
    found = [p for p, exponent in answer["solution"]["factors"] for _ in range(exponent)]
    if found != list(primes):
        return FactoringAttempt(False, limit, "wrong", steps, runs)
    if ran.seconds > limit:
        return FactoringAttempt(False, limit, "late", steps, runs)
    return FactoringAttempt(True, ran.seconds, "satisfied", steps, runs)


def json_lines(module: str, job: dict[str, Any], limit: float) -> list[dict[str, Any]]:
    """What a process printed until it ended or was killed, one JSON object a line."""
    ran = run_process(module_command(module), limit=limit, text=json.dumps(job),
                      variables=COLD)  # fmt: skip
    if ran.code != 0:
        note(ran.errors or f"{module} was ended (exit {ran.code})")
    # The last line of a killed process may be half a line.
    return [json.loads(line) for line in ran.output.splitlines() if line.endswith("}")]


def as_job(instances: Sequence[Instance]) -> list[list[Any]]:
    """Numbers with the widths of their factors."""
    return [[each.number, list(each.widths)] for each in instances]


def attempts_cadical(
    instances: Sequence[Instance], limit: float, *, blocks: bool
) -> list[FactoringAttempt]:
    """CaDiCaL on every instance, the right widths given; in one process."""
    job = {"instances": as_job(instances), "blocks": blocks}
    answers = json_lines(PEERS, job, limit * len(instances) + GRACE_SECONDS)
    attempts = []
    for instance, answer in zip(instances, answers, strict=False):
        right = answer["factors"] == [instance.p, instance.q]
        solved = right and answer["seconds"] <= limit
        status = "satisfied" if solved else "late" if right else "wrong"
        seconds = answer["seconds"] if solved else limit
        attempts.append(FactoringAttempt(solved, seconds, status, answer["conflicts"]))
    return attempts + [FactoringAttempt(False, limit, "unknown")] * (len(instances) - len(attempts))
