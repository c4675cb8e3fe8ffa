"""Which dynamics, stepper and values a colouring gets when the user does not say.

A preset is a list of lanes: the runs of a batch take them in turn, so that one batch covers
graphs on which different values are best. The values come from random searches on generated
graphs, except those of the two slow lanes for more than three colours: they were chosen among 16
settings tried on the DIMACS graph le450_15a.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from odesolve.article import Article
from odesolve.descent import Descent
from odesolve.dynamics import Dynamics
from odesolve.memcomputing import Memcomputing, Rectified
from odesolve.registry import configure
from odesolve.steppers import AdaptiveEuler, Euler, HeavyBall, Stepper

Lane = tuple[Dynamics, Stepper]

DEFAULT_DYNAMICS = {"simplex": "rectified", "onehot": "rectified", "modular": "article"}

# Fast-forgetting long-term memory: it does not drift, so one setting serves all sizes. The
# limited stride matters on large graphs, where one hard spot would slow the whole batch.
_SPARSE_LAW = Rectified(
    alpha=3.4,
    beta=16.0,
    gamma=0.027,
    delta=0.09,
    zeta=0.034,
    decay=0.09,
    eta=0.15,
    kappa=0.0,
    epsilon=0.0017,
    centring=0.3,
)
_SPARSE: Lane = (
    _SPARSE_LAW,
    HeavyBall(reach=2.4, floor=0.0006, ceiling=2.0, momentum=0.4, stride=0.7),
)
_SMALL_LAW = replace(
    _SPARSE_LAW,
    alpha=3.6,
    beta=10.0,
    gamma=0.029,
    zeta=0.036,
    eta=0.13,
    epsilon=0.0016,
    centring=0.47,
)
_SMALL: Lane = (
    _SMALL_LAW,
    HeavyBall(reach=1.3, floor=0.0006, ceiling=1.7, momentum=0.465),
)
# More than three colours: stronger centring, and slow lanes for uneven and dense graphs.
_MANY_COLORS: tuple[Lane, ...] = (
    _SMALL,
    (replace(_SMALL_LAW, centring=0.8), _SMALL[1]),
    (
        replace(_SMALL_LAW, delta=0.06, centring=1.07),
        HeavyBall(reach=0.15, floor=0.0006, ceiling=3.0, momentum=0.645),
    ),
    (
        replace(_SMALL_LAW, delta=0.12, centring=1.07),
        HeavyBall(reach=0.3, floor=0.0006, ceiling=3.0, momentum=0.645),
    ),
)

_SIMPLEX: dict[str, tuple[Lane, ...]] = {
    "rectified": (_SMALL, _SPARSE),
    "memcomputing": (
        (
            Memcomputing(
                alpha=0.83,
                beta=13.7,
                gamma=0.089,
                delta=0.009,
                epsilon=0.0137,
                zeta=0.146,
                decay=0.00024,
            ),
            AdaptiveEuler(reach=1.96, floor=0.0008, ceiling=0.20),
        ),
    ),
    "article": ((Article(), Euler(dt=0.1)),),
    "descent": ((Descent(), Euler(dt=0.1)),),
}

# CNF clauses on [-1, 1]: the published plain law, and a rectified law tuned on uniform 3-SAT.
_ONE_HOT: dict[str, tuple[Lane, ...]] = {
    "memcomputing": ((Memcomputing(satisfied_force="rigidity"), AdaptiveEuler()),),
    "rectified": (
        (
            Rectified(
                alpha=5.15,
                beta=14.8,
                gamma=0.279,
                delta=0.105,
                zeta=0.0003,
                satisfied_force="rigidity",
            ),
            AdaptiveEuler(reach=1.565, floor=0.001),
        ),
    ),
    "article": ((Article(), Euler(dt=0.1)),),
    "descent": ((Descent(), Euler(dt=0.1)),),
}

# The article's values for its own dynamics; the others share the simplex's plain law.
_MODULAR: dict[str, tuple[Lane, ...]] = {
    "memcomputing": (
        (Memcomputing(alpha=0.83, gamma=0.089, delta=0.009), AdaptiveEuler(ceiling=0.1)),
    ),
    "rectified": ((Rectified(alpha=0.83, gamma=0.089, delta=0.009), AdaptiveEuler(ceiling=0.1)),),
    "article": ((Article(), Euler(dt=0.05)),),
    "descent": ((Descent(), Euler(dt=0.05)),),
}

#: encoding -> dynamics -> lanes.
PRESETS: dict[str, dict[str, tuple[Lane, ...]]] = {
    "simplex": _SIMPLEX,
    "onehot": _ONE_HOT,
    "modular": _MODULAR,
}

#: Above this many nodes small-graph lanes only lose time.
SPARSE_ONLY_NODES = 1500


def configured(
    encoding: str,
    dynamics: str | Dynamics | None,
    stepper: str | Stepper | None,
    changes: Mapping[str, Any],
    nodes: int,
    colors: int,
) -> Sequence[Lane]:
    """The lanes for a problem, with the user's dynamics, stepper and parameters.

    Raises:
        ValueError: if a dynamics, stepper or parameter has no such name, or a value is no number.
    """
    presets = dict(PRESETS[encoding])
    if encoding == "simplex" and colors > 3:
        presets["rectified"] = _MANY_COLORS
    elif encoding == "simplex" and nodes > SPARSE_ONLY_NODES:
        presets["rectified"] = (_SPARSE,)
    return configure(presets, dynamics, DEFAULT_DYNAMICS[encoding], stepper, changes)
