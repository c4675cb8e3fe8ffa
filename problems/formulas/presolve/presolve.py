"""Presolve of formulas: what needs no dynamics, and what no dynamics could do.

NumPy and SciPy only: a formula that presolve decides never loads JAX. Every step can be undone,
so that a model of what is left becomes one of the whole formula.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Bool, Int

from odesolve.budget import UNLIMITED, Budget
from odesolve.problems.formulas.formula import AT_LEAST, AT_MOST, Formula, LiteralRows
from odesolve.problems.formulas.presolve.deduction import deduce, remember
from odesolve.problems.formulas.presolve.equivalent_literals import implications_of_clauses
from odesolve.problems.formulas.presolve.exhaustion import refute_by_exhaustion
from odesolve.problems.formulas.presolve.hidden_parities import extract_parities
from odesolve.problems.formulas.presolve.lift import Presolved
from odesolve.problems.formulas.presolve.parity_steps import define_leaves, eliminate_parities
from odesolve.problems.formulas.presolve.probing import probe
from odesolve.problems.formulas.presolve.row_replacement import replaced_tables
from odesolve.problems.formulas.presolve.rows import (
    RowContradiction,
    Tables,
    joined_parities,
    later_duplicates,
    positions_of,
    without_duplicates,
)
from odesolve.problems.formulas.presolve.sums import (
    choices_of_exact_rows,
    forced_by_moduli,
    met_from_both_sides,
    tidied,
)
from odesolve.problems.formulas.presolve.unit_propagation import forced_by_sums, propagated
from odesolve.problems.formulas.presolve.variable_elimination import eliminate_variables
from odesolve.problems.formulas.presolve.work import Work, run_steps

__all__ = ["Presolved", "RowContradiction", "presolved", "unreduced"]


def unreduced(formula: Formula) -> Presolved:
    """The formula as it is.

    Raises:
        RowContradiction: if a row alone, an empty clause for example, cannot be satisfied.
    """
    image = np.arange(formula.variable_count + 2)
    replaced_tables(Tables.of(formula), image, everything=True)
    every, none = image[1:-1], image[:0]
    count = formula.variable_count
    return Presolved(formula, count, every, none, every, none, image, wanted=False)


def presolved(
    formula: Formula,
    *,
    keep_all_models: bool = False,
    deduces: bool = True,
    budget: Budget = UNLIMITED,
) -> Presolved:
    """Simplify a formula as far as this is cheap.

    Cheap steps come first; after one that changes something, all begin again.

    Arguments:
        keep_all_models: do nothing that loses models, such as making pure literals true.
        deduces: add what holds in both cases of a variable, too, where it pays; that takes longer.
        budget: when it is over, what has been found till then is the result.

    Raises:
        RowContradiction: if there is no model, and it shows.
    """
    work = Work(formula, budget)
    work.replace(everything=True)
    for first in (_drop_duplicates, _uncover_parities):
        if not budget.is_over():
            first(work)
    steps = _STEPS_THAT_DEDUCE if deduces else _STEPS
    if not keep_all_models:
        steps += _STEPS_THAT_LOSE_MODELS
    run_steps(work, steps)
    if not budget.is_over():
        refute_by_exhaustion(work.tables)
    return work.result()


def _drop_duplicates(work: Work) -> None:
    soft, parities = work.tables.soft, work.tables.parities
    again = later_duplicates(parities.rows, parities.odd[:, None].astype(np.int64))
    work.tables = Tables(
        without_duplicates(work.tables.counts),
        parities.take(~again),
        work.tables.sums,
        soft,
    )


def _uncover_parities(work: Work) -> None:
    counts, hidden = extract_parities(work.tables.counts)
    parities = joined_parities(work.tables.parities, hidden)
    work.tables = work.tables._replace(counts=counts, parities=parities)


def _propagate(work: Work) -> None:
    """Unit propagation, through counts and parities alike."""
    literals = propagated(work.tables, work.variable_count, work.budget)
    work.counts.implied += len(literals)
    work.assign(literals)


def _heed_sums(work: Work) -> None:
    """What a sum needs or excludes, and what it says modulo factors of its coefficients."""
    if work.tables.sums is work.heeded_sums:
        return
    sums = met_from_both_sides(work.tables.sums)
    if sums is not work.tables.sums:  # what has become exact may have a factor in common
        sums = tidied(sums)
    work.tables = work.tables._replace(sums=sums)
    work.heeded_sums = sums
    literals = forced_by_sums(sums)
    if not len(literals):
        literals = forced_by_moduli(sums)
    work.counts.implied += len(literals)
    work.assign(literals)


def _try_choices(work: Work) -> None:
    """Where few choices satisfy an exact row: the literals that agree in all of them."""
    sums = work.tables.sums
    if sums.rows is work.tried_sums:
        return
    for literals, choices in choices_of_exact_rows(sums):
        # Another row may have changed some of the literals already: the next round sees that.
        if (work.image[np.abs(literals)] != np.abs(literals)).any():
            continue
        first = choices[0]
        fixed = (choices == first).all(axis=0)
        implied = np.where(first, literals, -literals)
        work.counts.implied += int(fixed.sum())
        work.assign(implied[fixed])
        # Literals that change together from choice to choice are equal.
        changes = (choices ^ first)[:, ~fixed].T
        _, leader, group = np.unique(changes, axis=0, return_index=True, return_inverse=True)
        equal = np.stack([implied[~fixed], implied[~fixed][leader[group.reshape(-1)]]], axis=1)
        work.merge(np.zeros((0, 2), np.int64), equal[equal[:, 0] != equal[:, 1]])
    work.tried_sums = sums.rows


def _merge_equivalent(work: Work) -> None:
    """Make literals one that imply each other, or that a row makes equal."""
    counts, parities = work.tables.counts, work.tables.parities
    pairs = counts.rows.lengths == 2
    two = pairs & (counts.low == 1)
    clauses = _table_of_pairs(counts.rows, two & (counts.high == 2))
    never_both = -_table_of_pairs(counts.rows, pairs & (counts.low == 0) & (counts.high == 1))
    opposite = _table_of_pairs(counts.rows, two & (counts.high == 1)) * [1, -1]
    short = parities.rows.lengths == 2
    alike = _table_of_pairs(parities.rows, short)
    alike[parities.odd[short], 1] *= -1
    implications = implications_of_clauses(np.concatenate([clauses, never_both]))
    work.merge(implications, np.concatenate([opposite, alike]))


def _set_pure(work: Work) -> None:
    """Make literals true that nothing wants false."""
    wants = np.zeros((2, work.top + 1), bool)  # whether a row may want it true, or false
    counts, parities, sums, soft = work.tables
    more = np.repeat(counts.low > 0, counts.rows.lengths)
    fewer = np.repeat(counts.high < counts.rows.lengths, counts.rows.lengths)
    _mark(wants, counts.rows.literals[more])
    _mark(wants, -counts.rows.literals[fewer])
    _mark(wants, parities.rows.literals)
    _mark(wants, -parities.rows.literals)
    _mark(wants, sums.rows.literals[(sums.comparisons != AT_MOST)[sums.rows.row_numbers]])
    _mark(wants, -sums.rows.literals[(sums.comparisons != AT_LEAST)[sums.rows.row_numbers]])
    _mark(wants, soft.rows.literals)
    true, false = wants
    literals = np.concatenate([np.flatnonzero(true & ~false), -np.flatnonzero(false & ~true)])
    work.counts.pure += len(literals)
    work.assign(literals)


def _mark(wants: Bool[np.ndarray, "2 variables"], literals: np.ndarray) -> None:
    wants[(literals < 0).astype(np.int64), np.abs(literals)] = True


def _table_of_pairs(rows: LiteralRows, chosen: np.ndarray) -> Int[np.ndarray, "pairs 2"]:
    return rows.literals[positions_of(rows, chosen)].reshape(-1, 2).astype(np.int64)


def _deduce(work: Work) -> None:
    """What follows, where the steps before this one can do more with it."""
    deduce(work, _FIRST_STEPS, (probe,))


#: The steps in the order in which they are tried.
_FIRST_STEPS: tuple[Callable[[Work], None], ...] = (
    _propagate,
    _heed_sums,
    _merge_equivalent,
    define_leaves,
    eliminate_parities,
    _try_choices,
)
_STEPS = (*_FIRST_STEPS, probe)
_STEPS_THAT_DEDUCE = (_propagate, remember, *_FIRST_STEPS[1:], probe, _deduce)
_STEPS_THAT_LOSE_MODELS: tuple[Callable[[Work], None], ...] = (_set_pure, eliminate_variables)
