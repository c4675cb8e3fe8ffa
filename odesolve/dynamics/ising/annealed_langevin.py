"""``annealed-langevin``: gradient descent of soft spins in a bath that cools down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float

from odesolve.dynamics.base import Parameter, pytree
from odesolve.dynamics.ising.amplitude_control import WIDE_SCALE
from odesolve.dynamics.ising.base import IsingDynamics, IsingState, IsingSystem, Moment
from odesolve.dynamics.ising.noise import noise


@pytree
@dataclass(frozen=True)
class AnnealedLangevin(IsingDynamics):
    """dx = W x dt + sqrt(2 T) dB between -1 and 1; T falls linearly to 0.

    W is scaled by sqrt(2 n / sum_ij W_ij^2). Euler and Maruyama, positions cut at the walls. Since
    the energy is linear in each spin, all end at walls.

    Source: the overdamped Langevin equation with projection; S. Geman, C.-R. Hwang, SIAM Journal
    on Control and Optimization 24, 1031 (1986).

    Attributes:
        coupling: factor of the scale of couplings.
        temperature: T at the beginning of an anneal.

    Example:
        >>> import odesolve as ode
        >>> square = [(0, 1), (1, 2), (2, 3), (3, 0)]
        >>> dynamics = ode.AnnealedLangevin(temperature=1.0)
        >>> ode.maxcut(square, dynamics=dynamics, target=4, time_limit=60).cut
        4
    """

    name: ClassVar[str] = "annealed-langevin"

    coupling: Parameter = 1.0
    temperature: Parameter = 1.0

    def start(self, x: Float[Array, "spins runs"], system: IsingSystem) -> IsingState:
        return {"x": 0.1 * x}

    def step(self, state: IsingState, system: IsingSystem, moment: Moment, dt: Any) -> IsingState:
        x = state["x"]
        pull = WIDE_SCALE * self.coupling * system.pull(x)
        heat = jnp.sqrt(2.0 * dt * self.temperature * (1.0 - moment.progress))
        return {"x": jnp.clip(x + dt * pull + heat * noise(moment, x), -1.0, 1.0)}
