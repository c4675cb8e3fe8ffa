"""``Points``: a relation given by the list of its satisfying points."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any, ClassVar, Literal, Self

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from odesolve.potentials.clauses import CellValues, Clauses, Data, Potential, Spare, as_scopes
from odesolve.potentials.domains import Box, Domain, Integer, number_cells, number_slopes
from odesolve.potentials.families.products import product_of_others
from odesolve.potentials.pytrees import pytree

PointsForm = Literal["squares", "distance"]

#: The normalisation looks at all corners up to this many; above, it uses a bound.
CORNER_LIMIT = 2**14

#: Products stay between e^-69 = 1e-30 and 1e30: within float32, with room for the slopes.
LARGEST_LOGARITHM = 69.0


@pytree
@dataclass(frozen=True, eq=False)
class Points(Clauses):
    """The variables of each scope stand on one of a relation's points (article, "Potentials").

    With d_p the distance from point p, bits measured on [0, 1] and integers as they are:

    - form "squares": V = prod_p |d_p|_2^2 / C, the article's VAnd and VXor;
    - form "distance": V = min_p |d_p|_1 / C, the article's VAndL.

    C (``scale``, one number a relation) is the largest numerator on any corner, so that corners
    have 0 <= V <= 1 and V = 0 exactly on the points. With more than 2^14 corners C is a bound:
    every distance is at most the one between opposite corners. The product is formed of factors
    each divided by C^(1/points), lest many of them overflow.

    Make clauses with ``from_points``; the relations' points are shared: ``relation[m]`` says
    which of them clause m uses.

    Attributes:
        scopes: variables from 0, ``[clauses, arity]``.
        points: ``[relations, points, arity]``.
        scale: ``[relations]``.
        relation: ``[clauses]``.
        values: how many values a variable has.
        form: "squares" or "distance".

    Raises:
        ValueError: from ``from_points``, which makes the clauses.

    Example:
        The columns are two assignments of three bits; the first one violates the clause.

        >>> import numpy as np
        >>> import odesolve as ode
        >>> clauses = ode.Points.from_points([[0, 1, 2]], [[0, 1, 1], [1, 0, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], [clauses])
        >>> system.violated(np.array([[0, 1], [0, 0], [1, 1]])).tolist()
        [[1, 0]]
    """

    family: ClassVar[str] = "Points"

    scopes: Int[Data, "clauses arity"]
    points: Float[Data, "relations points arity"]
    scale: Float[Data, " relations"]
    relation: Int[Data, " clauses"]
    values: int = field(default=2, metadata={"static": True})
    form: PointsForm = field(default="squares", metadata={"static": True})

    @classmethod
    def from_points(
        cls, scopes: Any, points: Any, values: int = 2, form: PointsForm = "squares"
    ) -> Self:
        """Clauses that share one relation.

        Arguments:
            scopes: variables, ``[clauses, arity]``.
            points: the satisfying points, ``[points, arity]``, each number in 0 ... values - 1.
            values: 2 for bits (``Box``); more for ``Integer(0, values - 1)`` variables.
            form: "squares" or "distance".

        Raises:
            ValueError: if the sizes do not agree, there is no point, a number is out of range, or
                the product of so many points cannot be told from 0 in float32.
        """
        if form not in ("squares", "distance"):
            raise ValueError(f"Points: form is 'squares' or 'distance', got {form!r}")
        scopes = as_scopes(scopes, cls.family)
        table: Any = np.asarray(points)
        if table.ndim != 2 or table.shape[1] != scopes.shape[1] or not len(table):
            raise ValueError(
                f"Points: {scopes.shape[1]} variables need at least one point "
                f"[points, {scopes.shape[1]}], got {list(table.shape)}"
            )
        if not np.isin(table, range(values)).all():
            raise ValueError(f"Points: coordinates are 0 to {values - 1}")
        table = np.unique(table.astype(np.float32), axis=0)
        scale: Any = np.array([_root_of_scale(table, values, form)], np.float32)
        relation: Any = np.zeros(len(scopes), np.int32)
        return cls(scopes, table[None], scale, relation, values, form)

    @classmethod
    def merged(cls, batches: Sequence[Self]) -> Self:
        """One batch; equal relations are stored once."""
        points: Any = np.concatenate([np.asarray(batch.points) for batch in batches])
        scale: Any = np.concatenate([np.asarray(batch.scale) for batch in batches])
        starts = np.cumsum([0, *(len(batch.points) for batch in batches[:-1])])
        relation = np.concatenate(
            [
                np.asarray(batch.relation) + start
                for batch, start in zip(batches, starts, strict=True)
            ]
        )
        _, first, position = np.unique(points, axis=0, return_index=True, return_inverse=True)
        scopes: Any = np.concatenate([np.asarray(batch.scopes) for batch in batches])
        relation = position.reshape(-1)[relation].astype(np.int32)
        example = batches[0]
        return cls(scopes, points[first], scale[first], relation, example.values, example.form)

    def take(self, rows: Int[np.ndarray, " n"]) -> Self:
        scopes, relation = np.asarray(self.scopes)[rows], np.asarray(self.relation)[rows]
        return type(self)(scopes, self.points, self.scale, relation, self.values, self.form)

    def signature(self) -> tuple[Hashable, ...]:
        return (*super().signature(), self.points.shape[1], self.values, self.form)

    def scratch_floats(self) -> int:
        points, arity = self.points.shape[1:]
        return int(points * (arity + 4))

    def validate(self, domains: tuple[Domain, ...]) -> None:
        wanted = Integer(0, self.values - 1)
        fits = [d == wanted or (self.values == 2 and isinstance(d, Box)) for d in domains]
        if not all(fits):
            bits = "Box or " if self.values == 2 else ""
            raise ValueError(
                f"Points of {self.values} values work on {bits}{wanted}, got {domains}"
            )

    def idle(self, domains: tuple[Domain, ...], spare: Spare) -> Self:
        point = np.asarray(self.points)[0, 0].astype(int).tolist()
        scopes = np.array([[spare(d, at) for d, at in zip(domains, point, strict=True)]], np.int32)
        relation: Any = np.zeros(1, np.int32)
        return replace(self, scopes=scopes, relation=relation)

    def value(self, x: CellValues, domains: tuple[Domain, ...]) -> Potential:
        offset = self._offset(number_cells(x, domains))
        if self.form == "distance":
            return jnp.abs(offset).sum(axis=2).min(axis=1) / self._scale()[:, 0]
        return (jnp.square(offset).sum(axis=2) / self._scale()).prod(axis=1)

    def value_and_pull(
        self, x: CellValues, domains: tuple[Domain, ...]
    ) -> tuple[Potential, CellValues]:
        if self.form == "distance":
            return super().value_and_pull(x, domains)
        offset = self._offset(number_cells(x, domains))
        factors = jnp.square(offset).sum(axis=2) / self._scale()
        weight = product_of_others(factors) / self._scale()
        slope = 2.0 * (weight[:, :, None] * offset).sum(axis=1)
        return factors.prod(axis=1), -slope * number_slopes(domains)

    def satisfied(self, values: Int[Array, "clauses arity runs"]) -> Bool[Array, "clauses runs"]:
        offset = self._offset(values.astype(jnp.float32))
        return (offset == 0).all(axis=2).any(axis=1)

    def _offset(self, numbers: CellValues) -> Float[Array, "clauses points arity runs"]:
        # One shared relation needs no gather: its points broadcast over the clauses.
        points = jnp.asarray(self.points)
        points = points if points.shape[0] == 1 else points[self.relation]
        return numbers[:, None] - points[:, :, :, None]

    def _scale(self) -> Float[Array, "clauses 1 1"]:
        scale = jnp.asarray(self.scale)
        return (scale if scale.shape[0] == 1 else scale[self.relation])[:, None, None]


def _root_of_scale(
    points: Float[np.ndarray, "points arity"], values: int, form: PointsForm
) -> float:
    """C for the distance, C^(1/points) for the product; 1 where no corner is violated."""
    arity = points.shape[1]
    span = values - 1
    corners = None
    if values**arity <= CORNER_LIMIT:
        corners = np.array(list(product(range(values), repeat=arity)), np.float32)
    if form == "squares":
        return _root_of_product(points, corners, float(arity * span**2))
    if corners is None:
        return float(arity * span)
    distances = [np.abs(corners - point).sum(axis=1) for point in points]
    return float(np.min(distances, axis=0).max()) or 1.0


def _root_of_product(
    points: Float[np.ndarray, "points arity"],
    corners: Float[np.ndarray, "corners arity"] | None,
    longest: float,
) -> float:
    """The root of the largest product on a corner; ``longest`` is the longest squared distance.

    Raises:
        ValueError: if float32 could not tell the smallest product from 0, or would overflow.
    """
    count = len(points)
    lowest, highest = 0.0, count * np.log(longest)
    if corners is not None:
        squares = [np.square(corners - point).sum(axis=1) for point in points]
        with np.errstate(divide="ignore"):
            logarithm = np.sum(np.log(squares, dtype=np.float64), axis=0)
        violated = logarithm[np.isfinite(logarithm)]
        if not len(violated):
            return 1.0
        lowest, highest = violated.min(), violated.max()
    if max(highest - lowest, count * np.log(longest) - highest) > LARGEST_LOGARITHM:
        raise ValueError(
            f"Points: a product over {count} points leaves the range of float32; "
            "use form 'distance' or a TruthTable"
        )
    # A hair more than the root, so that rounding cannot lift V above 1.
    return float(np.exp(highest / count) * (1 + 3e-7))
