"""``adiabatic-bifurcation``: the first simulated bifurcation, with a Kerr term and no walls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from odesolve.dynamics.base import Parameter, pytree
from odesolve.dynamics.ising.base import IsingState, IsingSystem, Moment
from odesolve.dynamics.ising.bifurcation import PumpedBifurcation


@pytree
@dataclass(frozen=True)
class AdiabaticBifurcation(PumpedBifurcation):
    """dx/dt = y, dy/dt = -(1 - p(t)) x - kerr x^3 + c W x, p from 0 to 1.

    Source: H. Goto, K. Tatsumura, A. Dixon, Science Advances 5, eaav2372 (2019).

    Attributes:
        coupling: factor of the scale c.
        pump_from, pump_until: p at the beginning and at the end of an anneal.
        kerr: strength of the Kerr term, which keeps the oscillators bounded.

    Example:
        >>> import odesolve as ode
        >>> square = [(0, 1), (1, 2), (2, 3), (3, 0)]
        >>> dynamics = ode.AdiabaticBifurcation(kerr=1.0)
        >>> ode.maxcut(square, dynamics=dynamics, target=4, time_limit=60).cut
        4
    """

    name: ClassVar[str] = "adiabatic-bifurcation"

    kerr: Parameter = 1.0

    def step(self, state: IsingState, system: IsingSystem, moment: Moment, dt: Any) -> IsingState:
        x = state["x"]
        force = self.coupling * system.pull(x)
        force -= self.restored(x, moment) + self.kerr * x * x * x
        y = state["y"] + dt * force
        return {"x": x + dt * y, "y": y}
