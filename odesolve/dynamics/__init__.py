"""The equations of motion: a file for each dynamics, on the base they share."""

from odesolve.dynamics.base import Dynamics, State, filled, pytree

__all__ = ["Dynamics", "State", "filled", "pytree"]
