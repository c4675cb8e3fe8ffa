"""Both ends of a complete solver's process: it reads one task and tells its answers.

A process can be stopped at any moment, which a thread inside a solver cannot.
"""

from __future__ import annotations

import contextlib
import pickle
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import IO, Any

__all__ = ["NO_ANSWER", "SolverProcess", "serve", "serve_telling", "started"]

#: What is said of a process that is gone, and has not said that it is done.
NO_ANSWER = "the prover ended without an answer, for want of memory perhaps"


def started(module: str) -> subprocess.Popen[bytes]:
    """A module run in a process of its own, which is told its task through a pipe."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        # Ctrl-C is for the process that decides what it means.
        start_new_session=True,
    )


class SolverProcess(ABC):
    """A solver at work on one task, and what it has said so far.

    Arguments:
        module: run as a program it is the other end, by ``serve`` or ``serve_telling``.
        task: anything that can be pickled.
    """

    def __init__(self, module: str, task: Any) -> None:
        self._task = task
        self._process = started(module)
        self._reader = threading.Thread(target=self._exchange, daemon=True)
        self._reader.start()

    @property
    def finished(self) -> bool:
        """Whether it has said all that it will say."""
        return not self._reader.is_alive()

    def wait(self, seconds: float) -> None:
        """Wait until it has finished, but not longer than this."""
        self._reader.join(seconds)

    def stop(self) -> None:
        """End the process, if it has not ended. What it has said can still be read."""
        self._process.kill()
        self._process.wait()
        self._reader.join()

    @abstractmethod
    def _take(self, message: Any) -> bool:
        """Keep what it has said; whether more is to be heard."""

    def _exchange(self) -> None:
        """Hand over the task and collect what is said of it."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # A broken pipe or a pickle cut short: it was stopped, or ended for want of memory.
        # Both pipes are closed then as well, whichever of them it was.
        with (
            contextlib.suppress(OSError, EOFError, pickle.UnpicklingError),
            self._process.stdout as answers,
        ):
            with self._process.stdin as question:
                pickle.dump(self._task, question)
            while self._take(pickle.load(answers)):
                pass


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
