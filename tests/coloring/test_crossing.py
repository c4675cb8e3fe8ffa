"""Crossings of two colourings, and runs that begin anew from them."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

import odesolve as ode
from odesolve.problems.coloring.crossing import (
    FIRMNESS,
    LEAST_LEFT_OVER,
    color_crossing,
    greedy_partition_crossover,
    renamed,
)
from odesolve.problems.coloring.search import density_features

NODES, COLORS, RUNS = 60, 6, 5


def shares_of(population: np.ndarray, colors: int) -> np.ndarray:
    """Colourings ``[nodes, runs]`` as shares ``[cells, runs]``, nearly decided."""
    corner = np.eye(colors)[population]  # [nodes, runs, colors]
    return (0.9 * corner + 0.1 / colors).transpose(0, 2, 1).reshape(-1, population.shape[1])


def generators(count: int) -> list[np.random.Generator]:
    return [np.random.default_rng(seed) for seed in range(count)]


def test_the_largest_class_of_either_parent_comes_in_turn():
    first = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2])
    second = np.array([0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2])
    child = greedy_partition_crossover(first, second, 3, np.random.default_rng(0))
    # {0..3} or {7..10} of the first; what is left of {2..7} of the second; the rest of the first.
    assert child[0] == child[1]
    assert len(set(child[4:7].tolist())) == 1
    assert len(set(child[8:].tolist())) == 1
    assert set(child.tolist()) == {0, 1, 2}
    assert child[0] != child[4] != child[8] != child[0]


@pytest.mark.parametrize("seed", range(4))
def test_a_child_of_two_proper_colourings_is_proper_where_it_has_colours(seed):
    graph = nx.gnp_random_graph(NODES, 0.15, seed=seed)
    edges = np.array(graph.edges)
    parents = []
    for strategy in ("largest_first", "smallest_last"):
        own = nx.greedy_color(graph, strategy=strategy)
        parents.append(np.array([own[node] for node in range(NODES)]))
    colors = 1 + max(int(parent.max()) for parent in parents)
    child = greedy_partition_crossover(*parents, colors, np.random.default_rng(seed))
    both = (child[edges] >= 0).all(axis=1)
    assert both.any()
    assert (child[edges[both, 0]] != child[edges[both, 1]]).all()


@pytest.mark.parametrize(
    ("child", "fixed", "expected"),
    [
        ([0, 0, 1, 2], {}, [0, 0, 1, 2]),
        ([0, 0, 1, 2], {0: 2, 3: 0}, [2, 2, 1, 0]),
        ([0, -1, 1, 2], {0: 0, 1: 2, 2: 2}, [0, -1, 2, 1]),
        ([0, 0, 1, 2], {0: 1, 1: 2}, [1, 1, 0, 2]),  # no names could be right for both
    ],
)
def test_classes_of_fixed_nodes_have_their_colours(child, fixed, expected):
    assert renamed(np.array(child), 3, fixed).tolist() == expected


def test_children_stand_near_the_corner_of_their_class():
    random = np.random.default_rng(1)
    population = random.integers(0, COLORS, (NODES, RUNS))
    chosen = np.array([True, False, True, False, False])
    crossed = color_crossing(NODES, COLORS, {3: 2})
    starts = crossed(shares_of(population, COLORS), chosen, generators(2))
    assert starts.shape == (NODES * COLORS, 2)
    shares = starts.reshape(NODES, COLORS, 2)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    decided = shares.max(axis=1) >= FIRMNESS
    assert 0.5 < decided.mean() < 1.0 - LEAST_LEFT_OVER
    again = crossed(shares_of(population, COLORS), chosen, generators(2))
    np.testing.assert_array_equal(starts, again)


def alike() -> np.ndarray:
    """Runs whose classes are the same, under other names."""
    population = np.random.default_rng(2).integers(0, COLORS, NODES)
    return np.stack([(population + run) % COLORS for run in range(RUNS)], axis=1)


def test_runs_that_are_one_or_broken_begin_at_random():
    crossed = color_crossing(NODES, COLORS, {})
    everyone = np.ones(RUNS, bool)
    assert np.isnan(crossed(shares_of(alike(), COLORS), everyone, generators(RUNS))).all()
    x = shares_of(np.random.default_rng(3).integers(0, COLORS, (NODES, RUNS)), COLORS)
    x[0, 1] = np.nan
    starts = crossed(x, everyone, generators(RUNS))
    assert np.isnan(starts[:, 1]).all()
    assert np.isfinite(np.delete(starts, 1, axis=1)).all()
    x[0, :] = np.nan
    x[0, 0] = 0.5
    assert np.isnan(crossed(x, everyone, generators(RUNS))).all()


@pytest.mark.parametrize(("generation", "crossed"), [(20, True), (None, False)])
def test_runs_that_do_not_improve_begin_anew_from_crossings(generation, crossed):
    # Four colours are too few for this graph: no run ends before the steps do.
    edges = np.array(nx.complete_graph(5).edges)
    system = ode.compile_system([(ode.Simplex(4), 5)], [ode.Different(edges)])
    seen = []

    def crossing(x, chosen, random):
        seen.append((x.shape, chosen.copy(), len(random)))
        return np.full((len(x), int(chosen.sum())), 0.25)

    options = {"runs": 3, "seed": 1, "max_steps": 100, "patience": None, "generation": generation}
    result = ode.solve(system, ode.Rectified(), ode.HeavyBall(), **options, crossing=crossing)
    assert not result.satisfied
    assert bool(seen) == crossed
    assert result.runs.restarts.sum() == sum(count for *_, count in seen)
    for shape, chosen, count in seen:
        assert shape == (20, 3)
        assert chosen.sum() == count > 0


def test_the_density_of_graphs():
    complete = np.array(nx.complete_graph(9).edges)
    star = np.array(nx.star_graph(8).edges)
    assert density_features(9, complete) == {"density": 1.0, "spread": 0.0}
    found = density_features(9, star)
    assert found["density"] == pytest.approx(2 / 9)
    degrees = [8, *[1] * 8]
    assert found["spread"] == pytest.approx(np.std(degrees) / np.mean(degrees))
    assert density_features(4, np.zeros((0, 2), np.int64)) == {"density": 0.0, "spread": 0.0}


@pytest.mark.parametrize("stopped", [60, 80])  # beside a crossing, and just before one
def test_a_dense_graph_is_crossed_alike_after_a_checkpoint(stopped, tmp_path):
    graph = nx.gnp_random_graph(100, 0.5, seed=2)
    options = {"colors": 12, "presolve": False, "runs": 4, "seed": 1, "generation": 40}
    whole = ode.color(graph, **options, max_steps=160)
    assert whole.run.preset == "coloring-dense"
    assert whole.run.runs.restarts.sum() > 0
    file = tmp_path / "state.npz"
    ode.color(graph, **options, max_steps=stopped, checkpoint=file)
    resumed = ode.color(graph, **options, max_steps=160, resume=file)
    assert whole.violated > 0
    assert resumed.colors.tolist() == whole.colors.tolist()
    assert resumed.run.runs.violated.tolist() == whole.run.runs.violated.tolist()
