"""Samples of every graph format, damaged or misnamed: the same graph, or one line and exit 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from odesolve.problems.errors import InputError
from odesolve.problems.graphs.formats import FORMATS, parse_graph
from odesolve.problems.graphs.formats.format import Evidence
from odesolve.problems.graphs.graph import Graph

SAMPLES = sorted((Path(__file__).parents[1] / "data").glob("petersen*"))
EXTENSIONS = ["", "txt", "dat", *(end for form in FORMATS.values() for end in form.extensions)]

#: Where nothing says how long a file is, a cut at the end of a line leaves a part of the graph.
ENDLESS = {"edgelist", "csv", "tsv", "adjlist", "net", "s6"}
#: Their header says it, but is wrong in so many files that this is a note.
NOTED = {"col"}

by_name = pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)


def graph_or_refusal(data: bytes, suffix: str) -> Graph | None:
    """The graph; None if the reader refuses on one line that begins with the place."""
    try:
        return parse_graph(data, "sample", None, suffix)
    except InputError as error:
        message = str(error)
    assert message.startswith("sample")
    assert message.isprintable()
    assert len(message) < 500
    return None


def suffix_of(sample: Path) -> str:
    return sample.suffix[1:]


def has_mark(sample: Path) -> bool:
    return any(
        form.evidence is Evidence.MARK and suffix_of(sample) in form.extensions
        for form in FORMATS.values()
    )


def edges_of(graph: Graph) -> set[frozenset[str]]:
    return {frozenset(graph.labels[end] for end in edge) for edge in graph.edges.tolist()}


@by_name
def test_another_extension(sample):
    data = sample.read_bytes()
    wanted = parse_graph(data, "sample", None, suffix_of(sample))
    for extension in EXTENSIONS:
        found = graph_or_refusal(data, extension)
        assert found is None or found.is_same_as(wanted), extension


@by_name
def test_a_file_that_is_cut(sample):
    data = sample.read_bytes()
    wanted = parse_graph(data, "sample", None, suffix_of(sample))
    line_ends = {i for i, byte in enumerate(data) if byte == ord("\n")}
    inside = {len(data) * part // 17 for part in range(1, 17)}
    for end in sorted(line_ends | inside):
        found = graph_or_refusal(data[:end], suffix_of(sample))
        if found is None or found.is_same_as(wanted):
            continue
        assert suffix_of(sample) in ENDLESS | NOTED, end
        if end in line_ends or suffix_of(sample) == "s6":
            assert edges_of(found) < edges_of(wanted), end
        assert suffix_of(sample) in ENDLESS or any("claims 15" in note for note in found.notes)


@by_name
def test_a_header_that_is_lost(sample):
    lines = sample.read_text().split("\n")
    wanted = parse_graph("\n".join(lines).encode(), "sample", None, suffix_of(sample))
    comments = 0
    while lines[comments].startswith(("#", "% ", "c ")):
        comments += 1
    del lines[: comments + 1]
    if not any(lines):
        return  # all is on one line
    for suffix in (suffix_of(sample), "txt")[: 1 + has_mark(sample)]:
        found = graph_or_refusal("\n".join(lines).encode(), suffix)
        if found is None or found.is_same_as(wanted):
            continue
        # A list of rows has no header to lose: it loses an edge, or the edges of a node.
        assert suffix in ENDLESS - {"net", "s6"}
        assert edges_of(found) <= edges_of(wanted)


@by_name
def test_a_second_file_behind_the_first(sample):
    data = sample.read_bytes()
    wanted = parse_graph(data, "sample", None, suffix_of(sample))
    for other in SAMPLES:
        # Rows of numbers behind the rows of a list are rows of the list.
        rows = suffix_of(sample) in ("edgelist", "adjlist") and other.suffix in (".nm", ".graph")
        if not rows and suffix_of(sample) != suffix_of(other):
            found = graph_or_refusal(data + b"\n" + other.read_bytes(), suffix_of(sample))
            assert found is None or edges_of(found) == edges_of(wanted), other.name
