"""The budgets and policies of a solve; known and checked without loading JAX."""

from __future__ import annotations

import operator
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, Self, TypedDict, get_args

import numpy as np

from odesolve.budget import CHECKPOINT_SECONDS, Budget
from odesolve.checkpoints import Checkpoint

#: Steps are counted in 32 bits; nothing goes on for longer.
STEP_LIMIT = 2**31 - 1024

#: What does the steps on a CPU.
Kernels = Literal["auto", "jax", "native"]

_PATHS = (str, os.PathLike)

#: Options that count something, and the least that each may be.
_COUNTS = {
    "runs": 1,
    "seed": 0,
    "max_steps": 0,
    "look_every": 1,
    "patience": 1,
    "run_length": 1,
    "generation": 1,
    "target": 0,
    "devices": 1,
}


class BudgetOptions(TypedDict, total=False):
    """Fields of ``Options`` that say how much is tried: every front end takes them by keyword."""

    runs: int | None
    max_steps: int | None
    time_limit: float | Budget | None
    all_runs: bool


class KeptOptions(BudgetOptions, total=False):
    """Those of every front end besides: where its runs lie, and where they are written to."""

    checkpoint: str | os.PathLike[str] | Checkpoint | None
    checkpoint_every: float
    resume: str | os.PathLike[str] | None
    devices: int | None


class SharedOptions(KeptOptions, total=False):
    """Those of every front end that restarts its runs."""

    look_every: int
    patience: int | None
    run_length: int | None
    generation: int | None
    distributed: bool
    kernels: Kernels


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
        seed: seed of the whole batch; where run i of a seed starts never depends on the other runs,
            but for crossings.
        max_steps: steps that every run may take; None is no limit.
        time_limit: wall-clock seconds for everything, compiling among it, or a ``Budget`` that has
            begun already; None is no limit.
        all_runs: go on until every run has a solution, instead of stopping at the first.
        look_every: steps between two looks at the decoded assignments.
        patience: a run that has not improved for this many steps is restarted; None never does.
        run_length: a run is restarted after this many steps in any case; None never does.
        generation: a run that has not improved for this many steps begins anew from a crossing with
            another one, where the front end knows how to cross; None never does.
        target: with soft clauses, the cost that is good enough to stop.
        checkpoint: a file that the whole state is written to now and then, and at the end.
        checkpoint_every: seconds between two writings.
        resume: a file of ``checkpoint``, of the same solve: it goes on from there.
        devices: how many local devices share the runs; None takes all GPUs, but one device of a
            CPU. The runs are rounded up to a multiple.
        distributed: whether the processes that ``jax.distributed`` has joined share the runs; all
            of them must make the same call.
        kernels: what does the steps on a CPU, in one process. With "native" it is a library in
            C++, built first where it is not there yet, as far as its kernels cover the equations
            and clauses; with "auto" the same if it was built before; with "jax" never. Their
            numbers are the same but for rounding, by which trajectories part in the end.

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
    generation: int | None = None
    target: int = 0
    checkpoint: str | os.PathLike[str] | Checkpoint | None = None
    checkpoint_every: float = CHECKPOINT_SECONDS
    resume: str | os.PathLike[str] | None = None
    devices: int | None = None
    distributed: bool = False
    kernels: Kernels = "auto"

    def __post_init__(self) -> None:
        for name in ("all_runs", "distributed"):
            if not isinstance(getattr(self, name), bool):
                raise ValueError(f"{name} must be True or False, got {shown(getattr(self, name))}")
        if not isinstance(self.kernels, str) or self.kernels not in get_args(Kernels):
            raise ValueError(f"kernels is 'auto', 'jax' or 'native', got {shown(self.kernels)}")
        for name, least in _COUNTS.items():
            value = getattr(self, name)
            if value is None and name not in ("seed", "look_every", "target"):
                continue
            object.__setattr__(self, name, _count(name, value, least))
        if self.time_limit is not None and not isinstance(self.time_limit, Budget):
            object.__setattr__(self, "time_limit", _seconds("time_limit", self.time_limit))
        seconds = _seconds("checkpoint_every", self.checkpoint_every)
        object.__setattr__(self, "checkpoint_every", seconds)
        checked_kind("resume", self.resume, _PATHS, "the name of a file")
        checked_kind("checkpoint", self.checkpoint, (*_PATHS, Checkpoint), "the name of a file")

    @property
    def last_step(self) -> int:
        """The most steps that a run may take."""
        return STEP_LIMIT if self.max_steps is None else self.max_steps

    def budget(self) -> Budget:
        """The time limit, begun now unless it has begun already."""
        return Budget.of(self.time_limit)

    def begun_checkpoint(self) -> Checkpoint | None:
        """The checkpoint, begun now unless it has begun already; None without one.

        Raises:
            CheckpointError: if a file cannot be read or written.
        """
        if isinstance(self.checkpoint, Checkpoint):
            return self.checkpoint
        if self.checkpoint is None and self.resume is None:
            return None
        return Checkpoint.begun(self.checkpoint, self.checkpoint_every, self.resume)

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
    """Options by name, time limit and checkpoint among them as what begins now, once for all.

    What is no time limit, or no file, is left as it is, for ``Options`` to refuse.

    Raises:
        CheckpointError: if the file to resume from cannot be read, or the other one written.
    """
    limit = options.get("time_limit")
    try:
        seconds = None if limit is None or isinstance(limit, Budget) else _seconds("", limit)
    except ValueError:
        seconds = None
    begun = dict(options) if seconds is None else {**options, "time_limit": Budget.of(seconds)}
    names = [name for name in ("checkpoint", "checkpoint_every", "resume") if name in begun]
    try:
        own = Options(**{name: begun[name] for name in names})
    except ValueError:
        return begun
    if own.checkpoint is None and own.resume is None:
        return begun
    for name in names:
        del begun[name]
    return {**begun, "checkpoint": own.begun_checkpoint()}


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


def _seconds(name: str, value: Any) -> float:
    try:
        if isinstance(value, bool | np.bool_ | str | bytes) or bool(getattr(value, "ndim", 0)):
            raise TypeError
        seconds = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be a number of seconds, got {shown(value)}") from None
    if not seconds >= 0:
        raise ValueError(f"{name} must not be negative, got {seconds}")
    return seconds
