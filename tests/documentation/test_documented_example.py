"""The examples of the README and of every page of the documentation run as they stand there."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from documented import blocks, run_block

ROOT = Path(__file__).parents[2]
PAGES = [
    page
    for page in [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *sorted((ROOT / "docs").rglob("*.md")),
    ]
    if blocks(page)
]
# The README and the pages of the site take a minute: ``make docs-check``, a part of .ci/run, runs
# them. The one example of CONTRIBUTING.md is run by test_contributing.py.
QUICK = [
    pytest.param(page, marks=pytest.mark.slow)
    for page in PAGES
    if not all(block.slow for block in blocks(page))
]
WITH_SLOW = [page for page in PAGES if any(block.slow for block in blocks(page))]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Examples are written for the root of a checkout, but must not write there."""
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("page", QUICK, ids=name)
def test_the_quick_examples_of_a_page_run(page):
    run_page(page, slow=False)


@pytest.mark.slow
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("page", WITH_SLOW, ids=name)
def test_all_examples_of_a_page_run(page):
    run_page(page, slow=True)


def run_page(page: Path, *, slow: bool) -> None:
    namespace: dict[str, object] = {"__name__": "__main__"}
    for block in blocks(page):
        if slow or not block.slow:
            run_block(block, page, namespace)


def test_the_pages_are_found():
    assert len(PAGES) > 20
