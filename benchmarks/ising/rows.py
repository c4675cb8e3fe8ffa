"""Measured rows in a file, a line of JSON each, written at once: nothing is lost or done twice."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.ising.solvers import Attempt

#: What tells rows apart; a later row takes the place of an earlier one.
Key = tuple[str, str, int, float, bool]


@dataclass(frozen=True)
class Row:
    """One attempt, and of what.

    Attributes:
        limit: seconds that were given.
        stops: whether the solver was told the best known value, to stop there.
        commit: of odesolve, when it was measured.
    """

    instance: str
    solver: str
    seed: int
    limit: float
    stops: bool
    attempt: Attempt
    commit: str = ""

    @property
    def key(self) -> Key:
        return self.instance, self.solver, self.seed, self.limit, self.stops

    def to_json(self) -> dict[str, Any]:
        """Plain values; a fraction as text."""
        own = asdict(self)
        value = self.attempt.value
        own["attempt"]["value"] = None if value is None else str(value)
        return own

    @classmethod
    def from_json(cls, own: dict[str, Any]) -> Row:
        """What ``to_json`` wrote."""
        attempt = dict(own.pop("attempt"))
        value = attempt.pop("value")
        exact = None if value is None else Fraction(value)
        return cls(**own, attempt=Attempt(value=exact, **attempt))


class Rows:
    """The rows of a file and those that are added to it.

    Arguments:
        path: the file; made with the first row.
        without: names of solvers whose rows there do not count.
    """

    def __init__(self, path: Path, without: Iterable[str] = ()) -> None:
        self.path = path
        self.found: dict[Key, Row] = {}
        left_out = set(without)
        for row in self._read():
            if row.solver not in left_out:
                self.found[row.key] = row

    def _read(self) -> list[Row]:
        if not self.path.exists():
            return []
        rows = []
        for line in self.path.read_text(encoding="utf-8").splitlines():
            # A line without its end was cut off with the process that wrote it.
            with suppress(json.JSONDecodeError):
                rows.append(Row.from_json(json.loads(line)))
        return rows

    def get(self, key: Key) -> Row | None:
        return self.found.get(key)

    def add(self, row: Row) -> None:
        """Keep a row, in the file too, at once."""
        self.found[row.key] = row
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(row.to_json()) + "\n"
        before = self.path.read_bytes() if self.path.exists() else b""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text if not before or before.endswith(b"\n") else "\n" + text)
            file.flush()
