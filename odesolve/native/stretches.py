"""A batch integrated by native steps and by looks of NumPy: nothing is compiled for it.

Steps are those of the same functions that XLA calls, and looks are exact: where a batch stands, and
what it has found, does not depend on who does it. A look takes longer than a compiled one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float, Int

from odesolve.batch import Batch, Sight, is_finished, look, sight_of
from odesolve.dynamics.base import State
from odesolve.potentials import System
from odesolve.potentials.clauses import Data

__all__ = ["advance_on_host"]

#: Of fewer runs and more clauses than this each run is looked at by itself: NumPy goes along the
#: last axis, and a short one takes it several times as long.
FEW_RUNS, MANY_CLAUSES = 16, 4096


def advance_on_host(
    batch: Batch,
    system: System,
    steps: Callable[[State, np.ndarray, int], None],
    until: int,
    look_every: int,
    last: int,
    target: Int[np.ndarray, ""] | None = None,
    all_runs: bool = False,
) -> Batch:
    """As ``odesolve.batch.advance``, of a batch and a system in NumPy's arrays.

    Arguments:
        batch: its state is moved in place.
        steps: what ``NativeCall.on_host`` gives.
        until: the step to integrate to, or to the look at which the batch is finished.
        look_every, last, target, all_runs: as of ``advance``.
    """
    while (batch.fresh or batch.step < until) and not is_finished(
        batch, system.worst_cost, all_runs, target
    ):
        first = int(batch.step)
        next_look = (first // look_every + 1) * look_every
        stop = first if batch.fresh else min(next_look, until)
        steps(batch.state, batch.time, stop - first)
        on_time = stop % look_every == 0 or stop == last
        counts = np.bool_(system.goal is None if batch.fresh else on_time)
        moved = batch._replace(step=np.asarray(stop, np.int32), fresh=np.zeros((), bool))
        batch = look(moved, _sight(moved.state.x, system), system, counts, target)
    return batch


def _sight(x: Float[Data, "cells runs"], system: System) -> Sight:
    """As ``sight_of``."""
    if x.shape[1] >= FEW_RUNS or system.clause_count <= MANY_CLAUSES:
        return sight_of(x, system)
    of_runs = [sight_of(np.ascontiguousarray(own), system) for own in np.split(x, x.shape[1], 1)]
    return Sight(*(np.concatenate(parts, axis=-1) for parts in zip(*of_runs, strict=True)))
