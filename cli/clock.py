"""When the command began: time limits count from there, not from when the problem is read."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from odesolve.budget import GRACE_SECONDS, Budget
from odesolve.watching import watched

T = TypeVar("T")

#: Start-up that is counted at most: a process may have worked on other things before.
LONGEST_START = 1.0

_began = time.perf_counter()


def begin(since_process_start: bool = False) -> None:
    """Begin to count: now, or at the start of the process as its processor time tells it."""
    global _began
    started = min(time.process_time(), LONGEST_START) if since_process_start else 0.0
    _began = time.perf_counter() - started


def budget_of(limit: float) -> Budget:
    """The time limit of the command; infinite for none."""
    return Budget(limit, time.perf_counter, _began)


def read_within(budget: Budget, read: Callable[[], T]) -> T:
    """What a file holds; a small one is read however short the limit is.

    Raises:
        OutOfTime: if a file is too large to be read in time.
    """
    return watched(read, budget.at_least(GRACE_SECONDS))
