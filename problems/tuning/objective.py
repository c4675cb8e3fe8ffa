"""What a setting costs on an instance, and whether one setting is better than another.

Costs are steps, not seconds: they do not depend on the machine or on what else it does. A run
that does not solve within the budget of steps counts as ``PENALTY`` budgets (the PAR score of
solver competitions), and as up to as many again the more clauses it left violated, so that a
search has somewhere to go where nothing solves yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from odesolve.budget import UNLIMITED, Budget, OutOfTime
from odesolve.presets.choice import Choice
from odesolve.problems.preparation import solve_with
from odesolve.problems.tuning.instances import Instance
from odesolve.results import Reason, Result

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


def penalised_steps(result: Result, budget: int) -> Float[np.ndarray, " runs"]:
    """The cost of every run of a batch that let all runs finish."""
    violated = result.runs.violated.astype(np.float64)
    share = violated / (violated + HALF_PENALTY_CLAUSES)
    # A start that solves at once costs a step as well: costs are compared by their ratios.
    solved = np.maximum(result.runs.steps, 1)
    return np.where(result.runs.satisfied, solved, budget * PENALTY * (1.0 + share))


def costs(
    instance: Instance, choice: Choice, runs: int, seed: int, budget: int, time: Budget
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
    instance: Instance,
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
    instance: Instance, choice: Choice, runs: int, seed: int, budget: int, time: Budget
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
class Comparison:
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
    def is_clear(self) -> bool:
        """Whether chance in the runs hardly explains the difference."""
        return self.low > 1.0 or self.high < 1.0


def compared(
    own: Sequence[Float[np.ndarray, " runs"]],
    other: Sequence[Float[np.ndarray, " runs"]],
    budgets: Sequence[int],
) -> Comparison:
    """Two settings by their costs, one array of runs for each instance."""

    def log_ratio(mine: Sequence[np.ndarray], others: Sequence[np.ndarray]) -> float:
        pairs = zip(mine, others, strict=True)
        return float(np.mean([np.log(b.mean() / a.mean()) for a, b in pairs]))

    generator = np.random.default_rng(0)

    def drawn(batches: Sequence[np.ndarray]) -> list[np.ndarray]:
        return [generator.choice(batch, len(batch)) for batch in batches]

    resampled = [log_ratio(drawn(own), drawn(other)) for _ in range(RESAMPLES)]
    low, high = np.exp(np.quantile(resampled, [0.05, 0.95]))
    return Comparison(
        ratio=float(np.exp(log_ratio(own, other))),
        low=float(low),
        high=float(high),
        solved=_solved_share(own, budgets),
        solved_other=_solved_share(other, budgets),
        runs=sum(map(len, own)),
    )


def _solved_share(batches: Sequence[np.ndarray], budgets: Sequence[int]) -> float:
    solved = [batch <= budget for batch, budget in zip(batches, budgets, strict=True)]
    return float(np.concatenate(solved).mean())
