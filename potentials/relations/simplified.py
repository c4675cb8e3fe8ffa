"""What presolve hands back: a smaller system and the way back, or a contradiction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Int

from odesolve.potentials.relations.relation import Relation


class RelationContradiction(Exception):
    """Presolve proved that the relations have no common solution.

    Attributes:
        name: the relation that no assignment can satisfy any more.
        variables: its variables.
    """

    def __init__(self, name: str, variables: Sequence[int]) -> None:
        super().__init__(f"{name} cannot be satisfied")
        self.name, self.variables = name, tuple(variables)


@dataclass(frozen=True)
class Simplified:
    """What presolve leaves of a system of relations.

    Attributes:
        relations: what is left, each depending on all its variables, in original numbers.
        values: variable -> bit, for every variable that is known, the given ones included.
        aliases: variable -> (representative, negated), for unknown variables that were merged;
            the representative is the lowest variable of its class.
        free: representatives that no relation restricts.
        variable_count: variables of the original system.
        given_count: how many of them were fixed from outside.
    """

    relations: tuple[Relation, ...]
    values: dict[int, int]
    aliases: dict[int, tuple[int, bool]]
    free: tuple[int, ...]
    variable_count: int
    given_count: int

    @cached_property
    def unknowns(self) -> Int[np.ndarray, " unknowns"]:
        """The variables of the relations left, ascending."""
        return np.array(sorted({v for r in self.relations for v in r.variables}), np.int64)

    @property
    def fixed_count(self) -> int:
        """Variables that presolve fixed, the given ones left out."""
        return len(self.values) - self.given_count

    @property
    def merged_count(self) -> int:
        """Unknown variables that were replaced by another one."""
        return len(self.aliases)

    @property
    def solved(self) -> bool:
        """Whether no relation is left, so that there is nothing for the dynamics to do."""
        return not self.relations

    def summary(self) -> str:
        """One line for people: what presolve did."""
        unknown = self.variable_count - self.given_count
        line = f"presolve fixed {self.fixed_count} of {unknown} variables"
        if self.merged_count:
            line += f", merged {self.merged_count}"
        if self.free:
            line += f", left {len(self.free)} free"
        return line + ("; it did the whole work" if self.solved else "")

    def numbered(self) -> list[Relation]:
        """The relations left, over 0 ... len(unknowns) - 1 (positions in ``unknowns``)."""
        position = {int(variable): i for i, variable in enumerate(self.unknowns)}
        return [
            Relation(tuple(position[v] for v in left.variables), left.allowed, left.name)
            for left in self.relations
        ]

    def lift(
        self, assignment: Mapping[int, int] | Sequence[int] | np.ndarray
    ) -> Int[np.ndarray, "variables ..."]:
        """A full assignment of the original variables.

        Arguments:
            assignment: bits of the variables of ``unknowns``: a sequence ``[unknowns]`` or
                array ``[unknowns, runs]`` in that order, or a mapping by variable, which may also
                give the variables of ``free`` (0 if it does not).

        Returns:
            Bits, ``[variable_count]`` or ``[variable_count, runs]``.

        Raises:
            ValueError: if the sequence's length is not that of ``unknowns``.
            KeyError: if the mapping lacks one of ``unknowns``.
        """
        free: dict[int, int] = {}
        if isinstance(assignment, Mapping):
            free = {v: assignment[v] for v in self.free if v in assignment}
            assignment = [assignment[int(v)] for v in self.unknowns]
        bits = np.asarray(assignment, np.int64)
        if len(bits) != len(self.unknowns):
            raise ValueError(
                f"presolve left {len(self.unknowns)} variables, got values of {len(bits)}"
            )
        full = np.zeros((self.variable_count, *bits.shape[1:]), np.int64)
        column = (-1,) + (1,) * (bits.ndim - 1)
        full[self.unknowns] = bits
        for variable, bit in free.items():
            full[variable] = bit
        known, values = self._known
        full[known] = values.reshape(column)
        merged, representatives, negated = self._merged
        full[merged] = full[representatives] ^ negated.reshape(column)
        return full

    @cached_property
    def _known(self) -> tuple[Int[np.ndarray, " known"], Int[np.ndarray, " known"]]:
        """The variables of ``values``, and their bits."""
        return _column(self.values), _column(self.values.values())

    @cached_property
    def _merged(self) -> tuple[Int[np.ndarray, " merged"], ...]:
        """The variables of ``aliases``, their representatives, and 1 where they are negated."""
        pairs = self.aliases.values()
        roots, negated = _column(root for root, _ in pairs), _column(own for _, own in pairs)
        return _column(self.aliases), roots, negated


def _column(numbers: Iterable[int]) -> Int[np.ndarray, " n"]:
    return np.array(list(numbers), np.int64)
