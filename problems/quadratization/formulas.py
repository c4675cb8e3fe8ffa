"""Formulas: a penalty for each row, and the cost of each soft clause.

With w the sum of the weights of all soft clauses, each hard row's penalty has the weight w + 1.
A violated hard row costs at least w + 1 then, which is more than all soft clauses together, so
that every assignment that breaks a hard row is above every one that breaks none, whatever it
saves. Clauses have penalties that are exactly 1 where they are violated: an assignment that breaks
no hard row has, with its best ancillas, its cost as its energy. The ground states are the solutions
of least cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np

from odesolve.problems.formulas.check import cost, violations
from odesolve.problems.formulas.formula import AT_MOST, EXACTLY, Formula, LinearRows, LiteralRows
from odesolve.problems.integer_arrays import integers
from odesolve.problems.quadratization.model import PenaltyModel
from odesolve.problems.quadratization.penalty import conjunction
from odesolve.problems.quadratization.source import Judgement, Quadratic, Source

__all__ = ["FormulaSource"]

_ROWS = ("clauses", "parities", "not_all_equal", "soft")
_SUMS = ("cardinalities", "linear", "auxiliaries")


@dataclass(frozen=True, eq=False)
class FormulaSource(Source):
    """A formula of any rows.

    Attributes:
        formula: the formula; answers give the variables that it shows.
    """

    formula: Formula
    kind = "formula"

    @property
    def title(self) -> str:
        """One line for a person."""
        sizes = self.formula.sizes.items()
        return "a formula of " + ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in sizes)

    def quadratic(self) -> Quadratic:
        """The penalties of all rows."""
        formula = self.formula
        shown = formula.shown_count
        model = PenaltyModel(shown)
        model.new_variables(formula.variable_count - shown)
        hard = 1 + sum(formula.soft_weights.tolist())
        for rows in _by_width(formula.clauses):
            model.clauses(formula.clauses.literals[rows], hard)
        for rows in _by_width(formula.parities):
            model.parities(formula.parities.literals[rows], hard)
        for rows in _by_width(formula.not_all_equal):
            model.not_all_equal(formula.not_all_equal.literals[rows], hard)
        for table in (formula.cardinalities, formula.linear):
            for literals, coefficients, comparison, bound in _positive(table):
                add = model.exactly if comparison == EXACTLY else model.at_least
                add(literals, coefficients, bound, hard)
        for number, row in enumerate(_positive(formula.auxiliaries), shown + 1):
            _define(model, number, row, hard)
        for rows in _by_width(formula.soft):
            own = formula.soft.row_numbers[rows[:, 0]] if rows.shape[1] else _empty(formula.soft)
            model.clauses(formula.soft.literals[rows], formula.soft_weights[own])
        model.offset += int(formula.offset)
        has_cost = formula.optimizes or len(formula.soft) > 0
        return Quadratic(
            model,
            [*formula.names, *(f"x{v}" for v in range(len(formula.names) + 1, shown + 1))],
            np.arange(shown),
            np.zeros(shown, bool),
            None if has_cost else int(formula.offset),
            hard,
        )

    def judged(self, bits: np.ndarray) -> Judgement:
        """All rows, counted by the formula's checker."""
        formula = self.formula
        truth = np.asarray(bits, bool)
        found = violations(formula, truth)
        has_cost = formula.optimizes or len(formula.soft) > 0
        literals = [v if true else -v for v, true in enumerate(truth.tolist(), 1)]
        first = tuple(f"{kind.replace('_', '-')} {number}" for kind, number in found.first)
        return Judgement(
            literals,
            f"v {formula.spelled(literals)}" + ("" if formula.names else " 0"),
            found.total,
            formula.hard_count,
            first,
            cost(formula, truth) if has_cost else None,
        )

    def document(self) -> dict[str, Any]:
        """All rows, in arrays as they are."""
        formula = self.formula
        written: dict[str, Any] = {"variables": formula.variable_count}
        for name in _ROWS:
            if len(rows := getattr(formula, name)):
                written[name] = _rows_document(rows)
        for name in _SUMS:
            if len(table := getattr(formula, name)):
                written[name] = {
                    **_rows_document(table.rows),
                    "coefficients": table.coefficients.tolist(),
                    "comparisons": table.comparisons.tolist(),
                    "bounds": table.bounds.tolist(),
                }
        written["soft_weights"] = formula.soft_weights.tolist()
        written["offset"] = int(formula.offset)
        return written | {"optimizes": formula.optimizes, "names": list(formula.names)}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The formula from its arrays."""
        parts: dict[str, Any] = {
            name: _rows(document[name], int(document["variables"]))
            for name in _ROWS
            if name in document
        }
        for name in _SUMS:
            if (own := document.get(name)) is not None:
                parts[name] = LinearRows(
                    _rows(own, int(document["variables"])),
                    integers(own["coefficients"]),
                    np.array(own["comparisons"], np.int8),
                    integers(own["bounds"]),
                )
        optimizes, names = document["optimizes"], document["names"]
        if type(optimizes) is not bool or type(names) is not list:
            raise TypeError("no truth value, or no list")
        return cls(
            Formula(
                int(document["variables"]),
                **parts,
                soft_weights=integers(document["soft_weights"]),
                offset=int(document["offset"]),
                optimizes=optimizes,
                names=tuple(map(str, names)),
            )
        )


def _rows_document(rows: LiteralRows) -> dict[str, Any]:
    return {"literals": rows.literals.tolist(), "lengths": rows.lengths.tolist()}


def _rows(document: Mapping[str, Any], variables: int) -> LiteralRows:
    starts = np.concatenate([[0], np.cumsum(document["lengths"], dtype=np.int64)])
    literals = np.array(document["literals"], np.int32)
    if starts[-1] != len(literals):
        raise ValueError(f"{len(literals)} literals in rows of {starts[-1]}")
    if not ((literals != 0) & (np.abs(literals) <= variables)).all():
        raise ValueError(f"literals of other variables than {variables}")
    return LiteralRows(literals, starts.astype(np.int64))


def _by_width(rows: LiteralRows) -> Iterator[np.ndarray]:
    """Positions of literals, ``[rows, width]``, of all rows of one width after the other."""
    lengths, starts = rows.lengths, rows.starts[:-1]
    for width in np.unique(lengths).tolist():
        yield starts[lengths == width][:, None] + np.arange(width)


def _empty(rows: LiteralRows) -> np.ndarray:
    return np.flatnonzero(rows.lengths == 0)


#: Literals, positive coefficients, comparison, bound.
_Row = tuple[list[int], list[int], int, int]


def _positive(table: LinearRows) -> Iterator[_Row]:
    """Each row with positive coefficients only; at most becomes at least."""
    coefficients = table.coefficients.tolist()
    numbers = zip(table.rows, table.comparisons.tolist(), table.bounds.tolist(), strict=True)
    for (begin, end), (own, comparison, bound) in zip(
        pairwise(table.rows.starts.tolist()), numbers, strict=True
    ):
        sign = -1 if comparison == AT_MOST else 1
        terms = [
            (sign * value, literal)
            for value, literal in zip(coefficients[begin:end], own.tolist(), strict=True)
            if value
        ]
        bound = sign * bound - sum(value for value, _ in terms if value < 0)
        literals = [literal if value > 0 else -literal for value, literal in terms]
        yield literals, [abs(value) for value, _ in terms], abs(comparison), bound


def _define(model: PenaltyModel, variable: int, row: _Row, weight: int) -> None:
    """A variable is true exactly where a row, at least, holds; see ``expanded`` of formulas."""
    literals, coefficients, _, bound = row
    total = sum(coefficients)
    negated = [-literal for literal in literals]
    if bound <= 0 or bound > total:
        model.all_true([variable if bound <= 0 else -variable], weight)
    elif len(literals) == 2 and min(coefficients) > total - bound:
        model.add(conjunction(), [[variable, *literals]], weight)
    elif len(literals) == 2 and min(coefficients) >= bound:
        model.add(conjunction(), [[-variable, *negated]], weight)
    elif min(coefficients) > total - bound:  # a product
        model.clauses([[-variable, literal] for literal in literals], weight)
        model.clauses([[variable, *negated]], weight)
    elif min(coefficients) >= bound:  # one literal suffices
        model.clauses([[variable, literal] for literal in negated], weight)
        model.clauses([[-variable, *literals]], weight)
    else:
        rest = total - bound + 1
        model.at_least([*literals, -variable], [*coefficients, bound], bound, weight)
        model.at_least([*negated, variable], [*coefficients, rest], rest, weight)
