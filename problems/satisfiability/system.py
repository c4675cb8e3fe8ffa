"""From a formula to a ``System``: rows of all kinds and widths in a handful of kernels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from odesolve.potentials import (
    Box,
    Cardinality,
    Clauses,
    NotAllEqual,
    Or,
    System,
    Threshold,
    WideThreshold,
    Xor,
    compile_system,
)
from odesolve.potentials.families.disjunction import OrForm
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
    "UnsatisfiableRowError",
    "formula_system",
    "hard_clauses",
    "tables",
]

#: Variables live between -1 and 1, where the published rates of the clause dynamics hold.
BIT = Box(-1.0, 1.0)

#: Sums up to this are compared as 32-bit integers, larger ones in words.
SUM_LIMIT = 2**31 - 1


def formula_system(formula: Formula, form: OrForm = "min") -> System:
    """Compile what must hold; variable v of the formula is variable v - 1 of the system.

    Arguments:
        formula: its soft clauses are left out; ``soft_system`` has them.
        form: the form of the clauses.

    Raises:
        UnsatisfiableRowError: if a row alone, an empty clause for example, cannot be satisfied.
    """
    return compile_system([(BIT, formula.variable_count)], hard_clauses(formula, form))


def hard_clauses(
    formula: Formula, form: OrForm = "min", parity_form: Literal["product", "min"] = "min"
) -> list[Clauses]:
    """The batches of clauses that must hold: arguments and errors as of ``formula_system``.

    Arguments:
        parity_form: the form of the parities.
    """
    clauses, numbers = normalized_literals(formula.clauses)
    if (clauses.lengths == 0).any():
        raise UnsatisfiableRowError("clauses", int(numbers[np.argmin(clauses.lengths)]))
    return [
        *(Or(*own, form) for own, _ in tables(clauses)),
        *_parities(formula, parity_form),
        *_not_all_equal(formula),
        *_sums(formula, "cardinalities", form),
        *_sums(formula, "linear", form),
    ]


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


def _parities(formula: Formula, form: Literal["product", "min"]) -> list[Clauses]:
    rows, odd, numbers = normalized_parities(formula.parities)
    if (rows.lengths == 0).any():
        raise UnsatisfiableRowError("parities", int(numbers[np.argmin(rows.lengths)]))
    return [Xor(scopes, odd[own], signs, form) for (scopes, signs), own in tables(rows)]


def _sums(formula: Formula, kind: str, form: OrForm) -> list[Clauses]:
    """Cardinalities or linear rows, each as the simplest family that can say it.

    "Exactly k" is two of them, at least and at most.
    """
    sums = normalized_sums(getattr(formula, kind))
    impossible = impossible_sums(sums)
    if impossible.any():
        raise UnsatisfiableRowError(kind, int(sums.numbers[np.argmax(impossible)]))
    sums = sums.at_least()
    counts, alternatives = _counts(sums), (sums.bounds == 1).astype(bool)
    return [
        *(Or(*own, form) for own, _ in tables(sums.rows.take(counts & alternatives))),
        *_cardinalities(sums.take(counts & ~alternatives)),
        *_thresholds(sums.take(~counts)),
    ]


def _counts(sums: Sums) -> np.ndarray:
    """Whether every coefficient of a row is 1."""
    return (sums.totals() == sums.rows.lengths).astype(bool)


def _cardinalities(sums: Sums) -> list[Clauses]:
    bounds = sums.bounds.astype(np.int64)
    return [Cardinality(scopes, signs, bounds[own]) for (scopes, signs), own in tables(sums.rows)]


def _thresholds(sums: Sums) -> list[Clauses]:
    wide = (sums.totals() + sums.bounds > SUM_LIMIT).astype(bool)
    narrow, batches = sums.take(~wide), _wide_thresholds(sums.take(wide))
    numbers, bounds = narrow.coefficients.astype(np.int64), narrow.bounds.astype(np.int64)
    for (scopes, signs), own in tables(narrow.rows):
        coefficients, _ = _padded(numbers, narrow.rows, own, scopes.shape[1])
        batches.append(Threshold(scopes, signs, coefficients, bounds[own]))
    return batches


def _wide_thresholds(sums: Sums) -> list[Clauses]:
    batches: list[Clauses] = []
    for (scopes, signs), own in tables(sums.rows):
        coefficients, _ = _padded(sums.coefficients, sums.rows, own, scopes.shape[1])
        batch = WideThreshold.from_integers(scopes, signs, coefficients, sums.bounds[own])
        batches.append(batch)
    return batches
