"""The cost that an answer claims for its model: the ``o`` lines of MaxSAT solvers, or JSON's."""

from __future__ import annotations

import re
from typing import Any

from odesolve.problems.errors import InputError, quote
from odesolve.problems.integers import as_integer
from odesolve.problems.json_text import parse_json

__all__ = ["claimed_cost"]

_COST = re.compile(r"-?[0-9]{1,1000}", re.ASCII)


def claimed_cost(text: str, place: str) -> int | None:
    """The cost that a solver's answer says its model has; None if it says none.

    Solvers print a line ``o COST`` for each cheaper model: the last one is of the model printed.

    Raises:
        InputError: the last such line holds no integer.
    """
    if text.lstrip().startswith(("{", "[")):
        return _json_cost(parse_json(text, place))
    claim = None
    for number, line in enumerate(text.split("\n"), 1):
        fields = line.split()
        if fields[:1] == ["o"]:
            claim = number, fields[1:]
    if claim is None:
        return None
    number, words = claim
    if len(words) != 1 or not _COST.fullmatch(words[0]):
        raise InputError(f"{place}:{number}", quote(" ".join(["o", *words])), "o and an integer")
    return int(words[0])


def _json_cost(document: Any) -> int | None:
    """That of the solution, or of the document itself."""
    if isinstance(document, dict) and isinstance(document.get("solution"), dict):
        document = document["solution"]
    return as_integer(document.get("cost")) if isinstance(document, dict) else None
