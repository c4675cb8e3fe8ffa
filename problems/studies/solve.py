"""``study``: solve every cell of a study, and begin again where it was interrupted."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from odesolve.budget import Budget
from odesolve.interrupts import listening
from odesolve.options import Options
from odesolve.problems.arguments import checked_flag, checked_function, items_of, shown
from odesolve.problems.errors import InputError, quote, unusable
from odesolve.problems.integers import checked_count
from odesolve.problems.studies.crew import Crew, Processes
from odesolve.problems.studies.export import export
from odesolve.problems.studies.files import read_study, study_from
from odesolve.problems.studies.folder import SharedFolder, merged
from odesolve.problems.studies.result import StudyProgress, StudyResult
from odesolve.problems.studies.results_file import ResultsFile
from odesolve.problems.studies.rows import StudyRow
from odesolve.problems.studies.run import run_cells
from odesolve.problems.studies.sources import OwnCells, Source
from odesolve.problems.studies.study import Study

__all__ = ["study"]

#: A claim on a cell whose process has given no sign of life for so many seconds is taken back.
STALE_SECONDS = 60.0


def study(
    study: str | os.PathLike[str] | Mapping[str, Any],
    *,
    results: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    folder: str | os.PathLike[str] | None = None,
    merge: bool = False,
    stale_after: float = STALE_SECONDS,
    time_limit: float | Budget | None = None,
    again: Iterable[str] = (),
    progress: Callable[[StudyProgress], None] | None = None,
) -> StudyResult:
    """Solve instances x settings x seeds, each cell once, whatever is killed meanwhile.

    Every cell becomes a row of an SQLite file as soon as it is solved, and of a CSV file beside it
    at the end. Called again, with the same study or one that was changed, it solves the cells that
    have no row yet. A cell is known by its content: the bytes of the instance, the setting, the
    seed. Rows of cells that the study no longer has are kept, unseen.

    Arguments:
        study: a file (TOML), or the same tables as a dictionary; files that it names are looked for
            beside it, or in the working folder.
        results: the SQLite file; by default beside the study, with its name.
        workers: processes that solve cells at the same time; by default one for each processor.
        scheduler: address of the scheduler of a Dask cluster that solves the cells instead.
        folder: a folder that any number of such calls share, on any machines: each claims cells
            there and leaves rows there. No results file is written.
        merge: gather the rows of the folder in the results file, and solve nothing.
        stale_after: seconds after which the claim of a process in a shared folder is taken back
            that gives no sign of life.
        time_limit: seconds for everything; cells under way at its end are left for the next call.
        again: names of settings whose cells are solved again although they have rows.
        progress: called with a ``StudyProgress`` for each row.

    Raises:
        InputError: if the study, a file or an argument cannot be used, or another process writes
            the results. It is a ValueError.

    Example:
        >>> import odesolve as ode
        >>> tables = {
        ...     "instances": [{"generator": "semiprime", "sizes": [8, 10]}],
        ...     "settings": [{"name": "default", "max_steps": 1000}],
        ... }
        >>> result = ode.study(tables, results="factors.sqlite", workers=1)
        >>> result.complete, [row.instance for row in result.rows]
        (True, ['semiprime-8-0', 'semiprime-10-0'])
    """
    began = time.perf_counter()
    budget = _budget(time_limit)
    found, notes = _read(study)
    progress = checked_function("progress", progress)
    path = _results_path(study, results)
    with ExitStack() as stack:
        interruption = stack.enter_context(listening())
        if folder is not None and not checked_flag("merge", merge):
            if again or results is not None:
                raise InputError("folder", "it has rows of its own", "no results, and none again")
            shared = SharedFolder.opened(Path(folder), found.cells(), stale_after)
            source: Source = stack.enter_context(shared)
        else:
            own = _own_cells(found, path, folder, merge, _checked_again(again, found))
            source = stack.enter_context(own)
        reason = "done"
        if source.left and not merge:
            with _crew(workers, scheduler) as crew:
                report = progress or (lambda _: None)
                reason = run_cells(source, crew, budget, interruption, report)
        rows, hidden = _kept(source)
    return StudyResult(
        name=found.name,
        results=path if isinstance(source, OwnCells) else Path(str(folder)),
        rows=rows,
        total=len(source.cells),
        left=source.left,
        hidden=hidden,
        reason=reason,
        seconds=time.perf_counter() - began,
        notes=tuple(notes),
    )


@contextmanager
def _own_cells(
    study: Study, path: Path, folder: Any, merge: bool, again: Iterable[str]
) -> Iterator[OwnCells]:
    """The cells of a results file, with the rows of a folder that is to be merged."""
    if merge and folder is None:
        raise InputError("merge", "no folder", "the folder that was shared")
    with ResultsFile.opened(path) as results:
        results.plan(study.cells(), again)
        if folder is not None:
            merged(Path(folder), results)
        yield OwnCells(results, study.cells())


def _kept(source: Source) -> tuple[tuple[StudyRow, ...], int]:
    """The rows of a results file, which become a table beside it, and how many are hidden."""
    if not isinstance(source, OwnCells):
        return (), 0
    rows = tuple(source.results.rows())
    export(source.results.path.with_suffix(".csv"), rows)
    return rows, source.results.hidden


def _read(study: Any) -> tuple[Study, list[str]]:
    if isinstance(study, Mapping):
        return study_from(study)
    if not isinstance(study, str | os.PathLike):
        raise InputError("study", shown(study), "a file, or its tables")
    return read_study(study)


def _results_path(study: Any, results: Any) -> Path:
    """Where the rows go."""
    if results is None:
        return Path("study.sqlite" if isinstance(study, Mapping) else study).with_suffix(".sqlite")
    if not isinstance(results, str | os.PathLike):
        raise InputError("results", shown(results), "a file")
    path = Path(os.fsdecode(results))
    if path.suffix.lower() not in (".sqlite", ".db"):
        raise InputError(str(path), "unknown kind of results", "a file .sqlite or .db")
    return path


def _checked_again(again: Any, study: Study) -> tuple[str, ...]:
    """Names of settings."""
    items = items_of(again, "again")
    names = [setting.name for setting in study.settings]
    found = tuple(items or ())
    for name in found:
        if name not in names:
            raise InputError("again", quote(name), " or ".join(names))
    return found


def _budget(limit: Any) -> Budget:
    try:
        return Options(time_limit=limit).budget()
    except ValueError as error:
        raise unusable(error) from None


@contextmanager
def _crew(workers: Any, scheduler: Any) -> Iterator[Crew]:
    """Who solves the cells."""
    if scheduler is None:
        count = _processors() if workers is None else checked_count("workers", workers)
        with Processes(count).working() as crew:
            yield crew
        return
    if workers is not None:
        raise InputError("workers", "a scheduler has workers of its own", "one of the two")
    if not isinstance(scheduler, str):
        raise InputError("scheduler", shown(scheduler), "an address, as tcp://host:8786")
    from odesolve.problems.studies.cluster import connected

    with connected(scheduler) as cluster, cluster.working() as crew:
        yield crew


def _processors() -> int:
    """Those that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
