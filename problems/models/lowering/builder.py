"""``Builder``: variables and rows as they are made, with the forms that all constraints use."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from odesolve.problems.models.constraints.base import Constraint, Operand, Variable
from odesolve.problems.models.rows.kinds import (
    ClauseRow,
    DifferentRow,
    Guard,
    Numbers,
    Row,
    SumRow,
    TableRow,
    added,
)
from odesolve.problems.models.rows.store import Store
from odesolve.problems.models.values import TRUTH, Values

#: Relations of up to this many tuples are written out.
TUPLES = 40_000

Guards = tuple[Guard, ...]
Term = tuple[Numbers, int]


class Unsupported(ValueError):
    """A constraint that is too large to be brought to rows."""


@dataclass
class Builder:
    """What a model becomes.

    Attributes:
        store: domains; the model's variables first, by their numbers.
        rows: made so far.
        origin: number of the constraint whose rows are being made.
    """

    store: Store = field(default_factory=Store)
    rows: list[Row] = field(default_factory=list)
    origin: int = -1
    _constants: dict[int, int] = field(default_factory=dict)

    def number(self, operand: Operand) -> int:
        """The store's variable of an operand; an integer is one of a single value."""
        if isinstance(operand, Variable):
            return operand.number
        if operand not in self._constants:
            self._constants[operand] = self.store.new(Values.between(operand, operand))
        return self._constants[operand]

    def numbers(self, operands: Iterable[Operand]) -> list[int]:
        return [self.number(operand) for operand in operands]

    def truth(self) -> int:
        """A new auxiliary variable that is 0 or 1."""
        return self.store.new(TRUTH)

    def between(self, low: int, high: int) -> int:
        """A new auxiliary variable."""
        return self.store.new(Values.between(low, high))

    def clause(self, literals: Iterable[tuple[int, int, bool]], guards: Guards = ()) -> None:
        """At least one literal (variable, value, has it or not) holds."""
        self.rows.append(ClauseRow(guards, self.origin, tuple(dict.fromkeys(literals))))

    def within(self, variable: int, values: Iterable[int], guards: Guards = ()) -> None:
        """A variable has one of some values."""
        own = sorted(set(values))
        self.rows.append(TableRow(guards, self.origin, (variable,), tuple((v,) for v in own), True))

    def table(
        self,
        terms: Sequence[int],
        tuples: Iterable[tuple[int, ...]],
        guards: Guards = (),
        *,
        allowed: bool = True,
    ) -> None:
        """The terms are one of the tuples, or none of them; a term may stand there twice.

        Terms of a single value leave: what they say is said by the tuples that are kept.
        """
        first = {v: place for place, v in reversed(list(enumerate(terms)))}
        kept = sorted(first.values())
        if len(kept) < len(terms):
            same = [(place, first[v]) for place, v in enumerate(terms) if first[v] != place]
            tuples = (row for row in tuples if all(row[a] == row[b] for a, b in same))
        known = [p for p in kept if self.store.is_fixed(terms[p])]
        if known:
            fixed = [(p, self.store.low(terms[p])) for p in known]
            tuples = (row for row in tuples if all(row[p] == value for p, value in fixed))
            kept = [p for p in kept if p not in known]
        if len(kept) < len(terms):
            tuples = (tuple(row[place] for place in kept) for row in tuples)
        unique = tuple(dict.fromkeys(tuples))
        if not kept:  # nothing is open
            if bool(unique) != allowed:
                self.clause([], guards)
            return
        self.rows.append(
            TableRow(guards, self.origin, tuple(terms[place] for place in kept), unique, allowed)
        )

    def total(
        self,
        terms: Iterable[Term],
        comparison: Literal["==", "!=", "<=", ">="],
        bound: int,
        guards: Guards = (),
    ) -> None:
        """A sum of numbers of variables compared with a bound: "==", "!=", "<=" or ">="."""
        factors: dict[int, Numbers] = {}
        for numbers, variable in terms:
            values = partial(self.listed, variable)
            factors[variable] = added(factors.get(variable, 0), numbers, values)
        kept: list[tuple[int, Numbers]] = []
        for variable, numbers in factors.items():
            if self.store.is_fixed(variable):
                value = self.store.low(variable)
                bound -= numbers * value if isinstance(numbers, int) else numbers.get(value, 0)
            elif numbers != 0:
                kept.append((variable, numbers))
        if comparison == ">=":
            kept = [(variable, _negated(numbers)) for variable, numbers in kept]
            comparison, bound = "<=", -bound
        common = math.gcd(*(n if isinstance(n, int) else math.gcd(*n.values()) for _, n in kept))
        if common > 1:
            if bound % common and comparison != "<=":  # no such sum
                if comparison == "==":
                    self.clause([], guards)
                return
            kept = [(variable, _divided(numbers, common)) for variable, numbers in kept]
            bound //= common
        variables = tuple(variable for variable, _ in kept)
        own = tuple(numbers for _, numbers in kept)
        self.rows.append(SumRow(guards, self.origin, variables, own, comparison, bound))

    def equal(self, left: int, right: int, guards: Guards = (), offset: int = 0) -> None:
        """left == right + offset."""
        self.total([(1, left), (-1, right)], "==", offset, guards)

    def different(
        self, terms: Sequence[int], exceptions: Iterable[int] = (), guards: Guards = ()
    ) -> None:
        """No two terms are equal, unless their value is an exception."""
        self.rows.append(DifferentRow(guards, self.origin, tuple(terms), frozenset(exceptions)))

    def functional(
        self,
        arguments: Sequence[int],
        result: int,
        function: Callable[..., int | None],
        guards: Guards,
    ) -> None:
        """result == function(*arguments), None where it has no value; by a table.

        Raises:
            Unsupported: if it is too large.
        """
        own = [self.listed(variable) for variable in dict.fromkeys(arguments)]
        count = 1
        for values in own:
            count *= len(values)
        if count > TUPLES:
            raise Unsupported(f"a table of {count} tuples")
        names = list(dict.fromkeys(arguments))
        tuples = []
        for row in itertools.product(*own):
            of = dict(zip(names, row, strict=True))
            found = function(*(of[variable] for variable in arguments))
            if found is not None and self.store.has(result, found):
                tuples.append((*(of[variable] for variable in arguments), found))
        self.table([*arguments, result], tuples, guards)

    def relation(self, constraint: Constraint, guards: Guards, *, holds: bool) -> None:
        """A constraint, or its negation, as a table of all its operands' values.

        Raises:
            Unsupported: if it is too large.
        """
        terms = self.numbers(constraint.operands)
        names = list(dict.fromkeys(terms))
        own = [self.listed(variable) for variable in names]
        count = 1
        for values in own:
            count *= len(values)
        if count > TUPLES:
            raise Unsupported(f"a table of {count} tuples")
        tuples = []
        for row in itertools.product(*own):
            of = dict(zip(names, row, strict=True))
            if constraint.holds([of[variable] for variable in terms]) == holds:
                tuples.append(row)
        self.table(names, tuples, guards)

    def size(self, variables: Iterable[int]) -> int:
        """How many tuples of values variables have."""
        count = 1
        for variable in dict.fromkeys(variables):
            count *= self.store.size(variable)
        return count

    def listed(self, variable: int) -> list[int]:
        """The values of a variable.

        Raises:
            Unsupported: if they are too many to be listed.
        """
        if self.store.size(variable) > TUPLES:
            raise Unsupported(f"{self.store.size(variable)} values of one variable")
        return self.store.values(variable)


def _divided(numbers: Numbers, common: int) -> Numbers:
    if isinstance(numbers, int):
        return numbers // common
    return {value: number // common for value, number in numbers.items()}


def _negated(numbers: Numbers) -> Numbers:
    if isinstance(numbers, int):
        return -numbers
    return {value: -number for value, number in numbers.items()}
