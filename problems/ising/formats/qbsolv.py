"""qbsolv's ``.qubo``: ``p qubo 0 maxNodes nNodes nCouplers``, then linear and quadratic terms.

Format: https://github.com/dwavesystems/qbsolv, "qbsolv qubo input file format". The energy that is
minimised is the sum of the terms, of bits numbered from 0.
"""

from __future__ import annotations

import re
from fractions import Fraction

import numpy as np

from odesolve.problems.errors import InputError, quote
from odesolve.problems.exact_text import exact_number
from odesolve.problems.files import decode_text
from odesolve.problems.graphs.graph import NODE_LIMIT
from odesolve.problems.ising.formats.terms import (
    check_range,
    lines_of,
    read_terms,
    written_number,
)
from odesolve.problems.ising.problem import IsingProblem

__all__ = ["is_qbsolv", "read_qbsolv", "write_qbsolv"]

_START = re.compile(rb"(?:[ \t]*+(?:c[^\n]*+)?+\n)*+[ \t]*+p[ \t]+qubo\b", re.IGNORECASE)
_HEADER = re.compile(
    r"p\s+qubo\s+(?P<topology>\S+)\s+(?P<bits>[0-9]{1,15})\s+(?P<linear>[0-9]{1,15})"
    r"\s+(?P<quadratic>[0-9]{1,15})",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"c\s+offset\s*=\s*(\S+)", re.IGNORECASE)
_EXPECTED = "'p qubo 0 maxNodes nNodes nCouplers'"


def is_qbsolv(data: bytes) -> bool:
    """Whether the first line that is no comment begins with ``p qubo``."""
    return _START.match(data) is not None


def read_qbsolv(data: bytes, place: str) -> IsingProblem:
    """Read a QUBO of bits 0 to maxNodes - 1.

    A comment ``c offset = 5``, as odesolve writes it, is the constant of the energy.

    Raises:
        InputError: no header, other counts than it says, a bit out of range; with the line.
    """
    text = decode_text(data, place)
    offset: int | Fraction = 0
    for number, line in lines_of(text):
        if not line.lstrip().lower().startswith("c"):
            break
        if match := _OFFSET.fullmatch(line.strip()):
            offset = exact_number(match[1], f"{place}:{number}")
    else:
        raise InputError(place, "there is nothing but comments", _EXPECTED)
    where = f"{place}:{number}"
    header = _HEADER.fullmatch(line.strip())
    if not header:
        raise InputError(where, quote(line.strip()), _EXPECTED)
    if header["topology"] not in ("0", "unconstrained"):
        wrong = f"the topology {quote(header['topology'])}"
        raise InputError(where, wrong, "0, for bits that may all be coupled")
    count = int(header["bits"])
    if count > NODE_LIMIT:
        raise InputError(where, f"{count} bits", f"at most {NODE_LIMIT}")
    body = "".join(text.split("\n", number)[number:])
    terms = read_terms(body, place, first=number + 1, comments=("c", "C"))
    check_range(terms, 0, count - 1, "as the header says")
    linear = int((terms.rows == terms.columns).sum())
    for found, what in ((linear, "linear"), (len(terms) - linear, "quadratic")):
        if found != int(header[what]):
            wrong = f"{header[what]} {what} terms claimed, {found} found"
            raise InputError(where, wrong, "as many as there are")
    return IsingProblem.from_arrays(
        terms.rows,
        terms.columns,
        terms.values,
        offset=offset,
        variables=count,
        binary=True,
        place=place,
        place_of_term=terms.where,
    )


def write_qbsolv(problem: IsingProblem, place: str) -> tuple[bytes, tuple[str, ...]]:
    """Write a QUBO; its offset, which the format has no place for, as a comment."""
    qubo = problem.to_qubo()
    over = qubo.denominator
    used = np.flatnonzero(qubo.linear).tolist()
    lines = []
    if qubo.offset:
        lines.append(f"c offset = {written_number(Fraction(qubo.offset, over), place)}")
    lines.append(f"p qubo 0 {problem.spin_count} {len(used)} {len(qubo.pairs)}")
    lines += [f"{i} {i} {_decimal(qubo.linear[i], over, place)}" for i in used]
    pairs = zip(qubo.pairs.tolist(), qubo.quadratic.tolist(), strict=True)
    lines += [f"{a} {b} {_decimal(value, over, place)}" for (a, b), value in pairs]
    return ("\n".join(lines) + "\n").encode(), ()


def _decimal(value: int, over: int, place: str) -> str:
    return written_number(Fraction(int(value), over), place)
