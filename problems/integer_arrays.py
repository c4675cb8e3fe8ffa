"""Integers of any size in arrays."""

from __future__ import annotations

import numpy as np

__all__ = ["integers"]

_SAFE = 2**62  # sums up to this cannot overflow


def integers(values: list[int]) -> np.ndarray:
    """Integers as int64 where no sum of them can overflow, as Python integers otherwise."""
    small = sum(map(abs, values)) < _SAFE
    return np.array(values, np.int64 if small else object)
