"""A complete solver beside the dynamics: CaDiCaL, through python-sat, in a process of its own.

Run as a module this file is that process: it reads one pickled `Task` from standard input and
writes a pickled row of truth values for every model, then None once there are no more.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import IO

import numpy as np
from jaxtyping import Bool

from odesolve.problems.errors import InputError
from odesolve.problems.formulas.formula import AT_LEAST, AT_MOST, EXACTLY, Formula
from odesolve.problems.satisfiability.sum_encoding import encode_sum
from odesolve.problems.solver_process import SolverProcess, serve

#: Literals of a parity constraint that are written as clauses without auxiliary variables.
PARITY_PIECE = 5


@dataclass(frozen=True)
class Task:
    """What the other process has to do.

    Attributes:
        formula: the hard constraints; soft clauses are ignored.
        known: models that are not wanted again, ``[models, variables]``.
        wanted: models to find before it stops.
    """

    formula: Formula
    known: Bool[np.ndarray, "models variables"]
    wanted: int = 1


def has_prover() -> bool:
    """Whether python-sat is installed."""
    return find_spec("pysat") is not None


def check_prover() -> None:
    """Refuse at once what could not be proved later for want of a package.

    Raises:
        InputError: with the command that installs it.
    """
    if not has_prover():
        raise InputError(
            "prove", "python-sat is not installed", "it, as after: pip install 'odesolve[prove]'"
        )


class Prover(SolverProcess):
    """CaDiCaL at work on a formula.

    Attributes:
        models: found so far, each ``[variables]``.
        exhausted: whether there are no models but these and the known ones.
    """

    def __init__(self, task: Task) -> None:
        self.models: list[Bool[np.ndarray, " variables"]] = []
        self.exhausted = False
        self._wanted = task.wanted
        super().__init__("odesolve.problems.satisfiability.prover", task)

    @property
    def failed(self) -> bool:
        """Whether it ended without an answer, for want of memory perhaps."""
        return self.finished and not self.exhausted and len(self.models) < self._wanted

    def _take(self, model: Bool[np.ndarray, " variables"] | None) -> bool:
        if model is None:
            self.exhausted = True
            return False
        self.models.append(model)
        return len(self.models) < self._wanted


# ------------------------------------------------------------------------------- the other process


def encoded(formula: Formula) -> tuple[list[list[int]], int]:
    """The hard constraints as clauses.

    Returns:
        The clauses, and the number of variables, auxiliary ones after the formula's own.
    """
    clauses = [row.tolist() for row in formula.clauses]
    top = formula.variable_count
    for row in formula.not_all_equal:
        clauses += [row.tolist(), (-row).tolist()]
    for row in formula.parities:
        top = _encode_parity(row.tolist(), clauses, top)
    top = _encode_cardinalities(formula, clauses, top)
    return clauses, _encode_linear(formula, clauses, top)


def _encode_parity(literals: list[int], clauses: list[list[int]], top: int) -> int:
    """An odd number is true; long rows are cut, each piece equal to a new variable."""
    while len(literals) > PARITY_PIECE:
        top += 1
        # The new variable is the parity of the piece: together with its negation, odd.
        clauses += _parity_clauses([*literals[: PARITY_PIECE - 1], -top])
        literals = [*literals[PARITY_PIECE - 1 :], top]
    clauses += _parity_clauses(literals)
    return top


def _parity_clauses(literals: list[int]) -> list[list[int]]:
    """Every assignment with an even number of true literals, forbidden."""
    found = []
    for bits in range(1 << len(literals)):
        if bits.bit_count() % 2 == 0:
            found.append([-x if bits >> i & 1 else x for i, x in enumerate(literals)])
    return found


def _encode_cardinalities(formula: Formula, clauses: list[list[int]], top: int) -> int:
    from pysat.card import CardEnc, EncType

    encoders = {AT_LEAST: CardEnc.atleast, AT_MOST: CardEnc.atmost, EXACTLY: CardEnc.equals}
    table = formula.cardinalities
    rows = zip(table.rows, table.comparisons.tolist(), table.bounds.tolist(), strict=True)
    for row, comparison, bound in rows:
        least = 0 if comparison == AT_MOST else bound
        most = len(row) if comparison == AT_LEAST else bound
        if least > len(row) or most < 0 or least > most:
            clauses.append([])
        elif least > 0 or most < len(row):
            encoding = encoders[comparison](
                row.tolist(), bound, top_id=top, encoding=EncType.seqcounter
            )
            clauses += encoding.clauses
            top = max(top, encoding.nv)
    return top


def _encode_linear(formula: Formula, clauses: list[list[int]], top: int) -> int:
    table = formula.linear
    for number, row in enumerate(table.rows):
        first, last = table.rows.starts[number : number + 2]
        weights = [int(c) for c in table.coefficients[first:last]]
        terms = list(zip(weights, row.tolist(), strict=True))
        bound, comparison = int(table.bounds[number]), int(table.comparisons[number])
        top = encode_sum(terms, comparison, bound, clauses, top)
    return top


def models_of(task: Task) -> Iterator[Bool[np.ndarray, " variables"]]:
    """Models that are not known yet; at most as many as are wanted."""
    from pysat.solvers import Solver

    clauses, _ = encoded(task.formula)
    if any(not clause for clause in clauses):
        return
    variables = np.arange(1, task.formula.variable_count + 1)
    with Solver(name="cadical195", bootstrap_with=clauses) as solver:
        for truth in task.known:
            solver.add_clause(np.where(truth, -variables, variables).tolist())
        for _ in range(task.wanted):
            if not solver.solve():
                return
            true = np.array(solver.get_model() or [], np.int64)
            truth = np.zeros(len(variables), bool)
            truth[true[(true > 0) & (true <= len(variables))] - 1] = True
            yield truth
            solver.add_clause(np.where(truth, -variables, variables).tolist())


def _serve(source: IO[bytes], sink: IO[bytes]) -> None:
    serve(source, sink, models_of, None)


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer)
