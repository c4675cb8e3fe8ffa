"""``heun``: the explicit trapezoidal rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
from jaxtyping import Array, Float

from odesolve.dynamics.base import Dynamics, Parameter, State, pytree
from odesolve.potentials import System
from odesolve.steppers.base import Stepper, elapsed, moved


@pytree
@dataclass(frozen=True)
class Heun(Stepper):
    """The explicit trapezoidal rule: second order, two evaluations a step.

    Attributes:
        dt: the step, in the dynamics' unit of time; a number or ``[runs]``.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> dynamics, stepper = ode.Descent(), ode.Heun(dt=0.05)
        >>> ode.solve(system, dynamics, stepper, runs=4, seed=0, max_steps=1000).satisfied
        True
    """

    name: ClassVar[str] = "heun"
    may_be_padded: ClassVar[bool] = True

    dt: Parameter = 0.1

    def step(
        self, state: State, system: System, dynamics: Dynamics
    ) -> tuple[State, Float[Array, " runs"]]:
        first = dynamics.vector_field(state, system)
        ahead = dynamics.confine(moved(state, first, self.dt), system)
        second = dynamics.vector_field(ahead, system)
        mean = jax.tree.map(lambda a, b: 0.5 * (a + b), first, second)
        return dynamics.confine(moved(state, mean, self.dt), system), elapsed(state, self.dt)
