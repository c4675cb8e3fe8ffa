"""Graphs as JSON: pairs, {"edges": ...}, node-link, adjacency object, adjacency data."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import chain
from typing import Any

from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.formats.format import Content
from odesolve.problems.graphs.graph import (
    DIRECTED_NOTE,
    NODE_LIMIT,
    Graph,
    graph_of_named_edges,
)
from odesolve.problems.graphs.node_colors import resolve_colors
from odesolve.problems.graphs.weights import FoundWeights
from odesolve.problems.json_text import parse_json

__all__ = ["is_json", "read_json_graph", "write_json_graph"]

_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,17}")
_SHAPES = 'a list of pairs, or an object with "edges", "links" or lists of neighbours'


def is_json(content: Content) -> bool:
    """Whether the text begins as a JSON object or list does."""
    return content.text.lstrip().startswith(("{", "["))


def read_json_graph(text: str, place: str) -> Graph:
    """Read any of the JSON forms of a graph.

    Raises:
        InputError: not JSON, or none of the forms; edges are counted from 1.
    """
    document = parse_json(text, place)
    if isinstance(document, list):
        document = {"edges": document}
    if not isinstance(document, dict):
        raise InputError(place, f"the JSON is {_kind(document)}", _SHAPES)
    colors = {}
    if isinstance(document.get("precoloring"), dict):
        colors = document.pop("precoloring")
    elif "precoloring" in document and {"edges", "links", "adjacency"} & document.keys():
        raise InputError(
            place,
            f'"precoloring" is {_kind(document["precoloring"])}',
            "an object {node name: colour}",
        )
    try:
        graph = _read_object(document, place)
    except RecursionError:
        raise InputError(place, "a node name is nested too deeply", "a shorter name") from None
    where = f'{place}: "precoloring"'
    fixed = resolve_colors(((where, name, color) for name, color in colors.items()), graph)
    return replace(graph, precoloring=fixed)


def _read_object(document: dict[str, Any], place: str) -> Graph:
    if "edges" in document or "links" in document:
        return _read_edges(document, place)
    if "adjacency" in document and "nodes" in document:
        return _read_adjacency_data(document, place)
    if "nodes" in document:
        raise InputError(place, 'the object has "nodes" but no "edges" or "links"', _SHAPES)
    return _read_adjacency_object(document, place)


def _read_edges(document: dict[str, Any], place: str) -> Graph:
    """{"edges": [...]} or node-link: ends as pairs or as source and target, nodes optional."""
    key, notes = _key_of_edges(document, place)
    edges = _as_list(document[key], f'{place}: "{key}"', "a list of edges")
    directed = document.get("directed") is True
    notes += [DIRECTED_NOTE] if directed else []
    ends: list[Any] = []
    for number, edge in enumerate(edges, 1):
        if type(edge) is list and len(edge) == 2:
            ends += edge
        elif type(edge) is dict and "source" in edge and "target" in edge:
            ends += (edge["source"], edge["target"])
        else:
            raise InputError(
                f"{place}: edge {number}",
                f"{quote(edge)} is not an edge",
                "a pair of names, or an object with source and target",
            )
    return graph_of_named_edges(
        _names(ends, lambda number: f"{place}: edge {number // 2 + 1}"),
        declared=_declared(document["nodes"], place) if "nodes" in document else (),
        closed="nodes" in document,
        place=place,
        notes=notes,
        opposite_is_repeat=not directed,
        weights=_weights(edges),
    )


def _weights(items: list[Any]) -> FoundWeights | None:
    """What objects of edges say under "weight"; None where none says anything."""
    if not any(type(item) is dict and "weight" in item for item in items):
        return None
    # The shortest text of a float is the decimal that the file holds.
    found = [item.get("weight") if type(item) is dict else None for item in items]
    return FoundWeights(lambda: [str(w) if type(w) is float else w for w in found])


def _key_of_edges(document: dict[str, Any], place: str) -> tuple[str, list[str]]:
    """Which key holds the edges, and a note if the other one is empty."""
    given = [key for key in ("edges", "links") if key in document]
    if len(given) == 1 or document["edges"] == document["links"]:
        return given[0], []
    if document["links"] == []:
        return "edges", ['"links" is empty: the edges are those of "edges"']
    if document["edges"] == []:
        return "links", ['"edges" is empty: the edges are those of "links"']
    raise InputError(place, '"edges" and "links" differ', "one of them")


def _read_adjacency_data(document: dict[str, Any], place: str) -> Graph:
    """The form of networkx.adjacency_data: for every node the list of its neighbours' objects."""
    declared = list(_declared(document["nodes"], place))
    rows = _as_list(document["adjacency"], f'{place}: "adjacency"', "one list for every node")
    if len(rows) != len(declared):
        raise InputError(
            f'{place}: "adjacency"',
            f"{len(rows)} lists for {len(declared)} nodes",
            "one list for every node",
        )
    notes = [DIRECTED_NOTE] if document.get("directed") is True else []
    sources: list[Any] = []
    targets: list[Any] = []
    for number, (source, row) in enumerate(zip(declared, rows, strict=True), 1):
        where = f'{place}: "adjacency" list {number}'
        targets += [_identity(item, where) for item in _as_list(row, where, "a list of neighbours")]
        sources += [source] * len(row)
    targets = _names(targets, lambda number: f"{place}: node {quote(sources[number])}")
    return graph_of_named_edges(
        list(chain.from_iterable(zip(sources, targets, strict=True))),
        declared=declared,
        closed=True,
        place=place,
        notes=notes,
        opposite_is_repeat=False,
        weights=_weights(list(chain.from_iterable(rows))),
    )


def _read_adjacency_object(document: dict[str, Any], place: str) -> Graph:
    """{"a": ["b", "c"]}. JSON keys are strings: they are integers if all they list are."""
    sources: list[Any] = []
    targets: list[Any] = []
    for key, row in document.items():
        if type(row) is not list:
            where = f"{place}: node {quote(key)}"
            raise InputError(
                where, f"found {_kind(row)}", 'a list of neighbours (or an object with "edges")'
            )
        sources += [key] * len(row)
        targets += row
    targets = _names(targets, lambda number: f"{place}: node {quote(sources[number])}")
    keys: list[Any] = list(document)
    if set(map(type, targets)) == {int} and all(map(_INTEGER.fullmatch, keys)):
        keys = list(map(int, keys))
        sources = list(map(int, sources))
    else:
        for target in set(targets):
            if type(target) is not str and str(target) in document:
                raise InputError(
                    place,
                    f"node {target} is a number in a list and text as a key",
                    "numbers for all nodes or text for all nodes",
                )
    ends = list(chain.from_iterable(zip(sources, targets, strict=True)))
    return graph_of_named_edges(ends, declared=keys, place=place, opposite_is_repeat=False)


def _declared(nodes: Any, place: str) -> Any:
    """Names under "nodes": a count (names 0, 1, ...), names, or objects with an id."""
    if type(nodes) is int:
        if not 0 <= nodes <= NODE_LIMIT:
            raise InputError(
                f'{place}: "nodes"', f"a count of {quote(nodes)}", f"0 to {NODE_LIMIT}"
            )
        return range(nodes)
    listed = _as_list(nodes, f'{place}: "nodes"', "a list of nodes or their number")
    names = [_identity(item, f"{place}: node {number}") for number, item in enumerate(listed, 1)]
    return _names(names, lambda number: f"{place}: node {number + 1}")


def _identity(item: Any, where: str) -> Any:
    if type(item) is not dict:
        return item
    if "id" not in item:
        raise InputError(where, f'{quote(item)} has no "id"', 'a name or an object with an "id"')
    return item["id"]


def _names(values: list[Any], where: Any) -> list[Any]:
    """Check node names; a JSON list as a name becomes a tuple."""
    if set(map(type, values)) <= {str, int, float}:
        return values
    return [_name(value, where, number) for number, value in enumerate(values)]


def _name(value: Any, where: Any, number: int) -> Any:
    if type(value) is list:
        return tuple(_name(part, where, number) for part in value)
    if type(value) not in (str, int, float):
        raise InputError(
            where(number), f"a node name is {_kind(value)}", "a string, a number or a list of them"
        )
    return value


def _as_list(value: Any, where: str, expected: str) -> list[Any]:
    if type(value) is not list:
        raise InputError(where, f"found {_kind(value)}", expected)
    return value


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", type(None): "null"}
    return kinds.get(type(value)) or f"{json.dumps(value)[:40]}"


def write_json_graph(graph: Graph, place: str) -> str:
    """Write ``{"nodes": [...], "edges": [...]}``, and ``"precoloring"`` where colours are fixed.

    Names keep their kind: text, numbers, and tuples of these as lists.

    Raises:
        InputError: a name that JSON has no form for.
    """
    document: dict[str, Any] = {
        "nodes": graph.names,
        "edges": [(graph.names[a], graph.names[b]) for a, b in graph.edges.tolist()],
    }
    if graph.precoloring:
        labels = graph.labels
        document["precoloring"] = {labels[node]: c for node, c in graph.precoloring.items()}
    try:
        return json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise InputError(place, f"a node's name is not JSON ({error})", "text or numbers") from None
