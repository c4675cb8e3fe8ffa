"""``odesolve check``: an answer from anywhere, checked without anything that looked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from odesolve.cli.help import Command, complete_files
from odesolve.cli.output import note, print_json, printable

if TYPE_CHECKING:
    from odesolve.problems.formulas.formula import Formula
    from odesolve.problems.graphs.graph import Graph
    from odesolve.problems.problem_files import InputFile

#: Exit codes.
SATISFIED, VIOLATED = 0, 1

#: Violated constraints that are named, and literals of one that are shown.
NAMED, LITERALS_SHOWN = 5, 10


@click.command(
    "check",
    cls=Command,
    examples=(
        "odesolve check formula.cnf model.sol",
        "kissat formula.cnf | odesolve check formula.cnf -",
    ),
)
@click.argument("problem", metavar="FILE", shell_complete=complete_files)
@click.argument("solution", metavar="SOLUTION", shell_complete=complete_files)
@click.option(
    "--format",
    "file_format",
    metavar="NAME",
    help="Of FILE: cnf, wcnf, cnf+, wcnf+, opb, a graph's or an Ising problem's. "
    "[default: by extension and content]",
)
@click.option(
    "--cut", "is_cut", is_flag=True, help="SOLUTION cuts the graph in FILE into two sides."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, nothing else.")
def command(
    problem: str, solution: str, file_format: str | None, is_cut: bool, as_json: bool
) -> int:
    """Check the assignment in SOLUTION on FILE, a formula, a graph or an Ising problem.

    SOLUTION holds lines of literals as SAT solvers print them, names as pseudo-Boolean solvers do,
    the bits of a MaxSAT solver, bare literals or odesolve's JSON; for a graph, a colouring: JSON,
    CSV, or lines NODE COLOUR, also with l or v before them; with --cut, and for an Ising problem or
    a QUBO, spins -1 and 1 or bits 0 and 1 as JSON, CSV, lines NAME VALUE or in order. One of the
    two may be - for standard input. Prints whether every constraint is satisfied, or how many are
    violated and the first of them, and the cost where clauses are soft; or the exact energy, or
    cut. Exit code 0 satisfied, 1 violated or another cost, energy or cut than SOLUTION claims, in
    its last o line or as JSON, 2 bad input.

    Where FILE is OUT.map.json, which 'odesolve convert' writes beside an Ising problem, the best of
    the answers in SOLUTION is lifted to the problem that was quadratized, and checked there.
    """
    if problem == solution == "-":
        raise click.UsageError("only one of FILE and SOLUTION can be standard input")
    from odesolve.problems.problem_files import read_input

    file = read_input(problem, file_format)
    if file.data.lstrip().startswith(b'{"quadratization":'):
        return _check_lifted(file.data, problem, solution, as_json)
    if file.is_ising or is_cut:
        return _check_values(file, is_cut, solution, as_json)
    if file.is_graph:
        return _check_coloring(file.graph(), solution, as_json)
    return _check_formula(file.formula(), solution, as_json)


def _check_formula(formula: Formula, solution: str, as_json: bool) -> int:
    from odesolve.problems.files import decode_text, place_of, read_bytes
    from odesolve.problems.formulas.check import cost, violations
    from odesolve.problems.formulas.claimed_cost import claimed_cost
    from odesolve.problems.formulas.models import parse_partial_model

    place = place_of(solution)
    text = decode_text(read_bytes(solution), place)
    truth, mentioned = parse_partial_model(text, place, formula)
    found = violations(formula, truth)
    has_cost = formula.optimizes or len(formula.soft) > 0
    costs: dict[str, Any] = {"cost": cost(formula, truth)} if has_cost else {}
    claim = claimed_cost(text, place)
    is_false = has_cost and claim is not None and claim != costs["cost"]
    if is_false:
        costs["claimed_cost"] = claim
    missing = int((~mentioned).sum())
    if as_json:
        print_json(
            {
                "satisfied": not found.total,
                "violated": found.counts,
                "first": [{"kind": kind, "number": number} for kind, number in found.first],
                **costs,
                "missing_variables": missing,
                "problem": formula.sizes,
            }
        )
    else:
        price = f", cost {costs['cost']}" if costs else ""
        price += f" and not {claim} as SOLUTION claims" if is_false else ""
        named = [_described(formula, kind, number) for kind, number in found.first]
        _print_text(found.total, formula.hard_count, f"constraints{price}", named)
        if missing:
            note(f"{missing} variables that SOLUTION does not mention were taken as false")
        if claim is not None and not has_cost:
            note(f"SOLUTION claims a cost of {claim}, but the formula has none")
    return VIOLATED if found.total or is_false else SATISFIED


def _check_lifted(data: bytes, path: str, solution: str, as_json: bool) -> int:
    """The best of some answers of an Ising machine, as one of the problem it was made of."""
    from odesolve.problems.files import decode_text, place_of, read_bytes
    from odesolve.problems.quadratization.answers import parse_answers
    from odesolve.problems.quadratization.files import parse_lifting

    lifting = parse_lifting(data, path)
    place = place_of(solution)
    answers = parse_answers(decode_text(read_bytes(solution), place), place, lifting.labels)
    lifted = [lifting.lift(answer) for answer in answers]
    best = min(lifted, key=lambda answer: (answer.violated, answer.cost or 0))
    found = best.judgement
    satisfied = sum(answer.satisfied for answer in lifted)
    costs: dict[str, Any] = {} if best.cost is None else {"cost": best.cost}
    if as_json:
        counts = {"answers": len(lifted), "satisfied_answers": satisfied}
        own = {"satisfied": best.satisfied, "violated": found.violated, "first": list(found.first)}
        kind = {"kind": lifting.source.kind, "constraints": found.total}
        print_json({**own, **costs, "solution": best.assignment, **counts, "problem": kind})
    else:
        price = f", cost {best.cost}" if costs else ""
        named = [text if text.isprintable() else repr(text) for text in found.first]
        _print_text(found.violated, found.total, f"constraints{price}", named)
        click.echo(found.text if found.text.isprintable() else repr(found.text))
        if len(lifted) > 1:
            note(f"{satisfied} of {len(lifted)} answers satisfy all constraints; this is the best")
    return SATISFIED if best.satisfied else VIOLATED


def _described(formula: Formula, kind: str, number: int) -> str:
    """A constraint by its kind and its number, from 1, and its literals if they are few."""
    from odesolve.problems.formulas.presolve.rows import KINDS

    rows = getattr(formula, kind)
    literals = getattr(rows, "rows", rows).row(number - 1).tolist()
    few = 0 < len(literals) <= LITERALS_SHOWN
    shown = f" ({formula.spelled(literals)})" if few else ""
    return f"{KINDS[kind]} {number}{shown}"


def _check_values(file: InputFile, is_cut: bool, solution: str, as_json: bool) -> int:
    """The exact energy of spins or bits, or the weight of a cut, and whether SOLUTION says so."""
    from odesolve.problems.errors import InputError
    from odesolve.problems.exact_text import decimal_text
    from odesolve.problems.files import place_of
    from odesolve.problems.ising.answers import read_answer
    from odesolve.problems.ising.cuts import parse_cut
    from odesolve.problems.ising.result import written

    read = parse_cut(file.data, file.place, file.format, file.suffix) if is_cut else file.ising()
    answer = read_answer(solution, read)
    if answer.missing:
        raise InputError(
            place_of(solution), f"{answer.missing} variables have no value", "one each"
        )
    energy = read.energy(answer.spins)
    found = {"energy": energy, **({"cut": read.cut(energy)} if is_cut else {})}
    wrong = {
        name: claim
        for name, claim in answer.claims.items()
        # A file may hold the nearest float of a fraction.
        if name in found and claim != found[name] and float(claim) != float(found[name])
    }
    if as_json:
        said = {name: written(value) for name, value in found.items()}
        claims = {f"claimed_{name}": written(value) for name, value in wrong.items()}
        print_json({**said, **claims, "problem": read.sizes, "notes": list(read.notes)})
        return VIOLATED if wrong else SATISFIED
    what = "cut" if is_cut else "energy"
    shown = f"{what} {decimal_text(found[what]) or found[what]}"
    for name, claim in wrong.items():
        shown += f", and not the {name} of {decimal_text(claim) or claim} that SOLUTION claims"
    click.echo(shown)
    for text in read.notes:
        note(text)
    return VIOLATED if wrong else SATISFIED


def _check_coloring(graph: Graph, solution: str, as_json: bool) -> int:
    """Neighbours differ, every node has a colour, and fixed ones have theirs."""
    from odesolve.problems.coloring.check import changed_colors, coloring_violations
    from odesolve.problems.coloring.files import read_colors

    colors = read_colors(solution, graph)
    labels = [printable(label) for label in graph.labels]
    # Nodes without a colour get one of their own that is none, so that no two of them are equal.
    values = [colors.get(node, -1 - node) for node in range(graph.node_count)]
    found = coloring_violations(graph.edges, values, max(values, default=0) + 1)
    equal, without = found.edges.tolist(), found.nodes.tolist()
    changed = changed_colors(values, graph.precoloring)
    wrong = [f"{labels[a]} and {labels[b]} are both {colors[a]}" for a, b in equal]
    wrong += [f"{labels[node]} is not {graph.precoloring[node]}" for node in changed]
    wrong += [f"{labels[node]} has none" for node in without]
    used = len(set(colors.values()))
    if as_json:
        sizes: dict[str, Any] = {"nodes": graph.node_count, "edges": graph.edge_count}
        answer = {"satisfied": not wrong, "violated": len(wrong), "colors": used}
        print_json({**answer, "problem": sizes, "notes": list(graph.notes)})
    else:
        total = graph.edge_count + len(graph.precoloring) + len(without)
        _print_text(len(wrong), total, f"constraints, {used} colours", wrong)
        for text in graph.notes:
            note(text)
    return VIOLATED if wrong else SATISFIED


def _print_text(violated: int, total: int, what: str, named: list[str]) -> None:
    """One line: how many of how many, and the first that are violated."""
    if not violated:
        click.echo(f"satisfied: {total} {what}")
        return
    more = ", ..." if violated > NAMED else ""
    click.echo(f"violated: {violated} of {total} {what}: {', '.join(named[:NAMED])}{more}")
