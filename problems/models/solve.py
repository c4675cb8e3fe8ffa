"""Models: from variables and constraints to checked values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Unpack

from odesolve.options import SharedOptions, begun_now
from odesolve.problems.arguments import (
    checked_flag,
    checked_function,
    checked_mapping,
    checked_recorder,
    checked_word,
)
from odesolve.problems.errors import InputError, quote
from odesolve.problems.models.constraints.base import Variable, integer
from odesolve.problems.models.model import Model
from odesolve.problems.models.result import Improvement, ModelResult
from odesolve.problems.models.search import ModelSettings, searched
from odesolve.problems.preparation import checked_method, checked_options

if TYPE_CHECKING:
    from odesolve.dynamics.base import Dynamics
    from odesolve.presets.preset import Preset
    from odesolve.solving import Progress
    from odesolve.steppers.base import Stepper
    from odesolve.trajectory import Recorder

__all__ = ["solve_model"]

PROVERS = ("none", "beside")


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
    progress: Callable[[Progress], None] | None = None,
    recorder: Recorder | None = None,
    preset: str | Preset | None = None,
    dynamics: str | Dynamics | None = None,
    stepper: str | Stepper | None = None,
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
        presolve: whether to take values away that are in no solution before integrating.
        seed, options: see ``odesolve.Options``.
        improved: called with the first solution and each better one.
        progress, recorder: see ``odesolve.solve``.
        preset, dynamics, stepper, parameters: see ``odesolve.color``.

    Raises:
        InputError: if an argument cannot be used, or a constraint is too large for the shares.

    Example:
        >>> import odesolve as ode
        >>> model = ode.Model()
        >>> x, y = model.integer("x", 0, 9), model.integer("y", 0, 9)
        >>> model.add(ode.constraints.Sum([1, 1], [x, y], "==", 17))
        >>> model.maximize([(1, x)])
        >>> result = model.solve(seed=0, target=9)
        >>> result.values, result.objective
        ({'x': 9, 'y': 8}, 9)
    """
    given = begun_now({"seed": seed, **options})  # the time limit begins here
    if not isinstance(model, Model):
        raise InputError("model", f"a value of type {type(model).__name__}", "a Model")
    distributed = checked_options(given).distributed
    if distributed and prove != "none":
        raise InputError("prove", "several processes share the runs", "no prover beside them")
    if target is not None and model.objective is None:
        raise InputError("target", "the model has no objective", "minimize or maximize before")
    settings = ModelSettings(
        method=checked_method(
            "model", {}, preset=preset, dynamics=dynamics, stepper=stepper, parameters=parameters
        ),
        hint=_hinted(model, hint),
        target=None if target is None else _integer("target", target),
        solutions=None if solutions is None else _positive("solutions", solutions),
        prove=checked_word("prove", prove, PROVERS) == "beside",
        presolve=checked_flag("presolve", presolve),
        improved=checked_function("improved", improved),
        progress=checked_function("progress", progress),
        recorder=checked_recorder(recorder),
        options=given,
    )
    return searched(model, settings)


def _hinted(model: Model, hint: Any) -> dict[Variable, int]:
    """The hint by variable."""
    hinted = {}
    for name, value in checked_mapping("hint", hint, "names and integers").items():
        try:
            variable = model.named(str(name))
        except KeyError:
            raise InputError("hint", f"no variable {quote(name)}", "names of variables") from None
        hinted[variable] = _integer("hint", value)
    return hinted


def _integer(place: str, value: Any) -> int:
    try:
        if isinstance(value, bool):
            raise ValueError
        return integer(value, place)
    except ValueError:
        raise InputError(place, quote(value), "an integer") from None


def _positive(place: str, value: Any) -> int:
    number = _integer(place, value)
    if number < 1:
        raise InputError(place, quote(value), "an integer of at least 1")
    return number
