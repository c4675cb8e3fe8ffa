"""DIMACS CNF as found in the wild, with lines for parities, cardinalities and not-all-equal."""

from __future__ import annotations

import re

import numpy as np
from jaxtyping import Int

from odesolve.problems.errors import InputError, quote
from odesolve.problems.formulas.auxiliary_variables import expanded, joined_linear
from odesolve.problems.formulas.comparison_lines import (
    ComparisonLines,
    comparison_lines,
    write_comparisons,
)
from odesolve.problems.formulas.formula import (
    AT_LEAST,
    AT_MOST,
    EXACTLY,
    Formula,
    LinearRows,
    LiteralRows,
)
from odesolve.problems.formulas.tokens import (
    VARIABLE_LIMIT,
    Tokens,
    check_literals,
    letter,
    plain_lines,
    read_count,
    refuse_first,
    tokenize,
    where_in,
)

__all__ = [
    "check_last_clause",
    "header_notes",
    "read_cnf",
    "read_header",
    "trailer_notes",
    "words_behind",
    "write_cnf",
    "write_cnf_plus",
    "write_rows",
]

_HEADER = "'p cnf VARIABLES CLAUSES'"
_KINDS = ("cnf", "cnf+")
_EXPECTED = "integers, or a line that begins with c, p, x, d, n, g or %"
_GLOBAL_LIMIT = 2**24  # literals of all global cardinality constraints together
_NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)


class _Lines:
    """The header and the global cardinalities, as the tokenizer comes across them."""

    def __init__(self, data: bytes, place: str) -> None:
        self.data, self.place = data, place
        self.header: tuple[int, int, int] | None = None  # byte, variables, clauses
        self.words = ""  # behind the header
        self.global_bounds: list[tuple[int, int]] = []  # byte, bound

    def take(self, position: int, line: str) -> None:
        if line[0] == "g":
            self.global_bounds.append((position, self._global_bound(position, line)))
            return
        if self.header is not None:
            raise InputError(self.where(position), "a second header", f"one line {_HEADER}")
        variables, clauses, rest = read_header(line, self.where(position), _KINDS, _HEADER)
        self.words = words_behind(rest, line, self.where(position), _HEADER)
        self.header = (position, variables, clauses)

    def where(self, position: int) -> str:
        return where_in(self.data, self.place, position)

    def _global_bound(self, position: int, line: str) -> int:
        fields = line[1:].split()
        if len(fields) == 2 and fields[1] == "0":  # not asked for, but harmless
            del fields[1]
        if len(fields) != 1 or not _NUMBER.fullmatch(fields[0]):
            raise InputError(self.where(position), quote(line.strip()), "'g K' with one integer")
        return int(fields[0])


def read_cnf(data: bytes, place: str) -> Formula:
    """Read DIMACS CNF and what grew around it.

    A clause is integers up to a 0, on any lines. Lines that begin with

    * ``c`` are comments, wherever they are;
    * ``x`` hold a parity: ``x 1 -2 0`` and ``x1 -2 0`` say that an odd number is true [1];
    * ``d`` hold a cardinality: ``d K 1 -2 3 0`` says that at least K are true or, for negative K,
      at most -K; ``d 0`` asks nothing, so that "at most none" is said with negated literals [2];
    * ``n`` say that the literals are not all equal [2];
    * ``g K`` is ``d K`` over all variables, without a 0 at its end [2];
    * ``%`` end the formula, as in SATLIB's files.

    Lines of python-sat's CNF+ compare a number of true literals or a weighted sum with a bound:
    ``1 -2 3 <= 1``, ``w 2*1 3*-2 >= 4`` [3].

    Header counts that are wrong, a header that is missing, words behind its counts, comments behind
    a clause's 0 on its line, and a last line without its 0 give a note. Repeated and opposite
    literals and empty clauses are kept as they are.

    Sources:
        1. Soos, Nohl, Castelluccia: Extending SAT Solvers to Cryptographic Problems (2009).
        2. Kyrillidis, Shrivastava, Vardi, Zhang: FourierSAT (2020), arXiv:1912.01032; its reader.
        3. Ignatiev, Morgado, Marques-Silva: PySAT (2018), https://pysathq.github.io: CNFPlus.

    Arguments:
        data: the file's bytes.
        place: its name, for messages.

    Raises:
        InputError: what is none of these, a literal beyond `VARIABLE_LIMIT`, a broken or second
            header, clauses before it, or nothing at all; with the line.
    """
    data = plain_lines(data)
    lines = _Lines(data, place)
    comparisons = comparison_lines(data, place)
    tokens = tokenize(
        comparisons.rest, place, letters="xdn", whole="pg", on_line=lines.take, expected=_EXPECTED
    )
    others = len(lines.global_bounds) + len(comparisons)
    if lines.header is None and not len(tokens.values) and not others:
        raise InputError(place, "there is neither a header nor a clause", "DIMACS CNF")
    begins = [*tokens.positions[:1].tolist(), *comparisons.positions[:1]]
    if lines.header is not None and begins and min(begins) < lines.header[0]:
        where = where_in(data, place, lines.header[0])
        raise InputError(where, "a clause before the header", "the header first")
    rows, kinds, bounds, finished = _rows(tokens, comparisons)
    largest = max(int(np.abs(rows.literals).max(initial=0)), comparisons.largest)
    variable_count = max(largest, lines.header[1] if lines.header else 0)
    counted = rows.take(kinds == letter("d"))
    tagged = bool(kinds.any())
    cardinalities = _cardinalities(counted, bounds, lines, variable_count)
    return Formula(
        variable_count,
        clauses=rows.take(kinds == 0) if tagged else rows,
        parities=rows.take(kinds == letter("x")),
        cardinalities=joined_linear(cardinalities, comparisons.cardinalities.linear()),
        not_all_equal=rows.take(kinds == letter("n")),
        linear=comparisons.linear.linear(),
        notes=(
            *header_notes(
                lines.header[1:] if lines.header else None,
                largest,
                len(rows) + others,
                words=lines.words,
            ),
            *trailer_notes(tokens, finished),
        ),
    )


def read_header(
    line: str, where: str, kinds: tuple[str, ...], form: str
) -> tuple[int, int, list[str]]:
    """Read ``p KIND VARIABLES CLAUSES ...``: both counts, and the fields behind them.

    Raises:
        InputError: another kind, or not these counts.
    """
    fields = line.split()
    found = fields[1].lower() if len(fields) > 1 else ""
    if found in ("edge", "edges", "col"):
        raise InputError(where, "a graph", f"a formula: {form}")
    if fields[0] != "p" or found not in kinds or len(fields) < 4:
        raise InputError(where, quote(line.strip()), form)
    variables = read_count(fields[2], where, "variables", VARIABLE_LIMIT)
    return variables, read_count(fields[3], where, "clauses"), fields[4:]


def words_behind(fields: list[str], line: str, where: str, form: str) -> str:
    """Words behind a header's counts, which say nothing.

    Raises:
        InputError: they begin as a number does, which might say something.
    """
    if fields and not fields[0][0].isalpha() and not fields[0].startswith(("(", "#", "/")):
        raise InputError(where, quote(line.strip()), form)
    return " ".join(fields)


def header_notes(
    counts: tuple[int, int] | None,
    largest: int,
    found: int,
    noun: str = "clauses",
    words: str = "",
) -> list[str]:
    """What the header has wrong.

    Arguments:
        counts: variables and clauses it claims; None without a header.
        largest: the largest variable of the file.
        found: the file's number of constraints.
        noun: what the format calls them.
        words: what stands behind its counts.
    """
    if counts is None:
        return [f"there is no header: variables and {noun} counted from the file"]
    notes = [f"{quote(words)} behind the header was ignored"] if words else []
    if counts[0] < largest:
        notes.append(f"the header claims {counts[0]} variables, the file has {largest}")
    if counts[1] != found:
        notes.append(f"the header claims {counts[1]} {noun}, the file has {found}")
    return notes


def check_last_clause(tokens: Tokens, first: int) -> None:
    """Refuse a last clause without its 0 that goes over lines: they may be as many clauses.

    Arguments:
        first: the token with which the clause begins.

    Raises:
        InputError: with the line on which it begins.
    """
    begin, end = tokens.lines(np.array([first, len(tokens.values) - 1])).tolist()
    if begin != end:
        where = f"{tokens.place}:{begin}"
        wrong = f"a clause without a 0 goes on to line {end}"
        raise InputError(where, wrong, "a 0 behind every clause")


def trailer_notes(tokens: Tokens, finished: bool) -> list[str]:
    """What is odd about the file's end."""
    notes = [] if finished else ["the last clause has no 0 at its end"]
    if tokens.comments:
        line = tokens.data.count(b"\n", 0, tokens.comments[0]) + 1
        count = len(tokens.comments)
        notes.append(f"comments behind clauses were ignored: {count}, the first on line {line}")
    _, _, rest = tokens.data[tokens.end :].partition(b"\n")
    if rest.strip() not in (b"", b"0"):
        notes.append("what follows the line '%' was ignored")
    return notes


def _rows(
    tokens: Tokens, comparisons: ComparisonLines
) -> tuple[LiteralRows, Int[np.ndarray, " rows"], Int[np.ndarray, " bounds"], bool]:
    """Rows of literals, the letter of each (0 for a clause), bounds of ``d``, whether 0 is last."""
    values = tokens.values
    literal = np.ones(len(values), bool)
    literal[tokens.letters] = False
    counted = tokens.letters[values[tokens.letters] == letter("d")] + 1
    _check_lines(tokens)
    literal[counted] = False
    check_literals(tokens, literal)
    zero = literal & (values == 0)
    stops = np.flatnonzero(zero)
    literal &= ~zero
    finished = len(values) == 0 or bool(zero[-1])
    if not finished:
        stops = np.append(stops, len(values))
    before = np.concatenate([[0], np.cumsum(literal)])
    firsts = np.concatenate([[0], stops + 1])[: len(stops)]
    starts = np.concatenate([before[firsts], before[-1:]])
    comparisons.check_between(tokens, firsts, finished)
    kinds = np.zeros(len(stops), np.int64)
    if len(tokens.letters):
        row_of_letter = np.searchsorted(firsts, tokens.letters)
        inside = row_of_letter == len(firsts)
        inside[~inside] = firsts[row_of_letter[~inside]] != tokens.letters[~inside]
        refuse_first(tokens, tokens.letters[inside], "{}: a line within a clause", "a 0 before it")
        kinds[row_of_letter] = values[tokens.letters]
        _check_ends(tokens, stops[row_of_letter])
    if not finished:
        check_last_clause(tokens, int(firsts[-1]))
    return LiteralRows(values[literal].astype(np.int32), starts), kinds, values[counted], finished


def _check_lines(tokens: Tokens) -> None:
    """Refuse a letter without a number on its line, and ``d`` with a bound beyond all literals."""
    letters, values = tokens.letters, tokens.values
    if not len(letters):
        return
    alone = letters + 1 == len(values)
    lines, next_lines = (
        tokens.lines(letters),
        tokens.lines(np.minimum(letters + 1, len(values) - 1)),
    )
    alone |= lines != next_lines
    refuse_first(tokens, letters[alone], "{}: a line without numbers", "literals and a 0")
    bounds = letters[values[letters] == letter("d")] + 1
    large = bounds[np.abs(values[bounds]) > VARIABLE_LIMIT]
    refuse_first(tokens, large, "bound {}", f"at most {VARIABLE_LIMIT}")


def _check_ends(tokens: Tokens, stops: Int[np.ndarray, " letters"]) -> None:
    """Refuse numbers behind the 0 of a line with a letter: which kind would they be?"""
    stops = stops[stops + 1 < len(tokens.values)]
    same = tokens.lines(stops) == tokens.lines(stops + 1)
    refuse_first(tokens, stops[same] + 1, "{} behind the 0", "the end of the line")


def _cardinalities(
    rows: LiteralRows, bounds: Int[np.ndarray, " rows"], lines: _Lines, variable_count: int
) -> LinearRows:
    """Rows of lines ``d``, then those of lines ``g``.

    Raises:
        InputError: so many lines ``g``, over so many variables, that memory would not hold them.
    """
    count = len(lines.global_bounds)
    if count * variable_count > _GLOBAL_LIMIT:
        raise InputError(
            where_in(lines.data, lines.place, lines.global_bounds[0][0]),
            f"global cardinalities over {variable_count} variables: {count}",
            f"at most {_GLOBAL_LIMIT} literals in them",
        )
    everything = np.tile(np.arange(1, variable_count + 1, dtype=np.int32), count)
    last = rows.starts[-1] + variable_count * np.arange(1, count + 1)
    literals = np.concatenate([rows.literals, everything])
    bounds = np.concatenate([bounds, np.array([k for _, k in lines.global_bounds], np.int64)])
    return LinearRows(
        LiteralRows(literals, np.concatenate([rows.starts, last])),
        np.ones(len(literals), np.int64),
        np.where(bounds < 0, AT_MOST, AT_LEAST).astype(np.int8),
        np.abs(bounds),
    )


def write_rows(rows: LiteralRows, prefixes: str | list[str] = "") -> list[str]:
    """One line for each row: a prefix, the literals and a 0."""
    words = list(map(str, rows.literals.tolist()))
    starts = rows.starts.tolist()
    begins = [prefixes] * len(rows) if isinstance(prefixes, str) else prefixes
    return [
        f"{begin}{' '.join(words[a:b])} 0" if a < b else f"{begin}0"
        for begin, a, b in zip(begins, starts[:-1], starts[1:], strict=True)
    ]


def write_cnf(formula: Formula, place: str) -> str:
    """Write what `read_cnf` reads; "exactly" becomes "at least" and "at most".

    Arguments:
        formula: without soft clauses and without pseudo-Boolean rows.
        place: the file's name, for messages.

    Raises:
        InputError: it has what the format cannot hold.
    """
    if formula.optimizes or len(formula.soft):
        raise InputError(place, "DIMACS CNF has no soft clauses", "a .wcnf or .opb file")
    formula = expanded(formula)
    if len(formula.linear):
        raise InputError(place, "DIMACS CNF has no pseudo-Boolean rows", "a .opb or .cnf+ file")
    lines = [
        *write_rows(formula.clauses),
        *write_rows(formula.parities, "x "),
        *write_rows(formula.not_all_equal, "n "),
        *_write_cardinalities(formula.cardinalities),
    ]
    return "\n".join([f"p cnf {formula.variable_count} {len(lines)}", *lines, ""])


def write_cnf_plus(formula: Formula, place: str) -> str:
    """Write python-sat's CNF+: clauses, then cardinalities and pseudo-Boolean rows.

    Arguments:
        formula: without soft clauses, parities and not-all-equal.
        place: the file's name, for messages.

    Raises:
        InputError: it has what the format cannot hold.
    """
    if formula.optimizes or len(formula.soft):
        raise InputError(place, "CNF+ has no soft clauses", "a .wcnf+ or .opb file")
    if len(formula.parities) or len(formula.not_all_equal):
        raise InputError(place, "CNF+ has no parities and no not-all-equal", "a .cnf file")
    formula = expanded(formula)
    comparisons = list(write_comparisons(formula.cardinalities, formula.linear))
    lines = [*write_rows(formula.clauses), *comparisons]
    kind = "cnf+" if comparisons else "cnf"
    return "\n".join([f"p {kind} {formula.variable_count} {len(lines)}", *lines, ""])


def _write_cardinalities(cardinalities: LinearRows) -> list[str]:
    """Lines ``d``; at most K with K = 0 is at least all of the negated literals."""
    lines = []
    kinds = zip(
        cardinalities.rows,
        cardinalities.comparisons.tolist(),
        cardinalities.bounds.tolist(),
        strict=True,
    )
    for literals, comparison, bound in kinds:
        row = literals.tolist()
        if comparison in (AT_LEAST, EXACTLY):
            lines.append(" ".join(map(str, ["d", max(bound, 0), *row, 0])))
        if comparison in (AT_MOST, EXACTLY):
            if bound <= 0:
                bound, row = len(row) - bound, [-literal for literal in row]
            else:
                bound = -bound
            lines.append(" ".join(map(str, ["d", bound, *row, 0])))
    return lines
