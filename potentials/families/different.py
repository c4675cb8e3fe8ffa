"""``Different``: two variables must not be equal (an edge of a colouring)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from odesolve.potentials.clauses import CellValues, Clauses, Data, Potential, Spare, as_scopes
from odesolve.potentials.domains import Circle, Domain, Simplex
from odesolve.potentials.pytrees import pytree

#: The article's potential is a minimum over q (q - 1) pairs of values.
MODULAR_LIMIT = 64


@pytree
@dataclass(frozen=True, eq=False)
class Different(Clauses):
    """For each row ``(a, b)`` of ``scopes``: the values of a and b differ.

    On simplices V = sum_c x_ac x_bc, the multilinear expansion of "equal" over the categories.
    On circles V = min over i != j of d(x_a, i) + d(x_b, j) with the circular distance d
    (article, "Three Coloring"), differentiated automatically as the article does.

    Attributes:
        scopes: pairs of variables, ``[clauses, 2]``.

    Raises:
        ValueError: if the scopes are no table of pairs.

    Example:
        The columns are two assignments of three colours; the first one violates the edge (0, 1).

        >>> import numpy as np
        >>> import odesolve as ode
        >>> clauses = ode.Different([[0, 1], [1, 2], [2, 0]])  # the edges of a triangle
        >>> system = ode.compile_system([(ode.Simplex(3), 3)], [clauses])
        >>> system.violated(np.array([[0, 0], [0, 1], [2, 2]])).tolist()
        [[1, 0]]
    """

    family: ClassVar[str] = "Different"

    scopes: Int[Data, "clauses 2"]

    def __post_init__(self) -> None:
        # Inside a transformation the fields are tracers, already checked outside.
        if isinstance(self.scopes, list | tuple | np.ndarray):
            object.__setattr__(self, "scopes", as_scopes(self.scopes, self.family, arity=2))

    def validate(self, domains: tuple[Domain, ...]) -> None:
        first, second = domains
        if first != second or not isinstance(first, Simplex | Circle):
            raise ValueError(
                f"Different needs two variables of the same Simplex or Circle, got {domains}"
            )
        if isinstance(first, Circle) and first.q > MODULAR_LIMIT:
            raise ValueError(
                f"Different compares all pairs of values on a Circle: at most {MODULAR_LIMIT}, "
                f"got {first.q}"
            )

    def idle(self, domains: tuple[Domain, ...], spare: Spare) -> Different | None:
        if domains[0].values < 2:
            return None
        return Different(np.array([[spare(domains[0], 0), spare(domains[0], 1)]], np.int32))

    def value(self, x: CellValues, domains: tuple[Domain, ...]) -> Potential:
        domain = domains[0]
        if isinstance(domain, Simplex):
            return (x[:, : domain.q] * x[:, domain.q :]).sum(axis=1)
        return modular_potential(x, domain.values)

    def value_and_pull(
        self, x: CellValues, domains: tuple[Domain, ...]
    ) -> tuple[Potential, CellValues]:
        domain = domains[0]
        if not isinstance(domain, Simplex):
            return super().value_and_pull(x, domains)
        # The potential is bilinear: each end is pushed away from the other end's vector.
        first, second = x[:, : domain.q], x[:, domain.q :]
        return (first * second).sum(axis=1), -jnp.concatenate([second, first], axis=1)

    def level(self, shares: Float[np.ndarray, "clauses width"]) -> Float[np.ndarray, " clauses"]:
        """V of clauses over simplices where each cell has a given share."""
        first, second = np.split(shares, 2, axis=1)
        return np.asarray((first * second).sum(axis=1), np.float32)

    def satisfied(self, values: Int[Array, "clauses 2 runs"]) -> Bool[Array, "clauses runs"]:
        return values[:, 0] != values[:, 1]


def modular_potential(x: CellValues, q: int) -> Potential:
    """min over i != j of d(x_a, i) + d(x_b, j), d the distance on a circle of length q."""
    colors = jnp.arange(q, dtype=x.dtype)[None, :, None]

    def distances(cell: Array) -> Array:
        return jnp.abs(jnp.mod(cell[:, None] - colors + q / 2, q) - q / 2)

    to_first, to_second = distances(x[:, 0]), distances(x[:, 1])
    first, second = np.array(np.nonzero(~np.eye(q, dtype=bool)), np.int32)
    if q == 1:
        return jnp.ones_like(x[:, 0])
    return (to_first[:, first] + to_second[:, second]).min(axis=1)
