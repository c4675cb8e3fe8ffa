"""Measure factoring: success, steps and time against the bits of N, and the fitted slope.

Run in the repository root: python -m benchmarks.factoring --help
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click
from sympy import factorint

from benchmarks.factoring.ablations import run_ablations
from benchmarks.factoring.instances import Instance, composites, instances
from benchmarks.factoring.slope import run_slope
from benchmarks.factoring.solvers import (
    CADICAL_INSTALLED,
    FactoringAttempt,
    attempt_ours,
    attempts_cadical,
)
from benchmarks.report import OUTPUT_OPTION, Figure, Report, begun, note

PLOT = Path(__file__).parents[1] / "results" / "factoring.png"
SLOPE_BITS, SLOPE_COUNT = (12, 14, 16, 18, 20, 22), 12
ABLATION_BITS = (16, 18)
HEADER = (
    "method", "solved", "median s", "max s", "median steps", "median lane-steps",
    "median candidates",
)  # fmt: skip


@dataclass(frozen=True)
class Family:
    """Instances of one size.

    Attributes:
        limit: seconds for each whole process.
        asked: how many must be solved; None if the project asks no number.
        stretch: whether that is a wish more than a demand.
    """

    count: int
    limit: float
    asked: int | None = None
    stretch: bool = False


#: Bits of N -> family.
FAMILIES = {
    12: Family(50, 10.0, 50),
    14: Family(20, 30.0),
    16: Family(50, 30.0, 50),
    18: Family(20, 60.0),
    20: Family(20, 120.0, 19),
    22: Family(10, 300.0),
    24: Family(10, 600.0, 5),
    28: Family(3, 600.0, 1, stretch=True),
}
DEFAULT_BITS = (12, 16, 20, 24)
COMPOSITE_BITS, COMPOSITE_COUNT, COMPOSITE_LIMIT = (12, 16, 20, 24), 20, 60.0

METHOD = """\
Each N is the product of two random primes of half its width, with exactly so many bits; the seeds
are fixed, and no parameter was chosen on them. A solve of odesolve is a whole process with default
options and without a compilation cache: its time, from start to exit, includes starting Python,
loading JAX and compiling; an unsolved number counts as the limit. Whole processes are not told the
factors' widths; batches that measure a slope or candidates are. "Steps" are those of all batches
together, "lane-steps" steps x runs.

CaDiCaL gets the clauses of the presolved multiplier of the right widths, with and without the
relations of the lowest and highest bits; its steps are conflicts, its time the solver's alone.

"Candidates" are the pairs, or divisors, that are tried: for odesolve every run's rounded factors at
the start and after each step (many are equal); for guessing the expected number of random odd p of
the right width; for trial division the odd numbers, or primes, from 3 to the smaller factor.
"""


def run_family(report: Report, bits: int, family: Family, count: int | None) -> list[Figure]:
    """One size: every instance as a whole process, and what the others need."""
    wanted = min(family.count, count or family.count)
    chosen = instances(bits, wanted)
    report.write(f"## {bits} bits: {wanted} instances, {family.limit:g} s\n")
    ours = []
    for instance in chosen:
        ours.append(attempt_ours(instance.number, [instance.p, instance.q], family.limit))
        note(f"  {instance.number}: {ours[-1].status}, {ours[-1].seconds:.1f} s")
    rows = [row("odesolve factor", ours)]
    if CADICAL_INSTALLED:
        for name, blocks in (("with", True), ("without", False)):
            attempts = attempts_cadical(chosen, family.limit, blocks=blocks)
            rows.append(row(f"CaDiCaL, {name} blocks (steps: conflicts)", attempts))
    rows += candidate_rows(chosen)
    report.table(HEADER, rows)
    failures = [
        f"{instance.number} = {instance.p} x {instance.q} ({attempt.status})"
        for instance, attempt in zip(chosen, ours, strict=True)
        if not attempt.solved
    ]
    if failures:
        report.write(f"Not solved by odesolve: {', '.join(failures)}.\n")
    return figure(bits, family, ours)


def run_composites(report: Report, count: int | None) -> None:
    """Random odd composites, which mostly have one small factor and several others."""
    wanted = min(COMPOSITE_COUNT, count or COMPOSITE_COUNT)
    report.write("## Random odd composites\n")
    report.write(
        f"{wanted} of each size with whatever factors they have, whole processes of at most "
        f"{COMPOSITE_LIMIT:g} s. Most have a small factor, and several splits are to be found.\n"
    )
    rows = []
    for bits in COMPOSITE_BITS:
        attempts = []
        for number in composites(bits, wanted):
            primes = factorint(number, multiple=True)
            attempts.append(attempt_ours(number, primes, COMPOSITE_LIMIT))
            note(f"  {number} = {primes}: {attempts[-1].status}, {attempts[-1].seconds:.1f} s")
        rows.append(row(f"{bits} bits", attempts)[:5])
    report.table(("composites", *HEADER[1:5]), rows)


def row(name: str, attempts: Sequence[FactoringAttempt]) -> list[str]:
    """A solver's row; steps are those of solved numbers."""
    solved = [attempt for attempt in attempts if attempt.solved]
    seconds = [attempt.seconds for attempt in attempts]
    ours = any(attempt.runs > 1 for attempt in attempts)
    return [
        name,
        f"{len(solved)}/{len(attempts)}",
        f"{statistics.median(seconds):.3g}",
        f"{max(seconds):.3g}",
        median_of([a.steps for a in solved]),
        median_of([a.lane_steps for a in solved]) if ours else "",
        median_of([a.candidates for a in solved]) if ours else "",
    ]


def median_of(numbers: Sequence[float | None]) -> str:
    """Their median, or nothing."""
    known = [number for number in numbers if number is not None]
    return f"{statistics.median(known):,.0f}" if known else ""


def candidate_rows(chosen: Sequence[Instance]) -> list[list[str]]:
    """Guessing and trial division, in candidates."""
    counts = {
        "random guessing (expected)": [each.guesses for each in chosen],
        "trial division by odd numbers": [float(each.odd_trials) for each in chosen],
        "trial division by primes": [float(each.prime_trials) for each in chosen],
    }
    return [[name, "", "", "", "", "", median_of(numbers)] for name, numbers in counts.items()]


def figure(bits: int, family: Family, ours: Sequence[FactoringAttempt]) -> list[Figure]:
    """What the project asks of this size."""
    if family.asked is None:
        return []
    solved = sum(attempt.solved for attempt in ours)
    stretch = " (stretch)" if family.stretch else ""
    asked = f"{bits} bits: {family.asked}/{family.count} within {family.limit:g} s{stretch}"
    # Fewer instances are asked the same fraction; the report marks the run as shortened.
    reached = solved * family.count >= family.asked * len(ours)
    slowest = max(attempt.seconds for attempt in ours)
    return [Figure(asked, f"{solved}/{len(ours)}, slowest {slowest:.1f} s", reached)]


@click.command()
@click.option(
    "--bits",
    "sizes",
    type=click.Choice([str(bits) for bits in FAMILIES]),
    multiple=True,
    help="Bits of N in whole processes; repeatable. [default: 12, 16, 20, 24]",
)
@click.option("--count", type=click.IntRange(1), help="At most so many instances of each size.")
@click.option("--slope/--no-slope", "with_slope", default=True, help="Measure the slope, too.")
@click.option("--ablate", is_flag=True, help="Measure candidates for the default, too.")
@click.option(
    "--composites", "with_composites", is_flag=True, help="Factor random odd composites, too."
)
@click.option(
    "--only-slope",
    is_flag=True,
    help="No whole processes; --no-slope --ablate leaves the candidates.",
)
@click.option("--quick", is_flag=True, help="12 bits and few instances: a smoke test.")
@click.option(
    "--plot",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.png",
    help="Where the slope is plotted. [default: benchmarks/results/factoring.png; none if quick]",
)
@OUTPUT_OPTION
def main(
    sizes: tuple[str, ...],
    count: int | None,
    with_slope: bool,
    ablate: bool,
    with_composites: bool,
    only_slope: bool,
    quick: bool,
    plot: Path | None,
    output: Path | None,
) -> None:
    """Measure factoring beside CaDiCaL, guessing and trial division, as Markdown tables."""
    report = begun(output, "Factoring")
    report.write(METHOD)
    if not CADICAL_INSTALLED:
        report.write("CaDiCaL is left out: python-sat is not installed.\n")
    wanted = tuple(int(bits) for bits in sizes) or ((12,) if quick else DEFAULT_BITS)
    figures: list[Figure] = []
    few = 3 if quick else None
    for bits in () if only_slope else wanted:
        note(f"{bits} bits")
        figures += run_family(report, bits, FAMILIES[bits], count or few)
    if with_composites:
        run_composites(report, count or few)
    if with_slope:
        path = plot or (None if quick else PLOT)
        slope_bits = SLOPE_BITS[:2] if quick else SLOPE_BITS
        figures += run_slope(report, slope_bits, few or SLOPE_COUNT, path)
    if ablate:
        run_ablations(report, ABLATION_BITS[:1] if quick else ABLATION_BITS, few or SLOPE_COUNT)
    report.write("## Figures\n")
    report.figures(figures, shortened=quick or count is not None)


if __name__ == "__main__":
    main()
