"""What the simulated bifurcations share: oscillators that bifurcate to one of two signs.

dx_i/dt = y_i
dy_i/dt = -(1 - p(t)) x_i + c (W f(x))_i,   p from 0 to 1

Symplectic Euler: y takes its step first, and x follows the new y. At |x_i| > 1 a wall stops the
oscillator: x_i <- sign x_i, y_i <- 0.

Sources: H. Goto, K. Tatsumura, A. Dixon, Science Advances 5, eaav2372 (2019), with a Kerr term
instead of walls; H. Goto and others, Science Advances 7, eabe7953 (2021), with walls: ballistic and
discrete.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from odesolve.dynamics.base import Parameter
from odesolve.dynamics.ising.base import IsingDynamics, IsingState, IsingSystem

#: Oscillators start within this distance of rest.
START = 0.1


@dataclass(frozen=True)
class Bifurcation(IsingDynamics):
    """Position x and momentum y of each spin.

    Attributes:
        coupling: factor of the scale c.
    """

    coupling: Parameter = 1.0

    def start(self, x: Float[Array, "spins runs"], system: IsingSystem) -> IsingState:
        # The momenta are as random as the positions, which are theirs in another order.
        return {"x": START * x, "y": START * jnp.roll(x, 1, axis=0)[::-1]}


def walled(x: Array, y: Array) -> IsingState:
    """Positions within -1 and 1; an oscillator that meets a wall loses its momentum."""
    return {"x": jnp.clip(x, -1.0, 1.0), "y": jnp.where(jnp.abs(x) > 1.0, jnp.zeros_like(y), y)}


def kicked(state: IsingState, force: Array, dt: Any) -> IsingState:
    """Symplectic Euler between walls."""
    y = state["y"] + dt * force
    return walled(state["x"] + dt * y, y)
