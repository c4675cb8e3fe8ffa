"""``Cardinality``: how many literals are true, compared with a bound."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, get_args

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from odesolve.potentials.clauses import CellValues, Clauses, Data, Potential, Spare
from odesolve.potentials.domains import Domain, number_slopes
from odesolve.potentials.families.literals import (
    as_integers,
    as_literals,
    idle_literals,
    require_boxes,
    true_literals,
    untruth_of,
)
from odesolve.potentials.families.order_statistics import neighbouring_order_statistics
from odesolve.potentials.pytrees import pytree

Comparison = Literal[">=", "=="]
CardinalityForm = Literal["min", "linear"]


@pytree
@dataclass(frozen=True, eq=False)
class Cardinality(Clauses):
    """At least, or exactly, ``bounds[m]`` literals of a row are true; signs as in ``Or``.

    At most k of n literals is at least n - k of their negations: ``at_most``.

    Let u_(k) be the k-th smallest untruth 1 - y of the row's literals. The min form of ``Or``
    (Bearden, Pei, Di Ventra 2020) takes the smallest one; for any bound k it becomes

    - ">=": V = u_(k), below 1/2 exactly if at least k rounded literals are true. The pull is
      G_n = sign_n u'_(k), taken over the other literals: none once k others are true. The
      rigidity holds the literals that attain V, R_n = sign_n (1 - y_n).
    - "==": V = max(u_(k), 1 - u_(k+1)), the two one-sided potentials of which only one can
      exceed 1/2. G is the sum of both pulls, sign_n (2 u'_(k) - 1): towards true if fewer than
      k others are, away from it if k are. The rigidity acts on the side that attains V.

    In the form "linear" V is the distance |k - sum_i y_i| over the largest that it has on a
    corner, its violating side only for ">="; the pull is its negative gradient.

    Attributes:
        scopes: variables from 0, ``[clauses, arity]``.
        signs: +1, -1, or 0 for padding, ``[clauses, arity]``.
        bounds: how many literals, ``[clauses]``.
        comparison: ">=" or "==".
        form: "min" or "linear".

    Raises:
        ValueError: if the shapes do not agree, or a bound is negative or above the number of
            literals.

    Example:
        The columns are two assignments of three bits; the first one violates the clause.

        >>> import numpy as np
        >>> import odesolve as ode
        >>> clauses = ode.Cardinality([[0, 1, 2]], [[1, 1, 1]], [2])  # at least two of three
        >>> system = ode.compile_system([(ode.Box(), 3)], [clauses])
        >>> system.violated(np.array([[0, 1], [0, 0], [1, 1]])).tolist()
        [[1, 0]]
    """

    family: ClassVar[str] = "Cardinality"

    scopes: Int[Data, "clauses arity"]
    signs: Float[Data, "clauses arity"]
    bounds: Int[Data, " clauses"]
    comparison: Comparison = field(default=">=", metadata={"static": True})
    form: CardinalityForm = field(default="min", metadata={"static": True})

    def __post_init__(self) -> None:
        if self.comparison not in get_args(Comparison):
            raise ValueError(f"Cardinality: comparison is '>=' or '==', got {self.comparison!r}")
        if self.form not in get_args(CardinalityForm):
            raise ValueError(f"Cardinality: form is 'min' or 'linear', got {self.form!r}")
        # Inside a transformation the fields are tracers, already checked outside.
        if isinstance(self.scopes, list | tuple | np.ndarray):
            scopes, signs = as_literals(self.scopes, self.signs, self.family)
            bounds = as_integers(self.bounds, "bounds", scopes.shape[:1], self.family)
            if (bounds < 0).any() or (bounds > np.abs(signs).sum(axis=1)).any():
                raise ValueError("Cardinality: bounds are from 0 to the number of literals")
            object.__setattr__(self, "scopes", scopes)
            object.__setattr__(self, "signs", signs)
            object.__setattr__(self, "bounds", bounds)

    @classmethod
    def at_most(
        cls, scopes: Any, signs: Any, bounds: Any, form: CardinalityForm = "min"
    ) -> Cardinality:
        """At most ``bounds[m]`` of the literals are true."""
        table, array = as_literals(scopes, signs, cls.family)
        most = as_integers(bounds, "bounds", table.shape[:1], cls.family)
        least: Any = np.abs(array).sum(axis=1).astype(np.int32) - most
        return cls(table, -array, least, ">=", form)

    @property
    def conservative(self) -> bool:
        return self.form == "linear"

    def signature(self) -> tuple[Hashable, ...]:
        return (*super().signature(), self.comparison, self.form)

    def validate(self, domains: tuple[Domain, ...]) -> None:
        require_boxes(domains, self.family)

    def idle(self, domains: tuple[Domain, ...], spare: Spare) -> Cardinality | None:
        if not domains:
            return None
        scopes, signs = idle_literals(domains, spare)
        return Cardinality(scopes, signs, np.ones(1, np.int32), self.comparison, self.form)

    def value(self, x: CellValues, domains: tuple[Domain, ...]) -> Potential:
        untruth = untruth_of(self.signs, x, domains)
        if self.form == "linear":
            return jnp.abs(self._missing(untruth)) / self._most_missing()
        return self._of_neighbours(*self._neighbours(untruth))

    def value_and_pull(
        self, x: CellValues, domains: tuple[Domain, ...]
    ) -> tuple[Potential, CellValues]:
        untruth = untruth_of(self.signs, x, domains)
        signs = jnp.asarray(self.signs)[:, :, None]
        if self.form == "linear":
            missing, most = self._missing(untruth), self._most_missing()
            slope = (jnp.sign(missing) / most)[:, None] * number_slopes(domains)
            return jnp.abs(missing) / most, slope * signs
        kth, following = self._neighbours(untruth)
        # Without a literal that is among the k truest, the next one takes the k-th place.
        counted = (untruth <= kth) & (jnp.asarray(self.bounds)[:, None, None] > 0)
        others = jnp.where(counted, following, kth)
        pull = others if self.comparison == ">=" else 2.0 * others - 1.0
        return self._of_neighbours(kth, following), signs * pull

    def rigidity(self, x: CellValues, domains: tuple[Domain, ...]) -> CellValues | None:
        if self.form == "linear":
            return None
        untruth = untruth_of(self.signs, x, domains)
        kth, following = self._neighbours(untruth)
        held = jnp.where(untruth == kth, untruth, 0.0)
        if self.comparison == "==":
            dropped = jnp.where(untruth == following, untruth - 1.0, 0.0)
            held = jnp.where(kth >= 1.0 - following, held, dropped)
        return jnp.asarray(self.signs)[:, :, None] * held

    def satisfied(self, values: Int[Array, "clauses arity runs"]) -> Bool[Array, "clauses runs"]:
        count = true_literals(self.signs, values).sum(axis=1, dtype=jnp.int32)
        bounds = jnp.asarray(self.bounds)[:, None]
        return count >= bounds if self.comparison == ">=" else count == bounds

    def _neighbours(
        self, untruth: CellValues
    ) -> tuple[Float[Array, "clauses 1 runs"], Float[Array, "clauses 1 runs"]]:
        return neighbouring_order_statistics(untruth, jnp.asarray(self.bounds))

    def _of_neighbours(self, kth: CellValues, following: CellValues) -> Potential:
        value = kth if self.comparison == ">=" else jnp.maximum(kth, 1.0 - following)
        return value[:, 0]

    def _missing(self, untruth: CellValues) -> Potential:
        """The bound less the true literals; never negative for ">="."""
        bounds = jnp.asarray(self.bounds)[:, None].astype(untruth.dtype)
        missing = bounds - (1.0 - untruth).sum(axis=1)
        return jnp.maximum(missing, 0.0) if self.comparison == ">=" else missing

    def _most_missing(self) -> Float[Array, "clauses 1"]:
        bounds = jnp.asarray(self.bounds, jnp.float32)
        if self.comparison == "==":
            literals = jnp.abs(jnp.asarray(self.signs)).sum(axis=1)
            bounds = jnp.maximum(bounds, literals - bounds)
        return jnp.maximum(bounds, 1.0)[:, None]
