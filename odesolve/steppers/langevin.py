"""``langevin``: Euler steps with noise that cools down and heats up again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, UInt

from odesolve.dynamics.base import Dynamics, Parameter, State, pytree
from odesolve.potentials import System
from odesolve.steppers.base import Stepper, elapsed, moved

#: Of a uniform number on [-1/2, 1/2): what gives it variance 1.
UNIT_VARIANCE = 12**0.5


@pytree
@dataclass(frozen=True)
class Langevin(Stepper):
    """dx = F dt + sigma dW in fixed steps; only the variables are shaken, not the memories.

    sigma falls linearly from ``noise`` to ``cold_noise`` in the course of ``period`` steps, and
    begins anew: simulated annealing (Kirkpatrick, Gelatt, Vecchi 1983) in the potentials that the
    memories deform. Only the increments' mean and variance matter to the weak order 1 of the
    method (Kloeden and Platen 1992, section 14.1), so they are uniform numbers.

    The random numbers of a run are a function of its start alone.

    Attributes:
        dt: the step, in the dynamics' unit of time; a number or ``[runs]``.
        noise, cold_noise: sigma, in the unit of the cells by the root of the unit of time.
        period: steps.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> dynamics, stepper = ode.Multipliers(), ode.Langevin(noise=0.3)
        >>> ode.solve(system, dynamics, stepper, runs=4, seed=0, max_steps=1000).satisfied
        True
    """

    name: ClassVar[str] = "langevin"
    may_be_padded: ClassVar[bool] = True

    dt: Parameter = 0.2
    noise: Parameter = 0.75
    cold_noise: Parameter = 0.2
    period: Parameter = 1000.0

    def prepare(self, state: State, system: System) -> State:
        age = jnp.zeros(state.x.shape[1:], jnp.float32)
        return state._replace(kept={"random": seeds(state.x, system.number), "age": age})

    def step(
        self, state: State, system: System, dynamics: Dynamics
    ) -> tuple[State, Float[Array, " runs"]]:
        assert state.kept is not None
        random, age = following(state.kept["random"]), state.kept["age"]
        cooled = (age % self.period) / self.period
        sigma = self.noise + (self.cold_noise - self.noise) * cooled
        size = sigma * jnp.sqrt(jnp.float32(self.dt)) * UNIT_VARIANCE
        rate = dynamics.vector_field(state._replace(kept=None), system)
        ahead = moved(state._replace(kept=None), rate, self.dt)
        after = dynamics.confine(ahead._replace(x=ahead.x + size * uniform(random)), system)
        return after._replace(kept={"random": random, "age": age + 1.0}), elapsed(state, self.dt)


def seeds(
    x: Float[Array, "cells runs"], number: Int[Array, "cells 1"] | None = None
) -> UInt[Array, "cells runs"]:
    """One odd number for each cell, from the whole start of its run.

    Arguments:
        number: of the cells, -1 for those that do not count; as they stand by default.
    """
    bits = jax.lax.bitcast_convert_type(x.astype(jnp.float32), jnp.uint32)
    cell = jnp.arange(x.shape[0], dtype=jnp.uint32)[:, None]
    if number is not None:
        cell = number.astype(jnp.uint32)
    of_cell = mixed(bits + cell * jnp.uint32(0x9E3779B9))
    if number is not None:
        of_cell = jnp.where(number >= 0, of_cell, jnp.uint32(0))
    of_run = of_cell.sum(axis=0, dtype=jnp.uint32)
    return mixed(of_run + cell * jnp.uint32(0x85EBCA6B)) | jnp.uint32(1)


def mixed(numbers: UInt[Array, "..."]) -> UInt[Array, "..."]:
    """The finalizer of MurmurHash3: every bit depends on every bit."""
    numbers = (numbers ^ (numbers >> 16)) * jnp.uint32(0x85EBCA6B)
    numbers = (numbers ^ (numbers >> 13)) * jnp.uint32(0xC2B2AE35)
    return numbers ^ (numbers >> 16)


def following(numbers: UInt[Array, "..."]) -> UInt[Array, "..."]:
    """The next numbers of xorshift32 (Marsaglia 2003); JAX's own generators take far longer."""
    numbers = numbers ^ (numbers << 13)
    numbers = numbers ^ (numbers >> 17)
    return numbers ^ (numbers << 5)


def uniform(numbers: UInt[Array, "..."]) -> Float[Array, "..."]:
    """Numbers on [-1/2, 1/2)."""
    return (numbers >> 8).astype(jnp.float32) * jnp.float32(2.0**-24) - 0.5
