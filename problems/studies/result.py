"""The outcome of a study, for Python and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from odesolve.problems.studies.rows import StudyRow

__all__ = ["StudyProgress", "StudyResult"]


@dataclass(frozen=True)
class StudyProgress:
    """A glance at a running study.

    Attributes:
        total: cells of the study.
        done: cells that have a row.
        under_way: cells that are being solved here.
        row: the newest; None at the beginning and where another process wrote it.

    Example:
        >>> import odesolve as ode
        >>> tables = {"instances": [{"numbers": [17]}], "settings": [{"name": "default"}]}
        >>> seen = []
        >>> _ = ode.study(tables, results="seen.sqlite", progress=seen.append)
        >>> seen[0].done, seen[-1].done, seen[-1].total, seen[-1].row.instance
        (0, 1, 1, '17')
    """

    total: int
    done: int
    under_way: int
    row: StudyRow | None = None


@dataclass(frozen=True)
class StudyResult:
    """The outcome of ``study``.

    Attributes:
        name: of the study.
        results: the file of the rows, or the folder that is shared.
        rows: those of the study's cells that there are, in its order; none where a folder is shared
            and not merged.
        total: cells of the study.
        left: cells without a row.
        hidden: rows of cells that the study no longer has.
        reason: "done", "time" or "interrupted".
        seconds: that this call took.
        notes: what the user should know.

    Example:
        >>> import odesolve as ode
        >>> tables = {"instances": [{"numbers": [13, 19]}], "settings": [{"name": "default"}]}
        >>> result = ode.study(tables, results="two.sqlite")
        >>> result.complete, result.left, [row.result.energy for row in result.rows]
        (True, 0, [None, None])
    """

    name: str
    results: Path
    rows: tuple[StudyRow, ...]
    total: int
    left: int
    hidden: int
    reason: str
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every cell has a row."""
        return not self.left

    def to_json(self) -> dict[str, Any]:
        """One JSON object, without the rows, which stand in the file."""
        statuses: dict[str, int] = {}
        for row in self.rows:
            statuses[row.result.status] = statuses.get(row.result.status, 0) + 1
        return {
            "status": "complete" if self.complete else "incomplete",
            "reason": self.reason,
            "study": self.name,
            "results": str(self.results),
            "cells": {"total": self.total, "done": self.total - self.left, "left": self.left},
            "hidden": self.hidden,
            "statuses": dict(sorted(statuses.items())),
            "time": {"total": self.seconds},
            "notes": list(self.notes),
        }
