"""Read assignments: what SAT, MaxSAT and pseudo-Boolean solvers print, literal lists, JSON."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import decode_text, place_of, read_bytes
from odesolve.problems.formulas.formula import Formula
from odesolve.problems.json_text import parse_json

__all__ = ["parse_partial_model", "read_partial_model"]

_LITERAL = re.compile(r"([-~]?)x?([0-9]{1,12})", re.ASCII)
_NUMBER = re.compile(r"(-?)([0-9]{1,12})", re.ASCII)
_BITS = re.compile(r"[01]{2,}")
_NONE = {"UNSATISFIABLE", "UNSAT", "UNKNOWN", "INDET", "INDETERMINATE"}
_FOUND = {"SATISFIABLE", "SAT", "OPTIMUM FOUND", "OPTIMUM", "SOLVED"}
_NAMED = "the formula's names, as in a -b, or lines that begin with v, s, o or c"
_EXPECTED = "literals such as 1 -2 3, or lines that begin with v, s, o or c"


def read_partial_model(
    path: str | os.PathLike[str], formula: Formula
) -> tuple[Bool[np.ndarray, " variables"], Bool[np.ndarray, " variables"]]:
    """Read an assignment of some variables, or of all.

    Arguments:
        path: the file, or ``-``: lines ``v`` as SAT and pseudo-Boolean solvers print them, or the
            bits of a MaxSAT solver; literals alone; or this package's JSON. Compression is undone.
        formula: the formula, for its variables and their names.

    Returns:
        Whether each variable is true, and whether it is mentioned: one that is not is false.
        Auxiliary ones are left out.

    Raises:
        InputError: unreadable, no model in it, a variable the formula does not have, or one that
            is both true and false; with the line.
    """
    place = place_of(path)
    return parse_partial_model(decode_text(read_bytes(path), place), place, formula)


def parse_partial_model(
    text: str, place: str, formula: Formula
) -> tuple[Bool[np.ndarray, " variables"], Bool[np.ndarray, " variables"]]:
    """The same from a file's text; ``place`` is what to call it in messages."""
    variables = _Variables.of(formula)
    is_json = text.lstrip().startswith(("{", "["))
    read = _json_literals if is_json else _text_literals
    return _assignment(read(text, place, variables), variables.count)


@dataclass(frozen=True)
class _Variables:
    """How many variables a model may have, and their names, if they have any."""

    count: int
    names: dict[str, int]

    @classmethod
    def of(cls, formula: Formula) -> _Variables:
        return cls(formula.shown_count, {name: v for v, name in enumerate(formula.names, 1)})

    def named(self, word: str) -> int:
        """The literal of a name, or of its negation; 0 if it is none."""
        variable = self.names.get(word.lstrip("-~"), 0)
        negations = len(word) - len(word.lstrip("-~"))
        return 0 if negations > 1 else -variable if negations else variable


def _assignment(
    literals: Iterable[tuple[str, int]], count: int
) -> tuple[Bool[np.ndarray, " variables"], Bool[np.ndarray, " variables"]]:
    """Place and literal, one after the other, into truth values."""
    signs = bytearray(count + 1)  # 0: not mentioned, 1: false, 2: true
    for where, literal in literals:
        variable = abs(literal)
        if variable > count or variable == 0:
            raise InputError(where, f"variable {variable}", f"1 to {count}, as the formula has")
        sign = 2 if literal > 0 else 1
        if signs[variable] not in (0, sign):
            raise InputError(where, f"variable {variable} is both true and false", "one of them")
        signs[variable] = sign
    values = np.frombuffer(signs, np.uint8)[1:]
    return values == 2, values != 0


def _text_literals(text: str, place: str, variables: _Variables) -> Iterator[tuple[str, int]]:
    found = False
    for number, line in enumerate(text.split("\n"), 1):
        fields = line.split()
        if not fields or fields[0] in ("o", "%", "c"):
            continue
        if line[0] == "c" and not variables.named(fields[0]):
            continue
        where = f"{place}:{number}"
        is_status = fields[0] == "s" or line.strip().upper() in _FOUND | _NONE
        if is_status:
            _check_status(fields, where)
            continue
        found = True
        yield from _line_literals(fields[1:] if fields[0] == "v" else fields, where, variables)
    if not found:
        raise InputError(place, "there is no model in it", _EXPECTED)


def _check_status(fields: list[str], where: str) -> None:
    status = " ".join(fields[1:] if fields[0] == "s" else fields)
    if status.upper() in _NONE:
        raise InputError(where, f"{quote(status)}: no model", "a file with a model")


def _line_literals(
    fields: list[str], where: str, variables: _Variables
) -> Iterator[tuple[str, int]]:
    count = variables.count
    # The 0s and 1s of all variables can be no literal: it would begin with 0 or be too large.
    if len(fields) == 1 and _BITS.fullmatch(fields[0]) and _is_bits(fields[0], count):
        if len(fields[0]) != count:
            wrong = f"{len(fields[0])} bits"
            raise InputError(where, wrong, f"{count}, one for each variable of the formula")
        yield from ((where, v if bit == "1" else -v) for v, bit in enumerate(fields[0], 1))
        return
    for field in fields:
        if literal := variables.named(field):
            yield where, literal
            continue
        match = (_NUMBER if variables.names else _LITERAL).fullmatch(field)
        if match is None:
            raise InputError(where, quote(field), _NAMED if variables.names else _EXPECTED)
        if variable := int(match[2]):
            yield where, -variable if match[1] else variable
        elif field != "0":
            raise InputError(where, quote(field), "variables from 1")


def _is_bits(text: str, count: int) -> bool:
    return text[0] == "0" or len(text) > 12 or int(text) > count


def _json_literals(text: str, place: str, variables: _Variables) -> Iterator[tuple[str, int]]:
    document: Any = parse_json(text, place)
    if isinstance(document, dict) and document.get("solution", document) is None:
        document = document.get("best")  # of a solve that found no solution
    for key in ("solution", "best", "model"):
        if isinstance(document, dict) and key in document:
            document = document[key]
    if not isinstance(document, list):
        raise InputError(place, "there is no model in it", '{"model": [1, -2, ...]} or a list')
    for literal in document:
        if isinstance(literal, str) and (found := variables.named(literal)):
            yield place, found
            continue
        if type(literal) is not int or literal == 0:
            raise InputError(place, f"{quote(literal)} in the model", "integers 1, -2, ...")
        yield place, literal
