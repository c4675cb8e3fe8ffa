"""Linear rows of any size, from the file to the answer, against Python integers."""

from __future__ import annotations

import itertools
import random

import jax
import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from pysat.solvers import Solver

import odesolve as ode
from odesolve.cli.main import run
from odesolve.potentials import Box, WideThreshold
from odesolve.problems.formulas.check import violations
from odesolve.problems.formulas.formats import read_formula
from odesolve.problems.formulas.formula import (
    AT_LEAST,
    AT_MOST,
    EXACTLY,
    Formula,
    LinearRows,
    LiteralRows,
)
from odesolve.problems.formulas.presolve.presolve import RowContradiction, presolved, unreduced
from odesolve.problems.satisfiability.prover import Task, encoded, models_of
from odesolve.problems.satisfiability.sum_encoding import encode_sum
from odesolve.problems.satisfiability.system import formula_system

VARIABLES = 6
COMPARISONS = {">=": AT_LEAST, "=": EXACTLY, "<=": AT_MOST}
EVERY = np.array(list(itertools.product((0, 1), repeat=VARIABLES)), np.int32).T

Row = tuple[list[int], list[int], str, int]

#: The digits of a number beside each other, and those of another: x - y = 1 of 38 bits each.
POWERS = [2**i for i in range(38)]
DIFFERENCE = [*zip(POWERS, range(1, 39), strict=True),
              *((-power, i) for i, power in enumerate(POWERS, 39))]  # fmt: skip

WEIGHTS = [2337671202, 1548563996, 2592975436, 1769949150, 2707665179]
VALUES = [98, 93, 77, 13, 69]
CAPACITY = 5478412481


def opb(*rows: Row, objective: str = "") -> str:
    """A file of rows (literals, coefficients, comparison, bound)."""
    lines = [f"{objective}\n"] if objective else []
    for literals, numbers, comparison, bound in rows:
        terms = zip(numbers, literals, strict=True)
        words = " ".join(f"{c:+d} {'~' if x < 0 else ''}x{abs(x)}" for c, x in terms)
        lines.append(f"{words} {comparison} {bound};\n")
    return "".join(lines)


def formula_of(*rows: Row, variables: int = VARIABLES) -> Formula:
    flat = [number for row in rows for number in row[1]]
    largest = max(map(abs, [*flat, *(row[3] for row in rows)]), default=0)
    kind = np.int64 if largest < 2**62 else object
    linear = LinearRows(
        LiteralRows.of([row[0] for row in rows]),
        np.array(flat, kind),
        np.array([COMPARISONS[row[2]] for row in rows], np.int8),
        np.array([row[3] for row in rows], kind),
    )
    return Formula(variables, linear=linear)


def holds(row: Row, bits: np.ndarray) -> bool:
    """By the definition, in Python integers."""
    literals, numbers, comparison, bound = row
    total = sum(
        c for x, c in zip(literals, numbers, strict=True) if bool(bits[abs(x) - 1]) == (x > 0)
    )
    return {">=": total >= bound, "=": total == bound, "<=": total <= bound}[comparison]


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """Rows of all sizes, some of whose bounds a choice of the literals meets or just misses."""
    literal = st.integers(1, VARIABLES).flatmap(lambda v: st.sampled_from([v, -v]))
    literals = draw(st.lists(literal, min_size=1, max_size=8))
    scale = draw(st.sampled_from([1, 6, 2**31, 10**10, 2**64, 2**128, 3**200]))
    number = st.integers(-4, 4).map(lambda n: n * scale) | st.integers(-scale, scale)
    numbers = [draw(number) for _ in literals]
    chosen = sum(c for c in numbers if draw(st.booleans()))
    bound = chosen + draw(st.sampled_from([0, 0, 1, -1]))
    return literals, numbers, draw(st.sampled_from([*COMPARISONS])), bound


problems = st.lists(rows(), min_size=1, max_size=3)


# ------------------------------------------------------------------------- one stage after another


@given(problems)
def test_rows_are_read_and_checked_exactly(tmp_path_factory, own):
    path = tmp_path_factory.mktemp("rows") / "own.opb"
    path.write_text(opb(*own))
    read = read_formula(path)
    for bits in EVERY.T[::5]:
        expected = sum(not holds(row, bits) for row in own)
        assert violations(read, bits[: read.variable_count].astype(bool)).total == expected


@given(problems)
def test_presolve_keeps_exactly_the_models(own):
    formula = formula_of(*own)
    models = {bits.tobytes() for bits in EVERY.T.astype(bool) if all(holds(r, bits) for r in own)}
    try:
        left = presolved(formula, keep_all_models=True)
    except RowContradiction as contradiction:
        event(f"refuted by its {contradiction.kind} rows")
        assert not models
        return
    event("decided" if left.decided else "reduced")
    core = itertools.product((False, True), repeat=left.formula.variable_count)
    models_left = (np.array(c, bool) for c in core if not violations(left.formula, c).total)
    lifted = {truth.tobytes() for c in models_left for truth in left.lifts(c, 2**VARIABLES)}
    assert lifted == models


@jax.jit
def satisfied_everywhere(system: ode.potentials.System, values: np.ndarray) -> jax.Array:
    return system.violated(values).sum(axis=0) == 0


@settings(max_examples=25)
@given(problems)
def test_what_the_device_calls_satisfied_is(own):
    formula = formula_of(*own)
    expected = [all(holds(row, bits) for row in own) for bits in EVERY.T]
    try:
        unreduced(formula)
    except RowContradiction:
        event("refuted")
        assert not any(expected)
        return
    system = formula_system(formula)  # what is left is no error
    np.testing.assert_array_equal(satisfied_everywhere(system, EVERY), expected)


@given(problems)
def test_the_prover_finds_exactly_the_models(own):
    task = Task(formula_of(*own), np.zeros((0, VARIABLES), bool), 2**VARIABLES)
    models = {truth.tobytes() for truth in models_of(task)}
    bits = EVERY.T.astype(bool)
    assert models == {b.tobytes() for b in bits if all(holds(row, b) for row in own)}


@settings(max_examples=40)
@given(rows())
def test_an_adder_says_what_the_diagram_says(row):
    from odesolve.problems.satisfiability import sum_encoding

    literals, numbers, comparison, bound = row
    terms = list(zip(numbers, literals, strict=True))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sum_encoding, "DIAGRAM_LIMIT", 0)
        clauses: list[list[int]] = []
        encode_sum(terms, COMPARISONS[comparison], bound, clauses, VARIABLES)
    clauses.append([VARIABLES, -VARIABLES])
    if [] in clauses:
        assert not any(holds(row, bits) for bits in EVERY.T)
        return
    with Solver(name="cadical195", bootstrap_with=clauses) as solver:
        for bits in EVERY.T:
            assumed = [v if b else -v for v, b in enumerate(bits, 1)]
            assert solver.solve(assumptions=assumed) == holds(row, bits)


def test_the_encoding_of_wide_rows_stays_small():
    generator = random.Random(3)
    numbers = [generator.randrange(10**30) for _ in range(60)]
    row = (list(range(1, 61)), numbers, "=", sum(numbers[::2]))
    clauses, top = encoded(formula_of(row, variables=60))
    assert top < 60 * 100 * 4
    assert len(clauses) < 60 * 100 * 20


# ---------------------------------------------------------------------- from the file to the answer


@pytest.fixture
def solve(tmp_path, capsys):
    """Solve a text as a file: exit code, lines of standard output, standard error."""

    def solved(text: str, *options: str, name: str = "rows.opb"):
        path = tmp_path / name
        path.write_text(text)
        code = run(["sat", str(path), "--prove", "none", "--runs", "16", *options])
        captured = capsys.readouterr()
        return code, captured.out.splitlines(), captured.err

    return solved


def model_of(lines: list[str]) -> np.ndarray:
    literals = [int(word) for line in lines if line[:2] == "v " for word in line[2:].split()]
    return np.array([literal > 0 for literal in literals if literal])


def subset_sum(seed: int, count: int = 20) -> Row:
    """Ten-digit numbers, and the sum of some of them."""
    generator = random.Random(seed)
    numbers = [generator.randrange(10**9, 10**10) for _ in range(count)]
    bound = sum(number for number in numbers if generator.random() < 0.5)
    return list(range(1, count + 1)), numbers, "=", bound


@pytest.mark.parametrize("presolve", [(), ("--no-presolve",)])
def test_a_difference_of_38_bits(solve, presolve):
    numbers, literals = map(list, zip(*DIFFERENCE, strict=True))
    above = (literals, numbers, ">=", 1)
    below = (literals, [-number for number in numbers], ">=", -1)
    code, lines, error = solve(opb(above, below), *presolve, "--max-steps", "2000")
    assert (code, error) == (10, "")
    assert holds(above, model_of(lines))
    assert holds(below, model_of(lines))


@pytest.mark.parametrize("presolve", [(), ("--no-presolve",)])
def test_a_knapsack_of_ten_digit_weights_reaches_its_optimum(solve, presolve):
    items = list(range(1, 6))
    own = (items, WEIGHTS, "<=", CAPACITY)
    objective = "max: " + " ".join(f"+{value} x{i}" for i, value in enumerate(VALUES, 1)) + ";"
    fitting = [bits for bits in itertools.product((0, 1), repeat=5) if holds(own, np.array(bits))]
    best = max(np.dot(bits, VALUES) for bits in fitting)
    options = ("--target", str(-best), "--max-steps", "2000")
    code, lines, error = solve(opb(own, objective=objective), *presolve, *options)
    assert code in (10, 30)
    assert error == ""
    assert [line for line in lines if line.startswith("o ")][-1] == f"o {-best}"
    assert np.dot(model_of(lines), VALUES) == best


@pytest.mark.parametrize("seed", range(1000, 1020))
def test_subset_sums_of_ten_digit_numbers_are_decided(solve, seed):
    own = subset_sum(seed)
    code, lines, _ = solve(opb(own))
    assert code == 10
    assert holds(own, model_of(lines))
    literals, numbers, _, bound = own
    other = (literals, numbers, "=", bound + 1)  # 2^20 sums among 10^11 numbers
    code, lines, _ = solve(opb(other))
    assert code == 20
    assert any("cannot be satisfied" in line for line in lines)


def test_rows_share_what_choices_fix(solve):
    """Two solutions of one row, of which another row picks one."""
    first = ([1, 2, 3, 4], [10**12, 10**12 + 7, 10**12 + 7, 10**12], "=", 2 * 10**12 + 7)
    second = ([1, 4, 2], [1, 3, 5], ">=", 8)
    code, lines, _ = solve(opb(first, second))
    assert code == 10
    assert holds(first, model_of(lines))
    assert holds(second, model_of(lines))


WIDE = 2**128
UNSATISFIABLE = {
    "no multiple of a common factor": opb(([1, 2, 3], [4, 6, 8], "=", 7)),
    "wide, no multiple": opb(([1, 2, 3], [4 * WIDE, 6 * WIDE, 8 * WIDE], "=", 7 * WIDE)),
    "out of reach": opb(([1, 2], [3 * WIDE, WIDE], ">=", 4 * WIDE + 1)),
    "below the least": opb(([1, -2], [WIDE, WIDE], "<=", -1)),
    "a count out of reach": "+1 x1 +1 x2 >= 3;\n",
    "a count far out of reach": f"+1 x1 +1 x2 >= {WIDE};\n",
    "a count below none": f"+1 x1 +1 x2 <= {-WIDE};\n",
    "nothing should be something": "+0 x1 >= 1;\n",
    "with an objective": "min: +1 x1;\n+4 x1 +6 x2 +8 x3 = 7;\n",
    "an empty clause": "p cnf 2 2\n1 2 0\n0\n",
    "an empty hard clause": "p wcnf 2 2 10\n10 0\n3 1 0\n",
    "an odd number of nothing": "p cnf 1 2\nx 1 0\nx 1 -1 1 -1 0\n",
    "all equal": "p cnf 2 1\nn 1 1 0\n",
}


@pytest.mark.parametrize("presolve", [(), ("--no-presolve",)])
@pytest.mark.parametrize("case", UNSATISFIABLE)
def test_a_row_that_no_assignment_satisfies_is_an_answer(solve, case, presolve):
    text = UNSATISFIABLE[case]
    name = "rows.wcnf" if "p wcnf" in text else "rows.cnf" if "p cnf" in text else "rows.opb"
    code, lines, error = solve(text, *presolve, name=name)
    assert (code, error) == (20, "")
    assert lines[-1] == "s UNSATISFIABLE"


def test_bounds_of_any_size_on_counts_are_no_errors(solve):
    text = f"+1 x1 +1 x2 <= {2**63 - 1};\n+1 x1 +1 x2 >= {-(10**30)};\n+1 x1 +1 x2 = 1;\n"
    for presolve in ((), ("--no-presolve",)):
        code, lines, _ = solve(text, *presolve)
        assert code == 10
        assert model_of(lines).sum() == 1


def test_numbers_of_hundreds_of_digits(solve):
    options = {10**400: (), 10**60: ("--no-presolve", "--max-steps", "200")}
    for huge, chosen in options.items():
        numbers_are_exact(solve, huge, chosen)


def numbers_are_exact(solve, huge, chosen):
    own = [
        ([1, 2, 3], [huge, huge + 1, -3], ">=", huge - 2),
        ([1, 2, 4], [huge, -huge, 1], "=", -huge),
    ]
    objective = f"min: +{huge} x1 +{3 * huge} x2 -{huge} x4;"
    code, lines, _ = solve(opb(*own, objective=objective), *chosen)
    assert code in (10, 30)
    assert all(holds(row, model_of(lines)) for row in own)
    assert f"o {3 * huge}" in lines


def test_two_rows_that_bound_one_sum_from_both_sides_are_an_exact_one(solve):
    literals, numbers, _, bound = subset_sum(7, 34)
    above = (literals, numbers, ">=", bound)
    below = (literals, [-number for number in numbers], ">=", -bound)
    code, lines, _ = solve(opb(above, below), "--max-steps", "0")
    assert code == 10
    assert holds((literals, numbers, "=", bound), model_of(lines))


def test_the_prover_decides_what_presolve_leaves(solve):
    """None of 2^14 sums lies between two bounds: too many for exhaustion, and no exact row."""
    literals, numbers, _, bound = subset_sum(8, 14)
    above = (literals, numbers, ">=", bound + 1)
    below = (literals, numbers, "<=", bound + 3)
    code, lines, _ = solve(opb(above, below), "--prove", "--max-steps", "0")
    assert code == 20
    assert "c proved by CaDiCaL: there is no model" in lines


# ------------------------------------------------------------------------------------ the family


def test_wide_thresholds_refuse_what_they_cannot_hold():
    with pytest.raises(ValueError, match="must be positive"):
        WideThreshold.from_integers([[0, 1]], [[1, 1]], [[1, -(2**40)]], [1])
    with pytest.raises(ValueError, match="must reach the bound"):
        WideThreshold.from_integers([[0, 1]], [[1, 1]], [[1, 2**40]], [2**41])
    with pytest.raises(ValueError, match="coefficients must be integers"):
        WideThreshold.from_integers([[0, 1]], [[1, 1]], [[1, 0.5]], [1])
    with pytest.raises(ValueError, match="form is 'min'"):
        WideThreshold([[0, 1]], [[1, 1]], [[[1], [1]]], [[1]], "linear")
    with pytest.raises(ValueError, match="words of 2 bits"):
        WideThreshold([[0, 1]], [[1, 1]], [[[4], [1]]], [[1]], bits=2)
    wide = WideThreshold.from_integers([[0, 1]], [[1, 1]], [[1, 2**40]], [2**40])
    with pytest.raises(ValueError, match="works on Box variables"):
        wide.validate((Box(), ode.Circle(2)))


# ---------------------------------------------------------------------------- errors by their name


def test_a_problem_that_no_device_holds_is_named_by_its_file(tmp_path, capsys):
    """No option is wrong: not one run would fit."""
    path = tmp_path / "large.col"
    path.write_text("p edge 1000000 1\ne 1 2\n")
    code = run(["color", str(path), "--colors", "1000000", "--no-presolve"])
    assert code == 2
    error = capsys.readouterr().err
    assert error.startswith(f"odesolve: {path}: 1000000000000 cells need at least")
