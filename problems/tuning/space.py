"""The ranges in which parameters of dynamics and steppers are searched.

Of two parameters that stand in an order, as the ends of a window of the pump, the lower is searched
as a share of the upper, so that every proposal keeps the order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from odesolve.dynamics.base import Configurable
from odesolve.dynamics.ising.base import IsingDynamics
from odesolve.parameters import owned
from odesolve.presets.preset import Lane


@dataclass(frozen=True)
class Range:
    """Where a parameter is searched; on a logarithmic scale unless it is a fraction of 1."""

    low: float
    high: float
    logarithmic: bool = True

    def around(self, value: float) -> Range:
        """The part within a factor of ``NEIGHBOURHOOD`` of a value; all of it if that is 0."""
        if not self.logarithmic or value < self.low:
            return self
        centre = self.clipped(value)
        low, high = centre / NEIGHBOURHOOD, centre * NEIGHBOURHOOD
        return Range(max(self.low, low), min(self.high, high))

    def clipped(self, value: float) -> float:
        """The nearest value in the range."""
        return min(max(value, self.low), self.high)


#: A parameter is searched within this factor of where it starts.
NEIGHBOURHOOD = 10.0

#: Every parameter that can be searched. One that is off (None or infinite) stays off.
RANGES = {
    "alpha": Range(0.01, 100.0),
    "beta": Range(0.5, 200.0),
    "gamma": Range(0.005, 0.6),
    "delta": Range(0.001, 0.6),
    "epsilon": Range(1e-5, 0.1),
    "zeta": Range(1e-5, 1.0),
    "decay": Range(1e-6, 1.0),
    "eta": Range(0.01, 5.0),
    "kappa": Range(1e-5, 1.0),
    "tau": Range(1e-3, 0.5),
    "centring": Range(0.01, 4.0),
    "discreteness": Range(0.0, 1.0, logarithmic=False),
    "rate": Range(0.01, 100.0),
    "long_limit": Range(2.0, 1e7),
    "hard_alpha": Range(0.01, 100.0),
    "hard_decay": Range(1e-3, 10.0),
    "rho": Range(0.0, 1.0, logarithmic=False),
    "theta": Range(0.0, 1.5, logarithmic=False),
    "growth": Range(1e-5, 0.1),
    "limit": Range(0.01, 1.0),
    "inertia": Range(0.1, 10.0),
    "spread": Range(1e-3, 1.0),
    "message_kept": Range(0.0, 1.0, logarithmic=False),
    "field_kept": Range(0.0, 1.0, logarithmic=False),
    "noise": Range(1e-4, 3.0),
    "cold_noise": Range(1e-4, 3.0),
    "period": Range(10.0, 1e5),
    "dt": Range(1e-3, 3.0),
    "reach": Range(0.02, 10.0),
    "floor": Range(1e-5, 0.1),
    "ceiling": Range(0.01, 1e3),
    "momentum": Range(0.0, 0.95, logarithmic=False),
    "stride": Range(0.05, 4.0),
}

#: The same of the dynamics of Ising machines, whose parameters have other sizes. What says how long
#: and how often is annealed is no part of it: anneals of equal steps are compared.
ISING_RANGES = {
    "coupling": Range(0.2, 4.0),
    "pump_from": Range(0.0, 1.0, logarithmic=False),
    "pump_until": Range(0.2, 1.5, logarithmic=False),
    "kerr": Range(0.05, 10.0),
    "control": Range(0.0, 1.0, logarithmic=False),
    "first_gain": Range(-3.0, 1.0, logarithmic=False),
    "last_gain": Range(-1.0, 3.0, logarithmic=False),
    "first_target": Range(0.1, 10.0),
    "last_target": Range(0.1, 10.0),
    "target": Range(0.1, 10.0),
    "last_harmonic": Range(0.1, 30.0),
    "noise": Range(1e-3, 5.0),
    "temperature": Range(0.02, 20.0),
    "alpha": Range(0.01, 10.0),
    "beta": Range(0.01, 10.0),
    "gamma": Range(0.005, 0.6),
    "delta": Range(0.005, 0.6),
    "epsilon": Range(1e-5, 0.1),
    "decay": Range(0.01, 10.0),
    "floor": Range(0.0, 0.9, logarithmic=False),
    "long_limit": Range(2.0, 1e3),
    "dt": Range(0.01, 2.0),
}

#: Of these the first is less than the second, of which it is at most such a share.
ORDERED = {"pump_from": "pump_until"}
MOST_SHARE = 0.95

#: What matters little, and is only searched when asked for. The limit matters where weights grow
#: exponentially.
MINOR = ("epsilon", "tau", "kappa", "floor", "ceiling", "stride", "rate", "long_limit")
MINOR_EXCEPT = {"ctds": ("long_limit",)}


def space_of(lane: Lane, names: Sequence[str] = ()) -> dict[str, Range]:
    """The ranges of a lane's parameters: of these, or of all that matter.

    Raises:
        ValueError: if a name is not a parameter of the lane that can be searched.
    """
    values = values_of(lane)
    ranges = ISING_RANGES if isinstance(lane[0], IsingDynamics) else RANGES
    possible = {
        name: ranges[name].around(value) for name, value in values.items() if name in ranges
    }
    for name in names:
        if name not in possible:
            raise ValueError(f"cannot vary {name!r}; there are {', '.join(possible)}")
    kept = MINOR_EXCEPT.get(lane[0].name, ())
    left = {name: own for name, own in possible.items() if name not in MINOR or name in kept}
    chosen = {name: possible[name] for name in names} if names else left or possible
    for lower, upper in ORDERED.items():
        if lower in chosen and upper in chosen:
            chosen[lower] = Range(0.0, MOST_SHARE, logarithmic=False)
        elif lower in chosen:
            chosen[lower] = _below(chosen[lower], MOST_SHARE * values[upper], lower, upper)
        elif upper in chosen:
            chosen[upper] = _above(chosen[upper], values[lower] / MOST_SHARE, lower, upper)
    return chosen


def _below(own: Range, most: float, lower: str, upper: str) -> Range:
    if most <= own.low:
        raise ValueError(f"cannot vary {lower!r}, which is less than {upper}, alone; vary both")
    return replace(own, high=min(own.high, most))


def _above(own: Range, least: float, lower: str, upper: str) -> Range:
    if least >= own.high:
        raise ValueError(f"cannot vary {upper!r}, which is more than {lower}, alone; vary both")
    return replace(own, low=max(own.low, least))


def coordinates(space: Mapping[str, Range], values: Mapping[str, float]) -> dict[str, float]:
    """Values of parameters as a search of the space has them."""
    found = {name: values[name] for name in space}
    for lower, upper in _pairs(space):
        found[lower] = values[lower] / values[upper] if values[upper] > 0 else 0.0
    return {name: own.clipped(found[name]) for name, own in space.items()}


def values_at(space: Mapping[str, Range], found: Mapping[str, float]) -> dict[str, float]:
    """Rounded values of parameters from those that a search of the space proposes."""
    values = {name: found[name] for name in space}
    for lower, upper in _pairs(space):
        values[lower] = found[lower] * found[upper]
    return {name: rounded(value) for name, value in values.items()}


def _pairs(space: Mapping[str, Range]) -> list[tuple[str, str]]:
    """Those of which both are searched."""
    return [pair for pair in ORDERED.items() if set(pair) <= set(space)]


def values_of(lane: Lane) -> dict[str, float]:
    """The finite numbers among a lane's parameters."""
    every = {**lane[0].parameters(), **lane[1].parameters()}
    return {
        name: float(value)
        for name, value in every.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }


def with_values(lane: Lane, values: Mapping[str, Any]) -> tuple[Configurable, Configurable]:
    """The lane with other values."""
    return owned(lane[0], lane[1], values)


def rounded(value: float) -> float:
    """Three significant digits: more say nothing, and hide what a preset is about."""
    return float(f"{value:.3g}")
