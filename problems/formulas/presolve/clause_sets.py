"""Clauses as sets of literals with occurrence lists: what steps that rewrite single clauses need.

Tables of rows are made to be rewritten as a whole; variable elimination, strengthening and the like
take one clause after the other. Every clause keeps the origin of a row that it came from.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from odesolve.problems.formulas.formula import LiteralRows
from odesolve.problems.formulas.presolve.rows import CountRows, RowContradiction

__all__ = ["ClauseSets"]


class ClauseSets:
    """Clauses that are added, shortened and removed; units are propagated at once.

    Attributes:
        clauses: number -> literals, at least two.
        holders: literal -> numbers of the clauses that hold it.
        units: literals that are true, in the order in which that was found.
        work: clauses and literals that were looked at, by which a step is limited.
    """

    def __init__(self, rows: CountRows) -> None:
        self.clauses: dict[int, frozenset[int]] = {}
        self.origin: dict[int, int] = {}
        self.holders: defaultdict[int, set[int]] = defaultdict(set)
        self.units: dict[int, None] = {}
        self.work = 0
        self._next = 0
        for row, origin in zip(rows.rows, rows.origin.tolist(), strict=True):
            # To look for what subsumes each would take the square of a long list of holders.
            self.add(row.tolist(), origin, is_new=True)

    def add(self, literals: Iterable[int], origin: int, is_new: bool = False) -> int | None:
        """A clause; its number, or None where it is a unit, satisfied, or there already.

        Arguments:
            is_new: whether to take it without looking for another one that subsumes it.

        Raises:
            RowContradiction: if nothing is left of it.
        """
        clause = frozenset(v for v in literals if -v not in self.units)
        self.work += len(clause)
        if any(v in self.units or -v in clause for v in clause):
            return None
        if len(clause) < 2:
            self._take_unit(clause, origin)
            return None
        if not is_new and self.is_subsumed(clause):
            return None
        number, self._next = self._next, self._next + 1
        self.clauses[number], self.origin[number] = clause, origin
        for literal in clause:
            self.holders[literal].add(number)
        return number

    def remove(self, number: int) -> frozenset[int]:
        """Drop a clause; what it was."""
        clause = self.clauses.pop(number)
        for literal in clause:
            self.holders[literal].discard(number)
        return clause

    def shorten(self, number: int, literals: Iterable[int]) -> int | None:
        """Take literals out of a clause; the number of what is left, as `add` says."""
        origin = self.origin[number]
        return self.add(self.remove(number).difference(literals), origin)

    def _take_unit(self, clause: frozenset[int], origin: int) -> None:
        pending = [(clause, origin)]
        while pending:
            clause, origin = pending.pop()
            clause = frozenset(v for v in clause if -v not in self.units)
            if not clause:
                raise RowContradiction(origin, "is violated by what others imply")
            if any(v in self.units for v in clause):
                continue
            (literal,) = clause
            self.units[literal] = None
            for number in list(self.holders[literal]):
                self.remove(number)
            for number in list(self.holders[-literal]):
                own = self.origin[number]
                rest = self.remove(number) - {-literal}
                self.work += len(rest)
                if len(rest) < 2:
                    pending.append((rest, own))
                else:
                    self.add(rest, own, is_new=True)

    def is_subsumed(self, clause: frozenset[int]) -> bool:
        """Whether all literals of some clause stand in this one."""
        for literal in clause:
            numbers = self.holders[literal]
            self.work += len(numbers)
            if any(self.clauses[number] <= clause for number in numbers):
                return True
        return False

    def subsume_with(self, number: int) -> list[int]:
        """Remove clauses that hold all literals of one, and shorten those that hold all but a sign.

        Returns:
            The numbers of the clauses that are shorter now.
        """
        shorter: list[int] = []
        clause = self.clauses[number]
        rarest = min(clause, key=lambda v: len(self.holders[v]))
        for other in list(self.holders[rarest]):
            self.work += 1
            if other != number and clause <= self.clauses.get(other, frozenset()):
                self.remove(other)
        for literal in clause:
            turned = clause - {literal} | {-literal}
            rarest = min(turned, key=lambda v: len(self.holders[v]))
            for other in list(self.holders[rarest]):
                self.work += 1
                if number not in self.clauses:
                    return shorter
                if other in self.clauses and turned <= self.clauses[other]:
                    left = self.shorten(other, (-literal,))
                    if left is not None:
                        shorter.append(left)
        return shorter

    def rows(self) -> CountRows:
        """The clauses as a table, literals by variable, in the order of their origins."""
        order = sorted(self.clauses, key=lambda number: (self.origin[number], number))
        rows = LiteralRows.of(sorted(self.clauses[number], key=abs) for number in order)
        return CountRows(
            rows,
            np.ones(len(rows), np.int64),
            rows.lengths,
            np.array([self.origin[number] for number in order], np.int64),
        )
