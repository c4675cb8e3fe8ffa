"""``Or``: a CNF clause, a disjunction of literals."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from odesolve.potentials.arrays import array_namespace
from odesolve.potentials.clauses import (
    LEAST_CHANCE,
    CellValues,
    Clauses,
    Data,
    Potential,
    Spare,
    as_scopes,
)
from odesolve.potentials.domains import Box, Domain, number_slopes, unit_cells
from odesolve.potentials.families.literals import FALSE, TRUE, idle_literals
from odesolve.potentials.families.products import product_of_others
from odesolve.potentials.positions import each, folded, folded_others, is_unrolled
from odesolve.potentials.pytrees import pytree

OrForm = Literal["min", "product"]


@pytree
@dataclass(frozen=True, eq=False)
class Or(Clauses):
    """At least one literal is true; ``signs[m, i]`` is +1 for a variable, -1 for its negation.

    Sign 0 is padding, a literal that is always false: it lets clauses of similar widths share one
    kernel (``padded``).

    Let y be the truth of a literal on [0, 1]. In the product form V = prod_i (1 - y_i), the
    multilinear expansion. In the min form V = min_i (1 - y_i), with the pull
    G_n = sign_n min_{j != n} (1 - y_j) and the rigidity R_n = sign_n (1 - y_n) of the literal
    that attains the minimum (Bearden, Pei, Di Ventra 2020); G is not the gradient of V.

    Attributes:
        scopes: variables from 0, ``[clauses, arity]``.
        signs: +1, -1, or 0 for padding, ``[clauses, arity]``.
        form: "min" or "product".

    Raises:
        ValueError: if the shapes do not agree, a sign is another number, or a clause is empty.

    Example:
        The columns are two assignments of three bits; the first one violates the clause.

        >>> import numpy as np
        >>> import odesolve as ode
        >>> clauses = ode.Or([[0, 1, 2]], [[1, 1, -1]])  # bit 0, or bit 1, or not bit 2
        >>> system = ode.compile_system([(ode.Box(), 3)], [clauses])
        >>> system.violated(np.array([[0, 1], [0, 0], [1, 1]])).tolist()
        [[1, 0]]
    """

    family: ClassVar[str] = "Or"
    by_position: ClassVar[bool] = True

    scopes: Int[Data, "clauses arity"]
    signs: Float[Data, "clauses arity"]
    form: OrForm = field(default="min", metadata={"static": True})

    def __post_init__(self) -> None:
        if self.form not in ("min", "product"):
            raise ValueError(f"Or: form is 'min' or 'product', got {self.form!r}")
        if isinstance(self.scopes, list | tuple | np.ndarray):
            scopes = as_scopes(self.scopes, self.family)
            signs = np.asarray(self.signs, np.float32)
            if signs.shape != scopes.shape or not np.isin(signs, (-1.0, 0.0, 1.0)).all():
                raise ValueError("Or: signs must be +1 or -1 (0 for padding), one for each literal")
            if not signs.any(axis=1).all():
                raise ValueError("Or: an empty clause cannot be satisfied")
            object.__setattr__(self, "scopes", scopes)
            object.__setattr__(self, "signs", signs)

    @classmethod
    def from_literals(cls, clauses: Iterable[Sequence[int]], form: OrForm = "min") -> list[Or]:
        """DIMACS clauses (variable v is ``v``, its negation ``-v``, from 1) as one batch a width.

        Raises:
            ValueError: if a literal is 0 or a clause is empty.
        """
        by_width: dict[int, list[Sequence[int]]] = {}
        unlike = isinstance(clauses, str | bytes | Mapping | np.ma.MaskedArray)
        unlike |= isinstance(clauses, np.ndarray) and clauses.ndim == 0
        if unlike or not isinstance(clauses, Iterable):
            raise ValueError(f"Or: clauses of type {type(clauses).__name__}; expected lists")
        for clause in clauses:
            if not isinstance(clause, list | tuple | np.ndarray):
                raise ValueError(f"Or: a clause of type {type(clause).__name__}; expected a list")
            by_width.setdefault(len(clause), []).append(clause)
        batches = []
        for width in sorted(by_width):
            kinds = {type(literal) for row in by_width[width] for literal in row}
            if bool in kinds or not all(issubclass(own, int | np.integer) for own in kinds):
                raise ValueError("Or: literals are integers")
            literals = np.asarray(by_width[width], np.int64)
            if width == 0 or (literals == 0).any():
                raise ValueError("Or: clauses need at least one literal, and literal 0 is none")
            batches.append(cls(np.abs(literals) - 1, np.sign(literals), form))
        return batches

    def padded(self, width: int) -> Or:
        """The same clauses with false literals added up to a width.

        Raises:
            ValueError: if they are wider.
        """
        missing = width - self.scopes.shape[1]
        if missing < 0:
            raise ValueError(f"Or: clauses of {self.scopes.shape[1]} literals cannot have {width}")
        # Padding repeats the first variable, which is sure to exist.
        first = np.asarray(self.scopes)[:, :1].repeat(missing, axis=1)
        scopes = np.concatenate([np.asarray(self.scopes), first], axis=1)
        signs = np.concatenate([np.asarray(self.signs), np.zeros_like(first)], axis=1)
        return Or(scopes, signs, self.form)

    @property
    def conservative(self) -> bool:
        return self.form == "product"

    def signature(self) -> tuple[Hashable, ...]:
        return (*super().signature(), self.form)

    def validate(self, domains: tuple[Domain, ...]) -> None:
        if not all(isinstance(domain, Box) for domain in domains):
            raise ValueError(f"Or works on Box variables, got {domains}")

    def idle(self, domains: tuple[Domain, ...], spare: Spare) -> Or:
        return Or(*idle_literals(domains, spare), self.form)

    def untruth(self, x: CellValues, domains: tuple[Domain, ...]) -> CellValues:
        """1 - y for each literal: 0 where it is true, 1 where it is false."""
        unit = unit_cells(x, domains)
        # Selecting by a clause's sign would keep XLA's CPU code from being vectorised.
        return each(
            lambda unit, sign: jnp.where(sign < 0, FALSE, TRUE) - sign * unit, unit, self._signs
        )

    def value(self, x: CellValues, domains: tuple[Domain, ...]) -> Potential:
        untruth = self.untruth(x, domains)
        return folded(jnp.minimum if self.form == "min" else jnp.multiply, untruth)

    def value_and_pull(
        self, x: CellValues, domains: tuple[Domain, ...]
    ) -> tuple[Potential, CellValues]:
        untruth = self.untruth(x, domains)
        if self.form == "product":
            value = folded(jnp.multiply, untruth)
            others = each(jnp.multiply, product_of_others(untruth), number_slopes(domains))
        else:
            value = folded(jnp.minimum, untruth)
            others = least_of_others(untruth)
        return value, each(jnp.multiply, self._signs, others)

    def rigidity(self, x: CellValues, domains: tuple[Domain, ...]) -> CellValues | None:
        if self.form == "product":
            return None
        untruth = self.untruth(x, domains)
        return each(
            lambda term, least, sign: jnp.where(term == least, sign * term, 0.0),
            untruth,
            folded(jnp.minimum, untruth)[:, None],
            self._signs,
        )

    def polarity(self) -> Float[Data, "clauses arity"] | None:
        return self.signs

    def spared(self, forced: CellValues) -> CellValues:
        others = product_of_others(forced)
        return each(lambda product: jnp.maximum(1.0 - product, LEAST_CHANCE), others)

    def satisfied(self, values: Int[Array, "clauses arity runs"]) -> Bool[Array, "clauses runs"]:
        true = each(
            lambda value, sign: ((value > 0) == (sign > 0)) & (sign != 0), values, self._signs
        )
        return folded(array_namespace(true).logical_or, true)

    @property
    def _signs(self) -> Float[Array, "clauses arity 1"]:
        return self.signs[:, :, None]


def least_of_others(terms: CellValues) -> CellValues:
    """For each position, the least of all the other positions (1 for a unit clause)."""
    if terms.shape[1] == 1:
        return jnp.ones_like(terms)
    if is_unrolled(terms.shape[1]):
        return folded_others(jnp.minimum, terms)
    least = terms.min(axis=1, keepdims=True)
    attains = terms == least
    second = jnp.where(attains, jnp.inf, terms).min(axis=1, keepdims=True)
    alone = attains & (attains.sum(axis=1, keepdims=True, dtype=jnp.int32) == 1)
    return jnp.where(alone, second, least)
