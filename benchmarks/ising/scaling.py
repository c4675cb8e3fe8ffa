"""How the time to a good energy grows: dense couplings of -1 and +1, and three for each spin."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from benchmarks.ising.generators import cubic, dense_signs
from benchmarks.ising.instances import Instance, written
from benchmarks.ising.rows import Row, Rows
from benchmarks.ising.solvers import OURS, Solver
from benchmarks.ising.tables import LATE_SECONDS
from benchmarks.report import Report, commit, note
from benchmarks.satisfiability.scaling import fitted, median
from odesolve.problems.ising.problem import IsingProblem
from odesolve.problems.studies.reporting.lines import Line

#: Seeds of these instances: no preset was chosen on them.
FIRST_SEED = 2001


@dataclass(frozen=True)
class Ladder:
    """A kind of problem in several sizes."""

    name: str
    sizes: tuple[int, ...]
    make: Callable[[int, int], IsingProblem]

    def instances(
        self, sizes: Sequence[int], count: int, folder: Path
    ) -> dict[int, list[Instance]]:
        """So many of each size that is asked for, or of all."""
        return {
            size: [self._instance(size, FIRST_SEED + number, folder) for number in range(count)]
            for size in sizes or self.sizes
        }

    def _instance(self, size: int, seed: int, folder: Path) -> Instance:
        name = f"{self.name}-{size}-{seed}"
        return written(name, lambda: self.make(size, seed), folder, is_cut=False, suffix="rudy")


LADDERS = (
    Ladder("dense", (100, 200, 500, 1000, 2000), dense_signs),
    Ladder("cubic", (100, 300, 1000, 3000, 10_000, 30_000, 100_000), cubic),
)


@dataclass(frozen=True)
class Climb:
    """What is measured on the sizes of a ladder.

    Attributes:
        limit: seconds of the attempts at the reference.
        reference_limit: seconds of every solver for the reference: the best that any finds.
    """

    ladder: Ladder
    instances: Mapping[int, Sequence[Instance]]
    solvers: Sequence[Solver]
    limit: float
    reference_limit: float
    rows: Rows

    def measure(self) -> None:
        """First the references, then the time to them."""
        for size, instances in self.instances.items():
            for instance in instances:
                for solver in self.solvers:
                    self._attempt(instance, solver, None)
                reference = self.reference(instance)
                for solver in self.solvers if reference is not None else ():
                    self._attempt(instance, solver, reference)
                instance.__dict__.pop("problem", None)
            note(f"{self.ladder.name}, {size:,} spins")

    def _attempt(self, instance: Instance, solver: Solver, target: Fraction | None) -> None:
        stops = target is not None
        limit = self.limit if stops else self.reference_limit
        if self.rows.get((instance.name, solver.name, 1, limit, stops)) is None:
            attempt = solver.attempt(instance, limit, 1, target)
            own = (instance.name, solver.name, 1, limit, stops)
            self.rows.add(Row(*own, attempt, commit()))

    def reference(self, instance: Instance) -> Fraction | None:
        """The least energy that any solver found in the longer time."""
        found = (self._row(instance, solver.name, stops=False) for solver in self.solvers)
        values = [row.attempt.value for row in found if row is not None]
        return min((value for value in values if value is not None), default=None)

    def _row(self, instance: Instance, solver: str, *, stops: bool) -> Row | None:
        limit = self.limit if stops else self.reference_limit
        return self.rows.get((instance.name, solver, 1, limit, stops))

    def reached(self, size: int, solver: str) -> list[Row | None]:
        """For each instance that was tried the row, None where the reference was not reached."""
        found: list[Row | None] = []
        for instance in self.instances[size]:
            row, reference = self._row(instance, solver, stops=True), self.reference(instance)
            if row is None or reference is None:
                continue
            value = row.attempt.value
            in_time = row.attempt.seconds <= self.limit + LATE_SECONDS
            found.append(row if in_time and value is not None and value <= reference else None)
        return found

    def gaps(self, size: int, solver: str) -> list[float]:
        """Percent behind the reference at equal time, of those that answered."""
        found = []
        for instance in self.instances[size]:
            row, reference = self._row(instance, solver, stops=True), self.reference(instance)
            if row is not None and reference is not None and row.attempt.value is not None:
                found.append(max(instance.gap(row.attempt.value, reference), 0.0))
        return found

    def samples(self, kind: str, solver: str) -> dict[int, list[float]]:
        """Size -> seconds or steps of each instance, infinite without the reference."""
        found: dict[int, list[float]] = {}
        for size in self.instances:
            rows = self.reached(size, solver)
            if rows:
                found[size] = [_number(row, kind) for row in rows]
        return found


def _number(row: Row | None, kind: str) -> float:
    if row is None:
        return float("inf")
    return row.attempt.seconds if kind == "seconds" else float(row.attempt.steps or 0)


def write(report: Report, climbs: Sequence[Climb], plot: Path | None) -> None:
    """A table for each ladder, the fits, and the figure."""
    panels: dict[str, dict[str, dict[int, list[float]]]] = {}
    fits: dict[tuple[str, str], Line | None] = {}
    names = [solver.name for solver in climbs[0].solvers]
    for climb in climbs:
        report.write(f"### {climb.ladder.name}\n")
        rows = []
        for size in climb.instances:
            for solver in names:
                reached = climb.reached(size, solver)
                if not reached:
                    continue
                count = sum(row is not None for row in reached)
                seconds, steps = (
                    median([_number(row, kind) for row in reached]) for kind in ("seconds", "steps")
                )
                gaps = climb.gaps(size, solver)
                rows.append([
                    f"{size:,}", solver, f"{count}/{len(reached)}",
                    f"{seconds:.2f}" if seconds < float("inf") else "-",
                    f"{steps:,.0f}" if solver == OURS.name and steps < float("inf") else "",
                    f"{sum(gaps) / len(gaps):.4f}" if gaps else "no answer",
                ])  # fmt: skip
        header = ("spins", "solver", "reached", "median s", "median steps", "mean gap %")
        report.table(header, rows)
        for kind in ("seconds", "steps"):
            key = f"{climb.ladder.name}: {kind}"
            for solver in names if kind == "seconds" else [OURS.name]:
                own = climb.samples(kind, solver)
                if own:
                    panels.setdefault(key, {})[solver] = own
                    fits[key, solver] = fitted(own)
                    if fit := fits[key, solver]:
                        report.write(f"- {solver}: median {kind} grow as N^{fit}")
        report.write()
    if plot is not None and panels:
        from benchmarks.satisfiability.plots import draw_scaling

        draw_scaling(panels, fits, names, plot)
        report.write(f"![seconds and steps against the spins]({plot.name})\n")
