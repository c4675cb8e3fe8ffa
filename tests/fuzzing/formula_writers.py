"""Writers of every format of formulas, after the formats' public definitions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fuzzing.choices import Choices
from fuzzing.meant_formulas import (
    MeantFormula,
    Row,
    Term,
    clause,
    literals,
    random_clauses,
    random_sum,
)

Written = tuple[MeantFormula, str]


@dataclass(frozen=True)
class FormulaFormat:
    """A way to write formulas.

    Attributes:
        name: for reports; features that not every version reads are asked for by `probe`.
        format: what ``--format`` calls it.
        suffix: its extension.
        write: choices -> formula and text.
        probe: a file that the package must read for the writer to be used; empty: always.
    """

    name: str
    format: str
    suffix: str
    write: Callable[[Choices], Written]
    probe: str = ""


def _words(numbers: list[int]) -> str:
    return " ".join(map(str, numbers))


def _count(choices: Choices, true: int) -> int:
    """A header's count, which is often wrong."""
    return true if choices.below(6) else choices.pick([0, true + 1, true - 1 if true else 3])


def _comments(choices: Choices, lines: list[str], mark: str = "c") -> list[str]:
    if choices.one_in(4):
        lines.insert(0, f"{mark} made by hand")
    if choices.one_in(8):
        lines.insert(choices.below(len(lines) + 1), f"{mark} p cnf 1 1")
    return lines


# ---------------------------------------------------------------------------------- DIMACS CNF


def _cnf(choices: Choices) -> Written:
    variables = choices.between(1, choices.pick([3, 6, 10]))
    rows = random_clauses(choices, variables)
    lines = [_words([*row.literals, 0]) for row in rows]
    if choices.one_in(5):  # several clauses on a line, or one on several
        joined = " ".join(lines)
        lines = joined.split(" ") if choices.below(2) else [joined]
    header = f"p cnf {variables} {_count(choices, len(rows))}"
    ending = ["%", "0"] if choices.one_in(12) else []
    return MeantFormula(variables, tuple(rows)), "\n".join(
        [*_comments(choices, [header]), *lines, *ending, ""]
    )


def _tagged(choices: Choices) -> Written:
    """Lines x, d, n and g beside clauses."""
    variables = choices.between(2, choices.pick([3, 6, 9]))
    rows, lines = [], []
    for _ in range(choices.between(1, 7)):
        chosen = literals(choices, variables, 4)
        ones = tuple((1, (literal,)) for literal in chosen)
        kind = choices.pick("xxddng ")
        if kind == "x":
            rows.append(Row("odd", ones))
            lines.append(choices.pick(["x ", "x"]) + _words([*chosen, 0]))
        elif kind == "n":
            rows.append(Row("mixed", ones))
            lines.append("n " + _words([*chosen, 0]))
        elif kind == " ":
            rows.append(clause(chosen))
            lines.append(_words([*chosen, 0]))
        else:
            bound = choices.between(-len(chosen) - 1, len(chosen) + 1)
            if kind == "g":
                ones = tuple((1, (v,)) for v in range(1, variables + 1))
            rows.append(Row("sum", ones, ">=" if bound >= 0 else "<=", abs(bound)))
            shown = [bound, *chosen, 0]
            lines.append(f"g {bound}" if kind == "g" else "d " + _words(shown))
    header = f"p cnf {variables} {_count(choices, len(lines))}"
    return MeantFormula(variables, tuple(rows)), "\n".join([header, *lines, ""])


def _cnf_plus(choices: Choices) -> Written:
    """Native cardinalities, as python-sat writes them: ``1 2 3 <= 2``."""
    variables = choices.between(2, 6)
    rows = random_clauses(choices, variables)[:8]
    lines = [_words([*row.literals, 0]) for row in rows]
    for _ in range(choices.between(1, 3)):
        chosen = literals(choices, variables, 4)
        comparison = choices.pick(["<=", ">="])
        bound = choices.between(0, len(chosen))
        rows.append(Row("sum", tuple((1, (x,)) for x in chosen), comparison, bound))
        lines.append(f"{_words(chosen)} {comparison} {bound}")
    header = f"p cnf+ {variables} {len(lines)}"
    return MeantFormula(variables, tuple(rows)), "\n".join([header, *lines, ""])


# -------------------------------------------------------------------------------- weighted CNF


def _weights(choices: Choices) -> int:
    return choices.pick([1, 1, 2, 3, 5, 10, 1000, 2**31, 2**62, 10**20])


def _wcnf(choices: Choices) -> Written:
    """The old form with a header, and the new one with h."""
    variables = choices.between(1, choices.pick([3, 6, 8]))
    hard = random_clauses(choices, variables)[: choices.pick([0, 4, 12])]
    soft = [
        clause(literals(choices, variables, 3), _weights(choices))
        for _ in range(choices.between(1, 6))
    ]
    top = sum(row.weight or 0 for row in soft) + 1
    rows = choices.shuffled([*hard, *soft])
    old = bool(choices.below(2))
    if not old:
        variables = max((abs(x) for row in rows for x in row.literals), default=0)
    mark = str(top) if old else "h"
    lines = [
        f"{mark if row.weight is None else row.weight} {_words([*row.literals, 0])}" for row in rows
    ]
    if old:
        lines.insert(0, f"p wcnf {variables} {_count(choices, len(rows))} {top}")
    if not old and not hard and not lines[0].startswith("h"):
        pass  # nothing tells it from CNF but its name: see the commands
    return MeantFormula(variables, tuple(rows), optimizes=True), "\n".join([*lines, ""])


def _wcnf_plus(choices: Choices) -> Written:
    variables = choices.between(2, 6)
    soft = [
        clause(literals(choices, variables, 3), choices.between(1, 9))
        for _ in range(choices.between(1, 4))
    ]
    top = sum(row.weight or 0 for row in soft) + 1
    rows, lines = [*soft], [f"{row.weight} {_words([*row.literals, 0])}" for row in soft]
    for _ in range(choices.between(1, 3)):
        chosen = literals(choices, variables, 4)
        comparison, bound = choices.pick(["<=", ">="]), choices.between(0, len(chosen))
        rows.append(Row("sum", tuple((1, (x,)) for x in chosen), comparison, bound))
        lines.append(f"{top} {_words(chosen)} {comparison} {bound}")
    header = f"p wcnf+ {variables} {len(lines)} {top}"
    return MeantFormula(variables, tuple(rows), optimizes=True), "\n".join([header, *lines, ""])


# ----------------------------------------------------------------------------------------- OPB


def _sum_text(choices: Choices, terms: tuple[Term, ...], names: tuple[str, ...] = ()) -> str:
    def literal_text(literal: int) -> str:
        name = names[abs(literal) - 1] if names else f"x{abs(literal)}"
        return ("~" if literal < 0 else "") + name

    return " ".join(f"{weight:+d} {' '.join(map(literal_text, group))}" for weight, group in terms)


def _row_text(choices: Choices, row: Row, names: tuple[str, ...] = ()) -> str:
    end = choices.pick([" ;", ";", " ;"])
    return f"{_sum_text(choices, row.terms, names)} {row.comparison} {row.bound}{end}"


def _objective(choices: Choices, variables: int) -> tuple[Term, ...]:
    chosen = choices.some(range(1, variables + 1), 5)
    return tuple(
        (_weights(choices) * choices.pick([1, 1, -1]), (v if choices.below(3) else -v,))
        for v in chosen
    )


def _opb_of(
    choices: Choices, *, products: bool = False, named: bool = False, soft: bool = False
) -> Written:
    variables = choices.between(1, choices.pick([3, 6, 8]))
    unit = bool(choices.below(2))
    rows = [
        random_sum(choices, variables, unit=unit, products=products)
        for _ in range(choices.below(6) + products + named)
    ]
    rows = [row for row in rows if row.terms]
    names = tuple(f"{choices.pick(['y', 'x_', 'v_', 'B'])}{i}" for i in range(variables))
    if choices.one_in(3) and any(1 in map(abs, row.literals) for row in rows):
        names = tuple(f"x{i}" for i in range(variables))  # x0 is a name: numbers begin with 1
    names = names if named else ()
    lines = [_row_text(choices, row, names) for row in rows]
    objective = _objective(choices, variables) if choices.one_in(3) and not soft else None
    top = None
    if objective is not None:
        lines.insert(0, f"min: {_sum_text(choices, objective, names)} ;")
    if soft:
        made = [random_sum(choices, variables, unit=True) for _ in range(choices.between(1, 4))]
        made = [Row(r.kind, r.terms, r.comparison, r.bound, choices.between(1, 9)) for r in made]
        top = choices.pick([None, None, choices.between(1, 20)])
        lines += [f"[{row.weight}] {_row_text(choices, row, names)}" for row in made]
        lines.insert(0, "soft: ;" if top is None else f"soft: {top} ;")
        rows += made
    header = f"* #variable= {variables} #constraint= {_count(choices, len(rows))}"
    if soft:
        weights = [row.weight or 0 for row in rows if row.weight]
        header += f" #soft= {len(weights)} mincost= {min(weights)} maxcost= {max(weights)}"
        header += f" sumcost= {sum(weights)}"
    if products:
        groups = {group for row in rows for _, group in row.terms if len(group) > 1}
        header += f" #product= {len(groups)} sizeproduct= {sum(map(len, groups))}"
    text = "\n".join([*_comments(choices, [header], "*"), *lines, ""])
    optimizes = objective is not None or soft
    return MeantFormula(variables, tuple(rows), objective, optimizes, top, names), text


def _opb(choices: Choices) -> Written:
    return _opb_of(choices)


FORMATS: tuple[FormulaFormat, ...] = (
    FormulaFormat("cnf", "cnf", "cnf", _cnf),
    FormulaFormat("cnf with x, d, n, g lines", "cnf", "cnf", _tagged),
    FormulaFormat("wcnf", "wcnf", "wcnf", _wcnf),
    FormulaFormat("opb", "opb", "opb", _opb),
    FormulaFormat("cnf+", "cnf+", "cnf+", _cnf_plus, "p cnf+ 2 1\n1 2 <= 1\n"),
    FormulaFormat(
        "wcnf+ in .wcnf", "wcnf", "wcnf", _wcnf_plus, "p wcnf+ 2 2 3\n2 1 0\n3 1 2 <= 1\n"
    ),
    FormulaFormat("cnf+ in .cnf", "cnf", "cnf", _cnf_plus, "p cnf+ 2 1\n1 2 <= 1\n"),
    FormulaFormat("wcnf+", "wcnf+", "wcnf+", _wcnf_plus, "p wcnf+ 2 2 3\n2 1 0\n3 1 2 <= 1\n"),
    FormulaFormat(
        "opb with products", "opb", "opb", lambda c: _opb_of(c, products=True), "+1 x1 x2 >= 1 ;\n"
    ),
    FormulaFormat(
        "opb with names", "opb", "opb", lambda c: _opb_of(c, named=True), "+1 y1 +1 B2 >= 1 ;\n"
    ),
    FormulaFormat(
        "wbo", "opb", "wbo", lambda c: _opb_of(c, soft=True), "soft: ;\n[2] +1 x1 >= 1 ;\n"
    ),
)
