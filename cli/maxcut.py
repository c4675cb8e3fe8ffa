"""``odesolve maxcut``."""

from __future__ import annotations

import click

from odesolve.budget import OutOfTime
from odesolve.cli.annealing import annealed, annealing_options, check_paths
from odesolve.cli.clock import read_within
from odesolve.cli.help import Command, complete_files
from odesolve.cli.options import SolveOptions, shared_options
from odesolve.cli.output import report_unread


@click.command(
    "maxcut",
    cls=Command,
    examples=(
        "odesolve maxcut G1.txt.gz --target 11624 --time-limit 120",
        "odesolve maxcut roads.graphml -o sides.json --plot cut.png",
    ),
)
@click.argument("graph", metavar="GRAPH", shell_complete=complete_files)
@annealing_options("cut")
@shared_options
def command(
    graph: str,
    file_format: str | None,
    target: str | None,
    hint: str | None,
    fixed: tuple[str, ...],
    options: SolveOptions,
) -> int:
    """Look for the two sides of GRAPH between which the edges weigh most.

    GRAPH is a file in any format of graphs (rudy and G-set, DIMACS, edge list or CSV, GraphML,
    Matrix Market, METIS and more; also compressed), or - for standard input. Edges have the
    weights that the file gives them, or 1; the sides are called -1 and 1. -o writes them as .json,
    .csv, .sol (lines NAME SIDE) or .txt (sides in order).

    Exit codes: 0 the target is reached, or the cut is proved the largest; 1 the budget is spent,
    and the best so far is printed; 3 proved that no cut reaches the target.
    """
    from odesolve.problems.ising.cuts import read_cut

    check_paths(options)
    try:
        problem = read_within(options.budget, lambda: read_cut(graph, format=file_format))
    except OutOfTime:
        return report_unread(graph, options.seed, as_json=options.as_json)
    return annealed(graph, problem, True, target, hint, fixed, options)
