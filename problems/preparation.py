"""From a front end into the engine: choose, compile, check and integrate, while time is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Unpack

from odesolve.budget import OutOfTime
from odesolve.interrupts import listening
from odesolve.options import AllOptions, Options
from odesolve.presets.method import Method, MethodOptions
from odesolve.problems.arguments import checked_mapping
from odesolve.problems.errors import PROBLEM, unusable
from odesolve.results import Reason, Result, Status, nothing_integrated
from odesolve.watching import GivenUp, watched

if TYPE_CHECKING:
    from odesolve.potentials import System
    from odesolve.presets.choice import Choice
    from odesolve.presets.solve import Prepared
    from odesolve.solving import Progress
    from odesolve.trajectory import Recorder

__all__ = ["checked_method", "checked_options", "not_prepared", "prepared", "solve_with"]


def checked_method(
    problem: str, features: Mapping[str, Any], **chosen: Unpack[MethodOptions]
) -> Method:
    """What the caller chose, refused before presolve, which may leave nothing to use it on.

    Arguments:
        problem: the kind of problem, as in the presets.
        features: those that are known before presolve; by the others, any preset may come to be
            chosen, and what none of these can use is refused.
        chosen: the fields of ``Method``.

    Raises:
        InputError: if it cannot be used.
    """
    parameters = checked_mapping("parameters", chosen.get("parameters"), "names and numbers")
    fields: dict[str, Any] = {**chosen, "parameters": parameters}
    method = Method(**fields)
    try:
        if method.is_chosen:  # else JAX is not loaded
            method.check(problem, features)
    except (TypeError, ValueError) as error:
        raise unusable(error) from None
    return method


def checked_options(given: Mapping[str, Any]) -> Options:
    """Options by name.

    Raises:
        InputError: if one cannot be used.
    """
    try:
        return Options.of(given)
    except (TypeError, ValueError) as error:
        raise unusable(error) from None


def prepared(
    choose: Callable[[], Choice],
    build: Callable[[Choice], System],
    given: Mapping[str, Any],
    *,
    stop: Callable[[], bool] | None = None,
    **usual: Unpack[AllOptions],
) -> Prepared:
    """Choose, compile and check beside a watcher, so that the time limit and Ctrl-C end it.

    Arguments:
        choose: gives what the problem is solved with, as ``Method.choose``. JAX, which takes half
            a second to load, is loaded here and not before.
        build: compiles the system for that.
        given: the options that the caller chose; the time limit is a ``Budget`` that has begun.
        stop: asked now and then whether to give up.
        usual: options for which neither the caller nor the preset has a value.

    Raises:
        InputError: if the problem, what was chosen for it, or an option cannot be used.
        OutOfTime: if the time is up.
        GivenUp: if the user or the caller asks to stop.
    """

    def compiled() -> Prepared:
        from odesolve.presets.solve import Prepared

        choice = choose()
        choice.with_options(given, **usual)  # a wrong option is told before a long compilation
        try:
            system = build(choice)
        except ValueError as error:
            raise unusable(error, PROBLEM) from None
        return Prepared.of(choice, system, given, **usual)

    with listening() as interruption:

        def is_given_up() -> bool:
            return interruption.requested or (stop is not None and stop())

        if interruption.requested:
            raise GivenUp
        try:
            ready = watched(compiled, Options.of(given).budget(), is_given_up)
        except (TypeError, ValueError) as error:
            raise unusable(error) from None
        if interruption.requested:
            raise GivenUp
    return ready


def not_prepared(error: OutOfTime | GivenUp, seed: int, *, stopped: bool = False) -> Result:
    """The result where there was nothing to integrate in the end.

    Arguments:
        stopped: whether it was the caller, and not the user, who asked to give up.
    """
    given_up = Reason.STOPPED if stopped else Reason.INTERRUPTED
    reason = Reason.TIME if isinstance(error, OutOfTime) else given_up
    return nothing_integrated(Status.UNKNOWN, reason, seed)


def solve_with(
    choose: Callable[[], Choice],
    build: Callable[[Choice], System],
    given: Mapping[str, Any],
    *,
    progress: Callable[[Progress], None] | None = None,
    recorder: Recorder | None = None,
    **usual: Unpack[AllOptions],
) -> Result:
    """Solve a problem from its clauses: ``prepared`` and ``Prepared.solve`` in one.

    Without time for it, or after Ctrl-C, the result has no runs and an empty assignment.

    Arguments:
        choose, build, given, usual: see ``prepared``.
        progress, recorder: see ``odesolve.solve``.

    Raises:
        InputError: if the problem, what was chosen for it, or an option cannot be used.
    """
    try:
        ready = prepared(choose, build, given, **usual)
    except (OutOfTime, GivenUp) as error:
        return not_prepared(error, Options.of(given).seed)
    return ready.solve(progress=progress, recorder=recorder)
