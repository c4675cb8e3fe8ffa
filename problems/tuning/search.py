"""Search for the parameters that suit the user's own instances."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from typing import Any

import numpy as np
from jaxtyping import Float

from odesolve.budget import GRACE_SECONDS, Budget, OutOfTime
from odesolve.presets.choice import Choice, choose
from odesolve.presets.method import Method
from odesolve.presets.preset import Lane, Preset
from odesolve.problems.arguments import checked_function, checked_mapping, items_of, shown
from odesolve.problems.errors import InputError, unusable
from odesolve.problems.integers import as_integer
from odesolve.problems.tuning.instances import Instance, read_instances
from odesolve.problems.tuning.objective import (
    Comparison,
    calibrated_budget,
    compared,
    costs,
)
from odesolve.problems.tuning.space import rounded, space_of, values_of, with_values
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


@dataclass(frozen=True)
class Trial:
    """One set of values.

    Attributes:
        values: the parameters that were varied.
        score: penalised steps, the geometric mean over the batches it was measured on.
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
        default_score: its penalised steps on the seeds that were searched on; None without time.
        trials: every trial, in order.
        comparison: the preset against the default on other seeds; None if there was no time.
        budgets: steps of a run, by instance.
        reason: what ended the search: "trials", "time" or "interrupted".
        notes: files that were left out.
        runs: of a batch.
        seed: of the search.
        seconds: that everything took.

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
    comparison: Comparison | None
    budgets: Mapping[str, int]
    reason: str
    runs: int
    seed: int
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """What the comparison says, for a person."""
        if self.comparison is None:
            return "not compared with the default on other seeds: the search was cut short"
        found = self.comparison
        figures = (
            f"{found.ratio:.2f} [{found.low:.2f}, {found.high:.2f}] times the default's speed "
            f"in penalised steps; {found.solved:.0%} of {found.runs} runs solved, "
            f"{found.solved_other:.0%} with the default"
        )
        if self.preset is None:
            return f"no better than the default on other seeds: {figures}"
        clear = "better than" if found.is_clear else "not clearly better than"
        return f"{clear} the default on other seeds: {figures}"

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
            "comparison": None if found is None else vars(found) | {"clear": found.is_clear},
            "verdict": self.verdict,
            "default_score": self.default_score,
            "trials": [
                {**vars(trial), "values": dict(trial.values)} for trial in self.trials
            ],
            "budgets": dict(self.budgets),
            "runs": self.runs,
            "seed": self.seed,
            "time": {"total": self.seconds},
            "notes": list(self.notes),
        }  # fmt: skip


def tune(
    files: Iterable[str | os.PathLike[str]],
    *,
    colors: int = 3,
    format: str | None = None,
    preset: str | Preset | None = None,
    dynamics: str | None = None,
    stepper: str | None = None,
    parameters: Mapping[str, Any] | None = None,
    vary: Sequence[str] = (),
    trials: int | None = None,
    time_limit: float | Budget = 600.0,
    max_steps: int | None = None,
    runs: int = 16,
    seed: int = 0,
    name: str = "tuned",
    report: Report | None = None,
) -> TuningResult:
    """Search for parameters that solve the given instances in fewer steps.

    The search (Optuna's tree-structured Parzen estimator, Bergstra and others 2011, with trials
    given up that are worse than the median so far) begins at the preset that these instances have
    by default. The best few trials are measured again on other seeds, and the winner is compared
    with the default on yet others. With ``trials`` and ``max_steps`` and time enough the outcome
    depends on the seed alone.

    Arguments:
        files: formulas, or graphs, that the parameters are to suit together: a list, tuple, set or
            iterator of ``str`` or ``os.PathLike``.
        colors: of graphs.
        format: of all files, a format of graphs or of formulas; by default each one's is told by
            its extension and content.
        preset, dynamics, stepper, parameters: where the search begins, as for ``odesolve.color``.
        vary: names of the parameters to search; by default all that matter.
        trials: how many sets of values to try; None is as many as there is time for.
        max_steps: steps of a run; None calibrates by what the default needs.
        runs: runs of a batch; a trial is measured on one batch or more for each instance.
        name: of the preset that results.
        report: called with a line of text now and then.

    Raises:
        InputError: if Optuna is not installed, a file cannot be used, or an option is wrong.

    Example:
        >>> import odesolve as ode
        >>> result = ode.tune(["docs/examples/uniform-100.cnf"], time_limit=0, seed=1)
        >>> result.reason, result.seed
        ('time', 1)
    """
    check_optuna()
    if not isinstance(name, str) or not name:
        raise InputError("name", shown(name), "the name of a preset")
    clock = time_limit if isinstance(time_limit, Budget) else Budget.of(_seconds(time_limit))
    notes: list[str] = []
    paths, colors = _checked_files(files), _count("colors", colors)
    own = clock.at_least(GRACE_SECONDS)
    try:
        instances = watched(lambda: read_instances(paths, colors, notes.append, format, own), own)
    except OutOfTime:
        return _unread(_count("runs", runs), _count("seed", seed, 0), clock, tuple(notes))
    search = _Tuning(
        instances=instances,
        method=Method(
            preset=preset,
            dynamics=dynamics,
            stepper=stepper,
            parameters=checked_mapping("parameters", parameters, "names and numbers"),
        ),
        vary=_checked_names(vary),
        trials=None if trials is None else _count("trials", trials),
        clock=clock,
        max_steps=None if max_steps is None else _count("max_steps", max_steps),
        runs=_count("runs", runs),
        seed=_count("seed", seed, 0),
        report=checked_function("report", report) or (lambda _: None),
    )
    search.run()
    return search.result(name, tuple(notes))


def _unread(runs: int, seed: int, clock: Budget, notes: tuple[str, ...]) -> TuningResult:
    """The outcome where the time was up before the files were read."""
    left_out = "the time limit is reached before every file is read"
    return TuningResult(
        None, {}, None, (), None, {}, "time", runs, seed, clock.spent(), (*notes, left_out)
    )


def check_optuna() -> None:
    """Refuse at once what could not be searched.

    Raises:
        InputError: with the command that installs it.
    """
    if find_spec("optuna") is None:
        raise InputError(
            "tune", "Optuna is not installed", "it, as after: pip install 'odesolve[tune]'"
        )


def _checked_files(files: Any) -> list[str]:
    items = items_of(files, "files")
    paths = [] if items is None else list(items)
    if not paths:
        raise InputError("files", shown(files), "a list of at least one file")
    for path in paths:
        if not isinstance(path, str | os.PathLike):
            raise InputError("files", shown(path), "a file")
    return [os.fsdecode(path) for path in paths]


def _checked_names(vary: Any) -> tuple[str, ...]:
    items = items_of(vary, "vary")
    names = (None,) if items is None else tuple(items)
    if not all(isinstance(name, str) for name in names):
        raise InputError("vary", shown(vary), "a list of names of parameters")
    return names


def _count(name: str, value: Any, least: int = 1) -> int:
    number = as_integer(value)
    if number is None or number < least:
        raise InputError(name, shown(value), f"an integer of at least {least}")
    return number


def _seconds(limit: Any) -> float:
    try:
        unlike = isinstance(limit, str | bytes | bool | np.bool_) or bool(getattr(limit, "ndim", 0))
        seconds = -1.0 if unlike else float(limit)
    except (TypeError, ValueError):
        seconds = -1.0
    if not seconds >= 0:
        raise InputError("time_limit", shown(limit), "a number of seconds")
    return seconds


@dataclass
class _Tuning:
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
    comparison: Comparison | None = None
    budgets: list[int] = field(default_factory=list)
    reason: str = "time"

    def __post_init__(self) -> None:
        try:
            self.defaults = [choose(own.problem, own.features) for own in self.instances]
            first = self.instances[0]
            self.start = self.method.choose(first.problem, first.features)
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
        return costs(
            self.instances[index], choice, self.runs, seed, self.budgets[index],
            self.clock.first(share),
        )  # fmt: skip

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
        for instance, default in zip(self.instances, self.defaults, strict=True):
            if self.max_steps is not None:
                self.budgets.append(self.max_steps)
                continue
            seconds = min(self.clock.limit * CALIBRATION_SHARE, CALIBRATION_SECONDS)
            budget = calibrated_budget(
                instance, default, self.runs, self.seed + CALIBRATION_SEED,
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
        for lane in self.start.lanes:
            known = values_of(lane)
            study.enqueue_trial({n: own.clipped(known[n]) for n, own in self.space.items()})
        starts = len(self.start.lanes)
        while self.trials is None or len(self.done) < self.trials:
            trial = study.ask(distributions)
            number = len(self.done)
            # A lane of the preset itself is measured with its own digits.
            own = number < starts
            values = values_of(self.start.lanes[number]) if own else trial.params
            values = {name: values[name] if own else rounded(values[name]) for name in self.space}
            try:
                score, complete = self.measure(values, trial)
            except OutOfTime:
                return
            if complete:
                study.tell(trial, score)
            else:
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
            self.done.append(Trial(number, values, float(np.exp(score)), complete))
            self.tell_of(self.done[-1])
        self.reason = "trials"

    def tell_of(self, trial: Trial) -> None:
        best = min((t.score for t in self.done if t.complete), default=float("inf"))
        given_up = "" if trial.complete else ", given up"
        self.report(
            f"trial {trial.number}: {trial.score:.0f} penalised steps{given_up}; best {best:.0f}"
        )

    def measure_default(self) -> None:
        """The score of what the instances are solved with by default."""
        scores = [
            np.log(self.cost(index, self.defaults[index], seed, SEARCH_SHARE).mean())
            for index, seed in self.batches
        ]
        self.default_score = float(np.exp(np.mean(scores)))
        self.report(f"default: {self.default_score:.0f} penalised steps")

    def measure(self, values: Mapping[str, float], trial: Any) -> tuple[float, bool]:
        """The mean logarithm of a trial's costs, and whether it was measured to the end."""
        choice, scores = self.choice_of(values), []
        for number, (index, seed) in enumerate(self.batches):
            scores.append(np.log(self.cost(index, choice, seed, SEARCH_SHARE).mean()))
            mean = float(np.mean(scores))
            trial.report(mean, number)
            if number + 1 < len(self.batches) and trial.should_prune():
                return mean, False
        return float(np.mean(scores)), True

    def choose_finally(self) -> None:
        """The best of the finalists on other seeds."""
        finalists = sorted((t for t in self.done if t.complete), key=lambda t: t.score)[:FINALISTS]
        self.winner = finalists[0] if finalists else None
        scores: dict[int, list[float]] = {t.number: [] for t in finalists}
        try:
            for turn in range(FINAL_BATCHES):
                for index in range(len(self.instances)):
                    for trial in finalists:
                        seed = self.seed + FINAL_SEED + turn
                        found = self.cost(index, self.choice_of(trial.values), seed, FINAL_SHARE)
                        scores[trial.number].append(float(np.log(found.mean())))
        except OutOfTime:
            # Only what every finalist was measured on compares them.
            common = min(map(len, scores.values()), default=0)
            scores = {number: own[:common] for number, own in scores.items()}
        if finalists and scores[finalists[0].number]:
            self.winner = min(finalists, key=lambda trial: np.mean(scores[trial.number]))

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
                self.comparison = compared(joined(own), joined(other), self.budgets)

    # -------------------------------------------------------------------------------- result

    def result(self, name: str, notes: tuple[str, ...]) -> TuningResult:
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
            return self.comparison.ratio > 1.0 and self.comparison.solved > 0.0
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


def _optuna() -> Any:
    """Optuna, which takes a second to load."""
    import optuna

    return optuna


def joined(batches: Sequence[Sequence[np.ndarray]]) -> list[Float[np.ndarray, " runs"]]:
    """All runs of each instance."""
    return [np.concatenate(list(own)) for own in batches]
