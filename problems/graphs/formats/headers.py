"""Which first row of an edge list is a header, and in which columns the two names are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple

from odesolve.problems.errors import InputError
from odesolve.problems.graphs.rows import INTEGER, Row, is_number

__all__ = ["Header", "header_of", "named_columns"]

_PAIRS = (
    ("source", "target"), ("from", "to"), ("src", "dst"), ("src", "dest"), ("u", "v"),
    ("fromnodeid", "tonodeid"), ("node", "neighbor"), ("node", "neighbour"), ("start", "end"),
    ("head", "tail"), ("tail", "head"), ("parent", "child"), ("left", "right"),
    ("origin", "destination"), ("sender", "receiver"), ("person", "friend"),
    ("follower", "followee"), ("vertex", "neighbor"), ("vertex", "neighbour"),
)  # fmt: skip
_FIRST = re.compile(r"(?P<stem>[^\W\d_][\w ]*?)[ _-]?(?P<end>1|a)")
_SECOND = {"1": "2", "a": "b"}
_STEMS = {"node", "vertex", "id", "name", "person", "user", "end", "endpoint", "actor", "v", "n"}


class Header(NamedTuple):
    """What a first row says.

    Attributes:
        titles: of all columns.
        columns: where the two names are.
    """

    titles: list[str]
    columns: tuple[int, int]


def header_of(rows: Sequence[Row], place: str) -> Header | None:
    """The header in the first row, or None where the first row is an edge.

    It is one if its words name two columns, as ``source,target`` do; or if a column holds
    numbers in all rows but the first. It is none if its names, or names of their kind
    (``node1``, ``node7``), are found in the rows below.

    Raises:
        InputError: the header is repeated, with the line.
    """
    first = rows[0].fields
    if len(first) < 2:
        return None
    columns = named_columns([field.lower() for field in first])
    if columns is not None:
        below = {row.fields[i] for row in rows[1:] for i in columns if i < len(row.fields)}
        for row in rows[1:]:
            if row.fields == first and not _kind_of(first[0]) == "x":
                raise InputError(f"{place}:{row.line}", "the header is repeated", "edges")
        names = {first[i] for i in columns}
        kinds = {_kind_of(name) for name in names} - {None}
        if not names & below and not kinds & set(map(_kind_of, below)):
            return Header(first, columns)
        return None
    if len(rows) > 1 and any(_only_first_is_no_number(rows, i) for i in range(len(first))):
        return Header(first, (0, 1))
    return None


def named_columns(titles: list[str]) -> tuple[int, int] | None:
    """Where the two titles are that name the ends of an edge, in small letters; None without."""
    for pair in _PAIRS:
        if set(pair) <= set(titles):
            return titles.index(pair[0]), titles.index(pair[1])
    for title in titles:
        match = _FIRST.fullmatch(title)
        if match and match["stem"] in _STEMS:
            other = title.removesuffix(match["end"]) + _SECOND[match["end"]]
            if other in titles:
                return titles.index(title), titles.index(other)
    return None


def _kind_of(name: str) -> str | None:
    """What a name has in common with others of its making; None if that says nothing."""
    if len(name) == 1:
        return "x" if name.isalpha() else None
    match = re.fullmatch(r"(.*\D)[0-9]+", name)
    return match[1].lower() if match else None


def _only_first_is_no_number(rows: Sequence[Row], column: int) -> bool:
    """Whether a column holds numbers everywhere but in the first row.

    Names are numbers only if they are integers: ``nan`` may be somebody's.
    """
    number = _is_integer if column < 2 else is_number
    cells = (row.fields[column] for row in rows[1:] if column < len(row.fields))
    first = rows[0].fields[column]
    if number(first):
        return False
    if column < 2:
        both = chain.from_iterable(row.fields[:2] for row in rows[1:])
        return not any(map(_is_integer, rows[0].fields[:2])) and all(map(_is_integer, both))
    return all(map(number, cells)) and any(len(row.fields) > column for row in rows[1:])


def _is_integer(field: str) -> bool:
    return INTEGER.fullmatch(field) is not None
