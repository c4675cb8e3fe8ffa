"""Places for a graph's nodes in a picture: deterministic, and in bounded time at any size."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, shortest_path
from scipy.spatial import cKDTree

__all__ = ["FORCE_LAYOUT_LIMIT", "layout"]

#: Above this many nodes no forces are simulated.
FORCE_LAYOUT_LIMIT = 5_000

#: Up to this many nodes, a component is drawn by all distances: best, but cubic in time.
ALL_DISTANCES_LIMIT = 150
#: The same in a graph of more nodes than that, which may have many components.
ALL_DISTANCES_LIMIT_OF_PART = 30

#: Nodes whose distances place all others before forces do.
PIVOTS = 50
#: Neighbours in the plane that repel a node one by one.
NEAREST = 24
#: Length, in mean distances of nodes, above which edges pull in proportion to their length.
STIFFEST = 3.0
FORCE_ITERATIONS = 120
SPREAD_ITERATIONS = 40

Places = Float[np.ndarray, "nodes 2"]
Edges = Int[np.ndarray, "edges 2"]


def layout(node_count: int, edges: Edges) -> Places:
    """Place nodes so that neighbours lie close and components lie side by side.

    A component takes an area in proportion to its number of nodes. Small ones are laid out by
    Kamada and Kawai's method, larger ones by pivot multidimensional scaling (Brandes and Pich,
    "Eigensolver methods for progressive multidimensional scaling of large data", 2007) and then
    Fruchterman and Reingold's forces; in graphs above `FORCE_LAYOUT_LIMIT` nodes, by the
    scaling alone.

    Arguments:
        node_count: number of nodes.
        edges: indices of nodes.

    Returns:
        Coordinates, about one node for each unit of area; y grows upwards.
    """
    adjacency = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), [node_count] * 2)
    count, component = connected_components(adjacency, directed=False)
    order = np.argsort(component, kind="stable")
    starts = np.searchsorted(component[order], np.arange(count + 1))
    local = np.empty(node_count, np.int64)
    local[order] = np.arange(node_count) - starts[component[order]]
    edge_order = np.argsort(component[edges[:, 0]], kind="stable")
    edge_starts = np.searchsorted(component[edges[edge_order, 0]], np.arange(count + 1))
    exact_limit = ALL_DISTANCES_LIMIT_OF_PART if node_count > ALL_DISTANCES_LIMIT else node_count
    if node_count > FORCE_LAYOUT_LIMIT:
        exact_limit = 0
    parts = []
    for one in range(count):
        own = edges[edge_order[edge_starts[one] : edge_starts[one + 1]]]
        places = _component(starts[one + 1] - starts[one], local[own], exact_limit)
        parts.append(_normal(places))
    places = np.empty((node_count, 2))
    places[order] = _side_by_side(parts)
    return places


def _component(nodes: int, edges: Edges, exact_limit: int) -> Places:
    """Places for one connected component, in any scale; no forces if `exact_limit` is 0."""
    if nodes <= 2:
        return np.array([[0.0, 0.0], [1.0, 0.0]])[:nodes]
    if not exact_limit:
        return _drawn_in(_pivot_scaling(nodes, edges))
    if nodes <= exact_limit:
        return _all_distances(nodes, edges)
    return _forces(_normal(_pivot_scaling(nodes, edges)), edges)


def _all_distances(nodes: int, edges: Edges) -> Places:
    import networkx

    graph = networkx.empty_graph(nodes)
    graph.add_edges_from(edges.tolist())
    places = networkx.kamada_kawai_layout(graph)
    return np.array([places[node] for node in range(nodes)])


def _pivot_scaling(nodes: int, edges: Edges) -> Places:
    """The two widest directions of the distances to some nodes far from each other."""
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), [nodes] * 2).tocsr()
    nearest = np.full(nodes, np.inf)
    pivot, columns = 0, []
    for _ in range(min(PIVOTS, nodes)):
        columns.append(shortest_path(graph, directed=False, unweighted=True, indices=pivot))
        nearest = np.minimum(nearest, columns[-1])
        pivot = int(nearest.argmax())
    squared = np.stack(columns, axis=1) ** 2
    centred = squared - squared.mean(axis=0) - squared.mean(axis=1, keepdims=True) + squared.mean()
    _, vectors = np.linalg.eigh(centred.T @ centred)
    return centred @ vectors[:, :-3:-1]


def _forces(places: Places, edges: Edges) -> Places:
    """Fruchterman and Reingold's forces: near nodes repel one by one, the rest as a whole."""
    places = places + np.random.default_rng(0).normal(scale=0.1, size=places.shape)
    for temperature in np.geomspace(math.sqrt(len(places)) / 10, 0.02, FORCE_ITERATIONS):
        push = _near_push(places) + 0.5 * _far_push(places)
        places = _moved(places, push + _pull(places, edges), temperature)
    for temperature in np.geomspace(0.2, 0.02, SPREAD_ITERATIONS):  # nodes on top of each other
        places = _moved(places, _near_push(places) + 0.05 * _pull(places, edges), temperature)
    return _drawn_in(places)


def _drawn_in(places: Places) -> Places:
    """Shorten the far ends, so that a few long branches do not shrink everything else."""
    outwards = places - np.median(places, axis=0)
    radius = np.linalg.norm(outwards, axis=1, keepdims=True)
    limit = max(float(np.quantile(radius, 0.9)), 1e-9)
    far = np.maximum(radius / limit, 1.0)
    return outwards * (1.0 + 0.5 * np.log(far)) / far


def _moved(places: Places, force: Places, temperature: float) -> Places:
    length = np.linalg.norm(force, axis=1, keepdims=True)
    return places + force * np.minimum(1.0, temperature / np.maximum(length, 1e-9))


def _pull(places: Places, edges: Edges) -> Places:
    """Edges pull with the square of their length, long ones in proportion to it."""
    along = places[edges[:, 1]] - places[edges[:, 0]]
    along *= np.minimum(np.linalg.norm(along, axis=1, keepdims=True), STIFFEST)
    count = len(places)
    sums = [
        np.bincount(edges[:, 0], pull, count) - np.bincount(edges[:, 1], pull, count)
        for pull in along.T
    ]
    return np.stack(sums, axis=1)


def _near_push(places: Places) -> Places:
    """The nearest nodes repel with the inverse of their distance; n log n time."""
    distance, other = cKDTree(places).query(places, min(NEAREST, len(places) - 1) + 1)
    apart = places[:, None] - places[other[:, 1:]]
    push: Places = (apart / np.maximum(distance[:, 1:, None], 0.01) ** 2).sum(axis=1)
    return push


def _far_push(places: Places) -> Places:
    """The push of all nodes by Gauss's law, as if they lay in rings about their centre."""
    outwards = places - places.mean(axis=0)
    radius = np.linalg.norm(outwards, axis=1)
    enclosed = np.empty(len(places))
    enclosed[np.argsort(radius, kind="stable")] = np.arange(len(places))
    return outwards * (enclosed / np.maximum(radius, 1.0) ** 2)[:, None]


def _normal(places: Places) -> Places:
    """Turn the longest direction level and scale to a mean area of one for each node."""
    if len(places) <= 2:
        return places
    places = places - places.mean(axis=0)
    _, directions = np.linalg.eigh(places.T @ places)
    places = places @ directions[:, ::-1]
    places -= places.min(axis=0)
    width, height = np.maximum(places.max(axis=0), 1e-9)
    # The least height keeps a path, which has no area, from becoming endless.
    area = width * max(height, width / len(places))
    return places * math.sqrt(len(places) / area)


def _side_by_side(parts: list[Places]) -> Places:
    """Put components in rows, the highest first, as wide altogether as they are high."""
    gap = 1.0
    sizes = [places.max(axis=0) + gap for places in parts]
    wide = max(
        1.3 * math.sqrt(sum(width * height for width, height in sizes)),
        max((width for width, _ in sizes), default=0.0),
    )
    left = top = row_height = 0.0
    moved: list[Places] = [np.zeros((0, 2))] * len(parts)
    for number in sorted(range(len(parts)), key=lambda one: (-sizes[one][1], -sizes[one][0])):
        width, height = sizes[number]
        if left + width > wide:
            left, top, row_height = 0.0, top - row_height, 0.0
        row_height = max(row_height, height)
        moved[number] = parts[number] + (left, top - height)
        left += width
    return np.concatenate([np.zeros((0, 2)), *moved])
