"""The formats of graphs, and reading any of them."""

from __future__ import annotations

import os

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import decode_text, file_suffix, place_of, read_bytes
from odesolve.problems.graphs.formats.adjacency import (
    fits_adjacency_list,
    looks_like_adjacency_list,
    read_adjacency_list,
    write_adjacency_list,
)
from odesolve.problems.graphs.formats.counted_edges import (
    looks_like_counted_edges,
    read_counted_edges,
    write_counted_edges,
)
from odesolve.problems.graphs.formats.dimacs import is_dimacs, read_dimacs_graph, write_dimacs_graph
from odesolve.problems.graphs.formats.dot import is_dot, read_dot, write_dot
from odesolve.problems.graphs.formats.edge_list import (
    looks_like_edge_list,
    read_edge_list,
    write_edge_list,
)
from odesolve.problems.graphs.formats.format import Evidence, GraphFormat
from odesolve.problems.graphs.formats.gml import is_gml, read_gml, write_gml
from odesolve.problems.graphs.formats.graph6 import (
    is_sparse6,
    looks_like_graph6,
    read_graph6,
    read_sparse6,
    write_graph6,
    write_sparse6,
)
from odesolve.problems.graphs.formats.graphml import is_xml, read_graphml, write_graphml
from odesolve.problems.graphs.formats.json_graph import is_json, read_json_graph, write_json_graph
from odesolve.problems.graphs.formats.lad import looks_like_lad, read_lad, write_lad
from odesolve.problems.graphs.formats.leda import is_leda, read_leda, write_leda
from odesolve.problems.graphs.formats.matrix import (
    fits_matrix,
    looks_like_matrix,
    read_matrix,
    write_matrix,
)
from odesolve.problems.graphs.formats.matrix_market import (
    is_matrix_market,
    read_matrix_market,
    write_matrix_market,
)
from odesolve.problems.graphs.formats.metis import looks_like_metis, read_metis, write_metis
from odesolve.problems.graphs.formats.multiline_adjacency import (
    looks_like_multiline_adjacency_list,
    read_multiline_adjacency_list,
    write_multiline_adjacency_list,
)
from odesolve.problems.graphs.formats.pajek import is_pajek, read_pajek, write_pajek
from odesolve.problems.graphs.formats.recognition import recognised_graph
from odesolve.problems.graphs.graph import Graph

__all__ = ["FORMATS", "check_format", "parse_graph", "read_graph"]

MARK, COUNTS, LOOKS = Evidence.MARK, Evidence.COUNTS, Evidence.LOOKS

FORMATS: dict[str, GraphFormat] = {
    "json": GraphFormat(read_json_graph, ("json",), "JSON", MARK, is_json, write_json_graph),
    "dimacs": GraphFormat(
        read_dimacs_graph,
        ("col", "dimacs"),
        "DIMACS",
        MARK,
        is_dimacs,
        write_dimacs_graph,
        numbered_from=1,
    ),
    "edgelist": GraphFormat(
        read_edge_list,
        ("edgelist", "edges", "csv", "tsv"),
        "an edge list",
        LOOKS,
        looks_like_edge_list,
        write_edge_list,
    ),
    "adjlist": GraphFormat(
        read_adjacency_list,
        ("adjlist", "adj"),
        "an adjacency list",
        LOOKS,
        looks_like_adjacency_list,
        write_adjacency_list,
        fits=fits_adjacency_list,
    ),
    "multiline-adjlist": GraphFormat(
        read_multiline_adjacency_list,
        ("multiline_adjlist", "multi_adjlist"),
        "a multiline adjacency list",
        COUNTS,
        looks_like_multiline_adjacency_list,
        write_multiline_adjacency_list,
    ),
    "counted-edgelist": GraphFormat(
        read_counted_edges,
        ("nm",),
        "edges behind a line 'n m'",
        COUNTS,
        looks_like_counted_edges,
        write_counted_edges,
        numbered_from=1,
    ),
    "metis": GraphFormat(
        read_metis,
        ("graph", "metis"),
        "METIS",
        COUNTS,
        looks_like_metis,
        write_metis,
        numbered_from=1,
    ),
    "lad": GraphFormat(
        read_lad, ("lad",), "LAD", COUNTS, looks_like_lad, write_lad, numbered_from=0
    ),
    "matrix": GraphFormat(
        read_matrix,
        ("matrix",),
        "an adjacency matrix",
        COUNTS,
        looks_like_matrix,
        write_matrix,
        fits=fits_matrix,
    ),
    "matrix-market": GraphFormat(
        read_matrix_market,
        ("mtx",),
        "Matrix Market",
        MARK,
        is_matrix_market,
        write_matrix_market,
        numbered_from=1,
    ),
    "graphml": GraphFormat(
        read_graphml, ("graphml", "xml"), "GraphML", MARK, is_xml, write_graphml
    ),
    "dot": GraphFormat(read_dot, ("dot", "gv"), "DOT", MARK, is_dot, write_dot),
    "gml": GraphFormat(read_gml, ("gml",), "GML", MARK, is_gml, write_gml),
    "pajek": GraphFormat(read_pajek, ("net", "pajek", "paj"), "Pajek", MARK, is_pajek, write_pajek),
    "leda": GraphFormat(read_leda, ("leda", "lgr"), "LEDA", MARK, is_leda, write_leda),
    "graph6": GraphFormat(
        read_graph6,
        ("g6", "graph6"),
        "graph6",
        COUNTS,
        looks_like_graph6,
        write_graph6,
        numbered_from=0,
    ),
    "sparse6": GraphFormat(
        read_sparse6,
        ("s6", "sparse6"),
        "sparse6",
        MARK,
        is_sparse6,
        write_sparse6,
        numbered_from=0,
    ),
}
"""Every format, by the name that ``--format`` takes."""


def read_graph(path: str | os.PathLike[str], *, format: str | None = None) -> Graph:
    """Read a graph from a file or, for ``-``, from standard input; compression is undone.

    Arguments:
        path: the file. A mark in its content decides the format, then its extension, then checked
            counts and looks. What cannot be told is refused.
        format: a key of `FORMATS`, to overrule all that.

    Raises:
        InputError: the file cannot be read as a graph: always one line, with the place.

    Example:
        >>> import odesolve as ode
        >>> ode.read_graph("docs/examples/us-states.json").node_count
        48
    """
    place = place_of(path)
    check_format(format, place)
    return parse_graph(read_bytes(path), place, format, file_suffix(path))


def parse_graph(data: bytes, place: str, format: str | None = None, suffix: str = "") -> Graph:
    """Read a graph from bytes; see `read_graph`.

    Arguments:
        data: a file's content.
        place: what to call it in messages.
        format: a key of `FORMATS`.
        suffix: the file's extension, without the dot.

    Raises:
        InputError: they cannot be read as a graph.
    """
    check_format(format, place)
    text = decode_text(data, place)
    if format is not None:
        return FORMATS[format].read(text, place)
    return recognised_graph(text, place, suffix, FORMATS)


def check_format(format: str | None, place: str) -> None:
    """Refuse a format that is no key of `FORMATS`."""
    if format is not None and (not isinstance(format, str) or format not in FORMATS):
        raise InputError(place, f"unknown format {quote(format)}", " or ".join(FORMATS))
