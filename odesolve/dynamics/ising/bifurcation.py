"""What the simulated bifurcations share: oscillators that bifurcate to one of two signs.

dx_i/dt = y_i
dy_i/dt = -(1 - p(t)) x_i + c (W f(x))_i,   the pump p rises from 0 to 1, or in a part of that

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
from odesolve.dynamics.ising.base import IsingDynamics, IsingState, IsingSystem, Moment

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


@dataclass(frozen=True)
class PumpedBifurcation(Bifurcation):
    """All oscillators are pumped alike: p rises with the time.

    The signs are decided while p passes a window that depends on the couplings; steps outside of
    it are lost.

    Attributes:
        coupling: factor of the scale c.
        pump_from, pump_until: p at the beginning of an anneal, and at its end.
    """

    pump_from: Parameter = 0.0
    pump_until: Parameter = 1.0

    def restored(self, x: Float[Array, "spins runs"], moment: Moment) -> Float[Array, "spins runs"]:
        """(1 - p(t)) x."""
        pump = self.pump_from + (self.pump_until - self.pump_from) * moment.progress
        return (1.0 - pump) * x


def walled(x: Array, y: Array) -> IsingState:
    """Positions within -1 and 1; an oscillator that meets a wall loses its momentum."""
    return {"x": jnp.clip(x, -1.0, 1.0), "y": jnp.where(jnp.abs(x) > 1.0, jnp.zeros_like(y), y)}


def kicked(state: IsingState, force: Array, dt: Any) -> IsingState:
    """Symplectic Euler between walls."""
    y = state["y"] + dt * force
    return walled(state["x"] + dt * y, y)
