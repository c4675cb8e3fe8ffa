"""Whether a ``Model`` has a solution that extends given values: by the exact test of constraints.

Variables that a translation made are mostly defined by others, so that little is tried.
"""

from __future__ import annotations

from odesolve.problems.models.constraints import Variable


def extends(model, values):
    """Whether values of some variables can be extended to a solution of the model."""
    return _extends(list(model.constraints), dict(values))


def _extends(constraints, values):
    while True:
        narrowest = None
        left = []
        for place, constraint in enumerate(constraints):
            unknown = [v for v in constraint.variables if v not in values]
            if not unknown:
                if not constraint.holds(_of(constraint, values)):
                    return False
                continue
            left.append(constraint)
            if len(unknown) == 1:
                (variable,) = unknown
                kept = [
                    value
                    for value in variable.values
                    if constraint.holds(_of(constraint, {**values, variable: value}))
                ]
                if not kept:
                    return False
                if narrowest is None or len(kept) < len(narrowest[1]):
                    narrowest = variable, kept
                if len(kept) == 1:
                    left += constraints[place + 1 :]
                    break
        constraints = left
        if not constraints:
            return True
        if narrowest is None:
            variable = next(v for v in constraints[0].variables if v not in values)
            narrowest = variable, list(variable.values)
        variable, kept = narrowest
        if len(kept) > 1:
            return any(_extends(constraints, {**values, variable: value}) for value in kept)
        values[variable] = kept[0]


def _of(constraint, values):
    return [values[o] if isinstance(o, Variable) else o for o in constraint.operands]
