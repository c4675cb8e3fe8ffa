"""Studies that any number of processes share through a folder, without a server or a database.

A cell is claimed by creating ``claims/KEY``, which only one process can do, and is done when
``rows/KEY.json`` is there, which appears whole. Who holds a claim touches it now and then; a claim
that nobody has touched for long belongs to a process that was killed, and is taken back. Where that
was wrong, since the process only stood still, a cell is solved twice and has one row all the same.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from odesolve.problems.errors import InputError, quote
from odesolve.problems.studies.results_file import ResultsFile
from odesolve.problems.studies.rows import Row, host
from odesolve.problems.studies.sources import Source
from odesolve.problems.studies.study import Cell, Task

__all__ = ["SharedFolder", "merged"]

CLAIMS, ROWS, SIGNS = "claims", "rows", "signs-of-life"

#: Claims are touched so many times before they would be stale.
TOUCHES = 6
#: Seconds between two looks at what others have done.
LOOK_SECONDS = 0.5


class SharedFolder(Source):
    """The folder, as one of the processes sees it."""

    def __init__(self, folder: Path, cells: Iterable[Cell], stale_after: float) -> None:
        self.folder, self.stale_after = folder, stale_after
        self.cells = {cell.key: cell for cell in cells}
        self.owner = f"{host()}-{os.getpid()}-{random.randrange(2**32):08x}"
        self.held: set[str] = set()
        self.found: set[str] = set()
        self.waiting: list[str] = []
        self._looked = -LOOK_SECONDS
        self._ended = threading.Event()

    @classmethod
    @contextmanager
    def opened(
        cls, folder: Path, cells: Iterable[Cell], stale_after: float
    ) -> Iterator[SharedFolder]:
        """The folder, made if there is none; claims are given back at the end of the block.

        Raises:
            InputError: it cannot be used.
        """
        is_number = isinstance(stale_after, int | float) and not isinstance(stale_after, bool)
        if not is_number or not stale_after > 0:
            raise InputError("stale_after", quote(stale_after), "seconds, more than 0")
        try:
            for name in (CLAIMS, ROWS, SIGNS):
                (folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(str(folder), (error.strerror or "").lower(), "a folder") from None
        own = cls(folder, cells, stale_after)
        own._sign_of_life()
        thread = threading.Thread(target=own._touch, daemon=True)
        thread.start()
        try:
            yield own
        finally:
            own._ended.set()
            thread.join()
            for key in tuple(own.held):
                own.give_back(key)
            own._sign.unlink(missing_ok=True)

    @property
    def done(self) -> int:
        self._look()
        return len(self.found)

    def take(self) -> Task | None:
        self._look()
        while self.waiting:
            key = self.waiting.pop()
            if key not in self.found and key not in self.held and self._claim(key):
                return self.cells[key].task()
        return None

    def put(self, row: Row) -> None:
        path = self.folder / ROWS / f"{row.cell}.json"
        unfinished = path.with_name(f".{row.cell}-{self.owner}")
        unfinished.write_text(json.dumps(row.to_json()), encoding="utf-8")
        os.replace(unfinished, path)
        self.found.add(row.cell)
        self.give_back(row.cell)

    def give_back(self, key: str) -> None:
        self.held.discard(key)
        (self.folder / CLAIMS / key).unlink(missing_ok=True)

    def _look(self) -> None:
        """See what others have done, but not more often than it pays."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            return
        names = (name.removesuffix(".json") for name in os.listdir(self.folder / ROWS))
        self.found = self.cells.keys() & names
        self.waiting = [key for key in self.cells if key not in self.found]
        # Each begins elsewhere, so that they seldom want the same.
        random.Random(self.owner).shuffle(self.waiting)
        self._looked = time.monotonic()

    def _claim(self, key: str) -> bool:
        """Whether the cell is ours from now on."""
        path = self.folder / CLAIMS / key
        try:
            self._create(path)
        except FileExistsError:
            if not self._taken_back(path):
                return False
            try:
                self._create(path)
            except FileExistsError:  # another process was quicker
                return False
        self.held.add(key)
        # It may have been done, and its claim given back, after the last look.
        if (self.folder / ROWS / f"{key}.json").exists():
            self.found.add(key)
            self.give_back(key)
            return False
        return True

    def _create(self, path: Path) -> None:
        with open(path, "x", encoding="utf-8") as file:  # O_CREAT and O_EXCL: one process can
            file.write(self.owner)

    def _taken_back(self, path: Path) -> bool:
        """Whether a claim was stale, and is gone."""
        try:
            seen = path.stat().st_mtime
        except FileNotFoundError:
            return True
        if self._sign_of_life() - seen < self.stale_after:
            return False
        # Renaming succeeds for one process only. If it was slow, what it renamed may be the claim
        # of another that has taken the stale one back meanwhile: that one is put back.
        aside = path.with_name(f".{path.name}-{self.owner}")
        try:
            os.rename(path, aside)
        except FileNotFoundError:
            return False
        was_stale = aside.stat().st_mtime <= seen
        if not was_stale:
            # Where that fails, or cannot be done, a cell is solved twice.
            with suppress(OSError):
                os.link(aside, path)
        aside.unlink()
        return was_stale

    @property
    def _sign(self) -> Path:
        return self.folder / SIGNS / self.owner

    def _sign_of_life(self) -> float:
        """Now, by the clock of whoever keeps the folder: that of the claims."""
        self._sign.touch()
        return self._sign.stat().st_mtime

    def _touch(self) -> None:
        """Keep the claims fresh until the end."""
        while not self._ended.wait(self.stale_after / TOUCHES):
            for key in tuple(self.held):
                # A claim that was taken back all the same is no longer there.
                with suppress(OSError):
                    os.utime(self.folder / CLAIMS / key)


def merged(folder: Path, results: ResultsFile) -> int:
    """Gather the rows of a shared folder in a results file; how many it did not have.

    Raises:
        InputError: there is no such folder, or what is in it is no row.
    """
    if not (folder / ROWS).is_dir():
        raise InputError(str(folder), "no study is shared there", "the folder of a study")
    count = 0
    for path in sorted((folder / ROWS).glob("*.json")):
        try:
            row = Row.from_json(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, TypeError, ValueError):
            raise InputError(str(path), "it holds no row", "what 'odesolve study' wrote") from None
        count += results.add(row)
    return count
