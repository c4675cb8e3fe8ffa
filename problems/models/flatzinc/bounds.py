"""Bounds of integers that were declared without any, from the constraints that they are in.

MiniZinc writes ``var int: x`` where it did not look for bounds. Nothing is assumed: a bound follows
from constraints or there is none, and then the file is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from odesolve.problems.errors import InputError
from odesolve.problems.models.constraints import (
    AbsoluteValue,
    AllEqual,
    Cardinality,
    Circuit,
    Constraint,
    Element,
    Inverse,
    Maximum,
    Minimum,
    Power,
    Product,
    Quotient,
    Regular,
    Remainder,
    Sum,
    Table,
)
from odesolve.problems.models.constraints.base import Operand, Variable
from odesolve.problems.models.flatzinc.builder import FlatZinc
from odesolve.problems.models.flatzinc.terms import Output, SetVariable, Term, values_of
from odesolve.problems.models.model import VALUE_LIMIT, Model
from odesolve.problems.models.values import Values

#: Rounds over the constraints; sums whose bounds creep towards each other could go on for ever.
_ROUNDS = 40

Bounds: TypeAlias = tuple[float, float]
_FREE: Bounds = (-math.inf, math.inf)


def bounded(
    model: Model, outputs: tuple[Output, ...], unbounded: dict[int, Callable[[], str]]
) -> FlatZinc:
    """The same model, with bounds for the variables that had none.

    Arguments:
        unbounded: number of such a variable -> its place in the file.

    Raises:
        InputError: at the first variable that the constraints leave without bounds.
    """
    found: dict[int, Bounds] = dict.fromkeys(unbounded, _FREE)
    relevant = [
        constraint
        for constraint in model.constraints
        if any(isinstance(o, Variable) and o.number in found for o in constraint.operands)
    ]
    for _ in range(_ROUNDS):
        before = dict(found)
        for constraint in relevant:
            for operand, (low, high) in _implied(constraint, found):
                if isinstance(operand, Variable) and operand.number in found:
                    own = found[operand.number]
                    found[operand.number] = (max(own[0], low), min(own[1], high))
        if found == before:
            break
    for number, (low, high) in found.items():
        if max(-low, high) > VALUE_LIMIT:
            name = model.variables[number].name
            raise InputError(
                unbounded[number](), f"no bounds of {name} follow", "a domain, as in var 0..100"
            )
    return _rebuilt(model, outputs, found)


def _rebuilt(model: Model, outputs: tuple[Output, ...], found: dict[int, Bounds]) -> FlatZinc:
    new = Model()
    for variable in model.variables:
        values = variable.values
        if variable.number in found:
            low, high = (int(bound) for bound in found[variable.number])
            # Where bounds exclude each other, the constraints will be seen to do so.
            values = Values.between(min(low, high), max(low, high))
        new.integer(variable.name, values=values)

    def moved(operand: Operand) -> Operand:
        return new.variables[operand.number] if isinstance(operand, Variable) else operand

    def moved_term(term: Term) -> Term:
        if isinstance(term, SetVariable):
            members = {v: moved(member) for v, member in term.members.items()}
            return SetVariable(term.name, members)
        return term if isinstance(term, Values) else moved(term)

    for constraint in model.constraints:
        new.constraints.append(constraint.with_operands([moved(o) for o in constraint.operands]))
    if (goal := model.objective) is not None:
        pairs = [
            (c, new.variables[v.number]) for c, v in zip(goal.coefficients, goal.terms, strict=True)
        ]
        (new.maximize if goal.maximize else new.minimize)(pairs, goal.constant)
    return FlatZinc(
        new,
        tuple(
            Output(o.name, o.kind, tuple(moved_term(term) for term in o.terms), o.indices)
            for o in outputs
        ),
    )


def _implied(constraint: Constraint, found: dict[int, Bounds]) -> Iterable[tuple[Operand, Bounds]]:
    """Operands, and bounds that a constraint implies for them."""

    def of(operand: Operand) -> Bounds:
        if isinstance(operand, Variable) and operand.number in found:
            return found[operand.number]
        values = values_of(operand)
        return values.lowest, values.highest

    if isinstance(constraint, Sum):
        yield from _sum(constraint, [of(term) for term in constraint.terms], found)
    elif isinstance(constraint, Product):
        yield constraint.result, _product(of(constraint.left), of(constraint.right))
    elif isinstance(constraint, Quotient | Remainder):
        largest = max(abs(bound) for bound in of(constraint.left))
        if isinstance(constraint, Remainder):
            largest = min(largest, max(abs(bound) for bound in of(constraint.right)) - 1)
        yield constraint.result, (-largest, largest)
    elif isinstance(constraint, Power):
        yield from _power(constraint, of(constraint.base), of(constraint.exponent))
    elif isinstance(constraint, AbsoluteValue):
        largest = max(abs(bound) for bound in of(constraint.argument))
        yield constraint.result, (0, largest)
        yield constraint.argument, (-of(constraint.result)[1], of(constraint.result)[1])
    elif isinstance(constraint, Minimum | Maximum):
        pick = min if isinstance(constraint, Minimum) else max
        own = [of(term) for term in constraint.terms]
        yield constraint.result, (pick(b[0] for b in own), pick(b[1] for b in own))
        low, high = of(constraint.result)
        side = (low, math.inf) if isinstance(constraint, Minimum) else (-math.inf, high)
        yield from ((term, side) for term in constraint.terms)
    elif isinstance(constraint, Element):
        yield constraint.index, _range(constraint.first, len(constraint.array))
        own = [of(term) for term in constraint.array]
        if own:
            yield constraint.result, (min(b[0] for b in own), max(b[1] for b in own))
    elif isinstance(constraint, AllEqual):
        own = [of(term) for term in constraint.terms]
        shared = (max(b[0] for b in own), min(b[1] for b in own))
        yield from ((term, shared) for term in constraint.terms)
    else:
        yield from _listed(constraint)


def _listed(constraint: Constraint) -> Iterable[tuple[Operand, Bounds]]:
    """Bounds that do not depend on those of other variables."""
    if isinstance(constraint, Table) and constraint.allowed and constraint.tuples:
        for term, column in zip(
            constraint.terms, zip(*constraint.tuples, strict=True), strict=True
        ):
            known = [value for value in column if value is not None]
            if len(known) == len(column):
                yield term, (min(known), max(known))
    elif isinstance(constraint, Cardinality):
        yield from ((count, (0, len(constraint.terms))) for count in constraint.counts)
        if constraint.closed and constraint.values:
            span = (min(constraint.values), max(constraint.values))
            yield from ((term, span) for term in constraint.terms)
    elif isinstance(constraint, Regular) and constraint.transitions:
        symbols = [symbol for _, symbol in constraint.transitions]
        yield from ((term, (min(symbols), max(symbols))) for term in constraint.terms)
    elif isinstance(constraint, Circuit):
        nodes = _range(constraint.first, len(constraint.successors))
        yield from ((term, nodes) for term in constraint.successors)
    elif isinstance(constraint, Inverse):
        places = _range(constraint.first, len(constraint.forward))
        yield from ((term, places) for term in constraint.operands)


def _range(first: int, size: int) -> Bounds:
    return first, first + size - 1


def _sum(
    constraint: Sum, own: Sequence[Bounds], found: dict[int, Bounds]
) -> Iterable[tuple[Operand, Bounds]]:
    if constraint.comparison == "!=":
        return
    products = [
        _product((c, c), bounds) for c, bounds in zip(constraint.coefficients, own, strict=True)
    ]
    for place, (c, term) in enumerate(zip(constraint.coefficients, constraint.terms, strict=True)):
        if c == 0 or not isinstance(term, Variable) or term.number not in found:
            continue
        # c * term <= bound - the least of the others, and for "==" likewise from below.
        others = products[:place] + products[place + 1 :]
        high: float = constraint.bound - sum(low for low, _ in others)
        low: float = constraint.bound - sum(high for _, high in others)
        if constraint.comparison == "<=":
            low = -math.inf
        low, high = (low, high) if c > 0 else (-high, -low)
        yield term, (_divided(low, abs(c), up=True), _divided(high, abs(c), up=False))


def _divided(bound: float, divisor: int, *, up: bool) -> float:
    if isinstance(bound, float):  # infinite
        return bound
    return -(-bound // divisor) if up else bound // divisor


def _product(left: Bounds, right: Bounds) -> Bounds:
    corners = [0 if 0 in (a, b) else a * b for a in left for b in right]
    return min(corners), max(corners)


def _power(constraint: Power, base: Bounds, exponent: Bounds) -> Iterable[tuple[Operand, Bounds]]:
    largest = max(abs(bound) for bound in base)
    if not math.isinf(largest) and not math.isinf(exponent[1]) and exponent[1] <= 64:
        reach = max(largest, 1) ** max(int(exponent[1]), 1)
        yield constraint.result, (-reach, reach)
