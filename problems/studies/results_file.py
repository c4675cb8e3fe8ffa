"""The results of a study in one SQLite file, which other programs read: the view ``cells``.

The table ``results`` holds what became of cells, by their keys; the table ``plan`` which cells the
study has now, under which names. What a study no longer has keeps its results, unseen, and finds
them again when it is put back. One process writes the file; any number may read it meanwhile.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from odesolve.problems.errors import InputError
from odesolve.problems.studies.rows import COLUMNS, Row, StudyRow
from odesolve.problems.studies.study import Cell

__all__ = ["ResultsFile", "count_left", "read_rows"]

#: Of this file's kind ("ODEs"), and of what is written here: another version is refused.
APPLICATION, VERSION = 0x4F444573, 1

_TYPES = {"int | None": "INTEGER", "float": "REAL", "float | None": "REAL", "Number | None": ""}
_COLUMNS = ", ".join(
    f"{each.name} {_TYPES.get(str(each.type), 'TEXT')}" for each in fields(Row)
    if each.name != "cell"
)  # fmt: skip
_SCHEMA = f"""
CREATE TABLE results (cell TEXT PRIMARY KEY, {_COLUMNS});
CREATE TABLE plan (
    number INTEGER PRIMARY KEY, cell TEXT UNIQUE, instance TEXT, kind TEXT, setting TEXT,
    seed INTEGER
);
CREATE VIEW cells AS
    SELECT plan.instance, plan.kind, plan.setting, plan.seed, results.*
    FROM plan JOIN results ON plan.cell = results.cell ORDER BY plan.number;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
"""
#: Integers beyond these are no integers of SQLite.
_LARGEST = 2**63 - 1


class ResultsFile:
    """The file, of the one process that writes it.

    Attributes:
        path: the file.
        done: keys of the cells of the plan that have a row.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path, self._connection = path, connection
        self.done: set[str] = set()

    @classmethod
    @contextmanager
    def opened(cls, path: Path) -> Iterator[ResultsFile]:
        """The file, made if there is none, and held until the end of the block.

        Raises:
            InputError: another process writes it, it is another kind of file, or what is done with
                it in the block fails, since it is damaged or the disk is full.
        """
        lock = FileLock(path.with_name(f".{path.name}.lock"), timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise InputError(str(path), "another process writes it", "one at a time") from None
        except OSError as error:
            raise InputError(str(path), _reason(error), "a file in a writable folder") from None
        try:
            with _errors_of(path), closing(_connected(path)) as connection:
                _check_kind(path, connection)
                yield cls(path, connection)
        finally:
            lock.release()

    def plan(self, cells: Iterable[Cell], again: Iterable[str] = ()) -> None:
        """Say which cells the study has; those that it had before and has no more are hidden.

        Arguments:
            again: names of settings whose rows do not count.
        """
        left_out, rows, forgotten = set(again), [], []
        for number, cell in enumerate(cells):
            own = cell.instance
            rows.append((number, cell.key, own.name, own.kind, cell.setting.name, cell.seed))
            if cell.setting.name in left_out:
                forgotten.append((cell.key,))
        with self._connection as connection:
            connection.execute("DELETE FROM plan")
            connection.executemany("INSERT INTO plan VALUES (?, ?, ?, ?, ?, ?)", rows)
            connection.executemany("DELETE FROM results WHERE cell = ?", forgotten)
        found = self._connection.execute("SELECT cell FROM cells")
        self.done = {key for (key,) in found}

    def add(self, row: Row) -> bool:
        """Keep a row, on the disk when this returns; whether the cell had none."""
        values = [_plain(value) for value in row.to_json().values()]
        marks = ", ".join("?" * len(COLUMNS))
        with self._connection as connection:
            added = connection.execute(
                f"INSERT OR IGNORE INTO results ({', '.join(COLUMNS)}) VALUES ({marks})", values
            )
        self.done.add(row.cell)
        return added.rowcount == 1

    def rows(self) -> list[StudyRow]:
        """The rows of the plan, in its order."""
        return _rows(self._connection)

    @property
    def hidden(self) -> int:
        """How many rows are of cells that the study no longer has."""
        query = "SELECT count(*) FROM results WHERE cell NOT IN (SELECT cell FROM plan)"
        return int(self._connection.execute(query).fetchone()[0])


def read_rows(path: str | os.PathLike[str]) -> list[StudyRow]:
    """The rows of a file, whoever may write it meanwhile.

    Raises:
        InputError: there is no such file, or it is another kind of file.
    """
    with _reading(Path(path)) as connection:
        return _rows(connection)


def count_left(path: str | os.PathLike[str]) -> int:
    """How many cells of a file's plan have no row.

    Raises:
        InputError: as ``read_rows``.
    """
    query = "SELECT count(*) FROM plan WHERE cell NOT IN (SELECT cell FROM results)"
    with _reading(Path(path)) as connection:
        return int(connection.execute(query).fetchone()[0])


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.is_file():
        raise InputError(str(path), "no such file", "the results of 'odesolve study'")
    # Where the process that wrote was killed, the first to read undoes what it had begun to write.
    mode = "rw" if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK) else "ro"
    with _errors_of(path), closing(_connected(path, mode)) as connection:
        _check_kind(path, connection, make=False)
        yield connection


def _rows(connection: sqlite3.Connection) -> list[StudyRow]:
    found = connection.execute("SELECT * FROM cells")
    names = [column[0] for column in found.description]
    tables = (dict(zip(names, values, strict=True)) for values in found)
    return [
        StudyRow(each["instance"], each["kind"], each["setting"], each["seed"], Row.from_json(each))
        for each in tables
    ]


@contextmanager
def _errors_of(path: Path) -> Iterator[None]:
    """Tell SQLite's errors as those of a file.

    Raises:
        InputError: in place of them.
    """
    try:
        yield
    except sqlite3.Error as error:
        is_full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        expected = "room for it" if is_full else "the results of 'odesolve study'"
        raise InputError(str(path), str(error), expected) from None


def _connected(path: Path, mode: str = "rwc") -> sqlite3.Connection:
    address = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=60.0)


def _check_kind(path: Path, connection: sqlite3.Connection, make: bool = True) -> None:
    """Make the tables of a new file, and refuse those of another kind."""
    (kind,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if make and (kind, version, tables) == (0, 0, 0):
        # All or nothing: it may be killed at any moment.
        connection.executescript(f"BEGIN;{_SCHEMA}COMMIT;")
        return
    if kind != APPLICATION:
        raise InputError(str(path), "another kind of file", "the results of 'odesolve study'")
    if version != VERSION:
        raise InputError(str(path), f"version {version} of such files", f"version {VERSION}")


def _plain(value: Any) -> Any:
    """A value as SQLite holds it: the nearest float of an integer that is too large."""
    is_large = isinstance(value, int) and not -_LARGEST <= value <= _LARGEST
    return float(value) if is_large else value


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
