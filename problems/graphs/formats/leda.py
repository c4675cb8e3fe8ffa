"""Graphs in LEDA's native form.

Format: http://www.algorithmic-solutions.info/leda_guide/graphs/leda_native_graph_fileformat.html.
Read here and compared with networkx in the tests: networkx makes one node of two that have the
same label, and believes the counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.formats.format import Content
from odesolve.problems.graphs.graph import DIRECTED_NOTE, NODE_LIMIT, Graph, build_graph
from odesolve.problems.graphs.weights import FoundWeights

__all__ = ["is_leda", "read_leda", "write_leda"]

_START = re.compile(r"(?:\s+|#[^\n]*)*+LEDA\.GRAPH\b")
_EDGE = re.compile(r"([0-9]{1,15})\s+([0-9]{1,15})\s+([0-9]{1,15})\s+\|\{(.*)\}\|")
_NUMBERS = {"int", "long", "short", "float", "double", "integer"}  # types that weigh an edge
_EXPECTED = "LEDA: 'LEDA.GRAPH', two types, -1 or -2, then counted nodes and counted edges"


def is_leda(content: Content) -> bool:
    """Whether the text begins with ``LEDA.GRAPH``."""
    return _START.match(content.text) is not None


def read_leda(text: str, place: str) -> Graph:
    """Read a LEDA graph. Nodes are named by their labels, if no two have the same; else 1 to n.

    Raises:
        InputError: another count than is claimed, a node out of range, a self-loop; with the line.
    """
    lines = _Lines(text, place)
    lines.take(r"LEDA\.GRAPH", "'LEDA.GRAPH'")
    lines.take(r".*", "the type of the nodes")
    kind = lines.take(r".*", "the type of the edges")
    directed = lines.take(r"-[12]", "-1 (directed) or -2 (undirected)") == "-1"
    count = lines.count("the number of nodes")
    labels = [lines.take(r"\|\{.*\}\|", "a node's '|{label}|'")[2:-2] for _ in range(count)]
    flat: list[int] = []
    places: list[str] = []
    weights: list[str] = []
    for _ in range(lines.count("the number of edges")):
        edge = _EDGE.fullmatch(lines.take(_EDGE.pattern, "'SOURCE TARGET REVERSAL |{label}|'"))
        assert edge is not None
        weights.append(edge[4])
        for node in (int(edge[1]), int(edge[2])):
            if not 1 <= node <= count:
                raise InputError(lines.where, f"node {node}", f"1 to {count}")
            flat.append(node - 1)
        places.append(lines.where)
    lines.finish()
    names, notes = _names(labels)
    return build_graph(
        names,
        flat,
        place=place,
        place_of_edge=lambda edge: places[edge],
        notes=notes + [DIRECTED_NOTE] * directed,
        opposite_is_repeat=not directed,
        weights=FoundWeights(lambda: weights, "") if kind in _NUMBERS else None,
    )


class _Lines:
    """The lines that are neither empty nor comments, taken one by one."""

    def __init__(self, text: str, place: str) -> None:
        self.where = place
        self._place = place
        self._lines: Iterator[tuple[int, str]] = (
            (number, line.strip())
            for number, line in enumerate(text.split("\n"), 1)
            if line.strip() and not line.startswith("#")
        )
        self._total = text.count("\n") + 1

    def take(self, pattern: str, expected: str) -> str:
        """The next line, which must match."""
        number, line = next(self._lines, (0, None))
        if line is None:
            raise InputError(self._place, "the file ends too early", expected)
        self.where = f"{self._place}:{number}"
        if not re.fullmatch(pattern, line):
            raise InputError(self.where, quote(line), expected)
        return line

    def count(self, expected: str) -> int:
        """A number that the file is long enough for."""
        found = int(self.take("[0-9]{1,15}", expected))
        if found > min(self._total, NODE_LIMIT):
            raise InputError(self.where, f"{found} claimed in {self._total} lines", expected)
        return found

    def finish(self) -> None:
        """Refuse what follows."""
        number, line = next(self._lines, (0, None))
        if line is not None:
            raise InputError(f"{self._place}:{number}", quote(line), "nothing after the edges")


def _names(labels: list[str]) -> tuple[list[Any], list[str]]:
    numbers: list[Any] = list(range(1, len(labels) + 1))
    if not any(labels):
        return numbers, []
    named = [label or str(number) for number, label in zip(numbers, labels, strict=True)]
    if len(set(named)) < len(named):
        return numbers, ["labels are not distinct: nodes are named by their numbers"]
    return named, []


def write_leda(graph: Graph, place: str) -> str:
    """Write LEDA's native form, undirected; nodes have their names as labels."""
    nodes = [f"|{{{label}}}|" for label in graph.labels]
    edges = [f"{a} {b} 0 |{{}}|" for a, b in (graph.edges + 1).tolist()]
    head = ["LEDA.GRAPH", "string", "void", "-2"]
    return "\n".join([*head, str(len(nodes)), *nodes, str(len(edges)), *edges, ""])
