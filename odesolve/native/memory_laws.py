"""Which laws with short and long memories the kernels have, and their parameters."""

from __future__ import annotations

from typing import Any

from jaxtyping import Array, Float

from odesolve.dynamics.base import Dynamics
from odesolve.dynamics.memcomputing import (
    Memcomputing,
    MultiplicativeMemory,
    Rectified,
    spectral_edge,
)
from odesolve.native.kernel import rows
from odesolve.potentials import System
from odesolve.steppers.base import Stepper
from odesolve.steppers.euler import AdaptiveEuler, Euler
from odesolve.steppers.heavy_ball import HeavyBall

#: In the order of ``MemoryLaw`` in ``source/memory_laws.hpp`` and, from ``centring`` on, of what is
#: read after it; a law or a stepper that has one not has the value here, which leaves it out.
_PARAMETERS: dict[str, float] = {
    **dict.fromkeys(("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "decay"), 0.0),
    **{"long_limit": 1.0, "rigidity": 0.0, "eta": 0.0, "kappa": 0.0, "tau": 1.0},
    **{"centring": 0.0, "tilt": 0.0, "discreteness": 0.0},
    **{"reach": 0.0, "floor": 0.0, "ceiling": 0.0, "momentum": 0.0, "stride": float("inf")},
}


def has_law(dynamics: Dynamics, stepper: Stepper) -> bool:
    """Whether it is one of them, with a stepper that the kernels have."""
    is_law = type(dynamics) in (Memcomputing, Rectified)
    return is_law and type(stepper) in (Euler, AdaptiveEuler, HeavyBall)


def law_parameters(
    system: System,
    dynamics: MultiplicativeMemory,
    stepper: Stepper,
    runs: int,
    *,
    has_rigidity: bool,
) -> Float[Array, "parameters runs"]:
    """The rows of ``_PARAMETERS``.

    Arguments:
        has_rigidity: whether the family of clauses has one.
    """
    values: dict[str, Any] = dict(_PARAMETERS)
    for own in (dynamics, stepper):
        named = {name: getattr(own, name, None) for name in values}
        values |= {name: value for name, value in named.items() if value is not None}
    if not has_rigidity:
        values["rigidity"] = 0.0
    elif dynamics.satisfied_force != "mixed":
        values["rigidity"] = float(dynamics.satisfied_force == "rigidity")
    if dynamics.centring_unit == "spectrum":
        values["centring"] = values["centring"] * spectral_edge(system)
    if isinstance(stepper, Euler):  # no step is shorter or longer
        values["floor"] = values["ceiling"] = stepper.dt
    return rows(list(values.values()), runs)
