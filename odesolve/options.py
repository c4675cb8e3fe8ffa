"""The budgets and policies of a solve; known and checked without loading JAX."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self, TypedDict

import numpy as np

from odesolve.budget import Budget

#: Steps are counted in 32 bits; nothing goes on for longer.
STEP_LIMIT = 2**31 - 1024

#: Options that count something, and the least that each may be.
_COUNTS = {
    "runs": 1,
    "seed": 0,
    "max_steps": 0,
    "look_every": 1,
    "patience": 1,
    "run_length": 1,
    "target": 0,
}


class BudgetOptions(TypedDict, total=False):
    """Fields of ``Options`` that say how much is tried: every front end takes them by keyword."""

    runs: int | None
    max_steps: int | None
    time_limit: float | Budget | None
    all_runs: bool


class SharedOptions(BudgetOptions, total=False):
    """Those of every front end that restarts its runs."""

    look_every: int
    patience: int | None
    run_length: int | None


class TargetedOptions(SharedOptions, total=False):
    """Those of a front end that has no parameter ``target`` of its own."""

    target: int


class AllOptions(TargetedOptions, total=False):
    """All fields of ``Options``, by keyword."""

    seed: int


@dataclass(frozen=True)
class Options:
    """The budgets and policies of a solve.

    Attributes:
        runs: size of the batch; None chooses by device and problem size.
        seed: seed of the whole batch; where run i of a seed starts never depends on the other runs.
        max_steps: steps that every run may take; None is no limit.
        time_limit: wall-clock seconds for everything, compiling among it, or a ``Budget`` that has
            begun already; None is no limit.
        all_runs: go on until every run has a solution, instead of stopping at the first.
        look_every: steps between two looks at the decoded assignments.
        patience: a run that has not improved for this many steps is restarted; None never does.
        run_length: a run is restarted after this many steps in any case; None never does.
        target: with soft clauses, the cost that is good enough to stop.

    Raises:
        ValueError: if an option is of the wrong kind or out of range.

    Example:
        >>> import odesolve as ode
        >>> ode.Options(runs=8, max_steps=1000).look_every
        5
        >>> ode.Options(runs=0)
        Traceback (most recent call last):
        ValueError: runs must be at least 1, got 0
    """

    runs: int | None = None
    seed: int = 0
    max_steps: int | None = None
    time_limit: float | Budget | None = None
    all_runs: bool = False
    look_every: int = 5
    patience: int | None = 20_000
    run_length: int | None = None
    target: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.all_runs, bool):
            raise ValueError(f"all_runs must be True or False, got {shown(self.all_runs)}")
        for name, least in _COUNTS.items():
            value = getattr(self, name)
            if value is None and name not in ("seed", "look_every", "target"):
                continue
            object.__setattr__(self, name, _count(name, value, least))
        if self.time_limit is not None and not isinstance(self.time_limit, Budget):
            object.__setattr__(self, "time_limit", _seconds(self.time_limit))

    def budget(self) -> Budget:
        """The time limit, begun now unless it has begun already."""
        return Budget.of(self.time_limit)

    @classmethod
    def of(cls, chosen: Mapping[str, Any]) -> Self:
        """Options by name.

        Raises:
            ValueError: if there is no such option, or as above.
        """
        known = [field.name for field in fields(cls)]
        for name in chosen:
            if name not in known:
                raise ValueError(f"no option {name!r}; there are {', '.join(known)}")
        return cls(**chosen)


def shown(value: Any) -> str:
    """A wrong value as messages call it: short ones by themselves, others by their type."""
    plain = value is None or isinstance(value, bool | int | float | str)
    return repr(value) if plain else f"a value of type {type(value).__name__}"


def checked_kind(name: str, value: Any, kinds: tuple[type, ...], expected: str) -> None:
    """Refuse a value of another type than a parameter takes; None is always right.

    Raises:
        ValueError: naming the parameter.
    """
    if value is not None and not isinstance(value, kinds):
        raise ValueError(f"{name}: {shown(value)}; expected {expected}")


def begun_now(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options by name, the time limit among them as a ``Budget`` that begins now.

    What is no time limit is left as it is, for ``Options`` to refuse.
    """
    limit = options.get("time_limit")
    try:
        seconds = None if limit is None or isinstance(limit, Budget) else _seconds(limit)
    except ValueError:
        seconds = None
    return dict(options) if seconds is None else {**options, "time_limit": Budget.of(seconds)}


def _count(name: str, value: Any, least: int) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name} must be an integer, got {shown(value)}") from None
    if number < least:
        raise ValueError(f"{name} must be at least {least}, got {number}")
    if number > STEP_LIMIT and name != "seed":
        raise ValueError(f"{name} is at most {STEP_LIMIT}, got {number}")
    return number


def _seconds(value: Any) -> float:
    try:
        if isinstance(value, bool | np.bool_ | str | bytes) or bool(getattr(value, "ndim", 0)):
            raise TypeError
        seconds = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"time_limit must be a number of seconds, got {shown(value)}") from None
    if not seconds >= 0:
        raise ValueError(f"time_limit must not be negative, got {seconds}")
    return seconds
