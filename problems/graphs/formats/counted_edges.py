"""Edge lists whose first line is ``n m``: the numbers of nodes and edges."""

from __future__ import annotations

import re

from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.formats.format import Content
from odesolve.problems.graphs.graph import NODE_LIMIT, Graph, build_graph
from odesolve.problems.graphs.rows import Row, Table, is_number, table_of
from odesolve.problems.graphs.weights import FoundWeights

__all__ = [
    "looks_like_counted_edges",
    "nearly_counted_edges",
    "read_counted_edges",
    "write_counted_edges",
]

_NUMBER = re.compile(r"[0-9]{1,15}")
_EXPECTED = "a first line 'n m', then m lines 'a b' with nodes from 1 to n, or from 0 to n - 1"


def read_counted_edges(text: str, place: str) -> Graph:
    """Read ``n m``, then m edges. Nodes are named 0 to n-1 if 0 is among them, else 1 to n.

    Further columns of the edges are ignored with a note.

    Raises:
        InputError: another number of edges, a node out of range, a self-loop; with the line.
    """
    table = table_of(text, place)
    if not table.rows:
        raise InputError(place, "there is no line", _EXPECTED)
    line, fields = table.rows[0]
    where = f"{place}:{line}"
    if len(fields) != 2 or not all(map(_NUMBER.fullmatch, fields)):
        raise InputError(where, quote(table.line(table.rows[0])), _EXPECTED)
    node_count, edge_count = map(int, fields)
    if node_count > NODE_LIMIT:
        raise InputError(where, f"{node_count} nodes", f"at most {NODE_LIMIT}")
    rows = table.rows[1:]
    if len(rows) != edge_count:
        wrong = f"{edge_count} edges claimed, {len(rows)} lines follow"
        raise InputError(where, wrong, "as many lines as edges")
    flat: list[int] = []
    for row in rows:
        if len(row.fields) < 2 or not all(map(_NUMBER.fullmatch, row.fields[:2])):
            raise InputError(f"{place}:{row.line}", quote(table.line(row)), "two node numbers")
        flat += map(int, row.fields[:2])
    first = 0 if 0 in flat else 1
    for at, node in enumerate(flat):
        if not first <= node < first + node_count:
            expected = f"{first} to {first + node_count - 1}, as the first line says"
            raise InputError(f"{place}:{rows[at // 2].line}", f"node {node}", expected)
    more = next((row for row in rows if len(row.fields) > 2), None)
    weights = None
    if more:
        shown = quote(table.line(more))
        note = f"columns beyond the second ignored, as in line {more.line}: {shown}"
        weights = FoundWeights(lambda: _weights(rows, place), note)
    return build_graph(
        range(first, first + node_count),
        [node - first for node in flat],
        place=place,
        place_of_edge=lambda edge: f"{place}:{rows[edge].line}",
        weights=weights,
    )


def _weights(rows: list[Row], place: str) -> list[str]:
    """The third column.

    Raises:
        InputError: a row without one, or with more.
    """
    for row in rows:
        if len(row.fields) != 3:
            where = f"{place}:{row.line}"
            raise InputError(where, f"{len(row.fields)} columns", "two nodes and a weight")
    return [row.fields[2] for row in rows]


def looks_like_counted_edges(content: Content) -> bool:
    """Whether the first line counts the nodes and edges that follow.

    All lines have as many columns, further ones of numbers only.

    Raises:
        InputError: the counts are wrong.
    """
    if not _first_may_count(content.table):
        return False
    rows = content.table.rows[1:]
    if len(rows) != int(content.table.rows[0].fields[1]):
        return False
    width = {len(row.fields) for row in rows}
    if len(width) > 1 or not all(all(map(is_number, row.fields[2:])) for row in rows):
        return False
    read_counted_edges(content.text, content.place)
    return True


def nearly_counted_edges(content: Content) -> str | None:
    """How a text may be ``n m`` and edges of which some are lost: what is wrong; None if not.

    It may be if the first line claims more edges than there are, and at least as many nodes.
    """
    table = content.table
    if not _first_may_count(table):
        return None
    nodes, edges = map(int, table.rows[0].fields)
    rows = table.rows[1:]
    names = [field for row in rows for field in row.fields[:2]]
    if len(rows) >= edges or not all(map(_NUMBER.fullmatch, names)):
        return None
    if any(int(name) > nodes for name in names):
        return None
    return f"either an edge, or 'n m' with {edges} edges of which only {len(rows)} follow"


def _first_may_count(table: Table) -> bool:
    return (
        bool(table.rows)
        and len(table.rows[0].fields) == 2
        and all(map(_NUMBER.fullmatch, table.rows[0].fields))
    )


def write_counted_edges(graph: Graph, place: str) -> str:
    """Write ``n m``, then every edge; nodes are numbered from 1."""
    edges = [f"{a} {b}" for a, b in (graph.edges + 1).tolist()]
    return "\n".join([f"{graph.node_count} {graph.edge_count}", *edges, ""])
