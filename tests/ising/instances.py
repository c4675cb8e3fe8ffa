"""Small Ising problems that the tests share."""

from __future__ import annotations

import numpy as np

from odesolve.problems.ising.problem import IsingProblem


def random_problem(
    spins: int, couplings: int, seed: int = 0, *, largest: int = 1, fields: int = 0
) -> IsingProblem:
    """Different pairs, with couplings and fields of magnitudes up to these."""
    generator = np.random.default_rng(seed)
    first, second = np.triu_indices(spins, 1)
    chosen = generator.choice(len(first), couplings, replace=False)
    values = generator.choice([-1, 1], couplings) * generator.integers(1, largest + 1, couplings)
    linear = generator.integers(-fields, fields + 1, spins)
    return IsingProblem.from_arrays(first[chosen], second[chosen], values, linear=linear)


def star(leaves: int) -> IsingProblem:
    """One spin that is coupled with all the others, and a few couplings among those."""
    rows = np.concatenate([np.zeros(leaves, np.int64), np.arange(1, leaves)])
    columns = np.concatenate([np.arange(1, leaves + 1), np.arange(2, leaves + 1)])
    return IsingProblem.from_arrays(rows, columns, np.arange(1, 2 * leaves) % 5 - 2)


def dense_matrix(problem: IsingProblem) -> np.ndarray:
    """W of E = -1/2 s W s, the fields as couplings with one more spin."""
    count = problem.spin_count
    with_fields = bool(problem.fields.any())
    matrix = np.zeros((count + with_fields, count + with_fields))
    matrix[problem.pairs[:, 0], problem.pairs[:, 1]] = -problem.couplings.astype(float)
    if with_fields:
        matrix[:count, count] = -problem.fields.astype(float)
    return matrix + matrix.T
