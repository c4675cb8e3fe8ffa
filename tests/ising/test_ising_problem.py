"""Ising problems: exact coefficients from every form, and energies against their definition."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import product

import networkx
import numpy as np
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st

from odesolve.problems.errors import InputError
from odesolve.problems.ising.check import energies, energy
from odesolve.problems.ising.coefficients import as_exact
from odesolve.problems.ising.numbers import reduced
from odesolve.problems.ising.problem import IsingProblem
from odesolve.problems.ising.terms import Terms, lowest_terms

COEFFICIENTS = {
    "small integers": st.integers(-3, 3),
    "integers beyond 64 bits": st.integers(-(2**80), 2**80),
    "integers at the brink": st.integers(2**60, 2**62),
    "floats": st.floats(-1e9, 1e9, allow_nan=False),
    "tiny and large floats": st.floats(allow_nan=False, allow_infinity=False),
    "fractions": st.fractions(),
    "decimals": st.decimals(-1000, 1000, allow_nan=False, places=3),
}


def exactly(value):
    return Fraction(value)


@st.composite
def term_lists(draw, values):
    count = draw(st.integers(1, 5))
    variables = st.integers(0, count - 1)
    terms = draw(st.lists(st.tuples(variables, variables, values), max_size=8))
    linear = draw(st.lists(values, min_size=count, max_size=count))
    return terms, linear, draw(values)


@pytest.mark.parametrize("binary", [False, True], ids=["spins", "bits"])
@pytest.mark.parametrize("kind", COEFFICIENTS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_every_energy_is_the_sum_of_the_terms_that_were_given(kind, binary, data):
    terms, linear, offset = data.draw(term_lists(COEFFICIENTS[kind]))
    columns = list(zip(*terms, strict=True)) or [(), (), ()]
    problem = IsingProblem.from_arrays(*columns[:2], columns[2], linear=linear, offset=offset,
                                       binary=binary)  # fmt: skip
    qubo = problem.to_qubo()
    for values in product((0, 1) if binary else (-1, 1), repeat=len(linear)):
        expected = exactly(offset) + sum(
            exactly(value) * values[first] * values[second] for first, second, value in terms
        )
        expected += sum(exactly(h) * value for h, value in zip(linear, values, strict=True))
        spins = [2 * value - 1 for value in values] if binary else list(values)
        bits = [(spin + 1) // 2 for spin in spins]
        assert problem.energy(spins) == expected
        assert problem.energy_of_bits(bits) == expected
        again = qubo.offset + sum(
            int(value) * bits[first] * bits[second]
            for (first, second), value in zip(qubo.pairs.tolist(), qubo.quadratic, strict=True)
        )
        again += sum(int(value) * bit for value, bit in zip(qubo.linear, bits, strict=True))
        assert reduced(again, qubo.denominator) == expected


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=6))
def test_floats_are_the_fractions_that_they_are(values):
    numerators, denominator = as_exact(np.array(values), "values")
    assert [Fraction(int(n), denominator) for n in numerators] == [Fraction(v) for v in values]


def test_integers_stay_integers_beside_floats_and_decimals():
    big = 2**70 + 1
    problem = IsingProblem.from_arrays([0, 1], [1, 2], [big, Decimal("0.1")])
    assert problem.energy([1, -1, 1]) == -Fraction(big * 10 + 1, 10)
    assert IsingProblem.from_arrays([0], [1], [0.5]).energy([1, 1]) == Fraction(1, 2)
    assert isinstance(IsingProblem.from_arrays([0], [1], [2.0]).energy([1, 1]), int)


def test_terms_of_a_pair_add_up_and_zeros_vanish():
    problem = IsingProblem.from_arrays([0, 1, 2, 0, 1], [1, 0, 2, 2, 1], [2, 3, 7, 0, 4])
    assert problem.pairs.tolist() == [[0, 1]]
    assert problem.couplings.tolist() == [5]
    assert problem.offset == 11
    assert problem.notes == ("1 repeated term added up",)
    cancelled = IsingProblem.from_arrays([0, 1], [1, 0], [2, -2], variables=4)
    assert (cancelled.coupling_count, cancelled.spin_count, cancelled.density) == (0, 4, 0.0)


def test_a_denominator_beyond_64_bits_leaves_coefficients_that_are_all_zero():
    nothing = np.zeros(0, np.int64)
    fields = np.zeros(2, np.int64)
    terms = Terms(nothing.reshape(0, 2), nothing, fields, 2**80, 2**70)
    problem = IsingProblem(*lowest_terms(terms))
    assert (problem.offset, problem.denominator) == (2**10, 1)
    assert problem.energy([1, -1]) == 2**10


def test_names_number_the_variables():
    problem = IsingProblem.from_dicts({"c": 1}, {("a", "b"): 2, ("b", "c"): -1})
    assert problem.labels == ("c", "a", "b")
    assert problem.energy([1, 1, -1]) == 1 - 2 + 1
    numbered = IsingProblem.from_dicts({1: 1}, {(2, 0): 3})
    assert (numbered.names, numbered.pairs.tolist()) == ((), [[0, 2]])
    assert numbered.fields.tolist() == [0, 1, 0]


@pytest.mark.parametrize("kind", ["dictionary", "dense", "sparse"])
def test_a_qubo_is_what_its_matrix_says(kind):
    matrix = np.array([[1, -2, 0], [5, 0, 3], [0, 0, -4]])
    forms = {
        "dictionary": {
            (int(i), int(j)): matrix[i, j] for i, j in zip(*matrix.nonzero(), strict=True)
        },
        "dense": matrix,
        "sparse": scipy.sparse.csr_array(matrix),
    }
    problem = IsingProblem.from_qubo(forms[kind], offset=7)
    for bits in product((0, 1), repeat=3):
        assert problem.energy_of_bits(bits) == np.array(bits) @ matrix @ bits + 7
    assert problem.is_binary


def cut_weight(pairs, weights, sides):
    """The weight of the edges between two sides, from the edges themselves."""
    return sum(
        int(weight)
        for (first, second), weight in zip(pairs.tolist(), weights.tolist(), strict=True)
        if sides[first] != sides[second]
    )


def test_cuts_are_those_of_networkx():
    graph = networkx.gnp_random_graph(12, 0.4, seed=3)
    problem = IsingProblem.from_graph(graph)
    generator = np.random.default_rng(0)
    for _ in range(5):
        sides = generator.choice([-1, 1], 12)
        own = networkx.cut_size(graph, np.flatnonzero(sides > 0).tolist())
        assert problem.cut(problem.energy(sides)) == own
        assert cut_weight(problem.pairs, problem.couplings, sides) == own


def test_many_energies_are_those_of_each():
    generator = np.random.default_rng(1)
    problem = IsingProblem.from_matrix(np.triu(generator.integers(-9, 9, (20, 20)), 1))
    spins = generator.choice([-1, 1], (20, 6))
    assert energies(problem, spins) == [energy(problem, own) for own in spins.T]


BROKEN = {
    "text": lambda: IsingProblem.from_arrays([0], [1], ["1"]),
    "truth values": lambda: IsingProblem.from_arrays([0], [1], [True]),
    "not a number": lambda: IsingProblem.from_arrays([0], [1], np.array([np.nan])),
    "infinite": lambda: IsingProblem.from_arrays([0], [1], [float("inf")]),
    "complex": lambda: IsingProblem.from_arrays([0], [1], np.array([1j])),
    "lengths": lambda: IsingProblem.from_arrays([0, 1], [1], [1]),
    "negative variable": lambda: IsingProblem.from_arrays([0], [-1], [1]),
    "huge variable": lambda: IsingProblem.from_arrays([0], [10**9], [1]),
    "too few variables": lambda: IsingProblem.from_arrays([0], [2], [1], variables=2),
    "too many fields": lambda: IsingProblem.from_arrays([], [], [], linear=[1, 2], variables=1),
    "fractional variables": lambda: IsingProblem.from_arrays([0.5], [1], [1]),
    "repeated names": lambda: IsingProblem.from_arrays([0], [1], [1], names=["a", "a"]),
    "key": lambda: IsingProblem.from_dicts({}, {"ab": 1}),
    "not a dictionary": lambda: IsingProblem.from_dicts({}, [(0, 1)]),
    "no matrix": lambda: IsingProblem.from_qubo(3),
    "oblong matrix": lambda: IsingProblem.from_qubo(np.ones((2, 3))),
    "weights": lambda: IsingProblem.from_graph([(0, 1)], weights=[1, 2]),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_what_is_no_problem_is_refused_in_one_line(kind):
    with pytest.raises(InputError) as raised:
        BROKEN[kind]()
    assert "expected" in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("spins", [[1], [1, 0], [1, 2], "ab", 1, [[1, 1, 1]]])
def test_the_checker_takes_spins_alone(spins):
    with pytest.raises(InputError):
        IsingProblem.from_arrays([0], [1], [1]).energy(spins)
