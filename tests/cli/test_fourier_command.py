"""``odesolve fourier``: the expressions it reads, what it prints and what it draws."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from odesolve.cli.main import run
from odesolve.pictures import PALETTE
from odesolve.problems.errors import InputError
from odesolve.problems.relations.expressions import BooleanExpression, parse_boolean
from odesolve.problems.relations.fourier_plot import descent_path
from odesolve.problems.relations.fourier_report import FourierReport, Term, polynomial_text

# ------------------------------------------------------------------------------ the parser

NAMES = ["a", "b", "x1", "sum_out"]


def extended(children):
    """One operator more, spaced and bracketed at random, as text and as Python that means it."""
    binary = st.sampled_from(
        [
            ("&", "({} and {})"),
            ("|", "({} or {})"),
            ("^", "({} != {})"),
            (">>", "(not {} or {})"),
            ("<<", "({} or not {})"),
            ("==", "({} == {})"),
            ("!=", "({} != {})"),
        ]
    )
    space = st.sampled_from(["", " ", "  ", "\t", "\n"])
    pair = st.tuples(binary, children, children, space).map(
        lambda t: (f"({t[1][0]}{t[3]}){t[0][0]}({t[3]}{t[2][0]})", t[0][1].format(t[1][1], t[2][1]))
    )
    negation = children.map(lambda one: (f"~({one[0]})", f"(not {one[1]})"))
    return pair | negation


ATOMS = st.sampled_from([*NAMES, "0", "1", "True", "False"]).map(
    lambda name: (name, f"bool({name})")
)


@settings(max_examples=80)
@given(st.recursive(ATOMS, extended, max_leaves=12))
def test_expressions_mean_what_python_says(pair):
    text, python = pair
    parsed = parse_boolean(text)
    appearing = list(dict.fromkeys(re.findall("|".join(NAMES), re.sub("True|False", "", text))))
    assert list(parsed.variables) == appearing
    code = compile(python, "expected", "eval")
    rows = product((False, True), repeat=len(appearing))
    expected = [eval(code, dict(zip(appearing, row, strict=True))) for row in rows]
    assert parsed.table.tolist() == expected
    # The text as it was understood is an expression of the same meaning.
    again = parse_boolean(parsed.text)
    assert (again.text, again.variables) == (parsed.text, parsed.variables)
    assert (again.table == parsed.table).all()


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(["a", "b", "c"]), min_size=3, max_size=6),
    st.lists(st.sampled_from(["&", "|", "^", ">>", "<<"]), min_size=5, max_size=5),
    st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_precedence_is_that_of_pythons_operators(names, operators, negated):
    parts = [f"{'~' * n}{name}" for name, n in zip(names, negated, strict=False)]
    text = parts[0] + "".join(
        f" {operator} {part}" for operator, part in zip(operators, parts[1:], strict=False)
    )
    parsed = parse_boolean(text)

    class Bit(int):
        """A bit whose shifts are implications, so that Python itself is the reference."""

        def __invert__(self):
            return Bit(1 - self)

        def __rshift__(self, other):
            return Bit(int(not self or other))

        def __lshift__(self, other):
            return Bit(int(self or not other))

        def __and__(self, other):
            return Bit(int(self) & int(other))

        def __or__(self, other):
            return Bit(int(self) | int(other))

        def __xor__(self, other):
            return Bit(int(self) ^ int(other))

    rows = product((0, 1), repeat=len(parsed.variables))
    expected = [
        bool(eval(text, dict(zip(parsed.variables, map(Bit, row), strict=True)))) for row in rows
    ]
    assert parsed.table.tolist() == expected


@settings(max_examples=300)
@given(
    st.text(st.sampled_from("ab01~&|^<>()=! \n\t_é.,:#'\"\\*+-[]{}@;%$`"), max_size=25)
    | st.text(max_size=12)
)
@example("a) & (b")
@example("~" * 9000 + "a")
@example("(" * 2000 + "a" + ")" * 2000)
@example("&".join("a" * 4000))
@example("__import__('os')")
@example("f(a)")
@example("[a for a in b]")
@example("lambda: 0")
@example("a if b else c")
@example("(yield)")
@example("9" * 5000)
@example("0_1")
@example("1if a")
@example("a \x00 b")
@example("a \ud800 b")
def test_any_text_is_an_expression_or_an_input_error(text):
    try:
        parsed = parse_boolean(text)
    except InputError as error:
        message = str(error)
    else:
        message = "column 0"
        assert len(parsed.table) == 2 ** len(parsed.variables)
    assert message.startswith(("column ", "expression: "))
    assert message.isprintable()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "column 1: the expression is empty"),
        ("a b", "column 3: 'b' cannot stand here"),
        ("a &", "column 4: the expression ends too early"),
        ("a & + b", "column 5: '\\+'; expected names, 0, 1"),
        ("a & (b", "column 5: '\\(b' cannot stand here"),
        ("a) & (b", "column 2: '\\) & \\(b' cannot stand here"),
        ("a & 2", "column 5: '2' is not Boolean syntax"),
        ("é & f(b)", "column 5: 'f\\(b\\)' is not Boolean syntax"),
        ("a and b", "column 1: 'a and b' is not Boolean syntax"),
        ("a < b", "column 1: 'a < b' is not Boolean syntax"),
        ("x | (a == b == c)", "column 6: 'a == b == c' compares more than two"),
        (
            " & ".join("abcdefghijklmn"),
            "column 49: 'm' is one of 14 variables; expected at most 12",
        ),
        ("a" * 10_001, "10001 characters; expected at most 10000"),
    ],
)
def test_bad_expressions_are_refused_with_the_column(text, message):
    with pytest.raises(InputError, match=message):
        parse_boolean(text)


# ------------------------------------------------------------------------------ the report


def evaluated(terms: list[Term], point: dict[str, int]) -> float:
    return float(sum(t.coefficient * np.prod([point[v] for v in t.variables]) for t in terms))


@pytest.mark.parametrize(
    "text", ["a ^ (b & c)", "1", "a & ~a", "(a & b) | (b & c) | (a & c)", "~p >> (q == r) ^ s"]
)
def test_polynomials_and_prime_terms_are_the_function(text):
    parsed = parse_boolean(text)
    report = FourierReport(parsed)
    names = parsed.variables
    for row, value in zip(product((0, 1), repeat=len(names)), parsed.table, strict=True):
        point = dict(zip(names, row, strict=True))
        assert evaluated(report.zero_one, point) == value
        signs = {name: 2 * bit - 1 for name, bit in point.items()}
        assert evaluated(report.signed, signs) == 2 * value - 1
        truth = {name: bool(bit) for name, bit in point.items()}
        truth |= {f"~{name}": not bit for name, bit in point.items()}
        assert any(all(truth[x] for x in term) for term in report.implicants) == value
        assert all(any(truth[x] for x in term) for term in report.implicates) == value


def test_polynomials_are_written_as_people_do():
    report = FourierReport(parse_boolean("a ^ (b & c)"))
    assert polynomial_text(report.zero_one) == "a + b c - 2 a b c"
    assert polynomial_text(report.signed) == "1/2 a - 1/2 a b - 1/2 a c - 1/2 a b c"
    assert polynomial_text(FourierReport(parse_boolean("a ^ b ^ c")).signed) == "a b c"
    assert polynomial_text(FourierReport(parse_boolean("~a & b")).zero_one) == "b - a b"
    assert polynomial_text(FourierReport(parse_boolean("~a")).zero_one) == "1 - a"
    assert polynomial_text(FourierReport(parse_boolean("~a")).signed) == "-a"
    assert polynomial_text(FourierReport(parse_boolean("0")).zero_one) == "0"


def test_twelve_variables_are_cut_in_text_and_whole_in_json():
    report = FourierReport(parse_boolean(" | ".join(f"(v{i} & ~v{i + 1})" for i in range(11))))
    text = report.to_text()
    assert "satisfying rows" in text
    assert "... and 4019 more rows (--json gives all)" in text
    assert text.count("\n") < 400
    whole = report.to_json()
    assert (len(whole["truth_table"]), sum(whole["truth_table"])) == (4096, 4083)
    assert len(whole["polynomial"]["zero_one"]) > 64


# ----------------------------------------------------------------------------- the command


def test_the_command_prints_tables_polynomials_and_prime_terms(capsys):
    assert run(["fourier", "a ^ (b & c)"]) == 0
    out = capsys.readouterr().out
    assert "a, b, c (in order of appearance); true in 4 of 8 rows" in out
    for line in ("  a b c | value", "  0 1 1 | 1", "  a + b c - 2 a b c", "  ~a | ~b | ~c"):
        assert f"\n{line}\n" in f"{out}\n"
    assert "prime implicants (3)" in out


def test_json_is_one_object(capsys):
    assert run(["fourier", "b >> a", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found.pop("version")
    assert found == {
        "expression": "b >> a",
        "variables": ["b", "a"],
        "truth_table": [1, 1, 0, 1],
        "polynomial": {
            "zero_one": [
                {"variables": [], "coefficient": 1},
                {"variables": ["b"], "coefficient": -1},
                {"variables": ["b", "a"], "coefficient": 1},
            ],
            "signed": [
                {"variables": [], "coefficient": 0.5},
                {"variables": ["b"], "coefficient": -0.5},
                {"variables": ["a"], "coefficient": 0.5},
                {"variables": ["b", "a"], "coefficient": 0.5},
            ],
        },
        "prime_implicants": [["~b"], ["a"]],
        "prime_implicates": [["~b", "a"]],
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a &"], "odesolve: column 4: the expression ends too early"),
        (["a & b & c", "--plot", "x.png"], "--plot: the expression has 3 variables; expected"),
        (["a", "--plot", "x.png"], "--plot: the expression has 1 variable; expected a relation of"),
        (["a & b", "--plot", "x.txt"], "x.txt: unknown kind of output file"),
        (["a & b", "--plot", "none/x.png"], "there is no folder"),
        (["a & b", "--plot", "x.png", "--start", "0.5"], "--start: '0.5' is not X,Y"),
        (["a & b", "--plot", "x.png", "--start", "0.5,nan"], "is not X,Y with both from 0 to 1"),
        (["a & b", "--plot", "x.png", "--start", "0.5,2"], "is not X,Y with both from 0 to 1"),
        (["a & b", "--start", "0.5,0.5"], "--start needs --plot"),
        ([], "Missing argument 'EXPRESSION'"),
    ],
)
def test_bad_use_ends_with_2_and_prints_nothing_else(
    arguments, message, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    assert run(["fourier", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert message in captured.err
    assert list(tmp_path.iterdir()) == []


def test_the_installed_command_is_light_and_draws(tmp_path):
    code = "import sys; from odesolve.cli.main import run; code = run(sys.argv[1:]); "
    code += "print(*sys.modules, file=sys.stderr); sys.exit(code)"
    path = tmp_path / "xor.png"
    arguments = ["fourier", "x != y", "--plot", str(path), "--start", "0.2,0.4"]
    ran = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True
    )
    assert "x + y - 2 x y" in ran.stdout
    picture = imread(path)[..., :3]
    assert min(picture.shape[:2]) >= 300
    assert (np.abs(picture - to_rgb(PALETTE[6])).max(axis=2) < 0.005).sum() > 500
    ran = subprocess.run(
        [sys.executable, "-c", code, "fourier", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "EXPRESSION" in ran.stdout
    assert set(ran.stderr.split()).isdisjoint({"jax", "numpy", "matplotlib", "sympy"})


def test_expressions_of_many_terms_are_read():
    text = " | ".join(["(a & ~b & c)", "(~a & b & c)"] * 60)
    assert parse_boolean(text).table.tolist() == parse_boolean("(a ^ b) & c").table.tolist()


@pytest.mark.parametrize("text", ["a & ~a & b", "a | ~a | b"])
def test_level_landscapes_are_drawn_too(text, tmp_path):
    assert run(["fourier", text, "--plot", str(tmp_path / "a.svg")]) == 0
    assert (tmp_path / "a.svg").read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("a & b", (0.3, 0.1), (1, 1)),
        ("a ^ b", (0.4, 0.5), (0, 1)),
        ("a == b", (0.4, 0.5), (0, 0)),
        ("a ^ b", (0.5, 0.5), (0.5, 0.5)),  # a saddle
        ("a & ~a & b", (0.3, 0.7), (0.3, 0.7)),  # level
    ],
)
def test_the_descent_goes_down_to_a_satisfying_corner(text, start, end):
    expression: BooleanExpression = parse_boolean(text)
    path = descent_path(expression, start)
    np.testing.assert_allclose(path[0], start, atol=1e-6)
    np.testing.assert_allclose(path[-1], end, atol=1e-5)
    v = 1 - sum(
        value * abs(1 - corner[0] - path[:, 0]) * abs(1 - corner[1] - path[:, 1])
        for value, corner in zip(expression.table, product((0, 1), repeat=2), strict=True)
    )
    assert (np.diff(v) <= 1e-6).all()
