"""Presolve of formulas: what needs no dynamics, and what no dynamics could do.

NumPy and SciPy only: a formula that presolve decides never loads JAX. Every step can be undone,
so that a model of what is left becomes one of the whole formula.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from odesolve.budget import UNLIMITED, Budget
from odesolve.problems.formulas.formula import (
    AT_LEAST,
    AT_MOST,
    EXACTLY,
    Formula,
    LinearRows,
    LiteralRows,
    joined_rows,
)
from odesolve.problems.formulas.presolve.equivalent_literals import (
    BothSigns,
    implications_of_clauses,
    merged_literals,
)
from odesolve.problems.formulas.presolve.exhaustion import refute_by_exhaustion
from odesolve.problems.formulas.presolve.hidden_parities import (
    extract_parities,
    parities_as_clauses,
)
from odesolve.problems.formulas.presolve.parity_elimination import (
    Eliminated,
    Inconsistent,
    eliminated,
)
from odesolve.problems.formulas.presolve.row_replacement import replaced_tables
from odesolve.problems.formulas.presolve.rows import (
    CountRows,
    RowContradiction,
    SumRows,
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

__all__ = ["Presolved", "RowContradiction", "presolved", "unreduced"]

#: Parities are eliminated together up to about this many; connected ones in any case.
ROWS_PER_ELIMINATION = 512

#: Free variables that are varied to give more models.
SPARE_LIMIT = 62


@dataclass(frozen=True, eq=False)
class Definitions:
    """Variables that a parity each defines by variables that have a value before them."""

    variables: Int[np.ndarray, " rows"]
    others: LiteralRows
    odd: Bool[np.ndarray, " rows"]


@dataclass(frozen=True, eq=False)
class Presolved:
    """What is left of a formula, and the way back.

    The formula may have far more variables than its rows name. Those that they name are numbered
    anew before anything else is done, and ``core``, ``free``, ``image`` and ``definitions`` use
    these numbers.

    Attributes:
        formula: what is left, its variables numbered once more.
        variable_count: variables of the whole formula.
        named: the variables that its rows name, ascending.
        spare: the first few of the others.
        core: the variable that each of those left was, ascending.
        free: variables that nothing is asked of any more.
        image: ``[named + 2]``: for each variable the literal that it equals; the last entry, and
            the literals of its number, are true and false.
        definitions: to be undone from the last to the first.
        keeps_all_models: whether every model of the whole can be had from one of the core.
        notes: what was done, for a person.
        wanted: whether anything might be done; everything is left to the dynamics otherwise.
    """

    formula: Formula
    variable_count: int
    named: Int[np.ndarray, " named"]
    spare: Int[np.ndarray, " spare"]
    core: Int[np.ndarray, " core"]
    free: Int[np.ndarray, " free"]
    image: Int[np.ndarray, " images"]
    definitions: tuple[Definitions, ...] = ()
    keeps_all_models: bool = True
    notes: tuple[str, ...] = ()
    wanted: bool = True

    @property
    def decided(self) -> bool:
        """Whether nothing is left to solve."""
        return not len(self.core)

    def lifts(
        self, core: Bool[np.ndarray, " core"], count: int, hint: np.ndarray | None = None
    ) -> Iterator[Bool[np.ndarray, " variables"]]:
        """Assignments of the whole formula from one of the core; models from a model.

        Arguments:
            count: how many at most; the free variables give different ones.
            hint: +1, -1 or 0 for each variable: what a free variable would rather be.
        """
        usual = np.zeros(self.variable_count, bool) if hint is None else hint > 0
        open_variables = np.concatenate([self.named[self.free - 1], self.spare])[:SPARE_LIMIT]
        for number in range(min(count, 2 ** len(open_variables))):
            bits = [i for i in range(number.bit_length()) if number >> i & 1]
            truth = usual.copy()
            truth[open_variables[bits] - 1] ^= True
            truth[self.named - 1] = self._lifted(core, truth[self.named[self.free - 1] - 1])
            yield truth

    def core_of(self, truth: Bool[np.ndarray, " variables"]) -> Bool[np.ndarray, " core"]:
        """What an assignment of the whole formula says of the core."""
        return truth[self.named[self.core - 1] - 1]

    def reduce(self, hint: Int[np.ndarray, " variables"]) -> Int[np.ndarray, " core"]:
        """A hint (+1, -1, 0) for the core; merged variables speak for each other."""
        hint = hint[self.named - 1]
        values = np.zeros(len(self.image), hint.dtype)
        given = np.flatnonzero(hint)
        image = self.image[given + 1]
        values[np.abs(image)] = hint[given] * np.sign(image)
        own = np.append(0, hint)
        return np.where(own[self.core] != 0, own[self.core], values[self.core])

    def _lifted(self, core: np.ndarray, free: np.ndarray) -> Bool[np.ndarray, " named"]:
        truth = np.zeros(len(self.image), bool)
        truth[-1] = True
        truth[self.core] = core
        truth[self.free] = free
        for definition in reversed(self.definitions):
            others = definition.others
            values = self._values(truth, others.literals)
            total = np.bincount(others.row_numbers[values], minlength=len(others))
            truth[definition.variables] = (total % 2 == 1) ^ definition.odd
        return self._values(truth, np.arange(1, len(self.image) - 1))

    def _values(self, truth: np.ndarray, variables: np.ndarray) -> np.ndarray:
        image = self.image[variables]
        return truth[np.abs(image)] ^ (image < 0)


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
    formula: Formula, *, keep_all_models: bool = False, budget: Budget = UNLIMITED
) -> Presolved:
    """Simplify a formula as far as this is cheap.

    Arguments:
        keep_all_models: do nothing that loses models, such as making pure literals true.
        budget: when it is over, what has been found till then is the result.

    Raises:
        RowContradiction: if there is no model, and it shows.
    """
    work = _Presolve(formula, keep_all_models, budget)
    work.run()
    return work.result()


@dataclass
class _Counts:
    """What presolve did, in numbers."""

    implied: int = 0
    pure: int = 0
    merged: int = 0
    defined: int = 0
    hidden: int = 0


class _Presolve:
    """The rows that are left, and the image of every variable."""

    def __init__(self, formula: Formula, keep_all_models: bool, budget: Budget) -> None:
        self.formula, self.keep_all_models, self.budget = formula, keep_all_models, budget
        self.tables = Tables.of(formula)
        self.named = self.number_anew()
        self.variable_count = len(self.named)
        self.top = self.variable_count + 1
        self.image = np.arange(self.top + 1)
        self.offset = formula.offset
        self.definitions: list[Definitions] = []
        self.counts = _Counts()
        self.changed = False
        #: The parities that elimination has seen, and got all from.
        self.eliminated_parities: LiteralRows | None = None
        #: The sums that gave all that single rows imply.
        self.heeded_sums: SumRows | None = None
        #: The sums whose choices were tried, and got all from.
        self.tried_sums: LiteralRows | None = None

    def number_anew(self) -> Int[np.ndarray, " named"]:
        """Number the variables that rows name from 1, without gaps; what they were."""
        named = _variables_in(self.tables.all_rows, self.formula.variable_count)
        if len(named) < self.formula.variable_count:
            counts, parities, sums, soft = self.tables
            self.tables = Tables(
                replace(counts, rows=_renumbered(counts.rows, named)),
                replace(parities, rows=_renumbered(parities.rows, named)),
                replace(sums, rows=_renumbered(sums.rows, named)),
                replace(soft, rows=_renumbered(soft.rows, named)),
            )
        return named

    def run(self) -> None:
        """Simplify until nothing changes; cheap steps first, each until it finds nothing."""
        self.replace(everything=True)
        for first in (self.drop_duplicates, self.uncover_parities):
            if not self.budget.is_over():
                first()
        steps = (
            self.propagate,
            self.heed_sums,
            self.merge_equivalent,
            self.define_leaves,
            self.eliminate_parities,
            self.try_choices,
            self.set_pure,
        )
        at = 0
        while at < len(steps) and not self.budget.is_over():
            self.changed = False
            steps[at]()
            if self.changed:
                self.replace()
            at = 0 if self.changed else at + 1
        if not self.budget.is_over():
            refute_by_exhaustion(self.tables)

    # ---------------------------------------------------------------------------- what is replaced

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

    # ----------------------------------------------------------------------------------- the steps

    def drop_duplicates(self) -> None:
        soft, parities = self.tables.soft, self.tables.parities
        again = later_duplicates(parities.rows, parities.odd[:, None].astype(np.int64))
        self.tables = Tables(
            without_duplicates(self.tables.counts),
            parities.take(~again),
            self.tables.sums,
            soft,
        )

    def uncover_parities(self) -> None:
        counts, hidden = extract_parities(self.tables.counts)
        self.counts.hidden = len(hidden)
        parities = joined_parities(self.tables.parities, hidden)
        self.tables = self.tables._replace(counts=counts, parities=parities)

    def propagate(self) -> None:
        """Unit propagation, through counts and parities alike."""
        literals = propagated(self.tables, self.variable_count, self.budget)
        self.counts.implied += len(literals)
        self.assign(literals)

    def heed_sums(self) -> None:
        """What a sum needs or excludes, and what it says modulo factors of its coefficients."""
        if self.tables.sums is self.heeded_sums:
            return
        sums = met_from_both_sides(self.tables.sums)
        if sums is not self.tables.sums:  # what has become exact may have a factor in common
            sums = tidied(sums)
        self.tables = self.tables._replace(sums=sums)
        self.heeded_sums = sums
        literals = forced_by_sums(sums)
        if not len(literals):
            literals = forced_by_moduli(sums)
        self.counts.implied += len(literals)
        self.assign(literals)

    def try_choices(self) -> None:
        """Where few choices satisfy an exact row: the literals that agree in all of them."""
        sums = self.tables.sums
        if sums.rows is self.tried_sums:
            return
        for literals, choices in choices_of_exact_rows(sums):
            # Another row may have changed some of the literals already: the next round sees that.
            if (self.image[np.abs(literals)] != np.abs(literals)).any():
                continue
            first = choices[0]
            fixed = (choices == first).all(axis=0)
            implied = np.where(first, literals, -literals)
            self.counts.implied += int(fixed.sum())
            self.assign(implied[fixed])
            # Literals that change together from choice to choice are equal.
            changes = (choices ^ first)[:, ~fixed].T
            _, leader, group = np.unique(changes, axis=0, return_index=True, return_inverse=True)
            equal = np.stack([implied[~fixed], implied[~fixed][leader[group.reshape(-1)]]], axis=1)
            self.merge(np.zeros((0, 2), np.int64), equal[equal[:, 0] != equal[:, 1]])
        self.tried_sums = sums.rows

    def merge_equivalent(self) -> None:
        """Make literals one that imply each other, or that a row makes equal."""
        counts, parities = self.tables.counts, self.tables.parities
        pairs = counts.rows.lengths == 2
        two = pairs & (counts.low == 1)
        clauses = _table_of_pairs(counts.rows, two & (counts.high == 2))
        never_both = -_table_of_pairs(counts.rows, pairs & (counts.low == 0) & (counts.high == 1))
        opposite = _table_of_pairs(counts.rows, two & (counts.high == 1)) * [1, -1]
        short = parities.rows.lengths == 2
        alike = _table_of_pairs(parities.rows, short)
        alike[parities.odd[short], 1] *= -1
        implications = implications_of_clauses(np.concatenate([clauses, never_both]))
        self.merge(implications, np.concatenate([opposite, alike]))

    def merge(self, implications: np.ndarray, equal: np.ndarray) -> None:
        try:
            variables, literals = merged_literals(implications, equal)
        except BothSigns as error:
            raise self.contradiction_of(error.variable) from None
        self.counts.merged += len(variables)
        self.substitute(variables, literals)

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

    def define_leaves(self) -> None:
        """Drop parities that have a variable to themselves: it can always be made to fit."""
        parities = self.tables.parities
        if not len(parities):
            return
        uses = np.zeros(self.top + 1, np.int64)
        for rows in self.tables.all_rows:
            uses += np.bincount(np.abs(rows.literals), minlength=self.top + 1)
        left = parities
        while len(left) and not self.budget.is_over():
            lone = uses[left.rows.literals] == 1
            owner, first = np.unique(left.rows.row_numbers[lone], return_index=True)
            if not len(owner):
                break
            chosen = left.take(owner)
            self.define(chosen.rows, left.rows.literals[lone][first], chosen.odd)
            np.subtract.at(uses, chosen.rows.literals, 1)
            rest = np.ones(len(left), bool)
            rest[owner] = False
            left = left.take(rest)
        self.tables = self.tables._replace(parities=left)

    def define(self, rows: LiteralRows, variables: np.ndarray, odd: np.ndarray) -> None:
        """Remember rows as definitions of one variable each."""
        rest = rows.literals != np.repeat(variables, rows.lengths)
        starts = np.concatenate([[0], np.cumsum(rows.lengths - 1)]).astype(np.int64)
        others = LiteralRows(rows.literals[rest], starts)
        self.definitions.append(Definitions(variables.astype(np.int64), others, odd))
        self.counts.defined += len(variables)

    def eliminate_parities(self) -> None:
        """Gaussian elimination: a solution where only parities are left, else what it fixes."""
        parities = self.tables.parities
        if not len(parities) or parities.rows is self.eliminated_parities:
            return
        part = self.components()
        alone = self.parity_components(part)
        decided = np.zeros(len(parities), bool)
        for rows in _batches(part[parities.rows.literals[parities.rows.starts[:-1]]]):
            try:
                found = eliminated(parities.rows.take(rows), parities.odd[rows], self.budget)
            except Inconsistent as error:
                origin = int(parities.origin[rows[error.row]])
                raise RowContradiction(
                    origin, "and other parities contradict one another"
                ) from None
            if found is None:
                continue
            own = alone[part[found.variables[found.pivots]]]
            decided[rows] = alone[part[parities.rows.literals[parities.rows.starts[rows]]]]
            self.solve_parities(found.take(own))
            self.learn(found.take(~own))
        self.eliminated_parities = parities.rows
        if decided.any():
            self.tables = self.tables._replace(parities=parities.take(~decided))
            self.eliminated_parities = self.tables.parities.rows

    def components(self) -> Int[np.ndarray, " variables"]:
        """The number of each variable's connected component, over all rows."""
        first, other = [], []
        for rows in self.tables.all_rows:
            variables = np.abs(rows.literals)
            first.append(np.repeat(variables[np.minimum(rows.starts[:-1], len(variables) - 1)],
                                   rows.lengths) if len(variables) else variables)  # fmt: skip
            other.append(variables)
        row, column = np.concatenate(first), np.concatenate(other)
        shape = (self.top + 1, self.top + 1)
        graph = coo_array((np.ones(len(row), bool), (row, column)), shape=shape)
        label: np.ndarray = connected_components(graph, directed=False)[1]
        return label

    def parity_components(self, part: np.ndarray) -> Bool[np.ndarray, " components"]:
        """Which components hold nothing but parities."""
        alone = np.ones(int(part.max()) + 1, bool)
        for rows in (self.tables.counts.rows, self.tables.sums.rows, self.tables.soft.rows):
            alone[part[np.abs(rows.literals)]] = False
        return alone

    def solve_parities(self, found: Eliminated) -> None:
        """Where nothing but parities is asked, the pivots are defined by the other variables."""
        if len(found.pivots):
            variables = found.variables[found.pivots]
            self.definitions.append(Definitions(variables, found.others(), found.odd))
            self.counts.defined += len(variables)

    def learn(self, found: Eliminated) -> None:
        """Use the values and the equalities that follow from parities together."""
        units = found.units()
        self.counts.implied += len(units)
        self.assign(units)
        self.merge(np.zeros((0, 2), np.int64), found.equal_literals())

    def set_pure(self) -> None:
        """Make literals true that nothing wants false."""
        if self.keep_all_models:
            return
        wants = np.zeros((2, self.top + 1), bool)  # whether a row may want it true, or false
        counts, parities, sums, soft = self.tables
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
        self.counts.pure += len(literals)
        self.assign(literals)

    # ---------------------------------------------------------------------------------- the result

    def result(self) -> Presolved:
        core = _variables_in(self.tables.all_rows, self.variable_count)
        own = np.arange(1, self.top)
        free = self.image[1:-1] == own
        free[core - 1] = False
        for definition in self.definitions:
            free[definition.variables - 1] = False
        # Among so many there must be a spare one for every one looked for.
        first = np.arange(1, min(self.formula.variable_count, len(self.named) + SPARE_LIMIT) + 1)
        spare = np.setdiff1d(first, self.named, assume_unique=True)
        return Presolved(
            formula=self.formula_left(core),
            variable_count=self.formula.variable_count,
            named=self.named,
            spare=spare[:SPARE_LIMIT],
            core=core,
            free=own[free],
            image=self.image,
            definitions=tuple(self.definitions),
            keeps_all_models=self.counts.pure == 0,
            notes=self.notes(),
        )

    def formula_left(self, core: Int[np.ndarray, " core"]) -> Formula:
        """The rows that are left as a formula of the core's variables."""

        def named(rows: LiteralRows) -> LiteralRows:
            return _renumbered(rows, core)

        clauses, cardinalities, not_all_equal = _sorted_out(self.tables.counts)
        parities, sums = self.tables.parities, self.tables.sums
        hidden = parities_as_clauses(parities.take(parities.hidden))
        open_parities = parities.take(~parities.hidden)
        return Formula(
            variable_count=len(core),
            clauses=named(joined_rows(clauses, hidden)),
            parities=named(_with_odd_numbers(open_parities.rows, open_parities.odd)),
            cardinalities=LinearRows(
                named(cardinalities.rows),
                cardinalities.coefficients,
                cardinalities.comparisons,
                cardinalities.bounds,
            ),
            not_all_equal=named(not_all_equal),
            linear=LinearRows(named(sums.rows), sums.coefficients, sums.comparisons, sums.bounds),
            soft=named(self.tables.soft.rows),
            soft_weights=self.tables.soft.weights,
            offset=self.offset,
            optimizes=self.formula.optimizes,
        )

    def notes(self) -> tuple[str, ...]:
        counts = self.counts
        did = {
            "fixed": counts.implied + counts.pure,
            "merged": counts.merged,
            "defined by parities": counts.defined,
        }
        parts = ", ".join(f"{number} {what}" for what, number in did.items() if number)
        return (f"presolve: {parts}, of {self.formula.variable_count} variables",) if parts else ()


def _variables_in(tables: tuple[LiteralRows, ...], count: int) -> Int[np.ndarray, " variables"]:
    """The variables that rows name, ascending; ``count`` is the number of all."""
    used = np.zeros(count + 1, bool)
    for rows in tables:
        used[np.abs(rows.literals)] = True
    return np.flatnonzero(used)


def _renumbered(rows: LiteralRows, variables: Int[np.ndarray, " n"]) -> LiteralRows:
    """The rows with the variables' places, from 1, instead of the variables."""
    named = np.abs(rows.literals)
    if len(variables) and variables[-1] <= 8 * len(named):
        place = np.zeros(variables[-1] + 1, np.int32)
        place[variables] = np.arange(1, len(variables) + 1)
        places = place[named]
    else:  # a table would be larger than all that it is for
        places = np.searchsorted(variables, named) + 1
    literals = np.where(rows.literals < 0, -places, places).astype(np.int32)
    return LiteralRows(literals, rows.starts)


def _mark(wants: Bool[np.ndarray, "2 variables"], literals: np.ndarray) -> None:
    wants[(literals < 0).astype(np.int64), np.abs(literals)] = True


def _table_of_pairs(rows: LiteralRows, chosen: np.ndarray) -> Int[np.ndarray, "pairs 2"]:
    return rows.literals[positions_of(rows, chosen)].reshape(-1, 2).astype(np.int64)


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


def _with_odd_numbers(rows: LiteralRows, odd: Bool[np.ndarray, " rows"]) -> LiteralRows:
    """Parities of variables as rows of literals of which an odd number is true."""
    literals = rows.literals.copy()
    literals[rows.starts[:-1][~odd]] *= -1
    return LiteralRows(literals, rows.starts)


def _sorted_out(counts: CountRows) -> tuple[LiteralRows, LinearRows, LiteralRows]:
    """Count rows as clauses, cardinalities and not-all-equal rows."""
    widths = counts.rows.lengths
    positive = counts.are_clauses
    negative = (counts.low == 0) & (counts.high == widths - 1)
    neither = (counts.low == 1) & (counts.high == widths - 1) & (widths > 2)
    rest = ~positive & ~negative & ~neither
    exact = np.flatnonzero(rest & (counts.low == counts.high))
    least = np.flatnonzero(rest & (counts.low != counts.high) & (counts.low > 0))
    most = np.flatnonzero(rest & (counts.low != counts.high) & (counts.high < widths))
    chosen = np.concatenate([exact, least, most])
    rows = counts.rows.take(chosen)
    forbidden = counts.rows.take(negative)
    cardinalities = LinearRows(
        rows,
        np.ones(len(rows.literals), np.int64),
        np.repeat([EXACTLY, AT_LEAST, AT_MOST], [len(exact), len(least), len(most)]).astype(
            np.int8
        ),
        np.concatenate([counts.low[exact], counts.low[least], counts.high[most]]),
    )
    # A row that has been replaced in stands last; the file's order is easier to recognise.
    order = np.argsort(counts.origin[positive], kind="stable")
    clauses = counts.rows.take(np.flatnonzero(positive)[order])
    flipped = LiteralRows(-forbidden.literals, forbidden.starts)
    return joined_rows(clauses, flipped), cardinalities, counts.rows.take(neither)
