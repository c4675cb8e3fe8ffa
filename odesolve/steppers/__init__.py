"""The integration rules: a file for each, on the base they share."""

from odesolve.steppers.base import Stepper
from odesolve.steppers.euler import AdaptiveEuler, Euler
from odesolve.steppers.heavy_ball import HeavyBall
from odesolve.steppers.heun import Heun

__all__ = ["AdaptiveEuler", "Euler", "HeavyBall", "Heun", "Stepper"]
