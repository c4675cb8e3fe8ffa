"""The outcome of a colouring, for Python and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int

from odesolve.problems.graphs.graph import Graph
from odesolve.results import Outcome, Result, Status


@dataclass(frozen=True)
class ColoringResult(Outcome):
    """The outcome of ``color``.

    Attributes:
        graph: the graph that was coloured.
        colors: the best colouring as numbers from 0, ``[nodes]``; proper exactly when satisfied.
        color_count: number of colours q.
        violated: edges of the original graph whose ends have one colour.
        core_nodes, core_edges: what presolve left to the dynamics.
        proof: nodes that prove infeasibility, by name; of the fewest colours, a clique of
            ``lower_bound`` nodes or what else proves that bound.
        run: status, reason, runs, times and parameters of the solve.
        notes: what presolve and the reader did.
        lower_bound: of the fewest colours, how many are proved to be needed; None where the number
            of colours was given.
        found_after: of the fewest colours, seconds until this colouring was found.

    Example:
        >>> import odesolve as ode
        >>> triangle = [("a", "b"), ("b", "c"), ("c", "a")]
        >>> result = ode.color(triangle, colors=2)
        >>> result.satisfied, sorted(result.proof), result.violated
        (False, ['a', 'b', 'c'], 0)
    """

    graph: Graph
    colors: Int[np.ndarray, " nodes"]
    color_count: int
    violated: int
    core_nodes: int
    core_edges: int
    proof: tuple[Any, ...]
    run: Result
    encoding: str
    notes: tuple[str, ...] = ()
    lower_bound: int | None = None
    found_after: float = 0.0

    @property
    def proved_fewest(self) -> bool:
        """Whether the colouring is proper and fewer colours are proved not to do."""
        return self.satisfied and self.lower_bound == self.color_count

    @property
    def drawn_width(self) -> int:
        """Cells of the system that belong to one node."""
        return 1 if self.encoding == "modular" else self.color_count

    @property
    def coloring(self) -> dict[Any, int]:
        """Node name -> colour, of the best colouring found; empty when proved infeasible."""
        return self._named(self.graph.names)

    @property
    def labelled_coloring(self) -> dict[str, int]:
        """The same with names as distinct strings."""
        return self._named(self.graph.labels)

    @property
    def proof_labels(self) -> list[str]:
        """The nodes of the proof as distinct strings."""
        return [self.graph.labels[self.graph.index_of(name)] for name in self.proof]

    def to_json(self, statistics: bool = False) -> dict[str, Any]:
        """One JSON object; ``solution`` is null unless the colouring is proper."""
        named = self.labelled_coloring
        own: dict[str, Any] = {
            "solution": {"coloring": named} if self.satisfied else None,
            "problem": {
                "nodes": self.graph.node_count,
                "edges": self.graph.edge_count,
                "colors": self.color_count,
                "core_nodes": self.core_nodes,
                "core_edges": self.core_edges,
                "encoding": self.encoding,
            },
        }
        if self.lower_bound is not None:
            own |= {
                "colors": self.color_count,
                "lower_bound": self.lower_bound,
                "found_after": self.found_after,
            }
        if self.status is Status.UNKNOWN:
            own["best"] = {"coloring": named}
        if self.proof:
            own["proof"] = self.proof_labels
        return self.run.document(
            own, violated=self.violated, notes=self.notes, statistics=statistics
        )

    def _named(self, names: Sequence[Any]) -> dict[Any, int]:
        return dict(zip(names, self.colors.tolist(), strict=True)) if len(self.colors) else {}
