"""Colourings: written, read back, fixed beforehand, and checked exactly."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odesolve.problems.coloring.check import coloring_violations, is_proper_coloring
from odesolve.problems.coloring.files import check_output_path, read_colors, write_coloring
from odesolve.problems.errors import InputError
from odesolve.problems.graphs.from_objects import graph_from
from odesolve.problems.graphs.node_colors import check_precoloring, parse_precolor_option

SUFFIXES = ("json", "csv", "sol", "col.sol")
GRAPH = graph_from([("a", "b"), ("b", 7)])


@pytest.mark.parametrize("suffix", SUFFIXES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_is_written_is_read(suffix, data, tmp_path_factory):
    # Names a format must quote; surrogates no file can hold.
    text = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=5)
    name = st.integers() | text.filter(lambda name: name == name.strip())
    names = data.draw(st.lists(name, min_size=2, max_size=8, unique=True))
    graph = graph_from(pairwise(names))
    colors = data.draw(st.lists(st.integers(0, 9), min_size=len(names), max_size=len(names)))
    path = tmp_path_factory.getbasetemp() / f"coloring.{suffix}"
    write_coloring(path, graph, colors, {"seed": 3, "status": "satisfied"})
    assert read_colors(path, graph) == dict(enumerate(colors))


def test_the_three_texts(tmp_path):
    graph = graph_from([("a b", 7)])
    texts = {}
    for suffix in ("json", "csv", "sol"):
        path = tmp_path / f"out.{suffix}"
        write_coloring(path, graph, np.array([2, 0]), {"seed": 3})
        texts[suffix] = path.read_text()
    assert json.loads(texts["json"]) == {"coloring": {"a b": 2, "7": 0}, "seed": 3}
    assert texts["csv"] == "node,color\na b,2\n7,0\n"
    assert texts["sol"] == 'c seed: 3\ns col 3\nv "a b" 3\nv 7 1\n'
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "out.json", "out.sol"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_awkward_names_survive(suffix, tmp_path):
    names = ["#1", "% of all", "a,b", 'say "x"', "c d;e", "f=g", "v", "s col 3"]
    graph = graph_from(pairwise(names))
    path = tmp_path / f"out.{suffix}"
    write_coloring(path, graph, list(range(len(names))))
    assert read_colors(path, graph) == dict(enumerate(range(len(names))))


def test_colliding_names_are_told_apart(tmp_path):
    graph = graph_from([(1, "1")])
    write_coloring(tmp_path / "out.json", graph, [0, 1])
    assert json.loads((tmp_path / "out.json").read_text())["coloring"] == {"1": 0, "'1'": 1}


@pytest.mark.parametrize(
    ("path", "message"),
    [("out.xyz", ".json or .csv or .sol"), ("out", ".json or .csv or .sol"),
     ("missing/out.json", "an existing folder"), ("folder.json", "cannot be written")],
)  # fmt: skip
def test_useless_output_paths_are_refused_beforehand(path, message, tmp_path):
    (tmp_path / "folder.json").mkdir()
    before = sorted(tmp_path.rglob("*"))
    for refuse in (check_output_path, lambda path: write_coloring(path, GRAPH, [0, 1, 0])):
        with pytest.raises(InputError, match=message):
            refuse(tmp_path / path)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "out.json"
    path.write_text("old")
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_coloring(path, GRAPH, [0, 1, 0], {"time": float("nan")})
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("name", "text"),
    [("fixed.json", '{"a": 1, "7": 0}'), ("fixed.json", '{"coloring": {"a": 1, "7": 0}}'),
     ("fixed.json", '{"status": "satisfied", "solution": {"coloring": {"a": 1, "7": 0}}}'),
     ("fixed.csv", "a,1\n7,0\n"), ("fixed.csv", "node,colour\na,1\n7,0\n"),
     ("fixed.txt", "# fixed\na 1\n7 0\n"), ("fixed", '{"a": 1, "7": 0}'),
     ("fixed.sol", "c by hand\nv a 2\nv 7 1\n"), ("fixed.sol", "s col 2\nl a 2\nl 7 1\n"),
     ("fixed.sol", "l a 2\nl 7 1\n"), ("fixed.txt", "s col 2\nl a 2\nl 7 1\n"),
     ("fixed.sol", "c x\ns col 2\na 2\n7 1\n"), ("fixed.sol", "a 1\n7 0\n"),
     ("fixed.sol", '{"a": 1, "7": 0}'), ("fixed", "c by a tool in 3 s\na 1\n7 0\n"),
     ("fixed.csv", "vertex,label of colour\na,1\n7,0\n"),
     ("fixed.csv", "degree;Colour;Node\n1;1;a\n1;0;7\n"), ("fixed.txt", "Node Color\na 1\n7 0"),
     ("fixed.json", '{"coloring": {"a": 1, "7": 0}, "colors": 2}')],
)  # fmt: skip
def test_precoloring_files(name, text, tmp_path):
    path = tmp_path / name
    path.write_text(text)
    assert read_colors(path, GRAPH) == {0: 1, 2: 0}


@pytest.mark.parametrize("text", ["[1, 0, 1]", '{"coloring": [1, 0, 1]}'])
def test_a_list_of_colours_is_in_the_order_of_the_nodes(text, tmp_path):
    (tmp_path / "colors.json").write_text(text)
    assert read_colors(tmp_path / "colors.json", GRAPH) == {0: 1, 1: 0, 2: 1}


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [("f.json", '{"z": 1}', ""), ("f.json", '{"a": -1}', ""), ("f.json", '{"a": true}', ""),
     ("f.json", '{"a": 1.0}', ""), ("f.json", '{"a": NaN}', ":1"), ("f.json", "[1]", ""),
     ("f.json", '["a", 1, 2]', ""),
     ("f.json", '{"a": 1, "a": 1}', ""), ("f.json", "", ""), ("f.json", '{"a": 1e99}', ""),
     ("f.csv", "a,1\nz,1\n", ":2"), ("f.csv", "a,red\n", ":1"), ("f.csv", "a,1,2\n", ":1"),
     ("f.csv", "a\n", ":1"), ("f.csv", "a,-1\n", ":1"), ("f.csv", "a,1\na,2\n", ":2"),
     ("f.csv", "a," + "9" * 5000, ":1"), ("f.sol", "v a 1\nv b 0\n", ":2"),
     ("f.sol", "a 1 2\n", ":1"), ("f.sol", "s col 1\nl a 2\n", ":2"),
     ("f.sol", "s col two\nl a 2\n", ":1"), ("f.csv", "node,degree\na,2\nz,1\n", ":3"),
     ("f.sol", "v z 1\n", ":1"), ("f.sol", 'v "a\\x" 1\n', ":1:1")],
)  # fmt: skip
def test_broken_precolorings_are_refused_on_one_line(name, text, place, tmp_path):
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match="expected") as caught:
        read_colors(path, GRAPH)
    assert caught.value.place == f"{path}{place}"
    assert str(caught.value).isprintable()


def test_precolor_options():
    graph = graph_from([("x=1", 5)])
    assert parse_precolor_option("x=1=3", graph) == (0, 3)
    assert parse_precolor_option("5=0", graph) == (1, 0)
    for broken in ("5", "5=", "5=-1", "5=red", "z=1", "=1", ""):
        with pytest.raises(InputError, match=r"--precolor: .*expected"):
            parse_precolor_option(broken, graph)


def test_fixed_colors_beyond_the_number_of_colors():
    check_precoloring(GRAPH, {0: 2}, 3)
    with pytest.raises(InputError, match="node 'b' has colour 3; expected 0 to 2 with 3 colours"):
        check_precoloring(GRAPH, {0: 2, 1: 3}, 3)


# The checker against a loop.


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.integers(-1, 4), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20),
    st.integers(0, 5),
)
def test_the_checker_agrees_with_a_loop(colors, pairs, color_count):
    pairs = [(a, b) for a, b in pairs if a != b and max(a, b) < len(colors)]
    wrong = [pair for pair in pairs if colors[pair[0]] == colors[pair[1]]]
    outside = [node for node, color in enumerate(colors) if color not in range(color_count)]
    found = coloring_violations(np.array(pairs).reshape(-1, 2), colors, color_count)
    assert list(map(tuple, found.edges.tolist())) == wrong
    assert found.nodes.tolist() == outside
    assert found.total == len(wrong) + len(outside)
    graph = graph_from({node: [b for a, b in pairs if a == node] for node in range(len(colors))})
    assert is_proper_coloring(graph, colors, color_count) == (not wrong and not outside)


@pytest.mark.parametrize(
    "colors",
    [[0, 1], [0, 1, 0, 1], [0, 1, 1], [0, 1, 2], [0, 1, -1], [0, 1, 0.0], [0, 1, np.nan],
     [0, 1, 10**30], [0, 1, None], np.array([0.0, 1.0, 0.0]), np.array([False, True, False]), []],
    ids=str,
)  # fmt: skip
def test_what_is_no_proper_coloring(colors):
    assert is_proper_coloring(GRAPH, np.array([0, 1, 0], dtype=np.uint8), 2)
    assert not is_proper_coloring(GRAPH, colors, 2)


def test_fixed_colors_are_checked():
    assert is_proper_coloring(GRAPH, [0, 1, 0], 2, {1: 1})
    assert not is_proper_coloring(GRAPH, [0, 1, 0], 2, {1: 0})


def test_edges_beyond_the_colors():
    with pytest.raises(ValueError, match="beyond the 2 colours"):
        coloring_violations(np.array([[0, 2]]), [0, 1], 2)
