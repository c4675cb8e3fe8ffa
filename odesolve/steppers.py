"""Steppers: how a state is carried over one step of time.

Every stepper confines the state (domains, memory ranges) after each step. ``dt`` is in the units
of time of the dynamics' equations.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from odesolve.dynamics import Dynamics, State, register
from odesolve.potentials import System


class Stepper(ABC):
    """A rule for one time step."""

    name: ClassVar[str]

    @abstractmethod
    def step(
        self, state: State, system: System, dynamics: Dynamics
    ) -> tuple[State, Float[Array, " runs"]]:
        """The next state and the time that passed in each run."""

    def parameters(self) -> dict[str, float]:
        """Every parameter, as plain numbers."""
        return {f.name: float(getattr(self, f.name)) for f in fields(self)}  # type: ignore[arg-type]


def moved(state: State, rate: State, dt: Any) -> State:
    """``state + dt * rate``; ``dt`` is a number or ``[runs]``."""
    return jax.tree.map(lambda value, slope: value + dt * slope, state, rate)


def _register(cls: type[Stepper]) -> type[Stepper]:
    return register(cls)  # type: ignore[arg-type, return-value]


@_register
@dataclass(frozen=True)
class Euler(Stepper):
    """Forward Euler with a fixed step, as in the article."""

    name: ClassVar[str] = "euler"

    dt: float = 0.1

    def step(
        self, state: State, system: System, dynamics: Dynamics
    ) -> tuple[State, Float[Array, " runs"]]:
        rate = dynamics.vector_field(state, system)
        elapsed = jnp.broadcast_to(jnp.asarray(self.dt, jnp.float32), state.x.shape[1:])
        return dynamics.confine(moved(state, rate, self.dt), system), elapsed


@_register
@dataclass(frozen=True)
class AdaptiveEuler(Stepper):
    """Forward Euler with dt = clip(reach / max |dx/dt|, floor, ceiling), for each run apart.

    ``reach`` is the furthest that any cell moves in one step (Bearden, Pei, Di Ventra 2020
    use 1, with floor 2^-7 and ceiling 1e3).
    """

    name: ClassVar[str] = "adaptive-euler"

    reach: float = 1.0
    floor: float = 2.0**-7
    ceiling: float = 1e3

    def step(
        self, state: State, system: System, dynamics: Dynamics
    ) -> tuple[State, Float[Array, " runs"]]:
        rate = dynamics.vector_field(state, system)
        fastest = jnp.abs(rate.x).max(axis=0)
        dt = jnp.clip(self.reach / jnp.maximum(fastest, 1e-30), self.floor, self.ceiling)
        return dynamics.confine(moved(state, rate, dt), system), dt


@_register
@dataclass(frozen=True)
class Heun(Stepper):
    """The explicit trapezoidal rule: second order, two evaluations a step."""

    name: ClassVar[str] = "heun"

    dt: float = 0.1

    def step(
        self, state: State, system: System, dynamics: Dynamics
    ) -> tuple[State, Float[Array, " runs"]]:
        first = dynamics.vector_field(state, system)
        ahead = dynamics.confine(moved(state, first, self.dt), system)
        second = dynamics.vector_field(ahead, system)
        mean = jax.tree.map(lambda a, b: 0.5 * (a + b), first, second)
        elapsed = jnp.broadcast_to(jnp.asarray(self.dt, jnp.float32), state.x.shape[1:])
        return dynamics.confine(moved(state, mean, self.dt), system), elapsed
