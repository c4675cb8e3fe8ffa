"""When the runs of a batch begin anew, and from where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from odesolve.batch import Batch, Crossing, random_starts
from odesolve.options import Options, shown
from odesolve.potentials import System
from odesolve.potentials.device import on_host
from odesolve.potentials.padding import Padded
from odesolve.sharding import Shards

__all__ = ["Restarts", "checked_starts", "rounded_up"]


@dataclass(frozen=True)
class Restarts:
    """When runs are begun anew, and from where: at random, near a start, or from a crossing.

    Attributes:
        system, padded: the system, and what is integrated in its place.
        shards: where the runs lie.
        options: when a run is restarted, and the seed.
        starts: where the first runs begin; NaN cells are drawn.
        crossing: makes starts from two runs each.
    """

    system: System
    padded: Padded
    shards: Shards
    options: Options
    starts: Float[np.ndarray, "cells first"] | None
    crossing: Crossing | None

    def next_decision(self, step: int) -> int:
        """Restarts are decided at fixed steps, so that the wall clock cannot change an answer."""
        options = self.options
        lengths = (options.patience, options.run_length, options.generation)
        every = min(length or 1000 for length in (*lengths, 1000))
        return rounded_up(step + 1, rounded_up(every, options.look_every))

    def is_due(self, step: int) -> bool:
        """Whether restarts are decided at a step."""
        return step > 0 and step == self.next_decision(step - 1)

    def due(self, batch: Batch) -> list[tuple[np.ndarray, np.ndarray | None]]:
        """Which runs to begin anew, and where some of them were crossed to.

        Stuck and non-finite ones; solved ones are left alone.
        """
        step = int(on_host(batch.step))
        open_runs = on_host(batch.solved_step) < 0
        idle = step - on_host(batch.improved_step)
        stuck = ~on_host(batch.finite)
        if self.options.patience is not None:
            stuck |= idle >= self.options.patience
        if self.options.run_length is not None:
            stuck |= step - on_host(batch.began_step) >= self.options.run_length
        stuck &= open_runs
        found: list[tuple[np.ndarray, np.ndarray | None]] = []
        if self.crossing is not None and self.options.generation is not None and len(stuck) > 1:
            grown = open_runs & ~stuck & (idle >= self.options.generation)
            if grown.any():
                found.append((grown, self.crossed(batch, grown)))
        if stuck.any():
            found.append((stuck, None))
        return found

    def crossed(self, batch: Batch, chosen: np.ndarray) -> Float[np.ndarray, "cells runs"]:
        """Starts of the chosen runs from crossings of where all runs stand; NaN for the others."""
        assert self.crossing is not None
        x = np.array(on_host(batch.state.x)[self.padded.cells])
        x[:, ~on_host(batch.finite)] = np.nan
        restarts = on_host(batch.restarts)
        generators = [
            # Not the numbers that a random start of this run would be made of.
            np.random.default_rng((self.options.seed, int(run), int(restarts[run]) + 1, 1))
            for run in np.flatnonzero(chosen)
        ]
        starts = np.full_like(x, np.nan)
        starts[:, chosen] = self.crossing(x, chosen, generators)
        return starts

    def places(
        self,
        batch: Batch,
        chosen: np.ndarray,
        crossed: Float[np.ndarray, "cells runs"] | None = None,
    ) -> Float[np.ndarray, "padded runs"]:
        """Where the chosen runs begin: at random, first where the caller wants them, or where they
        were crossed to."""
        restarts = on_host(batch.restarts) + 1
        here = self.shards.held(chosen)
        x = random_starts(self.system, self.options.seed, restarts, here)
        if self.starts is not None and not restarts.any():
            count = min(self.starts.shape[1], len(chosen))
            wanted = self.starts[:, :count]
            x[:, :count] = np.where(np.isnan(wanted), x[:, :count], wanted)
        if crossed is not None:
            x = np.where(np.isnan(crossed), x, crossed)
        return self.padded.starts(x)


def checked_starts(
    starts: Float[np.ndarray, "cells first"] | None, system: System
) -> Float[np.ndarray, "cells first"] | None:
    """Starts of the first runs, as ``solve`` takes them.

    Raises:
        ValueError: if they are no numbers, or of another shape.
    """
    if starts is None:
        return None
    try:
        if isinstance(starts, np.ma.MaskedArray):
            raise TypeError
        starts = np.asarray(starts, np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"starts: {shown(starts)}; expected numbers [cells, runs]") from None
    if starts.ndim != 2 or len(starts) != system.cell_count:
        raise ValueError(f"starts must be [{system.cell_count}, runs], got {starts.shape}")
    return starts


def rounded_up(number: int, multiple: int) -> int:
    """The least multiple that is not below the number."""
    return -(-number // multiple) * multiple
