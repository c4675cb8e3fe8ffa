"""A whole model as rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from odesolve.budget import UNLIMITED, Budget
from odesolve.problems.models import constraints as kinds
from odesolve.problems.models.constraints.base import Constraint
from odesolve.problems.models.lowering import arithmetic, counting, logic, sequences
from odesolve.problems.models.lowering.builder import Builder, Guards, Unsupported
from odesolve.problems.models.model import Model
from odesolve.problems.models.presolve import Contradiction
from odesolve.problems.models.rows.kinds import Row
from odesolve.problems.models.rows.store import Empty, Store

__all__ = ["Lowered", "Unsupported", "lower_model"]

Lowering = Callable[[Builder, Any, Guards], None]

_LOWERINGS: dict[type[Constraint], Lowering] = {
    kinds.AbsoluteValue: arithmetic.lower_absolute_value,
    kinds.AllDifferent: counting.lower_all_different,
    kinds.AllEqual: counting.lower_all_equal,
    kinds.Cardinality: counting.lower_cardinality,
    kinds.Circuit: sequences.lower_circuit,
    kinds.Clause: logic.lower_clause,
    kinds.Cumulative: counting.lower_cumulative,
    kinds.Element: sequences.lower_element,
    kinds.Inverse: sequences.lower_inverse,
    kinds.Lexicographic: sequences.lower_lexicographic,
    kinds.Maximum: arithmetic.lower_maximum,
    kinds.Minimum: arithmetic.lower_minimum,
    kinds.Parity: logic.lower_parity,
    kinds.Power: arithmetic.lower_power,
    kinds.Product: arithmetic.lower_product,
    kinds.Quotient: arithmetic.lower_quotient,
    kinds.Regular: sequences.lower_regular,
    kinds.Remainder: arithmetic.lower_remainder,
    kinds.Sum: arithmetic.lower_sum,
    kinds.Table: sequences.lower_table,
}

_REFUTATIONS: dict[type[Constraint], Lowering] = {
    kinds.AllDifferent: counting.refute_all_different,
    kinds.AllEqual: counting.refute_all_equal,
    kinds.Cardinality: counting.refute_cardinality,
    kinds.Clause: logic.refute_clause,
    kinds.Element: sequences.refute_element,
    kinds.Lexicographic: sequences.refute_lexicographic,
    kinds.Parity: logic.refute_parity,
    kinds.Regular: sequences.refute_regular,
    kinds.Table: sequences.refute_table,
}

#: Constraints that give their last operand a value, whatever the others are.
_TOTAL = (kinds.AbsoluteValue, kinds.Maximum, kinds.Minimum, kinds.Product)

_OPPOSITE: dict[str, Literal["==", "!="]] = {"==": "!=", "!=": "=="}


@dataclass
class Lowered:
    """A model as rows.

    Attributes:
        store: the domains: the model's variables by their numbers, then auxiliary ones.
        rows: what stands between them.
    """

    store: Store
    rows: list[Row]


def lower_model(model: Model, budget: Budget = UNLIMITED) -> Lowered:
    """A model's variables and constraints as rows.

    Raises:
        Unsupported: if a constraint is too large for that, saying which.
        OutOfTime: if the time is up.
        Contradiction: if a constraint leaves a variable no value.
    """
    builder = Builder()
    for variable in model.variables:
        builder.store.new(variable.values)
    for number, constraint in enumerate(model.constraints):
        if number % 256 == 0:
            budget.check()
        builder.origin = number
        try:
            lower(builder, constraint, ())
        except Unsupported as error:
            raise Unsupported(f"{described(constraint)}: {error}") from None
        except Empty:
            raise Contradiction(number) from None
    return Lowered(builder.store, builder.rows)


def lower(builder: Builder, constraint: Constraint, guards: Guards) -> None:
    """Rows of a constraint that holds behind guards."""
    if isinstance(constraint, kinds.Implied):
        truth = builder.number(constraint.truth)
        lower(builder, constraint.constraint, (*guards, (truth, constraint.when)))
    elif isinstance(constraint, kinds.Reified):
        truth = builder.number(constraint.truth)
        lower(builder, constraint.constraint, (*guards, (truth, constraint.when)))
        refute(builder, constraint.constraint, (*guards, (truth, 1 - constraint.when)))
    else:
        _LOWERINGS[type(constraint)](builder, constraint, guards)


def refute(builder: Builder, constraint: Constraint, guards: Guards) -> None:
    """Rows of a constraint that does not hold behind guards.

    Raises:
        Unsupported: if it is neither of a kind whose negation is known nor small.
    """
    if isinstance(constraint, kinds.Reified):
        opposite = 1 - constraint.when
        lower(builder, kinds.Reified(constraint.truth, constraint.constraint, opposite), guards)
    elif isinstance(constraint, kinds.Implied):
        builder.within(builder.number(constraint.truth), [constraint.when], guards)
        refute(builder, constraint.constraint, guards)
    elif isinstance(constraint, kinds.Sum):
        terms = list(zip(constraint.coefficients, builder.numbers(constraint.terms), strict=True))
        if constraint.comparison == "<=":
            builder.total(terms, ">=", constraint.bound + 1, guards)
        else:
            builder.total(terms, _OPPOSITE[constraint.comparison], constraint.bound, guards)
    elif type(constraint) in _REFUTATIONS:
        _REFUTATIONS[type(constraint)](builder, constraint, guards)
    else:
        try:
            builder.relation(constraint, guards, holds=False)
        except Unsupported:
            if not isinstance(constraint, _TOTAL):
                raise
            _other_result(builder, constraint, guards)


def _other_result(builder: Builder, constraint: Constraint, guards: Guards) -> None:
    """The constraint holds for an auxiliary result, from which the given one differs."""
    terms = builder.numbers(constraint.operands)
    ends = [end for v in terms for end in (abs(builder.store.low(v)), abs(builder.store.high(v)))]
    most = max(ends) ** 2 if isinstance(constraint, kinds.Product) else max(ends)
    result = builder.between(-most, most)
    stand_in = kinds.Variable(result, "", kinds_values(builder, result))
    lower(builder, constraint.with_operands([*constraint.operands[:-1], stand_in]), ())
    builder.total([(1, result), (-1, terms[-1])], "!=", 0, guards)


def kinds_values(builder: Builder, variable: int) -> Any:
    """The values of an auxiliary variable, for one that stands in a constraint."""
    from odesolve.problems.models.values import Values

    return Values.between(builder.store.low(variable), builder.store.high(variable))


def described(constraint: Constraint) -> str:
    """A constraint in a few words: its kind and its first variables."""
    names = [variable.name for variable in constraint.variables]
    shown = ", ".join(names[:4]) + (", ..." if len(names) > 4 else "")
    return f"{type(constraint).__name__}({shown})"
