"""Steps against size, measured without starting a process for each formula."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from benchmarks.cold_study import cold_study
from benchmarks.report import Report
from benchmarks.satisfiability.generators import controlled_clauses, uniform_clauses, write_cnf
from benchmarks.satisfiability.scaling import fitted, median
from benchmarks.satisfiability.tables import StudySettings, shown_count
from odesolve.problems.studies.rows import Row

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
        "memories-spectral",
        "one run of the memories, begun where the literals of the clauses lean together, ratio 4.3",
        (100, 200, 500, 1000, 2000, 5000, 10000), _controlled, count=30, limit=60.0, runs=(1,),
        presets=("sat-spectral",),
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
    """What was measured of a ladder with one setting: rows by size, as far as they came."""

    ladder: Ladder
    runs: int | None
    preset: str | None = None
    rows: dict[int, list[Row]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        runs = "default" if self.runs is None else str(self.runs)
        return runs if self.preset is None else f"{runs}, {self.preset}"

    @property
    def setting(self) -> dict[str, Any]:
        """The same as a setting of a study."""
        own = {"name": self.label, "runs": self.runs, "preset": self.preset}
        return {name: value for name, value in own.items() if value is not None}

    @property
    def steps(self) -> dict[int, list[float]]:
        """Size -> steps of each instance, infinite if unsolved; presolve takes none."""
        return self._counted("steps")

    @property
    def run_steps(self) -> dict[int, list[float]]:
        return self._counted("run_steps")

    def _counted(self, what: str) -> dict[int, list[float]]:
        return {
            size: [
                float(getattr(row, what) or 0) if row.status == "satisfied" else float("inf")
                for row in rows
            ]
            for size, rows in self.rows.items()
        }


def climb(ladder: Ladder, settings: StudySettings, into: list[Climb]) -> None:
    """A study of a ladder, in one process from a cold start; what came of it goes ``into``.

    Raises:
        RuntimeError: a formula or a setting cannot be used.
        KeyboardInterrupt: it was interrupted; the rows until then stand there.
    """
    count = min(settings.count or (2 if settings.quick else ladder.count), ladder.count)
    files = []
    for size in ladder.sizes[: QUICK_SIZES if settings.quick else None]:
        for seed in range(FIRST_SEED, FIRST_SEED + count):
            files.append(settings.folder / f"{ladder.name}-{size}-seed{seed}.cnf")
            write_cnf(files[-1], size, ladder.draw(size, seed))
    climbs = {
        each.label: each
        for each in (Climb(ladder, *own) for own in product(ladder.runs, ladder.presets))
    }
    into += climbs.values()
    tables = {
        "time_limit": ladder.limit if settings.limit is None else min(settings.limit, ladder.limit),
        "instances": [{"files": [str(file) for file in files], "kind": "sat"}],
        "settings": [each.setting for each in climbs.values()],
    }
    found = cold_study(tables, settings.folder / f"{ladder.name}.sqlite")
    for row in found.rows:
        if row.result.size is None or row.result.status == "error":
            raise RuntimeError(f"{row.instance}: {row.result.message}")
        climbs[row.setting].rows.setdefault(row.result.size, []).append(row.result)
    if found.reason == "interrupted":
        raise KeyboardInterrupt


def write_climbs(report: Report, climbs: Sequence[Climb]) -> None:
    """A ladder's table and fitted exponents, of whatever was measured."""
    if not any(each.rows for each in climbs):
        return
    ladder = climbs[0].ladder
    report.write(f"### {ladder.name}: {ladder.title}\n")
    report.table(HEADER, [row for each in climbs for row in _rows(each)])
    for each in climbs:
        alone = fitted(each.run_steps)
        report.write(
            f"- runs {each.label}: median steps grow as N^{fitted(each.steps) or '(no fit)'}, "
            f"median run-steps as N^{alone or '(no fit)'}"
        )
    report.write()


def _rows(each: Climb) -> list[list[str]]:
    rows = []
    for size, own in each.rows.items():
        steps = each.steps[size]
        solved = int(np.isfinite(steps).sum())
        presets = sorted({row.preset for row in own if row.preset})
        tail = float(np.quantile(steps, 0.9, method="higher"))
        rows.append([
            each.label, f"{size:,}", f"{solved}/{len(steps)}", shown_count(median(steps)),
            shown_count(tail), shown_count(median(each.run_steps[size])),
            f"{median([row.seconds for row in own]):.2f}", ", ".join(presets),
        ])  # fmt: skip
    return rows
