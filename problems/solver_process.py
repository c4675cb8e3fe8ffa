"""The other end of a complete solver's process: it reads one task and tells its answers."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Callable, Iterable
from typing import IO, Any

__all__ = ["serve", "serve_telling"]


def serve(
    source: IO[bytes], sink: IO[bytes], answers: Callable[[Any], Iterable[Any]], end: Any
) -> None:
    """Read a task, tell every answer as soon as it is there, and then that there are no more.

    Arguments:
        answers: from the task to what is told.
        end: told after the last answer.
    """

    def work(task: Any, tell: Callable[[Any], None]) -> None:
        for answer in answers(task):
            tell(answer)

    serve_telling(source, sink, work, end)


def serve_telling(
    source: IO[bytes],
    sink: IO[bytes],
    work: Callable[[Any, Callable[[Any], None]], None],
    end: Any = None,
) -> None:
    """The same where the work calls a function with everything that it has to tell.

    Arguments:
        work: gets the task and that function.
        end: told when the work is done.
    """
    _die_with_parent()
    task = pickle.load(source)

    def tell(message: Any) -> None:
        pickle.dump(message, sink)
        sink.flush()

    work(task, tell)
    tell(end)


def _die_with_parent() -> None:
    """On Linux: leave no solver behind when the process that wants the answer is killed."""
    import ctypes
    import signal

    with contextlib.suppress(OSError, AttributeError):
        set_death_signal = 1
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)
