"""``Xor``: the parity of any number of bits, as one product."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, get_args

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from odesolve.potentials.clauses import CellValues, Clauses, Data, Potential, Spare, as_scopes
from odesolve.potentials.domains import Domain, number_slopes
from odesolve.potentials.families.disjunction import least_of_others
from odesolve.potentials.families.literals import (
    TRUE,
    as_literals,
    idle_literals,
    require_boxes,
    true_literals,
    untruth_of,
)
from odesolve.potentials.families.products import product_of_others
from odesolve.potentials.positions import each, folded
from odesolve.potentials.pytrees import pytree

XorForm = Literal["product", "min"]


@pytree
@dataclass(frozen=True, eq=False)
class Xor(Clauses):
    """The number of true literals in scope ``m`` has parity ``parity[m]``: 1 is odd, 0 is even.

    Signs are as in ``Or``: -1 negates, 0 is padding that is never true; all are +1 by default.
    ``y = x1 ^ x2 ^ ...`` is the clause over ``(y, x1, x2, ...)`` with parity 0.

    Let s_i in [-1, 1] be the literals and q the sign of their product on satisfying corners.

    - form "product": V = (1 - q prod_i s_i) / 2; the Fourier expansion of parity is a single
      monomial (article, "Potentials"). Value and pull cost a number of operations proportional
      to the width, where a ``TruthTable`` takes 2^width. With many undecided literals the pull
      vanishes: it is a product.
    - form "min": the product of the signs, times the least magnitude instead of the product of
      them: V = (1 - q min_i |s_i| prod_i sign(s_i)) / 2. As in the min form of ``Or``, V is below
      1/2 exactly if the rounded literals satisfy the clause, the pull on a literal is what the
      others ask of it, G_n = w_n min_{j != n} |s_j| with w_n = q prod_{j != n} sign(s_j), and the
      rigidity R_n = (w_n - s_n) / 2 acts on the literal nearest to undecided. G is the message
      of a check node in min-sum decoding (Fossorier, Mihaljevic, Imai 1999); it is not the
      gradient of V.

    Attributes:
        scopes: variables from 0, ``[clauses, arity]``.
        parity: 1 for odd, 0 for even, ``[clauses]``.
        signs: +1, -1, or 0 for padding, ``[clauses, arity]``; all +1 if None.
        form: "product" or "min".

    Raises:
        ValueError: if the shapes do not agree, or a parity or sign is another number.

    Example:
        The columns are two assignments of three bits; the first one violates the clause.

        >>> import numpy as np
        >>> import odesolve as ode
        >>> clauses = ode.Xor([[0, 1, 2]], [1])  # an odd number of them is true
        >>> system = ode.compile_system([(ode.Box(), 3)], [clauses])
        >>> system.violated(np.array([[0, 1], [1, 1], [1, 1]])).tolist()
        [[1, 0]]
    """

    family: ClassVar[str] = "Xor"
    by_position: ClassVar[bool] = True

    scopes: Int[Data, "clauses arity"]
    parity: Int[Data, " clauses"]
    signs: Any = None
    form: XorForm = field(default="product", metadata={"static": True})

    def __post_init__(self) -> None:
        if self.form not in get_args(XorForm):
            raise ValueError(f"Xor: form is 'product' or 'min', got {self.form!r}")
        # Inside a transformation the fields are tracers, already checked outside.
        if isinstance(self.scopes, list | tuple | np.ndarray):
            scopes = as_scopes(self.scopes, self.family)
            signs = np.ones_like(scopes) if self.signs is None else self.signs
            parity = np.asarray(self.parity)
            if parity.shape != scopes.shape[:1] or not np.isin(parity, (0, 1)).all():
                raise ValueError("Xor: parity must be 1 (odd) or 0 (even), one for each clause")
            object.__setattr__(self, "scopes", scopes)
            object.__setattr__(self, "parity", parity.astype(np.int32))
            object.__setattr__(self, "signs", as_literals(scopes, signs, self.family)[1])

    @property
    def conservative(self) -> bool:
        return self.form == "product"

    def signature(self) -> tuple[Hashable, ...]:
        return (*super().signature(), self.form)

    def validate(self, domains: tuple[Domain, ...]) -> None:
        require_boxes(domains, self.family)

    def idle(self, domains: tuple[Domain, ...], spare: Spare) -> Xor | None:
        if not domains:
            return None
        scopes, signs = idle_literals(domains, spare)
        return Xor(scopes, np.ones(1, np.int32), signs, self.form)

    def value(self, x: CellValues, domains: tuple[Domain, ...]) -> Potential:
        literals = self._literals(x, domains)
        if self.form == "product":
            return self._potential(folded(jnp.multiply, literals))
        least = folded(jnp.minimum, each(jnp.abs, literals))
        return self._potential(least * folded(jnp.multiply, each(_sign, literals)))

    def value_and_pull(
        self, x: CellValues, domains: tuple[Domain, ...]
    ) -> tuple[Potential, CellValues]:
        literals, signs = self._literals(x, domains), jnp.asarray(self.signs)[:, :, None]
        if self.form == "product":
            asked, size = self._wanted()[:, None], product_of_others(literals)
            slopes = number_slopes(domains)
            pull = each(lambda a, b, q, d: a * b * q * d, asked, size, signs, slopes)
            return self._potential(folded(jnp.multiply, literals)), pull
        asked, size = self._asked(literals), least_of_others(each(jnp.abs, literals))
        return self.value(x, domains), each(lambda a, b, q: a * b * q, asked, size, signs)

    def rigidity(self, x: CellValues, domains: tuple[Domain, ...]) -> CellValues | None:
        if self.form == "product":
            return None
        literals = self._literals(x, domains)
        least = folded(jnp.minimum, each(jnp.abs, literals))[:, None]

        def held(literal: Array, least: Array, asked: Array, sign: Array) -> Array:
            return jnp.where(jnp.abs(literal) == least, 0.5 * sign * (asked - literal), 0.0)

        signs = jnp.asarray(self.signs)[:, :, None]
        return each(held, literals, least, self._asked(literals), signs)

    def satisfied(self, values: Int[Array, "clauses arity runs"]) -> Bool[Array, "clauses runs"]:
        true = each(lambda literal: literal.astype(jnp.int32), true_literals(self.signs, values))
        return folded(jnp.bitwise_xor, true) == self.parity[:, None]

    def _literals(self, x: CellValues, domains: tuple[Domain, ...]) -> CellValues:
        """The literals in the -1/+1 encoding, whatever the domains'; padding is false."""
        return each(lambda untruth: 1.0 - 2.0 * untruth, untruth_of(self.signs, x, domains))

    def _asked(self, literals: CellValues) -> CellValues:
        """The sign that the others ask of each literal."""
        sign = each(_sign, literals)
        product = (self._wanted() * folded(jnp.multiply, sign))[:, None]
        return each(jnp.multiply, product, sign)

    def _potential(self, product: Float[Array, "clauses runs"]) -> Potential:
        return 0.5 * (1.0 - self._wanted() * product)

    def _wanted(self) -> Float[Array, "clauses 1"]:
        """The sign of the product where the parity is right: each false literal turns it over."""
        false_literals = self.scopes.shape[1] - jnp.asarray(self.parity)
        return (1.0 - 2.0 * (false_literals % 2).astype(jnp.float32))[:, None]


def _sign(literals: CellValues) -> CellValues:
    """-1 or +1: an undecided literal counts as false, as it is decoded."""
    return jnp.where(literals > 0, TRUE, -TRUE)
