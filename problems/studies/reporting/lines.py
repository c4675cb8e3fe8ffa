"""Straight lines through the logarithms of medians, and how sure their slopes are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Line", "line_through"]

#: Resamples behind an interval, and what they are drawn with.
RESAMPLES, RESAMPLING_SEED = 1000, 0


@dataclass(frozen=True)
class Line:
    """log2(median) = slope x + offset.

    Attributes:
        low, high: between which the middle of the slopes of resampled instances lie.

    Example:
        >>> print(Line(1.5, 0.0, 1.25, 1.75))
        1.50 [1.25, 1.75]
    """

    slope: float
    offset: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.slope:.2f} [{self.low:.2f}, {self.high:.2f}]"

    @property
    def estimate(self) -> tuple[float, float, float]:
        """The slope, and the ends of its interval."""
        return self.slope, self.low, self.high

    def at(self, x: np.ndarray) -> np.ndarray:
        """The medians that it has there."""
        return 2.0 ** (self.slope * x + self.offset)


def line_through(
    x: np.ndarray,
    samples: Sequence[Sequence[float] | np.ndarray],
    middle: float = 0.95,
    summary: Callable[..., Any] = np.median,
) -> Line:
    """Least squares through the logarithms of the medians.

    Arguments:
        x: two values or more, such as log2 of sizes for a power, or sizes for an exponential.
        samples: for each of them a positive number of each instance, infinite where it was not
            solved; the medians must be finite.
        middle: the share of the resampled slopes that the interval holds.
        summary: what is taken instead of medians, of an array along an axis.

    Example:
        >>> line_through(np.log2([1, 2, 4]), [[3], [6], [12]]).slope
        1.0
    """
    random = np.random.default_rng(RESAMPLING_SEED)
    drawn = [summary(random.choice(own, (RESAMPLES, len(own))), axis=1) for own in samples]
    medians = np.array([[summary(own, axis=0) for own in samples]])
    (slope,) = _slopes(x, medians)
    edges = 0.5 - middle / 2, 0.5 + middle / 2
    low, high = np.nanquantile(_slopes(x, np.array(drawn).T), edges)
    offset = np.log2(medians).mean() - slope * np.mean(x)
    return Line(float(slope), float(offset), float(low), float(high))


def _slopes(x: np.ndarray, medians: np.ndarray) -> np.ndarray:
    """Least squares through log2 of each row, ``[rows, sizes]``; NaN with fewer than two sizes.

    A median that is infinite, since resampling took what was not solved, has no part in it.
    """
    known = np.isfinite(medians)
    y = np.log2(np.where(known, medians, 1.0))
    count = np.maximum(known.sum(axis=1, keepdims=True), 1)
    from_mean = (x - (known * x).sum(axis=1, keepdims=True) / count) * known
    spread = (from_mean**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(spread > 0, (from_mean * y).sum(axis=1) / spread, np.nan)
