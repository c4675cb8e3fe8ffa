"""The kinds of problem that a study may hold: how each is read, solved, and told in numbers."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odesolve.problems.errors import InputError, quote
from odesolve.problems.studies.study import Task

__all__ = ["FRONT_ENDS", "METHOD", "FrontEnd", "numbers_of"]

#: Options of every front end: the equations, and the budgets.
METHOD = frozenset({"preset", "dynamics", "stepper", "parameters", "lanes"})
BUDGETS = frozenset({"runs", "max_steps", "time_limit", "all_runs"})
RESTARTS = BUDGETS | {"look_every", "patience", "run_length"}

#: Operations of arithmetic queries, as ``odesolve`` calls them.
OPERATIONS = ("add", "subtract", "multiply")

#: Digits: Python refuses longer texts by default; no circuit here holds such numbers.
LONGEST_NUMBER = 4000


@dataclass(frozen=True)
class FrontEnd:
    """A kind of problem.

    Attributes:
        read: from a task to the problem, as ``solve`` takes it.
        solve: (problem, the instance's own options, options) -> an outcome with ``to_json``.
        options: those that it takes, beside ``METHOD``.
        instance_options: what ``[[instances]]`` may say of the problem.
        size: of the problem: variables, nodes, spins or bits.
        presets: the kinds of problem of its presets; what is said in a setting is tried on them.
        suffix: of a file that would hold the problem.
        is_maximized: whether more is better.
    """

    read: Callable[[Task], Any]
    solve: Callable[[Any, Mapping[str, Any], dict[str, Any]], Any]
    options: frozenset[str]
    size: Callable[[Any], int]
    instance_options: frozenset[str] = frozenset()
    presets: tuple[str, ...] = ()
    suffix: str = ""
    is_maximized: bool = False


# ---------------------------------------------------------------------------------------- reading


def _read_formula(task: Task) -> Any:
    from odesolve.problems.formulas.formats import parse_formula

    return parse_formula(task.data, task.name, task.instance_options.get("format"), task.suffix)


def _read_graph(task: Task) -> Any:
    from odesolve.problems.graphs.formats import parse_graph

    return parse_graph(task.data, task.name, task.instance_options.get("format"), task.suffix)


def _read_ising(task: Task) -> Any:
    from odesolve.problems.ising.formats.files import parse_ising

    return parse_ising(task.data, task.name, task.instance_options.get("format"), task.suffix)


def _read_cut(task: Task) -> Any:
    from odesolve.problems.ising.cuts import parse_cut

    return parse_cut(task.data, task.name, task.instance_options.get("format"), task.suffix)


def _read_model(task: Task) -> Any:
    from odesolve.problems.models.files import read_model

    # Its compiler, and its reader, take files.
    with tempfile.TemporaryDirectory(prefix="odesolve-") as folder:
        path = Path(folder, f"model.{task.suffix}")
        path.write_bytes(task.data)
        return read_model(path).model


def _read_number(task: Task) -> int:
    return natural(task.data.decode("ascii", "replace"), task.name)


def _read_query(task: Task) -> tuple[str, list[int | None]]:
    return parse_query(task.data.decode("ascii", "replace"), task.name)


def natural(text: str, place: str) -> int:
    """A natural number.

    Raises:
        InputError: if the text is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise InputError(place, quote(text), "a natural number")
    return int(text)


def parse_query(text: str, place: str) -> tuple[str, list[int | None]]:
    """An operation and its three numbers; None is unknown.

    Raises:
        InputError: if the text is no such query.

    Example:
        >>> parse_query("multiply _ 11 143", "query")
        ('multiply', [None, 11, 143])
    """
    operation, *words = text.split() or [""]
    if operation not in OPERATIONS or len(words) != 3:
        known = ", ".join(OPERATIONS)
        raise InputError(place, quote(text), f"one of {known}, and three numbers, _ for unknown")
    return operation, [None if word in "_?" else natural(word, place) for word in words]


# ---------------------------------------------------------------------------------------- solving


def _solve_formula(problem: Any, own: Mapping[str, Any], options: dict[str, Any]) -> Any:
    from odesolve.problems.satisfiability.solve import sat

    return sat(problem, target=own.get("target"), **options)


def _color(problem: Any, own: Mapping[str, Any], options: dict[str, Any]) -> Any:
    from odesolve.problems.coloring.solve import color

    return color(problem, own["colors"], **options)


def _solve_ising(problem: Any, own: Mapping[str, Any], options: dict[str, Any]) -> Any:
    from odesolve.problems.ising.solve import ising

    return ising(problem, target=own.get("target"), **options)


def _cut(problem: Any, own: Mapping[str, Any], options: dict[str, Any]) -> Any:
    from odesolve.problems.ising.solve import maxcut

    return maxcut(problem, target=own.get("target"), **options)


def _solve_model(problem: Any, own: Mapping[str, Any], options: dict[str, Any]) -> Any:
    from odesolve.problems.models.solve import solve_model

    return solve_model(problem, target=own.get("target"), **options)


def _factor(problem: Any, own: Mapping[str, Any], options: dict[str, Any]) -> Any:
    from odesolve.problems.factoring.solve import factor

    return factor(problem, **options)


def _answer_query(problem: Any, own: Mapping[str, Any], options: dict[str, Any]) -> Any:
    from odesolve.problems.arithmetic import solve

    operation, numbers = problem
    return getattr(solve, operation)(*numbers, bits=own.get("bits"), **options)


def _bits(numbers: list[int | None]) -> int:
    return max((number.bit_length() for number in numbers if number is not None), default=0)


#: Kind of problem -> how it is read and solved.
FRONT_ENDS = {
    "sat": FrontEnd(
        _read_formula, _solve_formula, RESTARTS | {"presolve", "prove"},
        lambda problem: problem.variable_count, frozenset({"format", "target"}),
        ("sat", "maxsat"), "cnf",
    ),
    "coloring": FrontEnd(
        _read_graph, _color, RESTARTS | {"presolve", "encoding", "generation"},
        lambda problem: problem.node_count, frozenset({"format", "colors"}),
        ("coloring",), "col",
    ),
    "ising": FrontEnd(
        _read_ising, _solve_ising, BUDGETS | {"presolve"},
        lambda problem: problem.spin_count, frozenset({"format", "target"}),
        ("ising",), "mc",
    ),
    "maxcut": FrontEnd(
        _read_cut, _cut, BUDGETS | {"presolve"},
        lambda problem: problem.spin_count, frozenset({"format", "target"}),
        ("ising",), "mc", is_maximized=True,
    ),
    "model": FrontEnd(
        _read_model, _solve_model, RESTARTS | {"presolve", "prove"},
        lambda problem: len(problem.variables), frozenset({"target"}),
        ("model",), "fzn",
    ),
    "factoring": FrontEnd(
        _read_number, _factor, RESTARTS | {"presolve"},
        int.bit_length, frozenset(), ("factoring",), "txt",
    ),
    "arithmetic": FrontEnd(
        _read_query, _answer_query, RESTARTS | {"presolve"},
        lambda problem: _bits(problem[1]), frozenset({"bits"}), (), "txt",
    ),
}  # fmt: skip


# ---------------------------------------------------------------------------------------- telling


def numbers_of(kind: str, problem: Any, outcome: Any) -> dict[str, Any]:
    """What a row holds of an outcome: its columns by name.

    Arguments:
        kind: a key of ``FRONT_ENDS``.
        problem: as its ``read`` gave it.
        outcome: what its ``solve`` gave; its answer has been through the exact checker.
    """
    said = outcome.to_json()
    runs = said["runs"]["total"] or None
    own: dict[str, Any] = {
        "status": said["status"],
        "reason": said["reason"],
        "steps": said["steps"],
        "runs": runs,
        "run_steps": None if runs is None else said["steps"] * runs,
        "compile_seconds": said["time"]["compile"],
        "violated": said["violated"],
        "dynamics": said["dynamics"],
        "preset": said["preset"],
        "device": said["device"],
        "energy": _energy(kind, problem, said),
        "found_after": said.get("found_after"),
    }
    if "optimal" in said and own["energy"] is not None:
        own["optimal"] = int(said["optimal"])
    if kind == "coloring" and "lower_bound" in said:
        own["optimal"] = int(outcome.proved_fewest)
    improvements = said.get("improvements") or [vars(each) for each in _history(outcome)]
    if improvements and own["energy"] is not None:
        own["found_after"] = improvements[-1]["seconds"]
    return own


def _history(outcome: Any) -> tuple[Any, ...]:
    """The improvements of a model with an objective."""
    has_objective = getattr(outcome, "objective", None) is not None
    return getattr(outcome, "history", ()) if has_objective else ()


def _energy(kind: str, problem: Any, said: Mapping[str, Any]) -> int | float | None:
    """What was to be small, or of a cut to be large; None where there is nothing of that kind."""
    answer = said["solution"] or said.get("best") or {}
    if kind in ("ising", "maxcut"):
        return answer.get("cut" if kind == "maxcut" else "energy")
    if kind == "model" and said.get("objective") is not None:
        sign = -1 if problem.objective.maximize else 1
        return sign * int(said["objective"])
    if kind == "sat" and not said["violated"]:
        return said.get("cost")
    if kind == "coloring" and said["status"] == "satisfied":
        return said.get("colors")
    return None
