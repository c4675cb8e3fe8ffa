"""The product of couplings and spins, which is the whole cost of an Ising machine.

Runs are the contiguous axis: a spin of all runs is one short vector, so that a sparse product reads
whole vectors wherever its indices point. Dense couplings are one matrix product.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import lax
from jaxtyping import Array, Float, Int

from odesolve.potentials.clauses import Data
from odesolve.potentials.pytrees import pytree

#: Neighbours that are added in one turn of the loop: the sums then stay in registers for longer.
UNROLLED = 4


class Couplings(ABC):
    """W of E = -1/2 sum_ij W_ij s_i s_j, symmetric, zero on the diagonal."""

    @abstractmethod
    def product(self, x: Float[Array, "spins runs"]) -> Float[Array, "spins runs"]:
        """W x."""

    def product_of_signs(self, signs: Float[Array, "spins runs"]) -> Float[Array, "spins runs"]:
        """W s of signs -1 and +1, where that is simpler; exact for small integers."""
        return self.product(signs)


@pytree
@dataclass(frozen=True)
class DenseCouplings(Couplings):
    """All pairs, zeros included, as one matrix.

    Attributes:
        matrix: ``[spins, spins]``, float32; or bfloat16 where that holds all couplings exactly and
            the device multiplies them faster. A real x is then the sum of two bfloat16.
    """

    matrix: Float[Data, "spins spins"]

    def product(self, x: Float[Array, "spins runs"]) -> Float[Array, "spins runs"]:
        if self.matrix.dtype == jnp.float32:
            return jnp.dot(self.matrix, x)
        high = x.astype(jnp.bfloat16)
        low = (x - high.astype(jnp.float32)).astype(jnp.bfloat16)
        return self._half(high) + self._half(low)

    def product_of_signs(self, signs: Float[Array, "spins runs"]) -> Float[Array, "spins runs"]:
        if self.matrix.dtype == jnp.float32:
            return jnp.dot(self.matrix, signs)
        return self._half(signs.astype(jnp.bfloat16))

    def _half(self, x: Array) -> Array:
        return jnp.dot(self.matrix, x, preferred_element_type=jnp.float32)


@pytree
@dataclass(frozen=True)
class SparseCouplings(Couplings):
    """The neighbours of each spin; spins are sorted by their number of neighbours.

    Attributes:
        neighbours: for each class of spins, their neighbours, ``[slots, spins of the class]``: the
            slots that a spin does not need have the weight 0.
        weights: of these couplings, likewise.
        hub_spins, hub_neighbours, hub_weights: the couplings of spins of very many neighbours, one
            by one, sorted by the spin; they come before all classes.
        hubs: as many zeros as there are such spins.
        fields: couplings of all spins with one more, the last; None without such a one.
    """

    neighbours: tuple[Int[Data, "slots spins"], ...]
    weights: tuple[Float[Data, "slots spins"], ...]
    hub_spins: Int[Data, " couplings"]
    hub_neighbours: Int[Data, " couplings"]
    hub_weights: Float[Data, " couplings"]
    hubs: Float[Data, " hubs"]
    fields: Float[Data, " spins"] | None = None

    def product(self, x: Float[Array, "spins runs"]) -> Float[Array, "spins runs"]:
        sums = []
        if len(self.hubs):
            products = x[self.hub_neighbours] * self.hub_weights[:, None]
            sums.append(
                jax.ops.segment_sum(
                    products, self.hub_spins, len(self.hubs), indices_are_sorted=True
                )
            )
        for neighbours, weights in zip(self.neighbours, self.weights, strict=True):
            sums.append(_gathered(x, neighbours, weights))
        if self.fields is None:
            return sums[0] if len(sums) == 1 else jnp.concatenate(sums)
        plain = jnp.concatenate(sums)
        own = self.fields[:, None]
        return jnp.concatenate([plain + own * x[-1:], jnp.sum(own * x[:-1], 0, keepdims=True)])


def _gathered(x: Array, neighbours: Array, weights: Array) -> Array:
    """The sum over slots, a few at a time."""

    def added(turn: Array, total: Array) -> Array:
        for slot in range(UNROLLED):
            place = turn * jnp.int32(UNROLLED) + jnp.int32(slot)
            total = total + x[neighbours[place]] * weights[place][:, None]
        return total

    none = jnp.zeros((neighbours.shape[1], x.shape[1]), x.dtype)
    turns = neighbours.shape[0] // UNROLLED
    if not turns:
        return none
    return lax.fori_loop(jnp.int32(0), jnp.int32(turns), added, none)
