"""Read pseudo-Boolean files (OPB): constraints over literals and their products, with costs."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from odesolve.problems.errors import InputError, quote
from odesolve.problems.formulas.auxiliary_variables import LinearRowList
from odesolve.problems.formulas.dimacs import header_notes
from odesolve.problems.formulas.formula import (
    AT_LEAST,
    AT_MOST,
    EXACTLY,
    Formula,
    LinearRows,
    LiteralRows,
)
from odesolve.problems.formulas.opb_statements import NAME, Statements
from odesolve.problems.formulas.tokens import DIGIT_LIMIT, VARIABLE_LIMIT, plain_lines
from odesolve.problems.integer_arrays import integers

__all__ = ["read_opb"]

_LITERAL = re.compile(rf"~?{NAME}")
_NUMBERED = re.compile(r"x([1-9][0-9]{0,17})")
_PADDED = re.compile(r"x0+([1-9][0-9]*)")
_RUN_TOGETHER = re.compile(r"(?:x[0-9]+){2,}")
_COMPARISONS = {">=": AT_LEAST, "=": EXACTLY, "<=": AT_MOST}
_TERM = "a term such as +3 x1, -2 ~x2 or +1 x1 x2"
_NAMES = "names that begin with a letter, as in x1 or ~x1"
_NUMERIC = frozenset("0123456789+-")  # what a coefficient or a sign begins with
_FIRST_AUXILIARY = 2**28  # while reading; all others have smaller numbers

_Term = tuple[int, tuple[int, ...]]


def read_opb(data: bytes, place: str) -> Formula:
    """Read pseudo-Boolean constraints and, if there are any, costs.

    Constraints are sums of integers times literals, ``x1`` or ``~x1``, or products of literals as
    in ``2 x1 ~x2``, compared by ``>=``, ``=`` or ``<=`` with an integer, up to a ``;`` [1]. Those
    whose coefficients are 1 and -1 become clauses or cardinalities, by ``-x = ~x - 1`` where the
    signs differ; the others become linear rows. A product becomes an auxiliary variable.

    Variables have names. Where all of them are x1, x2, ... up to the limit, these are their
    numbers. Otherwise they are numbered by their first appearance, and the formula has their
    ``names``.

    Each term of ``min:`` becomes a soft clause: a cost w > 0 of a product is paid where none of
    its negated literals holds; for w < 0, the cost is w, and -w where the product does not hold.
    ``max:`` is ``min:`` of the negated terms, with a note.

    Where the file begins with ``soft:``, a constraint behind ``[w]`` costs w if it does not hold,
    and all costs together are less than the number behind ``soft:``, if there is one [1].

    Source:
        1. Roussel, Manquinho: Input/Output Format for Pseudo-Boolean Competitions (2012).

    Arguments:
        data: the file's bytes.
        place: its name, for messages.

    Raises:
        InputError: anything that is not of the format, or could be read in two ways; with the
            line.
    """
    reader = _Reader(plain_lines(data).decode("latin-1"), place)  # a byte is a character
    return reader.read()


@dataclass(frozen=True)
class _Row:
    """A comparison of a sum of literals; what it is at its simplest."""

    kind: str  # "clause", "cardinality" or "linear"
    literals: list[int]
    coefficients: list[int]
    comparison: int
    bound: int


def _row(terms: list[tuple[int, int]], comparison: int, bound: int) -> _Row:
    """A constraint as the simplest kind that it is."""
    literals = [literal for _, literal in terms]
    coefficients = [weight for weight, _ in terms]
    if not all(weight in (1, -1) for weight in coefficients):
        return _Row("linear", literals, coefficients, comparison, bound)
    if literals and all(weight == -1 for weight in coefficients):
        comparison, bound = -comparison, -bound
    else:
        literals = [weight * literal for weight, literal in terms]
        bound += coefficients.count(-1)
    ones = [1] * len(literals)
    if comparison == AT_LEAST and bound == 1:
        return _Row("clause", literals, ones, comparison, bound)
    if literals and comparison == AT_MOST and bound == len(literals) - 1:
        return _Row("clause", [-literal for literal in literals], ones, AT_LEAST, 1)
    return _Row("cardinality", literals, ones, comparison, bound)


class _Reader:
    """One pass over a file, statement by statement."""

    def __init__(self, text: str, place: str) -> None:
        self.place = place
        self.file = Statements(text, place)
        self.header = self.file.header
        self.numbers: dict[str, int] = {}  # name -> number by first appearance
        self.literals: dict[str, int] = {}  # as spelled -> literal
        self.products: dict[tuple[int, ...], int] = {}
        self.auxiliaries = LinearRowList()
        self.clauses: list[list[int]] = []
        self.cardinalities, self.linear = LinearRowList(), LinearRowList()
        self.objective: list[_Term] | None = None
        self.maximizes = False
        self.soft: list[tuple[int, list[int]]] = []
        self.idle = 0  # soft constraints of weight 0
        self.is_soft, self.top = False, 0  # 0: the costs have no limit

    def read(self) -> Formula:
        count = 0
        while self.file.next():
            word = self.words[0]
            if word.startswith("soft") and word.endswith(":"):
                self._read_soft_header(first=not count and self.objective is None)
            elif word.endswith(":"):
                self._read_objective()
            else:
                self._read_constraint()
                count += 1
        if not count and self.objective is None and self.header is None:
            raise InputError(self.place, "there is neither a header nor a constraint", "OPB")
        if self.top:
            self._limit_costs()
        return self._formula(count)

    @property
    def words(self) -> list[str]:
        """The words of the statement at hand."""
        return self.file.words

    def error(self, word: int, wrong: str, expected: str) -> InputError:
        """What is wrong with a word of the statement at hand; ``{}`` becomes the word."""
        return self.file.error(word, wrong, expected)

    def _read_soft_header(self, first: bool) -> None:
        if not first or self.is_soft:
            raise self.error(0, "{} behind other statements", "it to be the first statement")
        limit = self.words[1:]
        if len(limit) > 1 or (limit and not (limit[0].isdecimal() and self._is_integer(limit[0]))):
            raise self.error(1, "{}", "'soft: TOP ;' with an integer, or 'soft: ;'")
        if limit and int(limit[0]) == 0:
            raise self.error(1, "costs of less than {}", "an integer from 1")
        self.is_soft, self.top = True, int(limit[0]) if limit else 0

    def _read_objective(self) -> None:
        if self.objective is not None:
            raise self.error(0, "{}: a second objective", "one")
        if self.is_soft:
            raise self.error(0, "{} beside soft constraints", "one of the two")
        self.maximizes = self.words[0].startswith("max")
        terms = self._terms(1, len(self.words))
        sign = -1 if self.maximizes else 1
        self.objective = [(sign * weight, literals) for weight, literals in terms]

    def _read_constraint(self) -> None:
        is_soft = self.words[0][0] == "["
        if is_soft and not self.is_soft:
            raise self.error(0, "{}: a soft constraint", "'soft: ;' as the first statement")
        relations = (i for i, word in enumerate(self.words) if word[0] in "<>=!")
        at = next(relations, None)
        if at is None:
            raise self.error(0, "{}: no comparison up to the ';'", ">=, = or <=")
        if self.words[at] not in _COMPARISONS:
            raise self.error(at, "{}", ">=, = or <=")
        weight = self._soft_weight() if is_soft else None
        terms = self._linear(self._terms(1 if is_soft else 0, at))
        bound = self.words[at + 1 :]
        if len(bound) == 2 and bound[0] in "+-" and bound[1].isdecimal():
            bound = ["".join(bound)]
        if len(bound) != 1 or not self._is_integer(bound[0]):
            raise self.error(at + 1, "{} behind the comparison", "one integer and a ';'")
        row = _row(terms, _COMPARISONS[self.words[at]], int(bound[0]))
        if weight is None:
            self._add(row)
        elif weight:
            self._add_soft(weight, row)
        else:
            self.idle += 1

    def _soft_weight(self) -> int:
        weight = self.words[0].strip("[ \t]")
        if not weight.isdecimal() or not self._is_integer(weight):
            raise self.error(0, "{}", "'[WEIGHT]' with an integer")
        return int(weight)

    def _terms(self, begin: int, end: int) -> list[_Term]:
        """Coefficient and literals of each term; those that are always 0 are left out."""
        terms: list[_Term] = []
        coefficient: int | None = None
        sign = ""
        product: list[int] = []
        words = self.words
        for i in range(begin, end):
            word = words[i]
            if word[0] not in _NUMERIC:
                literal = self.literals.get(word) or self._new_literal(i)
                if product and coefficient is None:
                    wrong = "{}: a product of literals without a coefficient"
                    raise self.error(i, wrong, _TERM)
                product.append(literal)
                continue
            if product:
                terms.append(_term(sign, coefficient, product))
                coefficient, sign, product = None, "", []
            if word in ("+", "-") and coefficient is None and not sign:
                sign = word
            elif coefficient is None and self._is_integer(word) and not (sign and word[0] in "+-"):
                coefficient = int(word)
            else:
                raise self.error(i, "{}", _TERM)
        if product:
            terms.append(_term(sign, coefficient, product))
        elif coefficient is not None or sign:
            raise self.error(end - 1, "{}: a number without a literal", _TERM)
        return [term for term in terms if term[0]]

    def _new_literal(self, word: int) -> int:
        """The literal of a word that was not met before."""
        text = self.words[word]
        name = text.removeprefix("~")
        if _RUN_TOGETHER.fullmatch(name):
            raise self.error(word, "{}: one name, or several", "blanks between names")
        if not _LITERAL.fullmatch(text):
            raise self.error(word, "{}", _NAMES)
        number = self.numbers.setdefault(name, len(self.numbers) + 1)
        self.literals[text] = -number if text[0] == "~" else number
        return self.literals[text]

    @staticmethod
    def _is_integer(word: str) -> bool:
        return len(word) <= DIGIT_LIMIT and word.lstrip("+-").isdecimal()

    def _linear(self, terms: list[_Term]) -> list[tuple[int, int]]:
        """Each product as one literal."""
        return [(weight, self._product(literals)) for weight, literals in terms]

    def _product(self, literals: tuple[int, ...]) -> int:
        """The literal that stands for a product of different literals."""
        if len(literals) == 1:
            return literals[0]
        key = tuple(sorted(literals))
        if key not in self.products:
            count = len(literals)
            self.products[key] = self._auxiliary(list(literals), [1] * count, AT_LEAST, count)
        return self.products[key]

    def _auxiliary(
        self, literals: list[int], coefficients: list[int], comparison: int, bound: int
    ) -> int:
        """A new variable that is true exactly when this row holds."""
        self.auxiliaries.add(literals, coefficients, comparison, bound)
        return _FIRST_AUXILIARY + len(self.auxiliaries.rows) - 1

    def _add(self, row: _Row) -> None:
        if row.kind == "clause":
            self.clauses.append(row.literals)
        else:
            rows = self.cardinalities if row.kind == "cardinality" else self.linear
            rows.add(row.literals, row.coefficients, row.comparison, row.bound)

    def _add_soft(self, weight: int, row: _Row) -> None:
        """A soft clause; or one that wants an auxiliary variable for the opposite to be false."""
        if row.kind == "clause":
            self.soft.append((weight, row.literals))
            return
        if row.comparison != AT_LEAST:  # sums that are too large
            above = self._auxiliary(row.literals, row.coefficients, AT_LEAST, row.bound + 1)
            self.soft.append((weight, [-above]))
        if row.comparison != AT_MOST:
            below = self._auxiliary(row.literals, row.coefficients, AT_MOST, row.bound - 1)
            self.soft.append((weight, [-below]))

    def _limit_costs(self) -> None:
        """A row that keeps all costs below the limit, unless they are in any case."""
        if sum(weight for weight, _ in self.soft) < self.top:
            return
        terms = []
        left = self.top - 1
        for weight, clause in self.soft:
            negated = tuple(dict.fromkeys(-literal for literal in clause))
            if not clause:
                left -= weight
            elif not any(literal in clause for literal in negated):
                terms.append((weight, self._product(negated)))
        self._add(_row(terms, AT_MOST, left))

    def _formula(self, count: int) -> Formula:
        names = self._names()
        if names:
            own = np.arange(len(names) + 1)
        else:
            own = np.array([0, *(int(name[1:]) for name in self.numbers)], np.int64)
        largest = max(own.tolist())
        shown = max(largest, self.header[0] if self.header and not names else 0)

        def renumbered(rows: LiteralRows) -> LiteralRows:
            variables = np.abs(rows.literals).astype(np.int64)
            auxiliary = variables >= _FIRST_AUXILIARY
            found = variables - _FIRST_AUXILIARY + 1 + shown
            found[~auxiliary] = own[variables[~auxiliary]]
            return LiteralRows((found * np.sign(rows.literals)).astype(np.int32), rows.starts)

        def linear(rows: LinearRowList) -> LinearRows:
            found = rows.linear()
            return LinearRows(
                renumbered(found.rows), found.coefficients, found.comparisons, found.bounds
            )

        soft, offset = self._soft_clauses()
        return Formula(
            shown + len(self.auxiliaries.rows),
            clauses=renumbered(LiteralRows.of(self.clauses)),
            cardinalities=linear(self.cardinalities),
            linear=linear(self.linear),
            soft=renumbered(LiteralRows.of([clause for _, clause in soft])),
            soft_weights=integers([weight for weight, _ in soft]),
            offset=offset,
            optimizes=self.objective is not None or self.is_soft,
            notes=tuple(self._notes(largest, count)),
            names=names,
            auxiliaries=linear(self.auxiliaries),
        )

    def _soft_clauses(self) -> tuple[list[tuple[int, list[int]]], int]:
        """Weight and literals of each, and the costs that there are in any case."""
        soft, offset = self.soft, 0
        for weight, literals in self.objective or []:
            if weight > 0:
                soft.append((weight, [-literal for literal in literals]))
            else:
                soft.append((-weight, [self._product(literals)]))
                offset += weight
        return soft, offset

    def _names(self) -> tuple[str, ...]:
        """The variables' names, by number; none if they are x1, x2, ... themselves."""
        numbered = (_NUMBERED.fullmatch(name) for name in self.numbers)
        if all(match and int(match[1]) <= VARIABLE_LIMIT for match in numbered):
            return ()
        for name in self.numbers:
            match = _PADDED.fullmatch(name)
            if match and f"x{match[1]}" in self.numbers:
                wrong = f"both {quote(name)} and 'x{match[1]}': one variable or two"
                raise InputError(self.place, wrong, "one of these spellings")
        return tuple(self.numbers)

    def _notes(self, largest: int, count: int) -> list[str]:
        notes = header_notes(self.header, largest, count, "constraints")
        if self.maximizes:
            notes.append("'max:' was turned into 'min:' of the negated objective")
        if self.idle:
            notes.append(f"soft constraints of weight 0: {self.idle}, dropped")
        return notes


def _term(sign: str, coefficient: int | None, product: list[int]) -> _Term:
    """A coefficient, 0 if literals contradict each other, and the different literals."""
    weight = 1 if coefficient is None else coefficient
    if sign == "-":
        weight = -weight
    if len(product) == 1:
        return weight, (product[0],)
    literals = dict.fromkeys(product)
    contradict = any(-literal in literals for literal in literals)
    return 0 if contradict else weight, tuple(literals)
