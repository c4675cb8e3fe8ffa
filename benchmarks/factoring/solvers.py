"""One attempt at factoring: odesolve as a whole process, and CaDiCaL on its clauses."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.factoring.instances import Instance
from benchmarks.processes import COLD, module_command, odesolve_command, run_process
from benchmarks.report import note

PEERS = "benchmarks.factoring.peers"
#: Seconds that a process may outlive its limit before it is killed.
GRACE_SECONDS = 60.0
CADICAL_INSTALLED = importlib.util.find_spec("pysat") is not None


@dataclass(frozen=True)
class Attempt:
    """One solver on one number.

    Attributes:
        solved: whether both primes came within the limit.
        seconds: the time it took; the limit if not solved.
        steps: of all batches together; conflicts for CaDiCaL.
        runs: runs of a batch; 1 for CaDiCaL.
    """

    solved: bool
    seconds: float
    status: str
    steps: int | None = None
    runs: int = 1

    @property
    def lane_steps(self) -> int | None:
        return None if self.steps is None else self.steps * self.runs

    @property
    def candidates(self) -> int | None:
        """Pairs of rounded numbers that were multiplied: one a run, at the start and each step."""
        return None if self.steps is None else (self.steps + 1) * self.runs


def attempt_ours(number: int, primes: Sequence[int], limit: float) -> Attempt:
    """``odesolve factor`` with default options, from start to exit without a cache."""
    command = [*odesolve_command(), "factor", str(number), "--json", "--quiet"]
    command += ["--time-limit", f"{limit:g}"]
    ran = run_process(command, limit=limit + GRACE_SECONDS, variables=COLD)
    if ran.code not in (0, 1) or not ran.output.startswith("{"):
        note(ran.errors)
        return Attempt(False, limit, f"error (exit {ran.code})")
    answer = json.loads(ran.output)
    steps, runs = answer["steps"], max((s["runs"] for s in answer["splits"]), default=1)
    if ran.code == 1:
        return Attempt(False, limit, answer["status"], steps, runs)
    found = [p for p, exponent in answer["solution"]["factors"] for _ in range(exponent)]
    if found != list(primes):
        return Attempt(False, limit, "wrong", steps, runs)
    if ran.seconds > limit:
        return Attempt(False, limit, "late", steps, runs)
    return Attempt(True, ran.seconds, "satisfied", steps, runs)


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


def attempts_cadical(instances: Sequence[Instance], limit: float, *, blocks: bool) -> list[Attempt]:
    """CaDiCaL on every instance, the right widths given; in one process."""
    job = {"instances": as_job(instances), "blocks": blocks}
    answers = json_lines(PEERS, job, limit * len(instances) + GRACE_SECONDS)
    attempts = []
    for instance, answer in zip(instances, answers, strict=False):
        right = answer["factors"] == [instance.p, instance.q]
        solved = right and answer["seconds"] <= limit
        status = "satisfied" if solved else "late" if right else "wrong"
        seconds = answer["seconds"] if solved else limit
        attempts.append(Attempt(solved, seconds, status, answer["conflicts"]))
    return attempts + [Attempt(False, limit, "unknown")] * (len(instances) - len(attempts))
