"""The outcome of a tuning, for Python and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from odesolve.presets.preset import Preset

if TYPE_CHECKING:
    from odesolve.problems.tuning.gaps import GapComparison
    from odesolve.problems.tuning.objective import Comparison

__all__ = ["Trial", "TuningResult", "score_text"]


def score_text(objective: str, score: float, unit: bool = True) -> str:
    """A score for a person.

    Arguments:
        objective: its name.
        score: penalised steps, or a gap.
        unit: whether to say what it is.
    """
    text, what = (
        (f"{100.0 * score:.3g} %", "mean gap")
        if objective == "gap"
        else (f"{score:.0f}", "penalised steps")
    )
    return f"{text} {what}" if unit else text


@dataclass(frozen=True)
class Trial:
    """One set of values.

    Attributes:
        values: the parameters that were varied.
        score: by the objective, over the batches it was measured on: penalised steps (geometric
            mean) or, of Ising problems, the mean gap; the less, the better.
        complete: False if it was given up for being worse than the median.
    """

    number: int
    values: Mapping[str, float]
    score: float
    complete: bool


@dataclass(frozen=True)
class TuningResult:
    """The outcome of ``tune``.

    Attributes:
        preset: the best values; None if nothing was better than the default.
        default: name of the preset that is chosen without tuning, by instance.
        default_score: its score on the seeds that were searched on; None without time.
        trials: every trial, in order.
        comparison: the preset against the default on other seeds; None if there was no time.
        budgets: steps of a run, by instance.
        reason: what ended the search: "trials", "time" or "interrupted".
        notes: files that were left out.
        runs: of a batch.
        seed: of the search.
        seconds: that everything took.
        objective: what scores are: "steps" or, of Ising problems, "gap".
        best: the best energy, or cut, that any run found, by instance; of Ising problems only.

    Example:
        Without time nothing is compared, and no preset is given.

        >>> import odesolve as ode
        >>> result = ode.tune(["docs/examples/uniform-100.cnf"], time_limit=0)
        >>> result.preset is None, result.verdict
        (True, 'not compared with the default on other seeds: the search was cut short')
    """

    preset: Preset | None
    default: Mapping[str, str | None]
    default_score: float | None
    trials: tuple[Trial, ...]
    comparison: Comparison | GapComparison | None
    budgets: Mapping[str, int]
    reason: str
    runs: int
    seed: int
    seconds: float
    notes: tuple[str, ...] = ()
    objective: str = "steps"
    best: Mapping[str, float] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """What the comparison says, for a person."""
        if self.comparison is None:
            return "not compared with the default on other seeds: the search was cut short"
        found = self.comparison
        if self.preset is None:
            return f"no better than the default on other seeds: {found.text}"
        clear = "better than" if found.is_clear else "not clearly better than"
        return f"{clear} the default on other seeds: {found.text}"

    def score_text(self, score: float, unit: bool = True) -> str:
        """A score of this result's objective, for a person."""
        return score_text(self.objective, score, unit)

    def best_trials(self, count: int) -> list[Trial]:
        """The complete trials of the lowest scores."""
        return sorted((t for t in self.trials if t.complete), key=lambda t: t.score)[:count]

    def to_json(self) -> dict[str, Any]:
        """One JSON object."""
        found = self.comparison
        return {
            "status": "improved" if self.preset is not None else "unchanged",
            "reason": self.reason,
            "preset": None if self.preset is None else self.preset.to_json(),
            "default": dict(self.default),
            "comparison": None if found is None else found.to_json(),
            "verdict": self.verdict,
            "objective": self.objective,
            "default_score": self.default_score,
            "trials": [
                {**vars(trial), "values": dict(trial.values)} for trial in self.trials
            ],
            "budgets": dict(self.budgets),
            **({"best": dict(self.best)} if self.best else {}),
            "runs": self.runs,
            "seed": self.seed,
            "time": {"total": self.seconds},
            "notes": list(self.notes),
        }  # fmt: skip
