"""``AtMostOne``: of some shares no two are taken, at a cost that grows with their number alone."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from odesolve.potentials.clauses import LEAST_CHANCE, CellValues, Data, Potential, as_scopes
from odesolve.potentials.families.share_clauses import GuardedChances
from odesolve.potentials.pytrees import pytree


@pytree
@dataclass(frozen=True, eq=False)
class AtMostOne(GuardedChances):
    """Of the literals of a clause at most one holds: "variable i has value n" for all i, say.

    Each variable drawn by its shares, V is the chance that two or more literals hold:

        V = guard * (1 - prod_i (1 - p_i) - sum_i p_i prod_{j != i} (1 - p_j)),

    and the pull on a share is minus the chance that it would clash with another. That is not the
    gradient of V, which is minus the chance that exactly one of the others holds, and says next to
    nothing where many are crowded; boards of 200 queens stick with it. The clause says what a
    ``Nogoods`` clause for each pair would, with one memory, in time proportional to the literals;
    latin squares of order 30 take a quarter of the steps. A clause has each variable once.

    Attributes:
        scopes: the variable of each literal, ``[clauses, literals]``: first ``guards`` literals
            without which nothing is demanded.
        values: the value of each literal, numbered from 0 in its simplex, as ``scopes``.
        open: 1 for a literal, 0 for one that fills up the row, as ``scopes``.
        guards: literals before the others, a static option.

    Raises:
        ValueError: if the shapes do not agree.

    Example:
        Three variables of which at most one has the value 2.

        >>> import numpy as np
        >>> import odesolve as ode
        >>> clauses = ode.AtMostOne([[0, 1, 2]], [[2, 2, 2]], np.ones((1, 3)))
        >>> system = ode.compile_system([(ode.Simplex(3), 3)], [clauses])
        >>> system.violated(np.array([[2, 2], [2, 1], [0, 0]])).tolist()  # two assignments
        [[1, 0]]
    """

    family: ClassVar[str] = "AtMostOne"

    scopes: Int[Data, "clauses literals"]
    values: Int[Data, "clauses literals"]
    open: Float[Data, "clauses literals"]
    guards: int = field(default=0, metadata={"static": True})

    def __post_init__(self) -> None:
        if isinstance(self.scopes, list | tuple | np.ndarray):
            scopes = as_scopes(self.scopes, self.family)
            if not 0 <= self.guards < max(scopes.shape[1], 1):
                raise ValueError(
                    f"{self.family}: no literals behind {self.guards} guards of {scopes.shape[1]}"
                )
            self.hold_arrays(scopes, values=np.int32, open=np.float32)

    @property
    def conservative(self) -> bool:
        return False

    def signature(self) -> tuple[Hashable, ...]:
        return (*super().signature(), self.guards)

    def satisfied(self, values: Int[Array, "clauses literals runs"]) -> Bool[Array, "clauses runs"]:
        here = values == jnp.asarray(self.values)[:, :, None]
        counted = here & (jnp.asarray(self.open) > 0)[:, :, None]
        holds = counted[:, self.guards :].sum(axis=1, dtype=jnp.int32) <= 1
        return holds | ~here[:, : self.guards].all(axis=1) if self.guards else holds

    def chances(self, x: CellValues, library: Any) -> tuple[Potential, CellValues]:
        """The chance of two or more, and the pulls, without the guards.

        A product without one of its factors is a quotient: no factor is taken as less than the
        least chance, whose error V does not show.
        """
        opened = library.asarray(self.open)[:, self.guards :, None]
        taken = opened * x[:, self.guards :]
        free = library.maximum(1.0 - taken, LEAST_CHANCE)
        none = free.prod(axis=1)
        none_other = none[:, None] / free
        two = library.maximum(1.0 - none - (taken * none_other).sum(axis=1), 0.0)
        return two, -opened * (1.0 - none_other)
