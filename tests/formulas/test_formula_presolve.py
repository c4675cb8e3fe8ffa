"""Presolve of formulas against exhaustive search, CaDiCaL and elimination by hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st
from pysat.solvers import Solver

from odesolve.budget import Budget
from odesolve.problems.formulas.check import cost, violations
from odesolve.problems.formulas.formula import (
    AT_LEAST,
    AT_MOST,
    EXACTLY,
    Formula,
    LinearRows,
    LiteralRows,
)
from odesolve.problems.formulas.presolve.clause_sets import ClauseSets
from odesolve.problems.formulas.presolve.equivalent_literals import (
    BothSigns,
    implications_of_clauses,
    merged_literals,
)
from odesolve.problems.formulas.presolve.hidden_parities import parities_as_clauses
from odesolve.problems.formulas.presolve.lift import Elimination
from odesolve.problems.formulas.presolve.parity_elimination import Inconsistent, eliminated
from odesolve.problems.formulas.presolve.presolve import (
    Presolved,
    RowContradiction,
    presolved,
    unreduced,
)
from odesolve.problems.formulas.presolve.rows import CountRows, ParityRows
from odesolve.problems.satisfiability.prover import Task
from odesolve.problems.satisfiability.prover import models_of as complete_models

COMPARISONS = (AT_LEAST, EXACTLY, AT_MOST)


def linear(*rows: tuple[list[int], list[int], int, int]) -> LinearRows:
    """From rows (literals, coefficients, comparison, bound)."""
    literals, coefficients, comparisons, bounds = zip(*rows, strict=True) if rows else ((),) * 4
    flat = list(itertools.chain(*coefficients))
    kind = np.int64 if max(map(abs, [*flat, *bounds]), default=0) < 2**62 else object
    return LinearRows(
        LiteralRows.of(literals),
        np.array(flat, kind),
        np.array(comparisons, np.int8),
        np.array(bounds, kind),
    )


def cardinalities(*rows: tuple[list[int], int, int]) -> LinearRows:
    return linear(*((row, [1] * len(row), comparison, bound) for row, comparison, bound in rows))


def cnf(*clauses: list[int], variables: int = 0) -> Formula:
    largest = max((abs(literal) for clause in clauses for literal in clause), default=0)
    return Formula(max(largest, variables), LiteralRows.of(clauses))


def parity_clauses(literals: list[int], odd: bool = True) -> list[list[int]]:
    """The clauses of a parity, written out by its truth table."""
    clauses = []
    for values in itertools.product((0, 1), repeat=len(literals)):
        if sum(values) % 2 != odd:
            clauses.append([-x if v else x for x, v in zip(literals, values, strict=True)])
    return clauses


def models_of(formula: Formula) -> list[np.ndarray]:
    every = itertools.product((False, True), repeat=formula.variable_count)
    truths = (np.array(values, bool) for values in every)
    return [truth for truth in truths if not violations(formula, truth).total]


def as_bytes(truths: list[np.ndarray]) -> list[bytes]:
    return sorted(truth.tobytes() for truth in truths)


@st.composite
def formulas(draw: st.DrawFn) -> Formula:
    """Small formulas of some kinds of rows, with repeated and opposite literals now and then."""
    variables = draw(st.integers(1, 7))
    literal = st.integers(1, variables).flatmap(lambda v: st.sampled_from([v, -v]))

    def rows(most: int, least_width: int = 0, width: int = 4) -> list[list[int]]:
        if draw(st.booleans()):
            return []
        distinct = st.lists(literal, min_size=least_width, max_size=width, unique_by=abs)
        any_row = st.lists(literal, min_size=least_width, max_size=width)
        one_of = distinct if variables >= least_width else any_row
        return draw(st.lists(one_of | one_of | any_row, max_size=most))

    number = st.integers(-4, 6)
    scale = draw(st.sampled_from([1, 1, 1, 10**20]))
    sums = [
        (row, [draw(number) * scale for _ in row], draw(st.sampled_from(COMPARISONS)),
         draw(st.integers(-3, 8)) * scale)
        for row in rows(3)
    ]  # fmt: skip
    counts = [(row, draw(st.sampled_from(COMPARISONS)), draw(st.integers(0, 4))) for row in rows(3)]
    clauses = rows(12, least_width=1)
    if variables > 3 and draw(st.booleans()):
        clauses += parity_clauses([1, -2, 4], draw(st.booleans()))
    soft = rows(5)
    weights = [draw(st.integers(1, 9)) for _ in soft]
    return Formula(
        variables,
        LiteralRows.of(clauses),
        LiteralRows.of(rows(6)),
        cardinalities(*counts),
        LiteralRows.of(rows(4, least_width=1)),
        linear(*sums),
        LiteralRows.of(soft),
        np.array(weights, np.int64),
        offset=draw(st.integers(0, 3)),
    )


def solved(formula: Formula) -> Presolved | None:
    """What presolve leaves; None if it refutes the formula, by a row of it."""
    try:
        return presolved(formula)
    except RowContradiction as contradiction:
        row, rows = contradiction.row, getattr(formula, contradiction.kind)
    assert 0 <= row < len(rows)
    return None


@given(formulas(), st.booleans())
def test_models_survive(formula, keep_all_models):
    models = models_of(formula)
    if not models:
        event("without models")
        assert solved(formula) is None  # so few variables are tried out
        return
    left = presolved(formula, keep_all_models=keep_all_models)
    event("decided" if left.decided else "reduced")
    core_models = models_of(left.formula)
    lifted = [truth for core in core_models for truth in left.lifts(core, 2**20)]
    assert core_models
    assert set(as_bytes(lifted)) <= set(as_bytes(models))
    assert len(set(as_bytes(lifted))) == len(lifted)
    if keep_all_models:
        assert left.keeps_all_models
    if left.keeps_all_models:
        assert as_bytes(lifted) == as_bytes(models)
    assert min(cost(formula, t) for t in lifted) == min(cost(formula, t) for t in models)
    for core in core_models:
        truth = next(left.lifts(core, 1))
        assert cost(left.formula, core) == cost(formula, truth)
        assert (left.core_of(truth) == core).all()
        assert ((left.reduce(np.where(truth, 1, -1)) > 0) == core).all()


@given(formulas())
def test_the_complete_solver_finds_the_same_models(formula):
    pytest.importorskip("pysat")
    known = np.zeros((0, formula.variable_count), bool)
    found = list(complete_models(Task(formula, known, wanted=2**formula.variable_count)))
    assert sorted(as_bytes(found)) == sorted(as_bytes(models_of(formula)))


@given(formulas())
def test_time_may_be_up_at_any_moment(formula):
    try:
        left = presolved(formula, budget=Budget.of(0.0))
    except RowContradiction:
        assert models_of(formula) == []
        return
    lifted = [next(left.lifts(core, 1)) for core in models_of(left.formula)]
    assert bool(lifted) == bool(models_of(formula))
    assert all(not violations(formula, truth).total for truth in lifted)


@given(st.integers(0, 10**6), st.sampled_from([0.5, 1.5, 3.0, 4.3]))
def test_larger_formulas_keep_their_status(seed, ratio):
    generator = np.random.default_rng(seed)
    widths = generator.choice([1, 2, 3], int(40 * ratio), p=[0.02, 0.38, 0.6])
    clauses = [
        (generator.choice(40, k, replace=False) + 1) * generator.choice([-1, 1], k) for k in widths
    ]
    check_status_and_lift(cnf(*(clause.tolist() for clause in clauses), variables=40))


def check_status_and_lift(formula: Formula) -> None:
    """Presolve keeps whether there is a model, and lifts one, by CaDiCaL on both sides."""
    with Solver("cadical195", bootstrap_with=[c.tolist() for c in formula.clauses]) as solver:
        satisfiable = solver.solve()
    try:
        left = presolved(formula)
    except RowContradiction:
        event("refuted")
        assert not satisfiable
        return
    event("decided" if left.decided else "reduced")
    with Solver("cadical195", bootstrap_with=[c.tolist() for c in left.formula.clauses]) as solver:
        assert solver.solve() == satisfiable
        event(f"satisfiable {satisfiable}")
        if satisfiable:
            core = np.zeros(left.formula.variable_count, bool)
            core[[literal - 1 for literal in solver.get_model() if literal > 0]] = True
            assert violations(formula, next(left.lifts(core, 1))).total == 0


def gate_clauses(output: int, first: int, second: int, kind: str) -> list[list[int]]:
    """output = first and second, or xor, as clauses."""
    if kind == "xor":
        return parity_clauses([output, first, second], odd=False)
    return [[-output, first], [-output, second], [output, -first, -second]]


@given(st.integers(0, 10**6), st.integers(0, 6))
def test_circuits_keep_their_status_and_models_are_lifted(seed, known):
    """Variables that gates define: probed, shortened and resolved away."""
    random = np.random.default_rng(seed)
    clauses = []
    for output in range(9, 49):
        first, second = (random.choice(output - 1, 2, replace=False) + 1).tolist()
        signs = random.choice([-1, 1], 2).tolist()
        kind = "xor" if random.random() < 0.3 else "and"
        clauses += gate_clauses(output, signs[0] * first, signs[1] * second, kind)
    fixed = random.choice(np.arange(20, 49), known, replace=False)
    clauses += [[int(v)] for v in fixed * random.choice([-1, 1], known)]
    check_status_and_lift(cnf(*clauses))


def test_uniform_formulas_are_not_resolved():
    """A few variables could be; what would be left is less uniform, and harder for the dynamics."""
    random = np.random.default_rng(1)
    rows = [random.choice(200, 3, replace=False) + 1 for _ in range(840)]
    formula = cnf(*((row * random.choice([-1, 1], 3)).tolist() for row in rows))
    left = presolved(formula)
    assert set(left.formula.clauses.lengths.tolist()) <= {2, 3}
    assert not any(isinstance(each, Elimination) for each in left.definitions)


# ----------------------------------------------------------------------- what each step can decide

CHAIN = [[1], *([-v, v + 1] for v in range(1, 50))]
CYCLE = [[-1, 2], [-2, 3], [-3, -4], [4, 1], [5, 6, 7], [-5, -6, -7], [1, 5, 6], [-2, -5, 7]]

# formula, sizes of what is left (variables, and rows by kind where there are any)
LEFT = {
    "unit propagation": (cnf(*CHAIN), {}),
    "no clauses": (cnf(variables=3), {}),
    "tautology": (cnf([1, -1], [2, -2, 3]), {}),
    "pure literals": (cnf([1, 2], [1, -2], [-3, 2]), {}),
    "equal literals": (cnf(*CYCLE), {}),
    "duplicates": (cnf([1, 2, 3], [3, 1, 2, 1], [-1, -2], [-3, -1], [-2, -3]), {}),
    "hidden parities": (
        cnf(*parity_clauses([1, 2, 3]), *parity_clauses([2, 3, 4]), *parity_clauses([1, 3, -4])),
        {},
    ),
    "parities that fix a variable": (
        Formula(5, LiteralRows.of([[1, 4, 5], [-1, -4, -5], [-1, 4, -5], [1, -4, 5]]),
                LiteralRows.of([[1, 2], [2, 3], [1, 3, 2]])),
        {},
    ),
    "a variable of one parity only": (
        Formula(5, LiteralRows.of([[1, 2, 3], [-1, -2], [-2, -3], [-1, -3]]),
                LiteralRows.of([[1, 2, 4], [4, 3, 5]])),
        {},
    ),
    "cardinality": (Formula(4, cardinalities=cardinalities(([1, 2, -3, 4], AT_LEAST, 4))), {}),
    "exactly none": (Formula(3, cardinalities=cardinalities(([1, 2, 3], EXACTLY, 0))), {}),
    "not all equal": (
        Formula(3, LiteralRows.of([[1]]), not_all_equal=LiteralRows.of([[1, 2], [-2, -3, -1]])), {},
    ),
    "two of three, twice the same variable": (
        Formula(3, LiteralRows.of([[1, -2], [2, -1]]),
                cardinalities=cardinalities(([1, 2, 3], EXACTLY, 2))),
        {},
    ),
    "sum": (Formula(3, linear=linear(([1, 2, 3], [5, 3, -2], AT_LEAST, 7))), {}),
    "huge sum": (Formula(2, linear=linear(([1, 2], [10**30, 10**29], AT_MOST, 10**29))), {}),
}  # fmt: skip


@pytest.mark.parametrize("case", LEFT)
def test_what_is_left(case):
    formula, expected = LEFT[case]
    left = presolved(formula)
    assert left.formula.sizes == {"variables": 0, "clauses": 0, **expected}
    assert left.decided == (not expected)
    for core in models_of(left.formula):
        assert violations(formula, next(left.lifts(core, 1))).total == 0


# The same where no model may be lost, so that no variable is resolved away.
LEFT_WITH_ALL_MODELS = {
    "equal literals": {"variables": 4, "clauses": 4},
    "duplicates": {"variables": 3, "clauses": 4},
    "a variable of one parity only": {"variables": 3, "clauses": 4},
}


@pytest.mark.parametrize("case", LEFT_WITH_ALL_MODELS)
def test_what_is_left_with_all_models(case):
    formula, expected = LEFT[case][0], LEFT_WITH_ALL_MODELS[case]
    left = presolved(formula, keep_all_models=True)
    assert left.formula.sizes == {"variables": 0, "clauses": 0, **expected}
    for core in models_of(left.formula):
        assert violations(formula, next(left.lifts(core, 1))).total == 0


# formula, kind and number from 1 of the row that is blamed
REFUTED = {
    "empty clause": (cnf([1, 2], []), "clauses", 2),
    "units": (cnf([1, 2], [-1], [-2]), "clauses", 1),
    "implications": (cnf([1, 2], [-1, 2], [1, -2], [-1, -2]), "clauses", 1),
    "empty parity": (Formula(1, parities=LiteralRows.of([[1, 1]])), "parities", 1),
    "parities": (
        Formula(4, parities=LiteralRows.of([[1, 2, 3], [2, 3, 4], [1, 4]])), "parities", None),
    "too many wanted": (
        Formula(2, cardinalities=cardinalities(([1, 2], AT_LEAST, 3))), "cardinalities", 1),
    "one literal alone": (
        Formula(1, not_all_equal=LiteralRows.of([[1]])), "not_all_equal", 1),
    "sum out of reach": (
        Formula(2, linear=linear(([1, 2], [1, 1], AT_MOST, 1), ([1, 2], [2, 1], AT_LEAST, 4))),
        "linear", 2),
    "sums that exclude each other": (
        Formula(1, linear=linear(([1], [2], AT_LEAST, 1), ([1], [2], AT_MOST, 1))), "linear", None),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUTED)
def test_contradictions_name_a_row(case):
    formula, kind, number = REFUTED[case]
    with pytest.raises(RowContradiction) as caught:
        presolved(formula)
    assert caught.value.kind == kind
    assert number in (None, caught.value.row + 1)
    assert str(caught.value).count("\n") == 0


@pytest.mark.parametrize("case", ["empty clause", "empty parity", "too many wanted"])
def test_rows_that_are_impossible_alone_are_seen_without_presolve(case):
    with pytest.raises(RowContradiction):
        unreduced(REFUTED[case][0])


def test_pure_literals_are_left_where_models_are_counted():
    formula = cnf([1, 2], [1, -2], [-3, 2], [3, 1])
    left = presolved(formula, keep_all_models=True)
    lifted = [truth for core in models_of(left.formula) for truth in left.lifts(core, 100)]
    assert as_bytes(lifted) == as_bytes(models_of(formula))
    assert not presolved(formula).keeps_all_models


def test_unused_variables_give_more_models():
    left = presolved(cnf([3], [3, 7], variables=10**6))
    found = [truth.tobytes() for truth in left.lifts(np.zeros(0, bool), 20)]
    assert len(set(found)) == 20
    assert len(found[0]) == 10**6
    assert all(np.frombuffer(truth, bool)[2] for truth in found)


def test_free_variables_follow_a_hint():
    hint = np.array([1, -1, 1, 0, 1], np.int8)
    left = presolved(cnf([1, 2], [-2, -1], [1], variables=5))
    truth = next(left.lifts(np.zeros(0, bool), 1, hint))
    assert truth.tolist() == [True, False, True, False, True]


def test_merged_variables_pass_their_hint_on():
    left = presolved(cnf(*CYCLE), keep_all_models=True)
    hint = np.array([0, 0, 1, 0, 0, 0, 0], np.int8)  # variable 3 equals 1 and 2
    assert left.core.tolist()[0] == 1
    assert left.reduce(hint).tolist() == [1, 0, 0, 0]


# ------------------------------------------------------------------------------------ parities only


def random_parities(seed: int, variables: int, rows: int, width: int) -> Formula:
    generator = np.random.default_rng(seed)
    table = [
        (generator.choice(variables, width, replace=False) + 1) * generator.choice([-1, 1], width)
        for _ in range(rows)
    ]
    return Formula(variables, parities=LiteralRows.of(table))


@given(st.integers(0, 10**6), st.integers(3, 90), st.floats(0.3, 1.2))
def test_parities_alone_are_decided(seed, variables, ratio):
    formula = random_parities(seed, variables, max(int(ratio * variables), 1), 3)
    left = solved(formula)
    clauses = [c for row in formula.parities for c in parity_clauses(row.tolist())]
    with Solver("cadical195", bootstrap_with=clauses) as solver:
        assert solver.solve() == (left is not None)
    if left is not None:
        assert left.decided
        for truth in left.lifts(np.zeros(0, bool), 5):
            assert violations(formula, truth).total == 0
    event("consistent" if left is not None else "inconsistent")


def test_thousands_of_parities_are_decided():
    generator = np.random.default_rng(0)
    hidden = generator.random(2000) < 0.5
    formula = random_parities(1, 2000, 1990, 3)
    rows = formula.parities
    true = hidden[np.abs(rows.literals) - 1] == (rows.literals > 0)
    wrong = np.bincount(rows.row_numbers, true, len(rows)) % 2 == 0
    literals = formula.parities.literals.copy()
    literals[formula.parities.starts[:-1][wrong]] *= -1
    planted = Formula(2000, parities=LiteralRows(literals, formula.parities.starts))
    left = presolved(planted)
    assert left.decided
    assert violations(planted, next(left.lifts(np.zeros(0, bool), 1))).total == 0


def eliminated_by_hand(matrix: np.ndarray) -> np.ndarray:
    """The reduced row echelon form over GF(2), without rows of zeros."""
    matrix = matrix.copy()
    rank = 0
    for column in range(matrix.shape[1]):
        below = np.flatnonzero(matrix[rank:, column]) + rank
        if not len(below):
            continue
        matrix[[rank, below[0]]] = matrix[[below[0], rank]]
        others = np.flatnonzero(matrix[:, column])
        matrix[others[others != rank]] ^= matrix[rank]
        rank += 1
    return matrix[:rank]


@given(st.integers(0, 10**6), st.integers(1, 40), st.integers(1, 150), st.sampled_from([0.05, 0.5]))
def test_elimination_gives_the_reduced_echelon_form(seed, rows, columns, density):
    generator = np.random.default_rng(seed)
    matrix = (generator.random((rows, columns)) < density).astype(np.uint8)
    matrix = matrix[matrix.any(axis=1)]
    right = generator.integers(0, 2, (len(matrix), 1), np.uint8)
    table = LiteralRows.of([(np.flatnonzero(row) + 1).tolist() for row in matrix])
    expected = eliminated_by_hand(np.hstack([matrix, right]))
    consistent = not (len(expected) and not expected[-1, :-1].any())
    if not consistent:
        with pytest.raises(Inconsistent):
            eliminated(table, right[:, 0] == 1)
        return
    found = eliminated(table, right[:, 0] == 1)
    assert found is not None
    dense = np.zeros((len(found.pivots), columns + 1), np.uint8)
    for number, row in enumerate(found.others()):
        dense[number, row - 1] = 1
    dense[np.arange(len(dense)), found.variables[found.pivots] - 1] = 1
    dense[:, -1] = found.odd
    assert dense.tolist() == expected.tolist()


@given(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=6, unique=True), max_size=4))
def test_parities_become_clauses(rows):
    rows = [sorted(row) for row in rows]
    odd = np.arange(len(rows)) % 2 == 0
    none = np.zeros(len(rows), np.int64)
    clauses = parities_as_clauses(ParityRows(LiteralRows.of(rows), odd, none, none == 0))
    expected = [c for row, o in zip(rows, odd, strict=True) for c in parity_clauses(row, bool(o))]
    assert sorted(c.tolist() for c in clauses) == sorted(expected)


def test_equal_literals_are_found_around_a_cycle():
    implications = implications_of_clauses(np.array([[-3, 5], [-5, -4], [4, 3], [7, 9]]))
    variables, literals = merged_literals(implications, np.array([[9, -2]]))
    found = dict(zip(variables.tolist(), literals.tolist(), strict=True))
    assert found == {4: -3, 5: 3, 9: -2}
    with pytest.raises(BothSigns):
        merged_literals(implications, np.array([[3, 4]]))


def test_a_literal_that_thousands_of_clauses_share_costs_no_square():
    count = 2_000
    spokes = [(1, 2 * i, -(2 * i + 1)) for i in range(1, count + 1)]
    rows = LiteralRows.of(spokes)
    ones = np.ones(count, np.int64)
    sets = ClauseSets(CountRows(rows, ones, rows.lengths, np.arange(count)))
    assert len(sets.clauses) == count
    assert sets.work <= 2 * len(rows.literals)
