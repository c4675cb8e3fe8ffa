"""Measured rows in a file, a line of JSON each, written at once: nothing is lost or done twice."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, Protocol, Self, TypeVar


class Keyed(Protocol):
    """A row: which one it is, of which solver, and its form as JSON."""

    @property
    def solver(self) -> str: ...

    @property
    def key(self) -> tuple[Any, ...]:
        """What tells rows apart; a later row takes the place of an earlier one."""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""

    @classmethod
    def from_json(cls, own: dict[str, Any]) -> Self:
        """What ``to_json`` wrote."""


RowT = TypeVar("RowT", bound=Keyed)


class RowFile(Generic[RowT]):
    """The rows of a file and those that are added to it.

    Arguments:
        kind: the class of the rows.
        path: the file; made with the first row.
        without: names of solvers whose rows there do not count.
    """

    def __init__(self, kind: type[RowT], path: Path, without: Iterable[str] = ()) -> None:
        self.kind, self.path = kind, path
        self.found: dict[tuple[Any, ...], RowT] = {}
        left_out = set(without)
        for row in self._read():
            if row.solver not in left_out:
                self.found[row.key] = row

    def _read(self) -> list[RowT]:
        if not self.path.exists():
            return []
        rows = []
        for line in self.path.read_text(encoding="utf-8").splitlines():
            # A line without its end was cut off with the process that wrote it.
            with suppress(json.JSONDecodeError):
                rows.append(self.kind.from_json(json.loads(line)))
        return rows

    def get(self, key: tuple[Any, ...]) -> RowT | None:
        return self.found.get(key)

    def add(self, row: RowT) -> None:
        """Keep a row, in the file too, at once."""
        self.found[row.key] = row
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(row.to_json()) + "\n"
        before = self.path.read_bytes() if self.path.exists() else b""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text if not before or before.endswith(b"\n") else "\n" + text)
            file.flush()
