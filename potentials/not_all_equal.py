"""``NotAllEqual``: one literal is true and one is false."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from odesolve.potentials.clauses import CellValues, Clauses, Data, Potential, register
from odesolve.potentials.disjunction import least_of_others
from odesolve.potentials.domains import Domain
from odesolve.potentials.literals import as_literals, require_boxes, true_literals, untruth_of


@register
@dataclass(frozen=True, eq=False)
class NotAllEqual(Clauses):
    """Some literal of each row is true and some is false; signs as in ``Or``.

    Two clauses in one, the disjunction of the literals and that of their negations, each in the
    min form (Bearden, Pei, Di Ventra 2020). With y the truth of a literal,
    V = max(min_i (1 - y_i), min_i y_i), of which only one side can exceed 1/2. The pull is the
    sum of both, G_n = sign_n (min_{j != n} (1 - y_j) - min_{j != n} y_j), and the rigidity acts
    on the literals that attain V.
    """

    family: ClassVar[str] = "NotAllEqual"
    conservative = False

    scopes: Int[Data, "clauses arity"]
    signs: Float[Data, "clauses arity"]

    def __post_init__(self) -> None:
        # Inside a transformation the fields are tracers, already checked outside.
        if isinstance(self.scopes, list | tuple | np.ndarray):
            scopes, signs = as_literals(self.scopes, self.signs, self.family)
            if (np.abs(signs).sum(axis=1) < 2).any():
                raise ValueError("NotAllEqual: fewer than two literals are always equal")
            object.__setattr__(self, "scopes", scopes)
            object.__setattr__(self, "signs", signs)

    def validate(self, domains: tuple[Domain, ...]) -> None:
        require_boxes(domains, self.family)

    def value(self, x: CellValues, domains: tuple[Domain, ...]) -> Potential:
        untruth, truth = self._sides(x, domains)
        return jnp.maximum(untruth.min(axis=1), truth.min(axis=1))

    def value_and_pull(
        self, x: CellValues, domains: tuple[Domain, ...]
    ) -> tuple[Potential, CellValues]:
        untruth, truth = self._sides(x, domains)
        value = jnp.maximum(untruth.min(axis=1), truth.min(axis=1))
        both = least_of_others(untruth) - least_of_others(truth)
        return value, jnp.asarray(self.signs)[:, :, None] * both

    def rigidity(self, x: CellValues, domains: tuple[Domain, ...]) -> CellValues | None:
        untruth, truth = self._sides(x, domains)
        all_false, all_true = (side.min(axis=1, keepdims=True) for side in (untruth, truth))
        raised = jnp.where(untruth == all_false, untruth, 0.0)
        lowered = jnp.where(truth == all_true, -truth, 0.0)
        held = jnp.where(all_false >= all_true, raised, lowered)
        return jnp.asarray(self.signs)[:, :, None] * held

    def satisfied(self, values: Int[Array, "clauses arity runs"]) -> Bool[Array, "clauses runs"]:
        true = true_literals(self.signs, values)
        false = ~true & (jnp.asarray(self.signs)[:, :, None] != 0)
        return true.any(axis=1) & false.any(axis=1)

    def _sides(self, x: CellValues, domains: tuple[Domain, ...]) -> tuple[CellValues, CellValues]:
        """Untruth and truth of each literal, both 1 for padding, which so attains no minimum."""
        untruth = untruth_of(self.signs, x, domains)
        padding = jnp.asarray(self.signs)[:, :, None] == 0
        return untruth, jnp.where(padding, 1.0, 1.0 - untruth)
