"""Answers of Ising machines, in whatever form: spins -1 and 1, or bits 0 and 1.

Which of the two they are needs no saying: a 0 or a -1 tells, and 1 means the same in both.

Other than odesolve.problems.ising.answers, which reads and writes this project's own files of some
variables, this takes whole answers, one or several, from machines that have layouts of their own.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Int8

from odesolve.problems.errors import InputError, quote
from odesolve.problems.json_text import parse_json

__all__ = ["parse_answers"]

_VALUES = {"-1": -1, "0": 0, "1": 1, "+1": 1, "false": 0, "true": 1, "-1.0": -1, "0.0": 0, "1.0": 1}
_SIGNS = {"-": -1, "+": 1, "0": 0, "1": 1}
#: Keys of JSON that hold one answer or several, the best first; of dimod's, simulators', ours.
_KEYS = ("solution", "spins", "bits", "sample", "best", "assignment", "samples", "solutions")
#: Columns of a table of answers that are no variables.
_OTHER_COLUMNS = {"", "energy", "num_occurrences", "occurrences", "count", "chain_break_fraction"}
_EXPECTED = "-1 and 1, or 0 and 1, one a variable"

Answers = Int8[np.ndarray, "answers variables"]


def parse_answers(text: str, place: str, labels: Sequence[str]) -> Answers:
    """Read one answer or several.

    Arguments:
        text: one of

            - values in the order of the variables, between spaces, commas or line breaks; several
              answers are one a line; without anything between them as 0110 or +--+;
            - lines NAME VALUE, of names or of numbers from 0, also with v before them;
            - a table with the variables' names, or these numbers, above its columns, as dimod's
              data frames write it as CSV;
            - JSON: a list of values, an object of names, a list of such, or one of these under a
              key such as "solution" or "sample"; dimod's SampleSet without bytes.

            Lines that begin with c, # or % are comments.
        place: what to call it in messages.
        labels: what the variables are called, in their order.

    Returns:
        -1, 0 and 1, ``[answers, variables]``; at least one answer.

    Raises:
        InputError: it is none of these, or a variable lacks a value.
    """
    reader = _Reader(place, labels)
    if text.lstrip()[:1] in ("{", "["):
        answers = reader.of_json(parse_json(text, place))
    else:
        answers = reader.of_text(text)
    if not answers:
        raise InputError(place, "no answer", _EXPECTED)
    array = np.array(answers, np.int8).reshape(len(answers), len(labels))
    mixed = (array == 0).any(axis=1) & (array < 0).any(axis=1)
    if mixed.any():
        raise InputError(place, "both 0 and -1 in one answer", _EXPECTED)
    return array


class _Reader:
    def __init__(self, place: str, labels: Sequence[str]) -> None:
        self.place, self.labels = place, labels
        self.number_of = {label: number for number, label in enumerate(labels)}
        # Numbers are names where no variable is called like a number.
        if not any(re.fullmatch(r"[0-9]+", label) for label in labels):
            self.number_of |= {str(number): number for number in range(len(labels))}

    # --------------------------------------------------------------------------------------- JSON

    def of_json(self, document: Any) -> list[list[int]]:
        """One answer or several, however deep they are."""
        if isinstance(document, Mapping):
            if document.get("type") == "SampleSet":
                return self.of_sample_set(document)
            if not set(document) <= set(self.number_of):
                for key in _KEYS:
                    if key not in self.number_of and document.get(key) is not None:
                        return self.of_json(document[key])
            return [self.named(((str(n), v) for n, v in document.items()), self.place)]
        if isinstance(document, list) and document and isinstance(document[0], list | dict):
            return [answer for item in document for answer in self.of_json(item)]
        if not isinstance(document, list):
            raise InputError(self.place, quote(document), _EXPECTED)
        return [self.in_order(document, self.place)]

    def of_sample_set(self, document: Mapping[str, Any]) -> list[list[int]]:
        """dimod's SampleSet, as ``json.dumps(sampleset.to_serializable())`` writes it."""
        try:
            data, names = document["sample_data"]["data"], document["variable_labels"]
            if document["sample_packed"]:
                packed = np.array(data, np.uint32).reshape(len(data), -1)
                bits = np.unpackbits(packed.astype("<u4").view(np.uint8), axis=1, bitorder="little")
                samples = bits[:, : len(names)].tolist()
            else:
                samples = data
            names = [str(name) for name in names]
        except (KeyError, TypeError, ValueError, OverflowError):
            expected = "sampleset.to_serializable(use_bytes=False)"
            raise InputError(self.place, "a SampleSet that cannot be read", expected) from None
        return [self.named(zip(names, own, strict=False), self.place) for own in samples]

    # --------------------------------------------------------------------------------------- text

    def of_text(self, text: str) -> list[list[int]]:
        """Values, lines of names and values, or a table."""
        lines = [
            (number, line.strip())
            for number, line in enumerate(text.split("\n"), 1)
            if line.strip() and not self.is_comment(line)
        ]
        if not lines:
            return []
        # What SAT solvers write before a value, odesolve ising writes, too.
        lines = [(number, re.sub(r"^v\s+", "", line)) for number, line in lines]
        rows = [(f"{self.place}:{number}", _fields(line)) for number, line in lines]
        if (columns := self.columns(rows[0][1])) is not None:
            return [self.in_columns(columns, fields, where) for where, fields in rows[1:]]
        values = [[_value(field) for field in fields] for _, fields in rows]
        if all(value is not None for row in values for value in row):
            return self.of_values(rows)
        if all(len(fields) == 2 for _, fields in rows):
            # A title above the two columns.
            titled = rows[0][1][0] not in self.number_of and _value(rows[0][1][1]) is None
            return [self.named(((a, b) for _, (a, b) in rows[titled:]), self.place)]
        if all(len(fields) == 1 for _, fields in rows):
            return [self.in_order(self.letters(fields[0], where), where) for where, fields in rows]
        where, fields = next(
            (row for row, own in zip(rows, values, strict=True) if None in own), rows[0]
        )
        raise InputError(where, quote(" ".join(fields)), _EXPECTED)

    def is_comment(self, line: str) -> bool:
        """Whether it begins as comments do, and is no value of a variable called c."""
        if not re.match(r"\s*(?:[#%]|c(?:\s|$))", line):
            return False
        fields = line.split()
        is_value = fields[0] == "c" and len(fields) == 2 and _value(fields[1]) is not None
        return not (is_value and "c" in self.number_of)

    def of_values(self, rows: list[tuple[str, list[str]]]) -> list[list[int]]:
        """Answers line by line, or one over all lines."""
        count = len(self.labels)
        if all(len(fields) == count for _, fields in rows):
            return [self.in_order(fields, where) for where, fields in rows]
        if all(len(fields) == 1 and len(fields[0]) == count for _, fields in rows):
            return [self.in_order(self.letters(fields[0], where), where) for where, fields in rows]
        return [self.in_order([field for _, fields in rows for field in fields], self.place)]

    def letters(self, word: str, where: str) -> list[int]:
        """Values that nothing separates."""
        if len(word) != len(self.labels) or not set(word) <= set(_SIGNS):
            raise InputError(where, quote(word), _EXPECTED)
        return [_SIGNS[letter] for letter in word]

    def columns(self, fields: list[str]) -> dict[int, int] | None:
        """Column -> variable, if a row is the title of a table."""
        # Of names, or of numbers: "a 1" is a name and its value.
        known = self.number_of
        if any(field in self.labels for field in fields):
            known = {label: known[label] for label in self.labels}
        found = {i: known[field] for i, field in enumerate(fields) if field in known}
        others = {fields[i].lower() for i in range(len(fields)) if i not in found}
        complete = len(found) == len(self.labels) == len(set(found.values()))
        # A row of values may look like numbers of variables.
        is_title = complete and others <= _OTHER_COLUMNS and len(self.labels) > 0
        if not is_title or all(_value(field) is not None for field in fields):
            return None
        return found

    def in_columns(self, columns: dict[int, int], fields: list[str], where: str) -> list[int]:
        """The values of one row of a table."""
        if len(fields) <= max(columns):
            raise InputError(where, f"{len(fields)} columns", f"{max(columns) + 1} at least")
        values = [0] * len(self.labels)
        for column, variable in columns.items():
            values[variable] = self.checked(fields[column], where)
        return values

    # ------------------------------------------------------------------------------------- values

    def named(self, items: Iterable[tuple[str, Any]], where: str) -> list[int]:
        """Values by the names of their variables, or by their numbers from 0."""
        values: dict[int, int] = {}
        for name, value in items:
            if name not in self.number_of:
                known = ", ".join(self.labels[:5])
                raise InputError(where, f"{quote(name)} is no variable", f"such as {known}")
            number = self.number_of[name]
            own = self.checked(value, where)
            if values.setdefault(number, own) != own:
                raise InputError(where, f"two values of {quote(name)}", "one")
        for number, label in enumerate(self.labels):
            if number not in values:
                raise InputError(where, f"no value of {quote(label)}", "a value of every variable")
        return [values[number] for number in range(len(self.labels))]

    def in_order(self, values: Sequence[Any], where: str) -> list[int]:
        """As many values as variables."""
        if len(values) != len(self.labels):
            raise InputError(where, f"{len(values)} values", f"{len(self.labels)}, {_EXPECTED}")
        return [self.checked(value, where) for value in values]

    def checked(self, value: Any, where: str) -> int:
        """-1, 0 or 1."""
        found = _value(str(value))
        if found is None:
            raise InputError(where, f"the value {quote(value)}", _EXPECTED)
        return found


def _value(text: str) -> int | None:
    return _VALUES.get(text.strip().lower())


def _fields(line: str) -> list[str]:
    """The fields of a line, between commas, semicolons or white space."""
    for separator in (",", ";", "\t"):
        if separator in line:
            try:
                (fields,) = csv.reader([line], delimiter=separator)
            except csv.Error:  # a field too long, or a null character
                fields = line.split(separator)
            return [field.strip() for field in fields]
    return line.split()
