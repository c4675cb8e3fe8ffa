"""Which values are integers."""

from __future__ import annotations

import operator
from typing import Any

from odesolve.problems.errors import InputError, quote


def as_integer(value: Any) -> int | None:
    """The integer that a value is, NumPy's included; None for all else, truth values too."""
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None


def checked_count(name: str, value: Any) -> int:
    """An integer of at least 1.

    Raises:
        InputError: naming it, if the value is none.
    """
    count = as_integer(value)
    if count is None or count < 1:
        raise InputError(name, quote(value), "an integer of at least 1")
    return count
