"""The formats of formulas, and reading any of them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import file_suffix, place_of, read_bytes
from odesolve.problems.formulas.dimacs import read_cnf, write_cnf, write_cnf_plus
from odesolve.problems.formulas.formula import Formula
from odesolve.problems.formulas.models import read_partial_model
from odesolve.problems.formulas.opb import read_opb
from odesolve.problems.formulas.opb_writer import write_opb
from odesolve.problems.formulas.tokens import plain_lines, where_in
from odesolve.problems.formulas.unread_formats import unread_format
from odesolve.problems.formulas.weighted_cnf import read_wcnf, write_wcnf, write_wcnf_plus

__all__ = [
    "FORMULA_FORMATS",
    "check_format",
    "format_of",
    "guess_formula_format",
    "parse_formula",
    "read_formula",
    "read_partial_model",
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
    check_format(format, place)
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
    known = format_of(suffix)
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
    known = format_of(suffix)
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


def format_of(suffix: str) -> str | None:
    """The format that a file name extension, without the dot, stands for."""
    return next((name for name, (_, _, ends) in FORMULA_FORMATS.items() if suffix in ends), None)


def check_format(format: str | None, place: str) -> None:
    """Refuse a format that is no key of `FORMULA_FORMATS`."""
    if format is not None and (not isinstance(format, str) or format not in FORMULA_FORMATS):
        raise InputError(place, f"unknown format {quote(format)}", " or ".join(FORMULA_FORMATS))
