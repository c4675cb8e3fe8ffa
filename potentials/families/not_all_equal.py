"""``NotAllEqual``: one literal is true and one is false."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from odesolve.potentials.clauses import CellValues, Clauses, Data, Potential, Spare
from odesolve.potentials.domains import Domain
from odesolve.potentials.families.disjunction import least_of_others
from odesolve.potentials.families.literals import (
    FALSE,
    TRUE,
    as_literals,
    require_boxes,
    true_literals,
    untruth_of,
)
from odesolve.potentials.positions import each, folded
from odesolve.potentials.pytrees import pytree


@pytree
@dataclass(frozen=True, eq=False)
class NotAllEqual(Clauses):
    """Some literal of each row is true and some is false; signs as in ``Or``.

    Two clauses in one, the disjunction of the literals and that of their negations, each in the
    min form (Bearden, Pei, Di Ventra 2020). With y the truth of a literal,
    V = max(min_i (1 - y_i), min_i y_i), of which only one side can exceed 1/2. The pull is the
    sum of both, G_n = sign_n (min_{j != n} (1 - y_j) - min_{j != n} y_j), and the rigidity acts
    on the literals that attain V.

    Attributes:
        scopes: variables from 0, ``[clauses, arity]``.
        signs: +1, -1, or 0 for padding, ``[clauses, arity]``.

    Raises:
        ValueError: if the shapes do not agree, a sign is another number, or a row has fewer than
            two literals.

    Example:
        The columns are two assignments of three bits; the first one violates the clause.

        >>> import numpy as np
        >>> import odesolve as ode
        >>> clauses = ode.NotAllEqual([[0, 1, 2]], [[1, 1, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], [clauses])
        >>> system.violated(np.array([[0, 1], [0, 0], [0, 1]])).tolist()
        [[1, 0]]
    """

    family: ClassVar[str] = "NotAllEqual"
    by_position: ClassVar[bool] = True
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

    @property
    def conservative(self) -> bool:
        return False

    def validate(self, domains: tuple[Domain, ...]) -> None:
        require_boxes(domains, self.family)

    def idle(self, domains: tuple[Domain, ...], spare: Spare) -> NotAllEqual:
        scopes = np.array([[spare(domain, 1) for domain in domains]], np.int32)
        signs = np.zeros(scopes.shape, np.float32)
        signs[:, :2] = 1.0, -1.0
        return NotAllEqual(scopes, signs)

    def value(self, x: CellValues, domains: tuple[Domain, ...]) -> Potential:
        return jnp.maximum(*(folded(jnp.minimum, side) for side in self._sides(x, domains)))

    def value_and_pull(
        self, x: CellValues, domains: tuple[Domain, ...]
    ) -> tuple[Potential, CellValues]:
        untruth, truth = self._sides(x, domains)
        value = jnp.maximum(folded(jnp.minimum, untruth), folded(jnp.minimum, truth))
        pull = each(
            lambda sign, raising, lowering: sign * (raising - lowering),
            jnp.asarray(self.signs)[:, :, None],
            least_of_others(untruth),
            least_of_others(truth),
        )
        return value, pull

    def rigidity(self, x: CellValues, domains: tuple[Domain, ...]) -> CellValues | None:
        untruth, truth = self._sides(x, domains)
        all_false, all_true = (folded(jnp.minimum, side)[:, None] for side in (untruth, truth))

        def held(
            sign: Array, false: Array, true: Array, all_false: Array, all_true: Array
        ) -> Array:
            raised = jnp.where(false == all_false, false, 0.0)
            lowered = jnp.where(true == all_true, -true, 0.0)
            return sign * jnp.where(all_false >= all_true, raised, lowered)

        signs = jnp.asarray(self.signs)[:, :, None]
        return each(held, signs, untruth, truth, all_false, all_true)

    def satisfied(self, values: Int[Array, "clauses arity runs"]) -> Bool[Array, "clauses runs"]:
        true = true_literals(self.signs, values)
        signs = jnp.asarray(self.signs)[:, :, None]
        false = each(lambda true, sign: ~true & (sign != 0), true, signs)
        return folded(jnp.logical_or, true) & folded(jnp.logical_or, false)

    def _sides(self, x: CellValues, domains: tuple[Domain, ...]) -> tuple[CellValues, CellValues]:
        """Untruth and truth of each literal, both 1 for padding, which so attains no minimum."""
        untruth = untruth_of(self.signs, x, domains)
        signs = jnp.asarray(self.signs)[:, :, None]
        return untruth, each(
            lambda u, sign: 1.0 - u + jnp.where(sign == 0, TRUE, FALSE),
            untruth,
            signs,
        )
