"""From a formula with soft clauses to a ``System``: how hard each kind of clause pulls."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int

from odesolve.potentials import Box, Or, Soft, System, Weighted, compile_system
from odesolve.problems.formulas.formula import Formula, LiteralRows
from odesolve.problems.formulas.normal_form import normalized_literals
from odesolve.problems.satisfiability.system import hard_clauses, tables

__all__ = ["soft_pulls", "soft_system"]

#: How much harder a constraint that must hold pulls than a soft clause of mean weight. Far more
#: would freeze them, and with them the search for cheaper assignments.
HARD_WEIGHT = 3.0

#: Soft clauses pull by this power of their weights: less than 1 leaves the light ones a say.
WEIGHT_POWER = 0.8

#: Variables are slowed down by this power of the pull that they may expect: one step size then
#: serves those in few clauses and those in many.
MOBILITY_POWER = 0.5
#: The least such pull, for variables in wide clauses alone.
LEAST_PULL = 0.25

#: The least pull of a soft clause, the mean being 1: none is forgotten.
LEAST_WEIGHT = 1e-4


def soft_system(formula: Formula, penalties: Int[np.ndarray, " soft"]) -> System:
    """Compile a formula with soft clauses, all in the product form, over variables on [0, 1].

    Arguments:
        formula: at least one soft clause.
        penalties: for each soft clause, what its violation adds to the rank.

    Raises:
        UnsatisfiableRowError: if a row that must hold cannot be satisfied alone.
    """
    weights = soft_pulls(formula.soft_weights)
    soft, kept = normalized_literals(formula.soft)
    possible = np.flatnonzero(soft.lengths)  # an empty one costs its weight, whatever is true

    def all_batches() -> Iterator[Weighted | Soft]:
        for clauses in hard_clauses(formula, "product", "product"):
            yield Weighted(clauses, HARD_WEIGHT)
        for own, places in tables(soft.take(possible)):
            rows = kept[possible[places]]
            yield Soft(Weighted(Or(*own, "product"), weights[rows]), penalties[rows])

    slow = np.maximum(expected_pulls(formula, weights), LEAST_PULL) ** -MOBILITY_POWER
    return compile_system(
        [(Box(), formula.variable_count)],
        all_batches(),
        mobility=dict(enumerate(slow.tolist())),
    )


def soft_pulls(weights: np.ndarray) -> Float[np.ndarray, " soft"]:
    """How hard each soft clause pulls: a power of its weight, 1 on the average."""
    heaviest = max(weights.tolist())
    relative = np.array([weight / heaviest for weight in weights.tolist()]) ** WEIGHT_POWER
    return np.maximum(relative / relative.mean(), LEAST_WEIGHT)


def expected_pulls(
    formula: Formula, weights: Float[np.ndarray, " soft"]
) -> Float[np.ndarray, " variables"]:
    """The pull of all clauses on each variable, were the other variables random.

    A clause of k literals pulls with its weight when its k - 1 other literals are false; half of
    the weight stands for the other kinds of rows.
    """
    total = np.zeros(formula.variable_count)
    hard = np.full(len(formula.clauses), HARD_WEIGHT)
    pairs = [(formula.clauses, hard), (formula.soft, weights)]
    for rows, own in pairs:
        _add(total, rows, own * 0.5 ** (rows.lengths - 1.0))
    others = (formula.parities, formula.not_all_equal)
    for rows in (*others, formula.cardinalities.rows, formula.linear.rows):
        _add(total, rows, np.full(len(rows), 0.5 * HARD_WEIGHT))
    return total


def _add(total: np.ndarray, rows: LiteralRows, amount: np.ndarray) -> None:
    """Add a row's amount to each of its variables."""
    places = np.abs(rows.literals) - 1
    total += np.bincount(places, weights=amount[rows.row_numbers], minlength=len(total))
