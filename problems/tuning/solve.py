"""``tune``: find the parameters that suit the user's own instances."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from odesolve.budget import GRACE_SECONDS, Budget, OutOfTime
from odesolve.presets.method import Method
from odesolve.presets.preset import Preset
from odesolve.problems.arguments import (
    checked_flag,
    checked_function,
    checked_mapping,
    items_of,
    shown,
)
from odesolve.problems.errors import InputError
from odesolve.problems.integers import as_integer
from odesolve.problems.tuning.instances import read_instances
from odesolve.problems.tuning.result import TuningResult
from odesolve.problems.tuning.search import Report, Tuning
from odesolve.watching import watched


def tune(
    files: Iterable[str | os.PathLike[str]],
    *,
    colors: int = 3,
    cut: bool = False,
    format: str | None = None,
    preset: str | Preset | None = None,
    dynamics: str | None = None,
    stepper: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    vary: Sequence[str] = (),
    trials: int | None = None,
    time_limit: float | Budget = 600.0,
    max_steps: int | None = None,
    runs: int = 16,
    seed: int = 0,
    name: str = "tuned",
    report: Report | None = None,
) -> TuningResult:
    """Search for parameters that solve the given instances in fewer steps, or better in as many.

    Of formulas and of graphs to be coloured the steps are compared; of Ising problems, QUBOs and
    cuts the energies at which anneals of equal steps end, by their mean gap to the best energy that
    any run found on the instance.

    The search (Optuna's tree-structured Parzen estimator, Bergstra and others 2011, with trials
    given up that are worse than the median so far) begins at the preset that these instances have
    by default. The best few trials are measured again on other seeds, and the winner is compared
    with the default on yet others. With ``trials`` and ``max_steps`` and time enough the outcome
    depends on the seed alone.

    Arguments:
        files: formulas, graphs or Ising problems that the parameters are to suit together: a list,
            tuple, set or iterator of ``str`` or ``os.PathLike``.
        colors: of graphs.
        cut: whether graphs are to be cut, as by ``odesolve.maxcut``, and not coloured.
        format: of all files, a format of graphs, formulas or Ising problems; by default each one's
            is told by its extension and content.
        preset, dynamics, stepper, parameters: where the search begins, as for ``odesolve.color``.
        vary: names of the parameters to search; by default all that matter.
        trials: how many sets of values to try; None is as many as there is time for.
        max_steps: steps of a run, of an Ising problem of an anneal; None calibrates by what the
            default needs.
        runs: runs of a batch; a trial is measured on one batch or more for each instance.
        name: of the preset that results.
        report: called with a line of text now and then.

    Raises:
        InputError: if Optuna is not installed, a file cannot be used, or an option is wrong.

    Example:
        >>> import odesolve as ode
        >>> result = ode.tune(["docs/examples/uniform-100.cnf"], time_limit=0, seed=1)
        >>> result.reason, result.seed
        ('time', 1)
    """
    check_optuna()
    _check_name(name)
    clock = time_limit if isinstance(time_limit, Budget) else Budget.of(_seconds(time_limit))
    notes: list[str] = []
    paths, colors = _checked_files(files), _count("colors", colors)
    is_cut = checked_flag("cut", cut)
    own = clock.at_least(GRACE_SECONDS)
    try:
        instances = watched(
            lambda: read_instances(paths, colors, notes.append, format, own, is_cut), own
        )
    except OutOfTime:
        return _unread(_count("runs", runs), _count("seed", seed, 0), clock, tuple(notes))
    search = Tuning(
        instances=instances,
        method=Method(
            preset=preset,
            dynamics=dynamics,
            stepper=stepper,
            parameters=checked_mapping("parameters", parameters, "names and numbers"),
        ),
        vary=_checked_names(vary),
        trials=None if trials is None else _count("trials", trials),
        clock=clock,
        max_steps=None if max_steps is None else _count("max_steps", max_steps),
        runs=_count("runs", runs),
        seed=_count("seed", seed, 0),
        report=checked_function("report", report) or (lambda _: None),
    )
    search.run()
    return search.result(name, tuple(notes))


def _unread(runs: int, seed: int, clock: Budget, notes: tuple[str, ...]) -> TuningResult:
    """The outcome where the time was up before the files were read."""
    left_out = "the time limit is reached before every file is read"
    return TuningResult(
        None, {}, None, (), None, {}, "time", runs, seed, clock.spent(), (*notes, left_out)
    )


def check_optuna() -> None:
    """Refuse at once what could not be searched.

    Raises:
        InputError: with the command that installs it.
    """
    if find_spec("optuna") is None:
        raise InputError(
            "tune", "Optuna is not installed", "it, as after: pip install 'odesolve[tune]'"
        )


def _check_name(name: Any) -> None:
    """Raises InputError for what cannot be the name of a preset."""
    if not isinstance(name, str) or not name:
        raise InputError("name", shown(name), "the name of a preset")


def _checked_files(files: Any) -> list[str]:
    items = items_of(files, "files")
    paths = [] if items is None else list(items)
    if not paths:
        raise InputError("files", shown(files), "a list of at least one file")
    for path in paths:
        if not isinstance(path, str | os.PathLike):
            raise InputError("files", shown(path), "a file")
    return [os.fsdecode(path) for path in paths]


def _checked_names(vary: Any) -> tuple[str, ...]:
    items = items_of(vary, "vary")
    names = (None,) if items is None else tuple(items)
    if not all(isinstance(name, str) for name in names):
        raise InputError("vary", shown(vary), "a list of names of parameters")
    return names


def _count(name: str, value: Any, least: int = 1) -> int:
    number = as_integer(value)
    if number is None or number < least:
        raise InputError(name, shown(value), f"an integer of at least {least}")
    return number


def _seconds(limit: Any) -> float:
    try:
        unlike = isinstance(limit, str | bytes | bool | np.bool_) or bool(getattr(limit, "ndim", 0))
        seconds = -1.0 if unlike else float(limit)
    except (TypeError, ValueError):
        seconds = -1.0
    if not seconds >= 0:
        raise InputError("time_limit", shown(limit), "a number of seconds")
    return seconds
