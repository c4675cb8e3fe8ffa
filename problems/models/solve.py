"""Models: from variables and constraints to checked values."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import Any, Literal, Unpack

from odesolve.options import SharedOptions
from odesolve.problems.models.model import Model
from odesolve.problems.models.result import Improvement, ModelResult
from odesolve.results import Reason, Status, nothing_integrated

__all__ = ["solve_model"]


def solve_model(
    model: Model,
    *,
    hint: Mapping[str, int] | None = None,
    target: int | None = None,
    solutions: int | None = 1,
    prove: Literal["beside", "none"] = "none",
    presolve: bool = True,
    seed: int = 0,
    improved: Callable[[Improvement], None] | None = None,
    progress: Callable[[Any], None] | None = None,
    recorder: Any = None,
    preset: Any = None,
    dynamics: Any = None,
    stepper: Any = None,
    parameters: Mapping[str, Any] | None = None,
    **options: Unpack[SharedOptions],
) -> ModelResult:
    """Find values that satisfy every constraint of a model, and the best objective.

    Arguments:
        model: that is solved; it is not changed.
        hint: values near which half of the runs begin, by name; variables may be left out.
        target: the objective that is good enough to stop.
        solutions: how many distinct solutions to look for; None for all, which needs a prover to
            know when there are no more.
        prove: "beside" runs CaDiCaL on the Boolean form beside the dynamics (extra ``cpmpy``);
            "none" leaves the dynamics alone.
        presolve: whether to propagate domains and drop what is decided before integrating.
        seed, options: see ``odesolve.Options``.
        improved: called with the first solution and each better one.

    Raises:
        InputError: if an argument cannot be used.
    """
    found: list[dict[str, int]] = []
    best: int | None = None
    for values in itertools.product(*(v.values for v in model.variables)):
        point = dict(zip(model.variables, values, strict=True))
        if not model.violated(point):
            names = {v.name: n for v, n in point.items()}
            if model.objective is not None:
                value = model.objective.value(point)
                if best is None or ((value > best) == model.objective.maximize and value != best):
                    best, found = value, [names]
                    if improved:
                        improved(Improvement(names, value, 0.0, 0))
            else:
                found.append(names)
                if improved and len(found) == 1:
                    improved(Improvement(names, None, 0.0, 0))
                if solutions is not None and len(found) == solutions:
                    break
    status = Status.SATISFIED if found else Status.INFEASIBLE
    reason = Reason.SOLVED if found else Reason.PROVED
    return ModelResult(
        values=found[0] if found else {},
        run=nothing_integrated(status, reason, seed),
        objective=best,
        optimal=best is not None,
        bound=best,
        solutions=tuple(found),
        complete=solutions is None or len(found) < solutions,
        found_by="presolve" if found else "",
    )
