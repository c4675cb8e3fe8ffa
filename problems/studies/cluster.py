"""A Dask cluster solves the cells: the driver hands them out, and is the only one that writes."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import Any

from odesolve.problems.errors import InputError
from odesolve.problems.studies.cells import solved
from odesolve.problems.studies.crew import Crew, Lost
from odesolve.problems.studies.rows import Row
from odesolve.problems.studies.study import Task

__all__ = ["Cluster", "connected"]

#: Seconds to find the scheduler.
CONNECT_SECONDS = 30.0

#: Cells that wait at the scheduler for each thread of the workers, so that none is idle.
AHEAD = 2


class Cluster(Crew):
    """The workers of a scheduler.

    A worker that dies loses what it had; the scheduler gives it to another, a few times, and then
    says that it was lost.

    Arguments:
        client: of ``distributed``.
    """

    def __init__(self, client: Any) -> None:
        self.client = client
        self.waiting: dict[Any, Task] = {}
        self.ended: queue.SimpleQueue[Any] = queue.SimpleQueue()

    @property
    def free(self) -> int:
        threads = sum(self.client.nthreads().values())
        return max(AHEAD * threads - len(self.waiting), 0)

    @property
    def busy(self) -> int:
        return len(self.waiting)

    def start(self, task: Task) -> None:
        # Not pure: a cell whose result was lost is computed again and not taken from elsewhere.
        future = self.client.submit(solved, task, pure=False)
        self.waiting[future] = task
        future.add_done_callback(self.ended.put)

    def finished(self, seconds: float) -> Iterator[Row | Lost]:
        with suppress(queue.Empty):
            future = self.ended.get(timeout=seconds)
            while True:
                task = self.waiting.pop(future, None)
                if task is not None:
                    yield self._outcome(future, task)
                future = self.ended.get_nowait()

    def stop(self) -> None:
        self.client.cancel(list(self.waiting))
        self.waiting.clear()

    def _outcome(self, future: Any, task: Task) -> Row | Lost:
        if future.status == "finished":
            row: Row = future.result()
            return row
        if future.status == "cancelled":
            return Lost(task, "the scheduler has gone, or dropped it")
        return Lost(task, f"{type(future.exception()).__name__}: its worker died")


@contextmanager
def connected(address: str) -> Iterator[Cluster]:
    """The cluster of a scheduler.

    Raises:
        InputError: distributed is not installed, or there is no scheduler.
    """
    if find_spec("distributed") is None:
        raise InputError(
            "scheduler", "distributed is not installed",
            "it, as after: pip install 'odesolve[cluster]'",
        )  # fmt: skip
    from distributed import Client

    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        why = " ".join(str(error).split()) or "no answer"
        raise InputError(f"scheduler {address}", why, "the address of a scheduler") from None
    try:
        yield Cluster(client)
    finally:
        client.close()
