"""Measure models: odesolve beside CP-SAT, Gecode and CaDiCaL.

Run in the repository root: python -m benchmarks.models --help
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import click

from benchmarks.models.families import FAMILIES
from benchmarks.models.instances import INDEX, Instance, public_instances
from benchmarks.models.rows import Row, Rows
from benchmarks.models.solvers import DYNAMICS, SOLVERS, Solver, attempted
from benchmarks.models.tables import Group, Study, write
from benchmarks.processes import ROOT, use_cores
from benchmarks.report import OUTPUT_OPTION, Report, begun, commit, note

#: Where the public files are looked for, and where what is made here is kept.
PUBLIC = ROOT.parent / "shared" / "instances" / "models"
MADE = ROOT / "build" / "benchmarks" / "models"
PUBLIC_LIMIT = 60.0
PACKAGES = ("odesolve", "jax", "numpy", "cpmpy", "ortools", "python-sat")
INTERRUPTED = 130
NAMES = [solver.name for solver in SOLVERS]

METHOD = """\
One solver runs at a time, on the same {cores} core(s), for the same wall time: its process, from
its start to its end, with Python's start, imports, compiling and reading or restating the model. A
solver is told to stop half a second before the limit; what it finds after the limit does not count.
"dynamics" is odesolve without a prover, "with prover" has CaDiCaL beside it on the same cores,
"prover" is that CaDiCaL alone on the same clauses (of CPMpy's form). CP-SAT gets CPMpy's form;
Gecode gets generated models in FlatZinc with its own global constraints and no search annotation,
and public files as they are, with theirs. Peers run with one seed and their defaults. {cache}

{threads}

Every solution is checked by exact arithmetic, and by another program: the generator's own checker,
or Gecode on the public file itself with all variables fixed. "Solved" is a checked solution, or a
proof that there is none that nothing contradicts. PAR-2 is the mean of the seconds, with twice the
limit for what was not solved. The gap is in percent of the best objective that any solver found
here. Public files were flattened with the standard library: no solver sees their globals.
"""
COLD = "odesolve compiles anew in every process: no compilation cache."
WARM = "odesolve finds compilations of earlier attempts in a cache, as a user's second solve does."


def options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that both commands have."""
    for option in reversed((
        click.option("--solvers", multiple=True, type=click.Choice(NAMES),
                     help="Repeatable. [default: all; dynamics for figures]"),
        click.option("--only", multiple=True, metavar="GLOB",
                     help="Only families or public files of this name: 'queens-*', 'sudoku', "
                     "'public', 'fillomino'. Repeatable."),
        click.option("--count", type=click.IntRange(1), metavar="N",
                     help="At most so many instances of a family."),
        click.option("--seeds", type=click.IntRange(1), metavar="K",
                     help="At most so many seeds of odesolve on an instance. [default: the "
                     "family's]"),
        click.option("--time-limit", "limit", type=click.FloatRange(0, min_open=True),
                     metavar="SEC", help="Wall time of every attempt. [default: the family's]"),
        click.option("--cached", is_flag=True,
                     help="Let odesolve keep its compilations from one attempt to the next."),
        click.option("--rows", "rows_path", type=click.Path(dir_okay=False, path_type=Path),
                     default=MADE / "rows.jsonl", metavar="FILE",
                     help="Finished rows; those that stand there are not measured again. "
                     "[default: build/benchmarks/models/rows.jsonl]"),
        click.option("--again", multiple=True, type=click.Choice(NAMES), metavar="SOLVER",
                     help="Measure this solver although rows of it stand there. Repeatable."),
        click.option("--report-only", is_flag=True,
                     help="Measure nothing, report what stands there."),
        click.option("--output", type=click.Path(dir_okay=False, path_type=Path),
                     metavar="FILE.md", help="Write the report there, too."),
    )):  # fmt: skip
        command = option(command)
    return command


@click.group(invoke_without_command=True)
@click.option(
    "--instances", "folder", type=click.Path(file_okay=False, path_type=Path), default=PUBLIC,
    metavar="FOLDER", help=f"Public files and {INDEX}. [default: ../shared/instances/models]",
)  # fmt: skip
@options
@click.pass_context
def main(context: click.Context, folder: Path, **given: Any) -> None:
    """Compare odesolve with its peers on generated models and public files, as Markdown tables.

    Ctrl-C ends the measurements; what was measured is reported, and is not measured again when the
    same command is given once more.
    """
    if context.invoked_subcommand is None:
        _run(folder, **given)


@main.command("figures")
@options
def figures_command(**given: Any) -> None:
    """Measure what the project asks of the dynamics alone, and nothing else."""
    given["solvers"] = given["solvers"] or (DYNAMICS.name,)
    _run(None, **given)


@main.command("cpmpy")
@click.option("--count", type=click.IntRange(1), default=400, show_default=True, metavar="N",
              help="How many expressions are drawn.")  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, help="Of the draw.")
@click.option("--time-limit", "limit", type=click.FloatRange(0, min_open=True), default=30.0,
              show_default=True, metavar="SEC", help="Of each expression.")  # fmt: skip
@click.option("--alone", is_flag=True, help="Dynamics alone, without the prover.")
@click.option("--no-presolve", "presolve", flag_value=False, default=True,
              help="Neither presolve nor trying all: all is integrated.")  # fmt: skip
@OUTPUT_OPTION
def cpmpy_command(
    count: int, seed: int, limit: float, alone: bool, presolve: bool, output: Path | None
) -> None:
    """Solve expressions of CPMpy, combined as its own tests of solvers combine them."""
    from benchmarks.models import cpmpy_expressions

    use_cores()
    report = begun(output, "Models: CPMpy's expressions", PACKAGES)
    prove = None if alone else "beside"
    cpmpy_expressions.run(report, count, seed, limit, prove=prove, presolve=presolve)


@main.command("objectives")
@click.option("--count", type=click.IntRange(1), default=3, show_default=True, metavar="N",
              help="Instances of each kind.")  # fmt: skip
@click.option("--time-limit", "limit", type=click.FloatRange(0, min_open=True), default=10.0,
              show_default=True, metavar="SEC", help="Of each way on each instance.")  # fmt: skip
@OUTPUT_OPTION
def objectives_command(count: int, limit: float, output: Path | None) -> None:
    """Objectives by a falling bound, as the package does, beside soft shares."""
    from benchmarks.models import soft_objective

    use_cores()
    report = begun(output, "Models: objectives by a falling bound and by soft shares", PACKAGES)
    soft_objective.run(report, count, limit)


def _run(
    folder: Path | None,
    solvers: tuple[str, ...],
    only: tuple[str, ...],
    count: int | None,
    seeds: int | None,
    limit: float | None,
    cached: bool,
    rows_path: Path,
    again: tuple[str, ...],
    report_only: bool,
    output: Path | None,
) -> None:
    """Measure, and report.

    Arguments:
        folder: of the public files; None for the families of which something is asked.
    """
    cores = use_cores()
    title = "Models" if folder else "Models: what is asked of the dynamics alone"
    report = begun(output, title, PACKAGES)
    chosen = [solver for solver in SOLVERS if not solvers or solver.name in solvers]
    threads = "\n".join(f"- {each.name}: {each.threads}" for each in chosen)
    cache = WARM if cached else COLD
    report.write(METHOD.format(cores=cores, threads=threads, cache=cache))
    for solver in chosen:
        if not solver.installed:
            report.write(f"{solver.name} is not available here and is left out.\n")
    chosen = [solver for solver in chosen if solver.installed]
    groups = _groups(folder, only, count, seeds, limit, report)
    if not groups:
        raise click.UsageError("no family and no file has such a name")
    study = Study(groups, chosen, cached, Rows(rows_path, without=again))
    interrupted = False
    if not report_only:
        try:
            _measure(study, cores)
        except KeyboardInterrupt:
            interrupted = True
            report.write("Interrupted: what follows is of the measurements until then.\n")
    if commits := _other_commits(study):
        report.write(f"Rows of odesolve were measured at commit {', '.join(commits)}.\n")
    shortened = any(each is not None for each in (count, seeds, limit)) or bool(only)
    write(report, study, shortened=shortened)
    sys.exit(INTERRUPTED if interrupted else 0)


def _groups(
    folder: Path | None,
    patterns: Sequence[str],
    count: int | None,
    seeds: int | None,
    limit: float | None,
    report: Report,
) -> list[Group]:
    """What is asked for: generated families, then public files."""

    def is_chosen(*names: str) -> bool:
        return not patterns or any(fnmatchcase(own, each) for own in names for each in patterns)

    groups = [
        Group(
            family.name,
            family.instances(count),
            limit or family.limit,
            min(seeds or family.seeds, family.seeds),
            family,
        )
        for family in FAMILIES
        if is_chosen(family.name) and (folder is not None or family.needed is not None)
    ]
    if folder is None:
        return groups
    if not (folder / INDEX).exists():
        report.write("The public files are not available here and are left out.\n")
        return groups
    files = [each for each in public_instances(folder) if is_chosen("public", each.name)]
    if files:
        groups.append(Group("public", files[:count], limit or PUBLIC_LIMIT, seeds or 1))
    return groups


def _measure(study: Study, cores: int) -> None:
    """Every solver on every instance, one after another, each row saved at once."""
    current = commit()
    cache = MADE / "cache" if study.cached else None
    for group in study.groups:
        for instance in group.instances:
            for solver in study.solvers:
                for seed in study.seeds(group, solver):
                    if study.row(group, instance, solver, seed) is None:
                        own = instance.name, solver.name, seed, group.limit, study.cached
                        study.rows.add(
                            Row(
                                *own,
                                _attempted(solver, instance, group, seed, cores, cache),
                                current,
                            )
                        )
            instance.forget()
    # What was found since they were computed counts, too.
    for name in ("best", "satisfiable"):
        study.__dict__.pop(name, None)


def _attempted(
    solver: Solver, instance: Instance, group: Group, seed: int, cores: int, cache: Path | None
) -> Any:
    attempt = attempted(solver, instance, group.limit, seed, cores, cache)
    found = attempt.status if attempt.objective is None else f"{attempt.objective}"
    note(f"{instance.name}, {solver.name}, seed {seed}: {found} after {attempt.seconds:.1f} s")
    return attempt


def _other_commits(study: Study) -> list[str]:
    """Where rows of odesolve come from, if not all from the commit that the report names."""
    commits = {
        row.commit
        for group in study.groups
        for instance in group.instances
        for solver in study.solvers
        if solver.ours
        for seed in study.seeds(group, solver)
        if (row := study.row(group, instance, solver, seed)) is not None
    }
    return sorted(commits) if commits - {commit()} else []


if __name__ == "__main__":
    main(prog_name="python -m benchmarks.models")
