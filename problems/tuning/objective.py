"""What a setting costs on an instance, and whether one setting is better than another.

An ``Objective`` measures the problems of one kind. Formulas and graphs cost steps, not seconds:
these do not depend on the machine or on what else it does. A run that does not solve within the
budget of steps counts as ``PENALTY`` budgets (the PAR score of solver competitions), and as up to
as many again the more clauses it left violated, so that a search has somewhere to go where nothing
solves yet. Ising problems cost energy at equal steps (``odesolve.problems.tuning.gaps``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from jaxtyping import Float

from odesolve.budget import UNLIMITED, Budget, OutOfTime
from odesolve.presets.choice import Choice
from odesolve.problems.preparation import solve_with
from odesolve.problems.tuning.instances import SystemInstance
from odesolve.results import Reason, Result

if TYPE_CHECKING:
    from odesolve.problems.tuning.gaps import GapComparison

#: Budgets that a run counts which did not solve, at least.
PENALTY = 10.0

#: Violated clauses at which half of the further penalty is reached.
HALF_PENALTY_CLAUSES = 10.0

#: Steps that the calibration gives at least and, to hard instances, at most.
LEAST_BUDGET, MOST_BUDGET = 100, 200_000

#: A budget is this many times the steps that solve nine in ten of the default's runs.
BUDGET_FACTOR = 2.0

#: Resamples behind an interval.
RESAMPLES = 2000

#: Batches of each instance: the costs of every run.
Batches = Sequence[Float[np.ndarray, " runs"]]

#: The number of an instance, and the mean cost of one of its batches.
Mean = tuple[int, float]


class Judgement(ABC):
    """A setting against another on the same instances and seeds."""

    @property
    @abstractmethod
    def is_better(self) -> bool:
        """Whether it is the better one."""

    @property
    @abstractmethod
    def is_clear(self) -> bool:
        """Whether chance in the runs hardly explains the difference."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The figures, for a person."""

    def to_json(self) -> dict[str, Any]:
        """Its figures by name."""
        return vars(self) | {"clear": self.is_clear}


class Objective(ABC):
    """What the settings of a kind of problems are measured by.

    Attributes:
        name: as JSON calls it.
    """

    name: ClassVar[str]

    @abstractmethod
    def costs(
        self, index: int, choice: Choice, runs: int, seed: int, budget: int, time: Budget
    ) -> Float[np.ndarray, " runs"]:
        """The costs of a batch on an instance.

        Raises:
            OutOfTime: if there is no time to finish it.
            KeyboardInterrupt: if the user interrupts it.
        """

    @abstractmethod
    def calibrated_budget(
        self, index: int, choice: Choice, runs: int, seed: int, seconds: float, time: Budget
    ) -> int:
        """The steps of a run on an instance, by what a setting needs or seconds allow.

        Raises:
            OutOfTime: if all of the time is up before it is compiled.
            KeyboardInterrupt: if the user interrupts it.
        """

    @abstractmethod
    def rank(self, means: Sequence[Mean]) -> float:
        """What a search minimises. Of the same batches it differs as at any other time."""

    @abstractmethod
    def score(self, means: Sequence[Mean]) -> float:
        """What a person is told, by all that is known now."""

    @abstractmethod
    def compared(
        self, own: Batches, other: Batches, budgets: Sequence[int]
    ) -> Comparison | GapComparison:
        """Two settings by the costs of their runs on each instance."""

    def best(self) -> dict[str, float]:
        """File -> the best value that any run found, where there is more than solved or not."""
        return {}


class Steps(Objective):
    """Penalised steps: of batches and instances the geometric mean."""

    name: ClassVar[str] = "steps"

    def __init__(self, instances: Sequence[SystemInstance]) -> None:
        self.instances = instances

    def costs(
        self, index: int, choice: Choice, runs: int, seed: int, budget: int, time: Budget
    ) -> Float[np.ndarray, " runs"]:
        return costs(self.instances[index], choice, runs, seed, budget, time)

    def calibrated_budget(
        self, index: int, choice: Choice, runs: int, seed: int, seconds: float, time: Budget
    ) -> int:
        return calibrated_budget(self.instances[index], choice, runs, seed, seconds, time)

    def rank(self, means: Sequence[Mean]) -> float:
        return float(np.mean([np.log(mean) for _, mean in means]))

    def score(self, means: Sequence[Mean]) -> float:
        return float(np.exp(self.rank(means)))

    def compared(self, own: Batches, other: Batches, budgets: Sequence[int]) -> Comparison:
        return compared(own, other, budgets)


def penalised_steps(result: Result, budget: int) -> Float[np.ndarray, " runs"]:
    """The cost of every run of a batch that let all runs finish."""
    violated = result.runs.violated.astype(np.float64)
    share = violated / (violated + HALF_PENALTY_CLAUSES)
    # A start that solves at once costs a step as well: costs are compared by their ratios.
    solved = np.maximum(result.runs.steps, 1)
    return np.where(result.runs.satisfied, solved, budget * PENALTY * (1.0 + share))


def costs(
    instance: SystemInstance, choice: Choice, runs: int, seed: int, budget: int, time: Budget
) -> Float[np.ndarray, " runs"]:
    """The costs of a batch on an instance.

    Raises:
        OutOfTime: if there is no time to finish it.
        KeyboardInterrupt: if the user interrupts it.
    """
    result = _batch(instance, choice, runs, seed, budget, time)
    if result.reason is Reason.TIME:
        raise OutOfTime
    return penalised_steps(result, budget)


def calibrated_budget(
    instance: SystemInstance,
    choice: Choice,
    runs: int,
    seed: int,
    seconds: float,
    time: Budget = UNLIMITED,
) -> int:
    """A budget of steps for an instance, by what the given setting needs or seconds allow.

    Where the setting hands over to another after so many steps, a run has no more than those.

    Raises:
        OutOfTime: if all of the time is up before it is compiled.
        KeyboardInterrupt: if the user interrupts it.
    """
    _batch(instance, choice, runs, seed, 0, time)  # compiling takes none of the seconds
    time.check()
    most = min(choice.then_after or MOST_BUDGET, MOST_BUDGET)
    result = _batch(instance, choice, runs, seed, most, time.at_most(seconds))
    if not result.dynamics_ran:
        raise OutOfTime
    enough = np.quantile(result.runs.steps, 0.9) * BUDGET_FACTOR
    if result.runs.satisfied.mean() < 0.9:  # then steps are those that there was time for
        enough = result.runs.steps.max()
    return int(np.clip(enough, min(LEAST_BUDGET, most), most))


def _batch(
    instance: SystemInstance, choice: Choice, runs: int, seed: int, budget: int, time: Budget
) -> Result:
    given = {
        "runs": runs, "seed": seed, "max_steps": budget, "time_limit": time,
        "all_runs": True,
    }  # fmt: skip
    # A run's first try is measured, unless restarts are part of the preset.
    result = solve_with(
        lambda: choice, lambda own: instance.system(own.lanes[0][0]), given, patience=None
    )
    if result.reason is Reason.INTERRUPTED:
        raise KeyboardInterrupt
    return result


@dataclass(frozen=True)
class Comparison(Judgement):
    """A setting against another on the same instances and seeds.

    Attributes:
        ratio: the other's costs by its own: the geometric mean over the instances; above 1 it is
            the better one.
        low, high: the middle 90% of that ratio if the runs had been drawn anew. Instances are not
            drawn anew: it says nothing about other instances.
        solved, solved_other: fraction of the runs that solved.
        runs: runs of each.
    """

    ratio: float
    low: float
    high: float
    solved: float
    solved_other: float
    runs: int

    @property
    def is_better(self) -> bool:
        return self.ratio > 1.0 and self.solved > 0.0

    @property
    def is_clear(self) -> bool:
        return self.low > 1.0 or self.high < 1.0

    @property
    def text(self) -> str:
        return (
            f"{self.ratio:.2f} [{self.low:.2f}, {self.high:.2f}] times the default's speed "
            f"in penalised steps; {self.solved:.0%} of {self.runs} runs solved, "
            f"{self.solved_other:.0%} with the default"
        )


def compared(own: Batches, other: Batches, budgets: Sequence[int]) -> Comparison:
    """Two settings by their costs, one array of runs for each instance."""

    def log_ratio(mine: Batches, others: Batches) -> float:
        pairs = zip(mine, others, strict=True)
        return float(np.mean([np.log(b.mean() / a.mean()) for a, b in pairs]))

    low, high = np.exp(resampled_interval(log_ratio, own, other))
    return Comparison(
        ratio=float(np.exp(log_ratio(own, other))),
        low=float(low),
        high=float(high),
        solved=_solved_share(own, budgets),
        solved_other=_solved_share(other, budgets),
        runs=sum(map(len, own)),
    )


def resampled_interval(
    statistic: Callable[[Batches, Batches], float], own: Batches, other: Batches
) -> Float[np.ndarray, " 2"]:
    """The middle 90% of a statistic of two settings if their runs had been drawn anew."""
    generator = np.random.default_rng(0)

    def drawn(batches: Batches) -> list[np.ndarray]:
        return [generator.choice(batch, len(batch)) for batch in batches]

    resampled = [statistic(drawn(own), drawn(other)) for _ in range(RESAMPLES)]
    return np.quantile(resampled, [0.05, 0.95])


def _solved_share(batches: Sequence[np.ndarray], budgets: Sequence[int]) -> float:
    solved = [batch <= budget for batch, budget in zip(batches, budgets, strict=True)]
    return float(np.concatenate(solved).mean())
