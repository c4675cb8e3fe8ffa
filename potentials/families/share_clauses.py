"""What families over shares have in common: literals instead of whole variables."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from odesolve.potentials.clauses import CellValues, Clauses, Data, Potential
from odesolve.potentials.domains import Domain, Simplex
from odesolve.potentials.layout import Layout


@dataclass(frozen=True, eq=False)
class ShareClauses(Clauses):
    """Clauses that act on single shares: variable ``scopes[m, i]`` at its value ``values[m, i]``.

    Variables of any number of values stand in one clause, and only the shares that matter are
    read. What is decoded is compared with ``values``, so that ``satisfied`` needs no domain.
    """

    by_literal: ClassVar[bool] = True

    scopes: Int[Data, "clauses literals"]
    values: Int[Data, "clauses literals"]

    def validate(self, domains: tuple[Domain, ...]) -> None:
        if not all(isinstance(domain, Simplex) for domain in domains):
            raise ValueError(f"{self.family} works on Simplex variables, got {domains}")

    def cells_in(self, layout: Layout) -> Int[np.ndarray, "clauses literals"]:
        """The cell of each literal.

        Raises:
            ValueError: if a variable has no such value.
        """
        scopes, values = np.asarray(self.scopes), np.asarray(self.values)
        block = layout.block_of(scopes.reshape(-1)).reshape(scopes.shape)
        width = np.array([b.domain.width for b in layout.blocks], np.int64)[block]
        if scopes.size and ((values < 0) | (values >= width)).any():
            worst = int(np.argmax((values < 0) | (values >= width)))
            variable, value = scopes.reshape(-1)[worst], values.reshape(-1)[worst]
            raise ValueError(f"{self.family}: variable {variable} has no value number {value}")
        first = np.array([b.first_variable for b in layout.blocks], np.int64)[block]
        cell = np.array([b.first_cell for b in layout.blocks], np.int64)[block]
        return (cell + (scopes - first) * width + values).astype(np.int32)

    def hold_arrays(self, scopes: Int[np.ndarray, "clauses literals"], **kinds: type) -> None:
        """Keep the scopes, and the fields of these names as arrays of these types.

        Raises:
            ValueError: if one has not the shape of the scopes.
        """
        object.__setattr__(self, "scopes", scopes)
        for name, kind in kinds.items():
            array: np.ndarray = np.asarray(getattr(self, name), kind)
            if array.shape != scopes.shape:
                raise ValueError(
                    f"{self.family}: {name} must be {list(scopes.shape)}, got {list(array.shape)}"
                )
            object.__setattr__(self, name, array)

    @abstractmethod
    def level(self, shares: Float[np.ndarray, "clauses literals"]) -> Float[np.ndarray, " clauses"]:
        """The potential at given shares, in NumPy: where a clause's memories have their zero."""

    def corner_shares(
        self, values: Int[Array, "clauses literals runs"]
    ) -> Float[Array, "clauses literals runs"]:
        """The shares of decoded values: 1 where a literal's variable has its value, else 0."""
        return (values == jnp.asarray(self.values)[:, :, None]).astype(jnp.float32)


class GuardedChances(ShareClauses):
    """A potential that is a chance of the literals behind ``guards`` others, times their shares."""

    guards: int

    @abstractmethod
    def chances(self, x: CellValues, library: Any) -> tuple[Potential, CellValues]:
        """The chance and the pulls, without the guards; ``library`` is NumPy or JAX's."""

    def value(self, x: CellValues, domains: tuple[Domain, ...]) -> Potential:
        return self.value_and_pull(x, domains)[0]

    def value_and_pull(
        self, x: CellValues, domains: tuple[Domain, ...]
    ) -> tuple[Potential, CellValues]:
        value, pull = self.chances(x, jnp)
        if not self.guards:
            return value, pull
        guard, others = product_and_others([x[:, i] for i in range(self.guards)])
        head = jnp.stack([-value * other for other in others], axis=1)
        return guard * value, jnp.concatenate([head, guard[:, None] * pull], axis=1)

    def level(self, shares: Float[np.ndarray, "clauses literals"]) -> Float[np.ndarray, " clauses"]:
        points: Any = shares[:, :, None]
        value = self.chances(points, np)[0][:, 0]
        return np.asarray(shares[:, : self.guards].prod(axis=1) * value, np.float32)


def product_and_others(factors: list[Array]) -> tuple[Array, list[Array]]:
    """The product of all factors, and for each factor that of the others."""
    before, after = [factors[0]], [factors[-1]]
    for factor in factors[1:]:
        before.append(before[-1] * factor)
    for factor in factors[-2::-1]:
        after.append(after[-1] * factor)
    after.reverse()
    ones = jnp.ones_like(factors[0])
    left = [ones, *before[:-1]]
    right = [*after[1:], ones]
    return before[-1], [a * b for a, b in zip(left, right, strict=True)]
