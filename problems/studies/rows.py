"""``StudyRow``: what became of a cell, as a row of a table."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Self

__all__ = ["COLUMNS", "Row", "StudyRow", "versions"]

Number = int | float

#: Statuses besides those of odesolve: the cell has a row, and it is not solved.
WRONG, REFUSED, ERROR, CRASHED = "wrong", "refused", "error", "crashed"


@dataclass(frozen=True)
class Row:
    """What became of a cell.

    Attributes:
        cell: its key.
        status: "satisfied", "infeasible" or "unknown" as everywhere; "wrong": the solver claims
            what the exact checker rejects; "refused": the problem or the setting cannot be used;
            "error": the solver failed; "crashed": its process died again and again.
        reason: why it ended there.
        seconds: wall time of solving: reading is left out, compiling is not; of another solver that
            of its process.
        began: when, in UTC.
        host: the machine.
        size: variables, nodes, spins or bits.
        steps: of the winning run, or those that were taken.
        runs: side by side.
        run_steps: steps times runs.
        compile_seconds: of these seconds, those that tracing and compiling took.
        found_after: seconds until the answer was found, where the search went on for a better one,
            or as another solver tells them.
        energy: what is to be small: the energy, the cost of soft clauses, the number of colours; of
            a cut its weight, which is to be large, and of a model its objective, negated where that
            is to be large.
        violated: constraints that the best answer violates.
        optimal: 1 if the energy is proved the best.
        dynamics, preset, device: what solved it.
        versions: of odesolve, Python, JAX and NumPy.
        message: what else is to be said, on one line.
    """

    cell: str
    status: str
    reason: str
    seconds: float
    began: str
    host: str
    size: int | None = None
    steps: int | None = None
    runs: int | None = None
    run_steps: int | None = None
    compile_seconds: float | None = None
    found_after: float | None = None
    energy: Number | None = None
    violated: int | None = None
    optimal: int | None = None
    dynamics: str | None = None
    preset: str | None = None
    device: str | None = None
    versions: str = ""
    message: str = ""

    @property
    def solved(self) -> bool:
        """Whether there is a checked answer, or a proof that there is none."""
        return self.status in ("satisfied", "infeasible")

    def to_json(self) -> dict[str, Any]:
        """Plain values, by name."""
        return asdict(self)

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """What ``to_json`` wrote."""
        return cls(**{each.name: found[each.name] for each in fields(cls) if each.name in found})


#: The columns of a row, in order.
COLUMNS = tuple(each.name for each in fields(Row))


@dataclass(frozen=True)
class StudyRow:
    """A row of a study's results: which cell, and what became of it.

    Attributes:
        instance, kind, setting, seed: the cell.
        result: its ``status``, ``seconds``, ``energy`` and so on.

    Example:
        >>> import odesolve as ode
        >>> tables = {"instances": [{"numbers": [13]}], "settings": [{"name": "default"}]}
        >>> [row] = ode.study(tables, results="numbers.sqlite").rows
        >>> row.instance, row.setting, row.seed, row.result.status
        ('13', 'default', 0, 'satisfied')
    """

    instance: str
    kind: str
    setting: str
    seed: int
    result: Row

    def to_json(self) -> dict[str, Any]:
        """Plain values, by name: a row of the table."""
        own = {"instance": self.instance, "kind": self.kind, "setting": self.setting}
        return own | {"seed": self.seed} | self.result.to_json()


@cache
def versions() -> str:
    """What decides about a result besides its seed."""
    told = [f"python {platform.python_version()}"]
    for package in ("odesolve", "jax", "numpy"):
        try:
            told.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            told.append(f"{package} (not installed)")
    return ", ".join(told)


@cache
def host() -> str:
    """The name of this machine."""
    return platform.node() or os.environ.get("HOSTNAME", "unknown")
