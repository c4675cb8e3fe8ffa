"""As few colours as can be found: from a greedy colouring down, with what is proved about fewer.

Any colouring bounds the number of colours from above, any clique from below. While the two differ,
the dynamics try one colour less than the best colouring has, beginning near it: its smallest class
is dropped, and the nodes of that class begin undecided. Before, of what presolve leaves of a small
graph, all colourings are tried. A number that presolve or this proves impossible ends the search,
too.

Everything before the dynamics asks the clock, and Ctrl-C: a colouring and a bound are always there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from odesolve.budget import GRACE_SECONDS, Budget
from odesolve.interrupts import Interruption, listening
from odesolve.options import Options
from odesolve.problems.coloring.check import is_proper_coloring
from odesolve.problems.coloring.greedy import count_of, greedy_coloring, without_gaps
from odesolve.problems.coloring.presolve import refuse_fixed_neighbours
from odesolve.problems.coloring.proofs import Infeasible, large_clique
from odesolve.problems.coloring.result import ColoringResult
from odesolve.problems.coloring.search import Colors, color_with
from odesolve.problems.errors import InputError
from odesolve.problems.graphs.graph import Graph
from odesolve.problems.graphs.neighbours import Neighbours
from odesolve.results import Reason, Status, nothing_integrated

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
            best = replace(tried, colors=colors, color_count=count_of(colors))

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
        if not is_proper_coloring(self.graph, colors, count_of(colors), self.fixed):
            raise AssertionError("the greedy colouring is not proper")
        return ColoringResult(
            graph=self.graph,
            colors=colors,
            color_count=count_of(colors),
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


def without_smallest_class(colors: Colors, fixed: Mapping[int, int]) -> Colors:
    """A colouring with one colour less: the nodes of the smallest class have none, -1."""
    sizes = np.bincount(colors)
    free = np.setdiff1d(np.arange(len(sizes)), list(fixed.values()))
    # A colouring whose last colour is fixed has no fewer colours: the bound ends the search.
    dropped = int(free[np.argmin(sizes[free])])
    last = len(sizes) - 1
    kept = np.where(colors == dropped, -1, colors)
    return np.where(kept == last, dropped, kept)
