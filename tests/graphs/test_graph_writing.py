"""Graphs written in every format: read again here and by other libraries, or refused."""

from __future__ import annotations

import io
import warnings

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import odesolve
from odesolve.problems.errors import InputError
from odesolve.problems.graphs.formats import FORMATS, parse_graph, read_graph
from odesolve.problems.graphs.from_objects import graph_from
from odesolve.problems.graphs.graph import Graph, graph_of_named_edges
from odesolve.problems.graphs.writing import write_graph

NUMBERED = [name for name, form in FORMATS.items() if form.numbered_from is not None]
NAMED = [name for name in FORMATS if name not in NUMBERED]
EXTENSIONS = [(name, ending) for name, form in FORMATS.items() for ending in form.extensions]

#: A triangle with a tail, and a node without an edge.
EDGES = [("b", "a"), ("a", "c"), ("b", "c"), ("c", "d")]
SMALL = graph_of_named_edges([end for edge in EDGES for end in edge], declared=["lone", "a"])
NUMBERS = graph_of_named_edges([1, 0, 0, 2, 1, 2, 2, 3, 3, 5], declared=[4, 3])


def named_edges(graph: Graph) -> set[frozenset[str]]:
    return {frozenset((graph.labels[a], graph.labels[b])) for a, b in graph.edges.tolist()}


def shifted(graph: Graph, by: int) -> Graph:
    names = tuple(name + by for name in graph.names)
    return Graph(names, graph.edges)


@pytest.mark.parametrize(("format", "ending"), EXTENSIONS)
def test_names_and_lone_nodes_are_kept_or_given_up_when_asked(format, ending, tmp_path):
    path = tmp_path / f"graph.{ending}"
    if format in NAMED:
        assert write_graph(SMALL, path) == ()
        assert read_graph(path).is_same_as(SMALL)
        return
    with pytest.raises(InputError, match=r"nodes have no names in .*--renumber"):
        write_graph(SMALL, path)
    assert not path.exists()
    first = FORMATS[format].numbered_from
    [note] = write_graph(SMALL, path, renumber=True)
    assert note.startswith(f"the nodes are numbered {first} to {first + 4} in their order")
    found = read_graph(path)
    assert [int(name) for name in found.labels] == list(range(first, first + 5))
    assert (found.edges == SMALL.edges).all()


@pytest.mark.parametrize("source", FORMATS)
def test_every_format_becomes_every_other(source, tmp_path):
    """Numbers keep their nodes, also where a format counts from 1 and the other from 0."""
    path = tmp_path / f"graph.{FORMATS[source].extensions[0]}"
    write_graph(NUMBERS, path)
    before = read_graph(path)
    first = FORMATS[source].numbered_from or 0
    assert before.is_same_as(shifted(NUMBERS, first))
    for form in FORMATS.values():
        path = tmp_path / f"again.{form.extensions[0]}.gz"
        notes = write_graph(before, path)
        wanted = first if form.numbered_from is None else form.numbered_from
        assert read_graph(path).is_same_as(shifted(NUMBERS, wanted))
        changed = f"the nodes {first} to {first + 5} became {wanted} to {wanted + 5}"
        assert notes == (() if wanted == first else (changed,))


WORDS = ["a", "b", "node 1", "x,y", "7", "é", "'q'", 'say "no"', "#c", "-", "a\tb", "a\\", "{", "",
         "source", "graph", "0x1", "%", "a:b", "a;b", "p", "|}", "&amp;", "<b>", "\u2028", "1.0",
         "c", "e", "None", "nan", "line\nbreak", "*v", "[", "1 2"]  # fmt: skip


@st.composite
def graphs(draw) -> Graph:
    names = draw(
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=5, unique=True)
        | st.lists(st.integers(-2, 6), min_size=1, max_size=6, unique=True)
        | st.integers(1, 7).flatmap(lambda n: st.permutations(range(n)))
        | st.lists(st.text(max_size=4), min_size=1, max_size=4, unique=True)
        | st.lists(st.integers(0, 3) | st.sampled_from(["0", "1", 0.5, (1, "a")]), min_size=1,
                   max_size=4, unique=True)
    )  # fmt: skip
    pairs = [(a, b) for i, a in enumerate(names) for b in names[:i]]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=8, unique=True)) if pairs else []
    return graph_of_named_edges([end for pair in chosen for end in pair], declared=names)


@settings(max_examples=250, deadline=None)
@given(format=st.sampled_from(list(FORMATS)), graph=graphs(), renumber=st.booleans())
def test_nothing_is_lost_without_a_word(format, graph, renumber, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / f"any.{FORMATS[format].extensions[0]}"
    path.unlink(missing_ok=True)
    try:
        notes = write_graph(graph, path, renumber=renumber)
    except InputError:
        assert not path.exists()
        return
    forced = any("--format" in note for note in notes)
    found = read_graph(path, format=format if forced else None)
    if graph.is_same_as(found):
        assert notes == () or forced
    else:
        assert any("became" in note or "numbered" in note for note in notes)
        assert sorted(graph.edges.shape) == sorted(found.edges.shape)
        assert graph.node_count == found.node_count
    if format == "json" and not renumber:
        assert set(found.names) == set(graph.names)


@pytest.mark.parametrize(
    ("format", "reader"),
    [
        ("edgelist", networkx.read_edgelist),
        ("adjlist", networkx.read_adjlist),
        ("multiline-adjlist", networkx.read_multiline_adjlist),
        ("graphml", networkx.read_graphml),
        ("gml", networkx.read_gml),
        ("pajek", networkx.read_pajek),
        ("leda", networkx.read_leda),
        ("graph6", networkx.read_graph6),
        ("sparse6", networkx.read_sparse6),
    ],
)
def test_networkx_reads_what_is_written(format, reader, tmp_path):
    path = tmp_path / f"graph.{FORMATS[format].extensions[0]}"
    write_graph(NUMBERS, path)
    theirs = networkx.Graph(reader(path))
    wanted = read_graph(path)
    assert {frozenset(map(str, edge)) for edge in theirs.edges} == named_edges(wanted)
    if format != "edgelist":  # networkx skips lines of one name
        assert set(map(str, theirs)) == set(wanted.labels)


def test_scipy_and_pydot_read_what_is_written(tmp_path):
    import pydot
    from scipy.io import mmread

    write_graph(NUMBERS, tmp_path / "graph.mtx")
    matrix = mmread(tmp_path / "graph.mtx", spmatrix=False)
    assert matrix.shape == (6, 6)
    found = {frozenset(map(str, (a + 1, b + 1))) for a, b in zip(*matrix.nonzero(), strict=True)}
    assert found == named_edges(shifted(NUMBERS, 1))
    with warnings.catch_warnings(action="ignore"):  # pydot calls pyparsing by old names
        [drawn] = pydot.graph_from_dot_data(write_text(SMALL, "dot"))
    assert {node.get_name() for node in drawn.get_nodes()} == {"lone", "a", "b", "c", "d"}
    edges = {frozenset((e.get_source(), e.get_destination())) for e in drawn.get_edges()}
    assert edges == set(map(frozenset, EDGES))


def write_text(graph, format: str) -> str:
    return FORMATS[format].write(graph_from(graph), "graph")


@pytest.mark.parametrize("nodes", [0, 1, 2, 62, 63, 64, 200])
@pytest.mark.parametrize("format", ["graph6", "sparse6"])
def test_graph6_is_what_networkx_writes(format, nodes):
    graph = networkx.gnp_random_graph(nodes, 0.3, seed=nodes)
    writer = getattr(networkx, f"to_{format}_bytes")
    ours = graph_from({node: list(graph[node]) for node in graph})
    assert write_text(ours, format) == writer(graph, header=False).decode()


def test_fixed_colours_are_kept_in_json_only(tmp_path):
    graph = Graph(SMALL.names, SMALL.edges, precoloring={1: 0, 4: 2})
    write_graph(graph, tmp_path / "graph.json")
    assert read_graph(tmp_path / "graph.json").precoloring == graph.precoloring
    write_graph(graph, tmp_path / "again.json", renumber=True)
    assert read_graph(tmp_path / "again.json").precoloring == graph.precoloring
    for form in FORMATS.values():
        if "json" not in form.extensions:
            with pytest.raises(InputError, match=r"has no fixed colours; expected a \.json file"):
                write_graph(graph, tmp_path / f"graph.{form.extensions[0]}")


@pytest.mark.parametrize(
    ("graph", "name", "message"),
    [
        (SMALL, "graph.txt", "unknown kind of graph file; expected .json, .col"),
        (SMALL, "graph", "unknown kind of graph file"),
        ([("a b", "c")], "graph.edgelist", "an edge list cannot hold the node name 'a b'"),
        ({1: []}, "graph.csv", "an edge list cannot hold this graph: no edge"),
        ({"a\\": []}, "graph.dot", "DOT cannot hold this graph: .*expected --renumber"),
        ([(1, "1")], "graph.gml", "GML holds names as text, and '1' is as text another node's"),
        ([(1, 3)], "graph.col", "nodes have no names in DIMACS, and one is called '3'"),
        (SMALL, "none/graph.dot", "cannot be written: no such file or directory"),
        ([(object(), 1)], "graph.json", "a node's name is not JSON"),
        ({n: [] for n in range(30_000)}, "graph.matrix", "every pair; expected at most 23170"),
    ],
)
def test_what_cannot_be_written_is_refused_and_the_old_file_kept(graph, name, message, tmp_path):
    path = tmp_path / name
    if path.parent.is_dir():
        path.write_text("old")
    with pytest.raises(InputError, match=message):
        write_graph(graph, path)
    assert not path.parent.is_dir() or path.read_text() == "old"


def test_a_file_that_does_not_say_what_it_is_gives_a_note(tmp_path):
    path = tmp_path / "graph.xyz"
    [note] = write_graph([(1, 0)], path, format="edgelist")  # as well one node and no edge
    assert note == "to be read with --format edgelist: by itself it may be something else"
    assert set(read_graph(path, format="edgelist").names) == {0, 1}


def test_standard_output_whatever_its_encoding(monkeypatch):
    buffer = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(buffer, encoding="ascii"))
    assert odesolve.write_graph([("é", "ß")], "-", format="graphml") == ()
    found = parse_graph(buffer.getvalue(), "standard output")
    assert found.names == ("é", "ß")
