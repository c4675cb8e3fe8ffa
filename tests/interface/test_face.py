"""The public face: every name is typed, lazy, and documented with an example that runs."""

from __future__ import annotations

import ast
import doctest
import inspect
import re
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import odesolve as ode

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "python" / "reference.md"
NAMES = [name for name in ode.__all__ if name != "__version__"]
FACES = {
    "odesolve": ROOT / "odesolve" / "__init__.py",
    "odesolve.potentials": ROOT / "potentials" / "__init__.py",
}
#: Tables, which have no docstring of their own.
TABLES = ("DYNAMICS", "ISING_DYNAMICS", "STEPPERS", "__version__")
DOCUMENTED = [name for name in ode.__all__ if name not in TABLES]
FLAGS = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL

#: Expressions of a user, and the type that a checker must see.
REVEALED = {
    "ode.Memcomputing(alpha=2.0)": "odesolve.dynamics.memcomputing.Memcomputing",
    "ode.with_parameters(ode.Article(), {})": "odesolve.dynamics.article.Article",
    "ode.Article(alpha=np.linspace(1, 5, 4)).parameters()": "dict[str, Any]",
    "ode.interleaved([ode.Euler()], 4)": "odesolve.steppers.euler.Euler",
    "ode.Or([[0]], [[1]]).conservative": "bool",
    "ode.Cardinality.at_most": "odesolve.potentials.families.cardinality.Cardinality",
    "ode.TruthTable.from_table([[0]], [1, 0])": (
        "odesolve.potentials.families.truth_table.TruthTable"
    ),
    "ode.compile_system([(ode.Box(), 1)], [])": "odesolve.potentials.system.System",
    "ode.solve": "odesolve.results.Result",
    "ode.color([(0, 1)]).coloring": "dict[Any, int]",
    "ode.color([(0, 1)]).status": "odesolve.results.Status",
    "ode.sat([[1]]).models": "list[list[int]]",
    "ode.add(1, 2).solutions[0]": "dict[str, int]",
    "ode.factor(15).factors": "list[tuple[int, int]]",
    "ode.relate('a')": "odesolve.problems.relations.relate.RelationsResult",
    "ode.read_graph('g.json').edge_count": "int",
    "ode.read_formula('f.cnf')": "odesolve.problems.formulas.formula.Formula",
    "ode.load_presets('p.toml')": "odesolve.presets.preset.Preset",
    "ode.study({}).rows[0].result.seconds": "float",
    "ode.tune([]).preset": "odesolve.presets.preset.Preset | None",
    "ode.Recorder().trajectory()": "odesolve.trajectory.Trajectory",
}

#: Calls that a checker must refuse, and with what.
REFUSED = {
    "ode.color([(0, 1)], runs='x')": "arg-type",
    "ode.sat([[1]], run=4)": "call-arg",
    "ode.add(1, None, 3, bits='x')": "arg-type",
    "ode.multiply(2, 3, linear=True)": "call-arg",
    "ode.relate('a', bits=3)": "call-arg",
    "ode.factor(15, time_limit='1')": "arg-type",
    "ode.solve(ode.compile_system([], []), ode.Article(), runs=1.5)": "arg-type",
}


def lazy_names(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Name -> module: as type checkers see it, and as the lazy table loads it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    seen = {
        alias.asname: imported.module
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for imported in node.body
        if isinstance(imported, ast.ImportFrom)
        for alias in imported.names
        if alias.asname == alias.name  # else a strict checker does not export it
    }
    (table,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "_HOME"
    )
    return seen, {name: module for module, names in table.items() for name in names}


@pytest.mark.parametrize("module", FACES)
def test_type_checkers_see_the_names_that_are_loaded_lazily(module):
    seen, loaded = lazy_names(FACES[module])
    assert seen == loaded


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_that_of_its_module(name):
    assert getattr(ode, name) is getattr(import_module(ode._MODULE_OF[name]), name)


def test_the_reference_holds_every_public_name_once():
    shown = re.findall(r"^::: odesolve\.(\w+)$", REFERENCE.read_text(encoding="utf-8"), re.M)
    assert sorted(shown) == sorted(NAMES)


def test_importing_odesolve_loads_no_jax():
    code = "import odesolve, sys; odesolve.Options(); sys.exit('jax' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.fixture
def in_a_checkout(tmp_path, monkeypatch):
    """The folder that the examples run in: they read files of docs/examples, and write others."""
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("in_a_checkout")
@pytest.mark.parametrize("name", DOCUMENTED)
@pytest.mark.slow
def test_every_public_name_has_an_example_that_runs(name):
    documented = getattr(ode, name)
    text = inspect.cleandoc(documented.__doc__ or "")
    assert "\nExample:\n" in text, f"{name}: no section Example:"
    example = doctest.DocTestParser().get_doctest(text, {}, name, None, 0)
    assert any(part.want for part in example.examples), f"{name}: its example shows nothing"
    report: list[str] = []
    doctest.DocTestRunner(optionflags=FLAGS).run(example, out=report.append)
    assert not report, "".join(report)


@pytest.fixture(scope="module")
def built_package(tmp_path_factory) -> Path:
    """The package as it is installed: checkers do not follow the mapping of four folders."""
    folder = tmp_path_factory.mktemp("built")
    shutil.copytree(ROOT / "odesolve", folder / "odesolve")
    for part in ("cli", "potentials", "problems"):
        shutil.copytree(ROOT / part, folder / "odesolve" / part)
    return folder


@pytest.mark.slow
def test_mypy_sees_the_types_of_the_public_names(built_package):
    pytest.importorskip("mypy")
    lines = [
        *("import numpy as np", "import odesolve as ode", "from typing import reveal_type"),
        *(f"reveal_type({expression})" for expression in REVEALED),
        *(f"reveal_type(ode.{name})" for name in ode.__all__),
        # Where there is nothing to ignore, a strict checker says so.
        *(f"{call}  # type: ignore[{code}]" for call, code in REFUSED.items()),
    ]
    (built_package / "user.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), "user.py"],
        cwd=built_package,
        capture_output=True,
        text=True,
    )
    marker = "note: Revealed type is "
    revealed = [line.split(marker)[1] for line in checked.stdout.splitlines() if marker in line]
    assert checked.returncode == 0, checked.stdout + checked.stderr
    wanted = list(REVEALED.values())
    assert len(revealed) == len(wanted) + len(ode.__all__)
    for (expression, kind), found in zip(REVEALED.items(), revealed, strict=False):
        assert kind in found, f"{expression} is {found}"
    for name, found in zip(ode.__all__, revealed[len(wanted) :], strict=True):
        assert found != '"Any"', name
