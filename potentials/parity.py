"""``Xor``: the parity of any number of bits, as one product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from odesolve.potentials.clauses import CellValues, Clauses, Data, Potential, as_scopes, register
from odesolve.potentials.domains import Box, Domain, number_slopes, unit_cells
from odesolve.potentials.products import product_of_others


@register
@dataclass(frozen=True, eq=False)
class Xor(Clauses):
    """The number of true bits in scope ``m`` has parity ``parity[m]``: 1 is odd, 0 is even.

    With bits s in the -1/+1 encoding, whatever the domain's, V = (1 - q prod_i s_i) / 2, where
    q is the sign that the product has on satisfying corners: the Fourier expansion of parity is
    a single monomial (article, "Potentials"). Value and pull cost a number of operations
    proportional to the width; a ``TruthTable`` takes 2^width.

    ``y = x1 ^ x2 ^ ...`` is the clause over ``(y, x1, x2, ...)`` with parity 0.
    """

    family: ClassVar[str] = "Xor"

    scopes: Int[Data, "clauses arity"]
    parity: Int[Data, " clauses"]

    def __post_init__(self) -> None:
        # Inside a transformation the fields are tracers, already checked outside.
        if isinstance(self.scopes, list | tuple | np.ndarray):
            scopes = as_scopes(self.scopes, self.family)
            parity = np.asarray(self.parity)
            if parity.shape != scopes.shape[:1] or not np.isin(parity, (0, 1)).all():
                raise ValueError("Xor: parity must be 1 (odd) or 0 (even), one for each clause")
            object.__setattr__(self, "scopes", scopes)
            object.__setattr__(self, "parity", parity.astype(np.int32))

    def validate(self, domains: tuple[Domain, ...]) -> None:
        if not all(isinstance(domain, Box) for domain in domains):
            raise ValueError(f"Xor works on Box variables, got {domains}")

    def value(self, x: CellValues, domains: tuple[Domain, ...]) -> Potential:
        return self._potential(self._signs(x, domains).prod(axis=1))

    def value_and_pull(
        self, x: CellValues, domains: tuple[Domain, ...]
    ) -> tuple[Potential, CellValues]:
        signs = self._signs(x, domains)
        others = product_of_others(signs)
        value = self._potential(signs.prod(axis=1))
        return value, self._wanted()[:, None] * others * number_slopes(domains)

    def satisfied(self, values: Int[Array, "clauses arity runs"]) -> Bool[Array, "clauses runs"]:
        return values.sum(axis=1) % 2 == self.parity[:, None]

    def _signs(self, x: CellValues, domains: tuple[Domain, ...]) -> CellValues:
        return 2.0 * unit_cells(x, domains) - 1.0

    def _potential(self, product: Float[Array, "clauses runs"]) -> Potential:
        return 0.5 * (1.0 - self._wanted() * product)

    def _wanted(self) -> Float[Array, "clauses 1"]:
        """The sign of the product where the parity is right: each false bit turns it over."""
        false_bits = self.scopes.shape[1] - jnp.asarray(self.parity)
        return (1.0 - 2.0 * (false_bits % 2))[:, None]
