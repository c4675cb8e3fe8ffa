"""A ``Model`` said again in the language of CPMpy, exactly: for provers, and to test against."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise, product
from typing import Any

import cpmpy as cp
from cpmpy.expressions.core import BoolVal, Operator

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

__all__ = ["Inexpressible", "Restatement"]

#: Assignments of a relation's arguments that are written out one by one.
ROWS_LIMIT = 4096
#: CPMpy bounds quotients by way of 64-bit floats, which hold these.
FLOAT_LIMIT = 2**52


class Inexpressible(Exception):
    """A constraint that CPMpy has no form for at this size; the text names it."""


class Restatement:
    """CPMpy's form of a ``Model``: the same solutions, and the same values of the objective.

    Arguments:
        model: that is said again; it is not changed.
        clausal: whether relations over few values are written out as clauses over ``x == value``,
            which a solver of clauses propagates best. CP solvers have better forms of their own.

    Attributes:
        model: of CPMpy.
        variables: CPMpy's variables by those of the ``Model``. Their names are v0, v1, ...

    Raises:
        Inexpressible: if a constraint has no form in CPMpy at its size.

    Example:
        >>> import odesolve as ode
        >>> from odesolve.problems.models.to_cpmpy import Restatement
        >>> model = ode.Model()
        >>> x = model.integer("x", 0, 9)
        >>> model.add(ode.constraints.Sum([3], [x], "==", 12))
        >>> same = Restatement(model)
        >>> same.model.solve(), same.variables[x].value()
        (True, 4)
    """

    def __init__(self, model: Model, *, clausal: bool = False) -> None:
        self.clausal = clausal
        self.model = cp.Model()
        self.variables: dict[Variable, Any] = {}
        self._fixed: dict[int, Any] = {}
        for variable in model.variables:
            self._declare(variable)
        for constraint in model.constraints:
            self.model.add(self.expression(constraint))
        self._objective = model.objective
        total = self._total_objective()
        if not isinstance(total, int):
            self.model.objective(total, minimize=not (model.objective and model.objective.maximize))

    def expression(self, constraint: Constraint) -> Any:
        """A constraint as a Boolean expression, which may stand behind a truth value.

        Raises:
            Inexpressible: if it has no form in CPMpy at its size.
        """
        form = _FORMS.get(type(constraint))
        if form is None:
            raise Inexpressible(f"no form in CPMpy for {type(constraint).__name__}")
        return _boolean(form(self, constraint))

    def better_than(self, objective: int) -> Any:
        """The objective is less than this one, or greater where the greatest is wanted."""
        total = self._total_objective()
        maximize = self._objective is not None and self._objective.maximize
        better = total > objective if maximize else total < objective
        return _boolean(better)

    def _total_objective(self) -> Any:
        given = self._objective
        if given is None:
            return 0
        return self._total(zip(given.coefficients, given.terms, strict=True)) + given.constant

    # ------------------------------------------------------------------------------- operands

    def _declare(self, variable: Variable) -> None:
        values = variable.values
        name = f"v{variable.number}"
        if values.ranges == ((0, 1),):
            self.variables[variable] = cp.boolvar(name=name)
            return
        same = cp.intvar(values.lowest, values.highest, name=name)
        self.variables[variable] = same
        if len(values.ranges) > 1 and values.size <= ROWS_LIMIT:
            self.model.add(cp.InDomain(same, list(values)))
        else:
            for (_, below), (above, _) in pairwise(values.ranges):
                self.model.add((same <= below) | (same >= above))

    def _of(self, operand: Operand) -> Any:
        """The variable, or the integer itself."""
        return self.variables[operand] if isinstance(operand, Variable) else operand

    def _all(self, operands: Iterable[Operand]) -> list[Any]:
        """Variables only: some of CPMpy's decompositions do not take integers."""
        return [self._variable(operand) for operand in operands]

    def _variable(self, operand: Operand) -> Any:
        if isinstance(operand, Variable):
            return self.variables[operand]
        if operand not in self._fixed:
            self._fixed[operand] = cp.intvar(operand, operand, name=f"c{operand}")
        return self._fixed[operand]

    def _number(self, operand: Operand) -> Any:
        """An expression that CPMpy does not take for a Boolean one."""
        given = self._variable(operand)
        return Operator("sum", [given]) if given.is_bool() else given

    def has_value(self, operand: Operand, value: int) -> Any:
        """Whether an operand has a value: a literal of a truth value."""
        if not isinstance(operand, Variable):
            return BoolVal(operand == value)
        if value not in operand.values:
            return BoolVal(False)
        same = self.variables[operand]
        if same.is_bool():
            return same if value else ~same
        return BoolVal(True) if operand.values.size == 1 else same == value

    def _total(self, terms: Iterable[tuple[int, Operand]]) -> Any:
        """A weighted sum; an integer if no variable is left in it."""
        factors: dict[Variable, int] = {}
        constant = 0
        for factor, term in terms:
            if isinstance(term, Variable):
                factors[term] = factors.get(term, 0) + factor
            else:
                constant += factor * term
        kept = {variable: factor for variable, factor in factors.items() if factor}
        if not kept:
            return constant
        same = [self.variables[variable] for variable in kept]
        return Operator("wsum", (list(kept.values()), same)) + constant

    # ------------------------------------------------------------------------------------ sums

    def _sum(self, given: Sum) -> Any:
        factors: dict[Variable, int] = {}
        bound = given.bound
        for factor, term in zip(given.coefficients, given.terms, strict=True):
            if isinstance(term, Variable):
                factors[term] = factors.get(term, 0) + factor
            else:
                bound -= factor * term
        factors = {variable: factor for variable, factor in factors.items() if factor}
        if not factors:
            return {"==": bound == 0, "!=": bound != 0, "<=": bound >= 0}[given.comparison]
        if len(factors) == 1:
            ((variable, factor),) = factors.items()
            return self._compared(variable, factor, given.comparison, bound)
        if len(factors) == 2 and given.comparison != "<=":
            same = self._two_terms(factors, given.comparison, bound)
            if same is not None:
                return same
        terms = [self.variables[variable] for variable in factors]
        total = Operator("wsum", (list(factors.values()), terms))
        if given.comparison == "==":
            return total == bound
        return total != bound if given.comparison == "!=" else total <= bound

    def _compared(self, variable: Variable, factor: int, comparison: str, bound: int) -> Any:
        """``factor variable`` compared with a bound, as one literal."""
        same = self.variables[variable]
        if comparison == "<=":
            # The quotient is rounded towards the side where the bound still holds.
            edge = bound // factor if factor > 0 else -(bound // -factor)
            domain = variable.values
            low, high = (domain.lowest, edge) if factor > 0 else (edge, domain.highest)
            kept = domain.within(low, high)
            if kept.size in (0, domain.size):
                return bool(kept)
            if kept.size == 1:
                return self.has_value(variable, kept.lowest)
            return same <= edge if factor > 0 else same >= edge
        if bound % factor:
            return comparison == "!="
        literal = self.has_value(variable, bound // factor)
        return literal if comparison == "==" else ~literal

    def _two_terms(self, factors: dict[Variable, int], comparison: str, bound: int) -> Any:
        """``a x + b y`` (not) equal to a bound, value by value; None unless that is short."""
        (x, a), (y, b) = factors.items()
        if not self.clausal or x.values.size > ROWS_LIMIT:
            return None
        parts = []
        for value in x.values:
            rest = bound - a * value
            there = BoolVal(False) if rest % b else self.has_value(y, rest // b)
            there = there if comparison == "==" else ~there
            parts.append(_disjunction([~self.has_value(x, value), there]))
        return _conjunction(parts)

    # ------------------------------------------------------------------------------- functions

    def _function(
        self,
        arguments: Sequence[Operand],
        result: Operand,
        compute: Callable[..., int | None],
        otherwise: Callable[..., Any] | None,
    ) -> Any:
        """``result == compute(*arguments)``, None where it is not defined.

        Arguments:
            otherwise: CPMpy's own form for many values, from variables; None if it has none.
        """
        domains = [_domain(argument) for argument in arguments]
        short = math.prod(domain.size for domain in domains) <= ROWS_LIMIT
        if otherwise is not None and not (short and self.clausal):
            if any(max(-d.lowest, d.highest) > FLOAT_LIMIT for d in domains):
                raise Inexpressible(f"{' and '.join(map(str, arguments))} have too large values")
            if not any(compute(*ends) is not None for ends in _corners(domains)):
                return False
            return otherwise(*map(self._number, arguments)) == self._variable(result)
        if not short:
            raise Inexpressible(f"{' and '.join(map(str, arguments))} have too many values")
        parts = []
        for values in product(*domains):
            found = compute(*values)
            there = BoolVal(False) if found is None else self.has_value(result, found)
            differ = [~self.has_value(x, v) for x, v in zip(arguments, values, strict=True)]
            parts.append(_disjunction([*differ, there]))
        return _conjunction(parts)

    def _element(self, given: Element) -> Any:
        places = range(given.first, given.first + len(given.array))
        inside = [place for place in places if place in _domain(given.index)]
        if not self.clausal and isinstance(given.index, Variable) and inside:
            array = [self._of(entry) for entry in given.array]
            index = self._number(given.index)
            index = index - given.first if given.first else index
            return cp.Element(array, index) == self._variable(given.result)
        parts = [_disjunction([self.has_value(given.index, place) for place in inside])]
        for place in inside:
            same = Sum([1, -1], [given.array[place - given.first], given.result], "==", 0)
            parts.append(_disjunction([~self.has_value(given.index, place), self.expression(same)]))
        return _conjunction(parts)

    # --------------------------------------------------------------------------------- globals

    def _table(self, given: Table) -> Any:
        rows = [
            [self.has_value(term, value) for term, value in zip(given.terms, row, strict=True)
             if value is not None]
            for row in given.tuples
        ]  # fmt: skip
        if not given.allowed:
            return _conjunction([_disjunction([~literal for literal in row]) for row in rows])
        whole = given.terms and given.tuples and all(None not in row for row in given.tuples)
        if whole and not self.clausal:
            return cp.Table(self._all(given.terms), [list(row) for row in given.tuples])
        return _disjunction([_conjunction(row) for row in rows])

    def _regular(self, given: Regular) -> Any:
        """A chain of states, one after each term; the last one is dead for a word cut short."""
        order = _states(given)
        states = {state: place for place, state in enumerate(order)}
        dead = len(order)
        accepting = [states[state] for state in given.accepting]
        if not given.terms:
            return states[given.start] in accepting
        before: dict[int, Any] = {states[given.start]: BoolVal(True)}
        for term in given.terms:
            after = cp.intvar(0, dead)
            reached: set[int] = set()
            for place, value in product(before, _domain(term)):
                step = given.transitions.get((order[place], value)) if place < dead else None
                to = dead if step is None else states[step]
                reached.add(to)
                here = [~before[place], ~self.has_value(term, value), after == to]
                self.model.add(_disjunction(here))
            before = {place: after == place for place in sorted(reached)}
        return _disjunction([before[place] for place in accepting if place in before])

    def _circuit(self, given: Circuit) -> Any:
        count = len(given.successors)
        if not given.optional and count > 1 and not self.clausal:
            after = [self._number(node) for node in given.successors]
            return cp.Circuit([node - given.first for node in after] if given.first else after)
        places = range(given.first, given.first + count)
        inside = [
            _disjunction([self.has_value(node, place) for place in places])
            for node in given.successors
            if not _lies_within(node, places)
        ]
        different = AllDifferent(given.successors)
        stays = [self.has_value(node, given.first + i) for i, node in enumerate(given.successors)]
        if not given.optional:
            stays = [BoolVal(False)] * count
        return _conjunction([*inside, self.expression(different), *self._tour(given, stays)])

    def _tour(self, given: Circuit, stays: list[Any]) -> Iterator[Any]:
        """All nodes that do not stay lie on the way that begins at the first of them.

        The way's nodes are variables that successors define, wherever those lead.
        """
        count = len(given.successors)
        if not count:
            return
        way = [cp.intvar(0, count - 1) for _ in range(count)]
        for node in range(count):
            first = _conjunction([~stays[node], *stays[:node]])
            self.model.add(_disjunction([~first, way[0] == node]))
        self.model.add(_disjunction([~_conjunction(stays), way[0] == 0]))
        for here, there in pairwise(way):
            for node, operand in enumerate(given.successors):
                for to in _domain(operand):
                    # A successor that is no node is refused elsewhere; the way stays here then.
                    aim = to - given.first if 0 <= to - given.first < count else node
                    self.model.add(
                        _disjunction([here != node, ~self.has_value(operand, to), there == aim])
                    )
        for node in range(count):
            yield _disjunction([stays[node], *(place == node for place in way)])

    def _cumulative(self, given: Cumulative) -> Any:
        tasks = list(zip(given.starts, given.durations, given.demands, strict=True))
        if not tasks:
            return True
        needs = [*given.durations, *given.demands]
        parts = [
            self._sum(Sum([-1], [each], "<=", 0)) for each in needs if _domain(each).lowest < 0
        ]
        for start, duration, _ in tasks:
            load: list[tuple[int, Any]] = []
            for other, length, demand in tasks:
                begun = self.expression(Sum([1, -1], [other, start], "<=", 0))
                ended = self.expression(Sum([1, 1, -1], [other, length, start], "<=", 0))
                for value in _domain(demand):
                    runs = _conjunction([begun, ~ended, self.has_value(demand, value)])
                    load.append((value, runs))
            idle = self.expression(Sum([1], [duration], "<=", 0))
            parts.append(_disjunction([idle, _weighed(load) <= self._of(given.capacity)]))
        return _conjunction(parts)

    def _cardinality(self, given: Cardinality) -> Any:
        parts = []
        for value, count in zip(given.values, given.counts, strict=True):
            has = [(1, self.has_value(term, value)) for term in given.terms]
            parts.append(_weighed(has) == self._of(count))
        if given.closed:
            for term in given.terms:
                parts.append(_disjunction([self.has_value(term, value) for value in given.values]))
        return _conjunction(parts)

    def _all_different(self, given: AllDifferent) -> Any:
        if not given.exceptions and len(given.terms) > 1 and not self.clausal:
            return cp.AllDifferent(self._all(given.terms))
        terms, exceptions = given.terms, set(given.exceptions)
        width = sum(_domain(term).size for term in terms)
        if width > ROWS_LIMIT:
            if exceptions:
                return cp.AllDifferentExceptN(self._all(terms), sorted(exceptions))
            return cp.AllDifferent(self._all(terms)) if len(terms) > 1 else True
        holders: dict[int, list[Any]] = {}
        for term in terms:
            for value in _domain(term):
                holders.setdefault(value, []).append(self.has_value(term, value))
        return _conjunction(
            [
                _weighed([(1, literal) for literal in has]) <= 1
                for value, has in sorted(holders.items())
                if len(has) > 1 and value not in exceptions
            ]
        )

    def _inverse(self, given: Inverse) -> Any:
        """``forward[i] == j`` exactly where ``backward[j] == i``, and nothing outside."""
        count, first = len(given.forward), given.first
        places = range(first, first + count)
        parts = [
            _disjunction([self.has_value(term, place) for place in places])
            for term in (*given.forward, *given.backward)
        ]
        for (i, there), (j, back) in product(enumerate(given.forward), enumerate(given.backward)):
            parts.append(
                _equivalent(self.has_value(there, first + j), self.has_value(back, first + i))
            )
        return _conjunction(parts)

    def _lexicographic(self, given: Lexicographic) -> Any:
        if not given.left:
            return not given.strict
        left, right = self._all(given.left), self._all(given.right)
        return cp.LexLess(left, right) if given.strict else cp.LexLessEq(left, right)

    def _all_equal(self, given: AllEqual) -> Any:
        pairs = pairwise(given.terms)
        return _conjunction([self.expression(Sum([1, -1], pair, "==", 0)) for pair in pairs])

    # ----------------------------------------------------------------------------------- logic

    def _clause(self, given: Clause) -> Any:
        return _disjunction(
            [~self.has_value(term, 0) for term in given.positive]
            + [self.has_value(term, 0) for term in given.negative]
        )

    def _parity(self, given: Parity) -> Any:
        odd = []
        wanted = given.odd
        for term in given.terms:
            values = [value for value in _domain(term) if value % 2]
            if len(values) == _domain(term).size:
                wanted = not wanted
            elif values:
                odd.append(_disjunction([self.has_value(term, value) for value in values]))
        if not odd:
            return not wanted
        return cp.Xor(odd) if wanted else cp.Xor([~odd[0], *odd[1:]])


def _boolean(given: Any) -> Any:
    """Truth values of Python as CPMpy's."""
    return given if hasattr(given, "is_bool") else BoolVal(bool(given))


def _conjunction(parts: Iterable[Any]) -> Any:
    kept = [part for part in map(_boolean, parts) if not _is_constant(part, True)]
    if any(_is_constant(part, False) for part in kept):
        return BoolVal(False)
    if not kept:
        return BoolVal(True)
    return kept[0] if len(kept) == 1 else Operator("and", kept)


def _disjunction(parts: Iterable[Any]) -> Any:
    kept = [part for part in map(_boolean, parts) if not _is_constant(part, False)]
    if any(_is_constant(part, True) for part in kept):
        return BoolVal(True)
    if not kept:
        return BoolVal(False)
    return kept[0] if len(kept) == 1 else Operator("or", kept)


def _equivalent(left: Any, right: Any) -> Any:
    if isinstance(left, BoolVal):
        left, right = right, left
    if isinstance(right, BoolVal):
        return left if right.args[0] else ~left
    return left == right


def _weighed(terms: Iterable[tuple[int, Any]]) -> Any:
    """The sum of the weights whose Boolean expression is true; an integer if that is constant."""
    constant, weights, literals = 0, [], []
    for weight, literal in terms:
        if _is_constant(literal, True):
            constant += weight
        elif weight and not isinstance(literal, BoolVal):
            weights.append(weight)
            literals.append(literal)
    return Operator("wsum", (weights, literals)) + constant if literals else constant


def _is_constant(part: Any, value: bool) -> bool:
    return isinstance(part, BoolVal) and bool(part.args[0]) is value


def _domain(operand: Operand) -> Values:
    return operand.values if isinstance(operand, Variable) else Values.of([operand])


def _lies_within(operand: Operand, places: range) -> bool:
    domain = _domain(operand)
    return domain.lowest in places and domain.highest in places


def _states(given: Regular) -> list[int | str]:
    """All states, each once, in order."""
    found = [given.start]
    for (here, _), there in given.transitions.items():
        found += [here, there]
    return list(dict.fromkeys([*found, *given.accepting]))


def _corners(domains: Sequence[Values]) -> Iterator[tuple[int, ...]]:
    return product(*((domain.lowest, domain.highest) for domain in domains))


def _quotient(left: int, right: int) -> int | None:
    if right == 0:
        return None
    size = abs(left) // abs(right)
    return size if (left < 0) == (right < 0) else -size


def _remainder(left: int, right: int) -> int | None:
    quotient = _quotient(left, right)
    return None if quotient is None else left - right * quotient


def _power(base: int, exponent: int) -> int | None:
    if exponent < 0:
        return base ** (exponent % 2) if abs(base) == 1 else None
    # No variable has a value beyond 2^62.
    if abs(base) > 1 and exponent > 63:
        return None
    return int(base**exponent)


def _reify(same: Restatement, given: Reified) -> Any:
    return _equivalent(same.has_value(given.truth, given.when), same.expression(given.constraint))


_FORMS: dict[type[Constraint], Callable[[Restatement, Any], Any]] = {
    AbsoluteValue: lambda same, c: same._function([c.argument], c.result, abs, cp.Abs),
    AllDifferent: Restatement._all_different,
    AllEqual: Restatement._all_equal,
    Cardinality: Restatement._cardinality,
    Circuit: Restatement._circuit,
    Clause: Restatement._clause,
    Cumulative: Restatement._cumulative,
    Element: Restatement._element,
    Implied: lambda same, c: _disjunction(
        [~same.has_value(c.truth, c.when), same.expression(c.constraint)]
    ),
    Inverse: Restatement._inverse,
    Lexicographic: Restatement._lexicographic,
    Maximum: lambda same, c: cp.Maximum(same._all(c.terms)) == same._of(c.result),
    Minimum: lambda same, c: cp.Minimum(same._all(c.terms)) == same._of(c.result),
    Parity: Restatement._parity,
    Power: lambda same, c: same._function([c.base, c.exponent], c.result, _power, None),
    Product: lambda same, c: same._function(
        [c.left, c.right], c.result, lambda x, y: x * y, lambda x, y: x * y
    ),
    Quotient: lambda same, c: same._function(
        [c.left, c.right], c.result, _quotient, lambda x, y: x // y
    ),
    Regular: Restatement._regular,
    Reified: _reify,
    Remainder: lambda same, c: same._function(
        [c.left, c.right], c.result, _remainder, lambda x, y: x % y
    ),
    Sum: Restatement._sum,
    Table: Restatement._table,
}  # fmt: skip
