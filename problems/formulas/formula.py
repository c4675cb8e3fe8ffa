"""A formula: Boolean constraints over numbered variables, as the field's files hold them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Int

__all__ = ["AT_LEAST", "AT_MOST", "EXACTLY", "Formula", "LinearRows", "LiteralRows"]

AT_LEAST, EXACTLY, AT_MOST = 1, 0, -1
"""How the number of true literals, or a weighted sum of them, compares with a bound."""


@dataclass(frozen=True, eq=False)
class LiteralRows:
    """Rows of literals of any lengths, in two flat arrays.

    Attributes:
        literals: int32 ``[literals]``; ``v`` is variable v, ``-v`` its negation, from 1.
        starts: int64 ``[rows + 1]``; row i is ``literals[starts[i]:starts[i + 1]]``.
    """

    literals: Int[np.ndarray, " literals"] = field(default_factory=lambda: np.zeros(0, np.int32))
    starts: Int[np.ndarray, " rows+1"] = field(default_factory=lambda: np.zeros(1, np.int64))

    @classmethod
    def of(cls, rows: Iterable[Sequence[int]]) -> LiteralRows:
        """From any iterable of rows."""
        kept = [tuple(row) for row in rows]
        starts = np.cumsum([0, *(len(row) for row in kept)], dtype=np.int64)
        flat = [literal for row in kept for literal in row]
        return cls(np.array(flat, np.int32), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __iter__(self) -> Iterator[Int[np.ndarray, " width"]]:
        return (self.row(i) for i in range(len(self)))

    def row(self, index: int) -> Int[np.ndarray, " width"]:
        """The literals of one row."""
        return self.literals[self.starts[index] : self.starts[index + 1]]

    @cached_property
    def lengths(self) -> Int[np.ndarray, " rows"]:
        """Literals in each row."""
        return np.diff(self.starts)

    @cached_property
    def row_numbers(self) -> Int[np.ndarray, " literals"]:
        """The row of each literal."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def take(self, rows: Int[np.ndarray, " n"]) -> LiteralRows:
        """These rows only, in this order; ``rows`` are indices or a mask."""
        chosen = np.flatnonzero(rows) if np.asarray(rows).dtype == bool else np.asarray(rows, int)
        lengths = self.lengths[chosen]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        offsets = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        return LiteralRows(self.literals[np.repeat(self.starts[chosen], lengths) + offsets], starts)

    def reduced(self, operation: np.ufunc, values: np.ndarray, empty: int = 0) -> np.ndarray:
        """A reduction of the values of each row's literals, exact for Python integers too.

        Arguments:
            operation: such as ``np.add``.
            values: ``[literals]``.
            empty: the result for a row without literals.
        """
        found = np.full(len(self), empty, values.dtype)
        filled = np.flatnonzero(self.lengths)
        if len(filled):
            found[filled] = operation.reduceat(values, self.starts[filled])
        return found


def joined_rows(*tables: LiteralRows) -> LiteralRows:
    """The rows of all tables, one table after the other."""
    offsets = np.cumsum([0, *(table.starts[-1] for table in tables[:-1])])
    starts = [table.starts[1:] + offset for table, offset in zip(tables, offsets, strict=True)]
    return LiteralRows(
        np.concatenate([table.literals for table in tables]).astype(np.int32),
        np.concatenate([[0], *starts]).astype(np.int64),
    )


@dataclass(frozen=True, eq=False)
class LinearRows:
    """Rows that compare a sum of true literals, each with a coefficient, with a bound.

    Attributes:
        rows: the literals.
        coefficients: ``[literals]``, int64, or Python integers where those do not suffice.
        comparisons: int8 ``[rows]``: ``AT_LEAST``, ``EXACTLY`` or ``AT_MOST``.
        bounds: ``[rows]``, of the coefficients' kind.
    """

    rows: LiteralRows = field(default_factory=LiteralRows)
    coefficients: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    comparisons: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int8))
    bounds: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, eq=False)
class Formula:
    """Constraints over the variables 1 to ``variable_count``; all but ``soft`` must hold.

    Attributes:
        clauses: at least one literal is true. A row without literals cannot be satisfied.
        parities: an odd number of literals is true.
        cardinalities: the number of true literals, compared with a bound (coefficients are 1).
        not_all_equal: one literal is true and one is false.
        linear: pseudo-Boolean rows.
        soft: clauses that may be violated, each at the cost of its weight.
        soft_weights: positive integers ``[soft]``, int64 or Python integers.
        offset: a cost that every assignment has.
        optimizes: whether the file asks for the least cost (weighted CNF, OPB with an objective).
        notes: what was repaired while reading, for the user.
        names: of the variables 1, 2, ... that a file gives names; none where it numbers them.
        auxiliaries: the meaning of the last variables, which stand for a product of literals or
            for a comparison: each is true exactly when its row holds. Rows name only variables
            before their own. No answer shows these variables.

    Example:
        >>> import odesolve as ode
        >>> formula = ode.read_formula("docs/examples/uniform-100.cnf")
        >>> formula.variable_count, len(formula.clauses), formula.clauses.row(0).tolist()
        (100, 420, [48, -52, -76])
    """

    variable_count: int
    clauses: LiteralRows = field(default_factory=LiteralRows)
    parities: LiteralRows = field(default_factory=LiteralRows)
    cardinalities: LinearRows = field(default_factory=LinearRows)
    not_all_equal: LiteralRows = field(default_factory=LiteralRows)
    linear: LinearRows = field(default_factory=LinearRows)
    soft: LiteralRows = field(default_factory=LiteralRows)
    soft_weights: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    offset: int = 0
    optimizes: bool = False
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    auxiliaries: LinearRows = field(default_factory=LinearRows)

    @property
    def shown_count(self) -> int:
        """Variables that answers show: all but the auxiliary ones."""
        return self.variable_count - len(self.auxiliaries)

    def spelled(self, literals: Iterable[int]) -> str:
        """Literals as the formula's file calls them, ``1 -2``, or ``a -b`` where it has names."""
        return " ".join(map(self._spelled, literals))

    def _spelled(self, literal: int) -> str:
        sign = "-" if literal < 0 else ""
        if (variable := abs(literal)) <= len(self.names):
            return f"{sign}{self.names[variable - 1]}"
        if variable <= self.shown_count:
            return str(literal)
        return f"{sign}[{self._meaning(variable - self.shown_count - 1)}]"

    def _meaning(self, auxiliary: int) -> str:
        """The literals of a product, or the comparison that an auxiliary variable stands for."""
        table = self.auxiliaries
        begin, end = table.rows.starts[auxiliary : auxiliary + 2].tolist()
        literals = [self._spelled(literal) for literal in table.rows.literals[begin:end].tolist()]
        coefficients = table.coefficients[begin:end].tolist()
        comparison, bound = int(table.comparisons[auxiliary]), int(table.bounds[auxiliary])
        if comparison == AT_LEAST and bound == len(literals) and set(coefficients) == {1}:
            return " ".join(literals)
        terms = [f"{w} {literal}" for w, literal in zip(coefficients, literals, strict=True)]
        return f"{' + '.join(terms)} {'>=' if comparison == AT_LEAST else '<='} {bound}"

    @property
    def sizes(self) -> dict[str, Any]:
        """Variables and constraints of each kind that occurs, for reports."""
        counted = {
            "clauses": len(self.clauses),
            "parities": len(self.parities),
            "cardinalities": len(self.cardinalities),
            "not_all_equal": len(self.not_all_equal),
            "linear": len(self.linear),
            "soft": len(self.soft),
        }
        present = {name: count for name, count in counted.items() if count or name == "clauses"}
        counts = {"variables": self.shown_count, **present}
        return counts | ({"auxiliaries": len(self.auxiliaries)} if len(self.auxiliaries) else {})

    @property
    def hard_count(self) -> int:
        """Constraints that must hold."""
        return (
            len(self.clauses)
            + len(self.parities)
            + len(self.cardinalities)
            + len(self.not_all_equal)
            + len(self.linear)
        )
