"""Measure Ising problems and cuts: odesolve beside annealers, tabu and simulated bifurcation.

Run in the repository root: python -m benchmarks.ising --help
"""

from __future__ import annotations

import sys
from fnmatch import fnmatchcase
from pathlib import Path

import click

from benchmarks.ising import footprint, gpu, roof_duality
from benchmarks.ising.instances import BEST_FILE, Instance, generated_instances, public_instances
from benchmarks.ising.rows import Row, Rows
from benchmarks.ising.scaling import LADDERS, Climb
from benchmarks.ising.scaling import write as write_scaling
from benchmarks.ising.solvers import OURS, SOLVERS, Solver
from benchmarks.ising.tables import ANNEALERS, Study, write
from benchmarks.processes import ROOT, use_cores
from benchmarks.report import OUTPUT_OPTION, Report, begun, commit, note
from odesolve.problems.errors import InputError

#: Where the public files are looked for, and where what is made here is kept.
PUBLIC = ROOT.parent / "shared" / "instances" / "ising"
MADE = ROOT / "build" / "benchmarks" / "ising"
PACKAGES = (
    "odesolve", "jax", "numpy", "dimod", "dwave-samplers", "openjij", "simulated-bifurcation",
    "torch",
)  # fmt: skip
INTERRUPTED = 130
NAMES = [solver.name for solver in SOLVERS]

METHOD = """\
One solver runs at a time, on the same {cores} cores, for the same wall time: its process, from its
start to its end, with Python's start, imports and compiling. odesolve is the command with default
options and without a compilation cache; its clock begins after Python has started, and what it did
not see is added to its times. A peer's process gets the couplings as arrays, without reading the
file. A peer of one thread runs as {cores} processes with different seeds, of which the better one
counts. Annealers measure what a sweep costs, try their default number of sweeps and anneals of a
thirtieth and an eighth of the time for a third of it, and spend the rest on the best of these;
simulated bifurcation (128 agents, its default) does the same with its own settings (ballistic and
discrete, early stopping) and with slower anneals of longer steps; tabu with its own tenure and with
a twentieth of the spins. Everything else is the peers' default. openjij gets no seed: with one, all
reads of a call are alike. Every energy is added again from the spins, in integers.

The gap is that of the cut, or of the energy of a QUBO, in percent of the best known value; * marks
a new instance, whose best value is the best that any solver found here. In brackets stand the gap
and the seconds after which the best of all seeds was found.
"""
STOPPING = """\
Every solver was told the best known value of the public instances and stopped there; seconds are
then those to the value.
"""

SCALING_METHOD = """\
Dense problems couple all pairs by -1 or +1; cubic ones have about three such couplings for each
spin. The reference of an instance is the least energy that any of the solvers finds in
{reference_limit:g} s; then each gets {limit:g} s of wall time for its whole process, is told the
reference, and stops there. Medians count an instance on which it is not reached as infinitely long.
The gap is what is missing then. Steps are those of every run of odesolve's batch. Presolve decides
small cubic problems: they take no steps.
"""


@click.group(invoke_without_command=True)
@click.option(
    "--instances", "folder", type=click.Path(file_okay=False, path_type=Path), default=PUBLIC,
    metavar="FOLDER", help=f"Public files and {BEST_FILE}. [default: ../shared/instances/ising]",
)  # fmt: skip
@click.option(
    "--only", multiple=True, metavar="GLOB",
    help="Only instances whose NAME or GROUP/NAME matches: 'gset/*', 'G1', 'generated/*', "
    "'others/*'. Repeatable.",
)  # fmt: skip
@click.option(
    "--solvers", multiple=True, type=click.Choice(NAMES), help="Repeatable. [default: all]"
)
@click.option(
    "--time-limit", "limit", type=click.FloatRange(0, min_open=True), default=30.0,
    show_default=True, metavar="SEC", help="Wall time of every attempt.",
)  # fmt: skip
@click.option(
    "--seeds", type=click.IntRange(1), default=1, show_default=True, metavar="K",
    help="Attempts of every solver on every instance, with the seeds from 1.",
)  # fmt: skip
@click.option(
    "--stop-at-best", "stops", is_flag=True,
    help="Tell the solvers the best known value: they stop there, which shortens the measurement.",
)  # fmt: skip
@OUTPUT_OPTION
@click.option(
    "--rows", "rows_path", type=click.Path(dir_okay=False, path_type=Path),
    default=MADE / "rows.jsonl", metavar="FILE",
    help="Finished rows; those that stand there are not measured again. "
    "[default: build/benchmarks/ising/rows.jsonl]",
)  # fmt: skip
@click.option(
    "--again", multiple=True, type=click.Choice(NAMES), metavar="SOLVER",
    help="Measure this solver although rows of it stand there. Repeatable.",
)  # fmt: skip
@click.option("--report-only", is_flag=True, help="Measure nothing, report what stands there.")
@click.pass_context
def main(
    context: click.Context,
    folder: Path,
    only: tuple[str, ...],
    solvers: tuple[str, ...],
    limit: float,
    seeds: int,
    stops: bool,
    output: Path | None,
    rows_path: Path,
    again: tuple[str, ...],
    report_only: bool,
) -> None:
    """Compare odesolve with its peers on public and new instances, as Markdown tables.

    Ctrl-C ends the measurements; what was measured is reported, and is not measured again when the
    same command is given once more.
    """
    if context.invoked_subcommand is not None:
        return
    cores = use_cores()
    report = begun(output, "Ising problems, QUBOs and cuts", PACKAGES)
    report.write(METHOD.format(cores=cores))
    if stops:
        report.write(STOPPING)
    chosen = [solver for solver in SOLVERS if not solvers or solver.name in solvers]
    for solver in chosen:
        if not solver.installed:
            report.write(f"{solver.name} is not available here and is left out.\n")
    chosen = [solver for solver in chosen if solver.installed]
    instances = _instances(folder, only, report)
    if not instances:
        raise click.UsageError("no instance has such a name")
    rows = Rows(rows_path, without=again)
    study = Study(instances, [solver.name for solver in chosen], seeds, limit, stops, rows)
    interrupted = False
    if not report_only:
        try:
            _measure(study, chosen)
        except KeyboardInterrupt:
            interrupted = True
            report.write("Interrupted: what follows is of the measurements until then.\n")
    if commits := _other_commits(study):
        report.write(f"Rows of odesolve were measured at commit {', '.join(commits)}.\n")
    write(report, study, shortened=bool(only))
    sys.exit(INTERRUPTED if interrupted else 0)


@main.command("scaling")
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice([each.name for each in LADDERS]),
    help="Repeatable. [default: both]",
)  # fmt: skip
@click.option(
    "--spins", "sizes", multiple=True, type=click.IntRange(4), metavar="N",
    help="Repeatable. [default: 100 to 2,000, and to 100,000 cubic]",
)  # fmt: skip
@click.option(
    "--count", type=click.IntRange(1), default=2, show_default=True, help="Instances of each size."
)
@click.option("--solvers", multiple=True, type=click.Choice(NAMES), help="Repeatable. [default: "
    "odesolve and the annealers]")  # fmt: skip
@click.option(
    "--time-limit", "limit", type=click.FloatRange(0, min_open=True), default=30.0,
    show_default=True, metavar="SEC", help="Wall time to reach the reference.",
)  # fmt: skip
@click.option(
    "--reference-limit", type=click.FloatRange(0, min_open=True), default=60.0, show_default=True,
    metavar="SEC", help="Wall time of every solver for the reference, the best of all.",
)  # fmt: skip
@OUTPUT_OPTION
@click.option(
    "--plot", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.png",
    help="Draw seconds and steps against the spins.",
)  # fmt: skip
@click.option(
    "--rows", "rows_path", type=click.Path(dir_okay=False, path_type=Path),
    default=MADE / "scaling.jsonl", metavar="FILE",
    help="Finished rows, which are not measured again. "
    "[default: build/benchmarks/ising/scaling.jsonl]",
)  # fmt: skip
def scaling_command(
    kinds: tuple[str, ...],
    sizes: tuple[int, ...],
    count: int,
    solvers: tuple[str, ...],
    limit: float,
    reference_limit: float,
    output: Path | None,
    plot: Path | None,
    rows_path: Path,
) -> None:
    """How seconds and steps to a reference energy grow with the spins.

    The reference is the least energy that any of the solvers finds in the longer time; then each is
    told it and stops there, within the shorter time.
    """
    use_cores()
    report = begun(output, "Ising problems: growth with the size", PACKAGES)
    report.write(SCALING_METHOD.format(limit=limit, reference_limit=reference_limit))
    names = solvers or (OURS.name, *ANNEALERS)
    chosen = [solver for solver in SOLVERS if solver.name in names and solver.installed]
    rows = Rows(rows_path)
    climbs = [
        Climb(ladder, ladder.instances(sizes, count, MADE), chosen, limit, reference_limit, rows)
        for ladder in LADDERS
        if not kinds or ladder.name in kinds
    ]
    interrupted = False
    try:
        for climb in climbs:
            climb.measure()
    except KeyboardInterrupt:
        interrupted = True
        report.write("Interrupted: what follows is of the measurements until then.\n")
    write_scaling(report, climbs, plot)
    sys.exit(INTERRUPTED if interrupted else 0)


@main.command("footprint")
@click.option(
    "--repeats", type=click.IntRange(1), default=3, show_default=True, help="Processes of each."
)
@OUTPUT_OPTION
def footprint_command(repeats: int, output: Path | None) -> None:
    """Memory and compile time of 100,000 spins of degree three, beside 1,000."""
    use_cores()
    report = begun(output, "Ising problems: memory and compile time", PACKAGES[:3])
    footprint.run(report, repeats, MADE)


@main.command("roof-duality")
@click.option(
    "--count", type=click.IntRange(1), default=3, show_default=True, help="Instances of each shape."
)
@OUTPUT_OPTION
def roof_duality_command(count: int, output: Path | None) -> None:
    """Spins that presolve leaves without roof duality, and with it."""
    use_cores()
    report = begun(output, "Ising problems: what roof duality adds to presolve", PACKAGES[:3])
    roof_duality.run(report, count)


@main.command("gpu")
@click.option(
    "--spins", "sizes", multiple=True, type=click.IntRange(2), default=gpu.SPINS, metavar="N",
    help="Spins of dense problems. Repeatable. [default: 2000, 10000]",
)  # fmt: skip
@click.option("--runs", type=click.IntRange(1), default=gpu.RUNS, show_default=True)
@click.option(
    "--seconds", type=click.FloatRange(0, min_open=True), default=3.0, show_default=True,
    help="About how long each is measured.",
)  # fmt: skip
@click.option(
    "--k2000", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="K2000.mc.gz, to be measured too.",
)  # fmt: skip
@OUTPUT_OPTION
def gpu_command(
    sizes: tuple[int, ...], runs: int, seconds: float, k2000: Path | None, output: Path | None
) -> None:
    """Coupling-updates per second on dense problems, beside a matrix product on the same device."""
    report = begun(output, "Dense Ising problems, beside a matrix product", PACKAGES[:3])
    gpu.run(report, sizes, runs, seconds, k2000)


def _instances(folder: Path, patterns: tuple[str, ...], report: Report) -> list[Instance]:
    """Those that are asked for: public ones, then new ones, which are made where they are not."""

    def is_chosen(name: str) -> bool:
        names = (name, name.rsplit("/", 1)[-1])
        return not patterns or any(fnmatchcase(own, each) for own in names for each in patterns)

    found = []
    if (folder / BEST_FILE).exists():
        chosen = [each for each in public_instances(folder) if is_chosen(each.full_name)]
        found = [each for each in chosen if _is_readable(each, report)]
    else:
        report.write("The public instances are not available here and are left out.\n")
    return [*found, *generated_instances(MADE, is_chosen)]


def _is_readable(instance: Instance, report: Report) -> bool:
    """Whether a file can be read; one that is damaged is named, and does not end the rest."""
    try:
        return instance.problem.spin_count > 0
    except InputError as error:
        found = str(error).partition(":")[2]
        report.write(f"{instance.full_name} cannot be read and is left out: {found}\n")
        return False


def _measure(study: Study, solvers: list[Solver]) -> None:
    """Every solver on every instance, one after another, each row saved at once."""
    current = commit()
    for instance in study.instances:
        for seed in range(1, study.seeds + 1):
            for solver in solvers:
                if study.row(instance, solver.name, seed) is not None:
                    continue
                target = instance.best if study.stops else None
                attempt = solver.attempt(instance, study.limit, seed, target)
                own = (instance.name, solver.name, seed, study.limit, study.stops)
                study.rows.add(Row(*own, attempt, current))
                found = attempt.status if attempt.value is None else f"{float(attempt.value):,g}"
                text = f"{instance.name}, {solver.name}, seed {seed}: {found}"
                note(f"{text} after {attempt.seconds:.1f} s")
        # A problem of millions of couplings need not stay.
        instance.__dict__.pop("problem", None)


def _other_commits(study: Study) -> list[str]:
    """Where rows of odesolve come from, if not all from the commit that the report names."""
    commits = {
        row.commit
        for instance in study.instances
        for row in study.of(instance, SOLVERS[0].name)
    }  # fmt: skip
    return sorted(commits) if commits - {commit()} else []


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.ising")
