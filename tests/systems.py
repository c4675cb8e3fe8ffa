"""Random small systems of relations, and the truth about them by enumeration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
from hypothesis import strategies as st

from odesolve.potentials.relations.relation import Relation
from odesolve.problems.relations.circuit import Circuit

VARIABLES = 6


def tables(arity: int) -> st.SearchStrategy[list[bool]]:
    """Truth tables of every density: uniform bits alone would rarely force anything."""
    rows = 2**arity
    thin = st.sets(st.integers(0, rows - 1), max_size=3).map(
        lambda chosen: [row in chosen for row in range(rows)]
    )
    full = st.lists(st.booleans(), min_size=rows, max_size=rows)
    return st.one_of(full, thin, thin.map(lambda table: [not allowed for allowed in table]))


@st.composite
def relations(draw: st.DrawFn, largest: int = 4) -> Relation:
    variables = draw(st.permutations(range(VARIABLES)))[: draw(st.integers(0, largest))]
    return Relation(tuple(variables), np.array(draw(tables(len(variables)))), "relation")


@st.composite
def links(draw: st.DrawFn) -> Relation:
    """Variables that are all equal or opposite: random tables rarely make chains of them."""
    variables = draw(st.permutations(range(VARIABLES)))[: draw(st.integers(2, 4))]
    table = np.zeros(2 ** len(variables), bool)
    row = draw(st.integers(0, len(table) - 1))
    table[[row, ~row]] = True
    return Relation(tuple(variables), table, "link")


def systems() -> st.SearchStrategy[list[Relation]]:
    return st.one_of(
        st.lists(relations(), max_size=7),
        st.lists(st.one_of(links(), relations(3)), max_size=8),
    )


def holds(relation: Relation, bits: Mapping[int, int] | Sequence[int]) -> bool:
    row = 0
    for variable in relation.variables:
        row = 2 * row + int(bits[variable])
    return bool(relation.allowed[row])


def assignments(count: int = VARIABLES) -> list[tuple[int, ...]]:
    return list(product((0, 1), repeat=count))


def evaluate_multilinear(coefficients: np.ndarray, point: np.ndarray) -> float:
    """The polynomial with these coefficients at ``point`` (either encoding), ``[arity]``."""
    monomials = np.ones(1)
    for coordinate in point:
        monomials = np.outer(monomials, [1.0, coordinate]).ravel()
    return float(coefficients @ monomials)


def evaluated(circuit: Circuit, known: Mapping[int, int]) -> np.ndarray:
    """All bits of a circuit that follow from known ones, by one pass over its relations.

    Raises:
        ValueError: if known bits contradict a relation or leave a variable open.
    """
    values = dict(known)
    for relation in circuit.relations:
        left = relation.restricted(values)
        if left.is_empty:
            raise ValueError(f"{relation.name}: the known bits contradict it")
        values.update(left.forced())
    if len(values) < circuit.variable_count:
        missing = next(v for v in range(circuit.variable_count) if v not in values)
        raise ValueError(f"variable {missing} does not follow from the known bits")
    return np.array([values[v] for v in range(circuit.variable_count)], np.int64)
