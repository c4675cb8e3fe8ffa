"""The README is a short way in, and every link of it leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINKS = sorted(set(re.findall(r"\]\(((?!https?:)[^)\s]+)\)", README)))


def slug(heading: str) -> str:
    """The anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 220


@pytest.mark.parametrize("link", LINKS)
def test_a_link_of_the_readme_leads_somewhere(link):
    path, _, anchor = link.partition("#")
    page = ROOT / (path or "README.md")
    assert page.exists()
    if anchor:
        headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.M)
        assert anchor in map(slug, headings)


# ------------------------------------------------------------------------- what the README claims

MEASURED = ROOT / "docs" / "measured"
#: Pages that are an overview of the others, and that have no family of their own.
OVERVIEW = {"index.md"}
FAMILY_PAGES = [path for path in sorted(MEASURED.glob("*.md")) if path.name not in OVERVIEW]
CLAIMS = README[README.index("## What it is good for") : README.index("## Where the rest is")]
#: Words by which a sentence sets odesolve beside something else.
COMPARES = re.compile(r"CaDiCaL|CP-SAT|DSATUR|probSAT|annealing|SAT solver|stalls|a second here")
#: A rule that the reader must know, and no comparison: what a command does with CaDiCaL.
NOT_MEASURED = "CaDiCaL beside it"


def sentences(text: str) -> list[str]:
    """Rows of tables, and sentences that end in a point or a semicolon, with their links."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    prose = " ".join(line for line in text.splitlines() if not line.startswith("|"))
    return lines[2:] + re.split(r"(?<=[.;])\s+", prose)


@pytest.mark.parametrize("sentence", [s for s in sentences(CLAIMS) if COMPARES.search(s)])
def test_a_comparison_in_the_readme_links_to_its_table(sentence):
    if NOT_MEASURED in sentence:
        return
    pages = re.findall(r"\]\(docs/measured/([a-z]+\.md)\)", sentence)
    assert pages
    for page in pages:
        assert re.search(r"^\|[-|: ]+\|$", (MEASURED / page).read_text(encoding="utf-8"), re.M)


@pytest.mark.parametrize("path", FAMILY_PAGES, ids=lambda path: path.name)
def test_a_page_of_measurements_has_table_picture_command_and_machine(path):
    text = path.read_text(encoding="utf-8")
    assert re.search(r"^\|[-|: ]+\|$", text, re.M), "no table"
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)
    assert pictures, "no picture"
    assert all((path.parent / each).exists() for each in pictures)
    assert re.search(r"`python -m benchmarks\.", text), "no command"
    assert re.search(r"\bcores? of an (Intel|AMD)", text), "no machine"
