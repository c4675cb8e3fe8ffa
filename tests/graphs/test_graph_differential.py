"""Every graph reader against networkx, SciPy or pydot, on random graphs with loops and repeats."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import NamedTuple

import networkx
import numpy as np
import pytest
import scipy.io
import scipy.sparse

from odesolve.problems.errors import InputError
from odesolve.problems.graphs.formats import FORMATS, parse_graph

pydot = pytest.importorskip("pydot")

#: pydot uses names that pyparsing gives up.
pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated:DeprecationWarning")

GRAPHS = 300
#: pydot takes 50 times as long as all other readers; `make test-slow` has the full number.
GRAPHS_FOR_PYDOT = 30


def random_graph(seed: int, loops: bool = True, repeats: bool = True) -> networkx.MultiGraph:
    """Up to seven nodes, one edge at least; isolated nodes, loops and repeated edges among them."""
    random = np.random.default_rng(seed)
    count = int(random.integers(2, 8))
    graph = networkx.MultiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edge(*map(int, random.choice(count, 2, replace=False)))
    with_loops = loops and random.random() < 0.4
    for _ in range(random.integers(0, 9)):
        first, second = map(int, random.integers(0, count, 2))
        if (first != second or with_loops) and (repeats or not graph.has_edge(first, second)):
            graph.add_edge(first, second)
    return graph


def in_words(graph: networkx.MultiGraph) -> networkx.MultiGraph:
    words = ("ann", "bo b", "cé", "d.e", "e_", "f/g", "h-i")
    return networkx.relabel_nodes(graph, {node: words[node].replace(" ", "") for node in graph})


def from_one(graph: networkx.MultiGraph) -> networkx.MultiGraph:
    return networkx.relabel_nodes(graph, {node: node + 1 for node in graph})


def from_zero(graph: networkx.MultiGraph) -> networkx.MultiGraph:
    """With an edge at node 0: without one, nothing would say where the numbers begin."""
    graph.add_edge(0, 1)
    return graph


def pairs_of(graph: networkx.MultiGraph, form: str) -> list[str]:
    return [form.format(a, b) for a, b in graph.edges()]


def edge_list(graph: networkx.MultiGraph) -> str:
    return "\n".join([*pairs_of(graph, "{} {}"), *map(str, networkx.isolates(graph))])


def read_edge_list(text: str) -> networkx.MultiGraph:
    lines = text.split("\n")
    edges = [line for line in lines if " " in line]
    graph = networkx.parse_edgelist(edges, create_using=networkx.MultiGraph)
    graph.add_nodes_from(line for line in lines if " " not in line)
    return graph


def dimacs(graph: networkx.MultiGraph) -> str:
    return "\n".join([f"p edge {len(graph)} {graph.size()}", *pairs_of(graph, "e {} {}")])


def counted(graph: networkx.MultiGraph) -> str:
    return "\n".join([f"{len(graph)} {graph.size()}", *pairs_of(graph, "{} {}")])


def metis(graph: networkx.MultiGraph) -> str:
    rows = [" ".join(str(b) for _, b in graph.edges(node)) for node in graph]
    return "\n".join([f"{len(graph)} {graph.size()}", *rows, ""])


def read_metis(text: str) -> networkx.MultiGraph:
    _, *rows = text.split("\n")[:-1]
    heads = {str(node): row.split() for node, row in enumerate(rows, 1)}
    return networkx.MultiGraph(networkx.from_dict_of_lists(heads, networkx.MultiDiGraph))


def lad(graph: networkx.MultiGraph) -> str:
    rows = [[b for _, b in graph.edges(node)] for node in graph]
    return "\n".join([str(len(graph)), *(" ".join(map(str, [len(row), *row])) for row in rows)])


def read_lad(text: str) -> networkx.MultiGraph:
    heads = {str(i): row.split()[1:] for i, row in enumerate(text.split("\n")[1:])}
    return networkx.from_dict_of_lists(heads, networkx.MultiDiGraph)


def dot(graph: networkx.MultiGraph) -> str:
    return f"graph {{ {'; '.join([*map(str, graph), *pairs_of(graph, '{} -- {}')])} }}"


def read_dot(text: str) -> networkx.MultiGraph:
    [found] = pydot.graph_from_dot_data(text)
    return networkx.MultiGraph(networkx.nx_pydot.from_pydot(found))


def leda(graph: networkx.MultiGraph) -> str:
    number = {node: i for i, node in enumerate(graph, 1)}
    edges = [f"{number[a]} {number[b]} 0 |{{}}|" for a, b in graph.edges()]
    names = [f"|{{{node}}}|" for node in graph]
    head = ["LEDA.GRAPH", "string", "void", "-2"]
    return "\n".join([*head, str(len(graph)), *names, str(len(edges)), *edges])


def sparse_matrix(graph: networkx.MultiGraph) -> str:
    rows = [f"{max(edge)} {min(edge)}" for edge in graph.edges()]
    size = f"{len(graph)} {len(graph)} {len(rows)}"
    return "\n".join(["%%MatrixMarket matrix coordinate pattern symmetric", size, *rows, ""])


def read_sparse_matrix(text: str) -> networkx.MultiGraph:
    matrix = scipy.sparse.coo_array(scipy.io.mmread(io.BytesIO(text.encode()), **SPMATRIX))
    found = networkx.MultiDiGraph()
    found.add_nodes_from(range(1, matrix.shape[0] + 1))
    found.add_edges_from((int(a) + 1, int(b) + 1) for a, b in zip(*matrix.coords, strict=True))
    return found


SPMATRIX = {"spmatrix": False} if "spmatrix" in scipy.io.mmread.__code__.co_varnames else {}


def matrix(graph: networkx.MultiGraph) -> str:
    buffer = io.StringIO()
    np.savetxt(buffer, networkx.to_numpy_array(graph, dtype=int), fmt="%d")
    return buffer.getvalue()


def read_matrix(text: str) -> networkx.Graph:
    return networkx.from_numpy_array(np.loadtxt(io.StringIO(text), ndmin=2))


class Case(NamedTuple):
    """How a format is written, and how it is read by somebody else."""

    format: str
    names: Callable[[networkx.MultiGraph], networkx.MultiGraph]
    write: Callable[[networkx.MultiGraph], str]
    read: Callable[[str], networkx.Graph] | None = None  # None: what was written
    repeats: bool = True
    loops: bool = True


def same(graph: networkx.MultiGraph) -> networkx.MultiGraph:
    return graph


def lines(generate: Callable) -> Callable[[networkx.MultiGraph], str]:
    return lambda graph: "\n".join(generate(graph))


MULTI = networkx.MultiGraph
CASES = {
    "edge list": Case("edgelist", same, edge_list, read_edge_list),
    "edge list of words": Case("edgelist", in_words, edge_list, read_edge_list),
    "adjacency list": Case(
        "adjlist", in_words, lines(networkx.generate_adjlist),
        lambda text: networkx.parse_adjlist(text.split("\n"), create_using=MULTI)),
    "adjacency with colons": Case(
        "adjlist", in_words, lambda g: "\n".join(f"{a}: {', '.join(g[a])}" for a in g),
        repeats=False, loops=False),
    "multiline adjacency list": Case(
        "multiline-adjlist", same, lines(networkx.generate_multiline_adjlist),
        lambda text: networkx.parse_multiline_adjlist(iter(text.split("\n")), create_using=MULTI)),
    "dimacs": Case("dimacs", from_one, dimacs),
    "n m from 0": Case("counted-edgelist", from_zero, counted),
    "n m from 1": Case("counted-edgelist", from_one, counted),
    "metis": Case("metis", from_one, metis, read_metis),
    "lad": Case("lad", same, lad, read_lad),
    "dot": Case("dot", same, dot, read_dot),
    "gml": Case("gml", in_words, lines(networkx.generate_gml), networkx.parse_gml),
    "graphml": Case("graphml", in_words, lines(networkx.generate_graphml), networkx.parse_graphml),
    "pajek": Case("pajek", in_words, lines(networkx.generate_pajek), networkx.parse_pajek),
    "leda": Case("leda", in_words, leda, networkx.parse_leda),
    "json": Case(
        "json", in_words, lambda g: json.dumps(networkx.node_link_data(g, edges="edges")),
        lambda text: networkx.node_link_graph(json.loads(text), edges="edges")),
    "matrix market": Case("matrix-market", from_one, sparse_matrix, read_sparse_matrix),
    "matrix": Case("matrix", same, matrix, read_matrix, repeats=False),
    "graph6": Case(
        "graph6", same, lambda g: networkx.to_graph6_bytes(networkx.Graph(g)).decode(),
        lambda text: networkx.from_graph6_bytes(text.strip().encode()), repeats=False, loops=False),
    "sparse6": Case(
        "sparse6", same, lambda g: networkx.to_sparse6_bytes(g).decode(),
        lambda text: networkx.from_sparse6_bytes(text.strip().encode())),
}  # fmt: skip


def test_every_format_is_compared():
    assert {case.format for case in CASES.values()} == set(FORMATS)


@pytest.mark.slow
def test_our_reader_and_pydot_read_the_same_often():
    compare(CASES["dot"], GRAPHS)


@pytest.mark.parametrize("name", CASES)
def test_our_reader_and_theirs_read_the_same(name):
    compare(CASES[name], GRAPHS_FOR_PYDOT if name == "dot" else GRAPHS)


def compare(case: Case, graphs: int) -> None:
    extension = FORMATS[case.format].extensions[0]
    seen = {"loop": 0, "isolated": 0, "repeated": 0}
    for seed in range(graphs):
        written = case.names(random_graph(seed, case.loops, case.repeats))
        text = case.write(written)
        theirs = case.read(text) if case.read else written
        wanted = {frozenset(map(str, edge[:2])) for edge in theirs.edges()}
        # A short list of numbers may as well be 'n m' and edges, so its format is named.
        asked = {"format": case.format} if case.write is edge_list else {"suffix": extension}
        if networkx.number_of_selfloops(theirs):
            seen["loop"] += 1
            with pytest.raises(InputError, match="is joined to itself"):
                parse_graph(text.encode(), "graph", **asked)
            continue
        ours = parse_graph(text.encode(), "graph", **asked)
        assert set(ours.labels) == set(map(str, theirs)) == set(map(str, written)), text
        assert {frozenset(ours.labels[i] for i in edge) for edge in ours.edges} == wanted, text
        repeats = written.size() > len(wanted)
        assert repeats == any("repeated edge" in note for note in ours.notes), text
        seen["repeated"] += repeats
        seen["isolated"] += any(True for _ in networkx.isolates(written))
    assert seen["isolated"] > graphs / 10
    assert not case.repeats or seen["repeated"] > graphs / 10
    assert not case.loops or seen["loop"] > graphs / 10
