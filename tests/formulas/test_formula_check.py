"""The exact checker of formulas against the definitions, written out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odesolve.problems.formulas.check import cost, violations
from odesolve.problems.formulas.formats import parse_formula
from odesolve.problems.formulas.formula import (
    AT_LEAST,
    AT_MOST,
    EXACTLY,
    Formula,
    LinearRows,
    LiteralRows,
)

COUNT = 4
HUGE = 2**62 - 1

literals = st.integers(1, COUNT).flatmap(lambda v: st.sampled_from([v, -v]))
rows = st.lists(st.lists(literals, max_size=5), max_size=5)
numbers = st.integers(-3, 3) | st.sampled_from([HUGE, -HUGE, 2**80, -(2**80)])


@st.composite
def linear_rows(draw, coefficients) -> LinearRows:
    found = draw(rows)

    def drawn(values, size):
        return draw(st.lists(values, min_size=size, max_size=size))

    flat = drawn(coefficients, sum(map(len, found)))
    compared = drawn(st.sampled_from([AT_LEAST, EXACTLY, AT_MOST]), len(found))
    bounds = drawn(numbers, len(found))
    kind = np.int64 if all(abs(n) < 2**63 for n in [*flat, *bounds]) else object
    return LinearRows(
        LiteralRows.of(found),
        np.array(flat, kind),
        np.array(compared, np.int8),
        np.array(bounds, kind),
    )


@st.composite
def formulas(draw) -> Formula:
    soft = draw(rows)
    positive = st.integers(1, 5) | st.sampled_from([2**63 - 1, 2**80])
    weights = draw(st.lists(positive, min_size=len(soft), max_size=len(soft)))
    return Formula(
        COUNT,
        clauses=LiteralRows.of(draw(rows)),
        parities=LiteralRows.of(draw(rows)),
        cardinalities=draw(linear_rows(st.just(1))),
        not_all_equal=LiteralRows.of(draw(rows)),
        linear=draw(linear_rows(numbers)),
        soft=LiteralRows.of(soft),
        soft_weights=np.array(weights, np.int64 if max(weights, default=0) < 2**63 else object),
        offset=draw(st.integers(-9, 9)),
    )


def by_definition(formula: Formula, truth: list[bool]) -> list[tuple[str, int]]:
    """Every violated constraint, one literal after the other."""

    def values(row) -> list[bool]:
        return [truth[abs(literal) - 1] == (literal > 0) for literal in row.tolist()]

    def holds(linear: LinearRows, row: int) -> bool:
        begin, end = linear.rows.starts[row : row + 2].tolist()
        weights = linear.coefficients.tolist()[begin:end]
        true = values(linear.rows.row(row))
        total = sum(weight for weight, value in zip(weights, true, strict=True) if value)
        bound = linear.bounds.tolist()[row]
        return {
            AT_LEAST: total >= bound,
            EXACTLY: total == bound,
            AT_MOST: total <= bound,
        }[int(linear.comparisons[row])]

    kinds = {
        "clauses": [any(values(row)) for row in formula.clauses],
        "parities": [sum(values(row)) % 2 == 1 for row in formula.parities],
        "cardinalities": [
            holds(formula.cardinalities, i) for i in range(len(formula.cardinalities))
        ],
        "not_all_equal": [len(set(values(row))) == 2 for row in formula.not_all_equal],
        "linear": [holds(formula.linear, i) for i in range(len(formula.linear))],
    }
    return [
        (kind, number)
        for kind, satisfied in kinds.items()
        for number, fine in enumerate(satisfied, 1)
        if not fine
    ]


@settings(max_examples=150, deadline=None)
@given(formula=formulas(), truth=st.lists(st.booleans(), min_size=COUNT, max_size=COUNT))
def test_violations_and_cost_are_those_of_the_definitions(formula, truth):
    wanted = by_definition(formula, truth)
    found = violations(formula, truth)
    assert found.total == len(wanted)
    assert found.first == tuple(wanted[:10])
    assert found.counts == {
        kind: count
        for kind in ("clauses", "parities", "cardinalities", "not_all_equal", "linear")
        if (count := sum(name == kind for name, _ in wanted))
    }
    paid = [
        weight
        for weight, row in zip(formula.soft_weights.tolist(), formula.soft, strict=True)
        if not any(truth[abs(v) - 1] == (v > 0) for v in row.tolist())
    ]
    assert cost(formula, np.array(truth)) == formula.offset + sum(paid)
    assert type(cost(formula, np.array(truth))) is int


def test_sums_beyond_64_bits_are_exact():
    many = LiteralRows.of([[1] * 6])
    linear = LinearRows(
        many, np.full(6, HUGE), np.array([AT_LEAST], np.int8), np.array([2**63 - 1])
    )
    assert violations(Formula(1, linear=linear), [True]).total == 0
    soft = LiteralRows.of([[1]] * 6)
    assert cost(Formula(1, soft=soft, soft_weights=np.full(6, HUGE)), [False]) == 6 * HUGE


def test_a_million_clauses():
    random = np.random.default_rng(0)
    variables = random.integers(1, 1000, (1_000_000, 3))
    signed = (variables * random.choice([-1, 1], variables.shape)).astype(np.int32)
    formula = Formula(999, LiteralRows(signed.ravel(), np.arange(0, 3_000_001, 3)))
    truth = random.random(999) < 0.5
    wanted = ~(truth[variables - 1] == (signed > 0)).any(axis=1)
    found = violations(formula, truth)
    assert found.counts == {"clauses": int(wanted.sum())}
    assert found.first == tuple(("clauses", int(i) + 1) for i in np.flatnonzero(wanted)[:10])


def test_empty_formulas():
    assert violations(Formula(0), []).total == 0
    assert cost(Formula(0, offset=3), []) == 3
    assert violations(parse_formula(b"p cnf 0 1\n0\n", "a"), []).first == (("clauses", 1),)


@pytest.mark.parametrize("truth", [[True], [True] * 3, [1, 0], [[True, False]], ["a", "b"]])
def test_other_than_one_truth_value_for_each_variable(truth):
    for function in (violations, cost):
        with pytest.raises(ValueError, match="expected 2 booleans"):
            function(Formula(2), truth)
