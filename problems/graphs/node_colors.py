"""Colours fixed before the solve: from files, from options, from the graph's own file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from odesolve.problems.errors import InputError, quote
from odesolve.problems.graphs.graph import Graph

__all__ = [
    "check_precoloring",
    "color_from_text",
    "parse_precolor_option",
    "resolve_colors",
]

_COLOR_LIMIT = 2**31 - 1
_COLOR = f"an integer from 0 to {_COLOR_LIMIT}"


def resolve_colors(items: Iterable[tuple[str, object, object]], graph: Graph) -> dict[int, int]:
    """Turn (place, node name, colour) into node index -> colour.

    Raises:
        InputError: an unknown node, a colour that is not an integer from 0, or two colours for
            one node.
    """
    colors: dict[int, int] = {}
    for place, name, color in items:
        node = graph.index_of(name, place)
        if type(color) is not int or not 0 <= color <= _COLOR_LIMIT:
            raise InputError(place, f"node {quote(name)} has colour {quote(color)}", _COLOR)
        if colors.setdefault(node, color) != color:
            raise InputError(
                place,
                f"node {quote(name)} has colours {colors[node]} and {color}",
                "one colour for a node",
            )
    return colors


def color_from_text(text: str, place: str) -> int:
    """Read a colour number.

    Raises:
        InputError: not an integer from 0.
    """
    if not re.fullmatch(r"[0-9]{1,10}", text.strip()):
        raise InputError(place, f"colour {quote(text)}", _COLOR)
    return int(text)


def parse_precolor_option(text: str, graph: Graph, place: str = "--precolor") -> tuple[int, int]:
    """Read ``NODE=COLOR``: (node index, colour). The name may itself hold ``=``.

    Raises:
        InputError: no ``=``, an unknown node, or a colour that is not an integer from 0.
    """
    name, separator, color = text.rpartition("=")
    if not separator:
        raise InputError(place, quote(text), "NODE=COLOR")
    [(node, number)] = resolve_colors([(place, name, color_from_text(color, place))], graph).items()
    return node, number


def check_precoloring(
    graph: Graph, precoloring: Mapping[int, int], color_count: int, place: str = "precolouring"
) -> None:
    """Refuse fixed colours that the number of colours does not have.

    Raises:
        InputError: names the node.
    """
    for node, color in precoloring.items():
        if not 0 <= color < color_count:
            raise InputError(
                place,
                f"node {quote(graph.names[node])} has colour {color}",
                f"0 to {color_count - 1} with {color_count} colours",
            )
