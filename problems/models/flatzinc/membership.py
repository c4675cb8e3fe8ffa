"""Whether an integer is in a set, as constraints on the integer."""

from __future__ import annotations

from odesolve.problems.models.constraints import Clause, Constraint, Reified, Sum, Table
from odesolve.problems.models.constraints.base import Operand
from odesolve.problems.models.flatzinc.builder import Builder
from odesolve.problems.models.flatzinc.terms import difference, values_of
from odesolve.problems.models.values import Values

#: Up to so many values a table is written out; more are ranges, each with truth values.
_TABLE_LIMIT = 10_000

TRUE = Clause((1,))
FALSE = Clause(())


def member(builder: Builder, x: Operand, allowed: Values) -> Constraint:
    """One constraint that holds exactly where an operand is in a known set.

    Truth values that it needs are defined in the builder.
    """
    own = values_of(x)
    inside, outside = own.common(allowed), difference(own, allowed)
    if not outside:
        return TRUE
    if not inside:
        return FALSE
    if inside.highest < outside.lowest:
        return Sum((1,), (x,), "<=", inside.highest)
    if inside.lowest > outside.highest:
        return Sum((-1,), (x,), "<=", -inside.lowest)
    if inside.size == 1:
        return Sum((1,), (x,), "==", inside.lowest)
    if outside.size == 1:
        return Sum((1,), (x,), "!=", outside.lowest)
    if min(inside.size, outside.size) <= _TABLE_LIMIT:
        if inside.size <= outside.size:
            return Table((x,), [(value,) for value in inside])
        return Table((x,), [(value,) for value in outside], allowed=False)
    # A truth value for "in this range or below it" and one for "below this range", each range.
    found = []
    for low, high in inside.ranges:
        up_to, below, within = builder.fresh(), builder.fresh(), builder.fresh()
        builder.add(
            [
                Reified(up_to, Sum((1,), (x,), "<=", high)),
                Reified(below, Sum((1,), (x,), "<=", low - 1)),
                Reified(within, Clause((below,), (up_to,)), 0),
            ]
        )
        found.append(within)
    return Clause(tuple(found))
