"""``oscillators``: coupled phases that a second harmonic locks to 0 or pi."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float

from odesolve.dynamics.base import Parameter, pytree
from odesolve.dynamics.ising.amplitude_control import WIDE_SCALE, between
from odesolve.dynamics.ising.base import IsingDynamics, IsingState, IsingSystem, Moment
from odesolve.dynamics.ising.noise import noise


@pytree
@dataclass(frozen=True)
class Oscillators(IsingDynamics):
    """dphi_i/dt = sum_j W_ij sin(phi_j - phi_i) - k(t) sin 2 phi_i + noise; k rises.

    The state holds x = cos phi beside phi, so that its sign is the spin. Since sin(b - a) = sin b
    cos a - cos b sin a, a step is two products with couplings, made as one of twice as many runs.
    W is scaled by sqrt(2 n / sum_ij W_ij^2). Forward Euler; the noise falls to 0.

    Source: T. Wang, J. Roychowdhury, Unconventional Computation and Natural Computation (2019),
    arXiv 1903.07163.

    Attributes:
        coupling: factor of the scale of couplings.
        last_harmonic: k at the end of an anneal; it begins at 0.
        noise: its strength at the beginning.

    Example:
        >>> import odesolve as ode
        >>> square = [(0, 1), (1, 2), (2, 3), (3, 0)]
        >>> dynamics = ode.Oscillators(noise=0.1)
        >>> ode.maxcut(square, dynamics=dynamics, target=4, time_limit=60).cut
        4
    """

    name: ClassVar[str] = "oscillators"

    coupling: Parameter = 1.0
    last_harmonic: Parameter = 3.0
    noise: Parameter = 0.5

    def start(self, x: Float[Array, "spins runs"], system: IsingSystem) -> IsingState:
        phase = jnp.pi * x
        return {"x": jnp.cos(phase), "phase": phase}

    def resumed(
        self, x: Float[Array, "spins runs"], system: IsingSystem, progress: Float[Array, ""]
    ) -> IsingState:
        return {"x": x, "phase": jnp.arccos(x)}

    def step(self, state: IsingState, system: IsingSystem, moment: Moment, dt: Any) -> IsingState:
        x, phase = state["x"], state["phase"]
        sine = jnp.sin(phase)
        # Side by side for each run: one after the other they would lie on other devices.
        both = jnp.stack([x, sine], axis=2)
        pulls = WIDE_SCALE * system.pull(both.reshape(len(x), -1)).reshape(both.shape)
        along, across = pulls[..., 0], pulls[..., 1]
        harmonic = between(0.0, self.last_harmonic, moment)
        rate = self.coupling * (across * x - along * sine) - 2.0 * harmonic * sine * x
        shake = self.noise * (1.0 - moment.progress) * jnp.sqrt(dt) * noise(moment, x)
        phase = phase + dt * rate + shake
        return {"x": jnp.cos(phase), "phase": phase}
