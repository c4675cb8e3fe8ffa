"""Graph files: every format, plain, gzipped and on standard input; broken ones are refused."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import networkx
import numpy as np
import pytest
from broken_graphs import BROKEN_GRAPHS
from hypothesis import given, settings
from hypothesis import strategies as st

from odesolve.problems.errors import InputError
from odesolve.problems.graphs.formats import FORMATS, parse_graph, read_graph

SAMPLES = sorted((Path(__file__).parents[1] / "data").glob("petersen*"))
INSTANCES = Path(__file__).parents[3] / "shared" / "instances" / "coloring"

CYCLE = [(i, (i + 1) % 5) for i in range(4)] + [(0, 4)]
SPOKES = [(i, i + 5) for i in range(5)]
STAR = [(5, 7), (5, 8), (6, 8), (6, 9), (7, 9)]
PETERSEN = sorted(CYCLE + SPOKES + STAR)
WORDS = tuple(f"{ring}{i}" for ring in ("outer", "inner") for i in range(5))
SAMPLE_NAMES = {
    "petersen.col": tuple(range(1, 11)),
    "petersen.g6": tuple(range(10)),
    "petersen.s6": tuple(range(10)),
    "petersen_edges.json": tuple(range(10)),
    "petersen.nm": tuple(range(10)),
    "petersen.graph": tuple(range(1, 11)),
    "petersen.lad": tuple(range(10)),
    "petersen.matrix": tuple(range(10)),
    "petersen.mtx": tuple(range(1, 11)),
}
# What is said of a sample under its own extension, and under none.
SAMPLE_NOTES = {
    "petersen.csv": ("taken as a header", "taken as a header"),
    "petersen.nm": ("", "read as edges behind a line 'n m', not as an edge list"),
    "petersen.lad": ("", "read as LAD, not as an edge list"),
    "petersen.adjlist": ("", "read as an adjacency list"),
    "petersen_colons.adjlist": ("", "read as an adjacency list"),
    "petersen_adjacency.csv": ("read as an adjacency list", "read as an adjacency list"),
    "petersen_matrix.csv": ("read as an adjacency matrix", ""),
}


class StandardInput:
    """Stands for sys.stdin when bytes are piped in."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


@pytest.fixture
def read(tmp_path, monkeypatch):
    """Read the bytes of a named file in one of the ways a file can come."""

    def read(name: str, data: bytes, way: str = "plain"):
        if "gzip" in way:
            name, data = name + ".gz", gzip.compress(data)
        if "stdin" in way:
            monkeypatch.setattr("sys.stdin", StandardInput(data))
            return read_graph("-")
        path = tmp_path / (name if way != "no extension" else "graph")
        path.write_bytes(data)
        return read_graph(path)

    return read


def edge_names(graph) -> set[frozenset]:
    return {frozenset((graph.names[a], graph.names[b])) for a, b in graph.edges.tolist()}


@pytest.mark.core
@pytest.mark.parametrize("way", ["plain", "gzip", "stdin", "gzip on stdin", "no extension"])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_every_sample_is_the_petersen_graph(sample, way, read):
    graph = read(sample.name, sample.read_bytes(), way)
    assert graph.names == SAMPLE_NAMES.get(sample.name, WORDS)
    assert graph.edges.dtype == np.int32
    assert list(map(tuple, graph.edges.tolist())) == PETERSEN
    [note] = graph.notes or [""]
    assert SAMPLE_NOTES.get(sample.name, ("", ""))[way not in ("plain", "gzip")] in note
    assert not note or sample.name in SAMPLE_NOTES
    assert graph.precoloring == {}


def test_every_format_has_a_sample():
    suffixes = {path.suffix[1:] for path in SAMPLES}
    assert all(suffixes & set(form.extensions) for form in FORMATS.values())


@pytest.mark.core
@pytest.mark.parametrize(
    ("case", "name", "data"), BROKEN_GRAPHS, ids=[c for c, _, _ in BROKEN_GRAPHS]
)
def test_broken_files_are_refused_on_one_line(case, name, data, tmp_path):
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_graph(path)
    message = str(caught.value)
    assert message.startswith(str(path) + ":")
    assert message.isprintable()
    assert len(message) < len(str(path)) + 500


@pytest.mark.core
@pytest.mark.parametrize(
    ("name", "line"),
    [("comma.json", 2), ("nan.json", 2), ("loop.col", 4), ("range.col", 3), ("huge.col", 1),
     ("loop.csv", 2), ("hole.csv", 2), ("headers.csv", 3), ("truncated.graphml", 3),
     ("latin1.csv", 2), ("bomb.graphml", 2), ("separators.edgelist", 2)],
)  # fmt: skip
def test_errors_name_the_line(name, line, tmp_path):
    path = tmp_path / name
    path.write_bytes({broken: data for _, broken, data in BROKEN_GRAPHS}[name])
    with pytest.raises(InputError) as caught:
        read_graph(path)
    assert caught.value.place == f"{path}:{line}"


def test_missing_files_folders_and_formats(tmp_path):
    for path in (tmp_path / "missing.json", tmp_path, "null\0.json"):
        with pytest.raises(InputError, match="expected a"):
            read_graph(path)
    with pytest.raises(InputError, match="unknown format 'yaml'; expected json or dimacs"):
        read_graph(SAMPLES[0], format="yaml")


def test_a_line_break_in_a_name_stays_on_the_line(read):
    with pytest.raises(InputError) as caught:
        read("loop.json", json.dumps([["a\n\x1b[31m", "a\n\x1b[31m"]]).encode())
    assert str(caught.value).isprintable()


@pytest.mark.core
@pytest.mark.parametrize(
    ("name", "text", "names", "notes"),
    [
        ("x.json", '[["a", 1], [1, 2.5], [["x", 3], "a"]]', ("a", 1, 2.5, ("x", 3)), ()),
        ("x.json", '[["a", "b"], ["b", "a"], ["b", "a"]]', ("a", "b"),
         ("2 repeated edges merged",)),
        ("x.json", '{"1": [2], "2": [1], "3": []}', (1, 2, 3), ()),
        ("x.json", '{"1": ["2"], "2": ["1"]}', ("1", "2"), ()),
        ("x.json", '{"a": ["b"]}', ("a", "b"), ()),
        ("x.json", '{"nodes": 3, "edges": [[0, 2]]}', (0, 1, 2), ()),
        ("x.json", '{"directed": true, "nodes": [{"id": "a"}, {"id": "b"}], "links": '
         '[{"source": "a", "target": "b", "weight": 3}, {"source": "b", "target": "a"}]}',
         ("a", "b"), ("directed edges taken as undirected", "edge weights ignored")),
        ("x.json", "[]", (), ()),
        ("x.json", '\ufeff[["a", "b"]]', ("a", "b"), ()),
        ("x.col", "p edge 3 7\ne 1 2\n", (1, 2, 3),
         ("the header claims 7 edges, the file lists 1",)),
        ("x.col", "p col 2 1\nn 1 5\ne 1 2\ne 2 1\n", (1, 2), ("1 repeated edge merged",)),
        ("x.col", "p edges 2 1\r\ne 1 2 9\r\n", (1, 2), ("edge weights ignored",)),
        ("x.csv", "From;To\na;b\n", ("a", "b"), ("line 1 taken as a header",)),
        ("x.csv", "id,Source,Target\n7,a,b\n", ("a", "b"),
         ("line 1 taken as a header", "column 'id' ignored, as in line 2: '7,a,b'")),
        ("x.csv", "a,b,0.5\n", ("a", "b"), ("column 3 ignored, as in line 1: 'a,b,0.5'",)),
        ("x.csv", '"New York","Rome, Italy"\n', ("New York", "Rome, Italy"), ()),
        ("x.csv", "left,right\n1,2\n2,3\n", (1, 2, 3), ("line 1 taken as a header",)),
        ("x.csv", "u,v\nv,w\n", ("u", "v", "w"), ()),
        ("x.edgelist", "% c\n3 1\n 1\t2\n2 3", (3, 1, 2), ()),
        ("x.edgelist", "1 2 {}\n2 3 {'weight': 7, 'color': 'red'}\n", (1, 2, 3),
         ("edge data ignored, as in line 2: " + repr("2 3 {'weight': 7, 'color': 'red'}"),)),
        ("x.edgelist", "1 2\n7\n", (1, 2, 7), ("1 line with one name: a node each",)),
        ("x.tsv", "007\t7\n", ("007", "7"), ()),
        ("x.graphml", '<graphml><key id="w" for="edge" attr.name="weight"/><graph edgedefault='
         '"directed"><edge source="a" target="b"/><node id="a"/><node id="b"/></graph></graphml>',
         ("a", "b"), ("directed edges taken as undirected", "edge weights ignored")),
    ],
)  # fmt: skip
def test_names_and_notes(name, text, names, notes, read):
    graph = read(name, text.encode())
    assert graph.names == names
    assert list(map(type, graph.names)) == list(map(type, names))
    assert graph.notes == notes


def test_precoloring_in_the_file(read):
    graph = read("x.json", b'{"1": [2], "2": [1], "precoloring": {"2": 4}}')
    assert graph.precoloring == {1: 4}


def test_a_graph_of_40000_nodes_keeps_its_edges(tmp_path):
    pairs = np.random.default_rng(0).integers(0, 40_000, (72_000, 2))
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    path = tmp_path / "large.csv"
    np.savetxt(path, pairs, fmt="%d", delimiter=",")
    graph = read_graph(path)
    wanted = np.unique(np.sort(pairs, axis=1), axis=0)
    found = np.sort(np.array(graph.names)[graph.edges], axis=1)
    assert np.array_equal(found[np.lexsort(found.T[::-1])], wanted)


# Properties: what a format writes is read back, and noise is never more than an InputError.


@st.composite
def random_graphs(draw) -> networkx.Graph:
    size = draw(st.integers(2, 12))
    kind = draw(st.sampled_from(["int", "str"]))
    node = st.integers(-5, 99) if kind == "int" else st.text("abcé xyz_", min_size=1, max_size=6)
    names = draw(st.lists(node.filter(lambda n: str(n).strip() == str(n)), min_size=2,
                          max_size=size, unique=True))  # fmt: skip
    pairs = [(a, b) for i, a in enumerate(names) for b in names[:i]]
    graph = networkx.Graph()
    graph.add_nodes_from(names)
    graph.add_edges_from(draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=30)))
    return graph


def as_numbers(graph: networkx.Graph, first: int) -> networkx.Graph:
    return networkx.convert_node_labels_to_integers(graph, first)


def as_text(graph: networkx.Graph) -> networkx.Graph:
    return networkx.relabel_nodes(graph, str)


def write_csv(graph: networkx.Graph) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["source", "target"])
    writer.writerows(graph.edges)
    writer.writerows([node] for node in networkx.isolates(graph))
    return buffer.getvalue().encode()


def write_dimacs(graph: networkx.Graph) -> bytes:
    lines = [f"p edge {len(graph)} {graph.size()}", *(f"e {a} {b}" for a, b in graph.edges)]
    return "\n".join(lines).encode()


def write_edge_list(graph: networkx.Graph) -> bytes:
    return "\n".join(networkx.generate_edgelist(graph)).encode()


def write_graphml(graph: networkx.Graph) -> bytes:
    return "\n".join(networkx.generate_graphml(graph)).encode()


# format: (what the format can hold of a graph, writer)
WRITERS = {
    "pairs.json": (
        lambda g: g.edge_subgraph(g.edges),
        lambda g: json.dumps(list(g.edges)).encode(),
    ),
    "edges.json": (
        lambda g: g,
        lambda g: json.dumps({"nodes": list(g), "edges": list(g.edges)}).encode(),
    ),
    "link.json": (lambda g: g, lambda g: json.dumps(networkx.node_link_data(g)).encode()),
    "adjacency.json": (as_text, lambda g: json.dumps({a: list(g[a]) for a in g}).encode()),
    "data.json": (lambda g: g, lambda g: json.dumps(networkx.adjacency_data(g)).encode()),
    "x.col": (lambda g: as_numbers(g, 1), write_dimacs),
    "x.csv": (lambda g: g, write_csv),
    "x.edgelist": (
        lambda g: as_numbers(g, 3).edge_subgraph(as_numbers(g, 3).edges),
        write_edge_list,
    ),
    "x.graphml": (as_text, write_graphml),
    "x.g6": (lambda g: as_numbers(g, 0), networkx.to_graph6_bytes),
    "x.s6": (lambda g: as_numbers(g, 0), networkx.to_sparse6_bytes),
}


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=40, deadline=None)
@given(graph=random_graphs())
def test_what_is_written_is_read(name, graph):
    convert, write = WRITERS[name]
    graph = convert(graph)
    text = write(graph).decode()
    suffix = name.rsplit(".")[-1]
    form = next(form for form in FORMATS.values() if suffix in form.extensions)
    found = form.read(text.replace("\r\n", "\n"), name)
    assert set(found.names) == set(graph)
    assert edge_names(found) == set(map(frozenset, graph.edges))


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 8, 16, 17, 62, 63, 64, 100])
@pytest.mark.parametrize("density", [0.0, 0.1, 0.9])
def test_graph6_and_sparse6_of_every_header_width(size, density):
    graph = networkx.gnp_random_graph(size, density, seed=size)
    wanted = set(map(frozenset, graph.edges))
    for text in (networkx.to_graph6_bytes(graph), networkx.to_sparse6_bytes(graph, header=False)):
        found = parse_graph(text, "graph")
        assert found.names == tuple(range(size))
        assert edge_names(found) == wanted


def refused_or_graph(read, *arguments, place="fuzz", **options) -> None:
    """A well-formed error or a simple graph: nothing else may come of any input."""
    error = None
    try:
        graph = read(*arguments, **options)
    except InputError as caught:
        error = str(caught)
    if error is not None:
        assert error.startswith(place)
        assert error.isprintable()
    else:
        assert (graph.edges[:, 0] < graph.edges[:, 1]).all()
        assert (graph.edges < graph.node_count).all()
        assert graph.edge_count == len(set(map(tuple, graph.edges.tolist())))


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=60) | st.text('pe 0123456789-~:?{}[]",;\n\t<>/ab').map(str.encode))
def test_noise_is_refused_or_is_a_graph(format, data, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "noise"
    path.write_bytes(data)
    refused_or_graph(read_graph, path, format=format, place=str(path))


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_damaged_samples_are_refused_or_are_graphs(sample, data):
    text = sample.read_text()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 20)))
    damaged = text[:start] + data.draw(st.text(max_size=4)) + text[end:]
    form = next(form for form in FORMATS.values() if sample.suffix[1:] in form.extensions)
    refused_or_graph(form.read, damaged, "fuzz")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["nodes", "edges", "links", "adjacency", "id", "source", "target",
                         "precoloring", "directed", "a", "1"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(value=values)
def test_any_json_is_refused_or_is_a_graph(value):
    refused_or_graph(FORMATS["json"].read, json.dumps(value), "fuzz")


@pytest.mark.skipif(not INSTANCES.is_dir(), reason="the benchmark instances are not here")
def test_dimacs_instances_have_their_known_sizes():
    lines = (INSTANCES / "CHROMATIC.tsv").read_text().splitlines()[1:]
    known = {name: (int(n), int(m)) for name, n, m, _ in (line.split("\t") for line in lines)}
    found = {}
    loops = {}
    for path in sorted((INSTANCES / "dimacs").glob("*.col")):
        try:
            graph = read_graph(path)
            found[path.name] = (graph.node_count, graph.edge_count)
        except InputError as error:
            loops[path.name] = error.message
    assert len(found) > 50
    assert found == {name: known[name] for name in found}
    assert loops.keys() <= {"homer.col"}  # which joins two of its characters to themselves
    assert all("node 95 is joined to itself" in message for message in loops.values())
