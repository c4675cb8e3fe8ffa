"""One clock for all: the moment by which a solve, or a whole command, must have ended."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

__all__ = ["CHECKPOINT_SECONDS", "GRACE_SECONDS", "UNLIMITED", "Budget", "OutOfTime"]

#: What decides a small problem without any dynamics may take so long after the limit, and so may
#: a first guess at a large one.
GRACE_SECONDS = 0.25

#: Seconds between two writings of a checkpoint, unless told otherwise.
CHECKPOINT_SECONDS = 60.0


class OutOfTime(Exception):
    """The time limit came before the end of what was being done."""


@dataclass(frozen=True)
class Budget:
    """A time limit that has begun; handed down to everything that may take long.

    Attributes:
        limit: seconds; infinite for no limit.
        clock: seconds since some moment that stays the same.
        began: when the limit began, by the clock.
        stop: asked besides the clock whether it is over, as after Ctrl-C.

    Example:
        >>> budget = Budget.of(2.0, clock=lambda: 10.0)
        >>> budget.left(), budget.first(0.25).left(), Budget.of(None).is_limited
        (2.0, 0.5, False)
    """

    limit: float = math.inf
    clock: Callable[[], float] = field(default=time.perf_counter, repr=False)
    began: float = field(default=0.0, repr=False)
    stop: Callable[[], bool] | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls, limit: float | Budget | None, clock: Callable[[], float] = time.perf_counter
    ) -> Budget:
        """A limit in seconds from now, none for None; a budget that has begun stays itself."""
        if isinstance(limit, Budget):
            return limit
        return cls(math.inf if limit is None else limit, clock, clock())

    @property
    def is_limited(self) -> bool:
        """Whether the clock ever ends it."""
        return math.isfinite(self.limit)

    def spent(self) -> float:
        """Seconds since it began."""
        return self.clock() - self.began

    def left(self) -> float:
        """Seconds until its end: never negative, infinite without a limit."""
        return max(self.limit - self.spent(), 0.0) if self.is_limited else math.inf

    def is_over(self) -> bool:
        """Whether the time is up, or whoever is asked besides says so."""
        if self.stop is not None and self.stop():
            return True
        return self.is_limited and self.spent() >= self.limit

    def check(self) -> None:
        """Ask the clock.

        Raises:
            OutOfTime: if the time is up.
        """
        if self.is_over():
            raise OutOfTime

    def first(self, share: float) -> Budget:
        """The first share of all its seconds, from 0 to 1; what comes after is kept back."""
        return replace(self, limit=self.limit * share) if self.is_limited else self

    def rest(self) -> Budget:
        """What is left, as a budget that begins now: its shares are those of what is left."""
        return replace(self, limit=self.left(), began=self.clock())

    def at_most(self, seconds: float) -> Budget:
        """So many seconds from now, but not beyond its own end."""
        return self if self.left() <= seconds else replace(self, limit=self.spent() + seconds)

    def until(self, stop: Callable[[], bool]) -> Budget:
        """The same, which is over as soon as ``stop`` says so, too."""
        return replace(self, stop=stop)

    def at_least(self, seconds: float) -> Budget:
        """At least so many seconds from now, whatever is left."""
        return self if self.left() >= seconds else replace(self, limit=self.spent() + seconds)


#: The budget of whoever has no limit.
UNLIMITED = Budget()
