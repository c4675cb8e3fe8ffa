"""Gecode's interpreter of FlatZinc: models written for it, files prepared, its answers read.

As a checker it knows nothing of odesolve: it reads the public file itself, with every variable
given its value.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from math import prod
from pathlib import Path

from odesolve import Model
from odesolve.problems.models import constraints as kinds
from odesolve.problems.models.constraints import Constraint, Operand, Variable

PROGRAM = "fzn-gecode"
#: Tuples of a table that is written as the allowed ones although the others were given.
MOST_TUPLES = 20_000
#: Seconds for a check: every variable is fixed, so that there is nothing to search.
CHECK_SECONDS = 60.0

_VARIABLE = re.compile(r"^\s*var\s+([^:\n]+?)\s*:\s*([A-Za-z_]\w*)", re.MULTILINE)
_GOAL = re.compile(r"^\s*solve\b", re.MULTILINE)
_VALUE = re.compile(r"^(\w+) = (-?\d+|true|false);$")
_COMPARISONS = {"==": "eq", "!=": "ne", "<=": "le"}


class Unwritable(Exception):
    """A constraint that is not written for Gecode here; the text names it."""


def available() -> bool:
    """Whether the interpreter is on the PATH."""
    return shutil.which(PROGRAM) is not None


# ------------------------------------------------------------------------------------ public files


def asking_for_all(text: str) -> str:
    """FlatZinc whose solutions tell every variable, not only those of the output."""
    return _VARIABLE.sub(lambda found: f"{found[0]} :: output_var", text)


def with_values(text: str, values: Mapping[str, int]) -> str:
    """FlatZinc in which the variables that have a value here are fixed; there is no objective."""
    lines = []
    for kind, name in _VARIABLE.findall(text):
        if name not in values:
            continue
        if kind == "bool":
            lines.append(f"constraint bool_eq({name},{('false', 'true')[values[name]]});")
        else:
            lines.append(f"constraint int_eq({name},{values[name]});")
    goals = list(_GOAL.finditer(text))
    return "\n".join([text[: goals[-1].start()], *lines, "solve satisfy;\n"])


def is_solution(text: str, values: Mapping[str, int]) -> bool | None:
    """Whether Gecode finds that values satisfy FlatZinc; None if it does not say in time."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "fixed.fzn")
        path.write_text(with_values(text, values), encoding="utf-8")
        try:
            ran = subprocess.run(
                [PROGRAM, str(path)], capture_output=True, text=True, timeout=CHECK_SECONDS,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return None
    if "=====UNSATISFIABLE=====" in ran.stdout:
        return False
    return True if "----------" in ran.stdout else None


# ----------------------------------------------------------------------------------------- answers


def objective_name(text: str) -> str | None:
    """The variable that FlatZinc makes least or greatest; None if there is none."""
    found = re.search(r"\b(?:minimize|maximize)\s+(\w+)\s*;\s*$", text)
    return found[1] if found else None


def maximises(text: str) -> bool:
    """Whether FlatZinc asks for the greatest."""
    return re.search(r"\bmaximize\s+\w+\s*;\s*$", text) is not None


def value_of(line: str) -> tuple[str, int] | None:
    """A name and its value from a line of a solution; None if it is another line."""
    found = _VALUE.match(line)
    if found is None:
        return None
    truth = {"true": 1, "false": 0}
    return found[1], truth[found[2]] if found[2] in truth else int(found[2])


# ---------------------------------------------------------------------------------- written models


def flatzinc_of(model: Model) -> str:
    """A model in FlatZinc with Gecode's own constraints; variable i is called ``v{i}``.

    Raises:
        Unwritable: if there is no form for a constraint here.
    """
    return _Writer(model).text()


class _Writer:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.truths: dict[tuple[Operand, int], str] = {}
        self.extra: list[str] = []
        self.lines: list[str] = []

    def text(self) -> str:
        for constraint in self.model.constraints:
            self.lines.append(self._of(constraint))
        goal = "solve satisfy;"
        total = []
        if (objective := self.model.objective) is not None:
            ends = [
                (c * v.values.lowest, c * v.values.highest)
                for c, v in zip(objective.coefficients, objective.terms, strict=True)
            ]
            low = objective.constant + sum(map(min, ends))
            high = objective.constant + sum(map(max, ends))
            total = [f"var {low}..{high}: total :: output_var;"]
            factors = [*objective.coefficients, -1]
            names = [*map(self._name, objective.terms), "total"]
            sides = f"{_list(factors)},{_list(names)},{-objective.constant}"
            self.lines.append(f"constraint int_lin_eq({sides});")
            goal = f"solve {'maximize' if objective.maximize else 'minimize'} total;"
        declared = [self._declared(variable) for variable in self.model.variables]
        return "\n".join([*declared, *self.extra, *total, *self.lines, goal, ""])

    def _declared(self, variable: Variable) -> str:
        values = variable.values
        domain = f"{values.lowest}..{values.highest}"
        if len(values.ranges) > 1:
            domain = "{" + ",".join(map(str, values)) + "}"
        return f"var {domain}: v{variable.number} :: output_var;"

    def _name(self, operand: Operand) -> str:
        return f"v{operand.number}" if isinstance(operand, Variable) else str(operand)

    def _names(self, operands: Iterable[Operand]) -> str:
        return _list(self._name(operand) for operand in operands)

    def _truth(self, operand: Operand, when: int) -> str:
        """A truth value that is true where an operand has this value."""
        if (known := self.truths.get((operand, when))) is not None:
            return known
        name = self.truths[operand, when] = f"b{len(self.truths)}"
        self.extra.append(f"var bool: {name};")
        positive = name if when else self._truth(operand, 1)
        if when:
            self.lines.append(f"constraint bool2int({name},{self._name(operand)});")
        else:
            self.lines.append(f"constraint bool_not({positive},{name});")
        return name

    def _of(self, constraint: Constraint) -> str:
        if isinstance(constraint, kinds.Sum):
            return self._sum(constraint)
        if isinstance(constraint, kinds.Reified | kinds.Implied):
            if not isinstance(constraint.constraint, kinds.Sum):
                raise Unwritable(f"{type(constraint).__name__} of no Sum")
            suffix = "_reif" if isinstance(constraint, kinds.Reified) else "_imp"
            truth = self._truth(constraint.truth, constraint.when)
            return self._sum(constraint.constraint, suffix, truth)
        if isinstance(constraint, kinds.AllDifferent) and not constraint.exceptions:
            return f"constraint all_different_int({self._names(constraint.terms)});"
        if isinstance(constraint, kinds.AbsoluteValue):
            ends = map(self._name, (constraint.argument, constraint.result))
            return f"constraint int_abs({','.join(ends)});"
        if isinstance(constraint, kinds.Cardinality):
            name = "gecode_global_cardinality" + ("_closed" if constraint.closed else "")
            own = self._names(constraint.terms), _list(constraint.values)
            return f"constraint {name}({','.join(own)},{self._names(constraint.counts)});"
        if isinstance(constraint, kinds.Table):
            return self._table(constraint)
        raise Unwritable(type(constraint).__name__)

    def _sum(self, given: kinds.Sum, suffix: str = "", truth: str = "") -> str:
        kept = [(c, t) for c, t in zip(given.coefficients, given.terms, strict=True)
                if isinstance(t, Variable)]  # fmt: skip
        constant = sum(c * t for c, t in zip(given.coefficients, given.terms, strict=True)
                       if not isinstance(t, Variable))  # fmt: skip
        arguments = [_list(c for c, _ in kept), self._names(t for _, t in kept)]
        arguments.append(str(given.bound - constant))
        if truth:
            arguments.append(truth)
        name = f"int_lin_{_COMPARISONS[given.comparison]}{suffix}"
        return f"constraint {name}({','.join(arguments)});"

    def _table(self, given: kinds.Table) -> str:
        tuples: Iterable[Sequence[int | None]] = given.tuples
        if not given.allowed:
            domains = [list(t.values) if isinstance(t, Variable) else [t] for t in given.terms]
            if prod(map(len, domains)) > MOST_TUPLES:
                raise Unwritable("a large Table of forbidden tuples")
            forbidden = {tuple(row) for row in given.tuples}
            tuples = [row for row in product(*domains) if row not in forbidden]
        flat = [value for row in tuples for value in row]
        if None in flat:
            raise Unwritable("a Table with any value in a tuple")
        return f"constraint gecode_table_int({self._names(given.terms)},{_list(flat)});"


def _list(values: Iterable[object]) -> str:
    return f"[{','.join(map(str, values))}]"
