"""What a solve gives back: a status, the best assignment, and a table of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from jaxtyping import Bool, Int


class Status(StrEnum):
    """How a solve ended. Dynamics alone never say infeasible: a proof does.

    Example:
        >>> import odesolve as ode
        >>> result = ode.color([(0, 1), (1, 2), (2, 0)], colors=2)
        >>> result.status is ode.Status.INFEASIBLE, str(result.status)
        (True, 'infeasible')
    """

    SATISFIED = "satisfied"
    UNKNOWN = "unknown"
    INFEASIBLE = "infeasible"


class Reason(StrEnum):
    """Why it ended there.

    Example:
        >>> import odesolve as ode
        >>> ode.Reason("time").text
        'the time limit is reached'
    """

    SOLVED = "solved"
    STEPS = "steps"
    TIME = "time"
    INTERRUPTED = "interrupted"
    STOPPED = "stopped"
    NON_FINITE = "non-finite"
    LOST = "lost"
    PROVED = "proved"

    @property
    def text(self) -> str:
        """The reason for a person."""
        return _REASON_TEXTS[self]


_REASON_TEXTS = {
    Reason.SOLVED: "solved",
    Reason.STEPS: "the step budget is spent",
    Reason.TIME: "the time limit is reached",
    Reason.INTERRUPTED: "interrupted",
    Reason.STOPPED: "stopped by the caller",
    Reason.NON_FINITE: "every run became non-finite; smaller steps may help",
    Reason.LOST: "another process was lost",
    Reason.PROVED: "proved",
}


@dataclass
class Times:
    """Wall-clock seconds; ``compile`` includes tracing and reading the compilation cache."""

    presolve: float = 0.0
    compile: float = 0.0
    solve: float = 0.0
    total: float = 0.0


@dataclass(frozen=True)
class Compiled:
    """How many functions were found compiled, in the process or in the cache, and how many not.

    Example:
        >>> Compiled(hits=1, misses=2) + Compiled(hits=3)
        Compiled(hits=4, misses=2)
    """

    hits: int = 0
    misses: int = 0

    def __add__(self, other: Compiled) -> Compiled:
        return Compiled(self.hits + other.hits, self.misses + other.misses)


@dataclass(frozen=True)
class RunTable:
    """One entry a run, as NumPy arrays of equal length.

    Attributes:
        satisfied: whether the run satisfied every clause, soft ones excepted.
        steps: the step at which it did (at the target cost); the steps taken so far if it did not.
        violated: fewest violated clauses.
        restarts: how often it was restarted.
        finite: whether its state was finite at the end.
        cost: the least penalty of an assignment with so few violated clauses; None when no clause
            is soft. Where clauses are violated, a bound that holds for every assignment.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> result = ode.solve(system, ode.Memcomputing(), runs=4, seed=0, max_steps=1000)
        >>> len(result.runs), result.runs.statistics()["solved_fraction"] > 0
        (4, True)
    """

    satisfied: Bool[np.ndarray, " runs"]
    steps: Int[np.ndarray, " runs"]
    violated: Int[np.ndarray, " runs"]
    restarts: Int[np.ndarray, " runs"]
    finite: Bool[np.ndarray, " runs"]
    cost: Int[np.ndarray, " runs"] | None = None

    def __len__(self) -> int:
        return len(self.satisfied)

    def statistics(self) -> dict[str, Any]:
        """Solved fraction and the quantiles of the solved runs' steps, and of violated clauses."""
        solved = self.steps[self.satisfied]
        quantiles = (0.1, 0.25, 0.5, 0.75, 0.9)

        def of(values: np.ndarray) -> dict[str, float]:
            if not len(values):
                return {}
            return {f"{q:g}": float(np.quantile(values, q)) for q in quantiles}

        return {
            "solved_fraction": float(self.satisfied.mean()) if len(self) else 0.0,
            "steps_quantiles": of(solved),
            "violated_quantiles": of(self.violated),
            "restarts": int(self.restarts.sum()),
        }

    def to_json(self) -> dict[str, Any]:
        """Plain lists, one entry a run."""
        columns = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {name: values.tolist() for name, values in columns.items() if values is not None}


@dataclass(frozen=True)
class Result:
    """The outcome of solving a ``System``.

    Attributes:
        assignment: the best discrete values, ``[variables]``.
        violated: clauses that this assignment violates; 0 exactly when satisfied. Soft clauses do
            not count.
        steps: steps of the winning run; without one, the steps that were taken. With soft clauses
            the step, or a little later, at which the best assignment was found.
        solutions: the distinct satisfying assignments of all runs, ``[solutions, variables]``, the
            winner's first; with soft clauses only those of the same cost.
        runs: the table of runs.
        cost: the penalties of the soft clauses that ``assignment`` violates; None when no clause
            is soft.
        preset: the preset that dynamics and parameters come from, before the user's own changes.
        status: how the solve ended.
        reason: why it ended there.
        seed: of the batch.
        dynamics: its name.
        parameters: of dynamics and stepper, as JSON can hold them.
        device: what it ran on.
        kernels: what did the steps there, "jax" or "native".
        times: seconds.
        compiled: functions that were found compiled, and those that had to be.
        notes: what the user should know.

    Example:
        >>> import odesolve as ode
        >>> clauses = ode.Or.from_literals([[1, 2, -3], [-1, 3, 2], [-2, -3, 1]])
        >>> system = ode.compile_system([(ode.Box(), 3)], clauses)
        >>> result = ode.solve(system, ode.Memcomputing(), runs=4, seed=0, max_steps=1000)
        >>> result.satisfied, result.dynamics, result.to_json()["violated"]
        (True, 'memcomputing', 0)
    """

    status: Status
    reason: Reason
    assignment: Int[np.ndarray, " variables"]
    solutions: Int[np.ndarray, "solutions variables"]
    violated: int
    steps: int
    runs: RunTable
    seed: int
    dynamics: str
    parameters: dict[str, Any]
    device: str
    times: Times = field(default_factory=Times)
    notes: tuple[str, ...] = ()
    cost: int | None = None
    preset: str | None = None
    compiled: Compiled = Compiled()
    kernels: str = "jax"

    @property
    def satisfied(self) -> bool:
        return self.status is Status.SATISFIED

    @property
    def dynamics_ran(self) -> bool:
        """Whether anything was left to integrate."""
        return len(self.runs) > 0

    def to_json(self, statistics: bool = False) -> dict[str, Any]:
        """The keys that every command's JSON has in common, except ``solution`` and ``problem``."""
        runs: dict[str, Any] = {
            "total": len(self.runs),
            "satisfied": int(self.runs.satisfied.sum()),
        }
        if statistics:
            runs |= self.runs.statistics() | {"table": self.runs.to_json()}
        cost = {} if self.cost is None else {"cost": self.cost}
        return {
            "status": str(self.status),
            "reason": str(self.reason),
            "runs": runs,
            "steps": self.steps,
            "violated": self.violated,
            **cost,
            "time": asdict(self.times),
            "compiled": asdict(self.compiled),
            "seed": self.seed,
            "dynamics": self.dynamics,
            "preset": self.preset,
            "parameters": self.parameters,
            "device": self.device,
            "kernels": self.kernels,
        }

    def document(
        self,
        own: Mapping[str, Any],
        *,
        violated: int | None,
        notes: Sequence[str],
        statistics: bool = False,
        instead: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """One JSON object: how it ended, the command's own keys, those of the run, and notes.

        Arguments:
            own: ``solution``, ``problem`` and whatever else the command says first.
            violated: constraints that the best answer violates; null where there is none.
            statistics: whether to add the table of runs.
            instead: what stands instead of keys of the run; new ones come after these.
        """
        common = self.to_json(statistics)
        head = {"status": common.pop("status"), "reason": common.pop("reason")}
        common["violated"] = None if self.status is Status.INFEASIBLE else violated
        return {**head, **own, **common, **(instead or {})} | {"notes": list(notes)}


class HasRun(Protocol):
    """A field ``run``, or a property."""

    @property
    def run(self) -> Result: ...


class Outcome:
    """What is found for a problem by one run, or by several that are reported as one: ``run``."""

    @property
    def status(self: HasRun) -> Status:
        return self.run.status

    @property
    def satisfied(self: HasRun) -> bool:
        return self.run.satisfied


def nothing_integrated(status: Status, reason: Reason, seed: int) -> Result:
    """The result where presolve decided, or where time was up before anything was integrated."""
    none = np.zeros(0, np.int64)
    return Result(
        status=status,
        reason=reason,
        assignment=none,
        solutions=np.zeros((0, 0), np.int64),
        violated=0,
        steps=0,
        runs=RunTable(none.astype(bool), none, none, none, none.astype(bool)),
        seed=seed,
        dynamics="none",
        parameters={},
        device="none",
    )
