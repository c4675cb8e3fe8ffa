"""What the runs of a batch have found, read on the host."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Int

from odesolve.batch import Batch
from odesolve.dynamics.base import State
from odesolve.potentials.device import on_device, on_host
from odesolve.potentials.padding import Padded
from odesolve.results import RunTable

__all__ = ["Outcome", "without_state"]


@dataclass(frozen=True)
class Outcome:
    """What a batch has found, of the system as it was compiled, whatever it was padded to.

    Attributes:
        padded: the system, and what is integrated in its place.
        batch: the runs. What is read of them is kept: another state has an outcome of its own.
        worst_cost: of each component, ``[components, 1]`` on the host; None when no clause is soft.
    """

    padded: Padded
    batch: Batch
    worst_cost: Int[np.ndarray, "components 1"] | None

    @cached_property
    def best(self) -> Int[np.ndarray, "components runs"]:
        """The lowest ranks so far."""
        best: np.ndarray = on_host(self.batch.best)[: self.padded.components]
        return best

    @cached_property
    def least(self) -> Int[np.ndarray, "components 1"]:
        """The lowest ranks of all runs."""
        least: np.ndarray = self.best.min(axis=1, keepdims=True)
        return least

    @cached_property
    def assignment(self) -> Int[np.ndarray, "variables runs"]:
        """The best assignments so far."""
        assignment: np.ndarray = on_host(self.batch.assignment)[self.padded.variables]
        return assignment

    @cached_property
    def solved_step(self) -> Int[np.ndarray, " runs"]:
        """When each run was solved; -1 before."""
        solved: np.ndarray = on_host(self.batch.solved_step)
        return solved

    @property
    def violated(self) -> int:
        """Clauses that the best assignment violates."""
        return int(self.violated_of(self.least).sum())

    def violated_of(self, ranks: np.ndarray) -> np.ndarray:
        """The violated clauses that ranks ``[components, ...]`` stand for."""
        return ranks if self.worst_cost is None else np.maximum(ranks - self.worst_cost, 0)

    def cost_of(self, ranks: np.ndarray) -> np.ndarray | None:
        """The costs that ranks stand for: the worst where a clause is violated."""
        return None if self.worst_cost is None else np.minimum(ranks, self.worst_cost)

    def best_assignment(self) -> Int[np.ndarray, " variables"]:
        """The best assignment of every component, joined; components may come from other runs."""
        solved = self.solved_step
        earliest = np.where(solved < 0, np.int64(np.iinfo(np.int64).max), solved)
        # Of equally good runs the one that was solved first, whose steps are reported.
        winner = np.array([np.lexsort((earliest, own))[0] for own in self.best])
        component = on_host(self.padded.exact.component)
        return self.assignment[np.arange(len(component)), winner[component]].astype(np.int64)

    def cost(self, assignment: Int[np.ndarray, " variables"]) -> int | None:
        """What the best assignment costs, whether or not it violates something."""
        if self.worst_cost is None:
            return None
        if self.violated == 0:
            return int(self.least.sum())
        return int(on_host(self.padded.exact.cost(on_device(assignment)[:, None])).sum())

    def solutions(
        self, assignment: Int[np.ndarray, " variables"]
    ) -> Int[np.ndarray, "solutions variables"]:
        """The distinct satisfying assignments of the best one's rank, that one first."""
        if self.violated:
            return np.zeros((0, len(assignment)), np.int64)
        solved = self.best.sum(axis=0) == int(self.least.sum())
        found = self.assignment[:, solved].T.astype(np.int64)
        stacked = np.concatenate([assignment[None, :], found])
        first = np.unique(stacked, axis=0, return_index=True)[1]
        return stacked[np.sort(first)]

    def run_table(self) -> RunTable:
        """What became of each run."""
        violated, cost = self.violated_of(self.best).sum(axis=0), self.cost_of(self.best)
        step = int(on_host(self.batch.step))
        return RunTable(
            satisfied=violated == 0,
            steps=np.where(self.solved_step >= 0, self.solved_step, step),
            violated=violated,
            restarts=on_host(self.batch.restarts),
            finite=on_host(self.batch.finite),
            cost=None if cost is None else cost.sum(axis=0),
        )


def without_state(batch: Batch) -> Batch:
    """A copy on the host of all that an outcome is read from."""
    kept = {name: leaf for name, leaf in batch._asdict().items() if name != "state"}
    copies: dict[str, Any] = {name: np.array(on_host(leaf)) for name, leaf in kept.items()}
    nothing: Any = np.zeros((0, 0), np.float32)
    return Batch(state=State(nothing, {}), **copies)
