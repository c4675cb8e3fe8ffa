"""Ising problems drawn at random, of the kinds that the field's test sets hold.

The public instances themselves are for reports: presets are chosen on these.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.spatial import Delaunay

from odesolve.problems.ising.problem import IsingProblem

#: Share of a triangulation's edges that a planar graph keeps.
PLANAR_SHARE = 0.99


def dense_signs(spins: int, seed: int) -> IsingProblem:
    """All pairs coupled by -1 or +1, as in the Sherrington-Kirkpatrick model and in K2000."""
    generator = np.random.default_rng(seed)
    first, second = np.triu_indices(spins, 1)
    return IsingProblem.from_arrays(first, second, generator.choice([-1, 1], len(first)))


def random_graph(spins: int, edges: int, seed: int, *, signs: bool = False) -> IsingProblem:
    """A cut of a graph of so many random edges, of weight 1 or of -1 and +1."""
    generator = np.random.default_rng(seed)
    pairs = spins * (spins - 1) // 2
    chosen = generator.choice(pairs, edges, replace=False)
    first, second = np.triu_indices(spins, 1)
    weights = generator.choice([-1, 1], edges) if signs else np.ones(edges, np.int64)
    return IsingProblem.from_arrays(first[chosen], second[chosen], weights, variables=spins)


def torus(rows: int, columns: int, seed: int) -> IsingProblem:
    """A square grid on a torus, of weights -1 and +1."""
    generator = np.random.default_rng(seed)
    numbers = np.arange(rows * columns).reshape(rows, columns)
    right, below = np.roll(numbers, -1, axis=1), np.roll(numbers, -1, axis=0)
    first = np.concatenate([numbers.ravel(), numbers.ravel()])
    second = np.concatenate([right.ravel(), below.ravel()])
    return IsingProblem.from_arrays(first, second, generator.choice([-1, 1], len(first)))


def planar_union(spins: int, seed: int, *, signs: bool = False) -> IsingProblem:
    """Two triangulations of random points, laid over each other, of weight 1 or of -1 and +1."""
    generator = np.random.default_rng(seed)
    keys: set[int] = set()
    for _ in range(2):
        corners = Delaunay(generator.random((spins, 2))).simplices
        ends = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
        ends = np.unique(np.sort(ends, axis=1), axis=0)
        ends = ends[generator.random(len(ends)) < PLANAR_SHARE]
        keys.update((ends[:, 0].astype(np.int64) * spins + ends[:, 1]).tolist())
    first, second = np.divmod(np.array(sorted(keys)), spins)
    weights = generator.choice([-1, 1], len(first)) if signs else np.ones(len(first), np.int64)
    return IsingProblem.from_arrays(first, second, weights, variables=spins)


def cubic(spins: int, seed: int) -> IsingProblem:
    """About three couplings of -1 or +1 for each spin, by pairing three ends of each."""
    generator = np.random.default_rng(seed)
    ends = generator.permutation(np.repeat(np.arange(spins), 3))[: 3 * spins // 2 * 2]
    pairs = ends.reshape(-1, 2)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    weights = generator.choice([-1, 1], len(pairs))
    return IsingProblem.from_arrays(pairs[:, 0], pairs[:, 1], weights, variables=spins)


def random_qubo(bits: int, density: float, seed: int, *, largest: int = 100) -> IsingProblem:
    """A QUBO of integers from -largest to largest, as in the sets of Beasley and of Glover."""
    generator = np.random.default_rng(seed)
    matrix = np.triu(generator.integers(-largest, largest + 1, (bits, bits)))
    kept = generator.random((bits, bits)) < density
    return IsingProblem.from_qubo(matrix * (kept | np.eye(bits, dtype=bool)))


#: Kinds of the public test sets, by the instances that they resemble.
KINDS: dict[str, Callable[[int], IsingProblem]] = {
    "like-G1": lambda seed: random_graph(800, 19176, seed),
    "like-G6": lambda seed: random_graph(800, 19176, seed, signs=True),
    "like-G11": lambda seed: torus(100, 8, seed),
    "like-G14": lambda seed: planar_union(800, seed),
    "like-G18": lambda seed: planar_union(800, seed, signs=True),
    "like-G22": lambda seed: random_graph(2000, 19990, seed),
    "like-G27": lambda seed: random_graph(2000, 19990, seed, signs=True),
    "like-G32": lambda seed: torus(100, 20, seed),
    "like-G35": lambda seed: planar_union(2000, seed),
    "like-G39": lambda seed: planar_union(2000, seed, signs=True),
    "like-G43": lambda seed: random_graph(1000, 9990, seed),
    "like-G55": lambda seed: random_graph(5000, 12498, seed),
    "like-G57": lambda seed: torus(100, 50, seed),
    "like-G58": lambda seed: planar_union(5000, seed),
    "like-G59": lambda seed: planar_union(5000, seed, signs=True),
    "like-G70": lambda seed: random_graph(10000, 9999, seed),
    "like-G77": lambda seed: torus(100, 140, seed),
    "like-G81": lambda seed: torus(200, 100, seed),
    "like-K2000": lambda seed: dense_signs(2000, seed),
    "like-bqp500": lambda seed: random_qubo(500, 0.1, seed),
    "like-be250": lambda seed: random_qubo(250, 0.1, seed),
    "cubic-2000": lambda seed: cubic(2000, seed),
}
