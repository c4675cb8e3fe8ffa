"""Benchmark reports: Markdown on standard output and in a file, as it is measured."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import click

from benchmarks.processes import ROOT, run_process

PACKAGES = ("odesolve", "jax", "numpy", "networkx", "python-sat", "ortools", "numba")
ASK_DEVICE = "import jax; print(len(jax.devices()), 'x', jax.devices()[0].device_kind)"


@dataclass(frozen=True)
class Figure:
    """A figure that the project asks for, and what was measured.

    Attributes:
        reached: None where the project asks for a report and names no number.
    """

    asked: str
    measured: str
    reached: bool | None


class Report:
    """Writes Markdown to standard output and, if one is given, to a file."""

    def __init__(self, path: Path | None) -> None:
        self.file: TextIO | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.file = path.open("w", encoding="utf-8")

    def write(self, text: str = "") -> None:
        """Write one or more lines, at once."""
        for stream in (sys.stdout, self.file):
            if stream is not None:
                print(text, file=stream, flush=True)

    def table(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Write a table with padded columns."""
        lines = [list(header), *map(list, rows)]
        widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
        lines.insert(1, ["-" * width for width in widths])
        for line in lines:
            cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            self.write(f"| {' | '.join(cells)} |")
        self.write()

    def figures(self, figures: Iterable[Figure], shortened: bool) -> None:
        """Write what was asked for beside what was measured.

        Arguments:
            shortened: whether options made this another run than the one the figures are asked of.
        """
        words = {True: "yes", False: "no", None: "report only"}
        partial = " (not the full run)" if shortened else ""
        rows = [[each.asked, each.measured, words[each.reached] + partial] for each in figures]
        if rows:
            self.table(["asked", "measured", "reached"], rows)


#: Of every command that reports.
OUTPUT_OPTION = click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.md",
    help="Write the report there, too.",
)  # fmt: skip


def begun(path: Path | None, title: str, packages: Sequence[str] = PACKAGES) -> Report:
    """A report that says already what is measured, and where."""
    lines = machine_lines(packages)  # before the report itself is a local change
    report = Report(path)
    report.write(f"# {title}\n")
    report.write("\n".join(lines) + "\n")
    return report


def note(text: str) -> None:
    """Tell the person who waits, on standard error."""
    print(text, file=sys.stderr, flush=True)


def machine_lines(packages: Sequence[str] = PACKAGES) -> list[str]:
    """What was run, where and when, as a Markdown list.

    Arguments:
        packages: those whose versions are told.
    """
    versions = (f"{name} {_version(name)}" for name in packages)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    now = datetime.datetime.now(datetime.UTC)
    return [
        f"- Machine: {_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB; JAX on {_device()}, "
        f"native kernels {_native()}; load average at the start {load}",
        f"- Versions: Python {platform.python_version()}, {', '.join(versions)}; commit {commit()}",
        f"- Command: `python {shlex.join(map(_without_folder, sys.orig_argv[1:]))}`",
        f"- Date: {now:%Y-%m-%d %H:%M} UTC",
    ]


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def _device() -> str:
    # Asked in another process: one that has JAX loaded would hold the memory of a GPU.
    asked = run_process([sys.executable, "-c", ASK_DEVICE], limit=120)
    return asked.output.strip() if asked.code == 0 else "(no device)"


def _without_folder(argument: str) -> str:
    """An absolute path by its end: where this machine keeps files tells nobody anything."""
    path = Path(argument)
    if not path.is_absolute():
        return argument
    if path.is_relative_to(ROOT):
        return str(path.relative_to(ROOT))
    return f".../{path.name}"


def _native() -> str:
    """Whether a solve takes them where they cover it."""
    from odesolve.native.building import library

    return "not built" if library() is None else "built"


def commit() -> str:
    """The commit that is checked out, marked if tracked files were changed."""
    command = ["git", "describe", "--always", "--dirty=, with local changes", "--exclude=*"]
    try:
        asked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return asked.stdout.strip()
