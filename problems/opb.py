"""Pseudo-Boolean files (OPB): linear constraints over literals, and an objective."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from odesolve.problems.dimacs_formula import header_notes
from odesolve.problems.errors import InputError, quote
from odesolve.problems.formula import AT_LEAST, AT_MOST, EXACTLY, Formula, LinearRows, LiteralRows
from odesolve.problems.literal_tokens import (
    DIGIT_LIMIT,
    VARIABLE_LIMIT,
    plain_lines,
    read_count,
    where_in,
)
from odesolve.problems.weighted_cnf import integers

__all__ = ["read_opb", "write_opb"]

_COMMENT = re.compile(r"^[ \t]*\*.*", re.MULTILINE)
_COUNTS = re.compile(r"#variable=[ \t]*(\S+)[ \t]+#constraint=[ \t]*(\S+)")
_WORD = re.compile(r"[+-]?[0-9]+|[+-]|~?x[0-9]+|(?:min|max|soft)[ \t]*:|[<>=!]+|;|[^\s;]+")
_COMPARISONS = {">=": AT_LEAST, "=": EXACTLY, "<=": AT_MOST}
_SYMBOLS = {comparison: symbol for symbol, comparison in _COMPARISONS.items()}
_LONGEST = 2**26  # characters of a statement
_TERM = "a term such as +3 x1 or -2 ~x2"


def read_opb(data: bytes, place: str) -> Formula:
    """Read pseudo-Boolean constraints and, if there is one, an objective.

    Constraints are sums of integers times literals ``x1`` or ``~x1``, compared by ``>=``, ``=`` or
    ``<=`` with an integer, up to a ``;`` [1]. Those whose coefficients are 1 and -1 become clauses
    or cardinalities, by ``-x = ~x - 1`` where the signs differ; the others become linear rows.

    Each term of ``min:`` becomes a soft clause: a cost w > 0 of a literal is paid where its
    negation does not hold; for w < 0, the cost is w, and -w where the literal does not hold.
    ``max:`` is ``min:`` of the negated terms, with a note.

    Source:
        1. Roussel, Manquinho: Input/Output Format for Pseudo-Boolean Competitions (2012).

    Arguments:
        data: the file's bytes.
        place: its name, for messages.

    Raises:
        InputError: products of literals, soft constraints, names other than x1, x2, ..., or
            anything else that is not of the format; with the line.
    """
    reader = _Reader(plain_lines(data).decode("latin-1"), place)  # a byte is a character
    return reader.read()


@dataclass
class _Rows:
    """Rows of one kind, collected."""

    rows: list[list[int]] = field(default_factory=list)
    coefficients: list[int] = field(default_factory=list)
    comparisons: list[int] = field(default_factory=list)
    bounds: list[int] = field(default_factory=list)

    def add(
        self, literals: list[int], coefficients: list[int], comparison: int, bound: int
    ) -> None:
        self.rows.append(literals)
        self.coefficients += coefficients
        self.comparisons.append(comparison)
        self.bounds.append(bound)

    def linear(self) -> LinearRows:
        numbers = integers(self.coefficients + self.bounds)
        return LinearRows(
            LiteralRows.of(self.rows),
            numbers[: len(self.coefficients)],
            np.array(self.comparisons, np.int8),
            numbers[len(self.coefficients) :],
        )


class _Reader:
    """One pass over a file, statement by statement."""

    def __init__(self, text: str, place: str) -> None:
        self.place = place
        self.text = _COMMENT.sub(lambda comment: " " * len(comment[0]), text)
        self.header = self._header(text)
        self.begin, self.end = 0, 0  # of the statement at hand, in the text
        self.words: list[str] = []  # of that statement
        self.clauses: list[list[int]] = []
        self.cardinalities, self.linear = _Rows(), _Rows()
        self.objective: list[tuple[int, int]] | None = None
        self.maximizes = False

    def read(self) -> Formula:
        count = 0
        while self._next_statement():
            if self.words[0].endswith(":"):
                self._read_objective()
            else:
                self._read_constraint()
                count += 1
        if not count and self.objective is None and self.header is None:
            raise InputError(self.place, "there is neither a header nor a constraint", "OPB")
        return self._formula(count)

    def error(self, word: int, wrong: str, expected: str) -> InputError:
        """What is wrong with a word of the statement, and its line; ``{}`` becomes the word."""
        match = next(itertools.islice(_WORD.finditer(self.text, self.begin), word, None))
        where = where_in(self.text.encode("latin-1"), self.place, match.start())
        return InputError(where, wrong.format(quote(match[0])), expected)

    def _next_statement(self) -> bool:
        """Go to the next statement that has words; false at the file's end."""
        self.words = []
        while not self.words and self.end < len(self.text):
            self.begin = self.end
            semicolon = self.text.find(";", self.begin)
            self.end = semicolon + 1 or len(self.text)
            if self.end - self.begin > _LONGEST:
                wrong = f"a statement of {self.end - self.begin} characters"
                raise self.error(0, wrong, f"at most {_LONGEST} up to a ';'")
            self.words = _WORD.findall(self.text, self.begin, self.end)
            if semicolon < 0 and self.words:
                wrong = "the last statement has no end"
                raise self.error(len(self.words) - 1, wrong, "a ';'")
            del self.words[-1:]  # the semicolon
        return bool(self.words)

    def _header(self, text: str) -> tuple[int, int] | None:
        match = _COUNTS.search(text)
        if match is None:
            return None
        where = where_in(text.encode("latin-1"), self.place, match.start())
        variables = read_count(match[1], where, "variables", VARIABLE_LIMIT)
        return variables, read_count(match[2], where, "constraints")

    def _read_objective(self) -> None:
        if self.words[0].startswith("soft"):
            raise self.error(0, "soft constraints (WBO)", "OPB, or a .wcnf file")
        if self.objective is not None:
            raise self.error(0, "{}: a second objective", "one")
        self.maximizes = self.words[0].startswith("max")
        terms = self._terms(1, len(self.words))
        sign = -1 if self.maximizes else 1
        self.objective = [(sign * weight, literal) for weight, literal in terms]

    def _read_constraint(self) -> None:
        relations = (i for i, word in enumerate(self.words) if word[0] in "<>=!")
        at = next(relations, None)
        if at is None:
            raise self.error(0, "{}: no comparison up to the ';'", ">=, = or <=")
        if self.words[at] not in _COMPARISONS:
            raise self.error(at, "{}", ">=, = or <=")
        terms = self._terms(0, at)
        bound = self.words[at + 1 :]
        if len(bound) == 2 and bound[0] in "+-":
            bound = ["".join(bound)]
        if len(bound) != 1 or not self._is_integer(bound[0]):
            raise self.error(at + 1, "{} behind the comparison", "one integer and a ';'")
        self._add(terms, _COMPARISONS[self.words[at]], int(bound[0]))

    def _terms(self, begin: int, end: int) -> list[tuple[int, int]]:
        """Coefficient and literal of each term; 0 times a literal is left out."""
        terms: list[tuple[int, int]] = []
        coefficient: int | None = 1 if begin < end and self.words[begin][0] in "x~" else None
        sign = ""
        for i in range(begin, end):
            word = self.words[i]
            if word[0] in "x~":
                literal = self._literal(i)
                if coefficient is None and not sign:
                    wrong = "{}: a product of literals, which is not linear"
                    raise self.error(i, wrong, "a coefficient before every literal")
                weight = 1 if coefficient is None else coefficient
                terms.append((-weight if sign == "-" else weight, literal))
                coefficient, sign = None, ""
            elif word in ("+", "-") and coefficient is None and not sign:
                sign = word
            elif coefficient is None and self._is_integer(word) and not (sign and word[0] in "+-"):
                coefficient = int(word)
            else:
                raise self.error(i, "{}", _TERM)
        if coefficient is not None or sign:
            raise self.error(end - 1, "{}: a number without a literal", _TERM)
        return [term for term in terms if term[0]]

    def _literal(self, word: int) -> int:
        text = self.words[word]
        name = text.lstrip("~")
        if len(text) - len(name) > 1 or name[:1] != "x" or not name[1:].isdecimal():
            raise self.error(word, "{}", "literals x1, x2, ... or ~x1, ~x2, ...")
        digits = name[1:].lstrip("0")
        if not digits or len(digits) > 18 or int(digits) > VARIABLE_LIMIT:
            raise self.error(word, "{}", f"variables from x1 to x{VARIABLE_LIMIT}")
        return -int(digits) if text[0] == "~" else int(digits)

    @staticmethod
    def _is_integer(word: str) -> bool:
        return len(word) <= DIGIT_LIMIT and word.lstrip("+-").isdecimal()

    def _add(self, terms: list[tuple[int, int]], comparison: int, bound: int) -> None:
        """Keep a constraint as the simplest kind that it is."""
        literals = [literal for _, literal in terms]
        coefficients = [weight for weight, _ in terms]
        unit = all(weight in (1, -1) for weight in coefficients)
        if unit and literals and all(weight == -1 for weight in coefficients):
            comparison, bound = -comparison, -bound
        elif unit:
            literals = [weight * literal for weight, literal in terms]
            bound += coefficients.count(-1)
        if unit and comparison == AT_LEAST and bound == 1:
            self.clauses.append(literals)
        elif unit and literals and comparison == AT_MOST and bound == len(literals) - 1:
            self.clauses.append([-literal for literal in literals])
        elif unit:
            self.cardinalities.add(literals, [1] * len(literals), comparison, bound)
        else:
            self.linear.add(literals, coefficients, comparison, bound)

    def _formula(self, count: int) -> Formula:
        objective = self.objective or []
        clauses = LiteralRows.of(self.clauses)
        cardinalities, linear = self.cardinalities.linear(), self.linear.linear()
        soft = LiteralRows.of([(-literal if w > 0 else literal,) for w, literal in objective])
        rows = (clauses, cardinalities.rows, linear.rows, soft)
        largest = max(int(np.abs(kind.literals).max(initial=0)) for kind in rows)
        notes = header_notes(self.header, largest, count, "constraints")
        if self.maximizes:
            notes.append("'max:' was turned into 'min:' of the negated objective")
        return Formula(
            max(largest, self.header[0] if self.header else 0),
            clauses=clauses,
            cardinalities=cardinalities,
            linear=linear,
            soft=soft,
            soft_weights=integers([abs(weight) for weight, _ in objective]),
            offset=sum(weight for weight, _ in objective if weight < 0),
            optimizes=self.objective is not None,
            notes=tuple(notes),
        )


def write_opb(formula: Formula, place: str) -> str:
    """Write what `read_opb` reads, with the comparisons ``>=`` and ``=`` only.

    Arguments:
        formula: without parities and not-all-equal; its soft clauses have one literal or none.
        place: the file's name, for messages.

    Raises:
        InputError: it has what the format cannot hold.
    """
    if len(formula.parities) or len(formula.not_all_equal):
        raise InputError(place, "OPB has no parities and no not-all-equal", "a .cnf file")
    if len(formula.soft) and int(formula.soft.lengths.max()) > 1:
        wrong = "OPB has no soft clauses of several literals"
        raise InputError(place, wrong, "a .wcnf file")
    clauses = [(row.tolist(), [1] * len(row), AT_LEAST, 1) for row in formula.clauses]
    statements = [
        _statement(*constraint)
        for constraint in (*clauses, *_linear(formula.cardinalities), *_linear(formula.linear))
    ]
    header = f"* #variable= {formula.variable_count} #constraint= {len(statements)}"
    objective = [f"min: {_sum(_objective(formula))};"] if formula.optimizes else []
    return "\n".join([header, *objective, *statements, ""])


def _linear(linear: LinearRows) -> Iterator[tuple[list[int], list[int], int, int]]:
    coefficients = linear.coefficients.tolist()
    for i, (literals, comparison, bound) in enumerate(
        zip(linear.rows, linear.comparisons.tolist(), linear.bounds.tolist(), strict=True)
    ):
        begin, end = linear.rows.starts[i : i + 2].tolist()
        yield literals.tolist(), coefficients[begin:end], comparison, bound


def _statement(literals: list[int], coefficients: list[int], comparison: int, bound: int) -> str:
    if comparison == AT_MOST:
        coefficients, comparison, bound = [-w for w in coefficients], AT_LEAST, -bound
    terms = zip(coefficients, literals, strict=True)
    return f"{_sum(terms)}{_SYMBOLS[comparison]} {bound} ;"


def _sum(terms: Iterable[tuple[int, int]]) -> str:
    return "".join(f"{w:+d} {'~' if literal < 0 else ''}x{abs(literal)} " for w, literal in terms)


def _objective(formula: Formula) -> list[tuple[int, int]]:
    """Terms whose sum is the cost; terms of either sign make up the offset, as far as they can."""
    terms = []
    constant = int(formula.offset)
    for literals, weight in zip(formula.soft, formula.soft_weights.tolist(), strict=True):
        if not len(literals):
            constant += weight
        elif constant + weight <= 0:  # weight if false = weight - weight if true
            constant += weight
            terms.append((-weight, int(literals[0])))
        else:
            terms.append((weight, -int(literals[0])))
    return terms + ([(constant, 1), (constant, -1)] if constant else [])
