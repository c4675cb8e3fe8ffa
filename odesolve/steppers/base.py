"""Steppers: how a state is carried over one step of time.

Every stepper confines the state (domains, memory ranges) after each step. ``dt`` is in the units
of time of the dynamics' equations.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from odesolve.dynamics.base import Configurable, Dynamics, State
from odesolve.potentials import System


@dataclass(frozen=True)
class Stepper(Configurable):
    """A rule for one time step.

    One of your own is a frozen dataclass, registered as a pytree
    (``odesolve.dynamics.base.pytree``), that says ``step``.

    Attributes:
        name: by which results call it.

    Example:
        >>> import odesolve as ode
        >>> ode.Euler(dt=0.05).parameters()
        {'dt': 0.05}
    """

    #: As of a dynamics: whether idle clauses over fixed variables change nothing for the others.
    may_be_padded: ClassVar[bool] = False

    def prepare(self, state: State, system: System) -> State:
        """A starting state with whatever the stepper keeps in it besides."""
        return state

    @abstractmethod
    def step(
        self, state: State, system: System, dynamics: Dynamics
    ) -> tuple[State, Float[Array, " runs"]]:
        """The next state and the time that passed in each run."""


def moved(state: State, rate: State, dt: Any) -> State:
    """``state + dt * rate``; ``dt`` is a number or ``[runs]``."""
    return jax.tree.map(lambda value, slope: value + dt * slope, state, rate)


def elapsed(state: State, dt: Any) -> Float[Array, " runs"]:
    """The time that a step of ``dt`` takes in each run; ``dt`` is one number or ``[runs]``."""
    return jnp.broadcast_to(jnp.asarray(dt, jnp.float32), state.x.shape[1:])


def limited_step(
    rate: Float[Array, "cells runs"], reach: Any, floor: Any, ceiling: Any
) -> Float[Array, " runs"]:
    """dt of each run such that no cell moves further than ``reach``, between two bounds."""
    fastest = jnp.maximum(jnp.abs(rate).max(axis=0, initial=0.0), 1e-30)
    return jnp.clip(reach / fastest, floor, ceiling)
