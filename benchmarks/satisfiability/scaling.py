"""How steps and seconds grow with the size: medians and fitted exponents."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

import numpy as np

from odesolve.problems.studies.reporting.lines import Line, line_through

RESAMPLES = 1000


def median(values: Sequence[float] | np.ndarray) -> float:
    """The median; infinite if half of the values are, as an unsolved instance counts."""
    return float(statistics.median(list(values))) if len(values) else float("inf")


def median_interval(values: Sequence[float]) -> tuple[float, float]:
    """The middle 90% of the medians of resampled instances; infinite where half are unsolved."""
    random = np.random.default_rng(0)
    drawn = [median(random.choice(values, len(values))) for _ in range(RESAMPLES)]
    # Without interpolation, which an infinite median would spoil.
    low, high = np.quantile(drawn, (0.05, 0.95), method="nearest")
    return float(low), float(high)


def fitted(samples: Mapping[int, Sequence[float]], least: float = 1.0) -> Line | None:
    """The power of the size through the medians, with the middle 90% of resampled exponents.

    Arguments:
        samples: size -> one number an instance, infinite if unsolved; sizes without a finite
            median are left out.
        least: numbers below count as this: a formula that presolve solves takes no step, and the
            logarithm needs one.

    Returns:
        None if fewer than two sizes have a finite median.
    """
    kept = [size for size, own in sorted(samples.items()) if np.isfinite(median(own))]
    if len(kept) < 2:
        return None
    own = [np.maximum(samples[size], least) for size in kept]
    return line_through(np.log2(kept), own, middle=0.9)
