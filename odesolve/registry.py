"""The dynamics and steppers that can be asked for by name, and their parameters as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from odesolve.article import Article
from odesolve.descent import Descent
from odesolve.dynamics import Dynamics
from odesolve.memcomputing import Memcomputing, Rectified
from odesolve.steppers import AdaptiveEuler, Euler, Heun, Stepper

#: Every dynamics by name; a new one is added here and to the tests' table.
DYNAMICS: dict[str, type[Dynamics]] = {
    cls.name: cls for cls in (Descent, Article, Memcomputing, Rectified)
}
STEPPERS: dict[str, type[Stepper]] = {cls.name: cls for cls in (Euler, AdaptiveEuler, Heun)}

Configured = TypeVar("Configured", Dynamics, Stepper)


def with_parameters(configured: Configured, changes: Mapping[str, Any]) -> Configured:
    """The same dynamics or stepper with other parameters.

    Raises:
        ValueError: if a name is not one of its parameters or a value has the wrong type.
    """
    known = {field.name: field for field in fields(configured)}  # type: ignore[arg-type]
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in known:
            raise ValueError(
                f"{configured.name} has no parameter {name!r}; it has {', '.join(sorted(known))}"
            )
        if known[name].metadata.get("static", False):
            values[name] = str(value)
            continue
        try:
            values[name] = float(value)
        except (TypeError, ValueError):
            raise ValueError(f"parameter {name} needs a number, got {value!r}") from None
    return replace(configured, **values)  # type: ignore[type-var]


def owned(
    dynamics: Dynamics, stepper: Stepper, changes: Mapping[str, Any]
) -> tuple[Dynamics, Stepper]:
    """Hand each named parameter to whichever of the two has it.

    Raises:
        ValueError: if neither has it, listing what both have.
    """
    of_dynamics = {field.name for field in fields(dynamics)}  # type: ignore[arg-type]
    of_stepper = {field.name for field in fields(stepper)}  # type: ignore[arg-type]
    unknown = sorted(set(changes) - of_dynamics - of_stepper)
    if unknown:
        raise ValueError(
            f"no parameter {unknown[0]!r}: {dynamics.name} has {', '.join(sorted(of_dynamics))}; "
            f"{stepper.name} has {', '.join(sorted(of_stepper))}"
        )
    mine = {name: value for name, value in changes.items() if name in of_dynamics}
    other = {name: value for name, value in changes.items() if name in of_stepper}
    return with_parameters(dynamics, mine), with_parameters(stepper, other)
