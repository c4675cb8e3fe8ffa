"""Colouring from Python: every encoding and dynamics, exact answers, honest failures."""

from __future__ import annotations

import json
from itertools import pairwise, product
from pathlib import Path

import networkx
import numpy as np
import pytest
from coloring_oracle import equal_ends, some_coloring

import odesolve as ode
from odesolve.problems.coloring.check import is_proper_coloring
from odesolve.problems.coloring.solve import ENCODING_NAMES

ARTICLE = Path(__file__).parents[2] / "docs" / "examples" / "article.json"
PETERSEN = networkx.petersen_graph()
#: Four colours, no triangle: three cannot do, and presolve cannot prove it.
GROTZSCH = networkx.mycielski_graph(4)
TREE = networkx.path_graph(4)
ENCODINGS = ENCODING_NAMES
DYNAMICS = ("rectified", "memcomputing", "article", "descent")

# A step budget makes the outcome one of the code alone. Sizes are shared between tests, because
# compiling takes longer than solving.
BUDGET = {"runs": 16, "max_steps": 4000}

COMMON_KEYS = {
    "status", "reason", "solution", "problem", "runs", "steps", "violated", "time", "compiled",
    "seed", "dynamics", "preset", "parameters", "device",
}  # fmt: skip


def assert_solved(result, graph: networkx.Graph, colors: int, fixed=None) -> None:
    assert (result.status, result.run.reason) == ("satisfied", "solved")
    assert (result.violated, result.proof) == (0, ())
    assert set(result.coloring) == set(graph)
    assert all(type(color) is int and 0 <= color < colors for color in result.coloring.values())
    assert equal_ends(graph.edges, result.coloring) == 0
    assert (fixed or {}).items() <= result.coloring.items()
    assert is_proper_coloring(result.graph, result.colors, colors)


# --------------------------------------------------------------------------- encodings and dynamics

#: Encodings choose clauses, dynamics the equations. Quick are every encoding, and most dynamics,
#: at least once.
QUICK = {
    ("simplex", "memcomputing"), ("simplex", "descent"), ("onehot", "rectified"),
    ("onehot", "article"), ("modular", "article"),
}  # fmt: skip
COMBINATIONS = [
    pair if pair in QUICK else pytest.param(*pair, marks=pytest.mark.slow)
    for pair in product(ENCODINGS, DYNAMICS)
]


@pytest.mark.parametrize(("encoding", "dynamics"), COMBINATIONS)
def test_every_dynamics_colours_in_every_encoding(encoding, dynamics):
    # Components of several kinds, an isolated node, and fixed colours in three of them.
    graph = networkx.disjoint_union_all(
        [networkx.complete_graph(3), networkx.path_graph(3), networkx.empty_graph(2)]
    )
    fixed = {0: 2, 4: 1, 6: 0}
    result = ode.color(
        graph, 3, encoding=encoding, dynamics=dynamics, precoloring=fixed, presolve=False, **BUDGET
    )
    if (encoding, dynamics) == ("modular", "descent"):  # stuck in the circle's local minima
        assert fixed.items() <= result.coloring.items()
        assert result.violated == equal_ends(graph.edges, result.coloring)
    else:
        assert_solved(result, graph, 3, fixed)
    assert (result.run.dynamics, result.encoding) == (dynamics, encoding)
    assert (result.core_nodes, result.core_edges) == (8, 5)


@pytest.mark.parametrize(
    "encoding",
    ["simplex", *(pytest.param(e, marks=pytest.mark.slow) for e in ("onehot", "modular"))],
)
def test_fixed_colours_are_kept_with_and_without_presolve(encoding):
    fixed = {0: 2, 1: 0, 7: 1}
    for presolve in (True, False):
        result = ode.color(
            PETERSEN, 3, encoding=encoding, precoloring=fixed, presolve=presolve, **BUDGET
        )
        assert_solved(result, PETERSEN, 3, fixed)


@pytest.mark.parametrize(
    ("encoding", "colors"),
    [
        *(("simplex", 1), ("simplex", 2), ("simplex", 5)),
        *(pytest.param(e, q, marks=pytest.mark.slow) for e, q in (("onehot", 1), ("modular", 1))),
        pytest.param("onehot", 5, marks=pytest.mark.slow),
    ],
)
def test_as_many_colours_as_a_clique_has_nodes(encoding, colors):
    graph = networkx.complete_graph(colors)
    result = ode.color(graph, colors, encoding=encoding, presolve=False, **BUDGET)
    assert_solved(result, graph, colors)
    assert sorted(result.coloring.values()) == list(range(colors))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("presolve", [True, False])
def test_the_empty_graph_is_coloured(encoding, presolve):
    result = ode.color([], 3, encoding=encoding, presolve=presolve, runs=4, max_steps=10)
    assert (result.status, result.coloring, result.violated) == ("satisfied", {}, 0)


@pytest.mark.parametrize(
    "graph",
    [networkx.empty_graph(0), networkx.empty_graph(1), networkx.empty_graph(4),
     networkx.path_graph(2), networkx.balanced_tree(2, 4), networkx.cycle_graph(7),
     networkx.complete_graph(3), networkx.disjoint_union(TREE, networkx.cycle_graph(5))],
    ids=["empty", "node", "nodes", "edge", "tree", "cycle", "triangle", "components"],
)  # fmt: skip
def test_presolve_alone_colours_easy_graphs(graph):
    result = ode.color(graph, 3)
    assert_solved(result, graph, 3)
    assert (result.core_nodes, result.run.steps, len(result.run.runs)) == (0, 0, 0)
    assert any("nothing was left to integrate" in note for note in result.notes)


def test_large_numbers_of_colours_need_no_dynamics():
    assert_solved(ode.color(PETERSEN, 10**6), PETERSEN, 10**6)


# --------------------------------------------------------------------------------- the same answers


@pytest.fixture(scope="module")
def article() -> networkx.Graph:
    return networkx.Graph(json.loads(ARTICLE.read_text())["edges"])


def test_the_same_seed_gives_the_same_colouring(article):
    def colors(seed: int) -> list[int]:
        result = ode.color(article, 3, seed=seed, **BUDGET)
        assert_solved(result, article, 3)
        assert result.run.seed == seed
        return result.colors.tolist()

    assert colors(1) == colors(1)
    assert len({tuple(colors(seed)) for seed in range(8)}) > 1


def test_a_complete_solver_agrees_about_random_graphs():
    outcomes = []
    for seed in range(20):
        # One size for all, some of them 3-colourable.
        graph = networkx.gnm_random_graph(9, 17, seed=seed)
        feasible = some_coloring(9, graph.edges, 3, {}) is not None
        result = ode.color(graph, 3, presolve=False, runs=16, max_steps=1000, seed=seed)
        outcomes.append(feasible)
        assert result.satisfied == feasible
        assert result.violated == equal_ends(graph.edges, result.coloring)
        if feasible:
            assert_solved(result, graph, 3)
    assert 3 <= sum(outcomes) <= 17


# ------------------------------------------------------------------------------ infeasible, unknown

K5 = networkx.relabel_nodes(networkx.complete_graph(5), dict(enumerate("abcde")))
INFEASIBLE = [
    ("clique", networkx.compose(K5, networkx.path_graph(3)), 4, {}, set("abcde")),
    ("edge", networkx.path_graph(2), 1, {}, {0, 1}),
    ("odd cycle", networkx.cycle_graph(5), 2, {}, set(range(5))),
    ("fixed clash", networkx.path_graph(["x", "y", "z"]), 3, {"x": 1, "y": 1}, {"x", "y"}),
]


@pytest.mark.parametrize(
    ("graph", "colors", "fixed", "proof"), [case[1:] for case in INFEASIBLE],
    ids=[case[0] for case in INFEASIBLE],
)  # fmt: skip
def test_infeasible_graphs_are_refused_with_a_proof(graph, colors, fixed, proof):
    result = ode.color(graph, colors, precoloring=fixed)
    assert (result.status, result.run.reason) == ("infeasible", "proved")
    assert not result.satisfied
    assert set(result.proof) == proof
    assert (result.coloring, len(result.colors)) == ({}, 0)
    found = result.to_json()
    assert (found["status"], found["reason"]) == ("infeasible", "proved")
    assert found["solution"] is None
    assert set(found["proof"]) == set(map(str, proof))


def test_a_proof_tells_the_node_1_from_the_node_of_that_name():
    result = ode.color([(1, "1")], 1)
    assert set(result.proof) == {1, "1"}
    assert set(result.to_json()["proof"]) == {"1", "'1'"}


@pytest.mark.parametrize("steps", [0, 7, 300])
def test_a_spent_budget_gives_the_best_colouring(steps):
    result = ode.color(GROTZSCH, 3, runs=4, max_steps=steps)
    assert (result.status, result.run.reason, result.run.steps) == ("unknown", "steps", steps)
    assert set(result.coloring) == set(GROTZSCH)
    assert result.violated == equal_ends(GROTZSCH.edges, result.coloring) > 0
    assert result.violated == int(result.run.runs.violated.min())
    found = result.to_json()
    assert found["solution"] is None
    assert found["best"]["coloring"] == {str(n): c for n, c in result.coloring.items()}
    assert found["violated"] == result.violated


def test_no_time_is_a_budget_too():
    result = ode.color(GROTZSCH, 3, runs=4, time_limit=0)
    assert (result.status, result.run.reason) == ("unknown", "time")
    assert result.violated == equal_ends(GROTZSCH.edges, result.coloring)


@pytest.mark.parametrize("encoding", ["simplex", "modular"])
def test_contradicting_fixed_colours_are_kept_and_counted(encoding):
    # Without presolve nothing proves it: the answer must not claim more than it found.
    fixed = {0: 2, 1: 2, 7: 1}
    result = ode.color(
        PETERSEN, 3, encoding=encoding, precoloring=fixed, presolve=False, runs=16, max_steps=50
    )
    assert result.status == "unknown"
    assert fixed.items() <= result.coloring.items()
    assert result.violated == equal_ends(PETERSEN.edges, result.coloring) >= 1


# ---------------------------------------------------------------------------------- what comes back

NAMES = [
    ("text", ["a", "été", "a b", "", "#1"]),
    ("numbers", [7, -3, 10**30, 0, 2.5]),
    ("tuples", [(0, 0), (0, 1), (1, "x"), (), ((1,), 2)]),
    ("mixed", [1, "1", (1,), "(1,)", frozenset({1})]),
]


@pytest.mark.parametrize("names", [names for _, names in NAMES], ids=[name for name, _ in NAMES])
def test_node_names_come_back_as_they_were_given(names):
    graph = networkx.Graph(pairwise(names))
    result = ode.color(graph, 3, precoloring={names[1]: 2})
    assert_solved(result, graph, 3, {names[1]: 2})
    for name, given in zip(result.coloring, graph, strict=True):
        assert (name, type(name)) == (given, type(given))
    found = json.loads(json.dumps(result.to_json()))["solution"]["coloring"]
    assert list(found.values()) == list(result.coloring.values())
    assert len(found) == len(names)


@pytest.mark.parametrize(
    "graph",
    [TREE, list(TREE.edges), (edge for edge in list(TREE.edges)), np.array(TREE.edges),
     networkx.to_numpy_array(TREE), {0: [1], 1: [2], 2: [3]}, TREE.to_directed()],
    ids=["networkx", "pairs", "generator", "array", "matrix", "adjacency", "directed"],
)  # fmt: skip
def test_a_graph_may_come_as_many_objects(graph):
    assert_solved(ode.color(graph, 2), TREE, 2)


def test_numpy_integers_are_integers():
    result = ode.color(TREE, np.int64(2), precoloring={0: np.int8(1)})
    assert_solved(result, TREE, 2, {0: 1})
    json.dumps(result.to_json())


def strict(value):
    """Through JSON text, with NaN and infinities refused."""
    return json.loads(json.dumps(value, allow_nan=False))


@pytest.mark.parametrize(
    ("graph", "colors", "status"),
    [(TREE, 3, "satisfied"), (K5, 4, "infeasible"), (GROTZSCH, 3, "unknown")],
    ids=["satisfied", "infeasible", "unknown"],
)
@pytest.mark.parametrize("statistics", [False, True])
def test_every_result_is_strict_json_with_the_common_keys(graph, colors, status, statistics):
    result = ode.color(graph, colors, runs=4, max_steps=7, seed=5)
    found = strict(result.to_json(statistics=statistics))
    assert found.keys() >= COMMON_KEYS
    assert (found["status"], found["seed"]) == (status, 5)
    assert found["problem"] == {
        "nodes": len(graph), "edges": graph.size(), "colors": colors, "encoding": "simplex",
        "core_nodes": result.core_nodes, "core_edges": result.core_edges,
    }  # fmt: skip
    assert found["time"].keys() == {"presolve", "compile", "solve", "total"}
    assert all(seconds >= 0 for seconds in found["time"].values())
    assert found["time"]["total"] >= found["time"]["presolve"]
    assert found["runs"]["total"] == len(result.run.runs)
    assert ("solved_fraction" in found["runs"]) == statistics


@pytest.mark.parametrize("value", [float("inf"), 1e300])
def test_extreme_parameters_stay_strict_json(value):
    result = ode.color(GROTZSCH, 3, parameters={"alpha": value}, runs=4, max_steps=7)
    strict(result.to_json(statistics=True))


def test_all_runs_give_statistics(article):
    result = ode.color(article, 3, all_runs=True, **BUDGET)
    assert_solved(result, article, 3)
    table, runs = result.run.runs, strict(result.to_json(statistics=True))["runs"]
    assert len(table) == runs["total"] == 16
    assert runs["satisfied"] == int(table.satisfied.sum()) == 16
    assert runs["solved_fraction"] == 1.0
    assert runs["steps_quantiles"]["0.5"] == np.median(table.steps)
    assert runs["table"]["steps"] == table.steps.tolist()
    assert result.run.steps == table.steps.min()


# ---------------------------------------------------------------------------------- refused at once

REFUSED = [
    ("colors", 0), ("colors", -1), ("colors", 3.0), ("colors", True), ("colors", "3"),
    ("colors", None),
    ("encoding", "polar"), ("encoding", None), ("encoding", ["simplex"]),
    ("dynamics", "gradient"), ("dynamics", 3), ("dynamics", ode.Descent),
    ("stepper", "leapfrog"), ("stepper", ode.Euler),
    ("parameters", {"omega": 1}), ("parameters", {"alpha": "x"}),
    ("parameters", {"alpha": float("nan")}), ("parameters", {"satisfied_force": "x"}),
    ("runs", 0), ("runs", 2.5), ("runs", "many"), ("runs", 10**12),
    ("seed", -1), ("seed", 1.5), ("seed", "x"), ("seed", None),
    ("max_steps", -1), ("max_steps", 2.5), ("max_steps", "x"), ("max_steps", 2**31),
    ("time_limit", -1), ("time_limit", float("nan")), ("time_limit", "x"),
    ("patience", 0), ("patience", 1.5), ("look_every", 0), ("look_every", 2**31),
    ("time_limt", 3),
    ("precoloring", {"z": 0}), ("precoloring", {0: 3}), ("precoloring", {0: -1}),
    ("precoloring", {0: True}), ("precoloring", {0: 1.0}), ("precoloring", {0: "1"}),
    ("precoloring", {0: 1, "0": 2}), ("precoloring", [0, 1]),
]  # fmt: skip


def refusal(graph, option: str, value) -> str:
    """The message with which a bad option is refused; short budgets, should it be accepted."""
    with pytest.raises(ode.InputError) as caught:
        ode.color(graph, **{"max_steps": 7, "runs": 4, "time_limit": 0.5, option: value})
    assert str(caught.value).isprintable()
    return str(caught.value)


@pytest.mark.parametrize(("option", "value"), REFUSED, ids=[f"{o}={v!r}"[:40] for o, v in REFUSED])
def test_bad_options_are_input_errors(option, value):
    text = refusal(GROTZSCH, option, value)
    # Written for the user: not what Python says when types do not fit.
    assert "not supported between" not in text
    assert "__init__" not in text


@pytest.mark.parametrize(
    ("option", "value"),
    [("dynamics", "gradient"), ("stepper", "leapfrog"), ("parameters", {"omega": 1}), ("runs", 0),
     ("seed", -1), ("max_steps", -1), ("time_limit", float("nan")), ("time_limt", 3)],
)  # fmt: skip
@pytest.mark.parametrize("graph", [TREE, K5], ids=["coloured", "refuted"])
def test_bad_options_are_no_better_where_presolve_needs_none(graph, option, value):
    refusal(graph, option, value)


@pytest.mark.parametrize(
    "graph",
    [3, None, "ab", [1, 2], [(1, 2, 3)], [("a", "a")], [(None, 1)], np.zeros((2, 3)),
     networkx.Graph([(1, 1)]), {"a": "bc"}, [("a", float("nan"))]],
    ids=str,
)  # fmt: skip
def test_what_is_no_simple_graph_is_an_input_error(graph):
    with pytest.raises(ode.InputError) as caught:
        ode.color(graph)
    assert str(caught.value).isprintable()


def test_a_loop_is_named():
    with pytest.raises(ode.InputError, match="'self'"):
        ode.color([("a", "b"), ("self", "self")])


def test_boards_of_queens_are_coloured_by_the_preset_of_medium_density():
    squares = np.array([(row, column) for row in range(10) for column in range(11)])
    first, second = np.triu_indices(len(squares), 1)
    rows, columns = np.abs(squares[first] - squares[second]).T
    attacked = (rows == 0) | (columns == 0) | (rows == columns)
    edges = np.stack([first, second], axis=1)[attacked]
    found = ode.color(edges, 12, seed=1, max_steps=3000)
    assert found.run.preset == "coloring-medium"
    assert found.satisfied
    colors = np.array([found.coloring[node] for node in range(len(squares))])
    assert (colors[edges[:, 0]] != colors[edges[:, 1]]).all()
