"""Pseudo-Boolean polynomials of any degree as quadratic ones, exactly.

A polynomial is a dictionary from sets of variables to integers: a truth table's is its multilinear
expansion. Minimised over the new ancillas, the quadratic form equals the polynomial everywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import combinations

import numpy as np
from jaxtyping import Bool

from odesolve.problems.quadratization.model import PenaltyModel
from odesolve.problems.quadratization.penalty import (
    Penalty,
    conjunction,
    negative_monomial,
    positive_monomial,
)

__all__ = ["Polynomial", "add_by_monomials", "add_by_pairs", "multilinear", "reduced"]

#: The variables of a monomial -> its coefficient.
Polynomial = Mapping[frozenset[int], int]


def multilinear(values: Bool[np.ndarray, " rows"]) -> dict[frozenset[int], int]:
    """The polynomial that has these values at the corners, ``[2**arity]``.

    Variable 0 is the most significant bit of a row's number.
    """
    arity = len(values).bit_length() - 1
    table = np.asarray(values, np.int64).reshape((2,) * arity)
    for axis in range(arity):
        low, high = table.take([0], axis), table.take([1], axis)
        table = np.concatenate([low, high - low], axis)
    return {
        frozenset(np.flatnonzero(index).tolist()): int(table[tuple(index)])
        for index in np.argwhere(table)
    }


def reduced(polynomial: Polynomial, arity: int) -> Penalty:
    """The quadratic form of the way that needs fewer ancillas."""
    ways: list[Callable[[PenaltyModel, Polynomial], None]] = [add_by_monomials, add_by_pairs]
    models = []
    for way in ways:
        model = PenaltyModel(arity)
        way(model, polynomial)
        models.append(model)
    return min(models, key=lambda model: model.ancilla_count).penalty()


def add_by_monomials(model: PenaltyModel, polynomial: Polynomial) -> None:
    """Each monomial by itself: Freedman and Drineas if it is negative, Ishikawa if not."""
    for variables, coefficient in polynomial.items():
        form = positive_monomial if coefficient > 0 else negative_monomial
        literals = [variable + 1 for variable in sorted(variables)]
        model.add(form(len(literals)), [literals], abs(coefficient))


def add_by_pairs(model: PenaltyModel, polynomial: Polynomial) -> None:
    """Pairs of variables become one, z = x y, the most frequent first (Rosenberg 1975).

    Where z is not x y, the monomials in which it stands differ by at most the sum of the positive
    or that of the negative coefficients, and the penalty of z, which is then at least 1, has the
    larger of both sums as its weight: no wrong z is below the right one.
    """
    terms = {variables: value for variables, value in polynomial.items() if value}
    while wide := [variables for variables in terms if len(variables) > 2]:
        pairs = Counter(pair for variables in wide for pair in combinations(sorted(variables), 2))
        pair = min(pairs, key=lambda pair: (-pairs[pair], pair))
        product = int(model.new_variables(1)[0])
        replaced = [variables for variables in wide if variables.issuperset(pair)]
        values = [terms[variables] for variables in replaced]
        weight = max(sum(v for v in values if v > 0), -sum(v for v in values if v < 0))
        for variables, value in zip(replaced, values, strict=True):
            del terms[variables]
            terms[variables.difference(pair) | {product}] = value
        model.add(conjunction(), [[product + 1, pair[0] + 1, pair[1] + 1]], weight)
    add_by_monomials(model, terms)
