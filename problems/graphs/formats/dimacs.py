"""Graphs in DIMACS ``.col`` form: ``p edge NODES EDGES``, then ``e A B`` lines."""

from __future__ import annotations

import re
from dataclasses import replace

from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.formats.format import Content
from odesolve.problems.graphs.graph import NODE_LIMIT, Graph, build_graph
from odesolve.problems.graphs.weights import FoundWeights

__all__ = ["is_dimacs", "read_dimacs_graph", "write_dimacs_graph"]

_NUMBER = re.compile(r"[0-9]{1,15}")
_HEADER = re.compile(r"^p[ \t]+(?:edge|edges|col|cnf)\b", re.MULTILINE | re.IGNORECASE)
_IGNORED = {"c", "n", "d", "v", "x"}  # comments, node weights, and geometry of the full format


def is_dimacs(content: Content) -> bool:
    """Whether a line is a header: ``p edge``, ``p col``, or that of a formula."""
    return _HEADER.search(content.text) is not None


def read_dimacs_graph(text: str, place: str) -> Graph:
    """Read a ``.col`` file; nodes are named 1 to n, edges may be listed once or twice.

    The header's number of edges is often wrong: that is a note. Its number of nodes is not.
    Words behind the header's numbers are ignored with a note.

    Raises:
        InputError: no header or two, a line that is none of the format's, a node out of range,
            a self-loop; always with the line.
    """
    node_count = claimed = None
    flat: list[int] = []
    lines: list[int] = []
    weights: list[str | None] = []
    words = ""
    for number, line in enumerate(text.split("\n"), 1):
        fields = line.split()
        if not fields or fields[0] in _IGNORED or line[0] == "c":
            continue
        where = f"{place}:{number}"
        if fields[0] == "e" and node_count is not None:
            flat += _edge(fields, node_count, where)
            lines.append(number)
            weights.append(fields[3] if len(fields) > 3 else None)
        elif fields[0] == "p" and node_count is None:
            node_count, claimed = _header(fields, where)
            words = " ".join(fields[4:])
        elif fields[0] == "p":
            raise InputError(where, "a second header", "one line 'p edge NODES EDGES'")
        elif fields[0] == "e":
            raise InputError(where, "an edge before the header", "'p edge NODES EDGES' first")
        else:
            raise InputError(where, quote(line), "a line that begins with c, p or e")
    if node_count is None:
        raise InputError(place, "there is no header", "a line 'p edge NODES EDGES'")
    notes = [f"words behind the header ignored: {quote(words)}"] if words else []
    graph = build_graph(
        range(1, node_count + 1),
        [node - 1 for node in flat],
        place=place,
        place_of_edge=lambda edge: f"{place}:{lines[edge]}",
        notes=notes,
        weights=FoundWeights(lambda: weights) if any(weights) else None,
    )
    # Some files count every edge once and list it twice.
    if claimed not in (len(lines), graph.edge_count):
        note = f"the header claims {claimed} edges, the file lists {len(lines)}"
        return replace(graph, notes=(note, *graph.notes))
    return graph


def _header(fields: list[str], where: str) -> tuple[int, int]:
    if fields[1:2] == ["cnf"]:
        raise InputError(where, "a CNF formula", "a graph: 'p edge NODES EDGES'")
    kinds = {"edge", "edges", "col"}
    if (
        len(fields) < 4
        or fields[1].lower() not in kinds
        or not all(_NUMBER.fullmatch(field) for field in fields[2:4])
        or any(field[0].isdigit() for field in fields[4:])  # a third number says something
    ):
        raise InputError(where, quote(" ".join(fields)), "'p edge NODES EDGES'")
    if int(fields[2]) > NODE_LIMIT:
        raise InputError(where, f"the header claims {fields[2]} nodes", f"at most {NODE_LIMIT}")
    return int(fields[2]), int(fields[3])


def _edge(fields: list[str], node_count: int, where: str) -> tuple[int, int]:
    # A fourth field is an edge's weight, as in the GEOM graphs.
    if len(fields) not in (3, 4) or not (
        _NUMBER.fullmatch(fields[1]) and _NUMBER.fullmatch(fields[2])
    ):
        raise InputError(where, quote(" ".join(fields)), "'e A B' with two node numbers")
    first, second = int(fields[1]), int(fields[2])
    for node in (first, second):
        if not 1 <= node <= node_count:
            raise InputError(where, f"node {node}", f"1 to {node_count}, as the header says")
    return first, second


def write_dimacs_graph(graph: Graph, place: str) -> str:
    """Write ``p edge NODES EDGES`` and every edge once; nodes are numbered from 1."""
    edges = [f"e {a} {b}" for a, b in (graph.edges + 1).tolist()]
    return "\n".join([f"p edge {graph.node_count} {graph.edge_count}", *edges, ""])
