"""As few colours as can be found: from a greedy colouring down, with what is proved about fewer.

Any colouring bounds the number of colours from above, any clique from below. While the two differ,
the dynamics try one colour less than the best colouring has, beginning near it: its smallest class
is dropped, and the nodes of that class begin undecided. A number that presolve proves impossible
ends the search, too.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Int

from odesolve.interrupts import Interruption, listening
from odesolve.options import Options
from odesolve.problems.coloring.check import is_proper_coloring
from odesolve.problems.coloring.presolve import (
    Infeasible,
    Neighbours,
    degeneracy_order,
    find_clique,
    propagate,
)
from odesolve.problems.coloring.result import ColoringResult
from odesolve.problems.coloring.solve import color_with
from odesolve.problems.errors import InputError
from odesolve.problems.graphs.graph import Graph
from odesolve.results import Reason, Status, nothing_integrated

Colors = Int[np.ndarray, " nodes"]
Improved = Callable[[ColoringResult], None]


@dataclass(frozen=True)
class Bound:
    """How many colours are needed at least, and why.

    Attributes:
        nodes: the nodes that prove it, by number.
        why: what is the matter with them, without naming them.
    """

    colors: int
    nodes: tuple[int, ...]
    why: str


def fewest_colors(
    graph: Graph,
    fixed: Mapping[int, int],
    hint: Colors,
    options: Mapping[str, Any],
    improved: Improved | None,
    **given: Any,
) -> ColoringResult:
    """Colour a graph with as few colours as can be found.

    Arguments:
        fixed: node number -> colour that it must have.
        hint: ``[nodes]``, a colouring to begin from, -1 where there is none.
        options: budgets; the time limit is for all together, ``max_steps`` for each number.
        given: what `color_with` takes besides.

    Raises:
        InputError: if the fixed colours clash, so that no number of colours does, or ``all_runs``
            is asked for.
    """
    budgets = Options.of(options)
    if budgets.all_runs:
        raise InputError("all_runs", "every run", 'a number of colours, not "min"')
    search = _Search(graph, fixed, {**options, **vars(budgets)}, improved, given)
    with listening() as interruption:
        return search.run(hint, interruption)


class _Search:
    """The search of one call: the best colouring, the bound, and the clock."""

    def __init__(
        self,
        graph: Graph,
        fixed: Mapping[int, int],
        options: Mapping[str, Any],
        improved: Improved | None,
        given: Mapping[str, Any],
    ) -> None:
        self.graph, self.fixed, self.options = graph, fixed, options
        self.improved, self.given = improved, given
        self.began = time.perf_counter()
        self.budget = Options.of(options).budget()
        self.bound = lower_bound(graph, fixed)

    def run(self, hint: Colors, interruption: Interruption) -> ColoringResult:
        best = self.greedy(hint)
        while True:
            best = self.told(best)
            if self.bound.colors >= best.color_count:
                return self.ended(best, Reason.SOLVED)
            if interruption.requested:
                return self.ended(best, Reason.INTERRUPTED)
            if self.budget.is_over():
                return self.ended(best, Reason.TIME)
            tried = self.with_one_less(best)
            if tried.status is Status.INFEASIBLE:
                self.bound = Bound(best.color_count, *_proof_of(tried))
                return self.ended(best, Reason.SOLVED)
            if not tried.satisfied:
                spent = replace(tried.run, status=Status.SATISFIED, violated=0)
                return self.ended(replace(best, run=spent), tried.run.reason)
            colors = without_gaps(tried.colors, self.fixed)
            best = replace(tried, colors=colors, color_count=_count(colors))

    def greedy(self, hint: Colors) -> ColoringResult:
        """The colouring to begin with, for which nothing was integrated."""
        colors = greedy_coloring(self.graph, self.fixed, hint)
        if not is_proper_coloring(self.graph, colors, _count(colors), self.fixed):
            raise AssertionError("the greedy colouring is not proper")
        return ColoringResult(
            graph=self.graph,
            colors=colors,
            color_count=_count(colors),
            violated=0,
            core_nodes=self.graph.node_count,
            core_edges=self.graph.edge_count,
            proof=(),
            run=nothing_integrated(Status.SATISFIED, Reason.SOLVED, self.options["seed"]),
            encoding=self.given["encoding"],
            notes=self.graph.notes,
        )

    def with_one_less(self, best: ColoringResult) -> ColoringResult:
        """What comes of trying one colour less, near the best colouring."""
        options = {**self.options, "time_limit": self.budget.rest()}
        near = without_smallest_class(best.colors, self.fixed)
        return color_with(self.graph, best.color_count - 1, self.fixed, near, options, **self.given)

    def told(self, best: ColoringResult) -> ColoringResult:
        """The better colouring, after the caller was told of it."""
        seconds = time.perf_counter() - self.began
        best = replace(best, lower_bound=self.bound.colors, found_after=seconds)
        if self.improved is not None:
            self.improved(best)
        return best

    def ended(self, best: ColoringResult, reason: Reason) -> ColoringResult:
        """The best colouring with what is proved, and why the search ended."""
        run, bound = replace(best.run, reason=reason), self.bound
        run.times.total = time.perf_counter() - self.began
        if bound.colors == best.color_count:
            said = f"fewer than {bound.colors} colours do not do"
        else:
            said = f"at least {bound.colors} colours are needed"
        return replace(
            best,
            run=run,
            lower_bound=bound.colors,
            proof=tuple(self.graph.names[node] for node in bound.nodes),
            notes=(*best.notes, f"{said}: {bound.why}"),
        )


def _proof_of(tried: ColoringResult) -> tuple[tuple[int, ...], str]:
    """The nodes and the reason of a proof that so many colours do not do."""
    nodes = tuple(tried.graph.index_of(name) for name in tried.proof)
    return nodes, tried.notes[-1].partition(": ")[2]


def lower_bound(graph: Graph, fixed: Mapping[int, int]) -> Bound:
    """The largest clique that is found, or the highest fixed colour where that says more.

    Raises:
        InputError: if two neighbours are fixed to one colour.
    """
    neighbours = Neighbours.from_edges(graph.node_count, graph.edges)
    try:
        propagate(neighbours, graph.node_count + max(fixed.values(), default=0) + 1, fixed)
    except Infeasible as clash:
        names = " and ".join(str(graph.names[node]) for node in clash.nodes)
        wrong = f"{clash.why}: {names}"
        raise InputError("precolouring", wrong, "other colours for neighbours") from None
    clique = large_clique(neighbours)
    bound = Bound(len(clique), tuple(clique), f"they form a clique of {len(clique)}")
    highest = max(fixed, key=lambda node: fixed[node], default=None)
    if highest is not None and fixed[highest] + 1 > bound.colors:
        color = fixed[highest]
        return Bound(color + 1, (highest,), f"one is fixed to colour {color}, counted from 0")
    return bound


def large_clique(neighbours: Neighbours) -> list[int]:
    """A clique that no larger one was found beside, its nodes in ascending order."""
    best: list[int] = []
    order = degeneracy_order(neighbours)
    for node in order[::-1][:STARTS_OF_CLIQUES]:
        best = max(best, _greedy_clique(neighbours, int(node)), key=len)
    while (larger := find_clique(neighbours, len(best) + 1)) is not None and len(larger) > 1:
        best = larger
    return sorted(best) or order[:1].tolist()


#: Nodes from which a clique is grown greedily, before the exact search.
STARTS_OF_CLIQUES = 200


def _greedy_clique(neighbours: Neighbours, node: int) -> list[int]:
    clique, allowed = [node], set(neighbours.of(node).tolist())
    degrees = neighbours.degrees
    while allowed:
        node = max(allowed, key=lambda other: (degrees[other], -other))
        clique.append(node)
        allowed.intersection_update(neighbours.of(node).tolist())
    return clique


def greedy_coloring(graph: Graph, fixed: Mapping[int, int], hint: Colors) -> Colors:
    """The colouring of Brelaz's DSATUR (1979), or the hint where it is proper and has fewer.

    The node whose neighbours have the most colours comes next, of these the one of most
    neighbours; it takes the least colour that it can. Fixed nodes come first.
    """
    neighbours = Neighbours.from_edges(graph.node_count, graph.edges)
    degrees = neighbours.degrees.tolist()
    taken: list[set[int]] = [set() for _ in range(graph.node_count)]
    colors = np.full(graph.node_count, -1, np.int64)
    # An entry counts only while its node has as many taken colours as it says.
    heap = [(0, -degree, node) for node, degree in enumerate(degrees)]
    heapq.heapify(heap)
    waiting = [(node, color) for node, color in fixed.items()]
    while waiting or heap:
        if waiting:
            node, color = waiting.pop()
        else:
            saturation, _, node = heapq.heappop(heap)
            if colors[node] >= 0 or -saturation != len(taken[node]):
                continue
            color = next(c for c in range(len(taken[node]) + 1) if c not in taken[node])
        colors[node] = color
        for other in neighbours.of(node).tolist():
            if colors[other] < 0 and color not in taken[other]:
                taken[other].add(color)
                heapq.heappush(heap, (-len(taken[other]), -degrees[other], other))
    proper = (hint >= 0).all() and is_proper_coloring(graph, hint, _count(hint), dict(fixed))
    return hint.copy() if proper and _count(hint) < _count(colors) else colors


def without_smallest_class(colors: Colors, fixed: Mapping[int, int]) -> Colors:
    """A colouring with one colour less: the nodes of the smallest class have none, -1."""
    sizes = np.bincount(colors)
    free = np.setdiff1d(np.arange(len(sizes)), list(fixed.values()))
    # A colouring whose last colour is fixed has no fewer colours: the bound ends the search.
    dropped = int(free[np.argmin(sizes[free])])
    last = len(sizes) - 1
    kept = np.where(colors == dropped, -1, colors)
    return np.where(kept == last, dropped, kept)


def without_gaps(colors: Colors, fixed: Mapping[int, int]) -> Colors:
    """The same classes with the lowest numbers; the colours of fixed nodes keep theirs."""
    held = sorted(set(fixed.values()))
    others = np.setdiff1d(np.unique(colors), held)
    numbers = np.setdiff1d(np.arange(len(others) + len(held)), held)[: len(others)]
    renamed = np.arange(_count(colors))
    renamed[others] = numbers
    return renamed[colors]


def _count(colors: Colors) -> int:
    """The highest colour, counted from 1; 0 without nodes."""
    return int(colors.max(initial=-1)) + 1
