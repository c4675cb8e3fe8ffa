"""``feedback-control``: the coherent Ising machine with chaotic control of feedback (CFC)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float

from odesolve.dynamics.base import Parameter, pytree
from odesolve.dynamics.ising.amplitude_control import WIDE_SCALE, between
from odesolve.dynamics.ising.base import IsingDynamics, IsingState, IsingSystem, Moment


@pytree
@dataclass(frozen=True)
class FeedbackControl(IsingDynamics):
    """dx/dt = (p - 1) x - x^3 + z, z = e W x, de/dt = -beta e (z^2 - a): e holds the feedback z.

    It never settles. p goes linearly from its first to its last value; W is scaled by
    sqrt(2 n / sum_ij W_ij^2); |x| stays below 1.5, and e above 0.01. Forward Euler.

    Source: S. Reifenstein and others, Advanced Quantum Technologies 4, 2100077 (2021).

    Attributes:
        coupling: factor of the scale of couplings.
        beta: rate of the errors.
        first_gain, last_gain: p at the beginning and at the end of an anneal.
        target: the squared feedback a.

    Example:
        >>> import odesolve as ode
        >>> square = [(0, 1), (1, 2), (2, 3), (3, 0)]
        >>> dynamics = ode.FeedbackControl(beta=0.15)
        >>> ode.maxcut(square, dynamics=dynamics, target=4, time_limit=60).cut
        4
    """

    name: ClassVar[str] = "feedback-control"
    settles: ClassVar[bool] = False

    coupling: Parameter = 1.0
    beta: Parameter = 0.15
    first_gain: Parameter = -1.0
    last_gain: Parameter = 1.0
    target: Parameter = 1.0

    def start(self, x: Float[Array, "spins runs"], system: IsingSystem) -> IsingState:
        return {"x": 0.1 * x, "error": jnp.ones_like(x)}

    def step(self, state: IsingState, system: IsingSystem, moment: Moment, dt: Any) -> IsingState:
        x, error = state["x"], state["error"]
        gain = between(self.first_gain, self.last_gain, moment)
        feedback = error * (WIDE_SCALE * self.coupling * system.pull(x))
        moved = x + dt * ((gain - 1.0 - x * x) * x + feedback)
        held = error - dt * self.beta * error * (feedback * feedback - self.target)
        return {"x": jnp.clip(moved, -1.5, 1.5), "error": jnp.clip(held, 0.01, 1e3)}
