"""Relations as systems: encodings, padding to shared shapes, idle clauses."""

from __future__ import annotations

from itertools import product

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from systems import VARIABLES, assignments, holds, systems

from odesolve.dynamics.memcomputing import Memcomputing
from odesolve.potentials import Box, System, compile_system
from odesolve.potentials.relations.relation import Relation
from odesolve.problems.factoring.split_system import split_of
from odesolve.problems.factoring.splitting import padded_widths
from odesolve.problems.relations.form import Form
from odesolve.problems.relations.system import (
    CLAUSE_WIDTHS,
    Shape,
    clauses_by_width,
    idle_clauses,
    rounded_size,
    system_of,
    weighted_system,
)

FORMS = [Form("clauses", "prime"), Form("clauses", "irredundant"), Form("relation")]
SIGNED = Box(-1.0, 1.0)


violated_of = jax.jit(System.violated)
groups_satisfied_by = jax.jit(
    lambda system, values: [group.satisfied(values) for group in system.groups]
)
started = jax.jit(lambda dynamics, system, x: dynamics.start(system, system.hold(x)))
field = jax.jit(lambda dynamics, state, system: dynamics.vector_field(state, system))


def violations(system, values) -> np.ndarray:
    """Violated clauses of each assignment, ``[variables, runs]``."""
    return np.asarray(violated_of(system, np.asarray(values, np.int32))).sum(axis=0)


# ------------------------------------------------------------------------------ sizes


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_rounded_size_holds_the_number_with_little_to_spare(number, other):
    size = rounded_size(number)
    assert size >= max(number, 8)
    assert size < 1.5 * number or size == 8
    assert rounded_size(size) == size
    assert (rounded_size(other) >= size) == (other >= number or rounded_size(other) == size)


def test_rounded_sizes_are_powers_of_two_and_those_between():
    sizes = sorted({rounded_size(number) for number in range(800)})
    assert sizes == [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024]


sizes = st.builds(
    Shape,
    st.integers(8, 5000),
    st.fixed_dictionaries({width: st.integers(8, 5000) for width in CLAUSE_WIDTHS}),
)


@given(sizes, st.integers(0, 5000), st.dictionaries(st.sampled_from(CLAUSE_WIDTHS),
                                                     st.integers(0, 5000)))  # fmt: skip
def test_a_shape_holds_what_it_held_the_sizes_and_a_spare_variable(least, variables, clauses):
    shape = least.holding(variables, clauses)
    assert shape.variables > variables
    assert shape.variables >= least.variables
    for width in CLAUSE_WIDTHS:
        assert shape.clauses[width] >= max(least.clauses[width], clauses.get(width, 0))
    assert shape.holding(variables, clauses) == shape


# ------------------------------------------------------------------------------ encodings


@pytest.mark.parametrize("form", FORMS, ids=str)
@settings(max_examples=8)
@given(relations=systems())
def test_an_encoding_is_satisfied_by_exactly_the_assignments_of_the_relations(form, relations):
    relations = [r for r in relations if r.arity and not r.is_empty]
    values = np.array(assignments()).T
    system = system_of(relations, VARIABLES, form)
    allowed = [all(holds(r, bits) for r in relations) for bits in assignments()]
    assert (violations(system, values) == 0).tolist() == allowed


def test_clauses_are_padded_to_few_widths_and_an_irredundant_cover_has_fewer():
    adder = Relation.from_predicate(range(5), lambda a, b, c, s, d: a + b + c == s + 2 * d)
    prime = clauses_by_width([adder], "prime")
    cover = clauses_by_width([adder], "irredundant")
    assert set(prime) <= set(CLAUSE_WIDTHS)
    assert all(batch.scopes.shape[1] == width for width, batch in prime.items())
    assert sum(map(len, cover.values())) < sum(map(len, prime.values()))


def test_widths_of_every_size_find_a_kernel():
    tables = [np.arange(2**arity) > 0 for arity in range(1, 13)]
    relations = [Relation(tuple(range(len(t).bit_length() - 1)), t) for t in tables]
    by_width = clauses_by_width(relations, "prime")
    assert list(by_width) == list(CLAUSE_WIDTHS)
    assert [len(batch) for batch in by_width.values()] == [3, 2, 3, 4]
    literals = [np.abs(np.asarray(batch.signs)).sum(axis=1).tolist() for batch in by_width.values()]
    assert literals == [[1, 2, 3], [4, 5], [6, 7, 8], [9, 10, 11, 12]]


def test_fixed_variables_are_held():
    adder = Relation.from_predicate(range(4), lambda a, b, s, c: a + b == s + 2 * c)
    for form in FORMS:
        system = system_of([adder], 4, form, fixed={0: 1, 3: 0})
        x = np.random.default_rng(0).uniform(-0.5, 0.5, (4, 3))
        decoded = np.asarray(system.decode(system.hold(jnp.asarray(x, jnp.float32))))
        assert (decoded[0] == 1).all()
        assert (decoded[3] == 0).all()


# ------------------------------------------------------------------------------ idle clauses


@pytest.mark.parametrize("width", CLAUSE_WIDTHS)
def test_idle_clauses_always_hold(width):
    system = compile_system([(SIGNED, 5)], [idle_clauses(7, width, 3)])
    assert system.clause_count == 7
    assert not violations(system, np.array(list(product((0, 1), repeat=5))).T).any()


@pytest.mark.parametrize("width", CLAUSE_WIDTHS)
def test_idle_clauses_are_on_the_spare_variable_alone(width):
    assert (np.asarray(idle_clauses(7, width, 3).scopes) == 3).all()


def test_padding_leaves_the_velocity_of_a_system_as_it_is():
    adder = Relation.from_predicate(range(4), lambda a, b, s, c: a + b == s + 2 * c)
    dynamics = Memcomputing(satisfied_force="rigidity")
    fastest = []
    for least in (Shape(), Shape(64, {3: 400, 5: 400, 8: 400, 12: 400})):
        system, shape = prepared([([adder], 1.0)], least)
        x = np.random.default_rng(0).uniform(-1, 1, (64, 4)).astype(np.float32)
        x = jnp.concatenate([x[:VARIABLES], x[64 - shape.variables + VARIABLES :]])
        state = started(dynamics, system, x)
        fastest.append(np.abs(np.asarray(field(dynamics, state, system).x)).max(axis=0))
    np.testing.assert_allclose(fastest[1], fastest[0], rtol=1e-5)


def test_no_idle_clause_is_no_clause():
    assert compile_system([(SIGNED, 5)], [idle_clauses(0, 5, 3)]).clause_count == 0


# ------------------------------------------------------------------------------ weighted systems


def prepared(relations, least=None, **choices):
    from odesolve.potentials.goals import ProductGoal

    settings = {"length_exponent": -0.5, "mobility": {}, "fixed": {}} | choices
    goal = ProductGoal.of([(0, False)], [1], 1)
    return weighted_system(relations, VARIABLES, goal=goal, least=least or Shape(), **settings)


def clauses_hold(system, values) -> np.ndarray:
    """Whether every clause, not the goal, holds: ``[runs]``."""
    found = groups_satisfied_by(system, np.asarray(values, np.int32))
    wrong = [(~np.asarray(satisfied)).sum(axis=0) for satisfied in found]
    return np.sum(wrong, axis=0) == 0


@settings(max_examples=8)
@given(systems(), systems())
def test_a_padded_system_has_the_solutions_of_its_relations(first, second):
    first = [r for r in first if r.arity and not r.is_empty]
    second = [r for r in second if r.arity and not r.is_empty]
    system, shape = prepared([(first, 1.0), (second, 6.7)])
    assert system.variable_count == shape.variables
    bits = np.array(assignments()).T
    rest = np.random.default_rng(0).integers(0, 2, (shape.variables - VARIABLES, bits.shape[1]))
    allowed = [all(holds(r, row) for r in first + second) for row in assignments()]
    assert clauses_hold(system, np.concatenate([bits, rest])).tolist() == allowed


def test_the_shape_is_that_of_the_system():
    adder = Relation.from_predicate(range(4), lambda a, b, s, c: a + b == s + 2 * c)
    least = Shape(30, {3: 20, 5: 100, 8: 8, 12: 20})
    system, shape = prepared([([adder], 1.0)], least)
    assert shape == Shape(32, {3: 24, 5: 128, 8: 8, 12: 24})
    assert system.variable_count == 32
    assert [group.cells.shape for group in system.groups] == [(24, 3), (128, 5), (8, 8), (24, 12)]


def test_weights_are_those_of_the_class_and_of_the_length():
    three = Relation.from_predicate(range(3), lambda *bits: any(bits))
    five = Relation.from_predicate(range(1, 6), lambda *bits: any(bits))
    two = Relation.from_predicate((4, 5), lambda *bits: any(bits))
    system, _ = prepared([([three], 1.0), ([five, two], 6.0)])
    found = {}
    for group in system.groups:
        lengths = np.abs(np.asarray(group.clauses.signs)).sum(axis=1)
        spare = np.asarray(group.clauses.scopes).min(axis=1) >= VARIABLES
        weights = np.asarray(group.weight).ravel()
        found |= {
            int(n): float(w) for n, w, s in zip(lengths, weights, spare, strict=True) if not s
        }
    assert found == pytest.approx(
        {3: 1.0, 5: 6 * (5 / 3) ** -0.5, 2: 6 * (2 / 3) ** -0.5}, rel=1e-6
    )


def test_different_splits_of_one_size_share_one_compilation():
    # Both have the same bits; presolve leaves each another number of variables and clauses.
    field = jax.jit(lambda dynamics, state, system: dynamics.vector_field(state, system).x)
    systems_of_size, shape, sizes = [], Shape(), set()
    for number, widths in ((1009 * 827, (10, 10)), (1019 * 601, (10, 10)), (953 * 619, (10, 10))):
        split = split_of(number, widths)
        sizes.add(len(split.simplified.unknowns))
        _, shape = split.system(shape, padded_widths(number))
    for number, widths in ((1009 * 827, (10, 10)), (1019 * 601, (10, 10)), (953 * 619, (10, 10))):
        system, own = split_of(number, widths).system(shape, padded_widths(number))
        assert own == shape
        systems_of_size.append(system)
    assert len(sizes) > 1
    dynamics = Memcomputing(satisfied_force="rigidity")
    for system in systems_of_size:
        state = dynamics.start(system, jnp.zeros((system.cell_count, 2)))
        field(dynamics, state, system)
    assert field._cache_size() == 1
