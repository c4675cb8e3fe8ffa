"""Solve one cell, wherever this runs: from a task to a row."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from odesolve.problems.errors import InputError, quote, unusable
from odesolve.problems.studies.answers import told_by
from odesolve.problems.studies.commands import run_command
from odesolve.problems.studies.front_ends import FRONT_ENDS, numbers_of
from odesolve.problems.studies.rows import ERROR, REFUSED, Row, host, versions
from odesolve.problems.studies.study import Task

if TYPE_CHECKING:
    from odesolve.presets.preset import Preset

__all__ = ["method_of", "solved"]

#: Problems that are kept: cells of one instance come after each other.
PROBLEMS_KEPT = 2

_problems: dict[tuple[str, str, str], Any] = {}
_lock = threading.Lock()


def solved(task: Task, began: Callable[[int | None], None] = lambda _: None) -> Row:
    """The row of a cell. Nothing but a signal ends it otherwise.

    Arguments:
        began: called with the number of the group of processes that another solver runs in, and
            with None when that has ended.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    start = time.perf_counter()
    try:
        problem = _read(task)
        size = FRONT_ENDS[task.kind].size(problem)
        start = time.perf_counter()
        found = _commanded(task, problem, began) if task.command else _integrated(task, problem)
    except InputError as error:
        found, size = {"status": REFUSED, "reason": REFUSED, "message": str(error)}, None
    except Exception as error:  # a row says so, and the other cells go on
        text = f"{type(error).__name__}: {' '.join(str(error).split())}"
        found, size = {"status": ERROR, "reason": ERROR, "message": text[:400]}, None
    seconds = found.pop("seconds", time.perf_counter() - start)
    return Row(
        cell=task.cell, seconds=seconds, began=now, host=host(), size=size,
        versions=versions(), **found,
    )  # fmt: skip


def _read(task: Task) -> Any:
    """The problem, which may have been read for the cell before.

    Raises:
        InputError: it cannot be read.
    """
    key = (task.kind, task.digest, repr(sorted(task.instance_options.items())))
    with _lock:  # a worker of a cluster may have several threads: one reads, the others wait for it
        if key not in _problems:
            _problems[key] = FRONT_ENDS[task.kind].read(task)
            while len(_problems) > PROBLEMS_KEPT:
                del _problems[next(iter(_problems))]
        return _problems[key]


def _integrated(task: Task, problem: Any) -> dict[str, Any]:
    """What odesolve finds."""
    given = {name: v for name, v in task.options.items() if name != "lanes"}
    given |= method_of(task.options, FRONT_ENDS[task.kind].presets)
    outcome = FRONT_ENDS[task.kind].solve(
        problem, task.instance_options, {**given, "seed": task.seed}
    )
    return numbers_of(task.kind, problem, outcome)


def _commanded(task: Task, problem: Any, began: Callable[[int | None], None]) -> dict[str, Any]:
    """What another solver finds."""
    finished = run_command(task, began)
    return {"seconds": finished.seconds} | told_by(task, problem, finished)


def method_of(options: Mapping[str, Any], kinds: tuple[str, ...]) -> dict[str, Any]:
    """The preset with the lanes that a setting names, as a front end takes it.

    Arguments:
        options: of a setting; ``lanes`` are what each lane changes in the parameters.
        kinds: the kinds of problem that the preset serves.

    Raises:
        InputError: lanes of which neither a preset nor dynamics and stepper are known.
    """
    preset, lanes = options.get("preset"), options.get("lanes")
    if preset is None and lanes is None:
        return {}
    try:
        if isinstance(preset, Mapping):  # a file's, as it was when the study was read
            preset = _preset_from(preset)
        return {"preset": preset} if lanes is None else _with_lanes(preset, options, kinds)
    except (TypeError, ValueError) as error:
        raise unusable(error, "preset") from None


def _with_lanes(
    preset: str | Preset | None, options: Mapping[str, Any], kinds: tuple[str, ...]
) -> dict[str, Any]:
    """A preset whose lanes are those of the setting."""
    from odesolve.presets.choice import preset_named
    from odesolve.presets.preset import Preset

    lanes = options["lanes"]
    if preset is not None:
        base = preset_named(preset)
    elif options.get("dynamics") and options.get("stepper"):
        base = Preset("lanes", kinds, options["dynamics"], options["stepper"])
    else:
        raise InputError("lanes", quote(lanes), "a preset, or dynamics and a stepper, beside them")
    own = replace(base, lane_parameters=tuple(dict(lane) for lane in lanes))
    own.lanes()  # else a wrong name would be told after a long compilation
    return {"preset": own, "dynamics": None, "stepper": None}


def _preset_from(written: Mapping[str, Any]) -> Preset:
    """A preset from the text of a file of presets.

    Raises:
        PresetError: if it is none.
    """
    from odesolve.presets.files import parse_presets

    own = parse_presets(written["text"], written["place"])
    if len(own) != 1:
        raise InputError(written["place"], f"holds {len(own)} presets", "one")
    return next(iter(own.values()))
