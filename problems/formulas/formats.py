"""Read and write formulas in any of the supported formats."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import file_suffix, place_of, read_bytes, write_output
from odesolve.problems.formulas.dimacs import read_cnf, write_cnf, write_cnf_plus
from odesolve.problems.formulas.formula import Formula
from odesolve.problems.formulas.models import read_partial_model
from odesolve.problems.formulas.opb import read_opb
from odesolve.problems.formulas.opb_writer import has_products_only, write_opb
from odesolve.problems.formulas.tokens import plain_lines, where_in
from odesolve.problems.formulas.unread_formats import unread_format
from odesolve.problems.formulas.weighted_cnf import read_wcnf, write_wcnf, write_wcnf_plus

__all__ = [
    "FORMULA_FORMATS",
    "guess_formula_format",
    "parse_formula",
    "read_formula",
    "read_partial_model",
    "write_formula",
]

_Reader = Callable[[bytes, str], Formula]
_Writer = Callable[[Formula, str], str]

FORMULA_FORMATS: dict[str, tuple[_Reader, _Writer, tuple[str, ...]]] = {
    "cnf": (read_cnf, write_cnf, ("cnf", "dimacs", "xcnf")),
    "wcnf": (read_wcnf, write_wcnf, ("wcnf",)),
    "cnf+": (read_cnf, write_cnf_plus, ("cnf+",)),
    "wcnf+": (read_wcnf, write_wcnf_plus, ("wcnf+",)),
    "opb": (read_opb, write_opb, ("opb", "pbo", "wbo")),
}
"""Format: reader of (bytes, place), writer of (formula, place), file name extensions."""

_KNOWN = "DIMACS CNF, weighted CNF, CNF+, WCNF+ or OPB"
_SEEN = 10_000  # bytes of a line by which a format is told
# Lines that say nothing; possessive, so that a million of them leave nothing to go back to.
_SKIPPED = re.compile(rb"(?:[ \t]*+(?:[c*][^\n]*+)?+\n)*+")
_HEADER = re.compile(rb"[ \t]*p[ \t]+([a-z]+\+?)", re.IGNORECASE)
_OPB_HEADER = re.compile(rb"^[ \t]*\*[ \t]*#variable=", re.MULTILINE)
_COMPARISON = re.compile(
    rb"[ \t]*(h[ \t]+)?(?:w[ \t]+)?(?:-?[0-9]+(?:\*-?[0-9]+)?[ \t]+)*[<>]=[ \t]*-?[0-9]+[ \t]*$"
)
_OPB = re.compile(rb".*?[<>=;]|.*?[0-9+-][ \t]*~?x[0-9]|[ \t]*(?:min|max|soft)[ \t]*:")
_DIMACS = re.compile(rb"[ \t]*(?:-?[0-9]|[xdn][ \t]*-?[0-9]|g[ \t]|[p%])")


def read_formula(path: str | os.PathLike[str], format: str | None = None) -> Formula:
    """Read a formula from a file or, for ``-``, from standard input; compression is undone.

    Arguments:
        path: the file. A header of DIMACS or OPB decides the format, with a note if the extension
            says another; then the extension, then the content.
        format: a key of `FORMULA_FORMATS`, to overrule all three.

    Raises:
        InputError: the file cannot be read as a formula: always one line, with the place.

    Example:
        >>> import odesolve as ode
        >>> ode.read_formula("docs/examples/weighted-40.wcnf").optimizes
        True
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
    chosen = format or guess_formula_format(data, place, suffix)
    formula = FORMULA_FORMATS[chosen][0](data, place)
    known = _format_of(suffix)
    if format is None and known and known.removesuffix("+") != chosen.removesuffix("+"):
        note = f"the name ends in .{suffix}, but the content is {chosen} and was read as that"
        return replace(formula, notes=(note, *formula.notes))
    return formula


def guess_formula_format(data: bytes, place: str, suffix: str = "") -> str:
    """Guess a format, a key of `FORMULA_FORMATS`.

    Raises:
        InputError: it looks like none of them; or like one that is not read, by its name.
    """
    start = skipped.end() if (skipped := _SKIPPED.match(data)) else 0
    first = data[start : start + _SEEN].split(b"\n", 1)[0]
    known = _format_of(suffix)
    if unread := unread_format(data, start, suffix, is_dimacs=known in ("cnf", "cnf+")):
        name, position = unread
        where = where_in(data, place, position)
        raise InputError(where, f"{name}, which is not read as a formula", _KNOWN)
    if header := _HEADER.match(first):
        kind = header[1].lower().decode()
        return kind if kind in FORMULA_FORMATS else "cnf"
    if known != "opb" and _OPB_HEADER.search(data, 0, start):
        return "opb"
    if known in ("cnf", "cnf+") and first.startswith(b"h"):
        return "wcnf"
    if known:
        return known
    return _guess_by_content(data, place, start, first)


def _guess_by_content(data: bytes, place: str, start: int, first: bytes) -> str:
    """The same for a file without a header and without a known extension."""
    if comparison := _COMPARISON.match(first):
        return "wcnf+" if comparison[1] else "cnf+"
    if _OPB.match(first):
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
    formula: Any,
    path: str | os.PathLike[str],
    format: str | None = None,
    *,
    renumber: bool = False,
) -> tuple[str, ...]:
    """Write a formula to a file or, for ``-``, to standard output.

    The old file stays whole until the new one is.

    Arguments:
        formula: whatever ``odesolve.sat`` takes.
        path: the file. Its extension decides the format, and ``.gz``, ``.xz``, ``.bz2`` or ``.zst``
            behind it the compression.
        format: a key of `FORMULA_FORMATS`, to overrule the extension.
        renumber: whether to give up the variables' names, where they have some.

    Returns:
        What was changed, for the user: auxiliary variables that became ordinary ones, say.

    Raises:
        InputError: another extension, a format that cannot hold the formula, or a file that
            cannot be written; nothing is left behind.

    Example:
        >>> import odesolve as ode
        >>> ode.write_formula([[1, -2], [2, 3]], "-", format="opb")
        * #variable= 3 #constraint= 2
        +1 x1 +1 ~x2 >= 1 ;
        +1 x2 +1 x3 >= 1 ;
        ()
    """
    from odesolve.problems.formulas.from_objects import formula_from

    place = "standard output" if os.fspath(path) == "-" else place_of(path)
    _check_format(format, place)
    chosen = format or _format_of(file_suffix(path))
    if chosen is None:
        expected = ", ".join(f".{name}" for name in FORMULA_FORMATS)
        raise InputError(place, "unknown kind of formula file", expected)
    text, notes = _written(formula_from(formula), chosen, place, renumber)
    write_output(path, text)
    return notes


def _written(
    formula: Formula, format: str, place: str, renumber: bool
) -> tuple[str, tuple[str, ...]]:
    """The text of a formula, and notes for the user.

    Raises:
        InputError: the format cannot hold the formula.
    """
    notes = []
    if formula.names and renumber:
        formula = replace(formula, names=())
        notes.append(f"the variables are numbered 1 to {formula.shown_count} in their order")
    elif formula.names and format != "opb":
        wrong = f"variables have no names in {format}, and one is called {quote(formula.names[0])}"
        expected = "--renumber, which gives the names up; or a .opb file"
        raise InputError(place, wrong, expected)
    kept = format == "opb" and has_products_only(formula)
    if (count := len(formula.auxiliaries)) and not kept:
        notes.append(f"auxiliary variables became ordinary ones, behind the others: {count}")
    reader, writer, _ = FORMULA_FORMATS[format]
    text = writer(formula, place)
    found = reader(plain_lines(text.encode()), place)
    wanted = formula.shown_count if kept else formula.variable_count
    if found.shown_count != wanted or not set(formula.names) <= set(found.names):
        wrong = f"{format} cannot hold {wanted} variables of which some occur nowhere"
        raise InputError(place, wrong, "another format")
    return text, tuple(notes)


def _format_of(suffix: str) -> str | None:
    return next((name for name, (_, _, ends) in FORMULA_FORMATS.items() if suffix in ends), None)


def _check_format(format: str | None, place: str) -> None:
    if format is not None and (not isinstance(format, str) or format not in FORMULA_FORMATS):
        raise InputError(place, f"unknown format {quote(format)}", " or ".join(FORMULA_FORMATS))
