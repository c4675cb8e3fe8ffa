"""``quadratize``: a problem of any kind as an Ising problem, and its answers back again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from odesolve.problems.arguments import checked_mapping, shown
from odesolve.problems.errors import InputError
from odesolve.problems.ising.numbers import Exact
from odesolve.problems.ising.problem import IsingProblem
from odesolve.problems.quadratization.source import Judgement, Source

__all__ = ["LiftedAnswer", "Lifting", "Quadratization", "of_source", "quadratize"]

_EXPECTED = (
    "a formula, a graph with colors, Boolean expressions, an Addition, a Multiplication or a "
    "Factorization"
)


@dataclass(frozen=True)
class LiftedAnswer:
    """An answer of an Ising machine, as one of the problem, judged there.

    Attributes:
        assignment: the problem's own answer: name -> value, or the literals of a model.
        satisfied: whether every constraint of the problem holds.
        violated: how many do not.
        cost: the cost of the assignment, where the problem has one.
        energy: of the spins; None where only their lifting is known.
        judgement: all that the problem's checker says.

    Example:
        >>> import odesolve as ode
        >>> answer = ode.quadratize("a | b").lift([0, 0])
        >>> answer.satisfied, answer.violated, answer.judgement.first, answer.energy
        (False, 1, ('a | b',), 1)
    """

    assignment: Any
    satisfied: bool
    violated: int
    cost: int | None
    energy: Exact | None
    judgement: Judgement


@dataclass(frozen=True, eq=False)
class Lifting:
    """The way from spins back to a problem: what a file beside the Ising problem keeps.

    Attributes:
        source: the problem.
        labels: what all variables of the Ising problem are called, those of the problem first.
        original_count: how many of them are no ancillas.
        variables: for each bit of the problem its variable; -1 for a constant.
        flips: whether the bit is the variable's negation; of a constant, whether it is 1.
        ground_energy: the energy of the solutions; None where it is the least cost.
        hard_weight: whoever breaks a constraint costs at least this, beside the offset.
    """

    source: Source
    labels: tuple[str, ...]
    original_count: int
    variables: np.ndarray
    flips: np.ndarray
    ground_energy: int | None
    hard_weight: int

    def lift(self, spins: Any) -> LiftedAnswer:
        """The assignment that spins stand for, judged by the problem's exact checker.

        Arguments:
            spins: -1 and +1, or bits 0 and 1, one a variable.

        Raises:
            InputError: they are others, or not as many.
        """
        true = self._true(spins)
        padded = np.concatenate([true, [False]])  # a constant's place, -1, is the last one
        judgement = self.source.judged(padded[self.variables] != self.flips)
        return LiftedAnswer(
            judgement.solution,
            not judgement.violated,
            judgement.violated,
            judgement.cost,
            None,
            judgement,
        )

    def _true(self, spins: Any) -> np.ndarray:
        array = np.asarray(spins)
        count = len(self.labels)
        if array.shape != (count,):
            many = f"{array.size} values" if array.ndim == 1 else "an array of other axes"
            raise InputError("spins", many, f"{count}, one a variable")
        numeric = array.dtype.kind in "biuf" or not count
        if not numeric or not (np.isin(array, (0, 1)).all() or np.isin(array, (-1, 1)).all()):
            raise InputError("spins", "other values", "-1 and 1, or 0 and 1")
        return array > 0


@dataclass(frozen=True, eq=False)
class Quadratization:
    """A problem as a quadratic function of bits, whose ground states are its solutions.

    The energy of the best ancillas is ``ground_energy`` for every solution, and larger for every
    other assignment. Where there are costs, it is the cost of every assignment that breaks no
    constraint, and an assignment that breaks one is above all of them.

    Attributes:
        problem: the Ising problem; its variables are bits, those of the problem first.
        ancillas: the names of those that are none of the problem.
        ground_energy: the energy of the solutions, which is the least wherever there is one; None
            where it is the least cost.
        hard_weight: what breaking a constraint costs at least.
        lifting: the way back, which ``write_lifting`` writes.
        notes: what presolve proved, for the user.

    Example:
        >>> import odesolve as ode
        >>> made = ode.quadratize("a ^ b == s")
        >>> made.problem.labels, made.ground_energy
        (('a', 'b', 's', 'ancilla1'), 0)
        >>> answer = made.lift([1, -1, 1, -1])
        >>> answer.assignment, answer.satisfied, answer.energy
        ({'a': 1, 'b': 0, 's': 1}, True, 0)
    """

    problem: IsingProblem
    ancillas: tuple[str, ...]
    ground_energy: int | None
    hard_weight: int
    lifting: Lifting
    notes: tuple[str, ...] = field(default=())

    @property
    def names(self) -> tuple[str, ...]:
        """The problem's own variables among those of the Ising problem."""
        return self.lifting.labels[: self.lifting.original_count]

    def lift(self, spins: Any) -> LiftedAnswer:
        """The assignment that spins stand for, judged by the problem's exact checker.

        Arguments:
            spins: -1 and +1, or bits 0 and 1, one a variable.

        Raises:
            InputError: they are others, or not as many.
        """
        answer = self.lifting.lift(spins)
        signs = np.where(np.asarray(spins) > 0, 1, -1)
        return replace(answer, energy=self.problem.energy(signs))


def quadratize(
    problem: Any, *, colors: int | None = None, fixed: Mapping[str, int] | None = None
) -> Quadratization:
    """Turn a problem into an Ising problem whose ground states are its solutions.

    Arguments:
        problem: one of

            - a ``Formula``, or whatever ``sat`` takes for one: all kinds of rows, soft clauses;
            - with ``colors``, a graph, or whatever ``color`` takes for one;
            - Boolean expressions, as ``relate`` takes them: a text, or a list of such;
            - an ``Addition``, a ``Multiplication`` or a ``Factorization``.
        colors: how many; this makes the problem a graph.
        fixed: variable -> bit, of expressions.

    Raises:
        InputError: it is none of these, or cannot be read as such.

    Example:
        >>> import odesolve as ode
        >>> made = ode.quadratize([(0, 1), (1, 2), (2, 0)], colors=3)
        >>> made.problem.spin_count, made.ground_energy
        (9, 0)
        >>> made.lift([1, 0, 0, 0, 1, 0, 0, 0, 1]).assignment
        {'0': 0, '1': 1, '2': 2}
    """
    return of_source(_source(problem, colors, fixed))


def of_source(source: Source) -> Quadratization:
    """Turn what is known to be quadratizable into an Ising problem."""
    own = source.quadratic()
    originals = tuple(own.names)
    stem = "ancilla"
    while any(name.startswith(stem) for name in originals):
        stem = f"_{stem}"
    count = own.model.variable_count - len(originals)
    ancillas = tuple(f"{stem}{number}" for number in range(1, count + 1))
    labels = originals + ancillas
    problem = replace(own.model.problem(labels), notes=own.notes)
    lifting = Lifting(
        source,
        labels,
        len(originals),
        own.variables,
        own.flips,
        own.ground_energy,
        own.hard_weight,
    )
    return Quadratization(problem, ancillas, own.ground_energy, own.hard_weight, lifting, own.notes)


def _source(problem: Any, colors: int | None, fixed: Mapping[str, int] | None) -> Source:
    if fixed is not None:
        fixed = checked_mapping("fixed", fixed, "a mapping from variable to bit")
    texts = [problem] if isinstance(problem, str) else problem
    is_text = isinstance(texts, list | tuple) and all(isinstance(text, str) for text in texts)
    if fixed is not None and not is_text:
        raise InputError("fixed", "there are no expressions", "Boolean expressions, or no fixed")
    if colors is not None:
        from odesolve.problems.graphs.from_objects import graph_from
        from odesolve.problems.quadratization.colorings import ColoringSource

        return ColoringSource(graph_from(problem), colors)
    if isinstance(problem, Source):
        return problem
    if is_text and texts:
        from odesolve.problems.quadratization.expressions import ExpressionSource

        return ExpressionSource(tuple(texts), dict(fixed or {}))
    from odesolve.problems.formulas.from_objects import formula_from
    from odesolve.problems.quadratization.formulas import FormulaSource

    try:
        return FormulaSource(formula_from(problem))
    except InputError as error:
        if "cannot read" in error.message:
            raise InputError("problem", shown(problem), _EXPECTED) from None
        raise
