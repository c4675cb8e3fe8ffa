"""Products with one factor left out: the slopes of a product, without a division."""

from __future__ import annotations

import jax.numpy as jnp

from odesolve.potentials.clauses import CellValues
from odesolve.potentials.positions import folded_others, is_unrolled


def product_of_others(terms: CellValues) -> CellValues:
    """For each position along axis 1, the product of all the other positions.

    An only position has none: 1. Costs a number of operations proportional to the width.
    """
    if terms.shape[1] > 1 and is_unrolled(terms.shape[1]):
        return folded_others(jnp.multiply, terms)
    # A running product from each side: no division, which a factor of zero would forbid.
    ones = jnp.ones_like(terms[:, :1])
    before = jnp.concatenate([ones, jnp.cumprod(terms[:, :-1], axis=1)], axis=1)
    after = jnp.concatenate([ones, jnp.cumprod(terms[:, :0:-1], axis=1)], axis=1)[:, ::-1]
    return before * after
