"""Multiline adjacency lists of networkx: ``NODE COUNT``, then one neighbour on each line.

Read here and not with networkx, which evaluates the edge data and knows no lines in its errors.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.formats.format import Content
from odesolve.problems.graphs.graph import Graph, graph_of_named_edges
from odesolve.problems.graphs.rows import INTEGER

__all__ = [
    "looks_like_multiline_adjacency_list",
    "read_multiline_adjacency_list",
    "write_multiline_adjacency_list",
]

_HEAD = re.compile(r"\s*(\S+)\s+([0-9]{1,9})\s*")
_NEIGHBOUR = re.compile(r"\s*(\S+)(?:\s+(\{.*\}))?\s*")
_HEAD_EXPECTED = "a node and the number of its neighbours, which follow one a line"


def read_multiline_adjacency_list(text: str, place: str) -> Graph:
    """Read a node and its count from a line, then as many lines with a neighbour each.

    Edge data ``{...}`` behind a neighbour are ignored with a note. If all names are integers,
    they become integers.

    Raises:
        InputError: a count that is not kept or that a neighbour lacks, a self-loop.
    """
    found = _listed(text, place)
    names, ends = found.names, found.ends
    if all(map(INTEGER.fullmatch, names)):
        names = list(map(int, names))
        ends = list(map(int, ends))
    return graph_of_named_edges(
        ends,
        declared=names,
        place=place,
        place_of_edge=lambda edge: f"{place}:{found.places[edge]}",
        notes=[found.data] if found.data else [],
        opposite_is_repeat=False,
    )


class _Listed(NamedTuple):
    """What the lines say.

    Attributes:
        ends: two names for each edge.
        places: the line of each edge.
        data: a note of edge data.
    """

    names: list[Any]
    ends: list[Any]
    places: list[int]
    data: str | None


def _listed(text: str, place: str) -> _Listed:
    lines = [
        (number, line.split("#", 1)[0])
        for number, line in enumerate(text.split("\n"), 1)
        if line.split("#", 1)[0].strip()
    ]
    heads: dict[Any, None] = {}
    ends: list[Any] = []
    places: list[int] = []
    data = None
    at = 0
    while at < len(lines):
        number, line = lines[at]
        head = _HEAD.fullmatch(line)
        if not head:
            raise InputError(f"{place}:{number}", quote(line.strip()), _HEAD_EXPECTED)
        heads[head[1]] = None
        count = int(head[2])
        if count > len(lines) - at - 1:
            wrong = f"{count} neighbours claimed, {len(lines) - at - 1} lines left"
            raise InputError(f"{place}:{number}", wrong, _HEAD_EXPECTED)
        for number, line in lines[at + 1 : at + 1 + count]:
            neighbour = _NEIGHBOUR.fullmatch(line)
            if not neighbour:
                raise InputError(f"{place}:{number}", quote(line.strip()), "one neighbour")
            ends += (head[1], neighbour[1])
            places.append(number)
            if data is None and neighbour[2] not in (None, "{}"):
                data = f"edge data ignored, as in line {number}: {quote(line.strip())}"
        at += 1 + count
    if not heads:
        raise InputError(place, "there is no node", _HEAD_EXPECTED)
    if lost := next((name for name in ends if name not in heads), None):
        raise InputError(place, f"no line counts the neighbours of {quote(lost)}", _HEAD_EXPECTED)
    return _Listed(list(heads), ends, places, data)


def looks_like_multiline_adjacency_list(content: Content) -> bool:
    """Whether all counts are kept, and every node has its own.

    Raises:
        InputError: a count is not kept.
    """
    lines = (line.split("#", 1)[0] for line in content.text.split("\n"))
    first, second = next(lines_left := filter(str.strip, lines), ""), next(lines_left, "")
    head = _HEAD.fullmatch(first)
    if not head or (int(head[2]) and not _NEIGHBOUR.fullmatch(second)):
        return False
    return bool(_listed(content.text, content.place).ends)  # loops are refused by the reader


def write_multiline_adjacency_list(graph: Graph, place: str) -> str:
    """Write for every node its name and how many neighbours of later nodes follow, one a line."""
    labels = graph.labels
    lines = []
    for name, later in zip(labels, graph.neighbour_lists(both_ends=False), strict=True):
        lines += [f"{name} {len(later)}", *(labels[i] for i in later)]
    return "\n".join([*lines, ""])
