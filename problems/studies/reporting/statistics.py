"""The figures of a report: what was solved, how it grows with the size, who is better."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import combinations
from statistics import fmean, median
from typing import Any

import numpy as np

from odesolve.problems.ising.statistics import (
    RestartTime,
    least_time_to_target,
    wilson_interval,
)
from odesolve.problems.studies.front_ends import FRONT_ENDS
from odesolve.problems.studies.reporting.lines import line_through
from odesolve.problems.studies.rows import StudyRow

__all__ = ["Comparison", "Growth", "Measured", "Summary"]

#: Key of a group of rows: kind of problem and setting.
Group = tuple[str, str]


@dataclass(frozen=True)
class Summary:
    """What a setting did on a kind of problem.

    Attributes:
        cells: that have a row.
        solved: how many of these have a checked answer, or a proof that there is none; of problems
            with energies, how many reach the best that any row has, or the target.
        interval: of that share, Wilson's of 95 %.
        median_seconds, median_steps, median_run_steps: of what was solved; None where nothing was.
        mean_energy: over the rows that have one.
    """

    kind: str
    setting: str
    cells: int
    solved: int
    interval: tuple[float, float]
    median_seconds: float | None
    median_steps: float | None
    median_run_steps: float | None
    mean_energy: float | None


@dataclass(frozen=True)
class Growth:
    """How the steps of a setting grow with the size of problems, through the medians of each size.

    Attributes:
        of: "steps" or "run_steps".
        sizes: at which the median is finite.
        medians: over the instances of a size, each by the median of its seeds.
        left_out: sizes at which half of the instances, or more, were not solved.
        exponent: a of size^a, with the middle 95 % of bootstrapped ones.
        doubling: b of 2^(b size), likewise.
    """

    kind: str
    setting: str
    of: str
    sizes: tuple[int, ...]
    medians: tuple[float, ...]
    left_out: tuple[int, ...]
    exponent: tuple[float, float, float]
    doubling: tuple[float, float, float]


@dataclass(frozen=True)
class Comparison:
    """Two settings on the instances that both have rows of.

    Attributes:
        better, equal, worse: instances on which the first is so: more of its seeds are solved, else
            its mean energy is the better, else the median of its seconds is the less.
        p_value: of the sign test, of two sides, that the first is as often better as worse.
        corrected: the same for as many tests as there are comparisons (S. Holm, Scandinavian
            Journal of Statistics 6, 65, 1979).
        speed: seconds of the second over those of the first, geometric mean over the instances that
            both solve with all seeds; None without any.
    """

    first: str
    second: str
    better: int
    equal: int
    worse: int
    p_value: float
    corrected: float
    speed: float | None


class Measured:
    """The rows of a study, looked up.

    Attributes:
        instances, settings: names, in the order of the study.
    """

    def __init__(self, rows: Iterable[StudyRow]) -> None:
        self.rows = list(rows)
        self.instances = list(dict.fromkeys(row.instance for row in self.rows))
        self.settings = list(dict.fromkeys(row.setting for row in self.rows))
        self.of: dict[tuple[str, str], list[StudyRow]] = defaultdict(list)
        for row in self.rows:
            self.of[row.instance, row.setting].append(row)

    @cached_property
    def groups(self) -> dict[Group, list[StudyRow]]:
        """The rows of each kind of problem and setting."""
        found: dict[Group, list[StudyRow]] = defaultdict(list)
        for row in self.rows:
            found[row.kind, row.setting].append(row)
        return found

    @cached_property
    def best(self) -> dict[str, float]:
        """Instance -> the best energy of any row, where there are energies."""
        found: dict[str, float] = {}
        for row in self.rows:
            energy = row.result.energy
            if energy is not None:
                known = found.get(row.instance, energy)
                found[row.instance] = _better(row.kind)(known, energy)
        return found

    def hit(self, row: StudyRow) -> float | None:
        """Seconds until a row's problem was solved; None if it was not."""
        result, best = row.result, self.best.get(row.instance)
        if best is None:
            return result.seconds if result.solved else None
        reached = row.kind in ("ising", "maxcut") and result.status == "satisfied"
        if not reached and result.energy != best:
            return None
        return result.seconds if result.found_after is None else result.found_after

    def hits(self, instance: str, setting: str) -> list[float | None]:
        """The same for each seed."""
        return [self.hit(row) for row in self.of[instance, setting]]

    # ------------------------------------------------------------------------------------ figures

    def summaries(self) -> list[Summary]:
        """A summary for each kind of problem and setting."""
        return [_summary(self, group, rows) for group, rows in self.groups.items()]

    def growths(self, of: str = "steps") -> list[Growth]:
        """How steps grow, where a setting has three sizes or more."""
        found = (_growth(self, group, rows, of) for group, rows in self.groups.items())
        return [growth for growth in found if growth is not None]

    def restart_times(self) -> dict[tuple[str, str], RestartTime | None]:
        """(instance, setting) -> TTT99, where there are several seeds."""
        return {
            key: least_time_to_target([self.hit(row) for row in rows])
            for key, rows in self.of.items()
            if len(rows) > 1
        }

    def comparisons(self) -> list[Comparison]:
        """Every two settings that have instances in common."""
        found = [_compared(self, *pair) for pair in combinations(self.settings, 2)]
        return _corrected([each for each in found if each.better + each.equal + each.worse])

    def to_json(self) -> dict[str, Any]:
        """All figures, as plain values."""
        return {
            "summary": [asdict(each) for each in self.summaries()],
            "growth": [asdict(each) for each in self.growths()],
            "restart_times": [
                {"instance": instance, "setting": setting, **({} if own is None else asdict(own))}
                for (instance, setting), own in self.restart_times().items()
            ],
            "comparisons": [asdict(each) for each in self.comparisons()],
            "statuses": dict(sorted(Counter(row.result.status for row in self.rows).items())),
        }


def _better(kind: str) -> Callable[[float, float], float]:
    return max if FRONT_ENDS[kind].is_maximized else min


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _summary(own: Measured, group: Group, rows: Sequence[StudyRow]) -> Summary:
    solved = [row for row in rows if own.hit(row) is not None]
    energies = [row.result.energy for row in rows if row.result.energy is not None]
    return Summary(
        kind=group[0],
        setting=group[1],
        cells=len(rows),
        solved=len(solved),
        interval=wilson_interval(len(solved), len(rows)),
        median_seconds=_median(own.hit(row) for row in solved),
        median_steps=_median(row.result.steps for row in solved),
        median_run_steps=_median(row.result.run_steps for row in solved),
        mean_energy=fmean(energies) if energies else None,
    )


def _growth(own: Measured, group: Group, rows: Sequence[StudyRow], of: str) -> Growth | None:
    """Medians of instances by size, and the lines through the medians of these."""
    by_instance: dict[tuple[int, str], list[float]] = defaultdict(list)
    for row in rows:
        steps = getattr(row.result, of)
        if row.result.size is not None:
            solved = own.hit(row) is not None
            # A start that solves at once counts a step: steps are compared by their ratios.
            value = (
                math.inf if not solved else max(float(steps), 1.0) if steps is not None else None
            )
            if value is not None:
                by_instance[row.result.size, row.instance].append(value)
    samples: dict[int, list[float]] = defaultdict(list)
    for (size, _), values in sorted(by_instance.items()):
        samples[size].append(median(values))
    finite = {size: own for size, own in samples.items() if math.isfinite(median(own))}
    if len(finite) < 3:
        return None
    return Growth(
        kind=group[0],
        setting=group[1],
        of=of,
        sizes=tuple(finite),
        medians=tuple(median(each) for each in finite.values()),
        left_out=tuple(size for size in samples if size not in finite),
        exponent=line_through(np.log2(list(finite)), list(finite.values())).estimate,
        doubling=line_through(np.array(list(finite), float), list(finite.values())).estimate,
    )


def _compared(own: Measured, first: str, second: str) -> Comparison:
    counts: Counter[int] = Counter()
    ratios = []
    for instance in own.instances:
        mine, theirs = own.of.get((instance, first)), own.of.get((instance, second))
        if not mine or not theirs:
            continue
        scores = _score(own, mine), _score(own, theirs)
        counts[(scores[0] < scores[1]) - (scores[0] > scores[1])] += 1
        if scores[0][0] == scores[1][0] == -1.0 and min(scores[0][2], scores[1][2]) > 0:
            ratios.append(math.log(scores[1][2] / scores[0][2]))
    p_value = _sign_test(counts[1], counts[-1])
    speed = math.exp(fmean(ratios)) if ratios else None
    return Comparison(
        first, second, counts[1], counts[0], counts[-1], p_value, corrected=p_value, speed=speed
    )


def _score(own: Measured, rows: Sequence[StudyRow]) -> tuple[float, float, float]:
    """Of an instance and a setting, the less the better: solved, energy, seconds."""
    hits = [hit for row in rows if (hit := own.hit(row)) is not None]
    energies = [row.result.energy for row in rows if row.result.energy is not None]
    sign = -1.0 if FRONT_ENDS[rows[0].kind].is_maximized else 1.0
    energy = sign * fmean(energies) if energies else 0.0 if hits else math.inf
    return -len(hits) / len(rows), energy, median(hits) if hits else math.inf


def _sign_test(better: int, worse: int) -> float:
    if better + worse == 0:
        return 1.0
    from scipy.stats import binomtest

    return float(binomtest(better, better + worse).pvalue)


def _corrected(found: Sequence[Comparison]) -> list[Comparison]:
    """Holm's correction: the k-th least of n p-values counts n - k + 1 times, never falling."""
    order = sorted(range(len(found)), key=lambda number: found[number].p_value)
    result, least = list(found), 0.0
    for rank, number in enumerate(order):
        least = max(least, min(found[number].p_value * (len(found) - rank), 1.0))
        result[number] = replace(found[number], corrected=least)
    return result
