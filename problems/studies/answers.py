"""What another solver answered: read as ``odesolve check`` reads, and checked exactly."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

from odesolve.problems.errors import InputError, quote
from odesolve.problems.studies.commands import Finished
from odesolve.problems.studies.front_ends import parse_query
from odesolve.problems.studies.rows import ERROR, WRONG
from odesolve.problems.studies.study import Task

__all__ = ["told_by"]

_NONE = re.compile(
    r"^(?:s[ \t]+)?(?:UNSATISFIABLE|UNSAT|INFEASIBLE)[ \t]*$|^=+UNSATISFIABLE=+", re.M
)


def told_by(task: Task, problem: Any, finished: Finished) -> dict[str, Any]:
    """What a row holds of another solver's answer, which is checked here: columns by name.

    Arguments:
        problem: as the front end's ``read`` gave it.
    """
    own: dict[str, Any] = {"status": "unknown", "reason": "time" if finished.late else "stopped"}
    text, said = _unwrapped(finished.output)
    gives_up = said.pop("gives_up", False)
    own |= said
    if _NONE.search(text):
        return own | {"reason": "claimed", "message": "it says that there is no solution"}
    try:
        if not text.strip():
            raise InputError("output", "it is empty", "an answer")
        found = _JUDGES[task.kind](text, problem, task)
    except InputError as error:
        return own | _without_answer(finished, str(error), gives_up)
    if found["violated"] == 0:
        return own | {"status": "satisfied", "reason": "solved"} | found
    # The best of a solver that found nothing is no claim.
    return own | ({} if gives_up else {"status": WRONG, "reason": WRONG}) | found


def _unwrapped(output: str) -> tuple[str, dict[str, Any]]:
    """The answer inside of what odesolve's commands print with --json, and what is beside it.

    Other solvers may print the same, with as much beside it as they know.
    """
    try:
        document = json.loads(output)
    except ValueError:
        return output, {}
    if not isinstance(document, dict) or not {"status", "solution"} <= document.keys():
        return output, {}
    steps, runs = (_told(document, int, *keys) for keys in (("steps",), ("runs", "total")))
    runs = runs or None
    said = {"gives_up": document["status"] == "unknown", "steps": steps, "runs": runs,
            "run_steps": None if runs is None or steps is None else runs * steps,
            "compile_seconds": _told(document, float, "time", "compile"),
            "found_after": _told(document, float, "found_after")}  # fmt: skip
    said |= {name: _told(document, str, name) for name in ("dynamics", "preset", "device")}
    if reason := _told(document, str, "reason"):
        said["reason"] = reason
    if document["status"] == "infeasible":
        return "UNSATISFIABLE", said
    answer = document["solution"] or document.get("best")
    return "" if answer is None else json.dumps(answer), said


def _told(document: Any, kind: type, *keys: str) -> Any:
    """The value behind some keys; None where there is none of that kind."""
    for key in keys:
        document = document.get(key) if isinstance(document, dict) else None
    if kind is float and type(document) is int:
        return float(document)
    return document if type(document) is kind else None


def _without_answer(finished: Finished, why: str, gives_up: bool) -> dict[str, Any]:
    """What is said where no answer could be read."""
    if finished.late or gives_up or finished.code == 0:
        return {"message": "" if finished.late or gives_up else why}
    lines = finished.errors.strip().splitlines() or [why]
    return {"status": ERROR, "reason": f"exit code {finished.code}", "message": lines[-1][:400]}


def _judge_formula(text: str, problem: Any, task: Task) -> dict[str, Any]:
    from odesolve.problems.formulas.check import cost, violations
    from odesolve.problems.formulas.models import parse_partial_model

    truth, _ = parse_partial_model(text, "output", problem)
    found: dict[str, Any] = {"violated": violations(problem, truth).total}
    if not found["violated"] and (problem.optimizes or len(problem.soft)):
        found["energy"] = int(cost(problem, truth))
    return found


def _judge_coloring(text: str, problem: Any, task: Task) -> dict[str, Any]:
    from odesolve.problems.coloring.check import changed_colors, coloring_violations
    from odesolve.problems.coloring.files import read_colors

    with _as_file(text) as path:
        colors = read_colors(path, problem)
    values = [colors.get(node, -1) for node in range(problem.node_count)]
    wanted = task.instance_options["colors"]
    used = max(values, default=-1) + 1
    found = coloring_violations(problem.edges, values, used if wanted == "min" else wanted)
    violated = found.total + len(changed_colors(values, problem.precoloring))
    return {"violated": violated} | ({"energy": used} if wanted == "min" and not violated else {})


def _judge_spins(text: str, problem: Any, task: Task) -> dict[str, Any]:
    from odesolve.problems.ising.answers import read_answer
    from odesolve.problems.ising.result import written

    with _as_file(text) as path:
        answer = read_answer(path, problem)
    if answer.missing:
        raise InputError("output", f"{answer.missing} variables have no value", "one each")
    energy = problem.energy(answer.spins)
    value = problem.cut(energy) if task.kind == "maxcut" else energy
    wanted = task.instance_options.get("target")
    found: dict[str, Any] = {"violated": 0, "energy": written(value)}
    reached = wanted is not None and (value >= wanted if task.kind == "maxcut" else value <= wanted)
    return found if reached else found | {"status": "unknown", "reason": "time"}


def _judge_model(text: str, problem: Any, task: Task) -> dict[str, Any]:
    document = _last_json(text)
    try:
        values = {variable: int(document[variable.name]) for variable in problem.variables}
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("output", f"no integer for {error}", "a value of each variable") from None
    outside = sum(value not in variable.values for variable, value in values.items())
    found = {"violated": len(problem.violated(values)) + outside}
    if problem.objective is not None and not found["violated"]:
        value = problem.objective.value(values)
        found["energy"] = -value if problem.objective.maximize else value
    return found


def _last_json(text: str) -> Any:
    lines = [line for line in text.splitlines() if line.lstrip().startswith("{")]
    try:
        return json.loads(lines[-1])
    except (IndexError, ValueError):
        raise InputError("output", quote(text), "a JSON object") from None


def _judge_factors(text: str, problem: int, task: Task) -> dict[str, Any]:
    factors = _integers(text)
    right = prod(factors) == problem and all(map(_is_prime, factors))
    return {"violated": int(not right)}


def _is_prime(number: int) -> bool:
    from odesolve.problems.factoring.solve import TRIAL_DIVISION_LIMIT, is_small_prime

    if number < TRIAL_DIVISION_LIMIT:
        return is_small_prime(number)
    from sympy import isprime

    return bool(isprime(number))


def _judge_query(text: str, problem: Any, task: Task) -> dict[str, Any]:
    operation, given = parse_query(task.data.decode(), task.name)
    first, second, third = (*_integers(text), -1, -1, -1)[:3]
    results = {"add": first + second, "subtract": first - second, "multiply": first * second}
    pairs = zip(given, (first, second, third), strict=True)
    agrees = all(own in (None, found) for own, found in pairs)
    right = min(first, second, third) >= 0 and results[operation] == third and agrees
    return {"violated": int(not right)}


def _integers(text: str) -> list[int]:
    """The integers of the last line, behind a colon if it has one; or those of a JSON object."""
    if text.lstrip().startswith("{"):
        document = _last_json(text)
        if "factors" in document:
            return [p for p, exponent in document["factors"] for _ in range(exponent)]
        return [int(value) for value in document.values()]
    words = re.findall(r"[0-9]+", text.strip().splitlines()[-1].rpartition(":")[2])
    if not words:
        raise InputError("output", quote(text), "integers")
    return [int(word) for word in words]


@contextmanager
def _as_file(text: str) -> Iterator[Path]:
    """A file of a text, for what reads files."""
    with tempfile.TemporaryDirectory(prefix="odesolve-") as folder:
        path = Path(folder, "output")
        path.write_text(text, encoding="utf-8")
        yield path


#: Kind of problem -> what reads and checks an answer: columns by name, ``violated`` among them.
_JUDGES: dict[str, Callable[[str, Any, Task], dict[str, Any]]] = {
    "sat": _judge_formula,
    "coloring": _judge_coloring,
    "ising": _judge_spins,
    "maxcut": _judge_spins,
    "model": _judge_model,
    "factoring": _judge_factors,
    "arithmetic": _judge_query,
}
