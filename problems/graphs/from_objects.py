"""Every kind of Python object that describes a graph, made a `Graph`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any

import numpy as np

from odesolve.problems.arguments import items_of, plain_array, shown
from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.formats.matrix import graph_of_entries
from odesolve.problems.graphs.graph import (
    DIRECTED_NOTE,
    Graph,
    build_graph,
    graph_of_named_edges,
)
from odesolve.problems.graphs.weights import WEIGHTED_NOTE, FoundWeights

__all__ = ["Graph", "graph_from"]

_EXPECTED = (
    "a file, a graph of networkx, igraph or rustworkx, pairs, an array, a sparse matrix, "
    "an edge table, or a dictionary of neighbours"
)
#: Keys of a dictionary that holds a graph as JSON does: as neighbours they would be misread.
_JSON_KEYS = ({"edges"}, {"links"}, {"nodes", "adjacency"})


def graph_from(obj: Any) -> Graph:
    """Make a `Graph` from whatever describes one.

    Arguments:
        obj: one of

            - a ``Graph``;
            - a file (``str`` or ``os.PathLike``), see ``read_graph``;
            - a graph or a view of networkx, of any class; a graph of igraph, its nodes called by
              the attribute ``name`` where there are distinct ones; a graph of rustworkx, its nodes
              called by their indices;
            - an integer array ``[edges, 2]`` of NumPy or JAX; the nodes are those that appear;
            - a square adjacency matrix, as an array or as a sparse matrix or array of SciPy;
              nonzero = edge, and the nodes are 0 .. n-1;
            - a ``DataFrame`` of pandas: of two columns, or with the columns ``source`` and
              ``target``, edges; square, with the columns called as the rows, an adjacency matrix;
            - a dictionary name -> neighbours;
            - pairs of names, in a list, tuple, set or iterator; the nodes are those that appear.

            A 2 by 2 integer array or table is edges, unless it is symmetric, of 0 and 1, with a
            zero diagonal.

    Raises:
        InputError: a self-loop (naming the node), or not a graph.
    """
    if isinstance(obj, Graph):
        return _checked(obj)
    if isinstance(obj, str | os.PathLike):
        from odesolve.problems.graphs.formats import read_graph

        return read_graph(os.fsdecode(obj))
    for reader in _READERS:
        graph = reader(obj)
        if graph is not None:
            return graph
    array = plain_array(obj, "graph")
    if array is not None:
        return _from_array(array)
    if isinstance(obj, Mapping):
        return _from_adjacency(obj)
    items = items_of(obj, "graph")
    if items is None:
        raise InputError("graph", f"cannot read a {type(obj).__name__} as a graph", _EXPECTED)
    return _from_pairs(items)


def _checked(graph: Graph) -> Graph:
    """A graph that a caller may have put together by hand.

    Raises:
        InputError: its edges are not as `Graph` says.
    """
    if not isinstance(graph.names, tuple):
        raise InputError("graph", f"names of type {type(graph.names).__name__}", "a tuple of names")
    edges, count = graph.edges, len(graph.names)
    right = isinstance(edges, np.ndarray) and edges.ndim == 2 and edges.dtype.kind in "iu"
    if right and edges.shape[1] == 2 and len(edges):
        keys = edges.astype(np.int64) @ [count, 1]
        right = bool((edges[:, 0] < edges[:, 1]).all() and (np.diff(keys) > 0).all())
        right &= int(edges.min()) >= 0 and int(edges.max()) < count
    if not right or edges.shape[1] != 2:
        expected = "integers [edges, 2], a < b, unique and sorted; or pairs instead of a Graph"
        raise InputError("graph", "the edges of a Graph in another form", expected)
    if any(not 0 <= node < count for node in graph.precoloring):
        raise InputError("graph", "a precolouring of nodes that do not exist", "node indices")
    return graph


# ------------------------------------------------------------------------------- other libraries


def _networkx_graph(graph: Any) -> Graph | None:
    """A graph or view of networkx; its views of nodes and degrees hold no edges."""
    networkx = sys.modules.get("networkx")  # never imported: then it cannot be one of its graphs
    if networkx is None:
        return None
    if isinstance(graph, networkx.Graph):
        return _from_networkx(graph)
    views = networkx.classes.reportviews
    if isinstance(graph, views.NodeView | views.NodeDataView):
        raise InputError("graph", f"a {type(graph).__name__} has no edges", "the graph itself")
    return None


def _from_networkx(graph: Any) -> Graph:
    notes = [DIRECTED_NOTE] if graph.is_directed() else []
    weights = [data.get("weight") for _, _, data in graph.edges(data=True)]
    ends = list(chain.from_iterable(graph.edges()))
    return graph_of_named_edges(
        ends,
        declared=list(graph),
        notes=notes,
        opposite_is_repeat=not graph.is_directed(),
        weights=_weights_of(weights),
    )


def _weights_of(weights: Sequence[Any]) -> FoundWeights | None:
    """Weights of edges in their order; None where no edge has one."""
    return FoundWeights(lambda: weights) if any(w is not None for w in weights) else None


def _igraph_graph(graph: Any) -> Graph | None:
    """A graph of igraph: vertices are called by their names if they have distinct ones."""
    igraph = sys.modules.get("igraph")
    if igraph is None or not isinstance(graph, igraph.Graph):
        return None
    names: Any = range(graph.vcount())
    if "name" in graph.vs.attributes():
        own = graph.vs["name"]
        if all(isinstance(name, str | int) for name in own) and len(set(own)) == len(own):
            names = own
    return _of_indices(
        names,
        np.array(graph.get_edgelist(), np.int64),
        directed=graph.is_directed(),
        weights=_weights_of(graph.es["weight"]) if "weight" in graph.es.attributes() else None,
    )


def _rustworkx_graph(graph: Any) -> Graph | None:
    """A graph of rustworkx: nodes are called by their indices, which may have gaps."""
    rustworkx = sys.modules.get("rustworkx")
    if rustworkx is None or not isinstance(graph, rustworkx.PyGraph | rustworkx.PyDiGraph):
        return None
    names = list(graph.node_indices())
    place = {index: number for number, index in enumerate(names)}
    ends = [place[index] for pair in graph.edge_list() for index in pair]
    payloads = graph.edges()
    numbers = any(isinstance(own, int | float) and own != 1 for own in payloads)
    weights = [own if isinstance(own, int | float) else None for own in payloads]
    return _of_indices(
        names,
        np.array(ends, np.int64),
        directed=isinstance(graph, rustworkx.PyDiGraph),
        weights=_weights_of(weights) if numbers else None,
    )


def _of_indices(
    names: Any, pairs: np.ndarray, *, directed: bool, weights: FoundWeights | None
) -> Graph:
    notes = [DIRECTED_NOTE] if directed else []
    return build_graph(
        list(names), pairs, notes=notes, opposite_is_repeat=not directed, weights=weights
    )


def _sparse_matrix(matrix: Any) -> Graph | None:
    """A sparse matrix or array of SciPy, in any of its formats."""
    sparse = sys.modules.get("scipy.sparse")
    if sparse is None or not sparse.issparse(matrix):
        return None
    matrix = matrix.tocoo(copy=True)
    matrix.sum_duplicates()
    return _from_matrix(matrix)


def _data_frame(table: Any) -> Graph | None:
    """A table of pandas: edges in two columns, or an adjacency matrix with names."""
    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(table, pandas.DataFrame):
        return None
    columns = list(table.columns)
    square = len(table) == len(columns) > 0 and list(table.index) == columns
    if square and not (columns == [0, 1] and not _is_simple_adjacency(table.to_numpy())):
        return _from_named_matrix(table)
    named = [place for place, name in enumerate(columns) if name in ("source", "target")]
    if len(named) == 2 and columns[named[0]] != columns[named[1]]:
        chosen = named
    elif len(columns) == 2:
        chosen = [0, 1]
    else:
        wrong = f"a table of {len(columns)} columns"
        raise InputError("graph", wrong, "two columns, or columns 'source' and 'target'")
    ends = table.iloc[:, chosen]
    missing = np.flatnonzero(ends.isna().to_numpy().any(axis=1))
    if len(missing):
        raise InputError(f"graph: row {missing[0] + 1}", "a missing value", "a pair of node names")
    others = [name for place, name in enumerate(columns) if place not in chosen]
    weights = table["weight"].tolist() if others.count("weight") == 1 else None
    notes = [WEIGHTED_NOTE] if "weight" in others else []
    if rest := [str(name) for name in others if name != "weight"]:
        notes.append(f"columns ignored: {', '.join(rest)}")
    first, second = (ends.iloc[:, place].tolist() for place in (0, 1))
    flat = list(chain.from_iterable(zip(first, second, strict=True)))
    found = FoundWeights(lambda: weights or []) if weights is not None else None
    return graph_of_named_edges(flat, notes=notes, weights=found)


def _from_named_matrix(table: Any) -> Graph:
    """An adjacency matrix whose rows and columns have the same names, each once."""
    import scipy.sparse

    values = table.to_numpy()
    if values.dtype.kind not in "iubf":
        raise InputError("graph", f"a square table of type {values.dtype}", "numbers")
    graph = _from_matrix(scipy.sparse.coo_array(values))
    ends = [table.index[node] for node in graph.edges.ravel().tolist()]
    named = graph_of_named_edges(ends, declared=table.index.tolist(), notes=graph.notes)
    return replace(named, edge_weights=graph.edge_weights)


_READERS: tuple[Callable[[Any], Graph | None], ...] = (
    _networkx_graph,
    _igraph_graph,
    _rustworkx_graph,
    _sparse_matrix,
    _data_frame,
)


# ------------------------------------------------------------------------------ arrays and matrices


def _from_array(array: np.ndarray) -> Graph:
    if array.ndim != 2:
        raise InputError(
            "graph", f"an array of shape {array.shape}", "edges [edges, 2] or a square matrix"
        )
    rows, columns = array.shape
    integers = array.dtype.kind in "iu"
    if columns == 2 and integers and not (rows == 2 and _is_simple_adjacency(array)):
        return _from_index_pairs(array)
    if rows == columns and array.dtype.kind in "iubf":
        import scipy.sparse

        return _from_matrix(scipy.sparse.coo_array(array))
    raise InputError(
        "graph",
        f"an array of shape {array.shape} and type {array.dtype}",
        "integers [edges, 2] or a square matrix of numbers",
    )


def _is_simple_adjacency(array: np.ndarray) -> bool:
    return bool(
        np.isin(array, (0, 1)).all() and (array == array.T).all() and not array.diagonal().any()
    )


def _from_index_pairs(array: np.ndarray) -> Graph:
    values, first, flat = np.unique(array.ravel(), return_index=True, return_inverse=True)
    order = np.argsort(first)  # order of appearance instead of by value
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return build_graph(values[order].tolist(), rank[flat].reshape(-1, 2))


def _from_matrix(matrix: Any) -> Graph:
    if len(matrix.shape) != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError("graph", f"an adjacency matrix of shape {matrix.shape}", "a square one")
    if matrix.dtype.kind not in "iubf":
        raise InputError("graph", f"an adjacency matrix of type {matrix.dtype}", "numbers")
    if matrix.dtype.kind == "f" and not np.isfinite(matrix.data).all():
        raise InputError("graph", "a value that is not finite in the adjacency matrix", "0 or 1")
    used = matrix.data != 0
    names = range(matrix.shape[0])
    return graph_of_entries(names, matrix.row[used], matrix.col[used], matrix.data[used], "graph")


# ------------------------------------------------------------------------- names and neighbours


def _from_adjacency(adjacency: Mapping[Any, Any]) -> Graph:
    for keys in _JSON_KEYS:
        if keys <= adjacency.keys():
            wrong = f"a dictionary with the key {quote(min(keys, key=len))}, as graphs in JSON have"
            expected = "node: neighbours; networkx.node_link_graph reads such a dictionary"
            raise InputError("graph", wrong, expected)
    ends: list[Any] = []
    for name, neighbours in adjacency.items():
        place = f"node {quote(name)}"
        # A dictionary of neighbours holds what is known of each edge.
        items = neighbours if isinstance(neighbours, Mapping) else items_of(neighbours, place)
        if items is None:
            wrong = f"neighbours given as {shown(neighbours)}"
            raise InputError(place, wrong, "a list of node names")
        for neighbour in items:
            ends += (name, neighbour)
    return graph_of_named_edges(ends, declared=list(adjacency), opposite_is_repeat=False)


def _from_pairs(pairs: Iterable[Any]) -> Graph:
    ends: list[Any] = []
    for number, pair in enumerate(pairs, 1):
        if type(pair) is not tuple:
            place = f"graph: edge {number}"
            # A string of two letters would unpack silently.
            items = items_of(pair, place)
            if items is None:
                raise InputError(place, shown(pair), "a pair of node names")
            pair = tuple(items)
        if len(pair) != 2:
            raise InputError(f"graph: edge {number}", quote(pair), "a pair of node names")
        ends += pair
    return graph_of_named_edges(ends)
