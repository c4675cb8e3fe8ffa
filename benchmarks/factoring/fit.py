"""Measurements at rising numbers of bits, and the line through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from odesolve.problems.studies.reporting.lines import Line, line_through


@dataclass(frozen=True)
class Size:
    """Measurements at one number of bits, one number an instance.

    Attributes:
        steps: run-steps of all runs / solves; infinite where no run solved.
        conflicts: CaDiCaL's on the same clauses, plus 1; empty without CaDiCaL.
        solved, total: runs of all instances.
    """

    bits: int
    steps: np.ndarray
    conflicts: np.ndarray
    solved: int
    total: int
    guesses: float
    seconds: float


def fitted(bits: Sequence[int], samples: Sequence[np.ndarray], mean: bool = False) -> Line | None:
    """The power of 2 through the medians, or means, of each size; None if a size has no number.

    Its interval holds the middle 90% of bootstrapped slopes.
    """
    samples = [sample[np.isfinite(sample)] for sample in samples]
    if len(bits) < 2 or not all(len(sample) for sample in samples):
        return None
    summary = np.mean if mean else np.median
    return line_through(np.array(bits, float), samples, middle=0.9, summary=summary)
