"""An assignment for whoever has no time to integrate."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int

from odesolve.problems.ising.check import energies
from odesolve.problems.ising.problem import IsingProblem
from odesolve.problems.ising.system import float_terms, symmetric_matrix

__all__ = ["first_guess"]

#: It begins with the best of so many random assignments.
GUESSES = 8

#: Rounds of flips, and how many couplings they may look at in all: about a tenth of a second.
ROUNDS, LOOKS = 100, 10**8


def first_guess(
    problem: IsingProblem, seed: int, hint: Int[np.ndarray, " spins"] | None = None
) -> Int[np.ndarray, " spins"]:
    """The hint, or the best of a few random assignments, and downhill from there.

    Arguments:
        seed: of the random assignments.
        hint: -1 and +1, 0 for anything.
    """
    generator = np.random.default_rng(seed)
    spins = generator.choice(np.array([-1, 1], np.int8), (problem.spin_count, GUESSES))
    spins[:, 0] = np.where(problem.fields > 0, -1, 1).astype(np.int8)
    if hint is not None:
        spins = np.where(hint[:, None] != 0, hint[:, None], spins).astype(np.int8)
    own = energies(problem, spins)
    best = np.ascontiguousarray(spins[:, min(range(GUESSES), key=own.__getitem__)])
    lower = _downhill(problem, best, generator)
    return lower if energies(problem, lower[:, None])[0] < min(own) else best


def _downhill(
    problem: IsingProblem, spins: Int[np.ndarray, " spins"], generator: np.random.Generator
) -> Int[np.ndarray, " spins"]:
    """Flip half of the spins that gain by it, drawn at random, again and again.

    All at once they would flip to and fro, as neighbours undo what each has gained.
    """
    weights, fields = float_terms(problem)
    matrix = symmetric_matrix(problem.pairs, weights, len(spins))
    for _ in range(min(ROUNDS, LOOKS // max(matrix.nnz, 1))):
        gaining = spins * (matrix @ spins.astype(np.float64) + fields) < 0
        if not gaining.any():
            break
        flips = gaining & (generator.random(len(spins)) < 0.5)
        spins = np.where(flips, -spins, spins).astype(np.int8)
    return spins
