"""The installed package: what it holds, what it is called, and who imports whom."""

import ast
import importlib
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

# Python and the releases it is installed with decide most of this.
pytestmark = pytest.mark.core

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FOLDERS = {
    "potentials": "odesolve.potentials",
    "odesolve": "odesolve",
    "problems": "odesolve.problems",
    "cli": "odesolve.cli",
}
# Imports flow from the last of these to the first, never back.
LAYERS = list(FOLDERS)
DISTRIBUTIONS = importlib.metadata.packages_distributions()


def modules() -> dict[str, Path]:
    """Every module on disk: dotted name as installed -> file."""
    found = {}
    for folder, package in FOLDERS.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            found[".".join((package, *parts)).removesuffix(".__init__")] = path
    return found


MODULES = modules()


def layer(module: str) -> int:
    """Position in LAYERS of the folder that holds a module of odesolve."""
    parts = module.split(".")
    return LAYERS.index(parts[1] if len(parts) > 1 and parts[1] in FOLDERS else "odesolve")


@cache
def imported(path: Path) -> tuple[str, ...]:
    """The dotted names that a file imports anywhere, in functions too; submodules resolved."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), filename=str(path))):
        if isinstance(node, ast.Import):
            found.extend(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                found.append(submodule if submodule in MODULES else str(node.module))
    return tuple(found)


def normalized(distribution: str) -> str:
    """A distribution's name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def test_declared_packages_are_the_folders_on_disk() -> None:
    folders = {path.parent for path in MODULES.values()}
    on_disk = {}
    for folder, package in FOLDERS.items():
        for path in folders:
            if path.is_relative_to(ROOT / folder):
                subfolders = path.relative_to(ROOT / folder).parts
                on_disk[".".join((package, *subfolders))] = path
                assert (path / "__init__.py").is_file(), f"{path} lacks an __init__.py"
    assert sorted(PYPROJECT["tool"]["setuptools"]["packages"]) == sorted(on_disk)


def test_package_folders_are_mapped() -> None:
    mapping = PYPROJECT["tool"]["setuptools"]["package-dir"]
    assert mapping == {package: folder for folder, package in FOLDERS.items()}


@pytest.mark.parametrize(("folder", "package"), FOLDERS.items())
def test_declared_data_is_what_is_on_disk(folder: str, package: str) -> None:
    on_disk = {
        path
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    patterns = PYPROJECT["tool"]["setuptools"]["package-data"].get(package, [])
    declared = [set((ROOT / folder).glob(pattern)) for pattern in patterns]
    assert all(declared), f"nothing on disk matches one of {patterns}"
    assert set().union(*declared) == on_disk


@pytest.mark.parametrize(("folder", "package"), FOLDERS.items())
def test_packages_import_under_one_name(folder: str, package: str) -> None:
    module = importlib.import_module(package)
    assert module.__file__ is not None
    assert Path(module.__file__).resolve() == ROOT / folder / "__init__.py"


@pytest.mark.parametrize("module", MODULES)
def test_imports_flow_one_way(module: str) -> None:
    names = [name for name in imported(MODULES[module]) if name.split(".")[0] == "odesolve"]
    # The package itself offers the front ends (`odesolve.color`) without importing them at once.
    # `python -m odesolve` is the command itself.
    reaches = {"odesolve": "problems", "odesolve.__main__": "cli"}
    reaches |= {"odesolve.cpmpy": "problems", "odesolve.dimod": "problems"}
    allowed = LAYERS.index(reaches[module]) if module in reaches else layer(module)
    assert [name for name in names if layer(name) > allowed] == []


@pytest.mark.parametrize("module", MODULES)
def test_folders_are_imported_by_their_installed_names(module: str) -> None:
    top_level = {name.split(".")[0] for name in imported(MODULES[module])}
    assert top_level.isdisjoint(FOLDERS.keys() - {"odesolve"})


@pytest.mark.parametrize("module", MODULES)
def test_imported_distributions_are_declared(module: str) -> None:
    extras = PYPROJECT["project"]["optional-dependencies"]
    # Users may install these besides; what needs them says so when they are missing.
    packages = ("prove", "tune", "dimod", "cpmpy", "xcsp3", "cluster", "parquet")
    optional = [text for name in packages for text in extras.get(name, ())]
    requirements = [*PYPROJECT["project"]["dependencies"], *optional]
    declared = {normalized(re.split(r"[^\w.-]", text)[0]) for text in requirements}
    foreign = {name.split(".")[0] for name in imported(MODULES[module])}
    # Type checkers bring _typeshed; nothing imports it when a program runs.
    foreign -= {"odesolve", "_typeshed", *sys.stdlib_module_names}
    undeclared = {
        name
        for name in foreign
        if declared.isdisjoint(map(normalized, DISTRIBUTIONS.get(name, ())))
    }
    assert undeclared == set()


CALLED = ["odesolve.problems.coloring.check", "odesolve.problems.formulas.check"]
CHECKERS = [*CALLED, "odesolve.problems.ising.check"]


def test_the_command_calls_every_exact_checker() -> None:
    named = {name for name in MODULES if name.endswith(".check")}
    assert named == {*CHECKERS, "odesolve.cli.check"}
    assert set(CALLED) <= set(imported(MODULES["odesolve.cli.check"]))


@pytest.mark.parametrize("checker", CHECKERS)
def test_exact_checkers_share_nothing_with_the_solver(checker: str) -> None:
    reached = set()
    waiting = [checker]
    while waiting:
        module = waiting.pop()
        if module not in reached:
            reached.add(module)
            waiting.extend(imported(MODULES[module]) if module in MODULES else ())
    ours = {name for name in reached if name.split(".")[0] == "odesolve"}
    assert {name.split(".")[0] for name in reached}.isdisjoint({"jax", "jaxlib"})
    assert {name for name in ours if layer(name) < LAYERS.index("problems")} == set()


HELP_THEN_LIST_MODULES = """
import sys
sys.argv = ["odesolve", "--help"]
from odesolve.cli.main import main
try:
    main()
except SystemExit:
    pass
print(*sys.modules, file=sys.stderr)
"""


def test_help_imports_no_heavy_package() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", HELP_THEN_LIST_MODULES], capture_output=True, text=True, check=True
    )
    assert "color" in ran.stdout
    loaded = set(ran.stderr.split())
    assert "odesolve.cli.main" in loaded
    assert loaded.isdisjoint({"jax", "scipy", "networkx", "matplotlib"})


def test_version_is_that_of_pyproject() -> None:
    import odesolve

    version = PYPROJECT["project"]["version"]
    assert importlib.metadata.version("odesolve") == version
    assert odesolve.__version__ == version
