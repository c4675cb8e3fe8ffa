"""Colourings as files: JSON, CSV, and a text like the DIMACS challenge's solutions.

The text form (``.sol``, ``.col.sol``) has comment lines ``c ...``, one line ``s col COLOURS``,
then ``v NODE COLOUR`` for every node, with colours from 1 as is usual there (JSON and CSV count
from 0). A node name with white space or quotes is written as a JSON string.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import (
    check_writable,
    decode_text,
    file_suffix,
    place_of,
    read_bytes,
    write_atomically,
)
from odesolve.problems.graph_json import parse_json
from odesolve.problems.graph_rows import rows_of_text
from odesolve.problems.precoloring import color_from_text, resolve_colors
from odesolve.problems.simple_graph import Graph

__all__ = ["check_output_path", "read_coloring", "read_colors", "write_coloring"]

Item = tuple[str, object, object]  # place, node name, colour


def check_output_path(path: str | os.PathLike[str]) -> None:
    """Refuse, before a long solve, a file that `write_coloring` could not write after it.

    Raises:
        InputError: unknown extension, no such folder, or not writable.
    """
    check_writable(path, tuple(_WRITERS))


def write_coloring(
    path: str | os.PathLike[str],
    graph: Graph,
    colors: Sequence[int] | np.ndarray,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Write a colouring in the format of the file's extension, whole or not at all.

    Arguments:
        path: ``.json``, ``.csv`` or ``.sol``.
        graph: the graph; its `labels` name the nodes.
        colors: ``[nodes]``, from 0.
        extra: JSON-ready values: further keys of the JSON, comments of the text, not in a CSV.

    Raises:
        InputError: as `check_output_path`, or the writing fails.
    """
    check_output_path(path)
    coloring = dict(zip(graph.labels, map(int, colors), strict=True))
    text = _WRITERS[Path(os.fspath(path)).suffix.lower()](coloring, extra or {})
    write_atomically(path, text)


def _json_text(coloring: dict[str, int], extra: Mapping[str, Any]) -> str:
    return json.dumps({"coloring": coloring, **extra}, indent=1, allow_nan=False) + "\n"


def _csv_text(coloring: dict[str, int], _: Mapping[str, Any]) -> str:
    buffer = io.StringIO()
    # Unquoted, such a name would make its line a comment.
    like_comments = any(label.startswith(("#", "%")) for label in coloring)
    writer = csv.writer(
        buffer,
        lineterminator="\n",
        quoting=csv.QUOTE_NONNUMERIC if like_comments else csv.QUOTE_MINIMAL,
    )
    writer.writerow(["node", "color"])
    writer.writerows(coloring.items())
    return buffer.getvalue()


def _solution_text(coloring: dict[str, int], extra: Mapping[str, Any]) -> str:
    lines = [f"c {key}: {json.dumps(value)}" for key, value in extra.items()]
    lines.append(f"s col {max(coloring.values(), default=-1) + 1}")
    for label, color in coloring.items():
        name = label if re.fullmatch(r'[^\s"]+', label) else json.dumps(label)
        lines.append(f"v {name} {color + 1}")
    return "\n".join(lines) + "\n"


_WRITERS: dict[str, Callable[[dict[str, int], Mapping[str, Any]], str]] = {
    ".json": _json_text,
    ".csv": _csv_text,
    ".sol": _solution_text,
}


def read_coloring(path: str | os.PathLike[str], graph: Graph) -> np.ndarray:
    """Read a colouring of all nodes.

    Returns:
        int32 ``[nodes]``, colours from 0. Not checked against the edges: see `check`.

    Raises:
        InputError: unreadable, an unknown node, or a node without a colour.
    """
    colors = read_colors(path, graph)
    for node, name in enumerate(graph.names):
        if node not in colors:
            raise InputError(
                place_of(path), f"node {quote(name)} has no colour", "a colour for every node"
            )
    return np.array([colors[node] for node in range(graph.node_count)], dtype=np.int32)


def read_colors(path: str | os.PathLike[str], graph: Graph) -> dict[int, int]:
    """Read colours of some nodes, in any form that `write_coloring` writes, or plain
    ``{name: colour}``.

    Returns:
        Node index -> colour from 0.

    Raises:
        InputError: unreadable, an unknown node, or a colour that is not an integer.
    """
    place = place_of(path)
    text = decode_text(read_bytes(path), place)
    suffix = file_suffix(path)
    if suffix == "json" or (suffix not in _READERS and text.lstrip().startswith("{")):
        return resolve_colors(_json_items(text, place), graph)
    return resolve_colors(_READERS.get(suffix, _csv_items)(text, place), graph)


def _json_items(text: str, place: str) -> Iterator[Item]:
    document = parse_json(text, place)
    for key in ("solution", "coloring"):
        if isinstance(document, dict) and isinstance(document.get(key), dict):
            document = document[key]
    if not isinstance(document, dict):
        raise InputError(place, "not a JSON object", "an object {node name: colour}")
    for name, color in document.items():
        yield place, name, color


def _csv_items(text: str, place: str) -> Iterator[Item]:
    for order, (number, fields) in enumerate(rows_of_text(text, place)):
        where = f"{place}:{number}"
        if len(fields) != 2:
            raise InputError(where, quote(",".join(fields)), "a node name and its colour")
        if order == 0 and fields[0].lower() == "node" and fields[1].lower() in ("color", "colour"):
            continue
        yield where, fields[0], color_from_text(fields[1], where)


def _solution_items(text: str, place: str) -> Iterator[Item]:
    for number, line in enumerate(text.split("\n"), 1):
        where = f"{place}:{number}"
        if not line.strip() or line.startswith(("c ", "s col ")) or line == "c":
            continue
        match = re.fullmatch(r'v[ \t]+("(?:[^"\\]|\\.)*"|\S+)[ \t]+(\S+)\s*', line)
        if not match:
            raise InputError(where, quote(line), "'v NODE COLOUR'")
        name = parse_json(match[1], where) if match[1].startswith('"') else match[1]
        color = color_from_text(match[2], where)
        if color == 0:
            raise InputError(where, "colour 0", "colours from 1 in this format")
        yield where, name, color - 1


_READERS: dict[str, Callable[[str, str], Iterator[Item]]] = {
    "json": _json_items,
    "csv": _csv_items,
    "tsv": _csv_items,
    "sol": _solution_items,
}
