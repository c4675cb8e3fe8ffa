"""What ``odesolve fourier`` says about a Boolean function: table, polynomials, prime terms."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from odesolve.potentials import multilinear_coefficients, walsh_coefficients
from odesolve.potentials.relations.implicates import prime_implicants, prime_implicates
from odesolve.problems.relations.expressions import BooleanExpression

__all__ = ["FourierReport", "Term"]

#: Up to this many variables the text shows every row of the table; above, satisfying ones only.
WHOLE_TABLE = 6
#: Lines or terms of each part that the text shows before it says how many more there are.
SHOWN = 64


@dataclass(frozen=True)
class Term:
    """One monomial of a polynomial."""

    coefficient: Fraction
    variables: tuple[str, ...]


@dataclass(frozen=True)
class FourierReport:
    """Everything that is said about one Boolean function."""

    expression: BooleanExpression

    @cached_property
    def zero_one(self) -> list[Term]:
        """The polynomial that takes the function's values 0 and 1 where variables are 0 or 1."""
        return self._terms(multilinear_coefficients(self.expression.table))

    @cached_property
    def signed(self) -> list[Term]:
        """The same with -1 for false and +1 for true, in the variables and in the value."""
        return self._terms(walsh_coefficients(2.0 * self.expression.table - 1.0))

    @cached_property
    def implicants(self) -> list[tuple[str, ...]]:
        """Prime implicants as literals, shortest first: the function is their disjunction."""
        return self._literals(prime_implicants(self.expression.table))

    @cached_property
    def implicates(self) -> list[tuple[str, ...]]:
        """Prime implicates as literals, shortest first: the function is their conjunction."""
        return self._literals(prime_implicates(self.expression.table))

    def to_text(self) -> str:
        """The report for a person: long parts are cut, and say so."""
        variables, table = self.expression.variables, self.expression.table
        order = f" of {', '.join(variables)} (in order of appearance)" if variables else ""
        return "\n\n".join(
            [
                f"{self.expression.text}\n"
                f"  a function{order}; true in {table.sum()} of {table.size} rows",
                self._table_text(),
                "polynomial, false = 0 and true = 1\n  " + polynomial_text(self.zero_one),
                "polynomial, false = -1 and true = +1\n  " + polynomial_text(self.signed),
                _list_text("prime implicants", self.implicants, " & ", "1"),
                _list_text("prime implicates", self.implicates, " | ", "0"),
            ]
        )

    def to_json(self) -> dict[str, Any]:
        """The whole report as JSON can hold it; coefficients are exact."""
        return {
            "expression": self.expression.text,
            "variables": list(self.expression.variables),
            "truth_table": self.expression.table.astype(int).tolist(),
            "polynomial": {"zero_one": _as_json(self.zero_one), "signed": _as_json(self.signed)},
            "prime_implicants": [list(term) for term in self.implicants],
            "prime_implicates": [list(term) for term in self.implicates],
        }

    def _terms(self, coefficients: Float[np.ndarray, " rows"]) -> list[Term]:
        """Nonzero monomials by degree, then in the order of the variables."""
        names = self.expression.variables
        terms = []
        for mask in np.flatnonzero(coefficients).tolist():
            bits = [mask >> (len(names) - 1 - i) & 1 for i in range(len(names))]
            chosen = tuple(name for name, bit in zip(names, bits, strict=True) if bit)
            terms.append((len(chosen), -mask, Term(Fraction(coefficients[mask]), chosen)))
        return [term for _, _, term in sorted(terms, key=lambda entry: entry[:2])]

    def _literals(self, terms: Int[np.ndarray, "terms arity"]) -> list[tuple[str, ...]]:
        names = self.expression.variables
        return [
            tuple(
                name if sign > 0 else f"~{name}"
                for name, sign in zip(names, row, strict=True)
                if sign
            )
            for row in terms.tolist()
        ]

    def _table_text(self) -> str:
        names, table = self.expression.variables, self.expression.table
        whole = len(names) <= WHOLE_TABLE
        rows = range(len(table)) if whole else np.flatnonzero(table).tolist()
        lines = [
            "truth table" if whole else "satisfying rows",
            "  " + " ".join([*names, "| value"]),
        ]
        for row in rows[:SHOWN]:
            bits = [str(row >> (len(names) - 1 - i) & 1) for i in range(len(names))]
            cells = [bit.rjust(len(name)) for bit, name in zip(bits, names, strict=True)]
            lines.append("  " + " ".join([*cells, "|", str(int(table[row]))]))
        return "\n".join([*lines, *_more(len(rows), "rows")])


def polynomial_text(terms: list[Term]) -> str:
    """A polynomial as text, such as ``a + b c - 2 a b c``; cut when it is long."""
    if not terms:
        return "0"
    parts = []
    for term in terms[:SHOWN]:
        size = abs(term.coefficient)
        factors = ([str(size)] if size != 1 or not term.variables else []) + list(term.variables)
        parts.append((" - " if term.coefficient < 0 else " + ") + " ".join(factors))
    text = "".join(parts)
    text = f"-{text[3:]}" if text.startswith(" - ") else text[3:]
    return "\n".join([text, *_more(len(terms), "terms")])


def _list_text(title: str, terms: list[tuple[str, ...]], joined: str, empty: str) -> str:
    """One term a line; the empty conjunction is 1, the empty disjunction 0."""
    lines = [f"  {joined.join(term) or empty}" for term in terms[:SHOWN]]
    return "\n".join([f"{title} ({len(terms)})", *lines, *_more(len(terms), title)])


def _more(count: int, what: str) -> list[str]:
    hidden = count - SHOWN
    return [f"  ... and {hidden} more {what} (--json gives all)"] if hidden > 0 else []


def _as_json(terms: list[Term]) -> list[dict[str, Any]]:
    # Coefficients are whole multiples of 2^-12: exact as floating-point numbers.
    return [
        {
            "variables": list(term.variables),
            "coefficient": int(c) if (c := term.coefficient).denominator == 1 else float(c),
        }
        for term in terms
    ]
