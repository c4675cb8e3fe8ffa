"""``WideThreshold``: a pseudo-Boolean constraint whose sums do not fit into 32 bits."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from odesolve.potentials.clauses import Data
from odesolve.potentials.families.literals import as_integers, as_literals
from odesolve.potentials.families.threshold import Threshold, ThresholdForm, Words
from odesolve.potentials.pytrees import pytree

#: A word of a sum stays below 2 to this power, whatever the number of literals.
SUM_BITS = 30


@pytree
@dataclass(frozen=True, eq=False)
class WideThreshold(Threshold):
    """``Threshold`` in its min form, for coefficients and bounds of any size, without rounding.

    Numbers are held as words of ``bits`` bits, the lowest first, so few that the sum of each word
    over all literals fits into 32 bits. Sums are compared exactly, word by word with a borrow: V
    and the pulls are what ``Threshold`` would give if it had longer integers. ``from_integers``
    splits the numbers.

    Attributes:
        scopes: variables from 0, ``[clauses, arity]``.
        signs: +1, -1, or 0 for padding, ``[clauses, arity]``.
        coefficients: ``[clauses, arity, words]``.
        bounds: ``[clauses, words]``.
        form: "min".
        bits: of a word.

    Raises:
        ValueError: as ``Threshold``, or if words are not as ``from_integers`` chooses them.

    Example:
        The columns are two assignments of two bits; the first one violates the clause.
        A number of 41 digits takes five words.

        >>> import odesolve as ode
        >>> ode.WideThreshold.from_integers([[0, 1]], [[1, 1]], [[10**40, 3]], [10**40]).words
        5

        >>> import numpy as np
        >>> import odesolve as ode
        >>> clauses = ode.WideThreshold.from_integers([[0, 1]], [[1, 1]], [[10**40, 3]], [10**40])
        >>> system = ode.compile_system([(ode.Box(), 2)], [clauses])
        >>> system.violated(np.array([[0, 1], [1, 0]])).tolist()
        [[1, 0]]
    """

    family = "WideThreshold"

    scopes: Int[Data, "clauses arity"]
    signs: Float[Data, "clauses arity"]
    coefficients: Int[Data, "clauses arity words"]
    bounds: Int[Data, "clauses words"]
    form: ThresholdForm = field(default="min", metadata={"static": True})
    bits: int = field(default=1, metadata={"static": True})

    @classmethod
    def from_integers(
        cls, scopes: Any, signs: Any, coefficients: Any, bounds: Sequence[int]
    ) -> WideThreshold:
        """Rows from Python integers of any size.

        Arguments:
            scopes, signs: as in ``Threshold``, ``[clauses, arity]``.
            coefficients: positive integers ``[clauses, arity]``; those of padding do not matter.
            bounds: positive integers ``[clauses]``.

        Raises:
            ValueError: if the numbers are not positive integers of these shapes, or the literals
                of a row together do not reach its bound.
        """
        table, own_signs = as_literals(scopes, signs, cls.family)
        numbers = _as_exact(coefficients, "coefficients", table.shape)
        least = _as_exact(bounds, "bounds", table.shape[:1])
        numbers = np.where(own_signs == 0, 0, numbers)
        if (numbers[own_signs != 0] <= 0).any() or (least <= 0).any():
            raise ValueError("WideThreshold: coefficients and bounds must be positive")
        totals = numbers.sum(axis=1)
        if (totals < least).any():
            raise ValueError("WideThreshold: all literals together must reach the bound")
        bits = SUM_BITS - table.shape[1].bit_length()
        if bits < 1:
            raise ValueError(f"WideThreshold: at most {2**SUM_BITS // 4} literals in a row")
        # Twice the sum: a bound and one more coefficient are compared with it.
        largest = 2 * int(max(totals, default=0))
        count = max(-(-largest.bit_length() // bits), 1)
        return cls(
            table, own_signs, _split(numbers, count, bits), _split(least, count, bits), "min", bits
        )

    def __post_init__(self) -> None:
        if self.form != "min":
            raise ValueError(f"WideThreshold: form is 'min', got {self.form!r}")
        if isinstance(self.scopes, list | tuple | np.ndarray):
            scopes, signs = as_literals(self.scopes, self.signs, self.family)
            words = np.shape(self.bounds)[-1:]
            shape = (*scopes.shape, *words)
            numbers = as_integers(self.coefficients, "coefficients", shape, self.family)
            bounds = as_integers(self.bounds, "bounds", (len(scopes), *words), self.family)
            if not 1 <= self.bits <= SUM_BITS - scopes.shape[1].bit_length() or not all(words):
                raise ValueError("WideThreshold: bits and words as `from_integers` chooses them")
            for name, value in (("coefficients", numbers), ("bounds", bounds)):
                if ((value < 0) | (value >> self.bits > 0)).any():
                    raise ValueError(f"WideThreshold: {name} have words of {self.bits} bits")
            object.__setattr__(self, "scopes", scopes)
            object.__setattr__(self, "signs", signs)
            object.__setattr__(self, "coefficients", numbers)
            object.__setattr__(self, "bounds", bounds)

    @property
    def words(self) -> int:
        """Words of each number."""
        return int(self.bounds.shape[1])

    def signature(self) -> tuple[Hashable, ...]:
        return (*super().signature(), self.bits, self.words)

    def scratch_floats(self) -> int:
        return self.words * int(self.scopes.shape[1])

    def _coefficients(self) -> Words:
        return tuple(jnp.moveaxis(jnp.asarray(self.coefficients), 2, 0))

    def _least_sums(self) -> Words:
        return tuple(jnp.asarray(self.bounds).T)

    def _enough(self, total: Words, needed: Words) -> Bool[Array, "..."]:
        # The sign of the difference is that of its highest word, after what the others borrow.
        difference = total[0] - needed[0]
        for own, asked in zip(total[1:], needed[1:], strict=True):
            difference = (difference >> self.bits) + own - asked
        return difference >= 0


def _as_exact(numbers: Any, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Python integers in an array of this shape."""
    array = np.array(numbers, object)
    whole = all(isinstance(n, int | np.integer) and not isinstance(n, bool) for n in array.flat)
    if array.shape != shape or not whole:
        raise ValueError(f"WideThreshold: {name} must be integers {list(shape)}")
    return np.array([int(n) for n in array.flat], object).reshape(shape)


def _split(numbers: np.ndarray, count: int, bits: int) -> Int[np.ndarray, "... words"]:
    """Python integers as words, on a new last axis."""
    mask = 2**bits - 1
    words = [(numbers >> (bits * i)) & mask for i in range(count)]
    return np.stack(words, axis=-1).astype(np.int32)
