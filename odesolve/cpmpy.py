"""odesolve as a solver of CPMpy: ``model.solve(solver="odesolve")`` after importing this module.

Needs CPMpy: ``pip install 'odesolve[cpmpy]'``.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any

from cpmpy.expressions.core import Expression
from cpmpy.expressions.utils import flatlist
from cpmpy.expressions.variables import _BoolVarImpl, _NumVarImpl
from cpmpy.solvers.solver_interface import ExitStatus, SolverInterface, SolverStatus
from cpmpy.solvers.utils import SolverLookup
from cpmpy.transformations.get_variables import get_variables

from odesolve.problems.errors import InputError
from odesolve.problems.models.constraints.arithmetic import Sum
from odesolve.problems.models.constraints.base import Constraint
from odesolve.problems.models.constraints.sequences import Table
from odesolve.problems.models.from_cpmpy import REIFIED, SUPPORTED, Translation
from odesolve.problems.models.model import Model
from odesolve.problems.models.result import Improvement, ModelResult
from odesolve.results import Status

__all__ = ["CPM_odesolve"]

NAME = "odesolve"


class CPM_odesolve(SolverInterface):
    """odesolve behind CPMpy's interface of solvers.

    Arguments:
        cpm_model: a model of CPMpy whose constraints and objective are taken over.
        subsolver: must be None.

    Attributes:
        result: the ``ModelResult`` of the last call; None before the first one.

    Example:
        >>> import cpmpy as cp
        >>> import odesolve.cpmpy
        >>> x, y = cp.intvar(1, 9, name="x"), cp.intvar(1, 9, name="y")
        >>> model = cp.Model(x * y == 35, x < y)
        >>> model.solve(solver="odesolve", seed=0)
        True
        >>> x.value(), y.value()
        (5, 7)
    """

    supported_global_constraints = SUPPORTED
    supported_reified_global_constraints = REIFIED

    @staticmethod
    def supported() -> bool:
        return True

    @classmethod
    def version(cls) -> str:
        return version("odesolve")

    def __init__(self, cpm_model: Any = None, subsolver: str | None = None) -> None:
        if subsolver is not None:
            raise InputError(
                "odesolve", f"the subsolver {subsolver!r}", "none: there is one solver"
            )
        self._translation = Translation()
        self._hint: dict[str, int] = {}
        self._assumptions: list[_BoolVarImpl] = []
        self.result: ModelResult | None = None
        super().__init__(name=NAME, cpm_model=cpm_model)

    @property
    def native_model(self) -> Model:
        """The ``ode.Model`` that CPMpy's expressions were translated to."""
        return self._translation.model

    def solver_var(self, cpm_var: Any) -> Any:
        """The variable of the ``ode.Model`` for one of CPMpy; integers are left as they are."""
        return self._translation._operand(cpm_var)

    def transform(self, cpm_expr: Any) -> list[Expression]:
        """The flat form that has constraints here; see CPMpy's guide for solvers."""
        return self._translation.transform(cpm_expr)

    def add(self, cpm_expr: Any) -> CPM_odesolve:
        """Add a constraint or a list of constraints.

        Raises:
            NotSupportedError: CPMpy's; for what no constraint of odesolve expresses.
        """
        get_variables(cpm_expr, collect=self.user_vars)
        self._translation.add(cpm_expr)
        return self

    __add__ = add

    def objective(self, expr: Any, minimize: bool) -> None:
        """Ask for the least or the greatest value of an expression.

        Raises:
            NotSupportedError: CPMpy's; for objectives that are no integers.
        """
        if isinstance(expr, Expression):
            get_variables(expr, self.user_vars)
        self._translation.objective(expr, minimize)

    def has_objective(self) -> bool:
        return self.native_model.objective is not None

    def solution_hint(self, cpm_vars: Any, vals: Any) -> None:
        """Values near which half of the runs begin; an empty list takes them back.

        Raises:
            InputError: if there are not as many values as variables.
        """
        variables, values = flatlist(cpm_vars), flatlist(vals)
        if len(variables) != len(values):
            wrong = f"{len(values)} values for {len(variables)} variables"
            raise InputError("solution_hint", wrong, "one value for each")
        self._hint = {}
        for variable, value in zip(variables, values, strict=True):
            self._hint[self.solver_var(variable).name] = int(value)

    def solve(
        self,
        time_limit: float | None = None,
        assumptions: Iterable[_BoolVarImpl] | None = None,
        display: Any = None,
        *,
        prove: str | None = "beside",
        **options: Any,
    ) -> bool:
        """Look for a solution, and for the best one where there is an objective.

        Arguments:
            time_limit: seconds for everything.
            assumptions: literals that hold during this call.
            display: an expression, a list of them, or a function without arguments: printed or
                called at each better solution.
            prove: "beside" runs CaDiCaL beside the dynamics, which may prove what dynamics cannot:
                that there is no solution, or no better one. None leaves the dynamics alone.
            options: those of ``ode.Model.solve`` by name, as ``seed``, ``runs`` and ``max_steps``.

        Returns:
            Whether there is a solution; the variables have its values then.

        Raises:
            InputError: if an option cannot be used. It is a ValueError.
        """
        self._assumptions = list(assumptions or [])
        extra = [self._translation.clause([literal]) for literal in self._assumptions]
        names = self._user_names()

        def improved(better: Improvement) -> None:
            self._show(names, better.values, display)

        begun = time.perf_counter()
        if display is not None:
            options["improved"] = improved
        self.result = result = self._solved(extra, time_limit, prove, options)
        self._set_status(_exit_status(result), begun)
        self._take(names, result.values if result.satisfied else None)
        self.objective_value_ = result.objective if result.satisfied else None
        return bool(self._solve_return(self.cpm_status))

    def solveAll(
        self,
        display: Any = None,
        time_limit: float | None = None,
        solution_limit: int | None = None,
        call_from_model: bool = False,
        *,
        prove: str | None = "beside",
        **options: Any,
    ) -> int:
        """Find all solutions, or as many as asked for; with an objective, all of the best.

        Arguments:
            display: as for ``solve``, for each solution.
            solution_limit: how many to find; None for all, which the prover has to confirm.
            call_from_model: CPMpy's own; the solver's state stays valid in any case.
            time_limit, prove, options: as for ``solve``.

        Returns:
            How many were found. The status is OPTIMAL if there are proved to be no others.
        """
        begun = time.perf_counter()
        self._assumptions = []
        names = self._user_names()
        places = sorted(names)
        variables = [self.native_model.named(names[place]) for place in places]
        extra: list[Constraint] = []
        found: dict[tuple[int, ...], dict[str, int]] = {}
        model = self.native_model
        if model.objective is not None:
            self.result = best = self._solved([], time_limit, prove, options)
            if not best.optimal:
                self._set_status(_exit_status(best), begun)
                self._take(names, best.values if best.satisfied else None)
                return int(best.satisfied)
            aim = model.objective
            assert best.objective is not None
            bound = best.objective - aim.constant
            extra = [Sum(aim.coefficients, aim.terms, "==", bound)]
            self.objective_value_ = best.objective
        while True:
            wanted = None if solution_limit is None else solution_limit - len(found)
            left = None if time_limit is None else time_limit - (time.perf_counter() - begun)
            if left is not None and left <= 0:
                complete = False
                break
            new = self._solved(
                extra, left, prove, {**options, "solutions": wanted}, objective=False
            )
            self.result = new
            before = len(found)
            for solution in new.solutions:
                key = tuple(solution[variable.name] for variable in variables)
                if key not in found and len(found) != solution_limit:
                    found[key] = solution
                    self._show(names, solution, display)
            complete = new.complete
            if complete or len(found) in (before, solution_limit) or not variables:
                break
            # Others may differ in variables that CPMpy made; these are not wanted again.
            extra = [*extra, Table(variables, list(found), allowed=False)]
        status = ExitStatus.UNSATISFIABLE if complete else ExitStatus.UNKNOWN
        if found:
            status = ExitStatus.OPTIMAL if complete else ExitStatus.FEASIBLE
        self._set_status(status, begun)
        self._take(names, next(reversed(found.values())) if found else None)
        return len(found)

    def get_core(self) -> list[_BoolVarImpl]:
        """Assumptions that cannot hold together: all of the last call, which need not be few.

        Raises:
            InputError: unless the last call had assumptions and proved that there is no solution.
        """
        proved = self.result is not None and self.result.status is Status.INFEASIBLE
        if not (proved and self._assumptions):
            expected = "a call of solve with assumptions that proved there is no solution"
            raise InputError("get_core", "nothing to explain", expected)
        return list(self._assumptions)

    def _solved(
        self,
        extra: Sequence[Constraint],
        time_limit: float | None,
        prove: str | None,
        options: dict[str, Any],
        objective: bool = True,
    ) -> ModelResult:
        model = copy.copy(self.native_model)
        model.constraints = [*model.constraints, *extra]
        if not objective:
            model.objective = None
        if self._hint:
            options = {"hint": self._hint, **options}
        return model.solve(time_limit=time_limit, prove=prove or "none", **options)

    def _user_names(self) -> dict[str, str]:
        """Names in the model of the variables that the user knows, by their names in CPMpy."""
        # Some may be in no constraint: they have values, too.
        return {each.name: self.solver_var(each).name for each in self._known()}

    def _known(self) -> list[_NumVarImpl]:
        return sorted(self.user_vars, key=lambda variable: str(variable.name))

    def _take(self, names: dict[str, str], values: dict[str, int] | None) -> None:
        """Give CPMpy's variables their values, or none."""
        for variable in self._known():
            if values is None:
                variable._value = None
            else:
                value = values[names[variable.name]]
                variable._value = bool(value) if isinstance(variable, _BoolVarImpl) else value

    def _show(self, names: dict[str, str], values: dict[str, int], display: Any) -> None:
        if display is not None:
            self._take(names, values)
            self.print_display(display)

    def _set_status(self, status: ExitStatus, begun: float) -> None:
        self.cpm_status = SolverStatus(self.name)
        self.cpm_status.exitstatus = status
        self.cpm_status.solve_time = time.perf_counter() - begun


def _exit_status(result: ModelResult) -> ExitStatus:
    if result.satisfied:
        return ExitStatus.OPTIMAL if result.optimal else ExitStatus.FEASIBLE
    if result.status is Status.INFEASIBLE:
        return ExitStatus.UNSATISFIABLE
    return ExitStatus.UNKNOWN


def _register() -> None:
    """Let CPMpy find the solver by its name, as the last of its list."""
    known = SolverLookup.base_solvers
    if NAME in dict(known()):
        return

    def base_solvers(cls: type[SolverLookup]) -> list[tuple[str, type[SolverInterface]]]:
        return [*known(), (NAME, CPM_odesolve)]

    SolverLookup.base_solvers = classmethod(base_solvers)


_register()
