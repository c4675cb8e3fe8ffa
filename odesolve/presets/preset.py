"""``Preset``: which equations, values and steps a problem is solved with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from odesolve.parameters import owned
from odesolve.registry import tables

#: A dynamics and its stepper, of the kind that its problems have.
Lane = tuple[Any, Any]
Number = int | float
#: Where runs may begin instead of at random, and the problems that know how.
STARTS = {"spectral": ("sat",)}
#: A feature's words, or the least and the most that it may be.
Condition = tuple[str, ...] | tuple[Number, Number]


class PresetError(ValueError):
    """A preset that cannot be used; its text is ``PLACE: what is wrong``.

    Attributes:
        place: the file, with the line where that is known, or the option.
        message: what is wrong, naming the preset and the key.

    Example:
        >>> import odesolve as ode
        >>> ode.preset_named("sat-unifrom")
        Traceback (most recent call last):
        odesolve.presets.preset.PresetError: sat-unifrom: no such preset and no such file; ...
    """

    def __init__(self, place: str, message: str) -> None:
        self.place, self.message = place, message
        text = f"{place}: {message}"
        super().__init__(text if text.isprintable() else text.encode("unicode_escape").decode())


@dataclass(frozen=True)
class Preset:
    """Equations, values and steps, and the problems that they were measured on.

    Attributes:
        name: shown in results.
        problems: kinds of problem it serves: "coloring", "factoring", "sat", ...
        dynamics, stepper: by name.
        parameters: those of both by name, static options too; what is left out has its default.
        lane_parameters: what each lane changes in them; the runs of a batch take the lanes in turn.
        automatic: the kinds of problem for which it is chosen without being asked for.
        when: feature -> what it has to be for that.
        options: policies of the batch that the user did not choose, see ``odesolve.Options``.
        then: the preset that goes on from the best assignment when this one has found nothing
            in ``then_after`` steps; none if empty.
        measured: the benchmark behind it, and what it showed.
        start: where runs begin: at random if empty, or "spectral" for formulas, see
            ``docs/presets.md``. Not for presets that go on from another.

    Example:
        >>> import odesolve as ode
        >>> own = ode.Preset("mine", ("sat",), "rectified", "adaptive-euler", {"alpha": 3.0})
        >>> dynamics, stepper = own.lanes()[0]
        >>> dynamics.alpha, stepper.name
        (3.0, 'adaptive-euler')
    """

    name: str
    problems: tuple[str, ...]
    dynamics: str
    stepper: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    lane_parameters: tuple[Mapping[str, Any], ...] = ({},)
    automatic: tuple[str, ...] = ()
    when: Mapping[str, Condition] = field(default_factory=dict)
    options: Mapping[str, int] = field(default_factory=dict)
    then: str = ""
    then_after: int = 0
    measured: str = ""
    start: str = ""

    def __post_init__(self) -> None:
        if self.start and not (isinstance(self.start, str) and self.start in STARTS):
            raise ValueError(f"start: {self.start!r}; expected {' or '.join(map(repr, STARTS))}")
        for problem in self.problems if self.start else ():
            if problem not in STARTS[self.start]:
                known = ", ".join(STARTS[self.start])
                raise ValueError(f"start: {self.start!r} is for {known} alone, not for {problem!r}")

    def lanes(self) -> list[Lane]:
        """The dynamics and stepper of each lane.

        Raises:
            ValueError: if a dynamics, stepper or parameter has no such name, or no such value.
        """
        known_dynamics, known_steppers = tables(self.problems)
        for name, kinds, what in (
            (self.dynamics, known_dynamics, "dynamics"),
            (self.stepper, known_steppers, "stepper"),
        ):
            if name not in kinds:
                raise ValueError(f"{what}: there is no {name!r}; choose from {', '.join(kinds)}")
        dynamics, stepper = known_dynamics[self.dynamics], known_steppers[self.stepper]
        return [
            owned(dynamics(), stepper(), {**self.parameters, **changes})
            for changes in self.lane_parameters
        ]

    def fits(self, features: Mapping[str, Any]) -> bool:
        """Whether a problem of these features meets every condition."""
        return all(
            name in features and _meets(features[name], condition)
            for name, condition in self.when.items()
        )

    def may_fit(self, known: Mapping[str, Any]) -> bool:
        """Whether a problem of which these features are known may meet every condition."""
        return all(
            name not in known or _meets(known[name], condition)
            for name, condition in self.when.items()
        )

    def to_json(self) -> dict[str, Any]:
        """Its fields, as a file holds them and without those that say nothing."""
        written: dict[str, Any] = {
            "name": self.name,
            "problems": list(self.problems),
            "automatic": list(self.automatic),
            "when": {name: _written(condition) for name, condition in self.when.items()},
            "dynamics": self.dynamics,
            "stepper": self.stepper,
            "start": self.start,
            "then": self.then,
            "then_after": self.then_after,
            "measured": self.measured,
            "parameters": dict(self.parameters),
            "options": dict(self.options),
            "lanes": [dict(lane) for lane in self.lane_parameters],
        }
        if written["lanes"] == [{}]:
            written["lanes"] = []
        return {key: value for key, value in written.items() if value}


def _meets(value: Any, condition: Condition) -> bool:
    if all(isinstance(word, str) for word in condition):
        return value in condition
    low, high = condition
    return bool(low <= value <= high)


def _written(condition: Condition) -> Any:
    """A condition as a file holds it."""
    if all(isinstance(word, str) for word in condition):
        return condition[0] if len(condition) == 1 else list(condition)
    low, high = condition
    bounds = {"at_least": low, "at_most": high}
    infinite = (float("-inf"), float("inf"))
    return {name: bound for name, bound in bounds.items() if bound not in infinite}
