"""Local searches for colourings in compiled code: TabuCol, PartialCol and HEAD.

TabuCol (Hertz, de Werra, Computing 39, 1987) moves one node of a conflict at a time to the colour
that leaves the fewest conflicts, and forbids the way back for 0.6 times the nodes in conflict and
a random number below 10 steps (Galinier, Hao, Journal of Combinatorial Optimization 3, 1999).
PartialCol (Bloechliger, Zufferey, Computers & Operations Research 35, 2008) keeps classes proper
and leaves nodes out instead: one of them enters a class, and its neighbours there leave it.
HEAD (Moalic, Gondran, Journal of Heuristics 24, 2018) is an evolution of two colourings: both are
crossed both ways by taking the largest class of either parent in turn (GPX), each child is improved
by TabuCol, and after every ten generations the best of the cycle before takes a parent's place.

How many neighbours of each node have each colour is kept up to date, so that a step looks at
conflicts alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from benchmarks.local_search import RandomState, below

Integers = NDArray[np.int32]
Table = NDArray[np.int32]

#: Steps between two looks at the clock.
STEPS_A_CALL = 50_000

#: Steps of TabuCol for each child of HEAD, and generations of a cycle.
STEPS_OF_A_CHILD, GENERATIONS_OF_A_CYCLE = 10_000, 10


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        coloring: a colour of each node; None if the time was spent.
        steps: moves of nodes.
    """

    coloring: list[int] | None
    steps: int


@dataclass(frozen=True)
class Adjacency:
    """A graph: the neighbours of node i are ``neighbours[starts[i]:starts[i + 1]]``."""

    starts: Integers
    neighbours: Integers

    @classmethod
    def of(cls, nodes: int, edges: np.ndarray) -> Adjacency:
        """From pairs of different nodes, each pair once."""
        both = np.concatenate([edges, edges[:, ::-1]]).reshape(-1, 2)
        both = both[np.argsort(both[:, 0], kind="stable")]
        degrees = np.bincount(both[:, 0], minlength=nodes)
        starts = np.concatenate([[0], np.cumsum(degrees)])
        return cls(starts.astype(np.int32), both[:, 1].astype(np.int32))


Search = Callable[[Adjacency, int, int, float], Found]


def tabucol(graph: Adjacency, colors: int, seed: int, limit: float) -> Found:
    """TabuCol from a random colouring, without restarts, until the limit in seconds."""
    began, generator, state = time.perf_counter(), *_random(seed)
    coloring = generator.integers(0, colors, len(graph.starts) - 1).astype(np.int32)
    tabu = np.zeros((len(coloring), colors), np.int64)
    nowhere = np.zeros(0, np.int32)

    def go_on(steps: int) -> tuple[int, int]:
        own = coloring, tabu, steps, STEPS_A_CALL, nowhere, state
        done, conflicts, _ = _tabucol(*_arrays(graph), *own)
        return done, conflicts

    return _searched(coloring, began + limit, go_on)


def partialcol(graph: Adjacency, colors: int, seed: int, limit: float) -> Found:
    """PartialCol from no colours at all, without restarts, until the limit in seconds."""
    began, (_, state) = time.perf_counter(), _random(seed)
    coloring = np.full(len(graph.starts) - 1, -1, np.int32)
    tabu = np.zeros((len(coloring), colors), np.int64)

    def go_on(steps: int) -> tuple[int, int]:
        return _partialcol(*_arrays(graph), coloring, tabu, steps, STEPS_A_CALL, state)

    return _searched(coloring, began + limit, go_on)


def _searched(coloring: Integers, end: float, go_on: Callable[[int], tuple[int, int]]) -> Found:
    """Call after call until a colouring is proper, or until this moment.

    Arguments:
        coloring: what the calls change.
        go_on: (steps before it) -> (steps, what is left to mend). The clock of what is forbidden
            goes on where the call before ended.
    """
    steps = 0
    while True:
        done, left = go_on(steps)
        steps += done
        if left == 0:
            return Found(coloring.tolist(), steps)
        if time.perf_counter() >= end:
            return Found(None, steps)


def head(graph: Adjacency, colors: int, seed: int, limit: float) -> Found:
    """HEAD, begun anew when its two colourings are one, until the limit in seconds."""
    began, generator, state = time.perf_counter(), *_random(seed)
    nodes = len(graph.starts) - 1
    steps = 0

    def fresh() -> Integers:
        return generator.integers(0, colors, nodes).astype(np.int32)

    def improved(child: Integers) -> tuple[Integers, int]:
        """A child after its steps, and its conflicts; a late one is given up."""
        nonlocal steps
        tabu = np.zeros((nodes, colors), np.int64)
        best, least, done = child.copy(), -1, 0
        while done < STEPS_OF_A_CHILD and time.perf_counter() - began < limit:
            count = min(STEPS_A_CALL, STEPS_OF_A_CHILD - done)
            own, _, least = _tabucol(*_arrays(graph), child, tabu, done, count, best, state)
            done, steps = done + own, steps + own
            if least == 0:
                break
        return best, least

    while time.perf_counter() - began < limit:
        first, second = fresh(), fresh()
        elite, elite_before = fresh(), fresh()
        fewest, generation = len(graph.neighbours), 0
        while generation == 0 or not _are_one(first, second):
            child = _crossed(first, second, colors, state)
            other = _crossed(second, first, colors, state)
            (first, conflicts), (second, others) = improved(child), improved(other)
            for own, number in ((first, conflicts), (second, others)):
                if number == 0:
                    return Found(own.tolist(), steps)
                if 0 <= number <= fewest:
                    elite, fewest = own.copy(), number
            generation += 1
            if time.perf_counter() - began >= limit:
                break
            if generation % GENERATIONS_OF_A_CYCLE == 0:
                first, elite_before = elite_before, elite
                elite, fewest = fresh(), len(graph.neighbours)
    return Found(None, steps)


SEARCHES: dict[str, Search] = {"tabucol": tabucol, "partialcol": partialcol, "head": head}


def warm_up() -> None:
    """Compile, so that a search that is measured does not."""
    graph = Adjacency.of(3, np.array([[0, 1], [1, 2], [0, 2]]))
    for search in (tabucol, partialcol):
        search(graph, 2, 0, 0.0)
    own = np.zeros(3, np.int32)
    _crossed(own, own, 2, _random(0)[1])


def _random(seed: int) -> tuple[np.random.Generator, RandomState]:
    """Random numbers, and the state of those of compiled code.

    NumPy's own take numba ten seconds to compile.
    """
    generator = np.random.default_rng(seed)
    return generator, generator.integers(1, 2**63, 2).astype(np.uint64)


def _arrays(graph: Adjacency) -> tuple[Integers, Integers]:
    return graph.starts, graph.neighbours


def _are_one(first: Integers, second: Integers) -> bool:
    """Whether two colourings have the same classes."""
    pairs = len(np.unique(np.stack([first, second]), axis=1).T)
    return bool(pairs == len(np.unique(first)) == len(np.unique(second)))


@njit(cache=True)
def _counts(starts: Integers, neighbours: Integers, coloring: Integers, colors: int) -> Table:
    """How many neighbours of each node have each colour."""
    around = np.zeros((len(coloring), colors), np.int32)
    for node in range(len(coloring)):
        for i in range(starts[node], starts[node + 1]):
            other = coloring[neighbours[i]]
            if other >= 0:
                around[node, other] += 1
    return around


@njit(cache=True)
def _tabucol(
    starts: Integers, neighbours: Integers, coloring: Integers, tabu: NDArray[np.int64],
    clock: int, steps: int, best: Integers, state: RandomState,
) -> tuple[int, int, int]:  # fmt: skip
    """Move nodes until nothing conflicts or the steps are spent.

    Arguments:
        best: becomes the colouring of fewest conflicts, unless it is empty.

    Returns:
        The steps, the conflicts that are left, and the fewest.
    """
    nodes, colors = tabu.shape
    around = _counts(starts, neighbours, coloring, colors)
    waiting = np.empty(nodes, np.int32)  # nodes in conflict, and where each stands
    place = np.full(nodes, -1, np.int32)
    many, conflicts = 0, 0
    for node in range(nodes):
        own = around[node, coloring[node]]
        conflicts += own
        if own > 0:
            waiting[many] = node
            place[node] = many
            many += 1
    conflicts //= 2
    least = conflicts
    _keep(coloring, best)
    for step in range(steps):
        if conflicts == 0:
            return step, 0, 0
        lowest, ties, moved, taken = nodes, 0, -1, -1
        for i in range(many):
            node = waiting[i]
            own = around[node, coloring[node]]
            for color in range(colors):
                change = around[node, color] - own
                if change > lowest or color == coloring[node]:
                    continue
                if tabu[node, color] > clock + step and conflicts + change >= least:
                    continue
                if change < lowest:
                    lowest, ties = change, 0
                ties += 1
                if ties == 1 or below(state, ties) == 0:
                    moved, taken = node, color
        if moved < 0:  # all is forbidden: let time pass
            continue
        left = coloring[moved]
        tenure = int(0.6 * many) + below(state, 10)
        tabu[moved, left] = clock + step + 1 + tenure
        coloring[moved] = taken
        conflicts += lowest
        for i in range(starts[moved], starts[moved + 1]):
            other = neighbours[i]
            around[other, left] -= 1
            around[other, taken] += 1
            color = coloring[other]
            if color == left and around[other, color] == 0:
                many = _out(other, waiting, place, many)
            elif color == taken and around[other, color] == 1:
                many = _in(other, waiting, place, many)
        if around[moved, taken] == 0 and place[moved] >= 0:
            many = _out(moved, waiting, place, many)
        if conflicts < least:
            least = conflicts
            _keep(coloring, best)
    return steps, conflicts, least


@njit(cache=True)
def _partialcol(
    starts: Integers, neighbours: Integers, coloring: Integers, tabu: NDArray[np.int64],
    clock: int, steps: int, state: RandomState,
) -> tuple[int, int]:  # fmt: skip
    """Move nodes in and out until none is left out or the steps are spent: (steps, left out)."""
    nodes, colors = tabu.shape
    around = _counts(starts, neighbours, coloring, colors)
    waiting = np.empty(nodes, np.int32)
    place = np.full(nodes, -1, np.int32)
    many = 0
    for node in range(nodes):
        if coloring[node] < 0:
            waiting[many] = node
            place[node] = many
            many += 1
    least = many
    for step in range(steps):
        if many == 0:
            return step, 0
        lowest, ties, moved, taken = nodes, 0, -1, -1
        for i in range(many):
            node = waiting[i]
            for color in range(colors):
                change = around[node, color] - 1
                if change > lowest:
                    continue
                if tabu[node, color] > clock + step and many + change >= least:
                    continue
                if change < lowest:
                    lowest, ties = change, 0
                ties += 1
                if ties == 1 or below(state, ties) == 0:
                    moved, taken = node, color
        if moved < 0:
            continue
        coloring[moved] = taken
        many = _out(moved, waiting, place, many)
        for i in range(starts[moved], starts[moved + 1]):
            around[neighbours[i], taken] += 1
        for i in range(starts[moved], starts[moved + 1]):
            other = neighbours[i]
            if coloring[other] != taken:
                continue
            coloring[other] = -1
            many = _in(other, waiting, place, many)
            for j in range(starts[other], starts[other + 1]):
                around[neighbours[j], taken] -= 1
            tabu[other, taken] = clock + step + 1 + int(0.6 * many) + below(state, 10)
        least = min(least, many)
    return steps, many


@njit(cache=True)
def _keep(coloring: Integers, best: Integers) -> None:
    """Copy a colouring, unless there is no place for it; slices take long to compile."""
    for node in range(len(best)):
        best[node] = coloring[node]


@njit(cache=True)
def _in(node: int, waiting: Integers, place: Integers, many: int) -> int:
    """A node joins those that wait: how many they are now."""
    waiting[many] = node
    place[node] = many
    return many + 1


@njit(cache=True)
def _out(node: int, waiting: Integers, place: Integers, many: int) -> int:
    """A node leaves them."""
    last = waiting[many - 1]
    waiting[place[node]] = last
    place[last] = place[node]
    place[node] = -1
    return many - 1


@njit(cache=True)
def _crossed(first: Integers, second: Integers, colors: int, state: RandomState) -> Integers:
    """GPX: the largest class of either parent in turn, first's first; the rest at random."""
    nodes = len(first)
    child = np.full(nodes, -1, np.int32)
    sizes = np.zeros((2, colors), np.int32)
    for node in range(nodes):
        sizes[0, first[node]] += 1
        sizes[1, second[node]] += 1
    for color in range(colors):
        parent = color % 2
        largest, ties = -1, 0
        for c in range(colors):
            if largest >= 0 and sizes[parent, c] < sizes[parent, largest]:
                continue
            if largest < 0 or sizes[parent, c] > sizes[parent, largest]:
                ties = 0
            ties += 1
            if ties == 1 or below(state, ties) == 0:
                largest = c
        for node in range(nodes):
            own = first[node] if parent == 0 else second[node]
            if child[node] < 0 and own == largest:
                child[node] = color
                sizes[0, first[node]] -= 1
                sizes[1, second[node]] -= 1
    for node in range(nodes):
        if child[node] < 0:
            child[node] = below(state, colors)
    return child
