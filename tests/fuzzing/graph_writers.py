"""Writers of every graph format, after the formats' public definitions."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from xml.sax.saxutils import quoteattr

from fuzzing.choices import Choices
from fuzzing.meant_graphs import MeantGraph

Lines = list[str]
Naming = tuple[str, ...]


class CannotSay(Exception):
    """The format cannot hold this graph."""


@dataclass(frozen=True)
class GraphFormat:
    """A format.

    Attributes:
        names: what ``--format`` may call it; the fuzzer uses those that the package has.
        suffixes: extensions that belong to it alone.
        write: (choices, graph) -> text.
        named: whether it holds names; else nodes are numbers.
        isolated: whether it holds nodes without an edge.
    """

    names: tuple[str, ...]
    suffixes: tuple[str, ...]
    write: Callable[[Choices, MeantGraph], str]
    named: bool = True
    isolated: bool = True


def namings(format: GraphFormat, graph: MeantGraph) -> list[Naming]:
    """How the nodes may be called by the reader: by name, or by number from 0 or 1."""
    from_1 = tuple(str(i + 1) for i in range(graph.count))
    from_0 = tuple(str(i) for i in range(graph.count))
    return [graph.names, from_1, from_0] if format.named else [from_1, from_0]


def _listed(choices: Choices, graph: MeantGraph) -> list[tuple[int, int]]:
    """The edges as a file may list them: in any order and direction, some twice; a loop."""
    edges = choices.shuffled(graph.edges)
    edges = [edge if choices.below(2) else edge[::-1] for edge in edges]
    if edges and choices.one_in(6):
        edges.append(choices.pick(edges)[:: choices.pick([1, -1])])
    if graph.loop:
        node = choices.below(graph.count)
        edges.insert(choices.below(len(edges) + 1), (node, node))
    return edges


def _number(name: str) -> object:
    return int(name) if name.lstrip("-").isdecimal() and str(int(name)) == name else name


# ---------------------------------------------------------------------------------------- JSON


def _json(choices: Choices, graph: MeantGraph) -> str:
    edges = _listed(choices, graph)
    numbers = all(isinstance(_number(name), int) for name in graph.names)
    names = [_number(name) if numbers and choices.below(2) else name for name in graph.names]
    if numbers:  # all or none
        names = [_number(n) for n in graph.names] if isinstance(names[0], int) else [*graph.names]
    pairs = [[names[a], names[b]] for a, b in edges]
    kind = choices.below(5)
    if kind == 0 and graph.isolated:
        kind = 1
    links = [{"source": a, "target": b} for a, b in pairs]
    if kind == 0:
        document: object = pairs
    elif kind == 1:
        document = {"nodes": names, "edges": pairs}
    elif kind == 2:
        document = {"nodes": [{"id": name} for name in names], "links": links}
    elif kind == 3:
        document = {str(name): [] for name in names}
        for a, b in pairs:
            document[str(a)].append(b)
            if choices.below(2) and a != b:
                document[str(b)].append(a)
    else:
        document = {"directed": False, "nodes": names, "edges": links}
    return json.dumps(document, indent=choices.pick([None, 1]), ensure_ascii=bool(choices.below(2)))


# --------------------------------------------------------------------------------- DIMACS .col


def _dimacs(choices: Choices, graph: MeantGraph) -> str:
    edges = _listed(choices, graph)
    count = len(edges) if choices.below(4) else choices.pick([0, 2 * len(edges), len(edges) + 1])
    word = choices.pick(["edge", "edge", "col", "edges"])
    lines = [f"p {word} {graph.count} {count}"]
    if choices.one_in(3):
        lines.insert(0, "c a graph")
    lines += [f"e {a + 1} {b + 1}" for a, b in edges]
    return "\n".join(lines) + "\n"


# ---------------------------------------------------------------------------------- edge lists

_FORBIDDEN = set(" ,;\t\"'#%{}|\\>-<=:[]()*")


def _plain_names(graph: MeantGraph, forbidden: set[str] = _FORBIDDEN) -> None:
    integers = all(isinstance(_number(name), int) for name in graph.names)
    if not integers and any(forbidden & set(name) or name == "" for name in graph.names):
        raise CannotSay


def _edge_list(choices: Choices, graph: MeantGraph) -> str:
    separator = choices.pick([" ", " ", "\t", ",", ";", "  ", ", "])
    _plain_names(graph)
    edges = _listed(choices, graph)
    if len(edges) < 2:
        raise CannotSay  # one row of two numbers is as well a count of nodes and edges
    weight = choices.one_in(5) and not graph.isolated
    names = graph.names
    first = [name.lower() for name in (names[edges[0][0]], names[edges[0][1]])]
    numbers = [isinstance(_number(name), int) for name in names]
    if {*first} & {"source", "target", "from", "to", "u", "v"} or any(numbers) != all(numbers):
        raise CannotSay
    rows = [[names[a], names[b]] + [str(choices.below(9))] * weight for a, b in edges]
    if rows[0][1] == str(len(rows) - 1):
        raise CannotSay  # the first row may count nodes and edges, rightly
    if choices.one_in(6):
        titles = choices.pick([["source", "target"], ["from", "to"], ["Source", "Target"]])
        rows.insert(0, titles + ["weight"] * weight)
    lines = [separator.join(row) for row in rows]
    # Names in other columns may be any word; a lone name is a node without an edge.
    for node in sorted(graph.isolated):
        if separator.strip():
            raise CannotSay
        lines.append(names[node])
    if choices.one_in(5):
        lines.insert(0, choices.pick(["# an edge list", "% made by hand"]))
    return "\n".join(lines) + "\n"


# ------------------------------------------------------------------------------------- GraphML


def _graphml(choices: Choices, graph: MeantGraph) -> str:
    edges = _listed(choices, graph)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
        f'<graph id="G" edgedefault="{choices.pick(["undirected", "undirected", "directed"])}">',
        *(f"<node id={quoteattr(name, {chr(9): '&#9;'})}/>" for name in graph.names),
    ]
    tabbed = {chr(9): "&#9;"}
    for a, b in edges:
        ends = [quoteattr(graph.names[n], tabbed) for n in (a, b)]
        lines.append(f"<edge source={ends[0]} target={ends[1]}/>")
    return "\n".join([*lines, "</graph>", "</graphml>"]) + "\n"


# -------------------------------------------------------------------------- graph6 and sparse6


def _graph6(choices: Choices, graph: MeantGraph) -> str:
    if graph.loop:
        raise CannotSay
    edges = set(graph.edges)
    bits = [int((a, b) in edges) for b in range(graph.count) for a in range(b)]
    bits += [0] * (-len(bits) % 6)
    values = [int("".join(map(str, bits[i : i + 6])), 2) for i in range(0, len(bits), 6)]
    header = choices.pick(["", "", ">>graph6<<"])
    return header + "".join(chr(63 + v) for v in [graph.count, *values]) + "\n"


def _sparse6(choices: Choices, graph: MeantGraph) -> str:
    import networkx

    if graph.loop:
        raise CannotSay
    made = networkx.Graph()
    made.add_nodes_from(range(graph.count))
    made.add_edges_from(graph.edges)
    return networkx.to_sparse6_bytes(made, header=bool(choices.below(2))).decode()


# --------------------------------------------------------------------------- what people hold


def _quoted(choices: Choices, name: str) -> str:
    """A name in the language DOT."""
    plain = name.isascii() and name.isidentifier() and name.lower() not in _DOT_WORDS
    if (plain or name.isdecimal()) and choices.below(2):
        return name
    if set(name) & set('"\\\t'):
        raise CannotSay
    return f'"{name}"'


_DOT_WORDS = {"node", "edge", "graph", "digraph", "subgraph", "strict"}


def _dot(choices: Choices, graph: MeantGraph) -> str:
    directed = choices.one_in(4)
    arrow = " -> " if directed else choices.pick([" -- ", "--"])
    strict = choices.pick(["", "", "strict "])
    name = choices.pick(["", "G ", '"my graph" '])
    lines = [f"{strict}{'digraph' if directed else 'graph'} {name}{{"]
    if choices.one_in(3):
        lines.append(choices.pick(["  node [shape=circle];", "  // a comment", "  rankdir=LR;"]))
    edges = _listed(choices, graph)
    ids = [_quoted(choices, name) for name in graph.names]
    declared = range(graph.count) if choices.below(2) else sorted(graph.isolated)
    lines += [f"  {ids[n]}{choices.pick(['', ' [color=red]'])};" for n in declared]
    grouped = choices.below(3)
    while edges:
        a, b = edges.pop(0)
        text = f"{ids[a]}{arrow}{ids[b]}"
        while grouped == 1 and edges and edges[0][0] == b:  # a chain
            _, b = edges.pop(0)
            text += f"{arrow}{ids[b]}"
        if grouped == 2:  # a node and several others, some in a subgraph with a name
            same = [b, *(edge[1] for edge in edges if edge[0] == a)]
            edges = [edge for edge in edges if edge[0] != a]
            word = choices.pick(["", "subgraph ", "subgraph cluster_1 "])
            inner = choices.pick(["; ", " ", "\n"]).join(ids[n] for n in same)
            text = f"{ids[a]}{arrow}{word}{{{inner}}}"
        lines.append(f"  {text}{choices.pick([';', ';', ' [weight=2];', ''])}")
    return "\n".join([*lines, "}"]) + "\n"


def _gml(choices: Choices, graph: MeantGraph) -> str:
    if any(set(name) & set('"&\t') or not name.isascii() for name in graph.names):
        raise CannotSay
    labels = bool(choices.below(3))
    drawn = choices.pick([[], [], ["    graphics [ x 1.5 y -2 ]"]])
    value = choices.pick([[], [], ["    value 2"]])
    lines = ["# made by hand"] if choices.one_in(6) else []
    lines += ['Creator "a hand"', "Version 1"] if choices.one_in(4) else []
    lines += ["graph [", *choices.pick([[], [], ["  directed 0"], ["  directed 1"]])]
    for i, name in enumerate(graph.names):
        label = [f'    label "{name}"'] if labels else []
        lines += ["  node [", f"    id {i}", *label, *drawn, "  ]"]
    for a, b in _listed(choices, replace(graph)):
        lines += ["  edge [", f"    source {a}", f"    target {b}", *value, "  ]"]
    # Without labels the nodes are called by their ids, which `namings` allows.
    return "\n".join([*lines, "]"]) + "\n"


def _pajek(choices: Choices, graph: MeantGraph) -> str:
    if any('"' in name or "\t" in name for name in graph.names):
        raise CannotSay
    edges = _listed(choices, graph)
    lines = ["*Network made by hand"] if choices.one_in(5) else []
    lines += ["% a comment"] if choices.one_in(5) else []
    lines.append(f"*Vertices {graph.count}")
    place = choices.pick(["", " 0.5 0.25 0.5", " ic Red"])
    lines += [f'{i} "{name}"{place}' for i, name in enumerate(graph.names, 1)]
    kind = choices.below(4)
    if kind == 0:
        lines.append(choices.pick(["*Edgeslist", "*Arcslist"]))
        lists = enumerate(_lists(graph, edges), 1)
        lines += [
            " ".join(map(str, [n, *(o + 1 for o in others)])) for n, others in lists if others
        ]
    elif kind == 1 and not graph.loop:
        lines += ["*Matrix", *map(" ".join, _rows_of_bits(graph))]
    else:
        weight = choices.pick(["", " 1", " 1.0", " 2.5 c Blue"])
        cut = choices.below(len(edges) + 1) if choices.one_in(4) else 0
        rows = [f"{a + 1} {b + 1}{weight}" for a, b in edges]
        word = choices.pick(["*Edges", "*Edges", "*Arcs", "*edges"])
        lines += ["*Arcs", *rows[:cut], word, *rows[cut:]] if cut else [word, *rows]
    return "\n".join(lines) + "\n"


def _lists(graph: MeantGraph, edges: list[tuple[int, int]]) -> list[list[int]]:
    """Each edge in the list of its first node."""
    lists: list[list[int]] = [[] for _ in range(graph.count)]
    for a, b in edges:
        lists[a].append(b)
    return lists


def _adjacency_list(choices: Choices, graph: MeantGraph) -> str:
    _plain_names(graph)
    lists = _lists(graph, _listed(choices, graph))
    comment = ["# made by hand", "# GMT"] if choices.below(2) else []
    if any(len({*others}) < len(others) for others in lists):
        raise CannotSay  # only an edge list names one twice in a line
    mark = choices.pick(["", "", ":"])
    separator = choices.pick([" ", " ", "\t", ",", ";"]) if not mark else choices.pick([" ", ", "])
    rows = [
        (mark + " " if mark else separator)
        .join([graph.names[n], separator.join(graph.names[other] for other in others)])
        .rstrip(" \t,;")
        for n, others in enumerate(lists)
    ]
    return "\n".join([*comment, *rows]) + "\n"


def _multiline(choices: Choices, graph: MeantGraph) -> str:
    _plain_names(graph)
    lists = _lists(graph, _listed(choices, graph))
    lines = ["# a multiline adjacency list"] if choices.below(2) else []
    for node, others in enumerate(lists):
        lines.append(f"{graph.names[node]} {len(others)}")
        lines += [graph.names[other] + choices.pick(["", " {}"]) for other in others]
    return "\n".join(lines) + "\n"


def _leda(choices: Choices, graph: MeantGraph) -> str:
    if any(set(name) & set("|}{\t") for name in graph.names):
        raise CannotSay
    edges = _listed(choices, graph)
    lines = ["LEDA.GRAPH", "string", choices.pick(["int", "void"])]
    lines += ["-2"] if choices.below(4) else ["-1"]
    lines += [str(graph.count), *(f"|{{{name}}}|" for name in graph.names), str(len(edges))]
    lines += [f"{a + 1} {b + 1} 0 |{{{choices.below(3)}}}|" for a, b in edges]
    return "\n".join(lines) + "\n"


def _matrix_market(choices: Choices, graph: MeantGraph) -> str:
    edges = sorted({*_listed(choices, graph)})
    field = choices.pick(["pattern", "integer", "real"])
    symmetric = bool(choices.below(2))
    if symmetric:
        pairs = sorted({(max(e), min(e)) for e in edges})
    else:
        pairs = sorted({*edges, *((b, a) for a, b in edges)}) if choices.below(2) else edges
    value = {"pattern": "", "integer": " 1", "real": " 1.0"}[field]
    if choices.one_in(4) and field != "pattern":
        filled = {(a, b) for a, b in pairs}
        cells = [(a, b) for b in range(graph.count) for a in range(graph.count)]
        cells = [(a, b) for a, b in cells if a >= b or not symmetric]
        lines = [f"%%MatrixMarket matrix array {field} {'symmetric' if symmetric else 'general'}"]
        lines.append(f"{graph.count} {graph.count}")
        lines += [value.strip() if cell in filled else "0" for cell in cells]
        return "\n".join(lines) + "\n"
    lines = [f"%%MatrixMarket matrix coordinate {field} {'symmetric' if symmetric else 'general'}"]
    lines += ["% a comment"] if choices.one_in(3) else []
    lines.append(f"{graph.count} {graph.count} {len(pairs)}")
    lines += [f"{a + 1} {b + 1}{value}" for a, b in pairs]
    return "\n".join(lines) + "\n"


def _both_ways(graph: MeantGraph) -> list[list[int]]:
    lists: list[list[int]] = [[] for _ in range(graph.count)]
    for a, b in graph.edges:
        lists[a].append(b)
        lists[b].append(a)
    return lists


def _metis(choices: Choices, graph: MeantGraph) -> str:
    if graph.loop:
        raise CannotSay
    weights = choices.one_in(4)
    sizes, masses = choices.one_in(6), choices.between(1, 3) if choices.one_in(5) else 0
    mode = f" {int(sizes)}{int(masses > 0)}{int(weights)}" if sizes or masses or weights else ""
    mode = " 1" if mode == " 001" and choices.below(2) else mode
    mode += f" {masses}" if masses > 1 or (masses and choices.below(2)) else ""
    lines = ["% a comment"] if choices.one_in(4) else []
    lines.append(f"{graph.count} {len(graph.edges)}" + mode)
    for others in _both_ways(graph):
        words = [f"{other + 1} 1" if weights else str(other + 1) for other in others]
        before = [str(choices.between(1, 9)) for _ in range(sizes + masses)]
        lines.append(" ".join([*before, *words]))
    return "\n".join(lines) + "\n"


def _lad(choices: Choices, graph: MeantGraph) -> str:
    if graph.loop:
        raise CannotSay
    lines = [str(graph.count)]
    lists = _both_ways(graph) if choices.below(4) else _lists(graph, [*graph.edges])
    lines += [" ".join(map(str, [len(others), *others])) for others in lists]
    return "\n".join(lines) + "\n"


def _counted(choices: Choices, graph: MeantGraph) -> str:
    base = choices.below(2)
    if base and not any(graph.count - 1 in e for e in graph.edges):
        raise CannotSay  # numbers from 0 would do as well
    if not base and not any(0 in e for e in graph.edges):
        raise CannotSay
    edges = _listed(choices, graph)
    lines = [f"{graph.count} {len(edges)}", *(f"{a + base} {b + base}" for a, b in edges)]
    return "\n".join(lines) + "\n"


def _rows_of_bits(graph: MeantGraph) -> list[list[str]]:
    edges = {*graph.edges, *((b, a) for a, b in graph.edges)}
    return [["01"[(a, b) in edges] for b in range(graph.count)] for a in range(graph.count)]


def _matrix(choices: Choices, graph: MeantGraph) -> str:
    if graph.loop:
        raise CannotSay
    separator = choices.pick([" ", ",", ";", "\t"])
    return "\n".join(separator.join(row) for row in _rows_of_bits(graph)) + "\n"


def _adjacency_csv(choices: Choices, graph: MeantGraph) -> str:
    if graph.loop:
        raise CannotSay
    _plain_names(graph, set(',;"\t'))
    separator = choices.pick([",", ",", ";"])
    if any(name[0] in "#%" for name in graph.names):
        raise CannotSay  # their rows are comments
    lines = [separator.join(["", *graph.names])]
    rows = zip(graph.names, _rows_of_bits(graph), strict=True)
    lines += [separator.join([name, *row]) for name, row in rows]
    return "\n".join(lines) + "\n"


FORMATS: tuple[GraphFormat, ...] = (
    GraphFormat(("json",), ("json",), _json),
    GraphFormat(("dimacs",), ("col",), _dimacs, named=False),
    GraphFormat(("edgelist",), ("edgelist", "edges"), _edge_list),
    GraphFormat(("graphml",), ("graphml",), _graphml),
    GraphFormat(("graph6",), ("g6", "graph6"), _graph6, named=False),
    GraphFormat(("sparse6",), ("s6", "sparse6"), _sparse6, named=False),
    GraphFormat(("dot", "graphviz"), ("dot", "gv"), _dot),
    GraphFormat(("gml",), ("gml",), _gml),
    GraphFormat(("pajek", "net"), ("net", "pajek"), _pajek),
    GraphFormat(("adjlist", "adjacency-list", "adjacency"), ("adjlist", "adj"), _adjacency_list),
    GraphFormat(
        ("multiline-adjlist", "multiline_adjlist", "multiline", "multiline-adjacency-list"),
        ("multiline_adjlist", "multi_adjlist", "multiline"),
        _multiline,
    ),
    GraphFormat(("leda",), ("leda", "lgr", "gw"), _leda),
    GraphFormat(
        ("matrix-market", "matrix_market", "matrixmarket", "mtx"), ("mtx",), _matrix_market,
        named=False,
    ),
    GraphFormat(("metis",), ("metis", "graph"), _metis, named=False),
    GraphFormat(("lad",), ("lad",), _lad, named=False),
    GraphFormat(
        ("counted-edgelist", "n-m", "nm"), ("nm",), _counted,
        named=False,
    ),
    GraphFormat(("adjacency-csv", "labelled-matrix", "matrix"), (), _adjacency_csv),
    GraphFormat(("matrix", "adjacency-matrix"), (), _matrix, named=False),
)  # fmt: skip
