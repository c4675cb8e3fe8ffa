"""``odesolve convert``."""

from __future__ import annotations

import click

from odesolve.cli.exit_codes import SOLVED
from odesolve.cli.help import Command, complete_files
from odesolve.cli.output import note


@click.command(
    "convert",
    cls=Command,
    examples=(
        "odesolve convert map.json map.col.gz --renumber",
        "odesolve convert - - --from graph6 --to dot < graph.g6",
    ),
)
@click.argument("source", metavar="IN", shell_complete=complete_files)
@click.argument("target", metavar="OUT", shell_complete=complete_files)
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
@click.option("-q", "--quiet", is_flag=True, help="No notes on standard error.")
def command(
    source: str,
    target: str,
    source_format: str | None,
    target_format: str | None,
    renumber: bool,
    quiet: bool,
) -> int:
    """Write IN, a graph or a formula, to OUT in another format.

    Both may be compressed, as .gz, .xz, .bz2 or .zst, or be - for standard input and output; for
    the latter, --to names the format. Graphs are read and written as JSON, DIMACS .col, edge list
    or CSV, adjacency list, METIS, Matrix Market, GraphML, DOT, GML, graph6 and more; formulas as
    DIMACS CNF, weighted CNF, CNF+, WCNF+ and OPB.

    Nothing is lost without a word: what OUT's format cannot hold, such as names of nodes, fixed
    colours or weights of clauses, is refused. Exit code 0 written, 2 refused.
    """
    from odesolve.problems.problem_files import read_input

    _check_target(target, target_format)
    file = read_input(source, source_format)
    kind = "graph" if file.is_graph else "formula"
    _check_kind(kind, target, target_format)
    if file.is_graph:
        from odesolve.problems.graphs.formats import write_graph

        graph = file.graph()
        changes = write_graph(graph, target, format=target_format, renumber=renumber)
        sizes, notes = {"nodes": graph.node_count, "edges": graph.edge_count}, graph.notes
    else:
        from odesolve.problems.formulas.formats import write_formula

        formula = file.formula()
        changes = write_formula(formula, target, target_format, renumber=renumber)
        sizes, notes = formula.sizes, formula.notes
    if not quiet:
        for text in (*notes, *changes):
            note(text)
        listed = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sizes.items())
        note(f"{'standard output' if target == '-' else target}: a {kind} of {listed}")
    return SOLVED


def _check_target(target: str, target_format: str | None) -> None:
    """Refuse what could not be written whatever IN holds, before IN is read.

    Raises:
        click.UsageError: nothing says the format.
    """
    if target == "-" and target_format is None:
        raise click.UsageError("--to is missing: standard output has no extension to go by")


def _check_kind(kind: str, target: str, target_format: str | None) -> None:
    """Refuse a format of formulas for a graph, and of graphs for a formula.

    Raises:
        InputError: with the formats that there are.
    """
    from odesolve.problems.errors import InputError, quote
    from odesolve.problems.files import file_suffix, place_of
    from odesolve.problems.formulas.formats import FORMULA_FORMATS
    from odesolve.problems.graphs.formats import FORMATS

    known: dict[str, dict[str, tuple[str, ...]]] = {
        "graph": {name: form.extensions for name, form in FORMATS.items()},
        "formula": {name: extensions for name, (_, _, extensions) in FORMULA_FORMATS.items()},
    }
    own = known[kind]
    if target_format is None:
        suffix = file_suffix(target)
        if any(suffix in extensions for extensions in own.values()):
            return
        expected = ", ".join(f".{extensions[0]}" for extensions in own.values())
        what = f"the extension {quote('.' + suffix)}" if suffix else "no extension"
        raise InputError(
            place_of(target), f"{what} for a {kind}, which IN holds", f"{expected}, or --to"
        )
    if target_format not in own:
        wrong = f"{quote(target_format)} for a {kind}, which IN holds"
        raise InputError("--to", wrong, " or ".join(own))
