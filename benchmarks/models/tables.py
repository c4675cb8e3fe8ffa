"""What is made of the rows: tables of families and files, failures, and the figures asked."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from benchmarks.models.families import Family
from benchmarks.models.instances import Instance
from benchmarks.models.rows import Row, Rows
from benchmarks.models.solvers import DYNAMICS, WITH_PROVER, ModelAttempt, Solver
from benchmarks.report import Figure, Report

#: Texts of refusals and errors that are written out for a family and a solver.
MOST_TEXTS = 3
#: Shares of the public satisfaction problems that are asked of ours.
ASKED_SHARES = {DYNAMICS.name: 0.50, WITH_PROVER.name: 0.85}


@dataclass(frozen=True)
class Group:
    """Instances that are reported together.

    Attributes:
        limit: seconds of every attempt.
        seeds: of odesolve on each instance.
        family: of generated ones; None for the public files.
    """

    name: str
    instances: Sequence[Instance]
    limit: float
    seeds: int
    family: Family | None = None


@dataclass(frozen=True)
class Study:
    """What is measured."""

    groups: Sequence[Group]
    solvers: Sequence[Solver]
    cached: bool
    rows: Rows

    def seeds(self, group: Group, solver: Solver) -> range:
        """Those that a solver is tried with."""
        return range(1, (group.seeds if solver.ours else 1) + 1)

    def row(self, group: Group, instance: Instance, solver: Solver, seed: int) -> Row | None:
        return self.rows.get((instance.name, solver.name, seed, group.limit, self.cached))

    def of(self, group: Group, instance: Instance, solver: Solver) -> list[ModelAttempt]:
        """Those that were measured, one a seed; a refuted "infeasible" is wrong."""
        found = (self.row(group, instance, solver, seed) for seed in self.seeds(group, solver))
        return [self._refuted(instance, row.attempt) for row in found if row is not None]

    def all_of(self, group: Group, solver: Solver) -> list[ModelAttempt]:
        """Every attempt of a solver on a group."""
        return [each for own in group.instances for each in self.of(group, own, solver)]

    def _refuted(self, instance: Instance, attempt: ModelAttempt) -> ModelAttempt:
        if attempt.status != "infeasible" or instance.name not in self.satisfiable:
            return attempt
        text = "infeasible, but another solver has a solution"
        return ModelAttempt("wrong", attempt.seconds, attempt.wall, message=text)

    @cached_property
    def satisfiable(self) -> set[str]:
        """Instances of which some solver has a checked solution, whatever its limit was."""
        return {r.instance for r in self.rows.found.values() if r.attempt.has_solution}

    @cached_property
    def best(self) -> dict[str, int]:
        """The best objective that any solver found, by instance."""
        signs = {i.name: self._sign(i) for g in self.groups for i in g.instances if i.optimises}
        best: dict[str, int] = {}
        for row in self.rows.found.values():
            value = row.attempt.objective
            if value is None or row.instance not in signs or not row.attempt.has_solution:
                continue
            sign = signs[row.instance]
            before = best.get(row.instance)
            best[row.instance] = (
                value if before is None else sign * min(sign * value, sign * before)
            )
        return best

    def _sign(self, instance: Instance) -> int:
        return -1 if instance.maximises else 1

    def gap(self, instance: Instance, value: int) -> float:
        """How far a value is from the best known one, in percent of it (of 1, if that is 0)."""
        best = self.best[instance.name]
        return 100 * abs(value - best) / max(abs(best), 1)


def write(report: Report, study: Study, *, shortened: bool) -> None:
    """All tables."""
    measured = [g for g in study.groups if any(study.all_of(g, s) for s in study.solvers)]
    if not measured:
        report.write("Nothing has been measured.\n")
        return
    generated = [g for g in measured if g.family is not None]
    decided = [g for g in generated if not g.instances[0].optimises]
    if decided:
        report.write("## Generated families\n")
        report.write("Solved attempts, median seconds of those that were solved, PAR-2.\n")
        write_families(report, study, decided)
    optimised = [(g, i) for g in measured for i in g.instances if i.optimises]
    public = [g for g in measured if g.family is None]
    for group in public:
        report.write("## Public files: satisfaction\n")
        write_files(report, study, group)
    if optimised:
        report.write("## Objectives\n")
        write_objectives(report, study, optimised)
    write_failures(report, study, measured)
    write_wrong(report, study, measured)
    report.write("## What was asked\n")
    report.figures(figures(study), shortened)


def par2(attempts: Sequence[ModelAttempt], limit: float) -> float:
    """The mean of the seconds, twice the limit for what was not solved."""
    return statistics.fmean(each.seconds if each.answers else 2 * limit for each in attempts)


def write_families(report: Report, study: Study, groups: Sequence[Group]) -> None:
    """A row a family, a column a solver."""
    rows = []
    for group in groups:
        cells = []
        for solver in study.solvers:
            own = study.all_of(group, solver)
            solved = [each.seconds for each in own if each.answers]
            median = f"{statistics.median(solved):.1f} s" if solved else "-"
            cells.append(
                f"{len(solved)}/{len(own)}, {median}, {par2(own, group.limit):.1f}" if own else ""
            )
        rows.append([group.name, f"{group.limit:g}", *cells])
    report.table(("family", "limit s", *(s.name for s in study.solvers)), rows)


def write_files(report: Report, study: Study, group: Group) -> None:
    """A row a file; then sums."""
    decided = [each for each in group.instances if not each.optimises]
    rows = []
    for instance in decided:
        cells = []
        for solver in study.solvers:
            own = study.of(group, instance, solver)
            first = min(own, key=lambda each: (not each.answers, each.seconds), default=None)
            cells.append("" if first is None else _told(first))
        rows.append([instance.name, *cells])
    sums, scores = ["solved"], [f"PAR-2, limit {group.limit:g} s"]
    for solver in study.solvers:
        own = [each for i in decided for each in study.of(group, i, solver)]
        sums.append(f"{sum(each.answers for each in own)}/{len(own)}")
        scores.append(f"{par2(own, group.limit):.1f}" if own else "")
    report.table(("file", *(s.name for s in study.solvers)), [*rows, sums, scores])


def _told(attempt: ModelAttempt) -> str:
    if not attempt.answers:
        return attempt.status
    word = "" if attempt.has_solution else f"{attempt.status}, "
    return f"{word}{attempt.seconds:.1f} s"


def write_objectives(
    report: Report, study: Study, instances: Sequence[tuple[Group, Instance]]
) -> None:
    """A row an instance: the best of the seeds, its gap, and when it was found; then sums."""
    rows = []
    for group, instance in instances:
        cells = []
        for solver in study.solvers:
            own = study.of(group, instance, solver)
            found = [each for each in own if each.objective is not None]
            if not found:
                cells.append(own[0].status if own else "")
                continue
            best = min(found, key=lambda e: (study.gap(instance, e.objective or 0), e.seconds))
            gap = study.gap(instance, best.objective or 0)
            proved = ", proved" if best.status == "optimal" else ""
            cells.append(f"{best.objective} ({gap:.1f} %, {best.seconds:.1f} s{proved})")
        known = study.best.get(instance.name)
        rows.append([instance.name, "" if known is None else str(known), *cells])
    report.table(("instance", "best of all", *(s.name for s in study.solvers)), rows)
    rows = []
    for solver in study.solvers:
        own = [(i, each) for g, i in instances for each in study.of(g, i, solver)]
        if not own:
            continue
        gaps = [study.gap(i, e.objective) for i, e in own if e.objective is not None]
        hits = [e.seconds for i, e in own
                if e.objective is not None and not study.gap(i, e.objective)]  # fmt: skip
        rows.append([
            solver.name, f"{len(gaps)}/{len(own)}", f"{len(hits)}/{len(own)}",
            str(sum(each.status == "optimal" for _, each in own)),
            f"{statistics.fmean(gaps):.2f}" if gaps else "",
            f"{statistics.median(gaps):.2f}" if gaps else "",
            f"{statistics.median(hits):.1f}" if hits else "",
        ])  # fmt: skip
    header = ("solver", "with a solution", "best of all", "proved", "mean gap %", "median gap %",
              "median s to the best of all")  # fmt: skip
    report.table(header, rows)


def write_failures(report: Report, study: Study, groups: Sequence[Group]) -> None:
    """Attempts without an answer by family and solver, and why."""
    rows = []
    for group in groups:
        # Public files are each a family of their own.
        parts = [[each] for each in group.instances] if group.family is None else [group.instances]
        for part in parts:
            for solver in study.solvers:
                own = [each for i in part for each in study.of(group, i, solver)]
                failed = [each for each in own if not each.answers]
                if failed:
                    name = group.name if group.family is not None else part[0].name
                    rows.append([name, solver.name, f"{len(failed)}/{len(own)}", reason(failed)])
    if rows:
        report.write("## Without an answer\n")
        report.write(
            "For odesolve: what the values that violate the fewest constraints violate, summed "
            "over the attempts.\n"
        )
        report.table(("family or file", "solver", "attempts", "why"), rows)


def reason(failed: Sequence[ModelAttempt]) -> str:
    """Why attempts have no answer: what is violated, and what was said."""
    violated: Counter[str] = Counter()
    texts: Counter[str] = Counter()
    for each in failed:
        violated.update(each.violated)
        if not each.violated:
            texts[f"{each.status}: {each.message}".removesuffix(": ")] += 1
    left = ", ".join(f"{count} {kind}" for kind, count in violated.most_common())
    told = [text if count == 1 else f"{text} ({count})" for text, count in texts.most_common()]
    more = [f"and {len(told) - MOST_TEXTS} more"] if len(told) > MOST_TEXTS else []
    parts = [f"violated: {left}"] if left else []
    return "; ".join([*parts, *told[:MOST_TEXTS], *more]).replace("|", "\\|")


def write_wrong(report: Report, study: Study, groups: Sequence[Group]) -> None:
    """How many answers a second program has confirmed, and every wrong one."""
    report.write("## Checks\n")
    rows, wrong = [], []
    for solver in study.solvers:
        own = [(i, e) for g in groups for i in g.instances for e in study.of(g, i, solver)]
        counts = Counter(each.checked for _, each in own if each.has_solution)
        bad = [(i, each) for i, each in own if each.status == "wrong"]
        rows.append([solver.name, str(counts.total()), str(counts["checked"]), str(len(bad))])
        wrong += [f"- {i.name}, {solver.name}: {each.message}" for i, each in bad]
    report.table(("solver", "solutions", "confirmed by a second program", "wrong"), rows)
    if wrong:
        report.write("\n".join(wrong) + "\n")


def figures(study: Study) -> Iterator[Figure]:
    """What the project asks for, of whatever was measured."""
    solvers = {solver.name: solver for solver in study.solvers}
    for group in study.groups:
        if group.family is None:
            yield from _public_figures(study, group)
            continue
        if group.family.needed is None or DYNAMICS.name not in solvers:
            continue
        own = study.all_of(group, DYNAMICS)
        if not own:
            continue
        seconds = [each.seconds for each in own if each.has_solution]
        median = f", median {statistics.median(seconds):.1f} s" if seconds else ""
        text = f"{len(seconds)} of {len(own)}{median}"
        full = len(own) == group.family.count * group.family.seeds
        reached = full and len(seconds) >= group.family.needed and group.limit <= group.family.limit
        yield Figure(group.family.asked, text, reached)
    wrong = sum(each.status == "wrong" for group in study.groups for solver in study.solvers
                if solver.ours for each in study.all_of(group, solver))  # fmt: skip
    yield Figure("odesolve: no wrong answer", f"{wrong} wrong", wrong == 0)


def _public_figures(study: Study, group: Group) -> Iterator[Figure]:
    decided = [each for each in group.instances if not each.optimises]
    for solver in study.solvers:
        share = ASKED_SHARES.get(solver.name)
        own = [each for i in decided for each in study.of(group, i, solver)]
        if share is None or not own:
            continue
        solved = sum(each.answers for each in own)
        asked = f"public satisfaction files, {solver.name}: {share:.0%} within {group.limit:g} s"
        yield Figure(asked, f"{solved} of {len(own)}", solved >= share * len(own))
