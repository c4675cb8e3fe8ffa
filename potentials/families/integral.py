"""``Integral``: a variable stands on a whole number."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int

from odesolve.potentials.clauses import CellValues, Clauses, Data, Potential, Spare, as_scopes
from odesolve.potentials.domains import (
    Box,
    Domain,
    Integer,
    number_cells,
    number_slopes,
)
from odesolve.potentials.pytrees import pytree

IntegralForm = Literal["sine", "edge"]


@pytree
@dataclass(frozen=True, eq=False)
class Integral(Clauses):
    """Each variable, a row of ``scopes``, is pulled to the whole numbers (article, "Potentials").

    Form "sine": V = (sin(pi (2 x + 3/2)) + 1) / 2 = sin(pi x)^2. Form "edge": V = |x - n|, n the
    nearest whole number; on [0, 1] that is the article's -|x - 0.5| + 0.5, whose minima stand on
    the edges of the domain. Bits are measured on [0, 1], integers as they are.

    Every decoded assignment satisfies these clauses: they shape the way there.

    Attributes:
        scopes: one variable a clause, ``[clauses, 1]``.
        form: "sine" or "edge".

    Raises:
        ValueError: if the scopes are no table of one column, or the form is another word.

    Example:
        The potential of a number at 0, at 1/4 and at 1/2, one run each.

        >>> import numpy as np
        >>> import odesolve as ode
        >>> clauses = ode.Integral([[0]])
        >>> x = np.array([[[0.0, 0.25, 0.5]]], np.float32)  # [clauses, width, runs]
        >>> np.round(clauses.value(x, (ode.Integer(0, 3),)), 3).tolist()
        [[0.0, 0.5, 1.0]]
    """

    family: ClassVar[str] = "Integral"

    scopes: Int[Data, "clauses 1"]
    form: IntegralForm = field(default="sine", metadata={"static": True})

    def __post_init__(self) -> None:
        if self.form not in ("sine", "edge"):
            raise ValueError(f"Integral: form is 'sine' or 'edge', got {self.form!r}")
        if isinstance(self.scopes, list | tuple | np.ndarray):
            object.__setattr__(self, "scopes", as_scopes(self.scopes, self.family, arity=1))

    def signature(self) -> tuple[Hashable, ...]:
        return (*super().signature(), self.form)

    def validate(self, domains: tuple[Domain, ...]) -> None:
        if not isinstance(domains[0], Box | Integer):
            raise ValueError(f"Integral works on Box and Integer variables, got {domains}")

    def idle(self, domains: tuple[Domain, ...], spare: Spare) -> Integral:
        return Integral(np.array([[spare(domains[0], domains[0].lowest)]], np.int32), self.form)

    def value(self, x: CellValues, domains: tuple[Domain, ...]) -> Potential:
        return self.value_and_pull(x, domains)[0]

    def value_and_pull(
        self, x: CellValues, domains: tuple[Domain, ...]
    ) -> tuple[Potential, CellValues]:
        numbers = number_cells(x, domains)
        # The distance to the nearest whole number keeps the sine exact far from 0.
        offset = numbers - jnp.round(numbers)
        if self.form == "edge":
            value, slope = jnp.abs(offset), jnp.sign(offset)
        else:
            value = jnp.sin(jnp.pi * offset) ** 2
            slope = jnp.pi * jnp.sin(2 * jnp.pi * offset)
        return value[:, 0], -slope * number_slopes(domains)

    def satisfied(self, values: Int[Array, "clauses 1 runs"]) -> Bool[Array, "clauses runs"]:
        return jnp.ones((values.shape[0], values.shape[2]), bool)
