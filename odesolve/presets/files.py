"""Presets in files: TOML in both directions, checked down to the last value.

The files beside this module hold those that come with odesolve; one of the user's own has the same
form. ``docs/presets.md`` says what an entry means.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from odesolve.options import STEP_LIMIT, Options, shown
from odesolve.presets.preset import Condition, Preset, PresetError

#: Options of a solve that a preset may set.
POLICIES = ("runs", "patience", "run_length", "generation", "look_every")

_KEYS = {
    "problems": list, "automatic": list, "when": dict, "dynamics": str, "stepper": str,
    "parameters": dict, "lanes": list, "options": dict, "start": str, "then": str,
    "then_after": int, "measured": str,
}  # fmt: skip
_NEEDED = ("problems", "dynamics", "stepper")
_KIND_NAMES = {list: "a list", dict: "a table", str: "text", int: "a number of steps"}
_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def load_presets(path: str | os.PathLike[str]) -> dict[str, Preset]:
    """Every preset of a file (``str`` or ``os.PathLike``), by name.

    Raises:
        PresetError: if the file cannot be read or anything in it cannot be used.

    Example:
        >>> from pathlib import Path
        >>> import odesolve as ode
        >>> from odesolve.presets.files import to_toml
        >>> text = to_toml(ode.preset_named("sat-ctds"))
        >>> _ = Path("mine.toml").write_text(text, encoding="utf-8")
        >>> list(ode.load_presets("mine.toml"))
        ['sat-ctds']
    """
    if not isinstance(path, str | os.PathLike):
        raise PresetError("presets", f"{shown(path)}; expected a file of presets")
    path = os.fsdecode(path)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a text file in UTF-8"
        raise PresetError(str(path), f"{reason.lower()}; expected a file of presets") from None
    return parse_presets(text, str(path))


def parse_presets(text: str, place: str) -> dict[str, Preset]:
    """The presets of a TOML text; ``place`` names it in errors.

    Raises:
        PresetError: as ``load_presets``.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))
        line = (found and found[1]) or text.count("\n") + 1
        raise PresetError(f"{place}:{line}", f"not TOML: {_LINE.sub('', str(error))}") from None
    presets = {}
    for name, entry in document.items():
        where = f"{place}:{_line_of(text, name)}"
        try:
            if not isinstance(entry, dict):
                raise ValueError(f"{_shown(entry)}; expected a table of one preset")
            presets[name] = _preset(name, entry)
        except (TypeError, ValueError, OverflowError) as error:
            raise PresetError(where, f"preset {name}: {error}") from None
    return presets


def _line_of(text: str, name: str) -> int:
    """The line on which a preset of that name begins, as far as can be told."""
    header = re.compile(rf"""^\s*\[?\s*["']?{re.escape(name)}["']?\s*[\].=]""", re.MULTILINE)
    found = header.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _preset(name: str, entry: Mapping[str, Any]) -> Preset:
    """One preset, checked down to its last value.

    Raises:
        ValueError: naming the key.
    """
    for key, value in entry.items():
        if key not in _KEYS:
            raise ValueError(f"{key}: no such key; there are {', '.join(_KEYS)}")
        if not isinstance(value, _KEYS[key]):
            raise ValueError(f"{key}: {_shown(value)}; expected {_KIND_NAMES[_KEYS[key]]}")
    for key in _NEEDED:
        if not entry.get(key):
            raise ValueError(f"{key} is missing")
    preset = Preset(
        name=name,
        problems=_words("problems", entry["problems"]),
        dynamics=entry["dynamics"],
        stepper=entry["stepper"],
        parameters=_values("parameters", entry.get("parameters", {})),
        lane_parameters=tuple(
            _values(f"lanes, number {number}", lane)
            for number, lane in enumerate(entry.get("lanes") or [{}], 1)
        ),
        automatic=_words("automatic", entry.get("automatic", [])),
        when={key: _condition(key, value) for key, value in entry.get("when", {}).items()},
        options=_policies(entry.get("options", {})),
        start=entry.get("start", ""),
        then=entry.get("then", ""),
        then_after=entry.get("then_after", 0),
        measured=entry.get("measured", ""),
    )
    if bool(preset.then) != (preset.then_after > 0):
        raise ValueError("then and then_after: a preset and after how many steps, or neither")
    if preset.then_after > STEP_LIMIT:
        raise ValueError(f"then_after is at most {STEP_LIMIT}, got {preset.then_after}")
    for problem in preset.automatic:
        if problem not in preset.problems:
            raise ValueError(f"automatic: {problem!r} is not among its problems")
    preset.lanes()
    return preset


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _words(key: str, values: Sequence[Any]) -> tuple[str, ...]:
    for value in values:
        if not isinstance(value, str):
            raise ValueError(f"{key}: {_shown(value)}; expected text")
    return tuple(values)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _values(key: str, table: Any) -> dict[str, Any]:
    """Parameters by name: numbers, and words for static options."""
    if not isinstance(table, dict):
        raise ValueError(f"{key}: {_shown(table)}; expected a table")
    for name, value in table.items():
        if not (_is_number(value) or isinstance(value, str)) or value != value:
            raise ValueError(f"{key}.{name}: {_shown(value)}; expected a number or a word")
    return dict(table)


def _condition(key: str, value: Any) -> Condition:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, list) and value:
        return _words(f"when.{key}", value)
    if isinstance(value, dict) and value and set(value) <= {"at_least", "at_most"}:
        low, high = value.get("at_least", float("-inf")), value.get("at_most", float("inf"))
        if _is_number(low) and _is_number(high) and low <= high:
            return (low, high)
    raise ValueError(
        f"when.{key}: {_shown(value)}; expected a word, words, or at_least and at_most"
    )


def _policies(options: Mapping[str, Any]) -> dict[str, int]:
    for name, value in options.items():
        if name not in POLICIES:
            raise ValueError(f"options.{name}: no such option; there are {', '.join(POLICIES)}")
        try:
            Options.of({name: value})
        except ValueError as error:
            raise ValueError(f"options: {error}") from None
    return dict(options)


# ------------------------------------------------------------------------------------- writing


def to_toml(preset: Preset) -> str:
    """A preset as the text of a file; reading it gives an equal one."""
    written = preset.to_json()
    name = written.pop("name")
    lanes, tables = written.pop("lanes", []), {}
    for key in ("when", "parameters", "options"):
        tables[key] = written.pop(key, {})
    head = _key(name)
    lines = [f"[{head}]", *(f"{key} = {_toml(value)}" for key, value in written.items())]
    for key, table in tables.items():
        if table:
            lines += ["", f"[{head}.{key}]"]
            lines += [f"{_key(own)} = {_toml(value)}" for own, value in table.items()]
    for lane in lanes:
        lines += ["", f"[[{head}.lanes]]"]
        lines += [f"{_key(own)} = {_toml(value)}" for own, value in lane.items()]
    return "\n".join(lines) + "\n"


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _quoted(name)


def _quoted(text: str) -> str:
    # A basic string of TOML escapes as JSON does, but for the character DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(name)} = {_toml(part)}" for name, part in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(part) for part in value)}]"
    # repr gives the shortest digits that read back as the same number; inf is TOML as well.
    return _quoted(value) if isinstance(value, str) else repr(value)
