"""The outcome of a model, for Python and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from odesolve.results import Outcome, Result

__all__ = ["Improvement", "ModelResult"]


@dataclass(frozen=True)
class Improvement:
    """A better answer, when it was found.

    Attributes:
        values: by name.
        objective: exact; None without an objective.
        seconds: since the beginning.
        steps: that every run had taken until then.
    """

    values: dict[str, int]
    objective: int | None
    seconds: float
    steps: int


@dataclass(frozen=True)
class ModelResult(Outcome):
    """The outcome of ``Model.solve``.

    It is satisfied when values were found that hold every constraint; with an objective these are
    the best found, and ``optimal`` says whether they are proved the best.

    Attributes:
        values: the answer by name, of every variable; empty unless satisfied.
        best_effort: values that violate the fewest constraints, where none satisfied all.
        objective: its exact value for the answer; None without an objective or an answer.
        bound: a proved bound on the objective; None where none is known.
        optimal: whether the objective is proved the best; without an objective, False.
        solutions: distinct answers by name, ``values`` the first of them; as many as were asked.
        complete: whether there are proved to be no other solutions than these.
        history: every improvement, the last is the answer.
        violated: constraints that ``values``, or else ``best_effort``, violate.
        proof: why there is no answer, for a person; empty unless infeasible.
        found_by: "presolve", "dynamics" or "prover"; empty where nothing was found.
        run: status, reason, runs, times and parameters of the solve.
        notes: what the user should know.

    Example:
        >>> import odesolve as ode
        >>> model = ode.Model()
        >>> x = model.integer("x", 0, 9)
        >>> model.add(ode.constraints.Sum([3], [x], "==", 12))
        >>> result = model.solve()
        >>> result.satisfied, result.values
        (True, {'x': 4})
    """

    values: dict[str, int]
    run: Result
    best_effort: dict[str, int] | None = None
    objective: int | None = None
    bound: int | None = None
    optimal: bool = False
    solutions: tuple[dict[str, int], ...] = ()
    complete: bool = False
    history: tuple[Improvement, ...] = ()
    violated: int = 0
    proof: str = ""
    found_by: str = ""
    notes: tuple[str, ...] = ()

    def to_json(self, statistics: bool = False) -> dict[str, Any]:
        """One object for ``--json``; docs/json.md says what its keys mean."""
        own: dict[str, Any] = {
            "solution": self.values or None,
            **({} if self.best_effort is None else {"best": self.best_effort}),
            "objective": self.objective,
            "bound": self.bound,
            "optimal": self.optimal,
            "solutions": len(self.solutions),
            "complete": self.complete,
            "found_by": self.found_by or None,
            "proof": self.proof or None,
        }
        return self.run.document(
            own, violated=self.violated, notes=self.notes, statistics=statistics
        )
