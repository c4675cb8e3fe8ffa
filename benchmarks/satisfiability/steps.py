"""Steps against size, measured without starting a process for each formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.processes import cold
from benchmarks.report import Report, note
from benchmarks.satisfiability.generators import controlled_clauses, uniform_clauses, write_cnf
from benchmarks.satisfiability.scaling import fitted, median
from benchmarks.satisfiability.tables import StudySettings, shown_count
from odesolve import study
from odesolve.problems.studies.reporting.lines import Line

#: Other formulas than those of the whole processes.
FIRST_SEED = 20265001
QUICK_SIZES = 2
HEADER = (
    "runs", "N", "solved", "median steps", "90% steps", "median run-steps", "median s", "preset",
)  # fmt: skip


@dataclass(frozen=True)
class Ladder:
    """Formulas of rising size.

    Attributes:
        draw: (variables, seed) -> clauses.
        count: formulas of each size.
        limit: seconds for each.
        runs: sizes of the batches to measure; None is the default.
        presets: each of them in turn; None is the default.
    """

    name: str
    title: str
    sizes: tuple[int, ...]
    draw: Callable[[int, int], np.ndarray]
    count: int = 10
    limit: float = 30.0
    runs: tuple[int | None, ...] = (None,)
    presets: tuple[str | None, ...] = (None,)


def _controlled(variables: int, seed: int) -> np.ndarray:
    return controlled_clauses(variables, round(4.3 * variables), seed)[0]


def _uniform(ratio: float) -> Callable[[int, int], np.ndarray]:
    return lambda n, seed: uniform_clauses(n, round(ratio * n), 3, seed)


#: Presets whose first lane is the memories alone: no tilt, no field, no messages.
MEMORIES = ("sat-uniform", "sat-memories")

LADDERS = (
    Ladder(
        "steps-cdc", "planted 3-SAT, clause distribution control p0 = .08, ratio 4.3",
        (50, 100, 200, 500, 1000, 2000), _controlled, count=20, limit=60.0, runs=(None, 1),
    ),
    Ladder(
        "steps-uniform-4.0", "uniform 3-SAT, ratio 4.0", (500, 1000, 2000, 5000), _uniform(4.0)
    ),
    Ladder(
        "steps-uniform-4.2", "uniform 3-SAT, ratio 4.2", (500, 1000, 2000, 5000), _uniform(4.2)
    ),
    Ladder(
        "memories-cdc",
        "one run of the memories alone, planted 3-SAT, clause distribution control, ratio 4.3",
        (100, 200, 500, 1000, 2000), _controlled, count=30, limit=60.0, runs=(1,),
        presets=MEMORIES,
    ),
    Ladder(
        "memories-4.0", "one run of the memories alone, uniform 3-SAT, ratio 4.0",
        (200, 500, 1000, 2000, 5000), _uniform(4.0), count=30, limit=60.0, runs=(1,),
        presets=MEMORIES,
    ),
    Ladder(
        "memories-4.2", "one run of the memories alone, uniform 3-SAT, ratio 4.2",
        (200, 500, 1000, 2000), _uniform(4.2), count=30, limit=60.0, runs=(1,),
        presets=MEMORIES,
    ),
)  # fmt: skip


@dataclass
class Climb:
    """What was measured of a ladder with so many runs: answers by size, as they come."""

    ladder: Ladder
    runs: int | None
    preset: str | None = None
    answers: dict[int, list[dict[str, Any]]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        runs = "default" if self.runs is None else str(self.runs)
        return runs if self.preset is None else f"{runs}, {self.preset}"

    def counted(self, count: Callable[[dict[str, Any]], float]) -> dict[int, list[float]]:
        """size -> one number an instance, infinite if unsolved."""
        return {
            size: [count(a) if a["satisfied"] else float("inf") for a in answers]
            for size, answers in self.answers.items()
        }

    @property
    def steps(self) -> dict[int, list[float]]:
        return self.counted(lambda answer: float(answer["steps"]))

    @property
    def run_steps(self) -> dict[int, list[float]]:
        return self.counted(lambda answer: float(answer["steps"] * answer["runs"]))

    @property
    def fit(self) -> Line | None:
        return fitted(self.steps)


def climb(
    ladder: Ladder,
    runs: int | None,
    preset: str | None,
    settings: StudySettings,
    into: list[Climb],
) -> None:
    """Measure every size of a ladder; an instance without an answer counts as unsolved."""
    count = min(settings.count or (2 if settings.quick else ladder.count), ladder.count)
    seconds = ladder.limit if settings.limit is None else min(settings.limit, ladder.limit)
    found = Climb(ladder, runs, preset)
    into.append(found)
    for size in ladder.sizes[: QUICK_SIZES if settings.quick else None]:
        files = []
        for seed in range(FIRST_SEED, FIRST_SEED + count):
            path = settings.folder / f"{ladder.name}-{size}-seed{seed}.cnf"
            write_cnf(path, size, ladder.draw(size, seed))
            files.append(str(path))
        results = settings.folder / f"{ladder.name}-{size}-runs-{runs}-{preset}.sqlite"
        found.answers[size] = _answers(files, seconds, found, results)
        solved = sum(answer["satisfied"] for answer in found.answers[size])
        note(f"  N = {size}, runs {found.label}: {solved}/{count}")


def _answers(
    files: Sequence[str], seconds: float, climb: Climb, results: Path
) -> list[dict[str, Any]]:
    """What odesolve finds for each file, in one process from a cold start: a study of them."""
    setting: dict[str, Any] = {"name": "odesolve", "time_limit": seconds}
    given = {"runs": climb.runs, "preset": climb.preset}
    setting |= {name: value for name, value in given.items() if value is not None}
    tables = {"instances": [{"files": list(files), "kind": "sat"}], "settings": [setting]}
    with cold():
        found = study(tables, results=results, workers=1)
    if found.reason == "interrupted":
        raise KeyboardInterrupt
    for row in found.rows:
        if row.result.status in ("refused", "error"):
            raise RuntimeError(f"{row.instance}: {row.result.message}")
    return [_answer(row.result) for row in found.rows]


def _answer(row: Any) -> dict[str, Any]:
    return {
        "satisfied": row.status == "satisfied",
        "steps": row.steps or 0,
        "runs": row.runs or 0,
        "seconds": row.seconds,
        "preset": row.preset,
    }


def write_climbs(report: Report, climbs: Sequence[Climb]) -> None:
    """A ladder's table and fitted exponents, of whatever was measured."""
    if not any(each.answers for each in climbs):
        return
    ladder = climbs[0].ladder
    report.write(f"### {ladder.name}: {ladder.title}\n")
    report.table(HEADER, [row for each in climbs for row in _rows(each)])
    for each in climbs:
        alone = fitted(each.run_steps)
        report.write(
            f"- runs {each.label}: median steps grow as N^{each.fit or '(no fit)'}, "
            f"median run-steps as N^{alone or '(no fit)'}"
        )
    report.write()


def _rows(each: Climb) -> list[list[str]]:
    rows = []
    for size, answers in each.answers.items():
        steps = each.steps[size]
        solved = int(np.isfinite(steps).sum())
        presets = sorted({str(a["preset"]) for a in answers if a["preset"]})
        tail = float(np.quantile(steps, 0.9, method="higher"))
        rows.append([
            each.label, f"{size:,}", f"{solved}/{len(steps)}", shown_count(median(steps)),
            shown_count(tail), shown_count(median(each.run_steps[size])),
            f"{median([a['seconds'] for a in answers]):.2f}", ", ".join(presets),
        ])  # fmt: skip
    return rows
