"""Several different answers to one query: round after round, each from a seed of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Int

from odesolve.budget import Budget
from odesolve.interrupts import Interruption, listening
from odesolve.problems.relations.solve import CircuitAnswer, CircuitSettings
from odesolve.results import Outcome, Reason, Result

#: Rounds in a row without a new answer after which the search for more of them ends.
STALE_ROUNDS = 30

Attempt = Callable[[CircuitSettings], CircuitAnswer]
#: A full assignment -> the numbers it holds, checked.
Reading = Callable[[Int[np.ndarray, " variables"]], tuple[int, ...]]


@dataclass(frozen=True)
class Answers(Outcome):
    """The outcome of a query that may have several answers.

    Attributes:
        solutions: distinct answers, name -> number; checked.
        answer: presolve and run.
    """

    solutions: tuple[dict[str, int], ...]
    answer: CircuitAnswer

    @property
    def run(self) -> Result:
        return self.answer.run

    def problem(self) -> dict[str, Any]:
        """The key ``problem`` of the JSON."""
        return {
            "variables": self.answer.variable_count,
            "presolved": self.answer.presolved,
            "clauses": self.answer.clause_count,
        }

    def to_json(self, statistics: bool = False) -> dict[str, Any]:
        """One JSON object; ``solution`` is null unless everything holds."""
        own = {
            "solution": self.solutions[0] if self.solutions else None,
            "solutions": list(self.solutions),
            "problem": self.problem(),
        }
        return self.run.document(
            own, violated=self.run.violated, notes=self.answer.notes, statistics=statistics
        )


def different_answers(
    attempt: Attempt, reading: Reading, wanted: int, settings: Mapping[str, Any]
) -> tuple[list[tuple[int, ...]], CircuitAnswer]:
    """Solve until there are enough different answers, or no more can be had.

    Returns:
        The answers, at most ``wanted``, and the first round with the steps and times of all. Its
        run's reason says why the search ended, and a note how many of the answers are missing.

    Raises:
        KeyboardInterrupt: if the user insists, before there is an answer.
    """
    with listening() as interruption:
        search = _AnswerSearch(reading, wanted, settings, interruption)
        try:
            while search.reason is None:
                search.add(attempt(search.next_settings()))
        except KeyboardInterrupt:
            if not search.found:
                raise
            search.reason, search.why = Reason.INTERRUPTED, Reason.INTERRUPTED.text
    return list(search.found), search.joined()


class _AnswerSearch:
    """The answers so far, and what is left of the budget.

    Attributes:
        reason: why the search ended; None while it goes on.
        why: the same for a person.
    """

    def __init__(
        self,
        reading: Reading,
        wanted: int,
        settings: Mapping[str, Any],
        interruption: Interruption,
    ) -> None:
        self.reading, self.wanted, self.settings = reading, wanted, settings
        self.interruption = interruption
        self.rounds_left = _Rounds(dict(settings.get("options") or {}))
        self.found: dict[tuple[int, ...], None] = {}
        self.rounds: list[CircuitAnswer] = []
        self.stale = 0
        self.reason: Reason | None = None
        self.why = ""

    def next_settings(self) -> CircuitSettings:
        """Those of the next round; only the first one is recorded."""
        recorder = None if self.rounds else self.settings.get("recorder")
        own = {
            "options": self.rounds_left.options_of_next(),
            "recorder": recorder,
            "several": self.wanted > 1,
        }
        return CircuitSettings(**{**self.settings, **own})

    def add(self, answer: CircuitAnswer) -> None:
        """Keep a round's answers, and decide whether to go on."""
        self.rounds.append(answer)
        self.rounds_left.spend(answer.run)
        before = len(self.found)
        complete = self.keep(answer)
        self.stale = self.stale + 1 if len(self.found) == before else 0
        spent = self.rounds_left.spent()
        if len(self.found) >= self.wanted:
            self.reason = Reason.SOLVED
        elif complete and not answer.run.dynamics_ran:
            self.reason, self.why = Reason.SOLVED, "there are no others"
        elif not answer.run.satisfied:
            self.reason = answer.run.reason
        elif self.interruption.requested:
            self.reason = Reason.INTERRUPTED
        elif spent is not None:
            self.reason = spent
        elif self.stale >= STALE_ROUNDS:
            self.reason = Reason.SOLVED
            self.why = f"{STALE_ROUNDS} rounds in a row brought no other one"
        if self.reason is not None:
            self.why = self.why or self.reason.text

    def keep(self, answer: CircuitAnswer) -> bool:
        """Read a round's answers; whether all of them were read."""
        if not answer.run.satisfied:
            return False
        for bits in answer.assignments():
            self.found[self.reading(bits)] = None
            if len(self.found) >= self.wanted or self.must_stop():
                return False
        return True

    def must_stop(self) -> bool:
        return self.interruption.requested or self.rounds_left.time.is_over()

    def joined(self) -> CircuitAnswer:
        """The first round, with the steps and times of all, and the reason of the last."""
        first, later = self.rounds[0], self.rounds[1:]
        for other in later:
            for name in ("compile", "solve", "total"):
                spent = getattr(first.run.times, name) + getattr(other.run.times, name)
                setattr(first.run.times, name, spent)
        steps = first.run.steps + sum(other.run.steps for other in later)
        notes = first.notes
        if 0 < len(self.found) < self.wanted:
            notes = (*notes, f"found {len(self.found)} of {self.wanted} answers: {self.why}")
        assert self.reason is not None
        compiled = sum((own.run.compiled for own in later), first.run.compiled)
        run = replace(first.run, steps=steps, reason=self.reason, compiled=compiled)
        return replace(first, run=run, notes=notes)


class _Rounds:
    """What is left of the budgets after each round; every round has a seed of its own."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.options = options
        self.time = Budget.of(options.get("time_limit"))
        self.rounds = self.steps = 0

    def spend(self, run: Result) -> None:
        self.rounds += 1
        self.steps += run.steps

    def options_of_next(self) -> dict[str, Any]:
        """The options of the next round; the time limit is one for all."""
        left = self.options | {"time_limit": self.time}
        if self.rounds:
            left["seed"] = left.get("seed", 0) + self.rounds
        if left.get("max_steps") is not None:
            left["max_steps"] = max(left["max_steps"] - self.steps, 0)
        return left

    def spent(self) -> Reason | None:
        """The budget that is spent, if one is."""
        if self.time.is_over():
            return Reason.TIME
        return Reason.STEPS if self.options_of_next().get("max_steps") == 0 else None
