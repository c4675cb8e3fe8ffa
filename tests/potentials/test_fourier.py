from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import solve
from systems import evaluate_multilinear

from odesolve.potentials import (
    multilinear_coefficients,
    truth_table_from_predicate,
    walsh_coefficients,
)

ENCODINGS = {
    "zero-one": ((0, 1), multilinear_coefficients),
    "signed": ((-1, 1), walsh_coefficients),
}


def coefficients_by_interpolation(table: np.ndarray, encoding: tuple[int, int]) -> np.ndarray:
    """The article's ``find_coefficients``: one dense linear system."""
    arity = len(table).bit_length() - 1
    matrix = np.zeros((2**arity, 2**arity))
    for i, row in enumerate(product(encoding, repeat=arity)):
        for j in range(2**arity):
            bits = [int(k) for k in f"{j:0{arity}b}"] if arity else []
            matrix[i, j] = np.prod([a if b else 1 for a, b in zip(row, bits, strict=True)])
    return solve(matrix, table)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("arity", range(9))
def test_transforms_agree_with_direct_interpolation(arity, encoding):
    values, transform = ENCODINGS[encoding]
    table = np.random.default_rng(arity).integers(0, 2, 2**arity).astype(float)
    found = transform(table)
    np.testing.assert_allclose(found, coefficients_by_interpolation(table, values), atol=1e-9)


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(
    table=st.integers(0, 6).flatmap(
        lambda n: st.lists(st.floats(-5, 5), min_size=2**n, max_size=2**n)
    )
)
def test_the_expansion_equals_the_table_at_every_corner(encoding, table):
    values, transform = ENCODINGS[encoding]
    coefficients = transform(np.array(table))
    arity = len(table).bit_length() - 1
    found = [
        evaluate_multilinear(coefficients, np.array(corner))
        for corner in product(values, repeat=arity)
    ]
    np.testing.assert_allclose(found, table, atol=1e-9)


@pytest.mark.parametrize("arity", range(1, 13))
def test_exclusive_or_is_one_product_of_signed_variables(arity):
    # Parity as a sign: the product of all the variables (article, "Potentials").
    signs = np.array([np.prod(row) for row in product((-1, 1), repeat=arity)])
    expected = np.zeros(2**arity)
    expected[-1] = 1
    np.testing.assert_array_equal(walsh_coefficients(signs), expected)
    odd = truth_table_from_predicate(lambda *bits: sum(bits) % 2, arity)
    assert np.count_nonzero(walsh_coefficients(1 - 2.0 * odd)) == 1


def test_the_articles_examples():
    np.testing.assert_array_equal(multilinear_coefficients([0, 1, 1, 0]), [0, 1, 1, -2])
    np.testing.assert_array_equal(walsh_coefficients([1, -1, -1, 1]), [0, 0, 0, 1])
    three = walsh_coefficients([-1, 1, 1, -1, 1, -1, -1, 1])
    np.testing.assert_array_equal(three, [0, 0, 0, 0, 0, 0, 0, 1])


def test_the_first_variable_is_the_most_significant_bit():
    # f(a, b) = a, so the only monomial is that of a: mask 0b10.
    np.testing.assert_array_equal(multilinear_coefficients([0, 0, 1, 1]), [0, 0, 1, 0])
    table = truth_table_from_predicate(lambda a, b, c: a and not c, 3)
    np.testing.assert_array_equal(table, [0, 0, 0, 0, 1, 0, 1, 0])


@pytest.mark.parametrize("rows", [0, 3, 6, 1000])
@pytest.mark.parametrize("transform", [multilinear_coefficients, walsh_coefficients])
def test_tables_of_other_lengths_are_refused(transform, rows):
    with pytest.raises(ValueError, match=f"2\\^n rows, got {rows}"):
        transform(np.zeros(rows))


@pytest.mark.parametrize("arity", [-1, 13])
def test_predicates_of_too_many_bits_are_refused(arity):
    with pytest.raises(ValueError, match=f"0 to 12 variables, got {arity}"):
        truth_table_from_predicate(lambda *bits: True, arity)
