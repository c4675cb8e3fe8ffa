"""A worker: a process that solves one cell after another, as it is told on standard input.

It reads pickled tasks and writes pickled messages to what was its standard output: ``("began",
group)`` when another solver has begun in a group of processes of its own, ``("began", None)`` when
that has ended, and ``("row", row)``. When standard input ends, whoever wanted the rows is gone:
it ends at once, and so does the other solver.
"""

from __future__ import annotations

import os
import pickle
import queue
import sys
import threading
from typing import IO, Any, NoReturn

from odesolve.problems.studies.cells import solved
from odesolve.problems.studies.commands import kill_group
from odesolve.problems.studies.study import Task

__all__ = ["main"]


class Worker:
    """Tasks come in by a thread of their own, so that the end of the input is noticed at once."""

    def __init__(self, source: IO[bytes], sink: IO[bytes]) -> None:
        self.source, self.sink = source, sink
        self.tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self.group: int | None = None

    def listen(self) -> None:
        """Take tasks until there is nobody to give any."""
        while True:
            try:
                self.tasks.put(pickle.load(self.source))
            except (EOFError, OSError, pickle.UnpicklingError):
                self.leave(0)
            except Exception as error:  # whatever is raised while an object is made
                print(f"a task cannot be read: {type(error).__name__}: {error}", file=sys.stderr)
                self.leave(1)

    def work(self) -> None:
        """Solve what comes."""
        threading.Thread(target=self.listen, daemon=True).start()
        while True:
            self.tell("row", solved(self.tasks.get(), self.began))

    def began(self, group: int | None) -> None:
        """Remember the other solver, and have it known: it may outlive this process."""
        self.group = group
        self.tell("began", group)

    def tell(self, what: str, value: Any) -> None:
        try:
            pickle.dump((what, value), self.sink)
            self.sink.flush()
        except OSError:  # nobody reads any more
            self.leave(0)

    def leave(self, code: int) -> NoReturn:
        """End at once, and so does the other solver."""
        if self.group is not None:
            kill_group(self.group)
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    """Work, on the processors that the arguments name, until standard input ends."""
    from odesolve.compilation_cache import use_compilation_cache

    processors = {int(word) for word in sys.argv[1:]}
    if processors and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, processors)
    # Whatever a library prints must not come between the messages.
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    use_compilation_cache()
    Worker(sys.stdin.buffer, sink).work()


if __name__ == "__main__":
    main()
