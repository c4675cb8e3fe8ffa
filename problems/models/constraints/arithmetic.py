"""Sums, products and other operations on integers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal, Self, get_args

from odesolve.problems.models.constraints.base import (
    Constraint,
    Operand,
    integer,
    integers,
    operand,
    operands,
)

Comparison = Literal["==", "!=", "<="]


@dataclass(frozen=True)
class Sum(Constraint):
    """``sum_i coefficients[i] terms[i]`` compared with a bound.

    Attributes:
        coefficients: integers of any size.
        terms: as many operands.
        comparison: "==", "!=" or "<=".
        bound: an integer of any size.

    Raises:
        ValueError: if the numbers of coefficients and terms differ, or one is no integer.

    Example:
        >>> import odesolve as ode
        >>> ode.constraints.Sum([2, -1], [5, 3], "==", 7).holds([5, 3])
        True
    """

    coefficients: Sequence[int]
    terms: Sequence[Operand]
    comparison: Comparison
    bound: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "coefficients", integers(self.coefficients, "Sum"))
        object.__setattr__(self, "terms", operands(self.terms, "Sum"))
        object.__setattr__(self, "bound", integer(self.bound, "Sum"))
        if self.comparison not in get_args(Comparison):
            raise ValueError(f"Sum: comparison {self.comparison!r}; expected '==', '!=' or '<='")
        if len(self.coefficients) != len(self.terms):
            raise ValueError(
                f"Sum: {len(self.coefficients)} coefficients for {len(self.terms)} terms"
            )

    @property
    def operands(self) -> tuple[Operand, ...]:
        return tuple(self.terms)

    def holds(self, values: Sequence[int]) -> bool:
        total = sum(c * v for c, v in zip(self.coefficients, values, strict=True))
        if self.comparison == "==":
            return total == self.bound
        return total != self.bound if self.comparison == "!=" else total <= self.bound

    def with_operands(self, operands: Sequence[Operand]) -> Sum:
        return Sum(self.coefficients, tuple(operands), self.comparison, self.bound)


@dataclass(frozen=True)
class _Fields(Constraint):
    """A constraint whose fields are its operands."""

    @property
    def operands(self) -> tuple[Operand, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))

    def with_operands(self, operands: Sequence[Operand]) -> Self:
        return type(self)(*operands)

    def __post_init__(self) -> None:
        for field in fields(self):
            given = getattr(self, field.name)
            object.__setattr__(self, field.name, operand(given, type(self).__name__))


@dataclass(frozen=True)
class Product(_Fields):
    """``left * right == result``."""

    left: Operand
    right: Operand
    result: Operand

    def holds(self, values: Sequence[int]) -> bool:
        left, right, result = values
        return left * right == result


@dataclass(frozen=True)
class Quotient(_Fields):
    """``left / right == result``, rounded towards zero; ``right`` must not be 0."""

    left: Operand
    right: Operand
    result: Operand

    def holds(self, values: Sequence[int]) -> bool:
        left, right, result = values
        return right != 0 and truncated(left, right) == result


@dataclass(frozen=True)
class Remainder(_Fields):
    """``left - right * (left / right) == result`` with the quotient rounded towards zero.

    The result has the sign of ``left``; ``right`` must not be 0.
    """

    left: Operand
    right: Operand
    result: Operand

    def holds(self, values: Sequence[int]) -> bool:
        left, right, result = values
        return right != 0 and left - right * truncated(left, right) == result


@dataclass(frozen=True)
class Power(_Fields):
    """``base ** exponent == result``; a negative exponent needs a base of 1 or -1."""

    base: Operand
    exponent: Operand
    result: Operand

    def holds(self, values: Sequence[int]) -> bool:
        base, exponent, result = values
        if exponent < 0:
            return abs(base) == 1 and base ** (exponent % 2) == result
        # An exponent of millions would take for ever; no such power is a result that is stored.
        if abs(base) > 1 and exponent > max(abs(result), 2).bit_length():
            return False
        return base**exponent == result


@dataclass(frozen=True)
class AbsoluteValue(_Fields):
    """``abs(argument) == result``."""

    argument: Operand
    result: Operand

    def holds(self, values: Sequence[int]) -> bool:
        argument, result = values
        return abs(argument) == result


@dataclass(frozen=True)
class _Extreme(Constraint):
    terms: Sequence[Operand]
    result: Operand

    def __post_init__(self) -> None:
        name = type(self).__name__
        object.__setattr__(self, "terms", operands(self.terms, name))
        object.__setattr__(self, "result", operand(self.result, name))
        if not self.terms:
            raise ValueError(f"{name}: no terms; expected at least one")

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (*self.terms, self.result)

    def with_operands(self, operands: Sequence[Operand]) -> Self:
        return type(self)(tuple(operands[:-1]), operands[-1])


@dataclass(frozen=True)
class Minimum(_Extreme):
    """The least of some terms is the result."""

    def holds(self, values: Sequence[int]) -> bool:
        return min(values[:-1]) == values[-1]


@dataclass(frozen=True)
class Maximum(_Extreme):
    """The greatest of some terms is the result."""

    def holds(self, values: Sequence[int]) -> bool:
        return max(values[:-1]) == values[-1]


def truncated(left: int, right: int) -> int:
    """left / right, rounded towards zero."""
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient
