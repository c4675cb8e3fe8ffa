"""Weighted CNF (MaxSAT): the old form with a header and the new one without."""

from __future__ import annotations

import re

import numpy as np
from jaxtyping import Int

from odesolve.problems.errors import InputError, quote
from odesolve.problems.formulas.auxiliary_variables import expanded
from odesolve.problems.formulas.comparison_lines import (
    ComparisonLines,
    comparison_lines,
    write_comparisons,
)
from odesolve.problems.formulas.dimacs import (
    check_last_clause,
    header_notes,
    read_header,
    trailer_notes,
    words_behind,
    write_rows,
)
from odesolve.problems.formulas.formula import Formula, LiteralRows
from odesolve.problems.formulas.tokens import (
    DIGIT_LIMIT,
    Tokens,
    check_literals,
    letter,
    plain_lines,
    refuse_first,
    tokenize,
    where_in,
)
from odesolve.problems.integer_arrays import integers

__all__ = ["read_wcnf", "write_wcnf", "write_wcnf_plus"]

_HEADER = "'p wcnf VARIABLES CLAUSES TOP'"
_EXPECTED = "a weight or h, then literals and a 0; or a line that begins with c or p"
_SAFE = 2**62  # sums up to this cannot overflow
_HARD = letter("h")


def read_wcnf(data: bytes, place: str) -> Formula:
    """Read weighted CNF; soft clauses and their weights, hard ones into ``clauses``.

    Every clause begins with its weight or, in the new form [1], with ``h`` if it is hard. In the
    old form, with a header ``p wcnf VARIABLES CLAUSES TOP``, weights from TOP on are hard; without
    TOP, every clause is soft [2]. Weights are integers of any size; weight 0 says nothing.

    Lines of python-sat's WCNF+ are hard and compare a number of true literals or a weighted sum
    with a bound: ``h 1 -2 3 <= 1``, ``h w 2*1 3*-2 >= 4`` [3].

    Sources:
        1. MaxSAT Evaluation 2022: https://maxsat-evaluations.github.io/2022/rules.html
        2. MaxSAT Evaluation 2021 and earlier.
        3. Ignatiev, Morgado, Marques-Silva: PySAT (2018), https://pysathq.github.io: WCNFPlus.

    Arguments:
        data: the file's bytes.
        place: its name, for messages.

    Raises:
        InputError: a weight that is no integer from 0, a literal beyond the limit, a broken or
            second header, clauses before it, or nothing at all; with the line.
    """
    data = plain_lines(data)
    header: list[tuple[int, int, int, int | None, str]] = []  # byte, ..., words behind them

    def on_line(position: int, line: str) -> None:
        where = where_in(data, place, position)
        if header:
            raise InputError(where, "a second header", f"one line {_HEADER}")
        header.append((position, *_read_header(line, where)))

    comparisons = comparison_lines(data, place, weighted=True)
    tokens = tokenize(
        comparisons.rest, place, letters="h", whole="p", on_line=on_line, expected=_EXPECTED
    )
    if not header and not len(tokens.values) and not len(comparisons):
        raise InputError(place, "there is neither a header nor a clause", "weighted CNF")
    begins = [*tokens.positions[:1].tolist(), *comparisons.positions[:1]]
    if header and begins and min(begins) < header[0][0]:
        where = where_in(data, place, header[0][0])
        raise InputError(where, "a clause before the header", "the header first")
    rows, first, finished = _rows(tokens)
    comparisons.check_between(tokens, first, finished)
    if not finished:
        check_last_clause(tokens, int(first[-1]))
    top = header[0][3] if header else None
    _check_hard(comparisons, top, data, place)
    hard, weights = _weights(tokens, first, top)
    idle = ~hard & (weights == 0)
    soft = ~hard & ~idle
    largest = max(int(np.abs(rows.literals).max(initial=0)), comparisons.largest)
    found = len(rows) + len(comparisons)
    notes = header_notes(header[0][1:3], largest, found, words=header[0][4]) if header else []
    if count := int(idle.sum()):
        notes.append(f"soft clauses of weight 0: {count}, dropped")
    return Formula(
        max(largest, header[0][1] if header else 0),
        clauses=rows.take(hard),
        cardinalities=comparisons.cardinalities.linear(),
        linear=comparisons.linear.linear(),
        soft=rows.take(soft),
        soft_weights=integers(weights[soft].tolist()),
        optimizes=True,
        notes=(*notes, *trailer_notes(tokens, finished)),
    )


def _read_header(line: str, where: str) -> tuple[int, int, int | None, str]:
    variables, clauses, rest = read_header(line, where, ("wcnf", "wcnf+"), _HEADER)
    if not rest:
        return variables, clauses, None, ""
    if not re.fullmatch(rf"[0-9]{{1,{DIGIT_LIMIT}}}", rest[0]):
        raise InputError(where, quote(line.strip()), f"{_HEADER}, with integers")
    if int(rest[0]) == 0:
        raise InputError(where, "TOP is 0", "a weight from 1, from which on clauses are hard")
    return variables, clauses, int(rest[0]), words_behind(rest[1:], line, where, _HEADER)


def _check_hard(comparisons: ComparisonLines, top: int | None, data: bytes, place: str) -> None:
    """Refuse comparisons that are not hard."""
    for position, head in zip(comparisons.positions, comparisons.heads, strict=True):
        is_weight = re.fullmatch(rf"[0-9]{{1,{DIGIT_LIMIT}}}", head)
        if head != "h" and not (is_weight and top is not None and int(head) >= top):
            where = where_in(data, place, position)
            wrong = f"{quote(head)} before a comparison"
            raise InputError(where, wrong, "h, or a weight from TOP on: comparisons are hard")


def _rows(tokens: Tokens) -> tuple[LiteralRows, Int[np.ndarray, " rows"], bool]:
    """Rows of literals, the token that is the weight of each, and whether the last has its 0."""
    values = tokens.values
    zeros = np.flatnonzero(values == 0)
    # Of successive zeros, the first ends a clause, the second is a weight, the third ends that...
    numbers = np.arange(len(zeros))
    begins = np.ones(len(zeros), bool)
    begins[1:] = zeros[1:] != zeros[:-1] + 1
    order = numbers - np.maximum.accumulate(np.where(begins, numbers, 0))
    order += zeros == numbers  # ... but the file's first number is a weight.
    stops = zeros[order % 2 == 0]
    finished = len(values) == 0 or (len(stops) > 0 and int(stops[-1]) == len(values) - 1)
    if not finished:
        stops = np.append(stops, len(values))
    weights = np.concatenate([[0], stops + 1])[: len(stops)]
    literal = np.ones(len(values) + 1, bool)
    literal[weights] = False
    misplaced = tokens.letters[literal[tokens.letters]]
    refuse_first(tokens, misplaced, "{}: a line within a clause", "a 0 before it")
    literal[stops] = False
    literal = literal[:-1]
    check_literals(tokens, literal)
    starts = np.concatenate([[0], np.cumsum(literal)])[np.append(weights, len(values))]
    return LiteralRows(values[literal].astype(np.int32), starts), weights, finished


def _weights(
    tokens: Tokens, first: Int[np.ndarray, " rows"], top: int | None
) -> tuple[np.ndarray, np.ndarray]:
    """Which rows are hard, and the weight of each row, in int64 or Python integers."""
    weights = tokens.values[first]
    hard = weights == _HARD
    refuse_first(tokens, first[(weights < 0) & ~hard], "weight {}", "an integer from 0, or h")
    if tokens.large:
        weights = weights.astype(object)
        row_of = {token: row for row, token in enumerate(first.tolist()) if token in tokens.large}
        for token, row in row_of.items():
            weights[row] = tokens.large[token]
    if top is not None:
        hard |= weights.astype(object if top >= _SAFE else weights.dtype) >= top
    return hard, weights


def write_wcnf(formula: Formula, place: str) -> str:
    """Write the new form: hard clauses, then soft ones, then the offset as an empty soft clause.

    The form has no header: if the last variable occurs nowhere, a clause of it and its negation
    keeps it.

    Arguments:
        formula: with nothing but clauses, hard and soft.
        place: the file's name, for messages.

    Raises:
        InputError: it has what the format cannot hold.
    """
    formula = expanded(formula)
    if formula.hard_count > len(formula.clauses):
        wrong = "weighted CNF has no parities, cardinalities or pseudo-Boolean rows"
        raise InputError(place, wrong, "clauses only, or a .wcnf+ file")
    return "\n".join([*_hard_and_soft(formula, place), ""])


def write_wcnf_plus(formula: Formula, place: str) -> str:
    """Write python-sat's WCNF+ in its new form: as `write_wcnf`, then cardinalities and sums.

    Arguments:
        formula: without parities and not-all-equal.
        place: the file's name, for messages.

    Raises:
        InputError: it has what the format cannot hold.
    """
    if len(formula.parities) or len(formula.not_all_equal):
        raise InputError(place, "WCNF+ has no parities and no not-all-equal", "other rows only")
    formula = expanded(formula)
    comparisons = write_comparisons(formula.cardinalities, formula.linear, "h ")
    return "\n".join([*_hard_and_soft(formula, place), *comparisons, ""])


def _hard_and_soft(formula: Formula, place: str) -> list[str]:
    """The lines of clauses and costs."""
    if formula.offset < 0:
        raise InputError(place, "weighted CNF has no negative costs", "a .opb file")
    prefixes = [f"{weight} " for weight in formula.soft_weights.tolist()]
    lines = [*write_rows(formula.clauses, "h "), *write_rows(formula.soft, prefixes)]
    lines += [f"{formula.offset} 0"] if formula.offset else []
    last = formula.variable_count
    tables = (formula.clauses, formula.soft, formula.cardinalities.rows, formula.linear.rows)
    if last > max(int(np.abs(rows.literals).max(initial=0)) for rows in tables):
        lines.append(f"h {last} {-last} 0")
    return lines
