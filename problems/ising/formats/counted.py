"""``n m`` and m lines ``i j value``: rudy (G-set, BiqMac's .mc) and BiqMac's .sparse.

Both look alike and mean different things. rudy's are weights of a graph's edges, for a largest
cut: couplings of spins. BiqMac's are entries of a symmetric matrix Q of bits, of which x Q x is
minimised, so that an entry i < j counts twice. Nothing in such a file says which of the two it is.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import decode_text
from odesolve.problems.graphs.graph import NODE_LIMIT
from odesolve.problems.ising.formats.terms import (
    Terms,
    check_range,
    lines_of,
    offset_notes,
    read_terms,
    term_lines,
    written_number,
)
from odesolve.problems.ising.problem import IsingProblem

__all__ = [
    "counted_terms",
    "looks_counted",
    "read_bqp",
    "read_rudy",
    "write_bqp",
    "write_rudy",
]

#: G1 of the G-set has a word behind its counts.
_HEADER = re.compile(r"[ \t]*([0-9]{1,15})[ \t]+([0-9]{1,15})(?:[ \t]+([A-Za-z]\w*))?[ \t]*")
_EXPECTED = "a first line 'n m', then m lines 'i j value' with variables from 1 to n"


def counted_terms(text: str, place: str) -> tuple[int, Terms, tuple[str, ...]]:
    """The number of variables, the terms, which are as many as the first line says, and notes.

    Raises:
        InputError: another number of lines, a line that is no term, a variable out of range.
    """
    number, line = next(lines_of(text), (0, ""))
    match = _HEADER.fullmatch(line)
    if not match:
        wrong = quote(line.strip()) if number else "there is no line"
        raise InputError(f"{place}:{number}" if number else place, wrong, _EXPECTED)
    where = f"{place}:{number}"
    count, claimed = int(match[1]), int(match[2])
    if count > NODE_LIMIT:
        raise InputError(where, f"{count} variables", f"at most {NODE_LIMIT}")
    body = text.split("\n", number)[number:]
    terms = read_terms("".join(body), place, first=number + 1)
    if len(terms) != claimed:
        wrong = f"{claimed} terms claimed, {len(terms)} lines follow"
        raise InputError(where, wrong, "as many lines as terms")
    check_range(terms, 1, count, "as the first line says")
    words = (f"the word {quote(match[3])} behind the counts ignored",) if match[3] else ()
    return count, terms, words


def looks_counted(text: str) -> bool:
    """Whether the first line is two numbers, and the next one three fields."""
    lines = lines_of(text[:10_000])
    return bool(_HEADER.fullmatch(next(lines, (0, ""))[1])) and len(
        next(lines, (0, ""))[1].split()
    ) in (0, 3)


def read_rudy(data: bytes, place: str) -> IsingProblem:
    """Read couplings of spins: E = sum w s s, whose least value is the largest cut.

    A coupling of a spin with itself is a constant, with a note; those of a pair add up.
    """
    count, terms, words = counted_terms(decode_text(data, place), place)
    notes = list(words)
    if loops := int((terms.rows == terms.columns).sum()):
        notes.append(f"{loops} couplings of a spin with itself are constants")
    return _problem(count, terms, terms.values, binary=False, notes=notes)


def read_bqp(data: bytes, place: str) -> IsingProblem:
    """Read a symmetric matrix of bits: E = x Q x, so that each entry i != j counts twice."""
    count, terms, words = counted_terms(decode_text(data, place), place)
    twice = np.where(terms.rows == terms.columns, 1, 2)
    values: np.ndarray | list[Any]
    if isinstance(terms.values, np.ndarray):
        values = terms.values * twice
    else:
        values = [value * int(times) for value, times in zip(terms.values, twice, strict=True)]
    return _problem(count, terms, values, binary=True, notes=list(words))


def _problem(
    count: int, terms: Terms, values: object, *, binary: bool, notes: list[str]
) -> IsingProblem:
    return IsingProblem.from_arrays(
        terms.rows - 1,
        terms.columns - 1,
        values,
        variables=count,
        binary=binary,
        names=range(1, count + 1),
        notes=notes,
        place=terms.place,
        place_of_term=terms.where,
    )


def write_rudy(problem: IsingProblem, place: str) -> tuple[bytes, tuple[str, ...]]:
    """Write the couplings; a problem with fields has no place in this format.

    Raises:
        InputError: it has fields.
    """
    if np.any(problem.fields):
        raise InputError(place, "a problem with fields, which rudy cannot hold", "another format")
    lines = [f"{problem.spin_count} {problem.coupling_count}", *term_lines(problem, place, 1)]
    return _encoded(lines), offset_notes(problem.offset, problem.denominator)


def write_bqp(problem: IsingProblem, place: str) -> tuple[bytes, tuple[str, ...]]:
    """Write half of each quadratic term of bits, which counts twice."""
    from fractions import Fraction

    qubo = problem.to_qubo()
    over = qubo.denominator
    linear = [(i, value) for i, value in enumerate(qubo.linear.tolist(), 1) if value]
    lines = [f"{problem.spin_count} {len(linear) + len(qubo.pairs)}"]
    lines += [f"{i} {i} {written_number(Fraction(value, over), place)}" for i, value in linear]
    pairs = zip((qubo.pairs + 1).tolist(), qubo.quadratic.tolist(), strict=True)
    lines += [f"{a} {b} {written_number(Fraction(v, 2 * over), place)}" for (a, b), v in pairs]
    return _encoded(lines), offset_notes(qubo.offset, over)


def _encoded(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()
