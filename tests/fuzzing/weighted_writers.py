"""Writers of graphs with weights, in every format of graphs that has them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from fuzzing.choices import Choices
from fuzzing.graph_writers import CannotSay, _plain_names, _quoted
from fuzzing.meant_energies import random_number
from fuzzing.meant_graphs import MeantGraph

Weights = Mapping[tuple[int, int], Fraction]
#: Ends of an edge, and its weight as text; None for an edge without one.
Listed = list[tuple[int, int, str | None]]


@dataclass(frozen=True)
class WeightedFormat:
    """A format.

    Attributes:
        name: what ``--format`` calls it.
        suffixes: extensions that belong to it.
        write: (choices, graph, edges) -> text.
        named: whether it holds names; else nodes are numbers from `first`.
        missing: whether an edge may have no weight.
        repeats: whether an edge may be listed twice; the weights add up.
        floats: whether weights are floats.
    """

    name: str
    suffixes: tuple[str, ...]
    write: Callable[[Choices, MeantGraph, Listed], str]
    named: bool = True
    missing: bool = False
    repeats: bool = True
    floats: bool = False
    isolated: bool = True


def random_weights(
    choices: Choices, graph: MeantGraph, format: WeightedFormat
) -> tuple[Weights, Listed]:
    """Weights of the graph's edges, and how a file lists these."""
    ends = [pair if choices.below(2) else pair[::-1] for pair in choices.shuffled(graph.edges)]
    if format.repeats and choices.one_in(5):
        ends.append(choices.pick(ends)[:: choices.pick([1, -1])])
    bare, wide = format.missing and choices.one_in(3), choices.one_in(10)
    listed: Listed = [
        (a, b, None) if bare and choices.below(2)
        else (a, b, random_number(choices, plain=format.floats, wide=wide))
        for a, b in ends
    ]  # fmt: skip
    if all(text is None for _, _, text in listed):
        listed[0] = (*ends[0], "2")
    if not any(text not in (None, "1") for _, _, text in listed):
        listed[-1] = (*ends[-1], "3")
    weights: dict[tuple[int, int], Fraction] = {}
    for a, b, text in listed:
        pair = min(a, b), max(a, b)
        weights[pair] = weights.get(pair, Fraction(0)) + Fraction("1" if text is None else text)
    return weights, listed


def _json(choices: Choices, graph: MeantGraph, edges: Listed) -> str:
    links = [
        {"source": graph.names[a], "target": graph.names[b]}
        | ({} if text is None else {"weight": text if choices.one_in(9) else _Number(text)})
        for a, b, text in edges
    ]
    key = choices.pick(["edges", "links"])
    nodes = choices.pick([list(graph.names), [{"id": name} for name in graph.names]])
    text = json.dumps({"nodes": nodes, key: links}, default=str)
    return _unquoted(text)


class _Number(str):
    """A number that JSON is to hold as it is spelled."""

    def __new__(cls, text: str) -> _Number:
        plain = text.removeprefix("+")
        plain = plain.replace(".", "0.") if plain.startswith((".", "-.")) else plain
        return super().__new__(cls, f"\ue000{plain}{'0' if plain.endswith('.') else ''}\ue001")


def _unquoted(text: str) -> str:
    return text.replace('"\\ue000', "").replace('\\ue001"', "")


def _dimacs(choices: Choices, graph: MeantGraph, edges: Listed) -> str:
    lines = [f"p {choices.pick(['edge', 'col'])} {graph.count} {len(edges)}"]
    lines += [f"e {a + 1} {b + 1}" + (f" {text}" if text else "") for a, b, text in edges]
    return "\n".join(lines) + "\n"


def _edge_list(choices: Choices, graph: MeantGraph, edges: Listed) -> str:
    if len(edges) < 3:
        raise CannotSay
    _plain_names(graph)
    names = graph.names
    integers = [name.lstrip("-").isdecimal() for name in names]
    if any(integers) != all(integers):
        raise CannotSay
    separator = choices.pick([" ", "\t", ",", ";"])
    rows = [[names[a], names[b], text or "1"] for a, b, text in edges]
    form = choices.below(3)
    if form == 0:
        title = choices.pick([["source", "target", "weight"], ["from", "to", "w"]])
        rows.insert(0, title)
    if form == 1 and separator == " ":
        rows = [[a, b, "{'weight': " + _json_spelled(text) + "}"] for a, b, text in rows]
    elif names[edges[0][0]].isdecimal() and names[edges[0][1]] == str(len(edges) - 1):
        raise CannotSay
    lines = [separator.join(row) for row in rows]
    return "\n".join(lines) + "\n"


def _json_spelled(text: str) -> str:
    return _unquoted(json.dumps(_Number(text)))


def _graphml(choices: Choices, graph: MeantGraph, edges: Listed) -> str:
    from xml.sax.saxutils import quoteattr

    kind = choices.pick(["double", "float", "int", "long"])
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
        f'<key id="d0" for="edge" attr.name="weight" attr.type="{kind}"/>',
        '<graph id="G" edgedefault="undirected">',
    ]
    names = [quoteattr(name, {"\t": "&#9;"}) for name in graph.names]
    lines += [f"<node id={name}/>" for name in names]
    for a, b, text in edges:
        data = "" if text is None else f'<data key="d0">{text}</data>'
        lines.append(f"<edge source={names[a]} target={names[b]}>{data}</edge>")
    return "\n".join([*lines, "</graph>", "</graphml>"]) + "\n"


def _dot(choices: Choices, graph: MeantGraph, edges: Listed) -> str:
    ids = [_quoted(choices, name) for name in graph.names]
    lines = ["graph {", *(f"  {name};" for name in ids)]
    for a, b, text in edges:
        said = "" if text is None else f' [weight="{text}"]'
        if text is not None and text.lstrip("-").isdecimal() and choices.below(2):
            said = f" [label=x, weight={text}]"
        lines.append(f"  {ids[a]} -- {ids[b]}{said};")
    return "\n".join([*lines, "}"]) + "\n"


def _gml(choices: Choices, graph: MeantGraph, edges: Listed) -> str:
    if any(set(name) & set('"&\t') or not name.isascii() for name in graph.names):
        raise CannotSay
    if any("e" in (text or "").lower() and "." not in (text or "") for _, _, text in edges):
        raise CannotSay  # its reals have a point
    key = choices.pick(["weight", "value"])
    lines = ["graph ["]
    for i, name in enumerate(graph.names):
        lines += ["  node [", f"    id {i}", f'    label "{name}"', "  ]"]
    for a, b, text in edges:
        said = [] if text is None else [f"    {key} {text}"]
        lines += ["  edge [", f"    source {a}", f"    target {b}", *said, "  ]"]
    return "\n".join([*lines, "]"]) + "\n"


def _pajek(choices: Choices, graph: MeantGraph, edges: Listed) -> str:
    if any('"' in name or "\t" in name for name in graph.names):
        raise CannotSay
    lines = [f"*Vertices {graph.count}"]
    lines += [f'{i} "{name}"' for i, name in enumerate(graph.names, 1)]
    lines += ["*Edges", *(f"{a + 1} {b + 1} {text or 1}" for a, b, text in edges)]
    return "\n".join(lines) + "\n"


def _leda(choices: Choices, graph: MeantGraph, edges: Listed) -> str:
    if any(set(name) & set("|}{\t") for name in graph.names):
        raise CannotSay
    lines = ["LEDA.GRAPH", "string", choices.pick(["double", "float", "int"]), "-2"]
    lines += [str(graph.count), *(f"|{{{name}}}|" for name in graph.names), str(len(edges))]
    lines += [f"{a + 1} {b + 1} 0 |{{{text or 1}}}|" for a, b, text in edges]
    return "\n".join(lines) + "\n"


def _market(choices: Choices, graph: MeantGraph, edges: Listed) -> str:
    symmetric = bool(choices.below(2))
    cells = [(max(a, b), min(a, b), (text or "1").lstrip("+")) for a, b, text in edges]
    if not symmetric and choices.below(2):
        cells += [(b, a, text) for a, b, text in cells]
    lines = [f"%%MatrixMarket matrix coordinate real {'symmetric' if symmetric else 'general'}"]
    lines.append(f"{graph.count} {graph.count} {len(cells)}")
    return "\n".join([*lines, *(f"{a + 1} {b + 1} {text}" for a, b, text in cells)]) + "\n"


def _metis(choices: Choices, graph: MeantGraph, edges: Listed) -> str:
    if not all((text or "1").isdecimal() and text != "0" for _, _, text in edges):
        raise CannotSay  # its weights are positive integers
    near: list[list[str]] = [[] for _ in range(graph.count)]
    for a, b, text in edges:
        near[a] += [str(b + 1), text or "1"]
        near[b] += [str(a + 1), text or "1"]
    lines = [f"{graph.count} {len(edges)} {choices.pick(['1', '001'])}"]
    return "\n".join([*lines, *map(" ".join, near)]) + "\n"


def _rudy(choices: Choices, graph: MeantGraph, edges: Listed) -> str:
    lines = [f"{graph.count} {len(edges)}"]
    return "\n".join([*lines, *(f"{a + 1} {b + 1} {text or 1}" for a, b, text in edges)]) + "\n"


FORMATS: tuple[WeightedFormat, ...] = (
    WeightedFormat("json", ("json",), _json, missing=True),
    WeightedFormat("dimacs", ("col",), _dimacs, named=False, missing=True),
    WeightedFormat("edgelist", ("edgelist", "edges"), _edge_list, isolated=False),
    WeightedFormat("graphml", ("graphml",), _graphml, missing=True),
    WeightedFormat("dot", ("dot", "gv"), _dot, missing=True),
    WeightedFormat("gml", ("gml",), _gml, missing=True),
    WeightedFormat("pajek", ("net",), _pajek),
    WeightedFormat("leda", ("leda", "lgr"), _leda),
    WeightedFormat("matrix-market", ("mtx",), _market, named=False, repeats=False, floats=True),
    WeightedFormat("metis", ("metis", "graph"), _metis, named=False, repeats=False),
    WeightedFormat("rudy", ("rudy", "mc"), _rudy, named=False),
    WeightedFormat("counted-edgelist", ("nm",), _rudy, named=False),
)
