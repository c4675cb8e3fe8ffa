"""Whether a file holds a graph, a formula or an Ising problem.

By the format asked for, a header, its name, its content.
"""

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
from odesolve.problems.ising.formats.files import ISING_FORMATS
from odesolve.problems.ising.problem import IsingProblem

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
        is_graph: a graph, or else a formula or an Ising problem.
        is_ising: an Ising problem or a QUBO.
    """

    data: bytes
    place: str
    suffix: str
    format: str | None
    is_graph: bool
    is_ising: bool = False

    def graph(self) -> Graph:
        """The graph, as `read_graph` reads it.

        Raises:
            InputError: it cannot be read as one.
        """
        return parse_graph(self.data, self.place, self.format, self.suffix)

    def ising(self) -> IsingProblem:
        """The Ising problem, as `read_ising` reads it.

        Raises:
            InputError: it cannot be read as one.
        """
        from odesolve.problems.ising.formats.files import parse_ising

        return parse_ising(self.data, self.place, self.format, self.suffix)

    def formula(self) -> Formula:
        """The formula, as `read_formula` reads it.

        Raises:
            InputError: it cannot be read as one.
        """
        return parse_formula(self.data, self.place, self.format, self.suffix)


def read_input(path: str | os.PathLike[str], format: str | None = None) -> InputFile:
    """Read a file, or standard input for ``-``, and tell whether it holds a graph, a formula or
    an Ising problem.

    Arguments:
        path: the file.
        format: a key of `FORMATS`, `FORMULA_FORMATS` or `ISING_FORMATS`, to overrule name
            and content.

    Raises:
        InputError: it cannot be read, it may hold either, or there is no such format.
    """
    place = place_of(path)
    formats = (*FORMULA_FORMATS, *FORMATS, *ISING_FORMATS)
    if format is not None and not (isinstance(format, str) and format in formats):
        known = " or ".join(dict.fromkeys(formats))
        raise InputError(place, f"unknown format {quote(format)}", known)
    data = read_bytes(path)
    suffix = file_suffix(path)
    if _holds_ising(data, suffix, format):
        return InputFile(data, place, suffix, format, is_graph=False, is_ising=True)
    is_graph = format in FORMATS if format else _holds_graph(data, place, suffix)
    return InputFile(data, place, suffix, format, is_graph)


def _holds_ising(data: bytes, suffix: str, format: str | None) -> bool:
    """Whether its format, its content or its extension is one of Ising problems."""
    if format is not None:
        # Of a format of both, as Matrix Market, the content may say which of the two it is.
        form = ISING_FORMATS.get(format)
        return form is not None and (format not in FORMATS or form.is_marked(data))
    if any(form.is_marked(data) for form in ISING_FORMATS.values()):
        return True
    others = {end for form in FORMATS.values() for end in form.extensions}
    return any(
        suffix in form.extensions and suffix not in others for form in ISING_FORMATS.values()
    )


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
    lines = (line for line in data.splitlines() if not _COMMENT.match(line))
    rows = [row for line in lines if (row := line.split())]
    last = [row[-1] for row in rows]
    try:
        parse_graph(data, place, None, suffix)
    except InputError:
        # Clauses of a file without a header may go over several lines.
        if set(last) != {b"0"} and all(len(row) == 3 and _is_pair(row) for row in rows):
            wrong = "it may be clauses, or couplings of an Ising problem"
            raise InputError(place, wrong, "--format, which says what it is") from None
        return False
    # Rows of integers are clauses if each ends in 0, and edges if the last one does not.
    if last[-1] != b"0":
        return True
    if set(last) == {b"0"} and all(len(row) != 2 for row in rows):
        return False
    raise InputError(place, "it may be a graph or a formula", "--format, which says what it is")


def _is_pair(row: list[bytes]) -> bool:
    """Whether a row begins with the numbers of two variables, from 0."""
    return row[0].isdigit() and row[1].isdigit()


def _is_formula(data: bytes, place: str, suffix: str) -> bool:
    try:
        parse_formula(data, place, None, suffix)
    except InputError:
        return False
    return True
