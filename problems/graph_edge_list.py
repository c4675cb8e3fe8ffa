"""Graphs as lines of two names: edge lists and CSV, in all the ways these are written."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from odesolve.problems.errors import InputError, quote
from odesolve.problems.simple_graph import Graph, graph_of_named_edges

__all__ = ["read_edge_list", "rows_of_text"]

Row = tuple[int, list[str]]  # line number, fields

_ATTRIBUTES = re.compile(r"\s*(\S+\s+\S+)\s+(\{.*\})\s*")  # as networkx writes edge data
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_HEADERS = (("source", "target"), ("from", "to"), ("src", "dst"), ("node1", "node2"), ("u", "v"))
_EXPECTED = "two node names, separated by white space, a comma, a semicolon or a tab"


def rows_of_text(text: str, place: str) -> Iterator[Row]:
    """Split lines into fields; the first line decides the separator for all.

    Lines that begin with ``#`` or ``%`` are comments. Names may be quoted where a separator
    other than white space is used.

    Raises:
        InputError: broken quoting, with the line.
    """
    lines = [_without_comment(line) for line in text.split("\n")]
    first = next((line for line in lines if line.strip()), "")
    separator = next((mark for mark in ",;\t" if mark in first), None)
    if separator is None:
        for number, line in enumerate(lines, 1):
            if fields := line.split():
                yield number, fields
        return
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    try:
        for fields in reader:
            fields = list(map(str.strip, fields))
            if any(fields):
                yield reader.line_num, fields
    except csv.Error as error:
        raise InputError(f"{place}:{reader.line_num}", f"broken CSV ({error})", _EXPECTED) from None


def _without_comment(line: str) -> str:
    if line.lstrip()[:1] in ("#", "%"):
        return ""
    if "{" in line and (match := _ATTRIBUTES.fullmatch(line)):
        return match[1] if match[2] == "{}" else f"{match[1]} attributes"
    return line


def read_edge_list(text: str, place: str) -> Graph:
    """Read one edge per line; a line with one name declares a node (with a note).

    A header such as ``source,target`` is recognised, also with its columns elsewhere. Further
    columns are weights, ignored with a note. If all names are integers, they become integers.

    Raises:
        InputError: no edge at all, an empty name, a self-loop; with the line.
    """
    rows = list(rows_of_text(text, place))
    notes, columns = _take_header(rows, place)
    names: list[str] = []
    lone: list[str] = []
    ends: list[str] = []
    lines: list[int] = []
    more = False
    for number, fields in rows:
        if len(fields) == 1:
            lone.append(_lone_name(fields[0], f"{place}:{number}"))
            names.append(fields[0])
            continue
        pair = fields[:2] if columns == (0, 1) else [fields[i] for i in columns if i < len(fields)]
        if len(pair) < 2 or not all(pair):
            wrong = f"a node name is missing in {quote(','.join(fields))}"
            raise InputError(f"{place}:{number}", wrong, _EXPECTED)
        ends += pair
        names += pair
        lines.append(number)
        more = more or (len(fields) > 2 and sum(map(bool, fields)) > 2)
    if not ends:
        raise InputError(place, "no edge: no line has two names", _EXPECTED)
    if more:
        notes.append("further columns (weights) ignored")
    if lone:
        notes.append(f"{len(lone)} line{'s' if len(lone) > 1 else ''} with one name: a node each")
    order: list[Any] = list(dict.fromkeys(names))  # of appearance, lone names among them
    if all(map(_INTEGER.fullmatch, order)):
        order = list(map(int, order))
        ends = list(map(int, ends))  # type: ignore[arg-type]
    return graph_of_named_edges(
        ends,
        declared=order,
        place=place,
        place_of_edge=lambda edge: f"{place}:{lines[edge]}",
        notes=notes,
    )


def _lone_name(name: str, where: str) -> str:
    # With another separator than the first line's, the whole line looks like one name.
    if any(mark in name for mark in ",;\t|"):
        raise InputError(where, quote(name), "two node names, separated as in the lines above")
    return name


def _take_header(rows: list[Row], place: str) -> tuple[list[str], tuple[int, ...]]:
    """Remove a header row; say in which columns the two names are."""
    if not rows or len(rows[0][1]) < 2:
        return [], (0, 1)
    line, first = rows[0]
    titles = [field.lower() for field in first]
    for pair in _HEADERS:
        if set(pair) <= set(titles):
            columns = (titles.index(pair[0]), titles.index(pair[1]))
            for number, fields in rows[1:]:
                if fields == first and pair != ("u", "v"):  # which may well be an edge
                    raise InputError(f"{place}:{number}", "the header is repeated", _EXPECTED)
            later = chain.from_iterable(fields[:2] for _, fields in rows[1:])
            if columns != (0, 1) or not {first[0], first[1]} & set(later):
                del rows[0]
                return [], columns
            return [], (0, 1)  # nodes that happen to have such names
    if (
        len(rows) > 1
        and not any(map(_INTEGER.fullmatch, first[:2]))
        and all(_INTEGER.fullmatch(field) for _, fields in rows[1:] for field in fields[:2])
    ):
        del rows[0]
        return [f"line {line} taken as a header"], (0, 1)
    return [], (0, 1)
