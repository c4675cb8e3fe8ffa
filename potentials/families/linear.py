"""``Linear``: an equality or inequality between a weighted sum of variables and a bound."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, get_args

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from odesolve.potentials.clauses import CellValues, Clauses, Data, Potential, Spare, as_scopes
from odesolve.potentials.domains import Box, Domain, Integer, number_cells, number_slopes
from odesolve.potentials.pytrees import pytree

Comparison = Literal["==", "<=", ">="]
LinearForm = Literal["squared", "absolute", "logarithmic", "resonant"]

#: Sums are compared as 32-bit integers.
SUM_LIMIT = 2**31 - 1

#: How sharply the form "resonant" prefers weights near the excess; 3 to 6 do equally well.
RESONANCE_POWER = 4

#: Weights are split into two parts of this many bits, each of which float32 sums without error.
WORD_BITS = 16


@pytree
@dataclass(frozen=True, eq=False)
class Linear(Clauses):
    """sum_i weights[m, i] v_i compared with bounds[m], over bits (0 or 1) and integers.

    Let e be the excess, the sum less the bound; for an inequality only its violating side counts.
    |e| / |weights| is the distance from the plane. With D the distance of the farthest corner,

    - form "squared": V = (distance / D)^2, the article's normalised potential (section
      "Potentials"; it divides e^2 by the sum of squares) scaled so that corners have V <= 1;
    - form "absolute": V = distance / D, whose slope does not vanish near the plane;
    - form "logarithmic": V = log(1 + |e|) / log(1 + the largest |e|). With weights 1, 2, 4, ... a
      sum that is wrong by 1 has V = 1 / number of bits or so, where the squared form has 4^-bits;
    - form "resonant": everything is measured at the rounded values, whose excess is R. V is the
      logarithmic form of R. A variable is pulled towards the end of its domain that lessens |R|,
      by rho^4 times its way there, rho = min(|weight| / |R|, |R| / |weight|), scaled so that the
      strongest pull of the clause is its way alone. Only variables whose weight is near the
      excess move: the error shrinks scale by scale, as a carry would. This pull is not a
      gradient of V. A gradient moves each variable by its weight, and so the heavy ones first.

    Weights, bounds and all sums that the domains allow must fit into 32 bits; ``satisfied`` is
    exact. V is exact to rounding on corners, of up to 256 bits a clause.

    Attributes:
        scopes: variables from 0, ``[clauses, arity]``.
        weights: integers, ``[clauses, arity]``.
        bounds: integers, ``[clauses]``.
        comparison: "==", "<=" or ">=".
        form: "squared", "absolute", "logarithmic" or "resonant".

    Raises:
        ValueError: if the shapes do not agree, or a number is no integer of 32 bits.

    Example:
        The columns are two assignments of three bits; the first one violates the clause.

        >>> import numpy as np
        >>> import odesolve as ode
        >>> clauses = ode.Linear([[0, 1, 2]], [[1, 2, 4]], [5])  # a + 2 b + 4 c = 5
        >>> system = ode.compile_system([(ode.Box(), 3)], [clauses])
        >>> system.violated(np.array([[0, 1], [1, 0], [1, 1]])).tolist()
        [[1, 0]]
    """

    family: ClassVar[str] = "Linear"

    scopes: Int[Data, "clauses arity"]
    weights: Int[Data, "clauses arity"]
    bounds: Int[Data, " clauses"]
    comparison: Comparison = field(default="==", metadata={"static": True})
    form: LinearForm = field(default="squared", metadata={"static": True})

    def __post_init__(self) -> None:
        if self.comparison not in get_args(Comparison):
            raise ValueError(f"Linear: comparison is '==', '<=' or '>=', got {self.comparison!r}")
        if self.form not in get_args(LinearForm):
            raise ValueError(
                f"Linear: form is 'squared', 'absolute', 'logarithmic' or 'resonant', got "
                f"{self.form!r}"
            )
        if isinstance(self.scopes, list | tuple | np.ndarray):
            scopes = as_scopes(self.scopes, self.family)
            weights = _as_int32(self.weights, "weights", scopes.shape)
            bounds = _as_int32(self.bounds, "bounds", scopes.shape[:1])
            object.__setattr__(self, "scopes", scopes)
            object.__setattr__(self, "weights", weights)
            object.__setattr__(self, "bounds", bounds)

    @property
    def conservative(self) -> bool:
        return self.form != "resonant"

    def signature(self) -> tuple[Hashable, ...]:
        return (*super().signature(), self.comparison, self.form)

    def validate(self, domains: tuple[Domain, ...]) -> None:
        if not all(isinstance(domain, Box | Integer) for domain in domains):
            raise ValueError(f"Linear works on Box and Integer variables, got {domains}")
        weights = np.asarray(self.weights, np.int64)
        ends = [np.array([_range(d)[side] for d in domains], np.int64) for side in (0, 1)]
        products = [weights * end for end in ends]
        most = np.maximum(*products).sum(axis=1).max(initial=0)
        least = np.minimum(*products).sum(axis=1).min(initial=0)
        if max(most, -least) > SUM_LIMIT:
            raise ValueError(
                f"Linear: sums reach {max(most, -least)}, more than {SUM_LIMIT}; "
                "split the constraint with carries"
            )

    def idle(self, domains: tuple[Domain, ...], spare: Spare) -> Linear | None:
        if not domains:
            return None
        lowest = [_range(domain)[0] for domain in domains]
        scopes = np.array([[spare(d, low) for d, low in zip(domains, lowest, strict=True)]])
        weights = np.zeros(scopes.shape, np.int32)
        weights[:, 0] = 1
        bounds = np.array(lowest[:1], np.int32)
        return Linear(scopes, weights, bounds, self.comparison, self.form)

    def value(self, x: CellValues, domains: tuple[Domain, ...]) -> Potential:
        excess, largest = self._excess(self._counted(x, domains), domains)
        return self._shape(jnp.abs(excess), largest)[0]

    def value_and_pull(
        self, x: CellValues, domains: tuple[Domain, ...]
    ) -> tuple[Potential, CellValues]:
        numbers = number_cells(x, domains)
        excess, largest = self._excess(self._counted(x, domains), domains)
        value, slope = self._shape(jnp.abs(excess), largest)
        if self.form == "resonant":
            pull = self._resonance(excess[:, None], numbers, domains)
            return value, pull / number_slopes(domains)
        weights = jnp.asarray(self.weights).astype(x.dtype) * number_slopes(domains)[:, :, 0]
        return value, -(slope * jnp.sign(excess))[:, None] * weights[:, :, None]

    def satisfied(self, values: Int[Array, "clauses arity runs"]) -> Bool[Array, "clauses runs"]:
        total = (jnp.asarray(self.weights)[:, :, None] * values).sum(axis=1, dtype=jnp.int32)
        bounds = jnp.asarray(self.bounds)[:, None]
        if self.comparison == "<=":
            return total <= bounds
        return total >= bounds if self.comparison == ">=" else total == bounds

    def _counted(self, x: CellValues, domains: tuple[Domain, ...]) -> CellValues:
        """The numbers that are summed: of the cells, or of what they are rounded to."""
        numbers = number_cells(x, domains)
        if self.form != "resonant":
            return numbers
        # A half rounds down, as a bit is decoded.
        return jnp.ceil(numbers - 0.5)

    def _resonance(
        self, excess: CellValues, numbers: CellValues, domains: tuple[Domain, ...]
    ) -> CellValues:
        """The pull of the form "resonant", in numbers."""
        weights = jnp.asarray(self.weights)[:, :, None].astype(numbers.dtype)
        low, high = np.array([_range(domain) for domain in domains], np.float32).T[:, None, :, None]
        wrong, size = jnp.maximum(jnp.abs(excess), 1e-30), jnp.maximum(jnp.abs(weights), 1e-30)
        near = jnp.minimum(size / wrong, wrong / size)
        way = jnp.where(weights * excess < 0, high, low) - numbers
        pull = jnp.where((excess == 0) | (weights == 0), 0.0, near**RESONANCE_POWER * way)
        strongest = jnp.abs(pull).max(axis=1, keepdims=True)
        return pull / jnp.where(strongest > 0, strongest, 1.0)

    def _excess(
        self, numbers: CellValues, domains: tuple[Domain, ...]
    ) -> tuple[Potential, Float[Array, "clauses 1"]]:
        """The excess of numbers, and the largest magnitude that it has on a corner."""
        low, high = np.array([_range(domain) for domain in domains], np.float32).T[:, None, :]
        rising = jnp.asarray(self.weights) > 0
        corners = jnp.stack([jnp.where(rising, low, high), jnp.where(rising, high, low)], axis=2)
        extremes = self._one_sided(self._difference(corners.astype(numbers.dtype)))
        largest = jnp.abs(extremes).max(axis=1, keepdims=True)
        return self._one_sided(self._difference(numbers)), largest

    def _difference(self, numbers: CellValues) -> Potential:
        """The sum less the bound, in two parts: one float32 sum would lose the last bits."""
        upper, lower = _words(jnp.asarray(self.weights)), _words(jnp.asarray(self.bounds))
        parts = [
            (weight.astype(numbers.dtype)[:, :, None] * numbers).sum(axis=1)
            - bound.astype(numbers.dtype)[:, None]
            for weight, bound in zip(upper, lower, strict=True)
        ]
        return parts[0] * 2.0**WORD_BITS + parts[1]

    def _one_sided(self, difference: Potential) -> Potential:
        if self.comparison == "<=":
            return jnp.maximum(difference, 0.0)
        return jnp.minimum(difference, 0.0) if self.comparison == ">=" else difference

    def _shape(
        self, distance: Potential, largest: Float[Array, "clauses 1"]
    ) -> tuple[Potential, Potential]:
        """V and dV/d|e| at |e|."""
        # A clause that no corner violates keeps a finite slope.
        largest = jnp.where(largest > 0, largest, 1.0)
        ratio = distance / largest
        if self.form == "squared":
            return ratio**2, 2.0 * ratio / largest
        if self.form == "absolute":
            return ratio, jnp.broadcast_to(1.0 / largest, ratio.shape)
        scale = jnp.log1p(largest)
        return jnp.log1p(distance) / scale, 1.0 / ((1.0 + distance) * scale)


def _words(numbers: Int[Array, "..."]) -> tuple[Int[Array, "..."], Int[Array, "..."]]:
    """Upper and lower part: numbers = upper 2^16 + lower, with lower in [-2^15, 2^15)."""
    # The shift rounds down, so the lower half is centred before it; that must not overflow.
    upper = (numbers >> WORD_BITS) + ((numbers >> (WORD_BITS - 1)) & 1)
    return upper, numbers - (upper << WORD_BITS)


def _range(domain: Domain) -> tuple[int, int]:
    """The least and the greatest number that a variable can be."""
    return (domain.low, domain.high) if isinstance(domain, Integer) else (0, 1)


def _as_int32(numbers: Any, name: str, shape: tuple[int, ...]) -> Int[np.ndarray, "..."]:
    try:
        array = np.asarray(numbers)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"Linear: {name} must be integers {list(shape)}") from error
    if array.shape != shape or (array.size and array.dtype.kind not in "iuO"):
        raise ValueError(
            f"Linear: {name} must be integers {list(shape)}, got {array.dtype} {list(array.shape)}"
        )
    wide = array.astype(object)
    if array.size and max(abs(int(number)) for number in wide.flat) > SUM_LIMIT:
        raise ValueError(f"Linear: {name} must be at most {SUM_LIMIT} in magnitude")
    return wide.astype(np.int32)
