"""Rows of constraints that count."""

from __future__ import annotations

from itertools import combinations, pairwise

from odesolve.problems.models.constraints.counting import (
    AllDifferent,
    AllEqual,
    Cardinality,
    Cumulative,
)
from odesolve.problems.models.lowering.builder import Builder, Guards, Unsupported

#: Tasks of open durations are tables of starts and durations at every time, of so many tuples.
LARGEST_TABLES = 1_000_000

#: Resources are added up at as many times.
TIMES = 20_000


def lower_all_different(builder: Builder, given: AllDifferent, guards: Guards) -> None:
    """One row, whose pairs are written out later."""
    builder.different(builder.numbers(given.terms), given.exceptions, guards)


def refute_all_different(builder: Builder, given: AllDifferent, guards: Guards) -> None:
    """Two of them are equal, and no exception."""
    terms, chosen = builder.numbers(given.terms), []
    for left, right in combinations(terms, 2):
        equal = builder.truth()
        builder.equal(left, right, (*guards, (equal, 1)))
        for value in given.exceptions:
            builder.clause([(left, value, False)], (*guards, (equal, 1)))
        chosen.append((equal, 1, True))
    builder.clause(chosen, guards)


def lower_all_equal(builder: Builder, given: AllEqual, guards: Guards) -> None:
    """Neighbours are equal."""
    terms = builder.numbers(given.terms)
    for left, right in pairwise(terms):
        builder.equal(left, right, guards)


def refute_all_equal(builder: Builder, given: AllEqual, guards: Guards) -> None:
    """Two neighbours differ."""
    terms, chosen = builder.numbers(given.terms), []
    for left, right in pairwise(terms):
        unequal = builder.truth()
        builder.total([(1, left), (-1, right)], "!=", 0, (*guards, (unequal, 1)))
        chosen.append((unequal, 1, True))
    builder.clause(chosen, guards)


def lower_cardinality(builder: Builder, given: Cardinality, guards: Guards) -> None:
    """For each value, the number of terms that have it is a sum."""
    terms, counts = builder.numbers(given.terms), builder.numbers(given.counts)
    for value, count in zip(given.values, counts, strict=True):
        holding = [({value: 1}, v) for v in terms if builder.store.has(v, value)]
        builder.total([*holding, (-1, count)], "==", 0, guards)
    if given.closed:
        for variable in terms:
            builder.within(variable, given.values, guards)


def refute_cardinality(builder: Builder, given: Cardinality, guards: Guards) -> None:
    """Some value is taken by another number of terms, or, if closed, a term has another value."""
    terms, counts = builder.numbers(given.terms), builder.numbers(given.counts)
    chosen = []
    for value, count in zip(given.values, counts, strict=True):
        unequal = builder.truth()
        holding = [({value: 1}, v) for v in terms if builder.store.has(v, value)]
        builder.total([*holding, (-1, count)], "!=", 0, (*guards, (unequal, 1)))
        chosen.append((unequal, 1, True))
    for variable in terms if given.closed else ():
        outside = builder.truth()
        for value in given.values:
            builder.clause([(variable, value, False)], (*guards, (outside, 1)))
        chosen.append((outside, 1, True))
    builder.clause(chosen, guards)


def lower_cumulative(builder: Builder, given: Cumulative, guards: Guards) -> None:
    """At every time at which a task may start, the demands of those that may run then.

    Raises:
        Unsupported: if durations are open, or there are too many times.
    """
    starts, durations = builder.numbers(given.starts), builder.numbers(given.durations)
    demands, capacity = builder.numbers(given.demands), builder.number(given.capacity)
    store = builder.store
    for variable in (*durations, *demands):
        builder.total([(1, variable)], ">=", 0, guards)
    tasks = [
        (start, duration, demand)
        for start, duration, demand in zip(starts, durations, demands, strict=True)
        if store.high(duration) > 0 and store.high(demand) > 0
    ]
    if store.low(capacity) < 0:
        guards = _not_negative(builder, capacity, durations, guards)
    if not tasks:
        return
    first = min(store.low(start) for start, _, _ in tasks)
    last = max(store.high(start) for start, _, _ in tasks)
    if last - first >= TIMES:
        raise Unsupported(f"a resource over {last - first + 1} times")
    written = sum(builder.size([s, d]) for s, d, _ in tasks if not store.is_fixed(d))
    if written * (last - first + 1) > LARGEST_TABLES:
        raise Unsupported(f"a resource over {last - first + 1} times with tasks of open durations")
    for time in range(first, last + 1):
        terms = []
        for start, duration, demand in tasks:
            if store.low(start) <= time < store.high(start) + store.high(duration):
                terms.append(_use(builder, start, duration, demand, time, guards))
        if terms:
            builder.total([*terms, (-1, capacity)], "<=", 0, guards)


def _not_negative(builder: Builder, capacity: int, durations: list[int], guards: Guards) -> Guards:
    """Guards behind which a capacity is not negative; else no task may run at all."""
    enough = builder.truth()
    builder.total([(1, capacity)], ">=", 0, (*guards, (enough, 1)))
    builder.total([(1, capacity)], "<=", -1, (*guards, (enough, 0)))
    for duration in durations:
        builder.within(duration, [0], (*guards, (enough, 0)))
    return (*guards, (enough, 1))


def _use(
    builder: Builder, start: int, duration: int, demand: int, time: int, guards: Guards
) -> tuple[int | dict[int, int], int]:
    """What a task uses at a time, as a term of a sum."""
    store = builder.store
    if store.is_fixed(duration) and store.is_fixed(demand):
        length, use = store.low(duration), store.low(demand)
        own = range(max(store.low(start), time - length + 1), min(store.high(start), time) + 1)
        return {value: use for value in own if store.has(start, value)}, start
    running = builder.truth()
    if builder.size([start, duration]) > 4096:
        raise Unsupported("tasks of many starts and of many durations")
    builder.functional([start, duration], running, lambda s, d: int(s <= time < s + d), ())
    if store.is_fixed(demand):
        return store.low(demand), running
    used = builder.between(0, max(store.high(demand), 0))
    builder.within(used, [0], ((running, 0),))
    builder.equal(used, demand, (*guards, (running, 1)))  # it may be negative without the guards
    return 1, used
