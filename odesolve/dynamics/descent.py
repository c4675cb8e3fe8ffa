"""``descent``: the gradient flow of the summed potentials, with no memory at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Array, Float

from odesolve.dynamics.base import Dynamics, Parameter, State, pytree
from odesolve.potentials import System


@pytree
@dataclass(frozen=True)
class Descent(Dynamics):
    """dx/dt = -rate sum_m dV_m/dx (article, "Potentials"). It stops in local minima.

    The sum of potentials is the potential of the conjunction: descending a system of several
    clauses is descending their sum.

    With ``centring`` c, dx/dt -= c (x - centre). On [0, 1] that descends c/2 sum_i (x_i - 1/2)^2;
    c = -2 descends the article's dissipative term sum_i (x_i - x_i^2). None leaves it out.

    Attributes:
        rate: how fast it descends: only the unit of time.
        centring: pull of every variable towards the undecided point of its domain.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> dynamics, stepper = ode.Descent(rate=2.0), ode.Heun()
        >>> ode.solve(system, dynamics, stepper, runs=4, seed=0, max_steps=1000).satisfied
        True
    """

    name: ClassVar[str] = "descent"
    follows_gradient: ClassVar[bool] = True
    may_be_padded: ClassVar[bool] = True
    scales_pulls: ClassVar[bool] = True

    rate: Parameter = 1.0
    centring: Parameter | None = None

    def start(self, system: System, x: Float[Array, "cells runs"]) -> State:
        return State(x, {})

    def vector_field(self, state: State, system: System) -> State:
        pulls = [
            group.each(lambda pull: self.rate * pull, group.weighted(group.forms(state.x).pull))
            for group in system.groups
        ]
        force = system.accumulate(pulls, state.x)
        if self.centring is not None:
            force -= self.centring * system.from_centre(state.x)
        return State(system.tangent(force), {})

    def confine(self, state: State, system: System) -> State:
        return State(system.project(state.x), {})
