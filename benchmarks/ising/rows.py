"""Measured rows of Ising problems."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.ising.solvers import Attempt
from benchmarks.rows import RowFile

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


class Rows(RowFile[Row]):
    """The rows of Ising problems in a file; see ``RowFile``."""

    def __init__(self, path: Path, without: Iterable[str] = ()) -> None:
        super().__init__(Row, path, without)
