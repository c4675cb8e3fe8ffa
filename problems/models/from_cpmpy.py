"""Expressions of CPMpy as variables and constraints of a ``Model``.

CPMpy's own transformations flatten an expression: what remains are clauses, comparisons of linear
sums and of functions, global constraints, and any of them behind a truth value. Each has a
constraint here. What is not native is decomposed by CPMpy, never into linear rows with large
constants: those are for solvers of linear programs, and dynamics cannot follow them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from cpmpy.exceptions import NotSupportedError
from cpmpy.expressions.core import BoolVal, Comparison, Expression, Operator
from cpmpy.expressions.globalconstraints import DirectConstraint, GlobalConstraint
from cpmpy.expressions.utils import STAR, is_boolexpr
from cpmpy.expressions.variables import NegBoolView, _BoolVarImpl, _NumVarImpl
from cpmpy.transformations.comparison import only_numexpr_equality
from cpmpy.transformations.cse import CSEMap
from cpmpy.transformations.decompose_global import decompose_in_tree, decompose_objective
from cpmpy.transformations.flatten_model import flatten_constraint, flatten_objective
from cpmpy.transformations.negation import push_down_negation, push_down_negation_objective
from cpmpy.transformations.normalize import toplevel_list
from cpmpy.transformations.reification import only_bv_reifies, reify_rewrite
from cpmpy.transformations.safening import no_partial_functions, safen_objective

from odesolve.problems.models.constraints import (
    AbsoluteValue,
    AllDifferent,
    AllEqual,
    Cardinality,
    Circuit,
    Clause,
    Constraint,
    Cumulative,
    Element,
    Implied,
    Inverse,
    Lexicographic,
    Maximum,
    Minimum,
    Operand,
    Parity,
    Power,
    Product,
    Quotient,
    Regular,
    Reified,
    Remainder,
    Sum,
    Table,
    Variable,
)
from odesolve.problems.models.model import Model
from odesolve.problems.models.values import Values

__all__ = ["REIFIED", "SUPPORTED", "Translation"]

#: Global constraints and functions that have a constraint of a ``Model``, by CPMpy's names.
SUPPORTED = frozenset(
    {
        "abs",
        "alldifferent",
        "alldifferent_except_0",
        "alldifferent_except_n",
        "allequal",
        "circuit",
        "cumulative",
        "div",
        "element",
        "gcc",
        "indomain",
        "inverse",
        "lex_less",
        "lex_lesseq",
        "max",
        "mdd",
        "min",
        "mod",
        "mul",
        "negative_table",
        "no_overlap",
        "pow",
        "regular",
        "short_table",
        "subcircuit",
        "table",
        "xor",
    }
)

#: Those of them that may also stand behind a truth value.
REIFIED = frozenset(
    {
        "alldifferent",
        "alldifferent_except_0",
        "alldifferent_except_n",
        "allequal",
        "indomain",
        "lex_less",
        "lex_lesseq",
        "mdd",
        "negative_table",
        "regular",
        "short_table",
        "table",
        "xor",
    }
)

_LINEAR = frozenset({"sum", "wsum", "sub", "-"})


class Translation:
    """A ``Model`` that grows with expressions of CPMpy.

    Attributes:
        model: what has been translated so far. Variables keep their names.

    Example:
        >>> import cpmpy as cp
        >>> from odesolve.problems.models.from_cpmpy import Translation
        >>> x, y = cp.intvar(0, 3, name="x"), cp.intvar(0, 3, name="y")
        >>> translation = Translation()
        >>> translation.add([x + 2 * y <= 5, cp.AllDifferent(x, y)])
        >>> [type(constraint).__name__ for constraint in translation.model.constraints]
        ['Sum', 'AllDifferent']
    """

    def __init__(self) -> None:
        self.model = Model()
        self._variables: dict[str, Variable] = {}
        self._opposites: dict[Variable, Variable] = {}
        self._csemap = CSEMap()

    def variable(self, given: _NumVarImpl) -> Variable:
        """The model's variable for one of CPMpy, made where there is none yet.

        Raises:
            InputError: if a bound is beyond 2^62.
        """
        return self._variables.get(given.name) or self.declare(given)

    def declare(
        self, given: _NumVarImpl, values: Iterable[int] | None = None, name: str | None = None
    ) -> Variable:
        """Make the model's variable for one of CPMpy that has none yet.

        Arguments:
            values: fewer than all between its bounds.
            name: another one than it has in CPMpy.

        Raises:
            InputError: if a bound is beyond 2^62.
        """
        bounds = Values.between(int(given.lb), int(given.ub))
        own = bounds if values is None else bounds.common(Values.of(values))
        made = self.model.integer(self._free_name(name or given.name), values=own)
        self._variables[given.name] = made
        return made

    def transform(self, expressions: Any) -> list[Expression]:
        """Expressions in the flat form that ``add`` has constraints for."""
        flat = toplevel_list(expressions)
        # At the top level what divides by zero is false, as the constraints here have it.
        flat = no_partial_functions(flat)
        flat = push_down_negation(flat)
        flat = [_on_one_side(each) for each in flat]
        flat = decompose_in_tree(
            flat, supported=SUPPORTED, supported_reified=REIFIED, csemap=self._csemap
        )
        flat = flatten_constraint(flat, csemap=self._csemap)
        flat = reify_rewrite(flat, supported=REIFIED | _LINEAR, csemap=self._csemap)
        flat = only_numexpr_equality(flat, supported=_LINEAR, csemap=self._csemap)
        return only_bv_reifies(flat, csemap=self._csemap)

    def add(self, expressions: Any) -> None:
        """Add constraints.

        Raises:
            NotSupportedError: CPMpy's; for what no constraint expresses.
            InputError: if a number is too large.
        """
        for expression in self.transform(expressions):
            self.model.add(self._constraints(expression))

    def objective(self, expression: Any, minimize: bool) -> None:
        """Say what is to be least or greatest; the last one said counts.

        Raises:
            NotSupportedError: CPMpy's; for coefficients that are no integers.
        """
        if not isinstance(expression, Expression):
            raise NotSupportedError(f"odesolve: {expression!r}; expected an integer objective")
        objective, safe = safen_objective(expression)
        objective = push_down_negation_objective(objective)
        objective, parts = decompose_objective(
            objective, supported=SUPPORTED, supported_reified=REIFIED, csemap=self._csemap
        )
        if isinstance(objective, Expression):
            objective, flat = flatten_objective(objective, csemap=self._csemap)
            self.add([*safe, *parts, *flat])
        terms, constant = self._linear(objective)
        pairs = [(coefficient, variable) for variable, coefficient in terms.items()]
        (self.model.minimize if minimize else self.model.maximize)(pairs, constant)

    def clause(self, literals: Iterable[Any]) -> Clause:
        """At least one of CPMpy's literals is true."""
        positive: list[Operand] = []
        negative: list[Operand] = []
        for literal in literals:
            if isinstance(literal, NegBoolView):
                negative.append(self.variable(literal._bv))
            else:
                positive.append(self._operand(literal))
        return Clause(positive, negative)

    # ------------------------------------------------------------------------ flat expressions

    def _constraints(self, flat: Expression) -> list[Constraint]:
        """What a flat expression says at the top level."""
        if isinstance(flat, DirectConstraint):
            raise NotSupportedError("odesolve: a DirectConstraint; expected CPMpy's own ones")
        if isinstance(flat, Operator) and flat.name == "->":
            return self._implied(*flat.args)
        if flat.name == "and":
            return [self.clause([part]) for part in flat.args]
        if isinstance(flat, Comparison) and flat.name == "==":
            left, right = flat.args
            if isinstance(left, _BoolVarImpl) and is_boolexpr(right):
                return [self._reified(left, right)]
        if isinstance(flat, GlobalConstraint):
            return self._global(flat)
        return [self._constraint(flat)]

    def _implied(self, condition: Any, flat: Any) -> list[Constraint]:
        if not isinstance(condition, _BoolVarImpl):
            raise NotSupportedError(f"odesolve: no constraint for {condition} -> {flat}")
        if isinstance(flat, _BoolVarImpl | BoolVal) or flat.name == "or":
            literals = flat.args if flat.name == "or" else [flat]
            return [self.clause([~condition, *literals])]
        if flat.name == "and":
            return [self.clause([~condition, part]) for part in flat.args]
        truth, when = self._truth(condition)
        return [Implied(truth, self._constraint(flat), when)]

    def _reified(self, truth: _BoolVarImpl, flat: Any) -> Constraint:
        if isinstance(flat, _BoolVarImpl | BoolVal):
            return self._parity([truth, flat], odd=False)
        if flat.name == "xor":
            return self._parity([truth, *flat.args], odd=False)
        if _equates_truths(flat):
            # Of truth and the two sides an odd number holds: all, or one alone.
            return self._parity([truth, *flat.args], odd=flat.name == "==")
        if flat.name == "and":
            variable, when = self._truth(truth)
            return Reified(variable, self.clause([~part for part in flat.args]), 1 - when)
        variable, when = self._truth(truth)
        return Reified(variable, self._constraint(flat), when)

    def _constraint(self, flat: Any) -> Constraint:
        """A flat expression as one constraint, which may stand behind a truth value."""
        if isinstance(flat, _BoolVarImpl):
            return self.clause([flat])
        if isinstance(flat, BoolVal):
            return Clause([], []) if not flat.args[0] else Clause([1])
        if flat.name == "or":
            return self.clause(flat.args)
        if isinstance(flat, GlobalConstraint):
            first, *more = self._global(flat)
            if not more:
                return first
        if isinstance(flat, Comparison):
            left, right = flat.args
            function = _FUNCTIONS.get(getattr(left, "name", ""))
            if flat.name == "==" and function is not None and not _is_scaled(left):
                return function(self, left.args, self._operand(right))
            return self._comparison(flat.name, left, right)
        raise NotSupportedError(f"odesolve: no constraint for {flat}")

    def _comparison(self, name: str, left: Any, right: Any) -> Sum:
        """A linear sum compared with another one."""
        terms, constant = self._linear(left)
        for variable, coefficient in self._linear(right)[0].items():
            terms[variable] = terms.get(variable, 0) - coefficient
        constant -= self._linear(right)[1]
        if name in (">", ">="):
            terms = {variable: -coefficient for variable, coefficient in terms.items()}
            constant = -constant
        bound = -constant - 1 if name in ("<", ">") else -constant
        comparison: Any = name if name in ("==", "!=") else "<="
        return Sum(tuple(terms.values()), tuple(terms), comparison, bound)

    def _linear(self, flat: Any) -> tuple[dict[Variable, int], int]:
        """Coefficients by variable, and the constant, of a linear expression."""
        terms: dict[Variable, int] = {}
        constant = 0
        todo: list[tuple[int, Any]] = [(1, flat)]
        while todo:
            factor, part = todo.pop()
            if isinstance(part, NegBoolView):
                constant += factor
                factor, part = -factor, part._bv
            if isinstance(part, _NumVarImpl):
                variable = self.variable(part)
                terms[variable] = terms.get(variable, 0) + factor
            elif not isinstance(part, Expression) or isinstance(part, BoolVal):
                constant += factor * _number(part)
            elif part.name == "sum":
                todo += [(factor, each) for each in reversed(part.args)]
            elif part.name == "wsum":
                pairs = zip(*part.args, strict=True)
                todo += [(factor * _number(weight), each) for weight, each in pairs][::-1]
            elif part.name in ("sub", "-"):
                signs = (1, -1) if part.name == "sub" else (-1,)
                pairs = zip(signs, part.args, strict=True)
                todo += [(factor * sign, each) for sign, each in pairs][::-1]
            elif _is_scaled(part):
                todo.append((factor * _number(part.args[0]), part.args[1]))
            else:
                raise NotSupportedError(f"odesolve: no constraint for {part} in a sum")
        return terms, constant

    def _parity(self, literals: Sequence[Any], odd: bool) -> Parity:
        operands = []
        for literal in literals:
            if isinstance(literal, NegBoolView):
                odd = not odd
                literal = literal._bv
            operands.append(self._operand(literal))
        return Parity(operands, odd)

    # ------------------------------------------------------------------------------- operands

    def _truth(self, literal: _BoolVarImpl) -> tuple[Variable, int]:
        """The variable of a literal, and its value where the literal is true."""
        if isinstance(literal, NegBoolView):
            return self.variable(literal._bv), 0
        return self.variable(literal), 1

    def _operand(self, given: Any) -> Operand:
        """A variable or an integer; a negated truth value becomes a variable of its own."""
        if isinstance(given, NegBoolView):
            variable = self.variable(given._bv)
            if variable not in self._opposites:
                opposite = self.model.boolean(self._free_name(f"~{variable.name}"))
                self._opposites[variable] = opposite
                self.model.add(Sum([1, 1], [variable, opposite], "==", 1))
            return self._opposites[variable]
        if isinstance(given, _NumVarImpl):
            return self.variable(given)
        return _number(given)

    def _operands(self, given: Any) -> list[Operand]:
        return [self._operand(each) for each in given]

    def _free_name(self, wanted: str) -> str:
        name = str(wanted)
        while True:
            try:
                self.model.named(name)
            except KeyError:
                return name
            name += "'"

    # ----------------------------------------------------------------------- global constraints

    def _global(self, flat: Any) -> list[Constraint]:
        made = _GLOBALS[flat.name](self, flat) if flat.name in _GLOBALS else None
        if made is None:
            raise NotSupportedError(f"odesolve: no constraint for {flat}")
        return [made] if isinstance(made, Constraint) else made

    def _table(self, flat: Any) -> Constraint:
        terms, rows = flat.args
        starred = flat.name == "short_table"
        tuples = [
            tuple(None if starred and value == STAR else _number(value) for value in row)
            for row in rows.tolist()
        ]
        return Table(self._operands(terms), tuples, allowed=flat.name != "negative_table")

    def _regular(self, flat: Any) -> Constraint:
        terms, _, start, accepting = flat.args
        return Regular(self._operands(terms), flat.trans_dict, start, accepting)

    def _decision_diagram(self, flat: Any) -> Constraint:
        """Every path that is as long as the terms are many ends in the one sink."""
        edges = {(s, v): t for s, row in flat.mapping.items() for v, t in row.items()}
        states = {flat.root_node, *edges.values()}
        return Regular(self._operands(flat.args[0]), edges, flat.root_node, states)

    def _cumulative(self, flat: Any) -> list[Constraint]:
        if flat.name == "no_overlap":
            starts, durations, *ends = flat.args
            demands, capacity = [1] * len(starts), 1
        else:
            starts, durations, *ends, demands, capacity = flat.args
        made: list[Constraint] = [
            self._comparison("==", Operator("sum", [start, duration]), end)
            for start, duration, end in zip(starts, durations, *(ends or [[]]), strict=bool(ends))
        ]
        if starts and _lowest(capacity) < 0:
            # Here a capacity matters only while a task runs; CPMpy asks it everywhere.
            made.append(self._comparison(">=", capacity, 0))
        sizes = self._operands(durations), self._operands(demands)
        return [*made, Cumulative(self._operands(starts), *sizes, self._operand(capacity))]

    def _lexicographic(self, flat: Any, strict: bool) -> Constraint:
        left, right = flat.args
        return Lexicographic(self._operands(left), self._operands(right), strict)

    def _cardinality(self, flat: Any) -> list[Constraint]:
        terms, values, counts = flat.args
        by_value: dict[int, Operand] = {}
        made: list[Constraint] = []
        for value, count in zip(values, self._operands(counts), strict=True):
            first = by_value.setdefault(_number(value), count)
            if first is not count:
                made.append(AllEqual([first, count]))
        same = Cardinality(
            self._operands(terms), tuple(by_value), tuple(by_value.values()), flat.closed
        )
        return [same, *made]


#: Expressions that a sum takes in term by term.
_SUMS = ("sum", "wsum", "sub", "-")


def _on_one_side(expression: Any) -> Any:
    """Comparisons of two sums as one of their difference with 0, wherever they stand.

    CPMpy would give the right side a variable of its own, whose values are as many as its span.
    """
    if not isinstance(expression, Expression) or not expression.has_subexpr():
        return expression
    args = [_on_one_side(each) for each in expression.args]
    if isinstance(expression, Comparison):
        left, right = args
        sums = [getattr(each, "name", None) in _SUMS for each in args]
        inner = all(isinstance(each, Expression) and not each.is_bool() for each in args)
        if any(sums) and inner and not any(isinstance(each, _NumVarImpl) for each in args):
            return Comparison(expression.name, left - right, 0)
    changed = any(new is not old for new, old in zip(args, expression.args, strict=True))
    if not changed:
        return expression
    copied = copy.copy(expression)
    copied.update_args(args)
    return copied


def _number(given: Any) -> int:
    """An integer or truth value of any type as Python's.

    Raises:
        NotSupportedError: CPMpy's; if it is neither.
    """
    if isinstance(given, BoolVal):
        return int(given.args[0])
    if isinstance(given, bool | np.bool_):
        return int(given)
    try:
        return int(given.__index__())
    except (AttributeError, TypeError):
        raise NotSupportedError(f"odesolve: {given!r}; expected an integer") from None


def _lowest(given: Any) -> int:
    return int(given.lb) if isinstance(given, _NumVarImpl) else _number(given)


def _is_scaled(flat: Any) -> bool:
    """Whether it is a constant times an expression."""
    return getattr(flat, "name", "") == "mul" and getattr(flat, "is_lhs_num", False)


def _equates_truths(flat: Any) -> bool:
    if not isinstance(flat, Comparison) or flat.name not in ("==", "!="):
        return False
    return all(isinstance(side, _BoolVarImpl | BoolVal) for side in flat.args)


_Global = Callable[[Translation, Any], Constraint | list[Constraint] | None]

_GLOBALS: dict[str, _Global] = {
    "alldifferent": lambda t, flat: AllDifferent(t._operands(flat.args)),
    "alldifferent_except_0": lambda t, flat: AllDifferent(
        t._operands(flat.args[0]), map(_number, flat.args[1])
    ),
    "alldifferent_except_n": lambda t, flat: AllDifferent(
        t._operands(flat.args[0]), map(_number, flat.args[1])
    ),
    "allequal": lambda t, flat: AllEqual(t._operands(flat.args)),
    "circuit": lambda t, flat: Circuit(t._operands(flat.args)),
    "cumulative": Translation._cumulative,
    "gcc": Translation._cardinality,
    "indomain": lambda t, flat: Table(
        [t._operand(flat.args[0])], [(value,) for value in flat.args[1].tolist()]
    ),
    "inverse": lambda t, flat: Inverse(t._operands(flat.args[0]), t._operands(flat.args[1])),
    "lex_less": lambda t, flat: t._lexicographic(flat, strict=True),
    "lex_lesseq": lambda t, flat: t._lexicographic(flat, strict=False),
    "mdd": Translation._decision_diagram,
    "negative_table": Translation._table,
    "no_overlap": Translation._cumulative,
    "regular": Translation._regular,
    "short_table": Translation._table,
    # Of CPMpy's reader of XCSP3.
    "subcircuit": lambda t, flat: Circuit(t._operands(flat.args), optional=True),
    "table": Translation._table,
    "xor": lambda t, flat: t._parity(flat.args, odd=True),
}

_Function = Callable[[Translation, Any, Operand], Constraint]


def _of_operands(kind: Callable[..., Constraint]) -> _Function:
    return lambda t, arguments, result: kind(*t._operands(arguments), result)


_FUNCTIONS: dict[str, _Function] = {
    "abs": _of_operands(AbsoluteValue),
    "div": _of_operands(Quotient),
    "element": lambda t, arguments, result: Element(
        t._operands(arguments[0]), t._operand(arguments[1]), result
    ),
    "max": lambda t, arguments, result: Maximum(t._operands(arguments), result),
    "min": lambda t, arguments, result: Minimum(t._operands(arguments), result),
    "mod": _of_operands(Remainder),
    "mul": _of_operands(Product),
    "pow": _of_operands(Power),
}
