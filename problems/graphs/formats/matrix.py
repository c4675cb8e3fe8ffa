"""Graphs as square matrices: rows of 0 and 1, with or without the nodes' names."""

from __future__ import annotations

import csv
import io
from typing import Any, NamedTuple

import numpy as np

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import SIZE_LIMIT
from odesolve.problems.graphs.formats.format import Content
from odesolve.problems.graphs.formats.headers import named_columns
from odesolve.problems.graphs.graph import (
    DIRECTED_NOTE,
    NODE_LIMIT,
    Graph,
    build_graph,
)
from odesolve.problems.graphs.rows import INTEGER, Row, Table, is_number, table_of
from odesolve.problems.graphs.weights import FoundWeights

__all__ = [
    "check_square",
    "fits_matrix",
    "graph_of_entries",
    "looks_like_matrix",
    "read_matrix",
    "write_matrix",
]

_EXPECTED = "as many rows as columns, or these with a row and a column of names"


class _Matrix(NamedTuple):
    """A square table's numbers as they are written, and its nodes' names."""

    rows: list[Row]
    skipped: int  # columns before the first number
    names: list[Any]


def read_matrix(text: str, place: str) -> Graph:
    """Read a square matrix: a number that is not 0 is an edge.

    Nodes are named 0 to n-1, or as the first row, and the first column if there is one, say.
    Values besides 0 and 1, and a matrix that is not symmetric, give a note.

    Raises:
        InputError: not square, not numbers, another order of names, a self-loop; with the line.
    """
    matrix = _square(table_of(text, place), place)
    if not matrix.rows:
        raise InputError(place, "there is no row of numbers", _EXPECTED)
    found = [_numbers(row, matrix.skipped, place) for row in matrix.rows]
    values = np.array(found, dtype=float).reshape(len(found), -1)
    rows, columns = np.nonzero(values)
    return graph_of_entries(
        matrix.names, rows, columns, values[rows, columns], place, [row.line for row in matrix.rows]
    )


def _square(table: Table, place: str) -> _Matrix:
    """Find the numbers among the names."""
    rows = table.rows
    if not rows:
        raise InputError(place, "there is no row", _EXPECTED)
    for row in rows[1:]:
        # White space cannot show the empty corner above a column of names.
        if len(row.fields) != len(rows[-1].fields):
            wrong = f"{len(row.fields)} columns where the last row has {len(rows[-1].fields)}"
            raise InputError(f"{place}:{row.line}", wrong, _EXPECTED)
    width, height = len(rows[-1].fields), len(rows)
    titles = rows[0].fields
    if width == height and len(titles) == width and not _has_corner(rows):
        return _Matrix(rows, 0, list(range(width)))
    if width == height and len(titles) in (width, width - 1):
        names = titles[len(titles) - width + 1 :]
        beside = [row.fields[0] for row in rows[1:]]
        if names != beside:
            at = next(i for i, (a, b) in enumerate(zip(names, beside, strict=True)) if a != b)
            wrong = f"row {quote(beside[at])} where the first row names {quote(names[at])}"
            raise InputError(f"{place}:{rows[at + 1].line}", wrong, "rows in the columns' order")
        return _Matrix(rows[1:], 1, _names(names, rows[0], place))
    if height == width + 1 == len(titles) + 1:
        return _Matrix(rows[1:], 0, _names(titles, rows[0], place))
    wrong = f"{height} rows of {width} columns"
    raise InputError(place, wrong, _EXPECTED)


def _has_corner(rows: list[Row]) -> bool:
    """Whether the first cell is not a number, so that names stand beside and above the numbers."""
    corner = rows[0].fields[0]
    return not corner or not is_number(corner)


def _names(names: list[str], row: Row, place: str) -> list[Any]:
    if len(set(names)) < len(names) or not all(names):
        wrong = f"{quote(' '.join(names))} as names of nodes"
        raise InputError(f"{place}:{row.line}", wrong, "distinct names")
    return list(map(int, names)) if all(map(INTEGER.fullmatch, names)) else list(names)


def _numbers(row: Row, skipped: int, place: str) -> list[float]:
    values = []
    for field in row.fields[skipped:]:
        try:
            values.append(float(field))
        except ValueError:
            raise InputError(f"{place}:{row.line}", quote(field), "a number") from None
        if not np.isfinite(values[-1]):
            raise InputError(f"{place}:{row.line}", quote(field), "a finite number")
    return values


def graph_of_entries(
    names: Any,
    rows: np.ndarray,
    columns: np.ndarray,
    values: np.ndarray,
    place: str,
    lines: list[int] | None = None,
) -> Graph:
    """The graph of a square matrix's entries that are not 0.

    Arguments:
        names: of the nodes.
        rows, columns, values: of the entries ``[entries]``.
        place: what to call the input in errors.
        lines: of the rows, for errors.

    Raises:
        InputError: an entry on the diagonal, or too many nodes.
    """
    if len(names) > NODE_LIMIT:
        raise InputError(place, f"{len(names)} nodes", f"at most {NODE_LIMIT}")
    pairs = np.stack([rows, columns], axis=1).astype(np.int64)
    weights = [max(len(names), 1), 1]
    keys, mirrored = np.unique(pairs @ weights), np.unique(pairs[:, ::-1] @ weights)
    notes = [] if np.array_equal(keys, mirrored) else [DIRECTED_NOTE]
    return build_graph(
        names,
        pairs,
        place=place,
        place_of_edge=None if lines is None else lambda edge: f"{place}:{lines[pairs[edge, 0]]}",
        notes=notes,
        opposite_is_repeat=False,
        weights=FoundWeights(values.tolist) if (values != 1).any() else None,
    )


def looks_like_matrix(content: Content) -> bool:
    """Whether rows of nothing but 0 and 1 are a square that is no edge list.

    Two lines of two numbers are as well two edges, below a header or not; both are one graph where
    the lines are ``0 1`` and ``1 0``. Below the title of an edge list they are edges.

    Raises:
        InputError: they are none.
    """
    fields = [row.fields for row in content.table.rows]
    if len(fields) in (2, 3) and len(fields[-1]) == 2:
        titled = len(fields) == 3 and named_columns([title.lower() for title in fields[0]])
        if titled or fields[-2:] != [["0", "1"], ["1", "0"]]:
            return False
    return fits_matrix(content)


def fits_matrix(content: Content) -> bool:
    """Whether rows of nothing but 0 and 1 are a square.

    Raises:
        InputError: they are none.
    """
    rows = content.table.rows
    # A cheap look first: most tables are long and narrow.
    if not rows or abs(len(rows) - len(rows[-1].fields)) > 1 or len(rows) < 2:
        return False
    matrix = _square(content.table, content.place)
    cells = {field for row in matrix.rows for field in row.fields[matrix.skipped :]}
    return cells <= {"0", "1", "0.0", "1.0"} and len(matrix.names) > 1


def write_matrix(graph: Graph, place: str) -> str:
    """Write rows of 0 and 1; with the nodes' names above and beside them if they are not 0 to n-1.

    Raises:
        InputError: so many nodes that the file would be too large to be read.
    """
    check_square(graph, place, cells_a_byte=0.5)
    matrix = np.zeros((graph.node_count, graph.node_count), np.uint8)
    matrix[graph.edges[:, 0], graph.edges[:, 1]] = matrix[graph.edges[:, 1], graph.edges[:, 0]] = 1
    if graph.labels == tuple(map(str, range(graph.node_count))):
        return "".join(" ".join(map(str, row)) + "\n" for row in matrix.tolist())
    text = io.StringIO()
    rows = zip(graph.labels, matrix.tolist(), strict=True)
    csv.writer(text, lineterminator="\n").writerows(
        [["", *graph.labels], *([label, *row] for label, row in rows)]
    )
    return text.getvalue()


def check_square(graph: Graph, place: str, cells_a_byte: float) -> None:
    """Refuse to write every pair of nodes where no reader would take so large a file.

    Raises:
        InputError: there are too many nodes.
    """
    limit = int((SIZE_LIMIT * cells_a_byte) ** 0.5)
    if graph.node_count > limit:
        wrong = f"{graph.node_count} nodes, of which this format writes every pair"
        raise InputError(place, wrong, f"at most {limit}, or another format")
