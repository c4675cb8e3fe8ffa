"""From constraints to rows: each kind of constraint in a function of its own."""

from odesolve.problems.models.lowering.lowered import Lowered, Unsupported, lower_model

__all__ = ["Lowered", "Unsupported", "lower_model"]
