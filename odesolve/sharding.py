"""Where a batch lies: on one device, or its runs shared out among several, of several processes.

A mesh has one axis, the runs. What has a value for each run (its last axis) is cut along them; the
clauses, and everything else, lie whole on every device. Runs know nothing of each other, so that a
step needs no word between devices; only whether the batch is finished is asked of all, every few
looks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import AxisType, Mesh, NamedSharding, PartitionSpec

from odesolve.budget import Budget, OutOfTime
from odesolve.potentials.device import DeviceError, device, host_array, on_device, on_host
from odesolve.watching import watched

__all__ = ["LostProcess", "Shards", "device_count", "evenly"]

Tree = TypeVar("Tree")
T = TypeVar("T")

RUNS = "runs"

#: A process from which nothing is heard for so long is taken for lost; after 100 s JAX aborts.
LOST_SECONDS = 60.0

#: What XLA's errors begin with, where a connection broke.
_BROKEN = ("UNKNOWN", "INTERNAL", "UNAVAILABLE", "ABORTED", "CANCELLED", "DEADLINE", "FAILED")


class LostProcess(RuntimeError):
    """Another process of the group has ended, or cannot be reached."""


def _devices(asked: int | None, distributed: bool) -> list[jax.Device]:
    """The devices that share the runs, those of each process side by side.

    Arguments:
        asked: how many of each process; None is all GPUs, and one device of a CPU, or the one that
            ``jax_default_device`` names.

    Raises:
        DeviceError: if there are fewer, or the processes have different numbers of them.
    """
    first = device()
    named: Any = jax.config
    local = jax.local_devices(backend=first.platform)
    is_one = first.platform == "cpu" or isinstance(named.jax_default_device, jax.Device)
    count = asked or (1 if is_one else len(local))
    if count > len(local):
        more = "; XLA_FLAGS=--xla_force_host_platform_device_count=N makes N of a CPU"
        raise DeviceError(
            f"devices: {count} were asked for, JAX finds {len(local)} here"
            + (more if first.platform == "cpu" else "")
        )
    if not distributed:
        return [first] if count == 1 else list(local[:count])
    every: dict[int, list[jax.Device]] = {}
    for one in jax.devices(first.platform):
        every.setdefault(one.process_index, []).append(one)
    if any(len(own) < count for own in every.values()):
        raise DeviceError(f"devices: not every process has {count}; say how many with --devices")
    return [one for index in sorted(every) for one in every[index][:count]]


def device_count(asked: int | None, distributed: bool = False) -> int:
    """How many devices share the runs of a batch: see ``odesolve.Options.devices``.

    Raises:
        DeviceError: if there are not so many.
    """
    return len(_devices(asked, distributed))


def evenly(runs: int, devices: int) -> int:
    """The runs, rounded up to a multiple of the devices."""
    return -(-runs // devices) * devices


@dataclass(frozen=True)
class Shards:
    """Where arrays lie, and how processes agree.

    Attributes:
        mesh: None for one device.
        runs: of the whole batch.
        distributed: whether other processes hold some of the runs.
    """

    mesh: Mesh | None
    runs: int
    distributed: bool

    @classmethod
    def of(cls, asked: int | None, runs: int, distributed: bool = False) -> Shards:
        """For a batch of so many runs, a multiple of the devices.

        Raises:
            DeviceError: as ``device_count``.
        """
        devices = _devices(asked, distributed)
        if len(devices) == 1 and not distributed:
            return cls(None, runs, False)
        # Axes that are explicit, as they are by default, cannot be scattered along.
        mesh = Mesh(np.array(devices), (RUNS,), axis_types=(AxisType.Auto,))
        return cls(mesh, runs, distributed)

    @property
    def kind(self) -> str:
        """What it runs on, for the result."""
        one: str = device().device_kind
        return one if self.mesh is None else f"{self.mesh.size} x {one}"

    def shared(self, tree: Tree) -> Tree:
        """A tree of which whatever has a value for each run, its last axis, is cut along them."""
        return self._placed(tree, self._cut)

    def everywhere(self, tree: Tree) -> Tree:
        """A tree that every device has whole."""
        return self._placed(tree, lambda _: PartitionSpec())

    def _cut(self, array: np.ndarray) -> PartitionSpec:
        if array.ndim and array.shape[-1] == self.runs:
            return PartitionSpec(*[None] * (array.ndim - 1), RUNS)
        return PartitionSpec()

    def _placed(self, tree: Any, cut: Callable[[np.ndarray], PartitionSpec]) -> Any:
        mesh = self.mesh
        if mesh is None:
            return on_device(tree)

        def put(leaf: Any) -> jax.Array:
            array = host_array(leaf)
            return _spread(array, NamedSharding(mesh, cut(array)))

        return jax.tree.map(put, tree)

    def held(self, chosen: np.ndarray) -> np.ndarray:
        """Of the chosen runs those that this process's devices hold, ``[runs]``."""
        if not self.distributed or self.mesh is None:
            return chosen
        places = NamedSharding(self.mesh, PartitionSpec(RUNS)).addressable_devices_indices_map(
            (self.runs,)
        )
        here = np.zeros(self.runs, bool)
        for index in places.values():
            here[index] = True
        return chosen & here

    # ------------------------------------------------------------------------------ the processes

    def greatest(self, numbers: Sequence[float]) -> list[float]:
        """Each number's greatest among all processes: that is how they decide as one.

        Raises:
            LostProcess, RuntimeError, ValueError: as ``reached``.
        """
        if not self.distributed:
            return list(numbers)
        assert self.mesh is not None
        own, size = np.array([numbers], np.float32), self.mesh.size
        sharding = NamedSharding(self.mesh, PartitionSpec(RUNS))
        spread = _spread(np.broadcast_to(own, (size, own.shape[1])), sharding)
        found = self.reached(lambda: on_host(_largest(self.mesh)(spread)))
        return [float(number) for number in found]

    def agrees(self, name: str) -> bool:
        """Whether all processes have the same name for what they do; a name is hexadecimal.

        Raises:
            LostProcess, RuntimeError, ValueError: as ``reached``.
        """
        parts = [float(int(name[i : i + 5], 16)) for i in range(0, len(name), 5)]
        found = self.greatest([*parts, *(-part for part in parts)])
        half = len(parts)
        return found[:half] == [-part for part in found[half:]]

    def reached(self, function: Callable[[], T], seconds: float = 0.0) -> T:
        """The function's value, which other processes have a part in.

        Arguments:
            seconds: about how long it takes.

        Raises:
            LostProcess: if nothing is heard of one of them for `LOST_SECONDS`.
            RuntimeError, ValueError: of XLA, if one of them has ended: see ``is_lost``.
        """
        if not self.distributed:
            return function()
        try:
            return watched(function, Budget.of(LOST_SECONDS + 10 * seconds))
        except OutOfTime:
            raise LostProcess("a process does not answer") from None

    def is_lost(self, error: Exception) -> bool:
        """Whether an error says that another process has ended, or cannot be reached."""
        broken = isinstance(error, LostProcess) or str(error).startswith(_BROKEN)
        return self.distributed and broken


def _spread(array: np.ndarray, sharding: NamedSharding) -> jax.Array:
    """An array of which each process sends its own devices their parts, and nobody anything else.

    Sent one by one: ``jax_transfer_guard`` takes JAX's own way to do this for an accident.
    """
    places = sharding.addressable_devices_indices_map(array.shape)
    # Copies: a CPU's device would otherwise share the memory with whoever made the array.
    parts = [jax.device_put(np.array(array[index]), one) for one, index in places.items()]
    return jax.make_array_from_single_device_arrays(array.shape, sharding, parts)


@cache
def _largest(mesh: Mesh) -> Callable[[jax.Array], jax.Array]:
    """What finds the greatest number of each column, for all to see."""
    whole = NamedSharding(mesh, PartitionSpec())
    return jax.jit(lambda rows: jnp.max(rows, axis=0), out_shardings=whole)
