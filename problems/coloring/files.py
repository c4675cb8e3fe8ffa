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
from odesolve.problems.graphs.graph import Graph
from odesolve.problems.graphs.node_colors import color_from_text, resolve_colors
from odesolve.problems.graphs.rows import rows_of_text
from odesolve.problems.json_text import parse_json

__all__ = ["check_output_path", "read_colors", "write_coloring"]

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


def read_colors(path: str | os.PathLike[str], graph: Graph) -> dict[int, int]:
    """Read colours of some nodes, in any form that `write_coloring` writes, and in others.

    JSON: an object ``{name: colour}``, alone or under ``coloring`` or ``solution``, or a list of
    all nodes' colours in the graph's order. Text: lines ``NODE COLOUR`` or ``NODE,COLOUR``, with
    or without a header, or lines ``v NODE COLOUR`` or ``l NODE COLOUR``, whose colours count from
    1, as do all behind a line ``s col COLOURS``.

    Returns:
        Node index -> colour from 0.

    Raises:
        InputError: unreadable, an unknown node, or a colour that is not an integer.
    """
    place = place_of(path)
    text = decode_text(read_bytes(path), place)
    suffix = file_suffix(path)
    if suffix == "json" or (suffix not in ("csv", "tsv") and text.lstrip()[0] in "{["):
        return resolve_colors(_json_items(text, place, graph), graph)
    if suffix not in ("csv", "tsv") and _SOLUTION_LINE.search(text):
        return resolve_colors(_solution_items(text, place), graph)
    return resolve_colors(_row_items(text, place, graph), graph)


_SOLUTION_LINE = re.compile(
    r'^(?:s[ \t]+col\b|[vl][ \t]+(?:"(?:[^"\\\n]|\\.)*+"|\S+)[ \t]+\S+[ \t]*$)', re.MULTILINE
)
_COLORING_LINE = re.compile(r'(?:[vl][ \t]+)?("(?:[^"\\]|\\.)*"|\S+)[ \t]+(\S+)\s*')
_NODE_TITLES = {"node", "vertex", "id", "name", "label"}
_COLOR_TITLES = {"color", "colour", "class", "group"}


def _json_items(text: str, place: str, graph: Graph) -> Iterator[Item]:
    document = parse_json(text, place)
    for key in ("solution", "coloring"):
        if isinstance(document, dict) and isinstance(document.get(key), dict | list):
            document = document[key]
    if isinstance(document, list):
        if len(document) != graph.node_count or not all(type(item) is int for item in document):
            wrong = f"a list of {len(document)} items"
            raise InputError(place, wrong, f"the colours of all {graph.node_count} nodes")
        document = dict(zip(graph.labels, document, strict=True))
    if not isinstance(document, dict):
        raise InputError(place, "not a JSON object", "an object {node name: colour}")
    for name, color in document.items():
        yield place, name, color


def _row_items(text: str, place: str, graph: Graph) -> Iterator[Item]:
    """Rows of a node and its colour; a header is known by its words, or by naming no node."""
    columns = None
    for order, (number, fields) in enumerate(rows_of_text(text, place)):
        where = f"{place}:{number}"
        if order == 0 and (titled := _titled_columns(fields)):
            columns = titled
            continue
        if columns is None and len(fields) != 2:
            if fields[0] == "c":  # a comment, as DIMACS has them
                continue
            raise InputError(where, quote(",".join(fields)), "a node name and its colour")
        name, color = (fields[i] if i < len(fields) else "" for i in columns or (0, 1))
        is_header = order == 0 and not color[:1].isdigit() and color[:1] not in ("-", "+")
        if is_header and name not in graph.labels:
            continue
        yield where, name, color_from_text(color, where)


def _titled_columns(fields: list[str]) -> tuple[int, int] | None:
    titles = [field.lower() for field in fields]
    nodes = [i for i, title in enumerate(titles) if title in _NODE_TITLES]
    colors = [i for i, title in enumerate(titles) if title in _COLOR_TITLES]
    return (nodes[0], colors[0]) if nodes and colors else None


def _solution_items(text: str, place: str) -> Iterator[Item]:
    """Lines ``v NODE COLOUR`` or ``l NODE COLOUR``, or without the letter."""
    claimed = None
    for number, line in enumerate(text.split("\n"), 1):
        where = f"{place}:{number}"
        if not line.strip() or line.split(None, 1)[0] == "c":
            continue
        if header := re.fullmatch(r"s[ \t]+col[ \t]+([0-9]{1,10})\s*", line):
            claimed = int(header[1])
            continue
        match = _COLORING_LINE.fullmatch(line)
        if not match:
            raise InputError(where, quote(line), "'v NODE COLOUR' or 'l NODE COLOUR'")
        name = parse_json(match[1], where) if match[1].startswith('"') else match[1]
        color = color_from_text(match[2], where)
        if color == 0:
            raise InputError(where, "colour 0", "colours from 1 in this format")
        if claimed is not None and color > claimed:
            raise InputError(where, f"colour {color}", f"1 to {claimed}, as the line 's col' says")
        yield where, name, color - 1
