"""The examples of the documentation, taken from its Markdown, run, and compared with what it shows.

A page's blocks of ``python`` share a namespace, and a block of ``text`` right behind one is what
it prints. In blocks of ``console`` a line that begins with ``$`` is a command and the others are
what it prints, on either stream; ``; echo $?`` shows an exit code that is not 0. Numbers differ
from machine to machine and are not compared, nor are the nodes of a colour. A line ``...`` stands
for any number of lines, and ``...`` at a line's end for the rest of it. ``<!-- slow -->`` right
above a block leaves it to ``make test-slow`` and ``make docs-check``.
"""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from odesolve.cli.main import run as run_odesolve

_BLOCK = re.compile(r"^(<!-- slow -->\n)?```(python|console)[ \t]*\n(.*?)^```[ \t]*$", re.M | re.S)
_PRINTS = re.compile(r"\n+```text[ \t]*\n(.*?)^```[ \t]*$", re.M | re.S)
_EXIT_CODE = "; echo $?"


@dataclass(frozen=True)
class Block:
    """One example: its first line in the file, its language, and what Python prints by the page."""

    line: int
    language: str
    text: str
    prints: str | None
    slow: bool


def blocks(page: Path) -> list[Block]:
    """The examples of a page, in order."""
    text, found = page.read_text(encoding="utf-8"), []
    for block in _BLOCK.finditer(text):
        printed = _PRINTS.match(text, block.end()) if block[2] == "python" else None
        line = text.count("\n", 0, block.start(3))
        prints = printed[1] if printed else None
        found.append(Block(line, block[2], block[3], prints, slow=block[1] is not None))
    return found


def run_block(block: Block, page: Path, namespace: dict[str, object]) -> None:
    """Run an example in the current folder; an AssertionError where the page says otherwise."""
    if block.language == "python":
        # Line numbers of a traceback are then those of the page. Not inheriting keeps this file's
        # own postponed annotations out of it.
        code = compile("\n" * block.line + block.text, str(page), "exec", dont_inherit=True)
        with _collected(b"") as printed:
            exec(code, namespace)
        if block.prints is not None:
            _compare(block.prints.splitlines(), printed, f"{page}:{block.line}")
        return
    for command, shown in _commands(block.text):
        _run_command(command, shown, f"{page}:{block.line}: {command}")


def _commands(session: str) -> Iterator[tuple[str, list[str]]]:
    """(command, the lines that it prints) of a block of ``console``."""
    for part in re.split(r"^\$ ", session, flags=re.M)[1:]:
        lines = part.splitlines()
        command = lines.pop(0)
        while command.endswith("\\"):
            command = command[:-1] + lines.pop(0).strip()
        yield command, lines


def _run_command(command: str, shown: list[str], where: str) -> None:
    expected = 0
    if command.endswith(_EXIT_CODE):
        command, expected = command.removesuffix(_EXIT_CODE), int(shown.pop())
    before, pipe, last = command.rpartition(" | odesolve ")
    last = f"odesolve {last}" if pipe else command
    if not last.startswith("odesolve "):
        done = subprocess.run(
            ["bash", "-c", command], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        code, printed = done.returncode, done.stdout.splitlines()
    else:
        given = subprocess.run(["bash", "-c", before], capture_output=True).stdout if pipe else b""
        with _collected(given) as printed:
            code = run_odesolve(shlex.split(last)[1:])
    assert code == expected, "\n".join([f"{where}: exit code {code}, not {expected}", *printed])
    _compare(shown, printed, where)


@contextmanager
def _collected(given: bytes) -> Iterator[list[str]]:
    """Standard input from bytes; the lines of both output streams, once they are complete."""
    lines: list[str] = []
    written = io.BytesIO()
    output = io.TextIOWrapper(written, encoding="utf-8", write_through=True)
    usual, sys.stdin = sys.stdin, io.TextIOWrapper(io.BytesIO(given), encoding="utf-8")
    try:
        with redirect_stdout(output), redirect_stderr(output):
            yield lines
    finally:
        sys.stdin = usual
        lines += written.getvalue().decode().splitlines()


def _compare(shown: list[str], printed: list[str], where: str) -> None:
    pattern = "".join(_pattern(line) for line in shown)
    text = "".join(line.rstrip() + "\n" for line in printed)
    said = "\n".join([f"{where}: the page shows", *shown, "but this is printed:", *printed])
    assert re.fullmatch(pattern, text), said


def _pattern(shown: str) -> str:
    """A regular expression for a line of the page and what may stand in its place."""
    if shown.strip() == "...":
        return r"(?:.*\n)*"
    if re.match(r"  colour \d+: ", shown):
        return r"  colour \d+: .*\n"
    number = r"-?[\d.][\d.,]*(?:e[+-]?\d+)?%?"
    whole = not shown.endswith("...")
    words = re.split(f"({number})", shown.rstrip() if whole else shown.removesuffix("..."))
    line = "".join(number if i % 2 else re.escape(word) for i, word in enumerate(words))
    return re.sub(r"(\\ )+", r" +", line) + ("" if whole else ".*") + r"\n"
