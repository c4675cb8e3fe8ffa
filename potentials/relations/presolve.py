"""Presolve of relations: what follows from single truth tables, without any dynamics.

Constants are propagated, forced variables fixed, irrelevant ones dropped, equal and opposite
variables merged, and relations of the same variables joined, until nothing changes. The set of
solutions stays exactly the same. NumPy and Python only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from odesolve.potentials.relations import table_algebra as algebra
from odesolve.potentials.relations.relation import Relation
from odesolve.potentials.relations.simplified import RelationContradiction, Simplified

__all__ = ["RelationContradiction", "Simplified", "simplify"]


def simplify(
    relations: Sequence[Relation],
    fixed: Mapping[int, int],
    variable_count: int,
    check: Callable[[], None] | None = None,
) -> Simplified:
    """Presolve to a fixpoint; time is near-linear in the number of relations.

    Arguments:
        relations: over variables 0 ... ``variable_count`` - 1.
        fixed: variable -> bit, the values given from outside.
        variable_count: number of variables, those in no relation included.
        check: called for every relation that is looked at; what it raises ends presolve.

    Raises:
        RelationContradiction: if the relations have no common solution and presolve sees it.
        ValueError: if a variable is out of range or a value is not a bit.
    """
    _check(relations, fixed, variable_count)
    work = _Worklist(relations, variable_count)
    for variable, bit in fixed.items():
        work.assign(variable, int(bit))
    work.run(check)
    return work.result(len(fixed))


def _check(relations: Sequence[Relation], fixed: Mapping[int, int], variable_count: int) -> None:
    for relation in relations:
        if max(relation.variables, default=-1) >= variable_count:
            raise ValueError(
                f"{relation.name}: variable {max(relation.variables)} of {variable_count}"
            )
    for variable, bit in fixed.items():
        if not 0 <= variable < variable_count or bit not in (0, 1):
            raise ValueError(
                f"fixed variables are below {variable_count} and their values 0 or 1, "
                f"got {variable}: {bit!r}"
            )


class _Classes:
    """Variables known to be equal or opposite: union-find with a parity on every link."""

    def __init__(self, count: int) -> None:
        self.parent = list(range(count))
        self.parity = [False] * count

    def find(self, variable: int) -> tuple[int, bool]:
        """(root, negated): the variable equals the root, or its negation."""
        parent, parity = self.parent, self.parity
        if parent[variable] == variable:
            return variable, False
        path = []
        while parent[variable] != variable:
            path.append(variable)
            variable = parent[variable]
        negated = False
        for node in reversed(path):
            negated ^= parity[node]
            parent[node], parity[node] = variable, negated
        return variable, negated

    def link(self, child: int, root: int, negated: bool) -> None:
        """Make the root ``child`` a child of another root."""
        self.parent[child], self.parity[child] = root, negated


class _Worklist:
    """The state of presolve: every relation that a change touches is looked at again.

    ``touching[root]`` holds the relations that contain a root; merging moves the smaller set to
    the larger one, so that no relation is moved more than a logarithmic number of times.
    """

    def __init__(self, relations: Sequence[Relation], variable_count: int) -> None:
        self.classes = _Classes(variable_count)
        self.value: dict[int, int] = {}
        self.scopes = [relation.variables for relation in relations]
        self.tables = [relation.table for relation in relations]
        self.names = [relation.name for relation in relations]
        self.originals = [relation.variables for relation in relations]
        self.touching: list[set[int]] = [set() for _ in range(variable_count)]
        for number, scope in enumerate(self.scopes):
            for variable in scope:
                self.touching[variable].add(number)
        self.alive = [True] * len(relations)
        self.of_scope: dict[tuple[int, ...], int] = {}
        self.queue = deque(range(len(relations)))
        self.queued = [True] * len(relations)

    def run(self, check: Callable[[], None] | None) -> None:
        """Work until nothing is left to do."""
        while self.queue:
            if check is not None:
                check()
            number = self.queue.popleft()
            self.queued[number] = False
            if self.alive[number]:
                self.refresh(number)

    def requeue(self, numbers: set[int]) -> None:
        """Look at these relations again."""
        for number in sorted(numbers):
            if not self.queued[number]:
                self.queued[number] = True
                self.queue.append(number)

    def assign(self, root: int, bit: int) -> None:
        """Fix a root that has no value yet."""
        self.value[root] = bit
        self.requeue(self.touching[root])

    def merge(self, first: int, second: int, negated: bool) -> None:
        """Make the classes of two variables without values one, if they are not yet."""
        root, first_negated = self.classes.find(first)
        child, second_negated = self.classes.find(second)
        if root == child:
            return
        if len(self.touching[root]) < len(self.touching[child]):
            root, child = child, root
        self.classes.link(child, root, negated ^ first_negated ^ second_negated)
        self.requeue(self.touching[child])
        self.touching[root] |= self.touching[child]
        self.touching[child] = set()

    def refresh(self, number: int) -> None:
        """Bring one relation up to date and draw what follows from its table."""
        old_scope = self.scopes[number]
        scope, table = self.substituted(old_scope, self.tables[number])
        while True:
            if 1 not in table:
                raise RelationContradiction(self.names[number], self.originals[number])
            facts = algebra.facts_of(table)
            for position, bit in facts.forced:
                self.assign(scope[position], bit)
            for i, j, negated in facts.equalities:
                self.merge(scope[i], scope[j], negated)
            if not facts.forced and not facts.equalities:
                break
            scope, table = self.substituted(scope, table)
        for position in reversed(facts.irrelevant):
            table = algebra.restricted(table, position, 0)
            scope = scope[:position] + scope[position + 1 :]
        self.store(number, old_scope, *_in_order(scope, table))

    def substituted(
        self, scope: tuple[int, ...], table: algebra.Table
    ) -> tuple[tuple[int, ...], algebra.Table]:
        """Over roots without values: known bits put in, merged variables made one."""
        roots: list[int] = []
        for variable in scope:
            root, negated = self.classes.find(variable)
            position = len(roots)
            if root in self.value:
                table = algebra.restricted(table, position, self.value[root] ^ negated)
            elif root in roots:
                table = algebra.identified(table, roots.index(root), position, negated)
            else:
                roots.append(root)
                if negated:
                    table = algebra.flipped(table, position)
        return tuple(roots), table

    def store(
        self, number: int, old_scope: tuple[int, ...], scope: tuple[int, ...], table: algebra.Table
    ) -> None:
        """Put the relation back under its new scope, joined with one of the same scope."""
        for root in {self.classes.find(variable)[0] for variable in old_scope} - set(scope):
            self.touching[root].discard(number)
        if self.of_scope.get(old_scope) == number:
            del self.of_scope[old_scope]
        self.scopes[number], self.tables[number] = scope, table
        if not scope:
            self.alive[number] = False
            return
        other = self.of_scope.setdefault(scope, number)
        if other != number:
            self.join(other, number)

    def join(self, kept: int, dropped: int) -> None:
        """One relation instead of two of the same scope: the rows that both allow."""
        first, second = self.tables[kept], self.tables[dropped]
        both = algebra.conjunction(first, second)
        self.alive[dropped] = False
        for root in self.scopes[dropped]:
            self.touching[root].discard(dropped)
        if both == first:
            return
        if both == second:
            self.names[kept], self.originals[kept] = self.names[dropped], self.originals[dropped]
        else:
            self.names[kept] = f"{self.names[kept]} and {self.names[dropped]}"
            together = dict.fromkeys(self.originals[kept] + self.originals[dropped])
            self.originals[kept] = tuple(together)
        self.tables[kept] = both
        self.requeue({kept})

    def result(self, given_count: int) -> Simplified:
        """The outcome, over the lowest variable of each class."""
        lowest: dict[int, tuple[int, bool]] = {}
        values: dict[int, int] = {}
        aliases: dict[int, tuple[int, bool]] = {}
        for variable in range(len(self.touching)):
            root, negated = self.classes.find(variable)
            if root in self.value:
                values[variable] = self.value[root] ^ negated
            elif root in lowest:
                name, name_negated = lowest[root]
                aliases[variable] = (name, negated ^ name_negated)
            else:
                lowest[root] = (variable, negated)
        relations = tuple(
            self.renamed(number, lowest) for number in range(len(self.alive)) if self.alive[number]
        )
        free = tuple(name for root, (name, _) in lowest.items() if not self.touching[root])
        return Simplified(relations, values, aliases, free, len(self.touching), given_count)

    def renamed(self, number: int, lowest: Mapping[int, tuple[int, bool]]) -> Relation:
        """A relation left, over the names of its roots."""
        scope, table = self.scopes[number], self.tables[number]
        for position, root in enumerate(scope):
            if lowest[root][1]:
                table = algebra.flipped(table, position)
        scope, table = _in_order(tuple(lowest[root][0] for root in scope), table)
        return Relation(scope, np.frombuffer(table, bool), self.names[number])


def _in_order(
    scope: tuple[int, ...], table: algebra.Table
) -> tuple[tuple[int, ...], algebra.Table]:
    """The same relation with its variables ascending."""
    order = tuple(sorted(range(len(scope)), key=scope.__getitem__))
    if order == tuple(range(len(scope))):
        return scope, table
    return tuple(scope[i] for i in order), algebra.reordered(table, order)
