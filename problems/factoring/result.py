"""``FactorResult``: prime factors, and how each split was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from odesolve.results import Outcome, Reason, Result


@dataclass
class SplitRecord:
    """How one composite was split, or that it was not.

    Attributes:
        number: the composite.
        factors: the two factors; None without success.
        decided_by_presolve: constant propagation alone would have given the factors; the dynamics
            found them without it all the same.
        widths: the widths of the factors.
        integrated: whether the dynamics found the factors; False where there was no time for them,
            and presolve did.
        steps: steps of all batches together.
        runs: runs of each batch.
        clauses: clauses of the system that found them.
    """

    number: int
    factors: tuple[int, int] | None = None
    decided_by_presolve: bool = False
    integrated: bool = True
    widths: tuple[int, int] = (0, 0)
    steps: int = 0
    runs: int = 0
    clauses: int = 0

    def summary(self) -> str:
        """One line for a person."""
        if self.factors is None:
            return f"{self.number}: not split in {self.steps} steps of {self.runs} runs"
        p, q = self.factors
        if not self.integrated:
            return f"{self.number} = {p} x {q}: by presolve; there was no time to integrate"
        presolve = "; presolve alone would have decided it" if self.decided_by_presolve else ""
        return (
            f"{self.number} = {p} x {q}: {self.steps} steps of {self.runs} runs, "
            f"{self.clauses} clauses{presolve}"
        )

    def to_json(self) -> dict[str, Any]:
        """Its fields, as JSON can hold them."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class FactorResult(Outcome):
    """The outcome of ``factor``.

    Attributes:
        number: N.
        factors: (prime, exponent), rising; of the part that was split so far.
        unsplit: composites that were not split.
        splits: every split that was found or tried.
        run: status, reason, steps, times and parameters of all splits together; it has no table of
            runs.

    Example:
        >>> import odesolve as ode
        >>> result = ode.factor(64)
        >>> result.satisfied, result.factors, result.splits
        (True, [(2, 6)], [])
    """

    number: int
    factors: list[tuple[int, int]]
    unsplit: list[int]
    splits: list[SplitRecord]
    run: Result

    @property
    def reason(self) -> Reason:
        """Why it ended."""
        return self.run.reason

    @property
    def reason_text(self) -> str:
        """Why there is no complete answer, for a person."""
        return self.run.reason.text

    def __str__(self) -> str:
        """``360 = 2^3 x 3^2 x 5``; composites that were not split stand in parentheses."""
        powers = [f"{p}^{e}" if e > 1 else str(p) for p, e in self.factors]
        powers += [f"({composite})" for composite in self.unsplit]
        return f"{self.number} = {' x '.join(powers) or '1'}"

    def to_json(self) -> dict[str, Any]:
        """One JSON object; ``solution`` is null unless the factorization is complete."""
        found = {"factors": [list(pair) for pair in self.factors]}
        own: dict[str, Any] = {
            "solution": found if self.satisfied else None,
            "problem": {"number": self.number, "bits": self.number.bit_length()},
        }
        if not self.satisfied:
            own["best"] = found | {"unsplit": self.unsplit}
        own["splits"] = [record.to_json() for record in self.splits]
        batches = {
            "total": sum(record.runs for record in self.splits),
            "satisfied": sum(record.factors is not None for record in self.splits),
        }
        notes = [record.summary() for record in self.splits]
        return self.run.document(
            own, violated=len(self.unsplit), notes=notes, instead={"runs": batches}
        )
