"""Measurements at rising numbers of bits, and the line through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.factoring.instances import FIRST_SEED


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


@dataclass(frozen=True)
class Fit:
    """log2(count) = slope bits + offset, with the middle 90% of bootstrapped slopes."""

    slope: float
    offset: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.slope:.2f} [{self.low:.2f}, {self.high:.2f}]"


def fitted(bits: Sequence[int], samples: Sequence[np.ndarray], mean: bool = False) -> Fit | None:
    """Least squares through the medians, or means, of each size; None if a size has no number."""
    summary = np.mean if mean else np.median

    def line(drawn: Sequence[np.ndarray]) -> np.ndarray:
        return np.polyfit(bits, np.log2([summary(sample) for sample in drawn]), 1)

    samples = [sample[np.isfinite(sample)] for sample in samples]
    if len(bits) < 2 or not all(len(sample) for sample in samples):
        return None
    slope, offset = line(samples)
    generator = np.random.default_rng(FIRST_SEED)
    drawn = [line([generator.choice(s, len(s)) for s in samples])[0] for _ in range(1000)]
    return Fit(float(slope), float(offset), *map(float, np.quantile(drawn, (0.05, 0.95))))
