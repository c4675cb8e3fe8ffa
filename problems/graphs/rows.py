"""Text as rows of fields: the ground of edge lists, adjacency lists, matrices and colourings."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from typing import NamedTuple

from odesolve.problems.errors import InputError

__all__ = [
    "EDGE_DATA",
    "INTEGER",
    "Row",
    "Table",
    "is_number",
    "rows_of_text",
    "table_of",
    "weight_of_data",
]

EDGE_DATA = "attributes"
"""Stands in a row for edge data ``{...}`` as networkx writes them."""

INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
"""An integer as it is written, short enough for 64 bits."""

_SEPARATOR = re.compile(r"[,;\t]")
_BETWEEN = re.compile(r"[,;\s]")
_ATTRIBUTES = re.compile(r"\s*(\S+\s+\S+)\s+(\{.*\})\s*")  # as networkx writes edge data
_NUMBER = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+")
_MISSING = {"", "na", "n/a", "nan", "null", "none", "inf", "+inf", "-inf", EDGE_DATA}
_EXPECTED = "fields separated as in the first line"


class Row(NamedTuple):
    """One line's fields, and its number from 1."""

    line: int
    fields: list[str]


class Table(NamedTuple):
    """A text as rows.

    Attributes:
        rows: without comments and empty lines.
        separator: a comma, semicolon or tab; None for white space.
        lines: the text's lines as they were.
    """

    rows: list[Row]
    separator: str | None
    lines: list[str]

    def other_separator(self, row: Row) -> str | None:
        """The row's first name that holds what separates names elsewhere, unless it is quoted."""
        if '"' in self.lines[row.line - 1]:
            return None
        return next((field for field in row.fields if _SEPARATOR.search(field)), None)

    def line(self, row: Row) -> str:
        """The line that a row was read from, without the white space around it."""
        return self.lines[row.line - 1].strip()


def table_of(text: str, place: str) -> Table:
    """Split lines into fields; the first line of several words decides the separator for all.

    Lines that begin with ``#`` or ``%`` are comments. Names may be quoted where a separator
    other than white space is used.

    Raises:
        InputError: broken quoting, with the line.
    """
    lines = text.split("\n")
    plain = [_without_comment(line) for line in lines]
    # A lone name says nothing of what stands between names.
    first = next((line for line in plain if _BETWEEN.search(line.strip())), "")
    separator = next((mark for mark in ",;\t" if mark in first), None)
    if separator is None:
        split = ((number, line.split()) for number, line in enumerate(plain, 1))
        return Table([Row(number, fields) for number, fields in split if fields], None, lines)
    return Table(list(_separated(plain, separator, place)), separator, lines)


def rows_of_text(text: str, place: str) -> list[Row]:
    """The rows of `table_of`."""
    return table_of(text, place).rows


def _separated(lines: list[str], separator: str, place: str) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    try:
        for fields in reader:
            fields = list(map(str.strip, fields))
            if any(fields):
                yield Row(reader.line_num, fields)
    except csv.Error as error:
        raise InputError(f"{place}:{reader.line_num}", f"broken CSV ({error})", _EXPECTED) from None


def _without_comment(line: str) -> str:
    if line.lstrip()[:1] in ("#", "%"):
        return ""
    if "{" in line and (match := _ATTRIBUTES.fullmatch(line)):
        return match[1] if match[2] == "{}" else f"{match[1]} {EDGE_DATA}"
    return line


def weight_of_data(line: str) -> str | None:
    """The weight in edge data ``{'weight': 3}`` at a line's end; None where there is none."""
    match = _ATTRIBUTES.fullmatch(line)
    try:
        data = ast.literal_eval(match[2]) if match else None
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None
    value = data.get("weight") if isinstance(data, dict) else None
    return None if value is None else str(value)


def is_number(field: str) -> bool:
    """Whether a field holds a number, or what stands where one is missing."""
    return _NUMBER.fullmatch(field) is not None or field.lower() in _MISSING
