"""The interface of a clause family: many clauses of one kind, held in arrays.

A family is a frozen dataclass registered as a pytree. Its array fields (``scopes`` first) have
the clauses as their leading axis, so that batches of one family are joined by concatenation and
one kernel serves them all: trace and compile time do not depend on the number of clauses.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from odesolve.potentials.domains import Domain
from odesolve.potentials.layout import Layout
from odesolve.potentials.pytrees import is_data

#: Data of clauses: NumPy while they are built, JAX inside a compiled function. Constructors take
#: lists as well and make arrays of them; a field has one type for both, which must allow for that.
if TYPE_CHECKING:
    Data: TypeAlias = Any
else:
    Data = Array | np.ndarray

CellValues = Float[Array, "clauses width runs"]
Potential = Float[Array, "clauses runs"]


#: Gives the number of a spare variable of a domain that is fixed at a value.
Spare = Callable[[Domain, int], int]

#: Chances are not taken as less than this: a float32 difference from 1 has no smaller parts.
LEAST_CHANCE = 1e-6


@dataclass(frozen=True, eq=False)
class Clauses(ABC):
    """A batch of clauses of one family and one arity.

    ``scopes[m]`` lists the variables of clause ``m``. In every method ``x`` holds the cells of
    those variables one after the other, ``[clauses, width, runs]``, and ``domains`` has one
    domain for each variable of the scope.

    A family of your own is a frozen dataclass that is registered as a pytree
    (``odesolve.potentials.pytrees.pytree``) and says ``value``, ``satisfied`` and ``validate``.

    Attributes:
        scopes: variables from 0, ``[clauses, arity]``.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or([[0, 1], [1, 2]], [[1, 1], [-1, 1]])
        >>> len(clauses), clauses.family, clauses.conservative
        (2, 'Or', False)
        >>> clauses.take([1]).scopes.tolist()
        [[1, 2]]
    """

    #: Name used in messages.
    family: ClassVar[str]
    #: Whether the kernels treat narrow clauses position by position (``potentials.positions``).
    by_position: ClassVar[bool] = False
    #: Whether a scope lists the variable of each cell, and ``cells_in`` says which cells those are
    #: (``potentials.families.share_clauses``): such clauses may join any domains.
    by_literal: ClassVar[bool] = False

    scopes: Int[Data, "clauses arity"]

    @property
    def conservative(self) -> bool:
        """Whether ``pull`` is the exact negative gradient of ``value``."""
        return True

    @abstractmethod
    def value(self, x: CellValues, domains: tuple[Domain, ...]) -> Potential:
        """The potential V: 0 exactly on satisfying corners, at most 1 on the others."""

    def pull(self, x: CellValues, domains: tuple[Domain, ...]) -> CellValues:
        """The force of each clause on its own cells, -dV/dx unless the family says otherwise."""
        return self.value_and_pull(x, domains)[1]

    def value_and_pull(
        self, x: CellValues, domains: tuple[Domain, ...]
    ) -> tuple[Potential, CellValues]:
        """Both at once; by automatic differentiation, once for the family, unless overridden."""
        value, pullback = jax.vjp(lambda cells: self.value(cells, domains), x)
        return value, -pullback(jnp.ones_like(value))[0]

    def rigidity(self, x: CellValues, domains: tuple[Domain, ...]) -> CellValues | None:
        """The force that holds a satisfied clause's responsible cell; None if there is none."""
        return None

    def polarity(self) -> Float[Data, "clauses arity"] | None:
        """The signs of a disjunction's literals: +1 for a bit, -1 for its negation, 0 for padding.

        None for other families.
        """
        return None

    def spared(self, forced: CellValues) -> CellValues:
        """How each clause leaves its bits alone when the others are forced with given chances.

        Arguments:
            forced: the chance that the bit's literal is forced to be false by other clauses;
                1 for padding.

        Returns:
            The chance that the clause holds with the literal false, never quite 0.

        Raises:
            ValueError: if the family is not one of disjunctions.
        """
        raise ValueError(f"{self.family} clauses send no warnings; only disjunctions do")

    @abstractmethod
    def satisfied(self, values: Int[Array, "clauses arity runs"]) -> Bool[Array, "clauses runs"]:
        """Whether the decoded values satisfy each clause."""

    @abstractmethod
    def validate(self, domains: tuple[Domain, ...]) -> None:
        """Raise ValueError if the family cannot work on these domains."""

    def cells_in(self, layout: Layout) -> Int[np.ndarray, "clauses width"]:
        """The cells on which each clause acts: all of its variables' unless overridden."""
        return layout.cells_of(np.asarray(self.scopes))

    def scratch_floats(self) -> int:
        """Floats that the kernel needs for one clause and run, beyond its cells and values."""
        return 0

    def idle(self, domains: tuple[Domain, ...], spare: Spare) -> Self | None:
        """One clause of this signature that spare variables satisfy, at V = 0; None if unknown.

        Batches are filled up with it to a size that others share (``potentials.padding``).

        Arguments:
            domains: of a scope; of clauses ``by_literal``, one domain for all of their variables.
            spare: gives the number of a variable that is fixed at a value of a domain.
        """
        return None

    def signature(self) -> tuple[Hashable, ...]:
        """What must agree, besides the domains, for two batches to share one kernel."""
        return (type(self), self.scopes.shape[1])

    @classmethod
    def merged(cls, batches: Sequence[Self]) -> Self:
        """One batch with the clauses of all, in order."""
        first = batches[0]
        names = [field.name for field in fields(first) if is_data(field)]
        joined: dict[str, Any] = {
            name: np.concatenate([np.asarray(getattr(batch, name)) for batch in batches])
            for name in names
        }
        return replace(first, **joined)

    def take(self, rows: Int[np.ndarray, " n"]) -> Self:
        """The batch with these clauses only."""
        names = [field.name for field in fields(self) if is_data(field)]
        picked: dict[str, Any] = {name: np.asarray(getattr(self, name))[rows] for name in names}
        return replace(self, **picked)

    def __len__(self) -> int:
        return int(self.scopes.shape[0])


@dataclass(frozen=True, eq=False)
class Weighted:
    """Clauses that count more or less than others: their forces are multiplied by a weight.

    ``weight`` is a positive number, or one for each clause.

    Attributes:
        clauses: a batch of one family.
        weight: a number without unit, or ``[clauses]``.

    Raises:
        ValueError: when the system is compiled, if a weight is not positive and finite.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or([[0, 1], [1, 2]], [[1, 1], [-1, 1]])
        >>> ode.Weighted(clauses, 2.5).weights().tolist()
        [2.5, 2.5]
    """

    clauses: Clauses
    weight: float | Sequence[float] | np.ndarray

    def weights(self) -> Float[np.ndarray, " clauses"]:
        """One weight a clause.

        Raises:
            ValueError: if a weight is not positive and finite, or their number is wrong.
        """
        weights = np.broadcast_to(np.asarray(self.weight, np.float32), (len(self.clauses),))
        if not (np.isfinite(weights) & (weights > 0)).all():
            raise ValueError(f"{self.clauses.family}: weights must be positive and finite")
        return weights


@dataclass(frozen=True, eq=False)
class Soft:
    """Clauses that may stay violated, each at the cost of its penalty.

    ``penalty`` is a positive integer, or one for each clause. It only ranks assignments; how
    hard the clauses pull is their weight.

    Attributes:
        clauses: a batch of one family.
        penalty: an integer, or ``[clauses]``.

    Raises:
        ValueError: when the system is compiled, if a penalty is no positive integer of 32 bits.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or([[0], [1]], [[1], [1]])
        >>> ode.Soft(clauses, [3, 10]).penalties().tolist()
        [3, 10]
    """

    clauses: Clauses | Weighted
    penalty: int | Sequence[int] | np.ndarray

    def penalties(self) -> Int[np.ndarray, " clauses"]:
        """One penalty a clause.

        Raises:
            ValueError: if a penalty is not a positive integer of 32 bits, or their number is wrong.
        """
        batch = self.clauses.clauses if isinstance(self.clauses, Weighted) else self.clauses
        penalty = np.asarray(self.penalty)
        if penalty.dtype.kind not in "iu" or (penalty <= 0).any() or (penalty >= 2**31).any():
            raise ValueError(f"{batch.family}: penalties must be integers from 1 to 2^31 - 1")
        return np.broadcast_to(penalty.astype(np.int32), (len(batch),))


def as_scopes(scopes: Any, family: str, arity: int | None = None) -> np.ndarray:
    """Scopes as an int32 array ``[clauses, arity]``.

    Raises:
        ValueError: if they are not a rectangular table of non-negative integers.
    """
    if isinstance(scopes, np.ma.MaskedArray):
        raise ValueError(f"{family}: scopes must not be masked")
    try:
        array = np.asarray(scopes)
    except ValueError as error:
        raise ValueError(f"{family}: scopes must be a table of equal rows") from error
    if array.size == 0 and array.ndim != 2:
        array = np.zeros((0, arity or 0), np.int32)
    if array.ndim != 2 or array.dtype.kind not in "iu":
        raise ValueError(
            f"{family}: scopes must be integers [clauses, arity], got {array.dtype} {array.shape}"
        )
    if arity is not None and array.shape[1] != arity:
        raise ValueError(f"{family}: each clause has {arity} variables, got {array.shape[1]}")
    if array.size and array.min() < 0:
        raise ValueError(f"{family}: variables are numbered from 0, got {array.min()}")
    if array.size and array.max() > np.iinfo(np.int32).max:
        raise ValueError(f"{family}: variables are numbered from 0 to 2^31 - 1, got {array.max()}")
    return array.astype(np.int32)
