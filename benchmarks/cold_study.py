"""A study as benchmarks run one: cell after cell, without compilations from before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.processes import cold
from benchmarks.report import note
from odesolve import StudyProgress, StudyResult, study


def cold_study(tables: Mapping[str, Any], results: Path, again: Sequence[str] = ()) -> StudyResult:
    """The rows of a study; see ``odesolve.study``. Each cell is told to the person who waits."""
    with cold():
        return study(tables, results=results, workers=1, again=again, progress=_told)


def _told(progress: StudyProgress) -> None:
    if (row := progress.row) is not None:
        cell = f"{Path(row.instance).name}, {row.setting}, seed {row.seed}"
        note(f"  {cell}: {row.result.status}, {row.result.seconds:.2f} s")
