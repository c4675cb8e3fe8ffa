"""Graphs in Pajek's ``.net`` form.

Format: http://mrvar.fdv.uni-lj.si/pajek/pajekman.pdf. Read here and compared with networkx in the
tests: networkx takes a comment, a relation's name or a second section for edges, makes one node of
two that have the same label, and needs a line for every vertex.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import Any

from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.formats.format import Content
from odesolve.problems.graphs.graph import (
    DIRECTED_NOTE,
    NODE_LIMIT,
    Graph,
    build_graph,
)
from odesolve.problems.graphs.weights import FoundWeights

__all__ = ["is_pajek", "read_pajek", "write_pajek"]

_START = re.compile(r"(?:\s+|%[^\n]*)*+\*(?:network|vertices)\b", re.IGNORECASE)
_FIELD = re.compile(r'"((?:[^"\\]|\\.)*+)"|(\S+)')
_NUMBER = re.compile(r"[0-9]{1,15}")
_EXPECTED = "Pajek: '*Vertices n', the vertices, then '*Edges' or '*Arcs'"


def is_pajek(content: Content) -> bool:
    """Whether the text begins with ``*Vertices`` or ``*Network``."""
    return _START.match(content.text) is not None


def read_pajek(text: str, place: str) -> Graph:
    """Read one network. Nodes are named by their labels, if no two have the same; else 1 to n.

    Sections read: ``*Edges``, ``*Arcs``, ``*Edgeslist``, ``*Arcslist`` and ``*Matrix``. Other
    sections than these, and a second network, are refused.

    Raises:
        InputError: with the line.
    """
    reader = _Reader(place)
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.lstrip().startswith("%"):
            reader.take(line.strip(), f"{place}:{number}")
    if reader.count is None:
        raise InputError(place, "there is no '*Vertices'", _EXPECTED)
    if reader.section == "matrix" and reader.rows != reader.count:
        wrong = f"{reader.rows} rows of a matrix of {reader.count} vertices"
        raise InputError(place, wrong, "a row for every vertex")
    names, notes = reader.names()
    notes += [DIRECTED_NOTE] * reader.directed
    return build_graph(
        names,
        [node - 1 for node in reader.flat],
        place=place,
        place_of_edge=lambda edge: reader.places[edge],
        notes=notes,
        opposite_is_repeat=not reader.directed,
        weights=FoundWeights(lambda: reader.weights) if reader.weighted else None,
    )


class _Reader:
    """Collects vertices and edges line by line."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.count: int | None = None
        self.labels: dict[int, str] = {}
        self.flat: list[int] = []
        self.places: list[str] = []
        self.weights: list[str | None] = []
        self.directed = self.weighted = False
        self.section = ""
        self.rows = 0
        self._networks = 0

    def take(self, line: str, where: str) -> None:
        """Read one line that is neither empty nor a comment."""
        if line.startswith("*"):
            self._open(line, where)
            return
        fields = [_unescaped(match[1]) if match[1] is not None else match[2]
                  for match in _FIELD.finditer(line)]  # fmt: skip
        if self.section == "vertices":
            self._vertex(fields, where)
        elif self.section == "matrix":
            self._row(fields, where)
        elif self.section in ("edgeslist", "arcslist"):
            nodes = [self._node(field, where) for field in fields]
            self._add(list(chain.from_iterable((nodes[0], node) for node in nodes[1:])), where)
        elif self.section:
            self._edge(fields, where)
        else:
            raise InputError(where, quote(line), _EXPECTED)

    def _open(self, line: str, where: str) -> None:
        word, *rest = line[1:].split() or [""]
        section = word.lower()
        if section == "network":
            self._networks += 1
            if self._networks > 1 or self.count is not None:
                raise InputError(where, "a second network", "one network")
            return
        if section == "vertices":
            if self.count is not None:
                raise InputError(where, "a second '*Vertices'", "one network")
            if not rest or not all(map(_NUMBER.fullmatch, rest)):
                raise InputError(where, quote(line), "'*Vertices n'")
            self.count = int(rest[0])
            if self.count > NODE_LIMIT:
                raise InputError(where, f"{self.count} vertices", f"at most {NODE_LIMIT}")
        elif section not in ("edges", "arcs", "edgeslist", "arcslist", "matrix"):
            raise InputError(where, f"section {quote('*' + word)} is not read", _EXPECTED)
        elif self.count is None:
            raise InputError(where, f"{quote('*' + word)} before '*Vertices'", _EXPECTED)
        self.section = section
        self.directed |= section in ("arcs", "arcslist", "matrix")

    def _node(self, field: str, where: str) -> int:
        assert self.count is not None
        if not _NUMBER.fullmatch(field) or not 1 <= int(field) <= self.count:
            raise InputError(where, quote(field), f"a vertex from 1 to {self.count}")
        return int(field)

    def _vertex(self, fields: list[str], where: str) -> None:
        node = self._node(fields[0], where)
        if node in self.labels:
            raise InputError(where, f"vertex {node} is listed twice", "every vertex once")
        self.labels[node] = fields[1] if len(fields) > 1 else fields[0]

    def _edge(self, fields: list[str], where: str) -> None:
        if len(fields) < 2:
            raise InputError(where, quote(" ".join(fields)), "two vertices")
        weight = fields[2] if len(fields) > 2 else None
        self._add([self._node(field, where) for field in fields[:2]], where, weight)
        self.weighted |= not re.fullmatch(r"|1(?:\.0*)?", "".join(fields[2:3]))

    def _row(self, fields: list[str], where: str) -> None:
        self.rows += 1
        if len(fields) != self.count or self.rows > self.count:
            wrong = f"row {self.rows} of {len(fields)} numbers"
            raise InputError(where, wrong, f"{self.count} rows of {self.count}")
        for node, field in enumerate(fields, 1):
            if not re.fullmatch(r"[+-]?[0-9]+(?:\.[0-9]*)?|[+-]?\.[0-9]+", field):
                raise InputError(where, quote(field), "a number")
            if float(field):
                self._add([self.rows, node], where, field)
                self.weighted |= float(field) != 1

    def _add(self, flat: list[int], where: str, weight: str | None = None) -> None:
        self.flat += flat
        self.places += [where] * (len(flat) // 2)
        self.weights += [weight] * (len(flat) // 2)

    def names(self) -> tuple[list[Any], list[str]]:
        """The vertices' names, and a note where labels are no names."""
        numbers: list[Any] = list(range(1, (self.count or 0) + 1))
        if all(self.labels.get(node, str(node)) == str(node) for node in numbers):
            return numbers, []
        labels = [self.labels.get(node, str(node)) for node in numbers]
        if len(set(labels)) < len(labels) or not all(labels):
            return numbers, ["labels are not distinct: nodes are named by their numbers"]
        return labels, []


def _unescaped(text: str) -> str:
    """What networkx writes inside quotes."""
    return re.sub(r'\\(["\\])', r"\1", text)


def write_pajek(graph: Graph, place: str) -> str:
    """Write vertices with their names as labels, then edges.

    Not by networkx, which leaves quotes in a name as they are.
    """
    escaped = [re.sub(r'(["\\])', r"\\\1", label) for label in graph.labels]
    vertices = [f'{number} "{label}"' for number, label in enumerate(escaped, 1)]
    edges = [f"{a} {b}" for a, b in (graph.edges + 1).tolist()]
    return "\n".join([f"*Vertices {graph.node_count}", *vertices, "*Edges", *edges, ""])
