"""A population of local minima, from which the dynamics begins again in the midst of an anneal.

A child of two parents begins on their side where they agree, and undecided where they do not; a
child of one begins near it. The dynamics decides the rest. Whichever kind has gained more of late
is chosen more often: crossings are better where couplings are many, single parents where they are
few.

What a child has found is joined with the nearer of its parents: each takes the regions in which it
is better (``odesolve.problems.ising.regions``). So no place of the population ever becomes worse,
and a large problem improves in many places at once. Each place has children of its own, which keeps
the population diverse.
"""

from __future__ import annotations

from typing import Self

import numpy as np
from jaxtyping import Float, Int

from odesolve.checkpoints import Contents
from odesolve.problems.ising.regions import Regions

__all__ = ["Population"]

#: How far a child begins from what its parents say, at most: 1 is the whole of a spin.
NOISE = 0.3

#: A kind of children is chosen at least this often; what it gained is forgotten at this rate.
LEAST_SHARE, FORGETTING = 0.15, 0.3

#: The kinds of children, by the number of their parents.
KINDS = (2, 1)


class Population:
    """As many assignments as there are runs.

    Arguments:
        signs: ``[places, runs]``.
        energies: as the device adds them, ``[runs]``.
        regions: the couplings, where differences fall into regions; None where they do not.

    Attributes:
        signs: int8 ``[places, runs]``.
        energies: float64 ``[runs]``.
        stale: generations since a child was better than a parent.
    """

    def __init__(
        self,
        signs: Int[np.ndarray, "places runs"],
        energies: Float[np.ndarray, " runs"],
        regions: Regions | None = None,
    ) -> None:
        self.signs, self.energies = np.array(signs, np.int8), np.array(energies, np.float64)
        self.regions = regions
        self.stale = 0
        self._kind = 0
        self._parents = np.zeros((2, len(energies)), np.int64)
        self._gains: dict[int, float] = {}

    def kept(self) -> Contents:
        """All that later generations depend on; it stays as it is."""
        gains = [[kind, gain] for kind, gain in self._gains.items()]
        arrays: dict[str, np.ndarray] = {
            "signs": self.signs.copy(), "energies": self.energies.copy()
        }  # fmt: skip
        return Contents({"stale": self.stale, "gains": gains}, arrays)

    @classmethod
    def of(cls, kept: Contents, regions: Regions | None) -> Self:
        """The population that ``kept`` is of.

        Raises:
            KeyError, TypeError, ValueError: if something is missing, or of another kind.
        """
        population = cls(kept.arrays["signs"], kept.arrays["energies"], regions)
        population.stale = int(kept.header["stale"])
        population._gains = {int(kind): float(gain) for kind, gain in kept.header["gains"]}
        return population

    def children(self, generator: np.random.Generator) -> Float[np.ndarray, "places runs"]:
        """Where the children begin, between -1 and 1."""
        runs = len(self.energies)
        self._kind = self._chosen_kind(generator)
        if self._kind == 1:
            first = second = np.arange(runs)
        else:
            first = generator.integers(runs, size=runs)
            second = (first + generator.integers(1, max(runs, 2), size=runs)) % runs
        self._parents = np.stack([first, second])
        one = self.signs[:, first].astype(np.float32)
        other = self.signs[:, second].astype(np.float32)
        # All signs turned are the same assignment.
        other *= np.where(np.einsum("pr,pr->r", one, other) < 0, -1, 1).astype(np.float32)
        shake = 2.0 * generator.random(one.shape, np.float32) - 1.0
        return np.clip(0.5 * (one + other) + NOISE * shake, -1.0, 1.0).astype(np.float32)

    def _chosen_kind(self, generator: np.random.Generator) -> int:
        for kind in KINDS:
            if kind not in self._gains:
                return kind
        total = sum(self._gains.values())
        share = self._gains[KINDS[0]] / total if total > 0 else 0.5
        share = min(max(share, LEAST_SHARE), 1.0 - LEAST_SHARE)
        return KINDS[0] if generator.random() < share else KINDS[1]

    def replace(
        self, signs: Int[np.ndarray, "places runs"], energies: Float[np.ndarray, " runs"]
    ) -> None:
        """Let children take the places of parents that are no better, unless they are there yet."""
        before = float(self.energies.mean())
        own = self.signs.astype(np.float32)
        for run, (first, second) in enumerate(self._parents.T.tolist()):
            child, energy = signs[:, run], float(energies[run])
            alike = child.astype(np.float32) @ own
            place = first if abs(alike[first]) >= abs(alike[second]) else second
            if self.regions is not None:
                child, gain = self.regions.joined(self.signs[:, place], child)
                energy = float(self.energies[place]) - gain
                alike = child.astype(np.float32) @ own
            is_there = bool((np.abs(alike) == len(child)).any())
            if energy > self.energies[place] or is_there:
                continue
            self.signs[:, place], self.energies[place] = child, energy
            own[:, place] = child
        gained = before - float(self.energies.mean())
        self.stale = 0 if gained > 0 else self.stale + 1
        known = self._gains.get(self._kind, gained)
        self._gains[self._kind] = (1.0 - FORGETTING) * known + FORGETTING * gained
