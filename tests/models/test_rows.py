"""Rows: propagation takes no value away that is in a solution, and says when nothing is left.

Each random row is compared with all assignments of small domains.
"""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odesolve.problems.models.presolve import CREEPS, Contradiction, narrowed
from odesolve.problems.models.rows.kinds import ClauseRow, DifferentRow, SumRow, TableRow
from odesolve.problems.models.rows.store import LISTED, Empty, Store
from odesolve.problems.models.values import Values

SEEDS = range(60)
#: More values than are kept one by one.
WIDE = Values.between(0, 2 * LISTED)


def store_of(*domains):
    store = Store()
    for values in domains:
        store.new(values if isinstance(values, Values) else Values.of(values))
    return store


def drawn_store(generator, variables=3):
    return store_of(
        *(generator.sample(range(-2, 4), generator.randint(1, 4)) for _ in range(variables))
    )


def contents(store):
    return [store.values(variable) for variable in range(len(store))]


# ------------------------------------------------------------------------------------- the store


@given(
    st.sets(st.integers(0, 9), min_size=1),
    st.lists(st.tuples(st.sampled_from(["remove", "restrict", "keep", "odd"]), st.integers(0, 9),
                       st.integers(0, 9)), max_size=6),
)  # fmt: skip
def test_domains_behave_like_sets(members, steps):
    store, kept = store_of(members), set(members)
    for name, a, b in steps:
        before = set(kept)
        kept = {
            "remove": before - {a},
            "restrict": {n for n in before if a <= n <= b},
            "keep": before & {a, b},
            "odd": {n for n in before if n % 2},
        }[name]
        calls = {"remove": (0, a), "restrict": (0, a, b), "keep": (0, [a, b])}
        store.changed.clear()
        try:
            if name == "odd":
                store.keep(0, lambda value: value % 2 == 1)
            else:
                getattr(store, name)(*calls[name])
        except Empty:
            assert not kept
            return
        assert kept
        assert store.values(0) == sorted(kept)
        assert (store.low(0), store.high(0), store.size(0)) == (min(kept), max(kept), len(kept))
        assert store.is_fixed(0) == (len(kept) == 1)
        assert (0 in store.changed) == (kept != before)
        missing = {n for low, high in store.gaps(0) for n in range(low, high + 1)}
        assert missing == set(range(min(kept), max(kept))) - kept


def test_of_large_domains_only_the_ends_move():
    store = store_of(WIDE)
    store.remove(0, 5)
    assert store.has(0, 5)
    store.remove(0, 0)
    store.remove(0, WIDE.highest)
    assert (store.low(0), store.high(0)) == (1, WIDE.highest - 1)
    assert not store.is_listed(0)
    store.restrict(0, 10, 20)
    assert store.is_listed(0)
    store.remove(0, 15)
    assert store.gaps(0) == [(15, 15)]
    with pytest.raises(Empty):
        store.fix(0, 15)


def test_what_was_missing_from_a_large_domain_stays_missing():
    store = store_of(Values.joined([(0, LISTED), (LISTED + 10, 3 * LISTED)]))
    store.restrict(0, 5, 2 * LISTED)
    assert not store.has(0, LISTED + 5)
    assert store.gaps(0) == [(LISTED + 1, LISTED + 9)]
    store.restrict(0, LISTED + 2, 2 * LISTED)
    assert store.low(0) == LISTED + 10


# ------------------------------------------------------------------------------------------ rows


def clause_row(generator, guards):
    literals = tuple(
        (generator.randrange(3), generator.randint(-2, 3), generator.random() < 0.5)
        for _ in range(generator.randint(0, 3))
    )
    return ClauseRow(guards, 0, literals)


def table_row(generator, guards):
    terms = tuple(generator.sample(range(3), generator.randint(1, 3)))
    tuples = {
        tuple(generator.randint(-2, 3) for _ in terms) for _ in range(generator.randint(0, 30))
    }
    return TableRow(guards, 0, terms, tuple(sorted(tuples)), generator.random() < 0.5)


def sum_row(generator, guards):
    terms = tuple(generator.sample(range(3), generator.randint(0, 3)))
    numbers = tuple(
        generator.choice([-3, -1, 1, 2])
        if generator.random() < 0.7
        else {n: generator.randint(-2, 2) for n in range(-2, 2)}
        for _ in terms
    )
    comparison = generator.choice(["==", "!=", "<="])
    return SumRow(guards, 0, terms, numbers, comparison, generator.randint(-5, 5))


def different_row(generator, guards):
    terms = tuple(generator.choices(range(3), k=generator.randint(1, 3)))
    if generator.random() < 0.8:
        terms = tuple(dict.fromkeys(terms))
    exceptions = frozenset([0] if generator.random() < 0.4 else [])
    return DifferentRow(guards, 0, terms, exceptions)


def holds(row, values):
    """The definition of each kind of row."""
    if any(values[variable] != value for variable, value in row.guards):
        return True
    if isinstance(row, ClauseRow):
        return any((values[v] == n) == positive for v, n, positive in row.literals)
    if isinstance(row, TableRow):
        return (tuple(values[v] for v in row.terms) in row.tuples) == row.allowed
    if isinstance(row, DifferentRow):
        counted = [values[v] for v in row.terms if values[v] not in row.exceptions]
        return len(set(counted)) == len(counted)
    total = sum(
        n * values[v] if isinstance(n, int) else n.get(values[v], 0)
        for v, n in zip(row.terms, row.numbers, strict=True)
    )
    return {
        "==": total == row.bound, "!=": total != row.bound, "<=": total <= row.bound
    }[row.comparison]  # fmt: skip


MAKERS = {
    "clause": clause_row, "table": table_row, "sum": sum_row, "different": different_row
}  # fmt: skip


def drawn_guards(generator):
    return tuple(
        (variable, generator.randint(-2, 3))
        for variable in generator.sample(range(3), generator.choice([0, 0, 0, 1, 1, 2]))
    )


@pytest.mark.parametrize("kind", MAKERS)
def test_propagation_keeps_every_solution_of_a_row(kind):
    seen = {"empty": 0, "entailed": 0, "open": 0}
    for seed in range(400):
        generator = random.Random(f"{kind}{seed}")
        store = drawn_store(generator)
        row = MAKERS[kind](generator, drawn_guards(generator))
        points = list(itertools.product(*contents(store)))
        right = [point for point in points if holds(row, point)]
        all_hold = len(right) == len(points)
        assert not row.holds_for_all(store) or all_hold or row.guards
        try:
            says_more = row.propagate(store)
        except Empty:
            assert not right, (seed, row)
            seen["empty"] += 1
            continue
        left = list(itertools.product(*contents(store)))
        assert set(right) <= set(left), (seed, row)
        if not says_more:
            assert set(left) == set(right), (seed, row)
        seen["open" if says_more else "entailed"] += 1
    assert all(seen.values())


@pytest.mark.parametrize("kind", MAKERS)
def test_a_fixed_point_decides_rows_whose_variables_are_fixed(kind):
    for seed in range(150):
        generator = random.Random(f"fixed {kind}{seed}")
        store = store_of(*([generator.randint(-2, 3)] for _ in range(3)))
        row = MAKERS[kind](generator, drawn_guards(generator))
        [point] = itertools.product(*contents(store))
        if holds(row, point):
            assert not row.propagate(store)
        else:
            with pytest.raises(Empty):
                row.propagate(store)


@pytest.mark.parametrize("seed", SEEDS)
def test_presolve_keeps_the_solutions_of_several_rows(seed):
    generator = random.Random(seed)
    store = drawn_store(generator)
    makers = list(MAKERS.values())
    rows = [
        generator.choice(makers)(generator, drawn_guards(generator))
        for _ in range(generator.randint(1, 4))
    ]
    points = itertools.product(*contents(store))
    right = {point for point in points if all(holds(row, point) for row in rows)}
    try:
        left = narrowed(store, rows)
    except Contradiction:
        assert not right
        return
    points = itertools.product(*contents(store))
    assert {point for point in points if all(holds(row, point) for row in left)} == right
    for row in left:
        assert all(not store.is_fixed(variable) for variable, _ in row.guards)


def test_bounds_that_creep_are_left_alone():
    """Two comparisons that contradict each other over 2^40 values."""
    store = store_of(*[Values.between(0, 2**40)] * 2)
    rows = [SumRow((), k, (k, 1 - k), (1, -1), "<=", -1) for k in range(2)]
    assert len(narrowed(store, rows)) == 2
    assert 0 < store.low(0) < 2**40


def test_rows_that_make_bounds_creep_stop_waking_others():
    count = 40
    store = store_of(*[Values.between(0, 2**62)] * count)
    # A ring of x < y: no solution, and every turn takes one value of 2^62 away.
    rows = [SumRow((), k, (k, (k + 1) % count), (1, -1), "<=", -1) for k in range(count)]
    assert len(narrowed(store, rows)) == count
    assert max(store.low(v) for v in range(count)) <= 2 * CREEPS * count


def test_large_steps_are_never_held_back():
    """A long chain of sums over large domains is propagated to its end."""
    count = CREEPS + 60
    store = store_of(*[Values.between(0, 10**9)] * count)
    rows = [SumRow((), k, (k, k + 1), (1, -1), "<=", -(10**5)) for k in reversed(range(count - 1))]
    narrowed(store, rows)
    assert store.low(count - 1) == 10**5 * (count - 1)
    assert store.high(0) == 10**9 - 10**5 * (count - 1)


def test_a_contradiction_names_the_constraint():
    store = store_of([0, 1], [0, 1])
    rows = [
        ClauseRow((), 3, ((0, 1, True),)),
        SumRow((), 5, (0, 1), (1, 1), "<=", 0),
    ]
    with pytest.raises(Contradiction) as caught:
        narrowed(store, rows)
    assert caught.value.origin == 5


def test_clauses_that_say_the_same_are_kept_once():
    store = store_of([0, 1], [0, 1], [0, 1])
    literals = ((0, 1, True), (1, 1, True))
    rows = [ClauseRow((), 0, literals), ClauseRow(((1, 0),), 1, ((0, 1, True),))]
    rows += [ClauseRow((), 2, literals[::-1])]
    assert len(narrowed(store, rows)) == 2


def test_tables_lose_the_tuples_that_cannot_be():
    store = store_of(range(100), range(100))
    rows = [
        TableRow((), 0, (0, 1), tuple((n, (7 * n) % 100) for n in range(100)), True),
        SumRow((), 1, (0,), (1,), "<=", 20),
    ]
    [table] = narrowed(store, rows)
    assert len(table.tuples) == 21


def test_a_guard_that_cannot_be_taken_away_keeps_its_row():
    """Inner values of large domains stay, and so must what forbids them."""
    store = store_of(WIDE, [0, 1])
    impossible = ClauseRow(((0, 5),), 0, ())
    assert narrowed(store, [impossible]) != []
    store.restrict(0, 5, 6)
    assert narrowed(store, [impossible]) == []
    assert store.values(0) == [6]
