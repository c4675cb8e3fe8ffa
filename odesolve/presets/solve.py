"""``Prepared``: what was chosen, a system and its options, ready to be integrated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Unpack

import numpy as np
from jaxtyping import Float, Int

from odesolve.batch import Crossing
from odesolve.batch_size import checked_runs, rounded_note
from odesolve.options import AllOptions, Options
from odesolve.potentials import System
from odesolve.presets.choice import Choice
from odesolve.results import Result
from odesolve.solving import Progress, solve
from odesolve.trajectory import Recorder


@dataclass(frozen=True)
class Prepared:
    """A system of which nothing can be refused any more.

    Attributes:
        choice: the dynamics and steppers, and the preset that they come from.
        options: budgets and policies, the number of runs among them.
        notes: what the user should know of them.
    """

    choice: Choice
    system: System
    options: Options
    notes: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, choice: Choice, system: System, given: Mapping[str, Any], **usual: Unpack[AllOptions]
    ) -> Prepared:
        """A system with its options: those given, else the preset's, else the usual ones.

        Raises:
            ValueError: if there is no such option, a value is out of range, the batch cannot fit in
                memory, or the dynamics does not work on the system.
            DeviceError: if there are not so many devices.
        """
        options = choice.with_options(given, **usual)
        first, _ = choice.lanes[0]
        runs = checked_runs(system, first, options.runs, options.devices, options.distributed)
        notes = rounded_note(options.runs, runs)
        return cls(choice, system, replace(options, runs=runs), notes)

    @property
    def runs(self) -> int:
        """The size of the batch."""
        assert self.options.runs is not None  # `of` has chosen it
        return self.options.runs

    def solve(
        self,
        *,
        progress: Callable[[Progress], None] | None = None,
        recorder: Recorder | None = None,
        improved: Callable[[Int[np.ndarray, " variables"], int], None] | None = None,
        each_improved: Callable[[Int[np.ndarray, "variables better"]], None] | None = None,
        starts: Float[np.ndarray, "cells first"] | None = None,
        stop: Callable[[], bool] | None = None,
        crossing: Crossing | None = None,
        **changes: Unpack[AllOptions],
    ) -> Result:
        """Integrate; the result names the preset.

        Arguments:
            progress to crossing: see ``odesolve.solve``.
            changes: other options by name.
        """
        result = solve(
            self.system,
            *self.choice.for_runs(self.runs),
            self.options,
            progress=progress,
            recorder=recorder,
            improved=improved,
            each_improved=each_improved,
            starts=starts,
            stop=stop,
            crossing=crossing,
            **changes,
        )
        return replace(result, preset=self.choice.preset, notes=(*self.notes, *result.notes))
