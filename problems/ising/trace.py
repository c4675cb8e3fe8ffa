"""Samples of a search for whoever wants to see its spins move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from odesolve.problems.ising.machine import Machine
from odesolve.problems.ising.problem import IsingProblem
from odesolve.problems.ising.system import float_unit
from odesolve.trajectory import RECORDED_RUNS, Recorder

if TYPE_CHECKING:
    from odesolve.annealing import Anneals

__all__ = ["Trace"]


class Trace:
    """Records the first spins of the first runs, at steps that all anneals are counted by.

    Arguments:
        recorder: takes the samples, and says how many rows of what.
        machine: that integrates.
        problem: whose energies are told.
    """

    def __init__(self, recorder: Recorder, machine: Machine, problem: IsingProblem) -> None:
        self.recorder, self.machine, self.problem = recorder, machine, problem
        layout = machine.layout
        # The place of each of the first spins.
        count = max(recorder.cells, recorder.clauses)
        places = np.flatnonzero((layout.order >= 0) & (layout.order < count))
        ordered: Any = places[np.argsort(layout.order[places])].astype(np.int32)
        self._places = machine.shards.everywhere(ordered)
        self._unit = float_unit(problem)

    def next_step(self, step: int) -> int:
        """The step after one at which a sample is due."""
        return self.recorder.next_step(step)

    def record(self, batch: Anneals, step: int, taken: int) -> None:
        """Keep a sample, unless this step has one.

        Arguments:
            batch: of the machine.
            step: of the whole search.
            taken: steps since the runs began, or began again in the midst of an anneal.
        """
        from odesolve.annealing import Recorded, recorded

        samples = self.recorder.samples
        if samples and samples[-1]["steps"] == step:
            return
        machine, recorder = self.machine, self.recorder
        part = Recorded(
            recorder.cells, recorder.clauses, RECORDED_RUNS,
            has_fields=machine.layout.has_fields, of_couplings=machine.dynamics.keeps_couplings,
        )  # fmt: skip
        seen = recorded(batch, machine.system, self._places, part)
        dt = np.broadcast_to(np.asarray(machine.schedule.dt, np.float32), machine.runs)
        energy = seen["energy"].astype(np.float64) * self._unit + self.problem.offset
        recorder.keep(
            {
                "steps": step,
                "time": dt[:RECORDED_RUNS] * np.float32(taken),
                "violated": np.full(len(energy), np.nan),
                "energy": energy / self.problem.denominator,
                "variables": seen["x"],
                "memories": seen["others"],
            }
        )

    def finish(self, reached_step: np.ndarray) -> None:
        """Note at which step each run was known to have reached the target; -1 for none."""
        self.recorder.solved_step = reached_step[:RECORDED_RUNS].copy()
