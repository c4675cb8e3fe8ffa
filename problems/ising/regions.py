"""Where two assignments differ, region by region: the better of both in each of them.

The spins in which two assignments differ fall into regions that no coupling joins. Turning one
region changes the energy by an amount of its own, whatever the others do. So the best that can be
put together from both takes each region from the assignment in which it is better: one of
2^regions, found at once, never worse than either. On sparse problems, where two assignments of many
spins differ in hundreds of places, this is what lets local improvements add up.

Source: partition crossover, for the travelling salesman D. Whitley, D. Hains, A. Howe, GECCO
(2009), for sums of small terms R. Tinos, D. Whitley, F. Chicano, FOGA (2015).
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse.csgraph import connected_components

from odesolve.problems.ising.system import symmetric_matrix

__all__ = ["Regions"]


class Regions:
    """Joins assignments of E = -1/2 sum W s s.

    Arguments:
        pairs: ``i < j``, each once.
        weights: W of these, ``[couplings]``.
        count: of spins.
        anchor: a spin that is the same in all assignments, up to turning all; None for none.

    Example:
        >>> import numpy as np
        >>> path = Regions(np.array([[0, 1], [1, 2]]), np.ones(2), 3)
        >>> spins, gain = path.joined(np.array([1, 1, -1]), np.array([1, 1, 1]))
        >>> spins.tolist(), gain
        ([1, 1, 1], 2.0)
    """

    def __init__(
        self,
        pairs: Int[np.ndarray, "couplings 2"],
        weights: Float[np.ndarray, " couplings"],
        count: int,
        anchor: int | None = None,
    ) -> None:
        self._matrix = symmetric_matrix(pairs, weights, count)
        self._anchor = anchor

    def joined(
        self, one: Int[np.ndarray, " spins"], other: Int[np.ndarray, " spins"]
    ) -> tuple[Int[np.ndarray, " spins"], float]:
        """The best of both, on the side of ``one``, and how much its energy is below that of it.

        Regions in which both are equally good are those of ``other``.
        """
        alike = one * other
        # The sum over all, unlike a product of int8, does not overflow.
        side = np.sum(alike) if self._anchor is None else alike[self._anchor]
        if side < 0:
            other = -other
        places = np.flatnonzero(one != other)
        if not len(places):
            return one, 0.0
        rows = self._matrix[places]
        inside = rows[:, places]
        own = one[places].astype(np.float64)
        # What a spin has from those that do not turn with it.
        outer = own * (rows @ one.astype(np.float64) - inside @ own)
        _, region = connected_components(inside, directed=False)
        losses = 2.0 * np.bincount(region, outer)
        taken = places[losses[region] <= 0.0]
        joined = one.copy()
        joined[taken] = other[taken]
        return joined, -float(losses[losses <= 0.0].sum())
