"""``Nogoods`` and ``Supports``: relations between shares, by what they forbid or what they allow.

A literal here says that a variable has a value, or that it has not. On simplices the share of a
value is the chance of that literal when every variable is drawn by its shares, so both potentials
are chances: that one of the forbidden conjunctions holds, and that none of the allowed ones does.
They are the multilinear expansions of the relation and its complement over categories.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from odesolve.potentials.clauses import CellValues, Data, Potential, Spare, as_scopes
from odesolve.potentials.domains import Domain
from odesolve.potentials.families.share_clauses import ShareClauses, product_and_others
from odesolve.potentials.pytrees import pytree


@pytree
@dataclass(frozen=True, eq=False)
class _Conjunctions(ShareClauses):
    """Conjunctions of literals, ``length`` of them each, behind ``guards`` literals.

    The factor of a literal is ``bias + sign * share``: 0 + share for "has the value", 1 - share
    for "has not"; padding is 1 within a conjunction, and a conjunction that pads a clause is 0.
    """

    scopes: Int[Data, "clauses literals"]
    values: Int[Data, "clauses literals"]
    bias: Float[Data, "clauses literals"]
    sign: Float[Data, "clauses literals"]
    length: int = field(default=2, metadata={"static": True})
    guards: int = field(default=0, metadata={"static": True})

    def __post_init__(self) -> None:
        if isinstance(self.scopes, list | tuple | np.ndarray):
            scopes = as_scopes(self.scopes, self.family)
            if self.length < 1 or self.guards < 0 or (scopes.shape[1] - self.guards) % self.length:
                raise ValueError(
                    f"{self.family}: {scopes.shape[1]} literals are not {self.guards} guards and "
                    f"conjunctions of {self.length}"
                )
            self.hold_arrays(scopes, values=np.int32, bias=np.float32, sign=np.float32)

    def signature(self) -> tuple[Hashable, ...]:
        return (*super().signature(), self.length, self.guards)

    def idle(self, domains: tuple[Domain, ...], spare: Spare) -> Self:
        # No conjunction can hold; of those that are allowed, the first one always does.
        nothing = np.zeros((1, self.scopes.shape[1]), np.int32)
        bias = nothing.astype(np.float32)
        if isinstance(self, Supports):
            bias[:, self.guards : self.guards + self.length] = 1.0
        own: dict[str, Any] = {"values": nothing, "bias": bias, "sign": np.zeros_like(bias)}
        return replace(self, scopes=nothing + spare(domains[0], 0), **own)

    def _factors(self, shares: Float[Array, "clauses literals runs"]) -> CellValues:
        return self.bias[:, :, None] + self.sign[:, :, None] * shares

    def level(self, shares: Float[np.ndarray, "clauses literals"]) -> Float[np.ndarray, " clauses"]:
        points: Any = shares[:, :, None]
        chance = self._chance(points, inverted=isinstance(self, Supports))
        return np.asarray(chance)[:, 0]

    def _parts(
        self, factors: CellValues
    ) -> tuple[list[Array], list[Float[Array, "clauses conjunctions runs"]]]:
        """The guards one by one, and the literals of all conjunctions place by place."""
        guards = [factors[:, i] for i in range(self.guards)]
        rest = factors[:, self.guards :]
        clauses, literals, runs = rest.shape
        table = rest.reshape(clauses, literals // self.length, self.length, runs)
        return guards, [table[:, :, place] for place in range(self.length)]

    def _sum_and_pull(self, x: CellValues, *, inverted: bool) -> tuple[Potential, CellValues]:
        guards, places = self._parts(self._factors(x))
        products, others = product_and_others(places)
        inside = products.sum(axis=1)
        chance = 1.0 - inside if inverted else inside
        guard, other_guards = product_and_others(guards) if guards else (None, [])
        towards = 1.0 if inverted else -1.0
        pulls = jnp.stack(others, axis=2) * towards
        if guard is not None:
            pulls = pulls * guard[:, None, None]
        pulls = pulls.reshape(x.shape[0], x.shape[1] - self.guards, x.shape[2])
        head = [(-chance * other)[:, None] for other in other_guards]
        pulls = jnp.concatenate([*head, pulls], axis=1) if head else pulls
        value = chance if guard is None else guard * chance
        return value, jnp.asarray(self.sign)[:, :, None] * pulls

    def _chance(self, shares: CellValues, *, inverted: bool) -> Potential:
        guards, places = self._parts(self._factors(shares))
        total = places[0]
        for place in places[1:]:
            total = total * place
        chance = total.sum(axis=1)
        chance = 1.0 - chance if inverted else chance
        for guard in guards:
            chance = chance * guard
        return chance


@pytree
@dataclass(frozen=True, eq=False)
class Nogoods(_Conjunctions):
    """Each clause forbids some conjunctions: V = guard * sum over them of products of shares.

    No two conjunctions of a clause may hold together, so that V is at most 1.

    Attributes:
        scopes: the variable of each literal, ``[clauses, literals]``: first ``guards`` literals,
            without which nothing is forbidden, then the conjunctions, ``length`` literals each.
        values: the value of each literal, numbered from 0 in its simplex, as ``scopes``.
        bias, sign: 0 and 1 for "has the value", 1 and -1 for "has not"; 1 and 0 for a literal
            that is always true, 0 and 0 in a conjunction that only fills up the row.
        length: literals in a conjunction.
        guards: literals before them.

    Raises:
        ValueError: if the shapes do not agree.

    Example:
        Two variables of three values must not both be 2.

        >>> import numpy as np
        >>> import odesolve as ode
        >>> ones = np.ones((1, 2))
        >>> clauses = ode.Nogoods([[0, 1]], [[2, 2]], 0 * ones, ones)
        >>> system = ode.compile_system([(ode.Simplex(3), 2)], [clauses])
        >>> system.violated(np.array([[2, 2], [2, 1]])).tolist()  # two assignments
        [[1, 0]]
    """

    family: ClassVar[str] = "Nogoods"

    def value(self, x: CellValues, domains: tuple[Domain, ...]) -> Potential:
        return self._chance(x, inverted=False)

    def value_and_pull(
        self, x: CellValues, domains: tuple[Domain, ...]
    ) -> tuple[Potential, CellValues]:
        return self._sum_and_pull(x, inverted=False)

    def satisfied(self, values: Int[Array, "clauses literals runs"]) -> Bool[Array, "clauses runs"]:
        return self._chance(self.corner_shares(values), inverted=False) < 0.5


@pytree
@dataclass(frozen=True, eq=False)
class Supports(_Conjunctions):
    """Each clause allows some conjunctions: V = guard * (1 - sum over them of products of shares).

    No two conjunctions of a clause may hold together, so that V is at least 0.

    Attributes:
        scopes, values, bias, sign, length, guards: as in ``Nogoods``, of what is allowed.

    Raises:
        ValueError: if the shapes do not agree.

    Example:
        Two variables of three values must be equal.

        >>> import numpy as np
        >>> import odesolve as ode
        >>> ones = np.ones((1, 6))
        >>> clauses = ode.Supports([[0, 1] * 3], [[0, 0, 1, 1, 2, 2]], 0 * ones, ones)
        >>> system = ode.compile_system([(ode.Simplex(3), 2)], [clauses])
        >>> system.violated(np.array([[2, 2], [2, 1]])).tolist()  # two assignments
        [[0, 1]]
    """

    family: ClassVar[str] = "Supports"

    def value(self, x: CellValues, domains: tuple[Domain, ...]) -> Potential:
        return self._chance(x, inverted=True)

    def value_and_pull(
        self, x: CellValues, domains: tuple[Domain, ...]
    ) -> tuple[Potential, CellValues]:
        return self._sum_and_pull(x, inverted=True)

    def satisfied(self, values: Int[Array, "clauses literals runs"]) -> Bool[Array, "clauses runs"]:
        return self._chance(self.corner_shares(values), inverted=True) < 0.5
