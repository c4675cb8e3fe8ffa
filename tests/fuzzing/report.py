"""A campaign as Markdown, for the documentation."""

from __future__ import annotations

import platform
import re
from collections import Counter
from importlib.metadata import version

from fuzzing.campaign import Totals
from fuzzing.kills import Kills
from fuzzing.tables import (
    energy_formats,
    graph_formats,
    unread_formula_formats,
    unread_graph_formats,
    unwritten_energy_formats,
    unwritten_graph_formats,
    wrappings,
    written_formula_formats,
)


def as_markdown(totals: Totals, kills: Kills | None, *, command: str, engine: str) -> str:
    """Counts, failures and what was not tried."""
    parts = [_head(command, engine), _inputs(totals), _table(totals)]
    parts += [_failures(totals)] if totals.failures else []
    parts += [_kills(kills)] if kills is not None else []
    return "\n\n".join([*parts, _scope()]) + "\n"


def _head(command: str, engine: str) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("jax", "numpy", "networkx"))
    steered = f"coverage-guided (atheris {version('atheris')})" if engine == "atheris" else "random"
    return (
        "# Fuzzing\n\n"
        f"Printed by `{command}` on Python {platform.python_version()}, {packages}; {steered}.\n\n"
        "The fuzzer writes graphs, formulas, Ising problems, expressions and numbers whose meaning "
        "it knows, in every format, under the right extension, under `--format`, under none or "
        "under a wrong one; compresses and recodes some, damages others, and calls every command "
        "on them through its entry point. A file that is valid and named must be read as it was "
        "meant; any other is read as it was meant or refused in one line. Each answer is judged by "
        "code of the fuzzer's own: colourings, models, costs, energies, cuts and sums by "
        'definition, "infeasible" and "optimum" by trying all assignments, and so the ground '
        "states of what is quadratized."
    )


def _inputs(totals: Totals) -> str:
    edges = "" if totals.edges is None else f" The fuzzer counts {totals.edges:,} branches reached."
    failures = sum(totals.failures.values())
    return (
        f"**{totals.inputs:,} inputs** ({totals.cases:,} different command lines with files) in "
        f"{totals.wall / 60:.0f} minutes; {failures:,} failures, {totals.deaths} processes died. "
        f"The slowest input took {totals.slowest:.1f} s of processor time.{edges}"
    )


def _table(totals: Totals) -> str:
    by_command: dict[str, Counter[str]] = {}
    for name, count in totals.codes.items():
        command, _, code = name.rpartition(" ")
        by_command.setdefault(command, Counter())[code] += count
    lines = ["| command | inputs | exit codes |", "|---|---:|---|"]
    for command, codes in sorted(by_command.items(), key=lambda item: -item[1].total()):
        shown = ", ".join(f"{code}: {n:,}" for code, n in sorted(codes.items()))
        lines.append(f"| {command} | {codes.total():,} | {shown} |")
    lines += ["", "| what was tried | inputs |", "|---|---:|"]
    lines += [f"| {kind} | {n:,} |" for kind, n in sorted(totals.kinds.items())]
    return "\n".join(lines)


def _failures(totals: Totals) -> str:
    lines = ["## Failures", "", "| kind, what was tried, message | inputs |", "|---|---:|"]
    for signature, count in totals.failures.most_common():
        shown = signature.replace("|", "/").replace("`", "'")
        lines.append(f"| `{shown}` | {count:,} |")
    return "\n".join(lines)


def _without_folders(text: str) -> str:
    return re.sub(r"(?:/[\w.+-]+)+/(?=[\w.+-])", "", text)


def _kills(kills: Kills) -> str:
    lines = [
        "## Kills",
        "",
        f"**{kills.count} processes** were sent a signal at a random moment, in "
        f"{kills.wall / 60:.0f} minutes; {len(kills.failures)} failures. Output files are as they "
        f"were before, absent or whole. {kills.integrating} were hit while they integrated; "
        f"{kills.answered} interrupted processes printed the best so far; {kills.early} were "
        "interrupted while Python was still loading, before the command began. "
        f"{kills.leftovers} temporary files were left by SIGKILL. After every ten kills two "
        "commands ran to their end on the same compilation cache "
        f"({kills.checks} times).",
        "",
        "| signal | end | processes |",
        "|---|---|---:|",
    ]
    for name, count in sorted(kills.ends.items()):
        killer, _, end = name.partition(" ")
        lines.append(f"| {killer} | {end} | {count} |")
    # Tracebacks name folders of the machine, which help no reader.
    lines += [f"\n- `{_without_folders(failure)}`" for failure in kills.failures]
    return "\n".join(lines)


def _scope() -> str:
    written = [name for name in graph_formats() if name not in unwritten_graph_formats()]
    lines = [
        "## What was written",
        "",
        f"Graph formats: {', '.join(written)}.",
        f"Ising problems: {', '.join(energy_formats())}.",
        f"Formulas: {', '.join(f.name for f in written_formula_formats())}.",
        f"Compressions and encodings: {', '.join(wrappings())}.",
    ]
    if missing := [*unwritten_graph_formats(), *unwritten_energy_formats()]:
        lines.append(f"Read by odesolve, not written by the fuzzer: {', '.join(missing)}.")
    if missing := [*unread_graph_formats(), *unread_formula_formats()]:
        lines.append(f"Written by the fuzzer, not read by odesolve: {', '.join(missing)}.")
    return "\n".join(lines)
