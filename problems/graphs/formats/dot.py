"""Graphs in Graphviz's DOT language.

Language: https://graphviz.org/doc/info/lang.html. Read here, in one pass, and compared with pydot
in the tests: pydot takes seconds for some thousand edges, doubles its time with every brace that is
nested, and drops what follows the first graph without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.formats.format import Content
from odesolve.problems.graphs.graph import (
    DIRECTED_NOTE,
    Graph,
    graph_of_named_edges,
)
from odesolve.problems.graphs.weights import FoundWeights

__all__ = ["is_dot", "read_dot", "write_dot"]

EDGE_LIMIT = 20_000_000
"""Most edges accepted: ``{a b c} -- {d e f}`` is nine of them, so a short text may mean many."""

_DEEPEST = 100  # braces within braces
_SKIPPED = r"(?:\s+|//[^\n]*|/\*.*?\*/|#[^\n]*)*+"
_START = re.compile(
    _SKIPPED + r"(?:strict\b" + _SKIPPED + r")?(?:di)?graph\b" + _SKIPPED
    + r'(?:[\w.]++|"(?:[^"\\]|\\.)*+")?' + _SKIPPED + r"\{",
    re.DOTALL | re.IGNORECASE,
)  # fmt: skip
_TOKEN = re.compile(
    _SKIPPED
    + r'(?:(?P<mark>--|->|[{}\[\];,=:+])|(?P<quoted>"(?:[^"\\]|\\.)*+")|(?P<html><)'
    + r"|(?P<word>-?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?![\w.])|[\w.]+))",
    re.DOTALL,
)
_KEYWORDS = {"node", "edge", "graph", "digraph", "subgraph", "strict"}


class _Token(NamedTuple):
    """A word of the text: `kind` is "mark", "name", "keyword" or "end"."""

    kind: str
    text: str
    line: int


def is_dot(content: Content) -> bool:
    """Whether the text begins as ``graph NAME {`` or ``digraph {`` do."""
    return _START.match(content.text) is not None


def read_dot(text: str, place: str) -> Graph:
    """Read one graph; node names are its ids, as text. Nodes of subgraphs are nodes.

    Raises:
        InputError: broken DOT, a second graph, a self-loop; with the line.
    """
    parser = _Parser(text, place)
    parser.read()
    notes = [DIRECTED_NOTE] * parser.directed
    return graph_of_named_edges(
        parser.ends,
        declared=list(parser.nodes),
        place=place,
        place_of_edge=lambda edge: f"{place}:{parser.lines[edge]}",
        notes=notes,
        opposite_is_repeat=not parser.directed,
        weights=FoundWeights(lambda: parser.weights) if parser.weighted else None,
    )


def _tokens(text: str, place: str) -> Iterator[_Token]:
    at, line = 0, 1
    end = len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if not match:
            skipped = re.compile(_SKIPPED, re.DOTALL).match(text, at)
            at = skipped.end() if skipped else at
            if at >= end:
                break
            line = text.count("\n", 0, at) + 1
            wrong = f"broken DOT at {quote(text[at : at + 20])}"
            raise InputError(f"{place}:{line}", wrong, "names, edges and attributes")
        kind = str(match.lastgroup)
        start = match.start(kind)
        line += text.count("\n", at, start)
        at = match.end()
        found = match[kind]
        if kind == "html":
            at = _end_of_html(text, start, f"{place}:{line}")
            yield _Token("name", text[start:at], line)
        elif kind == "quoted":
            yield _Token("name", _unquoted(found), line)
        elif kind == "word":
            yield _Token("keyword" if found.lower() in _KEYWORDS else "name", found, line)
        else:
            yield _Token("mark", found, line)
        line += text.count("\n", start, at)
    yield _Token("end", "the end of the file", line)


def _end_of_html(text: str, start: int, where: str) -> int:
    depth = 0
    for mark in re.finditer("[<>]", text[start:]):
        depth += 1 if mark[0] == "<" else -1
        if not depth:
            return start + mark.end()
    raise InputError(where, "an open '<'", "HTML that ends with '>'")


def _unquoted(text: str) -> str:
    """A quoted id's content: only the quote is escaped in DOT, and a line break may be."""
    return text[1:-1].replace("\\\n", "").replace('\\"', '"')


class _Parser:
    """Collects nodes and edges while it goes through the words once."""

    def __init__(self, text: str, place: str) -> None:
        self.place = place
        self.nodes: dict[str, None] = {}
        self.ends: list[str] = []
        self.lines: list[int] = []
        self.weights: list[str | None] = []
        self._default_weight: str | None = None
        self.directed = self.weighted = False
        self._tokens = _tokens(text, place)
        self._next = next(self._tokens)

    def _error(self, expected: str) -> InputError:
        token = self._next
        found = token.text if token.kind == "end" else quote(token.text)
        return InputError(f"{self.place}:{token.line}", f"found {found} in DOT", expected)

    def _take(self) -> _Token:
        token = self._next
        if token.kind != "end":
            self._next = next(self._tokens)
        return token

    def _is(self, text: str) -> bool:
        token = self._next
        return token.text.lower() == text and token.kind in ("mark", "keyword")

    def _skip(self, text: str) -> bool:
        found = self._is(text)
        if found:
            self._take()
        return found

    def _expect(self, text: str) -> None:
        if not self._skip(text):
            raise self._error(quote(text))

    def read(self) -> None:
        """Read the one graph of the text."""
        self._skip("strict")
        self.directed = self._is("digraph")
        if not self.directed and not self._is("graph"):
            raise self._error("'graph' or 'digraph'")
        self._take()
        if self._next.kind == "name":
            self._name()
        self._expect("{")
        self._statements(0)
        if self._next.kind != "end":
            raise self._error("one graph, and nothing behind it")

    def _name(self) -> str:
        """An id; pieces in quotes are joined by ``+``."""
        if self._next.kind != "name":
            raise self._error("a name")
        name = self._take().text
        while self._skip("+"):
            if self._next.kind != "name":
                raise self._error("a name in quotes")
            name += self._take().text
        return name

    def _statements(self, depth: int) -> dict[str, None]:
        """Statements up to the closing brace; the nodes that they name."""
        if depth > _DEEPEST:
            raise self._error(f"at most {_DEEPEST} braces within one another")
        found: dict[str, None] = {}
        outside = self._default_weight
        while not self._skip("}"):
            if self._skip(";"):
                continue
            if self._is("node") or self._is("edge") or self._is("graph"):
                kind = self._take().text.lower()
                if not self._is("["):
                    raise self._error("'[' and default attributes")
                defaults = self._attributes()
                if kind == "edge" and "weight" in defaults:
                    self._default_weight = defaults["weight"]
                continue
            found |= self._statement(depth)
        self._default_weight = outside  # defaults end with the braces that they stand in
        return found

    def _statement(self, depth: int) -> dict[str, None]:
        """An assignment, a node, a subgraph, or edges along a chain of these."""
        line = self._next.line
        is_name = self._next.kind == "name"
        nodes = self._end_point(depth)
        if is_name and self._is("="):
            self._take()
            self._name()
            for name in nodes:  # of an attribute, not of a node
                if nodes[name] == "new":
                    del self.nodes[name]
            return {}
        found = dict.fromkeys(nodes)
        operator = "->" if self.directed else "--"
        joined: list[int] = []  # edges of this chain: a subgraph in it has edges of its own
        while self._is("--") or self._is("->"):
            if not self._skip(operator):
                raise self._error(f"{quote(operator)}, as the graph's kind demands")
            other = self._end_point(depth)
            joined += self._join(nodes, other, line)
            found |= dict.fromkeys(other)
            nodes = other
        weight = self._attributes().get("weight", self._default_weight)
        if weight is not None and joined:
            self.weighted = True
            for edge in joined:
                self.weights[edge] = weight
        return found

    def _join(self, first: dict[str, str], second: dict[str, str], line: int) -> range:
        """Edges from each of the first to each of the second; their numbers."""
        count = len(first) * len(second)
        if len(self.lines) + count > EDGE_LIMIT:
            raise InputError(f"{self.place}:{line}", "too many edges", f"at most {EDGE_LIMIT}")
        for source in first:
            for target in second:
                self.ends += (source, target)
        self.lines += [line] * count
        self.weights += [None] * count
        return range(len(self.lines) - count, len(self.lines))

    def _end_point(self, depth: int) -> dict[str, str]:
        """A node, perhaps with a port, or a subgraph; its nodes, and which of them are new."""
        if self._is("subgraph") or self._is("{"):
            if self._skip("subgraph") and self._next.kind == "name":
                self._name()
            self._expect("{")
            return dict.fromkeys(self._statements(depth + 1), "old")
        name = self._name()
        age = "old" if name in self.nodes else "new"
        self.nodes[name] = None
        for _ in range(2):  # a port and its compass point
            if self._skip(":"):
                self._name()
        return {name: age}

    def _attributes(self) -> dict[str, str]:
        """The attributes in brackets, and their values."""
        found = {}
        while self._skip("["):
            while not self._skip("]"):
                name = self._attribute_name()
                found[name] = self._attribute_name() if self._skip("=") else "true"
                _ = self._skip(",") or self._skip(";")
        return found

    def _attribute_name(self) -> str:
        if self._next.kind == "keyword":
            return self._take().text
        return self._name()


def write_dot(graph: Graph, place: str) -> str:
    """Write every node and every edge; names are quoted, but for numbers and plain words."""
    ids = [_id(label) for label in graph.labels]
    edges = [f"  {ids[a]} -- {ids[b]};" for a, b in graph.edges.tolist()]
    return "\n".join(["graph {", *(f"  {name};" for name in ids), *edges, "}", ""])


def _id(label: str) -> str:
    plain = re.fullmatch(r"[A-Za-z_]\w*|[0-9]+", label, re.ASCII) and label.lower() not in _KEYWORDS
    escaped = label.replace('"', '\\"')
    return label if plain else f'"{escaped}"'
