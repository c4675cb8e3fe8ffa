"""Who solves cells: processes on this machine, or a cluster; a crew takes tasks and gives rows."""

from __future__ import annotations

import os
import pickle
import queue
import subprocess
import sys
import tempfile
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from odesolve.problems.studies.commands import ALLOWED_SHARE, kill_group
from odesolve.problems.studies.rows import Row
from odesolve.problems.studies.study import Task

__all__ = ["Crew", "Hand", "Lost", "Processes"]

#: Seconds after its limit, and a tenth of it, at which a worker is taken for stuck: it reads and
#: compiles, too, and a solver of its own has been stopped by then.
STUCK_SECONDS = 60.0

#: Seconds that are waited for the last words of a worker that was killed: its pipe is closed then,
#: unless something that a library started holds it.
READER_SECONDS = 5.0

#: Of what a worker wrote to standard error, so much is looked at.
LAST_BYTES = 4096


@dataclass(frozen=True)
class Lost:
    """A task whose worker ended before it.

    Attributes:
        why: its last words.
        overdue: whether the worker was ended because it did not end in time: not to be tried again.
    """

    task: Task
    why: str
    overdue: bool = False


class Crew(ABC):
    """Takes tasks, as many at once as it has workers, and gives back a row for each."""

    @property
    @abstractmethod
    def free(self) -> int:
        """How many tasks it would take now."""

    @property
    @abstractmethod
    def busy(self) -> int:
        """How many tasks are under way."""

    @abstractmethod
    def start(self, task: Task) -> None:
        """Take a task."""

    @abstractmethod
    def finished(self, seconds: float) -> Iterator[Row | Lost]:
        """What has come to an end; waits for it, but not longer than this."""

    @abstractmethod
    def stop(self) -> None:
        """End everything at once; tasks under way are dropped."""

    @contextmanager
    def working(self) -> Iterator[Self]:
        """Stop it in the end, whatever happens."""
        try:
            yield self
        finally:
            self.stop()


@dataclass
class Hand:
    """A process and what it does.

    Attributes:
        errors: what it wrote to standard error.
        group: the group of processes of the other solver that it waits for.
        reader: the thread that hears what it says.
        unread: why something that it said could not be read; the reader has ended then.
        deadline: when the process is taken for stuck, by the clock.
    """

    process: subprocess.Popen[bytes]
    errors: Path
    task: Task | None = None
    group: int | None = None
    reader: threading.Thread | None = None
    unread: str | None = None
    deadline: float = float("inf")
    overdue: bool = False
    stopped: bool = field(default=False)

    def end(self) -> None:
        """Kill it, and what it started."""
        self.process.kill()
        self.process.wait()
        with suppress(OSError):  # what was not written yet goes nowhere
            assert self.process.stdin is not None
            self.process.stdin.close()
        if self.reader is not None:  # what it said last may be that another solver has begun
            self.reader.join(READER_SECONDS)
        if self.group is not None:
            kill_group(self.group)

    def last_words(self) -> str:
        """How it ended, and the last line that it wrote to standard error."""
        if self.unread is not None:
            return f"what it said cannot be read: {self.unread}"
        end = self.errors.read_bytes()[-LAST_BYTES:]
        lines = end.decode("utf-8", "replace").strip().splitlines()
        return f"exit code {self.process.returncode}" + (f": {lines[-1][:300]}" if lines else "")


class Processes(Crew):
    """Workers on this machine, each a process with its own share of the processors.

    A process that ends, killed or not, loses the task that it had, and another takes its place.

    Arguments:
        count: how many.
    """

    def __init__(self, count: int) -> None:
        self.shares = _shares(count)
        self.hands: list[Hand | None] = [None] * count
        self.messages: queue.SimpleQueue[tuple[int, Hand, Row | None]] = queue.SimpleQueue()
        self._folder = tempfile.TemporaryDirectory(prefix="odesolve-")

    @property
    def free(self) -> int:
        return sum(hand is None or hand.task is None for hand in self.hands)

    @property
    def busy(self) -> int:
        return len(self.hands) - self.free

    def start(self, task: Task) -> None:
        number = next(
            number for number, hand in enumerate(self.hands) if hand is None or hand.task is None
        )
        hand = self.hands[number] or self._begun(number)
        limit = task.options.get("time_limit")
        if limit is not None:
            allowed = limit * (1.0 + ALLOWED_SHARE) + STUCK_SECONDS
            hand.deadline = time.monotonic() + allowed
        hand.task = task
        assert hand.process.stdin is not None
        # If it has ended meanwhile, its reader says so.
        with suppress(OSError):
            pickle.dump(task, hand.process.stdin)
            hand.process.stdin.flush()

    def finished(self, seconds: float) -> Iterator[Row | Lost]:
        self._end_the_stuck()
        try:
            number, hand, message = self.messages.get(timeout=seconds)
        except queue.Empty:
            return
        while True:
            yield from self._heard(number, hand, message)
            try:
                number, hand, message = self.messages.get_nowait()
            except queue.Empty:
                return

    def stop(self) -> None:
        for hand in self.hands:
            if hand is not None:
                hand.stopped = True
                hand.end()
        self.hands = [None] * len(self.hands)
        self._folder.cleanup()

    def _heard(self, number: int, hand: Hand, message: Row | None) -> Iterator[Row | Lost]:
        """The row of a worker, or None when it has ended."""
        if hand.stopped:
            return
        if message is None:
            hand.end()
            self.hands[number] = None
            if hand.task is not None:
                yield Lost(hand.task, hand.last_words(), hand.overdue)
            return
        hand.task, hand.deadline = None, float("inf")
        yield message

    def _end_the_stuck(self) -> None:
        now = time.monotonic()
        for hand in self.hands:
            if hand is not None and now > hand.deadline:
                hand.overdue, hand.deadline = True, float("inf")
                hand.process.kill()  # its reader says so

    def _begun(self, number: int) -> Hand:
        """A new worker in its place."""
        words = [sys.executable, "-P", "-m", "odesolve.problems.studies.worker"]
        path = Path(self._folder.name, f"errors-{number}")
        with path.open("wb") as errors:
            process = subprocess.Popen(
                [*words, *map(str, self.shares[number])],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                # Ctrl-C is for the process that decides what it means.
                start_new_session=True,
            )
        hand = self.hands[number] = Hand(process, path)
        self.listen(number, hand)
        return hand

    def listen(self, number: int, hand: Hand) -> None:
        """Hear what a worker says, in a thread."""
        hand.reader = threading.Thread(target=self._read, args=(number, hand), daemon=True)
        hand.reader.start()

    def _read(self, number: int, hand: Hand) -> None:
        """Pass on the rows of a worker, and at last that it has ended."""
        assert hand.process.stdout is not None
        try:
            with hand.process.stdout:
                while True:
                    what, value = pickle.load(hand.process.stdout)
                    if what == "began":
                        hand.group = value
                    else:
                        self.messages.put((number, hand, value))
        except (EOFError, OSError, pickle.UnpicklingError):
            pass  # it has ended, perhaps in the midst of a word
        except Exception as error:  # whatever is raised while an object is made
            hand.unread = f"{type(error).__name__}: {error}"[:300]
        finally:
            self.messages.put((number, hand, None))


def _shares(count: int) -> list[list[int]]:
    """Processors for each of so many workers, distinct as long as there are enough."""
    if not hasattr(os, "sched_getaffinity"):
        return [[] for _ in range(count)]
    own = sorted(os.sched_getaffinity(0))
    return [own[number::count] or [own[number % len(own)]] for number in range(count)]
