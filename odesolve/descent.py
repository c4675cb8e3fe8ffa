"""``descent``: the gradient flow of the summed potentials, with no memory at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Array, Float

from odesolve.dynamics import Dynamics, State, register
from odesolve.potentials import System


@register
@dataclass(frozen=True)
class Descent(Dynamics):
    """dx/dt = -rate sum_m dV_m/dx (article, "Potentials"). It stops in local minima."""

    name: ClassVar[str] = "descent"

    rate: float = 1.0

    def start(self, system: System, x: Float[Array, "cells runs"]) -> State:
        return State(x, {})

    def vector_field(self, state: State, system: System) -> State:
        pulls = [self.rate * group.forms(state.x).pull for group in system.groups]
        return State(system.tangent(system.accumulate(pulls)), {})

    def confine(self, state: State, system: System) -> State:
        return State(system.project(state.x), {})
