"""Goals: what counts as solved when that is less than every clause.

The inner variables of a circuit only carry the dynamics. With a goal a run is solved as soon as
the variables that are asked for are right, whatever the others say.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Self

import jax
import numpy as np
from jaxtyping import Array, Bool, Int

from odesolve.potentials.arrays import array_namespace
from odesolve.potentials.device import on_device, on_host

#: A bit of a number: a constant, or (variable, negated).
Bit = int | tuple[int, bool]

LIMB_BITS = 8


class Goal(ABC):
    """A test of an assignment that is exact.

    Attributes:
        takes_numpy: whether it tests arrays of NumPy as well as JAX's.
    """

    takes_numpy: ClassVar[bool] = False

    @abstractmethod
    def reached(self, values: Int[Array, "variables runs"]) -> Bool[Array, " runs"]:
        """Whether each run's assignment is an answer."""

    def moved(self, places: Int[np.ndarray, " variables"]) -> Self | None:
        """The same of a larger system, in which variable v is ``places[v]``; None if unknown."""
        return None


@partial(
    jax.tree_util.register_dataclass,
    data_fields=["variable", "negated", "constant", "target"],
    meta_fields=["first_width"],
)
@dataclass(frozen=True, eq=False)
class ProductGoal(Goal):
    """The bits of two numbers multiply to ``target``.

    Numbers of any size: they are multiplied in limbs of 8 bits, in 32-bit integers.
    """

    variable: Int[Array, " bits"]
    negated: Bool[Array, " bits"]
    constant: Int[Array, " bits"]
    target: Int[Array, " limbs"]
    first_width: int

    takes_numpy: ClassVar[bool] = True

    @classmethod
    def of(cls, first: Sequence[Bit], second: Sequence[Bit], product: int) -> ProductGoal:
        """The goal first x second = product, bits from the lowest."""
        # Whole limbs: numbers of nearly one width share a compiled function.
        first, second = ([*own, *[0] * (-len(own) % LIMB_BITS)] for own in (first, second))
        bits = [*first, *second]
        variable = [-1 if isinstance(bit, int) else bit[0] for bit in bits]
        negated = [False if isinstance(bit, int) else bit[1] for bit in bits]
        constant = [bit if isinstance(bit, int) else 0 for bit in bits]
        count = _limbs(len(first)) + _limbs(len(second))
        target = [(product >> (LIMB_BITS * i)) % 2**LIMB_BITS for i in range(count)]
        if product >> (LIMB_BITS * count) or product < 0:
            target = [-1] * count  # no product of these widths: never reached
        return cls(
            on_device(np.array(variable, np.int32)),
            on_device(np.array(negated, bool)),
            on_device(np.array(constant, np.int32)),
            on_device(np.array(target, np.int32)),
            len(first),
        )

    def moved(self, places: Int[np.ndarray, " variables"]) -> Self:
        variable = on_host(self.variable)
        moved = np.where(variable >= 0, places[np.maximum(variable, 0)], -1).astype(np.int32)
        return replace(self, variable=on_device(moved))

    def reached(self, values: Int[Array, "variables runs"]) -> Bool[Array, " runs"]:
        xp = array_namespace(values, self.variable)
        known = values[xp.maximum(self.variable, 0)] ^ self.negated[:, None].astype(values.dtype)
        bits = xp.where(self.variable[:, None] >= 0, known, self.constant[:, None])
        first, second = _to_limbs(bits[: self.first_width]), _to_limbs(bits[self.first_width :])
        columns = [xp.zeros_like(bits[0]) for _ in range(len(first) + len(second))]
        for i, a in enumerate(first):
            for j, b in enumerate(second):
                columns[i + j] += a * b
        carry = xp.zeros_like(bits[0])
        equal = carry == 0
        for column, wanted in zip(columns, self.target, strict=True):
            carry = carry + column
            equal = equal & (carry % 2**LIMB_BITS == wanted)
            carry = carry // 2**LIMB_BITS
        return equal & (carry == 0)


def _limbs(width: int) -> int:
    return -(-width // LIMB_BITS)


def _to_limbs(bits: Int[Array, "bits runs"]) -> list[Int[Array, " runs"]]:
    powers = np.left_shift(1, np.arange(LIMB_BITS), dtype=np.int32)[:, None]
    starts = range(0, bits.shape[0], LIMB_BITS)
    parts = [bits[start : start + LIMB_BITS] for start in starts]
    return [(part * powers[: part.shape[0]]).sum(axis=0, dtype=np.int32) for part in parts]
