"""Names that commands offer before anything heavy, JAX or Matplotlib, is imported.

`odesolve.registry` has the classes behind them; a test compares both.
"""

from __future__ import annotations

__all__ = ["DYNAMICS_NAMES", "PICTURE_SUFFIXES", "STEPPER_NAMES"]

#: The dynamics of clauses, those of the presets first.
DYNAMICS_NAMES = (
    "rectified",
    "memcomputing",
    "ctds",
    "multipliers",
    "survey-flow",
    "article",
    "descent",
)

#: How they are integrated.
STEPPER_NAMES = ("euler", "adaptive-euler", "heavy-ball", "heun", "langevin")

#: The kinds of pictures that are drawn.
PICTURE_SUFFIXES = (".png", ".pdf", ".svg")
