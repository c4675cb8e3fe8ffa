"""Steppers: how a state is carried over one step of time.

Every stepper confines the state (domains, memory ranges) after each step. ``dt`` is in the units
of time of the dynamics' equations.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from odesolve.dynamics.base import Dynamics, Parameter, State, plain_parameters, register
from odesolve.potentials import System


@dataclass(frozen=True)
class Stepper(ABC):
    """A rule for one time step.

    One of your own is a frozen dataclass, registered as a pytree
    (``odesolve.dynamics.base.register``), that says ``step``.

    Attributes:
        name: by which results call it.

    Example:
        >>> import odesolve as ode
        >>> ode.Euler(dt=0.05).parameters()
        {'dt': 0.05}
    """

    name: ClassVar[str]

    def prepare(self, state: State) -> State:
        """A starting state with whatever the stepper keeps in it besides."""
        return state

    @abstractmethod
    def step(
        self, state: State, system: System, dynamics: Dynamics
    ) -> tuple[State, Float[Array, " runs"]]:
        """The next state and the time that passed in each run."""

    def parameters(self) -> dict[str, Any]:
        """Every parameter, as plain numbers."""
        return plain_parameters(self)


def moved(state: State, rate: State, dt: Any) -> State:
    """``state + dt * rate``; ``dt`` is a number or ``[runs]``."""
    return jax.tree.map(lambda value, slope: value + dt * slope, state, rate)


@register
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

    dt: Parameter = 0.1

    def step(
        self, state: State, system: System, dynamics: Dynamics
    ) -> tuple[State, Float[Array, " runs"]]:
        rate = dynamics.vector_field(state, system)
        elapsed = jnp.broadcast_to(jnp.asarray(self.dt, jnp.float32), state.x.shape[1:])
        return dynamics.confine(moved(state, rate, self.dt), system), elapsed


@register
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

    reach: Parameter = 1.0
    floor: Parameter = 2.0**-7
    ceiling: Parameter = 1e3

    def step(
        self, state: State, system: System, dynamics: Dynamics
    ) -> tuple[State, Float[Array, " runs"]]:
        rate = dynamics.vector_field(state, system)
        dt = limited_step(rate.x, self.reach, self.floor, self.ceiling)
        return dynamics.confine(moved(state, rate, dt), system), dt


@register
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

    dt: Parameter = 0.1

    def step(
        self, state: State, system: System, dynamics: Dynamics
    ) -> tuple[State, Float[Array, " runs"]]:
        first = dynamics.vector_field(state, system)
        ahead = dynamics.confine(moved(state, first, self.dt), system)
        second = dynamics.vector_field(ahead, system)
        mean = jax.tree.map(lambda a, b: 0.5 * (a + b), first, second)
        elapsed = jnp.broadcast_to(jnp.asarray(self.dt, jnp.float32), state.x.shape[1:])
        return dynamics.confine(moved(state, mean, self.dt), system), elapsed


@register
@dataclass(frozen=True)
class HeavyBall(Stepper):
    """Adaptive Euler with momentum, a limit on each variable, and memories that follow at once.

    v <- momentum v + dx/dt (Polyak 1964);  x <- x + min(dt, stride / max |v of the variable|) v,
    with dt as in ``AdaptiveEuler``; then the memories take the step dt with the potentials at the
    new x (a Lie-Trotter splitting; plain Euler would use those at the old x, and with steps as
    long as these that delay makes whole neighbourhoods oscillate). Momentum damps the rest of the
    oscillation; the limit keeps one hard spot of a large problem from slowing all the others.

    Attributes:
        reach, floor, ceiling: as in ``AdaptiveEuler``.
        momentum: the share of its velocity that a cell keeps, 0 to 1.
        stride: how far a variable moves in a step at most, in the unit of the cells.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> dynamics, stepper = ode.Rectified(), ode.HeavyBall(momentum=0.3)
        >>> ode.solve(system, dynamics, stepper, runs=4, seed=0, max_steps=1000).satisfied
        True
    """

    name: ClassVar[str] = "heavy-ball"

    reach: Parameter = 1.0
    floor: Parameter = 1e-3
    ceiling: Parameter = 2.0
    momentum: Parameter = 0.4
    stride: Parameter = float("inf")

    def prepare(self, state: State) -> State:
        return state._replace(kept={"velocity": jnp.zeros_like(state.x)})

    def step(
        self, state: State, system: System, dynamics: Dynamics
    ) -> tuple[State, Float[Array, " runs"]]:
        assert state.kept is not None
        force = dynamics.vector_field(state, system).x
        dt = limited_step(force, self.reach, self.floor, self.ceiling)
        velocity = self.momentum * state.kept["velocity"] + force
        farthest = jnp.maximum(system.largest_in_variable(velocity), 1e-30)
        ahead = state.x + jnp.minimum(dt, self.stride / farthest) * velocity
        # Only the memories' part of this second evaluation survives compilation.
        slope = dynamics.vector_field(State(system.project(ahead), state.memory), system).memory
        memory = jax.tree.map(lambda m, rate: m + dt * rate, state.memory, slope)
        # Confining projects the same cells again, which is compiled once.
        confined = dynamics.confine(State(ahead, memory), system)
        return confined._replace(kept={"velocity": velocity}), dt


def limited_step(
    rate: Float[Array, "cells runs"], reach: Any, floor: Any, ceiling: Any
) -> Float[Array, " runs"]:
    """dt of each run such that no cell moves further than ``reach``, between two bounds."""
    fastest = jnp.maximum(jnp.abs(rate).max(axis=0, initial=0.0), 1e-30)
    return jnp.clip(reach / fastest, floor, ceiling)
