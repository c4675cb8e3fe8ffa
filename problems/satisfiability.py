"""Satisfiability: from a formula to a checked model, or to a proof that there is none."""

from __future__ import annotations

import operator
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Bool

from odesolve.budget import GRACE_SECONDS, Budget, OutOfTime
from odesolve.options import begun_now
from odesolve.problems.errors import InputError, quote
from odesolve.problems.first_guess import likely_truth
from odesolve.problems.formula import Formula, LiteralRows
from odesolve.problems.formula_check import cost, violations
from odesolve.problems.formula_presolve import Contradiction, Presolved, presolved, unreduced
from odesolve.problems.presolve_rows import KINDS, joined
from odesolve.problems.satisfiability_result import PRESOLVE, SatResult
from odesolve.problems.satisfiability_search import Found, Search, Settings
from odesolve.results import Reason, Status, nothing_integrated
from odesolve.watching import watched

if TYPE_CHECKING:
    from odesolve.dynamics import Dynamics
    from odesolve.presets import Preset
    from odesolve.solving import Progress
    from odesolve.steppers import Stepper
    from odesolve.trajectory import Recorder

#: Presolve may take this share of the time limit.
PRESOLVE_SHARE = 0.3

#: What is said where presolve was cut short.
NO_TIME_TO_PRESOLVE = "there was no time to presolve; the assignment is a first guess"

#: A row with so many literals at most is shown with them.
LITERALS_SHOWN = 10


def sat(
    problem: Any,
    *,
    assume: Iterable[int] = (),
    hint: Any = None,
    solutions: int = 1,
    prove: Literal["after", "beside"] | bool | None = None,
    preset: str | Preset | None = None,
    dynamics: str | Dynamics | None = None,
    stepper: str | Stepper | None = None,
    parameters: Mapping[str, Any] | None = None,
    presolve: bool = True,
    seed: int = 0,
    progress: Callable[[Progress], None] | None = None,
    recorder: Recorder | None = None,
    target: int | None = None,
    improved: Callable[[Bool[np.ndarray, " variables"], int], None] | None = None,
    **options: Any,
) -> SatResult:
    """Find an assignment that satisfies a formula, and violates soft clauses of little weight.

    Arguments:
        problem: a ``Formula``, a list of clauses of DIMACS literals, a python-sat ``CNF``, or a
            file (see ``read_formula``).
        assume: literals that must be true besides.
        hint: an assignment to start from: literals, not necessarily of all variables, or a truth
            value for each variable. Half of the runs begin near it, the others anywhere.
        solutions: how many different models are wanted.
        prove: hand over to CaDiCaL (python-sat), which can prove that there is no model: "after"
            (or True) when the dynamics have spent their steps, or half of the time limit;
            "beside" runs it at the same time, so that the clock decides who is first.
        preset, dynamics, stepper, parameters: as for ``odesolve.color``.
        presolve: propagate units, eliminate parities, and so on, before the dynamics.
        seed, options: see ``odesolve.Options`` (runs, max_steps, time_limit, all_runs, ...). The
            time limit counts from the call, but reading a file is not cut short.
        progress, recorder: see ``odesolve.solve``.
        target: with soft clauses, the cost that is good enough to stop at.
        improved: with soft clauses, called with every cheaper solution and its exact cost.

    Raises:
        InputError: if the formula, a literal, an option or a parameter cannot be used. It is a
            ValueError.
    """
    began = time.perf_counter()
    options = begun_now(options)
    formula = formula_from(problem)
    asked = assuming(formula, checked_literals(assume, formula, "assume"))
    settings = Settings(
        preset=preset,
        dynamics=dynamics,
        stepper=stepper,
        parameters=parameters or {},
        hint=_hinted(hint, formula),
        solutions=_solution_count(solutions),
        prove=_prove_mode(prove, asked),
        progress=progress,
        recorder=recorder,
        target=_target(target),
        improved=improved,
        options={"seed": seed, **options},
    )
    if len(asked.soft):
        _refuse_with_costs(settings)
    budgets = settings.checked()
    budget = budgets.budget()
    try:
        left = _presolved(asked, presolve, settings.solutions, budget)
    except Contradiction as contradiction:
        return _refuted(formula, asked, contradiction, budgets.seed, time.perf_counter() - began)
    except OutOfTime:
        return _guessed(formula, asked, settings, budgets.seed, began)
    presolve_seconds = time.perf_counter() - began
    if len(left.formula.soft):
        from odesolve.problems.max_satisfiability import Minimization

        found = Minimization(asked, left, settings, budgets, budget).run()
    else:
        found = Search(asked, left, settings, budgets, budget).run()
    found.run.times.presolve = presolve_seconds
    found.run.times.total = time.perf_counter() - began
    return _result(formula, asked, left, found, presolve)


def formula_from(problem: Any) -> Formula:
    """A formula from whatever stands for one.

    Raises:
        InputError: if nothing can be made of it.
    """
    if isinstance(problem, Formula):
        return problem
    if isinstance(problem, str | os.PathLike):
        from odesolve.problems.formula_files import read_formula

        return read_formula(problem)
    clauses = getattr(problem, "clauses", problem)
    count = getattr(problem, "nv", 0)
    try:
        rows = [[operator.index(literal) for literal in clause] for clause in clauses]
    except TypeError:
        raise InputError(
            "problem", quote(problem), "a formula, a file, or a list of lists of literals"
        ) from None
    largest = max((abs(literal) for row in rows for literal in row), default=0)
    if any(literal == 0 for row in rows for literal in row) or largest >= 2**31 - 1:
        wrong = "literal 0" if largest < 2**31 - 1 else f"literal {largest}"
        raise InputError("problem", wrong, "literals from 1 to 2147483646, or their negations")
    return Formula(max(largest, count), LiteralRows.of(rows))


def checked_literals(literals: Iterable[int], formula: Formula, place: str) -> tuple[int, ...]:
    """Literals over the formula's variables, each once.

    Raises:
        InputError: if one is not.
    """
    found: dict[int, None] = {}
    for literal in literals:
        try:
            number = operator.index(literal)
        except TypeError:
            number = 0
        if isinstance(literal, bool) or not 0 < abs(number) <= formula.variable_count:
            raise InputError(
                place,
                f"literal {quote(literal)}",
                f"numbers from 1 to {formula.variable_count}, or their negations",
            )
        found[number] = None
    return tuple(found)


def assuming(formula: Formula, literals: Sequence[int]) -> Formula:
    """The formula with a unit clause for each literal, after its own clauses."""
    if not literals:
        return formula
    units = LiteralRows.of([literal] for literal in literals)
    return replace(formula, clauses=joined(formula.clauses, units))


def _hinted(hint: Any, formula: Formula) -> np.ndarray | None:
    """+1 for true, -1 for false, 0 for anything, ``[variables]``."""
    if hint is None:
        return None
    values = np.zeros(formula.variable_count, np.int8)
    array = np.asarray(hint)
    if array.dtype == bool:
        if array.shape != values.shape:
            raise InputError(
                "hint", f"{array.size} truth values", f"one for each of {len(values)} variables"
            )
        return np.where(array, 1, -1).astype(np.int8)
    for literal in checked_literals(hint, formula, "hint"):
        value = 1 if literal > 0 else -1
        if values[abs(literal) - 1] == -value:
            raise InputError("hint", f"both {abs(literal)} and -{abs(literal)}", "one of the two")
        values[abs(literal) - 1] = value
    return values


def _solution_count(solutions: Any) -> int:
    try:
        count = operator.index(solutions)
    except TypeError:
        count = 0
    if isinstance(solutions, bool) or count < 1:
        raise InputError("solutions", quote(solutions), "an integer of at least 1")
    return count


def _prove_mode(prove: Any, formula: Formula) -> str | None:
    mode = {True: "after", False: None}.get(prove, prove) if isinstance(prove, bool) else prove
    if mode is None:
        return None
    if mode not in ("after", "beside"):
        raise InputError("prove", quote(prove), "'after' or 'beside'")
    from odesolve.problems.prove import check_prover

    check_prover()
    return str(mode)


def _target(target: Any) -> int | None:
    if target is None or (isinstance(target, int) and not isinstance(target, bool)):
        return target
    raise InputError("target", quote(target), "an integer")


def _refuse_with_costs(settings: Settings) -> None:
    """Refuse what is only understood of formulas without soft clauses."""
    for name, given in (("prove", settings.prove), ("solutions", settings.solutions > 1)):
        if given:
            raise InputError(name, "the formula has soft clauses", "a formula without")


def _presolved(formula: Formula, wanted: bool, solutions: int, budget: Budget) -> Presolved:
    """What is left of a formula.

    Raises:
        OutOfTime: if the first steps alone, of a large formula, take all the time.
    """
    own = budget.first(PRESOLVE_SHARE).at_least(GRACE_SECONDS)

    def simplified() -> Presolved:
        if not wanted:
            return unreduced(formula)
        return presolved(formula, keep_all_models=solutions > 1, budget=own)

    return watched(simplified, budget.at_least(GRACE_SECONDS))


def _guessed(
    formula: Formula, asked: Formula, settings: Settings, seed: int, began: float
) -> SatResult:
    """The result where there was no time for presolve: a first guess, which may be right."""
    truth = likely_truth(asked, settings.hint)
    violated = violations(asked, truth).total
    optimizes = formula.optimizes or len(formula.soft) > 0
    status = Status.UNKNOWN if violated else Status.SATISFIED
    run = nothing_integrated(status, Reason.TIME if violated or optimizes else Reason.SOLVED, seed)
    run.times.presolve = run.times.total = time.perf_counter() - began
    return SatResult(
        formula=formula,
        truth=truth,
        solutions=truth[None, :] if not violated else truth[None, :][:0],
        violated=violated,
        run=run,
        cost=cost(formula, truth) if optimizes else None,
        assumptions=assumptions_of(formula, asked),
        found_by=None if violated else PRESOLVE,
        notes=(*formula.notes, NO_TIME_TO_PRESOLVE),
    )


def _refuted(
    formula: Formula, asked: Formula, contradiction: Contradiction, seed: int, seconds: float
) -> SatResult:
    run = nothing_integrated(Status.INFEASIBLE, Reason.PROVED, seed)
    run.times.presolve = run.times.total = seconds
    none = np.zeros((0, formula.variable_count), bool)
    return SatResult(
        formula=formula,
        truth=none[:0].reshape(-1),
        solutions=none,
        violated=0,
        run=run,
        assumptions=assumptions_of(formula, asked),
        found_by=PRESOLVE,
        proof=f"presolve: {described(contradiction, formula, asked)}",
        notes=formula.notes,
    )


def described(contradiction: Contradiction, formula: Formula, asked: Formula) -> str:
    """One line that names the row, by its literals if they are few."""
    row, name = contradiction.row, KINDS[contradiction.kind]
    literals = getattr(asked, contradiction.kind)
    literals = getattr(literals, "rows", literals).row(row).tolist()
    if contradiction.kind == "clauses" and row >= len(formula.clauses):
        return f"assumption {literals[0]} {contradiction.why}"
    shown = f" ({' '.join(map(str, literals))})" if 0 < len(literals) <= LITERALS_SHOWN else ""
    return f"{name} {row + 1}{shown} {contradiction.why}"


def assumptions_of(formula: Formula, asked: Formula) -> tuple[int, ...]:
    """The literals that were added to a formula."""
    return tuple(asked.clauses.literals[len(formula.clauses.literals) :].tolist())


def _result(
    formula: Formula, asked: Formula, left: Presolved, found: Found, presolve: bool
) -> SatResult:
    run = found.run
    assumed = assumptions_of(formula, asked)
    infeasible = run.status is Status.INFEASIBLE
    violated = 0 if infeasible else violations(asked, found.truth).total
    for truth in found.solutions:
        _verify(asked, truth)
    if run.satisfied and violated:
        raise AssertionError("the engine accepted an assignment that the exact checker rejects")
    truth = found.truth[:0] if infeasible else found.truth
    optimizes = (formula.optimizes or len(formula.soft) > 0) and not infeasible
    exact = cost(formula, truth) if optimizes else None
    return SatResult(
        formula=formula,
        truth=truth,
        solutions=found.solutions,
        violated=violated,
        run=run,
        cost=exact,
        optimal=run.satisfied and exact == left.formula.offset,
        assumptions=assumed,
        found_by=found.found_by,
        proof="CaDiCaL: there is no model" if infeasible else None,
        reduced=left.formula.sizes if presolve else None,
        notes=(*formula.notes, *left.notes, *found.notes),
    )


def _verify(formula: Formula, truth: Bool[np.ndarray, " variables"]) -> None:
    if violations(formula, truth).total:
        raise AssertionError("a solution does not satisfy the formula")
