"""How often anneals succeed, and how long success takes: for statements about a machine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from odesolve.problems.ising.numbers import Exact

__all__ = ["Success", "success_of", "time_to_target", "wilson_interval"]

#: Intervals have this probability.
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Success:
    """How many anneals ended at an energy or below.

    Attributes:
        energy: that energy.
        hits, anneals: how many did, of how many.
        probability: the share.
        interval: its Wilson interval of 95 %.
        seconds: to see it once with a probability of 99 % (TTT99), at the measured speed; None
            without a hit.
        seconds_interval: those at the ends of the interval, the upper None where it is infinite.
    """

    energy: Exact
    hits: int
    anneals: int
    probability: float
    interval: tuple[float, float]
    seconds: float | None
    seconds_interval: tuple[float, float | None]


def wilson_interval(hits: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """The interval of a share (E. B. Wilson, JASA 22, 209, 1927).

    Example:
        >>> low, high = wilson_interval(5, 10)
        >>> round(low, 3), round(high, 3)
        (0.237, 0.763)
    """
    if trials == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    share = hits / trials
    middle = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1.0 - share) / trials + z * z / (4 * trials * trials))
    whole = 1.0 + z * z / trials
    return max((middle - half) / whole, 0.0), min((middle + half) / whole, 1.0)


def time_to_target(seconds: float, probability: float, wanted: float = 0.99) -> float | None:
    """Seconds until one anneal succeeds with the wanted probability; None where none ever does.

    Arguments:
        seconds: of one anneal; of a batch, its seconds over its runs.
        probability: that one succeeds.
    """
    if probability <= 0.0:
        return None
    if probability >= wanted:
        return seconds
    return seconds * math.log1p(-wanted) / math.log1p(-probability)


def success_of(energies: Sequence[Exact], energy: Exact, seconds: float) -> Success:
    """The success of anneals at an energy.

    Arguments:
        energies: of each anneal.
        energy: what counts.
        seconds: of all of them together.
    """
    hits = sum(own <= energy for own in energies)
    count = len(energies)
    low, high = wilson_interval(hits, count)
    each = seconds / count if count else 0.0
    share = hits / count if count else 0.0
    return Success(
        energy,
        hits,
        count,
        share,
        (low, high),
        time_to_target(each, share),
        (time_to_target(each, high) or 0.0, time_to_target(each, low)),
    )
