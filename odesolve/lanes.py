"""Runs taken a few at a time, so that what a step touches stays in a processor's caches.

A step reads and writes every memory and force of every run. Of many runs together these do not
fit into the caches, and the step waits for the main memory, though the runs know nothing of each
other: several steps of some of them, then the same steps of the next ones, give the same numbers.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from odesolve.potentials import System
from odesolve.potentials.device import device

#: Clauses x runs that are integrated together on a CPU: one memory of them takes 2.5 MB.
CACHED_CLAUSE_RUNS = 640_000

#: Fewer runs than this leave a processor's vector units idle.
LEAST_LANES = 8


def cached_lanes(system: System, runs: int) -> int | None:
    """How many runs to take at a time; None for all, where the caches hold them or never will."""
    if device().platform != "cpu":
        return None
    fitting = CACHED_CLAUSE_RUNS // max(system.clause_count, 1)
    if not LEAST_LANES <= fitting < runs:
        return None
    return next((n for n in range(fitting, LEAST_LANES - 1, -1) if runs % n == 0), None)


def apart(tree: Any, runs: int, lanes: int) -> Any:
    """Arrays whose last axis is the runs, ``[..., runs]``, as ``[blocks, ..., lanes]``.

    Others, such as parameters that all runs share, are repeated: ``[blocks, ...]``.
    """

    def split(leaf: Any) -> Any:
        leaf = jnp.asarray(leaf)
        if not leaf.ndim or leaf.shape[-1] != runs:
            return jnp.broadcast_to(leaf, (runs // lanes, *leaf.shape))
        return jnp.moveaxis(leaf.reshape(*leaf.shape[:-1], runs // lanes, lanes), -2, 0)

    return jax.tree.map(split, tree)


def together(tree: Any) -> Any:
    """The inverse of ``apart``, of arrays that have an axis of runs."""

    def joined(leaf: Any) -> Any:
        blocks = jnp.moveaxis(leaf, 0, -2)
        return blocks.reshape(*blocks.shape[:-2], -1)

    return jax.tree.map(joined, tree)
