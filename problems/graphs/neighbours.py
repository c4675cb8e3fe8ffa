"""Who is next to whom in a graph."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

__all__ = ["Neighbours"]


@dataclass(frozen=True)
class Neighbours:
    """The adjacency of a simple graph: ``of(node)`` are its neighbours, sorted."""

    starts: Int[np.ndarray, " nodes+1"]
    flat: Int[np.ndarray, " ends"]

    @classmethod
    def from_edges(cls, node_count: int, edges: Int[np.ndarray, "edges 2"]) -> Neighbours:
        both = np.concatenate([edges, edges[:, ::-1]]).astype(np.int64)
        node, neighbour = np.divmod(np.unique(both @ [node_count, 1]), max(node_count, 1))
        starts = np.searchsorted(node, np.arange(node_count + 1))
        return cls(starts, neighbour)

    def of(self, node: int) -> Int[np.ndarray, " degree"]:
        return self.flat[self.starts[node] : self.starts[node + 1]]

    @property
    def degrees(self) -> Int[np.ndarray, " nodes"]:
        return np.diff(self.starts)
