"""Which dynamics, stepper and values a circuit gets when the user does not say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from odesolve.article import Article
from odesolve.descent import Descent
from odesolve.dynamics import Dynamics
from odesolve.memcomputing import Memcomputing, Rectified
from odesolve.registry import configure
from odesolve.steppers import AdaptiveEuler, Euler, HeavyBall, Stepper

Lane = tuple[Dynamics, Stepper]

# Clauses on [-1, 1].
_CLAUSES: dict[str, Lane] = {
    "memcomputing": (
        Memcomputing(
            alpha=22.0, beta=14.0, gamma=0.2, delta=0.18, zeta=0.125, satisfied_force="rigidity"
        ),
        AdaptiveEuler(reach=1.9, floor=0.0015, ceiling=0.19),
    ),
    "rectified": (
        Rectified(alpha=2.5, beta=12.0, gamma=0.30, delta=0.042, zeta=0.32),
        AdaptiveEuler(reach=3.7, floor=0.0, ceiling=0.5),
    ),
    "article": (Article(), Euler(dt=0.1)),
    "descent": (Descent(), Euler(dt=0.1)),
}

# One multilinear potential a relation on [0, 1], as in the article.
_RELATIONS: dict[str, Lane] = {
    "memcomputing": (Memcomputing(alpha=5.0, gamma=0.25, delta=0.05), AdaptiveEuler(ceiling=0.2)),
    "rectified": (Rectified(alpha=2.5, gamma=0.25, delta=0.05), AdaptiveEuler(ceiling=0.2)),
    "article": (Article(), Euler(dt=0.1)),
    "descent": (Descent(), Euler(dt=0.1)),
}

# The clauses of a multiplier and of the factors' lowest and highest bits, on [-1, 1]; found at
# 22 bits, the same from 12 to 28.
FACTORING = _CLAUSES

# One linear equality in the resonant form, which needs no memory.
_LINEAR: dict[str, Lane] = {
    name: (dynamics, HeavyBall(reach=0.1, floor=1e-3, ceiling=1.0, momentum=0.5))
    for name, dynamics in {
        "descent": Descent(),
        "memcomputing": Memcomputing(),
        "rectified": Rectified(),
        "article": Article(),
    }.items()
}

PRESETS: dict[str, dict[str, Lane]] = {"clauses": _CLAUSES, "relation": _RELATIONS}
DEFAULT_DYNAMICS = "rectified"
FACTORING_DYNAMICS = "memcomputing"


def configured(
    encoding: str,
    dynamics: str | Dynamics | None,
    stepper: str | Stepper | None,
    changes: Mapping[str, Any],
) -> Lane:
    """The dynamics and stepper for an encoding, with the user's choices and parameters.

    Raises:
        ValueError: if a dynamics, stepper or parameter has no such name, or a value is no number.
    """
    presets = {name: (lane,) for name, lane in PRESETS[encoding].items()}
    return configure(presets, dynamics, DEFAULT_DYNAMICS, stepper, changes)[0]


def configured_for_factoring(
    dynamics: str | Dynamics | None, stepper: str | Stepper | None, changes: Mapping[str, Any]
) -> Lane:
    """The same for factoring."""
    presets = {name: (lane,) for name, lane in FACTORING.items()}
    return configure(presets, dynamics, FACTORING_DYNAMICS, stepper, changes)[0]


def configured_for_linear(
    dynamics: str | Dynamics | None, stepper: str | Stepper | None, changes: Mapping[str, Any]
) -> Lane:
    """The same for addition by one linear equality."""
    presets = {name: (lane,) for name, lane in _LINEAR.items()}
    return configure(presets, dynamics, "descent", stepper, changes)[0]
