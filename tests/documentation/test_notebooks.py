"""The notebooks of the documentation: kept without output, and they run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.ipynb"))
#: A page of the site may not become larger than this by what a notebook draws.
MOST_OUTPUT_BYTES = 4_000_000
MOST_ANIMATION_BYTES = 2_000_000

pytestmark = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_no_output_is_kept(path: Path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    for cell in notebook["cells"]:
        assert not cell["metadata"]
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None


@pytest.mark.slow
def test_it_runs_and_needs_no_network(path: Path):
    nbclient = pytest.importorskip("nbclient", reason="needs the docs extra")
    nbformat = pytest.importorskip("nbformat", reason="needs the docs extra")
    pytest.importorskip("ipykernel", reason="needs the docs extra")
    notebook = nbformat.read(path, as_version=4)
    nbclient.NotebookClient(notebook, timeout=600, kernel_name="python3").execute(cwd=path.parent)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    shown: list[dict[str, Any]] = [output.get("data", {}) for output in outputs]
    assert not [output for output in outputs if output.get("name") == "stderr"], "a warning"
    assert sum("image/png" in data for data in shown) >= 4
    for page in (data["text/html"] for data in shown if "text/html" in data):
        assert len(page) < MOST_ANIMATION_BYTES
        assert "http://" not in page
        assert "https://" not in page
    assert len(json.dumps(shown)) < MOST_OUTPUT_BYTES
