"""JAX's device: found with errors that say what to do, and given arrays of stated types.

JAX's global settings (``jax_enable_x64``, ``jax_numpy_dtype_promotion``, ``jax_transfer_guard``,
...) belong to the user. Whatever they are, odesolve computes with the same numbers of 32 bits:
every array is given a type where it is made, and goes to the device and back explicitly.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import Any, TypeVar, overload

import jax
import numpy as np
from jax.sharding import NamedSharding, PartitionSpec

Tree = TypeVar("Tree")

#: JAX adds its settings to this one while it is imported, where type checkers do not see them.
_settings: Any = jax.config

_forked = False


class DeviceError(RuntimeError):
    """JAX cannot compute here; the message is one line."""


def device() -> jax.Device:
    """The device that arrays go to: JAX's first, unless ``jax_default_device`` names another.

    Raises:
        DeviceError: if there is none of the kind that JAX is told to use, or this process was
            forked from one that had used JAX.
    """
    if _forked:
        raise DeviceError(
            "JAX was used before this process was forked, and would hang: "
            "start processes with multiprocessing.get_context('spawn')"
        )
    chosen: Any = _settings.jax_default_device
    try:
        if chosen is not None and not isinstance(chosen, str):
            found: jax.Device = chosen
        else:
            found = jax.local_devices(backend=chosen)[0]
    # JAX asserts, without a message, when the only platform asked for is missing.
    except (RuntimeError, AssertionError) as error:
        raise DeviceError(_missing(chosen, error)) from None
    return found


@overload
def on_device(tree: np.ndarray | np.generic) -> jax.Array: ...
@overload
def on_device(tree: Tree) -> Tree: ...
def on_device(tree: Any) -> Any:
    """The arrays of a tree on the device, of at most 32 bits; Python's numbers as float32.

    Raises:
        DeviceError: as ``device``.
    """
    device()
    return jax.tree.map(_put, tree)


def on_host(tree: Tree) -> Any:
    """The same tree of NumPy arrays.

    Where other processes hold parts of it, all of them must ask at the same time.
    """
    return jax.device_get(_gathered(tree))


def host_array(leaf: Any, *, copy: bool = False) -> np.ndarray:
    """An array of at most 32 bits as ``on_device`` sends it; a copy where that is asked for."""
    if isinstance(leaf, int | float) and not isinstance(leaf, bool):
        with np.errstate(over="ignore"):  # what is beyond 32 bits is infinite there
            return np.asarray(np.float32(leaf))
    array = np.asarray(on_host(leaf))
    return array.astype(_NARROWED.get(array.dtype, array.dtype), copy=copy)


def _gathered(tree: Any) -> Any:
    """The tree with what is spread over processes brought together."""
    leaves, structure = jax.tree.flatten(tree)
    spread = [
        place
        for place, leaf in enumerate(leaves)
        if isinstance(leaf, jax.Array)
        and not (leaf.is_fully_addressable or leaf.is_fully_replicated)
    ]
    if not spread:
        return tree
    parts = tuple(leaves[place] for place in spread)
    mesh: Any = getattr(parts[0].sharding, "mesh", None)
    for place, whole in zip(spread, _everywhere(mesh)(parts), strict=True):
        leaves[place] = whole
    return jax.tree.unflatten(structure, leaves)


@cache
def _everywhere(mesh: Any) -> Any:
    """What brings arrays of a mesh whole to each of its devices."""
    return jax.jit(lambda parts: parts, out_shardings=NamedSharding(mesh, PartitionSpec()))


def _put(leaf: Any) -> jax.Array:
    if isinstance(leaf, jax.Array) and leaf.dtype.itemsize <= 4 and not leaf.weak_type:
        return leaf
    # A copy: a CPU's device would otherwise share the memory with whoever made the array.
    return jax.device_put(host_array(leaf, copy=True))


_NARROWED: dict[Any, Any] = {
    np.dtype(np.float64): np.float32,
    np.dtype(np.int64): np.int32,
    np.dtype(np.uint64): np.uint32,
}


def _missing(chosen: str | None, error: Exception) -> str:
    if chosen:
        told = f"jax_default_device is {chosen}"
    elif _settings.jax_platforms:
        told = f"JAX_PLATFORMS is {_settings.jax_platforms}"
    else:
        told = " ".join(str(error).split()) or "none is there"
    return f"JAX finds no such device: {told}; JAX_PLATFORMS=cpu is always there"


def _is_started() -> bool:
    """Whether JAX holds devices, and with them threads, which no fork copies."""
    # JAX says so nowhere else; it only warns, and only where warnings are shown.
    bridge = sys.modules.get("jax._src.xla_bridge")
    return bool(getattr(bridge, "backends_are_initialized", lambda: True)())


def _remember_fork() -> None:
    global _forked
    _forked = _forked or _is_started()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_remember_fork)
