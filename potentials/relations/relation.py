"""``Relation``: some bit variables and the rows that they may take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from jaxtyping import Bool

from odesolve.potentials.relations import table_algebra as algebra
from odesolve.potentials.relations.fourier import MAXIMUM_ARITY, truth_table_from_predicate


@dataclass(frozen=True, eq=False)
class Relation:
    """A relation of up to 12 distinct bit variables, as its truth table.

    Arguments:
        variables: variable numbers; the first is the most significant bit of a row's number.
        allowed: ``[2**arity]`` booleans, true for each satisfying row. Kept read-only.
        name: what messages call it, for example ``full adder at bit 3``.

    Raises:
        ValueError: if variables repeat, are negative or more than 12, or the table has another
            length.
    """

    variables: tuple[int, ...]
    allowed: Bool[np.ndarray, " rows"]
    name: str = "relation"

    def __post_init__(self) -> None:
        variables = tuple(int(variable) for variable in self.variables)
        allowed = np.array(self.allowed, bool).ravel()
        if len(variables) > MAXIMUM_ARITY:
            raise ValueError(
                f"{self.name}: at most {MAXIMUM_ARITY} variables, got {len(variables)}"
            )
        if len(set(variables)) < len(variables) or min(variables, default=0) < 0:
            raise ValueError(f"{self.name}: variables must be distinct and from 0, got {variables}")
        if allowed.size != 2 ** len(variables):
            raise ValueError(
                f"{self.name}: {len(variables)} variables need {2 ** len(variables)} rows, "
                f"got {allowed.size}"
            )
        allowed.flags.writeable = False
        object.__setattr__(self, "variables", variables)
        object.__setattr__(self, "allowed", allowed)

    @classmethod
    def from_predicate(
        cls, variables: Sequence[int], predicate: Callable[..., object], name: str = "relation"
    ) -> Self:
        """The relation of a Python predicate of ints 0 or 1, one for each variable."""
        return cls(tuple(variables), truth_table_from_predicate(predicate, len(variables)), name)

    @classmethod
    def from_scope(cls, scope: Sequence[int], allowed: Any, name: str = "relation") -> Self:
        """A relation whose scope may name a variable more than once (as squares do).

        Arguments:
            scope: variable numbers, repeats allowed.
            allowed: ``[2**len(scope)]``; rows that give a variable two values are dropped.

        Raises:
            ValueError: as for a relation of ``len(scope)`` variables.
        """
        table = cls(tuple(range(len(scope))), allowed, name).table
        variables: list[int] = []
        for variable in scope:
            if variable in variables:
                kept = variables.index(variable)
                table = algebra.identified(table, kept, len(variables), False)
            else:
                variables.append(variable)
        return cls._of_table(tuple(variables), table, name)

    @classmethod
    def _of_table(cls, variables: tuple[int, ...], table: algebra.Table, name: str) -> Self:
        return cls(variables, np.frombuffer(table, bool), name)

    @property
    def table(self) -> algebra.Table:
        """The truth table as bytes: equal for equal relations, whatever their variables."""
        return self.allowed.tobytes()

    @property
    def arity(self) -> int:
        """The number of variables."""
        return len(self.variables)

    @property
    def is_empty(self) -> bool:
        """Whether no row satisfies it."""
        return not self.allowed.any()

    def restricted(self, fixed: Mapping[int, int]) -> Self:
        """The relation that is left of the other variables when these hold these bits.

        Variables that it does not have are ignored.
        """
        variables, table = self.variables, self.table
        for variable, bit in fixed.items():
            if variable in variables:
                position = variables.index(variable)
                table = algebra.restricted(table, position, _as_bit(bit))
                variables = variables[:position] + variables[position + 1 :]
        return self._of_table(variables, table, self.name)

    def identified(self, variable: int, other: int, negated: bool = False) -> Self:
        """The relation with ``variable`` replaced by ``other``, or by its negation.

        ``other`` need not be in it yet; a relation without ``variable`` comes back unchanged.

        Raises:
            ValueError: if both are one variable.
        """
        if variable == other:
            raise ValueError(f"{self.name}: cannot identify variable {variable} with itself")
        if variable not in self.variables:
            return self
        position = self.variables.index(variable)
        before, after = self.variables[:position], self.variables[position + 1 :]
        if other in self.variables:
            kept = self.variables.index(other)
            table = algebra.identified(self.table, kept, position, negated)
            return self._of_table(before + after, table, self.name)
        table = algebra.flipped(self.table, position) if negated else self.table
        return self._of_table((*before, other, *after), table, self.name)

    def without_irrelevant(self) -> Self:
        """The same relation of only those variables on which it depends."""
        irrelevant = {
            i
            for i in range(self.arity)
            if algebra.restricted(self.table, i, 0) == algebra.restricted(self.table, i, 1)
        }
        return self.restricted({self.variables[i]: 0 for i in irrelevant})

    def forced(self) -> dict[int, int]:
        """Variables that hold the same bit in every satisfying row; none if there is no row."""
        return {self.variables[i]: bit for i, bit in algebra.facts_of(self.table).forced}

    def equalities(self) -> list[tuple[int, int, bool]]:
        """Pairs (u, v, negated) that are equal, or opposite, in every satisfying row.

        Forced variables are left out; an empty relation has no pairs.
        """
        return [
            (self.variables[i], self.variables[j], negated)
            for i, j, negated in algebra.facts_of(self.table).equalities
        ]


def _as_bit(value: int) -> int:
    if value not in (0, 1):
        raise ValueError(f"a bit is 0 or 1, got {value!r}")
    return int(value)
