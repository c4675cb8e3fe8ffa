"""The k-th smallest of each clause's numbers, with a k for each clause."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from odesolve.potentials.clauses import CellValues

#: Up to this width all pairs are compared; above it the number is found bit by bit.
PAIRWISE_WIDTH = 16


def neighbouring_order_statistics(
    terms: CellValues, rank: Int[Array, " clauses"]
) -> tuple[Float[Array, "clauses 1 runs"], Float[Array, "clauses 1 runs"]]:
    """The k-th and the (k + 1)-th smallest term of each clause, k = ``rank`` from 0 to the width.

    The 0-th smallest is 0, and one beyond the last is 1: the ends of the terms' range [0, 1].
    """
    k = rank[:, None, None]
    if terms.shape[1] > PAIRWISE_WIDTH:
        return _by_bits(terms, k)
    earlier = np.tril(np.ones((terms.shape[1],) * 2, bool), -1)[None, :, :, None]
    other, own = terms[:, None], terms[:, :, None]
    place = ((other < own) | ((other == own) & earlier)).sum(axis=2, dtype=jnp.int32)
    found = [
        jnp.where(place == number - 1, terms, 0.0).sum(axis=1, keepdims=True)
        for number in (k, k + 1)
    ]
    return found[0], jnp.where(k == terms.shape[1], 1.0, found[1])


def _by_bits(
    terms: CellValues, k: Int[Array, "clauses 1 1"]
) -> tuple[Float[Array, "clauses 1 runs"], Float[Array, "clauses 1 runs"]]:
    """By bisection: non-negative floats are ordered as their bits are, read as integers."""
    integer = jnp.int32 if terms.dtype.itemsize == 4 else jnp.int64
    bits = jax.lax.bitcast_convert_type(terms, integer)
    highest = 8 * terms.dtype.itemsize - 2

    def refined(i: Int[Array, ""], least: Array) -> Array:
        candidate = least | (jnp.ones((), integer) << (highest - i).astype(integer))
        fewer = (bits < candidate).sum(axis=1, keepdims=True, dtype=jnp.int32) < k
        return jnp.where(fewer, candidate, least)

    least = jax.lax.fori_loop(0, highest + 1, refined, jnp.zeros_like(bits[:, :1]))
    low = jnp.where(k > 0, jax.lax.bitcast_convert_type(least, terms.dtype), 0.0)
    # Of several equal terms the next is the same; k = 0 has none before it.
    tied = (k > 0) & ((terms <= low).sum(axis=1, keepdims=True, dtype=jnp.int32) > k)
    above = jnp.where((terms > low) | (k == 0), terms, 1.0).min(axis=1, keepdims=True)
    return low, jnp.where(tied, low, above)
