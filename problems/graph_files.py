"""Read a graph from a file in any of the supported formats."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import decode_text, file_suffix, place_of, read_bytes
from odesolve.problems.graph_dimacs import read_dimacs_graph
from odesolve.problems.graph_edge_list import read_edge_list
from odesolve.problems.graph_graph6 import read_graph6, read_sparse6
from odesolve.problems.graph_json import read_json_graph
from odesolve.problems.graph_xml import read_graphml
from odesolve.problems.simple_graph import Graph

__all__ = ["FORMATS", "guess_format", "read_graph"]

# format: (reader of (text, place), file name extensions)
FORMATS: dict[str, tuple[Callable[[str, str], Graph], tuple[str, ...]]] = {
    "json": (read_json_graph, ("json",)),
    "dimacs": (read_dimacs_graph, ("col", "dimacs")),
    "edgelist": (read_edge_list, ("edgelist", "edges", "csv", "tsv")),
    "graphml": (read_graphml, ("graphml", "xml")),
    "graph6": (read_graph6, ("g6", "graph6")),
    "sparse6": (read_sparse6, ("s6", "sparse6")),
}

_DIMACS = re.compile(r"^p[ \t]+(edge|edges|col|cnf)\b", re.MULTILINE | re.IGNORECASE)


def read_graph(path: str | os.PathLike[str], *, format: str | None = None) -> Graph:
    """Read a graph from a file or, for ``-``, from standard input; gzip is undone.

    Arguments:
        path: the file. Its extension decides the format; without a known one, its content.
        format: a key of `FORMATS`, to overrule both.

    Raises:
        InputError: the file cannot be read as a graph: always one line, with the place.
    """
    place = place_of(path)
    if format is not None and format not in FORMATS:
        raise InputError(place, f"unknown format {quote(format)}", " or ".join(FORMATS))
    text = decode_text(read_bytes(path), place)
    suffix = file_suffix(path)
    by_suffix = (name for name, (_, suffixes) in FORMATS.items() if suffix in suffixes)
    reader, _ = FORMATS[format or next(by_suffix, None) or guess_format(text)]
    return reader(text, place)


def guess_format(text: str) -> str:
    """Guess a format from content: a key of `FORMATS`; edge lists are what nothing else is."""
    stripped = text.strip()
    if stripped.startswith(("{", "[")):
        return "json"
    if stripped.startswith("<"):
        return "graphml"
    if stripped.startswith((":", ">>sparse6<<")):
        return "sparse6"
    # One word cannot be an edge, so it may as well be a small graph6 graph.
    if stripped.startswith(">>graph6<<") or re.fullmatch(r"[?-~]+", stripped):
        return "graph6"
    return "dimacs" if _DIMACS.search(text) else "edgelist"
