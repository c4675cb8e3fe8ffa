"""Systems of models: assignments without a violated clause are exactly the rows' solutions."""

from __future__ import annotations

import itertools
from functools import partial

import jax
import numpy as np
import pytest
from models.random_models import brute_force, random_model

import odesolve as ode
from odesolve.problems.models.lowering import lower_model
from odesolve.problems.models.merging import Alias
from odesolve.problems.models.presolve import Contradiction, narrowed
from odesolve.problems.models.rows.kinds import ClauseRow, DifferentRow, SumRow, TableRow
from odesolve.problems.models.rows.store import Store
from odesolve.problems.models.shares import TooWide, compiled_shares, forms
from odesolve.problems.models.shares.forms import Forms
from odesolve.problems.models.values import TRUTH, Values

kinds = ode.constraints


def unviolated(shares, system=None):
    """Every assignment that violates nothing, ``[assignments, variables]``."""
    sizes = [range(len(values)) for values in shares.values]
    grid = np.array(list(itertools.product(*sizes)), np.int32)
    count = jax.jit(lambda system, grid: system.violated(grid).sum(axis=0))
    return grid[np.asarray(count(system or shares.system, grid.T)) == 0]


def answers(model, store, shares):
    """Solutions by name: those of the system, times all values of variables that it lacks."""
    inside = {*shares.variables, *shares.binary}
    free = [variable for variable in model.variables if variable.number not in inside]
    found = set()
    for assignment in unviolated(shares):
        values = shares.read(assignment.tolist(), store)
        for others in itertools.product(*(store.values(v.number) for v in free)):
            values |= {v.number: n for v, n in zip(free, others, strict=True)}
            found.add(tuple(values[v.number] for v in model.variables))
    return found


def mixed_model():
    """Sums, tables both ways, guards and differences over variables of different sizes."""
    model = ode.Model()
    a, b, c = (model.integer(name, 0, high) for name, high in [("a", 2), ("b", 4), ("c", 2)])
    truth, other = model.boolean("t"), model.boolean("u")
    model.add(
        [
            kinds.Sum([2, 1, -1, 1], [a, b, c, truth], "<=", 4),
            kinds.Reified(truth, kinds.Sum([1, 1, 1], [a, b, c], "==", 5)),
            kinds.Implied(other, kinds.Sum([1, 3, 1, 1], [a, b, c, truth], "!=", 5)),
            kinds.Table([a, b, c], [(0, 0, 0), (1, 1, 1), (2, 2, 2), (1, 4, 0)], allowed=False),
            kinds.Implied(truth, kinds.Table([a, b], [(0, 4), (1, 3), (1, 2), (2, 1)])),
            kinds.AllDifferent([a, c], exceptions=[2]),
            kinds.Clause([other], [truth]),
        ]
    )
    return model


def drawn_model(seed):
    return random_model(seed, variables=5, values=4)


@pytest.mark.parametrize(
    ("made", "presolve"),
    [
        pytest.param(mixed_model, True, id="mixed"),
        pytest.param(mixed_model, False, id="mixed, as it is"),
        # Differences behind a condition; a resource behind one; an automaton; a tour.
        *(
            pytest.param(partial(drawn_model, seed), True, id=f"{seed}")
            for seed in (248, 353, 388, 394)
        ),
        pytest.param(partial(drawn_model, 288), False, id="288, as it is"),
    ],
)
def test_assignments_without_violated_clauses_are_the_solutions(made, presolve):
    model = made()
    right = {tuple(solution.values()) for solution in brute_force(model)}
    lowered = lower_model(model)
    rows = lowered.rows
    if presolve:
        rows = narrowed(lowered.store, rows)
    shares = compiled_shares(lowered.store, [row for row in rows if row.own_variables])
    assert answers(model, lowered.store, shares) == right
    assert right


def test_large_variables_are_bits():
    """One of 0 to 699 with a gap, which stands in a sum alone."""
    store = Store()
    large = store.new(Values.joined([(10, 299), (500, 709)]))
    small = store.new(Values.between(0, 3))
    rows = [SumRow((), 0, (large, small), (1, -100), "<=", 400)]
    shares = compiled_shares(store, rows)
    low, bits = shares.binary[large]
    assert (low, len(bits)) == (10, 10)
    found = set()
    for assignment in unviolated(shares):
        values = shares.read(assignment.tolist(), store)
        found.add((values[large], values[small]))
    right = {(n, k) for n in store.values(large) for k in range(4) if n - 100 * k <= 400}
    assert found == right


def test_what_stands_in_sums_as_bits_and_in_tables_is_one_variable(monkeypatch):
    """With the limit lowered, five values are too many for a sum."""
    monkeypatch.setattr(forms, "SHARES", 3)
    store = Store()
    x, y, z = (store.new(Values.between(0, high)) for high in (4, 2, 2))
    pairs = ((0, 2), (1, 1), (2, 0), (3, 1), (4, 0), (4, 2))
    rows = [
        TableRow((), 0, (x, y), pairs, True),
        SumRow((), 1, (x, y, z), (1, 1, 1), "==", 5),
    ]
    shares = compiled_shares(store, rows)
    assert list(shares.binary) == [x]
    found = set()
    for assignment in unviolated(shares):
        values = shares.read(assignment.tolist(), store)
        found.add((values[x], values[y], values[z]))
    assert found == {(a, b, 5 - a - b) for a, b in pairs if 0 <= 5 - a - b <= 2}


def test_the_bound_of_an_objective_moves_without_another_system():
    store = Store()
    x, y = store.new(Values.between(0, 3)), store.new(TRUTH)
    rows = [ClauseRow((), 0, ((x, 0, False), (y, 1, True)))]
    objective = SumRow((), -1, (x, y), (1, -2), "<=", 3)
    shares = compiled_shares(store, rows, objective)
    for bound in (3, 0, -1, -2):
        system = shares.bounded(shares.system, bound)
        assert jax.tree.structure(system) == jax.tree.structure(shares.system)
        found = set()
        for assignment in unviolated(shares, system):
            values = shares.read(assignment.tolist(), store)
            found.add((values[x], values[y]))
        points = itertools.product(range(4), range(2))
        assert found == {(a, b) for a, b in points if a - 2 * b <= bound and (a or b)}


def test_starts_lie_near_the_hint():
    store = Store()
    large, small = store.new(Values.between(3, 700)), store.new(Values.of([2, 5, 9]))
    shares = compiled_shares(store, [SumRow((), 0, (large, small), (1, 1), "<=", 300)])
    starts = shares.starts_near({large: 3 + 0b101, small: 5}, 4, np.random.default_rng(0))
    assert starts.shape == (shares.system.cell_count, 4)
    decoded = np.asarray(shares.system.decode(starts))
    for run in range(4):
        values = shares.read(decoded[:, run].tolist(), store)
        assert (values[large], values[small]) == (8, 5)


# --------------------------------------------------------------------------- the forms, without JAX


def forms_of(store, *rows):
    taken = Forms(store)
    for row in rows:
        taken.take(row)
    return taken


@pytest.fixture
def store():
    """A bit, two small variables and a large one."""
    store = Store()
    for values in (TRUTH, Values.between(0, 3), Values.between(1, 4), Values.between(0, 999)):
        store.new(values)
    return store


@pytest.mark.parametrize(
    ("row", "allowed", "count"),
    [
        (TableRow((), 0, (1, 2), ((0, 1), (1, 2)), True), True, 2),
        (TableRow((), 0, (1, 2), ((0, 1), (1, 2)), False), False, 2),
        # What is allowed is more than half: what is forbidden is written.
        (TableRow((), 0, (0, 1), ((0, 0), (0, 1), (0, 2), (1, 0), (1, 3)), True), False, 3),
        (SumRow((), 0, (1, 2), (1, -1), "==", 0), True, 3),
        (SumRow((), 0, (1, 2), (1, -1), "!=", 0), False, 3),
        (SumRow((), 0, (1, 2), (1, -1), "<=", -1), False, 6),
        (SumRow((), 0, (1,), (2,), "<=", 3), False, 2),
        (ClauseRow((), 0, ((0, 1, True), (1, 2, False))), False, 1),
        # The guard cannot hold with what cannot be.
        (TableRow(((0, 1),), 0, (1, 2), ((9, 9),), True), False, 1),
    ],
)
def test_rows_become_the_smaller_relation(store, row, allowed, count):
    [relation] = forms_of(store, row).relations
    assert (relation.allowed, len(relation.conjunctions)) == (allowed, count)


def test_differences_become_pairs(store):
    relations = forms_of(store, DifferentRow((), 0, (0, 1, 2), frozenset([1]))).relations
    assert [len(relation.conjunctions) for relation in relations] == [1, 2]  # 0 1, then 1 2


def of_equal_values(count, values):
    store = Store()
    for _ in range(count):
        store.new(Values.between(1, values))
    return store


@pytest.mark.parametrize(
    ("count", "values", "lines"),
    [(2, 3, 0), (4, 6, 0), (4, 5, 5), (9, 9, 9)],
)
def test_differences_become_lines_where_those_are_fewer_clauses(count, values, lines):
    row = DifferentRow((), 0, tuple(range(count)), frozenset())
    taken = forms_of(of_equal_values(count, values), row)
    assert len(taken.exclusions) == lines
    assert len(taken.relations) == (0 if lines else count * (count - 1) // 2)
    for exclusion in taken.exclusions:
        assert [v for v, _ in exclusion.literals] == list(range(count))


def test_lines_leave_out_exceptions_and_stand_over_roots():
    store = of_equal_values(6, 5)
    guard = store.new(TRUTH)
    row = DifferentRow(((guard, 1),), 0, (0, 1, 2, 3, 4), frozenset([2]))
    taken = Forms(store, aliases={4: Alias(5, -1, 6)})  # x4 = 6 - x5
    taken.take(row)
    assert [exclusion.guards for exclusion in taken.exclusions] == [((guard, 1),)] * 4
    literals = [dict(exclusion.literals) for exclusion in taken.exclusions]
    assert [own[0] for own in literals] == [1, 3, 4, 5]
    assert [own[5] for own in literals] == [5, 3, 2, 1]
    assert all(4 not in own for own in literals)


@pytest.mark.parametrize("aliases", [{}, {3: Alias(0, 1, 1)}], ids=["repeated", "one root"])
def test_a_variable_that_stands_in_a_difference_twice_makes_pairs(aliases):
    terms = (0, 1, 2, 3) if aliases else (0, 1, 2, 0)
    taken = Forms(of_equal_values(4, 4), aliases=aliases)
    taken.take(DifferentRow((), 0, terms, frozenset()))
    assert not taken.exclusions
    assert taken.relations


def test_a_difference_of_too_many_literals_is_refused(monkeypatch):
    monkeypatch.setattr(forms, "LARGEST_DIFFERENCE", 44)
    row = DifferentRow((), 0, tuple(range(9)), frozenset())
    with pytest.raises(TooWide, match="9 variables that differ, of 5 values"):
        forms_of(of_equal_values(9, 5), row)


@pytest.mark.parametrize("seed", range(3))
def test_lines_hold_exactly_where_all_differ(seed):
    generator, model = np.random.default_rng(seed), ode.Model()
    terms = [
        model.integer(f"x{k}", values=sorted(generator.choice(5, 4, replace=False).tolist()))
        for k in range(4)
    ]
    truth = model.boolean("t")
    model.add(kinds.AllDifferent(terms))
    model.add(kinds.Implied(truth, kinds.AllDifferent([*terms, model.integer("y", 0, 4)])))
    lowered = lower_model(model)
    shares = compiled_shares(lowered.store, lowered.rows)
    assert any(type(group.clauses) is ode.AtMostOne for group in shares.system.groups)
    right = {tuple(solution.values()) for solution in brute_force(model)}
    assert answers(model, lowered.store, shares) == right
    assert right


@pytest.mark.parametrize(
    "row",
    [
        SumRow((), 0, (0, 1), (1, -1), "<=", -2),
        SumRow(((2, 1),), 0, (0, 1), (2, 3), "<=", 8),
    ],
)
def test_comparisons_of_two_become_orders_where_pairs_are_more(row):
    store = Store()
    for values in (Values.between(0, 3), Values.between(1, 4), TRUTH):
        store.new(values)
    taken = forms_of(store, row)
    assert not taken.relations
    [order] = taken.orders
    assert order.guards == row.guards
    first, second = order.left, order.right
    assert sorted(first) == [(0, n) for n in range(4)]
    assert sorted(second) == [(1, n) for n in range(1, 5)]
    number = dict(zip(row.terms, row.numbers, strict=True))
    for own, other, counts in (
        (first, second, order.left_clashes),
        (second, first, order.right_clashes),
    ):
        for (v, n), count in zip(own, counts, strict=True):
            wrong = [number[v] * n + number[w] * m > row.bound for w, m in other]
            assert wrong == [True] * count + [False] * (len(other) - count)


@pytest.mark.parametrize("seed", range(3))
def test_orders_hold_exactly_where_the_comparison_does(seed):
    generator, model = np.random.default_rng(seed), ode.Model()
    x, y, z = (
        model.integer(f"x{k}", values=sorted(generator.choice(12, 8, replace=False).tolist()))
        for k in range(3)
    )
    truth = model.boolean("t")
    model.add(kinds.Sum([1, -1], [x, y], "<=", int(generator.integers(-2, 3))))
    model.add(
        kinds.Reified(truth, kinds.Sum([2, -3], [y, z], "<=", int(generator.integers(-9, 0))))
    )
    lowered = lower_model(model)
    shares = compiled_shares(lowered.store, lowered.rows)
    assert (
        sum(len(g.clauses) for g in shares.system.groups if type(g.clauses) is ode.ShareOrder) >= 2
    )
    right = {tuple(solution.values()) for solution in brute_force(model)}
    assert answers(model, lowered.store, shares) == right
    assert right


def test_rows_of_three_terms_stay_sums(store):
    taken = forms_of(store, SumRow((), 0, (0, 1, 2), (1, 1, 1), "==", 4))
    assert not taken.relations
    [row] = taken.sums
    assert row.terms == (0, 1, 2)


@pytest.mark.parametrize(
    "row",
    [
        ClauseRow((), 0, ((3, 5, True), (0, 1, True))),
        TableRow((), 0, (3, 0), ((5, 1), (6, 0)), True),
        DifferentRow((), 0, (1, 3), frozenset()),
        SumRow((), 0, (1, 2, 3), (1, 1, {0: 1, 5: 7}), "<=", 4),
    ],
)
def test_large_variables_stand_in_plain_sums_alone(row):
    store = Store()
    for values in (TRUTH, Values.between(0, 3), Values.between(1, 4), Values.between(0, 9999)):
        store.new(values)
    with pytest.raises(TooWide, match="10000 values"):
        forms_of(store, row)


@pytest.mark.parametrize(
    "row",
    [
        SumRow((), 0, (0, 1, 2), (2**31, 1, 1), "<=", 4),
        SumRow((), 0, (0, 1, 2), (2**30, 2**29, 2**29), "<=", 4),
        SumRow((), 0, (0, 1, 2), (1, 1, 1), "<=", -(2**31)),
    ],
)
def test_sums_beyond_32_bits_are_refused(store, row):
    with pytest.raises(TooWide):
        compiled_shares(store, [row])


def test_a_row_without_a_literal_is_a_contradiction(store):
    with pytest.raises(Contradiction) as caught:
        forms_of(store, TableRow((), 7, (1,), (), True))
    assert caught.value.origin == 7
