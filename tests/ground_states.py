"""Least energies by exhaustion: an oracle that shares nothing with what it judges."""

from __future__ import annotations

import networkx
import numpy as np


def all_rows(count):
    """Every assignment of bits, ``[2**count, count]``, the first bit the most significant."""
    return (np.arange(2**count)[:, None] >> np.arange(count - 1, -1, -1)) & 1


def least_energies(problem, rows):
    """The least energy over the variables behind those in ``rows``, for each row.

    The others are minimised component by component, each over all of its assignments.
    """
    rows = np.asarray(rows, object)
    own = rows.shape[1]
    qubo = problem.to_qubo()
    assert qubo.denominator == 1
    linear = qubo.linear.astype(object)
    graph = networkx.Graph()
    graph.add_nodes_from(range(own, problem.spin_count))
    matrix = np.zeros((problem.spin_count, problem.spin_count), object)
    for (first, second), value in zip(qubo.pairs.tolist(), qubo.quadratic.tolist(), strict=True):
        matrix[first, second] = value
        if first >= own:
            graph.add_edge(first, second)
    exact = int(np.abs(linear).sum() + np.abs(matrix).sum()) < 2**53
    kind = float if exact else object
    rows, linear, matrix = rows.astype(kind), linear.astype(kind), matrix.astype(kind)
    energies = rows @ linear[:own] + ((rows @ matrix[:own, :own]) * rows).sum(axis=1)
    for component in networkx.connected_components(graph):
        members = sorted(component)
        assert len(members) <= 18
        values = all_rows(len(members)).astype(kind)
        inner = matrix[np.ix_(members, members)]
        alone = values @ linear[members] + ((values @ inner) * values).sum(axis=1)
        around = (rows @ matrix[:own, members]) @ values.T
        energies = energies + (around + alone).min(axis=1)
    return np.array([int(energy) for energy in energies], object) + qubo.offset
