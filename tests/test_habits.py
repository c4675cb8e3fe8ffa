"""The files for hosts, hooks and citations: they parse, and name what there is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).parents[1]
GITHUB = ROOT / ".github"
FILES = sorted([*GITHUB.rglob("*.yml"), ROOT / ".pre-commit-config.yaml", ROOT / "CITATION.cff"])
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def content(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_parse_and_end_with_one_line_feed(path):
    text = path.read_text(encoding="utf-8")
    assert isinstance(yaml.safe_load(text), dict)
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("path", sorted((GITHUB / "workflows").glob("*.yml")), ids=lambda p: p.name)
def test_workflows_run_what_the_repository_has(path):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    for job in content(path)["jobs"].values():
        commands = [step["run"] for step in job["steps"] if "run" in step]
        assert commands
        for command in commands:
            program, *words = command.split()
            if program == "make":
                assert set(words) <= set(targets)
            else:
                assert (ROOT / program).stat().st_mode & 0o100, "a program of the repository"


def test_the_checks_run_on_every_supported_python():
    matrix = content(GITHUB / "workflows" / "checks.yml")["jobs"]["checks"]["strategy"]["matrix"]
    pattern = re.compile(r"Programming Language :: Python :: (3\.\d+)")
    supported = [found[1] for text in PROJECT["classifiers"] if (found := pattern.fullmatch(text))]
    assert matrix["python"] == supported


def test_the_hooks_are_pinned():
    hooks = {}
    for repository in content(ROOT / ".pre-commit-config.yaml")["repos"]:
        assert re.fullmatch(r"v\d+\.\d+\.\d+", repository["rev"])
        hooks |= {hook["id"]: hook for hook in repository["hooks"]}
    assert hooks.keys() == {
        "ruff-check", "ruff-format", "check-added-large-files", "check-toml", "check-yaml",
        "end-of-file-fixer",
    }  # fmt: skip


def test_the_citation_is_that_of_the_project():
    citation = content(ROOT / "CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert citation["title"] == PROJECT["name"]
    assert str(citation["version"]) == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]
    assert citation["abstract"] == PROJECT["description"]
    assert citation["authors"] == PROJECT["authors"]
    assert {"message", "type"} <= citation.keys()
    heading = f"## [{citation['version']}] - {citation['date-released']}"
    assert heading in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    "path", sorted((GITHUB / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.name
)
def test_issue_forms_have_what_the_host_asks_for(path):
    form = content(path)
    assert {"name", "description", "body"} <= form.keys()
    identifiers = [field["id"] for field in form["body"]]
    assert len(set(identifiers)) == len(identifiers)
    assert all(field["type"] in ("textarea", "input") for field in form["body"])
    assert all(field["attributes"]["label"] for field in form["body"])
