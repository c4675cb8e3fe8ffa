"""``generalised-bifurcation``: a bifurcation parameter for each spin, a memory of where it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
from jaxtyping import Array, Float

from odesolve.dynamics.base import Parameter, pytree
from odesolve.dynamics.ising.base import IsingState, IsingSystem, Moment
from odesolve.dynamics.ising.bifurcation import Bifurcation, kicked


@pytree
@dataclass(frozen=True)
class GeneralisedBifurcation(Bifurcation):
    """dx/dt = y, dy/dt = -q x + c W x, with walls at -1 and 1, and q from 1 down for each spin.

    In step m of M: q <- q - (1 - control x^2) q / (M - m). A spin that stands at a wall keeps its q
    for longer than one that is undecided; ``control`` 0 is the ballistic bifurcation.

    Source: H. Goto and others, arXiv 2508.17655 (2025), by a description of it.

    Attributes:
        coupling: factor of the scale c.
        control: how much a decided spin's parameter is held, 0 to 1.

    Example:
        >>> import odesolve as ode
        >>> square = [(0, 1), (1, 2), (2, 3), (3, 0)]
        >>> dynamics = ode.GeneralisedBifurcation(control=0.3)
        >>> ode.maxcut(square, dynamics=dynamics, target=4, time_limit=60).cut
        4
    """

    name: ClassVar[str] = "generalised-bifurcation"

    control: Parameter = 0.3

    def start(self, x: Float[Array, "spins runs"], system: IsingSystem) -> IsingState:
        return {**super().start(x, system), "q": jnp.ones_like(x)}

    def step(self, state: IsingState, system: IsingSystem, moment: Moment, dt: Any) -> IsingState:
        x, q = state["x"], state["q"]
        moved = kicked(state, self.coupling * system.pull(x) - q * x, dt)
        left = moment.share / (1.0 - moment.progress)
        held = 1.0 - self.control * moved["x"] * moved["x"]
        return {**moved, "q": q - held * q * left}
