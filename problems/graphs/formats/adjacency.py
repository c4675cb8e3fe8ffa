"""Adjacency lists: a line for every node, which names it and then its neighbours."""

from __future__ import annotations

import re
from collections import Counter
from itertools import chain
from typing import Any

from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.formats.edge_list import looks_like_edge_list, read_edge_list
from odesolve.problems.graphs.formats.format import Content
from odesolve.problems.graphs.graph import Graph, graph_of_named_edges
from odesolve.problems.graphs.rows import INTEGER, Row, Table, is_number, table_of

__all__ = [
    "fits_adjacency_list",
    "looks_like_adjacency_list",
    "read_adjacency_list",
    "write_adjacency_list",
]

_COLON = re.compile(r":(?=\s|$)")
_TIGHT_COLON = re.compile(r"[^\s,;:\"]+:[^:\"]*")  # one, behind the first name
_PUNCTUATION = re.compile(r"[\[\](){}<>=|\"*]|->|--|^[-:]+$|:\s|[:,;]$")
_ANY_PUNCTUATION = re.compile(rf"{_PUNCTUATION.pattern}|[,;]")
_EXPECTED = "a node and its neighbours, separated by white space, commas, semicolons or tabs"


def read_adjacency_list(text: str, place: str) -> Graph:
    """Read a node and its neighbours from every line, with or without a colon behind the node.

    An edge may be listed at both ends or at one. If all names are integers, they become
    integers. Lines that begin with ``#`` or ``%`` are comments, as networkx writes them.

    Raises:
        InputError: broken quoting, an empty name, two separators, a self-loop; with the line.
    """
    rows = _rows(text, place)
    if not rows:
        raise InputError(place, "there is no node", _EXPECTED)
    ends: list[Any] = []
    lines: list[int] = []
    for row in rows:
        if not all(row.fields):
            raise InputError(f"{place}:{row.line}", "an empty name", _EXPECTED)
        head, *others = row.fields
        ends += chain.from_iterable((head, other) for other in others)
        lines += [row.line] * len(others)
    heads = [row.fields[0] for row in rows]
    neighbours = chain.from_iterable(row.fields[1:] for row in rows)
    order: list[Any] = list(dict.fromkeys(chain(heads, neighbours)))
    if all(map(INTEGER.fullmatch, order)):
        order = list(map(int, order))
        ends = list(map(int, ends))
    return graph_of_named_edges(
        ends,
        declared=order,
        place=place,
        place_of_edge=lambda edge: f"{place}:{lines[edge]}",
        opposite_is_repeat=False,
    )


def _rows(text: str, place: str) -> list[Row]:
    """Rows of a node and its neighbours; empty cells at the end of a CSV's rows are cut off."""
    rows = _rows_with_colon(text)
    if rows is None:
        table = table_of(text, place)
        rows = table.rows
        _refuse_separators(table, place)
    for row in rows:
        while len(row.fields) > 1 and not row.fields[-1]:
            row.fields.pop()
    return rows


def _refuse_separators(table: Table, place: str) -> None:
    """No name may hold what may as well stand between names."""
    for row in table.rows:
        if name := table.other_separator(row):
            separated = {None: "white space", "\t": "tabs"}.get(
                table.separator, quote(table.separator or "")
            )
            wrong = f"{quote(name)} among names separated by {separated}"
            raise InputError(f"{place}:{row.line}", wrong, _EXPECTED)
    first = next(iter(table.rows), None)
    if first and all(_TIGHT_COLON.fullmatch(table.line(row)) for row in table.rows):
        wrong = f"{quote(table.line(first))}: a colon without white space behind it"
        raise InputError(f"{place}:{first.line}", wrong, "'a: b c'")


def _rows_with_colon(text: str) -> list[Row] | None:
    """Lines ``a: b c`` or ``a: b, c``; None unless every line has the colon."""
    rows = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.lstrip()[0] in "#%":
            continue
        colon = _COLON.search(line)
        head = line[: colon.start()].strip() if colon else ""
        if not colon or not head:
            return None
        listed = line[colon.end() :].strip()
        parts = re.split(r"\s*[,;]\s*", listed) if re.search("[,;]", listed) else listed.split()
        rows.append(Row(number, [head, *parts]))
    return rows


def looks_like_adjacency_list(content: Content) -> bool:
    """Whether rows hang together as only the rows of an adjacency list do.

    No node has two rows, or stands twice in one (but for a loop, where a node without neighbours
    shows what kind of list it is). Every name has a row of its own, or is a word
    that stands in several rows and in one of them next to the node. (The last nodes have no rows
    in a list that names every edge once; a label that is repeated does not stand next to a node.)
    """
    with_colon = _rows_with_colon(content.text)
    if with_colon is None:  # a quick look, as edge lists fail it
        found = content.table.rows
        if len({row.fields[0] for row in found}) < len(found):
            return False
    rows = _rows(content.text, content.place)
    heads = {row.fields[0] for row in rows}
    # Of two names a line, an edge list would say the same.
    least = 2 if with_colon is not None else 3
    if len(heads) < len(rows) or max((len(row.fields) for row in rows), default=0) < least:
        return False
    if not _are_plain(rows, content.table):
        return False
    counts: Counter[str] = Counter()
    next_to_a_node = set()
    # An edge of weight 1 names node 1 again, but has no single names beside it.
    loops_count = any(len(row.fields) == 1 for row in rows)
    for row in rows:
        named = row.fields[1:] if loops_count else row.fields
        if len(set(named)) < len(named):
            return False
        counts.update(row.fields[1:])
        next_to_a_node.update(row.fields[1:2])
    ragged = len({len(row.fields) for row in rows}) > 1
    return all(
        name in heads or (count > 1 and name in next_to_a_node and (ragged or not is_number(name)))
        for name, count in counts.items()
    )


def fits_adjacency_list(content: Content) -> bool:
    """Whether a text can be the adjacency list that its extension says it is.

    Its names have no punctuation of another format, and where it looks like an edge list, both
    readings give one graph.
    """
    if looks_like_adjacency_list(content):
        return True
    if not _are_plain(_rows(content.text, content.place), content.table):
        return False
    if not looks_like_edge_list(content):
        return True
    try:
        graph = read_adjacency_list(content.text, content.place)
    except InputError:  # a self-loop, as reading it will tell
        return True
    return graph.is_same_as(read_edge_list(content.text, content.place))


def _are_plain(rows: list[Row], table: Table) -> bool:
    """Whether no name has punctuation, nor a separator that the rows are not separated by."""
    wrong = _PUNCTUATION if table.separator else _ANY_PUNCTUATION
    return all(name and not wrong.search(name) for row in rows for name in row.fields)


def write_adjacency_list(graph: Graph, place: str) -> str:
    """Write a line for every node: its name, then its neighbours of later lines."""
    labels = graph.labels
    rows = zip(labels, graph.neighbour_lists(both_ends=False), strict=True)
    return "".join(" ".join([name, *(labels[i] for i in later)]) + "\n" for name, later in rows)
