"""Models: problems of a user's own over integers, from Python, CPMpy, FlatZinc or XCSP3."""

from odesolve.problems.models import constraints

__all__ = ["constraints"]
