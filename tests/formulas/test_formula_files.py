"""Formula files: every format as found in the wild; what is written is read; broken ones."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
from pathlib import Path

import numpy as np
import pytest
from broken_formulas import BROKEN_FORMULAS
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pysat.formula import CNF, WCNF

from odesolve.problems.compression import zstd_module
from odesolve.problems.errors import InputError
from odesolve.problems.formulas.check import cost, violations
from odesolve.problems.formulas.formats import (
    FORMULA_FORMATS,
    parse_formula,
    read_formula,
    read_partial_model,
)
from odesolve.problems.formulas.formula import (
    AT_LEAST,
    AT_MOST,
    EXACTLY,
    Formula,
    LinearRows,
    LiteralRows,
)
from odesolve.problems.formulas.writing import write_formula

zstd = zstd_module()
INSTANCES = Path(__file__).parents[3] / "shared" / "instances"
NO_HEADER = "there is no header: variables and clauses counted from the file"
NO_OPB_HEADER = "there is no header: variables and constraints counted from the file"


def named(suffix: str, format: str) -> str:
    return f"the name ends in .{suffix}, but the content is {format} and was read as that"


def linear_rows(rows: LinearRows) -> list[tuple[list[int], list[int], int, int]]:
    coefficients = rows.coefficients.tolist()
    starts = rows.rows.starts.tolist()
    return [
        (literals.tolist(), coefficients[a:b], comparison, bound)
        for literals, a, b, comparison, bound in zip(
            rows.rows,
            starts,
            starts[1:],
            rows.comparisons.tolist(),
            rows.bounds.tolist(),
            strict=False,
        )
    ]


def plain(formula: Formula) -> dict:
    """A formula in plain lists, without what is empty and without notes."""
    content = {
        "variables": formula.variable_count,
        "clauses": [row.tolist() for row in formula.clauses],
        "parities": [row.tolist() for row in formula.parities],
        "not_all_equal": [row.tolist() for row in formula.not_all_equal],
        "cardinalities": [
            (literals, comparison, bound)
            for literals, _, comparison, bound in linear_rows(formula.cardinalities)
        ],
        "linear": linear_rows(formula.linear),
        "soft": [
            (weight, row.tolist())
            for weight, row in zip(formula.soft_weights.tolist(), formula.soft, strict=True)
        ],
        "offset": formula.offset,
        "optimizes": formula.optimizes,
    }
    return {key: value for key, value in content.items() if value or key == "variables"}


def check_form(formula: Formula) -> None:
    """What every formula promises about its arrays."""
    kinds = (formula.clauses, formula.parities, formula.not_all_equal, formula.soft)
    for rows in (*kinds, formula.cardinalities.rows, formula.linear.rows):
        assert rows.literals.dtype == np.int32
        assert rows.starts.dtype == np.int64
        assert rows.starts[0] == 0
        assert rows.starts[-1] == len(rows.literals)
        assert (np.diff(rows.starts) >= 0).all()
        assert (rows.literals != 0).all()
        assert np.abs(rows.literals).max(initial=0) <= formula.variable_count
    for linear in (formula.cardinalities, formula.linear):
        assert len(linear.coefficients) == len(linear.rows.literals)
        assert len(linear.comparisons) == len(linear.bounds) == len(linear)
        assert set(linear.comparisons.tolist()) <= {AT_LEAST, EXACTLY, AT_MOST}
        assert all(type(number) is int for number in linear.coefficients.tolist())
    assert (formula.cardinalities.coefficients == 1).all()
    assert len(formula.soft_weights) == len(formula.soft)
    assert all(weight > 0 for weight in formula.soft_weights.tolist())


# Files as found in the wild.

WILD = [
    ("plain", "a.cnf", "p cnf 3 2\n1 -2 0\n2 3 0\n", {"clauses": [[1, -2], [2, 3]]}, ()),
    ("comments everywhere", "a.cnf",
     "c a\np cnf 3 2\nc b\n1 -2 0\ncomment, 1 2 0\n  c indented\n2 3\nc within\n0\nc end",
     {"clauses": [[1, -2], [2, 3]]}, ()),
    ("a comment in Latin-1", "a.cnf", b"c caf\xe9 \0\np cnf 3 1\n1 3 0\n",
     {"clauses": [[1, 3]]}, ()),
    ("SATLIB's end", "a.cnf", "p cnf 3 1\n 1 -2 3 0\n%\n0\n\n", {"clauses": [[1, -2, 3]]}, ()),
    ("text behind the end", "a.cnf", "p cnf 3 1\n1 3 0\n%\n0\n2 0\n", {"clauses": [[1, 3]]},
     ("what follows the line '%' was ignored",)),
    ("clauses over lines", "a.cnf", "p cnf 3 2\n1\n\n-2\t3 0 -1\n0",
     {"clauses": [[1, -2, 3], [-1]]}, ()),
    ("several on a line", "a.cnf", "p cnf 3 3\n1 0 -2 0 3 0\n", {"clauses": [[1], [-2], [3]]}, ()),
    ("no 0 at the end", "a.cnf", "p cnf 3 2\n1 0\n-2 3\n", {"clauses": [[1], [-2, 3]]},
     ("the last clause has no 0 at its end",)),
    ("no 0 before the end", "a.cnf", "p cnf 3 2\n1 0\n-2 3\n%\n0\n", {"clauses": [[1], [-2, 3]]},
     ("the last clause has no 0 at its end",)),
    ("no header", "a.cnf", "1 -3 0\n", {"clauses": [[1, -3]]}, (NO_HEADER,)),
    ("more clauses than the header says", "a.cnf", "p cnf 3 1\n1 0\n3 0\n", {"clauses": [[1], [3]]},
     ("the header claims 1 clauses, the file has 2",)),
    ("fewer clauses", "a.cnf", "p cnf 3 9\n1 3 0\n", {"clauses": [[1, 3]]},
     ("the header claims 9 clauses, the file has 1",)),
    ("more variables", "a.cnf", "p cnf 2 1\n1 3 0\n", {"clauses": [[1, 3]]},
     ("the header claims 2 variables, the file has 3",)),
    ("Windows", "a.cnf", "c a\r\np cnf 3 1\r\n1 3 0\r\n", {"clauses": [[1, 3]]}, ()),
    ("old Macintosh", "a.cnf", "c a\rp cnf 3 1\r1 3 0\r", {"clauses": [[1, 3]]}, ()),
    ("byte-order mark", "a.cnf", "\ufeffp cnf 3 1\n1 3 0\n", {"clauses": [[1, 3]]}, ()),
    ("white space of all kinds", "a.cnf", "\n p \t cnf  3\t1 \n\t 1\v3\f0 \n",
     {"clauses": [[1, 3]]}, ()),
    ("header in capitals", "a.cnf", "p CNF 3 1\n1 3 0\n", {"clauses": [[1, 3]]}, ()),
    ("leading zeros", "a.cnf", f"p cnf 03 1\n01 -{'0' * 30}3 0\n", {"clauses": [[1, -3]]}, ()),
    ("negative zero", "a.cnf", "p cnf 3 1\n1 3 -0\n", {"clauses": [[1, 3]]}, ()),
    ("tautology, repeated literals", "a.cnf", "p cnf 3 2\n1 -1 3 0\n2 2 -3 2 0\n",
     {"clauses": [[1, -1, 3], [2, 2, -3, 2]]}, ()),
    ("empty clauses", "a.cnf", "p cnf 3 3\n0\n3 0 0\n", {"clauses": [[], [3], []]}, ()),
    ("no clauses", "a.cnf", "p cnf 3 0\n", {}, ()),
    ("unused variables", "a.cnf", "p cnf 3 1\n1 0\n", {"clauses": [[1]]}, ()),
    ("parities, both spellings", "a.cnf", "p cnf 3 4\nx1 -2 0\nx 1 2 3 0\nx-1 2 0\n x -3 0\n",
     {"parities": [[1, -2], [1, 2, 3], [-1, 2], [-3]]}, ()),
    ("all kinds of lines", "a.cnf", "p cnf 3 6\n1 2 0\nx 2 3 0\nn 1 -3 0\nd 2 1 -2 3 0\n"
     "d -1 1 2 0\n-3 0\n",
     {"clauses": [[1, 2], [-3]], "parities": [[2, 3]], "not_all_equal": [[1, -3]],
      "cardinalities": [([1, -2, 3], AT_LEAST, 2), ([1, 2], AT_MOST, 1)]}, ()),
    ("cardinality of bound 0", "a.cnf", "p cnf 3 2\nd 0 1 2 0\n3 0\n",
     {"clauses": [[3]], "cardinalities": [([1, 2], AT_LEAST, 0)]}, ()),
    ("a parity over lines", "a.cnf", "p cnf 3 2\nx 1 2\n3 0\n-1 0\n",
     {"clauses": [[-1]], "parities": [[1, 2, 3]]}, ()),
    ("empty rows", "a.cnf", "p cnf 3 3\nx 0\nn0\nd 2 0\n",
     {"parities": [[]], "not_all_equal": [[]], "cardinalities": [([], AT_LEAST, 2)]}, ()),
    ("global cardinalities", "a.cnf", "p cnf 3 3\ng -2\n1 0\ng 1 0\n",
     {"clauses": [[1]], "cardinalities": [([1, 2, 3], AT_MOST, 2), ([1, 2, 3], AT_LEAST, 1)]}, ()),
    ("old weighted", "a.wcnf", "c\np wcnf 3 4 15\n15 1 2 0\n 4 -3 0\n16 3 0\n3 0\n",
     {"clauses": [[1, 2], [3]], "soft": [(4, [-3]), (3, [])], "optimizes": True}, ()),
    ("old weighted without top", "a.wcnf", "p wcnf 3 2\n10 1 -2 0\n3 -1 2 -3 0\n",
     {"soft": [(10, [1, -2]), (3, [-1, 2, -3])], "optimizes": True}, ()),
    ("new weighted", "a.wcnf", "c\nh 1 2 3 0\n1 -3 0\nh-1 0\nh 0\n6 -1\n-2 0\n",
     {"clauses": [[1, 2, 3], [-1], []], "soft": [(1, [-3]), (6, [-1, -2])], "optimizes": True}, ()),
    ("weight 0", "a.wcnf", "0 1 0\n2 3 0\n0 0 0 2 0\nh 1 0 0 0\n",
     {"clauses": [[1]], "soft": [(2, [3])], "optimizes": True},
     ("soft clauses of weight 0: 4, dropped",)),
    ("huge weights", "a.wcnf", f"p wcnf 3 3 {10**40}\n{2**63} 1 0\n{10**40} 2 0\n{10**39} 3 0\n",
     {"clauses": [[2]], "soft": [(2**63, [1]), (10**39, [3])], "optimizes": True}, ()),
    ("weighted, wrong counts", "a.wcnf", "p wcnf 2 9 5\n5 1 0\n2 3",
     {"clauses": [[1]], "soft": [(2, [3])], "optimizes": True},
     ("the header claims 2 variables, the file has 3",
      "the header claims 9 clauses, the file has 2", "the last clause has no 0 at its end")),
    ("weighted named .cnf", "a.cnf", "p wcnf 3 1 5\n5 3 0\n",
     {"clauses": [[3]], "optimizes": True}, (named("cnf", "wcnf"),)),
    ("new weighted named .cnf", "a.cnf", "h 3 0\n", {"clauses": [[3]], "optimizes": True},
     (named("cnf", "wcnf"),)),
    ("plain named .wcnf", "a.wcnf", "p cnf 3 1\n1 3 0\n", {"clauses": [[1, 3]]},
     (named("wcnf", "cnf"),)),
    ("plain named .opb", "a.opb", "p cnf 3 1\n1 3 0\n", {"clauses": [[1, 3]]},
     (named("opb", "cnf"),)),
    ("OPB named .cnf", "a.cnf", "* #variable= 3 #constraint= 1\n+1 x1 +1 x2 >= 1 ;\n",
     {"clauses": [[1, 2]]}, (named("cnf", "opb"),)),
    ("plain named .cnf+", "a.cnf+", "p cnf 3 1\n1 3 0\n", {"clauses": [[1, 3]]}, ()),
    ("words behind the header", "a.cnf", "p cnf 3 1 made by hand\n1 3 0\n",
     {"clauses": [[1, 3]]}, ("'made by hand' behind the header was ignored",)),
    ("words behind the weighted header", "a.wcnf", "p wcnf 3 1 7 (top 7)\n7 3 0\n",
     {"clauses": [[3]], "optimizes": True}, ("'(top 7)' behind the header was ignored",)),
    ("comments behind clauses", "a.cnf",
     "p cnf 3 4\n1 -2 0 c <= 1\nx 1 2 0 # x1\n3 0\t// c\n2\n3 0  c\n",
     {"clauses": [[1, -2], [3], [2, 3]], "parities": [[1, 2]]},
     ("comments behind clauses were ignored: 4, the first on line 2",)),
    ("comments behind weighted clauses", "a.wcnf", "h 1 2 0 c hard 0\n3 -3 0 c\n",
     {"clauses": [[1, 2]], "soft": [(3, [-3])], "optimizes": True},
     ("comments behind clauses were ignored: 2, the first on line 1",)),
    ("UTF-16", "a.cnf", "p cnf 3 1\n1 3 0\n".encode("utf-16"), {"clauses": [[1, 3]]}, ()),
    ("UTF-16, big end first", "a.opb", b"\xfe\xff" + "1 x3 >= 1 ;".encode("utf-16-be"),
     {"clauses": [[3]]}, (NO_OPB_HEADER,)),
    ("UTF-32", "a.cnf", "p cnf 3 1\r\n1 3 0\r\n".encode("utf-32"), {"clauses": [[1, 3]]}, ()),
    ("CNF+", "a.cnf+", "p cnf+ 3 5\n1 2 0\n1 2 3 <= 1\n -1 -2 >= 1 \nw 2*1 -3*-2 <= 4\n3 0\n",
     {"clauses": [[1, 2], [3]],
      "cardinalities": [([1, 2, 3], AT_MOST, 1), ([-1, -2], AT_LEAST, 1)],
      "linear": [([1, -2], [2, -3], AT_MOST, 4)]}, ()),
    ("CNF+ named .cnf", "a.cnf", "p cnf+ 3 1\n1 2 3 <= 2\n",
     {"cardinalities": [([1, 2, 3], AT_MOST, 2)]}, ()),
    ("CNF+ under a plain header", "a.cnf", "p cnf 3 2\nc <= 1\n1 2 3 <= 1\n3 0\n% 1 <= 0\n",
     {"clauses": [[3]], "cardinalities": [([1, 2, 3], AT_MOST, 1)]}, ()),
    ("CNF+ without a name or header", "a", "1 2 3 <= 1\n",
     {"cardinalities": [([1, 2, 3], AT_MOST, 1)]}, (NO_HEADER,)),
    ("comparisons without literals", "a.cnf+", "p cnf+ 3 2\n<= -1\nw >= 0\n",
     {"cardinalities": [([], AT_MOST, -1)], "linear": [([], [], AT_LEAST, 0)]}, ()),
    ("WCNF+", "a.wcnf+", "5 -1 0\nh 1 2 0\nh 1 2 3 <= 2\nh w 2*1 3*3 >= 2\n",
     {"clauses": [[1, 2]], "soft": [(5, [-1])], "cardinalities": [([1, 2, 3], AT_MOST, 2)],
      "linear": [([1, 3], [2, 3], AT_LEAST, 2)], "optimizes": True}, ()),
    ("old WCNF+", "a.wcnf+", "p wcnf+ 3 3 6\n5 -1 0\n6 1 2 0\n6 1 2 3 <= 2\n",
     {"clauses": [[1, 2]], "soft": [(5, [-1])], "cardinalities": [([1, 2, 3], AT_MOST, 2)],
      "optimizes": True}, ()),
    ("WCNF+ without a name or header", "a", "h 1 2 3 <= 2\n",
     {"cardinalities": [([1, 2, 3], AT_MOST, 2)], "optimizes": True}, ()),
    ("no extension, no header", "a", "c x1 + x2 >= 1 ;\n1 3 0\n", {"clauses": [[1, 3]]},
     (NO_HEADER,)),
    ("no extension, parity first", "a", "x1 3 0\n", {"parities": [[1, 3]]}, (NO_HEADER,)),
    ("no extension, weighted", "a", "5 3 0\nh 1 0\n",
     {"clauses": [[1]], "soft": [(5, [3])], "optimizes": True}, ()),
    ("no extension, OPB", "a", "* #variable= 3 #constraint= 1\n+1 x1 +1 x2 >= 1 ;\n",
     {"clauses": [[1, 2]]}, ()),
    ("pseudo-Boolean", "a.opb",
     "* #variable= 3 #constraint= 6\n* more\nmin: +3 x1 -2 ~x2 +0 x3 ;\n+2 x1 -3 ~x2\n"
     " +1 x3 >= -1 ;\n"
     "* 1 x1 >= 1 ;\n1 x1 1 x2 1 x3 = 1;\n+1 x1 +1 ~x2 >= +1 ;-1 x1 -1 x2 -1 x3 >= -1 ;\n"
     "+1 x1 -1 x2 +1 x3 >= 2 ;\n-1 x1 -1 x2 >= -1;\n",
     {"clauses": [[1, -2], [-1, -2]], "linear": [([1, -2, 3], [2, -3, 1], AT_LEAST, -1)],
      "cardinalities": [([1, 2, 3], EXACTLY, 1), ([1, 2, 3], AT_MOST, 1),
                        ([1, -2, 3], AT_LEAST, 3)],
      "soft": [(3, [-1]), (2, [-2])], "offset": -2, "optimizes": True}, ()),
    ("max", "a.opb", "* #variable= 3 #constraint= 0\nmax: 5 x1 -2 x3 ;\n",
     {"soft": [(5, [1]), (2, [-3])], "offset": -5, "optimizes": True},
     ("'max:' was turned into 'min:' of the negated objective",)),
    ("an empty objective", "a.opb", "* #variable= 3 #constraint= 1\nmin: ;\n2 x1 1 x2 <= 2 ;\n",
     {"linear": [([1, 2], [2, 1], AT_MOST, 2)], "optimizes": True}, ()),
    ("loose spelling", "a.opb", "3 x1 + 2 x2 - x3>=2;x1 = - 0 ;\n",
     {"linear": [([1, 2, 3], [3, 2, -1], AT_LEAST, 2)], "cardinalities": [([1], EXACTLY, 0)]},
     ("there is no header: variables and constraints counted from the file",)),
    ("huge coefficients", "a.opb",
     f"* #variable= 3 #constraint= 1\n{10**30} x1 -{10**30} x3 >= 1 ;",
     {"linear": [([1, 3], [10**30, -(10**30)], AT_LEAST, 1)]}, ()),
    ("no terms", "a.opb", "* #variable= 3 #constraint= 3\n+0 x3 >= 1 ;\n<= -1 ;\n>= 0 ;\n",
     {"clauses": [[]], "cardinalities": [([], AT_MOST, -1), ([], AT_LEAST, 0)]}, ()),
    ("wrong OPB counts", "a.opb", "* #variable= 2 #constraint= 5\n+1 x3 >= 1 ;\n",
     {"clauses": [[3]]},
     ("the header claims 2 variables, the file has 3",
      "the header claims 5 constraints, the file has 1")),
]  # fmt: skip


@pytest.mark.core
@pytest.mark.parametrize(
    ("name", "content", "wanted", "notes"), [row[1:] for row in WILD], ids=[row[0] for row in WILD]
)
def test_files_as_found_in_the_wild(name, content, wanted, notes, tmp_path):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    formula = read_formula(path)
    check_form(formula)
    assert plain(formula) == {"variables": 3, **wanted}
    assert formula.notes == notes


COMPRESSORS = {
    "": bytes,
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".bz2": bz2.compress,
    ".zst": zstd.compress,
}


@pytest.mark.core
@pytest.mark.parametrize("way", ["named", "unnamed", "standard input"])
@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_compressed_files_and_standard_input(suffix, way, tmp_path, monkeypatch):
    data = COMPRESSORS[suffix](b"p cnf 3 2\n1 -2 0\n2 3 0\n")
    path = tmp_path / (f"a.cnf{suffix}" if way == "named" else "formula")
    path.write_bytes(data)
    if way == "standard input":
        stream = io.TextIOWrapper(io.BytesIO(data))
        monkeypatch.setattr("sys.stdin", stream)
    formula = read_formula("-" if way == "standard input" else path)
    assert plain(formula) == {"variables": 3, "clauses": [[1, -2], [2, 3]]}


@pytest.mark.parametrize("compress", list(COMPRESSORS.values())[1:])
def test_what_decompresses_beyond_the_limit_is_refused(compress, tmp_path, monkeypatch):
    monkeypatch.setattr("odesolve.problems.files.SIZE_LIMIT", 2**20)
    path = tmp_path / "bomb.cnf"
    path.write_bytes(compress(b" " * 2**21))
    assert path.stat().st_size < 4000
    with pytest.raises(InputError, match="too large; expected at most 1 MiB"):
        read_formula(path)


def test_the_format_can_be_told(tmp_path):
    path = tmp_path / "a.cnf"
    path.write_text("2 -1 3 0\n")
    assert plain(read_formula(path))["clauses"] == [[2, -1, 3]]
    assert plain(read_formula(path, "wcnf"))["soft"] == [(2, [-1, 3])]
    with pytest.raises(InputError, match=r"a\.cnf:1: the last statement has no end"):
        read_formula(path, format="opb")
    with pytest.raises(InputError, match="unknown format 'sat'; expected cnf or wcnf or cnf"):
        read_formula(path, format="sat")


def test_missing_files_and_folders(tmp_path):
    for path in (tmp_path / "missing.cnf", tmp_path, "null\0.cnf"):
        with pytest.raises(InputError, match="expected a"):
            read_formula(path)


def test_large_files_are_read_in_pieces(tmp_path):
    random = np.random.default_rng(0)
    widths = random.integers(0, 7, 200_000)
    widths[1000] = 300_000  # a line longer than a piece
    literals = random.integers(1, 99_999, widths.sum()) * random.choice([-1, 1], widths.sum())
    rows = np.split(literals, np.cumsum(widths)[:-1])
    lines = [f"{' '.join(map(str, row))} 0" for row in rows]
    lines[500:500] = ["c " + "1 2 0 " * 200_000]
    lines[100_000:100_000] = ["x 1 -77" + " 3" * 600_000 + " 0", "c", "n 5 6 7 0"]
    path = tmp_path / "large.cnf"
    path.write_text("\n".join(lines))
    formula = read_formula(path)
    assert np.array_equal(formula.clauses.literals, literals)
    assert np.array_equal(formula.clauses.lengths, widths)
    assert plain(formula)["parities"] == [[1, -77] + [3] * 600_000]
    assert plain(formula)["not_all_equal"] == [[5, 6, 7]]
    path.write_text("\n".join([*lines, "1 - 2 0"]))
    with pytest.raises(InputError) as caught:
        read_formula(path)
    assert caught.value.place == f"{path}:{len(lines) + 1}"


HOSTILE = [
    ("spaces", b" " * 3_000_000 + b"1 y", "a:1: 'y'"),
    ("spaces, unknown kind", b" " * 3_000_000 + b"hello", "expected DIMACS CNF, weighted"),
    ("blank lines", b"\n" * 3_000_000 + b"1 y 0", "a:3000001: 'y'"),
    ("digits", b"9" * 3_000_000, "a:1: a number of 3000000 digits; expected at most 1000 digits"),
    ("signs", b"-" * 3_000_000, "a:1: '-----"),
    ("comments", b"c\n" * 500_000, "neither a header nor a clause"),
    ("comments, unknown kind", b"c\n" * 500_000, "nothing but comments"),
    ("one comment, unknown kind", b"c" * 3_000_000, "nothing but comments"),
    ("headers", b"p cnf 1 1\n" * 300_000, "a:2: a second header"),
    ("global cardinalities", b"g 1\n" * 300_000 + b"g x", "a:300001: 'g x'"),
    ("parities within another", b"x 1\n" * 300_000, "a:2: 'x': a line within a clause"),
    ("OPB signs", b"min:" + b"+ " * 1_000_000 + b";", "a:1: '+'; expected a term"),
    ("OPB comments", b"* #variable= 1\n" * 300_000 + b"min", "a:300001: the last statement has"),
    ("OPB semicolons", b"min: ;" + b";" * 1_000_000 + b"x", "a:1: the last statement has"),
]


@pytest.mark.parametrize(("case", "data", "message"), HOSTILE, ids=[case for case, _, _ in HOSTILE])
def test_megabytes_of_the_same_are_refused(case, data, message):
    suffix = "opb" if case.startswith("OPB") else "cnf"
    with pytest.raises(InputError) as caught:
        parse_formula(data, "a", suffix="" if case.endswith("unknown kind") else suffix)
    assert message in str(caught.value)


# Broken files.


@pytest.mark.core
@pytest.mark.parametrize(
    ("name", "data", "line"),
    [row[1:] for row in BROKEN_FORMULAS],
    ids=[row[0] for row in BROKEN_FORMULAS],
)
def test_broken_files_are_refused_on_one_line(name, data, line, tmp_path):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_formula(path)
    message = str(caught.value)
    assert caught.value.place == (f"{path}:{line}" if line else str(path))
    assert message.isprintable()
    assert len(message) < len(str(path)) + 500


SAMPLES = {
    "cnf": b"c a\np cnf 9 6\n1 -2 0\nx 3 -4 5 0\nd -2 1 2 -3 4 0\nn 6 7 0\ng 2\n8 9\n-1 0\n%\n0\n",
    "cnf.gz": gzip.compress(b"p cnf 3 2\n1 -2 0\n2 3 0\n", mtime=0),
    "wcnf": b"c a\np wcnf 4 5 16\n16 1 -2 4 0\n16 -1 -2 3 0\n8 -2 -4 0\n4 -3 2 0\n0 1 0\n",
    "new.wcnf": b"h 1 2 0\nh -3 4 0\n18446744073709551616 -1 0\n1 -2 0\n3 -3 4\n0\n",
    "opb": b"* #variable= 5 #constraint= 3\nmin: 1 x2 -1 x3 ;\n1 x1 +4 x2 -2 ~x5 >= 2;\n"
    b"* equal\n12345678901234567890 x4 +4 x3 >= 10;\n1 x2 -1 x4 = 0 ;\n",
    "unknown": b"3 -4 0\nx1 2 0\n",
    "cnf+": b"p cnf+ 4 4\n1 -2 0 c more\n1 2 3 <= 1\n-1 -2 4 >= 2\nw 2*1 3*-2 <= 4\n",
    "wcnf+": b"3 -1 0\nh 1 2 0\nh 1 2 3 <= 2\nh w 2*1 3*-2 >= 1\n",
    "wbo.opb": b"soft: 9 ;\n[2] 1 a 2 b ~c >= 2;\n[3] 1 a 1 b = 1;\n-1 a 1 b >= 0 ;\n",
}
PIECES = [
    b"0", b"-", b"-0", b"%\n", b"%", b"\n", b" ", b"\r", b"\t", b"x", b"x1", b"d", b"d 2", b"n ",
    b"g", b"g 3\n", b"h ", b"p", b"\np cnf 3 2\n", b"\np wcnf 3 2 7\n", b";", b">=", b"= 2 ;", b"~",
    b"~x0", b"+", b"min:", b"soft: 3 ;", b"c ", b"\nc\n", b"*", b"\0", b"\xff\xfe", b"\xc3\xa9",
    b"<= 1\n", b"w ", b"2*3 ", b"[2] ", b"a ", b" c ", b" # ", b"\nsoft: ;\n", b" x1 x2 ",
    b"99999999999", b"-9223372036854775809", b"9" * 1200, b"1.5", b"1e9", b"inf", b"\x1f\x8b",
    b"BZh91AY&SY", b"\xfd7zXZ\0", b"134217728", b"134217729", b"#variable= 7", b"\xef\xbb\xbf",
]  # fmt: skip


@st.composite
def damaged(draw, samples: dict[str, bytes]) -> tuple[str, bytes]:
    """A valid file, cut, overwritten, doubled or with pieces of others put in."""
    name = draw(st.sampled_from(sorted(samples)))
    data = samples[name]
    for _ in range(draw(st.integers(1, 4))):
        begin = draw(st.integers(0, len(data)))
        end = draw(st.integers(begin, min(len(data), begin + 12)))
        kind = draw(st.sampled_from(["put", "cut", "double", "truncate", "other"]))
        if kind == "put":
            piece = draw(st.sampled_from(PIECES) | st.binary(max_size=4))
        elif kind == "other":
            other = samples[draw(st.sampled_from(sorted(samples)))]
            piece = other[draw(st.integers(0, len(other))) :][:40]
        else:
            piece = {"cut": b"", "double": data[begin:end] * 2, "truncate": b""}[kind]
        data = data[:begin] + piece + (b"" if kind == "truncate" else data[end:])
    return name, data


def check_error(error: InputError, path: Path) -> None:
    assert re.fullmatch(re.escape(str(path)) + r"(:[1-9][0-9]*)?", error.place)
    assert str(error).isprintable()


def refused_or_formula(path: Path, **options) -> None:
    """A well-formed error or a well-formed formula: nothing else may come of any input."""
    error = None
    try:
        formula = read_formula(path, **options)
    except InputError as caught:
        error = caught
    if error is not None:
        check_error(error, path)
    elif formula.variable_count < 10**6:
        check_form(formula)
        violations(formula, np.zeros(formula.variable_count, bool))


@settings(max_examples=600, deadline=None)
@given(file=damaged(SAMPLES))
def test_damaged_files_are_refused_or_are_formulas(file, tmp_path_factory):
    name, data = file
    path = tmp_path_factory.getbasetemp() / f"damaged.{name}"
    path.write_bytes(data)
    refused_or_formula(path)


@pytest.mark.parametrize("format", FORMULA_FORMATS)
@settings(max_examples=150, deadline=None)
@given(
    data=st.binary(max_size=60) | st.text("pcnfwxdghmi 0123456789-~%+<>=:;*\n\t").map(str.encode)
)
@example(data=b"\n" * 1000 + b"%")
def test_noise_is_refused_or_is_a_formula(format, data, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "noise"
    path.write_bytes(data)
    refused_or_formula(path, format=format)


# Properties: what is written is read.


def literals(count: int):
    return st.integers(1, count).flatmap(lambda v: st.sampled_from([v, -v]))


def rows(count: int, **sizes):
    return st.lists(st.lists(literals(count), **sizes), max_size=5)


@st.composite
def linear(draw, count: int, coefficients, bounds) -> LinearRows:
    found = draw(rows(count, max_size=5))
    size = sum(map(len, found))
    flat = draw(st.lists(coefficients, min_size=size, max_size=size))
    compared = draw(
        st.lists(st.sampled_from([AT_LEAST, EXACTLY, AT_MOST]), min_size=len(found),
                 max_size=len(found))
    )  # fmt: skip
    limits = draw(st.lists(bounds, min_size=len(found), max_size=len(found)))
    kind = np.int64 if all(abs(n) < 2**40 for n in [*flat, *limits]) else object
    return LinearRows(
        LiteralRows.of(found), np.array(flat, kind), np.array(compared, np.int8),
        np.array(limits, kind),
    )  # fmt: skip


weights = st.integers(1, 9) | st.integers(1, 2**70)


@st.composite
def formulas(draw, format: str) -> Formula:
    """Any formula that a format holds; its last variable occurs."""
    count = draw(st.integers(1, 4))
    clauses = LiteralRows.of([*draw(rows(count, max_size=5)), [count]])
    compared = {
        "cardinalities": draw(linear(count, st.just(1), st.integers(-1, 6))),
        "linear": draw(linear(count, st.integers(-4, 4) | st.integers(-(2**70), 2**70),
                              st.integers(-9, 9))),
    }  # fmt: skip
    if format == "cnf+":
        return Formula(count, clauses=clauses, **compared)
    if format == "cnf":
        return Formula(
            count, clauses=clauses,
            parities=LiteralRows.of(draw(rows(count, max_size=5))),
            not_all_equal=LiteralRows.of(draw(rows(count, max_size=5))),
            cardinalities=draw(linear(count, st.just(1), st.integers(-1, 6))),
        )  # fmt: skip
    is_wcnf = format.startswith("wcnf")
    soft = draw(rows(count, max_size=4))
    sizes = draw(st.lists(weights, min_size=len(soft), max_size=len(soft)))
    cost = {
        "soft": LiteralRows.of(soft),
        "soft_weights": np.array(sizes, np.int64 if sum(sizes) < 2**60 else object),
        "offset": draw(st.integers(0, 9) if is_wcnf else st.integers(-20, 20)),
        "optimizes": True,
    }
    if format == "wcnf":
        return Formula(count, clauses=clauses, **cost)
    if format == "wcnf+":
        return Formula(count, clauses=clauses, **compared, **cost)
    return Formula(count, clauses=clauses, **(cost if draw(st.booleans()) else {}), **compared)


def assignments(count: int) -> np.ndarray:
    return (np.arange(2**count)[:, None] >> np.arange(count)) % 2 == 1


@pytest.mark.parametrize("format", FORMULA_FORMATS)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read(format, data, tmp_path_factory):
    formula = data.draw(formulas(format))
    suffix = data.draw(st.sampled_from(sorted(COMPRESSORS)))
    path = tmp_path_factory.getbasetemp() / f"written.{format}{suffix}"
    write_formula(formula, path)
    found = read_formula(path)
    check_form(found)
    assert found.notes == ()
    assert found.variable_count == formula.variable_count
    assert found.optimizes == formula.optimizes
    if format in ("cnf", "wcnf"):  # others write small rows as clauses, or read them as such
        for kind in ("clauses", "parities", "not_all_equal"):
            assert plain(found).get(kind) == plain(formula).get(kind)
    for truth in assignments(formula.variable_count):
        satisfied = violations(formula, truth).total == 0
        assert (violations(found, truth).total == 0) == satisfied
        assert cost(found, truth) == cost(formula, truth)


@pytest.mark.parametrize("format", FORMULA_FORMATS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_was_read_is_written_and_read_the_same(format, data, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / f"again.{format}"
    write_formula(data.draw(formulas(format)), path)
    first = read_formula(path)
    write_formula(first, path)
    assert plain(read_formula(path)) == plain(first)


@pytest.mark.parametrize(
    "objective", ["+3 ~x1 -2 x1 -2 ~x1", "+3 ~x1 +4 ~x2 -2 x1 -2 ~x1", "-3 x1 +2 x2 -2 x3"]
)
def test_a_cost_below_nothing_is_written_as_it_was_read(objective, tmp_path):
    path = tmp_path / "below.opb"
    path.write_text(f"min: {objective} ;\n+1 x1 >= 1 ;\n", encoding="ascii")
    given = read_formula(path)
    write_formula(given, path)
    assert plain(read_formula(path)) == plain(given)


@pytest.mark.parametrize(
    ("name", "formula", "message"),
    [
        ("a.cnf", Formula(1, soft=LiteralRows.of([[1]]), soft_weights=np.array([1])), "no soft"),
        ("a.cnf", Formula(1, optimizes=True), "no soft clauses; expected a .wcnf or .opb file"),
        ("a.cnf", parse_formula(b"2 x1 3 x2 >= 3 ;", "a"), "no pseudo-Boolean rows"),
        ("a.wcnf", Formula(1, parities=LiteralRows.of([[1]])), "no parities"),
        ("a.wcnf", Formula(1, offset=-1, optimizes=True), "no negative costs"),
        ("a.opb", Formula(1, parities=LiteralRows.of([[1]])), "no parities"),
        ("a.opb", Formula(1, not_all_equal=LiteralRows.of([[1]])), "no not-all-equal"),
        ("a.cnf+", Formula(1, optimizes=True), "no soft clauses"),
        ("a.cnf+", Formula(1, parities=LiteralRows.of([[1]])), "no parities"),
        ("a.wcnf+", Formula(1, not_all_equal=LiteralRows.of([[1]])), "no not-all-equal"),
        ("a.wcnf+", Formula(1, offset=-1, optimizes=True), "no negative costs"),
        ("a.txt", Formula(1), "unknown kind of formula file; expected .cnf, .wcnf, .cnf"),
        ("none/a.cnf", Formula(1), "cannot be written"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_and_the_old_file_kept(
    name, formula, message, tmp_path
):
    path = tmp_path / name
    if path.parent.is_dir():
        path.write_text("old")
    with pytest.raises(InputError, match=message):
        write_formula(formula, path)
    assert not path.parent.is_dir() or path.read_text() == "old"
    assert len(list(tmp_path.iterdir())) <= 1


@pytest.mark.parametrize("suffix", COMPRESSORS)
def test_writing_the_same_gives_the_same_bytes(suffix, tmp_path):
    formula = parse_formula(b"1 -2 0\nx 2 3 0\n", "a")
    paths = [tmp_path / f"{name}.cnf{suffix}" for name in "ab"]
    for path in paths:
        write_formula(formula, path)
    first, second = (path.read_bytes() for path in paths)
    assert (
        first == second == COMPRESSORS[suffix](b"p cnf 3 2\n1 -2 0\nx 2 3 0\n") or suffix == ".gz"
    )


# Python-sat as the oracle.


@st.composite
def cnf_texts(draw) -> tuple[str, str]:
    """The same clauses as people write them, and one to a line, as python-sat must have them."""
    found = draw(st.lists(st.lists(literals(30), min_size=1, max_size=6), max_size=12))
    header = f"p cnf 30 {len(found)}"
    tidy = [" ".join(map(str, [*clause, 0])) for clause in found]
    untidy = draw(st.permutations([" ", "  ", "\t", "\n", " \n ", "\nc 1 2 0\n"]))
    messy = [header + "\n"]
    for number, word in enumerate(" ".join(tidy).split()):
        messy += [word, untidy[number % len(untidy)]]
    return "".join(messy), "\n".join([header, *tidy, ""])


@settings(max_examples=150, deadline=None)
@given(texts=cnf_texts())
def test_clauses_are_those_that_python_sat_reads(texts):
    messy, tidy = texts
    found = parse_formula(messy.encode(), "a", "cnf")
    assert [row.tolist() for row in found.clauses] == CNF(from_string=tidy).clauses
    assert found.notes == ()


@settings(max_examples=100, deadline=None)
@given(
    clauses=st.lists(
        st.tuples(st.integers(1, 9), st.lists(literals(30), min_size=1, max_size=5)), max_size=12
    ),
    top=st.integers(1, 9),
)
def test_weights_are_those_that_python_sat_reads(clauses, top):
    lines = [f"{weight} {' '.join(map(str, clause))} 0" for weight, clause in clauses]
    text = "\n".join([f"p wcnf 30 {len(lines)} {top}", *lines, ""])
    wanted = WCNF(from_string=text)
    found = parse_formula(text.encode(), "a")
    assert [row.tolist() for row in found.clauses] == wanted.hard
    assert [row.tolist() for row in found.soft] == wanted.soft
    assert found.soft_weights.tolist() == wanted.wght


# Models.

FIVE = Formula(5)


@pytest.mark.core
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("s SATISFIABLE\nv 1 -2 3\nv -4 5 0\n", "10101"),
        ("c note\no 3\ns OPTIMUM FOUND\nv 10101\n", "10101"),
        ("v 01010\n", "01010"),
        ("s SATISFIABLE\r\nv x1 -x2 x3\r\nv ~x4 x5\r\n", "10101"),
        ("1 -2 3 -4 5 0\n", "10101"),
        ("1\n-2\n3\n-4\n5\n", "10101"),
        ("SAT\n1 -2 3 -4 5 0\n", "10101"),
        ('{"solution": {"model": [1, -2, 3, -4, 5]}}', "10101"),
        ('{"status": "unknown", "solution": null, "best": {"model": [1, -2]}}', "10???"),
        ('{"model": [5]}', "????1"),
        ("[-1, 5]", "0???1"),
        ("v 5 -1 0\n", "0???1"),
        ("v 5 5 0\n", "????1"),
        ("v 0\n", "?????"),
        ("[]", "?????"),
    ],
)
def test_models_of_every_kind(text, wanted, tmp_path):
    path = tmp_path / "model"
    path.write_text(text)
    truth, mentioned = read_partial_model(path, FIVE)
    assert truth.dtype == mentioned.dtype == bool
    found = np.where(mentioned, np.where(truth, "1", "0"), "?")
    assert "".join(found) == wanted
    assert not truth[~mentioned].any()


@pytest.mark.core
@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", None, "empty"),
        ("c nothing\n", None, "there is no model in it"),
        ("s UNSATISFIABLE\n", 1, "'UNSATISFIABLE': no model"),
        ("c\ns UNKNOWN\n", 2, "'UNKNOWN': no model"),
        ("UNSAT\n", 1, "no model"),
        ("s SATISFIABLE\n", None, "there is no model in it"),
        ("v 1 -2\nv 6 0\n", 2, "variable 6; expected 1 to 5, as the formula has"),
        ("v 1 -2\nv 2 0\n", 2, "variable 2 is both true and false"),
        ("v 1 two 3 0\n", 1, "'two'; expected literals such as"),
        ("v 1 - 3 0\n", 1, "'-'"),
        ("v 1 x0\n", 1, "'x0'; expected variables from 1"),
        ("v 1 9999999999999999999\n", 1, "expected literals"),
        ("s SATISFIABLE\nv 101010\n", 2, "6 bits; expected 5, one for each variable"),
        ("v 010\n", 1, "3 bits; expected 5"),
        ("w 1 2\n", 1, "'w'"),
        ("p cnf 5 1\n1 2 0\n", 1, "'p'"),
        ("v 1 \x1b[31m\n", 1, "binary data"),
        ('{"solution": {"coloring": {"a": 1}}}', None, "no model in it"),
        ('{"solution": null}', None, "no model in it"),
        ('{"model": [1, "2"]}', None, "'2' in the model"),
        ('{"model": [1, true]}', None, "True in the model"),
        ('{"model": [1, 0]}', None, "0 in the model"),
        ('{"model": [1, -1]}', None, "variable 1 is both true and false"),
        ('{"model": [9]}', None, "variable 9; expected 1 to 5"),
        ('{"model": [1,\n', 2, "JSON"),
    ],
)
def test_models_that_are_refused(text, line, message, tmp_path):
    path = tmp_path / "model"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_partial_model(path, FIVE)
    assert caught.value.place == (f"{path}:{line}" if line else str(path))
    assert message in str(caught.value)


@settings(max_examples=200, deadline=None)
@given(
    file=damaged(
        {
            "competition": b"c a\no 3\ns SATISFIABLE\nv 1 -2 3\nv -4 5 0\n",
            "bits": b"s OPTIMUM FOUND\nv 10101\n",
            "opb": b"s SATISFIABLE\nv x1 -x2 x3 -x4 x5\n",
            "json": b'{"solution": {"model": [1, -2, 3, -4, 5]}}',
        }
    )
)
def test_damaged_models_are_refused_or_are_models(file, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "damaged.model"
    path.write_bytes(file[1])
    error = None
    try:
        truth, _ = read_partial_model(path, FIVE)
    except InputError as caught:
        error = caught
    if error is None:
        assert truth.shape == (5,)
    else:
        check_error(error, path)


# The benchmark instances.


def instance_files() -> list[Path]:
    folders = ("sat", "maxsat", "pb", "hybrid")
    return sorted(path for name in folders for path in (INSTANCES / name).glob("*/*"))


@pytest.mark.skipif(not instance_files(), reason="the benchmark instances are not here")
def test_every_instance_is_read_and_has_what_its_header_says():
    odd = {}
    refused = {}
    for path in instance_files():
        try:
            formula = read_formula(path)
        except InputError as error:
            refused[path.name] = error.message
            continue
        check_form(formula)
        if formula.notes:
            odd[path.name] = formula.notes
    assert not refused
    wrong_count = ("the header claims 75 constraints, the file has 76",)
    dropped = ("soft clauses of weight 0: 1, dropped",)
    assert all(
        notes == (dropped if name == "ubcsat-sample.wcnf" else wrong_count)
        for name, notes in odd.items()
    )
    assert all(name.startswith(("cubic_vc_50_", "ubcsat-sample.wcnf")) for name in odd)


@pytest.mark.skipif(not instance_files(), reason="the benchmark instances are not here")
def test_instances_have_the_clauses_that_python_sat_reads():
    for path in sorted((INSTANCES / "sat").glob("*/*"))[::9]:
        text = path.read_text(errors="replace").split("%")[0].rstrip() + "\n"
        try:
            wanted = CNF(from_string=text).clauses
        except ValueError:  # python-sat refuses some clauses that end on a line of their own
            continue
        assert [row.tolist() for row in read_formula(path).clauses] == wanted
