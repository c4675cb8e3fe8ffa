"""Write pseudo-Boolean files (OPB), with products of literals where a formula needs them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from odesolve.problems.errors import InputError
from odesolve.problems.formulas.auxiliary_variables import expanded
from odesolve.problems.formulas.formula import AT_LEAST, AT_MOST, EXACTLY, Formula

__all__ = ["has_products_only", "write_opb"]

_SYMBOLS = {AT_LEAST: ">=", EXACTLY: "="}

_Term = tuple[int, tuple[int, ...]]


def write_opb(formula: Formula, place: str) -> str:
    """Write what `read_opb` reads, with the comparisons ``>=`` and ``=`` only.

    A soft clause of several literals becomes the product of their negations in the objective.
    Auxiliary variables become the products that they stand for; if one stands for anything else,
    all become ordinary variables, and a comment says which.

    Arguments:
        formula: without parities and not-all-equal.
        place: the file's name, for messages.

    Raises:
        InputError: it has what the format cannot hold.
    """
    if len(formula.parities) or len(formula.not_all_equal):
        raise InputError(place, "OPB has no parities and no not-all-equal", "a .cnf file")
    comments = []
    if not has_products_only(formula):
        written = _Writer(_with_ordinary_variables(formula))
        first, last = (written.name(n) for n in (formula.shown_count + 1, formula.variable_count))
        comments = [f"* the variables from {first} to {last} are auxiliary"]
    else:
        written = _Writer(formula)
    statements = list(written.statements())
    objective = written.objective()
    statements += written.unnamed()
    products = written.products
    header = f"* #variable= {written.formula.shown_count} #constraint= {len(statements)}"
    if products:
        header += f" #product= {len(products)} sizeproduct= {sum(map(len, products))}"
    return "\n".join([header, *comments, *objective, *statements, ""])


def has_products_only(formula: Formula) -> bool:
    """Whether auxiliary variables are products of others, and no factors of products."""
    auxiliaries, soft, shown = formula.auxiliaries, formula.soft, formula.shown_count
    in_soft = soft.literals[np.repeat(soft.lengths > 1, soft.lengths)]
    return bool(
        (auxiliaries.coefficients == 1).all()
        and (auxiliaries.comparisons == AT_LEAST).all()
        and (auxiliaries.bounds == auxiliaries.rows.lengths).all()
        and (np.abs(auxiliaries.rows.literals) <= shown).all()
        and (np.abs(in_soft) <= shown).all()
    )


def _with_ordinary_variables(formula: Formula) -> Formula:
    """The formula with its auxiliary variables defined by rows, and named if the others are."""
    names = list(formula.names)
    number = 0
    while names and len(names) < formula.variable_count:
        number += 1
        if (name := f"auxiliary{number}") not in formula.names:
            names.append(name)
    return replace(expanded(formula), names=tuple(names))


class _Writer:
    """The lines of a formula whose auxiliary variables are products; and which it came across."""

    def __init__(self, formula: Formula) -> None:
        self.formula = formula
        self.products: dict[tuple[int, ...], None] = {}
        self._named: set[int] = set()

    def statements(self) -> Iterator[str]:
        for row in self.formula.clauses:
            yield self._statement(row.tolist(), [1] * len(row), AT_LEAST, 1)
        for linear in (self.formula.cardinalities, self.formula.linear):
            coefficients = linear.coefficients.tolist()
            starts = linear.rows.starts.tolist()
            rows = zip(
                linear.rows, linear.comparisons.tolist(), linear.bounds.tolist(), strict=True
            )
            for i, (row, comparison, bound) in enumerate(rows):
                weights = coefficients[starts[i] : starts[i + 1]]
                yield self._statement(row.tolist(), weights, comparison, bound)

    def unnamed(self) -> list[str]:
        """A statement that asks nothing of the variables that no other names, to keep them."""
        lost = [n for n in range(1, len(self.formula.names) + 1) if n not in self._named]
        terms = " ".join(f"+0 {self.name(number)}" for number in lost)
        return [f"{terms} >= 0 ;"] if lost else []

    def objective(self) -> list[str]:
        if not self.formula.optimizes:
            return []
        return [f"min: {self._sum(self._costs())};"]

    def name(self, literal: int) -> str:
        variable = abs(literal)
        names = self.formula.names
        name = names[variable - 1] if variable <= len(names) else f"x{variable}"
        return f"~{name}" if literal < 0 else name

    def _statement(
        self, literals: list[int], coefficients: list[int], comparison: int, bound: int
    ) -> str:
        if comparison == AT_MOST:
            coefficients, comparison, bound = [-w for w in coefficients], AT_LEAST, -bound
        terms, constant = self._terms(zip(coefficients, literals, strict=True))
        return f"{self._sum(terms)}{_SYMBOLS[comparison]} {bound - constant} ;"

    def _terms(self, weighted: Iterable[tuple[int, int]]) -> tuple[list[_Term], int]:
        """Terms of literals, auxiliary ones as products, and the constant that this leaves."""
        formula = self.formula
        terms: list[_Term] = []
        constant = 0
        for weight, literal in weighted:
            if (number := abs(literal) - formula.shown_count) <= 0:
                terms.append((weight, (literal,)))
                continue
            product = tuple(formula.auxiliaries.rows.row(number - 1).tolist())
            constant += weight if literal < 0 else 0
            terms.append((-weight if literal < 0 else weight, product))
        return terms, constant

    def _costs(self) -> list[_Term]:
        """Terms whose sum is the cost; terms of either sign make up the offset, if they can."""
        formula = self.formula
        terms: list[_Term] = []
        rows = [np.unique(row).tolist() for row in formula.soft]
        weights = formula.soft_weights.tolist()
        constant = int(formula.offset)
        # What was written below, and read: to write it in any other way would add to it each time.
        made_up = 0
        while rows[-2:] == [[1], [-1]] and weights[-2] == weights[-1] <= -constant // 2:
            constant += 2 * weights[-1]
            made_up += weights[-1]
            del rows[-2:], weights[-2:]
        for literals, weight in zip(rows, weights, strict=True):
            if not literals:
                constant += weight
            elif len(literals) > 1:
                terms.append((weight, tuple(-literal for literal in literals)))
            else:
                positive = constant + weight <= 0  # weight if false = weight - weight if true
                constant += weight if positive else 0
                signed = (-weight, literals[0]) if positive else (weight, -literals[0])
                found_terms, more = self._terms([signed])
                terms += found_terms
                constant += more
        constant -= made_up
        return terms + ([(constant, (1,)), (constant, (-1,))] if constant else [])

    def _sum(self, terms: Iterable[_Term]) -> str:
        words = []
        for weight, literals in terms:
            if len(literals) > 1:
                self.products[literals] = None
            self._named.update(map(abs, literals))
            words.append(f"{weight:+d} {' '.join(map(self.name, literals))} ")
        return "".join(words)
