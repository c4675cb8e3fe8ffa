"""What a problem must say of itself to be quadratized, and what an answer lifted to it is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import numpy as np
from jaxtyping import Bool, Int

from odesolve.problems.quadratization.model import PenaltyModel

__all__ = ["Judgement", "Quadratic", "Source"]


@dataclass(frozen=True)
class Judgement:
    """An answer to a problem, judged there.

    Attributes:
        solution: JSON-ready: name -> value, or the literals of a formula's model.
        text: the same for a person.
        violated: constraints that do not hold.
        total: constraints.
        first: the first of the violated ones, in words.
        cost: where the problem has one; None otherwise.
    """

    solution: Any
    text: str
    violated: int
    total: int
    first: tuple[str, ...] = ()
    cost: int | None = None


@dataclass(frozen=True, eq=False)
class Quadratic:
    """The penalties of a problem, and how its bits are read from their variables.

    Attributes:
        model: all penalties.
        names: of the model's first variables; those behind them are ancillas.
        variables: for each bit of the problem the model's variable; -1 for a constant.
        flips: whether the bit is that variable's negation, or, of a constant, whether it is 1.
        ground_energy: the energy of the solutions; None where it is the least cost.
        hard_weight: an energy below it, the cost of every assignment left aside, breaks no
            constraint.
        notes: for the user.
    """

    model: PenaltyModel
    names: Sequence[str]
    variables: Int[np.ndarray, " bits"]
    flips: Bool[np.ndarray, " bits"]
    ground_energy: int | None = 0
    hard_weight: int = 1
    notes: tuple[str, ...] = field(default=())


class Source(ABC):
    """A problem that can be quadratized."""

    #: What it is called in files.
    kind: ClassVar[str]

    @property
    @abstractmethod
    def title(self) -> str:
        """One line for a person."""

    @abstractmethod
    def quadratic(self) -> Quadratic:
        """Its penalties."""

    @abstractmethod
    def judged(self, bits: Bool[np.ndarray, " bits"]) -> Judgement:
        """An assignment of all its bits, judged by the problem's own exact checker."""

    @abstractmethod
    def document(self) -> dict[str, Any]:
        """The problem as JSON can hold it."""

    @classmethod
    @abstractmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The problem from its document.

        Raises:
            KeyError, TypeError, ValueError, InputError: it is none.
        """
