"""Satisfiability: from a formula to a checked model, or to a proof that there is none."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Unpack

import numpy as np
from jaxtyping import Bool

from odesolve.budget import GRACE_SECONDS, Budget, OutOfTime
from odesolve.interrupts import Interruption, listening
from odesolve.options import SharedOptions, begun_now
from odesolve.problems.arguments import (
    checked_flag,
    checked_function,
    checked_recorder,
)
from odesolve.problems.errors import InputError
from odesolve.problems.formulas.auxiliary_variables import expanded
from odesolve.problems.formulas.check import completed, cost, violations
from odesolve.problems.formulas.formula import Formula, LiteralRows, joined_rows
from odesolve.problems.formulas.from_objects import formula_from
from odesolve.problems.formulas.presolve.presolve import (
    Presolved,
    RowContradiction,
    presolved,
    unreduced,
)
from odesolve.problems.formulas.presolve.rows import KINDS
from odesolve.problems.integers import checked_count
from odesolve.problems.preparation import checked_method
from odesolve.problems.satisfiability.arguments import (
    checked_hint,
    checked_literals,
    checked_prove,
    checked_target,
)
from odesolve.problems.satisfiability.first_guess import likely_truth
from odesolve.problems.satisfiability.result import PRESOLVE, SatResult
from odesolve.problems.satisfiability.search import FormulaSettings, Found, ModelSearch
from odesolve.results import Reason, Status, nothing_integrated
from odesolve.watching import watched

if TYPE_CHECKING:
    from odesolve.dynamics.base import Dynamics
    from odesolve.presets.preset import Preset
    from odesolve.solving import Progress
    from odesolve.steppers.base import Stepper
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
    prove: Literal["auto", "after", "beside"] | bool | None = None,
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
    **options: Unpack[SharedOptions],
) -> SatResult:
    """Find an assignment that satisfies a formula, and violates soft clauses of little weight.

    Arguments:
        problem: a ``Formula``; a file (``str`` or ``os.PathLike``, see ``read_formula``); clauses
            of DIMACS literals (a list, tuple, set or iterator of such, or an integer array
            ``[clauses, width]``); or a ``CNF``, ``CNFPlus``, ``WCNF``, ``WCNFPlus`` or ``Formula``
            of python-sat. Each is taken whole: native at-most constraints and soft clauses count.
            Everything else is refused by its type. Of a python-sat ``Formula``, the numbers in
            ``model`` are its own: ``Formula.formulas(result.model)`` gives the atoms.
        assume: literals that must be true besides: a list, tuple, set, iterator or integer array.
        hint: an assignment to start from: literals, each once and not necessarily of all
            variables, or a truth value (bool) for each variable; collections as for ``assume``.
            Half of the runs begin near it, the others anywhere.
        solutions: how many different models are wanted.
        prove: hand over to CaDiCaL (python-sat), which can prove that there is no model: "after"
            (or True) when the dynamics have spent their steps, or half of the time limit;
            "beside" runs it at the same time, so that the clock decides who is first; "auto" does
            so for the first ten seconds, if python-sat is installed and nothing is asked of the
            dynamics themselves (equations, values, steps, all runs, checkpoints, several
            processes, a recorder). With soft clauses it is python-sat's RC2, which proves what
            every model costs at least (``bound``), and that a cost is the least. None leaves it to
            the dynamics alone, which prove nothing: without a model there is no end to their search
            but ``time_limit`` or ``max_steps``, so give one wherever a formula may have none.
        preset, dynamics, stepper, parameters: as for ``odesolve.color``.
        presolve: whether to propagate units, eliminate parities, and so on, before the dynamics.
        seed, options: see ``odesolve.Options`` (runs, max_steps, time_limit, all_runs, ...). The
            time limit counts from the call, but reading a file is not cut short.
        progress, recorder: see ``odesolve.solve``.
        target: the cost that is good enough to stop at; only where there are soft clauses or an
            objective.
        improved: with soft clauses, called with every cheaper solution that the dynamics find and
            its exact cost.

    Raises:
        InputError: if the formula, a literal, an option or a parameter cannot be used. It is a
            ValueError.

    Example:
        >>> import odesolve as ode
        >>> ode.sat([[1, 2], [-1]]).model
        [-1, 2]
        >>> ode.sat([[1, 2], [-1, 3], [-3]], assume=[-2]).status
        <Status.INFEASIBLE: 'infeasible'>
    """
    began = time.perf_counter()
    given = begun_now(options)  # the time limit begins here
    formula = formula_from(problem)
    whole = expanded(formula)
    asked = assuming(whole, checked_literals(assume, formula, "assume"))
    settings = FormulaSettings(
        method=checked_method(
            "maxsat" if len(asked.soft) else "sat",
            {},
            preset=preset,
            dynamics=dynamics,
            stepper=stepper,
            parameters=parameters,
        ),
        hint=checked_hint(hint, formula),
        solutions=checked_count("solutions", solutions),
        prove=checked_prove(prove),
        progress=checked_function("progress", progress),
        recorder=checked_recorder(recorder),
        target=checked_target(target, formula),
        improved=_shown(checked_function("improved", improved), formula),
        options={"seed": seed, **given},
    )
    if settings.prove == "auto" and settings.is_about_dynamics:
        settings = replace(settings, prove=None)
    presolve = checked_flag("presolve", presolve)
    if len(asked.soft):
        _refuse_with_costs(settings)
    with listening() as interruption:  # Ctrl-C gives the best so far, as the clock does
        return _solved(formula, whole, asked, settings, presolve, began, interruption)


def _solved(
    formula: Formula,
    whole: Formula,
    asked: Formula,
    settings: FormulaSettings,
    presolve: bool,
    began: float,
    interruption: Interruption,
) -> SatResult:
    """Presolve, search and check.

    Arguments:
        formula: as it was given.
        whole: with the rows of its auxiliary variables.
        asked: with the assumptions, too.
        began: when, by the clock.
    """
    budgets = settings.checked()
    budget = budgets.budget()
    heard = budget.until(lambda: interruption.requested)
    try:
        left = _presolved(asked, presolve, settings, heard)
    except RowContradiction as contradiction:
        proof = described(contradiction, formula, asked)
        assumed = assumptions_of(whole, asked)
        return _refuted(formula, assumed, proof, budgets.seed, time.perf_counter() - began)
    except OutOfTime:
        reason = Reason.INTERRUPTED if interruption.requested else Reason.TIME
        assumed = assumptions_of(whole, asked)
        return _guessed(formula, asked, assumed, settings, budgets.seed, began, reason)
    presolve_seconds = time.perf_counter() - began
    if len(left.formula.soft):
        from odesolve.problems.satisfiability.max_sat import Minimization, cheapest

        found = cheapest(asked, left, settings, budgets.seed)
        found = found or Minimization(asked, left, settings, budgets, budget).run()
    else:
        found = ModelSearch(asked, left, settings, budgets, budget).run()
    found.run.times.presolve = presolve_seconds
    found.run.times.total = time.perf_counter() - began
    return _result(formula, asked, assumptions_of(whole, asked), left, found, presolve)


def assuming(formula: Formula, literals: Sequence[int]) -> Formula:
    """The formula with a unit clause for each literal, after its own clauses."""
    if not literals:
        return formula
    units = LiteralRows.of([literal] for literal in literals)
    return replace(formula, clauses=joined_rows(formula.clauses, units))


def _shown(
    improved: Callable[[Bool[np.ndarray, " variables"], int], None] | None, formula: Formula
) -> Callable[[Bool[np.ndarray, " variables"], int], None] | None:
    """The same, told nothing of auxiliary variables."""
    if improved is None:
        return None
    return lambda truth, cost: improved(truth[: formula.shown_count], cost)


def _refuse_with_costs(settings: FormulaSettings) -> None:
    """Refuse what is only understood of formulas without soft clauses."""
    if settings.solutions > 1:
        raise InputError("solutions", "the formula has soft clauses", "a formula without")


def _presolved(
    formula: Formula, wanted: bool, settings: FormulaSettings, budget: Budget
) -> Presolved:
    """What is left of a formula.

    Raises:
        OutOfTime: if the first steps alone, of a large formula, take all the time.
    """
    if wanted and (formula.clauses.lengths == 2).any():
        # What equivalent literals are found with takes as long to load as the grace lasts.
        importlib.import_module("scipy.sparse.csgraph")
    own = budget.first(PRESOLVE_SHARE).at_least(GRACE_SECONDS)

    def simplified() -> Presolved:
        if not wanted:
            return unreduced(formula)
        return presolved(
            formula,
            keep_all_models=settings.solutions > 1,
            # A prover beside the dynamics has no use for it, and would have to wait.
            deduces=settings.prove not in ("auto", "beside"),
            budget=own,
        )

    return watched(simplified, budget.at_least(GRACE_SECONDS))


def _guessed(
    formula: Formula,
    asked: Formula,
    assumed: tuple[int, ...],
    settings: FormulaSettings,
    seed: int,
    began: float,
    reason: Reason,
) -> SatResult:
    """The result where presolve was cut short: a first guess, which may be right."""
    shown = formula.shown_count
    truth = likely_truth(asked, settings.hint)
    truth = completed(formula, truth[:shown]) if len(formula.auxiliaries) else truth
    violated = violations(asked, truth).total
    optimizes = formula.optimizes or len(formula.soft) > 0
    status = Status.UNKNOWN if violated else Status.SATISFIED
    run = nothing_integrated(status, reason if violated or optimizes else Reason.SOLVED, seed)
    run.times.presolve = run.times.total = time.perf_counter() - began
    return SatResult(
        formula=formula,
        truth=truth[:shown],
        solutions=truth[None, :shown] if not violated else truth[None, :shown][:0],
        violated=violated,
        run=run,
        cost=cost(formula, truth[:shown]) if optimizes else None,
        bound=formula.offset if optimizes else None,
        assumptions=assumed,
        found_by=None if violated else PRESOLVE,
        notes=(*formula.notes, NO_TIME_TO_PRESOLVE),
    )


def _refuted(
    formula: Formula, assumed: tuple[int, ...], proof: str, seed: int, seconds: float
) -> SatResult:
    run = nothing_integrated(Status.INFEASIBLE, Reason.PROVED, seed)
    run.times.presolve = run.times.total = seconds
    none = np.zeros((0, formula.shown_count), bool)
    return SatResult(
        formula=formula,
        truth=none[:0].reshape(-1),
        solutions=none,
        violated=0,
        run=run,
        assumptions=assumed,
        found_by=PRESOLVE,
        proof=f"presolve: {proof}",
        notes=formula.notes,
    )


def described(contradiction: RowContradiction, formula: Formula, asked: Formula) -> str:
    """One line that names the row, by its literals if they are few.

    Arguments:
        contradiction: the row of ``asked`` that cannot hold.
        formula: the formula as it was given.
        asked: what it became: its rows, those of its auxiliary variables, then assumptions.
    """
    row, kind = contradiction.row, contradiction.kind
    literals = getattr(asked, kind)
    literals = getattr(literals, "rows", literals).row(row).tolist()
    if row >= len(getattr(formula, kind)):
        if kind == "clauses" and row >= len(expanded(formula).clauses):
            return f"assumption {formula.spelled(literals[:1])} {contradiction.why}"
        return f"the meaning of {formula.spelled([max(map(abs, literals))])} {contradiction.why}"
    shown = f" ({formula.spelled(literals)})" if 0 < len(literals) <= LITERALS_SHOWN else ""
    return f"{KINDS[kind]} {row + 1}{shown} {contradiction.why}"


def assumptions_of(formula: Formula, asked: Formula) -> tuple[int, ...]:
    """The literals that were added to a formula."""
    return tuple(asked.clauses.literals[len(formula.clauses.literals) :].tolist())


def _result(
    formula: Formula,
    asked: Formula,
    assumed: tuple[int, ...],
    left: Presolved,
    found: Found,
    presolve: bool,
) -> SatResult:
    run = found.run
    shown = formula.shown_count
    infeasible = run.status is Status.INFEASIBLE
    violated = 0 if infeasible else violations(asked, found.truth).total
    for truth in found.solutions:
        _verify(asked, truth)
        if len(formula.auxiliaries):
            _verify(formula, truth[:shown])
    if run.satisfied and violated:
        raise AssertionError("the engine accepted an assignment that the exact checker rejects")
    truth = found.truth[:0] if infeasible else found.truth[:shown]
    optimizes = (formula.optimizes or len(formula.soft) > 0) and not infeasible
    exact = cost(formula, truth) if optimizes else None
    optimal = found.optimal or (run.satisfied and exact == left.formula.offset)
    return SatResult(
        formula=formula,
        truth=truth,
        solutions=found.solutions[:, :shown],
        violated=violated,
        run=run,
        cost=exact,
        optimal=optimal,
        bound=_bound(left, found, exact, optimal),
        assumptions=assumed,
        found_by=found.found_by,
        proof=f"{found.found_by}: there is no model" if infeasible else None,
        reduced=left.formula.sizes if presolve else None,
        notes=(*formula.notes, *left.notes, *found.notes),
    )


def _bound(left: Presolved, found: Found, exact: int | None, optimal: bool) -> int | None:
    """What every model costs at least; what presolve found to be due, if nobody knows more."""
    if exact is None or optimal:
        return exact
    return left.formula.offset if found.bound is None else found.bound


def _verify(formula: Formula, truth: Bool[np.ndarray, " variables"]) -> None:
    if violations(formula, truth).total:
        raise AssertionError("a solution does not satisfy the formula")
