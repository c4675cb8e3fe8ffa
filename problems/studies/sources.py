"""Where cells come from, and where their rows go: the results file of the one process that has it.

``odesolve.problems.studies.folder`` has the other source, which many processes share.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterable

from odesolve.problems.studies.results_file import ResultsFile
from odesolve.problems.studies.rows import Row
from odesolve.problems.studies.study import Cell, Task

__all__ = ["OwnCells", "Source"]


class Source(ABC):
    """Cells that wait to be solved.

    Attributes:
        cells: all cells of the study, by their keys.
    """

    cells: dict[str, Cell]

    @property
    @abstractmethod
    def done(self) -> int:
        """How many cells have a row, whoever wrote it."""

    @abstractmethod
    def take(self) -> Task | None:
        """A cell that nobody else solves; None if there is none at the moment."""

    @abstractmethod
    def put(self, row: Row) -> None:
        """Keep the row of a cell that was taken."""

    @abstractmethod
    def give_back(self, key: str) -> None:
        """A cell that was taken gets no row: it waits again."""

    @property
    def left(self) -> int:
        """How many cells have no row."""
        return len(self.cells) - self.done


class OwnCells(Source):
    """The cells of a results file that have no row."""

    def __init__(self, results: ResultsFile, cells: Iterable[Cell]) -> None:
        self.results = results
        self.cells = {cell.key: cell for cell in cells}
        self.waiting = deque(key for key in self.cells if key not in results.done)

    @property
    def done(self) -> int:
        return len(self.results.done)

    def take(self) -> Task | None:
        return self.cells[self.waiting.popleft()].task() if self.waiting else None

    def put(self, row: Row) -> None:
        self.results.add(row)

    def give_back(self, key: str) -> None:
        self.waiting.appendleft(key)
