"""The file beside an Ising problem that says how its answers are lifted: JSON.

It holds the whole problem as it was given, so that an answer can be judged without anything else.
"""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import decode_text, place_of, write_output
from odesolve.problems.json_text import parse_json
from odesolve.problems.quadratization.circuits import Addition, Factorization, Multiplication
from odesolve.problems.quadratization.colorings import ColoringSource
from odesolve.problems.quadratization.expressions import ExpressionSource
from odesolve.problems.quadratization.formulas import FormulaSource
from odesolve.problems.quadratization.quadratize import Lifting
from odesolve.problems.quadratization.source import Source

__all__ = ["KINDS", "parse_lifting", "write_lifting"]

_SOURCES: tuple[type[Source], ...] = (
    FormulaSource,
    ColoringSource,
    ExpressionSource,
    Addition,
    Multiplication,
    Factorization,
)
KINDS = {source.kind: source for source in _SOURCES}
"""Every kind of problem that a file may hold."""

_VERSION = 1
_EXPECTED = "what odesolve convert writes beside an Ising file"


def write_lifting(lifting: Lifting, path: str | os.PathLike[str]) -> None:
    """Write the way back to a file.

    Raises:
        InputError: it cannot be written.
    """
    bits, flips = lifting.variables.tolist(), lifting.flips.tolist()
    # The variable of each bit, from 1, negative for its negation; true or false for a constant.
    literals = [
        flip if variable < 0 else (-1 if flip else 1) * (variable + 1)
        for variable, flip in zip(bits, flips, strict=True)
    ]
    document = {
        "quadratization": _VERSION,
        "kind": lifting.source.kind,
        "ground_energy": lifting.ground_energy,
        "hard_weight": lifting.hard_weight,
        "original_variables": lifting.original_count,
        "variables": list(lifting.labels),
        "bits": literals,
        "problem": lifting.source.document(),
    }
    write_output(path, json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n")


def parse_lifting(data: bytes, path: str | os.PathLike[str]) -> Lifting:
    """Read the way back from a file's content.

    Raises:
        InputError: it was not written by `write_lifting`, or changed since.
    """
    place = place_of(path)
    document = parse_json(decode_text(data, place), place)
    if not isinstance(document, dict) or document.get("quadratization") != _VERSION:
        raise InputError(place, "no such file, or one of a later version", _EXPECTED)
    kind = document.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise InputError(place, f"the kind {quote(kind)}", " or ".join(KINDS))
    try:
        return _lifting(document, KINDS[kind])
    except InputError as error:
        raise InputError(place, f"{error.place}: {error.message}", _EXPECTED) from None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError):
        raise InputError(place, f"something else than a {kind}", _EXPECTED) from None


def _lifting(document: dict[str, Any], kind: type[Source]) -> Lifting:
    labels = tuple(map(str, document["variables"]))
    literals = document["bits"]
    constant = np.array([isinstance(literal, bool) for literal in literals], bool)
    numbers = np.array([int(literal) for literal in literals], np.int64)
    variables = np.where(constant, -1, np.abs(numbers) - 1)
    if not all(type(literal) in (int, bool) for literal in literals):
        raise ValueError("bits that are none")
    if ((variables < 0) & ~constant).any() or variables.max(initial=-1) >= len(labels):
        raise ValueError("bits of no variable")
    energy, original = document["ground_energy"], document["original_variables"]
    if len(set(labels)) < len(labels) or not 0 <= original <= len(labels):
        raise ValueError("wrong names")
    lifting = Lifting(
        kind.from_document(document["problem"]),
        labels,
        int(original),
        variables,
        np.where(constant, numbers > 0, numbers < 0),
        None if energy is None else int(energy),
        int(document["hard_weight"]),
    )
    lifting.lift(np.zeros(len(labels), np.int8))  # the bits are as many as the problem's
    return lifting
