"""Rows of tables, elements, automata, orders and tours."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from itertools import product
from math import prod
from typing import Any

from odesolve.problems.models.constraints.sequences import (
    Circuit,
    Element,
    Inverse,
    Lexicographic,
    Regular,
    Table,
)
from odesolve.problems.models.lowering.builder import TUPLES, Builder, Guards, Unsupported


def lower_table(builder: Builder, given: Table, guards: Guards) -> None:
    """The tuples, those with "any value" written out."""
    builder.table(
        builder.numbers(given.terms), _written_out(builder, given), guards, allowed=given.allowed
    )


def refute_table(builder: Builder, given: Table, guards: Guards) -> None:
    """What was allowed is forbidden."""
    lower_table(builder, Table(given.terms, given.tuples, not given.allowed), guards)


def _written_out(builder: Builder, given: Table) -> list[tuple[int, ...]]:
    """The tuples with every "any value" replaced by all values of the term."""
    terms = builder.numbers(given.terms)
    rows: list[tuple[int, ...]] = []
    for row in given.tuples:
        choices = [
            builder.listed(v) if value is None else [value]
            for v, value in zip(terms, row, strict=True)
        ]
        if len(rows) + prod(map(len, choices)) > 25 * TUPLES:
            raise Unsupported(f"a table of more than {25 * TUPLES} tuples")
        rows.extend(product(*choices))
    return rows


def lower_element(builder: Builder, given: Element, guards: Guards) -> None:
    """By a table for a constant array, else each place behind the index."""
    array, first = builder.numbers(given.array), given.first
    index, result = builder.number(given.index), builder.number(given.result)
    store = builder.store
    if all(store.is_fixed(variable) for variable in array):
        numbers = [store.low(variable) for variable in array]
        pairs = [(first + k, n) for k, n in enumerate(numbers) if store.has(result, n)]
        builder.table([index, result], pairs, guards)
        return
    builder.within(index, range(first, first + len(array)), guards)
    for place, variable in enumerate(array):
        if store.has(index, first + place):
            builder.equal(variable, result, (*guards, (index, first + place)))


def refute_element(builder: Builder, given: Element, guards: Guards) -> None:
    """Where the index names a place, another value stands there."""
    array, first = builder.numbers(given.array), given.first
    index, result = builder.number(given.index), builder.number(given.result)
    for place, variable in enumerate(array):
        if builder.store.has(index, first + place):
            guard = (*guards, (index, first + place))
            builder.total([(1, variable), (-1, result)], "!=", 0, guard)


def lower_inverse(builder: Builder, given: Inverse, guards: Guards) -> None:
    """Each pair of places says the same in both directions."""
    forward, backward = builder.numbers(given.forward), builder.numbers(given.backward)
    first, n = given.first, len(given.forward)
    for variable in (*forward, *backward):
        builder.within(variable, range(first, first + n), guards)
    builder.different(forward, (), guards)
    builder.different(backward, (), guards)
    for i, j in product(range(n), repeat=2):
        there, back = (forward[i], first + j), (backward[j], first + i)
        builder.clause([(*there, False), (*back, True)], guards)
        builder.clause([(*there, True), (*back, False)], guards)


def lower_lexicographic(builder: Builder, given: Lexicographic, guards: Guards) -> None:
    """A truth value for each place says that all before it are equal; it starts as true."""
    left, right = builder.numbers(given.left), builder.numbers(given.right)
    store, equal = builder.store, guards
    for place, (a, b) in enumerate(zip(left, right, strict=True)):
        last = place == len(left) - 1
        bound = -1 if last and given.strict else 0
        builder.total([(1, a), (-1, b)], "<=", bound, equal)
        if last:
            return
        still = builder.truth()
        both = (value for value in builder.listed(a) if store.has(b, value))
        builder.table([a, b, still], [(value, value, 0) for value in both], equal, allowed=False)
        equal = (*guards, (still, 1))
    if given.strict:
        builder.clause([], guards)  # empty sequences are equal


def refute_lexicographic(builder: Builder, given: Lexicographic, guards: Guards) -> None:
    """The opposite order."""
    lower_lexicographic(builder, Lexicographic(given.right, given.left, not given.strict), guards)


def lower_regular(builder: Builder, given: Regular, guards: Guards) -> None:
    """An auxiliary variable for the state after each term, and a table of transitions between."""
    _chain(builder, given, frozenset(given.accepting), given.transitions, guards)


def refute_regular(builder: Builder, given: Regular, guards: Guards) -> None:
    """The automaton completed by a state without return, and all other states accepting."""
    states = {given.start, *given.accepting, *given.transitions.values()}
    states |= {state for state, _ in given.transitions}
    sink = ("", "rejected")
    values = {v for variable in builder.numbers(given.terms) for v in builder.listed(variable)}
    steps: dict[tuple[Hashable, int], Hashable] = {
        (s, v): given.transitions.get((s, v), sink) for s in states for v in values
    }
    steps |= {(sink, v): sink for v in values}
    accepting = frozenset(given.accepting)
    _chain(builder, given, frozenset({*states, sink} - accepting), steps, guards)


def _chain(
    builder: Builder,
    given: Regular,
    accepting: frozenset[Hashable],
    steps: Mapping[Any, Hashable],
    guards: Guards,
) -> None:
    terms = builder.numbers(given.terms)
    reached: list[dict[Hashable, int]] = [{given.start: 0}]
    for variable in terms:
        after: dict[Hashable, int] = {}
        for state in reached[-1]:
            for value in builder.listed(variable):
                if (state, value) in steps:
                    after.setdefault(steps[state, value], len(after))
        reached.append(after)
    if not terms or not reached[-1]:
        if terms or given.start not in accepting:
            builder.clause([], guards)
        return
    before: int | None = None
    for place, variable in enumerate(terms):
        state_of, next_of = reached[place], reached[place + 1]
        last = place == len(terms) - 1
        rows = []
        for (state, value), target in steps.items():
            fits = state in state_of and builder.store.has(variable, value)
            if fits and (not last or target in accepting):
                rows.append((state_of[state], value, next_of[target]))
        after_variable = None if last else builder.between(0, len(next_of) - 1)
        kept = [v for v in (before, variable, after_variable) if v is not None]
        builder.table(
            kept,
            [row[(0 if before is not None else 1) : (2 if last else 3)] for row in rows],
            guards,
        )
        before = after_variable


def lower_circuit(builder: Builder, given: Circuit, guards: Guards) -> None:
    """Each node's place in the tour, counted from the first one: the next node has the next place.

    Raises:
        Unsupported: if nodes may stay out and the tour depends on a truth value.
    """
    after, first, store = builder.numbers(given.successors), given.first, builder.store
    n = len(after)
    for node, variable in enumerate(after):
        own = range(first, first + n)
        builder.within(variable, own, guards)
        if not given.optional and n > 1:
            builder.clause([(variable, first + node, False)], guards)
    builder.different(after, (), guards)
    if n < 2:
        return
    if given.optional:
        _optional_tour(builder, after, first, guards)
        return
    places = [builder.between(0, 0), *(builder.between(1, n - 1) for _ in range(n - 1))]
    builder.different(places)
    for node, variable in enumerate(after):
        for target in range(1, n):
            if node != target and store.has(variable, first + target):
                guard = (*guards, (variable, first + target))
                builder.equal(places[target], places[node], guard, offset=1)


def _optional_tour(builder: Builder, after: list[int], first: int, guards: Guards) -> None:
    """Places rise along the tour except into its start, which is one of the nodes inside."""
    n, store = len(after), builder.store
    start = builder.between(0, n)  # n: no node is inside
    places = [builder.between(0, n - 1) for _ in range(n)]
    for node, variable in enumerate(after):
        builder.clause([(variable, first + node, False), (start, node, False)], guards)
        builder.clause([(variable, first + node, True), (start, n, False)], guards)
        for target in range(n):
            if node != target and store.has(variable, first + target):
                # target is the start, or stands one place behind.
                other = builder.truth()
                guard = (*guards, (variable, first + target))
                builder.clause([(start, target, True), (other, 1, True)], guard)
                builder.equal(places[target], places[node], (*guard, (other, 1)), offset=1)
