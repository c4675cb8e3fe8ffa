"""Crossings of answers: where children begin, and whose places they take."""

from __future__ import annotations

import numpy as np
from ising.instances import random_problem

import odesolve as ode
from odesolve.problems.ising.population import NOISE, Population


def test_children_begin_where_their_parents_agree():
    generator = np.random.default_rng(0)
    signs = generator.choice([-1, 1], (50, 6)).astype(np.int8)
    population = Population(signs, np.zeros(6, np.float32))
    children = population.crossed(generator)
    for child, (first, second) in zip(children.T, population.parents.T, strict=True):
        assert first != second
        one, other = signs[:, first].astype(int), signs[:, second].astype(int)
        other = other if one @ other >= 0 else -other
        assert (np.abs(child - (one + other) / 2) <= NOISE + 1e-6).all()
        assert (np.sign(child) == one)[one == other].all()


def test_children_take_the_place_of_the_nearer_parent_if_they_are_no_worse():
    signs = np.array([[1, 1, -1], [1, -1, 1], [1, 1, -1], [1, -1, 1], [1, 1, 1]], np.int8)
    population = Population(signs, np.array([0.0, -1.0, -2.0]))
    population.parents = np.array([[0, 1, 2], [1, 2, 0]])
    near_first = np.array([1, 1, 1, 1, -1], np.int8)
    known = -signs[:, 2]  # all signs turned: the same assignment
    worse = np.array([-1, 1, -1, 1, -1], np.int8)
    population.replace(np.stack([near_first, known, worse], axis=1), np.array([-0.5, -2.0, 5.0]))
    assert population.signs[:, 0].tolist() == near_first.tolist()
    assert population.energies.tolist() == [-0.5, -1.0, -2.0]
    assert population.stale == 0
    population.replace(np.stack([worse] * 3, axis=1), np.full(3, 5.0))
    assert population.stale == 1


def test_generations_follow_the_anneals_and_find_as_much_or_more():
    problem = random_problem(120, 500, 3, largest=3)
    schedule = ode.Anneal(
        dt=1.0, first_steps=20.0, most_steps=20.0, generation_steps=20.0, patience=3.0
    )
    result = ode.ising(problem, stepper=schedule, runs=8)
    assert result.run.reason == "steps"
    assert result.run.steps >= 20 + 3 * 20
    assert result.run.steps % 20 == 0
    assert len(result.samples) == 8  # independent anneals alone
    assert result.energy <= min(result.samples)
    assert ode.ising(problem, stepper=schedule, runs=8).energies == result.energies
