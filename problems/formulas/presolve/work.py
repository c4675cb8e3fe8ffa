"""A formula while it is presolved: the rows that are left, and what each variable has become."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int

from odesolve.budget import Budget
from odesolve.problems.formulas.formula import Formula, LiteralRows
from odesolve.problems.formulas.presolve.equivalent_literals import BothSigns, merged_literals
from odesolve.problems.formulas.presolve.leftover import formula_left
from odesolve.problems.formulas.presolve.lift import (
    SPARE_LIMIT,
    Definitions,
    Elimination,
    Presolved,
)
from odesolve.problems.formulas.presolve.numbering import renumbered, variables_in
from odesolve.problems.formulas.presolve.row_replacement import replaced_tables
from odesolve.problems.formulas.presolve.rows import RowContradiction, SumRows, Tables

__all__ = ["Counts", "Work", "run_steps"]


@dataclass
class Counts:
    """What presolve did, in numbers."""

    implied: int = 0
    pure: int = 0
    merged: int = 0
    defined: int = 0
    resolved: int = 0

    def notes(self, variable_count: int) -> tuple[str, ...]:
        """The same for a person."""
        did = {
            "fixed": self.implied + self.pure,
            "merged": self.merged,
            "defined by parities": self.defined,
            "resolved away": self.resolved,
        }
        parts = ", ".join(f"{number} {what}" for what, number in did.items() if number)
        return (f"presolve: {parts}, of {variable_count} variables",) if parts else ()


class Work:
    """The rows that are left, and the image of every variable: what the steps change.

    Attributes:
        formula: the whole.
        tables: the rows that are left, of variables that are numbered anew.
        named: what these variables were.
        top: the variable that is true.
        image: ``[top + 1]``: for each variable the literal that it equals.
        offset: the cost that every assignment of what is left has.
        definitions: variables that parities define by others, and those that were resolved away.
        changed: whether an image changed since this was last made false.
    """

    def __init__(self, formula: Formula, budget: Budget) -> None:
        self.formula, self.budget = formula, budget
        self.tables = Tables.of(formula)
        self.named = self.number_anew()
        self.variable_count = len(self.named)
        self.top = self.variable_count + 1
        self.image = np.arange(self.top + 1)
        self.offset = formula.offset
        self.definitions: list[Definitions | Elimination] = []
        self.counts = Counts()
        self.changed = False
        #: The parities that elimination has seen, and got all from.
        self.eliminated_parities: LiteralRows | None = None
        #: The sums that gave all that single rows imply.
        self.heeded_sums: SumRows | None = None
        #: The sums whose choices were tried, and got all from.
        self.tried_sums: LiteralRows | None = None
        #: The clauses whose variables were probed, and what that has cost.
        self.probed_rows: LiteralRows | None = None
        self.probing_work = 0
        #: The formula as it was before it was probed, and whether that was ever kept.
        self.early: Work | None = None
        self.remembered = False
        #: The clauses of which no more variables are to be resolved away.
        self.resolved_rows: LiteralRows | None = None

    def copy(self) -> Work:
        """Another one, whose changes do not show here."""
        other = copy(self)
        other.definitions = list(self.definitions)
        other.counts = replace(self.counts)
        return other

    def take(self, other: Work) -> None:
        """Become another one, which has changed."""
        vars(self).update(vars(other))
        self.changed = True

    def number_anew(self) -> Int[np.ndarray, " named"]:
        """Number the variables that rows name from 1, without gaps; what they were."""
        named = variables_in(self.tables.all_rows, self.formula.variable_count)
        if len(named) < self.formula.variable_count:
            counts, parities, sums, soft = self.tables
            self.tables = Tables(
                replace(counts, rows=renumbered(counts.rows, named)),
                replace(parities, rows=renumbered(parities.rows, named)),
                replace(sums, rows=renumbered(sums.rows, named)),
                replace(soft, rows=renumbered(soft.rows, named)),
            )
        return named

    def replace(self, everything: bool = False) -> None:
        """Bring the rows up to date with the images."""
        self.tables, cost = replaced_tables(self.tables, self.image, everything)
        self.offset += cost

    def assign(self, literals: Int[np.ndarray, " n"]) -> None:
        """Make literals true; their variables have no value yet."""
        self.substitute(np.abs(literals), np.where(literals > 0, self.top, -self.top))

    def substitute(self, variables: np.ndarray, literals: np.ndarray) -> None:
        """Put literals in the place of variables that stood for themselves."""
        own = np.arange(self.top + 1)
        own[variables] = literals
        self.image = np.where(self.image < 0, -own[np.abs(self.image)], own[np.abs(self.image)])
        self.changed |= len(variables) > 0

    def merge(self, implications: np.ndarray, equal: np.ndarray) -> None:
        """Make literals one that imply each other, or that are equal.

        Raises:
            RowContradiction: if a literal equals its negation.
        """
        try:
            variables, literals = merged_literals(implications, equal)
        except BothSigns as error:
            raise self.contradiction_of(error.variable) from None
        self.counts.merged += len(variables)
        self.substitute(variables, literals)

    def eliminate(self, eliminations: Iterable[Elimination]) -> None:
        """Note variables that no row names any more, in the order in which they were dropped."""
        for each in eliminations:
            self.definitions.append(each)
            self.counts.resolved += 1

    def contradiction_of(self, variable: int) -> RowContradiction:
        """What to say of a variable that would have to equal its negation."""
        counts, parities = self.tables.counts, self.tables.parities
        for rows, origin in ((counts.rows, counts.origin), (parities.rows, parities.origin)):
            short = rows.lengths[rows.row_numbers] == 2
            found = rows.row_numbers[short & (np.abs(rows.literals) == variable)]
            if len(found):
                why = f"and others make variable {variable} equal to its negation"
                return RowContradiction(int(origin[found[0]]), why)
        return RowContradiction(0, f"and others make variable {variable} equal to its negation")

    def result(self) -> Presolved:
        """What is left, and the way back."""
        core = variables_in(self.tables.all_rows, self.variable_count)
        own = np.arange(1, self.top)
        free = self.image[1:-1] == own
        free[core - 1] = False
        for definition in self.definitions:
            if isinstance(definition, Elimination):
                free[abs(definition.literal) - 1] = False
            else:
                free[definition.variables - 1] = False
        # Among so many there must be a spare one for every one looked for.
        first = np.arange(1, min(self.formula.variable_count, len(self.named) + SPARE_LIMIT) + 1)
        spare = np.setdiff1d(first, self.named, assume_unique=True)
        return Presolved(
            formula=formula_left(self.formula, self.tables, self.offset, core),
            variable_count=self.formula.variable_count,
            named=self.named,
            spare=spare[:SPARE_LIMIT],
            core=core,
            free=own[free],
            image=self.image,
            definitions=tuple(self.definitions),
            keeps_all_models=self.counts.pure == 0 and self.counts.resolved == 0,
            notes=self.counts.notes(self.formula.variable_count),
        )


def run_steps(work: Work, steps: Sequence[Callable[[Work], None]]) -> None:
    """Take the steps, from the first again after one that changes something."""
    at = 0
    while at < len(steps) and not work.budget.is_over():
        work.changed = False
        steps[at](work)
        if work.changed:
            work.replace()
        at = 0 if work.changed else at + 1
