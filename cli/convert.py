"""``odesolve convert``."""

from __future__ import annotations

from typing import Any

import click

from odesolve.cli.exit_codes import SOLVED
from odesolve.cli.help import Command, complete_files
from odesolve.cli.output import note
from odesolve.cli.quadratized import (
    given_problem,
    problem_in,
    write_ising_problem,
    write_quadratized,
)
from odesolve.cli.relate import parse_bits


@click.command(
    "convert",
    cls=Command,
    examples=(
        "odesolve convert map.json map.col.gz --renumber",
        "odesolve convert --relate 'a ^ b == s' xor.qubo",
    ),
)
@click.argument("files", metavar="[IN] OUT", nargs=-1, required=True, shell_complete=complete_files)
@click.option(
    "--from",
    "--format",
    "source_format",
    metavar="NAME",
    help="Format of IN; an unknown one lists all. [default: by content and extension]",
)
@click.option(
    "--to", "target_format", metavar="NAME", help="Format of OUT. [default: by extension]"
)
@click.option(
    "--renumber",
    is_flag=True,
    help="Give names up: number nodes, or variables, in their order in IN.",
)
@click.option(
    "--colors", type=click.IntRange(1, 1_000_000), metavar="Q",
    help="Of a graph that becomes an Ising file. [default: must be given]",
)  # fmt: skip
@click.option(
    "--relate", "relations", multiple=True, metavar="RELATION",
    help="Instead of IN: a Boolean expression, as for 'odesolve relate'. Repeatable.",
)  # fmt: skip
@click.option("--fix", "fixed", multiple=True, callback=parse_bits, metavar="NAME=BIT",
              help="Fix a variable of --relate. Repeatable.")  # fmt: skip
@click.option("--add", "addition", nargs=3, metavar="A B SUM",
              help="Instead of IN: an addition; '_' is unknown.")  # fmt: skip
@click.option("--multiply", "multiplication", nargs=3, metavar="A B PRODUCT",
              help="Instead of IN: a multiplication; '_' is unknown.")  # fmt: skip
@click.option("--factor", "number", metavar="N", help="Instead of IN: N = p x q, both above 1.")
@click.option("--bits", type=click.IntRange(1, 2048), metavar="N",
              help="Width of A and B. [default: by the known numbers]")  # fmt: skip
@click.option(
    "--map", "map_file", type=click.Path(), metavar="FILE",
    help="Where to write how answers are lifted. [default: OUT.map.json]",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="No notes on standard error.")
def command(
    files: tuple[str, ...],
    source_format: str | None,
    target_format: str | None,
    renumber: bool,
    colors: int | None,
    map_file: str | None,
    quiet: bool,
    **instead: Any,
) -> int:
    """Write IN, a graph, a formula or an Ising problem, to OUT in another format.

    Both may be compressed, as .gz, .xz, .bz2 or .zst, or be - for standard input and output; for
    the latter, --to names the format. Graphs are read and written as JSON, DIMACS .col, edge list
    or CSV, adjacency list, METIS, Matrix Market, GraphML, DOT, GML, graph6 and more; formulas as
    DIMACS CNF, weighted CNF, CNF+, WCNF+ and OPB.

    Where OUT is an Ising file (.qubo, .coo, .bqm and more), others are quadratized: a formula, a
    graph with --colors, or what stands in IN's place, as --factor 15. Its ground states are the
    solutions. 'odesolve check OUT.map.json ANSWER' lifts an answer of any Ising machine back.

    Nothing is lost without a word: what OUT's format cannot hold, such as names of nodes, fixed
    colours or weights of clauses, is refused. Exit code 0 written, 2 refused.
    """
    source, target = _checked_files(files, instead)
    _check_target(target, target_format)
    if source is None:
        _refuse(renumber=renumber, colors=colors is not None, source_format=bool(source_format))
        _check_kind("problem", target, target_format)
        return write_quadratized(given_problem(instead), (), target, target_format, map_file, quiet)
    from odesolve.problems.problem_files import read_input

    file = read_input(source, source_format)
    if file.is_ising:
        _refuse(renumber=renumber, colors=colors is not None, map_file=map_file is not None)
        _check_kind("Ising problem", target, target_format)
        return write_ising_problem(file.ising(), target, target_format, quiet)
    kind = "graph" if file.is_graph else "formula"
    if _check_kind(kind, target, target_format):
        _refuse(renumber=renumber, colors=colors is not None and not file.is_graph)
        problem, notes = problem_in(file, colors)
        return write_quadratized(problem, notes, target, target_format, map_file, quiet)
    _refuse(colors=colors is not None, map_file=map_file is not None)
    if file.is_graph:
        from odesolve.problems.graphs.writing import write_graph

        graph = file.graph()
        changes = write_graph(graph, target, format=target_format, renumber=renumber)
        sizes, notes = {"nodes": graph.node_count, "edges": graph.edge_count}, graph.notes
    else:
        from odesolve.problems.formulas.writing import write_formula

        formula = file.formula()
        changes = write_formula(formula, target, target_format, renumber=renumber)
        sizes, notes = formula.sizes, formula.notes
    if not quiet:
        for text in (*notes, *changes):
            note(text)
        listed = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sizes.items())
        note(f"{'standard output' if target == '-' else target}: a {kind} of {listed}")
    return SOLVED


def _checked_files(files: tuple[str, ...], instead: dict[str, Any]) -> tuple[str | None, str]:
    """IN, if there is one, and OUT.

    Raises:
        click.UsageError: one too many, or too few.
    """
    given = [
        name for name in ("relations", "addition", "multiplication", "number") if instead[name]
    ]
    if len(given) > 1:
        raise click.UsageError("one of --relate, --add, --multiply and --factor is enough")
    if instead["fixed"] and given != ["relations"]:
        raise click.UsageError("--fix has no use without --relate")
    if instead["bits"] and given not in (["addition"], ["multiplication"]):
        raise click.UsageError("--bits has no use without --add or --multiply")
    wanted = 1 if given else 2
    if len(files) != wanted:
        names = "OUT alone" if given else "IN and OUT"
        raise click.UsageError(f"{len(files)} file names, where {names} would be expected")
    return (None if given else files[0]), files[-1]


def _refuse(**given: bool) -> None:
    """Refuse options that would change nothing.

    Raises:
        click.UsageError: naming one that was given.
    """
    names = {"source_format": "--from", "map_file": "--map"}
    for name, is_given in given.items():
        if is_given:
            raise click.UsageError(f"{names.get(name, f'--{name}')} has no use here")


def _check_target(target: str, target_format: str | None) -> None:
    """Refuse what could not be written whatever IN holds, before IN is read.

    Raises:
        click.UsageError: nothing says the format.
    """
    if target == "-" and target_format is None:
        raise click.UsageError("--to is missing: standard output has no extension to go by")


def _check_kind(kind: str, target: str, target_format: str | None) -> bool:
    """Whether OUT is an Ising file; refuse what is neither that nor of the kind of IN.

    Raises:
        InputError: with the formats that there are.
    """
    from odesolve.problems.errors import InputError, quote
    from odesolve.problems.files import file_suffix, place_of
    from odesolve.problems.formulas.formats import FORMULA_FORMATS
    from odesolve.problems.graphs.formats import FORMATS
    from odesolve.problems.ising.formats import ISING_FORMATS

    known: dict[str, dict[str, tuple[str, ...]]] = {
        "graph": {name: form.extensions for name, form in FORMATS.items()},
        "formula": {name: extensions for name, (_, _, extensions) in FORMULA_FORMATS.items()},
        "problem": {},
        "Ising problem": {},
    }
    own = known[kind]
    ising = {name: form.extensions for name, form in ISING_FORMATS.items()}
    article = "an" if kind == "Ising problem" else "a"
    which = "" if kind == "problem" else ", which IN holds"
    if target_format is None:
        suffix = file_suffix(target)
        # An extension of both, as .json, is that of the kind of IN.
        if any(suffix in extensions for extensions in own.values()):
            return False
        if any(suffix in extensions for extensions in ising.values()):
            return True
        every = [*own.values(), *ising.values()]
        expected = ", ".join(f".{extensions[0]}" for extensions in every if extensions)
        what = f"the extension {quote('.' + suffix)}" if suffix else "no extension"
        raise InputError(
            place_of(target), f"{what} for {article} {kind}{which}", f"{expected}, or --to"
        )
    if target_format not in own and target_format not in ising:
        wrong = f"{quote(target_format)} for {article} {kind}{which}"
        raise InputError("--to", wrong, " or ".join([*own, *ising]))
    return target_format not in own
