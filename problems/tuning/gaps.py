"""What a setting costs on an Ising problem: energy above the best, after equal steps.

A run is one anneal of as many steps as every other. Its gap is how far the energy at its end lies
above the best that any run of the whole tuning found on the instance, as a share of that energy; of
a cut likewise. A setting of many lanes, as the default's windows of the pump, first goes through
the shorter anneals in which these compete, as in a solve: the steps of those are given to it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float

from odesolve.budget import Budget, OutOfTime
from odesolve.options import Options
from odesolve.presets.choice import Choice
from odesolve.problems.ising.machine import KEPT_LANES
from odesolve.problems.ising.numbers import Exact
from odesolve.problems.ising.result import written
from odesolve.problems.ising.search import IsingSearch, IsingSettings
from odesolve.problems.tuning.instances import IsingInstance
from odesolve.problems.tuning.objective import (
    Batches,
    Judgement,
    Mean,
    Objective,
    resampled_interval,
)
from odesolve.problems.tuning.result import score_text
from odesolve.results import Reason

__all__ = ["GapComparison", "Gaps"]

#: Steps that the calibration gives at least.
LEAST_STEPS = 50

#: An anneal takes at most this part of the calibration's seconds: a search is of many.
CALIBRATION_PART = 0.25

#: Where more of the default's runs end at the best energy, anneals are too long to tell settings
#: apart.
MOST_HITS = 0.5


@dataclass(frozen=True)
class GapComparison(Judgement):
    """A setting against another by their mean gaps.

    Attributes:
        gap, gap_other: mean gaps, over the runs and then over the instances.
        low, high: the middle 90% of how much less the own gap is if the runs had been drawn anew.
            Instances are not drawn anew: it says nothing about other instances.
        runs: runs of each.
    """

    gap: float
    gap_other: float
    low: float
    high: float
    runs: int

    @property
    def is_better(self) -> bool:
        return self.gap < self.gap_other

    @property
    def is_clear(self) -> bool:
        return self.low > 0.0 or self.high < 0.0

    @property
    def text(self) -> str:
        own, other = percent(self.gap), percent(self.gap_other)
        less, ends = self.gap_other - self.gap, [self.low, self.high]
        if less < 0:
            less, ends = -less, [-end for end in reversed(ends)]
        interval = ", ".join(map(percent, ends))
        word = "lower" if self.is_better else "higher"
        return (
            f"a mean gap of {own}, {other} with the default, {word} by "
            f"{percent(less)} [{interval}]; {self.runs} runs of each"
        )


def percent(share: float) -> str:
    """A gap for a person."""
    return score_text("gap", share, unit=False)


class Gaps(Objective):
    """Gaps to the best energy found on each instance; of batches and instances the mean."""

    name: ClassVar[str] = "gap"

    def __init__(self, instances: Sequence[IsingInstance]) -> None:
        self.instances = instances
        #: Costs are counted from the energy that the first search on an instance found.
        self._first: dict[int, Exact] = {}
        self._best: dict[int, Exact] = {}

    def costs(
        self, index: int, choice: Choice, runs: int, seed: int, budget: int, time: Budget
    ) -> Float[np.ndarray, " runs"]:
        search = self._searched(index, choice, runs, seed, budget, time)
        if search is None:
            raise OutOfTime
        first = self._first[index]
        return np.array([float(energy - first) for energy in search.samples[-1]])

    def calibrated_budget(
        self, index: int, choice: Choice, runs: int, seed: int, seconds: float, time: Budget
    ) -> int:
        self._searched(index, choice, runs, seed, 1, time)  # compiling takes none of the seconds
        time.check()
        steps = int(choice.lanes[0][1].lengths()[-1])
        limited = time.at_most(seconds * CALIBRATION_PART)
        search = self._searched(index, choice, runs, seed, steps, limited)
        while search is None:
            time.check()
            if steps <= LEAST_STEPS:
                return steps
            steps = max(steps // 4, LEAST_STEPS)
            limited = time.at_most(seconds * CALIBRATION_PART)
            search = self._searched(index, choice, runs, seed, steps, limited)
        while steps // 2 >= LEAST_STEPS and self._hits(index, search) > MOST_HITS:
            steps //= 2
            search = self._searched(index, choice, runs, seed, steps, time)
            if search is None:
                raise OutOfTime
        return steps

    def _hits(self, index: int, search: IsingSearch) -> float:
        """The share of the last anneals that end at the best energy."""
        best = self._best[index]
        return float(np.mean([energy <= best for energy in search.samples[-1]]))

    def rank(self, means: Sequence[Mean]) -> float:
        # A better energy that is found later shifts all ranks alike.
        return float(np.mean([mean / self._size(i, self._first[i]) for i, mean in means]))

    def score(self, means: Sequence[Mean]) -> float:
        return float(np.mean([self._gap(index, mean) for index, mean in means]))

    def compared(self, own: Batches, other: Batches, budgets: Sequence[int]) -> GapComparison:
        def gap(batches: Batches) -> float:
            return float(np.mean([self._gap(i, own.mean()) for i, own in enumerate(batches)]))

        low, high = resampled_interval(lambda mine, others: gap(others) - gap(mine), own, other)
        return GapComparison(gap(own), gap(other), float(low), float(high), sum(map(len, own)))

    def best(self) -> dict[str, float]:
        return {
            own.name: written(own.whole.cut(self._best[i]) if own.is_cut else self._best[i])
            for i, own in enumerate(self.instances)
            if i in self._best
        }

    def _gap(self, index: int, mean: Any) -> float:
        """The gap of an energy that is counted from the first one."""
        best = self._best[index]
        return float(mean - float(best - self._first[index])) / self._size(index, best)

    def _size(self, index: int, energy: Exact) -> float:
        """What a difference of energies is a share of."""
        instance = self.instances[index]
        problem = instance.whole
        # A difference of energies is twice that of cuts.
        size: Exact = 2 * problem.cut(energy) if instance.is_cut else energy
        return abs(float(size)) or problem.magnitude / problem.denominator or 1.0

    def _searched(
        self, index: int, choice: Choice, runs: int, seed: int, steps: int, budget: Budget
    ) -> IsingSearch | None:
        """A search whose last anneals have so many steps; None if the time did not do.

        Raises:
            KeyboardInterrupt: if the user interrupts it.
        """
        # Few lanes are all kept: shorter anneals before would change nothing.
        races = len(choice.lanes) > KEPT_LANES
        lanes = tuple(
            (
                dynamics,
                replace(
                    anneal,
                    first_steps=anneal.first_steps if races else float(steps),
                    most_steps=float(steps),
                    generation_steps=0.0,
                ),
            )
            for dynamics, anneal in choice.lanes
        )
        chosen = replace(choice, lanes=lanes)
        lengths = lanes[0][1].lengths()
        search = IsingSearch(
            self.instances[index].core,
            IsingSettings(choice=chosen, options={"runs": runs, "seed": seed}),
            Options(runs=runs, seed=seed, max_steps=sum(lengths), time_limit=budget),
            time.perf_counter(),
        )
        result = search.run()
        if result.reason is Reason.INTERRUPTED:
            raise KeyboardInterrupt
        if search.steps:
            self._first.setdefault(index, search.energy)
            self._best[index] = min(self._best.get(index, search.energy), search.energy)
        return search if search.sample_steps == lengths else None
