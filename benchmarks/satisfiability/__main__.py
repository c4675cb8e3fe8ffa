"""Measure satisfiability: odesolve beside CaDiCaL, probSAT, descent, CP-SAT and RC2.

Run in the repository root: python -m benchmarks.satisfiability --help
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from benchmarks.report import OUTPUT_OPTION, Figure, Report, begun, note
from benchmarks.satisfiability.families import CDC as CDC_SIZES
from benchmarks.satisfiability.families import FAMILIES
from benchmarks.satisfiability.plots import draw_cactus, draw_scaling
from benchmarks.satisfiability.scaling import fitted, median
from benchmarks.satisfiability.solvers import (
    BESIDE,
    CADICAL,
    CP_SAT,
    DESCENT,
    OURS,
    PROBSAT,
    RC2,
    SATLIKE,
)
from benchmarks.satisfiability.steps import LADDERS, Climb, climb, write_climbs
from benchmarks.satisfiability.tables import (
    Outcome,
    StudySettings,
    measure,
    shown_count,
    write_family,
)
from odesolve.problems.studies.reporting.lines import Line

SOLVERS = (OURS, BESIDE, CADICAL, PROBSAT, DESCENT, CP_SAT, RC2, SATLIKE)
NAMES = [solver.name for solver in SOLVERS]
#: Of those that find models, and not only cheap ones.
MODEL_NAMES = [solver.name for solver in SOLVERS if solver not in (RC2, SATLIKE)]
QUICK_LIMIT = 10.0
INTERRUPTED = 130
#: Seconds below which the clock tells nothing.
CLOCK = 1e-4
#: Group -> exponent of the median steps that is asked, and the wish beyond it.
ASKED_EXPONENT = {"cdc": (2.0, 1.33)}

METHOD = """\
Every solver gets the same formulas, one after another, with the same limit. A solve of odesolve is
a whole process without a compilation cache: its time, from start to exit, includes starting Python,
reading, presolve, loading JAX and compiling. With its default options CaDiCaL works beside it for
the first seconds; "dynamics alone" is `--prove none`. The time of a peer starts with the formula in
memory. Every model is checked by code of the benchmark's own. PAR-2 is the mean
time, an unsolved instance counting as twice the limit; medians count it as the limit, or as
infinitely many steps.

CaDiCaL is python-sat's, killed at the limit. probSAT is written here from its paper and compiled
by numba before the clock starts, and so is SATLike. RC2 is python-sat's with strata of weights:
what it has at the limit is the model of its last stratum. Descent follows the multilinear expansion
from random starts with the engine of odesolve, without memory, in the manner of FourierSAT; it
spends its limit so often that it gets a sample of two, at most 10 s, and no large formulas. A peer
that solves no instance of one size gets a single one of the larger sizes. "Steps" are those of
odesolve's or descent's winning run, flips of probSAT, conflicts of CaDiCaL and CP-SAT; run-steps
are steps times the runs side by side. Uniform formulas are taken as they come, with or without a
model, unless the title says that they have one.
"""


@dataclass
class Study:
    """What was measured so far."""

    outcomes: list[Outcome] = field(default_factory=list)
    climbs: list[Climb] = field(default_factory=list)
    hopeless: set[tuple[str, str]] = field(default_factory=set)
    failed: bool = False

    def groups(self) -> dict[str, list[Outcome]]:
        """Outcomes that have rows, by group, in order."""
        found: dict[str, list[Outcome]] = {}
        for outcome in self.outcomes:
            if outcome.tried:
                found.setdefault(outcome.family.group, []).append(outcome)
        return found


def _chosen(
    context: click.Context, parameter: click.Parameter, prefixes: tuple[str, ...]
) -> list[str]:
    """The families that are, or begin with, one of the given words; all if there is none."""
    names = [family.name for family in FAMILIES] + [ladder.name for ladder in LADDERS]
    for prefix in prefixes:
        if not any(name.startswith(prefix) for name in names):
            raise click.BadParameter(f"{prefix!r} begins none of: {', '.join(names)}")
    # A name in full means that family alone: cdc-50 is not cdc-500.
    alone = set(prefixes) & set(names)
    begun = tuple(set(prefixes) - alone)
    return [n for n in names if not prefixes or n in alone or (begun and n.startswith(begun))]


def run(report: Report, study: Study, names: Sequence[str], settings: StudySettings) -> None:
    """Measure the families and write each as soon as it is done, or interrupted."""
    for family in FAMILIES:
        if family.name not in names:
            continue
        note(family.name)
        outcome = Outcome(family)
        study.outcomes.append(outcome)
        try:
            measure(outcome, settings, study.hopeless)
        finally:
            write_family(report, outcome, settings)
    for ladder in LADDERS:
        if ladder.name not in names:
            continue
        note(ladder.name)
        own: list[Climb] = []
        try:
            climb(ladder, settings, own)
        except RuntimeError as error:
            report.write(f"{ladder.name} failed: {error}\n")
            study.failed = True
        finally:
            study.climbs += own
            write_climbs(report, own)


def samples(group: Sequence[Outcome], kind: str) -> dict[str, dict[int, list[float]]]:
    """Solver -> size -> one number an instance: "seconds", "steps" or "run-steps"."""
    found: dict[str, dict[int, list[float]]] = {}
    for outcome in group:
        for row in outcome.tried:
            seconds = [a.seconds if a.solved else float("inf") for a in row.attempts]
            values = {"seconds": seconds, "steps": row.steps, "run-steps": row.run_steps}[kind]
            found.setdefault(row.solver.name, {})[outcome.family.size] = values
    return found


def write_scaling(report: Report, study: Study) -> dict[tuple[str, str], Line | None]:
    """How medians grow with the size, by group; the fits of odesolve's steps and all seconds."""
    fits: dict[tuple[str, str], Line | None] = {}
    for name, group in scaling_groups(study).items():
        sizes = [outcome.family.size for outcome in group]
        rows = []
        for kind in ("seconds", "steps", "run-steps"):
            for solver, own in samples(group, kind).items():
                if kind == "run-steps" and solver != OURS.name:
                    continue
                fit = fitted(own, CLOCK if kind == "seconds" else 1.0)
                fits[f"{name}: {kind}", solver] = fit
                shown = [_shown(median(own[n]), kind) if n in own else "" for n in sizes]
                rows.append([solver, kind, *shown, f"N^{fit}" if fit else ""])
        report.write(f"### {name}: medians against N\n")
        report.table(("solver", "median", *(f"N = {n:,}" for n in sizes), "fit"), rows)
    return fits


def _shown(value: float, kind: str) -> str:
    if value == float("inf"):
        return "unsolved"
    return f"{value:.3g}" if kind == "seconds" else shown_count(value)


def scaling_groups(study: Study) -> dict[str, list[Outcome]]:
    """Groups of more than one size."""
    groups = study.groups()
    return {n: g for n, g in groups.items() if len({o.family.size for o in g}) > 1}


def write_summary(report: Report, study: Study) -> None:
    """One line a family: solved and PAR-2 of every solver."""
    rows = []
    for outcome in study.outcomes:
        if not outcome.tried or outcome.optimizes:
            continue
        by_name = {row.solver.name: row for row in outcome.tried}
        cells = [
            f"{row.solved}/{len(row.attempts)} ({row.par2:.3g})" if row else ""
            for row in map(by_name.get, MODEL_NAMES)
        ]
        rows.append([outcome.family.name, f"{outcome.family.limit:g}", *cells])
    if rows:
        report.write("## Summary: solved (PAR-2 in s)\n")
        report.table(("family", "limit s", *MODEL_NAMES), rows)


def exponent_figures(study: Study) -> list[Figure]:
    """What the project asks of the growth of the steps; every size must have a median."""
    measured = {}
    for group, outcomes in scaling_groups(study).items():
        own = samples(outcomes, "steps").get(OURS.name, {})
        measured[f"{group}, whole processes"] = (group, own)
    for each in study.climbs:
        name = f"{each.ladder.name}, runs {each.label}"
        measured[name] = (each.ladder.name.removeprefix("steps-"), each.steps)
    found = []
    for name, (group, own) in measured.items():
        fit = fitted(own)
        solved = [size for size, values in own.items() if median(values) != float("inf")]
        text = f"{fit} up to N = {max(solved):,}" if fit and solved else "no fit"
        for wish, most in enumerate(ASKED_EXPONENT.get(group, ())):
            asked = (
                f"{name}: exponent at most {most}{' (stretch)' if wish else ''}, N = 50 to 2,000"
            )
            reached = fit is not None and fit.slope <= most and solved == [*CDC_SIZES]
            found.append(Figure(asked, text, reached))
    return found


def plot(
    report: Report, study: Study, fits: dict[tuple[str, str], Line | None], folder: Path
) -> None:
    """The cactus and scaling plots, of whatever was measured."""
    panels: dict[str, dict[str, list[tuple[float, float]]]] = {}
    for name, group in study.groups().items():
        if any(outcome.optimizes for outcome in group):
            continue
        panels[name] = {}
        for outcome in group:
            for row in outcome.tried:
                # Families weigh the same, however many instances a solver was tried on.
                share = 1 / (len(row.attempts) * len(group))
                own = panels[name].setdefault(row.solver.name, [])
                own += [(a.seconds, share) for a in row.attempts if a.solved]
    if panels:
        used = [n for n in NAMES if any(n in rows for rows in panels.values())]
        draw_cactus(panels, used, folder / "peers-cactus.png")
        report.write("![share of the instances solved within a time](peers-cactus.png)\n")
    scaled = {
        f"{name}: {kind}": samples(group, kind)
        for name, group in scaling_groups(study).items()
        for kind in ("seconds", "steps")
    }
    if scaled:
        used = [n for n in NAMES if any(n in rows for rows in scaled.values())]
        draw_scaling(scaled, fits, used, folder / "peers-scaling.png")
        report.write("![seconds and steps against the size](peers-scaling.png)\n")


@click.command()
@click.option(
    "--family",
    "families",
    multiple=True,
    callback=_chosen,
    metavar="NAME",
    help="Only the families that begin with NAME, such as uf, cdc, cdc-500, uniform-4.2, 5-sat, "
    "structured, factoring, hybrid, pb, maxsat, steps. Repeatable. [default: all]",
)
@click.option(
    "--limit-seconds",
    "limit",
    type=click.FloatRange(min=0, min_open=True),
    help="Time limit of every solve, if it is below the family's own.",
)
@click.option("--count", type=click.IntRange(1), help="At most so many instances of each family.")
@click.option(
    "--peer-count", type=click.IntRange(1), help="Try the peers on at most so many of them."
)
@click.option(
    "--without",
    multiple=True,
    type=click.Choice(NAMES, case_sensitive=False),
    help="Leave this solver out. Repeatable.",
)
@click.option("--quick", is_flag=True, help="Two of everything, 10 s for each: a smoke test.")
@OUTPUT_OPTION
@click.option(
    "--plots", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
    help="Draw peers-cactus.png and peers-scaling.png there.",
)  # fmt: skip
def main(
    families: list[str],
    limit: float | None,
    count: int | None,
    peer_count: int | None,
    without: Sequence[str],
    quick: bool,
    output: Path | None,
    plots: Path | None,
) -> None:
    """Compare odesolve with its peers on families of formulas, as Markdown tables.

    Ctrl-C ends the measurements; what was measured is still written.
    """
    report = begun(output, "Satisfiability")
    report.write(METHOD)
    for solver in SOLVERS:
        if solver.name in without:
            report.write(f"{solver.name} is left out, as the command says.\n")
        elif not solver.installed:
            report.write(f"{solver.name} is not available here and is left out.\n")
    if quick and limit is None:
        limit = QUICK_LIMIT
    study, interrupted = Study(), False
    report.write("## Families\n")
    with tempfile.TemporaryDirectory() as folder:
        settings = StudySettings(Path(folder), limit, count, peer_count, quick, without)
        try:
            run(report, study, families, settings)
        except KeyboardInterrupt:
            interrupted = True
            report.write("Interrupted: what follows is of the measurements until then.\n")
        report.write("## Growth\n")
        fits = write_scaling(report, study)
        report.figures(exponent_figures(study), settings.shortened)
        write_summary(report, study)
        if plots is not None:
            plot(report, study, fits, plots)
    sys.exit(INTERRUPTED if interrupted else study.failed)


if __name__ == "__main__":
    main()
