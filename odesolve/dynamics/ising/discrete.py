"""``discrete-bifurcation``: the signs of the positions in the couplings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from odesolve.dynamics.base import pytree
from odesolve.dynamics.ising.base import IsingState, IsingSystem, Moment, signs_of
from odesolve.dynamics.ising.bifurcation import PumpedBifurcation, kicked


@pytree
@dataclass(frozen=True)
class DiscreteBifurcation(PumpedBifurcation):
    """dx/dt = y, dy/dt = -(1 - p(t)) x + c W sign(x), with walls at -1 and 1; p from 0 to 1.

    Source: H. Goto and others, Science Advances 7, eabe7953 (2021).

    Attributes:
        coupling: factor of the scale c.
        pump_from, pump_until: p at the beginning and at the end of an anneal.

    Example:
        >>> import odesolve as ode
        >>> square = [(0, 1), (1, 2), (2, 3), (3, 0)]
        >>> dynamics = ode.DiscreteBifurcation(coupling=1.0)
        >>> ode.maxcut(square, dynamics=dynamics, target=4, time_limit=60).cut
        4
    """

    name: ClassVar[str] = "discrete-bifurcation"

    def step(self, state: IsingState, system: IsingSystem, moment: Moment, dt: Any) -> IsingState:
        x = state["x"]
        force = self.coupling * system.pull_of_signs(signs_of(x)) - self.restored(x, moment)
        return kicked(state, force, dt)
