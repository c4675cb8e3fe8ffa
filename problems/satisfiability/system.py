"""From a formula to a ``System``: rows of all kinds and widths in a handful of kernels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from odesolve.potentials import (
    Box,
    Cardinality,
    Clauses,
    NotAllEqual,
    Or,
    Soft,
    System,
    Threshold,
    Weighted,
    WideThreshold,
    Xor,
    compile_system,
)
from odesolve.potentials.families.disjunction import Form
from odesolve.problems.formulas.formula import Formula, LiteralRows
from odesolve.problems.formulas.normal_form import (
    Sums,
    UnsatisfiableRowError,
    impossible_sums,
    normalized_literals,
    normalized_parities,
    normalized_sums,
)
from odesolve.problems.satisfiability.width_classes import width_classes

__all__ = [
    "FormulaClauses",
    "FormulaForms",
    "UnsatisfiableRowError",
    "formula_clauses",
    "formula_system",
]

#: Variables live between -1 and 1, where the published rates of the clause dynamics hold.
BIT = Box(-1.0, 1.0)

#: Sums up to this are compared as 32-bit integers, larger ones in words.
SUM_LIMIT = 2**31 - 1

#: Penalties are scaled so that they add up to less than this.
PENALTY_LIMIT = 2**29

#: The least weight of a soft clause, relative to the heaviest: none is forgotten.
LEAST_WEIGHT = 1e-4


@dataclass(frozen=True)
class FormulaForms:
    """Which potentials the kinds of rows take.

    Attributes:
        clauses: form of ``Or``.
        parities: form of ``Xor``.
        sums: form of ``Cardinality`` and ``Threshold``; sums beyond 32 bits have one form, "min".
        exactly: whether "exactly k" is one potential or two, at least and at most.
        parity_width: wider parities are cut, with auxiliary variables; None leaves them whole.
    """

    clauses: Form = "min"
    parities: Literal["product", "min"] = "min"
    sums: Literal["min", "linear"] = "min"
    exactly: Literal["one", "two"] = "two"
    parity_width: int | None = None

    def __post_init__(self) -> None:
        if self.parity_width is not None and self.parity_width < 3:
            raise ValueError(f"parity_width is at least 3, got {self.parity_width}")


@dataclass(frozen=True)
class FormulaClauses:
    """The clause batches of a formula, before they are compiled.

    Attributes:
        hard: what must hold.
        soft: clauses that may be violated, weighted.
        soft_rows: for each soft batch, the row of ``formula.soft`` of each of its clauses.
        variable_count: variables, auxiliary ones after the formula's own.
        soft_unsatisfiable: rows of ``formula.soft`` that every assignment violates.
    """

    hard: tuple[Clauses, ...]
    soft: tuple[Weighted, ...]
    soft_rows: tuple[Int[np.ndarray, " clauses"], ...]
    variable_count: int
    soft_unsatisfiable: Int[np.ndarray, " rows"]


def formula_system(
    formula: Formula,
    *,
    form: Form | None = None,
    forms: FormulaForms | None = None,
    soft_scale: float = 0.5,
) -> System:
    """Compile a formula; variable v of the formula is variable v - 1 of the system.

    Arguments:
        form: the form of the clauses alone.
        forms: the forms of all kinds of rows.
        soft_scale: weight of the heaviest soft clause; hard constraints weigh 1.

    Raises:
        UnsatisfiableRowError: if a row alone, an empty clause for example, cannot be satisfied.
    """
    forms = forms or FormulaForms()
    if form is not None:
        forms = FormulaForms(form, forms.parities, forms.sums, forms.exactly, forms.parity_width)
    batches = formula_clauses(formula, forms, soft_scale=soft_scale)
    penalties = whole_penalties(formula.soft_weights)
    soft = [
        Soft(batch, penalties[rows])
        for batch, rows in zip(batches.soft, batches.soft_rows, strict=True)
    ]
    return compile_system([(BIT, batches.variable_count)], [*batches.hard, *soft])


def formula_clauses(
    formula: Formula, forms: FormulaForms | None = None, *, soft_scale: float = 0.5
) -> FormulaClauses:
    """The batches of clauses that ``formula_system`` compiles; arguments and errors are its."""
    forms = forms or FormulaForms()
    clauses, numbers = normalized_literals(formula.clauses)
    if (clauses.lengths == 0).any():
        raise UnsatisfiableRowError("clauses", int(numbers[np.argmin(clauses.lengths)]))
    parities, variable_count = _parities(formula, forms)
    counted = [_sums(formula, kind, forms) for kind in ("cardinalities", "linear")]
    soft, kept = normalized_literals(formula.soft)
    possible = np.flatnonzero(soft.lengths)
    weights = soft_scale * relative_weights(formula.soft_weights)[kept[possible]]
    disjunctions = [Or(*own, forms.clauses) for own, _ in tables(clauses)]
    soft_tables = list(tables(soft.take(possible)))
    return FormulaClauses(
        hard=(*disjunctions, *parities, *_not_all_equal(formula), *counted[0], *counted[1]),
        soft=tuple(Weighted(Or(*own, forms.clauses), weights[rows]) for own, rows in soft_tables),
        soft_rows=tuple(kept[possible[rows]] for _, rows in soft_tables),
        variable_count=variable_count,
        soft_unsatisfiable=kept[soft.lengths == 0],
    )


def relative_weights(weights: np.ndarray) -> Float[np.ndarray, " rows"]:
    """Weights over the largest, and not so small that a clause would be forgotten."""
    if not len(weights):
        return np.zeros(0)
    return np.maximum((weights / weights.max()).astype(float), LEAST_WEIGHT)


def whole_penalties(weights: np.ndarray) -> Int[np.ndarray, " rows"]:
    """Weights as 32-bit integers: as they are if their sum allows, rounded otherwise."""
    total = int(weights.sum()) if len(weights) else 0
    if total < PENALTY_LIMIT:
        return weights.astype(np.int64)
    scaled = (weights * ((PENALTY_LIMIT - len(weights)) / total)).astype(np.int64)
    return np.maximum(scaled, 1)


Table = tuple[Int[np.ndarray, "clauses width"], Float[np.ndarray, "clauses width"]]


def tables(rows: LiteralRows) -> Iterator[tuple[Table, Int[np.ndarray, " clauses"]]]:
    """Variables (from 0) and signs of rows in a few padded tables, each with its rows' numbers.

    Padding is the row's first variable with sign 0: it exists, and adds nothing.
    """
    for width, numbers in width_classes(rows.lengths):
        literals, padding = _padded(rows.literals, rows, numbers, width)
        signs = np.sign(literals).astype(np.float32)
        signs[padding] = 0.0
        yield (np.abs(literals) - 1, signs), numbers


def _padded(
    values: np.ndarray, rows: LiteralRows, numbers: Int[np.ndarray, " n"], width: int
) -> tuple[np.ndarray, np.ndarray]:
    """The values of some rows' literals, padded with the row's first, and where they are."""
    offset = np.arange(width)
    padding = offset >= rows.lengths[numbers, None]
    return values[rows.starts[numbers, None] + np.where(padding, 0, offset)], padding


def _not_all_equal(formula: Formula) -> list[Clauses]:
    rows, numbers = normalized_literals(formula.not_all_equal)
    if (rows.lengths < 2).any():
        raise UnsatisfiableRowError("not_all_equal", int(numbers[np.argmax(rows.lengths < 2)]))
    return [NotAllEqual(*table) for table, _ in tables(rows)]


def _parities(formula: Formula, forms: FormulaForms) -> tuple[list[Clauses], int]:
    """The parities, and the number of variables with those that cutting needs."""
    rows, odd, numbers = normalized_parities(formula.parities)
    if (rows.lengths == 0).any():
        raise UnsatisfiableRowError("parities", int(numbers[np.argmin(rows.lengths)]))
    count = formula.variable_count
    if forms.parity_width is not None:
        rows, odd, count = cut_parities(rows, odd, forms.parity_width, count)
    return [
        Xor(scopes, odd[own], signs, forms.parities) for (scopes, signs), own in tables(rows)
    ], count


def cut_parities(
    rows: LiteralRows, odd: Int[np.ndarray, " rows"], width: int, variable_count: int
) -> tuple[LiteralRows, Int[np.ndarray, " rows"], int]:
    """Parities of at most ``width`` variables, chained by new variables that carry the rest.

    Returns:
        The rows, their parities, and the number of variables.
    """
    wide = rows.lengths > width
    pieces = [tuple(row) for row in rows.take(~wide)]
    parities = odd[~wide].tolist()
    for row, parity in zip(rows.take(wide), odd[wide].tolist(), strict=True):
        rest = row.tolist()
        while len(rest) > width:
            variable_count += 1
            # The new variable is the parity of what it stands for.
            pieces.append((*rest[: width - 1], variable_count))
            parities.append(0)
            rest = [variable_count, *rest[width - 1 :]]
        pieces.append(tuple(rest))
        parities.append(parity)
    return LiteralRows.of(pieces), np.array(parities, int), variable_count


def _sums(formula: Formula, kind: str, forms: FormulaForms) -> list[Clauses]:
    """Cardinalities or linear rows, each as the simplest family that can say it."""
    sums = normalized_sums(getattr(formula, kind))
    impossible = impossible_sums(sums)
    if impossible.any():
        raise UnsatisfiableRowError(kind, int(sums.numbers[np.argmax(impossible)]))
    batches: list[Clauses] = []
    if forms.exactly == "one":
        exact = sums.exact & _counts(sums)
        batches += _cardinalities(sums.take(exact), forms, exact=True)
        sums = sums.take(~exact)
    sums = sums.at_least()
    counts, alternatives = _counts(sums), (sums.bounds == 1).astype(bool)
    for own, _ in tables(sums.rows.take(counts & alternatives)):
        batches.append(Or(*own, forms.clauses))
    batches += _cardinalities(sums.take(counts & ~alternatives), forms, exact=False)
    return batches + _thresholds(sums.take(~counts), forms)


def _counts(sums: Sums) -> np.ndarray:
    """Whether every coefficient of a row is 1."""
    return (sums.totals() == sums.rows.lengths).astype(bool)


def _cardinalities(sums: Sums, forms: FormulaForms, exact: bool) -> list[Clauses]:
    comparison: Literal["==", ">="] = "==" if exact else ">="
    bounds = sums.bounds.astype(np.int64)
    return [
        Cardinality(scopes, signs, bounds[own], comparison, forms.sums)
        for (scopes, signs), own in tables(sums.rows)
    ]


def _thresholds(sums: Sums, forms: FormulaForms) -> list[Clauses]:
    wide = (sums.totals() + sums.bounds > SUM_LIMIT).astype(bool)
    narrow, batches = sums.take(~wide), _wide_thresholds(sums.take(wide))
    numbers, bounds = narrow.coefficients.astype(np.int64), narrow.bounds.astype(np.int64)
    for (scopes, signs), own in tables(narrow.rows):
        coefficients, _ = _padded(numbers, narrow.rows, own, scopes.shape[1])
        batches.append(Threshold(scopes, signs, coefficients, bounds[own], forms.sums))
    return batches


def _wide_thresholds(sums: Sums) -> list[Clauses]:
    batches: list[Clauses] = []
    for (scopes, signs), own in tables(sums.rows):
        coefficients, _ = _padded(sums.coefficients, sums.rows, own, scopes.shape[1])
        batch = WideThreshold.from_integers(scopes, signs, coefficients, sums.bounds[own])
        batches.append(batch)
    return batches
