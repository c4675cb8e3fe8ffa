"""``Model``: integer variables, constraints over them, and what is to be least or greatest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from odesolve.problems.errors import InputError, quote
from odesolve.problems.models.constraints.base import Constraint, Operand, Variable, integer
from odesolve.problems.models.values import TRUTH, Values

if TYPE_CHECKING:
    from odesolve.problems.models.result import ModelResult

#: Variables are 64-bit integers where they are computed with; sums may be larger.
VALUE_LIMIT = 2**62


@dataclass(frozen=True)
class Objective:
    """``constant + sum_i coefficients[i] terms[i]``, to be made least or greatest.

    Attributes:
        coefficients: integers.
        terms: as many variables.
        constant: an integer.
        maximize: whether the greatest is wanted.
    """

    coefficients: tuple[int, ...]
    terms: tuple[Variable, ...]
    constant: int = 0
    maximize: bool = False

    def value(self, values: Mapping[Variable, int]) -> int:
        """The objective for values of its variables."""
        products = (c * values[v] for c, v in zip(self.coefficients, self.terms, strict=True))
        return self.constant + sum(products)


class Model:
    """A problem over integers: variables, constraints, and at most one objective.

    Constraints are objects of ``odesolve.constraints``. There is no language of expressions
    here: CPMpy and MiniZinc have one, and both lead here.

    Example:
        >>> import odesolve as ode
        >>> model = ode.Model()
        >>> x, y = model.integer("x", 0, 9), model.integer("y", 0, 9)
        >>> model.add(ode.constraints.Sum([1, 1], [x, y], "==", 15))
        >>> model.add(ode.constraints.Product(x, y, 56))
        >>> result = model.solve(seed=0)
        >>> sorted(result.values.values())
        [7, 8]
    """

    def __init__(self) -> None:
        self.variables: list[Variable] = []
        self.constraints: list[Constraint] = []
        self.objective: Objective | None = None
        self._by_name: dict[str, Variable] = {}

    def integer(
        self, name: str, low: int | None = None, high: int | None = None, *, values: Any = None
    ) -> Variable:
        """A new variable from ``low`` to ``high``, or with the given ``values``.

        Arguments:
            values: a ``Values`` or integers in any order.

        Raises:
            InputError: if the name is taken, there is no value, or one is beyond 2^62.
        """
        if values is None:
            if low is None or high is None:
                raise InputError(f"variable {name}", "no values", "low and high, or values")
            own = Values.between(*(_integer(end, name) for end in (low, high)))
        else:
            own = values if isinstance(values, Values) else _values(values, name)
        if not isinstance(name, str):
            raise InputError("variable", f"a name of type {type(name).__name__}", "a text")
        if name in self._by_name:
            raise InputError(f"variable {quote(name)}", "its name is taken", "a new name")
        if not own:
            raise InputError(f"variable {name}", "it has no values", "at least one value")
        if max(-own.lowest, own.highest) > VALUE_LIMIT:
            raise InputError(f"variable {name}", "a value beyond 2^62", "smaller values")
        variable = Variable(len(self.variables), name, own)
        self.variables.append(variable)
        self._by_name[name] = variable
        return variable

    def boolean(self, name: str) -> Variable:
        """A new variable that is 0 or 1.

        Raises:
            InputError: if the name is taken.
        """
        return self.integer(name, values=TRUTH)

    def named(self, name: str) -> Variable:
        """The variable of this name. Raises KeyError if there is none."""
        return self._by_name[name]

    def add(self, constraints: Constraint | Iterable[Constraint]) -> None:
        """Add a constraint, or several.

        Raises:
            InputError: if it is none, or has a variable of another model.
        """
        given = [constraints] if isinstance(constraints, Constraint) else constraints
        for constraint in given if isinstance(given, Iterable) else [given]:
            if not isinstance(constraint, Constraint):
                kind = type(constraint).__name__
                raise InputError("constraint", f"a value of type {kind}", "an ode.constraints one")
            for variable in constraint.variables:
                self._check_own(variable)
            self.constraints.append(constraint)

    def minimize(self, terms: Iterable[tuple[int, Operand]], constant: int = 0) -> None:
        """Ask for the least ``constant + sum coefficient * variable``.

        Arguments:
            terms: pairs of a coefficient and a variable or integer.

        Raises:
            InputError: if a variable is of another model.
        """
        self._set_objective(terms, constant, maximize=False)

    def maximize(self, terms: Iterable[tuple[int, Operand]], constant: int = 0) -> None:
        """Ask for the greatest ``constant + sum coefficient * variable``; see ``minimize``."""
        self._set_objective(terms, constant, maximize=True)

    def solve(self, **options: Any) -> ModelResult:
        """Look for values that satisfy every constraint, and for the best objective.

        See ``odesolve.problems.models.solve.solve_model`` for the options.

        Raises:
            InputError: if an option cannot be used.
        """
        from odesolve.problems.models.solve import solve_model

        return solve_model(self, **options)

    def violated(self, values: Mapping[Variable, int]) -> list[Constraint]:
        """The constraints that values violate, by exact arithmetic of Python's integers."""
        broken = []
        for constraint in self.constraints:
            own = [values[o] if isinstance(o, Variable) else o for o in constraint.operands]
            if not constraint.holds(own):
                broken.append(constraint)
        return broken

    def _set_objective(
        self, terms: Iterable[tuple[int, Operand]], constant: int, maximize: bool
    ) -> None:
        total: dict[Variable, int] = {}
        constant = _integer(constant, "objective")
        expected = "pairs of a coefficient and a variable"
        if isinstance(terms, str | bytes) or not isinstance(terms, Iterable):
            raise InputError("objective", f"a value of type {type(terms).__name__}", expected)
        for pair in terms:
            if not isinstance(pair, tuple | list) or len(pair) != 2:
                raise InputError("objective", f"a term of type {type(pair).__name__}", expected)
            coefficient, term = pair
            factor = _integer(coefficient, "objective")
            if isinstance(term, Variable):
                self._check_own(term)
                total[term] = total.get(term, 0) + factor
            else:
                constant += factor * _integer(term, "objective")
        self.objective = Objective(tuple(total.values()), tuple(total), constant, maximize)

    def _check_own(self, variable: Variable) -> None:
        number = variable.number
        if number >= len(self.variables) or self.variables[number] is not variable:
            raise InputError(
                f"variable {variable.name}", "it is of another model", "a variable of this model"
            )


def _integer(given: Any, place: str) -> int:
    """An integer. Raises InputError if it is none."""
    try:
        return integer(given, place)
    except ValueError:
        raise InputError(place, quote(given), "an integer") from None


def _values(given: Any, name: str) -> Values:
    """A set of integers, in any order. Raises InputError if it is none."""
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise InputError(f"variable {name}", f"values of type {type(given).__name__}", "integers")
    if isinstance(given, range):
        return Values.of(given)
    return Values.of(_integer(value, f"variable {name}") for value in given)
