"""What every constraint of a model has: operands, and the exact test of whether it holds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from odesolve.problems.models.values import Values


@dataclass(frozen=True, eq=False)
class Variable:
    """An integer of a model; made by ``Model.integer`` and ``Model.boolean``.

    Attributes:
        number: in its model, from 0.
        name: in its model, without equal there.
        values: that it may take.
    """

    number: int
    name: str
    values: Values

    def __repr__(self) -> str:
        return self.name


#: A variable of the model, or an integer.
Operand: TypeAlias = Variable | int


class Constraint(ABC):
    """A relation between integers.

    A constraint is a frozen dataclass. ``holds`` is what decides whether an answer is right: it
    computes with Python's integers and shares nothing with the potentials.
    """

    @property
    @abstractmethod
    def operands(self) -> tuple[Operand, ...]:
        """All operands in a fixed order; one may stand there more than once."""

    @abstractmethod
    def holds(self, values: Sequence[int]) -> bool:
        """Whether the relation holds for values of the operands, in their order."""

    @abstractmethod
    def with_operands(self, operands: Sequence[Operand]) -> Constraint:
        """The same relation between other operands, given in the order of ``operands``."""

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Its variables, each once, in order."""
        own = (operand for operand in self.operands if isinstance(operand, Variable))
        return tuple(dict.fromkeys(own))


def operand(given: Any, where: str) -> Operand:
    """A variable, or an integer of any type, as Python's.

    Raises:
        ValueError: if it is neither.
    """
    if type(given) is int:  # nearly all are: a file may hold millions
        return given
    if isinstance(given, Variable):
        return given
    try:
        if isinstance(given, float | str):
            raise TypeError
        return int(given.__index__())
    except (TypeError, AttributeError):
        kind = type(given).__name__
        raise ValueError(f"{where}: {kind} {given!r}; expected a variable or an integer") from None


def operands(given: Iterable[Any], where: str) -> tuple[Operand, ...]:
    """Several operands.

    Raises:
        ValueError: if one is neither a variable nor an integer.
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ValueError(f"{where}: {given!r}; expected a list of variables and integers")
    return tuple(operand(each, where) for each in given)


def integer(given: Any, where: str) -> int:
    """An integer of any type as Python's.

    Raises:
        ValueError: if it is none.
    """
    result = operand(given, where)
    if isinstance(result, Variable):
        raise ValueError(f"{where}: the variable {result}; expected an integer")
    return result


def integers(given: Iterable[Any], where: str) -> tuple[int, ...]:
    """Several integers.

    Raises:
        ValueError: if one is none.
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise ValueError(f"{where}: {given!r}; expected a list of integers")
    return tuple(integer(each, where) for each in given)
