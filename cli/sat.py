"""``odesolve sat``: SAT-competition output and exit codes."""

from __future__ import annotations

import sys
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import click

from odesolve.budget import OutOfTime
from odesolve.cli.clock import read_within
from odesolve.cli.exit_codes import INTERRUPTED
from odesolve.cli.help import Command, complete_files
from odesolve.cli.options import SolveOptions, shared_options
from odesolve.cli.output import (
    UNREAD,
    describe_run,
    details,
    named_in_errors,
    note,
    print_json,
    print_unread,
    problem_named,
)

if TYPE_CHECKING:
    from odesolve.problems.formulas.formula import Formula
    from odesolve.problems.satisfiability.result import SatResult
    from odesolve.trajectory import Recorder

#: The SAT competition's exit codes.
SATISFIABLE, UNSATISFIABLE, UNKNOWN = 10, 20, 0

#: The MaxSAT evaluation's, for a model that no other undercuts.
OPTIMUM_FOUND = 30

OUTPUT_SUFFIXES = (".json", ".sol", ".txt")


class ProveCommand(Command):
    """Lets ``--prove`` stand alone, as it may with options but not before an argument."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        ways = ("auto", "after", "beside", "none")
        args = [
            "--prove=after" if word == "--prove" and after not in ways else word
            for word, after in zip_longest(args, args[1:])
        ]
        return super().parse_args(context, args)


@click.command(
    "sat",
    cls=ProveCommand,
    examples=(
        "odesolve sat formula.cnf --time-limit 60 --prove",
        "odesolve sat costs.wcnf --target 0 -o model.json",
    ),
)
@click.argument("formula", metavar="FILE", shell_complete=complete_files)
@click.option(
    "--format",
    "file_format",
    metavar="NAME",
    help="cnf, wcnf, cnf+, wcnf+ or opb. [default: by extension or content]",
)
@click.option(
    "--assume",
    metavar='"LITERALS"',
    help='Literals that must be true, as "1 -3 7", or "a -b" where FILE has names.',
)
@click.option("--hint", type=click.Path(), metavar="FILE", help="An assignment to start from.")
@click.option(
    "--solutions",
    type=click.IntRange(1),
    default=1,
    metavar="K",
    show_default=True,
    help="Look for K different models.",
)
@click.option(
    "--prove",
    type=click.Choice(["auto", "after", "beside", "none"]),
    default="auto",
    show_default=True,
    help="Whether CaDiCaL, which can prove that there is no model, looks for one too: beside the "
    "dynamics for ten seconds, if python-sat is installed and no option is about the dynamics "
    "(auto); once they have spent their steps or half of the time (after, also plain --prove); "
    "beside them to the end; or never. With soft clauses RC2 does, and proves how much a model "
    "costs at least.",
)
@click.option(
    "--max-sat", is_flag=True, help="Make every clause soft: violate as few of them as possible."
)
@click.option(
    "--target",
    type=int,
    metavar="COST",
    help="With soft clauses: stop at a solution of this cost. [default: the least cost]",
)
@click.option(
    "--answer-format",
    type=click.Choice(["literals", "names", "bits"]),
    help="Models as the SAT competition writes them (v 1 -2 0), the pseudo-Boolean competition "
    "(v x1 -x2) or the MaxSAT evaluation (v 10). [default: names where FILE has other names than "
    "x1, x2, ..., literals otherwise]",
)
@shared_options
def command(
    formula: str,
    file_format: str | None,
    assume: str | None,
    hint: str | None,
    solutions: int,
    prove: str,
    max_sat: bool,
    target: int | None,
    answer_format: str | None,
    options: SolveOptions,
) -> int:
    """Look for an assignment that satisfies FILE.

    FILE is DIMACS CNF (also with x, d and n lines), weighted CNF, cnf+ and wcnf+ of python-sat, or
    OPB, also compressed, or - for standard input. Output and exit codes are the SAT competition's:
    10 with a model, 20 if it is proved that there is none, 0 for unknown. -o writes the model as
    .json, or else as text.
    """
    from odesolve.problems.formulas.formats import read_formula

    options.refuse(plot=options.plot)
    _check_paths(options)
    _check_answer_format(answer_format, options)
    try:
        read = read_within(options.budget, lambda: read_formula(formula, format=file_format))
    except OutOfTime:
        return _unread(formula, options)
    if max_sat:
        from odesolve.problems.satisfiability.max_sat import softened

        read = softened(read)
    asked = {"solutions": solutions, "prove": None if prove == "none" else prove, "target": target}
    costs = _CostLines()
    with problem_named(formula):
        result, recorder = _solve(read, assume, hint, asked, costs, options)
    # The answer comes first: a file that cannot be written must not swallow it.
    if options.as_json:
        print_json(result.to_json(statistics=options.all_runs))
    else:
        _print_text(result, costs, options, answer_format)
    _write_files(result, recorder, options, answer_format)
    return _exit_code(result)


def _unread(path: str, options: SolveOptions) -> int:
    """Say that nothing is known of a file that was not read in time."""
    if options.as_json:
        print_unread(path, options.seed)
        return UNKNOWN
    if not options.quiet:
        click.echo(f"c {UNREAD}")
    click.echo("s UNKNOWN")
    return UNKNOWN


def _check_paths(options: SolveOptions) -> None:
    """Refuse output files before a long solve, not after it."""
    from odesolve.problems.files import check_writable

    if options.output is not None:
        check_writable(options.output, OUTPUT_SUFFIXES)


def _check_answer_format(answer_format: str | None, options: SolveOptions) -> None:
    """Refuse a style of models where JSON is all that is written."""
    as_text = options.output is not None and not options.output.lower().endswith(".json")
    if options.as_json and not as_text:
        options.refuse(answer_format=answer_format)


def _solve(
    formula: Formula,
    assume: str | None,
    hint: str | None,
    asked: dict[str, Any],
    costs: _CostLines,
    options: SolveOptions,
) -> tuple[SatResult, Recorder | None]:
    from odesolve.cli.device import choose_device
    from odesolve.cli.progress import progress_line
    from odesolve.problems.satisfiability.solve import sat

    recorder = options.recorder()
    assumed = _literals(assume, formula) if assume is not None else []
    hinted = None if hint is None else _hinted(hint, formula)
    choose_device(options.device, quiet=options.quiet, devices=options.devices)
    with progress_line(options.progress) as report:
        result = sat(
            formula,
            assume=assumed,
            hint=hinted,
            improved=None if options.as_json else costs,
            **asked,
            **options.for_problem(),
            progress=report,
            recorder=recorder,
            **options.for_engine(),
        )
    return result, recorder


class _CostLines:
    """A line for each cheaper assignment, as soon as it is found, and for no cost twice."""

    last: int | None = None

    def __call__(self, _: object, cost: int) -> None:
        if cost == self.last:
            return
        self.last = cost
        click.echo(f"o {cost}")
        if sys.stdout is not None:
            sys.stdout.flush()


def _hinted(path: str, formula: Formula) -> list[int]:
    """The literals of a file that need not mention every variable."""
    from odesolve.problems.formulas.formats import read_partial_model
    from odesolve.problems.satisfiability.result import literals_of

    truth, mentioned = read_partial_model(path, formula)
    literals = literals_of(truth)
    return [literal for literal, known in zip(literals, mentioned, strict=True) if known]


def _literals(text: str, formula: Formula) -> list[int]:
    """Literals of --assume, separated by spaces or commas.

    Raises:
        InputError: if a word is no integer, or is 0, and no name of the formula.
    """
    from odesolve.problems.errors import InputError, quote

    expected = 'names as in "a -b 7"' if formula.names else 'numbers as in "1 -3 7"'
    numbers = {name: number for number, name in enumerate(formula.names, 1)}
    literals = []
    for word in text.replace(",", " ").split():
        name = word.removeprefix("-")
        if name in numbers:
            literals.append(-numbers[name] if word[0] == "-" else numbers[name])
            continue
        if not (name.isascii() and name.isdigit() and len(name) < 11 and int(name)):
            raise InputError("--assume", f"{quote(word)} is no literal", expected)
        literals.append(int(word))
    if not literals:
        raise InputError("--assume", "no literals", expected)
    return literals


def _print_text(
    result: SatResult, costs: _CostLines, options: SolveOptions, style: str | None
) -> None:
    from odesolve.cli.model_lines import model_lines

    if not options.quiet:
        for line in _remarks(result, options):
            click.echo(f"c {line}")
    if result.satisfied and result.cost is not None:
        costs(result.truth, result.cost)
    if result.satisfied:
        click.echo("s OPTIMUM FOUND" if result.optimal else "s SATISFIABLE")
        for truth in result.solutions:
            for block in model_lines(result.formula, truth, "v", style):
                click.echo(block)
    elif result.proof is not None:
        click.echo("s UNSATISFIABLE")
    else:
        click.echo("s UNKNOWN")
        if not options.quiet and len(result.truth):
            click.echo(f"c the best assignment violates {result.violated} constraints:")
            for block in model_lines(result.formula, result.truth, "c v", style):
                click.echo(block)


def _remarks(result: SatResult, options: SolveOptions) -> list[str]:
    """What a person may want to know; the lines of comments."""
    run = result.run
    sizes = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in
                      result.formula.sizes.items())  # fmt: skip
    lines = [sizes, *result.notes]
    if result.reduced is not None and options.verbose:
        left = ", ".join(f"{count} {name}" for name, count in result.reduced.items())
        lines.append(f"presolve left {left}")
    if len(run.runs):
        lines.append(describe_run(run))
        if options.verbose:
            lines += details(run)
    if result.proof is not None:
        lines.append(f"proved by {result.proof}")
    elif result.satisfied:
        lines.append(f"found by {result.found_by}, checked; {run.times.total:.2f} s")
    else:
        lines.append(f"{run.reason.text}; {run.times.total:.2f} s")
    if result.satisfied and result.cost is not None and not result.optimal:
        lines.append(f"cost {result.cost}, not proved to be the least{_gap(result)}")
    return lines


def _gap(result: SatResult) -> str:
    """How far the cost may be above the least, as far as it is proved."""
    if result.cost is None or result.bound is None:
        return ""
    gap = result.cost - result.bound
    share = f", {gap / abs(result.cost):.1%}" if result.cost else ""
    return f": that is at least {result.bound} (gap {gap}{share})"


def _write_files(
    result: SatResult, recorder: Recorder | None, options: SolveOptions, style: str | None
) -> None:
    """Write what was asked for; a model only if it is one."""
    if options.output is not None and result.satisfied:
        from odesolve.problems.files import write_atomically

        with named_in_errors(options.output):
            write_atomically(options.output, _document(result, options.output, style))
    elif options.output is not None and not options.quiet:
        note(f"{options.output} was not written: there is no model to write")
    options.save_trace(recorder)


def _document(result: SatResult, path: str, style: str | None) -> str:
    if not path.lower().endswith(".json"):
        from odesolve.cli.model_lines import model_lines

        lines = [
            block
            for truth in result.solutions
            for block in model_lines(result.formula, truth, "v", style)
        ]
        return "\n".join(["s SATISFIABLE", *lines, ""])
    import json

    document: dict[str, Any] = {"status": str(result.status), "model": result.named(result.model)}
    if len(result.solutions) > 1:
        document["models"] = [result.named(model) for model in result.models]
    if result.cost is not None:
        document["cost"] = result.cost
    return json.dumps(document | {"seed": result.run.seed}) + "\n"


def _exit_code(result: SatResult) -> int:
    if result.satisfied:
        return OPTIMUM_FOUND if result.optimal else SATISFIABLE
    if result.proof is not None:
        return UNSATISFIABLE
    return INTERRUPTED if result.run.reason == "interrupted" else UNKNOWN
