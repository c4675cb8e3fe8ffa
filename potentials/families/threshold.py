"""``Threshold``: a pseudo-Boolean constraint, the true literals' coefficients reach a bound."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, Self, get_args

import jax
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
from odesolve.potentials.pytrees import pytree

ThresholdForm = Literal["min", "linear"]

#: Sums are compared as 32-bit integers.
SUM_LIMIT = 2**31 - 1

#: Integers of one word each, or of several, the lowest first.
Words = tuple[Int[Array, "..."], ...]


@pytree
@dataclass(frozen=True, eq=False)
class Threshold(Clauses):
    """The coefficients of the true literals add up to ``bounds[m]`` or more; signs as in ``Or``.

    Coefficients are positive (those of padding, whose sign is 0, do not matter): a row with
    negative ones, or with <= or =, is one or two such rows over other literals.

    The min form of ``Or`` (Bearden, Pei, Di Ventra 2020) for coefficients: V is the least u such
    that the literals with untruth 1 - y_i <= u have coefficients that reach the bound. It is below
    1/2 exactly if the rounded literals satisfy the row. The pull on a literal is its sign times
    the V of the row without it, 1 if the others cannot reach the bound at all: a literal is
    pulled the more, the more the row needs it. The rigidity R_n = sign_n (1 - y_n) holds the
    literals that attain V. With coefficients 1 this is ``Cardinality``, and with bound 1 ``Or``.

    In the form "linear" V is what is missing, of real-valued literals, over the bound.

    Sums fit into 32 bits; ``WideThreshold`` is for the others.

    Attributes:
        scopes: variables from 0, ``[clauses, arity]``.
        signs: +1, -1, or 0 for padding, ``[clauses, arity]``.
        coefficients: positive integers, ``[clauses, arity]``.
        bounds: positive integers, ``[clauses]``.
        form: "min" or "linear".

    Raises:
        ValueError: if the shapes do not agree, a number is not positive, all literals together do
            not reach a bound, or sums do not fit into 32 bits.

    Example:
        The columns are two assignments of three bits; the first one violates the clause.

        >>> import numpy as np
        >>> import odesolve as ode
        >>> # 5 a + 3 b + 2 c >= 6
        >>> clauses = ode.Threshold([[0, 1, 2]], [[1, 1, 1]], [[5, 3, 2]], [6])
        >>> system = ode.compile_system([(ode.Box(), 3)], [clauses])
        >>> system.violated(np.array([[0, 1], [1, 0], [1, 1]])).tolist()
        [[1, 0]]
    """

    family: ClassVar[str] = "Threshold"

    scopes: Int[Data, "clauses arity"]
    signs: Float[Data, "clauses arity"]
    coefficients: Int[Data, "clauses arity"]
    bounds: Int[Data, " clauses"]
    form: ThresholdForm = field(default="min", metadata={"static": True})

    def __post_init__(self) -> None:
        if self.form not in get_args(ThresholdForm):
            raise ValueError(f"Threshold: form is 'min' or 'linear', got {self.form!r}")
        # Inside a transformation the fields are tracers, already checked outside.
        if isinstance(self.scopes, list | tuple | np.ndarray):
            scopes, signs = as_literals(self.scopes, self.signs, self.family)
            numbers = as_integers(self.coefficients, "coefficients", scopes.shape, self.family)
            bounds = as_integers(self.bounds, "bounds", scopes.shape[:1], self.family)
            numbers = np.where(signs == 0, 0, numbers)
            if (numbers[signs != 0] <= 0).any() or (bounds <= 0).any():
                raise ValueError("Threshold: coefficients and bounds must be positive")
            totals = numbers.sum(axis=1, dtype=np.int64)
            if (totals < bounds).any():
                raise ValueError("Threshold: all literals together must reach the bound")
            if (totals + bounds).max(initial=0) > SUM_LIMIT:
                raise ValueError(
                    f"Threshold: sums must stay below {SUM_LIMIT}; WideThreshold has no limit"
                )
            object.__setattr__(self, "scopes", scopes)
            object.__setattr__(self, "signs", signs)
            object.__setattr__(self, "coefficients", numbers)
            object.__setattr__(self, "bounds", bounds)

    @property
    def conservative(self) -> bool:
        return self.form == "linear"

    def signature(self) -> tuple[Hashable, ...]:
        return (*super().signature(), self.form)

    def validate(self, domains: tuple[Domain, ...]) -> None:
        require_boxes(domains, self.family)

    def idle(self, domains: tuple[Domain, ...], spare: Spare) -> Self | None:
        if not domains:
            return None
        scopes, signs = idle_literals(domains, spare)
        # One literal with the coefficient 1 reaches the bound 1; of numbers in words, the lowest.
        coefficients = np.zeros((1, *np.shape(self.coefficients)[1:]), np.int32)
        bounds = np.zeros((1, *np.shape(self.bounds)[1:]), np.int32)
        coefficients.reshape(-1)[0] = bounds.reshape(-1)[0] = 1
        own: dict[str, Any] = {"signs": signs, "coefficients": coefficients, "bounds": bounds}
        return replace(self, scopes=scopes, **own)

    def value(self, x: CellValues, domains: tuple[Domain, ...]) -> Potential:
        untruth = untruth_of(self.signs, x, domains)
        if self.form == "linear":
            return self._missing(untruth) / self._reach()
        return self._least(untruth, self._reached(untruth))

    def value_and_pull(
        self, x: CellValues, domains: tuple[Domain, ...]
    ) -> tuple[Potential, CellValues]:
        untruth = untruth_of(self.signs, x, domains)
        signs = jnp.asarray(self.signs)[:, :, None]
        if self.form == "linear":
            missing = self._missing(untruth)
            share = jnp.asarray(self.coefficients, jnp.float32) / self._reach()
            wanting = (missing > 0).astype(x.dtype)[:, None]
            pull = wanting * share[:, :, None] * number_slopes(domains)
            return missing / self._reach(), signs * pull
        reached = self._reached(untruth)
        return self._least(untruth, reached), signs * self._without(untruth, reached)

    def rigidity(self, x: CellValues, domains: tuple[Domain, ...]) -> CellValues | None:
        if self.form == "linear":
            return None
        untruth = untruth_of(self.signs, x, domains)
        attained = self._least(untruth, self._reached(untruth))[:, None]
        return jnp.asarray(self.signs)[:, :, None] * jnp.where(untruth == attained, untruth, 0.0)

    def satisfied(self, values: Int[Array, "clauses arity runs"]) -> Bool[Array, "clauses runs"]:
        true = true_literals(self.signs, values)
        total = tuple(
            jnp.where(true, numbers[:, :, None], 0).sum(axis=1, dtype=jnp.int32)
            for numbers in self._coefficients()
        )
        return self._enough(total, tuple(bounds[:, None] for bounds in self._least_sums()))

    # ------------------------------------------------------- numbers as words, the lowest one first

    def _coefficients(self) -> tuple[Int[Array, "clauses arity"], ...]:
        return (jnp.asarray(self.coefficients),)

    def _least_sums(self) -> tuple[Int[Array, " clauses"], ...]:
        return (jnp.asarray(self.bounds),)

    def _enough(self, total: Words, needed: Words) -> Bool[Array, "..."]:
        """Whether sums are no less than what is needed."""
        return total[0] >= needed[0]

    # ------------------------------------------------------------------------------ the two forms

    def _reached(self, untruth: CellValues) -> Words:
        """For each literal, the coefficients of all that are at least as true."""
        coefficients = self._coefficients()

        # One literal at a time: all pairs at once would not fit for wide rows.
        def added(j: Int[Array, ""], total: Words) -> Words:
            least = jax.lax.dynamic_slice_in_dim(untruth, j, 1, 1) <= untruth
            return tuple(
                own + jnp.where(least, jax.lax.dynamic_slice_in_dim(numbers, j, 1, 1)[..., None], 0)
                for own, numbers in zip(total, coefficients, strict=True)
            )

        nothing = tuple(jnp.zeros(untruth.shape, jnp.int32) for _ in coefficients)
        return jax.lax.fori_loop(0, untruth.shape[1], added, nothing)

    def _least(self, untruth: CellValues, reached: Words) -> Potential:
        bounds = tuple(numbers[:, None, None] for numbers in self._least_sums())
        return jnp.where(self._enough(reached, bounds), untruth, 1.0).min(axis=1)

    def _without(self, untruth: CellValues, reached: Words) -> CellValues:
        """For each literal, the potential of the row without it."""
        bounds = tuple(numbers[:, None, None] for numbers in self._least_sums())
        needed = tuple(
            bound + numbers[:, :, None]
            for bound, numbers in zip(bounds, self._coefficients(), strict=True)
        )

        def lowered(j: Int[Array, ""], least: Array) -> Array:
            level = jax.lax.dynamic_slice_in_dim(untruth, j, 1, 1)
            total = tuple(jax.lax.dynamic_slice_in_dim(words, j, 1, 1) for words in reached)
            # Another literal's own coefficient is part of the total where it is as true.
            part = untruth <= level
            asked = tuple(
                jnp.where(part, with_own, bound)
                for with_own, bound in zip(needed, bounds, strict=True)
            )
            return jnp.where(self._enough(total, asked), jnp.minimum(least, level), least)

        return jax.lax.fori_loop(0, untruth.shape[1], lowered, jnp.ones_like(untruth))

    def _missing(self, untruth: CellValues) -> Potential:
        truth = (1.0 - untruth) * jnp.asarray(self.coefficients, untruth.dtype)[:, :, None]
        bounds = jnp.asarray(self.bounds, untruth.dtype)[:, None]
        return jnp.maximum(bounds - truth.sum(axis=1), 0.0)

    def _reach(self) -> Float[Array, "clauses 1"]:
        return jnp.asarray(self.bounds, jnp.float32)[:, None]
