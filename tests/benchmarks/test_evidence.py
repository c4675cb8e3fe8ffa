"""What a report or a page says it was measured with can still be given, and be given the same."""

from __future__ import annotations

import importlib
import importlib.util
import re
import shlex
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest

from benchmarks.ising.instances import BEST_FILE, FIRST_SEED, GENERATED, GENERATED_GROUP
from benchmarks.ising.instances import public_instances as public_ising_instances
from benchmarks.models.families import FAMILIES as MODEL_FAMILIES
from benchmarks.models.instances import INDEX
from benchmarks.models.instances import public_instances as public_models
from benchmarks.satisfiability.families import FAMILIES as FORMULA_FAMILIES

ROOT = Path(__file__).parents[2]
PUBLIC = ROOT.parent / "shared" / "instances"
REPORTS = sorted((ROOT / "benchmarks" / "results").glob("*.md"))
PAGES = [
    ROOT / "README.md",
    ROOT / "benchmarks" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
#: In a report, on a page between backticks (perhaps over two lines), and in an indented block.
COMMAND = re.compile(
    r"^- Command: `(?P<report>[^`]+)`|`(?P<page>[^`\n]*python -m benchmarks\.[^`]+)`"
    r"|^    (?P<block>\S*python -m benchmarks\..*)$",
    re.M,
)
#: What stands for files of another machine.
ELSEWHERE = {"odesolve": "file", "ising": "folder"}
NAMED_FILE = re.compile(r"[\w.+-]+\.(?:cnf|col|opb|fzn)(?:\.gz)?\b")
#: Families of formulas that are read from files, and are none where the files are not.
OF_FILES = ("uf", "flat200", "competition", "parity", "structured", "unsatisfiable", "hybrid",
            "pb", "maxsat-files", "maxsat-weighted")  # fmt: skip

needs_public_files = pytest.mark.skipif(not PUBLIC.exists(), reason="there are no public files")


def commands() -> list[tuple[str, str]]:
    """(the file that names it, the command), each command once a file."""
    found: dict[tuple[str, str], None] = {}
    for path in (*REPORTS, *PAGES):
        for match in COMMAND.finditer(path.read_text(encoding="utf-8")):
            text = next(filter(None, match.groups())).partition("#")[0]
            found[path.relative_to(ROOT).as_posix(), " ".join(text.split())] = None
    return list(found)


COMMANDS = commands()


def parsed(command: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The parameters of a command of the benchmarks, which is not run.

    Raises:
        click.ClickException: if the command no longer understands them.
    """
    python, option, module, *words = shlex.split(command)
    assert (Path(python).name, option) == ("python", "-m")
    if importlib.util.find_spec(module).submodule_search_locations:
        module = f"{module}.__main__"
    main: click.Command = importlib.import_module(module).main
    given: dict[str, Any] = {}
    for each in (main, *getattr(main, "commands", {}).values()):
        monkeypatch.setattr(each, "callback", lambda **own: given.update(own))
    main.main([_here(word, folder) for word in words], "benchmark", standalone_mode=False)
    return given


def _here(word: str, folder: Path) -> str:
    """A word of a command, or a path here where it is one of another machine."""
    path = Path(word)
    if not word.startswith(("../", ".../", ".venv/")):
        return word
    stand_in = folder / path.name
    if ELSEWHERE.get(path.name, "file") == "folder":
        stand_in.mkdir(exist_ok=True)
    else:
        stand_in.touch()
    return str(stand_in)


def test_every_report_says_its_command_and_machine():
    for path in REPORTS:
        text = path.read_text(encoding="utf-8")
        assert re.search(r"^- Command: `python -m benchmarks\.", text, re.M), path.name
        assert re.search(r"^- Machine: ", text, re.M), path.name


@pytest.mark.parametrize(("where", "command"), COMMANDS, ids=[f"{w}: {c}" for w, c in COMMANDS])
def test_a_command_of_a_report_or_page_is_still_understood(where, command, tmp_path, monkeypatch):
    parsed(command, tmp_path, monkeypatch)


def test_an_option_that_is_gone_fails(tmp_path, monkeypatch):
    with pytest.raises(click.UsageError, match="no-such-option"):
        parsed("python -m benchmarks.coloring --no-such-option", tmp_path, monkeypatch)
    with pytest.raises(click.UsageError, match="begins none"):
        parsed("python -m benchmarks.satisfiability --family gone", tmp_path, monkeypatch)


@cache
def names_of_instances(module: str) -> frozenset[str]:
    """What ``--only`` may name in a benchmark: instances, families and groups."""
    if module == "benchmarks.ising":
        public = public_ising_instances(PUBLIC / "ising") if (PUBLIC / "ising").exists() else []
        full = [each.full_name for each in public]
        full += [f"{GENERATED_GROUP}/{kind}-{FIRST_SEED + i}" for i, kind in enumerate(GENERATED)]
        return frozenset([*full, *(name.rsplit("/", 1)[-1] for name in full)])
    folder = PUBLIC / "models"
    public_names = [each.name for each in public_models(folder)] if folder.exists() else []
    return frozenset([*(family.name for family in MODEL_FAMILIES), *public_names, "public"])


@needs_public_files
@pytest.mark.parametrize(
    ("where", "command"),
    [pair for pair in COMMANDS if "--only " in pair[1] and "time_limits" not in pair[1]],
)
def test_what_a_command_is_limited_to_is_there(where, command, tmp_path, monkeypatch):
    if not (PUBLIC / "ising" / BEST_FILE).exists() or not (PUBLIC / "models" / INDEX).exists():
        pytest.skip("the public files are not whole")
    module = shlex.split(command)[2]
    for pattern in parsed(command, tmp_path, monkeypatch)["only"]:
        assert any(fnmatchcase(name, pattern) for name in names_of_instances(module)), pattern


@needs_public_files
@pytest.mark.parametrize(
    "family", [each for each in FORMULA_FAMILIES if each.name.startswith(OF_FILES)],
    ids=lambda family: family.name,
)  # fmt: skip
def test_a_family_of_files_finds_some(family, tmp_path):
    assert family.make(tmp_path, 1)


@needs_public_files
@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.name)
def test_files_that_a_report_names_are_there(path):
    present = {each.name for each in PUBLIC.rglob("*") if each.is_file()}
    text = path.read_text(encoding="utf-8")
    named = set(NAMED_FILE.findall(text))
    # Formulas that are generated say of which seed.
    # What a report says is not here was not there when it was made.
    missing = " ".join(re.findall(r"^Not here: .*", text, re.M))
    absent = set(NAMED_FILE.findall(missing))
    gone = {name for name in named if "seed" not in name} - present - absent
    assert not gone
