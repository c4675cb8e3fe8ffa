"""``study_report``: what the rows of a study say."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from odesolve.problems.errors import InputError
from odesolve.problems.files import check_writable, write_atomically
from odesolve.problems.studies.reporting.statistics import Measured
from odesolve.problems.studies.reporting.tables import markdown
from odesolve.problems.studies.result import StudyResult
from odesolve.problems.studies.results_file import count_left, read_rows
from odesolve.problems.studies.rows import StudyRow

__all__ = ["StudyReport", "study_report"]


@dataclass(frozen=True)
class StudyReport:
    """What the rows of a study say.

    Attributes:
        name: of the study.
        rows: of its cells.
        left: cells without a row.

    Example:
        >>> import odesolve as ode
        >>> tables = {"instances": [{"numbers": [13]}], "settings": [{"name": "default"}]}
        >>> report = ode.study_report(ode.study(tables, results="number.sqlite"))
        >>> print(report.markdown().splitlines()[0])
        # study
        >>> report.to_json()["statuses"]
        {'satisfied': 1}
    """

    name: str
    rows: tuple[StudyRow, ...]
    left: int

    @cached_property
    def measured(self) -> Measured:
        """The rows, looked up."""
        return Measured(self.rows)

    def markdown(self) -> str:
        """All tables."""
        return markdown(self.name, self.measured, self.left)

    def write(self, path: str | os.PathLike[str]) -> list[Path]:
        """Write the tables to a file ``.md``, and the pictures beside it; the files that were.

        Raises:
            InputError: another extension, or it cannot be written.
        """
        check_writable(path, (".md",))
        target = Path(path)
        pictures = self._draw(target) if self.rows else []
        addressed = [(title, picture.name) for title, picture in pictures]
        write_atomically(target, markdown(self.name, self.measured, self.left, addressed))
        return [target, *(picture for _, picture in pictures)]

    def to_json(self) -> dict[str, Any]:
        """All figures, as plain values."""
        cells = {"done": len(self.rows), "left": self.left}
        return {"study": self.name, "cells": cells} | self.measured.to_json()

    def _draw(self, target: Path) -> list[tuple[str, Path]]:
        from odesolve.problems.studies.reporting.plots import draw_cactus, draw_growth

        cactus = target.with_name(f"{target.stem}-cactus.png")
        steps = target.with_name(f"{target.stem}-steps.png")
        growths = self.measured.growths()
        try:
            draw_cactus(cactus, self.measured)
            if growths:
                draw_growth(steps, self.measured, growths)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise InputError(str(target), f"cannot be written: {reason}") from None
        found = [("Cells solved against time", cactus)]
        return [*found, ("Steps against size", steps)] if growths else found


def study_report(study: str | os.PathLike[str] | StudyResult) -> StudyReport:
    """What the rows of a study say: tables, figures and pictures.

    Arguments:
        study: what ``odesolve.study`` gave; or a file: the study, whose results stand beside it, or
            the results.

    Raises:
        InputError: there are no results. It is a ValueError.

    Example:
        >>> import odesolve as ode
        >>> tables = {"instances": [{"numbers": [13, 17]}], "settings": [{"name": "default"}]}
        >>> _ = ode.study(tables, results="numbers.sqlite")
        >>> report = ode.study_report("numbers.sqlite")
        >>> report.name, report.left, report.to_json()["summary"][0]["solved"]
        ('numbers', 0, 2)
    """
    if isinstance(study, StudyResult):
        return StudyReport(study.name, study.rows, study.left)
    path = Path(study)
    if path.suffix.lower() == ".toml":
        path = path.with_suffix(".sqlite")
    return StudyReport(path.stem, tuple(read_rows(path)), count_left(path))
