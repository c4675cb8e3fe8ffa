"""A population of local minima, whose crossings are where the dynamics begins again.

Two good assignments mostly agree: where they do, a child begins on that side; where they do not, it
begins undecided, and the dynamics decides from the middle of an anneal on. A child takes the place
of the nearer of its parents if it is no worse, which keeps the population diverse.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int

__all__ = ["Population"]

#: How far a child begins from what its parents say, at most: 1 is the whole of a spin.
NOISE = 0.3


class Population:
    """As many assignments as there are runs.

    Attributes:
        signs: int8 ``[places, runs]``.
        energies: as the device adds them, ``[runs]``.
        stale: generations since a child was better than a parent.
    """

    def __init__(
        self, signs: Int[np.ndarray, "places runs"], energies: Float[np.ndarray, " runs"]
    ) -> None:
        self.signs, self.energies = np.array(signs, np.int8), np.array(energies, np.float64)
        self.parents = np.zeros((2, len(energies)), np.int64)
        self.stale = 0

    def crossed(self, generator: np.random.Generator) -> Float[np.ndarray, "places runs"]:
        """Where the children begin, between -1 and 1; each has two parents drawn at random."""
        runs = len(self.energies)
        first = generator.integers(runs, size=runs)
        second = (first + generator.integers(1, max(runs, 2), size=runs)) % runs
        self.parents = np.stack([first, second])
        one = self.signs[:, first].astype(np.float32)
        other = self.signs[:, second].astype(np.float32)
        # All signs turned are the same assignment.
        other *= np.where(np.einsum("pr,pr->r", one, other) < 0, -1, 1).astype(np.float32)
        shake = 2.0 * generator.random(one.shape, np.float32) - 1.0
        return np.clip(0.5 * (one + other) + NOISE * shake, -1.0, 1.0).astype(np.float32)

    def replace(
        self, signs: Int[np.ndarray, "places runs"], energies: Float[np.ndarray, " runs"]
    ) -> None:
        """Let children take the places of parents that are no better, unless they are there yet."""
        improved = False
        own = self.signs.astype(np.float32)
        for run, (first, second) in enumerate(self.parents.T.tolist()):
            child, energy = signs[:, run].astype(np.float32), float(energies[run])
            alike = np.abs(child @ own)
            place = first if alike[first] >= alike[second] else second
            is_there = bool((alike == len(child)).any())
            if energy > self.energies[place] or is_there:
                continue
            improved |= energy < self.energies[place]
            self.signs[:, place], self.energies[place] = signs[:, run], energy
            own[:, place] = child
        self.stale = 0 if improved else self.stale + 1
