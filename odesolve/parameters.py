"""The parameters of dynamics and steppers: by name, and another for each run of a batch."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from odesolve.dynamics.base import Configurable
from odesolve.options import shown

Configured = TypeVar("Configured", bound=Configurable)
Steps = TypeVar("Steps", bound=Configurable)


def with_parameters(configured: Configured, changes: Mapping[str, Any]) -> Configured:
    """The same dynamics or stepper with other parameters.

    Arguments:
        configured: a dynamics or a stepper, as ``Memcomputing()``.
        changes: a mapping from names to numbers (also as text), or to words for static options.

    Raises:
        ValueError: if a name is not one of its parameters or a value has the wrong type.

    Example:
        >>> import odesolve as ode
        >>> ode.with_parameters(ode.Article(), {"alpha": "2.5"}).alpha
        2.5
    """
    if not isinstance(configured, Configurable):
        raise ValueError(f"{shown(configured)}; expected a dynamics or a stepper")
    if not isinstance(changes, Mapping):
        raise ValueError(f"changes: {shown(changes)}; expected a mapping from names to numbers")
    known = {field.name: field for field in fields(configured)}
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in known:
            raise ValueError(
                f"{configured.name} has no parameter {name!r}; it has {', '.join(sorted(known))}"
            )
        if known[name].metadata.get("static", False):
            if not isinstance(value, str):
                raise ValueError(f"parameter {name} needs a word, got {shown(value)}")
            values[name] = value
            continue
        values[name] = _number(name, value)
    return replace(configured, **values)


def parameter_names(kind: type[Configurable]) -> set[str]:
    """The names of all its parameters and options."""
    return {field.name for field in fields(kind)}


def _number(name: str, value: Any) -> float:
    try:
        unlike = isinstance(value, bool | np.bool_ | bytes) or bool(getattr(value, "ndim", 0))
        number = math.nan if unlike else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if math.isnan(number):
        raise ValueError(f"parameter {name} needs a number, got {shown(value)}")
    return number


def owned(
    dynamics: Configured, stepper: Steps, changes: Mapping[str, Any]
) -> tuple[Configured, Steps]:
    """Hand each named parameter to whichever of the two has it.

    Raises:
        ValueError: if neither has it, listing what both have.
    """
    of_dynamics = {field.name for field in fields(dynamics)}
    of_stepper = {field.name for field in fields(stepper)}
    unknown = sorted(set(changes) - of_dynamics - of_stepper)
    if unknown:
        raise ValueError(
            f"no parameter {unknown[0]!r}: {dynamics.name} has {', '.join(sorted(of_dynamics))}; "
            f"{stepper.name} has {', '.join(sorted(of_stepper))}"
        )
    mine = {name: value for name, value in changes.items() if name in of_dynamics}
    other = {name: value for name, value in changes.items() if name in of_stepper}
    return with_parameters(dynamics, mine), with_parameters(stepper, other)


def interleaved(lanes: Sequence[Configured], runs: int) -> Configured:
    """One configuration whose runs take their parameters from the lanes in turn.

    Parameters that differ become arrays ``[runs]``; the others stay numbers.

    Arguments:
        lanes: at least one dynamics, or one stepper, in a list or tuple.
        runs: how many runs the batch has.

    Raises:
        ValueError: if the lanes are not of one kind, or differ in more than numbers.

    Example:
        >>> import odesolve as ode
        >>> lanes = [ode.Article(alpha=1.0), ode.Article(alpha=5.0)]
        >>> ode.interleaved(lanes, runs=4).alpha.tolist()
        [1.0, 5.0, 1.0, 5.0]
    """
    if not isinstance(lanes, list | tuple) or not lanes:
        raise ValueError(f"lanes: {shown(lanes)}; expected a list of dynamics or of steppers")
    if not all(isinstance(lane, Configurable) for lane in lanes):
        raise ValueError("lanes: expected a list of dynamics or of steppers")
    if isinstance(runs, bool) or not isinstance(runs, int | np.integer) or runs < 1:
        raise ValueError(f"runs must be an integer of at least 1, got {shown(runs)}")
    first = lanes[0]
    if any(type(lane) is not type(first) for lane in lanes):
        raise ValueError(f"lanes of different kinds: {', '.join(lane.name for lane in lanes)}")
    varied: dict[str, Any] = {}
    for field in fields(first):
        values = [getattr(lane, field.name) for lane in lanes]
        if all(value == values[0] for value in values):
            continue
        if not all(isinstance(value, float) for value in values):
            raise ValueError(f"lanes may not differ in {field.name}")
        varied[field.name] = np.resize(np.array(values, np.float32), runs)
    return replace(first, **varied)
