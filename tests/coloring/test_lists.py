"""Colourings in which fixed nodes leave, and the others have lists of colours."""

from __future__ import annotations

from itertools import combinations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import odesolve as ode
from odesolve.problems.coloring.lists import clique_cover, color_lists, has_lists
from odesolve.problems.coloring.presolve import reduce_coloring
from odesolve.problems.coloring.proofs import Infeasible


def latin(order, holes, seed):
    """The graph of a latin square, and the cells that are filled."""
    generator = np.random.default_rng(seed)
    square = np.add.outer(generator.permutation(order), generator.permutation(order)) % order
    cells = range(order * order)
    edges = [
        (a, b)
        for a, b in combinations(cells, 2)
        if a // order == b // order or a % order == b % order
    ]
    kept = generator.permutation(order * order)[holes:]
    return edges, {int(cell): int(square.flat[cell]) for cell in kept}


def test_a_latin_square_with_holes_is_a_small_problem():
    edges, filled = latin(9, 40, seed=4)
    result = ode.color(edges, 9, precoloring=filled, seed=0, max_steps=5000)
    assert result.satisfied
    assert result.run.preset == "coloring-lists"
    assert all(result.coloring[cell] == color for cell, color in filled.items())
    assert all(result.coloring[a] != result.coloring[b] for a, b in edges)


def test_the_values_for_lists_are_those_for_models():
    lists, shares = (ode.preset_named(name) for name in ("coloring-lists", "model-shares"))
    assert lists.parameters == shares.parameters
    assert lists.lane_parameters == shares.lane_parameters
    assert lists.options == shares.options


def test_the_dynamics_may_be_chosen_as_for_every_colouring():
    edges, filled = latin(6, 16, seed=2)
    result = ode.color(
        edges, 6, precoloring=filled, dynamics="memcomputing", seed=1, max_steps=20_000
    )
    assert result.run.dynamics in ("memcomputing", "none")
    assert result.satisfied


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.integers(4, 9), st.floats(0.2, 0.7), st.integers(2, 4))
def test_lists_keep_exactly_the_colourings(seed, nodes, density, colors):
    """By brute force over the lists and over all colours, a third of the nodes being fixed."""
    graph = nx.gnp_random_graph(nodes, density, seed=seed)
    edges = np.array(graph.edges, np.int64).reshape(-1, 2)
    generator = np.random.default_rng(seed)
    fixed = {
        int(n): int(generator.integers(colors)) for n in range(nodes) if generator.random() < 0.35
    }
    every = {
        values
        for values in np.ndindex(*[colors] * nodes)
        if all(values[a] != values[b] for a, b in edges)
        and all(values[n] == color for n, color in fixed.items())
    }
    try:
        reduced = reduce_coloring(nodes, edges, colors, fixed)
        lists = color_lists(reduced, colors)
    except Infeasible:
        assert not every
        return
    projected = {tuple(values[node] for node in reduced.core) for values in every}
    left = [lists.store.values(node) for node in range(len(reduced.core))]
    for values in projected:
        assert all(value in own for value, own in zip(values, left, strict=True))
    if not lists.rows:
        assert tuple(lists.lowest()) in projected


@given(st.integers(0, 10**6), st.integers(1, 14), st.floats(0.0, 1.0))
def test_cliques_cover_every_edge_once(seed, nodes, density):
    graph = nx.gnp_random_graph(nodes, density, seed=seed)
    cliques = clique_cover(nodes, np.array(graph.edges, np.int64).reshape(-1, 2))
    covered = [pair for clique in cliques for pair in combinations(clique, 2)]
    assert sorted(covered) == sorted(tuple(sorted(edge)) for edge in graph.edges)


def test_few_fixed_nodes_leave_the_problem_as_it_is():
    edges = np.array(nx.random_regular_graph(4, 60, seed=1).edges)
    assert not has_lists(reduce_coloring(60, edges, 3, {0: 1}))
    assert not has_lists(reduce_coloring(60, edges, 3, {}))


@pytest.mark.parametrize("presolve", [True, False])
def test_what_fixed_nodes_leave_no_colours_is_infeasible(presolve):
    """Three free nodes of a triangle with two colours left to them all."""
    edges = [(a, b) for a, b in combinations("abc", 2)]
    edges += [(node, f"{node}{k}") for node in "abc" for k in range(2)]
    fixed = {f"{node}{k}": k for node in "abc" for k in range(2)}
    result = ode.color(edges, 4, precoloring=fixed, presolve=presolve, max_steps=200)
    assert result.status == ("infeasible" if presolve else "unknown")
