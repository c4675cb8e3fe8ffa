"""Which values are integers."""

from __future__ import annotations

import operator
from typing import Any


def as_integer(value: Any) -> int | None:
    """The integer that a value is, NumPy's included; None for all else, truth values too."""
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None
