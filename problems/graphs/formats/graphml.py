"""Graphs in GraphML."""

from __future__ import annotations

from xml.parsers import expat

from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.formats.format import Content
from odesolve.problems.graphs.graph import DIRECTED_NOTE, Graph, graph_of_named_edges
from odesolve.problems.graphs.weights import WEIGHTED_NOTE, FoundWeights

__all__ = ["is_xml", "read_graphml", "write_graphml"]


def is_xml(content: Content) -> bool:
    """Whether the text begins as XML does."""
    return content.text.lstrip().startswith("<")


def read_graphml(text: str, place: str) -> Graph:
    """Read the graph of a GraphML file; node names are its ids, as text.

    Read from the parser's events, not with networkx: these know the line, and a document type
    (where entities are declared, the bombs among them) is refused before anything is expanded.

    Raises:
        InputError: with the line.
    """
    reader = _Reader(place)
    try:
        reader.parser.Parse(text, True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        raise InputError(f"{place}:{error.lineno}", f"broken XML ({reason})", "GraphML") from None
    if reader.graphs == 0:
        raise InputError(place, "there is no <graph>", "GraphML with one graph")
    notes = [DIRECTED_NOTE] * reader.directed + [WEIGHTED_NOTE] * reader.weighted
    return graph_of_named_edges(
        reader.ends,
        declared=reader.nodes,
        closed=True,
        place=place,
        place_of_edge=lambda edge: f"{place}:{reader.lines[edge]}",
        notes=notes,
        opposite_is_repeat=not reader.directed,
        weights=FoundWeights(lambda: reader.weights) if reader.weight_keys else None,
    )


class _Reader:
    """Collects nodes and edges while the parser runs."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.nodes: list[str] = []
        self.ends: list[str] = []
        self.lines: list[int] = []
        self.weights: list[str | None] = []
        # Ids by which edges name their weights: networkx writes one for each type of number.
        self.weight_keys: set[str | None] = set()
        self._default: str | None = None
        self._text: list[str] | None = None  # of the element whose content is wanted
        self.graphs = 0
        self.directed = self.weighted = False
        self._key: str | None = None
        self._path: list[str] = []
        # Parsing str, with the encoding given, leaves nothing to the file's own declaration.
        self.parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._refuse_document_type
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _error(self, wrong: str, expected: str) -> InputError:
        return InputError(f"{self.place}:{self.parser.CurrentLineNumber}", wrong, expected)

    def _refuse_document_type(self, *_: object) -> None:
        raise self._error("a document type (DOCTYPE) is not read", "GraphML without one")

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def _end(self, _: str) -> None:
        tag = self._path.pop()
        if self._text is None or tag not in ("data", "default"):
            return
        text, self._text = "".join(self._text).strip(), None
        if tag == "default":
            self._default = text
        else:
            self.weights[-1] = text

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]  # without its namespace
        if not self._path and tag != "graphml":
            raise self._error(f"the root is <{tag}>", "<graphml>")
        if tag == "graph" and self._path == ["graphml"]:
            self.graphs += 1
            if self.graphs > 1:
                raise self._error("a second graph", "one graph")
        if tag == "graph":
            self.directed |= attributes.get("edgedefault") == "directed"
        elif tag == "node":
            self.nodes.append(self._attribute(tag, attributes, "id"))
        elif tag == "edge":
            self.directed |= attributes.get("directed") == "true"
            self.ends.append(self._attribute(tag, attributes, "source"))
            self.ends.append(self._attribute(tag, attributes, "target"))
            self.lines.append(self.parser.CurrentLineNumber)
            self.weights.append(self._default)
        elif tag == "hyperedge":
            raise self._error("a hyperedge", "edges between two nodes")
        elif tag == "key" and attributes.get("attr.name") == "weight":
            if attributes.get("for") in ("edge", "all"):
                self.weighted |= attributes["for"] == "edge"
                self.weight_keys.add(attributes.get("id"))
        elif self.weight_keys and self._path:
            own = tag == "data" and self._path[-1] == "edge"
            if own and attributes.get("key") in self.weight_keys:
                self._text = []
            elif tag == "default" and self._path[-1] == "key" and not self.ends:
                self._text = [] if self._key in self.weight_keys else None
        if tag == "key":
            self._key = attributes.get("id")
        self._path.append(tag)

    def _attribute(self, tag: str, attributes: dict[str, str], wanted: str) -> str:
        if wanted not in attributes:
            raise self._error(f"<{tag}> without {quote(wanted)}", f'<{tag} {wanted}="...">')
        return attributes[wanted]


def write_graphml(graph: Graph, place: str) -> str:
    """Write GraphML, by networkx; nodes have their names as ids."""
    import networkx

    return "\n".join([*networkx.generate_graphml(graph.to_networkx(graph.labels)), ""])
