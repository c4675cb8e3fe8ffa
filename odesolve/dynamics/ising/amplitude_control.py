"""``amplitude-control``: the coherent Ising machine with chaotic control of amplitudes (CAC)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float

from odesolve.dynamics.base import Parameter, pytree
from odesolve.dynamics.ising.base import IsingDynamics, IsingState, IsingSystem, Moment

#: 2 sqrt(2) c is sqrt(2 n / sum W^2), the scale of couplings in the published values.
WIDE_SCALE = 2.0 * 2.0**0.5


@pytree
@dataclass(frozen=True)
class AmplitudeControl(IsingDynamics):
    """dx/dt = (p - 1) x - x^3 + e W x, de/dt = -beta e (x^2 - a): an error e holds each amplitude.

    It never settles. p and a go linearly from their first to their last values; W is scaled by
    sqrt(2 n / sum_ij W_ij^2); |x| stays below 1.5 sqrt(a), and e is positive. Forward Euler.

    Sources: T. Leleu, Y. Yamamoto, P. McMahon, K. Aihara, Physical Review Letters 122, 040607
    (2019); S. Reifenstein and others, Advanced Quantum Technologies 4, 2100077 (2021).

    Attributes:
        coupling: factor of the scale of couplings.
        beta: rate of the errors.
        first_gain, last_gain: p at the beginning and at the end of an anneal.
        first_target, last_target: the squared amplitude a, likewise.

    Example:
        >>> import odesolve as ode
        >>> square = [(0, 1), (1, 2), (2, 3), (3, 0)]
        >>> dynamics = ode.AmplitudeControl(beta=0.3)
        >>> ode.maxcut(square, dynamics=dynamics, target=4, time_limit=60).cut
        4
    """

    name: ClassVar[str] = "amplitude-control"
    settles: ClassVar[bool] = False

    coupling: Parameter = 1.0
    beta: Parameter = 0.3
    first_gain: Parameter = -0.5
    last_gain: Parameter = 1.0
    first_target: Parameter = 1.0
    last_target: Parameter = 3.0

    def start(self, x: Float[Array, "spins runs"], system: IsingSystem) -> IsingState:
        return {"x": 0.1 * x, "error": jnp.ones_like(x)}

    def step(self, state: IsingState, system: IsingSystem, moment: Moment, dt: Any) -> IsingState:
        x, error = state["x"], state["error"]
        gain = between(self.first_gain, self.last_gain, moment)
        target = between(self.first_target, self.last_target, moment)
        pull = WIDE_SCALE * self.coupling * system.pull(x)
        square = x * x
        most = 1.5 * jnp.sqrt(target)
        moved = x + dt * ((gain - 1.0 - square) * x + error * pull)
        held = error - dt * self.beta * error * (square - target)
        return {"x": jnp.clip(moved, -most, most), "error": jnp.clip(held, 1e-3, 1e3)}


def between(first: Any, last: Any, moment: Moment) -> Any:
    """A value that goes linearly from its first to its last."""
    return first + (last - first) * moment.progress
