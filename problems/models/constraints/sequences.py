"""Tables, elements of arrays, automata, orders and tours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from odesolve.problems.models.constraints.base import (
    Constraint,
    Operand,
    integer,
    operand,
    operands,
)


@dataclass(frozen=True)
class Table(Constraint):
    """The terms, as a tuple, are one of some tuples (or, if not ``allowed``, none of them).

    Attributes:
        terms: operands.
        tuples: of as many integers; None in one stands for any value.
        allowed: whether the tuples are those that hold, or those that do not.

    Raises:
        ValueError: if a tuple has another length.

    Example:
        >>> import odesolve as ode
        >>> ode.constraints.Table([1, 2], [(1, 2), (3, None)]).holds([3, 7])
        True
    """

    terms: Sequence[Operand]
    tuples: Iterable[Sequence[int | None]]
    allowed: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", operands(self.terms, "Table"))
        rows = tuple(
            tuple(None if v is None else integer(v, "Table") for v in row) for row in self.tuples
        )
        object.__setattr__(self, "tuples", rows)
        object.__setattr__(self, "allowed", bool(self.allowed))
        wrong = next((row for row in rows if len(row) != len(self.terms)), None)
        if wrong is not None:
            raise ValueError(f"Table: the tuple {wrong} for {len(self.terms)} terms")

    @cached_property
    def _whole(self) -> frozenset[tuple[int | None, ...]]:
        return frozenset(tuple(row) for row in self.tuples if None not in row)

    @cached_property
    def _starred(self) -> tuple[Sequence[int | None], ...]:
        return tuple(row for row in self.tuples if None in row)

    @property
    def operands(self) -> tuple[Operand, ...]:
        return tuple(self.terms)

    def holds(self, values: Sequence[int]) -> bool:
        found = tuple(values) in self._whole or any(
            all(want is None or want == have for want, have in zip(row, values, strict=True))
            for row in self._starred
        )
        return found == self.allowed

    def with_operands(self, operands: Sequence[Operand]) -> Table:
        return Table(tuple(operands), self.tuples, self.allowed)


@dataclass(frozen=True)
class Element(Constraint):
    """``array[index] == result``; the index must be one of the array, which begins with ``first``.

    Example:
        >>> import odesolve as ode
        >>> ode.constraints.Element([7, 8, 9], 2, 8, first=1).holds([7, 8, 9, 2, 8])
        True
    """

    array: Sequence[Operand]
    index: Operand
    result: Operand
    first: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "array", operands(self.array, "Element"))
        object.__setattr__(self, "index", operand(self.index, "Element"))
        object.__setattr__(self, "result", operand(self.result, "Element"))
        object.__setattr__(self, "first", integer(self.first, "Element"))

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (*self.array, self.index, self.result)

    def holds(self, values: Sequence[int]) -> bool:
        *array, index, result = values
        place = index - self.first
        return 0 <= place < len(array) and array[place] == result

    def with_operands(self, operands: Sequence[Operand]) -> Element:
        return Element(tuple(operands[:-2]), operands[-2], operands[-1], self.first)


@dataclass(frozen=True)
class Inverse(Constraint):
    """``forward[i] == j`` exactly where ``backward[j] == i``, all indices from ``first``.

    Attributes:
        forward, backward: operands, as many of each; ``first`` is where both arrays begin.
    """

    forward: Sequence[Operand]
    backward: Sequence[Operand]
    first: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "forward", operands(self.forward, "Inverse"))
        object.__setattr__(self, "backward", operands(self.backward, "Inverse"))
        object.__setattr__(self, "first", integer(self.first, "Inverse"))
        if len(self.forward) != len(self.backward):
            raise ValueError(
                f"Inverse: {len(self.forward)} and {len(self.backward)} terms; expected as many"
            )

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (*self.forward, *self.backward)

    def holds(self, values: Sequence[int]) -> bool:
        n = len(self.forward)
        there = [value - self.first for value in values[:n]]
        back = [value - self.first for value in values[n:]]
        return all(0 <= j < n and back[j] == i for i, j in enumerate(there)) and all(
            0 <= i < n and there[i] == j for j, i in enumerate(back)
        )

    def with_operands(self, operands: Sequence[Operand]) -> Inverse:
        n = len(self.forward)
        return Inverse(tuple(operands[:n]), tuple(operands[n:]), self.first)


@dataclass(frozen=True)
class Circuit(Constraint):
    """The successors of nodes form one tour through all of them.

    Attributes:
        successors: an operand for each node, the node after it; ``first`` is the first node.
        optional: whether a node may be its own successor and so stay out of the tour, which then
            goes through all others.
    """

    successors: Sequence[Operand]
    first: int = 0
    optional: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "successors", operands(self.successors, "Circuit"))
        object.__setattr__(self, "first", integer(self.first, "Circuit"))
        object.__setattr__(self, "optional", bool(self.optional))

    @property
    def operands(self) -> tuple[Operand, ...]:
        return tuple(self.successors)

    def holds(self, values: Sequence[int]) -> bool:
        after = [value - self.first for value in values]
        if not all(0 <= node < len(after) for node in after):
            return False
        inside = [i for i, node in enumerate(after) if not self.optional or node != i]
        if not inside:
            return True
        seen, node = set(), inside[0]
        while node not in seen:
            seen.add(node)
            node = after[node]
        return node == inside[0] and seen == set(inside)

    def with_operands(self, operands: Sequence[Operand]) -> Circuit:
        return Circuit(tuple(operands), self.first, self.optional)


@dataclass(frozen=True)
class Lexicographic(Constraint):
    """A sequence stands before another one in lexicographic order, or is equal unless ``strict``.

    Attributes:
        left, right: operands, as many of each.
        strict: whether they must differ.
    """

    left: Sequence[Operand]
    right: Sequence[Operand]
    strict: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "left", operands(self.left, "Lexicographic"))
        object.__setattr__(self, "right", operands(self.right, "Lexicographic"))
        object.__setattr__(self, "strict", bool(self.strict))
        if len(self.left) != len(self.right):
            raise ValueError(
                f"Lexicographic: {len(self.left)} and {len(self.right)} terms; expected as many"
            )

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (*self.left, *self.right)

    def holds(self, values: Sequence[int]) -> bool:
        left, right = tuple(values[: len(self.left)]), tuple(values[len(self.left) :])
        return left < right if self.strict else left <= right

    def with_operands(self, operands: Sequence[Operand]) -> Lexicographic:
        n = len(self.left)
        return Lexicographic(tuple(operands[:n]), tuple(operands[n:]), self.strict)


@dataclass(frozen=True)
class Regular(Constraint):
    """The terms, as a word, are accepted by a finite automaton.

    Attributes:
        terms: operands.
        transitions: a mapping (state, value) -> state; what is missing is not accepted.
        start: the state before the first term.
        accepting: the states that may stand after the last one.

    Example:
        >>> import odesolve as ode
        >>> no_two_ones = {("a", 0): "a", ("a", 1): "b", ("b", 0): "a"}
        >>> ode.constraints.Regular([1, 1], no_two_ones, "a", ["a", "b"]).holds([1, 1])
        False
    """

    terms: Sequence[Operand]
    transitions: Mapping[tuple[int | str, int], int | str] = field(hash=False)
    start: int | str
    accepting: Iterable[int | str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", operands(self.terms, "Regular"))
        steps = {(s, integer(v, "Regular")): t for (s, v), t in dict(self.transitions).items()}
        object.__setattr__(self, "transitions", steps)
        object.__setattr__(self, "accepting", frozenset(self.accepting))

    @property
    def operands(self) -> tuple[Operand, ...]:
        return tuple(self.terms)

    def holds(self, values: Sequence[int]) -> bool:
        state = self.start
        for value in values:
            if (state, value) not in self.transitions:
                return False
            state = self.transitions[state, value]
        return state in frozenset(self.accepting)

    def with_operands(self, operands: Sequence[Operand]) -> Regular:
        return Regular(tuple(operands), self.transitions, self.start, self.accepting)
