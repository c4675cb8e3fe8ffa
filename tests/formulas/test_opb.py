"""Pseudo-Boolean files: names, products and soft constraints, against their definition."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odesolve.problems.formulas.auxiliary_variables import expanded
from odesolve.problems.formulas.check import completed, cost, violations
from odesolve.problems.formulas.formats import parse_formula, read_formula
from odesolve.problems.formulas.formula import Formula, LinearRows
from odesolve.problems.formulas.writing import write_formula

NAMES = ["a", "b[1]", "x0", "x7"]
COMPARE = {">=": lambda a, b: a >= b, "=": lambda a, b: a == b, "<=": lambda a, b: a <= b}

# What a file says, evaluated word by word: term = (coefficient, words such as "~a").
Term = tuple[int, list[str]]
Row = tuple[int | None, list[Term], str, int]  # soft weight, terms, comparison, bound


def value(terms: list[Term], truth: dict[str, bool]) -> int:
    return sum(
        weight * all(truth[word.lstrip("~")] != word.startswith("~") for word in words)
        for weight, words in terms
    )


def text_of(terms: list[Term]) -> str:
    return " ".join(f"{weight:+d} {' '.join(words)}" for weight, words in terms)


coefficients = st.integers(-4, 4) | st.sampled_from([2**70, -(2**70)])
terms_of = st.lists(
    st.tuples(
        st.integers(-3, 3),
        st.lists(st.sampled_from([*NAMES, *(f"~{n}" for n in NAMES)]), min_size=1, max_size=3),
    ),
    max_size=4,
)
wide_terms = st.lists(
    st.tuples(coefficients, st.sampled_from(NAMES).map(lambda n: [n])), max_size=3
)
sums = terms_of | wide_terms
rows_of = st.tuples(
    st.none() | st.integers(0, 9), sums, st.sampled_from([*COMPARE]), st.integers(-6, 6)
)


@st.composite
def files(draw) -> tuple[str, list[Row], list[Term] | None, int | None]:
    """A file's text, its rows, its objective and the limit of its costs."""
    rows = draw(st.lists(rows_of, max_size=4))
    is_soft = draw(st.booleans())
    objective = None if is_soft or draw(st.booleans()) else draw(sums)
    top = draw(st.none() | st.integers(1, 12)) if is_soft else None
    rows = [row if is_soft else (None, *row[1:]) for row in rows]
    mention = [(None, [(1, [name]) for name in NAMES], ">=", 0)]  # every name, in this order
    rows = [*mention, *rows]
    lines = [f"* #variable= {len(NAMES)} #constraint= {len(rows)}"]
    lines += [f"soft: {'' if top is None else top} ;"] if is_soft else []
    for weight, terms, comparison, bound in rows:
        begin = "" if weight is None else f"[{weight}] "
        lines.append(f"{begin}{text_of(terms)} {comparison} {bound} ;")
    lines += [] if objective is None else [f"min: {text_of(objective)} ;"]
    return "\n".join(lines), rows, objective, top


def meaning(
    rows: list[Row], objective: list[Term] | None, top: int | None, truth: dict[str, bool]
) -> tuple[bool, int]:
    """Whether the hard rows hold, and the cost."""
    broken = [row for row in rows if not COMPARE[row[2]](value(row[1], truth), row[3])]
    price = sum(weight for weight, *_ in broken if weight is not None)
    price += value(objective or [], truth)
    holds = all(weight is not None for weight, *_ in broken)
    return holds and (top is None or price < top), price


def assignments(count: int) -> list[np.ndarray]:
    return [np.array(bits, bool) for bits in itertools.product((False, True), repeat=count)]


def check_meaning(formula: Formula, rows, objective, top) -> None:
    assert formula.names == tuple(NAMES)
    whole = expanded(formula)
    assert not len(whole.auxiliaries)
    for bits in assignments(len(NAMES)):
        holds, price = meaning(rows, objective, top, dict(zip(NAMES, bits.tolist(), strict=True)))
        assert (violations(formula, bits).total == 0) == holds
        assert cost(formula, bits) == price
        full = completed(formula, bits)
        assert (violations(whole, full).total == 0) == holds
        assert cost(whole, full) == price


@settings(max_examples=150, deadline=None)
@given(file=files())
def test_a_file_means_what_its_words_say(file):
    text, rows, objective, top = file
    check_meaning(parse_formula(text.encode(), "a", "opb"), rows, objective, top)


@settings(max_examples=60, deadline=None)
@given(file=files())
def test_auxiliary_variables_have_one_value_in_every_model(file):
    text, *_ = file
    formula = parse_formula(text.encode(), "a", "opb")
    whole = expanded(formula)
    definitions = Formula(
        whole.variable_count,
        clauses=whole.clauses.take(np.arange(len(formula.clauses), len(whole.clauses))),
        linear=_tail(whole.linear, len(formula.linear)),
    )
    if whole.variable_count > 9:
        return
    wanted = {completed(formula, bits).tobytes() for bits in assignments(formula.shown_count)}
    found = {
        full.tobytes()
        for full in assignments(whole.variable_count)
        if not violations(definitions, full).total
    }
    assert found == wanted


def _tail(linear: LinearRows, first: int) -> LinearRows:
    rows = linear.rows.take(np.arange(first, len(linear)))
    begin = linear.rows.starts[first]
    return LinearRows(
        rows, linear.coefficients[begin:], linear.comparisons[first:], linear.bounds[first:]
    )


@settings(max_examples=80, deadline=None)
@given(file=files())
def test_what_is_written_is_read_with_the_same_meaning(file, tmp_path_factory):
    text, rows, objective, top = file
    formula = parse_formula(text.encode(), "a", "opb")
    path = tmp_path_factory.getbasetemp() / "again.opb"
    write_formula(formula, path)
    found = read_formula(path)
    for bits in assignments(len(NAMES)):
        holds, price = meaning(rows, objective, top, dict(zip(NAMES, bits.tolist(), strict=True)))
        known = dict(zip(NAMES, bits.tolist(), strict=True))
        made = completed(formula, bits)[len(NAMES) :].tolist()
        known |= {f"auxiliary{number}": true for number, true in enumerate(made, 1)}
        truth = np.array([known[name] for name in found.names], bool)
        assert (violations(found, truth).total == 0) == holds
        assert cost(found, truth) == price


@pytest.mark.parametrize(
    ("text", "names", "variables"),
    [
        ("1 x0 +1 x1 >= 1;\n-1 x0 -1 x1 >= -1;", ("x0", "x1"), 2),
        ("1 x3 1 x1 >= 1 ;", (), 3),
        ("* #variable= 5 #constraint= 1\n1 x3 >= 1 ;", (), 5),
        ("1 y 1 x1 >= 1 ;", ("y", "x1"), 2),
        ("min: 1 max 1 soft ;", ("max", "soft"), 2),
        ("1 x01 1 x2 >= 1 ;", ("x01", "x2"), 2),
        ("1 x1 +1 x99999999999999999999 >= 1 ;", ("x1", "x99999999999999999999"), 2),
        ("3x1 +2x2>=1;", (), 2),
        ("1 a.b_c#1 -1 ~d{2,3} >= 1;", ("a.b_c#1", "d{2,3}"), 2),
    ],
)
def test_variables_are_names_unless_they_are_numbers(text, names, variables):
    formula = parse_formula(text.encode(), "a", "opb")
    assert formula.names == names
    assert formula.shown_count == formula.variable_count == variables


@pytest.mark.parametrize(
    ("text", "auxiliaries"),
    [
        ("min: 1 x1 x2 ;", 0),  # a soft clause
        ("min: -1 x1 x2 ;", 1),
        ("1 x1 x2 >= 1 ;\n2 x2 x1 1 x3 >= 2 ;", 1),  # the same product
        ("1 x1 x1 +1 x2 >= 1 ;", 0),
        ("1 x1 ~x1 +1 x2 >= 1 ;", 0),
        ("soft: ;\n[2] 1 x1 1 x2 >= 1 ;", 0),
        ("soft: ;\n[2] 1 x1 2 x2 >= 2 ;", 1),
        ("soft: ;\n[2] 1 x1 1 x2 = 1 ;", 2),
        ("soft: 2 ;\n[2] 1 x1 >= 1 ;", 0),
        ("soft: 2 ;\n[2] 1 x1 1 x2 >= 1 ;", 1),
        ("soft: 3 ;\n[2] 1 x1 1 x2 >= 1 ;", 0),
    ],
)
def test_auxiliary_variables_are_made_only_where_there_is_need(text, auxiliaries):
    formula = parse_formula(text.encode(), "a", "opb")
    assert len(formula.auxiliaries) == auxiliaries
    assert formula.sizes.get("auxiliaries", 0) == auxiliaries


def test_the_meaning_of_auxiliary_variables_is_shown():
    text = b"soft: ;\n[2] 1 a b 2 c >= 2 ;\n"
    formula = parse_formula(text, "a", "opb")
    assert formula.spelled([-1, 3, 4, -5]) == "-a c [a b] -[1 [a b] + 2 c <= 1]"
    with pytest.raises(ValueError, match="truth values"):
        violations(formula, np.zeros(4, bool))
