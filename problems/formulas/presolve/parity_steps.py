"""What presolve does with parities: variables that they define, and Gaussian elimination."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Int

from odesolve.potentials.components import connected_components
from odesolve.problems.formulas.formula import LiteralRows
from odesolve.problems.formulas.presolve.lift import Definitions
from odesolve.problems.formulas.presolve.parity_elimination import (
    Eliminated,
    Inconsistent,
    eliminated,
)
from odesolve.problems.formulas.presolve.rows import RowContradiction
from odesolve.problems.formulas.presolve.work import Work

__all__ = ["define_leaves", "eliminate_parities"]

#: Parities are eliminated together up to about this many; connected ones in any case.
ROWS_PER_ELIMINATION = 512


def define_leaves(work: Work) -> None:
    """Drop parities that have a variable to themselves: it can always be made to fit."""
    parities = work.tables.parities
    if not len(parities):
        return
    uses = np.zeros(work.top + 1, np.int64)
    for rows in work.tables.all_rows:
        uses += np.bincount(np.abs(rows.literals), minlength=work.top + 1)
    left = parities
    while len(left) and not work.budget.is_over():
        lone = uses[left.rows.literals] == 1
        owner, first = np.unique(left.rows.row_numbers[lone], return_index=True)
        if not len(owner):
            break
        chosen = left.take(owner)
        _define(work, chosen.rows, left.rows.literals[lone][first], chosen.odd)
        np.subtract.at(uses, chosen.rows.literals, 1)
        rest = np.ones(len(left), bool)
        rest[owner] = False
        left = left.take(rest)
    work.tables = work.tables._replace(parities=left)


def eliminate_parities(work: Work) -> None:
    """Gaussian elimination: a solution where only parities are left, else what it fixes."""
    parities = work.tables.parities
    if not len(parities) or parities.rows is work.eliminated_parities:
        return
    part = _components(work)
    alone = _parity_components(work, part)
    decided = np.zeros(len(parities), bool)
    for rows in _batches(part[parities.rows.literals[parities.rows.starts[:-1]]]):
        try:
            found = eliminated(parities.rows.take(rows), parities.odd[rows], work.budget)
        except Inconsistent as error:
            origin = int(parities.origin[rows[error.row]])
            raise RowContradiction(origin, "and other parities contradict one another") from None
        if found is None:
            continue
        own = alone[part[found.variables[found.pivots]]]
        decided[rows] = alone[part[parities.rows.literals[parities.rows.starts[rows]]]]
        _solve(work, found.take(own))
        _learn(work, found.take(~own))
    work.eliminated_parities = parities.rows
    if decided.any():
        work.tables = work.tables._replace(parities=parities.take(~decided))
        work.eliminated_parities = work.tables.parities.rows


def _define(work: Work, rows: LiteralRows, variables: np.ndarray, odd: np.ndarray) -> None:
    """Remember rows as definitions of one variable each."""
    rest = rows.literals != np.repeat(variables, rows.lengths)
    starts = np.concatenate([[0], np.cumsum(rows.lengths - 1)]).astype(np.int64)
    others = LiteralRows(rows.literals[rest], starts)
    work.definitions.append(Definitions(variables.astype(np.int64), others, odd))
    work.counts.defined += len(variables)


def _components(work: Work) -> Int[np.ndarray, " variables"]:
    """The number of each variable's connected component, over all rows."""
    first, other = [], []
    for rows in work.tables.all_rows:
        variables = np.abs(rows.literals)
        first.append(np.repeat(variables[np.minimum(rows.starts[:-1], len(variables) - 1)],
                               rows.lengths) if len(variables) else variables)  # fmt: skip
        other.append(variables)
    lowest = connected_components(work.top + 1, np.concatenate(first), np.concatenate(other))
    label: np.ndarray = np.unique(lowest, return_inverse=True)[1]
    return label


def _parity_components(work: Work, part: np.ndarray) -> Bool[np.ndarray, " components"]:
    """Which components hold nothing but parities."""
    alone = np.ones(int(part.max()) + 1, bool)
    for rows in (work.tables.counts.rows, work.tables.sums.rows, work.tables.soft.rows):
        alone[part[np.abs(rows.literals)]] = False
    return alone


def _solve(work: Work, found: Eliminated) -> None:
    """Where nothing but parities is asked, the pivots are defined by the other variables."""
    if len(found.pivots):
        variables = found.variables[found.pivots]
        work.definitions.append(Definitions(variables, found.others(), found.odd))
        work.counts.defined += len(variables)


def _learn(work: Work, found: Eliminated) -> None:
    """Use the values and the equalities that follow from parities together."""
    units = found.units()
    work.counts.implied += len(units)
    work.assign(units)
    work.merge(np.zeros((0, 2), np.int64), found.equal_literals())


def _batches(labels: Int[np.ndarray, " rows"]) -> Iterator[Int[np.ndarray, " n"]]:
    """Rows by component, small components together."""
    order = np.argsort(labels, kind="stable")
    sizes = np.unique(labels, return_counts=True)[1]
    begin = end = 0
    for size in sizes.tolist():
        if end > begin and end + size - begin > ROWS_PER_ELIMINATION:
            yield order[begin:end]
            begin = end
        end += size
    if end > begin:
        yield order[begin:end]
