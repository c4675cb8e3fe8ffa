"""What ``odesolve convert`` makes Ising problems of, and what it writes then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from odesolve.cli.exit_codes import SOLVED
from odesolve.cli.numbers import natural, natural_or_unknown
from odesolve.cli.output import note

if TYPE_CHECKING:
    from odesolve.problems.ising.problem import IsingProblem
    from odesolve.problems.problem_files import InputFile
    from odesolve.problems.quadratization.source import Source


def given_problem(instead: dict[str, Any]) -> Source:
    """The problem that stands in IN's place."""
    from odesolve.problems.quadratization.circuits import Addition, Factorization, Multiplication
    from odesolve.problems.quadratization.expressions import ExpressionSource

    if instead["relations"]:
        return ExpressionSource(instead["relations"], instead["fixed"])
    if instead["number"]:
        return Factorization(natural(instead["number"]))
    kind = Addition if instead["addition"] else Multiplication
    a, b, result = map(natural_or_unknown, instead["addition"] or instead["multiplication"])
    return kind(a, b, result, instead["bits"])


def problem_in(file: InputFile, colors: int | None) -> tuple[Source, tuple[str, ...]]:
    """The problem in IN, and notes of its reader."""
    from odesolve.problems.quadratization.colorings import ColoringSource
    from odesolve.problems.quadratization.formulas import FormulaSource

    if not file.is_graph:
        formula = file.formula()
        return FormulaSource(formula), formula.notes
    if colors is None:
        raise click.UsageError("--colors is missing: how many colours the graph's nodes may have")
    graph = file.graph()
    return ColoringSource(graph, colors), graph.notes


def write_ising_problem(
    problem: IsingProblem, target: str, target_format: str | None, quiet: bool
) -> int:
    """Write an Ising problem in another format."""
    from odesolve.problems.ising.formats import write_ising

    changes = write_ising(problem, target, format=target_format)
    if not quiet:
        for text in (*problem.notes, *changes):
            note(text)
        sizes = ", ".join(f"{count} {name}" for name, count in problem.sizes.items())
        note(f"{'standard output' if target == '-' else target}: an Ising problem of {sizes}")
    return SOLVED


def write_quadratized(
    problem: Source,
    notes: tuple[str, ...],
    target: str,
    target_format: str | None,
    map_file: str | None,
    quiet: bool,
) -> int:
    """Write the Ising problem, and beside it how its answers are lifted."""
    from pathlib import Path

    from odesolve.problems.compression import COMPRESSION_SUFFIXES
    from odesolve.problems.files import file_suffix
    from odesolve.problems.ising.formats import write_ising
    from odesolve.problems.quadratization.files import write_lifting
    from odesolve.problems.quadratization.quadratize import of_source

    made = of_source(problem)
    # Only dimod's files have names; the map has them for all.
    has_names = (target_format or file_suffix(target)) in ("bqm", "json", "dimod-json")
    own = made.problem if has_names else replace(made.problem, names=())
    changes = write_ising(own, target, format=target_format)
    if map_file is None and target != "-":
        plain = Path(target)
        plain = plain.with_suffix("") if plain.suffix.lower() in COMPRESSION_SUFFIXES else plain
        map_file = f"{plain}.map.json"
    if map_file is not None:
        write_lifting(made.lifting, map_file)
    if not quiet:
        for text in (*notes, *made.notes, *changes):
            note(text)
        sizes, energy = made.problem.sizes, made.ground_energy
        ancillas = f"{len(made.ancillas)} ancilla{'' if len(made.ancillas) == 1 else 's'}"
        note(
            f"{'standard output' if target == '-' else target}: {problem.title}, as "
            f"{sizes['spins']} bits ({ancillas}), {sizes['couplings']} "
            f"couplings; the ground energy is {'the least cost' if energy is None else energy}"
        )
        if map_file is not None:
            note(f"odesolve check {map_file} ANSWER lifts an answer back")
    return SOLVED
