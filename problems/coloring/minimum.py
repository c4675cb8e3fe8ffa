"""As few colours as can be found: from a greedy colouring down, with what is proved about fewer.

Any colouring bounds the number of colours from above, any clique from below. While the two differ,
the dynamics try one colour less than the best colouring has, beginning near it: its smallest class
is dropped, and the nodes of that class begin undecided. Before, of what presolve leaves of a small
graph, all colourings are tried. A number that presolve or this proves impossible ends the search,
too.

Everything before the dynamics asks the clock, and Ctrl-C: a colouring and a bound are always there.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Int

from odesolve.budget import GRACE_SECONDS, UNLIMITED, Budget, OutOfTime
from odesolve.interrupts import Interruption, listening
from odesolve.options import Options
from odesolve.problems.coloring.check import is_proper_coloring
from odesolve.problems.coloring.presolve import (
    DegeneracyOrder,
    Infeasible,
    Neighbours,
    extend,
    find_clique,
    refuse_fixed_neighbours,
)
from odesolve.problems.coloring.result import ColoringResult
from odesolve.problems.coloring.solve import SECONDS_FOR_A_REMOVED_NODE, color_with
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
    try:
        refuse_fixed_neighbours(graph.edges, fixed)
    except Infeasible as clash:
        names = " and ".join(str(graph.names[node]) for node in clash.nodes)
        wrong = f"{clash.why}: {names}"
        raise InputError("precolouring", wrong, "other colours for neighbours") from None
    with listening() as interruption:
        search = _FewestColors(
            graph, fixed, {**options, **vars(budgets)}, improved, given, interruption
        )
        return search.run(hint)


class _FewestColors:
    """The search of one call: the best colouring, the bound, and the clock."""

    def __init__(
        self,
        graph: Graph,
        fixed: Mapping[int, int],
        options: Mapping[str, Any],
        improved: Improved | None,
        given: Mapping[str, Any],
        interruption: Interruption,
    ) -> None:
        self.graph, self.fixed, self.options = graph, fixed, options
        self.improved, self.given, self.interruption = improved, given, interruption
        self.began = time.perf_counter()
        self.budget = Options.of(options).budget()
        #: For what comes before the dynamics, a little of which is done in any case.
        self.soon = self.budget.at_least(GRACE_SECONDS).until(lambda: interruption.requested)
        self.bound = simple_bound(graph, fixed)

    def run(self, hint: Colors) -> ColoringResult:
        neighbours = Neighbours.from_edges(self.graph.node_count, self.graph.edges)
        best = self.greedy(neighbours, hint)
        if self.bound.colors < best.color_count:
            self.raise_bound(large_clique(neighbours, self.share()))
        while True:
            best = self.told(best)
            if self.bound.colors >= best.color_count:
                return self.ended(best, Reason.SOLVED)
            if self.interruption.requested:
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

    def share(self) -> Budget:
        """Half of what is left: for the first colouring, and for the clique."""
        return self.soon.rest().first(0.5)

    def raise_bound(self, clique: list[int]) -> None:
        """Take a clique for the bound, if it says more."""
        if len(clique) > self.bound.colors:
            self.bound = Bound(len(clique), tuple(clique), _clique(len(clique)))

    def greedy(self, neighbours: Neighbours, hint: Colors) -> ColoringResult:
        """The colouring to begin with, for which nothing was integrated."""
        colors = greedy_coloring(neighbours, self.fixed, hint, self.share())
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
        count = best.color_count - 1
        return color_with(
            self.graph, count, self.fixed, near, options, exhaustive=True, **self.given
        )

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


def simple_bound(graph: Graph, fixed: Mapping[int, int]) -> Bound:
    """What a node, an edge or the highest fixed colour says."""
    clique = graph.edges[0].tolist() if len(graph.edges) else [0] if graph.node_count else []
    highest = max(fixed, key=lambda node: fixed[node], default=None)
    if highest is not None and fixed[highest] + 1 > len(clique):
        color = fixed[highest]
        return Bound(color + 1, (highest,), f"one is fixed to colour {color}, counted from 0")
    return Bound(len(clique), tuple(clique), _clique(len(clique)))


def _clique(size: int) -> str:
    return f"they form a clique of {size}"


def large_clique(neighbours: Neighbours, budget: Budget = UNLIMITED) -> list[int]:
    """A clique that no larger one was found beside, its nodes in ascending order.

    Arguments:
        budget: when it is over, the largest so far is the result; it may be empty.
    """
    try:
        ordered = DegeneracyOrder(neighbours, budget)
    except OutOfTime:
        return []
    best: list[int] = []
    starts, degrees = STARTS_OF_CLIQUES, neighbours.degrees.tolist()
    for node in ordered.order[::-1].tolist():
        # A clique that begins here has the nodes that come later, and no others.
        if len(ordered.after(node)) < len(best):
            continue
        if not starts or budget.is_over():
            break
        starts -= 1
        best = max(best, _greedy_clique(ordered, degrees, node), key=len)
    while (larger := find_clique(neighbours, len(best) + 1, budget, ordered)) is not None:
        best = larger
    return sorted(best)


#: Nodes from which a clique is grown greedily, before the exact search.
STARTS_OF_CLIQUES = 500


def _greedy_clique(ordered: DegeneracyOrder, degrees: list[int], node: int) -> list[int]:
    clique, allowed = [node], set(ordered.after(node))
    while allowed:
        node = max(allowed, key=lambda other: (degrees[other], -other))
        clique.append(node)
        allowed.remove(node)
        later = ordered.after(node)
        allowed = {other for other in allowed if other in later or node in ordered.after(other)}
    return clique


def greedy_coloring(
    neighbours: Neighbours, fixed: Mapping[int, int], hint: Colors, budget: Budget = UNLIMITED
) -> Colors:
    """The colouring of Brelaz's DSATUR (1979), or the hint where that leads to no more colours.

    What the hint leaves out, and where two neighbours have one colour in it, DSATUR completes.

    Arguments:
        hint: ``[nodes]``, -1 where there is none.
        budget: when it is over, the other nodes are coloured without looking for a good order.
    """
    count = len(neighbours.degrees)
    own = dsatur(neighbours, fixed, np.full(count, -1, np.int64), budget)
    hinted = hint >= 0
    if not hinted.any():
        return own
    near = hint.copy()
    near[hinted] = without_gaps(hint[hinted], fixed)  # so that what completes it finds its colours
    begun = without_gaps(dsatur(neighbours, fixed, near, budget), fixed)
    return begun if _count(begun) <= _count(own) else own


def dsatur(
    neighbours: Neighbours, fixed: Mapping[int, int], hint: Colors, budget: Budget = UNLIMITED
) -> Colors:
    """Colour node after node: fixed ones, then those with a hint, then by Brelaz's rule.

    The node whose neighbours have the most colours comes next, of these the one of most
    neighbours; it takes the least colour that it can. A hint counts unless a neighbour has that
    colour already.
    """
    degrees = neighbours.degrees.tolist()
    count, most = len(degrees), max(degrees, default=0) + 1
    taken: list[set[int]] = [set() for _ in range(count)]
    colors = [-1] * count
    # Entries are numbers, which compare fastest: of colours around a node, its neighbours, and its
    # place. One counts only while its node has as many colours around it as it says.
    heap = [-degree * count + node for node, degree in enumerate(degrees)]
    heapq.heapify(heap)
    hinted = [(node, int(hint[node])) for node in np.flatnonzero(hint >= 0)[::-1].tolist()]
    waiting = [*hinted, *fixed.items()]
    uncolored = count
    while (waiting or heap) and budget.left() > uncolored * SECONDS_FOR_A_REMOVED_NODE:
        if budget.is_over():
            break
        if waiting:
            node, color = waiting.pop()
            if colors[node] >= 0 or color in taken[node]:
                continue
        else:
            negated, node = divmod(heapq.heappop(heap), count)
            if colors[node] >= 0 or -negated // most != len(taken[node]):
                continue
            color = next(c for c in range(len(taken[node]) + 1) if c not in taken[node])
        colors[node] = color
        uncolored -= 1
        for other in neighbours.of(node).tolist():
            if colors[other] < 0 and color not in taken[other]:
                taken[other].add(color)
                urgency = len(taken[other]) * most + degrees[other]
                heapq.heappush(heap, other - urgency * count)
    found = np.array(colors, np.int64)
    for node, color in fixed.items():  # where there was no time even for them
        found[node] = color
    left = np.flatnonzero(found < 0)
    by_degree = left[np.argsort(neighbours.degrees[left], kind="stable")]
    extend(neighbours, found, by_degree, count + 1)
    return found


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
    known, classes = np.unique(colors, return_inverse=True)
    is_held = np.isin(known, held)
    free = np.setdiff1d(np.arange(len(known) + len(held)), held)
    renamed = known.copy()
    renamed[~is_held] = free[: np.count_nonzero(~is_held)]
    return renamed[classes]


def _count(colors: Colors) -> int:
    """The highest colour, counted from 1; 0 without nodes."""
    return int(colors.max(initial=-1)) + 1
