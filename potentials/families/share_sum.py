"""``ShareSum``: a weighted sum of integers, each a probability vector over its values."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, Self, get_args

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from odesolve.potentials.clauses import CellValues, Data, Potential, Spare, as_scopes
from odesolve.potentials.domains import Domain
from odesolve.potentials.families.share_clauses import ShareClauses, product_and_others
from odesolve.potentials.pytrees import pytree

SumComparison = Literal["==", "!=", "<="]

#: Sums are compared as 32-bit integers.
SHARE_SUM_LIMIT = 2**31 - 1

#: How much of the width of the others' sum counts as distance that needs no mending.
WIDTH_SHARE = 0.3


@pytree
@dataclass(frozen=True, eq=False)
class ShareSum(ShareClauses):
    """The numbers of the values that some variables have add up to a bound, or to at most it.

    Drawn by its shares, each term is a number with a mean and a variance; let M and S^2 be those
    of the sum of all terms less the bound. With the distance d = |M|, or max(M, 0) for "<=",

        V = d / (d + 1 + 0.3 S),

    and for "!=" about the chance of hitting, V = max(1 - M^2 / (1 + S^2), 0) / sqrt(1 + 6 S^2). The
    pull on the share of a value is -V with its variable at that value and all others as they
    are: a variable moves to the values that would mend the sum best. That is the gradient of
    the expected violation of independent variables, with the distribution of the others' sum
    taken for one of that mean and width; it is not a gradient of V itself. Among what was tried
    on generated grids and cryptarithms, log(1 + d) and the chance alone took ten times as long.

    A term of two values is one literal, whose share s gives the mean s and the variance s (1 - s),
    times the difference of their numbers; the number of the other value goes into the bound.

    Attributes:
        scopes: the variable of each literal, ``[clauses, literals]``: ``guards`` literals without
            which nothing is demanded, then ``pairs`` terms of two values, one literal each, then
            ``terms`` terms, the literals of all values of the first one and so on.
        values: the value of each literal, numbered from 0 in its simplex, as ``scopes``.
        numbers: what it adds to the sum, integers as ``scopes``; without meaning for guards.
        open: 1 for a literal, 0 for one that fills up the row, as ``scopes``.
        bounds: integers, ``[clauses]``.
        terms: terms of any number of values, a static option as the following.
        comparison: "==", "!=" or "<=".
        guards: literals before all terms.
        pairs: terms of two values.

    Raises:
        ValueError: if the shapes do not agree, or a sum may be beyond 32 bits.

    Example:
        Two variables of the values 0, 1 and 2 add up to 3.

        >>> import numpy as np
        >>> import odesolve as ode
        >>> scopes, values = [[0, 0, 0, 1, 1, 1]], [[0, 1, 2] * 2]
        >>> clauses = ode.ShareSum(scopes, values, values, np.ones((1, 6)), [3], terms=2)
        >>> system = ode.compile_system([(ode.Simplex(3), 2)], [clauses])
        >>> system.violated(np.array([[2, 2], [1, 2]])).tolist()  # two assignments
        [[0, 1]]
    """

    family: ClassVar[str] = "ShareSum"

    scopes: Int[Data, "clauses literals"]
    values: Int[Data, "clauses literals"]
    numbers: Int[Data, "clauses literals"]
    open: Float[Data, "clauses literals"]
    bounds: Int[Data, " clauses"]
    terms: int = field(default=1, metadata={"static": True})
    comparison: SumComparison = field(default="==", metadata={"static": True})
    guards: int = field(default=0, metadata={"static": True})
    pairs: int = field(default=0, metadata={"static": True})

    def __post_init__(self) -> None:
        if self.comparison not in get_args(SumComparison):
            raise ValueError(f"ShareSum: comparison is '==', '!=' or '<=': {self.comparison!r}")
        if not isinstance(self.scopes, list | tuple | np.ndarray):
            return
        scopes = as_scopes(self.scopes, self.family)
        object.__setattr__(self, "scopes", scopes)
        numbers, bounds = np.asarray(self.numbers), np.asarray(self.bounds)
        opened = np.asarray(self.open, np.float32)
        values = np.asarray(self.values, np.int32)
        for name, array in (("values", values), ("numbers", numbers), ("open", opened)):
            if array.shape != scopes.shape:
                raise ValueError(
                    f"ShareSum: {name} must be {list(scopes.shape)}, got {list(array.shape)}"
                )
        left = scopes.shape[1] - self.guards - self.pairs
        if bounds.shape != scopes.shape[:1] or left < 0 or left % max(self.terms, 1):
            raise ValueError(
                f"ShareSum: {scopes.shape[1]} literals and {len(bounds)} bounds for {len(scopes)} "
                f"rows of {self.guards} guards, {self.pairs} pairs and {self.terms} terms"
            )
        if not self.terms and left:
            raise ValueError(f"ShareSum: {left} literals without a term")
        sizes = np.abs(numbers.astype(float)) * (opened > 0)
        pairs = sizes[:, self.guards : self.guards + self.pairs].sum(axis=1)
        terms = max(self.terms, 1)  # with no row there is nothing to infer a width from
        rest = sizes[:, self.guards + self.pairs :].reshape(len(scopes), terms, left // terms)
        most = pairs + rest.max(axis=2, initial=0).sum(axis=1) + np.abs(bounds.astype(float))
        if len(most) and most.max() > SHARE_SUM_LIMIT:
            raise ValueError(f"ShareSum: sums reach {most.max():.0f}, more than 2^31 - 1")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "open", opened)
        object.__setattr__(self, "numbers", numbers.astype(np.int32))
        object.__setattr__(self, "bounds", bounds.astype(np.int32))

    @property
    def conservative(self) -> bool:
        return False

    def signature(self) -> tuple[Hashable, ...]:
        return (*super().signature(), self.terms, self.comparison, self.guards, self.pairs)

    def idle(self, domains: tuple[Domain, ...], spare: Spare) -> Self:
        # An empty sum, compared with what it satisfies.
        nothing = np.zeros((1, self.scopes.shape[1]), np.int32)
        bounds: Any = np.full(1, self.comparison == "!=", np.int32)
        own: dict[str, Any] = dict.fromkeys(("values", "numbers", "open"), nothing)
        return replace(self, scopes=nothing + spare(domains[0], 0), bounds=bounds, **own)

    def value(self, x: CellValues, domains: tuple[Domain, ...]) -> Potential:
        return self.value_and_pull(x, domains)[0]

    def value_and_pull(
        self, x: CellValues, domains: tuple[Domain, ...]
    ) -> tuple[Potential, CellValues]:
        total, spread, parts = self._moments(x, jnp)
        value = self._violation(total, spread, jnp)
        pulls = []
        for offsets, opened, mean, variance in parts:
            others, width = (total[:, None] - mean), spread[:, None] - variance
            if offsets.ndim == 2:  # pairs: the literal against the other value
                without = self._violation(others, width, jnp)
                pulls.append(without - self._violation(others + offsets[..., None], width, jnp))
                continue
            others, width = others[:, :, None] + offsets[..., None], width[:, :, None]
            pull = -self._violation(others, width, jnp) * opened[..., None]
            pulls.append(pull.reshape(x.shape[0], -1, x.shape[2]))
        pull = jnp.concatenate(pulls, axis=1) if len(pulls) > 1 else pulls[0]
        if not self.guards:
            return value, pull
        guard, other_guards = product_and_others([x[:, i] for i in range(self.guards)])
        head = jnp.stack([-value * other for other in other_guards], axis=1)
        return guard * value, jnp.concatenate([head, guard[:, None] * pull], axis=1)

    def satisfied(self, values: Int[Array, "clauses literals runs"]) -> Bool[Array, "clauses runs"]:
        here = values == jnp.asarray(self.values)[:, :, None]
        counted = here & (jnp.asarray(self.open) > 0)[:, :, None]
        added = jnp.where(counted, jnp.asarray(self.numbers)[:, :, None], 0)[:, self.guards :]
        total = added.sum(axis=1, dtype=jnp.int32)
        bounds = jnp.asarray(self.bounds)[:, None]
        if self.comparison == "<=":
            holds = total <= bounds
        else:
            holds = total == bounds if self.comparison == "==" else total != bounds
        return holds | ~here[:, : self.guards].all(axis=1) if self.guards else holds

    def level(self, shares: Float[np.ndarray, "clauses literals"]) -> Float[np.ndarray, " clauses"]:
        points: Any = shares[:, :, None]
        total, spread, _ = self._moments(points, np)
        value = self._violation(total, spread, np)[:, 0]
        return (shares[:, : self.guards].prod(axis=1) * value).astype(np.float32)

    def _moments(self, x: CellValues, library: Any) -> tuple[Array, Array, list[Any]]:
        """Mean, less the bound, and variance of the sum; and offsets, openness, mean and variance
        of the terms, pairs first.

        Numbers are measured from the middle of their term, where float32 is finest.
        """
        first, last = self.guards, self.guards + self.pairs
        numbers, opened = library.asarray(self.numbers), library.asarray(self.open)
        parts, excess = [], -library.asarray(self.bounds)
        if self.pairs:
            offsets = numbers[:, first:last].astype(x.dtype) * opened[:, first:last]
            shares = x[:, first:last]
            mean = offsets[..., None] * shares
            variance = (offsets * offsets)[..., None] * library.maximum(
                shares * (1.0 - shares), 0.0
            )
            parts.append((offsets, opened[:, first:last], mean, variance))
        if self.terms:
            shape = (x.shape[0], self.terms, -1)
            numbers, opened = numbers[:, last:].reshape(shape), opened[:, last:].reshape(shape)
            low = library.where(opened > 0, numbers, SHARE_SUM_LIMIT).min(axis=2)
            high = library.where(opened > 0, numbers, -SHARE_SUM_LIMIT).max(axis=2)
            middle = library.where(high >= low, low + (high - low) // 2, 0)
            excess = excess + middle.sum(axis=1)
            offsets = (numbers - middle[:, :, None]).astype(x.dtype) * opened
            shares = x[:, last:].reshape(*shape, x.shape[2]) * opened[..., None]
            mean = (offsets[..., None] * shares).sum(axis=2)
            square = ((offsets * offsets)[..., None] * shares).sum(axis=2)
            variance = library.maximum(square - mean * mean, 0.0)
            parts.append((offsets, opened, mean, variance))
        total = sum(part[2].sum(axis=1) for part in parts) + excess.astype(x.dtype)[:, None]
        return total, sum(part[3].sum(axis=1) for part in parts), parts

    def _violation(self, total: Array, spread: Array, library: Any) -> Array:
        """How far a sum of this mean and variance is from what is wanted, from 0 to 1."""
        if self.comparison == "!=":
            near = library.maximum(1.0 - total * total / (1.0 + spread), 0.0)
            return near / library.sqrt(1.0 + 6.0 * spread)
        wrong = library.maximum(total, 0.0) if self.comparison == "<=" else library.abs(total)
        # A variance that is a small difference of large ones may come out below 0.
        return wrong / (wrong + 1.0 + WIDTH_SHARE * library.sqrt(library.maximum(spread, 0.0)))
