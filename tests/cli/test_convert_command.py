"""``odesolve convert``: formulas and graphs in other formats, with nothing lost without a word."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import odesolve
from odesolve.cli.main import run
from odesolve.problems.errors import InputError
from odesolve.problems.formulas.check import completed, cost, violations
from odesolve.problems.formulas.formats import FORMULA_FORMATS, parse_formula, read_formula
from odesolve.problems.formulas.writing import write_formula
from odesolve.problems.graphs.formats import FORMATS
from odesolve.problems.problem_files import read_input

ROOT = Path(__file__).parents[2]

#: What a formula may hold: a file's format and content.
CLAUSES = ("cnf", "p cnf 5 3\n1 -2 0\n0\n3 3 -3 0\n")
PARITIES = ("cnf", "p cnf 4 2\n1 2 0\nx 1 -2 3 0\n")
NOT_ALL_EQUAL = ("cnf", "p cnf 4 1\nn 1 -2 3 0\n")
CARDINALITIES = ("cnf", "p cnf 4 3\n1 2 0\nd 2 1 2 -3 0\nd -1 1 2 3 0\n")
SUMS = ("cnf+", "p cnf+ 4 2\n1 2 -3 <= 1\nw 2*1 3*-2 1*3 >= 3\n")
SOFT = ("wcnf", "h 1 2 0\n3 -1 0\n100000000000000000000 -2 3 0\n2 0\n")
SOFT_SUMS = ("wcnf+", "h 1 2 0\n3 -1 0\nh w 2*1 3*-2 1*3 >= 3\n")
NEGATIVE = ("opb", "min: -3 x1 +2 x2 ;\n+1 x1 +1 x2 >= 1 ;\n")
PRODUCTS = (
    "opb",
    "* #variable= 3 #constraint= 1 #product= 1 sizeproduct= 2\n-1 x1 x2 +2 x3 >= 0 ;\n",
)
NAMED = ("opb", "min: +1 cost ;\n+1 a -1 a +1 b >= 1 ;\n0 unused +2 a +1 ~cost >= 1 ;\n")

#: (what, formats that hold it)
HOLDERS = [
    (CLAUSES, {"cnf", "wcnf", "cnf+", "wcnf+", "opb"}),
    (PARITIES, {"cnf"}),
    (NOT_ALL_EQUAL, {"cnf"}),
    (CARDINALITIES, {"cnf", "cnf+", "wcnf+", "opb"}),
    (SUMS, {"cnf+", "wcnf+", "opb"}),
    (SOFT, {"wcnf", "wcnf+", "opb"}),
    (SOFT_SUMS, {"wcnf+", "opb"}),
    (NEGATIVE, {"opb"}),
    (PRODUCTS, {"cnf+", "wcnf+", "opb"}),
    (NAMED, {"opb"}),
]


@pytest.fixture
def convert(capsysbinary, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        capsysbinary.readouterr()
        code = run(["convert", *arguments])
        output, errors = capsysbinary.readouterr()
        return code, output.decode(), errors.decode()

    return call


def assert_same_meaning(first, second) -> None:
    """Over the variables of the first, by their names where there are some."""
    numbers = {name: number for number, name in enumerate(second.names)}
    where = [numbers[name] for name in first.names] or list(range(first.shown_count))
    extra = second.shown_count - first.shown_count
    assert extra in (0, len(first.auxiliaries))
    for bits in np.ndindex(*(2,) * first.shown_count):
        truth = np.array(bits, bool)
        wanted = completed(first, truth)
        other = np.zeros(second.shown_count, bool)
        other[where] = truth
        if extra:
            other[first.shown_count :] = wanted[first.shown_count :]
        holds = not violations(first, truth).total
        assert (not violations(second, other).total) == holds
        assert cost(second, other) == cost(first, truth)


@pytest.mark.parametrize("target", FORMULA_FORMATS)
@pytest.mark.parametrize(("source", "holders"), HOLDERS)
def test_formulas_keep_their_meaning_or_are_refused(source, holders, target, convert):
    format, text = source
    Path("in").write_text(text)
    wanted = read_formula("in", format)
    code, output, errors = convert("in", f"out.{target}.xz", "--from", format)
    assert output == ""
    if target not in holders:
        assert code == 2
        assert errors.startswith(f"odesolve: out.{target}.xz: ")
        assert errors.count("\n") == 1
        assert not Path(f"out.{target}.xz").exists()
        return
    assert code == 0
    assert f"out.{target}.xz: a formula of {wanted.shown_count} variables" in errors
    assert ("became ordinary" in errors) == (source is PRODUCTS and target != "opb")
    found = read_formula(f"out.{target}.xz")
    assert found.notes == ()
    assert set(found.names) == set(wanted.names)
    assert_same_meaning(wanted, found)


@settings(max_examples=150, deadline=None)
@given(
    source=st.sampled_from([case for case, _ in HOLDERS]),
    lines=st.data(),
    first=st.sampled_from(list(FORMULA_FORMATS)),
    second=st.sampled_from(list(FORMULA_FORMATS)),
)
def test_formulas_survive_two_conversions(source, lines, first, second, tmp_path_factory):
    """Some of a file's lines, through two formats."""
    format, text = source
    rows = [row for row in text.splitlines() if not row.startswith(("p ", "*"))]
    kept = lines.draw(st.lists(st.sampled_from(rows), min_size=1, max_size=3, unique=True))
    kept.sort(key=lambda row: not row.startswith("min"))
    head = [f"p {format} 4 {len(kept)}"] if "cnf" in format and "wcnf" not in format else []
    wanted = parse_formula("\n".join([*head, *kept, ""]).encode(), "in", format)
    folder = tmp_path_factory.getbasetemp()
    formula = wanted
    for step, target in enumerate((first, second)):
        path = folder / f"step{step}.{target}"
        try:
            write_formula(formula, path)
        except InputError:
            return
        formula = read_formula(path)
    if len(wanted.auxiliaries):
        return  # they may be ordinary variables by now, or have gone
    assert_same_meaning(wanted, formula)


def test_names_of_variables_are_given_up_when_asked(convert):
    Path("in.opb").write_text("+1 a +1 b >= 1 ;\n+1 ~a +1 c >= 1 ;\n")
    code, _, errors = convert("in.opb", "out.cnf")
    assert (code, errors) == (
        2, "odesolve: out.cnf: variables have no names in cnf, and one is called 'a'; expected "
        "--renumber, which gives the names up; or a .opb file\n",
    )  # fmt: skip
    code, _, errors = convert("in.opb", "out.cnf", "--renumber")
    assert (code, errors.splitlines()[1]) == (0, "the variables are numbered 1 to 3 in their order")
    assert Path("out.cnf").read_text() == "p cnf 3 2\n1 2 0\n-1 3 0\n"


@pytest.mark.parametrize(
    ("text", "is_graph"),
    [
        ("c made by 5\n1 2 0\n-1 2 0\n", False),
        ("c\n1 2 0\n", False),
        ("c x 5\n1 2 0\n", False),
        ("1 2 0\n2 3 0\n% made by hand\n", False),
        ("1 2 0\n2 3 0\n%\n0\n", False),
        ("1 2 0\n2 3 1\n% 0\n", True),
        ("# of 5 nodes, 0\n1 2 0\n2 3 1\n", True),
        ("c 0\n1 0\n", None),  # an edge of the node c, or a comment
    ],
)
def test_comments_do_not_say_what_a_file_holds(text, is_graph, tmp_path):
    path = tmp_path / "problem"
    path.write_text(text, encoding="utf-8")
    if is_graph is None:
        with pytest.raises(InputError, match="it may be a graph or a formula"):
            read_input(path)
    else:
        assert read_input(path).is_graph is is_graph


def test_couplings_without_a_header_are_not_taken_for_clauses(tmp_path):
    path = tmp_path / "problem.txt"
    path.write_text("4  1  -3\n0  2  0\n4\t3\t-7\n2 2 6\n1  2  9\n4\t0\t9\n", encoding="utf-8")
    with pytest.raises(InputError, match="it may be clauses, or couplings of an Ising problem"):
        read_input(path)
    assert not read_input(path, "cnf").is_graph
    assert read_input(path, "coo-bits").is_ising
    path.write_text("4 -1 0\n1 2 0\n-4 3 0\n", encoding="utf-8")
    assert not read_input(path).is_ising


def test_streams_and_notes(convert, monkeypatch):
    data = gzip.compress('{"links": [{"source": "é", "target": "b", "weight": 3}]}'.encode())
    for quiet in ((), ("-q",)):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        code, output, errors = convert("-", "-", "--to", "edgelist", *quiet)
        assert (code, output) == (0, "é b\n")
        told = "edge weights ignored\nstandard output: a graph of 2 nodes, 1 edges\n"
        assert errors == ("" if quiet else told)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("a.json -", "--to is missing: standard output has no extension to go by"),
        ("a.json out", "out: no extension for a graph, which IN holds; expected .json, .col"),
        ("a.json out.cnf", "out.cnf: the extension '.cnf' for a graph, which IN holds"),
        ("a.json out --to opb", "--to: 'opb' for a graph, which IN holds; expected json or"),
        ("a.cnf out.gml", "out.gml: the extension '.gml' for a formula, which IN holds"),
        ("a.cnf out --to json", "--to: 'json' for a formula, which IN holds; expected cnf or"),
        ("a.cnf out.cnf --from x", "a.cnf: unknown format 'x'; expected cnf or"),
        ("none.cnf out.cnf", "none.cnf: no such file or directory"),
        ("a.json no/out.gml", "no/out.gml: cannot be written: no such file or directory"),
        ("broken.json out.gml", "broken.json:1: broken JSON"),
        ("fixed.json out.gml", "out.gml: GML has no fixed colours; expected a .json file"),
        ("a.json out.col", "out.col: nodes have no names in DIMACS, and one is called 'a'"),
    ],
)
def test_refusals_are_one_line_and_leave_nothing(arguments, message, convert):
    Path("a.json").write_text('[["a", "b"]]')
    Path("fixed.json").write_text('{"edges": [["a", "b"]], "precoloring": {"a": 1}}')
    Path("broken.json").write_text('[["a", "b"')
    Path("a.cnf").write_text("p cnf 2 1\n1 2 0\n")
    before = sorted(Path().iterdir())
    code, output, errors = convert(*arguments.split())
    assert (code, output) == (2, "")
    assert errors.startswith(f"odesolve: {message}")
    assert errors.count("\n") == 1
    assert sorted(Path().iterdir()) == before


def test_every_sample_becomes_every_format(convert):
    """The Petersen graph of tests/data, and the examples of the documentation."""
    for source in sorted((ROOT / "tests" / "data").glob("petersen*")):
        for target in ("json", "mtx", "gml"):
            code, _, errors = convert(str(source), f"out.{target}", "--renumber")
            assert code == 0
            assert errors.endswith(f"out.{target}: a graph of 10 nodes, 15 edges\n")
    # Ising files become each other only: tests/quadratization.
    kinds = (".json", ".col", ".cnf", ".wcnf")
    examples = (ROOT / "docs" / "examples").iterdir()
    for source in sorted(path for path in examples if path.suffix in kinds):
        is_graph = source.suffix in (".json", ".col")
        formats = FORMATS if is_graph else {"wcnf": None, "opb": None}
        for name in formats:
            assert convert(str(source), "out", "--to", name, "--renumber")[0] == 0


def test_the_front_ends_take_what_was_converted(convert, capsysbinary):
    source = str(ROOT / "docs" / "examples" / "us-states.json")
    assert convert(source, "states.dot")[0] == 0
    assert run(["color", "states.dot", "--colors", "4", "-o", "states.sol", "-q"]) == 0
    assert run(["check", source, "states.sol"]) == 0
    assert b"satisfied" in capsysbinary.readouterr().out


def test_python_has_the_same():
    assert {"read_graph", "write_graph", "read_formula", "write_formula"} <= set(odesolve.__all__)
