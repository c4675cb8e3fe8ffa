"""A study from its file, TOML, or from the same tables in Python; ``docs/studies.md`` says how."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from odesolve.options import Options
from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import decode_text, place_of, read_bytes
from odesolve.problems.studies.cells import method_of
from odesolve.problems.studies.commands import NAMES, command_line
from odesolve.problems.studies.front_ends import FRONT_ENDS, METHOD, RESTARTS
from odesolve.problems.studies.instances import instances_of
from odesolve.problems.studies.keys import Table
from odesolve.problems.studies.study import Instance, Setting, Study

__all__ = ["DEFAULT_TIME_LIMIT", "read_study", "study_from"]

#: Seconds of a cell where neither they nor steps are limited.
DEFAULT_TIME_LIMIT = 600.0

#: Options that stand at the top of the file for all settings that say no other.
SHARED = ("runs", "max_steps", "time_limit")
_OPTIONS = tuple(sorted(METHOD | RESTARTS.union(*(each.options for each in FRONT_ENDS.values()))))
#: Options that are not text.
_KINDS: dict[str, tuple[type, ...]] = {"presolve": (bool,), "prove": (str, bool)}
_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def read_study(path: str | os.PathLike[str]) -> tuple[Study, list[str]]:
    """A study from a file, and notes on it.

    Raises:
        InputError: it cannot be read, or a key of it cannot be used.
    """
    place = place_of(path)
    text = decode_text(read_bytes(path), place)
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))
        line = (found and found[1]) or text.count("\n") + 1
        wrong = f"not TOML: {_LINE.sub('', str(error)).lower()}"
        raise InputError(f"{place}:{line}", wrong, "a study") from None
    return study_from(tables, place, Path(path).parent, Path(path).stem)


def study_from(
    tables: Mapping[str, Any], place: str = "study", folder: Path = Path(), name: str = "study"
) -> tuple[Study, list[str]]:
    """A study from its tables, and notes on it.

    Arguments:
        tables: as ``tomllib`` reads them.
        place: what to call them in messages.
        folder: where the names of files begin.
        name: of the study.

    Raises:
        InputError: naming the key that cannot be used.
    """
    top = Table(place, tables, ("instances", "settings", "seeds", *SHARED))
    shared = top.checked(SHARED, _checked_option)
    seeds = tuple(top.seeds())
    settings = [
        _setting(Table(where, values, ("name", "command", "kinds", *_OPTIONS)), shared, folder)
        for where, values in top.tables("settings")
    ]
    _check_names(top, settings)
    notes: list[str] = []
    instances = instances_of(top.tables("instances"), folder, notes.append)
    for number, setting in enumerate(settings):
        _check_setting(setting, instances, f"{top.at('settings')}[{number}]")
        if setting.kinds and not any(each.kind in setting.kinds for each in instances):
            notes.append(f"setting {setting.name} is for none of the instances")
    return Study(name, tuple(instances), tuple(settings), seeds), notes


def _setting(table: Table, shared: Mapping[str, Any], folder: Path) -> Setting:
    """One of the settings."""
    kinds = table.texts("kinds") if "kinds" in table else []
    for kind in kinds:
        if kind not in FRONT_ENDS:
            raise table.wrong("kinds", quote(kind), " or ".join(FRONT_ENDS))
    options = {**shared, **table.checked(_OPTIONS, _checked_option)}
    if options.get("preset") is not None:
        options["preset"] = _preset(table, folder)
    if options.keys().isdisjoint({"time_limit", "max_steps"}):
        options["time_limit"] = DEFAULT_TIME_LIMIT
    command = table.text("command") if "command" in table else ""
    if command:
        given = dict.fromkeys(NAMES, "")
        command_line(command, given, table.at("command"))
        for key in _OPTIONS:
            if key in table and key not in SHARED:
                raise table.wrong(key, "it is for odesolve", "nothing of it beside a command")
    return Setting(table.text("name"), command, options, tuple(kinds))


def _checked_option(key: str, value: Any) -> Any:
    """A value that may stand in a setting, as far as can be told without its problems.

    Raises:
        ValueError: if it may not.
    """
    if key in RESTARTS:
        Options.of({key: value})
        return value
    if key == "parameters" or key == "lanes":
        lanes = [value] if key == "parameters" else value
        if not isinstance(lanes, list) or not all(isinstance(each, Mapping) for each in lanes):
            raise InputError(key, quote(value), "a table" if key == "parameters" else "tables")
        return value
    kinds: tuple[type, ...] = _KINDS.get(key, (str,))
    if not isinstance(value, kinds):
        raise InputError(key, quote(value), "true or false" if kinds == (bool,) else "text")
    return value


def _preset(table: Table, folder: Path) -> Any:
    """The name of a preset that comes with odesolve, or the text of a file."""
    name = table.text("preset")
    path = folder / name
    if not (path.suffix == ".toml" or path.is_file()):
        return name
    try:
        return {"place": name, "text": decode_text(read_bytes(path), name)}
    except InputError as error:
        raise InputError(table.at("preset"), str(error)) from None


def _check_names(top: Table, settings: Sequence[Setting]) -> None:
    """Raises InputError for two settings of one name, or two that are the same."""
    for number, setting in enumerate(settings):
        for other in settings[:number]:
            if setting.name == other.name:
                raise InputError(
                    f"{top.at('settings')}[{number}].name",
                    f"there are two settings {quote(setting.name)}",
                    "a name of its own",
                )
            if setting.digest == other.digest and setting.kinds == other.kinds:
                raise InputError(
                    f"{top.at('settings')}[{number}]",
                    f"{quote(setting.name)} does the same as {quote(other.name)}",
                    "another setting",
                )


def _check_setting(setting: Setting, instances: Iterable[Instance], place: str) -> None:
    """Refuse what could be used on no problem of a kind that the study has."""
    own = [each for each in instances if not setting.kinds or each.kind in setting.kinds]
    for kind in dict.fromkeys(each.kind for each in own):
        front_end = FRONT_ENDS[kind]
        if setting.command:
            continue
        for key in setting.options:
            if key not in METHOD | front_end.options:
                known = ", ".join(sorted(front_end.options))
                raise InputError(f"{place}.{key}", f"no option of {kind}", f"{known}; or kinds")
        _check_method(setting, front_end.presets, place)


def _check_method(setting: Setting, kinds: Sequence[str], place: str) -> None:
    """Refuse equations, steps or values that no problem of these kinds can be solved with."""
    from odesolve.problems.preparation import checked_method

    names = ("dynamics", "stepper", "parameters")
    chosen = {name: setting.options[name] for name in names if name in setting.options}
    last: InputError | None = None
    try:
        chosen |= method_of(setting.options, tuple(kinds))
    except InputError as error:
        raise InputError(f"{place}.preset", error.message) from None
    if not chosen:
        return
    for kind in kinds:
        try:
            checked_method(kind, {}, **chosen)
            return
        except InputError as error:
            last = error
    if last is not None:
        raise InputError(place, str(last))
