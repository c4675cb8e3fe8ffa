"""``odesolve ising``."""

from __future__ import annotations

import click

from odesolve.budget import OutOfTime
from odesolve.cli.annealing import annealed, annealing_options, check_paths
from odesolve.cli.clock import read_within
from odesolve.cli.help import Command, complete_files
from odesolve.cli.options import SolveOptions, shared_options
from odesolve.cli.output import report_unread


@click.command(
    "ising",
    cls=Command,
    examples=(
        "odesolve ising problem.qubo --time-limit 60 -o bits.csv",
        "odesolve ising spins.txt --format rudy --target -1500 --runs 64",
    ),
)
@click.argument("file", metavar="FILE", shell_complete=complete_files)
@annealing_options("energy")
@shared_options
def command(
    file: str,
    file_format: str | None,
    target: str | None,
    hint: str | None,
    fixed: tuple[str, ...],
    options: SolveOptions,
) -> int:
    """Look for spins, or bits, of the least energy in FILE.

    FILE is an Ising problem or a QUBO: rudy, BiqMac's .sparse, qbsolv's .qubo, coordinates, Matrix
    Market, dimod's binary file or JSON; also compressed, or - for standard input. What is minimised
    is the sum of J s s, h s and the offset, as in dimod, or of the terms of bits. -o writes the
    best values as .json, .csv, .sol (lines NAME VALUE) or .txt (values in order).

    Exit codes: 0 the target is reached, or the energy is proved the least; 1 the budget is spent,
    and the best so far is printed; 3 proved that no assignment reaches the target.
    """
    from odesolve.problems.ising.formats.files import read_ising

    check_paths(options)
    try:
        problem = read_within(options.budget, lambda: read_ising(file, format=file_format))
    except OutOfTime:
        return report_unread(file, options.seed, as_json=options.as_json)
    return annealed(file, problem, False, target, hint, fixed, options)
