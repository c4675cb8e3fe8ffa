"""``euler`` and ``adaptive-euler``: forward Euler, in fixed steps or in steps of limited reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from jaxtyping import Array, Float

from odesolve.dynamics.base import Dynamics, Parameter, State, pytree
from odesolve.potentials import System
from odesolve.steppers.base import Stepper, elapsed, limited_step, moved


@pytree
@dataclass(frozen=True)
class Euler(Stepper):
    """Forward Euler with a fixed step, as in the article.

    Attributes:
        dt: the step, in the dynamics' unit of time; a number or ``[runs]``.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> dynamics, stepper = ode.Article(), ode.Euler(dt=0.05)
        >>> ode.solve(system, dynamics, stepper, runs=4, seed=0, max_steps=1000).satisfied
        True
    """

    name: ClassVar[str] = "euler"
    may_be_padded: ClassVar[bool] = True

    dt: Parameter = 0.1

    def step(
        self, state: State, system: System, dynamics: Dynamics
    ) -> tuple[State, Float[Array, " runs"]]:
        rate = dynamics.vector_field(state, system)
        return dynamics.confine(moved(state, rate, self.dt), system), elapsed(state, self.dt)


@pytree
@dataclass(frozen=True)
class AdaptiveEuler(Stepper):
    """Forward Euler with dt = clip(reach / max |dx/dt|, floor, ceiling), for each run apart.

    ``reach`` is the furthest that any cell moves in one step (Bearden, Pei, Di Ventra 2020
    use 1, with floor 2^-7 and ceiling 1e3).

    Attributes:
        reach: in the unit of the cells: 1 is the whole of a bit on [0, 1].
        floor, ceiling: the least and the greatest step, in the dynamics' unit of time.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> dynamics, stepper = ode.Memcomputing(), ode.AdaptiveEuler(reach=0.5)
        >>> ode.solve(system, dynamics, stepper, runs=4, seed=0, max_steps=1000).satisfied
        True
    """

    name: ClassVar[str] = "adaptive-euler"
    may_be_padded: ClassVar[bool] = True

    reach: Parameter = 1.0
    floor: Parameter = 2.0**-7
    ceiling: Parameter = 1e3

    def step(
        self, state: State, system: System, dynamics: Dynamics
    ) -> tuple[State, Float[Array, " runs"]]:
        rate = dynamics.vector_field(state, system)
        dt = limited_step(rate.x, self.reach, self.floor, self.ceiling)
        return dynamics.confine(moved(state, rate, dt), system), dt
