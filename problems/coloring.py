"""Graph colouring: from a graph to a checked colouring."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Int

from odesolve.options import Options
from odesolve.problems.check import coloring_violations, is_proper_coloring
from odesolve.problems.coloring_presolve import (
    Infeasible,
    Neighbours,
    Reduced,
    extend,
    reduce_coloring,
    unreduced,
)
from odesolve.problems.coloring_result import ColoringResult
from odesolve.problems.errors import InputError, quote, unusable
from odesolve.problems.graph import graph_from
from odesolve.problems.precoloring import check_precoloring, resolve_colors
from odesolve.problems.simple_graph import Graph
from odesolve.results import Reason, Result, Status, nothing_integrated

if TYPE_CHECKING:
    from odesolve.dynamics import Dynamics
    from odesolve.presets import Preset
    from odesolve.solving import Progress
    from odesolve.steppers import Stepper
    from odesolve.trajectory import Recorder

Colors = Int[np.ndarray, " nodes"]

#: The encodings by name, known without loading JAX (odesolve.problems.coloring_encodings).
ENCODING_NAMES = ("simplex", "onehot", "modular")


def color(
    graph: Any,
    colors: int | Literal["min"] = 3,
    *,
    encoding: str = "simplex",
    preset: str | Preset | None = None,
    dynamics: str | Dynamics | None = None,
    stepper: str | Stepper | None = None,
    parameters: Mapping[str, Any] | None = None,
    precoloring: Mapping[Any, int] | None = None,
    hint: Mapping[Any, int] | None = None,
    presolve: bool = True,
    seed: int = 0,
    progress: Callable[[Progress], None] | None = None,
    recorder: Recorder | None = None,
    improved: Callable[[ColoringResult], None] | None = None,
    **options: Any,
) -> ColoringResult:
    """Colour a graph so that neighbours differ.

    Arguments:
        graph: a networkx graph, an iterable of pairs, an integer array ``[edges, 2]``, a square
            adjacency matrix, a dictionary of neighbours, or a ``Graph``.
        colors: number of colours, at least 1; or "min" for as few as can be found, with what is
            proved about fewer in ``lower_bound`` and ``proof`` of the result.
        encoding: "simplex", "onehot" or "modular" (the article's circle).
        preset: the name of a preset, a file that holds one, or a ``Preset``; by default the one
            that was measured on such problems.
        dynamics: a name ("memcomputing", "rectified", "article", "descent") or a ``Dynamics``.
        stepper: a name ("euler", "adaptive-euler", "heavy-ball", "heun") or a ``Stepper``; by
            default the one that was measured with the dynamics.
        parameters: parameters of the dynamics or stepper to change, by name.
        precoloring: node name -> colour that the node must have.
        hint: node name -> colour near which half of the runs begin; nodes may be left out.
        presolve: peel nodes that can always be coloured and look for proofs of infeasibility.
        seed, options: see ``odesolve.Options`` (runs, max_steps, time_limit, all_runs, ...).
        progress, recorder: see ``odesolve.solve``.
        improved: with "min", called with each better colouring.

    Raises:
        InputError: if the graph, the colours, the precolouring, an option or a parameter cannot
            be used. It is a ValueError.

    Example:
        >>> import odesolve as ode
        >>> result = ode.color([("a", "b"), ("b", "c"), ("c", "a")], "min")
        >>> result.color_count, result.lower_bound
        (3, 3)
    """
    graph = graph_from(graph)
    least = isinstance(colors, str) and colors == "min"
    fixed = _fixed_colors(graph, precoloring)
    hinted = _hinted(graph, hint)
    if not least:
        colors = _color_count(colors)
        check_precoloring(graph, fixed, colors)
    elif recorder is not None:
        raise InputError("recorder", "a trace", 'none with colors="min", which solves many times')
    if encoding not in ENCODING_NAMES:
        raise InputError("encoding", quote(encoding), " or ".join(ENCODING_NAMES))
    settings = {
        "preset": preset,
        "dynamics": dynamics,
        "stepper": stepper,
        "parameters": parameters,
    }
    options = {"seed": seed, **options}
    _check_settings(encoding, settings, options)
    given: dict[str, Any] = {
        "encoding": encoding,
        "settings": settings,
        "presolve": presolve,
        "progress": progress,
    }
    if not least:
        return color_with(graph, colors, fixed, hinted, options, recorder=recorder, **given)
    from odesolve.problems.coloring_minimum import fewest_colors

    return fewest_colors(graph, fixed, hinted, options, improved, **given)


def color_with(
    graph: Graph,
    colors: int,
    fixed: Mapping[int, int],
    hint: Colors,
    options: Mapping[str, Any],
    *,
    encoding: str,
    settings: Mapping[str, Any],
    presolve: bool,
    progress: Callable[[Progress], None] | None,
    recorder: Recorder | None = None,
) -> ColoringResult:
    """Colour a graph with so many colours, all arguments being checked: see `color`.

    Arguments:
        fixed: node number -> colour.
        hint: ``[nodes]``, -1 for no colour.
    """
    began = time.perf_counter()
    seed = options.get("seed", 0)
    try:
        reduced = _reduced(graph, colors, fixed, presolve)
    except Infeasible as proof:
        return _infeasible(graph, colors, encoding, proof, seed, time.perf_counter() - began)
    presolve_seconds = time.perf_counter() - began
    if presolve and len(reduced.fixed) == len(reduced.core):
        core = np.array([reduced.fixed[node] for node in range(len(reduced.core))], np.int64)
        run = nothing_integrated(Status.SATISFIED, Reason.SOLVED, seed)
        notes = ["presolve coloured every node; nothing was left to integrate"]
    else:
        run, core = _integrate(
            reduced,
            colors,
            hint=hint[reduced.core],
            encoding=encoding,
            settings=settings,
            options=options,
            progress=progress,
            recorder=recorder,
        )
        notes = list(run.notes)
    lifted = _lifted(graph, colors, reduced, core)
    run.times.presolve = presolve_seconds
    run.times.total = time.perf_counter() - began
    violated = coloring_violations(graph.edges, lifted, colors).total
    proper = violated == 0 and is_proper_coloring(graph, lifted, colors, fixed)
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


def _check_settings(encoding: str, settings: Mapping[str, Any], options: Mapping[str, Any]) -> None:
    """Refuse what cannot be used before presolve, which may leave nothing to use it on."""
    try:
        if any(value is not None and value != {} for value in settings.values()):
            from odesolve.preset_choice import choose

            choose("coloring", {"encoding": encoding, "nodes": 0, "colors": 3}, **settings)
        Options.of(options)
    except (TypeError, ValueError) as error:
        raise unusable(error) from None


def _color_count(colors: Any) -> int:
    try:
        count = operator.index(colors)
    except TypeError:
        count = 0
    if isinstance(colors, bool) or count < 1:
        raise InputError("colors", f"{quote(colors)} colours", "an integer of at least 1")
    return count


def _fixed_colors(graph: Graph, precoloring: Mapping[Any, int] | None) -> dict[int, int]:
    """The graph's own fixed colours and the given ones, by node number."""
    if precoloring is not None and not isinstance(precoloring, Mapping):
        raise InputError("precoloring", quote(precoloring), "a mapping from node to colour")
    fixed = dict(graph.precoloring)
    for name, value in (precoloring or {}).items():
        node = graph.index_of(name, "precoloring")
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise InputError(
                "precoloring", f"node {quote(name)} has colour {quote(value)}", "an integer"
            )
        if fixed.setdefault(node, int(value)) != value:
            raise InputError(
                "precoloring",
                f"node {quote(name)} has colours {fixed[node]} and {value}",
                "one colour for a node",
            )
    return fixed


def _hinted(graph: Graph, hint: Mapping[Any, int] | None) -> Colors:
    """The hint as an array; colours beyond those of the solve count as none."""
    if hint is not None and not isinstance(hint, Mapping):
        raise InputError("hint", quote(hint), "a mapping from node to colour")
    items = [("hint", name, color) for name, color in (hint or {}).items()]
    colors = np.full(graph.node_count, -1, np.int64)
    for node, color in resolve_colors(items, graph).items():
        colors[node] = color
    return colors


def _reduced(graph: Graph, colors: int, fixed: Mapping[int, int], presolve: bool) -> Reduced:
    if presolve:
        return reduce_coloring(graph.node_count, graph.edges, colors, fixed)
    return unreduced(graph.node_count, graph.edges, fixed)


def _integrate(
    reduced: Reduced,
    colors: int,
    *,
    hint: Colors,
    encoding: str,
    settings: Mapping[str, Any],
    options: Mapping[str, Any],
    progress: Callable[[Progress], None] | None,
    recorder: Recorder | None,
) -> tuple[Result, Int[np.ndarray, " core"]]:
    """Solve the core; its result and its best colouring."""
    # JAX takes half a second to load: only now is it certain to be needed.
    from odesolve.memory import check_cells
    from odesolve.preset_choice import choose
    from odesolve.problems.coloring_encodings import ENCODINGS
    from odesolve.solving import checked_runs, solve

    form = ENCODINGS[encoding]
    nodes = len(reduced.core)
    try:
        features = {"encoding": encoding, "nodes": nodes, "colors": colors}
        choice = choose("coloring", features, **settings)
        budgets = choice.with_options(options)
        check_cells(nodes * colors)
        system = form.compile(nodes, reduced.edges, colors, reduced.fixed)
        runs = checked_runs(system, choice.lanes[0][0], budgets.runs)
    except (TypeError, ValueError) as error:
        raise unusable(error) from None
    result = solve(
        system,
        *choice.for_runs(runs),
        replace(budgets, runs=runs),
        progress=progress,
        recorder=recorder,
        starts=form.starts_near(hint, colors, (runs + 1) // 2) if (hint >= 0).any() else None,
    )
    result = replace(result, preset=choice.preset)
    return result, form.colors_of(result.assignment, nodes, colors)


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
