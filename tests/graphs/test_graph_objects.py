"""Python objects as graphs."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from odesolve.problems.errors import InputError
from odesolve.problems.graphs.from_objects import Graph, graph_from

PATH = [("a", "b"), ("b", "c")]
MATRIX = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
DIRECTED = "directed edges taken as undirected"
WEIGHTED = "edge weights ignored"
REPEATED = "1 repeated edge merged"
INDEX_PATH = [[5, 9], [9, 2]]


def weighted(kind: type) -> networkx.Graph:
    graph = kind()
    graph.add_weighted_edges_from([("a", "b", 2.0), ("b", "c", 3.0)])
    return graph


@pytest.mark.parametrize(
    ("obj", "names", "notes"),
    [
        (PATH, "abc", ()),
        (iter(PATH), "abc", ()),
        ([*PATH, ("c", "b")], "abc", (REPEATED,)),
        ({"a": ["b"], "b": ["a", "c"], "c": ["b"]}, "abc", ()),
        ({"a": {"b": {}}, "b": {"c": {}}}, "abc", ()),
        (networkx.Graph(PATH), "abc", ()),
        (networkx.DiGraph(PATH), "abc", (DIRECTED,)),
        (networkx.DiGraph([*PATH, ("b", "a")]), "abc", (DIRECTED,)),
        (networkx.MultiGraph([*PATH, ("a", "b")]), "abc", (REPEATED,)),
        (networkx.MultiDiGraph([*PATH, ("a", "b")]), "abc", (DIRECTED, REPEATED)),
        (weighted(networkx.Graph), "abc", (WEIGHTED,)),
        (weighted(networkx.DiGraph), "abc", (DIRECTED, WEIGHTED)),
        (np.array(INDEX_PATH), (5, 9, 2), ()),
        (np.array(INDEX_PATH, dtype=np.uint64), (5, 9, 2), ()),
        (MATRIX, (0, 1, 2), ()),
        (MATRIX.astype(bool), (0, 1, 2), ()),
        (MATRIX * 0.5, (0, 1, 2), (WEIGHTED,)),
        (np.triu(MATRIX), (0, 1, 2), (DIRECTED,)),
        (scipy.sparse.csr_array(MATRIX), (0, 1, 2), ()),
        (scipy.sparse.csc_matrix(MATRIX), (0, 1, 2), ()),
    ],
)
def test_every_kind_of_object(obj, names, notes):
    graph = graph_from(obj)
    assert graph.names == tuple(names)
    assert graph.edges.tolist() == [[0, 1], [1, 2]]
    assert graph.notes == notes
    assert graph_from(graph) is graph


def test_names_become_plain_python():
    graph = graph_from([(np.int64(1), np.str_("x"))])
    assert [type(name) for name in graph.names] == [int, str]


def test_two_by_two_arrays():
    assert graph_from(np.zeros((2, 2), int)).node_count == 2
    assert graph_from(np.array([[0, 1], [1, 0]])).edges.tolist() == [[0, 1]]
    assert graph_from(np.array([[0, 1], [0, 1]])).notes == (REPEATED,)


@pytest.mark.parametrize("empty", [[], {}, networkx.Graph(), np.zeros((0, 2), int)], ids=type)
def test_empty_graphs(empty):
    graph = graph_from(empty)
    assert (graph.node_count, graph.edge_count, graph.edges.shape) == (0, 0, (0, 2))


def test_nodes_without_edges_stay():
    graph = networkx.Graph(PATH)
    graph.add_node(("far", 1))
    assert graph_from(graph).names == ("a", "b", "c", ("far", 1))


@pytest.mark.parametrize(
    "loop",
    [
        [("a", "b"), (7, 7)],
        {"a": ["b"], 7: [7]},
        networkx.Graph([("a", "b"), (7, 7)]),
        networkx.MultiDiGraph([("a", "b"), (7, 7)]),
        np.array([[1, 2], [7, 7]]),
        np.diag([0.0] * 7 + [1.0]),
        scipy.sparse.coo_array(np.diag([0] * 7 + [1])),
    ],
    ids=type,
)
def test_a_loop_names_its_node(loop):
    with pytest.raises(InputError, match="node 7 is joined to itself"):
        graph_from(loop)


@pytest.mark.parametrize(
    "obj",
    [3, None, "ab", ["ab"], [("a", "b", "c")], [1, 2], [("a", None)], [("a", float("nan"))],
     [("a", ["b"])], {"a": "b"}, {"a": 1}, np.zeros(3), np.zeros((2, 3)), np.zeros((3, 2)),
     np.zeros((2, 2, 2)), np.full((3, 3), np.nan), np.array([["a", "b"]]),
     scipy.sparse.csr_array((2, 3))],
    ids=repr,
)  # fmt: skip
def test_other_objects_are_refused_on_one_line(obj):
    with pytest.raises(InputError, match="expected") as caught:
        graph_from(obj)
    assert str(caught.value).isprintable()


def test_nodes_are_found_by_name_then_by_text():
    graph = graph_from([(1, "a"), ("1", (2, 3))])
    assert graph.labels == ("1", "a", "'1'", "(2, 3)")
    assert [graph.index_of(name) for name in graph.names] == [0, 1, 2, 3]
    assert [graph.index_of(label) for label in ("'1'", "(2, 3)")] == [2, 3]
    assert graph_from([(10, 20)]).index_of("20") == 1
    for unknown in ("z", None, True, [1]):
        with pytest.raises(InputError, match="the graph has no node"):
            graph.index_of(unknown)


def test_a_graph_cannot_be_changed():
    graph = graph_from(PATH)
    with pytest.raises(ValueError, match="read-only"):
        graph.edges[0, 0] = 5


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(-3, 9), st.integers(-3, 9)), max_size=30))
def test_an_array_is_its_list_of_pairs(pairs):
    pairs = [(a, b) for a, b in pairs if a != b]
    array = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    from_list, from_array = graph_from(pairs), graph_from(array)
    assert isinstance(from_list, Graph)
    assert from_list.names == from_array.names == tuple(dict.fromkeys(array.ravel().tolist()))
    assert np.array_equal(from_list.edges, from_array.edges)
    assert from_list.notes == from_array.notes
    named = {frozenset(from_list.names[i] for i in edge) for edge in from_list.edges.tolist()}
    assert named == set(map(frozenset, pairs))


def test_graphs_of_other_libraries_are_taken_whole():
    pandas = pytest.importorskip("pandas")
    igraph = pytest.importorskip("igraph")
    rustworkx = pytest.importorskip("rustworkx")
    own = igraph.Graph(edges=[(0, 1), (1, 2)])
    assert graph_from(own).names == (0, 1, 2)
    own.vs["name"] = ["a", "b", "c"]
    gaps = rustworkx.PyDiGraph()
    gaps.add_nodes_from("wxyz")
    gaps.add_edges_from([(0, 2, None), (2, 3, 7.5)])
    gaps.remove_node(1)
    table = pandas.DataFrame({"source": ["a", "b"], "weight": [1, 2], "target": ["b", "c"]})
    for obj, names, notes in (
        (own, ("a", "b", "c"), ()),
        (gaps, (0, 2, 3), (DIRECTED, WEIGHTED)),
        (table, ("a", "b", "c"), (WEIGHTED,)),
        (table[["source", "target"]], ("a", "b", "c"), ()),
        (pandas.DataFrame(MATRIX, list("abc"), list("abc")), ("a", "b", "c"), ()),
        (networkx.path_graph(5).subgraph([1, 2, 3]), (1, 2, 3), ()),
        (
            networkx.DiGraph([("b", "a"), ("c", "b")]).reverse(copy=False),
            ("b", "a", "c"),
            (DIRECTED,),
        ),
    ):
        graph = graph_from(obj)
        assert (set(graph.names), graph.edge_count) == (set(names), 2)
        assert graph.notes == notes


@pytest.mark.parametrize("form", ["bsr", "coo", "csc", "csr", "dia", "dok", "lil"])
@pytest.mark.parametrize("kind", ["array", "matrix"])
def test_sparse_matrices_of_every_format(form, kind):
    graph = graph_from(getattr(scipy.sparse, f"{form}_{kind}")(MATRIX))
    assert (graph.names, graph.edges.tolist()) == ((0, 1, 2), [[0, 1], [1, 2]])


def test_a_path_is_a_file(tmp_path):
    (tmp_path / "g.json").write_text('[["a", "b"]]')
    assert graph_from(tmp_path / "g.json").names == graph_from(str(tmp_path / "g.json")).names
