"""Noise of a step, from its number and the seed: no state to carry, the same in every chunk."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from odesolve.dynamics.ising.base import Moment

#: The square root of 3: uniform numbers of this magnitude have the variance 1.
_UNIFORM = 3.0**0.5

#: 2^32 over the golden ratio, odd: multiples of it are spread evenly.
_GOLDEN = 0x9E3779B9


def noise(moment: Moment, x: Float[Array, "spins runs"]) -> Float[Array, "spins runs"]:
    """Independent numbers of mean 0 and variance 1.

    They are uniform: over many small steps their sums are as Gaussian as those of Gaussian ones,
    and a hash of their places gives them in a few operations.
    """
    spins, runs = x.shape
    place = jax.lax.iota(jnp.uint32, spins)[:, None] * jnp.uint32(runs)
    place = place + jax.lax.iota(jnp.uint32, runs)[None, :]
    salt = _mixed(
        moment.seed.astype(jnp.uint32) ^ (moment.step.astype(jnp.uint32) * jnp.uint32(_GOLDEN))
    )
    bits = _mixed(place * jnp.uint32(_GOLDEN) ^ salt)
    # 24 bits make a float32 exactly.
    unit = (bits >> jnp.uint32(8)).astype(jnp.int32).astype(jnp.float32) * jnp.float32(2.0**-23)
    return (unit - 1.0) * _UNIFORM


def _mixed(value: Array) -> Array:
    """The finalizer of MurmurHash3 (A. Appleby): each bit that changes changes half of them."""
    value = value ^ (value >> jnp.uint32(16))
    value = value * jnp.uint32(0x85EBCA6B)
    value = value ^ (value >> jnp.uint32(13))
    value = value * jnp.uint32(0xC2B2AE35)
    return value ^ (value >> jnp.uint32(16))
