"""A progress line on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from odesolve.cli.output import note
from odesolve.processes import is_first

if TYPE_CHECKING:
    from odesolve.solving import Progress

#: Called with a glance of a running solve.
Report = Callable[[Any], None]


@contextmanager
def progress_line(
    wanted: bool | None, said: Callable[[Any], str] | None = None
) -> Iterator[Report | None]:
    """What to call with each ``Progress``: a live line on a terminal, a line a second elsewhere.

    Arguments:
        wanted: None shows progress exactly when standard error is a terminal.
        said: one line about a glance; `described` by default.
    """
    told = said or described
    terminal = sys.stderr is not None and sys.stderr.isatty()
    if not is_first() or not (terminal if wanted is None else wanted):
        yield None
    elif terminal:
        from rich.console import Console

        with Console(stderr=True).status("compiling ...") as status:
            yield lambda progress: status.update(told(progress))
    else:
        yield _every_second(told)


def described(progress: Progress) -> str:
    """One line about a running solve."""
    restarts = f", {progress.restarts} restarts" if progress.restarts else ""
    return (
        f"{progress.seconds:.1f} s, {progress.steps} steps ({progress.steps_per_second:.0f}/s): "
        f"violated {progress.best_violated} best, {progress.median_violated:g} median; "
        f"{progress.solved_runs} of {progress.runs} runs solved{restarts}"
    )


def _every_second(told: Callable[[Any], str]) -> Report:
    last = [time.monotonic()]

    def report(progress: Any) -> None:
        if time.monotonic() - last[0] >= 1.0:
            last[0] = time.monotonic()
            note(told(progress))

    return report
