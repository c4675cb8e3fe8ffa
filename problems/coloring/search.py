"""The search for a colouring of so many colours: presolve, the dynamics, the exact check."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Int

from odesolve.budget import GRACE_SECONDS, UNLIMITED, Budget, OutOfTime
from odesolve.interrupts import listening
from odesolve.options import Options
from odesolve.presets.method import Method
from odesolve.problems.coloring.check import changed_colors, coloring_violations
from odesolve.problems.coloring.exhaustion import colored_by_exhaustion
from odesolve.problems.coloring.greedy import SECONDS_FOR_A_REMOVED_NODE, extend, greedy_colors
from odesolve.problems.coloring.lists import Lists, color_lists, has_lists
from odesolve.problems.coloring.presolve import (
    Reduced,
    reduce_coloring,
    refuse_fixed_neighbours,
    unreduced,
)
from odesolve.problems.coloring.proofs import Infeasible
from odesolve.problems.coloring.result import ColoringResult
from odesolve.problems.coloring.symmetry import with_clique
from odesolve.problems.graphs.graph import Graph
from odesolve.problems.graphs.neighbours import Neighbours
from odesolve.problems.preparation import not_prepared, prepared
from odesolve.results import Reason, Result, Status, nothing_integrated
from odesolve.watching import GivenUp, watched

if TYPE_CHECKING:
    from odesolve.potentials import System
    from odesolve.presets.choice import Choice
    from odesolve.solving import Progress
    from odesolve.trajectory import Recorder

__all__ = ["color_with"]

Colors = Int[np.ndarray, " nodes"]

#: Presolve may take this share of the time limit.
PRESOLVE_SHARE = 0.3

#: Trying all colourings may take this share of what is left after it.
EXHAUSTION_SHARE = 0.3


def color_with(
    graph: Graph,
    colors: int,
    fixed: Mapping[int, int],
    hint: Colors,
    options: Mapping[str, Any],
    *,
    encoding: str,
    method: Method,
    presolve: bool,
    progress: Callable[[Progress], None] | None,
    recorder: Recorder | None = None,
    exhaustive: bool = False,
) -> ColoringResult:
    """Colour a graph with so many colours, all arguments being checked: see `color`.

    Arguments:
        fixed: node number -> colour, the graph's own fixed colours among them.
        hint: ``[nodes]``, -1 for no colour.
        exhaustive: whether to try all colourings of what presolve leaves, if they are few.
    """
    began = time.perf_counter()
    seed = options.get("seed", 0)
    budget = Options.of(options).budget()
    with listening() as interruption:
        try:
            if presolve:
                refuse_fixed_neighbours(graph.edges, fixed)
            heard = budget.until(lambda: interruption.requested)
            near = hint if encoding == "simplex" else None
            reduced = _reduced(graph, colors, fixed, near, presolve, heard)
            tried = _tried(reduced, colors, heard) if presolve and exhaustive else None
            # The lists that a clique leaves are better off as edges: only those of fixed nodes.
            restricted = presolve and near is not None and bool(fixed)
            lists = _lists(reduced, colors, heard) if restricted else None
        except Infeasible as proof:
            return _infeasible(graph, colors, encoding, proof, seed, time.perf_counter() - began)
        presolve_seconds = time.perf_counter() - began
        if presolve and (known := _known(reduced, tried, lists)) is not None:
            core, note = known
            run, notes = nothing_integrated(Status.SATISFIED, Reason.SOLVED, seed), [note]
        else:
            kept_back = SECONDS_FOR_A_REMOVED_NODE * len(reduced.peeled)
            run, core = _integrate(
                reduced,
                lists,
                colors,
                hint=hint[reduced.core],
                encoding=encoding,
                method=method,
                options={**options, "time_limit": budget.at_most(budget.left() - kept_back)},
                progress=progress,
                recorder=recorder,
            )
            notes = list(run.notes)
    if not run.satisfied and not run.dynamics_ran:
        core = greedy_colors(reduced, colors, UNLIMITED.at_most(GRACE_SECONDS))
        notes.append("nothing was integrated; the colouring is a first guess")
    run.times.presolve = presolve_seconds
    found = _checked(graph, colors, fixed, reduced, core, run, encoding, notes)
    run.times.total = time.perf_counter() - began
    return found


def _known(
    reduced: Reduced, tried: Int[np.ndarray, " core"] | None, lists: Lists | None
) -> tuple[Int[np.ndarray, " core"], str] | None:
    """The core's colours where nothing need be integrated, and where they come from."""
    if tried is not None:
        return tried, "found by trying one colouring after another; nothing was integrated"
    if lists is not None and not lists.rows:
        return lists.lowest(), "presolve coloured every node; nothing was left to integrate"
    if len(reduced.fixed) < len(reduced.core):
        return None
    colors = np.array([reduced.fixed[node] for node in range(len(reduced.core))], np.int64)
    return colors, "presolve coloured every node; nothing was left to integrate"


def _checked(
    graph: Graph,
    colors: int,
    fixed: Mapping[int, int],
    reduced: Reduced,
    core: Int[np.ndarray, " core"],
    run: Result,
    encoding: str,
    notes: Sequence[str],
) -> ColoringResult:
    """The whole graph's colouring from that of the core, checked exactly."""
    lifted = _lifted(graph, colors, reduced, core)
    violated = coloring_violations(graph.edges, lifted, colors).total
    proper = violated == 0 and not changed_colors(lifted, fixed)
    if proper and not run.dynamics_ran:  # the first guess may be right
        run = replace(run, status=Status.SATISFIED, reason=Reason.SOLVED)
    if run.satisfied and not proper:
        raise AssertionError("the engine accepted a colouring that the exact checker rejects")
    return ColoringResult(
        graph=graph,
        colors=lifted,
        color_count=colors,
        violated=violated,
        core_nodes=len(reduced.core),
        core_edges=len(reduced.edges),
        proof=(),
        run=run,
        encoding=encoding,
        notes=(*graph.notes, *notes),
    )


def _reduced(
    graph: Graph,
    colors: int,
    fixed: Mapping[int, int],
    hint: Colors | None,
    presolve: bool,
    budget: Budget,
) -> Reduced:
    """What presolve leaves; everything where there was no time for it.

    Arguments:
        hint: None where no clique may have its colours beforehand.
    """
    whole = unreduced(graph.node_count, graph.edges, fixed)
    if not presolve:
        return whole
    own = budget.first(PRESOLVE_SHARE).at_least(GRACE_SECONDS)

    def simplified() -> Reduced:
        left = reduce_coloring(graph.node_count, graph.edges, colors, fixed, own)
        return left if hint is None or own.is_over() else with_clique(left, colors, hint, own)

    try:
        return watched(simplified, budget.at_least(GRACE_SECONDS))
    except OutOfTime:
        return whole


def _lists(reduced: Reduced, colors: int, budget: Budget) -> Lists | None:
    """The colours left to each node, if fixed ones restrict many; None without time for it.

    Raises:
        Infeasible: if a node has none.
    """
    if not has_lists(reduced):
        return None
    try:
        return color_lists(reduced, colors, budget.rest().first(PRESOLVE_SHARE))
    except OutOfTime:
        return None


def _tried(reduced: Reduced, colors: int, budget: Budget) -> Int[np.ndarray, " core"] | None:
    """A colouring of what presolve left, if trying them one after another comes to one soon.

    Raises:
        Infeasible: if there is none.
    """
    return colored_by_exhaustion(reduced, colors, budget.rest().first(EXHAUSTION_SHARE))


def _integrate(
    reduced: Reduced,
    lists: Lists | None,
    colors: int,
    *,
    hint: Colors,
    encoding: str,
    method: Method,
    options: Mapping[str, Any],
    progress: Callable[[Progress], None] | None,
    recorder: Recorder | None,
) -> tuple[Result, Int[np.ndarray, " core"]]:
    """Solve the core; its result and its best colouring."""
    if lists is not None:
        return _integrate_lists(
            lists,
            colors,
            hint=hint,
            method=method,
            options=options,
            progress=progress,
            recorder=recorder,
        )
    nodes = len(reduced.core)
    features = {"encoding": encoding, "nodes": nodes, "colors": colors, "lists": 0}
    features |= density_features(nodes, reduced.edges)

    def compiled(_: Choice) -> System:
        from odesolve.batch_size import check_cells
        from odesolve.problems.coloring.encodings import ENCODINGS

        check_cells(nodes * colors)
        return ENCODINGS[encoding].compile(nodes, reduced.edges, colors, reduced.fixed)

    try:
        ready = prepared(lambda: method.choose("coloring", features), compiled, options)
    except (OutOfTime, GivenUp) as error:
        run = not_prepared(error, Options.of(options).seed)
        return run, run.assignment
    from odesolve.problems.coloring.crossing import color_crossing
    from odesolve.problems.coloring.encodings import ENCODINGS

    form, near = ENCODINGS[encoding], None
    if (hint >= 0).any():
        near = form.starts_near(hint, colors, (ready.runs + 1) // 2)
    crossing = color_crossing(nodes, colors, reduced.fixed) if encoding == "simplex" else None
    result = ready.solve(progress=progress, recorder=recorder, starts=near, crossing=crossing)
    if not result.dynamics_ran:
        return result, result.assignment
    return result, form.colors_of(result.assignment, nodes, colors)


def density_features(nodes: int, edges: Int[np.ndarray, "edges 2"]) -> dict[str, float]:
    """What presets may ask of how dense a graph is.

    Returns:
        density: the share of all pairs of nodes that are edges.
        spread: the standard deviation of the degrees by their mean; 0 without edges. Of random
            graphs it is small, of graphs with a crowded middle or a few hubs large.
    """
    if not len(edges):
        return {"density": 0.0, "spread": 0.0}
    degrees = np.bincount(edges.reshape(-1), minlength=nodes)
    pairs = nodes * (nodes - 1) / 2
    return {"density": len(edges) / pairs, "spread": float(degrees.std() / degrees.mean())}


def _integrate_lists(
    lists: Lists,
    colors: int,
    *,
    hint: Colors,
    method: Method,
    options: Mapping[str, Any],
    progress: Callable[[Progress], None] | None,
    recorder: Recorder | None,
) -> tuple[Result, Int[np.ndarray, " core"]]:
    """Solve a core of which fixed nodes restrict many others; see ``lists``."""
    seed, compiled = Options.of(options).seed, []
    features = {"encoding": "simplex", "nodes": len(hint), "colors": colors, "lists": 1}

    def system(_: Choice) -> System:
        compiled.append(lists.compiled())
        return compiled[-1].system

    try:
        ready = prepared(lambda: method.choose("coloring", features), system, options)
    except (OutOfTime, GivenUp) as error:
        run = not_prepared(error, seed)
        return run, run.assignment
    shares, near = compiled[-1], None
    if (hint >= 0).any():
        known = {node: int(color) for node, color in enumerate(hint) if color >= 0}
        near = shares.starts_near(known, (ready.runs + 1) // 2, np.random.default_rng(seed))
    result = ready.solve(progress=progress, recorder=recorder, starts=near)
    if not result.dynamics_ran:
        return result, result.assignment
    return result, lists.colors_of(shares, result.assignment)


def _lifted(
    graph: Graph, colors: int, reduced: Reduced, core: Int[np.ndarray, " core"]
) -> Int[np.ndarray, " nodes"]:
    """The colouring of the whole graph from that of the core."""
    coloring = np.full(graph.node_count, -1, np.int64)
    coloring[reduced.core] = core
    if len(reduced.peeled):
        neighbours = Neighbours.from_edges(graph.node_count, graph.edges)
        extend(neighbours, coloring, reduced.peeled, colors)
    return coloring


def _infeasible(
    graph: Graph, colors: int, encoding: str, proof: Infeasible, seed: int, seconds: float
) -> ColoringResult:
    run = nothing_integrated(Status.INFEASIBLE, Reason.PROVED, seed)
    run.times.presolve = run.times.total = seconds
    names = tuple(graph.names[node] for node in proof.nodes)
    return ColoringResult(
        graph=graph,
        colors=np.zeros(0, np.int64),
        color_count=colors,
        violated=0,
        core_nodes=graph.node_count,
        core_edges=graph.edge_count,
        proof=names,
        run=run,
        encoding=encoding,
        notes=(*graph.notes, f"no colouring with {colors} colours: {proof.why}"),
    )
