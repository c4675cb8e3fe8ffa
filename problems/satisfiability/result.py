"""The outcome of a satisfiability problem, for Python and as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool

from odesolve.problems.formulas.formula import Formula
from odesolve.results import Outcome, Result, Status

#: Who may have found an answer.
DYNAMICS, PRESOLVE, CADICAL, RC2 = "dynamics", "presolve", "CaDiCaL", "RC2"


def literals_of(truth: Bool[np.ndarray, " variables"]) -> list[int]:
    """An assignment as DIMACS literals, variable 1 first."""
    numbers = np.arange(1, len(truth) + 1)
    literals: list[int] = np.where(truth, numbers, -numbers).tolist()
    return literals


@dataclass(frozen=True)
class SatResult(Outcome):
    """The outcome of ``sat``.

    Attributes:
        formula: the formula that was solved, without the assumptions.
        truth: the best assignment, ``[variables]``, without auxiliary ones; a model exactly when
            satisfied. Empty when infeasible.
        solutions: the different models that were found, ``[solutions, variables]``, ``truth``
            first.
        violated: constraints and assumptions that ``truth`` violates; soft clauses do not count.
        cost: weight of the violated soft clauses and the formula's offset, None when the formula
            does not optimize.
        optimal: whether it is proved that no model costs less: by presolve, by RC2, or because
            all assignments of the few variables that presolve left were tried.
        bound: what every model costs at least, as far as it is proved: ``cost`` where that is
            optimal; None when the formula does not optimize, and when infeasible.
        assumptions: literals that had to be true.
        found_by: "dynamics", "presolve", "CaDiCaL" or, where the formula has costs, "RC2": who
            found the model or the proof that there is none; None when there is neither.
        proof: why there is no model; None when that is not proved.
        reduced: sizes of what presolve left; None without presolve.
        run: status, reason, runs, times and parameters of the solve.
        notes: what the reader and presolve did.

    Example:
        >>> import odesolve as ode
        >>> result = ode.sat([[1, 2], [-1]])
        >>> result.satisfied, result.found_by, result.truth.tolist()
        (True, 'presolve', [False, True])
    """

    formula: Formula
    truth: Bool[np.ndarray, " variables"]
    solutions: Bool[np.ndarray, "solutions variables"]
    violated: int
    run: Result
    cost: int | None = None
    optimal: bool = False
    bound: int | None = None
    assumptions: tuple[int, ...] = ()
    found_by: str | None = None
    proof: str | None = None
    reduced: dict[str, Any] | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def model(self) -> list[int]:
        """The best assignment as DIMACS literals; empty when proved infeasible."""
        return literals_of(self.truth)

    @property
    def models(self) -> list[list[int]]:
        """Every model that was found."""
        return [literals_of(truth) for truth in self.solutions]

    def named(self, literals: list[int]) -> list[int] | list[str]:
        """Literals as the formula's file calls them: itself unless the formula has names."""
        if not self.formula.names:
            return literals
        return [self.formula.spelled((literal,)) for literal in literals]

    def to_json(self, statistics: bool = False) -> dict[str, Any]:
        """One JSON object; ``solution`` is null unless the assignment is a model.

        Models are of literals, or of names, ``["a", "-b"]``, where the formula has them.
        """
        answer: dict[str, Any] = {"model": self.named(self.model)}
        if self.cost is not None:
            answer["cost"] = self.cost
        if self.satisfied and len(self.solutions) > 1:
            answer["models"] = [self.named(model) for model in self.models]
        own: dict[str, Any] = {
            "solution": answer if self.satisfied else None,
            "problem": self.formula.sizes | {"presolved": self.reduced},
        }
        if self.assumptions:
            own["problem"]["assumptions"] = self.named(list(self.assumptions))
        if self.status is Status.UNKNOWN:
            own["best"] = answer
        own["found_by"] = self.found_by
        if self.proof is not None:
            own["proof"] = self.proof
        # The run's cost is that by which the device ranks assignments; it may be rounded.
        costs: dict[str, Any] = {}
        if self.cost is not None:
            costs = {"cost": self.cost, "optimal": self.optimal, "bound": self.bound}
        return self.run.document(
            own, violated=self.violated, notes=self.notes, statistics=statistics, instead=costs
        )
