"""The way back from what presolve left of a formula to the whole of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from odesolve.problems.formulas.formula import Formula, LiteralRows

__all__ = ["SPARE_LIMIT", "Definitions", "Elimination", "Presolved"]

#: Free variables that are varied to give more models.
SPARE_LIMIT = 62


@dataclass(frozen=True, eq=False)
class Definitions:
    """Variables that a parity each defines by variables that have a value before them."""

    variables: Int[np.ndarray, " rows"]
    others: LiteralRows
    odd: Bool[np.ndarray, " rows"]


@dataclass(frozen=True, eq=False)
class Elimination:
    """A literal that clauses, which were resolved away, make true where nothing else does.

    Attributes:
        clauses: for each clause that held the literal the others of its literals.
    """

    literal: int
    clauses: LiteralRows


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
    definitions: tuple[Definitions | Elimination, ...] = ()
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
            if isinstance(definition, Elimination):
                wanted = self._is_wanted(truth, definition)
                truth[abs(definition.literal)] = wanted == (definition.literal > 0)
                continue
            others = definition.others
            values = self._values(truth, others.literals)
            total = np.bincount(others.row_numbers[values], minlength=len(others))
            truth[definition.variables] = (total % 2 == 1) ^ definition.odd
        return self._values(truth, np.arange(1, len(self.image) - 1))

    def _is_wanted(self, truth: np.ndarray, elimination: Elimination) -> bool:
        """Whether a clause of an eliminated literal has no other true one."""
        rows = elimination.clauses
        true = self._values(truth, np.abs(rows.literals)) == (rows.literals > 0)
        held = np.bincount(rows.row_numbers[true], minlength=len(rows))
        return bool((held == 0).any())

    def _values(self, truth: np.ndarray, variables: np.ndarray) -> np.ndarray:
        image = self.image[variables]
        return truth[np.abs(image)] ^ (image < 0)
