"""Whether a file holds a graph or a formula: by the format asked for, a header, its name, its
content."""

from __future__ import annotations

import os
import re
from typing import NamedTuple

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import file_suffix, place_of, read_bytes
from odesolve.problems.formulas.formats import FORMULA_FORMATS, parse_formula
from odesolve.problems.formulas.formula import Formula
from odesolve.problems.formulas.tokens import plain_lines
from odesolve.problems.graphs.formats import FORMATS, parse_graph
from odesolve.problems.graphs.graph import Graph

__all__ = ["InputFile", "read_input"]

_GRAPH_HEADER = re.compile(rb"^p[ \t]+(?:edge|edges|col)\b", re.MULTILINE | re.IGNORECASE)
_FORMULA_HEADER = re.compile(rb"^[ \t]*p[ \t]+[a-z]*cnf\b", re.MULTILINE | re.IGNORECASE)
#: Formulas have the first kind, edge lists the others.
_COMMENT = re.compile(rb"[ \t]*(?:c(?:[ \t]|$)|[%#])")


class InputFile(NamedTuple):
    """A file's bytes and what they hold.

    Attributes:
        data: its content, without compression.
        place: what to call it in messages.
        suffix: its extension.
        format: as asked for, or None.
        is_graph: a graph, or else a formula.
    """

    data: bytes
    place: str
    suffix: str
    format: str | None
    is_graph: bool

    def graph(self) -> Graph:
        """The graph, as `read_graph` reads it.

        Raises:
            InputError: it cannot be read as one.
        """
        return parse_graph(self.data, self.place, self.format, self.suffix)

    def formula(self) -> Formula:
        """The formula, as `read_formula` reads it.

        Raises:
            InputError: it cannot be read as one.
        """
        return parse_formula(self.data, self.place, self.format, self.suffix)


def read_input(path: str | os.PathLike[str], format: str | None = None) -> InputFile:
    """Read a file, or standard input for ``-``, and tell whether it holds a graph or a formula.

    Arguments:
        path: the file.
        format: a key of `FORMATS` or `FORMULA_FORMATS`, to overrule name and content.

    Raises:
        InputError: it cannot be read, it may hold either, or there is no such format.
    """
    place = place_of(path)
    known_format = isinstance(format, str) and (format in FORMATS or format in FORMULA_FORMATS)
    if format is not None and not known_format:
        known = " or ".join([*FORMULA_FORMATS, *FORMATS])
        raise InputError(place, f"unknown format {quote(format)}", known)
    data = read_bytes(path)
    suffix = file_suffix(path)
    is_graph = format in FORMATS if format else _holds_graph(data, place, suffix)
    return InputFile(data, place, suffix, format, is_graph)


def _holds_graph(data: bytes, place: str, suffix: str) -> bool:
    data = plain_lines(data)
    if _GRAPH_HEADER.search(data):
        return True
    formula_suffixes = {suffix for entry in FORMULA_FORMATS.values() for suffix in entry[-1]}
    if _FORMULA_HEADER.search(data) or suffix in formula_suffixes:
        return False
    if any(suffix in form.extensions for form in FORMATS.values()):
        return True
    if not _is_formula(data, place, suffix):
        return True
    try:
        parse_graph(data, place, None, suffix)
    except InputError:
        return False
    # Rows of integers are clauses if each ends in 0, and edges if the last one does not.
    lines = (line for line in data.splitlines() if not _COMMENT.match(line))
    rows = [row for line in lines if (row := line.split())]
    last = [row[-1] for row in rows]
    if last[-1] != b"0":
        return True
    if set(last) == {b"0"} and all(len(row) != 2 for row in rows):
        return False
    raise InputError(place, "it may be a graph or a formula", "--format, which says what it is")


def _is_formula(data: bytes, place: str, suffix: str) -> bool:
    try:
        parse_formula(data, place, None, suffix)
    except InputError:
        return False
    return True
