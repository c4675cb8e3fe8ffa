"""Formulas to solve: what they hold, readers, and a checker of assignments.

Nothing here is shared with odesolve: its answers are judged by other code than its own.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.report import ROOT

FILES = ROOT.parent / "shared" / "instances"


@dataclass(frozen=True)
class Rows:
    """Rows of literals: row i is ``literals[starts[i]:starts[i + 1]]``, in DIMACS numbers."""

    literals: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))
    starts: np.ndarray = field(default_factory=lambda: np.zeros(1, np.int64))

    @classmethod
    def of(cls, rows: Iterable[Sequence[int]]) -> Rows:
        """From an array ``[rows, width]`` or from rows of any lengths."""
        if isinstance(rows, np.ndarray):
            width = rows.shape[1]
            return cls(rows.reshape(-1).astype(np.int32), np.arange(len(rows) + 1) * width)
        kept = [list(row) for row in rows]
        starts = np.cumsum([0, *map(len, kept)])
        return cls(np.array([v for row in kept for v in row], np.int32), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def lists(self) -> list[list[int]]:
        """The rows as lists of Python integers."""
        flat, starts = self.literals.tolist(), self.starts.tolist()
        return [flat[a:b] for a, b in pairwise(starts)]

    def true_counts(self, truth: np.ndarray) -> np.ndarray:
        """True literals in each row."""
        true = truth[np.abs(self.literals) - 1] == (self.literals > 0)
        sums = np.concatenate([[0], np.cumsum(true)])
        return sums[self.starts[1:]] - sums[self.starts[:-1]]

    def simplified(self) -> Rows:
        """Without repeated literals and without rows that hold a literal and its negation."""
        rows = [set(row) for row in self.lists()]
        return Rows.of([sorted(row) for row in rows if not any(-v in row for v in row)])


@dataclass(frozen=True)
class Linear:
    """sum of coefficients of the true literals, compared (">=", "<=" or "=") with a bound."""

    coefficients: tuple[int, ...]
    literals: tuple[int, ...]
    comparison: str
    bound: int

    def holds(self, truth: np.ndarray) -> bool:
        """Whether an assignment satisfies it."""
        pairs = zip(self.coefficients, self.literals, strict=True)
        total = sum(c for c, v in pairs if bool(truth[abs(v) - 1]) == (v > 0))
        if self.comparison == "=":
            return total == self.bound
        return total >= self.bound if self.comparison == ">=" else total <= self.bound


@dataclass(frozen=True)
class Instance:
    """A formula, and what is known of it.

    Attributes:
        path: the file that odesolve reads.
        clauses: at least one literal of each row is true.
        parities: an odd number is.
        not_all_equal: some are and some are not.
        linear: cardinality and pseudo-Boolean constraints.
        soft, weights, offset: the cost is the offset and the weights of violated soft clauses.
        optimizes: whether the least cost is asked for, and not any model.
    """

    name: str
    path: Path
    variables: int
    clauses: Rows = field(default_factory=Rows)
    parities: Rows = field(default_factory=Rows)
    not_all_equal: Rows = field(default_factory=Rows)
    linear: tuple[Linear, ...] = ()
    soft: Rows = field(default_factory=Rows)
    weights: tuple[int, ...] = ()
    offset: int = 0
    optimizes: bool = False

    @property
    def is_cnf(self) -> bool:
        """Whether every constraint is a clause."""
        return not (len(self.parities) or len(self.not_all_equal) or self.linear)

    def violated(self, truth: np.ndarray) -> int:
        """Constraints, all but soft clauses, that an assignment violates."""
        equal = self.not_all_equal.true_counts(truth)
        widths = np.diff(self.not_all_equal.starts)
        return int(
            (self.clauses.true_counts(truth) == 0).sum()
            + (self.parities.true_counts(truth) % 2 == 0).sum()
            + ((equal == 0) | (equal == widths)).sum()
            + sum(not row.holds(truth) for row in self.linear)
        )

    def cost(self, truth: np.ndarray) -> int:
        """Offset and weights of the violated soft clauses, in Python integers."""
        lost = np.flatnonzero(self.soft.true_counts(truth) == 0)
        return self.offset + sum(self.weights[i] for i in lost.tolist())


def natural(path: Path) -> list[tuple[int, str]]:
    """A sorting key that puts uf50-2 before uf50-10."""
    return [
        (int(digits) if digits else sys.maxsize, other)
        for digits, other in re.findall(r"(\d+)|(\D+)", path.name)
    ]


def read_cnf(path: Path) -> Instance:
    """Read DIMACS CNF with SATLIB's trailer, XOR lines, and the d, g and n lines of FourierSAT.

    ``d k ...`` and ``g k`` (over all variables) mean at least k true literals, at most -k if
    negative.
    """
    variables, rows = 0, {"": [], "x": [], "n": []}  # type: dict[str, list[list[int]]]
    linear, pending = [], []  # type: list[Linear], list[int]
    for line in path.read_text(encoding="latin-1").splitlines():
        words = line.split()
        if not words or words[0].startswith("c"):
            continue
        if words[0] == "%":
            break
        if words[0] == "p":
            variables = int(words[2])
        elif words[0] == "g":
            linear.append(_cardinality(int(words[1]), range(1, variables + 1)))
        elif words[0] == "d":
            linear.append(_cardinality(int(words[1]), map(int, words[2:-1])))
        elif words[0][0] in "xn":
            numbers = line.strip()[1:].split()
            rows[words[0][0]].append([int(word) for word in numbers[:-1]])
        else:
            pending += map(int, words)
            while 0 in pending:
                end = pending.index(0)
                rows[""].append(pending[:end])
                pending = pending[end + 1 :]
    used = [abs(v) for kind in rows.values() for row in kind for v in row]
    used += [abs(v) for row in linear for v in row.literals]
    return Instance(
        path.name, path, max([variables, *used]), Rows.of(rows[""]), Rows.of(rows["x"]),
        Rows.of(rows["n"]), tuple(linear),
    )  # fmt: skip


def _cardinality(bound: int, literals: Iterable[int]) -> Linear:
    chosen = tuple(literals)
    return Linear((1,) * len(chosen), chosen, ">=" if bound >= 0 else "<=", abs(bound))


def read_weighted(path: Path) -> Instance:
    """Read a weighted CNF file, ``p wcnf`` or with ``h`` lines; in ``p cnf`` all are soft."""
    variables, top, plain = 0, None, False
    hard, soft, weights = [], [], []  # type: list[list[int]], list[list[int]], list[int]
    for line in path.read_text(encoding="latin-1").splitlines():
        words = line.split()
        if not words or words[0].startswith(("c", "%")):
            continue
        if words[0] == "p":
            variables, plain = int(words[2]), words[1] == "cnf"
            top = int(words[4]) if len(words) > 4 else None
            continue
        weight = "1" if plain else words.pop(0)
        row = [int(word) for word in words[:-1]]
        if weight == "h" or (top is not None and int(weight) >= top):
            hard.append(row)
        else:
            soft.append(row)
            weights.append(int(weight))
    most = max([variables, *(abs(v) for row in (*hard, *soft) for v in row)])
    return Instance(
        path.name, path, most, Rows.of(hard), soft=Rows.of(soft), weights=tuple(weights),
        optimizes=True,
    )  # fmt: skip


def read_opb(path: Path) -> Instance:
    """Read a linear OPB file; the objective becomes soft clauses.

    Raises:
        ValueError: if a term is a product.
    """
    text = "\n".join(
        line for line in path.read_text(encoding="latin-1").splitlines() if line[:1] != "*"
    )
    linear, soft, weights, offset, optimizes = [], [], [], 0, False
    for statement in filter(str.strip, text.split(";")):
        sides = re.split(r"(>=|<=|=)", statement.replace("min:", ""))
        terms = re.findall(r"([+-]?\s*\d+)\s+(~?)x(\d+)((?:\s+~?x\d+)*)", sides[0])
        if any(more for *_, more in terms):
            raise ValueError(f"{path.name} is not linear")
        coefficients = [int(number.replace(" ", "")) for number, *_ in terms]
        literals = [-int(v) if tilde else int(v) for _, tilde, v, _ in terms]
        if len(sides) > 1:
            bound = int(sides[2].replace(" ", ""))
            linear.append(Linear(tuple(coefficients), tuple(literals), sides[1], bound))
            continue
        optimizes = True
        for coefficient, literal in zip(coefficients, literals, strict=True):
            # A term with a negative coefficient costs nothing when true, and -c otherwise.
            soft.append([-literal if coefficient > 0 else literal])
            weights.append(abs(coefficient))
            offset += min(coefficient, 0)
    used = [abs(v) for row in linear for v in row.literals] + [abs(v) for row in soft for v in row]
    return Instance(
        path.name, path, max(used, default=0), linear=tuple(linear), soft=Rows.of(soft),
        weights=tuple(weights), offset=offset, optimizes=optimizes,
    )  # fmt: skip


def coloring_cnf(path: Path, colors: int) -> Instance:
    """A ``.col`` graph as one bit a node and colour: exactly one colour, none shared by an edge."""
    lines = [line.split() for line in path.read_text(encoding="latin-1").splitlines()]
    nodes = next(int(words[2]) for words in lines if words[:1] == ["p"])
    edges = sorted({tuple(sorted(map(int, w[1:3]))) for w in lines if w[:1] == ["e"]})
    bit = np.arange(nodes * colors).reshape(nodes, colors) + 1
    clauses = bit.tolist()
    for a in range(colors):
        clauses += [[-int(row[a]), -int(row[b])] for row in bit for b in range(a)]
        clauses += [[-int(bit[i - 1, a]), -int(bit[j - 1, a])] for i, j in edges]
    return Instance(f"{path.stem}.cnf", path, nodes * colors, Rows.of(clauses))
