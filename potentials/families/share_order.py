"""``ShareOrder``: two variables in order, by prefix sums instead of a list of pairs."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from odesolve.potentials.clauses import CellValues, Data, Potential, as_scopes
from odesolve.potentials.families.share_clauses import GuardedChances
from odesolve.potentials.pytrees import pytree


@pytree
@dataclass(frozen=True, eq=False)
class ShareOrder(GuardedChances):
    """Two variables x and y keep an order, as in x + c <= y.

    The values w of y stand in an order in which each value v of x excludes the first
    ``clashes[v]``, and likewise the other way round. Drawn by their shares, V is the chance that
    the values exclude each other,

        V = guard * sum_v p_v sum_{w among the first clashes[v]} q_w,

    and the pull is its exact negative gradient. That is what ``Nogoods`` says with a conjunction
    for each pair of values; prefix sums do it in time proportional to the values.

    Attributes:
        scopes: the variable of each literal, ``[clauses, literals]``: first ``guards`` literals
            without which nothing is demanded, then ``left`` literals of the one variable, then
            those of the other, both from the value that excludes most to the one that does least.
        values: the value of each literal, numbered from 0 in its simplex, as ``scopes``.
        open: 1 for a literal, 0 for one that fills up its variable's part, at the end of it.
        clashes: how many of the other variable's first literals each excludes, as ``scopes``;
            without meaning for guards.
        left: literals of the one variable, a static option as the following.
        guards: literals before the others.

    Raises:
        ValueError: if the shapes do not agree.

    Example:
        x < y for two variables of three values: x = 2 excludes all values of y, x = 1 the two
        least, x = 0 the least.

        >>> import numpy as np
        >>> import odesolve as ode
        >>> clauses = ode.ShareOrder(
        ...     [[0, 0, 0, 1, 1, 1]], [[2, 1, 0, 0, 1, 2]], np.ones((1, 6)), [[3, 2, 1] * 2], left=3
        ... )
        >>> system = ode.compile_system([(ode.Simplex(3), 2)], [clauses])
        >>> system.violated(np.array([[0, 1], [2, 1]])).tolist()  # two assignments
        [[0, 1]]
    """

    family: ClassVar[str] = "ShareOrder"

    scopes: Int[Data, "clauses literals"]
    values: Int[Data, "clauses literals"]
    open: Float[Data, "clauses literals"]
    clashes: Int[Data, "clauses literals"]
    left: int = field(default=1, metadata={"static": True})
    guards: int = field(default=0, metadata={"static": True})

    def __post_init__(self) -> None:
        if isinstance(self.scopes, list | tuple | np.ndarray):
            scopes = as_scopes(self.scopes, self.family)
            right = scopes.shape[1] - self.guards - self.left
            if self.left < 1 or self.guards < 0 or right < 1:
                raise ValueError(
                    f"{self.family}: {scopes.shape[1]} literals are not {self.guards} guards, "
                    f"{self.left} values and others"
                )
            self.hold_arrays(scopes, values=np.int32, open=np.float32, clashes=np.int32)
            first, second = self._parts(np.asarray(self.clashes))
            most = (right, self.left)
            if any(((p < 0) | (p > m)).any() for p, m in zip((first, second), most, strict=True)):
                raise ValueError(f"{self.family}: clashes with more values than there are")

    def signature(self) -> tuple[Hashable, ...]:
        return (*super().signature(), self.left, self.guards)

    def satisfied(self, values: Int[Array, "clauses literals runs"]) -> Bool[Array, "clauses runs"]:
        here = values == jnp.asarray(self.values)[:, :, None]
        counted = here & (jnp.asarray(self.open) > 0)[:, :, None]
        first, second = self._parts(counted)
        excluded, _ = self._parts(jnp.asarray(self.clashes))
        most = jnp.where(first, excluded[:, :, None], 0).sum(axis=1, dtype=jnp.int32)
        place = jnp.arange(second.shape[1], dtype=jnp.int32)[None, :, None]
        clash = (second & (place < most[:, None])).any(axis=1)
        return ~(clash & here[:, : self.guards].all(axis=1)) if self.guards else ~clash

    def _parts(self, array: Any) -> tuple[Any, Any]:
        """The literals of the one variable, and those of the other."""
        last = self.guards + self.left
        return array[:, self.guards : last], array[:, last:]

    def chances(self, x: CellValues, library: Any) -> tuple[Potential, CellValues]:
        """The chance of a clash, and the pulls, without the guards."""
        first, second = self._parts(library.asarray(self.open)[:, :, None] * x)
        of_first, of_second = self._parts(library.asarray(self.clashes))
        against_first = _sums_of_first(second, of_first, library)
        against_second = _sums_of_first(first, of_second, library)
        value = (first * against_first).sum(axis=1)
        return value, -library.concatenate([against_first, against_second], axis=1)


def _sums_of_first(shares: Any, numbers: Any, library: Any) -> Any:
    """For each number the sum of so many shares, ``[clauses, numbers, runs]``."""
    clauses, width, runs = shares.shape
    sums = library.concatenate(
        [library.zeros_like(shares[:, :1]), library.cumsum(shares, axis=1)], axis=1
    )
    start = library.arange(clauses, dtype=np.int32)[:, None] * np.int32(width + 1)
    return sums.reshape(clauses * (width + 1), runs)[start + numbers]
