"""The peers of colouring: what they report is proper, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from benchmarks.coloring import named, solvers
from benchmarks.coloring.instances import Instance
from odesolve import study

SEARCHES = ["tabucol", "partialcol", "head"]

#: Graphs by name, with a number of colours that is enough and, less than that, one that is not.
GRAPHS = {
    "petersen": (nx.petersen_graph(), 3),
    "five queens": (
        nx.from_edgelist(
            (a, b)
            for a in range(25)
            for b in range(a)
            if a // 5 == b // 5 or a % 5 == b % 5 or abs(a // 5 - b // 5) == abs(a % 5 - b % 5)
        ),
        5,
    ),
    "dense": (nx.gnp_random_graph(40, 0.7, seed=3), 14),
    "no edges": (nx.empty_graph(4), 1),
}


def instance_of(graph: nx.Graph, colors: int) -> Instance:
    edges = np.array([sorted(edge) for edge in graph.edges], np.int64).reshape(-1, 2)
    return Instance("graph", Path("graph.col"), len(graph), edges, colors)


@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize("name", SEARCHES)
def test_local_searches_report_proper_colourings_alone(name, graph):
    pytest.importorskip("numba")
    from benchmarks.coloring.tabu import SEARCHES, Adjacency

    own, colors = GRAPHS[graph]
    edges = instance_of(own, colors).edges
    for seed in range(3):
        found = SEARCHES[name](Adjacency.of(len(own), edges), colors, seed, 20.0)
        assert found.coloring is not None
        assert len(found.coloring) == len(own)
        assert set(found.coloring) <= set(range(colors))
        assert all(found.coloring[a] != found.coloring[b] for a, b in edges)
        again = SEARCHES[name](Adjacency.of(len(own), edges), colors, seed, 20.0)
        assert again == found


@pytest.mark.parametrize("name", SEARCHES)
def test_local_searches_find_nothing_where_there_is_nothing(name):
    pytest.importorskip("numba")
    from benchmarks.coloring.tabu import SEARCHES, Adjacency

    edges = instance_of(nx.complete_graph(5), 4).edges
    found = SEARCHES[name](Adjacency.of(5, edges), 4, 0, 0.02)
    assert found.coloring is None
    assert found.steps > 0


def test_a_crossing_takes_the_largest_classes_of_both_parents_in_turn():
    pytest.importorskip("numba")
    from benchmarks.coloring.tabu import _crossed, _random

    first = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2], np.int32)
    second = np.array([0, 0, 1, 1, 1, 1, 1, 2, 2, 2], np.int32)
    child = _crossed(first, second, 3, _random(0)[1])
    # {0, 1, 2, 3} of the first; then {4, 5, 6} or {7, 8, 9} of the second; the other of the first.
    assert len(set(child[:4].tolist())) == 1
    assert {child[4], child[7]} == {1, 2}
    assert (child[4:7] == child[4]).all()
    assert (child[7:] == child[7]).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("solver", "colors", "status"),
    [
        *((solver, 5, "satisfied") for solver in ("TABUCOL", "PARTIALCOL", "HEAD")),
        ("TABUCOL", 4, "unknown"),
    ],
)
def test_peers_are_judged_as_processes_of_their_own(solver, colors, status):
    pytest.importorskip("numba")
    graph, _ = GRAPHS["five queens"]
    limit = 5.0 if status == "satisfied" else 0.5
    attempt = getattr(solvers, solver).attempt(instance_of(graph, colors), limit)
    assert (attempt.status, attempt.solved) == (status, status == "satisfied")
    assert attempt.steps is not None
    assert attempt.violated == (0 if attempt.solved else None)


@pytest.mark.slow
def test_fewest_colours_are_looked_for_from_those_of_dsatur_down():
    pytest.importorskip("numba")
    attempt = solvers.TABUCOL_FEWEST.attempt(instance_of(GRAPHS["five queens"][0], 5), 1.0)
    assert (attempt.colors, attempt.violated) == (5, 0)


def test_the_solvers_of_named_graphs_are_commands_of_a_study(tmp_path, monkeypatch):
    pytest.importorskip("numba")
    monkeypatch.chdir(tmp_path)
    Path("path.col").write_text("p edge 3 2\ne 1 2\ne 2 3\n", encoding="utf-8")
    instances = [{"files": "path.col", "kind": "coloring", "colors": 2}]
    tables = {"seeds": [5], "instances": instances, "settings": named.settings_of(60.0)}
    rows = {row.setting: row.result for row in study(tables, workers=1).rows}
    assert list(rows) == [named.OURS, named.TABUCOL, named.HEAD]
    assert all(row.status == "satisfied" for row in rows.values())
    peer = rows[named.TABUCOL]
    assert peer.steps is not None
    assert named.seconds_of(peer, 60.0) == peer.found_after < peer.seconds
    assert named.seconds_of(rows[named.OURS], 60.0) == rows[named.OURS].seconds
    assert named.seconds_of(peer, peer.found_after / 2) == peer.found_after / 2


def test_a_graph_is_reached_by_its_share_or_beside_tabucol():
    assert named.reaches([1.0] * 7 + [9.0] * 3, [], 9.0)
    assert not named.reaches([1.0] * 6 + [9.0] * 4, [], 9.0)
    assert named.reaches([1.0] * 6 + [9.0] * 4, [0.5] * 10, 9.0)
    assert not named.reaches([1.0] * 6 + [9.0] * 4, [0.1] * 10, 9.0)
