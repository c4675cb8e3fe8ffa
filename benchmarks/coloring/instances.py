"""Graphs to colour: files, planted random graphs, and a checker of colourings.

Nothing here is shared with odesolve: its answers are judged by other code than its own.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.report import ROOT

COLORING_FILES = ROOT.parent / "shared" / "instances" / "coloring"
ARTICLE_GRAPH = ROOT / "docs" / "examples" / "article.json"


@dataclass(frozen=True)
class Instance:
    """A graph and a number of colours.

    Attributes:
        path: the file that odesolve reads.
        edges: integers ``[edges, 2]``, numbered from 0, ``a <= b``, unique.
        first: the name of node 0; nodes are named by consecutive numbers.
    """

    name: str
    path: Path
    node_count: int
    edges: np.ndarray
    colors: int
    first: int = 1

    @property
    def has_loop(self) -> bool:
        return bool((self.edges[:, 0] == self.edges[:, 1]).any())


def coloring_of(instance: Instance, named: Mapping[str, Any]) -> list[int] | None:
    """Colours in the order of the nodes, from an answer of odesolve; None if malformed."""
    names = [str(node + instance.first) for node in range(instance.node_count)]
    if named.keys() != set(names):
        return None
    return [named[name] for name in names]


def violated_edges(instance: Instance, coloring: list[int] | None, colors: int) -> int | None:
    """How many edges join two nodes of one colour; None if this is no colouring at all."""
    if coloring is None or len(coloring) != instance.node_count:
        return None
    if not all(type(value) is int and 0 <= value < colors for value in coloring):
        return None
    values = np.array(coloring)
    return int((values[instance.edges[:, 0]] == values[instance.edges[:, 1]]).sum())


def natural(text: str) -> list[tuple[int, str]]:
    """A sorting key that puts flat50-2 before flat50-10."""
    return [
        (int(digits) if digits else sys.maxsize, other)
        for digits, other in re.findall(r"(\d+)|(\D+)", text)
    ]


def read_dimacs(path: Path, colors: int) -> Instance:
    """Read a DIMACS .col file."""
    lines = [line.split() for line in path.read_text(encoding="latin-1").splitlines()]
    node_count = next(int(words[2]) for words in lines if words[:1] == ["p"])
    edges = [(int(words[1]) - 1, int(words[2]) - 1) for words in lines if words[:1] == ["e"]]
    return Instance(path.name, path, node_count, _simple(np.array(edges)), colors)


def read_article_graph() -> Instance:
    """The article's graph of 10 nodes, to be coloured with 3 colours."""
    edges = np.array(json.loads(ARTICLE_GRAPH.read_text(encoding="utf-8"))["edges"])
    return Instance("article", ARTICLE_GRAPH, int(edges.max()) + 1, _simple(edges), 3, first=0)


def planted(node_count: int, edge_count: int, seed: int, folder: Path) -> Instance:
    """A random graph that has a 3-colouring, written as a .col file.

    Every node gets a random colour; random pairs of nodes of different colours become edges
    until there are enough.
    """
    random = np.random.default_rng(seed)
    hidden = random.integers(3, size=node_count)
    keys = np.zeros(0, np.int64)
    while len(keys) < edge_count:
        pairs = random.integers(node_count, size=(2 * edge_count, 2))
        pairs = np.sort(pairs[hidden[pairs[:, 0]] != hidden[pairs[:, 1]]], axis=1)
        keys = np.concatenate([keys, pairs[:, 0] * node_count + pairs[:, 1]])
        # Duplicates go, and the order of drawing stays: a cut prefix is a uniform choice.
        keys = keys[np.sort(np.unique(keys, return_index=True)[1])]
    edges = np.stack(np.divmod(keys[:edge_count], node_count), axis=1)
    name = f"planted-{node_count}-{edge_count}-seed{seed}.col"
    lines = [f"p edge {node_count} {edge_count}", *(f"e {a + 1} {b + 1}" for a, b in edges)]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Instance(name, folder / name, node_count, edges, 3)


def _simple(edges: np.ndarray) -> np.ndarray:
    return np.unique(np.sort(edges.reshape(-1, 2), axis=1), axis=0)
