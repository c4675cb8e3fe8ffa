"""Values near which a solve begins, from a file that names a model's variables and arrays."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import decode_text, place_of, read_bytes
from odesolve.problems.json_text import parse_json
from odesolve.problems.models.constraints.base import Variable
from odesolve.problems.models.flatzinc.builder import FlatZinc
from odesolve.problems.models.flatzinc.terms import Output, SetVariable, Term

__all__ = ["read_hint"]


def read_hint(path: str | os.PathLike[str], read: FlatZinc) -> dict[str, int]:
    """Values of some or all variables.

    Arguments:
        path: a JSON object ``{name: value}``, such as ``-o`` writes; the names are those of
            variables or outputs, and the values as in ``Output.value``.
        read: the model.

    Returns:
        Values by name of the model's variables.

    Raises:
        InputError: if it cannot be read, or a name or a value is not the model's.
    """
    place = place_of(path)
    given = parse_json(decode_text(read_bytes(path), place), place)
    if not isinstance(given, Mapping):
        raise InputError(place, "the JSON is no object", '{"name": value}')
    outputs = {output.name: output for output in read.outputs}
    found: dict[str, int] = {}
    for name, value in given.items():
        if name in outputs:
            _take_output(outputs[name], value, found, place)
        else:
            try:
                variable = read.model.named(name)
            except KeyError:
                wrong = f"{quote(name)} is not in the model"
                raise InputError(place, wrong, "names of variables") from None
            _take(variable, value, found, f"{place}: {name}")
    return found


def _take_output(output: Output, value: Any, found: dict[str, int], place: str) -> None:
    flat = _flattened(value, keep_last=output.kind == "set")
    where = f"{place}: {output.name}"
    if len(flat) != len(output.terms):
        raise InputError(where, f"{len(flat)} values", f"{len(output.terms)} values")
    for term, own in zip(output.terms, flat, strict=True):
        _take(term, own, found, where)


def _flattened(value: Any, *, keep_last: bool = False) -> list[Any]:
    """The values of nested lists, in order.

    Arguments:
        keep_last: whether lists that hold no lists are values themselves: sets.
    """
    flat: list[Any] = []
    waiting = [value]
    while waiting:
        part = waiting.pop()
        is_list = isinstance(part, list)
        if is_list and not (keep_last and not any(isinstance(own, list) for own in part)):
            waiting.extend(reversed(part))
        else:
            flat.append(part)
    return flat


def _take(term: Term, value: Any, found: dict[str, int], where: str) -> None:
    if isinstance(term, SetVariable):
        if not isinstance(value, list) or not all(isinstance(v, int) for v in value):
            raise InputError(where, f"{quote(value)}", "a list of integers")
        for element, member in term.members.items():
            if isinstance(member, Variable):
                found[member.name] = int(element in value)
    elif isinstance(term, Variable):
        if not isinstance(value, int):
            raise InputError(where, f"{quote(value)}", "an integer, true or false")
        if int(value) not in term.values:
            raise InputError(where, f"the value {int(value)}", "a value of its domain")
        found[term.name] = int(value)
