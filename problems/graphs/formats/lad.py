"""Graphs in LAD form: the number of nodes, then ``DEGREE NEIGHBOUR ...`` for every node.

Format: https://perso.liris.cnrs.fr/christine.solnon/LAD.html.
"""

from __future__ import annotations

import re

from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.formats.format import Content
from odesolve.problems.graphs.graph import DIRECTED_NOTE, NODE_LIMIT, Graph, build_graph

__all__ = ["looks_like_lad", "read_lad", "write_lad"]

_NUMBER = re.compile(r"[0-9]{1,15}")
_EXPECTED = "LAD: the number of nodes, then 'DEGREE NEIGHBOUR ...' for every node"


def read_lad(text: str, place: str) -> Graph:
    """Read a LAD graph; nodes are named 0 to n-1. What is listed at one end only is directed.

    Raises:
        InputError: another number of lines or neighbours than claimed, a node out of range, a
            self-loop; with the line.
    """
    rows = [(i, line.split()) for i, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not rows or len(rows[0][1]) != 1 or not _NUMBER.fullmatch(rows[0][1][0]):
        where = f"{place}:{rows[0][0]}" if rows else place
        raise InputError(where, quote(" ".join(rows[0][1])) if rows else "no line", _EXPECTED)
    node_count = int(rows[0][1][0])
    where = f"{place}:{rows[0][0]}"
    if node_count > NODE_LIMIT:
        raise InputError(where, f"{node_count} nodes", f"at most {NODE_LIMIT}")
    if len(rows) - 1 != node_count:
        wrong = f"{node_count} nodes claimed, {len(rows) - 1} lines follow"
        raise InputError(where, wrong, "a line for every node")
    flat: list[int] = []
    places: list[int] = []
    for node, (number, fields) in enumerate(rows[1:]):
        where = f"{place}:{number}"
        for field in fields:
            if not _NUMBER.fullmatch(field):
                raise InputError(where, quote(field), "numbers only")
        degree, *neighbours = map(int, fields)
        if degree != len(neighbours):
            wrong = f"{degree} neighbours claimed, {len(neighbours)} listed"
            raise InputError(where, wrong, "'DEGREE NEIGHBOUR ...'")
        for neighbour in neighbours:
            if neighbour >= node_count:
                raise InputError(where, f"node {neighbour}", f"0 to {node_count - 1}")
            flat += (node, neighbour)
        places += [number] * degree
    listed = set(zip(flat[::2], flat[1::2], strict=True))
    directed = any((b, a) not in listed for a, b in listed)
    return build_graph(
        range(node_count),
        flat,
        place=place,
        place_of_edge=lambda edge: f"{place}:{places[edge]}",
        notes=[DIRECTED_NOTE] if directed else [],
        opposite_is_repeat=False,
    )


def looks_like_lad(content: Content) -> bool:
    """Whether all counts are right.

    Raises:
        InputError: they are wrong.
    """
    first = content.text.lstrip().split("\n", 1)[0]
    return first.strip().isdigit() and read_lad(content.text, content.place).edge_count > 0


def write_lad(graph: Graph, place: str) -> str:
    """Write the number of nodes, then ``DEGREE NEIGHBOUR ...``; nodes are numbered from 0."""
    lists = graph.neighbour_lists(both_ends=True)
    lines = [" ".join(map(str, [len(row), *row])) for row in lists]
    return "\n".join([str(graph.node_count), *lines, ""])
