"""Coordinates ``i j value``, one a line: dimod's COO text, and the same without its header.

A term of a variable with itself is linear, as in dimod, for bits and for spins. Variables are
called by their numbers; those that appear are there.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from odesolve.problems.errors import InputError, quote
from odesolve.problems.exact_text import exact_number
from odesolve.problems.files import decode_text
from odesolve.problems.integer_arrays import integers
from odesolve.problems.ising.formats.terms import (
    lines_of,
    read_terms,
    written_number,
)
from odesolve.problems.ising.problem import IsingProblem

__all__ = ["is_coo", "looks_like_coo", "read_coo", "reader_of", "write_coo"]

_VARTYPE = re.compile(r"#.*?vartype[:=][ \t]*([-_.a-zA-Z0-9]+)", re.IGNORECASE)
_OFFSET = re.compile(r"#\s*offset\s*=\s*(\S+)\s*", re.IGNORECASE)
_KINDS = {"SPIN": False, "BINARY": True}
_BOTH = "--format coo-spins or --format coo-bits"


def is_coo(data: bytes) -> bool:
    """Whether dimod's header ``# vartype=SPIN`` or ``BINARY`` is among the first lines."""
    head = data[:2_000].decode("utf-8", "replace")
    return any(
        _VARTYPE.match(line.strip()) for line in head.split("\n")[:20] if line.lstrip()[:1] == "#"
    )


def looks_like_coo(text: str) -> bool:
    """Whether the first line that is no comment is three fields that begin with two numbers."""
    lines = (line.split() for _, line in lines_of(text[:10_000]) if line.lstrip()[0] != "#")
    first = next(lines, [])
    return len(first) == 3 and first[0].isdigit() and first[1].isdigit()


def read_coo(data: bytes, place: str) -> IsingProblem:
    """Read dimod's COO text, whose header says whether the variables are spins or bits.

    Raises:
        InputError: no header, or another kind of variables; a line that is no term.
    """
    text = decode_text(data, place)
    for number, line in lines_of(text):
        match = _VARTYPE.match(line.strip())
        if match:
            kind = _KINDS.get(match[1].upper())
            if kind is None:
                raise InputError(f"{place}:{number}", quote(match[1]), "SPIN or BINARY")
            return _read(text, place, binary=kind)
    raise InputError(place, "no line '# vartype=SPIN' or '# vartype=BINARY'", _BOTH)


def reader_of(binary: bool) -> Callable[[bytes, str], IsingProblem]:
    """A reader of coordinates that takes the variables for bits, or for spins.

    It refuses a header that says otherwise.
    """

    def read(data: bytes, place: str) -> IsingProblem:
        if is_coo(data) and read_coo(data, place).is_binary != binary:
            said, asked = ("SPIN", "bits") if binary else ("BINARY", "spins")
            raise InputError(place, f"the header says {said}", f"another format than coo-{asked}")
        return _read(decode_text(data, place), place, binary=binary)

    return read


def _read(text: str, place: str, *, binary: bool) -> IsingProblem:
    offset: int | Fraction = 0
    for number, line in lines_of(text):
        if line.lstrip()[0] == "#" and (match := _OFFSET.fullmatch(line.strip())):
            offset = exact_number(match[1], f"{place}:{number}")
    terms = read_terms(text, place, comments=("#",))
    if not len(terms):
        raise InputError(place, "no term", "lines 'i j value'")
    labels, numbers = np.unique(np.concatenate([terms.rows, terms.columns]), return_inverse=True)
    rows, columns = numbers.reshape(2, -1)
    count = len(labels)
    loops = rows == columns
    exact = terms.values if isinstance(terms.values, list) else terms.values.tolist()
    linear: list[int | Fraction] = [0] * count
    for at in np.flatnonzero(loops).tolist():
        linear[rows[at]] += exact[at]
    whole = [value for value in linear if isinstance(value, int)]
    kept = np.flatnonzero(~loops)
    values = (
        terms.values[kept]
        if isinstance(terms.values, np.ndarray)
        else [exact[at] for at in kept.tolist()]
    )
    numbered = bool(labels[-1] == count - 1)
    return IsingProblem.from_arrays(
        rows[kept],
        columns[kept],
        values,
        linear=integers(whole) if len(whole) == count else linear,
        offset=offset,
        variables=count,
        binary=binary,
        names=() if numbered else labels.tolist(),
        place=place,
    )


def write_coo(problem: IsingProblem, place: str) -> tuple[bytes, tuple[str, ...]]:
    """Write dimod's COO text with its header; an offset as a comment, which dimod skips.

    Every variable gets its linear term, so that none is lost.

    Raises:
        InputError: names that are no numbers from 0.
    """
    labels = problem.labels
    if not all(type(name) is int and 0 <= name < 10**15 for name in labels):
        wrong = next(name for name in labels if type(name) is not int or not 0 <= name < 10**15)
        raise InputError(place, f"a variable called {quote(wrong)}", "numbers; or a .json file")
    if problem.is_binary:
        form = problem.to_qubo()
        linear, quadratic, over = form.linear, form.quadratic, form.denominator
        offset = form.offset
    else:
        linear, quadratic, over = problem.fields, problem.couplings, problem.denominator
        offset = problem.offset
    lines = [f"# vartype={'BINARY' if problem.is_binary else 'SPIN'}"]
    if offset:
        lines.append(f"# offset={written_number(Fraction(offset, over), place)}")
    lines += [
        f"{name} {name} {written_number(Fraction(value, over), place)}"
        for name, value in zip(labels, linear.tolist(), strict=True)
    ]
    lines += [
        f"{labels[a]} {labels[b]} {written_number(Fraction(value, over), place)}"
        for (a, b), value in zip(problem.pairs.tolist(), quadratic.tolist(), strict=True)
    ]
    return ("\n".join(lines) + "\n").encode(), ()
