"""Small models are decided by trying all assignments of what presolve left open."""

from __future__ import annotations

from collections.abc import Iterator

from odesolve.budget import UNLIMITED, Budget
from odesolve.problems.models.constraints.base import Constraint, Variable
from odesolve.problems.models.model import Model
from odesolve.problems.models.rows.store import Store

__all__ = ["all_solutions", "is_small"]

#: Models of up to so many assignments are tried out.
ASSIGNMENTS = 20_000


def is_small(model: Model, store: Store) -> bool:
    """Whether the values left to the model's variables have few combinations."""
    count = 1
    for variable in model.variables:
        count *= store.size(variable.number)
        if count > ASSIGNMENTS:
            return False
    return True


def all_solutions(
    model: Model, store: Store, budget: Budget = UNLIMITED
) -> Iterator[dict[Variable, int]]:
    """Every assignment of values left in the store that satisfies all constraints.

    Each constraint is asked as soon as all of its variables have a value.

    Raises:
        OutOfTime: if the time is up.
    """
    order = sorted(model.variables, key=lambda v: (store.size(v.number), v.number))
    depth = {variable: place for place, variable in enumerate(order)}
    asked: list[list[Constraint]] = [[] for _ in order]
    for constraint in model.constraints:
        own = constraint.variables
        if own:
            asked[max(depth[variable] for variable in own)].append(constraint)
        elif not _holds(constraint, {}):
            return
    values = [store.values(variable.number) for variable in order]
    found: dict[Variable, int] = {}
    if not order:
        yield {}
        return
    choices = [iter(values[0])]
    while choices:
        place = len(choices) - 1
        value = next(choices[-1], None)
        if value is None:
            choices.pop()
            continue
        found[order[place]] = value
        if not all(_holds(constraint, found) for constraint in asked[place]):
            continue
        if place + 1 < len(order):
            choices.append(iter(values[place + 1]))
            continue
        budget.check()
        yield {variable: found[variable] for variable in model.variables}


def _holds(constraint: Constraint, values: dict[Variable, int]) -> bool:
    return constraint.holds(
        [values[o] if isinstance(o, Variable) else o for o in constraint.operands]
    )
