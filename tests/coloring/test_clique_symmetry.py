"""Colours that a clique has before the dynamics begins: which cliques, which colours, and why."""

from __future__ import annotations

from contextlib import suppress
from itertools import combinations

import networkx
import numpy as np
import pytest
from coloring_oracle import some_coloring
from hypothesis import given, settings
from hypothesis import strategies as st

import odesolve as ode
from odesolve.budget import UNLIMITED
from odesolve.problems.coloring.clique_exchanges import exchanged_clique
from odesolve.problems.coloring.presolve import Reduced, propagate, reduce_coloring
from odesolve.problems.coloring.proofs import Infeasible, large_clique
from odesolve.problems.coloring.symmetry import clique_to_fix, colors_of_clique, with_clique
from odesolve.problems.graphs.neighbours import Neighbours

Edges = list[tuple[int, int]]


def geometric(nodes: int, radius: float, seed: int) -> Edges:
    return list(networkx.random_geometric_graph(nodes, radius, seed=seed).edges)


def complement_of_geometric(nodes: int, radius: float, seed: int) -> Edges:
    graph = networkx.random_geometric_graph(nodes, radius, seed=seed)
    return list(networkx.complement(graph).edges)


def clique_number(edges: Edges) -> int:
    return networkx.max_weight_clique(networkx.Graph(edges), weight=None)[1]


def left(edges: Edges, colors: int, fixed=None) -> Reduced:
    array = np.array(edges, np.int32)
    return reduce_coloring(int(array.max()) + 1, array, colors, fixed or {})


def no_hint(edges: Edges) -> np.ndarray:
    return np.full(np.max(edges) + 1, -1)


def looks(count: int):
    """A budget that is over after so many looks at it."""
    left = iter(range(count))
    return UNLIMITED.until(lambda: next(left, None) is None)


def looks_at(work) -> int:
    """How many looks at its budget a work takes, if it is never over."""
    taken: list[bool] = []
    with suppress(Infeasible):
        work(UNLIMITED.until(lambda: bool(taken.append(False))))
    return len(taken)


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
    reduced = left(edges, colors)
    clique = reduced.core[clique_to_fix(reduced, colors)]
    among = networkx.Graph(edges).subgraph(clique.tolist())
    assert len(clique) >= 0.9 * colors
    assert among.number_of_edges() == len(clique) * (len(clique) - 1) // 2


def with_planted_clique(nodes: int, share: float, size: int, seed: int) -> Edges:
    graph = networkx.gnp_random_graph(nodes, share, seed=seed)
    return list(networkx.compose(graph, networkx.complete_graph(size)).edges)


@pytest.mark.parametrize(
    ("edges", "colors"),
    [
        (with_planted_clique(60, 0.3, 9, 1), 9),  # few colours
        (with_planted_clique(100, 0.5, 20, 2), 20),  # small beside the degrees
        (with_planted_clique(100, 0.25, 13, 3), 15),  # not enough of the colours
    ],
)
def test_other_cliques_leave_the_colors_open(edges, colors):
    reduced = left(edges, colors)
    assert len(reduced.edges) > 0
    assert clique_to_fix(reduced, colors) == []


def test_the_cliques_that_leave_them_open_are_just_below_the_bounds():
    for edges, colors in [
        (with_planted_clique(60, 0.3, 10, 1), 10),
        (with_planted_clique(100, 0.5, 28, 2), 28),
        (with_planted_clique(100, 0.25, 14, 3), 15),
    ]:
        assert clique_to_fix(left(edges, colors), colors) != []


def test_colors_that_a_user_fixes_are_not_renamed():
    edges = FIXED[0][1]
    colors = clique_number(edges)
    fixed = left(edges, colors, {edges[0][0]: 0})
    assert fixed.fixed
    assert clique_to_fix(fixed, colors) == []
    assert with_clique(fixed, colors, no_hint(edges)) is fixed


@pytest.mark.parametrize(
    ("hint", "given"),
    [
        ([-1, -1, -1, -1], {0: 0, 1: 1, 2: 2, 3: 3}),
        ([7, 3, 0, 5], {0: 7, 1: 3, 2: 0, 3: 5}),
        ([7, 3, 0, -1], {0: 7, 1: 3, 2: 0, 3: 1}),
        ([7, 3, 0, 3], {0: 7, 1: 3, 2: 0, 3: 1}),
        ([7, 8, 0, 5], {0: 7, 1: 1, 2: 0, 3: 5}),
        ([7, -1, 0, -1], {}),
    ],
)
def test_a_clique_keeps_the_colors_of_a_hint(hint, given):
    assert colors_of_clique([0, 1, 2, 3], np.array(hint), 8) == given


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
    assert "a clique of 10 of them" in result.notes[-1]
    inside = [edge for edge in edges if {*edge} <= {*result.proof}]
    named = {node: node for node in range(10) if node in result.proof}  # all meet each other
    assert some_coloring(13, inside, 10, named) is None
    least = ode.color(edges, "min")
    assert (least.color_count, least.lower_bound) == (11, 11)


@pytest.mark.parametrize("edges", [in_conflict(), *(case[1] for case in FIXED)])
def test_however_soon_the_time_is_up_nothing_that_clashes_is_fixed(edges):
    colors = 10 if len(edges) < 100 else clique_number(edges)
    reduced, hint = left(edges, colors), no_hint(edges)
    whole = looks_at(lambda budget: with_clique(reduced, colors, hint, budget))
    # From no time to all of it, and wherever what follows from the clique is being decided.
    for count in [*range(0, whole, max(whole // 8, 1)), *range(max(whole - 30, 0), whole)]:
        try:
            found = with_clique(reduced, colors, hint, looks(count))
        except Infeasible:
            assert edges == in_conflict()
            continue
        inside = found.edges.tolist()
        assert all(found.fixed.get(a, -1) != found.fixed.get(b, -2) for a, b in inside)
        assert sorted([*found.core, *found.peeled]) == list(range(len(hint)))
        assert found is reduced


def test_propagation_that_ends_early_decides_nothing():
    array = np.array(in_conflict(), np.int32)
    neighbours = Neighbours.from_edges(13, array)
    given = {node: node for node in range(10)}
    for count in range(12):
        assert propagate(neighbours, 10, given, looks(count)) == given
    with pytest.raises(Infeasible):
        propagate(neighbours, 10, given)


@pytest.mark.parametrize("encoding", ["onehot", "simplex"])
def test_only_the_simplex_without_fixed_nodes_has_a_clique_fixed(encoding):
    edges = [*FIXED[1][1], *((node, node + 100) for node in range(50))]  # and pendant nodes
    colors = clique_number(edges)
    result = ode.color(edges, colors, max_steps=100, encoding=encoding)
    assert result.run.dynamics_ran
    assert result.run.preset != "coloring-lists"
    assert result.satisfied == (encoding == "simplex")
    whole = ode.color(edges, colors, max_steps=100, encoding=encoding, presolve=False)
    assert not whole.satisfied
    assert whole.core_nodes == len({node for edge in edges for node in edge})
