"""The kinds of row, each with its propagation.

``propagate`` takes values away that no solution of the row has, and returns whether the row still
says something: False once it holds for whatever is left. A row may stand behind guards, literals
(variable, value) all of which must hold for it to demand anything.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self, TypeAlias

from odesolve.problems.models.rows.store import Empty, Store

#: A variable has a value.
Guard: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class Row(ABC):
    """A relation between numbered variables.

    Attributes:
        guards: literals without which nothing is demanded.
        origin: number of the model's constraint that it comes from; -1 for the objective.
    """

    guards: tuple[Guard, ...]
    origin: int

    @property
    @abstractmethod
    def own_variables(self) -> tuple[int, ...]:
        """The variables behind the guards, each once."""

    @property
    def variables(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys((*(v for v, _ in self.guards), *self.own_variables)))

    @abstractmethod
    def is_violated(self, store: Store) -> bool:
        """Whether the row, without its guards, is known to have no solution."""

    @abstractmethod
    def narrow(self, store: Store) -> bool:
        """Take values away, as if there were no guards; whether something is left to say.

        Raises:
            Empty: if there is no solution.
        """

    @abstractmethod
    def holds_for_all(self, store: Store) -> bool:
        """Whether the row, without its guards, holds for all values left."""

    def propagate(self, store: Store) -> bool:
        """Take values away that are in no solution; whether something is left to say.

        Raises:
            Empty: if there is no solution.
        """
        waiting = [(v, n) for v, n in self.guards if not store.is_fixed(v) or not store.has(v, n)]
        if any(not store.has(variable, value) for variable, value in waiting):
            return False
        if not waiting:
            return self.narrow(store)
        if self.is_violated(store):
            if len(waiting) > 1:
                return True
            store.remove(*waiting[0])
            return store.has(*waiting[0])  # of large domains inner values stay
        return not self.holds_for_all(store)

    def open_guards(self, store: Store) -> tuple[Guard, ...]:
        """The guards that are not known to hold."""
        return tuple(guard for guard in self.guards if not store.is_fixed(guard[0]))

    def behind(self, guards: Sequence[Guard]) -> Self:
        """The row behind further guards."""
        return replace(self, guards=(*guards, *self.guards))


@dataclass(frozen=True)
class ClauseRow(Row):
    """At least one literal holds: (variable, value, True) for "has it", False for "has not"."""

    literals: tuple[tuple[int, int, bool], ...]

    @property
    def own_variables(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(variable for variable, _, _ in self.literals))

    def _left(self, store: Store) -> list[tuple[int, int, bool]] | None:
        """The literals that may hold; None if one does."""
        left = []
        for variable, value, positive in self.literals:
            known = None
            if not store.has(variable, value):
                known = not positive
            elif store.is_fixed(variable):
                known = positive
            if known is True:
                return None
            if known is None:
                left.append((variable, value, positive))
        return left

    def is_violated(self, store: Store) -> bool:
        return self._left(store) == []

    def holds_for_all(self, store: Store) -> bool:
        return self._left(store) is None

    def narrow(self, store: Store) -> bool:
        left = self._left(store)
        if left is None:
            return False
        if not left:
            raise Empty
        if len(left) > 1:
            return True
        variable, value, positive = left[0]
        if positive:
            store.fix(variable, value)
        else:
            store.remove(variable, value)
        return store.has(variable, value) != positive  # what is not listed keeps inner values

    def reduced(self, store: Store) -> ClauseRow:
        return replace(self, literals=tuple(self._left(store) or ()))


@dataclass(frozen=True)
class TableRow(Row):
    """The terms, as a tuple, are one of the tuples; or none of them."""

    terms: tuple[int, ...]
    tuples: tuple[tuple[int, ...], ...]
    allowed: bool

    @property
    def own_variables(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(self.terms))

    def left(self, store: Store) -> list[tuple[int, ...]]:
        """The tuples of which every value is left."""
        has, terms = store.has, self.terms
        return [
            row for row in self.tuples if all(has(v, n) for v, n in zip(terms, row, strict=True))
        ]

    def _all(self, store: Store) -> int:
        total = 1
        for variable in self.terms:
            total *= store.size(variable)
        return total

    def is_violated(self, store: Store) -> bool:
        left = self.left(store)
        return not left if self.allowed else len(left) == self._all(store)

    def holds_for_all(self, store: Store) -> bool:
        left = self.left(store)
        return len(left) == self._all(store) if self.allowed else not left

    def narrow(self, store: Store) -> bool:
        left = self.left(store)
        if self.allowed:
            if not left:
                raise Empty
            for place, variable in enumerate(self.terms):
                store.keep(variable, {row[place] for row in left})
            return len(left) < self._all(store)
        if not left:
            return False
        count = self._all(store)
        if len(left) == count:
            raise Empty
        for place, variable in enumerate(self.terms):
            # A value all of whose completions are forbidden.
            full = count // store.size(variable)
            if full > len(left):
                continue
            for value, number in Counter(row[place] for row in left).items():
                if number == full:
                    store.remove(variable, value)
        return any(True for _ in self.left(store))


#: What a value of a variable adds to a sum: a factor, or a number for each value.
Numbers: TypeAlias = int | Mapping[int, int]


@dataclass(frozen=True)
class SumRow(Row):
    """The numbers of the terms' values add up to a bound ("=="), not to it, or to at most it."""

    terms: tuple[int, ...]
    numbers: tuple[Numbers, ...]
    comparison: Literal["==", "!=", "<="]
    bound: int

    @property
    def own_variables(self) -> tuple[int, ...]:
        return self.terms

    def span(self, store: Store, place: int) -> tuple[int, int]:
        """The least and the greatest number of a term."""
        variable, numbers = self.terms[place], self.numbers[place]
        if isinstance(numbers, int):
            ends = numbers * store.low(variable), numbers * store.high(variable)
            return min(ends), max(ends)
        # What is not listed may have any number of values, and adds 0 for nearly all of them.
        own = [number for value, number in numbers.items() if store.has(variable, value)]
        if store.size(variable) > len(own):
            own.append(0)
        return min(own), max(own)

    def spans(self, store: Store) -> tuple[list[tuple[int, int]], int, int]:
        """Each term's span, and that of the sum."""
        spans = [self.span(store, place) for place in range(len(self.terms))]
        return spans, sum(low for low, _ in spans), sum(high for _, high in spans)

    def is_violated(self, store: Store) -> bool:
        _, low, high = self.spans(store)
        if self.comparison == "<=":
            return low > self.bound
        if self.comparison == "==":
            return low > self.bound or high < self.bound
        return low == high == self.bound

    def holds_for_all(self, store: Store) -> bool:
        _, low, high = self.spans(store)
        if self.comparison == "<=":
            return high <= self.bound
        if self.comparison == "==":
            return low == high == self.bound
        return low > self.bound or high < self.bound

    def narrow(self, store: Store) -> bool:
        if self.comparison == "!=":
            return self._narrow_unequal(store)
        # One pass: presolve, which looks at the clock, comes back where a domain has changed.
        spans, low, high = self.spans(store)
        if low > self.bound or (self.comparison == "==" and high < self.bound):
            raise Empty
        for place, (least, greatest) in enumerate(spans):
            most = self.bound - (low - least)
            fewest = self.bound - (high - greatest) if self.comparison == "==" else least
            if greatest > most or least < fewest:
                self._keep(store, place, fewest, most)
                kept = self.span(store, place)
                low += kept[0] - least
                high += kept[1] - greatest
        return not self.holds_for_all(store)

    def _keep(self, store: Store, place: int, fewest: int, most: int) -> None:
        """Keep the values of a term whose number is from fewest to most."""
        variable, numbers = self.terms[place], self.numbers[place]
        if not isinstance(numbers, int):
            store.keep(variable, lambda value: fewest <= numbers.get(value, 0) <= most)
        elif numbers > 0:
            store.restrict(variable, -(-fewest // numbers), most // numbers)
        elif numbers < 0:
            store.restrict(variable, -(most // -numbers), -fewest // -numbers)

    def _narrow_unequal(self, store: Store) -> bool:
        open_terms = [place for place, v in enumerate(self.terms) if not store.is_fixed(v)]
        if len(open_terms) > 1:
            return not self.holds_for_all(store)
        rest = self.bound - sum(
            self.span(store, place)[0]
            for place in range(len(self.terms))
            if place not in open_terms
        )
        if not open_terms:
            if rest == 0:
                raise Empty
            return False
        variable, numbers = self.terms[open_terms[0]], self.numbers[open_terms[0]]
        if not isinstance(numbers, int):
            store.keep(variable, lambda value: numbers.get(value, 0) != rest)
            return not store.is_listed(variable)
        elif numbers == 0:
            if rest == 0:
                raise Empty
        elif rest % numbers == 0:
            store.remove(variable, rest // numbers)
            return store.has(variable, rest // numbers)
        return False


@dataclass(frozen=True)
class DifferentRow(Row):
    """No two terms are equal, unless their value is an exception."""

    terms: tuple[int, ...]
    exceptions: frozenset[int]

    @property
    def own_variables(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys(self.terms))

    def is_violated(self, store: Store) -> bool:
        fixed = Counter(store.low(v) for v in self.terms if store.is_fixed(v))
        return any(n > 1 and value not in self.exceptions for value, n in fixed.items())

    def holds_for_all(self, store: Store) -> bool:
        if all(store.is_listed(variable) for variable in self.terms):
            seen: Counter[int] = Counter()
            for variable in self.terms:
                seen.update(set(store.values(variable)) - self.exceptions)
            return all(n == 1 for n in seen.values())
        return all(store.is_fixed(v) for v in self.terms) and not self.is_violated(store)

    def narrow(self, store: Store) -> bool:
        if self.is_violated(store):
            raise Empty
        self._spread_fixed(store)
        if not self.exceptions and all(store.is_listed(variable) for variable in self.terms):
            self._fill_last_places(store)
        return not self.holds_for_all(store)

    def _spread_fixed(self, store: Store) -> None:
        done: set[int] = set()
        waiting = [place for place, v in enumerate(self.terms) if store.is_fixed(v)]
        while waiting:
            place = waiting.pop()
            if place in done:
                continue
            done.add(place)
            value = store.low(self.terms[place])
            if value in self.exceptions:
                continue
            for other, variable in enumerate(self.terms):
                if other != place and store.has(variable, value):
                    if variable == self.terms[place] or store.is_fixed(variable):
                        raise Empty
                    store.remove(variable, value)
                    if store.is_fixed(variable):
                        waiting.append(other)

    def _fill_last_places(self, store: Store) -> None:
        """Where there are as many terms as values, each value is taken: by its only place."""
        places: dict[int, list[int]] = {}
        for variable in self.terms:
            for value in store.values(variable):
                places.setdefault(value, []).append(variable)
        if len(places) < len(self.terms):
            raise Empty
        if len(places) == len(self.terms):
            for value, own in places.items():
                if len(own) == 1:
                    store.fix(own[0], value)


def added(left: Numbers, right: Numbers, values: Callable[[], Sequence[int]]) -> Numbers:
    """The sum of two terms of one variable, whose values are asked for only where they matter."""
    if isinstance(left, int) and isinstance(right, int):
        return left + right
    if left == 0 or right == 0:
        return right if left == 0 else left
    return {value: number_of(left)(value) + number_of(right)(value) for value in values()}


def number_of(numbers: Numbers) -> Callable[[int], int]:
    """What a value adds to a sum, as a function."""
    if isinstance(numbers, int):
        return lambda value: numbers * value
    return lambda value: numbers.get(value, 0)
