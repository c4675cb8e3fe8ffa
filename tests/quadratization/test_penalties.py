"""Penalties: zero exactly where they should be, at least 1 elsewhere, with few ancillas."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from ground_states import all_rows, least_energies
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

import odesolve as ode
from odesolve.problems.quadratization import penalty as penalties
from odesolve.problems.quadratization.gates import gate_penalty
from odesolve.problems.quadratization.model import PIECE, WIDE, PenaltyModel
from odesolve.problems.quadratization.polynomials import (
    add_by_monomials,
    add_by_pairs,
    multilinear,
)
from odesolve.problems.quadratization.tables import table_penalty
from odesolve.problems.relations.expressions import parse_boolean

#: Relation -> ancillas of its penalty.
ANCILLAS = {
    "z == (x & y)": 0,
    "z == (x | y)": 0,
    "x == y": 0,
    "x != y": 0,
    "s == (a ^ b)": 1,
    "(s == (a ^ b)) & (c == (a & b))": 0,
    "(s == (a ^ b ^ c)) & (k == ((a & b) | (b & c) | (a & c)))": 0,
    "(s == ((p & q) ^ c ^ d)) & (k == ((p & q & c) | (c & d) | (p & q & d)))": 0,
    "s == (a ^ b ^ c)": 1,
    "k == ((a & b) | (b & c) | (a & c))": 0,
    "z == ((s & a) | (~s & b))": 1,
    "a | b": 0,
    "a | b | c": 1,
    "a | b | c | d": 1,
    "a | b | c | d | e": 2,
    "a | b | c | d | e | f | g | h": 2,
    "a ^ b": 0,
    "a ^ b ^ c": 1,
    "a ^ b ^ c ^ d": 1,
    "a ^ b ^ c ^ d ^ e ^ f": 2,
    "z == (a & b & c)": 1,
    "z == (a | b | c)": 1,
    "(a & b) | (c & d)": 0,
}


@pytest.mark.parametrize("expression", ANCILLAS)
def test_known_relations_need_so_many_ancillas(expression):
    allowed = parse_boolean(expression).table
    found = table_penalty(allowed)
    assert found.ancillas == ANCILLAS[expression]
    assert_penalty(found, allowed)


@pytest.mark.parametrize("expression", [text for text, count in ANCILLAS.items() if count == 1])
def test_no_penalty_without_an_ancilla_exists_where_one_is_used(expression):
    allowed = parse_boolean(expression).table
    arity = len(allowed).bit_length() - 1
    rows = all_rows(arity)
    products = [rows[:, a] * rows[:, b] for a, b in combinations(range(arity), 2)]
    terms = np.column_stack([np.ones(len(rows)), rows, *products])
    found = linprog(
        np.zeros(terms.shape[1]),
        -terms[~allowed], -np.ones((~allowed).sum()),
        terms[allowed], np.zeros(allowed.sum()),
        bounds=(None, None),
    )  # fmt: skip
    assert found.status == 2  # infeasible


VARIABLES = st.sampled_from([f"x{i}" for i in range(5)])
FORMULAS = st.recursive(
    VARIABLES,
    lambda inner: st.one_of(
        inner.map("~({})".format),
        st.tuples(inner, st.sampled_from(["&", "|", "^", ">>", "<<", "==", "!="]), inner).map(
            lambda parts: "({}) {} ({})".format(*parts)
        ),
        st.tuples(st.sampled_from(["&", "|", "^"]), st.lists(inner, min_size=3, max_size=4)).map(
            lambda parts: f" {parts[0]} ".join(f"({own})" for own in parts[1])
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(text=FORMULAS)
def test_expressions_by_their_gates(text):
    expression = parse_boolean(text)
    found = gate_penalty(expression)
    rows = all_rows(found.arity)
    model = PenaltyModel(found.arity)
    model.add(found, [list(range(1, found.arity + 1))])
    least = least_energies(model.problem(), rows)
    assert ((least == 0) == expression.table).all()
    assert (least >= 0).all()


def test_gates_need_fewer_ancillas_than_the_table_of_many_variables():
    expression = parse_boolean("((a | b) & (c | d)) == (e ^ f)")
    assert gate_penalty(expression).ancillas == 4
    assert len(ode.quadratize(expression.text).ancillas) == 4
    assert gate_penalty(parse_boolean("a | 0")) is None


def assert_penalty(found, allowed):
    assert found.linear.dtype == found.quadratic.dtype == np.int64
    least = found.minima()
    assert (least[allowed] == 0).all()
    assert (least[~allowed] >= 1).all()


def test_every_relation_of_three_bits_needs_one_ancilla_at_most():
    for number in range(256):
        allowed = (number >> np.arange(8) & 1).astype(bool)
        found = table_penalty(allowed)
        assert found.ancillas <= 1
        assert_penalty(found, allowed)


@pytest.mark.parametrize("arity", [4, pytest.param(5, marks=pytest.mark.slow)])
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_relations_of_more_bits(arity, data):
    rows = st.lists(st.booleans(), min_size=2**arity, max_size=2**arity)
    allowed = np.array(data.draw(rows), bool)
    assert_penalty(table_penalty(allowed), allowed)


def test_a_relation_of_twelve_bits_that_depends_on_few():
    allowed = parse_boolean("(a & b & c & d & e & f & g & h & i & j & k & l) | ~a").table
    assert_penalty(table_penalty(allowed), allowed)


ONES = {width: all_rows(width).sum(axis=1) for width in range(9)}

#: Closed forms: what they are to be at every number of ones, whether exactly, and their ancillas.
CLOSED = {
    "positive monomial": (
        penalties.positive_monomial, range(9), lambda n, k: n == k, True, lambda k: (k - 1) // 2,
    ),
    "negative monomial": (
        penalties.negative_monomial, range(9), lambda n, k: -(n == k).astype(int), True,
        lambda k: int(k > 2),
    ),
    "clause": (
        penalties.at_least_one, range(1, 9), lambda n, k: n == 0, True,
        lambda k: (k - 1).bit_length() - 1,
    ),
    "at most one": (
        penalties.at_most_one, range(1, 9), lambda n, k: n * (n - 1) // 2, True, lambda k: 0,
    ),
    "parity": (
        penalties.parity, range(1, 9), lambda n, k: n % 2 == 0, True,
        lambda k: (k - 1).bit_length() - 1,
    ),
    "not all equal": (
        penalties.not_all_equal, range(2, 9), lambda n, k: (n == 0) | (n == k), False,
        lambda k: (k - 2).bit_length() - 1,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CLOSED)
def test_closed_forms(name):
    build, widths, value, exact, ancillas = CLOSED[name]
    for width in widths:
        expected = np.asarray(value(ONES[width], width)).astype(int)
        found = build(width)
        least = found.minima()
        assert (least == expected).all() if exact else ((least > 0) == (expected > 0)).all()
        assert found.ancillas == max(ancillas(width), 0)


@pytest.mark.parametrize("most", range(40))
def test_slack_reaches_every_number_and_no_other(most):
    weights = penalties.slack_weights(most)
    assert sorted({int(s) for s in all_rows(len(weights)) @ np.array(weights, int)} | {0}) == list(
        range(most + 1)
    )
    assert len(weights) == most.bit_length()


@pytest.mark.parametrize("add", [add_by_monomials, add_by_pairs])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_reduced_polynomials_are_what_they_were_everywhere(add, data):
    arity = data.draw(st.integers(0, 5))
    monomials = st.frozensets(st.integers(0, max(arity - 1, 0)), max_size=arity)
    polynomial = data.draw(st.dictionaries(monomials, st.integers(-9, 9), max_size=5))
    model = PenaltyModel(arity)
    add(model, polynomial)
    rows = all_rows(arity)
    expected = [
        sum(value for own, value in polynomial.items() if all(row[v] for v in own)) for row in rows
    ]
    assert least_energies(model.problem(), rows).tolist() == expected


@given(values=st.lists(st.booleans(), min_size=16, max_size=16))
def test_a_multilinear_polynomial_has_the_values_of_its_table(values):
    polynomial = multilinear(np.array(values))
    for row, value in zip(all_rows(4), values, strict=True):
        assert sum(c for own, c in polynomial.items() if all(row[v] for v in own)) == value


# ---------------------------------------------------------------------------------- rows of a model


def signed(draw, width, count):
    """Literals of some variables, with repetitions."""
    return [draw(st.sampled_from([-1, 1])) * draw(st.integers(1, count)) for _ in range(width)]


def true_counts(literals, rows, coefficients=None):
    literals = np.array(literals, int)
    true = rows[:, abs(literals) - 1] == (literals > 0)
    return true @ (np.ones(len(literals), int) if coefficients is None else coefficients)


ROWS = {
    "clauses": lambda n, k: n > 0,
    "parities": lambda n, k: n % 2 == 1,
    "not_all_equal": lambda n, k: (n > 0) & (n < k),
    "at_most_one": lambda n, k: n <= 1,
    "exactly_one": lambda n, k: n == 1,
}


@pytest.mark.parametrize("kind", ROWS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_rows_of_any_width_and_with_repeated_literals(kind, data):
    width = data.draw(st.integers(1 if kind in ("at_most_one", "exactly_one") else 0, PIECE + 5))
    literals = signed(data.draw, width, 6)
    weight = data.draw(st.integers(1, 5))
    model = PenaltyModel(6)
    getattr(model, kind)([literals], weight)
    rows = all_rows(6)
    holds = ROWS[kind](true_counts(literals, rows), width)
    least = least_energies(model.problem(), rows)
    assert (least[holds] == 0).all()
    assert (least[~holds] >= weight).all()
    if kind in ("clauses", "parities"):
        assert (least[~holds] == weight).all()


@pytest.mark.parametrize(
    ("kind", "width"),
    [
        ("clauses", 2 * PIECE + 4),
        ("parities", 2 * PIECE + 4),
        ("not_all_equal", 2 * PIECE + 4),
        ("at_most_one", 3 * WIDE),
        ("exactly_one", 3 * WIDE),
    ],
)
def test_wide_rows_are_chains_of_few_couplings(kind, width):
    model = PenaltyModel(width)
    getattr(model, kind)([list(range(1, width + 1))])
    problem = model.problem()
    assert problem.coupling_count < width * (width - 1) // 2
    last = width - 1
    places = [[], [0], [7], [last], [0, 1], [3, 15], [8, 9], [6, 7, 13], [1, 9, last], range(width)]
    rows = np.zeros((len(places), width), int)
    for row, own in zip(rows, places, strict=True):
        row[list(own)] = 1
    holds = ROWS[kind](rows.sum(axis=1), width)
    assert ((least_energies(problem, rows) == 0) == holds).all()


@pytest.mark.parametrize("exactly", [False, True], ids=["at least", "exactly"])
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_weighted_sums(exactly, data):
    width = data.draw(st.integers(0, 7))
    largest = data.draw(st.sampled_from([1, 3, 9]))
    coefficients = [data.draw(st.integers(1, largest)) for _ in range(width)]
    literals = signed(data.draw, width, 6)
    bound = data.draw(st.integers(-1, sum(coefficients) + 1))
    model = PenaltyModel(6)
    (model.exactly if exactly else model.at_least)(literals, coefficients, bound, 3)
    rows = all_rows(6)
    sums = true_counts(literals, rows, np.array(coefficients, int))
    holds = sums == bound if exactly else sums >= bound
    least = least_energies(model.problem(), rows)
    assert (least[holds] == 0).all()
    assert (least[~holds] >= 3).all()


@pytest.mark.parametrize(
    ("coefficients", "bound", "ancillas"),
    [
        ((1, 1, 1), 1, 1),  # a clause
        ((5, 4, 3), 3, 1),  # a clause in disguise
        ((5, 4, 3), 12, 0),  # all
        ((5, 4, 3), 9, 0),  # the first one; at most one of the others is false
        ((1, 1, 1, 1), 3, 0),  # at most one is false
        ((1, 1, 1, 1), 2, 1),
        ((3, 2, 2, 1, 1), 4, 2),
    ],
)
def test_sums_have_no_more_slack_than_they_need(coefficients, bound, ancillas):
    model = PenaltyModel(len(coefficients))
    model.at_least(list(range(1, len(coefficients) + 1)), list(coefficients), bound)
    assert model.ancilla_count == ancillas


@pytest.mark.parametrize("exactly", [False, True], ids=["at least", "exactly"])
def test_wide_sums_are_added_up_in_blocks(exactly):
    width = 2 * WIDE - 1
    model = PenaltyModel(width)
    (model.exactly if exactly else model.at_least)(list(range(1, width + 1)), [1] * width, 17)
    problem = model.problem()
    assert problem.coupling_count < width * (width - 1) // 2
    counts = (0, 16, 17, 18, 40, width)
    rows = np.array([[1] * count + [0] * (width - count) for count in counts])
    holds = [count == 17 if exactly else count >= 17 for count in counts]
    assert ((least_energies(problem, rows) == 0) == holds).all()


def test_coefficients_of_any_size_stay_exact():
    large = 3**60
    model = PenaltyModel(3)
    model.at_least([1, 2, -3], [large, large + 1, 2], large + 3, weight=7**40)
    rows = all_rows(3).astype(object)
    sums = rows[:, 0] * large + rows[:, 1] * (large + 1) + 2 * (1 - rows[:, 2])
    least = least_energies(model.problem(), rows)
    assert ((least == 0) == (sums >= large + 3)).all()
    assert all(value == 0 or value >= 7**40 for value in least)
