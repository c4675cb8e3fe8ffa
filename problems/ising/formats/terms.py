"""Lines ``i j value``: what most formats of couplings are made of, read fast and exactly."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from odesolve.problems.errors import InputError, quote
from odesolve.problems.exact_text import decimal_text, exact_number
from odesolve.problems.ising.problem import IsingProblem

__all__ = [
    "Terms",
    "check_range",
    "lines_of",
    "offset_notes",
    "read_terms",
    "term_lines",
    "written_number",
]

#: Lines of three short integers and nothing else.
_PLAIN = re.compile(
    r"(?:[ \t]*+(?:[0-9]{1,15}+[ \t]++[0-9]{1,15}+[ \t]++-?[0-9]{1,17}+[ \t]*+)?+(?:\n|\Z))*+"
)
_INDEX = re.compile(r"[0-9]{1,15}")
_EXPECTED = "two numbers of variables and a coefficient"


class Terms(NamedTuple):
    """Terms as they stand in a file.

    Attributes:
        rows, columns: int64 ``[terms]``, as the file counts.
        values: their coefficients, int64 ``[terms]`` or a list of exact numbers.
        place: the file.
        numbers: of their lines; None where they are counted from `first`, with empty ones.
        first: line of the text that was read.
        text: the text that was read.
    """

    rows: np.ndarray
    columns: np.ndarray
    values: Any
    place: str
    numbers: Sequence[int] | None
    first: int
    text: str

    def __len__(self) -> int:
        return len(self.rows)

    def where(self, term: int) -> str:
        """The place of a term, for errors."""
        numbers = self.numbers
        if numbers is None:
            numbers = [line for line, _ in lines_of(self.text, self.first)]
        return f"{self.place}:{numbers[term]}"


def lines_of(text: str, first: int = 1) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, and their numbers."""
    return ((i, line) for i, line in enumerate(text.split("\n"), first) if line.strip())


def read_terms(
    text: str,
    place: str,
    *,
    first: int = 1,
    comments: tuple[str, ...] = (),
    expected: str = _EXPECTED,
) -> Terms:
    """Read a text of nothing but terms.

    Arguments:
        text: what follows the header.
        place: what to call the file in errors.
        first: number of its first line.
        comments: how lines begin that say nothing.
        expected: what a line should be, for errors.

    Raises:
        InputError: a line is something else, with its number.
    """
    if _PLAIN.fullmatch(text):
        numbers = np.array(text.split(), dtype="S18").astype(np.int64).reshape(-1, 3)
        rows, columns, values = np.ascontiguousarray(numbers.T)
        return Terms(rows, columns, values, place, None, first, text)
    ends: list[int] = []
    exact: list[int | Fraction] = []
    lines: list[int] = []
    for number, line in lines_of(text, first):
        if comments and line.lstrip().startswith(comments):
            continue
        where = f"{place}:{number}"
        fields = line.split()
        if len(fields) != 3 or not all(map(_INDEX.fullmatch, fields[:2])):
            raise InputError(where, quote(line.strip()), expected)
        ends += (int(fields[0]), int(fields[1]))
        exact.append(exact_number(fields[2], where))
        lines.append(number)
    pairs = np.array(ends, np.int64).reshape(-1, 2)
    return Terms(pairs[:, 0], pairs[:, 1], exact, place, lines, first, text)


def check_range(terms: Terms, low: int, high: int, why: str) -> None:
    """Refuse a variable out of range.

    Raises:
        InputError: the first one, with its line.
    """
    outside = (np.minimum(terms.rows, terms.columns) < low) | (
        np.maximum(terms.rows, terms.columns) > high
    )
    if outside.any():
        at = int(np.argmax(outside))
        wrong = next(
            v for v in (int(terms.rows[at]), int(terms.columns[at])) if not low <= v <= high
        )
        raise InputError(terms.where(at), f"variable {wrong}", f"{low} to {high}, {why}")


def written_number(value: Any, place: str) -> str:
    """An exact number as a decimal.

    Raises:
        InputError: it has none.
    """
    text = decimal_text(value)
    if text is None:
        raise InputError(place, f"the coefficient {value}, which no decimal is", "other units")
    return text


def term_lines(problem: IsingProblem, place: str, first: int) -> Iterable[str]:
    """The couplings of a problem of spins as lines; spins are numbered from `first`."""
    over = problem.denominator
    for (a, b), value in zip(problem.pairs.tolist(), problem.couplings.tolist(), strict=True):
        exact = value if over == 1 else Fraction(value, over)
        yield f"{a + first} {b + first} {written_number(exact, place)}"


def offset_notes(offset: int, denominator: int) -> tuple[str, ...]:
    """What to say of an offset that a format has no place for."""
    if not offset:
        return ()
    value = Fraction(offset, denominator)
    return (f"the format has no offset: energies of the file are {value} less",)
