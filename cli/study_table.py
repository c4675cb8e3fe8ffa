"""The table that shows a study on a terminal while it runs: a line for each setting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

if TYPE_CHECKING:
    from odesolve.problems.studies.result import StudyProgress


@dataclass
class _Line:
    """What a setting has done in this call."""

    cells: int = 0
    solved: int = 0
    seconds: list[float] = field(default_factory=list)
    last: str = ""


class StudyTable:
    """Counts what comes, and draws it.

    Arguments:
        console: where; standard error by default.
    """

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self.lines: dict[str, _Line] = {}
        self.bar = Progress(
            TextColumn("cells"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
            TextColumn("left"), TimeRemainingColumn(), console=self.console,
        )  # fmt: skip
        self.task = self.bar.add_task("cells", total=None)
        self.screen = Live(console=self.console, get_renderable=self.drawn, refresh_per_second=4)

    @contextmanager
    def live(self) -> Iterator[StudyTable]:
        """Draw the table from the first row on, anew a few times a second."""
        try:
            yield self
        finally:
            self.screen.stop()

    def update(self, progress: StudyProgress) -> None:
        """Take a row."""
        self.screen.start()
        self.bar.update(self.task, total=progress.total, completed=progress.done)
        if progress.row is None:
            return
        found = progress.row.result
        line = self.lines.setdefault(progress.row.setting, _Line())
        line.cells += 1
        line.solved += found.solved
        line.seconds.append(found.seconds)
        line.last = f"{progress.row.instance}: {found.status}"

    def drawn(self) -> Group:
        """The table and the bar below it."""
        table = Table(box=None, padding=(0, 2, 0, 0))
        for name in ("setting", "done now", "solved", "median s", "last"):
            table.add_column(name, justify="left" if name in ("setting", "last") else "right")
        for name, line in self.lines.items():
            table.add_row(
                name, f"{line.cells}", f"{line.solved}", f"{median(line.seconds):.2f}", line.last
            )
        return Group(table, self.bar)
