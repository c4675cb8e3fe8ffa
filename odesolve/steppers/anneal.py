"""``anneal``: how often and for how long the dynamics of an Ising machine is integrated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from odesolve.dynamics.base import Configurable, Parameter, pytree


@pytree
@dataclass(frozen=True)
class Anneal(Configurable):
    """Anneals one after another, each of more steps than the one before.

    A short one gives an answer at once; a long one gives a better one. The dynamics has the rule
    for its steps, semi-implicit or explicit Euler.

    Attributes:
        dt: the step, in the dynamics' unit of time; a number or ``[runs]``.
        first_steps: steps of the first anneal.
        growth: by which factor each anneal is longer than the one before.
        most_steps: steps of the longest anneals, which go on until the budget is spent.
        look_every: steps between two looks at the signs, of dynamics that never settle.

    Example:
        >>> import odesolve as ode
        >>> schedule = ode.Anneal(first_steps=100, growth=2.0, most_steps=500)
        >>> [schedule.steps_of(number) for number in range(4)]
        [100, 200, 400, 500]
    """

    name: ClassVar[str] = "anneal"

    dt: Parameter = 0.5
    first_steps: float = 200.0
    growth: float = 2.0
    most_steps: float = 10_000.0
    look_every: float = 10.0

    def steps_of(self, number: int) -> int:
        """Steps of an anneal, from its number."""
        steps = self.first_steps
        for _ in range(number):
            if steps >= self.most_steps or self.growth <= 1.0:
                break
            steps *= self.growth
        return max(int(min(steps, self.most_steps)), 1)
