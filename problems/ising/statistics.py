"""How often anneals succeed, and how long success takes: for statements about a machine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from odesolve.problems.ising.numbers import Exact

__all__ = [
    "RestartTime",
    "Success",
    "least_time_to_target",
    "success_of",
    "time_to_target",
    "wilson_interval",
]

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


@dataclass(frozen=True)
class RestartTime:
    """How long success takes if a solver is begun anew after the best time for that.

    Attributes:
        seconds: to a success with a probability of 99 % (TTT99).
        after: of each try.
        hits, tries: how many tries had succeeded by then.
        interval: the seconds at the ends of the Wilson interval of 95 % of that share; the upper is
            None where it is infinite.
    """

    seconds: float
    after: float
    hits: int
    tries: int
    interval: tuple[float, float | None]


def least_time_to_target(hits: Sequence[float | None]) -> RestartTime | None:
    """The shortest time to a success with a probability of 99 % that tries of one length allow.

    Arguments:
        hits: of each try the seconds to its success, None without one.

    Example:
        >>> found = least_time_to_target([1.0, 2.0, None, None])
        >>> round(found.seconds, 2), found.after, found.hits
        (13.29, 2.0, 2)
    """
    times = sorted(seconds for seconds in hits if seconds is not None)
    found = []
    for number, after in enumerate(times, 1):
        seconds = time_to_target(after, number / len(hits))
        if seconds is not None:
            low, high = wilson_interval(number, len(hits))
            ends = (time_to_target(after, high) or 0.0, time_to_target(after, low))
            found.append(RestartTime(seconds, after, number, len(hits), ends))
    return min(found, key=lambda each: each.seconds, default=None)


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
