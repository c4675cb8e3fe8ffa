"""Which preset a problem gets: by its features, or the one that the user names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Unpack

from odesolve.dynamics.base import Configurable
from odesolve.options import AllOptions, Options, checked_kind, shown
from odesolve.parameters import interleaved, owned, parameter_names
from odesolve.presets.files import load_presets, parse_presets
from odesolve.presets.preset import STARTS, Lane, Preset, PresetError
from odesolve.registry import base_kinds, tables, usual_stepper


@dataclass(frozen=True)
class Choice:
    """What a problem is solved with.

    Attributes:
        lanes: the dynamics and stepper that the runs of a batch take in turn.
        preset: the name of the preset; None where none was measured for it.
        options: policies of the batch that the preset sets, see ``odesolve.Options``.
        then, then_after: what goes on after how many steps without a solution, if anything does.
        start: where runs begin, see ``Preset``.
    """

    lanes: tuple[Lane, ...]
    preset: str | None = None
    options: Mapping[str, int] = field(default_factory=dict)
    then: Choice | None = None
    then_after: int = 0
    start: str = ""

    def for_runs(self, runs: int) -> Lane:
        """One dynamics and one stepper whose parameters go through the lanes run by run."""
        dynamics, steppers = zip(*self.lanes, strict=True)
        return interleaved(dynamics, runs), interleaved(steppers, runs)

    def with_options(self, given: Mapping[str, Any], **usual: Unpack[AllOptions]) -> Options:
        """The options of a solve: those given, else the preset's, else the usual ones.

        Raises:
            ValueError: if there is no such option, or a value is out of range.
        """
        chosen = dict(given)
        if chosen.get("runs") is None:
            chosen.pop("runs", None)
        return Options.of({**usual, **self.options, **chosen})


def choose(
    problem: str,
    features: Mapping[str, Any],
    *,
    preset: str | os.PathLike[str] | Preset | None = None,
    dynamics: str | Configurable | None = None,
    stepper: str | Configurable | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> Choice:
    """The lanes for a problem, with whatever the user chose.

    Arguments:
        problem: the kind of problem, as in ``Preset.problems``.
        features: what ``Preset.when`` may ask for.
        preset: a preset, its name, or a file that holds one; None chooses by the features.
        dynamics: a name or a dynamics. Without ``preset`` it takes the first preset of the problem
            that has it; without such a one its own defaults and usual stepper. With ``preset`` it
            replaces the equations, which keep the values that they have a parameter for.
        stepper: None keeps the preset's, and so does its name.
        parameters: values by name, of the dynamics or the stepper.

    Raises:
        ValueError: if a dynamics, stepper or parameter has no such name, or a value is no number.
        PresetError: if there is no such preset, or it cannot be used.
    """
    _check_kinds(problem, preset, dynamics, stepper, parameters)
    if preset is not None:
        base = _served(problem, _from_preset(preset_named(preset), dynamics))
    else:
        base = _from_features(problem, features, dynamics)
    return _changed(problem, base, dynamics, stepper, parameters)


def check(
    problem: str,
    known: Mapping[str, Any],
    *,
    preset: str | os.PathLike[str] | Preset | None = None,
    dynamics: str | Configurable | None = None,
    stepper: str | Configurable | None = None,
    parameters: Mapping[str, Any] | None = None,
) -> None:
    """Refuse what the user chose if no problem with the known features could be solved with it.

    Arguments:
        known: some features of the problem; the others are found later.
        preset, dynamics, stepper, parameters: as for ``choose``.

    Raises:
        ValueError: what ``choose`` says of the most general preset that may come to be chosen.
        PresetError: likewise.
    """
    _check_kinds(problem, preset, dynamics, stepper, parameters)
    if preset is not None:
        bases = [_served(problem, _from_preset(preset_named(preset), dynamics))]
    else:
        bases = _possible(problem, known, dynamics)
    last: ValueError | None = None  # general presets stand behind special ones
    for base in bases:
        try:
            _changed(problem, base, dynamics, stepper, parameters)
        except ValueError as error:
            last = error
        else:
            return
    if last is not None:
        raise last


def _possible(
    problem: str, known: Mapping[str, Any], dynamics: str | Configurable | None
) -> list[Choice]:
    """All that a problem with the known features may get."""
    if isinstance(dynamics, Configurable):
        return [_from_features(problem, known, dynamics)]
    fitting = [
        preset
        for preset in packaged_presets().values()
        if problem in preset.problems and preset.may_fit(known)
        if (problem in preset.automatic if dynamics is None else preset.dynamics == dynamics)
    ]
    # Where none is sure to fit, the dynamics' own values may be what is left.
    return [*map(_whole, fitting)] or [_from_features(problem, known, dynamics)]


def _check_kinds(problem: str, preset: Any, dynamics: Any, stepper: Any, parameters: Any) -> None:
    checked_kind("preset", preset, (str, os.PathLike, Preset), "a name, a file or a Preset")
    own_dynamics, own_stepper, example, stepper_example = base_kinds(problem)
    checked_kind("dynamics", dynamics, (str, own_dynamics), f"a name or a dynamics, as {example}()")
    checked_kind(
        "stepper", stepper, (str, own_stepper), f"a name or a stepper, as {stepper_example}()"
    )
    checked_kind("parameters", parameters, (Mapping,), "a mapping from names to numbers")


def _changed(problem: str, base: Choice, dynamics: Any, stepper: Any, parameters: Any) -> Choice:
    """A choice with the user's equations, steps and values."""
    if dynamics is None and stepper is None and not parameters:
        return base
    # Whoever changes the equations, the steps or their values wants these, not others after them.
    lanes = [
        owned(own, _stepper(problem, stepper, default), parameters or {})
        for own, default in base.lanes
    ]
    return replace(base, lanes=tuple(lanes), then=None, then_after=0)


def _served(problem: str, choice: Choice) -> Choice:
    """A choice whose equations, steps and start, and those after them, are of the kind of problem.

    Raises:
        PresetError: if they are not.
    """
    kinds = base_kinds(problem)[:2]
    later: Choice | None = choice
    while later is not None:
        for lane in later.lanes:
            if not all(map(isinstance, lane, kinds)):
                raise PresetError(
                    f"preset {later.preset}",
                    f"{lane[0].name} with {lane[1].name} is for other problems; expected {problem}",
                )
        if later.start and problem not in STARTS[later.start]:
            raise PresetError(
                f"preset {later.preset}",
                f"start: {later.start!r} is for other problems; expected {problem}",
            )
        later = later.then
    return choice


def _from_preset(preset: Preset, dynamics: str | Configurable | None) -> Choice:
    if isinstance(dynamics, Configurable):
        lanes = [(dynamics, stepper) for _, stepper in preset.lanes()[:1]]
        return Choice(tuple(lanes), preset.name, preset.options, start=preset.start)
    if dynamics not in (None, preset.dynamics):
        known = parameter_names(_known(preset.problems, dynamics))
        known |= parameter_names(tables(preset.problems)[1][preset.stepper])
        preset = replace(
            preset,
            dynamics=dynamics,
            parameters=_only(preset.parameters, known),
            lane_parameters=tuple(_only(lane, known) for lane in preset.lane_parameters),
        )
    return _whole(preset)


def _whole(preset: Preset, before: tuple[Preset, ...] = ()) -> Choice:
    """Everything that a preset says, and those that go on after it.

    Raises:
        PresetError: if there is no preset to go on with, it begins elsewhere, or they go on in a
            circle.
    """
    if preset in before:
        raise PresetError(f"preset {preset.name}", "then: comes back to itself")
    if before and preset.start:
        raise PresetError(
            f"preset {before[-1].name}",
            f"then: {preset.name} begins at a {preset.start!r} start; expected one that goes on",
        )
    later = _whole(preset_named(preset.then), (*before, preset)) if preset.then else None
    return Choice(
        tuple(preset.lanes()),
        preset.name,
        preset.options,
        later,
        preset.then_after,
        preset.start,
    )


def _only(values: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in names}


def _known(problems: Iterable[str], dynamics: str) -> type[Configurable]:
    known, _ = tables(problems)
    if dynamics not in known:
        raise ValueError(f"no dynamics {dynamics!r}; choose from {', '.join(known)}")
    return known[dynamics]


def _from_features(
    problem: str, features: Mapping[str, Any], dynamics: str | Configurable | None
) -> Choice:
    name = dynamics.name if isinstance(dynamics, Configurable) else dynamics
    found = preset_for(problem, features, name)
    if isinstance(dynamics, Configurable):
        return Choice(((dynamics, found.lanes()[0][1] if found else usual_stepper(dynamics)),))
    if found is not None:
        return _whole(found)
    if dynamics is None:
        raise ValueError(f"no preset for {problem} is chosen without being asked for")
    own = _known([problem], dynamics)()
    return Choice(((own, usual_stepper(own)),))


def preset_for(
    problem: str, features: Mapping[str, Any], dynamics: str | None = None
) -> Preset | None:
    """The first packaged preset that fits a problem: of this dynamics, or the automatic one."""
    for preset in packaged_presets().values():
        wanted = problem in preset.automatic if dynamics is None else preset.dynamics == dynamics
        if wanted and problem in preset.problems and preset.fits(features):
            return preset
    return None


def _stepper(problem: str, wanted: str | Configurable | None, default: Configurable) -> Any:
    if wanted is None or wanted == default.name:
        return default
    if isinstance(wanted, Configurable):
        return wanted
    _, known = tables([problem])
    if wanted not in known:
        raise ValueError(f"no stepper {wanted!r}; choose from {', '.join(known)}")
    return known[wanted]()


@cache
def packaged_presets() -> dict[str, Preset]:
    """The presets that come with odesolve, by name, in the order of their files.

    Those of one kind of problem stand in one file, where a special one comes before a general one.
    """
    files = sorted(resources.files("odesolve.presets").iterdir(), key=lambda file: file.name)
    presets: dict[str, Preset] = {}
    for file in files:
        if file.name.endswith(".toml"):
            presets.update(parse_presets(file.read_text(encoding="utf-8"), file.name))
    return presets


def preset_named(preset: str | os.PathLike[str] | Preset) -> Preset:
    """A preset that comes with odesolve, by name, or the only one of a file; one stays itself.

    Raises:
        PresetError: if there is neither, or the file holds no preset, several, or a faulty one.

    Example:
        >>> import odesolve as ode
        >>> ode.preset_named("sat-ctds").dynamics
        'ctds'
    """
    if isinstance(preset, Preset):
        return preset
    if not isinstance(preset, str | os.PathLike):
        raise PresetError("preset", f"{shown(preset)}; expected a name, a file or a Preset")
    place = os.fsdecode(preset)
    known = packaged_presets()
    if place in known:
        return known[place]
    path = Path(place)
    if path.suffix != ".toml" and len(path.parts) == 1 and not path.exists():
        near = ", ".join(get_close_matches(place, known, n=3, cutoff=0.0))
        raise PresetError(place, f"no such preset and no such file; near are {near}")
    own = load_presets(place)
    if len(own) != 1:
        raise PresetError(place, f"holds {len(own)} presets; expected one")
    return next(iter(own.values()))
