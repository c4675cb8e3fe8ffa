"""Values of every type that someone may hand over by mistake, or rightly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import networkx
import numpy as np
import scipy.sparse

import odesolve as ode


class WithClauses:
    """An object of another library that happens to have an attribute of that name."""

    clauses = ((1,),)
    nv = 1


class WithEdges:
    """Likewise: can be iterated over, but who knows what else it holds."""

    edges = ((1, 2),)

    def __iter__(self):
        return iter([(1, 2)])


class UnprintableValue:
    """Its ``repr`` fails."""

    def __repr__(self):
        raise AttributeError("no text")


#: Made anew for every use, since some can be read only once.
FOREIGN: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "bytes": lambda: b"\x01\x02",
    "bytearray": lambda: bytearray(b"\x01\x02"),
    "empty text": lambda: "",
    "text": lambda: "no\nwhere",
    "path": lambda: Path("nowhere"),
    "0": lambda: 0,
    "7": lambda: 7,
    "-7": lambda: -7,
    "True": lambda: True,
    "False": lambda: False,
    "1.5": lambda: 1.5,
    "7.0": lambda: 7.0,
    "nan": lambda: float("nan"),
    "complex": lambda: 1 + 2j,
    "int64": lambda: np.int64(7),
    "uint8": lambda: np.uint8(7),
    "float32": lambda: np.float32(2.5),
    "bool_": lambda: np.bool_(True),
    "object": lambda: object(),
    "unprintable": lambda: UnprintableValue(),
    "type": lambda: ode.Memcomputing,
    "function": lambda: lambda *_: None,
    "clauses": lambda: WithClauses(),
    "edges": lambda: WithEdges(),
    "dict of integers": lambda: {1: 2},
    "dict of texts": lambda: {"a": "b"},
    "JSON graph": lambda: {"nodes": ["a", "b"], "edges": [("a", "b")]},
    "empty dict": dict,
    "empty list": list,
    "set": lambda: {1, 2},
    "frozenset": lambda: frozenset([1, 2]),
    "generator": lambda: (number for number in (1, 2)),
    "generator of lists": lambda: ([number, -2] for number in (1, 2)),
    "dict values": lambda: {"a": (1, -2), "b": (2, -2)}.values(),
    "list of None": lambda: [None],
    "list of integers": lambda: [1, 2],
    "list of floats": lambda: [1.0, 2.0],
    "list of truth values": lambda: [True, False],
    "list of text": lambda: ["ab"],
    "list of bytes": lambda: [b"\x01\x02"],
    "list of dicts": lambda: [{1: 2, 2: 3}],
    "rows": lambda: [[1, -2], [2, -2]],
    "rows of floats": lambda: [[1.0, 2.0]],
    "rows of truth values": lambda: [[True, False]],
    "rows of text": lambda: [["1", "2"]],
    "rows of rows": lambda: [[[1, 2], 1]],
    "ragged": lambda: [1, [2]],
    "0-d array": lambda: np.array(7),
    "array": lambda: np.array([1, 2]),
    "array of floats": lambda: np.array([1.0, 2.0]),
    "array of truth values": lambda: np.array([True, False]),
    "array of text": lambda: np.array(["1", "2"]),
    "table": lambda: np.array([[1, -2], [2, -2], [1, 2]]),
    "table of floats": lambda: np.array([[1.0, 2.0]]),
    "cube": lambda: np.ones((2, 2, 2), int),
    "masked": lambda: np.ma.masked_array([[1, 2], [3, 4]], [[False, True], [False, False]]),
    "structured": lambda: np.zeros(2, [("a", int), ("b", int)]),
    "sparse": lambda: scipy.sparse.csr_array(np.ones((2, 3), int)),
    "nodes": lambda: networkx.path_graph(3).nodes,
    "degrees": lambda: networkx.path_graph(3).degree,
    "adjacency": lambda: networkx.path_graph(3).adjacency(),
}
