"""Domains: where a discrete variable lives while it is being integrated.

A variable with ``values`` discrete values occupies ``width`` consecutive cells of the state.
Every method works on a block of equal variables, an array ``[variables, width, runs]``: the runs
stand last so that they are contiguous in memory. Domains are frozen and hashable; they are part
of a compiled function's identity, never of its data.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from odesolve.potentials.arrays import array_namespace
from odesolve.potentials.positions import each

Block = Float[Array, "variables width runs"]
Values = Int[Array, "variables runs"]

#: Up to this many values the projection compares all pairs; above it, it goes step by step.
PAIRWISE_PROJECTION_LIMIT = 16


@dataclass(frozen=True)
class Domain(ABC):
    """The continuous home of one discrete variable.

    Raises:
        ValueError: if the domain is empty, or its bounds cannot be used.

    Example:
        >>> import odesolve as ode
        >>> [(domain.width, domain.values) for domain in (ode.Box(), ode.Simplex(3), ode.Circle(3))]
        [(1, 2), (3, 3), (1, 3)]
    """

    @property
    @abstractmethod
    def width(self) -> int:
        """Cells that one variable occupies."""

    @property
    @abstractmethod
    def values(self) -> int:
        """Number of discrete values, which are lowest ... lowest + values - 1."""

    @property
    def lowest(self) -> int:
        """The least discrete value: 0 unless overridden."""
        return 0

    @abstractmethod
    def sample(
        self, generator: np.random.Generator, variables: int
    ) -> Float[np.ndarray, "variables width"]:
        """A random start of one run.

        NumPy draws it: compiling JAX's generators would take longer than most solves.
        """

    @abstractmethod
    def project(self, x: Block) -> Block:
        """The nearest point of the domain; applied after every step."""

    @abstractmethod
    def decode(self, x: Block) -> Values:
        """The discrete value that each variable stands for."""

    @abstractmethod
    def corner(self, value: Int[Array | np.ndarray, " n"]) -> Float[np.ndarray, "n width"]:
        """The cells that stand exactly for the discrete values."""

    def tangent(self, force: Block) -> Block:
        """The part of a force that moves along the domain; all of it unless overridden."""
        return force

    def from_centre(self, x: Block) -> Block:
        """Where x stands from the undecided point of the domain; 0 where there is none."""
        return jnp.zeros_like(x)

    def means(self, x: Block) -> Block:
        """x as the mean of a bit, between -1 (false) and +1 (true).

        Raises:
            ValueError: if the domain is not one of bits.
        """
        raise ValueError(f"beliefs need bits, which {self} is not")

    def at_means(self, means: Block) -> Block:
        """The inverse of ``means``."""
        raise ValueError(f"beliefs need bits, which {self} is not")


@dataclass(frozen=True)
class Box(Domain):
    """A bit as a number between ``low`` (false) and ``high`` (true).

    ``Box()`` is the article's [0, 1]; ``Box(-1, 1)`` is the convention of Bearden, Pei and
    Di Ventra (2020), in which their published rates hold unchanged.

    Raises:
        ValueError: unless ``low < high``.

    Example:
        >>> import numpy as np
        >>> import odesolve as ode
        >>> ode.Box(-1, 1).corner(np.array([0, 1])).tolist()  # [values, width]
        [[-1.0], [1.0]]
    """

    low: float = 0.0
    high: float = 1.0

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"Box needs low < high, got low={self.low}, high={self.high}")
        for name in ("low", "high"):  # numbers of NumPy would decide the type of what they meet
            object.__setattr__(self, name, float(getattr(self, name)))

    @property
    def width(self) -> int:
        return 1

    @property
    def values(self) -> int:
        return 2

    def sample(
        self, generator: np.random.Generator, variables: int
    ) -> Float[np.ndarray, "variables width"]:
        unit = generator.random((variables, 1), np.float32)
        return self.low + (self.high - self.low) * unit

    def project(self, x: Block) -> Block:
        return x.clip(self.low, self.high)

    def decode(self, x: Block) -> Values:
        return (x[:, 0] > 0.5 * (self.low + self.high)).astype(np.int32)

    def means(self, x: Block) -> Block:
        return 2.0 * self.unit(x) - 1.0

    def at_means(self, means: Block) -> Block:
        return self.low + 0.5 * (self.high - self.low) * (1.0 + means)

    def corner(self, value: Int[Array | np.ndarray, " n"]) -> Float[np.ndarray, "n width"]:
        true = np.asarray(value)[:, None] > 0
        return np.where(true, np.float32(self.high), np.float32(self.low))

    def from_centre(self, x: Block) -> Block:
        return x - 0.5 * (self.low + self.high)

    def unit(self, x: Array) -> Array:
        """The same point measured on [0, 1]."""
        if (self.low, self.high) == (0.0, 1.0):
            return x
        return (x - self.low) / (self.high - self.low)


@dataclass(frozen=True)
class Simplex(Domain):
    """One of ``q`` values as a probability vector of ``q`` cells; decoded by the largest cell.

    Raises:
        ValueError: if ``q`` is less than 1.

    Example:
        >>> import numpy as np
        >>> import odesolve as ode
        >>> ode.Simplex(3).corner(np.array([0, 2])).tolist()  # [values, width]
        [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """

    q: int = 3

    def __post_init__(self) -> None:
        if self.q < 1:
            raise ValueError(f"Simplex needs at least 1 value, got {self.q}")

    @property
    def width(self) -> int:
        return self.q

    @property
    def values(self) -> int:
        return self.q

    def sample(
        self, generator: np.random.Generator, variables: int
    ) -> Float[np.ndarray, "variables width"]:
        # Normalised exponentials are uniform on the simplex (a flat Dirichlet).
        raw = generator.standard_exponential((variables, self.q), np.float32)
        return raw / raw.sum(axis=1, keepdims=True)

    def project(self, x: Block) -> Block:
        return project_to_simplex(x)

    def decode(self, x: Block) -> Values:
        if isinstance(x, np.ndarray):
            return x.argmax(axis=1).astype(np.int32)
        return jax.lax.argmax(x, 1, jnp.int32)

    def corner(self, value: Int[Array | np.ndarray, " n"]) -> Float[np.ndarray, "n width"]:
        return np.eye(self.q, dtype=np.float32)[np.asarray(value)]

    def tangent(self, force: Block) -> Block:
        # Adding one number to every cell leaves the simplex without changing any comparison.
        return force - force.mean(axis=1, keepdims=True)

    def from_centre(self, x: Block) -> Block:
        return x - 1.0 / self.q


@dataclass(frozen=True)
class Circle(Domain):
    """One of ``q`` values as a point on a circle of length ``q`` (article, "Three Coloring").

    ``start_width`` is the length of the arc about 0 in which runs start; the article uses 0.01.

    Raises:
        ValueError: if ``q`` is less than 1.

    Example:
        >>> import numpy as np
        >>> import odesolve as ode
        >>> circle = ode.Circle(3)
        >>> circle.decode(np.array([[[2.9, 1.2]]])).tolist()  # [variables, width, runs]
        [[0, 1]]
    """

    q: int = 3
    start_width: float = 0.01

    def __post_init__(self) -> None:
        if self.q < 1:
            raise ValueError(f"Circle needs at least 1 value, got {self.q}")

    @property
    def width(self) -> int:
        return 1

    @property
    def values(self) -> int:
        return self.q

    def sample(
        self, generator: np.random.Generator, variables: int
    ) -> Float[np.ndarray, "variables width"]:
        offset = generator.random((variables, 1), np.float32) - 0.5
        return np.mod(self.start_width * offset, self.q)

    def project(self, x: Block) -> Block:
        return jnp.mod(x, self.q)

    def decode(self, x: Block) -> Values:
        return jnp.mod(jnp.round(x[:, 0]), self.q).astype(jnp.int32)

    def corner(self, value: Int[Array | np.ndarray, " n"]) -> Float[np.ndarray, "n width"]:
        return np.asarray(value, np.float32)[:, None]


#: Integers up to this magnitude are exact in float32.
INTEGER_LIMIT = 2**24


@dataclass(frozen=True)
class Integer(Domain):
    """An integer from ``low`` to ``high`` as a number in that range, decoded by rounding.

    Nothing in the domain itself pulls towards whole numbers: the clause family ``Integral`` does.
    With ``low=0`` these are the article's natural numbers, up to a bound.

    Raises:
        ValueError: unless the bounds are whole numbers of at most 2^24 and ``low < high``.

    Example:
        >>> import odesolve as ode
        >>> ode.Integer(2, 5).lowest, ode.Integer(2, 5).values
        (2, 4)
    """

    low: int = 0
    high: int = 1

    def __post_init__(self) -> None:
        if self.low != int(self.low) or self.high != int(self.high):
            raise ValueError(f"Integer needs whole bounds, got low={self.low}, high={self.high}")
        if not self.low < self.high:
            raise ValueError(f"Integer needs low < high, got low={self.low}, high={self.high}")
        if max(-self.low, self.high) > INTEGER_LIMIT:
            raise ValueError(
                f"Integer is exact up to {INTEGER_LIMIT}, got low={self.low}, high={self.high}"
            )

    @property
    def width(self) -> int:
        return 1

    @property
    def values(self) -> int:
        return self.high - self.low + 1

    @property
    def lowest(self) -> int:
        return self.low

    def sample(
        self, generator: np.random.Generator, variables: int
    ) -> Float[np.ndarray, "variables width"]:
        unit = generator.random((variables, 1), np.float32)
        return self.low + (self.high - self.low) * unit

    def project(self, x: Block) -> Block:
        return jnp.clip(x, self.low, self.high)

    def decode(self, x: Block) -> Values:
        return jnp.clip(jnp.round(x[:, 0]), self.low, self.high).astype(jnp.int32)

    def corner(self, value: Int[Array | np.ndarray, " n"]) -> Float[np.ndarray, "n width"]:
        return np.asarray(value, np.float32)[:, None]


def unit_cells(x: Block, domains: tuple[Domain, ...]) -> Block:
    """Box cells ``[clauses, arity, runs]``, one domain a cell, measured on [0, 1]."""
    boxes = [domain for domain in domains if isinstance(domain, Box)]
    if all(box == boxes[0] for box in boxes):
        return each(boxes[0].unit, x) if boxes else x
    return jnp.stack([box.unit(x[:, i]) for i, box in enumerate(boxes)], axis=1)


def number_cells(x: Block, domains: tuple[Domain, ...]) -> Block:
    """Box and Integer cells as the numbers they stand for: bits on [0, 1], integers as they are."""
    if all(isinstance(domain, Box) for domain in domains):
        return unit_cells(x, domains)
    return jnp.stack(
        [d.unit(x[:, i]) if isinstance(d, Box) else x[:, i] for i, d in enumerate(domains)], axis=1
    )


def number_slopes(domains: tuple[Domain, ...]) -> Float[np.ndarray, "1 arity 1"]:
    """d number / d cell for each Box or Integer cell."""
    lengths = [d.high - d.low if isinstance(d, Box) else 1.0 for d in domains]
    return (1.0 / np.asarray(lengths, np.float32))[None, :, None]


def project_to_simplex(x: Block) -> Block:
    """Exact Euclidean projection of each variable's cells onto the probability simplex.

    The projection is ``max(x - theta, 0)``. A cell stays positive exactly when the cells above it
    exceed it by less than 1 in total, which needs no sorting (Held, Wolfe, Crowder 1974 give the
    threshold; the pairwise test is the same condition written without an order). Of many cells the
    threshold is found step by step.
    """
    q, xp = x.shape[1], array_namespace(x)
    # The threshold is a difference: large numbers would leave nothing of it in float32.
    x = x - x.max(axis=1, keepdims=True)
    if q <= PAIRWISE_PROJECTION_LIMIT:
        # Cells are unrolled: XLA fuses q^2 element-wise comparisons into one pass over the runs.
        cells = [x[:, c] for c in range(q)]
        zero = xp.zeros_like(cells[0])
        above = [sum((xp.maximum(other - cell, 0.0) for other in cells), zero) for cell in cells]
        active = [excess < 1.0 for excess in above]
        number = sum((a.astype(x.dtype) for a in active), zero)
        kept = [xp.where(a, cell, 0.0) for a, cell in zip(active, cells, strict=True)]
        theta = (sum(kept, zero) - 1.0) / number
        return xp.stack([xp.maximum(cell - theta, 0.0) for cell in cells], axis=1)
    return xp.maximum(x - _threshold(x), 0.0)


def _threshold(x: Block) -> Float[Array, "variables 1 runs"]:
    """The threshold of the projection of cells of which the largest is 0.

    Newton's method on the sum of what is above it, from below: cells drop out and none comes back,
    so that it ends with the exact threshold, after five to ten turns where sorting hundreds of
    cells takes ten times as long (C. Michelot, Journal of Optimization Theory and Applications 50,
    1986).
    """

    xp = array_namespace(x)

    def raised(state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        theta, before, _ = state
        above = x > theta
        number = xp.sum(above, axis=1, keepdims=True, dtype=x.dtype)
        total = xp.sum(xp.where(above, x, 0.0), axis=1, keepdims=True)
        # Rounding must not let a cell come back: it could drop out again, and so on.
        theta = xp.maximum(theta, (total - 1.0) / number)
        return theta, number, xp.any(number != before)

    lowest = xp.full_like(x[:, :1], -1.0)
    state = (lowest, xp.zeros_like(lowest), xp.bool_(True))
    if xp is np:
        while state[2]:
            state = raised(state)
        return state[0]
    theta, _, _ = jax.lax.while_loop(lambda state: state[2], raised, state)
    return theta
