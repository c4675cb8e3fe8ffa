"""Presolve of colourings: what is peeled can be put back, and what is refused is proved."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import NamedTuple

import networkx
import numpy as np
import pytest
from coloring_oracle import Pair, equal_ends, some_coloring
from hypothesis import given, settings
from hypothesis import strategies as st

from odesolve.problems.coloring import proofs
from odesolve.problems.coloring.greedy import extend
from odesolve.problems.coloring.presolve import propagate, reduce_coloring, unreduced
from odesolve.problems.coloring.proofs import Infeasible, degeneracy_order, find_clique, odd_cycle
from odesolve.problems.coloring.removal import removable
from odesolve.problems.graphs.neighbours import Neighbours


class Problem(NamedTuple):
    nodes: int
    edges: list[Pair]
    colors: int
    fixed: dict[int, int]

    @property
    def array(self) -> np.ndarray:
        return np.array(self.edges, np.int32).reshape(-1, 2)

    @property
    def neighbours(self) -> Neighbours:
        return Neighbours.from_edges(self.nodes, self.array)


@st.composite
def problems(draw, fixes: bool = True) -> Problem:
    """A graph of at most 9 nodes, dense or sparse, with up to 4 colours and some of them fixed."""
    nodes = draw(st.integers(0, 9))
    pairs = list(combinations(range(nodes), 2))
    density = draw(st.sampled_from([0.2, 0.5, 0.8, 1.0]))
    scores = draw(st.lists(st.floats(0, 1), min_size=len(pairs), max_size=len(pairs)))
    edges = [pair for pair, score in zip(pairs, scores, strict=True) if score <= density]
    colors = draw(st.integers(1, 4))
    fixed = {}
    if fixes and nodes:
        node, color = st.integers(0, nodes - 1), st.integers(0, colors - 1)
        fixed = draw(st.dictionaries(node, color, max_size=3))
    return Problem(nodes, edges, colors, fixed)


def adjacent(problem: Problem, a: int, b: int) -> bool:
    return (a, b) in problem.edges or (b, a) in problem.edges


def is_proof(problem: Problem, proof: Infeasible) -> bool:
    """Whether the named nodes are what the text says they are."""
    nodes, why = proof.nodes, proof.why
    if len(set(nodes)) < len(nodes):
        return False
    if "clique" in why:
        return len(nodes) == problem.colors + 1 and all(
            adjacent(problem, a, b) for a, b in combinations(nodes, 2)
        )
    if "odd length" in why:
        closed = pairwise([*nodes, nodes[0]])
        odd = len(nodes) % 2 == 1
        return problem.colors == 2 and odd and all(adjacent(problem, a, b) for a, b in closed)
    if "fixed to one colour" in why:
        a, b = nodes
        same = a in problem.fixed and problem.fixed[a] == problem.fixed.get(b)
        return same and adjacent(problem, a, b)
    if "force" in why:
        return all(adjacent(problem, a, b) for a, b in combinations(nodes, 2))
    assert "take all the colours" in why
    return sum(nodes[0] in edge for edge in problem.edges) >= problem.colors


# ------------------------------------------------------------------------------- the whole presolve


@settings(max_examples=400)
@given(problems())
def test_presolve_keeps_feasibility_exactly(problem):
    nodes, edges, colors, fixed = problem
    feasible = some_coloring(nodes, edges, colors, fixed) is not None
    try:
        reduced = reduce_coloring(nodes, problem.array, colors, fixed)
    except Infeasible as error:
        proof = error
    else:
        proof = None
    if proof is not None:
        assert not feasible
        assert is_proof(problem, proof), (proof.nodes, proof.why)
        return
    core = some_coloring(len(reduced.core), reduced.edges, colors, reduced.fixed)
    assert (core is not None) == feasible
    if core is None:
        return
    coloring = np.full(nodes, -1)
    coloring[reduced.core] = core
    extend(problem.neighbours, coloring, reduced.peeled, colors)
    assert equal_ends(edges, coloring) == 0
    assert all(0 <= color < colors for color in coloring)
    assert all(coloring[node] == color for node, color in fixed.items())


@settings(max_examples=200)
@given(problems())
def test_core_and_peeled_nodes_are_all_nodes(problem):
    try:
        reduced = reduce_coloring(problem.nodes, problem.array, problem.colors, problem.fixed)
    except Infeasible:
        return
    core = reduced.core.tolist()
    assert core == sorted(core)
    assert sorted([*core, *reduced.peeled.tolist()]) == list(range(problem.nodes))
    inside = {(core[a], core[b]) for a, b in reduced.edges.tolist()}
    assert inside == {edge for edge in problem.edges if set(edge) <= set(core)}
    assert problem.fixed.items() <= {core[n]: c for n, c in reduced.fixed.items()}.items()


def test_without_presolve_the_problem_stays_whole():
    edges = np.array([[0, 1], [1, 2]])
    whole = unreduced(4, edges, {2: 1})
    assert whole.core.tolist() == [0, 1, 2, 3]
    assert whole.edges.tolist() == edges.tolist()
    assert (whole.fixed, whole.peeled.tolist()) == ({2: 1}, [])


# (nodes, edges, colours, fixed, the nodes that prove it, words of the reason)
CLIQUE5 = list(combinations(range(1, 6), 2))
PROOFS = {
    "a clique": (6, [(0, 1), *CLIQUE5], 4, {}, {1, 2, 3, 4, 5}, "a clique of 5"),
    "an edge in one colour": (3, [(1, 2)], 1, {}, {1, 2}, "a clique of 2"),
    "an odd cycle": (6, [(i, (i + 1) % 5) for i in range(5)], 2, {}, set(range(5)), "length 5"),
    "a fixed clash": (3, [(0, 1), (1, 2)], 3, {0: 1, 1: 1}, {0, 1}, "fixed to one colour"),
    "no colour left": (
        4, [(0, 3), (1, 3), (2, 3)], 3, {0: 0, 1: 1, 2: 2}, {3}, "force|all the colours"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PROOFS)
def test_a_proof_names_its_nodes(name):
    nodes, edges, colors, fixed, guilty, why = PROOFS[name]
    with pytest.raises(Infeasible, match=why) as caught:
        reduce_coloring(nodes, np.array(edges), colors, fixed)
    assert guilty <= set(caught.value.nodes)
    assert is_proof(Problem(nodes, edges, colors, fixed), caught.value)


# ---------------------------------------------------------------------------------------- its parts


@settings(max_examples=200)
@given(problems())
def test_removed_nodes_always_find_a_colour(problem):
    nodes, edges, colors, fixed = problem
    table = np.array(edges, np.int64).reshape(-1, 2)
    peeled = removable(nodes, table, colors, fixed)
    assert len(set(peeled.tolist())) == len(peeled)
    assert not set(peeled.tolist()) & fixed.keys()
    gone = set(peeled.tolist())
    stays = [node for node in range(nodes) if node not in gone]
    inner = [edge for edge in edges if set(edge) <= set(stays)]
    own = {node: color for node, color in fixed.items() if node in stays}
    known = some_coloring(nodes, inner, colors, own)
    if known is None:
        return
    coloring = np.array(known)
    coloring[peeled] = -1
    before = coloring.copy()
    extend(problem.neighbours, coloring, peeled, colors)
    assert all(0 <= coloring[node] < colors for node in range(nodes))
    assert all(coloring[a] != coloring[b] for a, b in edges if {a, b} & gone)
    assert (coloring[stays] == before[stays]).all()
    # Nothing is left that has too few neighbours.
    for node in set(stays) - fixed.keys():
        assert sum(node in edge and not set(edge) & gone for edge in edges) >= colors


@settings(max_examples=200)
@given(problems())
def test_propagated_colours_are_forced(problem):
    nodes, edges, colors, fixed = problem
    try:
        forced = propagate(problem.neighbours, colors, fixed)
    except Infeasible:
        assert some_coloring(nodes, edges, colors, fixed) is None
        return
    assert fixed.items() <= forced.items()
    for node, color in forced.items():
        for other in set(range(colors)) - {color}:
            if node not in fixed:
                assert some_coloring(nodes, edges, colors, {**fixed, node: other}) is None


@settings(max_examples=200)
@given(problems(fixes=False))
def test_cliques_are_found_exactly(problem):
    graph = networkx.empty_graph(problem.nodes)
    graph.add_edges_from(problem.edges)
    largest = max(map(len, networkx.find_cliques(graph)), default=0)
    for size in range(2, problem.nodes + 2):
        found = find_clique(problem.neighbours, size)
        if size > largest:
            assert found is None
        else:
            assert found is not None
            assert len(set(found)) == size
            assert all(adjacent(problem, a, b) for a, b in combinations(found, 2))


@pytest.mark.parametrize("limit", [0, 1, 5, 50])
def test_a_clique_search_that_gives_up_never_invents_one(limit, monkeypatch):
    monkeypatch.setattr(proofs, "CLIQUE_SEARCH_LIMIT", limit)
    graph = networkx.gnp_random_graph(30, 0.5, seed=3)
    neighbours = Neighbours.from_edges(30, np.array(graph.edges))
    largest = max(map(len, networkx.find_cliques(graph)))
    assert find_clique(neighbours, largest + 1) is None
    found = find_clique(neighbours, largest)
    assert found is None or all(graph.has_edge(a, b) for a, b in combinations(found, 2))


def test_a_clique_of_a_thousand_nodes_is_found():
    # Deeper than Python's recursion limit.
    edges = np.stack(np.triu_indices(1010, 1), axis=1)
    assert find_clique(Neighbours.from_edges(1010, edges), 1005) is not None


@settings(max_examples=200)
@given(problems(fixes=False))
def test_odd_cycles_are_found_exactly(problem):
    graph = networkx.empty_graph(problem.nodes)
    graph.add_edges_from(problem.edges)
    cycle = odd_cycle(problem.neighbours)
    assert (cycle is None) == networkx.is_bipartite(graph)
    if cycle is not None:
        assert len(set(cycle)) == len(cycle)
        assert len(cycle) % 2 == 1
        assert all(graph.has_edge(a, b) for a, b in pairwise([*cycle, cycle[0]]))


@settings(max_examples=200)
@given(problems(fixes=False))
def test_the_degeneracy_order_leaves_as_few_later_neighbours_as_possible(problem):
    graph = networkx.empty_graph(problem.nodes)
    graph.add_edges_from(problem.edges)
    order = degeneracy_order(problem.neighbours).tolist()
    assert sorted(order) == list(range(problem.nodes))
    later = [sum(graph.has_edge(a, b) for b in order[i:]) for i, a in enumerate(order)]
    assert max(later, default=0) == max(networkx.core_number(graph).values(), default=0)


def test_a_long_path_needs_no_recursion():
    count = 5000
    edges = np.array(list(pairwise(range(count))))
    reduced = reduce_coloring(count, edges, 2, {})
    assert len(reduced.peeled) == count
    assert odd_cycle(Neighbours.from_edges(count, edges)) is None
    forced = reduce_coloring(count, edges, 2, {0: 1})
    assert forced.fixed == {node: (node + 1) % 2 for node in range(count)}


def test_peeled_nodes_take_the_colour_of_fewest_neighbours_where_none_is_left():
    # Node 3 was dominated by one of the others; an improper colouring of these leaves it nothing.
    edges = np.array([(3, 0), (3, 1), (3, 2)])
    coloring = np.array([0, 1, 0, -1])
    extend(Neighbours.from_edges(4, edges), coloring, np.array([3]), 2)
    assert coloring.tolist() == [0, 1, 0, 1]
