"""Files of graphs as problems of the largest cut."""

from __future__ import annotations

import os
from dataclasses import replace

from odesolve.problems.errors import InputError
from odesolve.problems.files import decode_text, file_suffix, place_of, read_bytes
from odesolve.problems.graphs.formats import FORMATS, parse_graph
from odesolve.problems.ising.formats.counted import looks_counted, read_rudy
from odesolve.problems.ising.formats.files import ISING_FORMATS
from odesolve.problems.ising.problem import IsingProblem

__all__ = ["parse_cut", "read_cut"]


def read_cut(path: str | os.PathLike[str], *, format: str | None = None) -> IsingProblem:
    """Read a graph, with the weights of its edges where the file has some, for its largest cut.

    Arguments:
        path: a file, or ``-`` for standard input; compression is undone. Its format is told as
            `read_graph` does, and rudy's is one of them.
        format: a key of `FORMATS`, or "rudy".

    Raises:
        InputError: the file cannot be read as a graph: always one line, with the place.

    Example:
        >>> import odesolve as ode
        >>> from odesolve.problems.ising.cuts import read_cut
        >>> read_cut("docs/examples/us-states.json").sizes
        {'spins': 48, 'couplings': 105, 'fields': 0}
    """
    place = place_of(path)
    if format is not None and format != "rudy" and format not in FORMATS:
        known = " or ".join(["rudy", *FORMATS])
        raise InputError(place, f"unknown format {format!r}", known)
    return parse_cut(read_bytes(path), place, format, file_suffix(path))


def parse_cut(data: bytes, place: str, format: str | None = None, suffix: str = "") -> IsingProblem:
    """Read a graph from bytes; see `read_cut`."""
    if format == "rudy" or (format is None and suffix in ISING_FORMATS["rudy"].extensions):
        return _without_loops(read_rudy(data, place), place)
    if format is None and suffix not in _OF_GRAPHS:
        _refuse_ising(data, place, suffix)
        quick = _quick(data, place)
        if quick is not None:
            return quick
    return IsingProblem.from_graph(parse_graph(data, place, format, suffix))


_OF_GRAPHS = {suffix for form in FORMATS.values() for suffix in form.extensions}


def _refuse_ising(data: bytes, place: str, suffix: str) -> None:
    """Say of a QUBO that it is none.

    Raises:
        InputError: by its content or its extension.
    """
    for name, form in ISING_FORMATS.items():
        if suffix in form.extensions or form.is_marked(data):
            wrong = f"no graph, but {form.title}"
            expected = f"a graph; or odesolve ising --format {name}"
            raise InputError(place, wrong, expected)


def _quick(data: bytes, place: str) -> IsingProblem | None:
    """Edges with weights behind ``n m``, if the counts are right: read without a look at all else.

    No other format of graphs has these rows but an edge list, which would say nothing of counts.
    """
    text = decode_text(data, place)
    if not looks_counted(text):
        return None
    try:
        problem = read_rudy(data, place)
    except InputError:
        return None
    if any("itself" in note for note in problem.notes):
        return None  # whoever reads it more slowly, says where
    title = FORMATS["counted-edgelist"].title
    note = f"read as {title} and with weights: its counts are right"
    return replace(problem, notes=(note, *problem.notes))


def _without_loops(problem: IsingProblem, place: str) -> IsingProblem:
    """Refuse what is no graph.

    Raises:
        InputError: a coupling of a spin with itself.
    """
    if problem.offset or any("itself" in note for note in problem.notes):
        raise InputError(place, "an edge from a node to itself", "edges between two nodes")
    return problem
