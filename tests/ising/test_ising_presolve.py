"""Presolve of Ising problems: against all assignments, and on kinds that it decides."""

from __future__ import annotations

from itertools import product

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ising.instances import random_problem

import odesolve as ode
from odesolve.problems.ising.check import energies
from odesolve.problems.ising.elimination import best_by_elimination
from odesolve.problems.ising.presolve import presolved
from odesolve.problems.ising.roof_duality import persistent_spins


def all_spins(count):
    return np.array(list(product([-1, 1], repeat=count)), np.int8).reshape(2**count, count).T


NUMBERS = {
    "signs": st.sampled_from([-1, 1]),
    "small integers": st.integers(-3, 3),
    "fractions": st.fractions(-3, 3, max_denominator=4),
    "beyond 64 bits": st.integers(-(2**80), 2**80),
}


@st.composite
def problems(draw, numbers):
    count = draw(st.integers(1, 8))
    pairs = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(
        lambda pair: pair[0] < pair[1]
    )
    terms = draw(st.dictionaries(pairs, numbers, max_size=12)) if count > 1 else {}
    linear = draw(st.lists(numbers | st.just(0), min_size=count, max_size=count))
    return ode.IsingProblem.from_dicts(linear, terms, draw(numbers), binary=draw(st.booleans()))


@pytest.mark.parametrize("kind", NUMBERS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_core_has_the_least_energy_of_the_whole_and_lifts_to_it(kind, data):
    problem = data.draw(problems(NUMBERS[kind]))
    spins = st.integers(0, problem.spin_count - 1)
    fixed = data.draw(st.dictionaries(spins, st.sampled_from([-1, 1]), max_size=2))
    left = presolved(problem, fixed)
    every = all_spins(problem.spin_count)
    for spin, value in fixed.items():
        every = every[:, every[spin] == value]
    cores = all_spins(left.core.spin_count)
    found = energies(left.core, cores)
    assert min(found) == min(energies(problem, every))
    lifted = np.stack([left.lift(core) for core in cores.T], axis=1)
    assert energies(problem, lifted) == found
    assert all((lifted[spin] == value).all() for spin, value in fixed.items())
    if left.is_decided:
        assert left.core.spin_count == 0


@pytest.mark.parametrize("wanted", [False, True])
def test_without_presolve_only_what_is_fixed_is_left_out(wanted):
    problem = ode.IsingProblem.from_dicts({}, {(0, 1): 1, (1, 2): 1})
    left = presolved(problem, {1: 1}, wanted=wanted)
    assert left.core.spin_count == (0 if wanted else 2)
    assert left.lift(-np.ones(left.core.spin_count, np.int8)).tolist() == [-1, 1, -1]


def with_signs(graph, seed=0):
    graph = networkx.convert_node_labels_to_integers(graph)
    signs = np.random.default_rng(seed).choice([-1, 1], graph.number_of_edges())
    return ode.IsingProblem.from_arrays(
        *np.array(graph.edges()).T, signs, variables=graph.number_of_nodes()
    )


DECIDED = {
    "a tree": networkx.random_labeled_tree(2000, seed=1),
    "a cycle": networkx.cycle_graph(999),
    "a strip": networkx.grid_2d_graph(5, 200),
    "a torus of width 6": networkx.grid_2d_graph(6, 40, periodic=True),
    "all pairs of 16": networkx.complete_graph(16),
    "many small components": networkx.disjoint_union_all([networkx.complete_graph(5)] * 50),
}


@pytest.mark.parametrize("kind", DECIDED)
def test_what_is_nearly_a_tree_is_decided(kind):
    problem = with_signs(DECIDED[kind])
    left = presolved(problem)
    assert left.is_decided
    spins = left.lift(np.zeros(0, np.int8))
    assert problem.energy(spins) == left.core.energy(np.zeros(0, np.int8))
    # No single flip lowers what is the least.
    flips = np.where(np.eye(min(problem.spin_count, 40), problem.spin_count, dtype=bool), -1, 1)
    assert min(energies(problem, spins[:, None] * flips.T)) >= problem.energy(spins)


def test_a_strip_has_the_energy_of_the_planar_maximum_cut():
    # Without frustration every bond of a bipartite graph is satisfied.
    strip = networkx.convert_node_labels_to_integers(networkx.grid_2d_graph(4, 30))
    result = ode.maxcut(strip)
    assert result.optimal
    assert result.cut == strip.number_of_edges()
    assert result.run.dynamics == "none"


@pytest.mark.parametrize("problem", [random_problem(60, 1500, 1), random_problem(400, 1600, 2)])
def test_what_is_far_from_a_tree_is_left_alone(problem):
    assert best_by_elimination(problem) is None
    left = presolved(problem)
    assert left.core.spin_count > problem.spin_count / 2


@pytest.mark.parametrize("presolve", [True, False])
def test_fixed_spins_keep_their_values(presolve):
    problem = random_problem(60, 300, 5, fields=2)
    fixed = {0: 1, 1: 1, 7: -1}
    result = ode.ising(problem, fixed=fixed, presolve=presolve, runs=4, max_steps=100)
    assert {spin: result.assignment[spin] for spin in fixed} == fixed
    assert problem.energy(result.spins) == result.energy
    assert [problem.energy(own) for own in result.assignments.T] == list(result.energies)


def test_wrong_fixed_values_are_refused():
    problem = ode.IsingProblem.from_dicts({"a": 1}, {("a", "b"): 1})
    for fixed, wrong in (({"c": 1}, "no variable 'c'"), ({"a": 0}, "0 for 'a'")):
        with pytest.raises(ode.InputError, match=wrong):
            ode.ising(problem, fixed=fixed)


@pytest.mark.parametrize("seed", range(12))
def test_persistent_spins_have_one_value_in_all_assignments_of_the_least_energy(seed):
    problem = random_problem(10, 14, seed, largest=5, fields=4)
    held = persistent_spins(problem)
    energies = {
        spins: problem.energy(spins) for spins in product((-1, 1), repeat=problem.spin_count)
    }
    least = min(energies.values())
    for spins, energy in energies.items():
        if energy == least:
            assert all(spins[spin] == value for spin, value in held.items())


def test_roof_duality_decides_sparse_problems_that_no_other_rule_does():
    generator = np.random.default_rng(4)
    first, second = generator.integers(300, size=(2, 600))
    kept = first != second
    problem = ode.IsingProblem.from_arrays(
        first[kept],
        second[kept],
        generator.integers(-100, 101, kept.sum()),
        linear=generator.integers(-200, 201, 300),
        variables=300,
    )
    left = presolved(problem)
    assert left.is_decided
    # Local optimality, of every spin and pair: a proof by another way would take too long.
    spins = left.lift(left.core.fields)
    least = problem.energy(spins)
    for pair in [(spin,) for spin in range(300)] + problem.pairs.tolist():
        turned = spins.copy()
        turned[list(pair)] *= -1
        assert problem.energy(turned) >= least


@pytest.mark.parametrize(
    "problem",
    [
        ode.IsingProblem.from_dicts([], {}),
        ode.IsingProblem.from_dicts([0, 0, 0], {(0, 1): 1, (1, 2): 1, (0, 2): 1}),
        ode.IsingProblem.from_dicts([2**40, 1, 1], {(0, 1): 2**41, (1, 2): 1, (0, 2): 1}),
        random_problem(40, 400, 1, fields=2),
    ],
    ids=["nothing", "no fields", "beyond the flow's integers", "too dense"],
)
def test_where_roof_duality_says_nothing(problem):
    assert persistent_spins(problem) == {}
