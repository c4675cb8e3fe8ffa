"""``Tuning``: calibration, search, final choice, and the comparison with the default."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from odesolve.budget import Budget, OutOfTime
from odesolve.presets.choice import Choice, choose
from odesolve.presets.method import Method
from odesolve.presets.preset import Lane, Preset
from odesolve.problems.errors import unusable
from odesolve.problems.tuning.gaps import GapComparison, Gaps
from odesolve.problems.tuning.instances import Instance, IsingInstance, SystemInstance
from odesolve.problems.tuning.objective import Comparison, Mean, Objective, Steps
from odesolve.problems.tuning.result import Trial, TuningResult, score_text
from odesolve.problems.tuning.space import coordinates, space_of, values_at, values_of, with_values
from odesolve.watching import watched

#: Shares of the time limit by whose end calibration, search and the final choice are over; what
#: is left belongs to the comparison on seeds that were not searched on.
CALIBRATION_SHARE, SEARCH_SHARE, FINAL_SHARE = 0.1, 0.7, 0.82

#: Seconds that the calibration takes at most.
CALIBRATION_SECONDS = 120.0

#: Batches that a trial is measured on, at least; the instances are gone through in turn.
LEAST_BATCHES = 3

#: Trials that are measured once more before one is chosen: the best of many is partly luck.
FINALISTS = 4

#: Batches of the final choice and of the comparison, for each instance.
FINAL_BATCHES, COMPARISON_BATCHES = 2, 4

#: Where the seeds of the final choice, the comparison and the calibration begin.
FINAL_SEED, COMPARISON_SEED, CALIBRATION_SEED = 10_000, 20_000, 30_000

Report = Callable[[str], None]


@dataclass
class Tuning:
    """One tuning: calibration, search, final choice, comparison."""

    instances: list[Instance]
    method: Method
    vary: tuple[str, ...]
    trials: int | None
    clock: Budget
    max_steps: int | None
    runs: int
    seed: int
    report: Report
    done: list[Trial] = field(default_factory=list)
    default_score: float | None = None
    winner: Trial | None = None
    comparison: Comparison | GapComparison | None = None
    budgets: list[int] = field(default_factory=list)
    reason: str = "time"

    def __post_init__(self) -> None:
        self.objective = objective_of(self.instances)
        #: What the default and each trial were measured by.
        self.default_means: list[Mean] = []
        self.means: dict[int, list[Mean]] = {}
        try:
            self.defaults = [choose(own.problem, own.features) for own in self.instances]
            first = self.instances[0]
            self.start = self.method.choose(first.problem, first.features)
            if self.start.start:
                raise ValueError(
                    f"preset {self.start.preset} begins at a {self.start.start!r} start; "
                    "expected one that begins at random"
                )
            self.lane: Lane = self.start.lanes[0]
            self.space = space_of(self.lane, self.vary)
        except (TypeError, ValueError) as error:
            raise unusable(error) from None

    # ------------------------------------------------------------------------------ measuring

    @property
    def batches(self) -> list[tuple[int, int]]:
        """(instance, seed) of the batches that a trial is measured on, in order."""
        count = len(self.instances)
        turns = -(-LEAST_BATCHES // count)
        return [(i, self.seed + turn) for turn in range(turns) for i in range(count)]

    def choice_of(self, values: Mapping[str, float]) -> Choice:
        """A trial as what an instance is solved with."""
        return replace(self.start, lanes=(with_values(self.lane, values),))

    def cost(self, index: int, choice: Choice, seed: int, share: float) -> np.ndarray:
        """The costs of one batch."""
        return self.objective.costs(
            index, choice, self.runs, seed, self.budgets[index], self.clock.first(share)
        )

    def mean(self, index: int, choice: Choice, seed: int, share: float) -> Mean:
        """The mean cost of one batch."""
        return index, float(self.cost(index, choice, seed, share).mean())

    def text(self, score: float, unit: bool = True) -> str:
        return score_text(self.objective.name, score, unit)

    # -------------------------------------------------------------------------------- phases

    def run(self) -> None:
        """All phases, as far as there is time."""
        try:
            self.calibrate()
            self.search()
            self.choose_finally()
            self.compare()
        except OutOfTime:
            self.reason = "time"
        except KeyboardInterrupt:
            self.reason = "interrupted"

    def calibrate(self) -> None:
        """How many steps a run gets on each instance."""
        pairs = zip(self.instances, self.defaults, strict=True)
        for index, (instance, default) in enumerate(pairs):
            if self.max_steps is not None:
                self.budgets.append(self.max_steps)
                continue
            seconds = min(self.clock.limit * CALIBRATION_SHARE, CALIBRATION_SECONDS)
            budget = self.objective.calibrated_budget(
                index, default, self.runs, self.seed + CALIBRATION_SEED,
                seconds / len(self.instances), self.clock,
            )  # fmt: skip
            self.budgets.append(budget)
            self.report(f"{instance.name}: {budget} steps a run")

    def search(self) -> None:
        """Trial after trial, by Optuna."""
        optuna = watched(_optuna, self.clock)
        optuna.logging.set_verbosity(optuna.logging.ERROR)
        study = optuna.create_study(
            sampler=optuna.samplers.TPESampler(seed=self.seed),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=4),
        )
        distributions: dict[str, Any] = {
            name: optuna.distributions.FloatDistribution(own.low, own.high, log=own.logarithmic)
            for name, own in self.space.items()
        }
        self.measure_default()
        starts = self.starts()
        for known in starts:
            study.enqueue_trial(coordinates(self.space, known))
        while self.trials is None or len(self.done) < self.trials:
            trial = study.ask(distributions)
            number = len(self.done)
            # A lane of the preset itself is measured with its own digits.
            values = starts[number] if number < len(starts) else values_at(self.space, trial.params)
            try:
                means, complete = self.measure(values, trial)
            except OutOfTime:
                return
            if complete:
                study.tell(trial, self.objective.rank(means))
            else:
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            self.means[number] = means
            self.done.append(Trial(number, values, self.objective.score(means), complete))
            self.tell_of(self.done[-1])
        self.reason = "trials"

    def starts(self) -> list[dict[str, float]]:
        """The values with which the search begins: those of the preset's lanes, each once."""
        found: list[dict[str, float]] = []
        for lane in self.start.lanes:
            known = values_of(lane)
            values = {name: known[name] for name in self.space}
            if values not in found:
                found.append(values)
        return found

    def tell_of(self, trial: Trial) -> None:
        # What is known of the best energy may have changed since the others were measured.
        best = min(
            (self.objective.score(self.means[t.number]) for t in self.done if t.complete),
            default=float("inf"),
        )
        given_up = "" if trial.complete else ", given up"
        self.report(
            f"trial {trial.number}: {self.text(trial.score)}{given_up}; "
            f"best {self.text(best, unit=False)}"
        )

    def measure_default(self) -> None:
        """The score of what the instances are solved with by default."""
        self.default_means = [
            self.mean(index, self.defaults[index], seed, SEARCH_SHARE)
            for index, seed in self.batches
        ]
        self.default_score = self.objective.score(self.default_means)
        self.report(f"default: {self.text(self.default_score)}")

    def measure(self, values: Mapping[str, float], trial: Any) -> tuple[list[Mean], bool]:
        """The mean costs of a trial's batches, and whether it was measured to the end."""
        choice = self.choice_of(values)
        means: list[Mean] = []
        for number, (index, seed) in enumerate(self.batches):
            means.append(self.mean(index, choice, seed, SEARCH_SHARE))
            trial.report(self.objective.rank(means), number)
            if number + 1 < len(self.batches) and trial.should_prune():
                return means, False
        return means, True

    def choose_finally(self) -> None:
        """The best of the finalists on other seeds."""

        def rank(trial: Trial) -> float:
            return self.objective.rank(self.means[trial.number])

        finalists = sorted((t for t in self.done if t.complete), key=rank)[:FINALISTS]
        self.winner = finalists[0] if finalists else None
        means: dict[int, list[Mean]] = {t.number: [] for t in finalists}
        try:
            for turn in range(FINAL_BATCHES):
                for index in range(len(self.instances)):
                    for trial in finalists:
                        seed = self.seed + FINAL_SEED + turn
                        choice = self.choice_of(trial.values)
                        means[trial.number].append(self.mean(index, choice, seed, FINAL_SHARE))
        except OutOfTime:
            # Only what every finalist was measured on compares them.
            common = min(map(len, means.values()), default=0)
            means = {number: own[:common] for number, own in means.items()}
        if finalists and means[finalists[0].number]:
            self.winner = min(finalists, key=lambda t: self.objective.rank(means[t.number]))

    def compare(self) -> None:
        """The winner against the default, on seeds that nothing was chosen by."""
        if self.winner is None:
            return
        own: list[list[np.ndarray]] = [[] for _ in self.instances]
        other: list[list[np.ndarray]] = [[] for _ in self.instances]
        choice = self.choice_of(self.winner.values)
        try:
            for turn in range(COMPARISON_BATCHES):
                for index, default in enumerate(self.defaults):
                    seed = self.seed + COMPARISON_SEED + turn
                    mine = self.cost(index, choice, seed, 1.0)
                    others = self.cost(index, default, seed, 1.0)
                    own[index].append(mine)
                    other[index].append(others)
        finally:
            if all(own):  # every instance was measured, if only once
                self.comparison = self.objective.compared(joined(own), joined(other), self.budgets)

    # -------------------------------------------------------------------------------- result

    def result(self, name: str, notes: tuple[str, ...]) -> TuningResult:
        # Every score by the best that is known in the end.
        self.done = [
            replace(trial, score=self.objective.score(self.means[trial.number]))
            for trial in self.done
        ]
        if self.default_score is not None:
            self.default_score = self.objective.score(self.default_means)
        if self.winner is not None:
            self.winner = self.done[self.winner.number]
        if self.winner is None and any(trial.complete for trial in self.done):
            self.winner = min((t for t in self.done if t.complete), key=lambda t: t.score)
        found = TuningResult(
            preset=None,
            default={
                own.name: default.preset
                for own, default in zip(self.instances, self.defaults, strict=True)
            },
            default_score=self.default_score,
            trials=tuple(self.done),
            comparison=self.comparison,
            budgets={
                own.name: budget
                for own, budget in zip(self.instances, self.budgets, strict=False)
            },
            reason=self.reason,
            runs=self.runs,
            seed=self.seed,
            seconds=self.clock.spent(),
            notes=notes,
            objective=self.objective.name,
            best=self.objective.best(),
        )  # fmt: skip
        if not self.winner_is_better():
            return found
        found = replace(found, preset=self.preset(name, ""))
        return replace(found, preset=self.preset(name, found.verdict))

    def winner_is_better(self) -> bool:
        """By the comparison; without one, by the search alone."""
        if self.winner is None or self.is_default(self.winner):
            return False
        if self.comparison is not None:
            return self.comparison.is_better
        return self.default_score is not None and self.winner.score < self.default_score

    def is_default(self, trial: Trial) -> bool:
        """Whether a trial is just what every instance has by default."""
        lanes = self.choice_of(trial.values).lanes
        return all(default.lanes == lanes for default in self.defaults)

    def preset(self, name: str, verdict: str) -> Preset:
        """The winner as a preset; what the start hands over to, it hands over to as well."""
        assert self.winner is not None
        dynamics, stepper = self.choice_of(self.winner.values).lanes[0]
        every = {**dynamics.parameters(), **stepper.parameters()}
        files = len(self.instances)
        measured = f"odesolve tune, {len(self.done)} trials on {files} file{'s' * (files > 1)}"
        return Preset(
            name=name,
            problems=(self.instances[0].problem,),
            dynamics=dynamics.name,
            stepper=stepper.name,
            parameters={key: value for key, value in every.items() if value is not None},
            options=self.start.options,
            then=(self.start.then.preset or "") if self.start.then else "",
            then_after=self.start.then_after,
            measured=f"{measured}: {verdict}",
        )


def objective_of(instances: Sequence[Instance]) -> Objective:
    """What instances of one kind are measured by."""
    cuts = [own for own in instances if isinstance(own, IsingInstance)]
    if cuts:
        return Gaps(cuts)
    return Steps([own for own in instances if isinstance(own, SystemInstance)])


def _optuna() -> Any:
    """Optuna, which takes a second to load."""
    import optuna

    return optuna


def joined(batches: Sequence[Sequence[np.ndarray]]) -> list[Float[np.ndarray, " runs"]]:
    """All runs of each instance."""
    return [np.concatenate(list(own)) for own in batches]
