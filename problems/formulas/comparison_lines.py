"""Lines of python-sat's CNF+ and WCNF+ that compare a sum of literals with a bound."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int

from odesolve.problems.errors import InputError, quote
from odesolve.problems.formulas.auxiliary_variables import LinearRowList
from odesolve.problems.formulas.formula import AT_LEAST, AT_MOST, EXACTLY, LinearRows
from odesolve.problems.formulas.tokens import (
    COMMENT_BEHIND,
    DIGIT_LIMIT,
    VARIABLE_LIMIT,
    Tokens,
    where_in,
)

__all__ = ["ComparisonLines", "comparison_lines", "write_comparisons"]

# Not a comment, a header or the end of the formula.
_LINE = re.compile(rb"^[ \t]*+(?![cp%])[^\n<>]*+[<>][^\n]*", re.MULTILINE)
_TERMS = re.compile(rb"[0-9hw* \t-]*")
_END = re.compile(rb"^[ \t]*%", re.MULTILINE)
_INTEGER = re.compile(rf"-?[0-9]{{1,{DIGIT_LIMIT}}}")
_LITERAL = re.compile(r"-?[0-9]{1,18}")
_COMPARISONS = {"<=": AT_MOST, ">=": AT_LEAST}
_FORM = "'1 -2 3 <= 1', with <= or >=, or 'w 2*1 3*-2 <= 4'"


@dataclass(frozen=True)
class ComparisonLines:
    """The lines of a file that compare, and what is left of it.

    Attributes:
        rest: the file with blanks instead of these lines.
        positions: the byte at which each of them begins.
        heads: the word before each comparison, its weight or ``h``; none where clauses have none.
        cardinalities, linear: what they say: the number of true literals, or a weighted sum.
        largest: the largest variable.
    """

    rest: bytes
    positions: list[int] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    cardinalities: LinearRowList = field(default_factory=LinearRowList)
    linear: LinearRowList = field(default_factory=LinearRowList)

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def largest(self) -> int:
        rows = (*self.cardinalities.rows, *self.linear.rows)
        return max((abs(literal) for row in rows for literal in row), default=0)

    def check_between(
        self, tokens: Tokens, firsts: Int[np.ndarray, " rows"], finished: bool
    ) -> None:
        """Refuse a comparison within a clause.

        Arguments:
            tokens: those of ``rest``.
            firsts: the first token of each clause.
            finished: whether the last clause has its 0.

        Raises:
            InputError: with the line.
        """
        allowed = {*firsts.tolist(), *([len(tokens.values)] if finished else [])}
        following = np.searchsorted(tokens.positions, self.positions).tolist()
        for position, token in zip(self.positions, following, strict=True):
            if token not in allowed:
                where = where_in(tokens.data, tokens.place, position)
                raise InputError(where, "a comparison within a clause", "a 0 before it")


def comparison_lines(data: bytes, place: str, weighted: bool = False) -> ComparisonLines:
    """Find the lines that compare, as in ``1 2 3 <= 1`` and ``w 2*1 3*2 >= 4``.

    Arguments:
        data: the file, with plain line feeds.
        place: its name, for messages.
        weighted: whether a weight or ``h`` comes before each row.

    Raises:
        InputError: such a line is broken, with its number.
    """
    if b"<" not in data and b">" not in data:
        return ComparisonLines(data)
    rest = bytearray(data)
    end = found.start() if (found := _END.search(data)) else len(data)
    lines = ComparisonLines(data)
    for match in _LINE.finditer(data, 0, end):
        before = re.split(rb"[<>]", match[0], maxsplit=1)[0]
        if COMMENT_BEHIND.search(before) or not _TERMS.fullmatch(before):
            continue  # a comment behind a clause, or what the reader of clauses will refuse
        text = match[0].decode("utf-8", "replace")
        where = where_in(data, place, match.start())
        words = text.split()
        if weighted:
            lines.heads.append(words.pop(0))
        _add(lines, words, text, where)
        lines.positions.append(match.start())
        rest[match.start() : match.end()] = b" " * (match.end() - match.start())
    return ComparisonLines(
        bytes(rest), lines.positions, lines.heads, lines.cardinalities, lines.linear
    )


def _add(lines: ComparisonLines, words: list[str], text: str, where: str) -> None:
    """Read one line's words into its table."""
    if len(words) < 2 or words[-2] not in _COMPARISONS or not _INTEGER.fullmatch(words[-1]):
        raise InputError(where, quote(text.strip()), _FORM)
    comparison, bound = _COMPARISONS[words[-2]], int(words[-1])
    if words[0] == "w":
        pairs = [word.partition("*") for word in words[1:-2]]
        literals = [_literal(literal, where) for _, _, literal in pairs]
        for weight, _, _ in pairs:
            if not _INTEGER.fullmatch(weight):
                raise InputError(where, quote(text.strip()), _FORM)
        lines.linear.add(literals, [int(weight) for weight, _, _ in pairs], comparison, bound)
        return
    literals = [_literal(word, where) for word in words[:-2]]
    lines.cardinalities.add(literals, [1] * len(literals), comparison, bound)


def _literal(word: str, where: str) -> int:
    literal = int(word) if _LITERAL.fullmatch(word) else 0
    if not 0 < abs(literal) <= VARIABLE_LIMIT:
        raise InputError(where, quote(word), f"a literal, of variables 1 to {VARIABLE_LIMIT}")
    return literal


def write_comparisons(
    cardinalities: LinearRows, linear: LinearRows, prefix: str = ""
) -> Iterator[str]:
    """A line for each row, or two for an equation; python-sat wants weights to be positive.

    Arguments:
        cardinalities, linear: the rows.
        prefix: what every line begins with.
    """
    for rows, is_weighted in ((cardinalities, False), (linear, True)):
        coefficients, starts = rows.coefficients.tolist(), rows.rows.starts.tolist()
        table = zip(rows.rows, rows.comparisons.tolist(), rows.bounds.tolist(), strict=True)
        for i, (literals, comparison, bound) in enumerate(table):
            weights = coefficients[starts[i] : starts[i + 1]]
            terms = [(w, v) for w, v in zip(weights, literals.tolist(), strict=True) if w]
            bound -= sum(weight for weight, _ in terms if weight < 0)
            signs = ["<="] if comparison in (AT_MOST, EXACTLY) else []
            signs += [">="] if comparison in (AT_LEAST, EXACTLY) else []
            yield from (_written(terms, sign, bound, prefix, is_weighted) for sign in signs)


def _written(
    terms: list[tuple[int, int]], sign: str, bound: int, prefix: str, is_weighted: bool
) -> str:
    if not terms:  # python-sat could not read it
        holds = bound >= 0 if sign == "<=" else bound <= 0
        return f"{prefix}1 -1 0" if holds else f"{prefix}0"
    positive = [(abs(w), literal if w > 0 else -literal) for w, literal in terms]
    words = [f"{w}*{literal}" if is_weighted else str(literal) for w, literal in positive]
    return f"{prefix}{'w ' if is_weighted else ''}{' '.join(words)} {sign} {bound}"
