"""The optimum of couplings that are nearly a tree: spins are eliminated one by one, exactly.

To eliminate a spin is to replace it, and the terms that it is in, by a table of the least energy
that it can have, for all values of its neighbours. Those are then coupled to each other. The table
has 2^d entries for d neighbours, so that this decides trees, strips of a lattice, and whatever is
small; on anything else it gives up before it has begun. (Bertele and Brioschi, Nonserial Dynamic
Programming, 1972.)
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush

import numpy as np
from jaxtyping import Int

from odesolve.problems.ising.numbers import INT64_ROOM
from odesolve.problems.ising.problem import IsingProblem

__all__ = ["best_by_elimination"]

#: Neighbours that a spin may have when it is eliminated: any 24 spins can be.
MOST_NEIGHBOURS = 23

#: Entries that all tables may have together: a second of work, and 64 MiB of choices.
MOST_ENTRIES = 2**26

#: Pairs of neighbours that may be looked at to find an order.
MOST_PAIRS = 2**20


def best_by_elimination(problem: IsingProblem) -> Int[np.ndarray, " spins"] | None:
    """An assignment of the least energy; None where it would take too long, or overflow."""
    if problem.magnitude >= INT64_ROOM or problem.couplings.dtype == object:
        return None
    order = _order(problem)
    return None if order is None else _Elimination(problem, order).best()


def _order(problem: IsingProblem) -> list[int] | None:
    """Spins, the one with the fewest neighbours first; None where there are too many of these."""
    count = problem.spin_count
    if not count or problem.degrees.min() > MOST_NEIGHBOURS:
        return [] if not count else None
    near: list[set[int]] = [set() for _ in range(count)]
    for first, second in problem.pairs.tolist():
        near[first].add(second)
        near[second].add(first)
    queue = [(len(own), spin) for spin, own in enumerate(near)]
    heapify(queue)
    order: list[int] = []
    gone = [False] * count
    entries = pairs = 0
    while queue:
        degree, spin = heappop(queue)
        if gone[spin] or degree != len(near[spin]):
            continue
        entries += 2**degree
        pairs += degree * degree
        if degree > MOST_NEIGHBOURS or entries > MOST_ENTRIES or pairs > MOST_PAIRS:
            return None
        order.append(spin)
        gone[spin] = True
        own = near[spin]
        for other in own:
            near[other] |= own
            near[other] -= {spin, other}
            heappush(queue, (len(near[other]), other))
    return order


class _Table:
    """Least energies for all values of some spins: an axis of length 2 for each, -1 first."""

    def __init__(self, spins: tuple[int, ...], values: np.ndarray) -> None:
        self.spins, self.values = spins, values

    def over(self, spins: Sequence[int]) -> np.ndarray:
        """The table with an axis for each of these spins, of length 1 for those it lacks."""
        places = [self.spins.index(spin) for spin in spins if spin in self.spins]
        shape = [2 if spin in self.spins else 1 for spin in spins]
        return self.values.transpose(places).reshape(shape)


class _Elimination:
    """Tables in the order of elimination, then the choices backwards."""

    def __init__(self, problem: IsingProblem, order: list[int]) -> None:
        self.order = order
        self.fields = problem.fields.tolist()
        self.near: list[dict[int, int]] = [{} for _ in order]
        numbers = problem.couplings.tolist()
        for (first, second), coupling in zip(problem.pairs.tolist(), numbers, strict=True):
            self.near[first][second] = self.near[second][first] = coupling
        self.tables: list[list[_Table]] = [[] for _ in order]
        self.gone = [False] * len(order)

    def best(self) -> Int[np.ndarray, " spins"]:
        """The choices that led to the least energy."""
        choices = [self.choice(spin) for spin in self.order]
        spins = np.zeros(len(self.order), np.int8)
        for spin, (near, up) in zip(reversed(self.order), reversed(choices), strict=True):
            place = tuple((spins[list(near)] > 0).astype(int).tolist())
            spins[spin] = 1 if up[place] else -1
        return spins

    def choice(self, spin: int) -> tuple[tuple[int, ...], np.ndarray]:
        """Eliminate a spin: its neighbours, and for all their values whether it is up."""
        tables = self.tables[spin]
        coupled = {other: J for other, J in self.near[spin].items() if not self.gone[other]}
        known = {other for table in tables for other in table.spins} - {spin}
        near = tuple(sorted(coupled.keys() | known))
        up = self.pull(spin, near, coupled)
        down = -up
        for table in tables:
            values = table.over((spin, *near))
            down = down + values[0]
            up = up + values[1]
        # Ties go up, so that the same problem has the same answer everywhere.
        is_up = up <= down
        self.gone[spin] = True
        left = _Table(near, np.where(is_up, up, down))
        for other in known:
            self.tables[other] = [t for t in self.tables[other] if spin not in t.spins]
        if near:
            for other in near:
                self.tables[other].append(left)
        self.tables[spin] = []
        return near, is_up

    def pull(self, spin: int, near: tuple[int, ...], coupled: dict[int, int]) -> np.ndarray:
        """What the energy gains where the spin is up, for all values of its neighbours."""
        pull = np.full((1,) * len(near), self.fields[spin], np.int64)
        for axis, other in enumerate(near):
            if other in coupled:
                shape = [2 if i == axis else 1 for i in range(len(near))]
                pull = pull + np.array([-coupled[other], coupled[other]]).reshape(shape)
        return np.broadcast_to(pull, (2,) * len(near))
