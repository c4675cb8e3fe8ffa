"""Every kind of Python object that describes a graph, made a `Graph`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

import numpy as np

from odesolve.problems.errors import InputError, quote
from odesolve.problems.simple_graph import (
    DIRECTED_NOTE,
    NODE_LIMIT,
    WEIGHTED_NOTE,
    Graph,
    build_graph,
    graph_of_named_edges,
)

__all__ = ["Graph", "graph_from"]


def graph_from(obj: Any) -> Graph:
    """Make a `Graph` from whatever describes one.

    Arguments:
        obj: a `Graph`; a networkx graph of any kind; an integer array ``[edges, 2]``; a square
            adjacency matrix (NumPy or SciPy sparse, nonzero = edge; nodes are 0 .. n-1); a
            dictionary name -> neighbours; or an iterable of pairs of names. From an array of
            edges or from pairs, the nodes are those that appear. A 2 by 2 integer array is
            edges, unless it is symmetric, of 0 and 1, with a zero diagonal.

    Raises:
        InputError: a self-loop (naming the node), or not a graph.
    """
    networkx = sys.modules.get("networkx")  # never imported: then it cannot be one of its graphs
    if isinstance(obj, Graph):
        return obj
    if networkx is not None and isinstance(obj, networkx.Graph):
        return _from_networkx(obj)
    if isinstance(obj, np.ndarray):
        return _from_array(obj)
    if hasattr(obj, "tocoo"):
        return _from_matrix(obj.tocoo())
    if isinstance(obj, Mapping):
        return _from_adjacency(obj)
    if isinstance(obj, Iterable) and not isinstance(obj, str | bytes):
        return _from_pairs(obj)
    raise InputError(
        "graph",
        f"cannot read a {type(obj).__name__} as a graph",
        "a networkx graph, pairs, an array or an adjacency",
    )


def _from_networkx(graph: Any) -> Graph:
    notes = [DIRECTED_NOTE] if graph.is_directed() else []
    if any("weight" in data for _, _, data in graph.edges(data=True)):
        notes.append(WEIGHTED_NOTE)
    ends = list(chain.from_iterable(graph.edges()))
    return graph_of_named_edges(
        ends, declared=list(graph), notes=notes, opposite_is_repeat=not graph.is_directed()
    )


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
    if matrix.shape[0] > NODE_LIMIT:
        raise InputError("graph", f"{matrix.shape[0]} nodes", f"at most {NODE_LIMIT}")
    if matrix.dtype.kind == "f" and not np.isfinite(matrix.data).all():
        raise InputError("graph", "a value that is not finite in the adjacency matrix", "0 or 1")
    used = matrix.data != 0
    pairs = np.stack([matrix.row[used], matrix.col[used]], axis=1).astype(np.int64)
    keys = pairs @ [max(matrix.shape[0], 1), 1]
    mirrored = pairs[:, ::-1] @ [max(matrix.shape[0], 1), 1]
    notes = [] if np.array_equal(np.unique(keys), np.unique(mirrored)) else [DIRECTED_NOTE]
    if (matrix.data[used] != 1).any():
        notes.append(WEIGHTED_NOTE)
    return build_graph(range(matrix.shape[0]), pairs, notes=notes, opposite_is_repeat=False)


def _from_adjacency(adjacency: Mapping[Any, Any]) -> Graph:
    ends: list[Any] = []
    for name, neighbours in adjacency.items():
        if not isinstance(neighbours, Iterable) or isinstance(neighbours, str | bytes):
            raise InputError(
                f"node {quote(name)}",
                f"neighbours given as {quote(neighbours)}",
                "a list of node names",
            )
        for neighbour in neighbours:
            ends += (name, neighbour)
    return graph_of_named_edges(ends, declared=list(adjacency), opposite_is_repeat=False)


def _from_pairs(pairs: Iterable[Any]) -> Graph:
    ends: list[Any] = []
    for number, pair in enumerate(pairs, 1):
        # A string of two letters would unpack silently.
        if isinstance(pair, str | bytes) or not isinstance(pair, Iterable):
            raise InputError(f"graph: edge {number}", quote(pair), "a pair of node names")
        pair = tuple(pair)
        if len(pair) != 2:
            raise InputError(f"graph: edge {number}", quote(pair), "a pair of node names")
        ends += pair
    return graph_of_named_edges(ends)
