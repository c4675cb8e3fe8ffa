"""Disjunctions, parities, and constraints that depend on a truth value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from odesolve.problems.models.constraints.base import (
    Constraint,
    Operand,
    Variable,
    operand,
    operands,
)


def check_truth(own: Operand, where: str) -> None:
    """Refuse an operand that may be other than 0 and 1.

    Raises:
        ValueError: naming it.
    """
    low, high = (own.values.lowest, own.values.highest) if isinstance(own, Variable) else (own, own)
    if low < 0 or high > 1:
        raise ValueError(f"{where}: {own} may be other than 0 and 1; expected a truth value")


@dataclass(frozen=True)
class Clause(Constraint):
    """At least one of some truth values is 1, or one of some others is 0.

    Attributes:
        positive, negative: operands that are 0 or 1.

    Example:
        >>> import odesolve as ode
        >>> ode.constraints.Clause([0, 0], [1]).holds([0, 0, 1])
        False
    """

    positive: Sequence[Operand]
    negative: Sequence[Operand] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "positive", operands(self.positive, "Clause"))
        object.__setattr__(self, "negative", operands(self.negative, "Clause"))

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (*self.positive, *self.negative)

    def holds(self, values: Sequence[int]) -> bool:
        count = len(self.positive)
        return any(v != 0 for v in values[:count]) or any(v == 0 for v in values[count:])

    def with_operands(self, operands: Sequence[Operand]) -> Clause:
        count = len(self.positive)
        return Clause(tuple(operands[:count]), tuple(operands[count:]))


@dataclass(frozen=True)
class Parity(Constraint):
    """The number of truth values that are 1 is odd, or even.

    Attributes:
        terms: operands that are 0 or 1.
        odd: whether it must be odd.
    """

    terms: Sequence[Operand]
    odd: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", operands(self.terms, "Parity"))
        for term in self.terms:
            check_truth(term, "Parity")
        object.__setattr__(self, "odd", bool(self.odd))

    @property
    def operands(self) -> tuple[Operand, ...]:
        return tuple(self.terms)

    def holds(self, values: Sequence[int]) -> bool:
        return (sum(values) % 2 == 1) == self.odd

    def with_operands(self, operands: Sequence[Operand]) -> Parity:
        return Parity(tuple(operands), self.odd)


@dataclass(frozen=True)
class _Conditional(Constraint):
    truth: Operand
    constraint: Constraint
    when: int = 1

    def __post_init__(self) -> None:
        name = type(self).__name__
        object.__setattr__(self, "truth", operand(self.truth, name))
        if self.when not in (0, 1):
            raise ValueError(f"{name}: when={self.when!r}; expected 0 or 1")
        check_truth(self.truth, name)
        if not isinstance(self.constraint, Constraint):
            kind = type(self.constraint).__name__
            raise ValueError(f"{name}: a value of type {kind}; expected a constraint")

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (self.truth, *self.constraint.operands)

    def with_operands(self, operands: Sequence[Operand]) -> Self:
        return type(self)(operands[0], self.constraint.with_operands(operands[1:]), self.when)


@dataclass(frozen=True)
class Implied(_Conditional):
    """Where a truth value is ``when``, a constraint holds (half reification).

    Example:
        >>> import odesolve as ode
        >>> positive = ode.constraints.Sum([-1], [5], "<=", -1)
        >>> ode.constraints.Implied(1, positive).holds([1, 5])
        True
    """

    def holds(self, values: Sequence[int]) -> bool:
        return values[0] != self.when or self.constraint.holds(values[1:])


@dataclass(frozen=True)
class Reified(_Conditional):
    """A truth value is ``when`` exactly where a constraint holds (full reification)."""

    def holds(self, values: Sequence[int]) -> bool:
        return (values[0] == self.when) == self.constraint.holds(values[1:])
