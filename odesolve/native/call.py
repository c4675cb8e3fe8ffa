"""A native function with what it is given: called by XLA, or by Python with NumPy's arrays."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Array, Float, Int

from odesolve.dynamics.base import State
from odesolve.native.building import function_of
from odesolve.potentials.pytrees import pytree
from odesolve.sharding import Shards


@pytree
@dataclass(frozen=True, eq=False)
class NativeCall:
    """What a native function is given beside the state, in the order in which it takes it.

    Attributes:
        parameters: ``[parameters, runs]``, read after the number of steps.
        read: what is read after them, the same for all runs.
        target: the function's name in ``source/kernels.cpp``.
        options: whole numbers that are part of what is called.
        scratch: shapes of float32 arrays, but for the runs, that it writes to and nobody reads.
    """

    parameters: Float[Array, "parameters runs"]
    read: tuple[Any, ...]
    target: str = field(metadata={"static": True})
    options: tuple[int, ...] = field(metadata={"static": True})
    scratch: tuple[tuple[int, ...], ...] = field(metadata={"static": True})

    def shared(self, shards: Shards) -> NativeCall:
        """The same for a batch that several devices share."""
        parameters, read = shards.shared(self.parameters), shards.everywhere(self.read)
        return replace(self, parameters=parameters, read=read)

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
        moving, structure = jax.tree.flatten((state, time))
        function: Callable[..., list[Array]] = self._by_xla
        if mesh is not None:  # XLA would send all of a batch to each device
            function = _by_device(function, mesh, moving, len(self.read))
        moved = function(moving, self.parameters, [count, *self.read])
        found: tuple[State, Array] = jax.tree.unflatten(structure, moved)
        return found

    def _by_xla(self, moving: list[Array], parameters: Array, read: list[Array]) -> list[Array]:
        """The leaves of a state after the steps: in place, each has the address that it had."""
        arguments = [read[0], parameters, *read[1:]]
        runs = parameters.shape[1]
        call = jax.ffi.ffi_call(
            self.target,
            [
                *(jax.ShapeDtypeStruct(array.shape, array.dtype) for array in moving),
                *(jax.ShapeDtypeStruct((*shape, runs), jnp.float32) for shape in self.scratch),
            ],
            input_output_aliases={len(arguments) + i: i for i in range(len(moving))},
        )
        options = np.array(self.options, np.int64)
        return list(call(*arguments, *moving, options=options)[: len(moving)])

    def on_host(self) -> Callable[[State, np.ndarray, int], None]:
        """The same for NumPy's arrays: (state, time, steps), which it moves in place.

        Nothing is compiled. Parameters and what is read must be NumPy's as well.

        Raises:
            TypeError: if an array has gaps, or numbers of more or fewer than 32 bits; so does what
                is returned, or a MemoryError.
        """
        runs = self.parameters.shape[1]
        function = function_of(f"{self.target}_on_host")
        count = np.zeros((), np.int32)
        read = [count, *(np.ascontiguousarray(own) for own in (self.parameters, *self.read))]
        scratch = [np.empty((*shape, runs), np.float32) for shape in self.scratch]
        given = _Buffers(read)
        options = (ctypes.c_int64 * len(self.options))(*self.options)
        last: tuple[Any, Any, _Buffers] = None, None, given

        def steps(state: State, time: np.ndarray, number: int) -> None:
            nonlocal last
            count[...] = number
            if last[0] is not state or last[1] is not time:
                last = state, time, _Buffers([*jax.tree.leaves((state, time)), *scratch])
            moving = last[2]
            own = given.first, len(given.arrays), moving.first, len(moving.arrays), options
            if not function(*own):
                raise MemoryError("no memory for native steps")

        return steps


class _Buffer(ctypes.Structure):
    """``Buffer`` of ``source/arrays.hpp``."""

    _fields_ = (("data", ctypes.c_void_p), ("shape", ctypes.POINTER(ctypes.c_int64)))


class _Buffers:
    """Where arrays lie, as C++ reads it; they live as long as this."""

    def __init__(self, arrays: Sequence[np.ndarray]) -> None:
        for array in arrays:
            if array.dtype not in (np.float32, np.int32) or not array.flags.c_contiguous:
                raise TypeError(
                    f"native steps: {array.dtype}, strides {array.strides}; "
                    "expected numbers of 32 bits without gaps"
                )
        self.arrays = arrays
        shapes = [(ctypes.c_int64 * max(array.ndim, 1))(*array.shape) for array in arrays]
        self._shapes = shapes
        pointer = ctypes.POINTER(ctypes.c_int64)
        self.first = (_Buffer * len(arrays))(
            *(
                _Buffer(array.__array_interface__["data"][0], ctypes.cast(shape, pointer))
                for array, shape in zip(arrays, shapes, strict=True)
            )
        )


def _by_device(
    function: Callable[..., list[Array]], mesh: Mesh, moving: list[Array], others: int
) -> Callable[..., list[Array]]:
    """A call on each device, of the runs that lie there; a last axis is that of the runs."""
    (axis,) = mesh.axis_names
    cut = [PartitionSpec(*[None] * (array.ndim - 1), axis) for array in moving]
    given = cut, PartitionSpec(None, axis), [PartitionSpec()] * (1 + others)
    return jax.shard_map(function, mesh=mesh, in_specs=given, out_specs=cut, check_vma=False)
