"""The rows of a study as a table in a file: CSV, or Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from odesolve.problems.errors import InputError
from odesolve.problems.files import check_writable, write_atomically
from odesolve.problems.studies.rows import COLUMNS, StudyRow

__all__ = ["EXPORT_SUFFIXES", "check_export", "export"]

EXPORT_SUFFIXES = (".csv", ".parquet")
_NAMES = ("instance", "kind", "setting", "seed", *COLUMNS)


def check_export(path: str) -> None:
    """Refuse at once what could not be written later.

    Raises:
        InputError: another extension, no such folder, or pyarrow is not installed.
    """
    check_writable(path, EXPORT_SUFFIXES)
    if path.lower().endswith(".parquet") and find_spec("pyarrow") is None:
        raise InputError(
            path, "pyarrow is not installed", "it, as after: pip install 'odesolve[parquet]'"
        )


def export(path: str | Path, rows: Sequence[StudyRow]) -> None:
    """Write a table with a column for each name, by the file's extension.

    Raises:
        InputError: as ``check_export``, or it cannot be written.
    """
    check_export(str(path))
    documents = [row.to_json() for row in rows]
    is_parquet = str(path).lower().endswith(".parquet")
    write_atomically(path, _parquet(documents) if is_parquet else _csv(documents))


def _csv(documents: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, _NAMES, lineterminator="\n")
    table.writeheader()
    table.writerows(documents)
    return text.getvalue()


def _parquet(documents: list[dict[str, Any]]) -> bytes:
    import pyarrow
    from pyarrow import parquet

    columns = {name: [document[name] for document in documents] for name in _NAMES}
    # Energies are integers in some rows, and in others not.
    energies = [None if value is None else float(value) for value in columns["energy"]]
    sink = io.BytesIO()
    parquet.write_table(pyarrow.table(columns | {"energy": energies}), sink)
    return sink.getvalue()
