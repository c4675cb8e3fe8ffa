"""The integration rules: a file for each, on the base they share."""

from odesolve.steppers.base import AdaptiveEuler, Euler, HeavyBall, Heun, Stepper

__all__ = ["AdaptiveEuler", "Euler", "HeavyBall", "Heun", "Stepper"]
