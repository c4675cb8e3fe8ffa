"""Cases of ``odesolve color`` and of ``odesolve check`` on graphs."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

from fuzzing.cases import Case
from fuzzing.choices import Choices
from fuzzing.damage import wrapped
from fuzzing.graph_writers import CannotSay, GraphFormat, namings
from fuzzing.judgements import check_judgement, color_judgement, fewest_judgement
from fuzzing.meant_graphs import MeantGraph, random_graph
from fuzzing.tables import graph_formats, wrappings, written_graph_formats

#: One of so many cases may integrate, which takes seconds where others take milliseconds.
INTEGRATING = 250


def written_graph(choices: Choices) -> tuple[MeantGraph, str, str, tuple[str, ...], GraphFormat]:
    """A graph, its text, and the format's name, extensions and writer."""
    while True:
        name, suffixes, format = choices.pick(written_graph_formats())
        isolated = format.isolated and choices.below(2) == 0
        graph = random_graph(choices, isolated=isolated, named=format.named)
        graph = replace(graph, loop=choices.one_in(25))
        try:
            return graph, format.write(choices, graph), name, suffixes, format
        except CannotSay:
            continue


def random_file_of_graph(choices: Choices) -> tuple[str, bytes]:
    """A valid file with a name that suits it."""
    _, text, _, suffixes, _ = written_graph(choices)
    return f"file.{choices.pick(suffixes or ('txt',))}", text.encode()


def color_case(choices: Choices) -> Case:
    """A valid graph in any format, coloured; named by extension, by option, or by nothing."""
    graph, text, format_name, suffixes, format = written_graph(choices)
    arguments, files, stdin, way = _named(choices, text, format_name, suffixes)
    fewest = choices.one_in(6)
    colors = graph.count if fewest else _colors(choices, graph)
    arguments = ["color", *arguments, "--colors", "min" if fewest else str(colors)]
    as_json = fewest or choices.below(4) > 0 or not _readable(graph)
    arguments += ["--json"] if as_json else []
    arguments += choices.pick(
        [["--time-limit", "0"], ["--time-limit", "0.5"], ["--max-steps", "0"],
         ["--max-steps", "20"]]
    )  # fmt: skip
    fixed: dict[int, int] = {}
    if choices.one_in(6) and _certain_names(format, format_name, graph) == graph.names:
        fixed = _fixed(choices, graph, colors, arguments, files)
    if choices.one_in(10) and _certain_names(format, format_name, graph) == graph.names:
        given = {graph.names[n]: choices.below(colors) for n in choices.some(range(graph.count), 5)}
        near, content = _coloring_file(choices, given)
        if given:
            files[f"near-{near}"] = content
            arguments += ["--hint", f"near-{near}"]
    outputs = _outputs(choices, arguments, files, trace=not fewest)
    judge = partial(
        _judge_fewest if fewest else _judge_color,
        graph=graph,
        namings=namings(format, graph),
        colors=colors,
        fixed=fixed,
        strict=way in ("extension", "option"),
        as_json=as_json,
    )
    kind = f"color{' --colors min' if fewest else ''}: {format_name} by {way}"
    return Case(arguments, files, stdin, kind=kind, outputs=outputs, judge=judge)


def _judge_color(outcome, **meant) -> str | None:
    return color_judgement(outcome=outcome, **meant)


def _judge_fewest(outcome, **meant) -> str | None:
    return fewest_judgement(outcome=outcome, **meant)


def _certain_names(
    format: GraphFormat, format_name: str, graph: MeantGraph
) -> tuple[str, ...] | None:
    """How the nodes are called for sure; None where labels or numbers may be taken."""
    from_1, from_0 = namings(format, graph)[-2:]
    numbered = {"dimacs": from_1, "graph6": from_0, "sparse6": from_0}
    unsure = format_name in ("gml", "pajek")
    return numbered.get(format_name, graph.names if format.named and not unsure else None)


def _readable(graph: MeantGraph) -> bool:
    return all(name and not name.startswith('"') and '"' not in name for name in graph.names)


def _named(
    choices: Choices, text: str, format: str, suffixes: tuple[str, ...]
) -> tuple[list[str], dict[str, bytes], bytes, str]:
    """Arguments, files and standard input, and by what the format is to be told."""
    way = choices.pick(["extension", "extension", "option", "content", "foreign extension"])
    if way == "extension" and not suffixes:
        way = "option"
    if way == "extension":
        name = f"graph.{choices.pick(suffixes)}"
        name = name.upper() if choices.one_in(10) else name
    elif way == "foreign extension":
        others = [s for other, ends in graph_formats().items() if other != format for s in ends]
        name = f"graph.{choices.pick(others)}"
    else:
        name = choices.pick(["graph.txt", "graph", "a graph.dat"])
    data, name = wrapped(choices, text, name, wrappings())
    option = ["--format", format] if way == "option" else []
    if choices.one_in(8) and way in ("content", "option"):
        return ["-", *option], {}, data, way
    return [name, *option], {name: data}, b"", way


def _colors(choices: Choices, graph: MeantGraph) -> int:
    """A number of colours with which presolve decides, mostly."""
    degeneracy = graph.degeneracy
    if choices.one_in(INTEGRATING):
        return choices.between(1, degeneracy + 2)
    cliques = [q for q in range(3, degeneracy + 1) if _has_clique(graph, q + 1)]
    return choices.pick([1, 2, degeneracy + 1, degeneracy + 1, degeneracy + 2, *cliques])


def _has_clique(graph: MeantGraph, size: int) -> bool:
    edges = set(graph.edges)

    def grow(clique: tuple[int, ...]) -> bool:
        if len(clique) == size:
            return True
        later = range(clique[-1] + 1 if clique else 0, graph.count)
        return any(all((a, n) in edges for a in clique) and grow((*clique, n)) for n in later)

    return grow(())


def _fixed(
    choices: Choices, graph: MeantGraph, colors: int, arguments: list[str], files: dict[str, bytes]
) -> dict[int, int]:
    """Colours fixed by option or by file, for one or two nodes."""
    nodes = choices.some(range(graph.count), 2)
    fixed = {node: choices.below(colors) for node in nodes}
    if not fixed:
        return fixed
    if choices.below(2):
        for node, color in fixed.items():
            arguments += ["--precolor", f"{graph.names[node]}={color}"]
    else:
        named = {graph.names[node]: color for node, color in fixed.items()}
        files["fixed.json"] = json.dumps(named).encode()
        arguments += ["--precoloring", "fixed.json"]
    return fixed


def _outputs(
    choices: Choices, arguments: list[str], files: dict[str, bytes], *, trace: bool
) -> tuple[str, ...]:
    """Ask for output files now and then; one may be there already."""
    outputs: list[str] = []
    if choices.one_in(4):
        outputs.append(choices.pick(["out.json", "out.csv", "out.sol"]))
        arguments += ["-o", outputs[-1]]
        if choices.below(2):
            files[outputs[-1]] = b"what was there before"
    if choices.one_in(400):
        outputs.append("out.svg")
        arguments += ["--plot", outputs[-1]]
    if trace and choices.one_in(40):
        outputs.append("out.npz")
        arguments += ["--trace", outputs[-1]]
    return tuple(outputs)


def check_graph_case(choices: Choices) -> Case:
    """A colouring, right or wrong, of a graph whose nodes' names are certain."""
    while True:
        graph, text, format_name, suffixes, format = written_graph(choices)
        names = _certain_names(format, format_name, graph)
        if suffixes and names is not None:
            break
    colors = choices.between(1, 4)
    given = {n: choices.below(colors) for n in range(graph.count) if not choices.one_in(25)}
    if choices.below(2):
        given = _greedy(graph)
    data, name = wrapped(choices, text, f"graph.{choices.pick(suffixes)}", wrappings())
    solution, content = _coloring_file(choices, {names[n]: c for n, c in given.items()})
    proper = len(given) == graph.count and graph.is_proper([given.get(n, 0) for n in sorted(given)])
    plain = all(name.isascii() and name.isalnum() for name in names) and bool(given)
    as_json = bool(choices.below(2))
    return Case(
        ["check", name, solution, *(["--json"] if as_json else [])],
        {name: data, solution: content},
        kind=f"check: {format_name}",
        judge=partial(
            _judge_check,
            satisfied=proper,
            cost=None,
            strict=plain and not graph.loop,
            as_json=as_json,
            loop=graph.loop,
        ),
    )


def _judge_check(outcome, *, loop: bool, **meant) -> str | None:
    if loop:
        return None if outcome.code in (1, 2) else "loop lost: satisfied"
    return check_judgement(outcome=outcome, **meant)


def _greedy(graph: MeantGraph) -> dict[int, int]:
    colors: dict[int, int] = {}
    for node in range(graph.count):
        near = {colors[a + b - node] for a, b in graph.edges
                if node in (a, b) and a + b - node in colors}  # fmt: skip
        colors[node] = next(color for color in range(graph.count) if color not in near)
    return colors


def _coloring_file(choices: Choices, coloring: dict[str, int]) -> tuple[str, bytes]:
    kind = choices.below(3)
    if kind == 0:
        document = coloring if choices.below(2) else {"coloring": coloring}
        return "c.json", json.dumps(document).encode()
    if kind == 1:
        quoted = {name.replace('"', '""'): color for name, color in coloring.items()}
        lines = ["node,color", *(f'"{name}",{color}' for name, color in quoted.items())]
        return "c.csv", "\n".join(lines).encode()
    lines = [f"s col {max(coloring.values(), default=0) + 1}"]
    lines += [f"v {n if n.isalnum() else json.dumps(n)} {c + 1}" for n, c in coloring.items()]
    return "c.sol", "\n".join(lines).encode()
