"""Graphs in GML, read by networkx."""

from __future__ import annotations

import re
from typing import Any

from odesolve.problems.errors import InputError
from odesolve.problems.graphs.formats.format import Content
from odesolve.problems.graphs.graph import (
    DIRECTED_NOTE,
    Graph,
    graph_of_named_edges,
)
from odesolve.problems.graphs.weights import FoundWeights

__all__ = ["is_gml", "read_gml", "write_gml"]

# Keys such as Creator and Version, and comments, may come before the graph.
_START = re.compile(
    r"(?:\s+|#[^\n]*+"
    r"|(?!graph\b)[A-Za-z]\w*+[ \t]++(?:\"[^\"]*+\"|[-+\w.:/]++)[^\n\[\]]*+(?:\n|$))*+"
    r"graph\s*+(?:#[^\n]*+\s*+)*+\[",
    re.IGNORECASE,
)
_EXPECTED = "GML: 'graph [ node [ id 1 ] ... edge [ source 1 target 2 ] ... ]'"


def is_gml(content: Content) -> bool:
    """Whether the text begins with ``graph [``, perhaps behind a few keys."""
    return _START.match(content.text) is not None


def read_gml(text: str, place: str) -> Graph:
    """Read the graph of a GML file.

    Nodes are named by their labels, if every node has one and no two have the same; else by
    their ids.

    Raises:
        InputError: what networkx says is wrong, with the line if it says one; a self-loop.
    """
    import networkx

    start = _START.match(text)
    if not start:
        raise InputError(place, "there is no 'graph ['", _EXPECTED)
    # networkx refuses an edge that is listed twice unless the file allows it by this key; that a
    # key is given twice does no harm.
    allowing = f"{text[: start.end()]} multigraph 1 {text[start.end() :]}"
    try:
        found = networkx.parse_gml(allowing, label="id")
    except RecursionError:
        raise InputError(place, "brackets are nested too deeply", _EXPECTED) from None
    except Exception as error:
        raise _refusal(error, place) from None
    names, notes = _names(found)
    if found.is_directed():
        notes.append(DIRECTED_NOTE)
    edges = list(found.edges(data=True))
    found_weights = [data.get("weight", data.get("value")) for _, _, data in edges]
    weighted = any(weight is not None for weight in found_weights)
    return graph_of_named_edges(
        [names[end] for a, b, _ in edges for end in (a, b)],
        declared=list(names.values()),
        place=place,
        notes=notes,
        opposite_is_repeat=not found.is_directed(),
        # The shortest text of a float is the decimal that the file holds.
        weights=FoundWeights(lambda: [str(w) if type(w) is float else w for w in found_weights])
        if weighted
        else None,
    )


def _names(graph: Any) -> tuple[dict[Any, Any], list[str]]:
    """Id -> name, and a note where labels are no names."""
    ids = list(graph)
    labels = [graph.nodes[node].get("label") for node in ids]
    given = [label for label in labels if label is not None]
    usable = all(type(label) in (str, int, float) and label != "" for label in labels)
    if usable and len(set(map(str, labels))) == len(ids):
        return dict(zip(ids, labels, strict=True)), []
    notes = ["labels are not distinct: nodes are named by their ids"] if given else []
    return {node: node for node in ids}, notes


def _refusal(error: Exception, place: str) -> InputError:
    """networkx's error with its line, if it says one."""
    text = str(error) or type(error).__name__
    match = re.search(r" at \((\d+), \d+\)$", text)
    where = f"{place}:{match[1]}" if match else place
    return InputError(where, f"broken GML ({text[: match.start()] if match else text})", _EXPECTED)


def write_gml(graph: Graph, place: str) -> str:
    """Write GML, by networkx; nodes have their names as labels."""
    import networkx

    return "\n".join([*networkx.generate_gml(graph.to_networkx(graph.labels)), ""])
