from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from systems import VARIABLES, assignments, holds, systems

from odesolve.potentials.relations.presolve import RelationContradiction, simplify
from odesolve.potentials.relations.relation import Relation


def equal(u: int, v: int, name: str = "equal") -> Relation:
    return Relation.from_predicate((u, v), lambda a, b: a == b, name)


def opposite(u: int, v: int, name: str = "opposite") -> Relation:
    return Relation.from_predicate((u, v), lambda a, b: a != b, name)


def either(*variables: int, name: str = "or") -> Relation:
    return Relation.from_predicate(variables, lambda *bits: any(bits), name)


def parity(*variables: int) -> Relation:
    return Relation.from_predicate(variables, lambda *bits: sum(bits) % 2, "parity")


def lifted_solutions(simplified) -> list[tuple[int, ...]]:
    open_variables = [*map(int, simplified.unknowns), *simplified.free]
    found = []
    for bits in assignments(len(open_variables)):
        assignment = dict(zip(open_variables, bits, strict=True))
        if all(holds(relation, assignment) for relation in simplified.relations):
            found.append(tuple(simplified.lift(assignment).tolist()))
    return found


@settings(max_examples=250)
@given(
    systems(),
    st.dictionaries(st.integers(0, VARIABLES - 1), st.integers(0, 1), max_size=2),
)
# Variable 1 has more relations than 0, so it stands for both until the result is written.
@example([opposite(0, 1), either(1, 2, 3), either(1, 4, 5)], {})
# Three variables merged by one relation, the middle one opposite.
@example([Relation((0, 1, 2), np.isin(range(8), (2, 5))), either(1, 3), either(1, 4)], {})
def test_the_set_of_solutions_stays_the_same(system, fixed):
    solutions = [
        bits
        for bits in assignments()
        if all(holds(relation, bits) for relation in system)
        and all(bits[variable] == bit for variable, bit in fixed.items())
    ]
    try:
        simplified = simplify(system, fixed, VARIABLES)
    except RelationContradiction:
        assert solutions == []
        return
    # As lists: no solution may come from two assignments of what is left.
    assert sorted(lifted_solutions(simplified)) == solutions
    assert set(fixed.items()) <= set(simplified.values.items())


@settings(max_examples=250)
@given(systems())
def test_presolve_reaches_a_fixpoint(system):
    try:
        simplified = simplify(system, {}, VARIABLES)
    except RelationContradiction:
        return
    scopes = [relation.variables for relation in simplified.relations]
    assert len(set(scopes)) == len(scopes)
    for relation in simplified.relations:
        assert relation.variables == tuple(sorted(relation.variables))
        assert not relation.forced()
        assert not relation.equalities()
        assert relation.without_irrelevant().arity == relation.arity > 0
        assert not set(relation.variables) & (set(simplified.values) | set(simplified.aliases))
    for variable, (representative, _) in simplified.aliases.items():
        assert representative < variable
    groups = [simplified.values, simplified.aliases, simplified.free, simplified.unknowns.tolist()]
    assert sorted(chain(*groups)) == list(range(VARIABLES))
    again = simplify(simplified.relations, simplified.values, VARIABLES)
    assert (again.fixed_count, again.merged_count) == (0, 0)


@pytest.mark.parametrize(
    ("system", "fixed", "name", "variables"),
    [
        ([equal(0, 1), opposite(2, 3, "third gate")], {2: 1, 3: 1}, "third gate", (2, 3)),
        ([either(0, 1), either(4, 2, name="last")], {4: 0, 2: 0}, "last", (4, 2)),
        # The chain forces both ends before the last relation is looked at.
        ([equal(0, 1), equal(1, 2), opposite(2, 0, "closing")], {0: 1}, "closing", (2, 0)),
        ([Relation((), np.array([False]), "false")], {}, "false", ()),
        ([Relation((3, 1), np.zeros(4, bool), "never")], {}, "never", (3, 1)),
        ([parity(0, 1, 2), equal(0, 1, "ends")], {0: 0, 1: 1, 2: 0}, "ends", (0, 1)),
    ],
)
def test_a_contradiction_names_the_relation(system, fixed, name, variables):
    with pytest.raises(RelationContradiction, match=f"{name} cannot be satisfied") as raised:
        simplify(system, fixed, 5)
    assert raised.value.name == name
    assert raised.value.variables == variables


def test_two_relations_of_the_same_variables_are_named_together():
    even = Relation.from_predicate((2, 0, 1), lambda *bits: sum(bits) % 2 == 0, "even")
    with pytest.raises(
        RelationContradiction, match="parity and even cannot be satisfied"
    ) as raised:
        simplify([parity(0, 1, 2), even], {}, 3)
    assert raised.value.variables == (0, 1, 2)


def test_duplicates_are_removed_and_the_stronger_relation_stays():
    one_of_three = Relation.from_predicate((2, 1, 0), lambda *bits: sum(bits) == 1, "one of three")
    simplified = simplify([either(0, 1, 2), either(2, 0, 1), one_of_three], {}, 3)
    (left,) = simplified.relations
    assert left.name == "one of three"
    assert left.variables == (0, 1, 2)
    assert left.allowed.sum() == 3


def test_merged_variables_reveal_duplicates():
    system = [either(0, 1, 4), either(2, 3, 4), equal(0, 2), opposite(1, 5), opposite(5, 3)]
    simplified = simplify(system, {}, 6)
    (left,) = simplified.relations
    assert left.variables == (0, 1, 4)
    assert simplified.aliases == {2: (0, False), 3: (1, False), 5: (1, True)}


def test_a_relation_that_left_its_scope_is_not_joined_with_a_later_one_of_that_scope():
    # The first two together depend on 0 and 1 only; once 4 is known, the third has their scope.
    system = [
        either(0, 1, 2),
        Relation.from_predicate((0, 1, 2), lambda a, b, c: a or b or not c),
        Relation.from_predicate((0, 1, 2, 4), lambda a, b, c, d: d <= (not (a and b and c))),
        Relation((4,), np.array([False, True])),
    ]
    simplified = simplify(system, {}, 5)
    assert [relation.variables for relation in simplified.relations] == [(0, 1), (0, 1, 2)]
    assert [relation.allowed.sum() for relation in simplified.relations] == [3, 7]


@pytest.mark.parametrize("step", [1, -1])
def test_long_chains_are_merged_into_the_lowest_variable(step):
    length = 3000
    links = [opposite(i, i + 1) for i in range(length - 1)][::step]
    simplified = simplify([*links, parity(0, length - 1, length)], {}, length + 1)
    assert simplified.solved
    assert simplified.aliases[length - 1] == (0, bool((length - 1) % 2))
    # Both ends of a chain of even length are opposite, so the last variable must be 0.
    assert simplified.values == {length: 0}
    assert simplified.merged_count == length - 1


def test_counts_and_summary():
    system = [equal(0, 1), equal(1, 2), parity(3, 4, 5), equal(6, 3)]
    simplified = simplify(system, {0: 1}, 8)
    assert (simplified.given_count, simplified.fixed_count, simplified.merged_count) == (1, 2, 1)
    assert simplified.free == (7,)
    assert not simplified.solved
    assert simplified.summary() == "presolve fixed 2 of 7 variables, merged 1, left 1 free"
    done = simplify(system[:2], {0: 1}, 3)
    assert done.solved
    assert done.summary() == "presolve fixed 2 of 2 variables; it did the whole work"


def test_lifting_arrays_of_runs():
    system = [either(1, 3), opposite(3, 4)]
    simplified = simplify(system, {0: 1}, 6)
    assert simplified.unknowns.tolist() == [1, 3]
    assert [relation.variables for relation in simplified.numbered()] == [(0, 1)]
    lifted = simplified.lift(np.array([[0, 1, 1], [1, 0, 1]]))
    assert lifted.T.tolist() == [[1, 0, 0, 1, 0, 0], [1, 1, 0, 0, 1, 0], [1, 1, 0, 1, 0, 0]]
    assert simplified.lift([0, 1]).tolist() == [1, 0, 0, 1, 0, 0]
    assert simplified.lift({1: 1, 3: 1, 5: 1}).tolist() == [1, 1, 0, 1, 0, 1]
    with pytest.raises(ValueError, match="presolve left 2 variables, got values of 6"):
        simplified.lift(np.zeros(6, np.int64))
    with pytest.raises(KeyError):
        simplified.lift({1: 1})


@pytest.mark.parametrize(
    ("system", "fixed", "message"),
    [
        ([equal(0, 9, "far gate")], {}, "far gate: variable 9 of 3"),
        ([], {3: 1}, "below 3 and their values 0 or 1, got 3: 1"),
        ([], {-1: 1}, "got -1: 1"),
        ([], {1: 2}, "got 1: 2"),
    ],
)
def test_bad_systems_are_refused(system, fixed, message):
    with pytest.raises(ValueError, match=message):
        simplify(system, fixed, 3)
