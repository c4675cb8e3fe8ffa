"""What is made of the rows: tables by instance, sums, times to target, and the figures asked."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from benchmarks.ising.instances import Instance
from benchmarks.ising.rows import Row, Rows
from benchmarks.report import Figure, Report
from odesolve.problems.ising.statistics import least_time_to_target

#: Names of instances that are decided by their optimum, and of those of larger graphs.
SMALL = ("bqp", "be250", "gka", "g05", "pm1d")
FIRST_LARGE = 55
#: Clocks of two processes differ, and ending one takes a while: nobody is late by less.
LATE_SECONDS = 1.0
ANNEALERS = ("dwave-annealing", "openjij")
#: Files of G1 to G53, of the larger ones, and on how many of the first the best is asked for.
G_SET, LARGE, G_SET_HITS = 27, 9, 18


@dataclass(frozen=True)
class Study:
    """What was measured with one time limit.

    Attributes:
        instances: in order.
        solvers: names, in order.
        seeds: how many, from 1.
        limit: seconds of every attempt.
        stops: whether the solvers were told the best known values.
    """

    instances: Sequence[Instance]
    solvers: Sequence[str]
    seeds: int
    limit: float
    stops: bool
    rows: Rows

    def row(self, instance: Instance, solver: str, seed: int) -> Row | None:
        return self.rows.get((instance.name, solver, seed, self.limit, self.stops))

    def of(self, instance: Instance, solver: str) -> list[Row]:
        """Those that were measured, one a seed."""
        found = (self.row(instance, solver, seed) for seed in range(1, self.seeds + 1))
        return [row for row in found if row is not None]

    @cached_property
    def best(self) -> dict[str, Fraction]:
        """The best known value of each instance, or of a new one the best in all rows."""
        known = {each.name: each.best for each in self.instances if each.best is not None}
        others = {each.name: each for each in self.instances if each.best is None}
        for row in self.rows.found.values():
            value, own = row.attempt.value, others.get(row.instance)
            if own is None or value is None:
                continue
            if own.name not in known or own.is_as_good(value, known[own.name]):
                known[own.name] = value
        return known

    def gaps(self, instance: Instance, solver: str) -> list[float]:
        """In percent, of each seed that has an answer."""
        return [
            instance.gap(row.attempt.value, self.best[instance.name])
            for row in self.of(instance, solver)
            if row.attempt.value is not None
        ]

    def hits(self, instance: Instance, solver: str) -> list[float | None]:
        """For each seed the seconds after which the best known value was found, or None."""
        found: list[float | None] = []
        for row in self.of(instance, solver):
            value = row.attempt.value
            is_hit = value is not None and instance.is_as_good(value, self.best[instance.name])
            in_time = row.attempt.seconds <= self.limit + LATE_SECONDS
            found.append(row.attempt.seconds if is_hit and in_time else None)
        return found

    def measured(self, names: Sequence[Instance], solver: str) -> list[Instance]:
        """Those of the instances on which a solver answered."""
        return [each for each in names if self.gaps(each, solver)]

    def mean_gap(self, names: Sequence[Instance], solver: str) -> float | None:
        """Over instances and seeds; None without any."""
        gaps = [statistics.fmean(self.gaps(i, solver)) for i in self.measured(names, solver)]
        return statistics.fmean(gaps) if gaps else None


def write(report: Report, study: Study, *, shortened: bool) -> None:
    """All tables."""
    groups: dict[str, list[Instance]] = {}
    for instance in study.instances:
        if any(study.of(instance, solver) for solver in study.solvers):
            groups.setdefault(instance.group, []).append(instance)
    for name, own in groups.items():
        write_group(report, study, name, own)
    if not groups:
        report.write("Nothing has been measured.\n")
        return
    every = [instance for own in groups.values() for instance in own]
    write_summary(report, study, groups | ({"all": every} if len(groups) > 1 else {}))
    if study.seeds > 1:
        write_times(report, study, every)
    write_failures(report, study, every)
    report.write("## What was asked\n")
    report.figures(figures(study), shortened)


def write_group(report: Report, study: Study, name: str, instances: Sequence[Instance]) -> None:
    """A row an instance: the best of the seeds, its gap, and when it was found."""
    report.write(f"### {name}\n")
    rows = []
    for instance in instances:
        best = study.best.get(instance.name)
        mark = "" if instance.best is not None or best is None else " *"
        cells = [_cell(study, instance, solver) for solver in study.solvers]
        rows.append([instance.name, f"{_shown(best)}{mark}", *cells])
    report.table(("instance", "best known", *study.solvers), rows)


def _cell(study: Study, instance: Instance, solver: str) -> str:
    rows = study.of(instance, solver)
    answered = [row.attempt for row in rows if row.attempt.value is not None]
    if not answered:
        return rows[0].attempt.status if rows else ""
    sense = -1 if instance.is_cut else 1
    best = min(answered, key=lambda each: (sense * (each.value or 0), each.seconds))
    assert best.value is not None
    gap = instance.gap(best.value, study.best[instance.name])
    hits = study.hits(instance, solver)
    count = f" {sum(hit is not None for hit in hits)}/{len(hits)}" if study.seeds > 1 else ""
    return f"{_shown(best.value)} ({gap:.3f} %, {best.seconds:.1f} s){count}"


def _shown(value: Fraction | None) -> str:
    if value is None:
        return ""
    return f"{value.numerator:,}" if value.denominator == 1 else f"{float(value):,.3f}"


def write_summary(report: Report, study: Study, groups: dict[str, list[Instance]]) -> None:
    """A row for each group and solver."""
    report.write("## Summary\n")
    rows = []
    for name, own in groups.items():
        for solver in study.solvers:
            tried = [instance for instance in own if study.of(instance, solver)]
            answered = study.measured(own, solver)
            if not tried:
                continue
            hits = [hit for each in tried for hit in study.hits(each, solver)]
            found = sum(any(h is not None for h in study.hits(each, solver)) for each in tried)
            gaps = [gap for each in answered for gap in study.gaps(each, solver)]
            seconds = [hit for hit in hits if hit is not None]
            rows.append([
                name, solver, f"{found}/{len(tried)}", f"{len(seconds)}/{len(hits)}",
                f"{study.mean_gap(own, solver):.4f}" if gaps else "",
                f"{max(gaps):.4f}" if gaps else "",
                f"{statistics.median(seconds):.1f}" if seconds else "",
                str(len(tried) - len(answered)),
            ])  # fmt: skip
    header = (
        "group", "solver", "at best known", "of all seeds", "mean gap %", "largest gap %",
        "median s of hits", "without an answer",
    )  # fmt: skip
    report.table(header, rows)


def write_times(report: Report, study: Study, instances: Sequence[Instance]) -> None:
    """TTT99 of each solver on each instance."""
    report.write("## Seconds to the best known value with a probability of 99 % (TTT99)\n")
    rows = []
    for instance in instances:
        cells = []
        for solver in study.solvers:
            hits = study.hits(instance, solver)
            found = least_time_to_target(hits)
            cells.append("" if not hits else "-" if found is None else f"{found.seconds:.1f}")
        rows.append([instance.name, *cells])
    report.table(("instance", *study.solvers), rows)


def write_failures(report: Report, study: Study, instances: Sequence[Instance]) -> None:
    """A line for each attempt without an answer, and for each that was late."""
    lines = []
    for instance in instances:
        for solver in study.solvers:
            for row in study.of(instance, solver):
                own = row.attempt
                if own.value is None:
                    lines.append(
                        f"- {instance.name}, {solver}: {own.status} {own.message}".rstrip()
                    )
                elif own.wall > study.limit + LATE_SECONDS:
                    lines.append(f"- {instance.name}, {solver}: ended after {own.wall:.1f} s")
    if lines:
        report.write("## Without an answer, or late\n")
        report.write("\n".join(lines) + "\n")


def figures(study: Study) -> Iterator[Figure]:
    """What the project asks for, of whatever was measured."""
    from benchmarks.ising.solvers import OURS

    def of(limit: float, chosen: Sequence[Instance]) -> list[Instance]:
        return study.measured(chosen, OURS.name) if study.limit <= limit else []

    numbers = {i: int(i.name[1:]) for i in study.instances if i.group == "gset"}
    first = of(120, [i for i, number in numbers.items() if number < FIRST_LARGE])
    if first:
        hits = sum(any(h is not None for h in study.hits(i, OURS.name)) for i in first)
        asked = f"G1 to G53: best known cut on {G_SET_HITS} of {G_SET} files within 120 s"
        yield Figure(asked, f"{hits} of {len(first)}", hits >= G_SET_HITS)
        gap = study.mean_gap(first, OURS.name) or 0.0
        reached = gap <= 0.03 and len(first) == G_SET
        yield Figure("G1 to G53: mean gap at most 0.03 %", f"{gap:.4f} %", reached)
    large = of(300, [i for i, number in numbers.items() if number >= FIRST_LARGE])
    if large:
        gap = study.mean_gap(large, OURS.name) or 0.0
        reached = gap <= 0.3 and len(large) == LARGE
        yield Figure("from G55 on: mean gap at most 0.3 % in 300 s", f"{gap:.4f} %", reached)
    for instance in of(120, [i for i in study.instances if i.name == "K2000"]):
        hits = study.hits(instance, OURS.name)
        count = sum(hit is not None for hit in hits)
        asked = "K2000: 33,337 with 3 of 5 seeds within 120 s"
        yield Figure(asked, f"{count} of {len(hits)}", count >= 3 and len(hits) <= 5)
    small = of(20, [i for i in study.instances if i.name.startswith(SMALL)])
    if small:
        count = sum(all(h is not None for h in study.hits(i, OURS.name)) for i in small)
        asked = "bqp, be250, gka, g05, pm1d: the optimum on every one within 20 s"
        yield Figure(asked, f"{count} of {len(small)}", count == len(small))
    yield from _beside_peers(study, OURS.name)


def _beside_peers(study: Study, ours: str) -> Iterator[Figure]:
    peers = [name for name in ANNEALERS if study.measured(study.instances, name)]
    both = [i for i in study.instances if all(study.gaps(i, name) for name in (ours, *peers))]
    if peers and both:
        own = study.mean_gap(both, ours) or 0.0
        theirs = {name: study.mean_gap(both, name) or 0.0 for name in peers}
        least = min(theirs, key=lambda name: theirs[name])
        asked = f"mean gap no larger than the better annealer's, {len(both)} instances"
        text = f"{own:.4f} % beside {theirs[least]:.4f} % ({least})"
        yield Figure(asked, text, own <= theirs[least])
        better = [_compared(study, i, ours, peers) for i in both]
        counts = [better.count(sign) for sign in (-1, 0, 1)]
        text = "{} smaller, {} equal, {} larger".format(*counts)
        yield Figure("gap beside the better annealer's, by instance", text, None)
    peer = "simulated-bifurcation"
    both = [i for i in study.instances if study.gaps(i, ours) and study.gaps(i, peer)]
    if both:
        signs = [_compared(study, i, ours, [peer]) for i in both]
        counts = [signs.count(sign) for sign in (-1, 0, 1)]
        at_best = sum(
            sign == 0 and not any(study.gaps(i, ours)) for i, sign in zip(both, signs, strict=True)
        )
        text = "{} smaller, {} equal ({at_best} of them at the best known), {} larger"
        text = text.format(*counts, at_best=at_best)
        asked = f"gap smaller than {peer}'s on every instance"
        yield Figure(asked, text, counts[0] + at_best == len(both))


def _compared(study: Study, instance: Instance, ours: str, peers: Sequence[str]) -> int:
    """-1 if our mean gap is the smaller, 1 if it is the larger, 0 if they are the same."""
    own = statistics.fmean(study.gaps(instance, ours))
    theirs = min(statistics.fmean(study.gaps(instance, name)) for name in peers)
    return (own > theirs) - (own < theirs)
