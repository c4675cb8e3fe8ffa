"""A simple undirected graph with named nodes, and how edges of any kind become one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.weights import WEIGHTED_NOTE, EdgeWeights, FoundWeights

__all__ = [
    "DIRECTED_NOTE",
    "NODE_LIMIT",
    "WEIGHTED_NOTE",
    "Graph",
    "build_graph",
    "graph_of_named_edges",
]

NODE_LIMIT = 10_000_000
"""Most nodes accepted, so that a false header cannot take all memory."""

DIRECTED_NOTE = "directed edges taken as undirected"


@dataclass(frozen=True, eq=False)
class Graph:
    """A simple undirected graph.

    Attributes:
        names: node names of any kind as they were given, in order of appearance.
        edges: int32 ``[edges, 2]`` of node indices, ``a < b``, unique, sorted, read-only.
        notes: what was changed to make the input simple and undirected, for the user.
        precoloring: node index -> colour from 0, where the input fixes it.
        edge_weights: those that the input gives its edges; None where it gives none.

    Raises:
        InputError: where it is used, if its edges are not as they should be.

    Example:
        >>> import odesolve as ode
        >>> graph = ode.read_graph("docs/examples/us-states.json")
        >>> graph.node_count, graph.edge_count, graph.edges.shape, graph.index_of("CA")
        (48, 105, (105, 2), 11)
    """

    names: tuple[Any, ...]
    edges: np.ndarray
    notes: tuple[str, ...] = ()
    precoloring: Mapping[int, int] = field(default_factory=dict)
    edge_weights: EdgeWeights | None = field(default=None, repr=False)

    @property
    def node_count(self) -> int:
        """Number of nodes."""
        return len(self.names)

    @property
    def edge_count(self) -> int:
        """Number of edges."""
        return len(self.edges)

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Node names as distinct strings: ``str``, or ``repr`` where 1 and "1" would collide."""
        texts = list(map(str, self.names))
        if len(set(texts)) < len(texts):
            counts = Counter(texts)
            texts = [
                repr(name) if counts[text] > 1 else text
                for name, text in zip(self.names, texts, strict=True)
            ]
        return tuple(texts if len(set(texts)) == len(texts) else map(repr, self.names))

    @cached_property
    def _index(self) -> dict[Any, int]:
        return {name: index for index, name in enumerate(self.names)}

    @cached_property
    def _index_of_label(self) -> dict[str, int]:
        return {label: index for index, label in enumerate(self.labels)}

    def neighbour_lists(self, *, both_ends: bool) -> list[list[int]]:
        """The neighbours of each node, by index.

        Arguments:
            both_ends: whether an edge is in the lists of both its nodes, or in that of the first.
        """
        lists: list[list[int]] = [[] for _ in self.names]
        for first, second in self.edges.tolist():
            lists[first].append(second)
            if both_ends:
                lists[second].append(first)
        return lists

    def to_networkx(self, names: Sequence[Any]) -> Any:
        """The same graph as a ``networkx.Graph``, its nodes called by these names."""
        import networkx

        made = networkx.Graph()
        made.add_nodes_from(names)
        made.add_edges_from((names[a], names[b]) for a, b in self.edges.tolist())
        return made

    def is_same_as(self, other: Graph) -> bool:
        """Whether another graph has the same nodes, by their labels, and the same edges."""
        if self.edges.shape != other.edges.shape or self.node_count != other.node_count:
            return False
        if self.labels == other.labels:
            return bool((self.edges == other.edges).all())
        places = [self._index_of_label.get(label, -1) for label in other.labels]
        if -1 in places:
            return False
        moved = np.sort(np.array(places, np.int64)[other.edges], axis=1)
        order = np.lexsort((moved[:, 1], moved[:, 0]))
        return bool((self.edges == moved[order]).all())

    def index_of(self, name: object, place: str = "") -> int:
        """Find a node by its name, else by its name's text (so "7" finds node 7).

        Arguments:
            name: the name looked for.
            place: where the name was read, for the error; the name itself by default.

        Raises:
            InputError: no such node.
        """
        if isinstance(name, Hashable) and not isinstance(name, bool):
            index = self._index.get(name)
            if index is None:
                index = self._index_of_label.get(str(name))
            if index is not None:
                return index
        place = place or f"node {quote(name)}"
        raise InputError(place, f"the graph has no node {quote(name)}", "the name of a node")


def build_graph(
    names: Sequence[Any],
    pairs: np.ndarray | Sequence[int],
    *,
    place: str = "graph",
    place_of_edge: Callable[[int], str] | None = None,
    notes: Iterable[str] = (),
    opposite_is_repeat: bool = True,
    weights: FoundWeights | None = None,
) -> Graph:
    """Make a simple undirected graph from index pairs.

    Arguments:
        names: distinct node names.
        pairs: integers ``[pairs, 2]`` or flat, indices into `names`, in any order and direction.
        place: what to call the input in errors.
        place_of_edge: pair number from 0 -> place, for errors; `place` by default.
        notes: notes to begin with.
        opposite_is_repeat: whether (b, a) after (a, b) counts as a repeated edge; false where
            the input lists both directions by its nature (adjacency, directed graphs).

    Raises:
        InputError: a self-loop, named; or too many nodes.
    """
    if len(names) > NODE_LIMIT:
        raise InputError(place, f"{len(names)} nodes", f"at most {NODE_LIMIT}")
    pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    loops = np.flatnonzero(pairs[:, 0] == pairs[:, 1])
    if loops.size:
        first = int(loops[0])
        raise InputError(
            place_of_edge(first) if place_of_edge else place,
            f"node {quote(names[pairs[first, 0]])} is joined to itself",
            "edges between two different nodes",
        )
    count = max(len(names), 1)
    keys = np.unique(pairs.min(axis=1) * count + pairs.max(axis=1))
    edges = np.stack(np.divmod(keys, count), axis=1).astype(np.int32)
    edges.setflags(write=False)
    distinct = len(keys) if opposite_is_repeat else len(np.unique(pairs @ [count, 1]))
    notes = list(notes)
    if weights and weights.note and weights.note not in notes:
        notes.append(weights.note)
    if repeated := len(pairs) - distinct:
        notes.append(f"{repeated} repeated edge{'s' if repeated > 1 else ''} merged")
    kept = None
    if weights is not None:
        both = not opposite_is_repeat
        kept = EdgeWeights(pairs, len(names), weights, place, place_of_edge, at_both_ends=both)
    return Graph(tuple(names), edges, tuple(notes), edge_weights=kept)


def graph_of_named_edges(
    ends: Sequence[Any],
    *,
    declared: Sequence[Any] = (),
    closed: bool = False,
    place: str = "graph",
    place_of_edge: Callable[[int], str] | None = None,
    notes: Iterable[str] = (),
    opposite_is_repeat: bool = True,
    weights: FoundWeights | None = None,
) -> Graph:
    """Number the names of edge ends in order of appearance and make the graph.

    Arguments:
        ends: names ``[2 * edges]``: source, target, source, target ...
        declared: names that come first, whether or not an edge has them.
        closed: whether an edge may name declared nodes only.
        place, place_of_edge, notes, opposite_is_repeat, weights: as for `build_graph`.

    Raises:
        InputError: a self-loop, a node declared twice or (closed) not at all, a useless name.
    """
    place_of_edge = place_of_edge or (lambda number: f"{place}: edge {number + 1}")
    index: dict[Any, int] = {}
    try:
        for name in declared:
            if name in index:
                raise InputError(place, f"node {quote(name)} is declared twice", "distinct names")
            index[name] = len(index)
        declared_count = len(index)
        flat = [index.setdefault(name, len(index)) for name in ends]
    except TypeError:
        raise InputError(place, "a node name is not hashable", "strings, numbers, tuples") from None
    names = [_plain_name(name, place) for name in index]
    pairs = np.array(flat, dtype=np.int64).reshape(-1, 2)
    if closed and len(index) > declared_count:
        first = int(np.argmax(pairs.ravel() >= declared_count))
        name = quote(names[pairs.ravel()[first]])
        raise InputError(
            place_of_edge(first // 2), f"node {name} is not declared", "a node that is"
        )
    return build_graph(
        names,
        pairs,
        place=place,
        place_of_edge=place_of_edge,
        notes=notes,
        opposite_is_repeat=opposite_is_repeat,
        weights=weights,
    )


def _plain_name(name: Any, place: str) -> Any:
    """Refuse names no file can hold; NumPy scalars become Python's."""
    if isinstance(name, np.generic):
        name = name.item()
    if name is None or (isinstance(name, float) and not math.isfinite(name)):
        raise InputError(place, f"{quote(name)} as a node name", "a string or a finite number")
    if isinstance(name, str) and not name.isascii():
        try:
            name.encode()
        except UnicodeEncodeError:
            raise InputError(
                place, f"node name {quote(name)} is not valid Unicode", "valid Unicode"
            ) from None
    return name
