"""The outcome of an Ising problem, for Python and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Int

from odesolve.problems.ising.numbers import Exact
from odesolve.problems.ising.problem import IsingProblem
from odesolve.problems.ising.statistics import Success, success_of
from odesolve.results import Outcome, Result, Status

__all__ = ["Improvement", "IsingProgress", "IsingResult", "written"]


def written(number: Exact) -> int | float:
    """An exact number as JSON holds it: an integer, or the nearest float of a fraction."""
    return int(number) if number.denominator == 1 else float(number)


@dataclass(frozen=True)
class Improvement:
    """A better assignment, when it was found.

    Attributes:
        energy: exact.
        spins: -1 and +1, int8 ``[spins]``.
        seconds: since the beginning.
        steps: taken by every run until then.

    Example:
        >>> import odesolve as ode
        >>> found = []
        >>> _ = ode.maxcut([(0, 1), (1, 2)], improved=found.append)
        >>> found[-1].energy, found[-1].spins.tolist()
        (-2, [1, -1, 1])
    """

    energy: Exact
    spins: Int[np.ndarray, " spins"]
    seconds: float
    steps: int


@dataclass(frozen=True)
class IsingProgress:
    """A glance at a running solve.

    Attributes:
        steps: taken by every run so far.
        seconds: since the beginning.
        energy: the least so far, exact.
        anneals: that have been completed, by all runs together.
        runs: size of the batch.
        steps_per_second: of the whole batch.

    Example:
        >>> import odesolve as ode
        >>> glance = ode.IsingProgress(500, 0.4, -17, 64, 64, 1250.0)
        >>> f"{glance.steps} steps, energy {glance.energy}"
        '500 steps, energy -17'
    """

    steps: int
    seconds: float
    energy: Exact
    anneals: int
    runs: int
    steps_per_second: float


@dataclass(frozen=True)
class IsingResult(Outcome):
    """The outcome of ``ising``, ``maxcut`` and ``qubo``.

    It is satisfied when the target is reached or the energy is proved the least; else the budget
    was spent, with the best assignment so far.

    Attributes:
        problem: that was solved.
        spins: the best assignment, -1 and +1, int8 ``[spins]``.
        energy: its exact energy, by the checker.
        optimal: whether it is proved the least.
        target: the energy that was good enough; None without one.
        history: every improvement, the last is the answer.
        energies: the best energy of each run.
        samples: the energies at which all anneals ended, a run's after another's.
        anneal_seconds: that those took together.
        sample_seconds: when each of these ended, since the beginning.
        assignments: the best of each run, int8 ``[spins, runs]``; what presolve decided has one.
        core: sizes of what presolve left; None where it left everything.
        is_cut: whether the problem is a cut: answers are then told as cuts.
        run: status, reason, runs, times and parameters of the solve.
        notes: what the reader and the search did.

    Example:
        >>> import odesolve as ode
        >>> result = ode.ising(ode.IsingProblem.from_dicts({"a": 1}, {("a", "b"): 1}))
        >>> result.energy, result.optimal, result.assignment
        (-2, True, {'a': -1, 'b': 1})
    """

    problem: IsingProblem
    spins: Int[np.ndarray, " spins"]
    energy: Exact
    run: Result
    optimal: bool = False
    target: Exact | None = None
    history: tuple[Improvement, ...] = ()
    energies: tuple[Exact, ...] = ()
    samples: tuple[Exact, ...] = ()
    anneal_seconds: float = 0.0
    sample_seconds: tuple[float, ...] = ()
    assignments: Int[np.ndarray, "spins runs"] = field(
        default_factory=lambda: np.zeros((0, 0), np.int8)
    )
    core: Mapping[str, int] | None = None
    is_cut: bool = False
    notes: tuple[str, ...] = field(default=())

    @property
    def bits(self) -> Int[np.ndarray, " spins"]:
        """The best assignment as 0 and 1, int8 ``[spins]``."""
        return ((self.spins + 1) // 2).astype(np.int8)

    @property
    def values(self) -> Int[np.ndarray, " spins"]:
        """The best assignment as the problem's own variables: bits or spins."""
        return self.bits if self.problem.is_binary else self.spins

    @property
    def assignment(self) -> dict[Any, int]:
        """Name -> value, of the best assignment."""
        return dict(zip(self.problem.labels, self.values.tolist(), strict=True))

    @property
    def cut(self) -> Exact:
        """The weight of the cut between the two signs, where couplings are weights of edges."""
        return self.problem.cut(self.energy)

    @property
    def sides(self) -> tuple[list[Any], list[Any]]:
        """The variables of spin -1, and those of +1."""
        labels = self.problem.labels
        below = [name for name, spin in zip(labels, self.spins, strict=True) if spin < 0]
        above = [name for name, spin in zip(labels, self.spins, strict=True) if spin > 0]
        return below, above

    @cached_property
    def success(self) -> Success:
        """How often an anneal ended at the target, or without one at the best energy."""
        wanted = self.energy if self.target is None else self.target
        return success_of(self.samples, wanted, self.anneal_seconds)

    def to_json(self, statistics: bool = False) -> dict[str, Any]:
        """One JSON object; ``solution`` is null unless the target is reached or it is optimal."""
        answer: dict[str, Any] = {"energy": written(self.energy)}
        if self.is_cut:
            answer["cut"] = written(self.cut)
        labels = [str(label) for label in self.problem.labels]
        answer["assignment"] = dict(zip(labels, self.values.tolist(), strict=True))
        own: dict[str, Any] = {
            "solution": answer if self.satisfied else None,
            "problem": self.problem.sizes | {"offset": self._offset},
        }
        if self.status is Status.UNKNOWN:
            own["best"] = answer
        own["optimal"] = self.optimal
        if self.target is not None:
            own["target"] = written(self.target)
        own["improvements"] = [
            {"seconds": found.seconds, "steps": found.steps, "energy": written(found.energy)}
            for found in self.history
        ]
        if statistics:
            success = asdict(self.success)
            own["success"] = success | {"energy": written(self.success.energy)}
            own["energies"] = [written(energy) for energy in self.energies]
        return self.run.document(own, violated=0, notes=self.notes, statistics=statistics)

    @property
    def _offset(self) -> int | float:
        return written(Fraction(self.problem.offset, self.problem.denominator))
