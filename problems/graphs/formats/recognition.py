"""Which format a graph file is in: by a mark, by counts, by its looks; or refused.

A format that has a mark is told by it, whatever the file's name says. Formats of plain rows have
none. Those that count something are told by their counts, which are checked. Edge lists and
adjacency lists claim nothing: they are told by their looks, and every line must have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from odesolve.problems.errors import InputError
from odesolve.problems.graphs.formats.counted_edges import nearly_counted_edges
from odesolve.problems.graphs.formats.edge_list import (
    Fault,
    edge_list_fault,
    looks_like_edge_list,
)
from odesolve.problems.graphs.formats.foreign import refuse_foreign
from odesolve.problems.graphs.formats.format import Content, Evidence, GraphFormat
from odesolve.problems.graphs.graph import Graph

__all__ = ["recognised_graph"]

Formats = Mapping[str, GraphFormat]


def recognised_graph(text: str, place: str, suffix: str, formats: Formats) -> Graph:
    """Find a text's format and read it.

    Arguments:
        text: the file's content.
        place: what to call it in messages.
        suffix: the file's extension, without the dot; may be unknown.
        formats: all formats, by name.

    Raises:
        InputError: it is in none of the formats, or it may be in two that differ.
    """
    refuse_foreign(text, place)
    content = Content(text, place)
    own = next((name for name, form in formats.items() if suffix in form.extensions), None)
    marked = _recognised(content, Evidence.MARK, formats)
    if marked:
        return _read_as(marked[0], content, own, formats)
    if own is not None and formats[own].evidence is Evidence.MARK:
        return _read(own, content, formats)
    counted = _recognised(content, Evidence.COUNTS, formats)
    if counted:
        return _read_as(_one_of(counted, own, content, formats), content, own, formats)
    if own is not None and formats[own].evidence is Evidence.COUNTS:
        return _read_or_hint(own, content, formats)
    return _by_looks(content, own, formats)


def _recognised(content: Content, evidence: Evidence, formats: Formats) -> list[str]:
    of_kind = (name for name, form in formats.items() if form.evidence is evidence)
    return [name for name in of_kind if _accepts(formats[name].recognise, content)]


def _accepts(recognise: object, content: Content) -> bool:
    assert callable(recognise)
    try:
        return bool(recognise(content))
    except InputError:
        return False


def _read(name: str, content: Content, formats: Formats) -> Graph:
    return formats[name].read(content.text, content.place)


def _read_as(name: str, content: Content, own: str | None, formats: Formats) -> Graph:
    """Read, and say so if the file's name says otherwise or says nothing of what was counted."""
    graph = _read(name, content, formats)
    title = formats[name].title
    if own == name:
        return graph
    if own is not None:
        note = f"read as {title}, by its content; the extension is that of {formats[own].title}"
    elif formats[name].evidence is Evidence.COUNTS and _accepts(looks_like_edge_list, content):
        note = f"read as {title}, not as an edge list: its counts are right"
    else:
        return graph
    return replace(graph, notes=(note, *graph.notes))


def _one_of(names: list[str], own: str | None, content: Content, formats: Formats) -> str:
    """The format of several whose counts are right: the extension's; or any, if all agree."""
    if own in names:
        return str(own)
    graphs = [_read(name, content, formats) for name in names]
    if all(graph.is_same_as(graphs[0]) for graph in graphs):
        return names[0]
    raise InputError(
        content.place,
        f"it may be {' or '.join(formats[name].title for name in names)}, which differ here",
        " or ".join(f"--format {name}" for name in names),
    )


def _read_or_hint(own: str, content: Content, formats: Formats) -> Graph:
    """Read what the extension says; if that fails, say what it looks like."""
    try:
        return _read(own, content, formats)
    except InputError as error:
        looks = _recognised(content, Evidence.LOOKS, formats)
        if not looks:
            raise
        hint = " or ".join(f"--format {name}" for name in looks)
        message = f"{error.message}; or {hint}, as which it looks"
        raise InputError(error.place, message) from None


def _by_looks(content: Content, own: str | None, formats: Formats) -> Graph:
    _ = content.table  # or broken quoting is told
    looks = _recognised(content, Evidence.LOOKS, formats)
    nearly = nearly_counted_edges(content) if own is None else None
    if nearly:
        expected = "--format edgelist, or --format counted-edgelist and all edges"
        raise InputError(f"{content.place}:{content.table.rows[0].line}", nearly, expected)
    if own is not None and _accepts(formats[own].fits or formats[own].recognise, content):
        if own == "edgelist" and own in looks:
            _one_of(looks, None, content, formats)  # its extensions are those of anything
        return _read(own, content, formats)
    if looks and own in (None, "edgelist"):
        name = looks[0] if own is None else looks[-1]
        graph = _read(_one_of(looks, None, content, formats), content, formats)
        if name == "edgelist" or "edgelist" in looks:
            return graph
        note = f"read as {formats[name].title}: every line names a node and its neighbours"
        return replace(graph, notes=(note, *graph.notes))
    raise _refusal(edge_list_fault(content.table, content.place), own, content, formats)


def _refusal(
    fault: Fault | None, own: str | None, content: Content, formats: Formats
) -> InputError:
    """One line: which row breaks the pattern, what it may be, what would force it."""
    if fault is None:
        return InputError(
            content.place,
            f"it looks like {formats['edgelist'].title}, not like {formats[str(own)].title}",
            f"--format edgelist, or --format {own} to force it",
        )
    where = f"{content.place}:{fault.line}" if fault.line else content.place
    may_be = [f"--format {name} ({formats[name].title})" for name in fault.may_be]
    forced = ["--format edgelist to force it"] if fault.forced else []
    expected = "; or ".join(["an edge list, the same in every line", *may_be, *forced])
    return InputError(where, fault.wrong, expected)
