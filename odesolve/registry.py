"""The dynamics and steppers that can be asked for by name."""

from __future__ import annotations

from odesolve.dynamics.article import Article
from odesolve.dynamics.base import Dynamics
from odesolve.dynamics.ctds import ContinuousTime
from odesolve.dynamics.descent import Descent
from odesolve.dynamics.memcomputing import Memcomputing, Rectified
from odesolve.dynamics.multipliers import Multipliers
from odesolve.dynamics.survey_flow import SurveyFlow
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
