"""Answers of ``odesolve sat`` in every style, and ``odesolve check`` and hints reading them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from odesolve.cli.main import run
from odesolve.cli.model_lines import model_lines
from odesolve.problems.errors import InputError
from odesolve.problems.formulas.formula import Formula
from odesolve.problems.formulas.models import read_partial_model

CASES = Path(__file__).parents[3] / "shared" / "cases"

CNF = "p cnf 3 3\n1 2 0\n-1 0\n-3 0\n"
NAMED = "1 x0 +1 x1 >= 1;\n-1 x0 >= 0;\n+1 ~c >= 1;\n"
NUMBERED = "1 x1 +1 x2 >= 1;\n-1 x1 >= 0;\n+1 ~x3 >= 1;\n"
WEIGHTED = "h 1 2 0\nh -1 0\n4 2 0\n1 -3 0\n"
PRODUCTS = (
    "* #variable= 3 #constraint= 2 #product= 1 sizeproduct= 2\n1 ~x1 x2 >= 1 ;\n1 ~x3 >= 1;\n"
)


@pytest.fixture
def odesolve_command(capsys) -> Callable[..., tuple[int, str, str]]:
    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(list(arguments))
        output, errors = capsys.readouterr()
        return code, output, errors

    return call


@pytest.mark.parametrize(
    ("name", "text", "style", "line"),
    [
        ("a.cnf", CNF, None, "v -1 2 -3 0"),
        ("a.cnf", CNF, "names", "v -x1 x2 -x3"),
        ("a.cnf", CNF, "bits", "v 010"),
        ("a.opb", NUMBERED, None, "v -1 2 -3 0"),
        ("a.opb", NUMBERED, "names", "v -x1 x2 -x3"),
        ("a.opb", NAMED, None, "v -x0 x1 -c"),
        ("a.opb", NAMED, "literals", "v -1 2 -3 0"),
        ("a.opb", NAMED, "bits", "v 010"),
        ("a.opb", PRODUCTS, "names", "v -x1 x2 -x3"),
        ("a.wcnf", WEIGHTED, None, "v -1 2 -3 0"),
        ("a.wcnf", WEIGHTED, "bits", "v 010"),
    ],
)
def test_models_in_every_style_are_checked(
    name, text, style, line, odesolve_command, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(text)
    asked = ("--answer-format", style) if style else ()
    code, output, errors = odesolve_command("sat", name, *asked, "-o", "model.sol")
    assert (code, errors) == (30 if name == "a.wcnf" else 10, "")
    assert [found for found in output.splitlines() if found[0] == "v"] == [line]
    assert Path("model.sol").read_text().splitlines()[1:] == [line]
    Path("output").write_text(output)
    for solution in ("model.sol", "output"):
        assert odesolve_command("check", name, solution)[::2] == (0, "")
        truth, mentioned = read_partial_model(solution, _formula(name))
        assert (truth.tolist(), mentioned.all()) == ([False, True, False], True)
    assert odesolve_command("sat", name, "--hint", "model.sol", "-q")[0] == code


def _formula(name: str) -> Formula:
    from odesolve.problems.formulas.formats import read_formula

    return read_formula(name)


def test_json_has_the_names_and_is_checked(odesolve_command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.opb").write_text(NAMED)
    code, output, _ = odesolve_command(
        "sat", "a.opb", "--json", "--assume", "-x0,-c", "-o", "a.json"
    )
    found = json.loads(output)
    assert (code, found["solution"]["model"]) == (10, ["-x0", "x1", "-c"])
    assert found["problem"]["assumptions"] == ["-x0", "-c"]
    Path("model.json").write_text(output)
    for solution in ("a.json", "model.json"):
        assert odesolve_command("check", "a.opb", solution)[0] == 0
    Path("wrong.sol").write_text("v x0 x1 c\n")
    code, output, _ = odesolve_command("check", "a.opb", "wrong.sol")
    assert (code, output.count("\n")) == (1, 1)
    assert output.startswith("violated: 2 of 3 constraints: ")
    assert "(-x0)" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--assume", "x2"), "--assume: 'x2' is no literal; expected names as in"),
        (("--assume", "4"), "assume: literal 4; expected numbers from 1 to 3"),
        (("--json", "--answer-format", "bits"), "--answer-format has no use here"),
        (("--answer-format", "words"), "'words'"),
    ],
)
def test_what_has_no_meaning_is_refused(arguments, message, odesolve_command, tmp_path):
    path = tmp_path / "a.opb"
    path.write_text(NAMED)
    code, output, errors = odesolve_command("sat", str(path), *arguments)
    assert (code, output) == (2, "")
    assert message in errors


def test_products_and_soft_constraints_are_solved_and_proved(odesolve_command, tmp_path):
    path = tmp_path / "a.opb"
    path.write_text("1 a b >= 1 ;\n1 ~a c >= 1 ;\n")
    code, output, _ = odesolve_command("sat", str(path))
    assert code == 20
    assert "s UNSATISFIABLE" in output
    path.write_text("soft: 5 ;\n[2] 1 a 1 b >= 2 ;\n[3] 1 ~a >= 1 ;\n[1] -1 a -1 b >= 0 ;\n")
    code, output, _ = odesolve_command("sat", str(path), "--max-steps", "300", "--runs", "8")
    lines = output.splitlines()
    assert code in (10, 30)
    assert [line for line in lines if line.startswith("o ")][-1] == "o 2"
    assert "v -a -b" in lines


NAMES = Formula(3, names=("x2", "cost", "s1"))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("v x2 -cost s1\n", "101"),
        ("x2 -cost\n", "10?"),
        ("cost -x2\n", "01?"),
        ("c cost\nv ~cost\n", "?0?"),
        ("v 1 -2 3 0\n", "101"),
        ("v 101\n", "101"),
        ('["x2", "-s1"]', "1?0"),
        ('{"model": [1, "-s1"]}', "1?0"),
    ],
)
def test_models_by_name(text, wanted, tmp_path):
    path = tmp_path / "model"
    path.write_text(text)
    truth, mentioned = read_partial_model(path, NAMES)
    assert "".join(np.where(mentioned, np.where(truth, "1", "0"), "?")) == wanted


@pytest.mark.parametrize(
    "text", ["v x1\n", "v x2 -x2\n", "v --x2\n", "v x3\n", "v 4\n", '["y"]', '{"model": ["--x2"]}']
)
def test_models_of_other_names_are_refused(text, tmp_path):
    path = tmp_path / "model"
    path.write_text(text)
    with pytest.raises(InputError):
        read_partial_model(path, NAMES)


def test_lines_are_not_too_long():
    names = (*(f"name{number}" for number in range(300)), "n" * 100, "last")
    formula = Formula(302, names=names)
    lines = "\n".join(model_lines(formula, np.ones(302, bool), "v")).splitlines()
    assert " ".join(line[2:] for line in lines).split() == list(names)
    assert all(line.startswith("v ") for line in lines)
    assert [len(line) for line in lines if len(line) > 78] == [102]


@pytest.mark.skipif(not CASES.is_dir(), reason="the shared cases are not here")
@pytest.mark.parametrize("name", ["opb-variable-x0.opb", "sat-zstd.cnf.zst"])
def test_cases_that_failed(name, odesolve_command, tmp_path):
    path = tmp_path / name
    path.write_bytes((CASES / name).read_bytes())
    code, _, errors = odesolve_command("sat", str(path), "-o", str(tmp_path / "m.sol"))
    assert (code, errors) == (10, "")
    assert odesolve_command("check", str(path), str(tmp_path / "m.sol"))[0] == 0
