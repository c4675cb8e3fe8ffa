"""What all native kernels share: how the batch goes into XLA's call and comes out of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Array, Float, Int

from odesolve.dynamics.base import Dynamics, State
from odesolve.potentials import System
from odesolve.steppers.base import Stepper


@dataclass
class Arguments:
    """What a native function is given beside the state, in the order in which it takes it.

    Attributes:
        parameters: ``[parameters, runs]``, read after the number of steps.
        read: what is read after them, the same for all runs.
        scratch: shapes of float32 arrays, but for the runs, that it writes to and nobody reads.
        attributes: numbers and words that are part of the compiled call.
    """

    parameters: Float[Array, "parameters runs"]
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
        self,
        state: State,
        time: Float[Array, " runs"],
        count: Int[Array, ""],
        mesh: Mesh | None = None,
    ) -> tuple[State, Float[Array, " runs"]]:
        """The state after so many steps, and the time: as of ``stepper.step``, but for rounding.

        Arguments:
            mesh: of the devices that share the runs; None for one device.
        """
        given = self.arguments(state.x.shape[1])
        moving, structure = jax.tree.flatten((state, time))
        function: Callable[..., list[Array]] = partial(self._call, given)
        if mesh is not None:  # XLA would send all of a batch to each device
            function = _by_device(function, mesh, moving, len(given.read))
        moved = function(moving, given.parameters, [count, *given.read])
        state, time = jax.tree.unflatten(structure, moved)
        return self.settled(state), time

    def _call(
        self, given: Arguments, moving: list[Array], parameters: Array, read: list[Array]
    ) -> list[Array]:
        """The leaves of a state after the steps: in place, each has the address that it had."""
        arguments = [read[0], parameters, *read[1:]]
        runs = parameters.shape[1]
        call = jax.ffi.ffi_call(
            self.TARGET,
            [
                *(jax.ShapeDtypeStruct(array.shape, array.dtype) for array in moving),
                *(jax.ShapeDtypeStruct((*shape, runs), jnp.float32) for shape in given.scratch),
            ],
            input_output_aliases={len(arguments) + i: i for i in range(len(moving))},
        )
        return list(call(*arguments, *moving, **given.attributes)[: len(moving)])


def _by_device(
    function: Callable[..., list[Array]], mesh: Mesh, moving: list[Array], others: int
) -> Callable[..., list[Array]]:
    """A call on each device, of the runs that lie there; a last axis is that of the runs."""
    (axis,) = mesh.axis_names
    cut = [PartitionSpec(*[None] * (array.ndim - 1), axis) for array in moving]
    given = cut, PartitionSpec(None, axis), [PartitionSpec()] * (1 + others)
    return jax.shard_map(function, mesh=mesh, in_specs=given, out_specs=cut, check_vma=False)


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
