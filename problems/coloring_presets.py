"""Which dynamics, stepper and values a colouring gets when the user does not say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from odesolve.article import Article
from odesolve.descent import Descent
from odesolve.dynamics import Dynamics
from odesolve.memcomputing import Memcomputing, Rectified
from odesolve.registry import STEPPERS, owned
from odesolve.steppers import AdaptiveEuler, Euler, Stepper

Preset = tuple[Dynamics, Stepper]

DEFAULT_DYNAMICS = {"simplex": "memcomputing", "onehot": "rectified", "modular": "article"}

_SIMPLEX: dict[str, Preset] = {
    "memcomputing": (
        Memcomputing(
            alpha=0.83,
            beta=13.7,
            gamma=0.089,
            delta=0.009,
            epsilon=0.0137,
            zeta=0.146,
            decay=0.00024,
            discreteness=0.47,
        ),
        AdaptiveEuler(reach=1.96, floor=0.0008, ceiling=0.20),
    ),
    "rectified": (
        Rectified(
            alpha=2.53,
            beta=83.8,
            gamma=0.0288,
            delta=0.0703,
            epsilon=0.0016,
            zeta=0.0749,
            decay=0.0532,
            eta=0.103,
            kappa=0.0,
        ),
        AdaptiveEuler(reach=1.164, floor=0.0006, ceiling=2.09),
    ),
    "article": (Article(), Euler(dt=0.1)),
    "descent": (Descent(), Euler(dt=0.1)),
}

# CNF clauses on [-1, 1]: the published plain law, and a rectified law tuned on uniform 3-SAT.
_ONE_HOT: dict[str, Preset] = {
    "memcomputing": (Memcomputing(satisfied_force="rigidity"), AdaptiveEuler()),
    "rectified": (
        Rectified(
            alpha=5.15, beta=14.8, gamma=0.279, delta=0.105, zeta=0.0003, satisfied_force="rigidity"
        ),
        AdaptiveEuler(reach=1.565, floor=0.001),
    ),
    "article": (Article(), Euler(dt=0.1)),
    "descent": (Descent(), Euler(dt=0.1)),
}

# The article's values for its own dynamics; the others share the simplex's.
_MODULAR: dict[str, Preset] = {
    "memcomputing": (
        Memcomputing(alpha=0.83, gamma=0.089, delta=0.009),
        AdaptiveEuler(ceiling=0.1),
    ),
    "rectified": (Rectified(alpha=0.83, gamma=0.089, delta=0.009), AdaptiveEuler(ceiling=0.1)),
    "article": (Article(), Euler(dt=0.05)),
    "descent": (Descent(), Euler(dt=0.05)),
}

#: encoding -> dynamics -> what to integrate.
PRESETS: dict[str, dict[str, Preset]] = {
    "simplex": _SIMPLEX,
    "onehot": _ONE_HOT,
    "modular": _MODULAR,
}


def configured(
    encoding: str,
    dynamics: str | Dynamics | None,
    stepper: str | Stepper | None,
    changes: Mapping[str, Any],
) -> Preset:
    """The dynamics and stepper for an encoding, with some parameters changed.

    Raises:
        ValueError: if a dynamics, stepper or parameter has no such name, or a value is no number.
    """
    presets = PRESETS[encoding]
    if isinstance(dynamics, Dynamics):
        chosen, own_stepper = dynamics, presets.get(dynamics.name, (None, AdaptiveEuler()))[1]
    else:
        name = dynamics or DEFAULT_DYNAMICS[encoding]
        if name not in presets:
            raise ValueError(f"no dynamics {name!r}; choose from {', '.join(presets)}")
        chosen, own_stepper = presets[name]
    if isinstance(stepper, str):
        if stepper not in STEPPERS:
            raise ValueError(f"no stepper {stepper!r}; choose from {', '.join(STEPPERS)}")
        same = own_stepper.name == stepper
        stepper = own_stepper if same else STEPPERS[stepper]()
    return owned(chosen, stepper or own_stepper, changes)
