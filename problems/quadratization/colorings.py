"""Colourings: a bit for each node and colour.

    E = sum_v A_v (1 - sum_c x_vc)^2 + sum_uv sum_c x_uc x_vc
    A_v = floor(degree_v / colours) + 1

E is zero exactly at the proper colourings. More than that: the ground states of every graph are its
colourings with the fewest edges of one colour, and their energy is that number. Take any
assignment. Where a node has several colours, taking one away lowers E by A_v at least and adds no
conflict. When no node has more than one, a node v without has at most degree_v coloured neighbours,
so that some colour is that of at most floor(degree_v / colours) of them, which is less than A_v:
giving it to v lowers E. Nodes of a fixed colour are constants. (With more than 32 colours the
square is a chain of squares, and only the first statement holds.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from odesolve.problems.coloring.check import changed_colors, coloring_violations
from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.graph import Graph
from odesolve.problems.integers import checked_count
from odesolve.problems.quadratization.model import PenaltyModel
from odesolve.problems.quadratization.penalty import Penalty
from odesolve.problems.quadratization.source import Judgement, Quadratic, Source

__all__ = ["ColoringSource"]

#: Bits of one problem: a node has one a colour.
_MOST_BITS = 10_000_000


@dataclass(frozen=True, eq=False)
class ColoringSource(Source):
    """A graph and a number of colours.

    Attributes:
        graph: the graph; its fixed colours stay.
        colors: their number.

    Raises:
        InputError: fewer colours than the fixed ones need.
    """

    graph: Graph
    colors: int
    kind = "coloring"

    def __post_init__(self) -> None:
        count = checked_count("colors", self.colors)
        bits = self.graph.node_count * count
        if bits > _MOST_BITS:
            raise InputError("colors", f"{bits} bits of nodes and colours", f"at most {_MOST_BITS}")
        for node, color in self.graph.precoloring.items():
            if color >= count:
                name = quote(self.graph.names[node])
                wrong = f"node {name} has the fixed colour {color}"
                raise InputError("colors", wrong, f"more than {color} colours")

    @property
    def title(self) -> str:
        """One line for a person."""
        graph = self.graph
        return f"{graph.node_count} nodes, {graph.edge_count} edges, {self.colors} colours"

    def quadratic(self) -> Quadratic:
        """One of all colours for each node, and another one for each neighbour."""
        graph, count = self.graph, self.colors
        fixed = np.full(graph.node_count, -1)
        for node, color in graph.precoloring.items():
            fixed[node] = color
        free = np.flatnonzero(fixed < 0)
        first = np.full(graph.node_count, -1)
        first[free] = np.arange(len(free)) * count
        model = PenaltyModel(len(free) * count)
        edges = np.asarray(graph.edges, np.int64).reshape(-1, 2)
        degrees = np.bincount(edges.ravel(), minlength=graph.node_count)
        literals = first[free][:, None] + np.arange(count) + 1
        model.exactly_one(literals, degrees[free] // count + 1)
        both = Penalty.of(2, [0, 0], {(0, 1): 1})
        known = fixed[edges] >= 0
        inner = edges[~known.any(axis=1)]
        ends = first[inner][:, None, :] + np.arange(count)[:, None] + 1
        model.add(both, ends.reshape(-1, 2))
        # A neighbour of a fixed colour makes this colour of the other one cost 1.
        for own, other in ((0, 1), (1, 0)):
            half = edges[known[:, own] & ~known[:, other]]
            at = first[half[:, other]] + fixed[half[:, own]] + 1
            model.add(Penalty.of(1, [1], {}), at[:, None])
        clashing = edges[known.all(axis=1)]
        model.offset += int((fixed[clashing[:, 0]] == fixed[clashing[:, 1]]).sum())
        names = [f"{graph.labels[node]}:{color}" for node in free for color in range(count)]
        colors = np.arange(count)
        variables = np.where(first[:, None] < 0, -1, first[:, None] + colors)
        flips = fixed[:, None] == colors
        return Quadratic(model, names, variables.ravel(), flips.ravel())

    def judged(self, bits: np.ndarray) -> Judgement:
        """Edges, fixed colours, and that every node has exactly one colour."""
        graph = self.graph
        table = np.asarray(bits, bool).reshape(graph.node_count, self.colors)
        single = table.sum(axis=1) == 1
        # What has no colour has one of its own that is none, so that no two of them are equal.
        colors = np.where(single, table.argmax(axis=1), -1 - np.arange(graph.node_count))
        found = coloring_violations(graph.edges, colors, self.colors)
        labels = graph.labels
        changed = changed_colors(colors, graph.precoloring)
        wrong = [f"{labels[a]} and {labels[b]} are both {colors[a]}" for a, b in found.edges]
        wrong += [f"{labels[node]} is not {graph.precoloring[node]}" for node in changed]
        wrong += [
            f"{labels[node]} has {int(table[node].sum()) or 'no'} colours" for node in found.nodes
        ]
        named = {labels[v]: int(color) for v, color in enumerate(colors) if single[v]}
        total = graph.edge_count + len(graph.precoloring) + len(found.nodes)
        text = ", ".join(f"{name} = {color}" for name, color in named.items())
        return Judgement(named, text, len(wrong), total, tuple(wrong))

    def document(self) -> dict[str, Any]:
        """Names, edges and fixed colours."""
        graph = self.graph
        return {
            "colors": self.colors,
            "nodes": list(graph.labels),
            "edges": np.asarray(graph.edges).tolist(),
            "fixed": [[node, color] for node, color in graph.precoloring.items()],
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The graph, with its names as text."""
        names = tuple(document["nodes"])
        edges = np.array(document["edges"], np.int32).reshape(-1, 2)
        if edges.size and not 0 <= edges.min() <= edges.max() < len(names):
            raise ValueError(f"edges beyond the {len(names)} nodes")
        fixed = {int(node): int(color) for node, color in document["fixed"]}
        return cls(Graph(names, edges, precoloring=fixed), int(document["colors"]))
