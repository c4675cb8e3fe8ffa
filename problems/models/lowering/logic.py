"""Rows of disjunctions and parities."""

from __future__ import annotations

from itertools import product

from odesolve.problems.models.constraints.logic import Clause, Parity
from odesolve.problems.models.lowering.builder import Builder, Guards

#: Parities of up to this many terms are written out; longer ones are cut.
PARITY_TERMS = 5


def lower_clause(builder: Builder, given: Clause, guards: Guards) -> None:
    """A disjunction as one row."""
    positive = [(v, 0, False) for v in builder.numbers(given.positive)]
    negative = [(v, 0, True) for v in builder.numbers(given.negative)]
    builder.clause([*positive, *negative], guards)


def refute_clause(builder: Builder, given: Clause, guards: Guards) -> None:
    """Every literal is false."""
    for variable in builder.numbers(given.positive):
        builder.clause([(variable, 0, True)], guards)
    for variable in builder.numbers(given.negative):
        builder.clause([(variable, 0, False)], guards)


def lower_parity(builder: Builder, given: Parity, guards: Guards) -> None:
    """Tables of a few bits each, joined by auxiliary ones."""
    odd = given.odd
    counts: dict[int, int] = {}
    for variable in builder.numbers(given.terms):
        counts[variable] = counts.get(variable, 0) + 1
    terms = [variable for variable, count in counts.items() if count % 2]
    while len(terms) > PARITY_TERMS:
        carried = builder.truth()
        _parity(builder, [*terms[: PARITY_TERMS - 1], carried], False, ())
        terms = [*terms[PARITY_TERMS - 1 :], carried]
    _parity(builder, terms, odd, guards)


def refute_parity(builder: Builder, given: Parity, guards: Guards) -> None:
    """The other parity."""
    lower_parity(builder, Parity(given.terms, not given.odd), guards)


def _parity(builder: Builder, terms: list[int], odd: bool, guards: Guards) -> None:
    values = [builder.listed(variable) for variable in terms]
    tuples = [row for row in product(*values) if (sum(row) % 2 == 1) == odd]
    if terms:
        builder.table(terms, tuples, guards)
    elif odd:
        builder.clause([], guards)
