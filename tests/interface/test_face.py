"""Type checkers and editors are told of the same public names that are loaded lazily."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

import odesolve as ode

ROOT = Path(__file__).parents[2]
SOURCE = (ROOT / "odesolve" / "__init__.py").read_text(encoding="utf-8")
REFERENCE = ROOT / "docs" / "python" / "reference.md"
NAMES = [name for name in ode.__all__ if name != "__version__"]


def names_for_type_checkers() -> dict[str, set[str]]:
    """module -> names, as ``if TYPE_CHECKING`` imports them."""
    found: dict[str, set[str]] = {}
    for node in ast.parse(SOURCE).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for line in node.body:
                assert isinstance(line, ast.ImportFrom)
                assert line.module is not None
                # Only "name as name" hands a name on.
                assert all(alias.asname == alias.name for alias in line.names)
                found.setdefault(line.module, set()).update(alias.name for alias in line.names)
    return found


def test_type_checkers_see_the_names_that_are_loaded_lazily():
    lazy = {module: set(names) for module, names in ode._HOME.items()}
    assert names_for_type_checkers() == lazy


@pytest.mark.parametrize("name", NAMES)
def test_a_public_name_is_that_of_its_module(name):
    assert getattr(ode, name) is getattr(import_module(ode._MODULE_OF[name]), name)


def test_the_reference_holds_every_public_name_once():
    shown = re.findall(r"^::: odesolve\.(\w+)$", REFERENCE.read_text(encoding="utf-8"), re.M)
    assert sorted(shown) == sorted(NAMES)
