"""The examples of models: each has its page and picture, can be stated, and runs."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from matplotlib.image import imread

from odesolve.problems.models.lowering import lower_model
from odesolve.problems.models.presolve import narrowed

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "examples" / "models"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py"))
#: Those that presolve decides; the others take seconds.
PRESOLVED = ("send_more", "sudoku")
MOST_BYTES = 60_000


def run_example(name: str) -> dict[str, object]:
    return runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_shown(name):
    page = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    assert f'--8<-- "{name}.py:model"' in page
    assert f"({name}.png)" in page
    assert f"({name}.md)" in (FOLDER / "index.md").read_text(encoding="utf-8")
    assert f"examples/models/{name}.md" in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert (FOLDER / f"{name}.png").stat().st_size < MOST_BYTES


@pytest.mark.parametrize("name", NAMES)
def test_an_example_survives_presolve(name):
    model = runpy.run_path(str(FOLDER / f"{name}.py"))["stated"]()
    lowered = lower_model(model)
    assert bool(narrowed(lowered.store, lowered.rows)) == (name != "sudoku")


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=[] if name in PRESOLVED else [pytest.mark.slow]) for name in NAMES
])  # fmt: skip
def test_an_example_finds_an_answer_and_draws_it(name, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    found = run_example(name)["result"]
    assert found.satisfied
    assert found.found_by == ("presolve" if name in PRESOLVED else "dynamics")
    assert capsys.readouterr().out.splitlines()[-1].startswith(("satisfied", "ends at 13"))
    picture = imread(f"{name}.png")
    assert picture.shape == imread(FOLDER / f"{name}.png").shape
    assert picture.std() > 0.01


def test_there_are_ten():
    assert len(NAMES) == 10
