"""Rows as clauses over shares: one simplex a variable, with a cell for each value that is left.

Variables and rows of nearly one size are padded to it, so that few kernels are compiled. A
variable of more values than a simplex is to have is written in binary: it stands in sums alone.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Int

from odesolve.problems.models.presolve import Contradiction
from odesolve.problems.models.rows.kinds import (
    ClauseRow,
    DifferentRow,
    Guard,
    Row,
    SumRow,
    TableRow,
)
from odesolve.problems.models.rows.store import Store
from odesolve.problems.models.size_classes import size_classes

if TYPE_CHECKING:
    from odesolve.potentials import System

#: Variables of more values are written in binary.
SHARES = 256

#: Relations of two variables are written out up to so many pairs.
PAIRS = 4096

#: A relation of allowed tuples becomes one of forbidden ones where those are fewer, of up to these.
COMPLEMENTS = 20_000

Literal = tuple[int, int]  # a variable of the store and a value
Conjunction = tuple[tuple[int, int, bool], ...]  # literals: has the value, or has it not


class TooWide(ValueError):
    """A row whose numbers cannot be computed with on the device."""


@dataclass(frozen=True)
class _Relation:
    """Guards, and conjunctions of which none holds, or one does."""

    guards: tuple[Guard, ...]
    conjunctions: tuple[Conjunction, ...]
    allowed: bool


@dataclass
class Shares:
    """A system, and how an assignment of it is read.

    Attributes:
        system: of clauses over shares.
        variables: the store's variables that have a simplex, in the system's order.
        values: the values of each, in the order of its cells.
        binary: for each variable in binary, its lowest value and the bits that are added to it.
    """

    system: System
    variables: list[int]
    values: list[Int[np.ndarray, " values"]]
    binary: dict[int, tuple[int, list[int]]]
    #: The signature of the objective's group, in which it stands last, and what its bound lacks.
    objective: tuple[Hashable, int] | None = None

    def bounded(self, system: System, bound: int) -> System:
        """The system with another bound on the objective; nothing is compiled anew."""
        if self.objective is None:
            return system
        from odesolve.potentials.device import on_device

        signature, offset = self.objective
        groups = list(system.groups)
        place = next(k for k, g in enumerate(groups) if g.clauses.signature() == signature)
        clauses: Any = groups[place].clauses
        bounds = np.array(clauses.bounds)
        bounds[-1] = bound + offset
        changed = replace(clauses, bounds=on_device(bounds))
        groups[place] = replace(groups[place], clauses=changed)
        return replace(system, groups=tuple(groups))

    def read(self, assignment: Sequence[int], store: Store) -> dict[int, int]:
        """The value of every variable of the store, fixed ones and those in no row included."""
        found = {
            v: int(values[min(int(number), len(values) - 1)])
            for v, values, number in zip(self.variables, self.values, assignment, strict=False)
        }
        for variable, (low, bits) in self.binary.items():
            found[variable] = low + sum(found[bit] << k for k, bit in enumerate(bits))
        for variable in range(len(store)):
            if variable not in found:
                found[variable] = store.low(variable)
        return found

    def starts_near(
        self, hint: dict[int, int], runs: int, generator: np.random.Generator
    ) -> np.ndarray:
        """Starts of some runs with most of the share at the hinted values, ``[cells, runs]``."""
        system = self.system
        x = system.sample([np.random.default_rng(generator.integers(2**63)) for _ in range(runs)])
        bits = {
            bit: ((hint[variable] - low) >> k) & 1
            for variable, (low, own) in self.binary.items()
            if variable in hint and hint[variable] >= low
            for k, bit in enumerate(own)
        }
        first = _first_cells(system)
        for number, variable in enumerate(self.variables):
            value = bits.get(variable, hint.get(variable))
            place = np.flatnonzero(self.values[number] == value) if value is not None else []
            if len(place):
                cells = slice(first[number], first[number] + len(self.values[number]))
                x[cells] *= 0.4
                x[first[number] + int(place[0])] += 0.6
        return x


def _first_cells(system: System) -> list[int]:
    return [
        block.first_cell + k * block.domain.width
        for block in system.layout.blocks
        for k in range(block.count)
    ]


def compiled_shares(store: Store, rows: Sequence[Row], objective: SumRow | None = None) -> Shares:
    """Rows, narrowed before, as a system.

    Arguments:
        objective: a sum whose bound is to be changed later, see ``Shares.bounded``.

    Raises:
        Contradiction: if a row has no literal that may hold.
        TooWide: if a sum may be beyond 32 bits, or a variable of too many values stands in a row
            other than a sum.
    """
    return _Compiler(store).compiled(rows, objective)


@dataclass
class _Compiler:
    store: Store
    relations: list[_Relation] = field(default_factory=list)
    sums: list[SumRow] = field(default_factory=list)
    binary: dict[int, tuple[int, list[int]]] = field(default_factory=dict)

    def compiled(self, rows: Sequence[Row], objective: SumRow | None) -> Shares:
        from odesolve.potentials import Simplex, compile_system

        for row in rows:
            self._take(row)
        goal = None if objective is None else self._in_binary(self._folded(objective))
        if goal is not None and not goal.terms:
            goal = None
        used = {v for relation in self.relations for v in _variables(relation)}
        used |= {v for row in self.sums for v in row.variables}
        used |= set(goal.variables) if goal is not None else set()
        values = {v: np.array(self.store.values(v), np.int64) for v in sorted(used)}
        classes = size_classes([(len(own), 1) for own in values.values()], overhead=2000)
        width = {v: classes[len(own), 1][0] for v, own in values.items()}
        order = sorted(values, key=lambda v: (width[v], v))
        numbered = {v: k for k, v in enumerate(order)}
        place = {v: {int(n): k for k, n in enumerate(values[v])} for v in order}
        domains = [
            (Simplex(q), len(list(own))) for q, own in itertools.groupby(width[v] for v in order)
        ]
        opened = {numbered[v]: len(values[v]) for v in order if len(values[v]) < width[v]}
        writer = _Writer(numbered, place)
        clauses = [*writer.relations(self.relations), *writer.sums(self.sums)]
        found = None
        if goal is not None and objective is not None:
            clauses += (own := list(writer.sums([goal])))
            found = own[0].signature(), int(own[0].bounds[0]) - objective.bound
        system = compile_system(domains, clauses, open_values=opened)
        return Shares(system, order, [values[v] for v in order], self.binary, found)

    def _take(self, row: Row) -> None:
        if isinstance(row, ClauseRow):
            self._narrow_enough(row)
            denied = tuple((v, n, not positive) for v, n, positive in row.literals)
            self._relate(row, (denied,), False)
        elif isinstance(row, TableRow):
            self._narrow_enough(row)
            self._take_table(row)
        elif isinstance(row, DifferentRow):
            self._take_different(row)
        elif isinstance(row, SumRow):
            self._take_sum(row)

    def _relate(self, row: Row, conjunctions: tuple[Conjunction, ...], allowed: bool) -> None:
        """A relation behind the guards of a row; without any literal it cannot hold."""
        guards = row.guards
        if not all(self.store.has(v, n) for v, n in guards):
            return
        # A literal of a value that is not left is known: presolve may have been left out.
        conjunctions = tuple(
            tuple(literal for literal in conjunction if literal[2] or self.store.has(*literal[:2]))
            for conjunction in conjunctions
            if all(self.store.has(v, n) for v, n, has in conjunction if has)
        )
        if not conjunctions and not allowed:
            return
        if not conjunctions and allowed:  # the guards must not hold together
            conjunctions, guards = (tuple((v, n, True) for v, n in guards),), ()
            allowed = False
        if not allowed and () in conjunctions:
            if not guards:
                raise Contradiction(row.origin)
            conjunctions, guards = (tuple((v, n, True) for v, n in guards),), ()
        self.relations.append(_Relation(guards, conjunctions, allowed))

    def _narrow_enough(self, row: Row) -> None:
        for variable in row.variables:
            if self.store.size(variable) > SHARES and variable not in self._wide_allowed(row):
                raise TooWide(f"{self.store.size(variable)} values of a variable outside of sums")

    def _wide_allowed(self, row: Row) -> set[int]:
        """Variables of a table may have as many values as it has tuples."""
        listed = {v for v in row.variables if self.store.is_listed(v)}
        return listed if isinstance(row, TableRow | ClauseRow | DifferentRow) else set()

    def _take_table(self, row: TableRow) -> None:
        tuples, allowed = row.left(self.store), row.allowed
        count = 1
        for variable in row.terms:
            count *= self.store.size(variable)
        if count - len(tuples) < len(tuples) and count <= COMPLEMENTS:
            known = set(tuples)
            every = itertools.product(*(self.store.values(v) for v in row.terms))
            tuples, allowed = [t for t in every if t not in known], not allowed
        if not tuples and not allowed:
            return
        conjunctions = tuple(
            tuple((v, n, True) for v, n in zip(row.terms, t, strict=True)) for t in tuples
        )
        self._relate(row, conjunctions, allowed)

    def _take_different(self, row: DifferentRow) -> None:
        self._narrow_enough(row)
        values = {v: set(self.store.values(v)) - row.exceptions for v in row.terms}
        for left, right in itertools.combinations(row.terms, 2):
            common = values[left] & values[right]
            if left == right:
                common = values[left]
            conjunctions = tuple(((left, n, True), (right, n, True)) for n in sorted(common))
            if conjunctions:
                self._relate(row, conjunctions, False)

    def _take_sum(self, row: SumRow) -> None:
        row = self._folded(row)
        if not row.terms:
            if not _compared(0, row.comparison, row.bound):
                self._relate(row, (), True)
            return
        sizes = [self.store.size(v) for v in row.terms]
        if len(row.terms) == 1 and sizes[0] <= SHARES:
            self._take_single(row)
        elif len(row.terms) == 2 and max(sizes) <= SHARES and self._take_pair(row):
            return
        else:
            self.sums.append(self._in_binary(row))

    def _folded(self, row: SumRow) -> SumRow:
        """The sum without its fixed terms."""
        kept, bound = [], row.bound
        for place, variable in enumerate(row.terms):
            if self.store.is_fixed(variable):
                bound -= row.span(self.store, place)[0]
            else:
                kept.append(place)
        terms = tuple(row.terms[place] for place in kept)
        numbers = tuple(row.numbers[place] for place in kept)
        return replace(row, terms=terms, numbers=numbers, bound=bound)

    def _take_single(self, row: SumRow) -> None:
        variable, number = row.terms[0], _number_of(row.numbers[0])
        wrong = [
            n for n in self.store.values(variable)
            if not _compared(number(n), row.comparison, row.bound)
        ]  # fmt: skip
        if wrong:
            conjunctions = tuple(((variable, n, True),) for n in wrong)
            self._relate(row, conjunctions, False)

    def _take_pair(self, row: SumRow) -> bool:
        """Two terms as pairs of values; False if there are too many."""
        (left, right), (of_left, of_right) = row.terms, map(_number_of, row.numbers)
        values = self.store.values(right)
        by_number: dict[int, list[int]] = {}
        for n in values:
            by_number.setdefault(of_right(n), []).append(n)
        pairs: list[tuple[int, int]] = []
        if row.comparison == "<=":
            for a in self.store.values(left):
                pairs += [(a, b) for b in values if of_left(a) + of_right(b) > row.bound]
                if len(pairs) > PAIRS:
                    return False
        else:
            for a in self.store.values(left):
                pairs += [(a, b) for b in by_number.get(row.bound - of_left(a), ())]
        conjunctions = tuple(((left, a, True), (right, b, True)) for a, b in pairs)
        allowed = row.comparison == "=="
        if conjunctions or allowed:
            self._relate(row, conjunctions, allowed)
        return True

    def _in_binary(self, row: SumRow) -> SumRow:
        """The sum with bits in place of variables of too many values."""
        terms, numbers, bound = [], [], row.bound
        for variable, number in zip(row.terms, row.numbers, strict=True):
            if self.store.size(variable) <= SHARES:
                terms.append(variable)
                numbers.append(number)
                continue
            if not isinstance(number, int):
                raise TooWide(f"{self.store.size(variable)} values of a variable of a sum")
            low, bits = self._bits(variable)
            bound -= number * low
            terms += bits
            numbers += [number << k for k in range(len(bits))]
        return replace(row, terms=tuple(terms), numbers=tuple(numbers), bound=bound)

    def _bits(self, variable: int) -> tuple[int, list[int]]:
        """The lowest value of a variable, and the bits of how far it is above."""
        if variable in self.binary:
            return self.binary[variable]
        from odesolve.problems.models.values import TRUTH

        low, high = self.store.low(variable), self.store.high(variable)
        bits = [self.store.new(TRUTH) for _ in range((high - low).bit_length())]
        self.binary[variable] = low, bits
        if high - low + 1 < 1 << len(bits):
            numbers = tuple(1 << k for k in range(len(bits)))
            self._take(SumRow((), -1, tuple(bits), numbers, "<=", high - low))
        for gap_low, gap_high in self.store.gaps(variable):
            # Values in a gap: below it or above it, as a truth value says.
            below = self.store.new(TRUTH)
            up, down = (
                tuple(1 << k for k in range(len(bits))),
                tuple(-(1 << k) for k in range(len(bits))),
            )
            self._take(SumRow(((below, 1),), -1, tuple(bits), up, "<=", gap_low - 1 - low))
            self._take(SumRow(((below, 0),), -1, tuple(bits), down, "<=", low - gap_high - 1))
        return low, bits


@dataclass
class _Writer:
    """Arrays of clauses, from relations and sums over the store's variables."""

    numbered: dict[int, int]
    place: dict[int, dict[int, int]]

    def relations(self, relations: Sequence[_Relation]) -> Iterable[Any]:
        from odesolve.potentials import Nogoods, Supports

        for allowed, family in ((False, Nogoods), (True, Supports)):
            for guards in sorted({len(r.guards) for r in relations}):
                own = [r for r in relations if r.allowed == allowed and len(r.guards) == guards]
                yield from self._by_class(own, guards, family)

    def _by_class(
        self, relations: Sequence[_Relation], guards: int, family: Callable[..., Any]
    ) -> Iterable[Any]:
        shapes = [
            (max(len(r.conjunctions), 1), max((len(c) for c in r.conjunctions), default=1))
            for r in relations
        ]
        classes = size_classes(shapes, overhead=20_000)
        members: dict[tuple[int, int], list[_Relation]] = {}
        for relation, shape in zip(relations, shapes, strict=True):
            members.setdefault(classes[shape], []).append(relation)
        for (count, length), own in sorted(members.items()):
            yield self._conjunctions(own, guards, count, length, family)

    def _conjunctions(
        self,
        relations: Sequence[_Relation],
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

    def sums(self, rows: Sequence[SumRow]) -> Iterable[Any]:
        kinds = sorted({(row.comparison, len(row.guards)) for row in rows})
        for comparison, guards in kinds:
            own = [r for r in rows if (r.comparison, len(r.guards)) == (comparison, guards)]
            shapes = [self._shape(row) for row in own]
            classes = size_classes(shapes, overhead=20_000)
            members: dict[tuple[int, ...], list[SumRow]] = {}
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
        self, rows: Sequence[SumRow], shape: tuple[int, ...], comparison: str, guards: int
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
                own = [(place, _number_of(given)(n)) for n, place in self.place[variable].items()]
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


def _variables(relation: _Relation) -> set[int]:
    own = {v for conjunction in relation.conjunctions for v, _, _ in conjunction}
    return own | {v for v, _ in relation.guards}


def _number_of(numbers: Any) -> Callable[[int], int]:
    if isinstance(numbers, int):
        return lambda value: numbers * value
    return lambda value: numbers.get(value, 0)


def _compared(total: int, comparison: str, bound: int) -> bool:
    if comparison == "<=":
        return total <= bound
    return total == bound if comparison == "==" else total != bound
