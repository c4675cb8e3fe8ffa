"""Who is next to whom in a graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int
from scipy.sparse import csr_array

__all__ = ["Neighbours"]


@dataclass(frozen=True)
class Neighbours:
    """The adjacency of a simple graph: ``of(node)`` are its neighbours, sorted."""

    starts: Int[np.ndarray, " nodes+1"]
    flat: Int[np.ndarray, " ends"]

    @classmethod
    def from_edges(cls, node_count: int, edges: Int[np.ndarray, "edges 2"]) -> Neighbours:
        both = np.concatenate([edges, edges[:, ::-1]]).astype(np.int64)
        shape = (node_count, node_count)
        matrix = csr_array((np.ones(len(both), bool), (both[:, 0], both[:, 1])), shape=shape)
        matrix.sort_indices()
        return cls(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int64))

    def of(self, node: int) -> Int[np.ndarray, " degree"]:
        return self.flat[self.starts[node] : self.starts[node + 1]]

    @property
    def degrees(self) -> Int[np.ndarray, " nodes"]:
        return np.diff(self.starts)
