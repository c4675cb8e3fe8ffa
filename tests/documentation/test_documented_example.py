"""The Python of the README runs as it stands there."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"^```python[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)


def blocks() -> list[tuple[int, str]]:
    """(line, code) of every block of Python in the README."""
    text = README.read_text(encoding="utf-8") if README.exists() else ""
    return [(text.count("\n", 0, found.start(1)), found[1]) for found in BLOCK.finditer(text)]


@pytest.mark.skipif(not blocks(), reason="the README has no Python yet")
def test_the_python_of_the_readme_runs(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    for line, code in blocks():
        # Line numbers of a traceback are then those of the README. Not inheriting keeps this file's
        # own postponed annotations out of it.
        exec(compile("\n" * line + code, str(README), "exec", dont_inherit=True), namespace)
