"""Problems of every kind: ground states are exactly the solutions, and lifting finds them."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from ground_states import all_rows, least_energies
from hypothesis import given, settings
from hypothesis import strategies as st

import odesolve as ode
from odesolve.problems.errors import InputError
from odesolve.problems.formulas.check import completed, cost, violations
from odesolve.problems.formulas.formats import parse_formula
from odesolve.problems.formulas.formula import (
    AT_LEAST,
    AT_MOST,
    EXACTLY,
    Formula,
    LinearRows,
    LiteralRows,
)
from odesolve.problems.graphs.graph import Graph
from odesolve.problems.integer_arrays import integers

VARIABLES = 5
LITERALS = st.integers(-VARIABLES, VARIABLES).filter(bool)


def rows_of(most, width=6):
    return st.lists(st.lists(LITERALS, max_size=width), max_size=most).map(LiteralRows.of)


@st.composite
def linear_rows(draw, values, most):
    rows, coefficients, comparisons, bounds = [], [], [], []
    for _ in range(draw(st.integers(0, most))):
        row = draw(st.lists(LITERALS, max_size=5))
        own = [draw(values) for _ in row]
        rows.append(row)
        coefficients += own
        comparisons.append(draw(st.sampled_from([AT_LEAST, EXACTLY, AT_MOST])))
        bounds.append(draw(st.integers(-3, 6)))
    return LinearRows(
        LiteralRows.of(rows), integers(coefficients), np.array(comparisons, np.int8),
        integers(bounds),
    )  # fmt: skip


@st.composite
def formulas(draw):
    soft = draw(rows_of(3))
    weights = st.sampled_from([1, 2, 7, 10**30])
    return Formula(
        VARIABLES,
        clauses=draw(rows_of(2)),
        parities=draw(rows_of(1)),
        cardinalities=draw(linear_rows(st.just(1), 1)),
        not_all_equal=draw(rows_of(1)),
        linear=draw(linear_rows(st.integers(-4, 4), 1)),
        soft=soft,
        soft_weights=integers([draw(weights) for _ in range(len(soft))]),
        offset=draw(st.integers(-5, 5)),
    )


def assert_energies_of_formula(formula, made):
    """The cost of every assignment that breaks no row, and more than that for all others."""
    shown = formula.shown_count
    rows = all_rows(shown)
    energies = least_energies(made.problem, rows)
    total = sum(formula.soft_weights.tolist())
    for row, energy in zip(rows, energies, strict=True):
        truth = completed(formula, row.astype(bool)) if len(formula.auxiliaries) else row > 0
        if violations(formula, truth).total:
            assert energy >= formula.offset + made.hard_weight > formula.offset + total
        else:
            assert energy == cost(formula, truth)
    if made.ground_energy is not None:
        assert made.ground_energy == formula.offset


@settings(max_examples=60, deadline=None)
@given(formula=formulas())
def test_every_assignment_of_a_formula_has_its_cost_as_its_energy(formula):
    made = ode.quadratize(formula)
    assert made.names == tuple(f"x{v}" for v in range(1, VARIABLES + 1))
    assert_energies_of_formula(formula, made)


@pytest.mark.parametrize(
    "text",
    [
        "min: -3 x1 +2 x2 x3 ;\n+1 x1 x2 +1 ~x1 x3 >= 1 ;\n",
        "min: +1 x1 x2 x3 -2 x1 ~x2 +1 x3 ;\n+2 x1 +3 x2 x4 -1 x3 >= 2 ;\n",
        "soft: 6 ;\n[2] +1 x1 +1 x2 +2 x3 >= 2 ;\n[3] +1 ~x1 +1 ~x2 = 2 ;\n+1 x1 +1 x3 >= 1 ;\n",
        "+1 a +2 b +3 c = 3 ;\n+1 a +1 b +1 c <= 2 ;\n",
    ],
    ids=["products in rows", "products in sums", "soft sums", "names"],
)
def test_products_objectives_and_soft_sums_of_opb_files(text):
    formula = parse_formula(text.encode(), "f.opb", "opb")
    made = ode.quadratize(formula)
    numbered = tuple(f"x{v}" for v in range(1, formula.shown_count + 1))
    assert made.names == (formula.names or numbered)
    assert_energies_of_formula(formula, made)


@st.composite
def graphs(draw):
    nodes = draw(st.integers(1, 5))
    pairs = [(a, b) for a in range(nodes) for b in range(a + 1, nodes)]
    edges = sorted(draw(st.sets(st.sampled_from(pairs)))) if pairs else []
    colors = draw(st.integers(1, 3 if nodes < 5 else 2))
    fixed = draw(st.dictionaries(st.integers(0, nodes - 1), st.integers(0, colors - 1)))
    array = np.array(edges, np.int32).reshape(-1, 2)
    return Graph(tuple("abcde"[:nodes]), array, precoloring=fixed), colors


@settings(max_examples=40, deadline=None)
@given(problem=graphs())
def test_ground_states_of_a_graph_are_its_colourings_with_the_fewest_conflicts(problem):
    graph, colors = problem
    made = ode.quadratize(graph, colors=colors)
    conflicts = {
        own: sum(own[a] == own[b] for a, b in graph.edges.tolist())
        for own in product(range(colors), repeat=graph.node_count)
        if all(own[node] == color for node, color in graph.precoloring.items())
    }
    least = min(conflicts.values())
    best = {own for own, count in conflicts.items() if count == least}
    rows = all_rows(made.problem.spin_count)
    energies = least_energies(made.problem, rows)
    assert energies.min() == least
    found = set()
    for row in rows[energies == least]:
        answer = made.lift(row)
        assert answer.energy == least
        assert answer.satisfied == (least == 0)
        assert answer.violated == least
        found.add(tuple(answer.assignment[name] for name in graph.names))
    assert found == best


EXPRESSIONS = ["a ^ b == s", "(a & b) | ~c", "a >> (b ^ c ^ d)", "c == (a & s)", "a != d", "a & ~a"]


@settings(max_examples=30, deadline=None)
@given(
    texts=st.lists(st.sampled_from(EXPRESSIONS), min_size=1, max_size=3),
    fixed=st.dictionaries(st.just("a"), st.integers(0, 1)),
)
def test_ground_states_of_relations_are_their_solutions(texts, fixed):
    made = ode.quadratize(texts, fixed=fixed)
    rows = all_rows(len(made.names))
    energies = least_energies(made.problem, rows)
    for row, energy in zip(rows, energies, strict=True):
        spins = np.concatenate([row, np.zeros(len(made.ancillas), int)])
        assert made.lift(spins).satisfied == (energy == 0)
        assert energy >= 0


def assert_solutions(made, solutions):
    """The ground states are these, all of them, and nothing else has their energy."""
    rows = all_rows(len(made.names))
    energies = least_energies(made.problem, rows)
    found = []
    for row, energy in zip(rows, energies, strict=True):
        assert energy >= 0
        answer = made.lift(np.concatenate([row, np.zeros(len(made.ancillas), int)]))
        assert answer.satisfied == (energy == made.ground_energy)
        if answer.satisfied:
            found.append(tuple(answer.assignment.values()))
    assert sorted(found) == sorted(solutions)


NUMBERS = [None, 0, 1, 2, 3]


@pytest.mark.parametrize("total", [None, 0, 1, 3, 4, 6])
def test_ground_states_of_additions(total):
    for a, b in product(NUMBERS, repeat=2):
        made = ode.quadratize(ode.Addition(a, b, total, bits=2))
        assert_solutions(
            made,
            [
                (x, y, x + y)
                for x, y in product(range(4), repeat=2)
                if a in (None, x) and b in (None, y) and total in (None, x + y)
            ],
        )


@pytest.mark.parametrize("multiplier", ["array", "carry-save", "dadda"])
@pytest.mark.parametrize("result", [None, 0, 1, 6, 9, 5])
def test_ground_states_of_multiplications(result, multiplier):
    for a, b in [(None, None), (None, 3), (2, None), (0, None), (3, 2)]:
        made = ode.quadratize(ode.Multiplication(a, b, result, 2, multiplier))
        assert_solutions(
            made,
            [
                (x, y, x * y)
                for x, y in product(range(4), repeat=2)
                if a in (None, x) and b in (None, y) and result in (None, x * y)
            ],
        )


@pytest.mark.parametrize("number", [4, 6, 7, 8, 9, 12, 15, 21, 25, 31, 33, 35, 49])
def test_ground_states_of_factorizations(number):
    made = ode.quadratize(ode.Factorization(number))
    root = int(number**0.5).bit_length()
    rest = (number // (3 if number % 2 else 2)).bit_length()
    pairs = [
        (p, number // p)
        for p in range(2, number)
        if number % p == 0 and p < 2**root and number // p < 2**rest
    ]
    assert pairs or all(number % p for p in range(2, number))
    assert_solutions(made, pairs)


def test_sizes_grow_with_the_problem_and_not_with_its_square():
    generator = np.random.default_rng(1)
    variables = np.argsort(generator.random((10_000, 50)), axis=1)[:, :3]
    variables = (variables + 50 * generator.integers(0, 60, (10_000, 1)) + 1).astype(int)
    signs = generator.choice([-1, 1], variables.shape)
    made = ode.quadratize((variables * signs).tolist())
    assert len(made.ancillas) == 10_000  # one a clause
    assert made.problem.coupling_count <= 6 * 10_000
    made = ode.quadratize(ode.Factorization(18446743979220271189))
    assert made.problem.spin_count < 3 * 32 * 64
    assert made.problem.coupling_count < 16 * 32 * 64


def test_an_energy_is_that_of_the_spins_and_not_of_the_best_ancillas():
    made = ode.quadratize("a ^ b == s")
    assert [made.lift([1, 0, 1, w]).energy for w in (0, 1)] == [0, 4]
    assert made.lift(np.array([1, -1, -1, 1])).satisfied is False


@pytest.mark.parametrize(
    ("call", "wrong"),
    [
        (lambda: ode.quadratize(5), "problem: 5"),
        (lambda: ode.quadratize([]), None),
        (lambda: ode.quadratize("a +"), "relation 1, column 3"),
        (lambda: ode.quadratize("a", fixed={"b": 1}), "fixed: 'b' is no variable"),
        (lambda: ode.quadratize([[1]], fixed={"b": 1}), "fixed: there are no expressions"),
        (lambda: ode.quadratize([(0, 1)], colors=0), "colors"),
        (lambda: ode.quadratize(ode.Factorization(3)), "number: 3"),
        (lambda: ode.quadratize(ode.Factorization(2**200)), "number: 201 bits"),
        (lambda: ode.quadratize(ode.Factorization(15, "none")), "multiplier"),
        (lambda: ode.quadratize(ode.Addition(-1, 2)), "a: -1"),
        (lambda: ode.quadratize(ode.Addition(9, 2, bits=2)), "a: 9 has 4 bits"),
        (lambda: ode.quadratize(ode.Multiplication(1, 2, bits=0)), "bits: 0"),
        (lambda: ode.quadratize("a | b").lift([1]), "spins: 1 values"),
        (lambda: ode.quadratize("a | b").lift([1, 2]), "spins: other values"),
        (lambda: ode.quadratize("a | b").lift([0, -1]), "spins: other values"),
    ],
)
def test_what_cannot_be_quadratized_or_lifted_is_one_line(call, wrong):
    if wrong is None:
        assert call().problem.spin_count == 0
        return
    with pytest.raises(InputError) as error:
        call()
    assert str(error.value).startswith(wrong)
    assert "\n" not in str(error.value)
