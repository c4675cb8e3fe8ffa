"""Graphs in METIS form: ``n m [fmt [ncon]]``, then one line of neighbours for every node.

Format: section 4.1.1 of https://karypis.github.io/glaros/files/sw/metis/manual.pdf.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import numpy as np

from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.formats.format import Content
from odesolve.problems.graphs.graph import NODE_LIMIT, Graph, build_graph
from odesolve.problems.graphs.weights import WEIGHTED_NOTE, FoundWeights

__all__ = ["looks_like_metis", "read_metis", "write_metis"]

_NUMBER = re.compile(r"[0-9]{1,15}")
_WEIGHT = re.compile(r"[0-9]{1,300}(?:\.[0-9]{0,99})?")
_HEADER = re.compile(r"\s*([0-9]{1,15})\s+([0-9]{1,15})(?:\s+([01]{1,3})(?:\s+([0-9]{1,3}))?)?\s*")
_EXPECTED = "METIS: 'n m [fmt [ncon]]', then a line of neighbours for every node"


class _Layout(NamedTuple):
    """What stands in a node's line besides its neighbours."""

    before: int  # vertex sizes and weights
    edge_weights: bool


def read_metis(text: str, place: str) -> Graph:
    """Read a METIS graph; nodes are named 1 to n. Weights and sizes are ignored with a note.

    Raises:
        InputError: no header, another number of lines or edges than it says, a node out of
            range, an edge listed at one end only, a self-loop; with the line.
    """
    lines = [(i, line) for i, line in enumerate(text.split("\n"), 1) if not line.startswith("%")]
    while lines and not lines[0][1].strip():
        del lines[0]
    match = _HEADER.fullmatch(lines[0][1]) if lines else None
    if not match:
        where = f"{place}:{lines[0][0]}" if lines else place
        raise InputError(where, quote(lines[0][1].strip()) if lines else "no line", _EXPECTED)
    where = f"{place}:{lines[0][0]}"
    node_count, edge_count = int(match[1]), int(match[2])
    if node_count > NODE_LIMIT:
        raise InputError(where, f"{node_count} nodes", f"at most {NODE_LIMIT}")
    # Blank lines are nodes without neighbours; those behind the last node are none.
    while len(lines) > node_count + 1 and not lines[-1][1].strip():
        del lines[-1]
    if len(lines) - 1 != node_count:
        wrong = f"{node_count} nodes claimed, {len(lines) - 1} lines follow"
        raise InputError(where, wrong, "a line for every node")
    flags = (match[3] or "").rjust(3, "0")
    weights = int(match[4] or 1) if flags[1] == "1" else 0
    layout = _Layout(before=weights + (flags[0] == "1"), edge_weights=flags[2] == "1")
    flat: list[int] = []
    places: list[int] = []
    weights_of_edges: list[str] = []
    for node, (number, line) in enumerate(lines[1:]):
        neighbours, own = _neighbours(line, layout, node_count, f"{place}:{number}")
        for neighbour in neighbours:
            flat += (node, neighbour - 1)
            places.append(number)
        weights_of_edges += own
    graph = build_graph(
        range(1, node_count + 1),
        flat,
        place=place,
        place_of_edge=lambda edge: f"{place}:{places[edge]}",
        notes=[WEIGHTED_NOTE] if "1" in flags else [],
        opposite_is_repeat=False,
        weights=FoundWeights(lambda: weights_of_edges) if layout.edge_weights else None,
    )
    _check_ends(np.array(flat, dtype=np.int64).reshape(-1, 2), places, place)
    if len(places) != 2 * edge_count:
        wrong = f"{edge_count} edges claimed, {len(places)} neighbours listed"
        raise InputError(where, wrong, "every edge at both its ends")
    return graph


def _neighbours(
    line: str, layout: _Layout, node_count: int, where: str
) -> tuple[list[int], list[str]]:
    """The neighbours in a line, and the weights behind them."""
    weights: list[str] = []
    fields = line.split()
    if len(fields) < layout.before or not all(map(_WEIGHT.fullmatch, fields[: layout.before])):
        wrong = f"{quote(line.strip())} without its {layout.before} weights"
        raise InputError(where, wrong, "the weights that the header's 'fmt' and 'ncon' ask for")
    fields = fields[layout.before :]
    if layout.edge_weights:
        if len(fields) % 2 or not all(map(_WEIGHT.fullmatch, fields[1::2])):
            wrong = f"{quote(line.strip())} is not made of neighbours and weights"
            raise InputError(where, wrong, "a weight behind every neighbour, as 'fmt' says")
        fields, weights = fields[::2], fields[1::2]
    for field in fields:
        if not _NUMBER.fullmatch(field) or not 1 <= int(field) <= node_count:
            expected = f"a node from 1 to {node_count}, as the header says"
            raise InputError(where, quote(field), expected)
    return list(map(int, fields)), weights


def _check_ends(pairs: np.ndarray, places: list[int], place: str) -> None:
    """Refuse an edge that is listed at one of its ends only, or not as often as at the other."""
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    mirrored = np.lexsort((pairs[:, 0], pairs[:, 1]))
    there, back = pairs[order], pairs[mirrored][:, ::-1]
    if np.array_equal(there, back):
        return
    keys = {(int(a), int(b)) for a, b in pairs}
    at = next((i for i, (a, b) in enumerate(pairs.tolist()) if (b, a) not in keys), 0)
    first, second = (pairs[at] + 1).tolist()
    wrong = f"node {first} lists {second}, which does not list it as often"
    raise InputError(f"{place}:{places[at]}", wrong, "every edge at both its ends")


def looks_like_metis(content: Content) -> bool:
    """Whether the header's counts are right, and every edge is listed at both ends.

    Raises:
        InputError: they are wrong.
    """
    return read_metis(content.text, content.place).edge_count > 0


def write_metis(graph: Graph, place: str) -> str:
    """Write ``n m``, then the neighbours of every node; nodes are numbered from 1."""
    lists = graph.neighbour_lists(both_ends=True)
    lines = [" ".join(str(neighbour + 1) for neighbour in row) for row in lists]
    return "\n".join([f"{graph.node_count} {graph.edge_count}", *lines, ""])
