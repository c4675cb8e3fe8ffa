from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from systems import VARIABLES, assignments, holds, relations

from odesolve.potentials.relations.relation import Relation

AND = Relation.from_predicate((3, 1, 2), lambda a, b, out: (a & b) == out, "and")


def test_the_first_variable_is_the_most_significant_bit():
    implication = Relation.from_predicate((5, 2), lambda a, b: not a or b)
    np.testing.assert_array_equal(implication.allowed, [True, True, False, True])
    assert holds(implication, {5: 0, 2: 1})
    assert not holds(implication, {5: 1, 2: 0})


@pytest.mark.parametrize(
    ("variables", "rows", "message"),
    [
        ((1, 1), 4, "cell: variables must be distinct and from 0"),
        ((0, -1), 4, "cell: variables must be distinct and from 0"),
        (tuple(range(13)), 2**13, "cell: at most 12 variables, got 13"),
        ((0, 1, 2), 4, "cell: 3 variables need 8 rows, got 4"),
    ],
)
def test_bad_relations_are_refused(variables, rows, message):
    with pytest.raises(ValueError, match=message):
        Relation(variables, np.ones(rows, bool), "cell")


def test_a_relation_cannot_be_changed():
    table = np.array([True, False])
    relation = Relation((0,), table)
    table[:] = False
    assert relation.allowed[0]
    with pytest.raises(ValueError, match="read-only"):
        relation.allowed[0] = False


@given(relations(), st.dictionaries(st.integers(0, VARIABLES - 1), st.integers(0, 1)))
def test_restricting_keeps_the_rows_with_these_bits(relation, fixed):
    left = relation.restricted(fixed)
    assert set(left.variables) == set(relation.variables) - set(fixed)
    for bits in assignments():
        if all(bits[variable] == bit for variable, bit in fixed.items()):
            assert holds(left, bits) == holds(relation, bits)


@given(
    relations(),
    st.integers(0, VARIABLES - 1),
    st.integers(0, VARIABLES - 1),
    st.booleans(),
)
def test_identifying_keeps_the_rows_where_they_agree(relation, variable, other, negated):
    assume(variable != other)
    merged = relation.identified(variable, other, negated)
    assert variable not in merged.variables
    assert set(merged.variables) <= set(relation.variables) | {other}
    for bits in assignments():
        if bits[variable] == bits[other] ^ negated:
            assert holds(merged, bits) == holds(relation, bits)


@given(relations())
def test_irrelevant_variables_are_exactly_those_that_change_nothing(relation):
    def matters(variable: int) -> bool:
        return any(
            holds(relation, bits)
            != holds(relation, (*bits[:variable], 1 - bits[variable], *bits[variable + 1 :]))
            for bits in assignments()
        )

    left = relation.without_irrelevant()
    assert set(left.variables) == {v for v in relation.variables if matters(v)}
    assert all(holds(left, bits) == holds(relation, bits) for bits in assignments())


@given(relations())
def test_forced_and_equal_variables_are_those_of_every_satisfying_row(relation):
    rows = [bits for bits in assignments() if holds(relation, bits)]
    assert relation.is_empty == (not rows)
    if not rows:
        assert relation.forced() == {}
        assert relation.equalities() == []
        return
    forced = {v: rows[0][v] for v in relation.variables if len({row[v] for row in rows}) == 1}
    assert relation.forced() == forced
    pairs = {
        (u, v, bool(rows[0][u] ^ rows[0][v]))
        for i, u in enumerate(relation.variables)
        for v in relation.variables[i + 1 :]
        if u not in forced and v not in forced and len({row[u] ^ row[v] for row in rows}) == 1
    }
    assert set(relation.equalities()) == pairs


@given(
    st.lists(st.integers(0, 2), max_size=5).flatmap(
        lambda scope: st.tuples(
            st.just(scope),
            st.lists(st.booleans(), min_size=2 ** len(scope), max_size=2 ** len(scope)),
        )
    )
)
def test_a_scope_may_repeat_variables(case):
    scope, table = case
    relation = Relation.from_scope(scope, table)
    assert relation.variables == tuple(dict.fromkeys(scope))
    for bits in assignments(3):
        row = sum(bits[variable] << i for i, variable in enumerate(reversed(scope)))
        assert holds(relation, bits) == table[row]


def test_examples_of_an_and_gate():
    assert AND.restricted({2: 1}).forced() == {3: 1, 1: 1}
    assert AND.restricted({3: 1}).equalities() == [(1, 2, False)]
    assert AND.restricted({3: 0}).without_irrelevant().variables == (2,)
    assert AND.identified(3, 1, negated=True).forced() == {2: 0}
    assert AND.identified(3, 7).variables == (7, 1, 2)
    assert AND.name == AND.restricted({2: 1}).name == "and"


def test_misuse_is_refused():
    with pytest.raises(ValueError, match="with itself"):
        AND.identified(1, 1)
    with pytest.raises(ValueError, match="a bit is 0 or 1, got 2"):
        AND.restricted({1: 2})
