"""Graph colouring: from a graph to a checked colouring."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Unpack

import numpy as np

from odesolve.options import TargetedOptions, begun_now
from odesolve.problems.arguments import (
    checked_flag,
    checked_function,
    checked_mapping,
    checked_recorder,
    checked_word,
)
from odesolve.problems.coloring.minimum import fewest_colors
from odesolve.problems.coloring.result import ColoringResult
from odesolve.problems.coloring.search import Colors, color_with
from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.from_objects import graph_from
from odesolve.problems.graphs.graph import Graph
from odesolve.problems.graphs.node_colors import check_precoloring, resolve_colors
from odesolve.problems.preparation import checked_method, checked_options

if TYPE_CHECKING:
    from odesolve.dynamics.base import Dynamics
    from odesolve.presets.preset import Preset
    from odesolve.solving import Progress
    from odesolve.steppers.base import Stepper
    from odesolve.trajectory import Recorder


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
    count = 0 if least else _color_count(colors)
    if not least:
        check_precoloring(graph, fixed, count)
    elif recorder is not None:
        raise InputError("recorder", "a trace", 'none with colors="min", which solves many times')
    method = checked_method(
        "coloring",
        {"encoding": encoding} if least else {"encoding": encoding, "colors": count},
        preset=preset,
        dynamics=dynamics,
        stepper=stepper,
        parameters=parameters,
    )
    given = {"seed": seed, **given}
    checked_options(given)
    how: dict[str, Any] = {"encoding": encoding, "method": method}
    how |= {"presolve": presolve, "progress": progress}
    if least:
        return fewest_colors(graph, fixed, hinted, given, improved, **how)
    return color_with(graph, count, fixed, hinted, given, recorder=recorder, **how)


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
