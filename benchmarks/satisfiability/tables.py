"""One family: every solver on every instance, and the tables of what came of it."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.report import Figure, Report, note
from benchmarks.satisfiability.instances import Instance
from benchmarks.satisfiability.kinds import Asked, Family
from benchmarks.satisfiability.scaling import median, median_interval
from benchmarks.satisfiability.solvers import OURS, FormulaAttempt, FormulaSolver

HEADER = (
    "solver", "instances", "limit s", "solved", "PAR-2", "median s [90 %]", "max s", "median steps",
    "median run-steps",
)  # fmt: skip
COST_HEADER = (
    "solver", "instances", "limit s", "any model", "least cost", "proved", "mean gap",
    "largest gap", "median s",
)  # fmt: skip
#: Failures beyond this many are counted and not named.
NAMED_FAILURES = 12
#: A table that rests on fewer instances says so in its title.
FULL_SAMPLE = 10
ORDINARY = {"satisfied", "infeasible", "unknown", "late"}


@dataclass(frozen=True)
class StudySettings:
    """What the command line asks for; None leaves a family's own value.

    Attributes:
        folder: where generated formulas are written.
        without: names of solvers that are left out.
    """

    folder: Path
    limit: float | None = None
    count: int | None = None
    peer_count: int | None = None
    quick: bool = False
    without: Sequence[str] = ()

    @property
    def shortened(self) -> bool:
        """Whether this is not the run that the figures are asked of."""
        return self.quick or self.count is not None or self.limit is not None


@dataclass
class Row:
    """One solver on some instances; it grows while they are tried."""

    solver: FormulaSolver
    limit: float
    instances: list[Instance] = field(default_factory=list)
    attempts: list[FormulaAttempt] = field(default_factory=list)

    @property
    def solved(self) -> int:
        return sum(attempt.solved for attempt in self.attempts)

    @property
    def par2(self) -> float:
        """Mean seconds; an unsolved instance counts as twice the limit."""
        return statistics.fmean(
            attempt.seconds if attempt.solved else 2 * self.limit for attempt in self.attempts
        )

    @property
    def steps(self) -> list[float]:
        """Steps of each instance; infinite where there are none to tell."""
        return self._counted(lambda attempt: attempt.steps)

    @property
    def run_steps(self) -> list[float]:
        """Steps of all runs that went side by side."""
        return self._counted(lambda a: None if a.steps is None else a.steps * a.runs)

    def _counted(self, count: Callable[[FormulaAttempt], int | None]) -> list[float]:
        found = []
        for attempt in self.attempts:
            value = count(attempt) if attempt.solved else None
            found.append(float("inf") if value is None else float(value))
        return found

    def first(self, count: int) -> Row:
        """The same on the first instances only."""
        name = f"{self.solver.name}, the same sample"
        solver = replace(self.solver, name=name)
        return Row(solver, self.limit, self.instances[:count], self.attempts[:count])

    def shown_median(self) -> str:
        """Median seconds, and the middle 90% of those of resampled instances."""
        seconds = [attempt.seconds for attempt in self.attempts]
        values = [median(seconds), *median_interval(seconds)]
        middle, low, high = (shown_seconds(value, self.limit) for value in values)
        return f"{middle} [{low}, {high}]" if len(seconds) > 1 else middle

    def cells(self) -> list[str]:
        """The row as the table shows it; failures other than time spent are named."""
        odd = sorted({attempt.status for attempt in self.attempts} - ORDINARY)
        runs = any(attempt.runs > 1 for attempt in self.attempts)
        return [
            self.solver.name,
            str(len(self.attempts)),
            f"{self.limit:g}",
            f"{self.solved}/{len(self.attempts)}" + "".join(f"; {each}!" for each in odd),
            f"{self.par2:.3g}",
            self.shown_median(),
            shown_seconds(max(a.seconds for a in self.attempts), self.limit),
            shown_count(median(self.steps), self.solver.unit),
            shown_count(median(self.run_steps)) if runs else "",
        ]


@dataclass
class Outcome:
    """A family and the rows measured so far, odesolve's first."""

    family: Family
    rows: list[Row] = field(default_factory=list)

    @property
    def tried(self) -> list[Row]:
        return [row for row in self.rows if row.attempts]

    @property
    def optimizes(self) -> bool:
        return any(instance.optimizes for row in self.rows for instance in row.instances)


def shown_seconds(seconds: float, limit: float) -> str:
    """Seconds with the digits that matter; an unsolved instance counts as the limit."""
    if seconds >= limit:
        return f"> {limit:g}"
    if seconds < 0.001:
        return "< 0.001"
    return f"{seconds:.3f}" if seconds < 0.1 else f"{seconds:.2f}"


def shown_count(value: float, unit: str = "") -> str:
    """A count; nothing where half of the instances were not solved."""
    return f"{value:,.0f} {unit}".strip() if value != float("inf") else ""


def measure(outcome: Outcome, settings: StudySettings, hopeless: set[tuple[str, str]]) -> None:
    """Try every installed solver on the family's instances; rows grow in ``outcome``.

    Arguments:
        hopeless: (group, solver) of peers that solved nothing at a smaller size; it grows.
    """
    family = outcome.family
    few = 2 if settings.quick else family.count
    count = min(settings.count or few, family.count)
    instances = family.make(settings.folder, count)
    limit = family.limit if settings.limit is None else min(settings.limit, family.limit)
    most = settings.peer_count or family.peer_count or count
    for solver in family.solvers:
        if not solver.installed or solver.name in settings.without:
            continue
        peers_most = count if solver is OURS else min(most, solver.most or most)
        if (family.group, solver.name) in hopeless:
            peers_most = 1
        row = Row(solver, min(limit, solver.longest))
        outcome.rows.append(row)
        for instance in instances[:peers_most]:
            attempt = solver.attempt(instance, row.limit)
            note(
                f"  {instance.name}: {solver.name}: {attempt.status}, {attempt.seconds:.2f} s "
                f"{attempt.message}"
            )
            row.instances.append(instance)
            row.attempts.append(attempt)
        if family.size and solver is not OURS and not row.solved:
            hopeless.add((family.group, solver.name))
    contradict(outcome)


def contradict(outcome: Outcome) -> None:
    """Call those wrong who deny a model that another solver found."""
    models = {
        instance.name
        for row in outcome.rows
        for instance, attempt in zip(row.instances, row.attempts, strict=True)
        if attempt.status == "satisfied"
    }
    for row in outcome.rows:
        for i, (instance, attempt) in enumerate(zip(row.instances, row.attempts, strict=True)):
            if attempt.status == "infeasible" and instance.name in models:
                row.attempts[i] = replace(attempt, solved=False, seconds=row.limit, status="wrong")


def write_family(report: Report, outcome: Outcome, settings: StudySettings) -> None:
    """The family's tables, of whatever was measured."""
    family, rows = outcome.family, outcome.tried
    fewest = min((len(row.attempts) for row in rows), default=0)
    few = f" (rests on {fewest} instances)" if 0 < fewest < FULL_SAMPLE else ""
    report.write(f"### {family.name}: {family.title}{few}\n")
    if not rows:
        report.write("Skipped: its files are not here, or no solver is.\n")
        return
    ours, others = rows[0], rows[1:]
    if outcome.optimizes:
        report.table(COST_HEADER, cost_rows(rows))
        write_finders(report, ours)
        return
    fewest = min((len(row.attempts) for row in others), default=len(ours.attempts))
    sampled = [ours.first(fewest)] if 0 < fewest < len(ours.attempts) else []
    report.table(HEADER, [row.cells() for row in [ours, *sampled, *others]])
    if ours.solver is OURS:
        write_finders(report, ours)
        write_failures(report, ours, others)
        report.figures(figures(family.asked, ours), settings.shortened)


def write_finders(report: Report, ours: Row) -> None:
    """Say how many answers of odesolve did not come from its dynamics."""
    finders = [attempt.found_by for attempt in ours.attempts if attempt.solved]
    for name in sorted({name for name in finders if name not in (None, "dynamics")}):
        report.write(f"{finders.count(name)} of odesolve's answers came from {name} alone.\n")


def write_failures(report: Report, ours: Row, others: Sequence[Row]) -> None:
    """Name what odesolve did not solve, and who did."""
    solvers: dict[str, list[str]] = {}
    tried = {instance.name for row in others for instance in row.instances}
    for row in others:
        for instance, attempt in zip(row.instances, row.attempts, strict=True):
            if attempt.solved:
                solvers.setdefault(instance.name, []).append(row.solver.name)
    failed = []
    for instance, attempt in zip(ours.instances, ours.attempts, strict=True):
        if not attempt.solved:
            by = ", ".join(solvers.get(instance.name, [])) or "nobody here"
            peers = f"solved by {by}" if instance.name in tried else "no peer was tried on it"
            why = f"{attempt.status} {attempt.message}".strip()
            failed.append(f"{instance.name} ({why}; {peers})")
    more = len(failed) - NAMED_FAILURES
    named = "; ".join(failed[:NAMED_FAILURES]) + (f"; and {more} more" if more > 0 else "")
    if failed:
        report.write(f"Not solved by odesolve: {named}.\n")


def cost_rows(rows: Sequence[Row]) -> list[list[str]]:
    """Costs beside the least that any solver found; a gap is relative to it."""
    least: dict[str, int] = {}
    for row in rows:
        for instance, attempt in zip(row.instances, row.attempts, strict=True):
            if attempt.cost is not None:
                least[instance.name] = min(attempt.cost, least.get(instance.name, attempt.cost))
    table = []
    for row in rows:
        pairs = list(zip(row.instances, row.attempts, strict=True))
        gaps = [
            (attempt.cost - least[instance.name]) / max(abs(least[instance.name]), 1)
            for instance, attempt in pairs
            if attempt.cost is not None
        ]
        odd = sorted({attempt.status for attempt in row.attempts} - ORDINARY)
        table.append([
            row.solver.name,
            str(len(pairs)),
            f"{row.limit:g}",
            f"{len(gaps)}/{len(pairs)}" + "".join(f"; {each}!" for each in odd),
            f"{gaps.count(0.0)}/{len(pairs)}",
            str(sum(attempt.proved for attempt in row.attempts)),
            f"{statistics.fmean(gaps):.2%}" if gaps else "",
            f"{max(gaps):.2%}" if gaps else "",
            shown_seconds(statistics.median(a.seconds for a in row.attempts), row.limit),
        ])  # fmt: skip
    return table


def figures(asked: Asked | None, ours: Row) -> list[Figure]:
    """What the project asks of odesolve, beside what it did."""
    if asked is None:
        return []
    solved, total = ours.solved, len(ours.attempts)
    in_time = sum(a.solved and a.seconds <= asked.limit for a in ours.attempts)
    stretch = " (stretch)" if asked.stretch else ""
    share = "all" if asked.solved == asked.total else f"{asked.solved}/{asked.total}"
    text = f"{share} within {asked.limit:g} s{stretch}"
    # Fewer instances are asked the same fraction; the report marks the run as shortened.
    reached = in_time * asked.total >= asked.solved * total
    return [Figure(text, f"{solved}/{total}", reached)]
