"""``anneal``: how often and for how long the dynamics of an Ising machine is integrated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from odesolve.dynamics.base import Configurable, Parameter, pytree
from odesolve.options import STEP_LIMIT


@pytree
@dataclass(frozen=True)
class Anneal(Configurable):
    """Anneals one after another, each of more steps than the one before, and then generations.

    A short anneal gives an answer at once; a longer one gives a better one. What the longest has
    found becomes a population: in each generation the dynamics begins again in the midst of an
    anneal, near one of them or between two. When no child has been better for a while, all begins
    anew with twice as many steps. The dynamics has the rule for its steps, semi-implicit or
    explicit Euler.

    Attributes:
        dt: the step, in the dynamics' unit of time; a number or ``[runs]``.
        first_steps: steps of the first anneal.
        growth: by which factor each anneal is longer than the one before.
        most_steps: steps of the longest anneals.
        generation_steps: steps of a generation; 0 for none: the longest anneals are then repeated.
        resume_from: the share of an anneal that a generation leaves out, on the average.
        patience: generations without a better child.
        look_every: steps between two looks at the signs, of dynamics that never settle.

    Example:
        >>> import odesolve as ode
        >>> schedule = ode.Anneal(first_steps=100, growth=2.0, most_steps=500)
        >>> schedule.lengths()
        [100, 200, 400, 500]
    """

    name: ClassVar[str] = "anneal"

    dt: Parameter = 0.5
    first_steps: float = 200.0
    growth: float = 4.0
    most_steps: float = 3_200.0
    generation_steps: float = 2_000.0
    resume_from: float = 0.5
    patience: float = 12.0
    look_every: float = 10.0

    def lengths(self) -> list[int]:
        """The steps of the first anneals, up to the longest."""
        found, steps = [], max(self.first_steps, 1.0)
        most = min(self.most_steps, STEP_LIMIT)
        while steps < most and self.growth > 1.0:
            found.append(int(steps))
            steps *= self.growth
        return [*found, max(int(min(steps, most)), 1)]

    def generation_length(self) -> int:
        """The steps of a generation; 0 for none."""
        return max(int(min(self.generation_steps, STEP_LIMIT)), 0)

    def look_length(self) -> int:
        """The steps between two looks at the signs."""
        return max(int(min(self.look_every, STEP_LIMIT)), 1)
