"""What all native kernels share: how the batch goes into XLA's call and comes out of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from odesolve.dynamics.base import Dynamics, State
from odesolve.potentials import System
from odesolve.steppers.base import Stepper


@dataclass
class Arguments:
    """What a native function is given beside the state, in the order in which it takes it.

    Attributes:
        read: arrays, after the number of steps.
        scratch: shapes of float32 arrays that it writes to, and that nobody reads.
        attributes: numbers and words that are part of the compiled call.
    """

    read: list[Array]
    scratch: list[tuple[int, ...]]
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Kernel(ABC):
    """Steps of one kind of solve as one native call; ``covers`` must be true of its members."""

    system: System
    dynamics: Dynamics
    stepper: Stepper

    #: XLA's name of the function in ``source/kernels.cpp``.
    TARGET: ClassVar[str]

    @classmethod
    @abstractmethod
    def covers(cls, system: System, dynamics: Dynamics, stepper: Stepper) -> bool:
        """Whether it can take the place of the stepper."""

    @abstractmethod
    def arguments(self, runs: int) -> Arguments:
        """What the function is given for a batch of so many runs."""

    def settled(self, state: State) -> State:
        """The state that is made of what the function leaves."""
        return state

    def steps(
        self, state: State, time: Float[Array, " runs"], count: Int[Array, ""]
    ) -> tuple[State, Float[Array, " runs"]]:
        """The state after so many steps, and the time: as of ``stepper.step``, but for rounding."""
        given = self.arguments(state.x.shape[1])
        # In place: each leaf is an argument and, at the same address, a result.
        moving, structure = jax.tree.flatten((state, time))
        read = [count, *given.read]
        call = jax.ffi.ffi_call(
            self.TARGET,
            [
                *(jax.ShapeDtypeStruct(array.shape, array.dtype) for array in moving),
                *(jax.ShapeDtypeStruct(shape, jnp.float32) for shape in given.scratch),
            ],
            input_output_aliases={len(read) + i: i for i in range(len(moving))},
        )
        moved = call(*read, *moving, **given.attributes)
        state, time = structure.unflatten(moved[: len(moving)])
        return self.settled(state), time


def rows(parameters: Sequence[Any], runs: int) -> Float[Array, "parameters runs"]:
    """Parameters of all runs, or of each, one below the other.

    A run of which one is no number has no other, so that its state becomes none as well: limits
    that are no numbers would not be seen as such.
    """
    own = jnp.stack([jnp.broadcast_to(jnp.asarray(p, jnp.float32), (runs,)) for p in parameters])
    return jnp.where(jnp.isnan(own).any(0), jnp.nan, own)


def mobility(system: System) -> Float[Array, "cells 1"]:
    """The factor of each cell's velocity, 0 for fixed ones."""
    found = jnp.ones_like(system.polarity) if system.mobility is None else system.mobility
    return found if system.fixed is None else jnp.where(jnp.isnan(system.fixed), found, 0.0)
