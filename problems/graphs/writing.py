"""Writing graphs so that nothing is lost: what is written is read again and compared."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import decode_text, file_suffix, place_of, write_output
from odesolve.problems.graphs.formats import FORMATS, check_format
from odesolve.problems.graphs.formats.format import GraphFormat
from odesolve.problems.graphs.formats.recognition import recognised_graph
from odesolve.problems.graphs.from_objects import graph_from
from odesolve.problems.graphs.graph import Graph, build_graph
from odesolve.problems.graphs.rows import INTEGER

__all__ = ["write_graph"]

_ANOTHER = "--renumber, or another format such as JSON"


def write_graph(
    graph: Any,
    path: str | os.PathLike[str],
    *,
    format: str | None = None,
    renumber: bool = False,
) -> tuple[str, ...]:
    """Write a graph to a file or, for ``-``, to standard output.

    What is written is read again and compared before the file takes its place: node names, nodes
    without an edge and fixed colours are kept, or nothing is written.

    Arguments:
        graph: whatever ``odesolve.color`` takes.
        path: the file. Its extension decides the format, and ``.gz``, ``.xz``, ``.bz2`` or ``.zst``
            behind it the compression.
        format: a key of `FORMATS`, to overrule the extension.
        renumber: whether to number the nodes in their order instead of naming them, from where the
            format counts, or from 1.

    Returns:
        What was changed, for the user: nodes that were counted from 0 and now are from 1, say.

    Raises:
        InputError: an unknown extension, a graph that the format cannot hold, or a file that
            cannot be written; nothing is left behind.

    Example:
        >>> import odesolve
        >>> odesolve.write_graph([(1, 2), (2, 3)], "-", format="dimacs")
        p edge 3 2
        e 1 2
        e 2 3
        ()
    """
    place = "standard output" if os.fspath(path) == "-" else place_of(path)
    check_format(format, place)
    suffix = file_suffix(path)
    chosen = format or next((n for n, form in FORMATS.items() if suffix in form.extensions), None)
    if chosen is None:
        expected = ", ".join(f".{form.extensions[0]}" for form in FORMATS.values())
        raise InputError(place, "unknown kind of graph file", expected)
    text, notes = _written(graph_from(graph), chosen, place, suffix, renumber)
    write_output(path, text)
    return notes


def _written(
    graph: Graph,
    name: str,
    place: str,
    suffix: str,
    renumber: bool,
) -> tuple[str, tuple[str, ...]]:
    """A graph's text in a format, and notes for the user.

    Arguments:
        graph: the graph.
        name: of the format.
        place: the file's name.
        suffix: its extension, by which readers will know it.
        renumber: whether nodes are numbered instead of named.

    Raises:
        InputError: the format cannot hold the graph.
    """
    form = FORMATS[name]
    if graph.precoloring and name != "json":
        raise InputError(place, f"{form.title} has no fixed colours", "a .json file")
    graph, notes = _numbered(graph, form, place, renumber)
    if name != "json" and graph.labels != tuple(map(str, graph.names)):
        pairs = zip(graph.names, graph.labels, strict=True)
        twice = next(quote(name) for name, label in pairs if str(name) != label)
        wrong = f"{form.title} holds names as text, and {twice} is as text another node's name"
        raise InputError(place, wrong, _ANOTHER)
    text = form.write(graph, place)
    try:
        decoded = decode_text(text.encode(), place)
        if _is_recognised(graph, decoded, place, suffix):
            return text, notes
        found = form.read(decoded, place)
    except InputError as error:
        wrong = f"{form.title} cannot hold this graph: {error.args[1]}"
        raise InputError(place, wrong, _ANOTHER) from None
    if not _holds_the_same(graph, found):
        raise _refusal(graph, found, form, place)
    return text, (*notes, f"to be read with --format {name}: by itself it may be something else")


def _is_recognised(graph: Graph, text: str, place: str, suffix: str) -> bool:
    """Whether a reader who is not told the format reads the same graph."""
    try:
        return _holds_the_same(graph, recognised_graph(text, place, suffix, FORMATS))
    except InputError:
        return False


def _holds_the_same(graph: Graph, other: Graph) -> bool:
    return graph.is_same_as(other) and _colors(graph) == _colors(other)


def _colors(graph: Graph) -> dict[str, int]:
    return {graph.labels[node]: color for node, color in graph.precoloring.items()}


def _refusal(graph: Graph, found: Graph, form: GraphFormat, place: str) -> InputError:
    known = set(found.labels)
    lost = next((label for label in graph.labels if label not in known), None)
    if lost is None:
        return InputError(place, f"{form.title} cannot hold this graph", _ANOTHER)
    return InputError(place, f"{form.title} cannot hold the node name {quote(lost)}", _ANOTHER)


def _numbered(
    graph: Graph, form: GraphFormat, place: str, renumber: bool
) -> tuple[Graph, tuple[str, ...]]:
    """The graph with its nodes in the order of a format's numbers, and called by these.

    Raises:
        InputError: the nodes have other names than numbers without a gap, from 0 or 1.
    """
    count = graph.node_count
    first = form.numbered_from
    if first is None and not renumber:
        return graph, ()
    first = 1 if first is None else first
    wanted = [str(number) for number in range(first, first + count)]
    places = {label: position for position, label in enumerate(wanted)}
    if set(graph.labels) == places.keys():
        return _permuted(graph, [places[label] for label in graph.labels], first), ()
    last = first + count - 1
    if renumber:
        note = f"the nodes are numbered {first} to {last} in their order; their names are given up"
        return _permuted(graph, list(range(count)), first), (note,)
    other = 1 - first
    places = {str(number): number - other for number in range(other, other + count)}
    if set(graph.labels) != places.keys():
        name = next((n for n in graph.labels if not INTEGER.fullmatch(n)), None)
        name = name or next(n for n in graph.labels if n not in set(wanted))
        wrong = f"nodes have no names in {form.title}, and one is called {quote(name)}"
        raise InputError(place, wrong, "--renumber, which gives the names up; or another format")
    if count == 1:
        note = f"the node {other} became {first}"
    else:
        note = f"the nodes {other} to {other + count - 1} became {first} to {last}"
    return _permuted(graph, [places[label] for label in graph.labels], first), (note,)


def _permuted(graph: Graph, positions: list[int], first: int) -> Graph:
    """Each node moved to its position, and called by its number."""
    moved = np.array(positions, np.int64)
    names = range(first, first + graph.node_count)
    found = build_graph(names, moved[graph.edges] if len(graph.edges) else graph.edges)
    colors = {positions[node]: color for node, color in graph.precoloring.items()}
    return Graph(found.names, found.edges, graph.notes, colors)
