"""The forms that rows are brought to before they become arrays."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

from odesolve.problems.models.merging import Alias
from odesolve.problems.models.presolve import Contradiction
from odesolve.problems.models.rows.kinds import (
    ClauseRow,
    DifferentRow,
    Guard,
    Numbers,
    Row,
    SumRow,
    TableRow,
    added,
    number_of,
)
from odesolve.problems.models.rows.store import Store
from odesolve.problems.models.values import TRUTH

#: Variables of more values are written in binary.
SHARES = 256

#: Relations of two variables are written out up to so many pairs.
PAIRS = 4096

#: Variables that all differ are written out up to so many literals.
LARGEST_DIFFERENCE = 20_000_000

#: A relation of allowed tuples becomes one of forbidden ones where those are fewer, of up to these.
COMPLEMENTS = 20_000

#: Literals that hold together: a variable, a value, and whether it has it or has it not.
Conjunction: TypeAlias = tuple[tuple[int, int, bool], ...]


class TooWide(ValueError):
    """A row whose numbers cannot be computed with on the device."""


@dataclass(frozen=True)
class Relation:
    """Guards, and conjunctions of which none holds, or one does.

    They become ``Nogoods`` and ``Supports``.
    """

    guards: tuple[Guard, ...]
    conjunctions: tuple[Conjunction, ...]
    allowed: bool

    @property
    def variables(self) -> set[int]:
        own = {v for conjunction in self.conjunctions for v, _, _ in conjunction}
        return own | {v for v, _ in self.guards}


@dataclass(frozen=True)
class Exclusion:
    """Guards, and literals (variable, value) of which at most one holds, each of its own variable.

    They become ``AtMostOne``.
    """

    guards: tuple[Guard, ...]
    literals: tuple[tuple[int, int], ...]

    @property
    def variables(self) -> set[int]:
        return {v for v, _ in (*self.guards, *self.literals)}


@dataclass(frozen=True)
class Ordering:
    """Guards, and two variables whose values exclude each other from a place on.

    Attributes:
        left, right: literals (variable, value) of the one and of the other, each from the value
            that excludes most to the one that does least.
        left_clashes, right_clashes: how many of the other's first literals each excludes.

    They become ``ShareOrder``.
    """

    guards: tuple[Guard, ...]
    left: tuple[tuple[int, int], ...]
    right: tuple[tuple[int, int], ...]
    left_clashes: tuple[int, ...]
    right_clashes: tuple[int, ...]

    @property
    def variables(self) -> set[int]:
        return {v for v, _ in (*self.guards, *self.left, *self.right)}


@dataclass
class Forms:
    """Relations, exclusions, orders and sums, as rows are taken in.

    Attributes:
        store: domains, which get the bits of variables in binary.
        binary: for each variable in binary, its lowest value and the bits that are added to it.
        aliases: variables in whose place their root stands.
    """

    store: Store
    relations: list[Relation] = field(default_factory=list)
    exclusions: list[Exclusion] = field(default_factory=list)
    orders: list[Ordering] = field(default_factory=list)
    sums: list[SumRow] = field(default_factory=list)
    binary: dict[int, tuple[int, list[int]]] = field(default_factory=dict)
    aliases: Mapping[int, Alias] = field(default_factory=dict)

    def take(self, row: Row) -> None:
        if isinstance(row, ClauseRow):
            denied = tuple((v, n, not positive) for v, n, positive in row.literals)
            literals = tuple(part for literal in denied for part in self._narrow(row, literal))
            self._relate(row, (literals,), False)
        elif isinstance(row, TableRow):
            self._narrow_enough(row)
            self._take_table(row)
        elif isinstance(row, DifferentRow):
            self._take_different(row)
        elif isinstance(row, SumRow):
            self._take_sum(row)

    def linked(self) -> None:
        """Say that the bits of variables that stand in relations, too, are those of their value."""
        related = {v for relation in self.relations for v in relation.variables}
        related |= {v for exclusion in self.exclusions for v in exclusion.variables}
        related |= {v for order in self.orders for v in order.variables}
        related |= {v for row in self.sums for v, _ in row.guards}
        for variable, (low, bits) in self.binary.items():
            if variable not in related:
                continue
            for place, bit in enumerate(bits):
                wrong = tuple(
                    ((variable, n, True), (bit, 1 - ((n - low) >> place & 1), True))
                    for n in self.store.values(variable)
                )
                self.relations.append(Relation((), wrong, False))

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
        if self.aliases:
            own = self._over_roots(tuple((v, n, True) for v, n in guards))
            if own is None:  # the guards exclude each other
                return
            guards = tuple((v, n) for v, n, _ in own)
            mapped = map(self._over_roots, conjunctions)
            conjunctions = tuple(dict.fromkeys(c for c in mapped if c is not None))
        if not conjunctions and not allowed:
            return
        if not conjunctions and allowed:  # the guards must not hold together
            conjunctions, guards = (tuple((v, n, True) for v, n in guards),), ()
            allowed = False
        if not allowed and () in conjunctions:
            if not guards:
                raise Contradiction(row.origin)
            conjunctions, guards = (tuple((v, n, True) for v, n in guards),), ()
        self.relations.append(Relation(guards, conjunctions, allowed))

    def _over_roots(self, conjunction: Conjunction) -> Conjunction | None:
        """Literals of roots alone, each once; None if they exclude each other."""
        found: dict[tuple[int, int], bool] = {}
        values: dict[int, int] = {}
        for variable, value, has in conjunction:
            alias = self.aliases.get(variable)
            literal = (variable, value) if alias is None else (alias.root, alias.of_root(value))
            if found.setdefault(literal, has) != has:
                return None
            if has and values.setdefault(*literal) != literal[1]:
                return None
        return tuple((v, n, has) for (v, n), has in found.items() if has or v not in values)

    def _narrow(self, row: Row, literal: tuple[int, int, bool]) -> Conjunction:
        """A literal of a conjunction; of a variable of too many values, those of its bits."""
        variable, value, has = literal
        if (alias := self.aliases.get(variable)) is not None:
            variable, value = alias.root, alias.of_root(value)
        if self.store.size(variable) <= SHARES or not has:
            self._narrow_enough(row)
            return (literal,)
        if not self.store.has(variable, value):
            return (literal,)
        low, bits = self._bits(variable)
        return tuple((bit, (value - low) >> k & 1, True) for k, bit in enumerate(bits))

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
        """Pairs of variables or, where those are fewer clauses, lines: a value at most once."""
        self._narrow_enough(row)
        values = {v: set(self.store.values(v)) - row.exceptions for v in row.terms}
        if self._take_lines(row, values):
            return
        pairs = len(row.terms) * sum(len(own) for own in values.values())
        if pairs > 2 * LARGEST_DIFFERENCE:
            raise TooWide(f"{len(row.terms)} variables that differ, of {pairs} pairs of values")
        for left, right in itertools.combinations(row.terms, 2):
            common = values[left] & values[right]
            if left == right:
                common = values[left]
            conjunctions = tuple(((left, n, True), (right, n, True)) for n in sorted(common))
            if conjunctions:
                self._relate(row, conjunctions, False)

    def _take_lines(self, row: DifferentRow, values: Mapping[int, set[int]]) -> bool:
        """The row as exclusions, one for each value; False if pairs of variables suit it better."""
        roots = {self.aliases[v].root if v in self.aliases else v for v in row.terms}
        if len(roots) < len(row.terms) or not all(self.store.has(v, n) for v, n in row.guards):
            return False
        guards = self._over_roots(tuple((v, n, True) for v, n in row.guards))
        if guards is None or roots & {v for v, _, _ in guards}:
            return False
        lines: dict[int, list[tuple[int, int]]] = {}
        for variable, own in values.items():
            alias = self.aliases.get(variable, Alias(variable, 1, 0))
            for value in own:
                if self.store.has(alias.root, alias.of_root(value)):
                    lines.setdefault(value, []).append((alias.root, alias.of_root(value)))
        crowded = [lines[value] for value in sorted(lines) if len(lines[value]) > 1]
        if 2 * len(crowded) >= len(roots) * (len(roots) - 1):
            return False
        if sum(map(len, crowded)) > LARGEST_DIFFERENCE:
            raise TooWide(f"{len(roots)} variables that differ, of {len(lines)} values")
        behind = tuple((v, n) for v, n, _ in guards)
        self.exclusions += (Exclusion(behind, tuple(own)) for own in crowded)
        return True

    def _take_sum(self, row: SumRow) -> None:
        if not all(self.store.has(v, n) for v, n in row.guards):
            return
        guards = self._over_roots(tuple((v, n, True) for v, n in row.guards))
        if guards is None:
            return
        row = self.folded(replace(row, guards=tuple((v, n) for v, n, _ in guards)))
        if not row.terms:
            if not compared(0, row.comparison, row.bound):
                self._relate(row, (), True)
            return
        sizes = [self.store.size(v) for v in row.terms]
        if len(row.terms) == 1 and sizes[0] <= SHARES:
            self._take_single(row)
        elif len(row.terms) == 2 and max(sizes) <= SHARES and self._take_pair(row):
            return
        else:
            self.sums.append(self.in_binary(row))

    def folded(self, row: SumRow) -> SumRow:
        """The sum over roots, without its fixed terms."""
        row = self._sum_over_roots(row)
        kept, bound = [], row.bound
        for place, variable in enumerate(row.terms):
            if self.store.is_fixed(variable):
                bound -= row.span(self.store, place)[0]
            else:
                kept.append(place)
        terms = tuple(row.terms[place] for place in kept)
        numbers = tuple(row.numbers[place] for place in kept)
        return replace(row, terms=terms, numbers=numbers, bound=bound)

    def _sum_over_roots(self, row: SumRow) -> SumRow:
        if not any(variable in self.aliases for variable in row.terms):
            return row
        factors: dict[int, Numbers] = {}
        bound = row.bound
        for variable, given in zip(row.terms, row.numbers, strict=True):
            root, numbers = variable, given
            if (alias := self.aliases.get(variable)) is not None:
                root = alias.root
                if isinstance(given, int):
                    numbers, bound = given * alias.sign, bound - given * alias.offset
                else:
                    numbers = {alias.of_root(value): n for value, n in given.items()}
            factors[root] = added(factors.get(root, 0), numbers, partial(self.store.values, root))
        kept = {variable: numbers for variable, numbers in factors.items() if numbers != 0}
        return replace(row, terms=tuple(kept), numbers=tuple(kept.values()), bound=bound)

    def _take_single(self, row: SumRow) -> None:
        variable, number = row.terms[0], number_of(row.numbers[0])
        wrong = [
            n for n in self.store.values(variable)
            if not compared(number(n), row.comparison, row.bound)
        ]  # fmt: skip
        if wrong:
            conjunctions = tuple(((variable, n, True),) for n in wrong)
            self._relate(row, conjunctions, False)

    def _take_pair(self, row: SumRow) -> bool:
        """Two terms as pairs of values, or as an order; False if there are too many pairs."""
        if row.comparison == "<=":
            self._take_order(row)
            return True
        (left, right), (of_left, of_right) = row.terms, map(number_of, row.numbers)
        by_number: dict[int, list[int]] = {}
        for n in self.store.values(right):
            by_number.setdefault(of_right(n), []).append(n)
        pairs: list[tuple[int, int]] = []
        for a in self.store.values(left):
            pairs += [(a, b) for b in by_number.get(row.bound - of_left(a), ())]
            if len(pairs) > PAIRS:
                return False
        conjunctions = tuple(((left, a, True), (right, b, True)) for a, b in pairs)
        allowed = row.comparison == "=="
        if conjunctions or allowed:
            self._relate(row, conjunctions, allowed)
        return True

    def _take_order(self, row: SumRow) -> None:
        """Two terms of at most a bound: an order, or its pairs where those are fewer."""
        parts = []
        for variable, numbers in zip(row.terms, row.numbers, strict=True):
            number = number_of(numbers)
            parts.append(
                sorted(((number(n), n) for n in self.store.values(variable)), reverse=True)
            )
        first, second = parts
        clashes = [
            [_above(other, row.bound - number) for number, _ in own]
            for own, other in ((first, second), (second, first))
        ]
        left, right = row.terms
        if sum(clashes[0]) <= len(first) + len(second):
            conjunctions = tuple(
                ((left, a, True), (right, b, True))
                for (_, a), most in zip(first, clashes[0], strict=True)
                for _, b in second[:most]
            )
            if conjunctions:
                self._relate(row, conjunctions, False)
            return
        self.orders.append(
            Ordering(
                row.guards,
                tuple((left, a) for _, a in first),
                tuple((right, b) for _, b in second),
                *map(tuple, clashes),
            )
        )

    def in_binary(self, row: SumRow) -> SumRow:
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
        low, high = self.store.low(variable), self.store.high(variable)
        bits = [self.store.new(TRUTH) for _ in range((high - low).bit_length())]
        self.binary[variable] = low, bits
        if high - low + 1 < 1 << len(bits):
            numbers = tuple(1 << k for k in range(len(bits)))
            self.take(SumRow((), -1, tuple(bits), numbers, "<=", high - low))
        for gap_low, gap_high in self.store.gaps(variable):
            # Values in a gap: below it or above it, as a truth value says.
            below = self.store.new(TRUTH)
            up, down = (
                tuple(1 << k for k in range(len(bits))),
                tuple(-(1 << k) for k in range(len(bits))),
            )
            self.take(SumRow(((below, 1),), -1, tuple(bits), up, "<=", gap_low - 1 - low))
            self.take(SumRow(((below, 0),), -1, tuple(bits), down, "<=", low - gap_high - 1))
        return low, bits


def _above(falling: list[tuple[int, int]], bound: int) -> int:
    """How many numbers, the first of each pair, are more than a bound."""
    return bisect_left(falling, -bound, key=lambda pair: -pair[0])


def compared(total: int, comparison: str, bound: int) -> bool:
    """Whether a comparison holds."""
    if comparison == "<=":
        return total <= bound
    return total == bound if comparison == "==" else total != bound
