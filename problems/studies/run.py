"""The loop of a study: cells go from a source to a crew, and their rows back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from odesolve.budget import Budget
from odesolve.interrupts import Interruption
from odesolve.problems.studies.crew import Crew, Lost
from odesolve.problems.studies.result import StudyProgress
from odesolve.problems.studies.rows import CRASHED, Row, StudyRow, host, versions
from odesolve.problems.studies.sources import Source

__all__ = ["run_cells"]

#: Seconds between two looks at the clock, and at what others have done.
POLL_SECONDS = 0.1

#: A cell whose worker dies so often, one time after another, gets a row that says so.
MOST_LOSSES = 5

Report = Callable[[StudyProgress], None]


def run_cells(
    source: Source, crew: Crew, budget: Budget, interruption: Interruption, report: Report
) -> str:
    """Have every cell solved; what ended it: "done", "time" or "interrupted".

    Arguments:
        budget: at its end cells under way are dropped.
        report: called with each row, and when others have made progress.
    """
    lost: Counter[str] = Counter()
    said = source.done
    report(_glance(source, crew))
    while source.left:
        if interruption.requested or budget.is_over():
            return "interrupted" if interruption.requested else "time"
        while crew.free and (task := source.take()) is not None:
            crew.start(task)
        for found in crew.finished(min(POLL_SECONDS, budget.left())):
            if isinstance(found, Lost) and not _is_given_up(found, lost):
                source.give_back(found.task.cell)
                continue
            row = _row_without(found) if isinstance(found, Lost) else found
            source.put(row)
            said = source.done
            report(_glance(source, crew, row))
        if source.done != said:
            said = source.done
            report(_glance(source, crew))
    return "done"


def _is_given_up(lost: Lost, losses: Counter[str]) -> bool:
    """Whether a cell whose worker has ended is not tried again."""
    losses[lost.task.cell] += 1
    return lost.overdue or losses[lost.task.cell] >= MOST_LOSSES


def _row_without(lost: Lost) -> Row:
    """The row of a cell that no worker came to the end of."""
    limit = lost.task.options.get("time_limit")
    status, reason = ("unknown", "time") if lost.overdue else (CRASHED, CRASHED)
    why = "it did not end in time, and was killed" if lost.overdue else lost.why
    return Row(
        cell=lost.task.cell, status=status, reason=reason, seconds=float(limit or 0.0),
        began=datetime.now(UTC).isoformat(timespec="seconds"), host=host(), message=why,
        versions=versions(),
    )  # fmt: skip


def _glance(source: Source, crew: Crew, row: Row | None = None) -> StudyProgress:
    own = None
    if row is not None:
        cell = source.cells[row.cell]
        own = StudyRow(cell.instance.name, cell.instance.kind, cell.setting.name, cell.seed, row)
    return StudyProgress(len(source.cells), source.done, crew.busy, own)
