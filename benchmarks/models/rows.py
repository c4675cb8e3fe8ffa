"""Measured rows of models."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.models.solvers import ModelAttempt
from benchmarks.rows import RowFile

#: What tells rows apart.
Key = tuple[str, str, int, float, bool]


@dataclass(frozen=True)
class Row:
    """One attempt, and of what.

    Attributes:
        limit: seconds that were given.
        cached: whether compilations of earlier attempts were found in a cache.
        commit: of odesolve, when it was measured.
    """

    instance: str
    solver: str
    seed: int
    limit: float
    cached: bool
    attempt: ModelAttempt
    commit: str = ""

    @property
    def key(self) -> Key:
        return self.instance, self.solver, self.seed, self.limit, self.cached

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, own: dict[str, Any]) -> Row:
        """What ``to_json`` wrote."""
        return cls(**own | {"attempt": ModelAttempt(**own["attempt"])})


class Rows(RowFile[Row]):
    """The rows of models in a file; see ``RowFile``."""

    def __init__(self, path: Path, without: Iterable[str] = ()) -> None:
        super().__init__(Row, path, without)
