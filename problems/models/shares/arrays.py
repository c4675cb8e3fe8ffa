"""Forms of rows as arrays of clauses, those of nearly one shape together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from odesolve.problems.models.rows.kinds import SumRow, number_of
from odesolve.problems.models.shares.forms import Exclusion, Ordering, Relation, TooWide
from odesolve.problems.models.size_classes import size_classes


@dataclass
class Arrays:
    """Arrays of clauses, from relations and sums over the store's variables."""

    numbered: dict[int, int]
    place: dict[int, dict[int, int]]

    def relations(self, relations: Sequence[Relation]) -> Iterable[Any]:
        from odesolve.potentials import Nogoods, Supports

        for allowed, family in ((False, Nogoods), (True, Supports)):
            for guards in sorted({len(r.guards) for r in relations}):
                own = [r for r in relations if r.allowed == allowed and len(r.guards) == guards]
                yield from self._by_class(own, guards, family)

    def _by_class(
        self, relations: Sequence[Relation], guards: int, family: Callable[..., Any]
    ) -> Iterable[Any]:
        shapes = [
            (max(len(r.conjunctions), 1), max((len(c) for c in r.conjunctions), default=1))
            for r in relations
        ]
        classes: dict[Any, Any] = size_classes(shapes, overhead=20_000)
        members: dict[tuple[int, int], list[Relation]] = {}
        for relation, shape in zip(relations, shapes, strict=True):
            members.setdefault(classes[shape], []).append(relation)
        for (count, length), own in sorted(members.items()):
            yield self._conjunctions(own, guards, count, length, family)

    def _conjunctions(
        self,
        relations: Sequence[Relation],
        guards: int,
        count: int,
        length: int,
        family: Callable[..., Any],
    ) -> Any:
        size = guards + count * length
        scopes, values = (np.zeros((len(relations), size), np.int32) for _ in range(2))
        bias, sign = (np.zeros((len(relations), size), np.float32) for _ in range(2))
        for row, relation in enumerate(relations):
            literals: list[tuple[int, int, bool]] = [(v, n, True) for v, n in relation.guards]
            places = list(range(guards))
            for number, conjunction in enumerate(relation.conjunctions):
                start = guards + number * length
                places += range(start, start + len(conjunction))
                literals += conjunction
                bias[row, start + len(conjunction) : start + length] = 1.0
            scopes[row] = self.numbered[literals[0][0]] if literals else 0
            scopes[row, places] = [self.numbered[v] for v, _, _ in literals]
            values[row, places] = [self.place[v][n] for v, n, _ in literals]
            sign[row, places] = [1.0 if has else -1.0 for _, _, has in literals]
            bias[row, places] = [0.0 if has else 1.0 for _, _, has in literals]
        return family(scopes, values, bias, sign, length=length, guards=guards)

    def exclusions(self, exclusions: Sequence[Exclusion]) -> Iterable[Any]:
        from odesolve.potentials import AtMostOne

        for guards in sorted({len(each.guards) for each in exclusions}):
            own = [each for each in exclusions if len(each.guards) == guards]
            classes: dict[Any, Any] = size_classes(
                [(len(each.literals),) for each in own], overhead=20_000
            )
            members: dict[int, list[Exclusion]] = {}
            for each in own:
                members.setdefault(classes[len(each.literals),][0], []).append(each)
            for width, rows in sorted(members.items()):
                scopes, values, opened = self._exclusions(rows, guards + width)
                yield AtMostOne(scopes, values, opened, guards=guards)

    def _exclusions(
        self, rows: Sequence[Exclusion], size: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        scopes, values = (np.zeros((len(rows), size), np.int32) for _ in range(2))
        opened = np.zeros((len(rows), size), np.float32)
        for k, row in enumerate(rows):
            literals = (*row.guards, *row.literals)
            scopes[k] = self.numbered[literals[0][0]]
            scopes[k, : len(literals)] = [self.numbered[v] for v, _ in literals]
            values[k, : len(literals)] = [self.place[v][n] for v, n in literals]
            opened[k, : len(literals)] = 1.0
        return scopes, values, opened

    def orders(self, orders: Sequence[Ordering]) -> Iterable[Any]:
        for guards in sorted({len(each.guards) for each in orders}):
            own = [each for each in orders if len(each.guards) == guards]
            shapes = [(len(each.left), len(each.right)) for each in own]
            classes: dict[Any, Any] = size_classes(shapes, overhead=20_000)
            members: dict[tuple[int, int], list[Ordering]] = {}
            for each, shape in zip(own, shapes, strict=True):
                members.setdefault(classes[shape], []).append(each)
            for (left, right), rows in sorted(members.items()):
                yield self._orders(rows, guards, left, right)

    def _orders(self, rows: Sequence[Ordering], guards: int, left: int, right: int) -> Any:
        from odesolve.potentials import ShareOrder

        shape = len(rows), guards + left + right
        scopes, values, clashes = (np.zeros(shape, np.int32) for _ in range(3))
        opened = np.zeros(shape, np.float32)
        for k, row in enumerate(rows):
            scopes[k] = self.numbered[row.left[0][0]]
            parts = (
                (0, row.guards, (0,) * guards),
                (guards, row.left, row.left_clashes),
                (guards + left, row.right, row.right_clashes),
            )
            for start, literals, excluded in parts:
                places = slice(start, start + len(literals))
                scopes[k, places] = [self.numbered[v] for v, _ in literals]
                values[k, places] = [self.place[v][n] for v, n in literals]
                clashes[k, places] = excluded
                opened[k, places] = 1.0
        return ShareOrder(scopes, values, opened, clashes, left=left, guards=guards)

    def sums(self, rows: Sequence[SumRow]) -> Iterable[Any]:
        kinds = sorted({(row.comparison, len(row.guards)) for row in rows})
        for comparison, guards in kinds:
            own = [r for r in rows if (r.comparison, len(r.guards)) == (comparison, guards)]
            shapes = [self._shape(row) for row in own]
            classes: dict[Any, Any] = size_classes(shapes, overhead=20_000)
            members: dict[tuple[int, int, int], list[SumRow]] = {}
            for row, shape in zip(own, shapes, strict=True):
                members.setdefault(classes[shape], []).append(row)
            for shape, rows_of in sorted(members.items()):
                yield self._sum(rows_of, shape, comparison, guards)

    def _shape(self, row: SumRow) -> tuple[int, int, int]:
        """Terms of two values, other terms, and the most values of one."""
        sizes = [len(self.place[v]) for v in row.terms]
        wide = [size for size in sizes if size > 2]
        return sizes.count(2), len(wide), max(wide, default=0)

    def _sum(
        self, rows: Sequence[SumRow], shape: tuple[int, int, int], comparison: Any, guards: int
    ) -> Any:
        from odesolve.potentials import ShareSum

        pairs, terms, width = shape
        size = guards + pairs + terms * width
        scopes, values, numbers = (np.zeros((len(rows), size), np.int64) for _ in range(3))
        opened, bounds = np.zeros((len(rows), size), np.float32), np.zeros(len(rows), object)
        for k, row in enumerate(rows):
            scopes[k] = self.numbered[row.variables[0]]
            bounds[k] = row.bound
            for g, (variable, value) in enumerate(row.guards):
                scopes[k, g], opened[k, g] = self.numbered[variable], 1.0
                values[k, g] = self.place[variable][value]
            pair, start = guards, guards + pairs
            for variable, given in zip(row.terms, row.numbers, strict=True):
                own = [(place, number_of(given)(n)) for n, place in self.place[variable].items()]
                if any(abs(number) >= 2**31 for _, number in own):
                    raise TooWide("a number beyond 32 bits in a sum")
                if len(own) == 2:
                    bounds[k] -= own[0][1]
                    scopes[k, pair], values[k, pair] = self.numbered[variable], own[1][0]
                    numbers[k, pair], opened[k, pair] = own[1][1] - own[0][1], 1.0
                    pair += 1
                    continue
                cells = slice(start, start + len(own))
                scopes[k, start : start + width] = self.numbered[variable]
                values[k, cells] = [place for place, _ in own]
                numbers[k, cells] = [number for _, number in own]
                opened[k, cells] = 1.0
                start += width
        if any(abs(bound) >= 2**31 for bound in bounds):
            raise TooWide("a bound beyond 32 bits of a sum")
        try:
            return ShareSum(
                scopes, values, numbers, opened, bounds.astype(np.int64), terms=terms,
                comparison=comparison, guards=guards, pairs=pairs,
            )  # fmt: skip
        except ValueError as error:
            raise TooWide(str(error)) from None
