"""The dynamics and steppers that can be asked for by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from odesolve.dynamics.article import Article
from odesolve.dynamics.base import Configurable, Dynamics
from odesolve.dynamics.ctds import ContinuousTime
from odesolve.dynamics.descent import Descent
from odesolve.dynamics.ising.adiabatic import AdiabaticBifurcation
from odesolve.dynamics.ising.amplitude_control import AmplitudeControl
from odesolve.dynamics.ising.annealed_langevin import AnnealedLangevin
from odesolve.dynamics.ising.ballistic import BallisticBifurcation
from odesolve.dynamics.ising.base import IsingDynamics
from odesolve.dynamics.ising.discrete import DiscreteBifurcation
from odesolve.dynamics.ising.feedback_control import FeedbackControl
from odesolve.dynamics.ising.generalised import GeneralisedBifurcation
from odesolve.dynamics.ising.memories import Memories
from odesolve.dynamics.ising.oscillators import Oscillators
from odesolve.dynamics.memcomputing import Memcomputing, Rectified
from odesolve.dynamics.multipliers import Multipliers
from odesolve.dynamics.survey_flow import SurveyFlow
from odesolve.steppers.anneal import Anneal
from odesolve.steppers.base import Stepper
from odesolve.steppers.euler import AdaptiveEuler, Euler
from odesolve.steppers.heavy_ball import HeavyBall
from odesolve.steppers.heun import Heun
from odesolve.steppers.langevin import Langevin

#: Every dynamics by name; a new one is added here and to the tests' table.
DYNAMICS: dict[str, type[Dynamics]] = {
    cls.name: cls
    for cls in (Descent, Article, Memcomputing, Rectified, ContinuousTime, Multipliers, SurveyFlow)
}
STEPPERS: dict[str, type[Stepper]] = {
    cls.name: cls for cls in (Euler, AdaptiveEuler, HeavyBall, Heun, Langevin)
}

#: The dynamics of Ising machines, and how they are integrated.
ISING_DYNAMICS: dict[str, type[IsingDynamics]] = {
    cls.name: cls
    for cls in (
        AdiabaticBifurcation,
        BallisticBifurcation,
        DiscreteBifurcation,
        GeneralisedBifurcation,
        AmplitudeControl,
        FeedbackControl,
        Oscillators,
        AnnealedLangevin,
        Memories,
    )
}
ISING_STEPPERS: dict[str, type[Anneal]] = {Anneal.name: Anneal}

#: The kind of problem, as presets call it, that has dynamics of its own.
ISING = "ising"

#: Dynamics or steppers by name.
Table = Mapping[str, type[Any]]


def tables(problems: Iterable[str]) -> tuple[Table, Table]:
    """The dynamics and the steppers that there are for kinds of problems."""
    return (ISING_DYNAMICS, ISING_STEPPERS) if ISING in problems else (DYNAMICS, STEPPERS)


def base_kinds(problem: str) -> tuple[type[Configurable], type[Configurable], str, str]:
    """What a dynamics and a stepper of a kind of problem are, and an example of each by name."""
    if problem == ISING:
        return IsingDynamics, Anneal, DiscreteBifurcation.__name__, Anneal.__name__
    return Dynamics, Stepper, Memcomputing.__name__, AdaptiveEuler.__name__


def usual_stepper(dynamics: Configurable) -> Any:
    """The stepper that a dynamics takes where neither a preset nor the user names one."""
    if isinstance(dynamics, IsingDynamics):
        return Anneal()
    assert isinstance(dynamics, Dynamics)
    return STEPPERS[dynamics.usual_stepper]()
