from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from systems import relations, tables

from odesolve.potentials.relations.implicates import (
    clause_arrays,
    irredundant_cover,
    prime_implicants,
    prime_implicates,
    terms_of,
)
from odesolve.potentials.relations.relation import Relation
from odesolve.problems.relations.circuit import cell_table


def sized_tables(largest: int):
    return st.integers(0, largest).flatmap(tables).map(lambda table: np.array(table, bool))


def rows_of(arity: int) -> np.ndarray:
    """The rows of a table in the encoding of terms: -1 false, +1 true, ``[rows, arity]``."""
    return np.array(list(product((-1, 1), repeat=arity)), np.int64).reshape(2**arity, arity)


def clause_table(term: np.ndarray) -> np.ndarray:
    """The rows that satisfy a clause: at least one literal has the row's sign."""
    return (rows_of(len(term)) * term == 1).any(axis=1)


def conjunction(terms: np.ndarray) -> np.ndarray:
    """The rows that satisfy all clauses: a clause fails where every literal is false."""
    agreement = rows_of(terms.shape[1]).astype(np.float32) @ terms.T.astype(np.float32)
    return ~(agreement == -(terms != 0).sum(axis=1)).any(axis=1)


def shortened(term: np.ndarray) -> list[np.ndarray]:
    found = []
    for i in np.flatnonzero(term):
        found.append(term.copy())
        found[-1][i] = 0
    return found


def prime_implicates_by_enumeration(allowed: np.ndarray) -> set[tuple[int, ...]]:
    arity = len(allowed).bit_length() - 1

    def implied(term) -> bool:
        return bool((clause_table(np.array(term, np.int64)) | ~allowed).all())

    terms = [np.array(term, np.int64) for term in product((-1, 0, 1), repeat=arity)]
    return {
        tuple(term.tolist())
        for term in terms
        if implied(term) and not any(implied(short) for short in shortened(term))
    }


def as_set(terms: np.ndarray) -> set[tuple[int, ...]]:
    return {tuple(term) for term in terms.tolist()}


@pytest.mark.parametrize("arity", range(4))
def test_every_table_of_up_to_three_bits(arity):
    for table in product((False, True), repeat=2**arity):
        allowed = np.array(table)
        found = prime_implicates(allowed)
        assert len(found) == len(as_set(found))
        assert as_set(found) == prime_implicates_by_enumeration(allowed)


@given(tables(4))
def test_all_primes_are_found(table):
    assert as_set(prime_implicates(np.array(table))) == prime_implicates_by_enumeration(
        np.array(table)
    )


@given(sized_tables(6))
def test_primes_are_implied_minimal_and_equivalent_to_the_relation(allowed):
    terms = prime_implicates(allowed)
    np.testing.assert_array_equal(conjunction(terms), allowed)
    for term in terms:
        assert (clause_table(term) | ~allowed).all()
        for short in shortened(term):
            assert (allowed & ~clause_table(short)).any()
    lengths = (terms != 0).sum(axis=1)
    assert (np.diff(lengths) >= 0).all()


@given(sized_tables(6))
def test_implicants_are_the_implicates_of_the_negation(allowed):
    terms = prime_implicants(allowed)
    np.testing.assert_array_equal(terms, -prime_implicates(~allowed))
    covered = [(rows_of(len(term)) * term >= 0).all(axis=1) for term in terms]
    np.testing.assert_array_equal(
        np.logical_or.reduce([np.zeros(len(allowed), bool), *covered]), allowed
    )


@given(sized_tables(6))
def test_an_irredundant_cover_is_equivalent_and_has_no_spare_clause(allowed):
    primes = prime_implicates(allowed)
    cover = irredundant_cover(primes, allowed)
    assert as_set(cover) <= as_set(primes)
    np.testing.assert_array_equal(conjunction(cover), allowed)
    for i in range(len(cover)):
        rest = np.delete(cover, i, axis=0)
        assert not np.array_equal(conjunction(rest), allowed)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("density", [0.3, 0.5, 0.98])
def test_tables_of_twelve_bits(seed, density):
    allowed = np.random.default_rng(seed).random(4096) < density
    primes = prime_implicates(allowed)
    for terms in (primes, irredundant_cover(primes, allowed)):
        np.testing.assert_array_equal(conjunction(terms), allowed)


@pytest.mark.parametrize(
    ("allowed", "primes", "irredundant"),
    [
        ([True], 0, 0),
        ([False], 1, 1),
        ([True] * 8, 0, 0),
        ([False] * 8, 1, 1),
        # Not all equal; all equal: six implications between pairs, of which a cycle suffices.
        ([False, True, True, True, True, True, True, False], 2, 2),
        ([True, False, False, False, False, False, False, True], 6, 3),
        # A multiplexer: the consensus of its two data inputs is prime but spare.
        ([False, False, True, True, False, True, False, True], 3, 2),
        # Half and full adder: the latter has an encoding of 10 clauses, fewer than the 14 of
        # its two outputs taken apart.
        (cell_table((1, 1)), 10, 6),
        (cell_table((1, 1, 1)), 20, 10),
    ],
)
def test_known_counts(allowed, primes, irredundant):
    allowed = np.array(allowed)
    found = prime_implicates(allowed)
    assert (len(found), len(irredundant_cover(found, allowed))) == (primes, irredundant)


@pytest.mark.parametrize("arity", range(1, 9))
def test_parity_has_only_full_clauses(arity):
    odd = rows_of(arity).prod(axis=1) == (-1) ** (arity + 1)
    terms = prime_implicates(odd)
    assert len(terms) == 2 ** (arity - 1)
    assert (terms != 0).all()


def clauses_of(relation, kind="prime"):
    """The clauses of a relation as DIMACS literals: variable v is v + 1, negated -(v + 1)."""
    literals = terms_of(relation, kind) * (np.array(relation.variables, np.int64) + 1)
    return [tuple(int(literal) for literal in row if literal) for row in literals]


def test_clauses_are_dimacs_literals_of_the_original_variables():
    implication = Relation.from_predicate((4, 0), lambda a, b: not a or b)
    assert clauses_of(implication) == [(-5, 1)]
    gate = Relation.from_predicate((2, 7, 9), lambda a, b, out: (a & b) == out)
    assert sorted(clauses_of(gate)) == [(-3, -8, 10), (3, -10), (8, -10)]
    assert clauses_of(Relation((3,), np.array([False, False]))) == [()]
    assert clauses_of(Relation((3,), np.array([True, True]))) == []


@given(st.lists(relations(), max_size=6), st.sampled_from(["prime", "irredundant"]))
def test_clauses_of_many_relations_at_once(system, kind):
    arrays = clause_arrays(system, kind)
    widths = [clauses.shape[1] for clauses in arrays]
    assert widths == sorted(set(widths))
    found = [tuple(clause) for clauses in arrays for clause in clauses.tolist()]
    expected = {
        tuple(sorted(clause, key=abs))
        for relation in system
        for clause in clauses_of(relation, kind)
    }
    assert len(found) == len(expected)
    assert set(found) == expected


def test_remembered_terms_cannot_be_changed_and_kinds_are_checked():
    relation = Relation((0, 1), np.array([True, False, False, True]))
    with pytest.raises(ValueError, match="read-only"):
        terms_of(relation)[0, 0] = 5
    with pytest.raises(ValueError, match="'prime' or 'irredundant' implicates, got 'all'"):
        terms_of(relation, "all")


def test_tables_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match=r"2\^n rows, got 3"):
        prime_implicates(np.ones(3, bool))
