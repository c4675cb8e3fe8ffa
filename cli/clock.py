"""When the command began: time limits count from there, not from when the problem is read."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from odesolve.budget import GRACE_SECONDS, Budget
from odesolve.watching import watched

T = TypeVar("T")

#: Start-up that is counted at most: the process may have been another program before.
LONGEST_START = 1.0

_began = time.perf_counter()


def begin(since_process_start: bool = False) -> None:
    """Begin to count: now, or at the start of the process."""
    global _began
    started = min(_seconds_since_process_start(), LONGEST_START) if since_process_start else 0.0
    _began = time.perf_counter() - started


def _seconds_since_process_start() -> float:
    """As Linux knows it; elsewhere the processor time, which is a little less."""
    try:
        fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return max(time.clock_gettime(time.CLOCK_BOOTTIME) - ticks, time.process_time())
    except (OSError, ValueError, IndexError, AttributeError):
        return time.process_time()


def budget_of(limit: float) -> Budget:
    """The time limit of the command; infinite for none."""
    return Budget(limit, time.perf_counter, _began)


def read_within(budget: Budget, read: Callable[[], T]) -> T:
    """What a file holds; a small one is read however short the limit is.

    Raises:
        OutOfTime: if a file is too large to be read in time.
    """
    return watched(read, budget.at_least(GRACE_SECONDS))
