"""Values of variables as files: spins -1 and 1, or bits 0 and 1, by name or in order.

Which of the two they are, the values say: a 0 is a bit, a -1 a spin, and 1 is the same in both.

These are the project's own files: of one problem, for some of its variables or all, with the energy
or cut that they claim, which the checker tests. What other machines print for a whole quadratized
problem, several answers at a time and in layouts of their own, is read by
odesolve.problems.quadratization.answers, which must have every variable and looks at no claim.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from odesolve.problems.errors import InputError, quote
from odesolve.problems.exact_text import exact_number
from odesolve.problems.files import (
    check_writable,
    decode_text,
    file_suffix,
    place_of,
    read_bytes,
    write_atomically,
)
from odesolve.problems.graphs.rows import rows_of_text
from odesolve.problems.ising.problem import IsingProblem
from odesolve.problems.json_text import parse_json

__all__ = [
    "ANSWER_SUFFIXES",
    "Answer",
    "check_answer_path",
    "fixed_value",
    "label_texts",
    "read_answer",
    "write_answer",
]

ANSWER_SUFFIXES = (".json", ".csv", ".sol", ".txt")

Item = tuple[str, str, Any]  # place, name, value

_VALUE = re.compile(r"[+-]?[01]")
_KEYS = ("solution", "best", "assignment")
_CLAIMS = ("cut", "energy")


class Answer:
    """Values of some variables, and what their file claims for them.

    Attributes:
        spins: -1 and 1, 0 where none is given, int8 ``[spins]``.
        claims: "energy" or "cut" -> the number that the file says.
    """

    def __init__(
        self, spins: Int[np.ndarray, " spins"], claims: Mapping[str, int | Fraction]
    ) -> None:
        self.spins, self.claims = spins, dict(claims)

    @property
    def missing(self) -> int:
        """How many variables have no value."""
        return int((self.spins == 0).sum())


def label_texts(problem: IsingProblem) -> tuple[str, ...]:
    """The variables' names as distinct text."""
    texts = tuple(map(str, problem.labels))
    return texts if len(set(texts)) == len(texts) else tuple(map(repr, problem.labels))


def fixed_value(text: str, problem: IsingProblem, place: str = "--fix") -> tuple[int, int]:
    """Read ``NAME=VALUE``: the number of the variable, and its spin.

    Raises:
        InputError: no ``=``, an unknown name, or another value than the variable's kind has.
    """
    name, separator, value = text.rpartition("=")
    low = "0" if problem.is_binary else "-1"
    if not separator or not name:
        raise InputError(place, quote(text), "NAME=VALUE")
    texts = label_texts(problem)
    if name not in texts:
        raise InputError(place, f"there is no variable {quote(name)}", "the name of one")
    if value.strip() not in (low, "1", "+1"):
        raise InputError(place, f"{quote(value)} for {quote(name)}", f"{low} or 1")
    return texts.index(name), -1 if value.strip() == low else 1


# ---------------------------------------------------------------------------------------- reading


def read_answer(path: str | os.PathLike[str], problem: IsingProblem) -> Answer:
    """Read the values of some variables.

    JSON: an object ``{name: value}``, alone or under ``assignment`` (as ``--json`` and ``-o``
    write it), or a list of all values in order. Text: lines ``NAME VALUE`` or ``NAME,VALUE``, also
    with a header and with ``v`` before them; or nothing but all values in order.

    Raises:
        InputError: unreadable, an unknown name, another value, spins and bits in one file.
    """
    place = place_of(path)
    text = decode_text(read_bytes(path), place)
    claims: dict[str, int | Fraction] = {}
    if file_suffix(path) == "json" or text.lstrip()[0] in "{[":
        items = _json_items(text, place, problem, claims)
    else:
        items = _text_items(text, place, problem)
    return Answer(_spins(items, problem), claims)


def _spins(items: Iterable[Item], problem: IsingProblem) -> np.ndarray:
    index = {text: number for number, text in enumerate(label_texts(problem))}
    spins = np.zeros(problem.spin_count, np.int8)
    kinds: dict[int, str] = {}
    for where, name, value in items:
        number = index.get(name)
        if number is None:
            raise InputError(where, f"there is no variable {quote(name)}", "the name of one")
        if type(value) is not int or value not in (-1, 0, 1):
            raise InputError(where, f"{quote(value)} for {quote(name)}", "-1 or 1, or 0 or 1")
        if value < 1:
            kinds.setdefault(value, where)
        spin = 1 if value == 1 else -1
        if spins[number] not in (0, spin):
            raise InputError(where, f"two values for {quote(name)}", "one value for a variable")
        spins[number] = spin
    if len(kinds) > 1:
        raise InputError(kinds[0], "0 here and -1 elsewhere", "spins -1 and 1, or bits 0 and 1")
    return spins


def _json_items(
    text: str, place: str, problem: IsingProblem, claims: dict[str, int | Fraction]
) -> Iterator[Item]:
    document = parse_json(text, place, exact=lambda number: exact_number(number, place))
    for key in _KEYS:
        if isinstance(document, dict) and isinstance(document.get(key), dict | list):
            _take_claims(document, claims)
            document = document[key]
    if isinstance(document, list):
        return _in_order(document, place, problem)
    if not isinstance(document, dict):
        raise InputError(place, "not a JSON object", "an object {name: value}")
    return ((place, name, value) for name, value in document.items())


def _take_claims(document: dict[str, Any], claims: dict[str, int | Fraction]) -> None:
    for key in _CLAIMS:
        if type(document.get(key)) in (int, Fraction):
            claims[key] = document[key]


def _in_order(values: list[Any], place: str, problem: IsingProblem) -> Iterator[Item]:
    texts = label_texts(problem)
    if len(values) != len(texts):
        raise InputError(place, f"{len(values)} values", f"{len(texts)}, one for each variable")
    return ((place, name, value) for name, value in zip(texts, values, strict=True))


def _text_items(text: str, place: str, problem: IsingProblem) -> Iterator[Item]:
    lines = [line for line in text.split("\n") if line.strip() and line.lstrip()[0] not in "#c"]
    words = " ".join(lines).replace(",", " ").split()
    if len(words) == 1 and len(words[0]) == problem.spin_count and set(words[0]) <= {"0", "1"}:
        words = list(words[0])
    are_values = all(map(_VALUE.fullmatch, words))
    if are_values and len(words) == problem.spin_count:
        # A single line NAME VALUE of two variables called 0 and 1 would be a coincidence too many.
        return _in_order([int(word) for word in words], place, problem)
    return _rows(text, place, has_c="c" in label_texts(problem))


def _rows(text: str, place: str, has_c: bool) -> Iterator[Item]:
    for order, (number, fields) in enumerate(rows_of_text(text, place)):
        where = f"{place}:{number}"
        # A comment, unless there is a variable of this name.
        if fields[0] == "c" and not (has_c and len(fields) == 2 and _VALUE.fullmatch(fields[1])):
            continue
        if fields[0] == "v" and len(fields) == 3:
            fields = fields[1:]
        if len(fields) != 2:
            raise InputError(where, quote(" ".join(fields)), "a name and its value")
        if not _VALUE.fullmatch(fields[1]):
            if order == 0 and fields[1].isalpha():  # a header
                continue
            raise InputError(where, f"{quote(fields[1])} for {quote(fields[0])}", "-1, 0 or 1")
        name = parse_json(fields[0], where) if fields[0].startswith('"') else fields[0]
        yield where, str(name), int(fields[1])


# ---------------------------------------------------------------------------------------- writing


def check_answer_path(path: str | os.PathLike[str]) -> None:
    """Refuse, before a long solve, a file that `write_answer` could not write after it.

    Raises:
        InputError: unknown extension, no such folder, or not writable.
    """
    check_writable(path, ANSWER_SUFFIXES)


def write_answer(
    path: str | os.PathLike[str],
    problem: IsingProblem,
    values: Int[np.ndarray, " spins"],
    extra: Mapping[str, Any],
) -> None:
    """Write values in the format of the file's extension, whole or not at all.

    Arguments:
        path: ``.json``; ``.csv``; ``.sol`` for lines ``NAME VALUE``; or ``.txt`` for the values
            alone, in the order of the variables.
        problem: whose variables they are.
        values: spins or bits.
        extra: JSON-ready values: further keys of the JSON, comments of ``.sol``.

    Raises:
        InputError: as `check_answer_path`, or the writing fails.
    """
    check_answer_path(path)
    numbers = values.tolist()
    named = dict(zip(label_texts(problem), numbers, strict=True))
    suffix = Path(os.fspath(path)).suffix.lower()
    if suffix == ".json":
        text = json.dumps({"assignment": named, **extra}, allow_nan=False) + "\n"
    elif suffix == ".csv":
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerows([("variable", "value"), *named.items()])
        text = buffer.getvalue()
    elif suffix == ".sol":
        lines = [f"c {key}: {json.dumps(value)}" for key, value in extra.items()]
        lines += [f"v {_word(name)} {value}" for name, value in named.items()]
        text = "\n".join(lines) + "\n"
    else:
        text = " ".join(map(str, numbers)) + "\n"
    write_atomically(path, text)


def _word(name: str) -> str:
    return name if re.fullmatch(r'[^\s"]+', name) else json.dumps(name)
