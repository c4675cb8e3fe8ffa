"""Random problems from a size and a seed: the same size, seed and parameters give the same bytes.

Sizes are variables, nodes, spins, bits, or, of Latin squares, rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Bool, Int

__all__ = ["GENERATORS", "Generator"]

Parameters = Mapping[str, float]
Rows = Int[np.ndarray, "rows width"]


@dataclass(frozen=True)
class Generator:
    """A kind of random problems.

    Attributes:
        write: (size, random numbers, parameters) -> the text of a file.
        kinds: the kinds of problem that it may be, the usual one first.
        suffix: of the file.
        parameters: name -> usual value; whole numbers are at least 1.
        needs: options of the problem that it takes, too.
    """

    write: Callable[[int, np.random.Generator, Parameters], str]
    kinds: tuple[str, ...]
    suffix: str
    parameters: Parameters = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    def content(self, size: int, seed: int, parameters: Parameters) -> bytes:
        """A problem.

        Raises:
            ValueError: there is none of that size with these parameters.
        """
        return self.write(size, np.random.default_rng(seed), parameters).encode("ascii")


def distinct_rows(random: np.random.Generator, variables: int, rows: int, width: int) -> Rows:
    """Rows of distinct variables from 1, in random order; those that repeat one are redrawn.

    Raises:
        ValueError: if there are fewer variables than a row needs.
    """
    if width > variables:
        raise ValueError(f"{width} distinct variables of {variables}")
    drawn = random.integers(1, variables + 1, size=(rows, width))
    while True:
        ordered = np.sort(drawn, axis=1)
        repeats = np.flatnonzero((ordered[:, 1:] == ordered[:, :-1]).any(axis=1))
        if not len(repeats):
            return drawn
        drawn[repeats] = random.integers(1, variables + 1, size=(len(repeats), width))


def _clauses(size: int, random: np.random.Generator, own: Parameters) -> tuple[Rows, Rows]:
    """Variables and signs of uniform clauses."""
    chosen = distinct_rows(random, size, round(own["ratio"] * size), int(own["width"]))
    return chosen, np.where(random.random(chosen.shape) < 0.5, 1, -1)


def _cnf(size: int, rows: Rows) -> str:
    lines = (" ".join(map(str, [*row, 0])) for row in rows.tolist())
    return "\n".join([f"p cnf {size} {len(rows)}", *lines, ""])


def _uniform(size: int, random: np.random.Generator, own: Parameters) -> str:
    chosen, signs = _clauses(size, random, own)
    return _cnf(size, chosen * signs)


def _planted(size: int, random: np.random.Generator, own: Parameters) -> str:
    """Clauses that violate a hidden assignment get other signs, all allowed ones equally likely."""
    hidden = np.where(random.random(size) < 0.5, 1, -1)
    chosen, signs = _clauses(size, random, own)
    wanted = hidden[chosen - 1]
    while len(violated := np.flatnonzero((signs != wanted).all(axis=1))):
        signs[violated] = np.where(random.random((len(violated), signs.shape[1])) < 0.5, 1, -1)
    return _cnf(size, chosen * signs)


def _soft(size: int, random: np.random.Generator, own: Parameters) -> str:
    """Uniform clauses, all soft, with weights from 1 to the heaviest."""
    chosen, signs = _clauses(size, random, own)
    weights = random.integers(1, int(own["heaviest"]) + 1, len(chosen))
    rows = np.column_stack([weights, chosen * signs]).tolist()
    return "\n".join([*(" ".join(map(str, [*row, 0])) for row in rows), ""])


def _pairs(
    size: int, edges: int, random: np.random.Generator, allowed: Bool[np.ndarray, " pairs"] | None
) -> tuple[Int[np.ndarray, " edges"], Int[np.ndarray, " edges"]]:
    """So many distinct pairs of nodes from 0, of those allowed."""
    first, second = np.triu_indices(size, 1)
    numbers = np.arange(len(first)) if allowed is None else np.flatnonzero(allowed)
    if edges > len(numbers):
        raise ValueError(f"{edges} edges, and only {len(numbers)} pairs")
    chosen = np.sort(random.choice(numbers, edges, replace=False))
    return first[chosen], second[chosen]


def _col(size: int, first: Int[np.ndarray, " edges"], second: Int[np.ndarray, " edges"]) -> str:
    lines = (f"e {a + 1} {b + 1}" for a, b in zip(first.tolist(), second.tolist(), strict=True))
    return "\n".join([f"p edge {size} {len(first)}", *lines, ""])


def _graph(size: int, random: np.random.Generator, own: Parameters) -> str:
    return _col(size, *_pairs(size, round(own["degree"] * size / 2), random, None))


def _planted_graph(size: int, random: np.random.Generator, own: Parameters) -> str:
    """Edges between nodes of different hidden colours, all equally likely."""
    hidden = random.integers(int(own["colors"]), size=size)
    first, second = np.triu_indices(size, 1)
    allowed = hidden[first] != hidden[second]
    return _col(size, *_pairs(size, round(own["degree"] * size / 2), random, allowed))


def _rudy(size: int, couplings: Mapping[tuple[int, int], int]) -> str:
    lines = (f"{a + 1} {b + 1} {value}" for (a, b), value in sorted(couplings.items()))
    return "\n".join([f"{size} {len(couplings)}", *lines, ""])


def _spin_glass(size: int, random: np.random.Generator, own: Parameters) -> str:
    """All pairs coupled by -1 or +1 (D. Sherrington and S. Kirkpatrick, PRL 35, 1792, 1975)."""
    pairs = np.column_stack(np.triu_indices(size, 1)).tolist()
    signs = random.choice([-1, 1], len(pairs)).tolist()
    return _rudy(size, {(a, b): sign for (a, b), sign in zip(pairs, signs, strict=True)})


def _torus(size: int, random: np.random.Generator, own: Parameters) -> str:
    """A square grid on a torus, coupled by -1 and +1; the size is its number of spins."""
    side = round(size**0.5)
    if side * side != size or side < 3:
        raise ValueError("no square of an integer of at least 3")
    found = {}
    for a in range(size):
        row, column = divmod(a, side)
        for b in (row * side + (column + 1) % side, (row + 1) % side * side + column):
            found[min(a, b), max(a, b)] = int(random.choice([-1, 1]))
    return _rudy(size, found)


def _semiprime(size: int, random: np.random.Generator, own: Parameters) -> str:
    """The product of two primes of half as many bits, with exactly so many bits."""
    from sympy import isprime

    widths = (size - size // 2, size // 2)
    if size < 4:
        raise ValueError("too few bits for two odd primes")
    while True:
        p, q = (int.from_bytes(random.bytes(w // 8 + 1), "big") % 2 ** (w - 1) for w in widths)
        p, q = p | 2 ** (widths[0] - 1) | 1, q | 2 ** (widths[1] - 1) | 1
        if (p * q).bit_length() == size and isprime(p) and isprime(q):
            return str(p * q)


def _product(size: int, random: np.random.Generator, own: Parameters) -> str:
    return f"multiply _ _ {_semiprime(size, random, own)}"


def _latin_square(size: int, random: np.random.Generator, own: Parameters) -> str:
    """A square of numbers, each once in every row and column, of which a share is left out.

    It comes from that of a cyclic group, its rows, columns and numbers permuted.
    """
    rows, columns, numbers = (random.permutation(size) for _ in range(3))
    square = numbers[(rows[:, None] + columns[None, :]) % size]
    shown = random.random((size, size)) >= own["holes"]
    names = [[f"x{row}_{column}" for column in range(size)] for row in range(size)]
    lines = [f"var 0..{size - 1}: {name} :: output_var;" for row in names for name in row]
    for line in (*names, *zip(*names, strict=True)):
        lines.append(f"constraint fzn_all_different_int([{','.join(line)}]);")
    for row, column in np.argwhere(shown).tolist():
        lines.append(f"constraint int_eq({names[row][column]},{square[row, column]});")
    return "\n".join([*lines, "solve satisfy;", ""])


_KSAT = {"ratio": 4.2, "width": 3}

#: Name -> what it draws.
GENERATORS = {
    "uniform": Generator(_uniform, ("sat",), "cnf", _KSAT),
    "planted": Generator(_planted, ("sat",), "cnf", _KSAT),
    "soft": Generator(_soft, ("sat",), "wcnf", _KSAT | {"heaviest": 1}),
    "graph": Generator(_graph, ("coloring",), "col", {"degree": 4.0}),
    "planted-graph": Generator(
        _planted_graph, ("coloring",), "col", {"degree": 4.0}, needs=("colors",)
    ),
    "spin-glass": Generator(_spin_glass, ("ising", "maxcut"), "mc"),
    "torus": Generator(_torus, ("ising", "maxcut"), "mc"),
    "semiprime": Generator(_semiprime, ("factoring",), "txt"),
    "product": Generator(_product, ("arithmetic",), "txt"),
    "latin-square": Generator(_latin_square, ("model",), "fzn", {"holes": 0.42}),
}
