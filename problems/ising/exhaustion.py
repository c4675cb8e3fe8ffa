"""The optimum of a small problem, by trying all assignments; nothing here loads JAX."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from odesolve.problems.ising.numbers import INT64_ROOM
from odesolve.problems.ising.problem import IsingProblem

__all__ = ["MOST_SPINS", "best_by_exhaustion"]

#: Problems of at most so many spins are decided so, and where integers are beyond 64 bits.
MOST_SPINS, MOST_SPINS_OF_OBJECTS = 20, 14


def best_by_exhaustion(problem: IsingProblem) -> Int[np.ndarray, " spins"] | None:
    """An assignment of the least energy; None where there are too many."""
    count = problem.spin_count
    fits = problem.magnitude < INT64_ROOM
    if count > (MOST_SPINS if fits else MOST_SPINS_OF_OBJECTS):
        return None
    kind = np.int64 if fits else object
    couplings = np.zeros((count, count), kind)
    couplings[problem.pairs[:, 0], problem.pairs[:, 1]] = problem.couplings
    couplings += couplings.T
    # Energies of all assignments of the first spins, and the pull of those on each other spin.
    energies = np.zeros(1, kind)
    pulls = problem.fields.astype(kind)[:, None]
    for spin in range(count):
        own = couplings[spin + 1 :, spin][:, None]
        energies = np.concatenate([energies - pulls[0], energies + pulls[0]])
        pulls = np.concatenate([pulls[1:] - own, pulls[1:] + own], axis=1)
    best = int(energies.argmin())
    return np.array([1 if best >> spin & 1 else -1 for spin in range(count)], np.int8)
