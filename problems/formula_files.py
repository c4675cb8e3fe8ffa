"""Read and write formulas in any of the supported formats."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from odesolve.problems.dimacs_formula import read_cnf, write_cnf
from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import compress, file_suffix, place_of, read_bytes, write_atomically
from odesolve.problems.formula import Formula
from odesolve.problems.literal_tokens import plain_lines, where_in
from odesolve.problems.model_files import read_model, read_partial_model
from odesolve.problems.opb import read_opb, write_opb
from odesolve.problems.weighted_cnf import read_wcnf, write_wcnf

__all__ = [
    "FORMULA_FORMATS",
    "guess_formula_format",
    "parse_formula",
    "read_formula",
    "read_model",
    "read_partial_model",
    "write_formula",
]

_Reader = Callable[[bytes, str], Formula]
_Writer = Callable[[Formula, str], str]

FORMULA_FORMATS: dict[str, tuple[_Reader, _Writer, tuple[str, ...]]] = {
    "cnf": (read_cnf, write_cnf, ("cnf", "dimacs", "xcnf")),
    "wcnf": (read_wcnf, write_wcnf, ("wcnf",)),
    "opb": (read_opb, write_opb, ("opb", "pbo")),
}
"""Format: reader of (bytes, place), writer of (formula, place), file name extensions."""

_KNOWN = "DIMACS CNF, weighted CNF or OPB"
_SEEN = 10_000  # bytes of a line by which a format is told
# Lines that say nothing; possessive, so that a million of them leave nothing to go back to.
_SKIPPED = re.compile(rb"(?:[ \t]*+(?:[c*][^\n]*+)?+\n)*+")
_HEADER = re.compile(rb"[ \t]*p[ \t]+([a-z]+)", re.IGNORECASE)
_OPB = re.compile(rb".*?[<>=;]|.*?[0-9+-][ \t]*~?x[0-9]|[ \t]*(?:min|max|soft)[ \t]*:")
_DIMACS = re.compile(rb"[ \t]*(?:-?[0-9]|[xdn][ \t]*-?[0-9]|g[ \t]|[p%])")


def read_formula(path: str | os.PathLike[str], format: str | None = None) -> Formula:
    """Read a formula from a file or, for ``-``, from standard input; compression is undone.

    Arguments:
        path: the file. A DIMACS header decides the format, then the extension, then the content.
        format: a key of `FORMULA_FORMATS`, to overrule all three.

    Raises:
        InputError: the file cannot be read as a formula: always one line, with the place.
    """
    place = place_of(path)
    _check_format(format, place)
    return parse_formula(read_bytes(path), place, format, file_suffix(path))


def parse_formula(data: bytes, place: str, format: str | None = None, suffix: str = "") -> Formula:
    """Read a formula from bytes; see `read_formula`.

    Arguments:
        data: a file's content.
        place: what to call it in messages.
        format: a key of `FORMULA_FORMATS`.
        suffix: the file's extension, without the dot.
    """
    data = plain_lines(data)
    if not data or data.isspace():
        raise InputError(place, "the file is empty", "a formula")
    reader, _, _ = FORMULA_FORMATS[format or guess_formula_format(data, place, suffix)]
    return reader(data, place)


def guess_formula_format(data: bytes, place: str, suffix: str = "") -> str:
    """Guess a format, a key of `FORMULA_FORMATS`.

    Raises:
        InputError: it looks like none of them.
    """
    start = skipped.end() if (skipped := _SKIPPED.match(data)) else 0
    first = data[start : start + _SEEN].split(b"\n", 1)[0]
    known = _format_of(suffix)
    header = _HEADER.match(first)
    if header:
        return "wcnf" if header[1].lower() == b"wcnf" else "cnf"
    if known == "cnf" and first.startswith(b"h"):
        return "wcnf"
    if known:
        return known
    if _OPB.match(first) or b"#variable=" in data[:start]:
        return "opb"
    if first.startswith(b"h") or b"\nh" in data:
        return "wcnf"
    if _DIMACS.match(first):
        return "cnf"
    if not first or first.lstrip()[:1] in (b"c", b"*"):
        raise InputError(place, "there is nothing but comments", _KNOWN)
    where = where_in(data, place, start)
    wrong = quote(first.strip().decode("utf-8", "replace"))
    raise InputError(where, wrong, _KNOWN)


def write_formula(
    formula: Formula, path: str | os.PathLike[str], format: str | None = None
) -> None:
    """Write a formula: the old file stays whole until the new one is.

    Arguments:
        formula: what to write.
        path: the file. Its extension decides the format, and ``.gz``, ``.xz`` or ``.bz2`` behind
            it the compression.
        format: a key of `FORMULA_FORMATS`, to overrule the extension.

    Raises:
        InputError: another extension, a format that cannot hold the formula, or a file that
            cannot be written; nothing is left behind.
    """
    place = os.fspath(path)
    _check_format(format, place)
    chosen = format or _format_of(file_suffix(path))
    if chosen is None:
        expected = " or ".join(f".{name}" for name in FORMULA_FORMATS)
        raise InputError(place, "unknown kind of formula file", expected)
    _, writer, _ = FORMULA_FORMATS[chosen]
    write_atomically(path, compress(writer(formula, place).encode(), path))


def _format_of(suffix: str) -> str | None:
    return next((name for name, (_, _, ends) in FORMULA_FORMATS.items() if suffix in ends), None)


def _check_format(format: str | None, place: str) -> None:
    if format is not None and (not isinstance(format, str) or format not in FORMULA_FORMATS):
        raise InputError(place, f"unknown format {quote(format)}", " or ".join(FORMULA_FORMATS))
