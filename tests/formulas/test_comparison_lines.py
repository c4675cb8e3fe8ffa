"""CNF+ and WCNF+ against python-sat; formats that stay unread; Zstandard and UTF-16."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysat.formula import CNFPlus, WCNFPlus

from odesolve.problems.compression import zstd_module
from odesolve.problems.errors import InputError
from odesolve.problems.formulas.formats import parse_formula, read_formula
from odesolve.problems.formulas.formula import AT_MOST, Formula
from odesolve.problems.formulas.writing import write_formula
from odesolve.problems.graphs.formats import read_graph

literals = st.integers(1, 6).flatmap(lambda v: st.sampled_from([v, -v]))
filled = st.lists(literals, min_size=1, max_size=4)
clauses_of = st.lists(filled, max_size=4)
weighted_rows = st.lists(st.tuples(st.integers(1, 9), literals), min_size=1, max_size=4)


@st.composite
def at_most_rows(draw) -> list[list]:
    """python-sat's native constraints: literals, bound and, maybe, weights."""
    rows: list[list] = [
        [row, draw(st.integers(-1, 5))] for row in draw(st.lists(filled, max_size=3))
    ]
    for terms in draw(st.lists(weighted_rows, max_size=3)):
        weights, row = (list(column) for column in zip(*terms, strict=True))
        rows.append([row, draw(st.integers(0, 20)), weights])
    return rows


def native(formula: Formula) -> list[list]:
    """Comparisons as python-sat keeps them, all of them at most."""
    found = []
    for table in (formula.cardinalities, formula.linear):
        starts = table.rows.starts.tolist()
        columns = zip(table.rows, table.comparisons.tolist(), table.bounds.tolist(), strict=True)
        for i, (row, comparison, bound) in enumerate(columns):
            weights = table.coefficients[starts[i] : starts[i + 1]].tolist()
            kept = row.tolist()
            if comparison != AT_MOST:
                kept, bound = [-literal for literal in kept], sum(weights) - bound
            found.append([kept, bound] + ([weights] if table is formula.linear else []))
    return found


@settings(max_examples=100, deadline=None)
@given(clauses=clauses_of, rows=at_most_rows())
def test_files_of_python_sat_are_read_and_written_for_it(clauses, rows, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "formula.cnf+"
    wanted = CNFPlus()
    for clause in clauses:
        wanted.append(clause)
    for row in rows:
        wanted.append(row, is_atmost=True)
    with path.open("w") as file:
        wanted.to_fp(file)
    formula = read_formula(path)
    assert formula.notes == ()
    assert formula.variable_count == wanted.nv
    for _ in range(2):  # what python-sat wrote, then what was written here
        assert [row.tolist() for row in formula.clauses] == clauses
        assert native(formula) == sorted(rows, key=len)
        write_formula(formula, path)
        again = CNFPlus(from_file=str(path))
        assert (again.clauses, again.atmosts) == (clauses, sorted(rows, key=len))
        formula = read_formula(path)


@pytest.mark.parametrize("format", ["mse22", "legacy"])
@settings(max_examples=60, deadline=None)
@given(
    hard=clauses_of,
    soft=st.lists(st.tuples(st.integers(1, 9), filled), max_size=4),
    rows=at_most_rows(),
)
def test_weighted_files_of_python_sat_are_read_and_written_for_it(
    format, hard, soft, rows, tmp_path_factory
):
    path = tmp_path_factory.getbasetemp() / "formula.wcnf+"
    wanted = WCNFPlus()
    for clause in hard:
        wanted.append(clause)
    for weight, clause in soft:
        wanted.append(clause, weight=weight)
    for row in rows:
        wanted.append(row, is_atmost=True)
    if not (hard or soft or rows):
        return
    wanted.to_file(str(path), format=format)
    formula = read_formula(path)
    assert formula.notes == ()
    assert formula.optimizes
    for _ in range(2):
        assert [row.tolist() for row in formula.clauses] == hard
        assert [row.tolist() for row in formula.soft] == [clause for _, clause in soft]
        assert formula.soft_weights.tolist() == [weight for weight, _ in soft]
        assert native(formula) == sorted(rows, key=len)
        write_formula(formula, path)
        again = WCNFPlus(from_file=str(path))
        assert (again.hard, again.soft, again.wght) == (wanted.hard, wanted.soft, wanted.wght)
        assert again.atms == sorted(rows, key=len)
        formula = read_formula(path)


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(
        st.tuples(weighted_rows, st.sampled_from(["<=", ">="]), st.integers(-3, 20), st.booleans()),
        min_size=1,
        max_size=4,
    )
)
def test_comparisons_of_both_kinds_are_those_that_python_sat_reads(lines):
    text = "p cnf+ 6 0\n"
    for terms, sign, bound, is_weighted in lines:
        words = [f"{w}*{v}" if is_weighted else str(v) for w, v in terms]
        text += f"{'w ' if is_weighted else ''}{' '.join(words)} {sign} {bound}\n"
    wanted = CNFPlus(from_string=text).atmosts
    assert native(parse_formula(text.encode(), "a")) == sorted(wanted, key=len)


# What stays unread is named.

UNREAD = {
    "SMT-LIB": ("a.smt2", "; comment\n(set-logic QF_BV)\n(assert true)\n", 2),
    "AIGER": ("a.aag", "aag 3 2 0 1 1\n2\n4\n6\n6 2 4\n", 1),
    "CPLEX LP": (
        "a.lp",
        "\\ comment\nMinimize\n obj: x + y\nSubject To\n c1: x >= 1\nEnd\n",
        2,
    ),
    "MPS": ("a.mps", "* comment\nNAME          EXAMPLE\nROWS\n N  COST\n", 2),
    "BLIF": ("a.blif", "# comment\n.model top\n.inputs a b\n", 2),
    "QCIR": ("a.qcir", "#QCIR-G14\nexists(v1)\noutput(g3)\n", 1),
    "QDIMACS": ("a.cnf", "p cnf 3 1\na 1 0\ne 2 3 0\n1 2 3 0\n", 2),
    "DIMACS SAT": ("a.cnf", "c\np sat 3\n(*(1 2))\n", 2),
    "DIMACS DNF": ("a.dnf", "p dnf 3 1\n1 2 0\n", 1),
    "iCNF": ("a.icnf", "p inccnf\n1 2 0\na 1 0\n", 1),
    "group CNF": ("a.gcnf", "p gcnf 3 1 1\n{1} 1 2 0\n", 1),
    "KNF": ("a.knf", "p knf 3 1\nk 2 1 2 3 0\n", 1),
    "maximum-flow": ("a.cnf", "c\np max 4 5\nn 1 s\n", 2),
    "minimum-cost-flow": ("a", "p min 4 5\n", 1),
    "shortest-path": ("a.gr", "p sp 4 5\na 1 2 3\n", 1),
    "assignment": ("a.asn", "p asn 4 5\n", 1),
    "a graph": ("a.cnf", "p edge 3 1\ne 1 2\n", 1),
    "a proof": ("a.drat", "d 1 2 0\n1 0\n", 1),
    "a DRAT proof, or": ("a", "1 2 0\nd 1 2 3 0\n", 2),
    "an LRAT proof": ("a", "5 d 1 2 0\n", 1),
    "VeriPB": ("a", "pseudo-Boolean proof version 2.0\nf 3\n", 1),
    "XCSP": ("a.xml", '<?xml version="1.0"?>\n<instance format="XCSP3" type="CSP">\n', 1),
    "HTML": ("a.cnf", "<!DOCTYPE html>\n<html><body>404</body></html>\n", 1),
    "JSON": ("a.opb", '{"clauses": [[1, 2]]}\n', 1),
    "MiniZinc": ("a.mzn", "var 0..1: x;\nsolve satisfy;\n", 1),
    "d-DNNF": ("a.nnf", "nnf 3 2 1\nL 1\n", 1),
    "ISCAS": ("a.bench", "# c17\nINPUT(G1)\n", 2),
    "Verilog": ("a.v", "// top\nmodule top(a, b);\n", 2),
    "PDF": ("a.cnf", "%PDF-1.4\n", 1),
    "answer of a solver": ("a.cnf", "s SATISFIABLE\nv 1 -2 0\n", 1),
}


@pytest.mark.parametrize("name", UNREAD)
def test_formats_that_stay_unread_are_named(name, tmp_path):
    file, text, line = UNREAD[name]
    path = tmp_path / file
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_formula(path)
    assert caught.value.place == f"{path}:{line}"
    assert name in caught.value.message.split(";")[0]
    assert "which is not read as a formula; expected DIMACS CNF," in str(caught.value)


# Compressions and encodings, of graphs too.

TRIANGLE = b"p edge 3 3\ne 1 2\ne 2 3\ne 1 3\n"


@pytest.mark.parametrize(
    "data",
    [
        zstd_module().compress(TRIANGLE),
        TRIANGLE.decode().encode("utf-16"),
        b"\xfe\xff" + TRIANGLE.decode().encode("utf-16-be"),
        TRIANGLE.decode().encode("utf-32"),
        zstd_module().compress(TRIANGLE.decode().encode("utf-16")),
    ],
)
def test_graphs_are_decompressed_and_decoded(data, tmp_path):
    path = tmp_path / "triangle.col"
    path.write_bytes(data)
    assert read_graph(path).edges.tolist() == [[0, 1], [0, 2], [1, 2]]


def test_without_a_library_zstandard_says_what_to_install(tmp_path, monkeypatch):
    for module in ("compression.zstd", "backports.zstd"):
        monkeypatch.setitem(sys.modules, module, None)
    path = tmp_path / "a.cnf.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd rest")
    wanted = r"Zstandard.*; expected pip install 'odesolve\[zstd\]', or"
    with pytest.raises(InputError, match=wanted):
        read_formula(path)
    with pytest.raises(InputError, match=wanted):
        write_formula(Formula(1), path)
    assert path.read_bytes() == b"\x28\xb5\x2f\xfd rest"
