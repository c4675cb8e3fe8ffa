"""The optimum of a small problem, by trying all assignments; nothing here loads JAX."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from odesolve.problems.ising.problem import IsingProblem

__all__ = ["MOST_SPINS", "best_by_exhaustion"]

#: Problems of at most so many spins are decided so.
MOST_SPINS = 20

#: Energies are added as float64, which holds integers below this exactly.
_ROOM = 2**53


def best_by_exhaustion(problem: IsingProblem) -> Int[np.ndarray, " spins"] | None:
    """An assignment of the least energy; None where there are too many, or too large numbers."""
    count = problem.spin_count
    if count > MOST_SPINS or problem.magnitude >= _ROOM:
        return None
    couplings = np.zeros((count, count))
    couplings[problem.pairs[:, 0], problem.pairs[:, 1]] = problem.couplings.astype(np.float64)
    couplings += couplings.T
    # Energies of all assignments of the first spins, and the pull of those on each other spin.
    energies = np.zeros(1)
    pulls = problem.fields.astype(np.float64)[:, None]
    for spin in range(count):
        own = couplings[spin + 1 :, spin][:, None]
        energies = np.concatenate([energies - pulls[0], energies + pulls[0]])
        pulls = np.concatenate([pulls[1:] - own, pulls[1:] + own], axis=1)
    best = int(energies.argmin())
    return np.array([1 if best >> spin & 1 else -1 for spin in range(count)], np.int8)
