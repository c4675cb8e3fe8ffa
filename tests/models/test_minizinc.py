"""odesolve as MiniZinc's solver: its library, compared with Gecode's answers, and its commands."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from minizinc_models import SMALL_MODELS
from model_oracle import all_solutions

from odesolve.cli.main import run
from odesolve.problems.models.files import compile_minizinc
from odesolve.problems.models.flatzinc import read_flatzinc
from odesolve.problems.models.flatzinc.solver import LIBRARY
from odesolve.problems.models.flatzinc.translation import TRANSLATIONS

MINIZINC = shutil.which("minizinc")
GECODE = shutil.which("fzn-gecode")
needs_minizinc = pytest.mark.skipif(MINIZINC is None, reason="there is no minizinc")
needs_gecode = pytest.mark.skipif(GECODE is None, reason="there is no fzn-gecode")

#: Those that are compared by every `make test`; the others only by `make test-slow`.
QUICK = ("tables", "inverse", "sets")

ORDERS = """include "alldifferent.mzn";
int: n; array[1..n] of var 1..n: q;
constraint alldifferent(q);
constraint q[1] + q[2] > q[n] + n; constraint q[1] < q[2];
solve satisfy;
output ["order ", show(q)];
"""
#: Of three the only one: 2 + 3 > 1 + 3, but not 1 + 3 > 2 + 3 and not 1 + 2 > 3 + 3.
ORDER = [2, 3, 1]


@pytest.fixture
def odesolve(capsys):
    """Call the entry point in this process: (exit code, standard output, standard error)."""

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(list(arguments))
        output, errors = capsys.readouterr()
        return code, output, errors

    return call


def minizinc(folder: Path, *words: str) -> str:
    """What the compiler or its solver prints, with the solvers that a folder configures."""
    done = subprocess.run(
        [MINIZINC, *words],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=120,
        env={**os.environ, "MZN_SOLVER_PATH": str(folder)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


# -------------------------------------------------------------------------------------- the library


def plain(value):
    """A value of MiniZinc's JSON as ours, in tuples."""
    if isinstance(value, dict):
        ranges = ([part, part] if isinstance(part, int) else part for part in value["set"])
        return tuple(v for low, high in ranges for v in range(low, high + 1))
    return tuple(map(plain, value)) if isinstance(value, list) else value


def by_name(answer):
    return tuple(sorted((name, plain(value)) for name, value in answer.items()))


@needs_minizinc
@needs_gecode
@pytest.mark.parametrize(
    "name",
    [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in SMALL_MODELS],
)
def test_gecode_has_the_same_solutions(name, tmp_path):
    """Of the standard library's decomposition: it shares nothing with our library but the model."""
    path = tmp_path / "tried.mzn"
    path.write_text(SMALL_MODELS[name] + "\nsolve satisfy;\n", encoding="utf-8")
    gecode = {
        "id": "org.gecode.plain", "name": "plain", "version": "6", "mznlib": "-Gstd",
        "executable": GECODE, "stdFlags": ["-a"], "supportsFzn": True, "supportsMzn": False,
        "needsSolns2Out": True,
    }  # fmt: skip
    (tmp_path / "plain.msc").write_text(json.dumps(gecode), encoding="utf-8")
    words = ("--solver", "org.gecode.plain", "-a", "--output-mode", "json", path.name)
    printed = minizinc(tmp_path, *words).removesuffix("==========\n")
    expected = {by_name(json.loads(part)) for part in printed.split("----------\n") if part.strip()}
    assert expected
    minizinc(
        tmp_path,
        "-c",
        "--solver",
        "org.gecode.plain",
        "--no-output-ozn",
        "--fzn",
        "s.fzn",
        path.name,
    )
    for read in (compile_minizinc(path), read_flatzinc(tmp_path / "s.fzn")):
        assert {by_name(read.answer(values)) for values in all_solutions(read.model)} == expected


#: What the standard library has no reified form of, and what it means.
REIFIED = """include "globals.mzn"; array[1..3] of var 1..3: x; var bool: b; var bool: c;
constraint b <-> circuit(x);
constraint c -> not regular(x, 2, 3, [| 1, 2, 0 | 2, 0, 1 |], 1, {1});
constraint x[1] < 3; solve satisfy;
"""


@needs_minizinc
def test_what_has_no_reified_form_elsewhere(tmp_path):
    path = tmp_path / "reified.mzn"
    path.write_text(REIFIED, encoding="utf-8")
    steps = {(1, 1): 1, (1, 2): 2, (2, 1): 2, (2, 3): 1}
    expected = set()
    for x in itertools.product((1, 2), (1, 2, 3), (1, 2, 3)):
        state = 1
        for value in x:
            state = steps.get((state, value), 0)
        for c in (False, True):
            if not (c and state == 1):
                expected.add((x, x in ((2, 3, 1), (3, 1, 2)), c))
    read = compile_minizinc(path)
    answers = [read.answer(values) for values in all_solutions(read.model)]
    assert {(tuple(a["x"]), a["b"], a["c"]) for a in answers} == expected


def test_the_library_hands_over_what_is_read():
    """Every predicate without a body has a translation, and every file holds its own name."""
    files = sorted(LIBRARY.glob("*.mzn"))
    handed = set()
    for path in files:
        text = re.sub(r"%.*", "", path.read_text(encoding="utf-8"))
        declared = re.findall(r"predicate (\w+)\([^;]*?\)\s*(;|=)", text)
        if path.stem.startswith("fzn_"):
            assert path.stem in [name for name, _ in declared], path.name
        handed |= {name for name, end in declared if end == ";"}
    handed = {name.removesuffix("_reif") for name in handed if "float" not in name}
    assert handed <= TRANSLATIONS.keys()
    assert {name for name in TRANSLATIONS if name.startswith(("fzn_", "odesolve_"))} <= handed


# -------------------------------------------------------------------------------- odesolve minizinc


SMALL = """var 1..3: x :: output_var;
var bool: b :: output_var;
constraint int_le_reif(x,1,b);
constraint int_ne(x,2);
"""


@pytest.fixture
def small(tmp_path):
    """A file whose solutions are (1, true) and (3, false); the goal is a parameter."""

    def write(goal: str = "satisfy", more: str = "") -> str:
        path = tmp_path / "small.fzn"
        path.write_text(f"{SMALL}{more}solve {goal};", encoding="utf-8")
        return str(path)

    return write


def test_a_solution_in_the_format_of_flatzinc(small, odesolve):
    code, output, errors = odesolve("minizinc", small())
    assert (code, errors) == (0, "")
    assert output in (
        "x = 1;\nb = true;\n----------\n",
        "x = 3;\nb = false;\n----------\n",
    )


@pytest.mark.parametrize("words", [("--prove", "beside"), ()], ids=["asked for", "by default"])
def test_all_solutions(words, small, odesolve):
    code, output, _ = odesolve("minizinc", small(), "-a", *words)
    parts = output.split("----------\n")
    assert code == 0
    assert sorted(parts) == ["==========\n", "x = 1;\nb = true;\n", "x = 3;\nb = false;\n"]


@pytest.mark.parametrize(("goal", "best"), [("maximize", 3), ("minimize", 1)])
def test_an_objective_ends_with_the_best(goal, best, small, odesolve):
    words = ("-s", "-i", "-r", "3", "-p", "2", "-f", "-t", "60000", "--prove", "beside")
    code, output, _ = odesolve("minizinc", small(f"{goal} x"), *words)
    assert code == 0
    solutions, _, rest = output.partition("==========\n")
    assert solutions.split("----------\n")[-2].startswith(f"x = {best};\n")
    lines = rest.splitlines()
    assert f"%%%mzn-stat: objective={best}" in lines
    assert "%%%mzn-stat: variables=2" in lines
    assert all(re.fullmatch(r"%%%mzn-stat: \w+=\S+", line) for line in lines[:-1])
    assert lines[-1] == "%%%mzn-stat-end"


def test_no_solution_is_said_as_minizinc_wants(small, odesolve):
    path = small(more="constraint bool_eq(false,true);\n")
    assert odesolve("minizinc", path)[:2] == (0, "=====UNSATISFIABLE=====\n")


@pytest.mark.parametrize(
    ("words", "part"),
    [
        ([], "FILE.fzn"),
        (["a.fzn", "--install"], "stand alone"),
        (["--install", "--uninstall"], "stand alone"),
        (["a.fzn", "--folder", "b"], "--folder has no use"),
        (["a.fzn", "-n", "0"], "-n"),
        (["missing.fzn"], "missing.fzn: no such file"),
        (["--install", "--folder", "/proc/none"], "cannot be made"),
    ],
)
def test_usage_is_refused_on_one_line(words, part, odesolve):
    code, output, errors = odesolve("minizinc", *words)
    assert (code, output, errors.count("\n")) == (2, "", 1)
    assert part in errors


def test_install_and_uninstall(tmp_path, odesolve, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / ".minizinc" / "solvers"
    code, output, _ = odesolve("minizinc", "--install")
    assert (code, output) == (0, f"{folder}/odesolve.msc: minizinc --solver odesolve MODEL\n")
    configuration = json.loads((folder / "odesolve.msc").read_text(encoding="utf-8"))
    assert Path(configuration["mznlib"]).is_dir()
    assert os.access(configuration["executable"], os.X_OK)
    done = subprocess.run([configuration["executable"], "--help"], capture_output=True, text=True)
    known = done.stdout
    flags = [*configuration["stdFlags"], *(flag for flag, *_ in configuration["extraFlags"])]
    assert [flag for flag in flags if not re.search(rf"(^|\s){flag}\b", known)] == []
    assert odesolve("minizinc", "--uninstall")[0] == 0
    assert list(folder.iterdir()) == []
    assert "nothing was installed" in odesolve("minizinc", "--uninstall")[1]


@needs_minizinc
def test_minizinc_calls_odesolve(tmp_path, odesolve):
    (tmp_path / "orders.mzn").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "n.dzn").write_text("n = 3;", encoding="utf-8")
    code, output, _ = odesolve("minizinc", "--install", "--folder", str(tmp_path))
    assert code == 0
    assert f"MZN_SOLVER_PATH={tmp_path}" in output
    words = ("--solver", "odesolve", "-r", "1", "-s", "orders.mzn", "n.dzn")
    printed = minizinc(tmp_path, *words)
    assert re.search(r"^order \[2, 3, 1\]\n----------$", printed, re.MULTILINE)
    assert "%%%mzn-stat: steps=" in printed


# ----------------------------------------------------------------------------------- odesolve model


def test_text_and_files(small, tmp_path, odesolve, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, output, _ = odesolve("model", small("maximize x"), "--prove", "beside", "-o", "a.json")
    assert code == 0
    lines = output.splitlines()
    assert re.fullmatch(r"objective 3 after \d+\.\d\d s", lines[-4])
    assert lines[-3:] == ["objective 3: proved the best", "  x = 3;", "  b = false;"]
    assert json.loads(Path("a.json").read_text(encoding="utf-8")) == {"x": 3, "b": False}
    code, _, _ = odesolve("model", small(), "--hint", "a.json", "-o", "b.dzn", "-q")
    assert code == 0
    assert Path("b.dzn").read_text(encoding="utf-8") in (
        "x = 3;\nb = false;\n", "x = 1;\nb = true;\n"
    )  # fmt: skip


def test_json_holds_the_answers_by_name(small, odesolve):
    code, output, errors = odesolve(
        "model", small(), "--json", "--solutions", "2", "--prove", "beside"
    )
    assert (code, errors) == (0, "")
    document = json.loads(output)
    answers = [{"x": 1, "b": True}, {"x": 3, "b": False}]
    assert sorted(document["solutions"], key=str) == answers
    assert document["solution"] == document["solutions"][0]
    assert document["problem"] == {"variables": 2, "constraints": 2}
    assert list(document)[:5] == ["status", "reason", "solution", "solutions", "problem"]


def test_what_is_infeasible_has_its_exit_code(small, odesolve):
    code, output, _ = odesolve("model", small(more="constraint bool_eq(false,true);\n"))
    assert code == 3
    assert output.startswith("infeasible: ")


@pytest.mark.parametrize(
    ("goal", "words", "part"),
    [
        ("satisfy", ["--target", "3"], "--target"),
        ("minimize x", ["--solutions", "2"], "--solutions"),
        ("satisfy", ["-o", "a.csv"], ".json or .dzn or .txt"),
        ("satisfy", ["--plot", "a.png"], "--plot"),
        ("satisfy", ["--data", "n.dzn"], "data"),
        ("satisfy", ["--hint", "hint.json"], "x: the value 7"),
        ("satisfy", ["--hint", "other.json"], "'y' is not in the model"),
        ("satisfy", ["--hint", "list.json"], "no object"),
        ("satisfy", ["--hint", "text.json"], "an integer"),
    ],
)
def test_options_without_a_use_are_refused(
    goal, words, part, small, tmp_path, odesolve, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    Path("hint.json").write_text('{"x": 7}', encoding="utf-8")
    Path("other.json").write_text('{"y": 7}', encoding="utf-8")
    Path("list.json").write_text("[1]", encoding="utf-8")
    Path("text.json").write_text('{"x": "1"}', encoding="utf-8")
    code, output, errors = odesolve("model", small(goal), *words)
    assert (code, output, errors.count("\n")) == (2, "", 1)
    assert part in errors


@needs_minizinc
def test_models_of_minizinc_are_compiled(tmp_path, odesolve, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("orders.mzn").write_text(ORDERS, encoding="utf-8")
    Path("n.dzn").write_text("n = 3;", encoding="utf-8")
    code, output, _ = odesolve("model", "orders.mzn", "--data", "n.dzn", "--json")
    assert code == 0
    assert json.loads(output)["solution"]["q"] == ORDER
    Path("orders.mzn").write_text(
        ORDERS.replace("alldifferent(q)", "alldiferent(q)"), encoding="utf-8"
    )
    code, output, errors = odesolve("model", "orders.mzn", "--data", "n.dzn")
    assert (code, output, errors.count("\n")) == (2, "", 1)
    assert errors.startswith("odesolve: orders.mzn:3: minizinc: type error: no function")


def test_without_the_compiler_one_line_says_so(tmp_path, odesolve, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("orders.mzn").write_text(ORDERS, encoding="utf-8")
    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, errors = odesolve("model", "orders.mzn")
    assert code == 2
    assert errors == (
        "odesolve: orders.mzn: the compiler minizinc is not on the PATH; "
        "expected MiniZinc, from www.minizinc.org or a package\n"
    )
