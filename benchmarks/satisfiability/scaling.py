"""How steps and seconds grow with the size: medians and fitted exponents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 1000


@dataclass(frozen=True)
class Fit:
    """log(count) = exponent log(size) + offset, with the middle 90% of resampled exponents."""

    exponent: float
    offset: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.exponent:.2f} [{self.low:.2f}, {self.high:.2f}]"

    def at(self, sizes: np.ndarray) -> np.ndarray:
        """The fitted line."""
        return np.exp(self.offset) * sizes**self.exponent


def median(values: Sequence[float]) -> float:
    """The median; infinite if half of the values are, as an unsolved instance counts."""
    ordered = np.sort(np.asarray(values, float))
    if not len(ordered):
        return float("inf")
    middle = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return float(np.mean(middle)) if np.isfinite(middle).all() else float("inf")


def median_interval(values: Sequence[float]) -> tuple[float, float]:
    """The middle 90% of the medians of resampled instances; infinite where half are unsolved."""
    random = np.random.default_rng(0)
    drawn = [median(random.choice(values, len(values))) for _ in range(RESAMPLES)]
    # Without interpolation, which an infinite median would spoil.
    low, high = np.quantile(drawn, (0.05, 0.95), method="nearest")
    return float(low), float(high)


def fitted(samples: Mapping[int, Sequence[float]], least: float = 1.0) -> Fit | None:
    """Least squares through the logarithms of the medians; sizes without a finite one are left out.

    Arguments:
        samples: size -> one number an instance, infinite if unsolved.
        least: medians below count as this: a formula that presolve solves takes no step, and the
            logarithm needs one.

    Returns:
        None if fewer than two sizes have a finite median.
    """
    medians = {size: median(values) for size, values in samples.items()}
    kept = [size for size, value in sorted(medians.items()) if np.isfinite(value)]
    if len(kept) < 2:
        return None
    logs = np.log(kept)

    def line(values: Sequence[float]) -> np.ndarray:
        return np.polyfit(logs, np.log(np.maximum(values, least)), 1)

    exponent, offset = line([medians[size] for size in kept])
    random = np.random.default_rng(0)
    drawn = []
    for _ in range(RESAMPLES):
        again = [median(random.choice(samples[size], len(samples[size]))) for size in kept]
        if np.isfinite(again).all():
            drawn.append(line(again)[0])
    low, high = np.quantile(drawn, (0.05, 0.95)) if drawn else (exponent, exponent)
    return Fit(float(exponent), float(offset), float(low), float(high))
