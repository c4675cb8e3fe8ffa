"""What the package under test offers, asked at run time: formats, extensions, wrappings."""

from __future__ import annotations

import json
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from fuzzing.cases import Case, Outcome
from fuzzing.energy_writers import FORMATS as ENERGY_WRITERS
from fuzzing.formula_writers import FORMATS as FORMULA_WRITERS
from fuzzing.formula_writers import FormulaFormat
from fuzzing.graph_writers import FORMATS, GraphFormat
from fuzzing.harness import run_case
from odesolve.problems.compression import compress
from odesolve.problems.errors import InputError
from odesolve.problems.formulas.formats import FORMULA_FORMATS
from odesolve.problems.graphs.formats import FORMATS as GRAPH_FORMATS
from odesolve.problems.ising.formats import ISING_FORMATS


@cache
def graph_formats() -> dict[str, tuple[str, ...]]:
    """Names and extensions of the graph formats that the package reads."""
    return {name: format.extensions for name, format in GRAPH_FORMATS.items()}


@cache
def formula_formats() -> dict[str, tuple[str, ...]]:
    """Names and extensions of the formats of formulas that the package reads."""
    return {name: extensions for name, (_, _, extensions) in FORMULA_FORMATS.items()}


@cache
def energy_formats() -> dict[str, tuple[str, ...]]:
    """Names and extensions of the formats of Ising problems that the package reads."""
    return {name: format.extensions for name, format in ISING_FORMATS.items()}


@cache
def unwritten_energy_formats() -> tuple[str, ...]:
    """Formats of Ising problems that the package reads and the fuzzer cannot write."""
    return tuple({*energy_formats()} - {format.name for format in ENERGY_WRITERS})


@cache
def written_graph_formats() -> tuple[tuple[str, tuple[str, ...], GraphFormat], ...]:
    """Formats that both sides know: name, extensions, writer."""
    known = graph_formats()
    found = []
    for writer in FORMATS:
        name = next((name for name in writer.names if name in known), None)
        if name is not None:
            found.append((name, tuple(s for s in writer.suffixes if s in known[name]), writer))
    return tuple(found)


@cache
def unwritten_graph_formats() -> tuple[str, ...]:
    """Formats that the package reads and the fuzzer cannot write: to be added here."""
    return tuple(set(graph_formats()) - {name for name, _, _ in written_graph_formats()})


@cache
def unread_graph_formats() -> tuple[str, ...]:
    """Formats that the fuzzer writes and the package does not name."""
    known = graph_formats()
    return tuple(w.names[0] for w in FORMATS if not set(w.names) & set(known))


@cache
def written_formula_formats() -> tuple[FormulaFormat, ...]:
    """Formats of formulas, and features of them, that the package reads."""
    return tuple(f for f in FORMULA_WRITERS if not f.probe or _reads(f))


@cache
def unread_formula_formats() -> tuple[str, ...]:
    """Features that the fuzzer writes and the package refuses by name."""
    return tuple(f.name for f in FORMULA_WRITERS if f not in written_formula_formats())


def _reads(format: FormulaFormat) -> bool:
    name = f"probe.{format.suffix}"
    arguments = ["sat", name, "--format", format.format, "--time-limit", "0"]
    return _probe(Case(arguments, {name: format.probe.encode()})).code != 2


def _probe(case: Case) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        return run_case(case, Path(folder) / "probe")


@cache
def wrappings() -> tuple[str, ...]:
    """Compressions and encodings that the package undoes; those of old need no question."""
    found = ["gz", "xz", "bz2"]
    text = "p cnf 1 1\n1 0\n"
    # Without Zstandard there is nothing to try: Python has it from 3.14 on.
    with suppress(InputError):
        packed = compress(text.encode(), "f.cnf.zst")
        if _probe(Case(["sat", "f.cnf.zst"], {"f.cnf.zst": packed})).code == 10:
            found.append("zst")
    if _probe(Case(["sat", "f.cnf"], {"f.cnf": text.encode("utf-16")})).code == 10:
        found.append("utf-16")
    return tuple(found)


@cache
def compiles_without_time() -> bool:
    """Whether a formula that presolve leaves open costs seconds although it gets no time."""
    made = Case(
        ["sat", "f.cnf", "--json", "--time-limit", "0"],
        {"f.cnf": b"p cnf 3 4\n1 2 3 0\n-1 -2 0\n-1 -3 0\n-2 -3 0\n"},
    )
    outcome = _probe(made)
    return outcome.code != 2 and json.loads(outcome.output)["time"]["compile"] > 0
