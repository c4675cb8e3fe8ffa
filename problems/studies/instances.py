"""The instances of a study: files, generated ones, numbers and queries."""

from __future__ import annotations

import glob
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import file_suffix, read_bytes
from odesolve.problems.integers import as_integer
from odesolve.problems.problem_files import read_input
from odesolve.problems.studies.front_ends import FRONT_ENDS, natural, parse_query
from odesolve.problems.studies.generators import GENERATORS, Generator
from odesolve.problems.studies.keys import Table
from odesolve.problems.studies.study import Instance, digest_of

__all__ = ["instances_of"]

#: What says where instances come from; a table has one of them.
SOURCES = ("files", "generator", "numbers", "queries")
#: What may be said of problems.
OPTIONS = ("colors", "target", "bits", "format")
DEFAULT_COLORS = 3
_MODEL_SUFFIXES = ("mzn", "fzn", "xml")


def instances_of(
    tables: Iterable[tuple[str, Any]], folder: Path, note: Callable[[str], None]
) -> list[Instance]:
    """All instances, each under a name of its own, and none twice.

    Arguments:
        tables: place and values.
        folder: where the names of files begin.
        note: takes what is to be said of them.

    Raises:
        InputError: naming the key that cannot be used.
    """
    found: dict[tuple[Any, ...], Instance] = {}
    names: set[str] = set()
    for place, values in tables:
        for instance in _of_table(place, values, folder):
            content = (instance.digest, instance.kind, repr(sorted(instance.options.items())))
            if content in found:
                note(f"{instance.name} is the same problem as {found[content].name}")
                continue
            if instance.name in names:
                said = ", ".join(f"{key} {value}" for key, value in instance.options.items())
                instance = replace(instance, name=f"{instance.name} ({said or instance.kind})")
            if instance.name in names:
                raise InputError(place, f"two problems {quote(instance.name)}", "distinct names")
            names.add(instance.name)
            found[content] = instance
    return list(found.values())


def _of_table(place: str, values: Any, folder: Path) -> Iterable[Instance]:
    """The instances of one table."""
    sources = [key for key in SOURCES if isinstance(values, Mapping) and key in values]
    if len(sources) != 1:
        wrong = " and ".join(sources) or "it says no instances"
        raise InputError(place, wrong, f"one of {', '.join(SOURCES)}")
    if sources == ["generator"]:
        name = Table(place, values, values).word("generator", tuple(GENERATORS))
        generator = GENERATORS[name]
        own = ("sizes", "seeds", *generator.parameters)
        return _generated(Table(place, values, (*sources, "kind", *OPTIONS, *own)), generator)
    table = Table(place, values, (*sources, "kind", *OPTIONS))
    if sources == ["files"]:
        return _files(table, folder)
    if sources == ["numbers"]:
        numbers = [str(each) for each in table.integers("numbers", 1)]
        return [_written(table, "factoring", text, natural) for text in numbers]
    return [_written(table, "arithmetic", text, parse_query) for text in table.texts("queries")]


def _written(table: Table, kind: str, text: str, read: Callable[[str, str], Any]) -> Instance:
    """A problem that stands in the study itself."""
    source = "numbers" if kind == "factoring" else "queries"
    read(text, table.at(source))
    options = _options(table, kind)
    return Instance(text, kind, partial(str.encode, text), digest_of(text), "txt", options)


def _options(table: Table, kind: str) -> dict[str, Any]:
    """What belongs to the problem, of those that its kind has."""
    front_end = FRONT_ENDS[kind]
    for key in OPTIONS:
        if key in table and key not in front_end.instance_options:
            known = ", ".join(sorted(front_end.instance_options)) or "nothing of the kind"
            raise table.wrong(key, f"no option of {kind}", known)
    found = table.checked(OPTIONS, _checked_option)
    if kind == "coloring":
        found.setdefault("colors", DEFAULT_COLORS)
    return found


def _checked_option(key: str, value: Any) -> Any:
    if key == "format":
        if isinstance(value, str) and value:
            return value
        raise InputError(key, quote(value), "the name of a format")
    if key == "colors" and value == "min":
        return value
    if key == "target" and isinstance(value, int | float) and not isinstance(value, bool):
        return value
    number = as_integer(value)
    if key == "target" or number is None or number < 1:
        expected = {"target": "a number", "colors": 'an integer of at least 1, or "min"'}
        raise InputError(key, quote(value), expected.get(key, "an integer of at least 1"))
    return number


# ------------------------------------------------------------------------------------------ files


def _files(table: Table, folder: Path) -> Iterable[Instance]:
    """The files that patterns match, those of a pattern in the order of their names."""
    kind = table.word("kind", tuple(FRONT_ENDS)) if "kind" in table else None
    for pattern in table.texts("files"):
        found = sorted(glob.glob(pattern, root_dir=folder, recursive=True))
        if not found:
            raise table.wrong(
                "files", f"no file {quote(pattern)}", "files, from the study's folder"
            )
        for name in found:
            path = folder / name
            if path.is_file():
                yield _file(table, path, name, kind)


def _file(table: Table, path: Path, name: str, kind: str | None) -> Instance:
    """The problem in a file."""
    suffix = file_suffix(path)
    if name.lower().endswith(".fzn.json"):
        suffix = "fzn.json"
    kind = kind or _kind_of(table, path, suffix)
    if kind in ("factoring", "arithmetic"):
        raise table.wrong("kind", quote(kind), "numbers or queries in the study itself")
    data = read_bytes(path)
    return Instance(
        name, kind, partial(read_bytes, path), digest_of(data), suffix, _options(table, kind)
    )


def _kind_of(table: Table, path: Path, suffix: str) -> str:
    """The kind of problem that a file holds.

    Raises:
        InputError: it may be read in two ways.
    """
    if suffix in (*_MODEL_SUFFIXES, "fzn.json"):
        return "model"
    form = table.text("format") if "format" in table else None
    file = read_input(path, form)
    return "ising" if file.is_ising else "coloring" if file.is_graph else "sat"


# -------------------------------------------------------------------------------------- generated


def _generated(table: Table, generator: Generator) -> Iterable[Instance]:
    """One for each size and each seed."""
    kind = table.word("kind", generator.kinds) if "kind" in table else generator.kinds[0]
    parameters = {
        key: table.integer(key, usual, 1) if isinstance(usual, int) else table.number(key, usual)
        for key, usual in generator.parameters.items()
    }
    told = "".join(f"-{key}{value:g}" for key, value in parameters.items() if key in table)
    options = _options(table, kind)
    if "colors" in generator.needs and options["colors"] == "min":
        raise table.wrong("colors", quote("min"), "an integer: so many are planted")
    if "colors" in generator.needs:
        parameters["colors"] = options["colors"]
    for size in table.integers("sizes", 2):
        for seed in table.seeds():
            make = partial(generator.content, size, seed, parameters)
            try:
                digest = digest_of(make())
            except ValueError as error:
                raise table.wrong("sizes", f"{size}: {error}", "another size") from None
            name = f"{table.text('generator')}-{size}{told}-{seed}"
            yield Instance(name, kind, make, digest, generator.suffix, options)
