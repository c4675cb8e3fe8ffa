"""What costs are at least: RC2, through python-sat, in a process of its own beside the dynamics.

RC2 (Ignatiev, Morgado, Marques-Silva, Journal on Satisfiability 11, 2019) finds soft clauses that
cannot hold together, one core after the other. Each raises what every model costs at least, so that
its bound is worth something long before it has found the optimum. Weights are taken in strata, the
heaviest first; the model of a stratum is a model of the formula.

Run as a module this file is that process: it reads one pickled formula from standard input and
writes pickled `Message`s, None at the end.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool

from odesolve.problems.formulas.formula import Formula
from odesolve.problems.satisfiability.prover import encoded
from odesolve.problems.solver_process import SolverProcess, serve_telling

__all__ = ["CostProver", "Message"]


@dataclass(frozen=True)
class Message:
    """What RC2 has found.

    Attributes:
        bound: what every model costs at least, without the formula's offset; None where there is
            no model.
        model: ``[variables]``, if one was found.
    """

    bound: int | None
    model: Bool[np.ndarray, " variables"] | None = None


class CostProver(SolverProcess):
    """RC2 at work on a formula with soft clauses.

    Attributes:
        bound: what every model costs at least, without the formula's offset.
        infeasible: whether there is no model.
    """

    def __init__(self, formula: Formula) -> None:
        self.bound = 0
        self.infeasible = False
        self._is_done = False
        self._models: list[Bool[np.ndarray, " variables"]] = []
        super().__init__("odesolve.problems.satisfiability.cost_prover", formula)

    @property
    def failed(self) -> bool:
        """Whether it ended without an answer, for want of memory perhaps."""
        return self.finished and not self._is_done

    def new_models(self) -> list[Bool[np.ndarray, " variables"]]:
        """The models that were found since this was last asked."""
        found, self._models = self._models, []
        return found

    def _take(self, message: Message | None) -> bool:
        if message is None:
            self._is_done = True
            return False
        if message.bound is None:
            self.infeasible = True
            return True
        if message.model is not None:
            self._models = [*self._models, message.model]
        # Last: whoever sees the bound finds the model that reaches it.
        self.bound = max(self.bound, message.bound)
        return True


# ------------------------------------------------------------------------------- the other process


def bound_costs(formula: Formula, tell: Callable[[Message], None]) -> None:
    """Run RC2 to its end, and tell every bound and model as soon as it is known."""
    from pysat.examples.rc2 import RC2Stratified
    from pysat.formula import WCNF

    clauses, top = encoded(formula)
    if any(not clause for clause in clauses):
        tell(Message(None))
        return
    problem, least = WCNF(), 0
    problem.extend(clauses)
    for row, weight in zip(formula.soft, formula.soft_weights.tolist(), strict=True):
        if len(row):
            problem.append(row.tolist(), weight=weight)
        else:
            least += weight
    problem.nv = max(problem.nv, top)
    tell(Message(least))
    if not problem.soft:  # RC2 takes no such formula, and there is no more to prove
        return
    with RC2Stratified(problem, adapt=True, exhaust=True, minz=True) as solver:
        _let_it_tell(solver, formula.variable_count, least, tell)
        if solver.compute() is None:
            tell(Message(None))


def _let_it_tell(
    solver: Any, variable_count: int, least: int, tell: Callable[[Message], None]
) -> None:
    """Tell of every core and of every stratum's model, which RC2 keeps to itself."""
    process_core, compute_stratum = solver.process_core, solver.compute_

    def telling_cores() -> None:
        process_core()
        tell(Message(least + solver.cost))

    def telling_models() -> Any:
        found = compute_stratum()
        if found:
            tell(Message(least + solver.cost, truth_of(solver.oracle.get_model(), variable_count)))
        return found

    solver.process_core, solver.compute_ = telling_cores, telling_models


def truth_of(literals: list[int] | None, variable_count: int) -> Bool[np.ndarray, " variables"]:
    """Truth values from the true literals, auxiliary ones among them; the others are false."""
    numbers = np.array(literals or [], np.int64)
    truth = np.zeros(variable_count, bool)
    truth[numbers[(numbers > 0) & (numbers <= variable_count)] - 1] = True
    return truth


if __name__ == "__main__":
    # By its full name: a class of __main__ would be another one where it is read.
    from odesolve.problems.satisfiability import cost_prover

    serve_telling(sys.stdin.buffer, sys.stdout.buffer, cost_prover.bound_costs)
