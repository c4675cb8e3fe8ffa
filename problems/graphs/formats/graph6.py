"""Graphs in graph6 and sparse6 (format: https://users.cecs.anu.edu.au/~bdm/data/formats.txt).

Decoded here and not with networkx, which believes any number of nodes the header claims and
takes seconds for a large graph.
"""

from __future__ import annotations

import re

import numpy as np

from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.formats.format import Content
from odesolve.problems.graphs.formats.matrix import check_square
from odesolve.problems.graphs.graph import NODE_LIMIT, Graph, build_graph

__all__ = [
    "is_sparse6",
    "looks_like_graph6",
    "read_graph6",
    "read_sparse6",
    "write_graph6",
    "write_sparse6",
]


def looks_like_graph6(content: Content) -> bool:
    """Whether the text is one word of the length that its number of nodes asks for.

    Raises:
        InputError: it is of another length.
    """
    if not re.fullmatch(r"(?:>>graph6<<)?[?-~]+", content.text.strip()):
        return False
    read_graph6(content.text, content.place)
    return True


def is_sparse6(content: Content) -> bool:
    """Whether the text is one word that begins with a colon."""
    return re.fullmatch(r"(?:>>sparse6<<)?:[?-~]+", content.text.strip()) is not None


def read_graph6(text: str, place: str) -> Graph:
    """Read one graph in graph6 form; nodes are named 0 to n-1.

    Raises:
        InputError: not graph6, not one graph, or of the wrong length.
    """
    line = _single_line(text, place, ">>graph6<<")
    if line.startswith(":"):
        return read_sparse6(text, place)
    count, values = _decode(line, place, "graph6")
    wanted = (count * (count - 1) // 2 + 5) // 6
    if len(values) != wanted:
        wrong = f"{len(values)} graph6 characters for {count} nodes"
        raise InputError(place, wrong, f"{wanted} characters")
    # The bits are the adjacency matrix below its diagonal, row by row; row i begins at i(i-1)/2.
    bits = np.flatnonzero(_bits(values)[: count * (count - 1) // 2])
    starts = np.arange(count) * (np.arange(count) - 1) // 2
    rows = np.searchsorted(starts, bits, side="right") - 1
    return build_graph(range(count), np.stack([bits - starts[rows], rows], axis=1), place=place)


def read_sparse6(text: str, place: str) -> Graph:
    """Read one graph in sparse6 form; nodes are named 0 to n-1.

    Raises:
        InputError: not sparse6, not one graph, or with a self-loop.
    """
    line = _single_line(text, place, ">>sparse6<<")
    if not line.startswith(":"):
        raise InputError(place, f"sparse6 begins with {quote(line[:1])}", "':'")
    count, values = _decode(line[1:], place, "sparse6")
    width = max((count - 1).bit_length(), 1)
    bits = _bits(values)
    words = bits[: len(bits) // (width + 1) * (width + 1)].reshape(-1, width + 1)
    targets = words[:, 1:] @ (1 << np.arange(width)[::-1])
    flat: list[int] = []
    node = 0
    for step, target in zip(words[:, 0].tolist(), targets.tolist(), strict=True):
        node += step
        if node >= count or target >= count:  # padding
            break
        if target > node:
            node = target
        else:
            flat += (target, node)
    return build_graph(range(count), flat, place=place)


def _single_line(text: str, place: str, header: str) -> str:
    lines = text.strip().removeprefix(header).strip().split("\n")
    if len(lines) != 1:
        raise InputError(place, f"{len(lines)} graphs", "one graph, on one line")
    return lines[0]


def _decode(line: str, place: str, name: str) -> tuple[int, np.ndarray]:
    """Split into the number of nodes and the six-bit values that follow it."""
    bad = next((character for character in line if not "?" <= character <= "~"), None)
    if bad is not None:
        raise InputError(place, f"{name} cannot hold {quote(bad)}", "'?' to '~' only")
    values = np.frombuffer(line.encode(), dtype=np.uint8) - 63
    # One value, or three after a 63, or six after two of them.
    start = 2 if (values[:2] == 63).sum() == 2 else 1 if (values[:1] == 63).any() else 0
    end = (1, 4, 8)[start]
    if len(values) < end:
        raise InputError(place, f"{name} ends inside the number of nodes", f"complete {name}")
    count = sum(int(value) << 6 * power for power, value in enumerate(values[start:end][::-1]))
    if count > NODE_LIMIT:
        raise InputError(place, f"the header claims {count} nodes", f"at most {NODE_LIMIT}")
    return count, values[end:]


def _bits(values: np.ndarray) -> np.ndarray:
    """The six bits of every value as int64 ``[6 * values]``, high bit first."""
    return np.unpackbits(values[:, None], axis=1)[:, 2:].ravel()


def write_graph6(graph: Graph, place: str) -> str:
    """Write graph6 on one line; nodes are numbered from 0.

    Written here and not with networkx, which asks for every pair of nodes one by one.

    Raises:
        InputError: so many nodes that the file would be too large to be read.
    """
    check_square(graph, place, cells_a_byte=12)
    count = graph.node_count
    rows, columns = graph.edges[:, 1].astype(np.int64), graph.edges[:, 0]
    bits = np.zeros(-(-(count * (count - 1) // 2) // 6) * 6, np.uint8)
    bits[rows * (rows - 1) // 2 + columns] = 1
    values = np.packbits(bits.reshape(-1, 6), axis=1).ravel() >> 2
    return (_size(count) + (values + 63).tobytes()).decode() + "\n"


def _size(count: int) -> bytes:
    """The number of nodes, below 2**18, in one character or in four."""
    if count < 63:
        return bytes([63 + count])
    return b"~" + bytes(63 + (count >> shift & 63) for shift in (12, 6, 0))


def write_sparse6(graph: Graph, place: str) -> str:
    """Write sparse6 on one line, by networkx; nodes are numbered from 0."""
    import networkx

    made = graph.to_networkx(range(graph.node_count))
    return str(networkx.to_sparse6_bytes(made, header=False).decode())
