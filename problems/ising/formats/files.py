"""Read and write Ising problems and QUBOs in any of the supported formats."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import (
    decode_text,
    file_suffix,
    place_of,
    read_bytes,
    write_bytes_output,
)
from odesolve.problems.graphs.formats.foreign import refuse_foreign
from odesolve.problems.ising.formats.coordinates import (
    is_coo,
    looks_like_coo,
    read_coo,
    reader_of,
    write_coo,
)
from odesolve.problems.ising.formats.counted import (
    looks_counted,
    read_bqp,
    read_rudy,
    write_bqp,
    write_rudy,
)
from odesolve.problems.ising.formats.dimod_file import (
    is_dimod_file,
    read_dimod_file,
    write_dimod_file,
)
from odesolve.problems.ising.formats.dimod_json import (
    is_dimod_json,
    read_dimod_json,
    write_dimod_json,
)
from odesolve.problems.ising.formats.format import IsingFormat
from odesolve.problems.ising.formats.matrix_market import (
    is_marked,
    is_market,
    market_reader,
    read_market,
    write_market,
)
from odesolve.problems.ising.formats.qbsolv import is_qbsolv, read_qbsolv, write_qbsolv
from odesolve.problems.ising.problem import IsingProblem

__all__ = ["ISING_FORMATS", "parse_ising", "read_ising", "write_ising"]

ISING_FORMATS: dict[str, IsingFormat] = {
    "rudy": IsingFormat(
        read_rudy, write_rudy, ("rudy", "rud", "mc"), "rudy: couplings of spins behind 'n m'"
    ),
    "bqp": IsingFormat(
        read_bqp, write_bqp, ("sparse", "bqp"), "BiqMac's bqp: a matrix of bits behind 'n m'"
    ),
    "qubo": IsingFormat(read_qbsolv, write_qbsolv, ("qubo",), "qbsolv's QUBO", is_qbsolv),
    "coo": IsingFormat(
        read_coo, write_coo, ("coo",), "dimod's COO, with '# vartype=SPIN' or BINARY", is_coo
    ),
    "coo-spins": IsingFormat(reader_of(False), write_coo, (), "coordinates of spins"),
    "coo-bits": IsingFormat(reader_of(True), write_coo, (), "coordinates of bits"),
    "bqm": IsingFormat(
        read_dimod_file, write_dimod_file, ("bqm",), "dimod's binary file", is_dimod_file
    ),
    "dimod-json": IsingFormat(
        read_dimod_json, write_dimod_json, ("json",), "dimod's JSON", is_dimod_json
    ),
    "matrix-market": IsingFormat(
        read_market,
        write_market,
        ("mtx",),
        "Matrix Market, with a comment '% vartype=SPIN' or BINARY",
        is_marked,
    ),
    "matrix-market-spins": IsingFormat(
        market_reader(False), write_market, (), "Matrix Market: a matrix of spins"
    ),
    "matrix-market-bits": IsingFormat(
        market_reader(True), write_market, (), "Matrix Market: a matrix of bits"
    ),
}
"""Every format, by the name that ``--format`` takes."""

_KNOWN = (
    "rudy, BiqMac's .sparse, qbsolv's .qubo, coordinates, Matrix Market, or dimod's file or JSON"
)


def read_ising(path: str | os.PathLike[str], *, format: str | None = None) -> IsingProblem:
    """Read an Ising problem or a QUBO from a file or, for ``-``, from standard input.

    Arguments:
        path: the file; compression is undone. A mark in its content decides the format, then its
            extension. What can be read in two ways is refused.
        format: a key of `ISING_FORMATS`, to overrule both.

    Raises:
        InputError: the file cannot be read as one: always one line, with the place.

    Example:
        >>> import odesolve as ode
        >>> problem = ode.read_ising("docs/examples/three.qubo")
        >>> problem.sizes, problem.energy_of_bits([0, 1, 1])
        ({'spins': 3, 'couplings': 2, 'fields': 2}, -3)
    """
    place = place_of(path)
    _check_format(format, place)
    return parse_ising(read_bytes(path), place, format, file_suffix(path))


def parse_ising(
    data: bytes, place: str, format: str | None = None, suffix: str = ""
) -> IsingProblem:
    """Read an Ising problem or a QUBO from bytes; see `read_ising`.

    Arguments:
        data: a file's content.
        place: what to call it in messages.
        format: a key of `ISING_FORMATS`.
        suffix: the file's extension, without the dot.

    Raises:
        InputError: they cannot be read as one, or in two ways.
    """
    _check_format(format, place)
    if format is not None:
        return ISING_FORMATS[format].read(data, place)
    own = _format_of(suffix)
    marked = next((name for name, form in ISING_FORMATS.items() if form.is_marked(data)), None)
    if marked:
        problem = ISING_FORMATS[marked].read(data, place)
        if own in (None, marked):
            return problem
        title = ISING_FORMATS[marked].title
        note = f"the name ends in .{suffix}, but the content is {title} and was read as that"
        return replace(problem, notes=(note, *problem.notes))
    if is_market(data):
        return read_market(data, place)  # which says what is missing
    text = decode_text(data, place)
    refuse_foreign(text, place, "an Ising problem")
    if own in ("rudy", "bqp") or (own is not None and not looks_counted(text)):
        return ISING_FORMATS[own].read(data, place)
    raise _refusal(text, place, suffix)


def _refusal(text: str, place: str, suffix: str) -> InputError:
    """What the content may be, and what would say which."""
    if looks_counted(text):
        wrong = "couplings of spins, or a matrix of bits whose entries i < j count twice"
        expected = "--format rudy or --format bqp"
        return InputError(place, f"it may be {wrong}", expected)
    if looks_like_coo(text):
        wrong = "coordinates, which may be of spins or of bits"
        return InputError(place, wrong, "--format coo-spins or --format coo-bits")
    from odesolve.problems.graphs.formats import FORMATS

    if any(suffix in form.extensions for form in FORMATS.values()):
        return InputError(place, f"a graph by its name, .{suffix}", f"{_KNOWN}; or odesolve maxcut")
    first = next(line for line in text.split("\n") if line.strip())
    return InputError(place, f"{quote(first.strip())} begins no format that is known", _KNOWN)


def write_ising(
    problem: Any, path: str | os.PathLike[str], *, format: str | None = None
) -> tuple[str, ...]:
    """Write an Ising problem or a QUBO to a file or, for ``-``, to standard output.

    Arguments:
        problem: an ``IsingProblem``.
        path: the file. Its extension decides the format, and ``.gz``, ``.xz``, ``.bz2`` or ``.zst``
            behind it the compression.
        format: a key of `ISING_FORMATS`, to overrule the extension.

    Returns:
        What was changed, for the user: an offset that the format has no place for, say.

    Raises:
        InputError: an unknown extension, a problem that the format cannot hold, or a file that
            cannot be written; nothing is left behind.

    Example:
        >>> import odesolve as ode
        >>> ode.write_ising(ode.IsingProblem.from_graph([(0, 1), (1, 2)]), "-", format="rudy")
        3 2
        1 2 1
        2 3 1
        ('the variables are numbered from 1 in their order',)
    """
    place = "standard output" if os.fspath(path) == "-" else place_of(path)
    _check_format(format, place)
    chosen = format or _format_of(file_suffix(path))
    if chosen is None:
        ends = ", ".join(f".{form.extensions[0]}" for form in ISING_FORMATS.values()
                         if form.extensions)  # fmt: skip
        raise InputError(place, "unknown kind of Ising file", ends)
    if not isinstance(problem, IsingProblem):
        raise InputError("problem", f"a value of type {type(problem).__name__}", "an IsingProblem")
    form = ISING_FORMATS[chosen]
    asked = {"spins": False, "bits": True}.get(chosen.rpartition("-")[2])
    if asked is not None and asked != problem.is_binary:
        problem = replace(problem, is_binary=asked)
    data, notes = form.write(problem, place)
    write_bytes_output(path, data)
    numbered = chosen in ("rudy", "bqp", "matrix-market", "qubo") or chosen.startswith("matrix")
    first = 0 if chosen == "qubo" else 1
    if numbered and problem.labels != tuple(range(first, first + problem.spin_count)):
        notes += (f"the variables are numbered from {first} in their order",)
    return notes


def _format_of(suffix: str) -> str | None:
    return next((name for name, form in ISING_FORMATS.items() if suffix in form.extensions), None)


def _check_format(format: str | None, place: str) -> None:
    if format is not None and (not isinstance(format, str) or format not in ISING_FORMATS):
        raise InputError(place, f"unknown format {quote(format)}", " or ".join(ISING_FORMATS))
