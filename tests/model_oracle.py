"""All solutions of a small model, by trying: an oracle that shares nothing with the engine."""

from __future__ import annotations

from collections.abc import Iterator

from odesolve.problems.models.constraints import Constraint, Variable
from odesolve.problems.models.model import Model


def all_solutions(model: Model) -> Iterator[dict[str, int]]:
    """Every solution by name; each constraint is tested as soon as its variables have values."""
    order: dict[Variable, None] = {}
    waiting = list(model.constraints)
    due: dict[int, list[Constraint]] = {}
    while waiting:
        waiting.sort(key=lambda c: sum(v not in order for v in c.variables))
        constraint = waiting.pop(0)
        order.update(dict.fromkeys(constraint.variables))
        due.setdefault(len(order), []).append(constraint)
    order.update(dict.fromkeys(model.variables))
    variables = list(order)
    point: dict[Variable, int] = {}

    def holds(constraint: Constraint) -> bool:
        own = [point[o] if isinstance(o, Variable) else o for o in constraint.operands]
        return constraint.holds(own)

    def extend(depth: int) -> Iterator[dict[str, int]]:
        if not all(holds(constraint) for constraint in due.get(depth, ())):
            return
        if depth == len(variables):
            yield {variable.name: value for variable, value in point.items()}
            return
        for value in variables[depth].values:
            point[variables[depth]] = value
            yield from extend(depth + 1)

    return extend(0)
