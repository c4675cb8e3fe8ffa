"""Graph colouring: from a graph to a checked colouring."""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, Unpack

import numpy as np
from jaxtyping import Int

from odesolve.budget import GRACE_SECONDS, UNLIMITED, Budget, OutOfTime
from odesolve.interrupts import listening
from odesolve.options import Options, TargetedOptions, begun_now
from odesolve.presets.method import Method
from odesolve.problems.arguments import (
    checked_flag,
    checked_function,
    checked_mapping,
    checked_recorder,
    checked_word,
)
from odesolve.problems.coloring.check import coloring_violations, is_proper_coloring
from odesolve.problems.coloring.presolve import (
    Infeasible,
    Neighbours,
    Reduced,
    extend,
    greedy_colors,
    reduce_coloring,
    refuse_fixed_neighbours,
    unreduced,
)
from odesolve.problems.coloring.result import ColoringResult
from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.from_objects import graph_from
from odesolve.problems.graphs.graph import Graph
from odesolve.problems.graphs.node_colors import check_precoloring, resolve_colors
from odesolve.problems.preparation import (
    checked_method,
    checked_options,
    not_prepared,
    prepared,
)
from odesolve.results import Reason, Result, Status, nothing_integrated
from odesolve.watching import GivenUp, watched

if TYPE_CHECKING:
    from odesolve.dynamics.base import Dynamics
    from odesolve.potentials import System
    from odesolve.presets.choice import Choice
    from odesolve.presets.preset import Preset
    from odesolve.solving import Progress
    from odesolve.steppers.base import Stepper
    from odesolve.trajectory import Recorder

Colors = Int[np.ndarray, " nodes"]

#: Presolve may take this share of the time limit.
PRESOLVE_SHARE = 0.3

#: Trying all colourings may take this share of what is left after it.
EXHAUSTION_SHARE = 0.3

#: Of the time limit so much is kept back for each node that presolve removed, to colour it.
SECONDS_FOR_A_REMOVED_NODE = 5e-6

#: The encodings by name, known without loading JAX (odesolve.problems.coloring.encodings).
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
    **options: Unpack[TargetedOptions],
) -> ColoringResult:
    """Colour a graph so that neighbours differ.

    Arguments:
        graph: a ``Graph``; a file (``str`` or ``os.PathLike``, see ``read_graph``); a graph of
            networkx (of any class, and its views), igraph (nodes by their attribute ``name``, if
            distinct) or rustworkx (nodes by index); pairs of names in a list, tuple, set or
            iterator; an integer array ``[edges, 2]``; a square adjacency matrix, as an array, a
            SciPy sparse matrix or a pandas table with the same names in rows and columns; a pandas
            table of edges, of two columns or with ``source`` and ``target``; or a dictionary of
            neighbours. Each is taken whole; everything else is refused by its type.
        colors: number of colours, at least 1; or "min" for as few as can be found, with what is
            proved about fewer in ``lower_bound`` and ``proof`` of the result.
        encoding: "simplex", "onehot" or "modular" (the article's circle).
        preset: the name of a preset, a file that holds one, or a ``Preset``; by default the one
            that was measured on such problems.
        dynamics: a name ("memcomputing", "rectified", "article", "descent") or a ``Dynamics``.
        stepper: a name ("euler", "adaptive-euler", "heavy-ball", "heun") or a ``Stepper``; by
            default the one that was measured with the dynamics.
        parameters: parameters of the dynamics or stepper to change, by name.
        precoloring: a mapping from node name to the colour that the node must have.
        hint: a mapping from node name to the colour near which half of the runs begin; nodes may
            be left out.
        presolve: whether to peel nodes that can always be coloured and look for proofs of
            infeasibility.
        seed, options: see ``odesolve.Options`` (runs, max_steps, time_limit, all_runs, ...).
        progress, recorder: see ``odesolve.solve``.
        improved: with "min", called with each better colouring.

    Raises:
        InputError: if the graph, the colours, the precolouring, an option or a parameter cannot
            be used. It is a ValueError.

    Example:
        >>> import odesolve as ode
        >>> triangle = [("a", "b"), ("b", "c"), ("c", "a")]
        >>> ode.color(triangle, colors=2).status
        <Status.INFEASIBLE: 'infeasible'>
        >>> ode.color(triangle, colors=3, precoloring={"a": 2}).coloring["a"]
        2
        >>> result = ode.color(triangle, "min")
        >>> result.color_count, result.lower_bound
        (3, 3)
    """
    given = begun_now(options)  # the time limit begins here
    graph = graph_from(graph)
    least = isinstance(colors, str) and colors == "min"
    fixed = _fixed_colors(graph, precoloring)
    hinted = _hinted(graph, hint)
    encoding = checked_word("encoding", encoding, ENCODING_NAMES)
    presolve = checked_flag("presolve", presolve)
    progress, recorder = checked_function("progress", progress), checked_recorder(recorder)
    improved = checked_function("improved", improved)
    if not least:
        colors = _color_count(colors)
        check_precoloring(graph, fixed, colors)
    elif recorder is not None:
        raise InputError("recorder", "a trace", 'none with colors="min", which solves many times')
    method = checked_method(
        "coloring",
        {"encoding": encoding} if least else {"encoding": encoding, "colors": colors},
        preset=preset,
        dynamics=dynamics,
        stepper=stepper,
        parameters=parameters,
    )
    given = {"seed": seed, **given}
    checked_options(given)
    how: dict[str, Any] = {
        "encoding": encoding,
        "method": method,
        "presolve": presolve,
        "progress": progress,
    }
    if not least:
        count = _color_count(colors)
        return color_with(graph, count, fixed, hinted, given, recorder=recorder, **how)
    from odesolve.problems.coloring.minimum import fewest_colors

    return fewest_colors(graph, fixed, hinted, given, improved, **how)


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
        fixed: node number -> colour.
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
            reduced = _reduced(graph, colors, fixed, presolve, heard)
            tried = _tried(reduced, colors, heard) if presolve and exhaustive else None
        except Infeasible as proof:
            return _infeasible(graph, colors, encoding, proof, seed, time.perf_counter() - began)
        presolve_seconds = time.perf_counter() - began
        if tried is not None:
            core, run = tried, nothing_integrated(Status.SATISFIED, Reason.SOLVED, seed)
            notes = ["found by trying one colouring after another; nothing was integrated"]
        elif presolve and len(reduced.fixed) == len(reduced.core):
            core = np.array([reduced.fixed[node] for node in range(len(reduced.core))], np.int64)
            run = nothing_integrated(Status.SATISFIED, Reason.SOLVED, seed)
            notes = ["presolve coloured every node; nothing was left to integrate"]
        else:
            kept_back = SECONDS_FOR_A_REMOVED_NODE * len(reduced.peeled)
            run, core = _integrate(
                reduced,
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
    lifted = _lifted(graph, colors, reduced, core)
    run.times.presolve = presolve_seconds
    run.times.total = time.perf_counter() - began
    violated = coloring_violations(graph.edges, lifted, colors).total
    proper = violated == 0 and is_proper_coloring(graph, lifted, colors, fixed)
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
    given = checked_mapping("precoloring", precoloring, "a mapping from node to colour")
    fixed = dict(graph.precoloring)
    for name, value in given.items():
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
    given = checked_mapping("hint", hint, "a mapping from node to colour")
    items = [("hint", name, color) for name, color in given.items()]
    colors = np.full(graph.node_count, -1, np.int64)
    for node, color in resolve_colors(items, graph).items():
        colors[node] = color
    return colors


def _reduced(
    graph: Graph, colors: int, fixed: Mapping[int, int], presolve: bool, budget: Budget
) -> Reduced:
    """What presolve leaves; everything where there was no time for it."""
    whole = unreduced(graph.node_count, graph.edges, fixed)
    if not presolve:
        return whole
    own = budget.first(PRESOLVE_SHARE).at_least(GRACE_SECONDS)

    def simplified() -> Reduced:
        return reduce_coloring(graph.node_count, graph.edges, colors, fixed, own)

    try:
        return watched(simplified, budget.at_least(GRACE_SECONDS))
    except OutOfTime:
        return whole


def _tried(reduced: Reduced, colors: int, budget: Budget) -> Int[np.ndarray, " core"] | None:
    """A colouring of what presolve left, if trying them one after another comes to one soon.

    Raises:
        Infeasible: if there is none.
    """
    from odesolve.problems.coloring.exhaustion import colored_by_exhaustion

    return colored_by_exhaustion(reduced, colors, budget.rest().first(EXHAUSTION_SHARE))


def _integrate(
    reduced: Reduced,
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
    nodes = len(reduced.core)
    features = {"encoding": encoding, "nodes": nodes, "colors": colors}

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
    from odesolve.problems.coloring.encodings import ENCODINGS

    form, near = ENCODINGS[encoding], None
    if (hint >= 0).any():
        near = form.starts_near(hint, colors, (ready.runs + 1) // 2)
    result = ready.solve(progress=progress, recorder=recorder, starts=near)
    if not result.dynamics_ran:
        return result, result.assignment
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
