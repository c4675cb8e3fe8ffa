"""Colours that a clique has before the dynamics begins: which cliques, which colours, and why."""

from __future__ import annotations

from itertools import combinations

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import odesolve as ode
from odesolve.problems.coloring.clique_swaps import exchanged_clique
from odesolve.problems.coloring.presolve import reduce_coloring
from odesolve.problems.coloring.proofs import large_clique
from odesolve.problems.coloring.symmetry import clique_to_fix, colors_of_clique
from odesolve.problems.graphs.neighbours import Neighbours

Edges = list[tuple[int, int]]


def geometric(nodes: int, radius: float, seed: int) -> Edges:
    return list(networkx.random_geometric_graph(nodes, radius, seed=seed).edges)


def complement_of_geometric(nodes: int, radius: float, seed: int) -> Edges:
    graph = networkx.random_geometric_graph(nodes, radius, seed=seed)
    return list(networkx.complement(graph).edges)


def clique_number(edges: Edges) -> int:
    return networkx.max_weight_clique(networkx.Graph(edges), weight=None)[1]


def left(edges: Edges, colors: int, fixed=None):
    array = np.array(edges, np.int32)
    return reduce_coloring(int(array.max()) + 1, array, colors, fixed or {})


def in_conflict(colors: int = 10) -> Edges:
    """A graph without a clique of ``colors + 1`` nodes that a clique's colours show impossible."""
    first, second, third = colors, colors + 1, colors + 2
    return [
        *combinations(range(colors), 2),
        *((first, node) for node in range(colors) if node != 0),
        *((second, node) for node in range(colors) if node != 1),
        *((third, node) for node in range(2, colors)),
        (third, first),
        (third, second),
    ]


FIXED = [
    ("geometric", geometric(120, 0.5, 1)),
    ("dense geometric", geometric(80, 0.9, 1)),
    ("complement of geometric", complement_of_geometric(80, 0.15, 3)),
]


@pytest.mark.parametrize("edges", [case[1] for case in FIXED], ids=[case[0] for case in FIXED])
def test_a_clique_of_all_colors_has_them_beforehand(edges):
    colors = clique_number(edges)
    clique = clique_to_fix(left(edges, colors), colors)
    among = networkx.Graph(edges).subgraph(clique)
    assert len(clique) >= 0.9 * colors
    assert among.number_of_edges() == len(clique) * (len(clique) - 1) // 2


def test_few_colors_small_cliques_and_fixed_nodes_leave_all_colors_open():
    few = list(networkx.random_geometric_graph(60, 0.25, seed=4).edges)
    assert clique_number(few) < 10
    assert clique_to_fix(left(few, clique_number(few)), clique_number(few)) == []
    random = list(networkx.gnp_random_graph(100, 0.5, seed=5).edges)
    assert clique_to_fix(left(random, 16), 16) == []
    edges = FIXED[0][1]
    colors = clique_number(edges)
    assert clique_to_fix(left(edges, colors), colors) != []
    fixed = left(edges, colors, {edges[0][0]: 0})
    assert fixed.fixed
    assert clique_to_fix(fixed, colors) == []


def test_a_clique_keeps_the_colors_of_a_hint_that_differ():
    hint = np.array([7, 3, -1, 3, 12, 0])
    assert colors_of_clique([0, 1, 2, 3, 4, 5], hint, 8) == {0: 7, 1: 3, 2: 1, 3: 2, 4: 4, 5: 0}


@st.composite
def graphs(draw) -> tuple[int, Edges]:
    nodes = draw(st.integers(1, 12))
    pairs = list(combinations(range(nodes), 2))
    kept = draw(st.lists(st.booleans(), min_size=len(pairs), max_size=len(pairs)))
    return nodes, [pair for pair, is_edge in zip(pairs, kept, strict=True) if is_edge]


@settings(max_examples=60, deadline=None)
@given(graphs(), st.integers(0, 11))
def test_exchanges_find_a_largest_clique_of_a_small_graph(graph, start):
    nodes, edges = graph
    neighbours = Neighbours.from_edges(nodes, np.array(edges, np.int32).reshape(-1, 2))
    found = exchanged_clique(neighbours, [start % nodes])
    known = networkx.empty_graph(nodes)
    known.add_edges_from(edges)
    assert found == sorted(set(found))
    assert all(known.has_edge(a, b) for a, b in combinations(found, 2))
    assert len(found) == networkx.max_weight_clique(known, weight=None)[1]


@pytest.mark.parametrize("edges", [case[1] for case in FIXED], ids=[case[0] for case in FIXED])
def test_cliques_of_geometric_graphs_are_found_whole(edges):
    array = np.array(edges, np.int32)
    neighbours = Neighbours.from_edges(int(array.max()) + 1, array)
    assert len(exchanged_clique(neighbours, [0])) == clique_number(edges)
    assert len(large_clique(neighbours)) == clique_number(edges)


@pytest.mark.parametrize("edges", [case[1] for case in FIXED], ids=[case[0] for case in FIXED])
def test_graphs_with_a_clique_of_all_colors_are_colored_soon(edges):
    result = ode.color(edges, clique_number(edges), max_steps=150, seed=1)
    assert result.satisfied
    coloring = result.coloring
    assert all(coloring[a] != coloring[b] for a, b in edges)


def test_colors_of_a_clique_prove_what_no_larger_clique_does():
    edges = in_conflict()
    assert clique_number(edges) == 10
    result = ode.color(edges, 10)
    assert result.status is ode.Status.INFEASIBLE
    assert len(set(result.proof)) == len(result.proof)
    assert set(result.proof) > {2, 3, 4, 5, 6, 7, 8, 9}
    assert "a clique of 10 of them" in result.notes[-1]
    least = ode.color(edges, "min")
    assert (least.color_count, least.lower_bound) == (11, 11)


def test_only_fixed_nodes_of_a_user_make_lists():
    edges = FIXED[0][1]
    result = ode.color(edges, clique_number(edges), max_steps=500)
    assert result.run.preset != "coloring-lists"
