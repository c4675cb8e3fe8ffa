"""Square matrices in Matrix Market form, read by SciPy: x M x of bits, or s M s of spins.

Both entries of a pair count, those of a symmetric matrix too. Which of the two kinds the variables
are, a comment ``% vartype=SPIN`` or ``BINARY`` says, as odesolve writes it, or ``--format``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import numpy as np

from odesolve.problems.errors import InputError, quote
from odesolve.problems.files import decode_text
from odesolve.problems.graphs.formats.matrix_market import matrix_of
from odesolve.problems.ising.formats.terms import offset_notes, written_number
from odesolve.problems.ising.problem import IsingProblem

__all__ = ["is_marked", "is_market", "market_reader", "read_market", "write_market"]

_VARTYPE = re.compile(r"^%.*?vartype[:=][ \t]*(\w+)", re.MULTILINE | re.IGNORECASE)
_KINDS = {"SPIN": False, "BINARY": True}
_BOTH = "--format matrix-market-spins or --format matrix-market-bits"


def is_market(data: bytes) -> bool:
    """Whether the text begins with Matrix Market's banner."""
    return data[:14].lower() == b"%%matrixmarket"


def is_marked(data: bytes) -> bool:
    """Whether a comment says the kind of variables besides."""
    return is_market(data) and _vartype(data.decode("utf-8", "replace")) is not None


def _vartype(text: str) -> str | None:
    head = text[:2_000].split("\n")
    comments = [line for line in head[1:] if line.startswith("%")]
    match = _VARTYPE.search("\n".join(comments))
    return match[1].upper() if match else None


def read_market(data: bytes, place: str) -> IsingProblem:
    """Read a matrix whose comment says what its variables are.

    Raises:
        InputError: no such comment, or whatever is wrong with the matrix.
    """
    if not is_market(data):
        raise InputError(place, "no banner '%%MatrixMarket'", "a matrix in Matrix Market form")
    kind = _vartype(decode_text(data, place))
    if kind is None:
        raise InputError(place, "Matrix Market, which does not say spins or bits", _BOTH)
    if kind not in _KINDS:
        raise InputError(place, f"variables of type {quote(kind)}", "SPIN or BINARY")
    return _read(data, place, binary=_KINDS[kind])


def market_reader(binary: bool) -> Callable[[bytes, str], IsingProblem]:
    """A reader that takes the variables for bits, or for spins."""

    def read(data: bytes, place: str) -> IsingProblem:
        kind = _vartype(decode_text(data, place))
        if kind is not None and _KINDS.get(kind) is not binary:
            asked = "bits" if binary else "spins"
            wrong = f"a comment says {kind}"
            raise InputError(place, wrong, f"another format than matrix-market-{asked}")
        return _read(data, place, binary=binary)

    return read


def _read(data: bytes, place: str, *, binary: bool) -> IsingProblem:
    matrix = matrix_of(decode_text(data, place), place)
    if matrix.data.dtype.kind not in "iuf":
        raise InputError(place, f"entries of type {matrix.data.dtype}", "real numbers")
    count = matrix.shape[0]
    loops = int((matrix.row == matrix.col).sum())
    notes = []
    if loops and not binary:
        notes.append(f"{loops} couplings of a spin with itself are constants")
    made = IsingProblem.from_arrays(
        matrix.row,
        matrix.col,
        matrix.data,
        variables=count,
        binary=binary,
        names=range(1, count + 1),
        place=place,
    )
    # That the two halves of a matrix add up is nothing to be told.
    return replace(made, notes=tuple(notes))


def write_market(problem: IsingProblem, place: str) -> tuple[bytes, tuple[str, ...]]:
    """Write a triangle of a general matrix, in whose diagonal bits have their linear terms.

    Raises:
        InputError: spins with fields, which no matrix of couplings holds.
    """
    if problem.is_binary:
        form = problem.to_qubo()
        linear, values, over, offset = form.linear, form.quadratic, form.denominator, form.offset
    elif np.any(problem.fields):
        raise InputError(place, "spins with fields, which no matrix holds", "another format")
    else:
        linear, values, over, offset = (
            problem.fields, problem.couplings, problem.denominator, problem.offset,
        )  # fmt: skip
    used = np.flatnonzero(linear).tolist()
    size = problem.spin_count
    lines = [
        "%%MatrixMarket matrix coordinate real general",
        f"% vartype={'BINARY' if problem.is_binary else 'SPIN'}",
        f"{size} {size} {len(used) + len(values)}",
    ]
    lines += [f"{i + 1} {i + 1} {_text(linear[i], over, place)}" for i in used]
    pairs = zip((problem.pairs + 1).tolist(), values.tolist(), strict=True)
    lines += [f"{a} {b} {_text(value, over, place)}" for (a, b), value in pairs]
    return ("\n".join(lines) + "\n").encode(), offset_notes(offset, over)


def _text(value: int, over: int, place: str) -> str:
    return written_number(Fraction(int(value), over), place)
