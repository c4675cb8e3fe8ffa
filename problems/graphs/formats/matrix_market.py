"""Graphs in Matrix Market form, read by SciPy."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.formats.format import Content
from odesolve.problems.graphs.formats.matrix import graph_of_entries
from odesolve.problems.graphs.graph import NODE_LIMIT, Graph

__all__ = ["is_matrix_market", "matrix_of", "read_matrix_market", "write_matrix_market"]

_BANNER = re.compile(
    r"%%MatrixMarket\s+matrix\s+(?P<form>coordinate|array)\s+(?P<field>\w+)\s+(?P<symmetry>[\w-]+)",
    re.IGNORECASE,
)
_EXPECTED = "Matrix Market: '%%MatrixMarket matrix coordinate ...', then a square size"


def is_matrix_market(content: Content) -> bool:
    """Whether the text begins with Matrix Market's banner."""
    return content.text[:14].lower() == "%%matrixmarket"


def read_matrix_market(text: str, place: str) -> Graph:
    """Read a square sparse or dense matrix; nodes are named 1 to n, as the file counts them.

    An entry that is not 0 is an edge; entries of value 0 are none, with a note.

    Raises:
        InputError: another banner, a size that is not square or that the file does not fill, an
            entry on the diagonal, or what SciPy says is wrong.
    """
    matrix = matrix_of(text, place)
    used = matrix.data != 0
    rows, columns = (np.asarray(axis)[used] for axis in matrix.coords)
    names = range(1, matrix.shape[0] + 1)
    graph = graph_of_entries(names, rows, columns, matrix.data[used], place)
    zeros = int((~used).sum()) if " array" not in text[:60].lower() else 0
    if not zeros:
        return graph
    note = f"{zeros} {'entries' if zeros > 1 else 'entry'} of value 0 taken as no edge"
    return replace(graph, notes=(*graph.notes, note))


def matrix_of(text: str, place: str) -> Any:
    """The square matrix of a file, as SciPy's ``coo_array`` of finite numbers.

    Raises:
        InputError: another banner, a size that is not square or that the file does not fill, or
            what SciPy says is wrong.
    """
    from scipy.io import mmread
    from scipy.sparse import coo_array

    _check_size(text, place)
    try:
        # SciPy warns of a default of its that changes; what it hands back is made an array here.
        with warnings.catch_warnings(action="ignore"):
            # It reads on, into memory of others, behind a last line that has no end.
            matrix = coo_array(mmread(io.BytesIO(text.encode() + b"\n")))
    except Exception as error:
        raise _refusal(error, place) from None
    if not np.isfinite(matrix.data).all():
        raise InputError(place, "a value that is not finite", "finite numbers")
    return matrix


def _check_size(text: str, place: str) -> None:
    """Refuse sizes that the file cannot hold before memory is taken for them."""
    banner = _BANNER.match(text)
    if not banner:
        raise InputError(f"{place}:1", quote(text.split("\n", 1)[0]), _EXPECTED)
    lines = enumerate(text.split("\n"), 1)
    number, line = next(
        ((i, line) for i, line in lines if line.strip() and not line.startswith("%")), (1, "")
    )
    where = f"{place}:{number}"
    sizes = line.split()
    sparse = banner["form"].lower() == "coordinate"
    if len(sizes) != 2 + sparse or not all(re.fullmatch("[0-9]{1,15}", size) for size in sizes):
        raise InputError(where, quote(line.strip()), "the matrix's size")
    rows, columns, *entries = map(int, sizes)
    if rows != columns:
        raise InputError(where, f"{rows} rows of {columns} columns", "a square matrix")
    if rows > NODE_LIMIT:
        raise InputError(where, f"{rows} nodes", f"at most {NODE_LIMIT}")
    wanted = entries[0] if entries else _dense_entries(rows, banner["symmetry"].lower())
    if sparse:
        left = _lines_of_entries(lines, banner["field"].lower(), place)
    else:
        left = _lines_of_values(lines, 2 if banner["field"].lower() == "complex" else 1, place)
    if left != wanted:
        wrong = f"{wanted} entries claimed, {left} lines follow"
        raise InputError(where, wrong, "a line for every entry")


def _dense_entries(size: int, symmetry: str) -> int:
    """How many entries a dense matrix lists: of a symmetric one, a triangle only."""
    if symmetry == "general":
        return size * size
    return size * (size - 1 if symmetry == "skew-symmetric" else size + 1) // 2


def _lines_of_entries(lines: Iterable[tuple[int, str]], field: str, place: str) -> int:
    """Count a sparse matrix's entries: SciPy skips what stands behind one in its line."""
    values = {"pattern": 0, "complex": 2}.get(field, 1)
    entry = re.compile(rf"\s*[0-9]+\s+[0-9]+(?:\s+\S+){{{values}}}\s*")
    count = 0
    for number, line in lines:
        if line.strip() and not line.startswith("%"):
            if not entry.fullmatch(line):
                wanted = f"a row, a column and {values or 'no'} value{'s' * (values != 1)}"
                raise InputError(f"{place}:{number}", f"broken Matrix Market {quote(line)}", wanted)
            count += 1
    return count


def _lines_of_values(lines: Iterable[tuple[int, str]], width: int, place: str) -> int:
    """Count a dense matrix's entries: SciPy takes missing ones for 0, and skips a line's rest."""
    count = 0
    for number, line in lines:
        if line.strip() and not line.startswith("%"):
            if len(line.split()) != width:
                raise InputError(f"{place}:{number}", quote(line.strip()), "one entry in a line")
            count += 1
    return count


def _refusal(error: Exception, place: str) -> InputError:
    """SciPy's error with its line, if it says one."""
    text = str(error) or type(error).__name__
    match = re.match(r"Line ([0-9]+): *(.*)", text, re.DOTALL)
    where = f"{place}:{match[1]}" if match else place
    return InputError(where, f"broken Matrix Market ({match[2] if match else text})", _EXPECTED)


def write_matrix_market(graph: Graph, place: str) -> str:
    """Write the lower triangle of a symmetric matrix's pattern; nodes are numbered from 1."""
    count = graph.node_count
    entries = [f"{b} {a}" for a, b in (graph.edges + 1).tolist()]
    banner = "%%MatrixMarket matrix coordinate pattern symmetric"
    return "\n".join([banner, f"{count} {count} {graph.edge_count}", *entries, ""])
