"""What is told from content: formats without their names, lists with headers, and no graphs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from odesolve.cli.main import run
from odesolve.problems.errors import InputError
from odesolve.problems.graphs.formats import FORMATS, parse_graph, read_graph

K4 = "1 2\n1 3\n1 4\n2 3\n2 4\n3 4\n"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def odesolve(capsys):
    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = run(list(arguments))
        output, errors = capsys.readouterr()
        return code, output, errors

    return call


# name, content, colours, exit code, a part of what is said
ANSWERS = [
    ("K4.dot", "graph K4 {\n 1 -- 2;\n 1 -- 3;\n 1 -- 4;\n 2 -- 3;\n 2 -- 4;\n 3 -- 4;\n}\n",
     3, 3, ""),
    ("K4.graph", "4 6\n2 3 4\n1 3 4\n1 2 4\n1 2 3\n", 3, 3, ""),
    ("K4.adjlist", "# nx\n# GMT\n#\n0 1 2 3\n1 2 3\n2 3\n3\n", 3, 3, ""),
    ("K4.csv", "north,east,south,west\neast,south,west\nsouth,west\n", 3, 3, "adjacency list"),
    ("K4.txt", "north: east south west\neast: south west\nsouth: west\n", 3, 3, "adjacency list"),
    ("triangle.gml", "graph [\n node [ id 7 ]\n node [ id 8 ]\n node [ id 9 ]\n"
     " edge [ source 7 target 8 ]\n edge [ source 8 target 9 ]\n edge [ source 9 target 7 ]\n]\n",
     2, 3, ""),
    ("triangle.mtx", "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 3\n2 1\n3 1\n3 2\n",
     2, 3, ""),
    ("forest.txt", "5 3\n5 1\n1 3\n2 4\n", 2, 0, "not as an edge list: its counts are right"),
    ("words.col", "p edge 3 2 nodes edges\ne 1 2\ne 2 3\n", 3, 0,
     "words behind the header ignored: 'nodes edges'"),
    ("empty.json", '{"nodes": [{"id": 1}, {"id": 2}], "edges": [], "links": [{"source": 1,'
     ' "target": 2}]}', 1, 3, ""),
    ("empty.json", '{"edges": [], "links": [["a", "b"]]}', 2, 0, '"edges" is empty'),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "colors", "expected", "said"), ANSWERS)
def test_what_used_to_be_answered_wrongly(name, text, colors, expected, said, odesolve):
    Path(name).write_text(text)
    code, output, errors = odesolve("color", name, "--colors", str(colors))
    assert code == expected
    assert said in output + errors
    code, _, _ = odesolve("color", name, "--colors", "4", "-q", "-o", "out.json")
    assert (code, odesolve("check", name, "out.json")[0]) == (0, 0)


# extension, content, names in order, edges, what the notes hold
LISTS = [
    ("txt", "a b\nb c\n", "a b c", "ab bc", []),
    ("txt", "a b 0.5\nb c -1e3\n", "a b c", "ab bc", ["column 3 ignored, as in line 1: 'a b 0.5'"]),
    ("txt", "a b 1 2\nb c 3 4\n", "a b c", "ab bc",
     ["columns 3, 4 ignored, as in line 1: 'a b 1 2'"]),
    ("csv", "Source,Target,Type,Weight\na,b,Undirected,1\nb,c,Undirected,2\n", "a b c", "ab bc",
     ["line 1 taken as a header",
      "columns 'Type', 'Weight' ignored, as in line 2: 'a,b,Undirected,1'"]),
    ("csv", "Source,Target,Type\na,b,Directed\n", "a b", "ab",
     ["line 1 taken as a header", "directed edges", "column 'Type' ignored"]),
    ("csv", "node_1,node_2\na,b\n", "a b", "ab", ["line 1 taken as a header"]),
    ("csv", "friend,since,person\na,1990,b\n", "b a", "ab",
     ["line 1 taken as a header", "column 'since' ignored, as in line 2: 'a,1990,b'"]),
    ("csv", "who,whom,since\na,b,1990\nb,c,1991\n", "a b c", "ab bc",
     ["line 1 taken as a header", "column 'since' ignored"]),
    ("csv", "n1,n2\nn2,n3\n", "n1 n2 n3", "n1n2 n2n3", []),
    ("csv", "node1,node2\nnode3,node4\n", "node1 node2 node3 node4", "node1node2 node3node4", []),
    ("csv", "u,v\nx,y\n", "u v x y", "uv xy", []),
    ("csv", "a,b,\nb,c,\n", "a b c", "ab bc", []),
    ("tsv", "f(x)\tg(y)\n", "f(x) g(y)", "f(x)g(y)", []),
    ("", "a,b\n", "a b", "ab", []),
    ("txt", "a b c\nb c a\nc a b\n", "a b c", "ab bc ac", ["read as an adjacency list"]),
    ("adjlist", "a b c\nd e\n", "a d b c e", "ab ac de", []),
    ("adjlist", "a b c\na d\n", "a b c d", "ab ac ad", []),
    ("adj", "a: b, c\nb: c\n", "a b c", "ab ac bc", []),
    ("adj", "a\nb;a\nc;a;b\n", "a b c", "ab ac bc", []),
    ("adjlist", "1\n2,1\n", "1 2", "12", []),
    ("txt", "0 1 1\n1 0 0\n1 0 0\n", "0 1 2", "01 02", []),
    ("csv", ",a,b,c\na,0,1,1\nb,1,0,0\nc,1,0,0\n", "a b c", "ab ac",
     ["read as an adjacency matrix"]),
    ("matrix", "0 1\n0 0\n", "0 1", "01", ["directed edges"]),
    ("txt", "1 0\n0 1\n", "1 0", "01", ["1 repeated edge merged"]),
    ("matrix", "a b\n0 7\n7 0\n", "a b", "ab", ["edge weights ignored"]),
    ("matrix", "a b\na 0 1\nb 0 0\n", "a b", "ab", ["directed edges"]),
    ("txt", "3\n2 1 2\n1 0\n1 0\n", "0 1 2", "01 02", []),
    ("txt", "a 2\nb {}\nc {'w': 1}\nb 0\nc 0\n", "a b c", "ab ac",
     ["edge data ignored, as in line 3"]),
    ("edgelist", "3 1\n1 2\n", "1 2 3", "12", ["by its content; the extension is that of an edge"]),
    ("edgelist", "5 4\n4 3\n", "5 4 3", "45 34", []),
    ("col", "graph { a -- b }", "a b", "ab", ["read as DOT, by its content"]),
    ("graph", "4 6 011 2\n1 1 2 9 3 9 4 9\n1 1 1 9 3 9 4 9\n1 1 1 9 2 9 4 9\n1 1 1 9 2 9 3 9\n",
     "1 2 3 4", "12 13 14 23 24 34", ["edge weights ignored"]),
    ("graph", "% c\n3 1\n2\n1\n\n", "1 2 3", "12", []),
    ("dot", 'digraph "x" { // c\n node [shape=box]; a -> {b c} -> d:n [weight=2]\n'
     '/* c */ rank = same; subgraph cluster_1 { e } "f" + "g" -> a }',
     "a b c d e fg", "ab ac bd cd afg", ["directed edges", "edge weights ignored"]),
    ("dot", 'STRICT Graph { a -- b -- a; "a" [label=<x<y>>] <b> }', "a b <b>", "ab",
     ["1 repeated edge merged"]),
    ("net", '*Vertices 3\n1 "a b"\n3 c\n*Arcslist\n1 2 3\n*Edges :1 "r"\n2 3 2.5\n', "a_b 2 c",
     "2a_b a_bc 2c", ["directed edges", "edge weights ignored"]),
    ("net", "*vertices 2\n*matrix\n0 1\n1 0\n", "1 2", "12", ["directed edges"]),
    ("net", '*Vertices 2\n1 "a"\n2 "a"\n*Edges\n1 2\n', "1 2", "12", ["labels are not distinct"]),
    ("gml", 'Creator "x [ y"\ngraph [ directed 1 node [ id 1 label "a" ] node [ id 2 label "a" ]'
     " edge [ source 1 target 2 ] edge [ source 1 target 2 ] ]", "1 2", "12",
     ["labels are not distinct", "directed edges", "1 repeated edge merged"]),
    ("lgr", "LEDA.GRAPH\nvoid\nvoid\n-1\n2\n|{}|\n|{}|\n1\n1 2 0 |{}|\n", "1 2", "12",
     ["directed edges"]),
    ("mtx", "%%MatrixMarket matrix coordinate real general\n3 3 2\n1 2 4.5\n1 3 0\n", "1 2 3", "12",
     ["directed edges", "edge weights ignored", "1 entry of value 0 taken as no edge"]),
    ("mtx", "%%MatrixMarket matrix array integer symmetric\n2 2\n0\n1\n0\n", "1 2", "12", []),
]  # fmt: skip


@pytest.mark.parametrize(("suffix", "text", "names", "edges", "notes"), LISTS)
def test_what_is_read(suffix, text, names, edges, notes):
    graph = parse_graph(text.encode(), "graph", None, suffix)
    labels = [label.replace(" ", "_") for label in graph.labels]
    assert labels == names.split()
    found = {frozenset((labels[a], labels[b])) for a, b in graph.edges.tolist()}
    assert {"".join(sorted(edge)) for edge in found} == set(edges.split())
    assert len(graph.notes) == len(notes)
    assert all(part in note for part, note in zip(notes, graph.notes, strict=True))


MANY = "{" + ";".join(map(str, range(9000))) + "}"
BANNER = "%%MatrixMarket matrix coordinate"
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"
# extension, content, the line, what is said
REFUSED = [
    ("txt", "a -> b\nb -> c\n", 1, "an arrow.*--format dot"),
    ("txt", "a b\na -> b\n", 2, "'a -> b' holds an arrow"),
    ("csv", "a,b\nb--c,d\n", 2, "an arrow"),
    ("txt", "a b c\nd e f\n", 1, "column 3 holds 'c'.*--format adjlist.*--format edgelist"),
    ("csv", "a,b,red\nb,c,blue\n", 1, "column 3 holds 'red', neither a number nor named"),
    ("csv", "a,b\nb,c,red\nc,d\n", 2, "3 columns where line 1 has 2.*--format adjlist"),
    ("csv", "a,b,1\nb,c\n", 2, "2 columns where line 1 has 3"),
    ("csv", "1,5;2\n2,5;3\n", 1, "'5;2' holds a second separator.*--format edgelist"),
    ("tsv", "a, b\tc\nc, d\te\n", 1, "holds a second separator"),
    ("txt", "1\t2 0.5\n2\t3 0.5\n", 1, "'2 0.5' has no separator within"),
    ("txt", "0 0\n1 0\n", 1, "self-loop|joined to itself"),
    ("adj", "a:b,c\nb:c\n", 1, "a colon"),
    ("txt", "1:2,3\n2:3,4\n", 1, "a colon in every line's first name.*--format adjlist"),
    ("txt", "a: b\nb: c\n", 1, "a colon behind a name.*--format adjlist"),
    ("txt", "(0, 1) (0, 2)\n(0, 2) (1, 2)\n", 1, "brackets"),
    ("txt", "[(0, 1)\n", 1, "broken JSON"),
    ("txt", '"New York" Boston\n', 1, "a quoted name|columns"),
    ("txt", "New York Boston\nParis Rome\n", 1, "column 3 holds 'Boston'"),
    ("txt", "a = b\n", 1, "'=' for a name"),
    ("txt", "e 1 2\ne 2 3\n", 1, "as in DIMACS without its header.*--format dimacs"),
    ("csv", "0,1,1\n1,0,0\n", 1, "nothing but 0 and 1.*--format matrix"),
    ("csv", "0,5,9\n5,0,3\n9,3,0\n", 1, "zeros on the diagonal, as in a matrix.*--format matrix"),
    ("txt", "5 3\n5 1\n1 3\n", 1, "either an edge, or 'n m' with 3 edges of which only 2 follow"),
    ("txt", "4 4\n2 4\n1 3\n2 4\n1 3\n", 0, "which differ here; expected --format"),
    ("txt", "0 1 2\n1\n2\n", 0, "differ here; expected --format edgelist or --format adjlist"),
    ("adjlist", "a b 1\nb c 2\n", 0, "looks like an edge list.*--format adjlist to force it"),
    ("txt", "9 3\n1\n2\n1\n", 4, "a second line with nothing but '1'.*--format metis"),
    ("txt", "*Edges\n1 2\n", 1, "as sections of Pajek begin"),
    ("tsv", "1\t2\n1 3\n", 2, "no separator"),
    ("csv", "<!DOCTYPE html>\n<html><body>404</body></html>\n", 1, "a web page"),
    ("", "\n <html>\n", 2, "a web page"),
    ("txt", "Not Found\n", 1, "an error message saved as a file"),
    ("adjlist", "404: Not Found", 1, "an error message saved as a file"),
    ("edgelist", LFS, 1, "a pointer of Git LFS"),
    ("xml", "<?xml version='1.0'?><gexf/>", 1, "GEXF, which is not read"),
    ("graph", "1 2\n2 3\n3 1\n", 1, "--format edgelist, as which it looks"),
    ("graph", "3 2\n2\n1 3\n", 3, "node 2 lists 3, which does not"),
    ("graph", "4 2\n2\n1 3\n", 1, "4 nodes claimed, 3 lines follow"),
    ("graph", "3 2\n2 3\n1\n2\n", 2, "node 1 lists 3, which does not list it"),
    ("graph", "2 5\n2\n1\n", 1, "5 edges claimed, 2 neighbours listed"),
    ("graph", "2 1\n3\n1\n", 2, "a node from 1 to 2"),
    ("graph", "2 1 1\n2\n1 1\n", 2, "neighbours and weights"),
    ("graph", "2 1 10\n\n1 1\n", 2, "without its 1 weights"),
    ("lad", "2\n1 1\n2 0\n", 3, "2 neighbours claimed, 1 listed"),
    ("lad", "2\n1 1\n1 2\n", 3, "node 2"),
    ("nm", "2 1\n1 3\n", 2, "node 3; expected 1 to 2"),
    ("matrix", "0 1\n1 0 0\n", 0, "2 rows of 3 columns"),
    ("matrix", "a b\nb 0 1\na 1 0\n", 2, "row 'b' where the first row names 'a'"),
    ("matrix", "0 x\n1 0\n", 1, "'x'; expected a number"),
    ("matrix", "0 1\n1 1\n", 2, "node 1 is joined to itself"),
    ("multiline_adjlist", "a 1\nb\n", 0, "no line counts the neighbours of 'b'"),
    ("multiline_adjlist", "a 3\nb\n", 1, "3 neighbours claimed, 1 lines left"),
    ("dot", "graph { a -- b } graph { c }", 1, "nothing behind it"),
    ("dot", "graph {\n a -> b }", 2, "found '->'.*'--'"),
    ("dot", "graph {\n a -- b", 2, "the end of the file"),
    ("dot", 'graph { "a }', 1, "broken DOT"),
    ("dot", "graph { a -- <b }", 1, "an open '<'"),
    ("dot", "graph {" + "{" * 5000, 1, "braces within one another"),
    ("dot", f"graph {{ {MANY} -- {MANY} }}", 1, "too many edges"),
    ("gml", "graph [\n node [ id ? ] ]", 2, "broken GML"),
    ("gml", "graph [ node [ id 1 ] edge [ source 1 target 2 ] ]", 0, "undefined target"),
    ("gml", "graph [ a [ " + "b [ " * 5000, 0, "nested too deeply"),
    ("net", "*Vertices 2\n*Edges\n1 3\n", 3, "a vertex from 1 to 2"),
    ("net", "*Vertices 2\n*Partition x\n", 2, "section '.Partition' is not read"),
    ("net", "*Vertices 99999999\n", 1, "at most"),
    ("lgr", "LEDA.GRAPH\nvoid\nvoid\n-2\n9\n|{}|\n", 5, "9 claimed in 7 lines"),
    ("lgr", "LEDA.GRAPH\nvoid\nvoid\n-2\n1\n|{}|\n1\n1 2 0 |{}|\n", 8, "node 2; expected 1 to 1"),
    ("mtx", f"{BANNER} pattern symmetric\n3 4 1\n2 1\n", 2, "square"),
    ("mtx", f"{BANNER} pattern symmetric\n3 3 2\n2 1\n", 2, "2 entries claimed"),
    ("mtx", f"{BANNER} real general\n3 3 1\n2 x 1\n", 3, "broken Matrix Market"),
    ("mtx", f"{BANNER} pattern general\n3 3 3\n1 2\n1 3\n3 2B", 5, "broken Matrix Market"),
    ("edges", "1\n2 1 2\n", 2, "joined to itself"),
    ("", "25 0\n26 1\n25\n28 1\n28\n", 5, "joined to itself"),
    ("edges", "0 1 2\n1\n2\n", 0, "differ here; expected --format edgelist or --format adjlist"),
    ("mtx", "%%MatrixMarket matrix array real general\n9999999 9999999\n1\n", 2, "entries claimed"),
    ("mtx", "%%MatrixMarket matrix array integer symmetric\n3 3\n0\n1\n1\n0\n", 2,
     "6 entries claimed, 4 lines follow"),
    ("mtx", "%%MatrixMarket matrix array real symmetric\n2 2\n0 1\n0\n", 3, "one entry in a line"),
    ("mtx", "%%MatrixMarket matrix array real skew-symmetric\n3 3\n1\n1\n", 2, "3 entries claimed"),
    ("col", "p edge 3 2 1\ne 1 2\n", 1, "'p edge NODES EDGES'"),
    ("json", '{"edges": [[1, 2]], "links": [[1, 3]]}', 0, '"edges" and "links" differ'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a b\nb;a\nc;a;b\n", 2, "'b;a' among names separated by white space"),
        ("a;b,c\nb;c,d\n", 1, "'a;b' among names separated by ','"),
        ("a:b,c\nb:c\nc:\n", 1, "'a:b,c': a colon without white space behind it"),
    ],
)
def test_a_forced_adjacency_list_is_not_guessed(text, line, said):
    """What stands between names in one line is no part of a name in another."""
    with pytest.raises(InputError, match=f"graph:{line}: {said}"):
        parse_graph(text.encode(), "graph", format="adjlist")


@pytest.mark.parametrize(("suffix", "text", "line", "said"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_refused(suffix, text, line, said):
    with pytest.raises(InputError, match=said) as caught:
        parse_graph(text.encode(), "graph", None, suffix)
    assert caught.value.place == (f"graph:{line}" if line else "graph")
    assert len(str(caught.value)) < 450


@pytest.mark.parametrize(
    ("text", "format", "edges"),
    [("a b c\nd e f\n", "edgelist", {"ab", "de"}), ("a b c\nd e\n", "adjlist", {"ab", "ac", "de"}),
     ("5 3\n5 1\n1 3\n", "edgelist", {"35", "15", "13"}), ("3 1\n1 2\n", "edgelist", {"13", "12"}),
     ("a,b,red\nb,c\n", "edgelist", {"ab", "bc"}), ("0 5\n5 0\n", "matrix", {"01"}),
     ("4 4\n2 4\n1 3\n2 4\n1 3\n", "metis", {"12", "14", "23", "34"}),
     ("4 4\n2 4\n1 3\n2 4\n1 3\n", "counted-edgelist", {"24", "13"})],
)  # fmt: skip
def test_a_format_that_is_asked_for_is_taken(text, format, edges, tmp_path):
    path = tmp_path / "graph.json"  # its name counts for nothing
    path.write_text(text)
    graph = read_graph(path, format=format)
    named = [(graph.labels[a], graph.labels[b]) for a, b in graph.edges.tolist()]
    assert {"".join(sorted(edge)) for edge in named} == edges


# ------------------------------------------------------------------- check and tune read alike


@pytest.mark.parametrize(
    ("name", "options"),
    [("path.txt", []), ("path", []), ("path.cnf", ["--format", "edgelist"]), ("path.dot", [])],
)
def test_check_reads_graphs_as_color_does(name, options, odesolve):
    texts = {"path.dot": "graph { a -- b -- c }"}
    Path(name).write_text(texts.get(name, "a b\nb c\n"))
    Path("colors.sol").write_text("s col 2\nl a 1\nl b 2\nl c 1\n")
    assert odesolve("color", name, *options, "-q")[0] == 0
    code, output, errors = odesolve("check", name, "colors.sol", *options)
    assert (code, output, errors) == (0, "satisfied: 2 constraints, 2 colours\n", "")
    Path("colors.sol").write_text("a 1\nb 1\nc 1\n")
    assert odesolve("check", name, "colors.sol", *options)[0] == 1


def test_check_tells_the_notes_of_a_graph(odesolve):
    Path("graph.txt").write_text("a b 7\nb c 7\n")
    Path("colors.txt").write_text("a 0\nb 1\nc 0\n")
    code, _, errors = odesolve("check", "graph.txt", "colors.txt")
    assert code == 0
    assert errors == "column 3 ignored, as in line 1: 'a b 7'\n"
    code, output, errors = odesolve("check", "graph.txt", "colors.txt", "--json")
    assert (code, errors) == (0, "")
    assert json.loads(output)["notes"] == ["column 3 ignored, as in line 1: 'a b 7'"]


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [("1 2 0\n-1 0\n", [], "satisfied: 2 constraints"), ("1 0\n2 0\n", [], None),
     ("1 0\n2 0\n", ["--format", "edgelist"], None), ("1 0\n2 0\n", ["--format", "cnf"], ""),
     ("-1 2 0\n1 2 0\n", [], "satisfied: 2 constraints")],
)  # fmt: skip
def test_rows_of_integers_are_clauses_or_edges_or_refused(text, options, expected, odesolve):
    Path("rows").write_text(text)
    Path("model.sol").write_text("v -1 2 0\n")
    code, output, errors = odesolve("check", "rows", "model.sol", *options)
    if expected is None:
        assert code == 2
        assert "--format" in errors or "colour" in errors
    else:
        assert output.startswith(expected)


def test_tune_takes_a_format(odesolve):
    pytest.importorskip("optuna")
    Path("graph.cnf").write_text(K4)
    code, _, errors = odesolve("tune", "graph.cnf", "--format", "edgelist")
    assert code == 2
    assert "no colouring with 3 colours" in errors
    code, _, errors = odesolve("tune", "graph.cnf", "--format", "zip")
    assert code == 2
    assert "unknown format 'zip'" in errors


def test_unknown_formats_name_all(odesolve):
    Path("graph.txt").write_text(K4)
    code, _, errors = odesolve("color", "graph.txt", "--format", "yaml")
    assert code == 2
    assert all(name in errors for name in FORMATS)


@pytest.mark.parametrize("suffix", ["edges", "csv", "txt"])
@pytest.mark.parametrize("rows", ["1, 0\n0, 1\n", "0, 1\n1, 0\n"])
def test_two_rows_below_the_title_of_an_edge_list_are_edges(rows, suffix):
    graph = parse_graph(f"Source, Target\n{rows}".encode(), "graph", None, suffix)
    assert sorted(graph.names) == [0, 1]
    assert graph.edge_count == 1


def test_weights_of_metis_have_any_number_of_digits(tmp_path, capsys):
    path = tmp_path / "problem.graph"
    weight = "1" * 30
    path.write_text(f"2 1 001\n2 {weight}\n1 {weight}\n", encoding="utf-8")
    assert run(["maxcut", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["solution"]["cut"] == int(weight)
