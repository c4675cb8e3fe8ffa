"""Generations: where children begin, whose places they take, and how assignments are joined."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from ising.instances import dense_matrix, random_problem

import odesolve as ode
from odesolve.budget import Budget
from odesolve.options import Options
from odesolve.presets.choice import choose
from odesolve.problems.ising.machine import Machine
from odesolve.problems.ising.population import NOISE, Population
from odesolve.problems.ising.regions import Regions
from odesolve.problems.ising.system import features


def test_children_begin_near_their_parents_where_these_agree():
    generator = np.random.default_rng(0)
    signs = generator.choice([-1, 1], (50, 6)).astype(np.int8)
    population = Population(signs, np.zeros(6, np.float32))
    kinds = set()
    for _ in range(40):
        children = population.children(generator)
        parents = population._parents
        kinds.add("one" if (parents[0] == parents[1]).all() else "two")
        for child, (first, second) in zip(children.T, parents.T, strict=True):
            one, other = signs[:, first].astype(int), signs[:, second].astype(int)
            other = other if one @ other >= 0 else -other
            assert (np.abs(child - (one + other) / 2) <= NOISE + 1e-6).all()
            assert (np.sign(child) == one)[one == other].all()
        worse = np.tile(generator.choice([-1, 1], (50, 1)), 6).astype(np.int8)
        population.replace(worse, np.full(6, 5.0))
    assert kinds == {"one", "two"}


def test_children_take_the_place_of_the_nearer_parent_if_they_are_no_worse():
    signs = np.array([[1, 1, -1], [1, -1, 1], [1, 1, -1], [1, -1, 1], [1, 1, 1]], np.int8)
    population = Population(signs, np.array([0.0, -1.0, -2.0]))
    population._parents = np.array([[0, 1, 2], [1, 2, 0]])
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


def energy_of(matrix, spins):
    return -0.5 * spins.astype(float) @ matrix @ spins


@pytest.mark.parametrize("anchored", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_joined_assignments_are_the_best_that_can_be_put_together(seed, anchored):
    problem = random_problem(24, 30, seed, largest=4, fields=2 * anchored)
    matrix = dense_matrix(problem)
    pairs = np.argwhere(np.triu(matrix))
    anchor = len(matrix) - 1 if anchored else None
    regions = Regions(pairs, matrix[pairs[:, 0], pairs[:, 1]], len(matrix), anchor)
    generator = np.random.default_rng(seed)
    one, other = generator.choice([-1, 1], (2, len(matrix))).astype(np.int8)
    joined, gain = regions.joined(one, other)
    assert energy_of(matrix, joined) == energy_of(matrix, one) - gain
    if anchored:
        other = other * one[-1] * other[-1]
        assert joined[-1] == one[-1]
    elif one @ other < 0:
        other = -other
    assert ((joined == one) | (joined == other)).all()
    # Every choice of a side for each region of differing spins, by trying all.
    places = np.flatnonzero(one != other)
    import networkx as nx

    graph = nx.from_numpy_array(np.abs(matrix[np.ix_(places, places)]))
    parts = [places[sorted(part)] for part in nx.connected_components(graph)]
    best = np.inf
    for sides in product([False, True], repeat=len(parts)):
        mixed = one.copy()
        for part, turned in zip(parts, sides, strict=True):
            if turned:
                mixed[part] = other[part]
        best = min(best, energy_of(matrix, mixed))
    assert energy_of(matrix, joined) == best
    assert best <= min(energy_of(matrix, one), energy_of(matrix, other))


def test_many_spins_are_joined_on_their_own_side():
    ring = np.array([(spin, spin + 1) for spin in range(299)] + [(0, 299)])
    regions = Regions(ring, np.ones(300), 300)
    one = np.ones(300, np.int8)
    for count in range(0, 60, 7):
        other = one.copy()
        other[: 2 * count] = -1
        for side in (1, -1):
            joined, gain = regions.joined(other, side * one)
            assert (joined == one).all()
            assert gain == (4.0 if count else 0.0)


def test_the_runs_keep_the_lanes_whose_anneals_were_better():
    problem = random_problem(60, 150)
    choice = choose("ising", features(problem))
    lanes = len(choice.lanes)
    machine = Machine(problem, choice, Options(runs=3 * lanes), Budget())
    shapes = [np.shape(leaf) for leaf in vars(machine.equations).values()]
    energies = np.where(machine.lane_of_run % 2 == 0, -5.0, 0.0)
    machine.keep_better_lanes(energies)
    kept = sorted(set(machine.lane_of_run.tolist()))
    assert kept == list(range(0, lanes, 2))
    assert [np.shape(leaf) for leaf in vars(machine.equations).values()] == shapes
    for run, lane in enumerate(machine.lane_of_run.tolist()):
        dynamics, stepper = choice.lanes[lane]
        own = {name: np.asarray(value) for name, value in vars(machine.equations).items()}
        for name, value in dynamics.parameters().items():
            assert np.float32(value) == np.broadcast_to(own[name], machine.runs)[run]
        assert np.broadcast_to(np.asarray(machine.dt), machine.runs)[run] == np.float32(stepper.dt)
