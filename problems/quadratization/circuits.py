"""Additions, multiplications and factorizations: the penalties of circuits of adder cells.

The circuit is presolved first: what is known is propagated, equal bits are merged. A cell of an
adder is the linear equation a + b + c = 2 carry + sum, and its penalty a square without ancillas of
its own; so is, with more coefficients, the multiplier's cell, which adds a product of two bits. The
bits between cells are the only ancillas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isqrt
from typing import Any, Self

import numpy as np

from odesolve.potentials.relations.presolve import RelationContradiction, Simplified, simplify
from odesolve.potentials.relations.relation import Relation
from odesolve.problems.arguments import checked_word
from odesolve.problems.arithmetic.adders import ripple_adder
from odesolve.problems.arithmetic.multiplication import MULTIPLIERS, Multiplier
from odesolve.problems.arithmetic.solve import Query, check_widths, operand_widths
from odesolve.problems.errors import InputError, quote
from odesolve.problems.integers import as_integer, checked_count
from odesolve.problems.quadratization.model import PenaltyModel
from odesolve.problems.quadratization.source import Judgement, Quadratic, Source
from odesolve.problems.quadratization.tables import table_penalty
from odesolve.problems.relations.circuit import Circuit, fixed_bits, number_in

__all__ = ["Addition", "Factorization", "Multiplication"]

#: Numbers with more bits are not factored here: their circuits have tens of thousands of cells.
WIDEST_FACTORED = 128


def circuit_quadratic(
    circuit: Circuit, fixed: Mapping[int, int], numbers: Mapping[str, Sequence[int]]
) -> Quadratic:
    """The penalties of a circuit's relations.

    Arguments:
        fixed: variable -> bit.
        numbers: name -> the variables of a number, least significant first. Their bits are those
            of the problem, one number after the other.
    """
    notes: tuple[str, ...] = ()
    try:
        left = simplify(circuit.relations, fixed, circuit.variable_count)
    except RelationContradiction as error:
        # The penalties of what was given are honest: no assignment has energy 0.
        notes = (f"{error}: there is no solution, and the least energy is above 0",)
        left = _unsimplified(circuit, fixed)
    if left.solved and len(fixed) < circuit.variable_count:
        # A machine is to have something to do.
        notes = ("presolve alone would decide it, and was left out",)
        left = _unsimplified(circuit, fixed)
    bits = [(f"{name}{i}", v) for name, own in numbers.items() for i, v in enumerate(own)]
    position: dict[int, int] = {}
    names: list[str] = []
    for name, variable in bits:
        root, _ = left.aliases.get(variable, (variable, False))
        if root not in left.values and root not in position:
            position[root] = len(position)
            names.append(name)
    model = PenaltyModel(len(position))
    for root in left.unknowns.tolist():
        if root not in position:
            position[root] = int(model.new_variables(1)[0])
    groups: dict[bytes, list[Relation]] = {}
    for relation in left.relations:
        groups.setdefault(relation.table, []).append(relation)
    for alike in groups.values():
        rows = [[position[variable] + 1 for variable in own.variables] for own in alike]
        model.add(table_penalty(alike[0].allowed), rows)
    variables, flips = [], []
    for _, variable in bits:
        root, negated = left.aliases.get(variable, (variable, False))
        known = left.values.get(root)
        variables.append(-1 if known is not None else position[root])
        flips.append(bool(known) != negated)
    return Quadratic(
        model, names, np.array(variables, np.int64), np.array(flips, bool), notes=notes
    )


def _unsimplified(circuit: Circuit, fixed: Mapping[int, int]) -> Simplified:
    """The circuit with what is fixed put in, and nothing that follows from it."""
    relations = tuple(
        relation.restricted(fixed).without_irrelevant() for relation in circuit.relations
    )
    return Simplified(relations, dict(fixed), {}, (), circuit.variable_count, len(fixed))


class _Arithmetic(Source):
    """An addition or a multiplication with some numbers known.

    Attributes:
        bits: width of the operands; None for what holds every answer.
    """

    bits: int | None

    def _query(self) -> Query:
        raise NotImplementedError

    def _build(self) -> Multiplier:
        raise NotImplementedError

    def _widths(self) -> tuple[int, int]:
        query = self._query()
        width = None if self.bits is None else checked_count("bits", self.bits)
        widths = operand_widths(query) if width is None else (width, width)
        check_widths(query, widths, width is not None)
        return widths

    def _circuit(self) -> tuple[Circuit, dict[str, list[int]]]:
        circuit = Circuit()
        first, second = (circuit.bits(width) for width in self._widths())
        total = self._build()(circuit, first, second)
        return circuit, dict(zip(self._query().order, (first, second, total), strict=True))

    @property
    def title(self) -> str:
        """One line for a person."""
        query = self._query()
        numbers = ["_" if number is None else str(number) for number in query.numbers]
        sign = "+" if query.operation == "add" else "x"
        return f"{numbers[0]} {sign} {numbers[1]} = {numbers[2]}"

    def quadratic(self) -> Quadratic:
        """The penalties of the circuit's cells."""
        circuit, numbers = self._circuit()
        fixed: dict[int, int] = {}
        for number, variables in zip(self._query().numbers, numbers.values(), strict=True):
            if number is not None:
                fixed |= fixed_bits(number, variables)
        return circuit_quadratic(circuit, fixed, numbers)

    def judged(self, bits: np.ndarray) -> Judgement:
        """The operation, in Python integers."""
        query, (first, second) = self._query(), self._widths()
        total = max(first, second) + 1 if query.operation == "add" else first + second
        ends = np.cumsum([0, first, second, total]).tolist()
        parts = [range(begin, end) for begin, end in pairwise(ends)]
        numbers = [number_in(part, bits) for part in parts]
        a, b, result = numbers
        sign, right = ("+", a + b) if query.operation == "add" else ("x", a * b)
        text = f"{a} {sign} {b} = {result}"
        wrong = [] if right == result else [f"{text}, which is {right}"]
        for name, known, own in zip(query.order, query.numbers, numbers, strict=True):
            if known is not None and known != own:
                wrong.append(f"{name} is not {known}")
        named = dict(zip(query.order, numbers, strict=True))
        total = 1 + sum(number is not None for number in query.numbers)
        return Judgement(named, text, len(wrong), total, tuple(wrong))


@dataclass(frozen=True)
class Addition(_Arithmetic):
    """a + b = total in natural numbers, to be quadratized; None is unknown.

    Arguments:
        a, b, total: natural numbers of any size, or None.
        bits: width of a and b; None for one that holds every answer, or 8.

    Raises:
        InputError: where it is used, if a number is negative or does not fit.

    Example:
        >>> import odesolve as ode
        >>> made = ode.quadratize(ode.Addition(None, 1, 2))
        >>> made.problem.labels, made.lift([1, 0, 1]).assignment
        (('a0', 'a1', 'ancilla1'), {'a': 1, 'b': 1, 'sum': 2})
    """

    a: int | None
    b: int | None
    total: int | None = None
    bits: int | None = None
    kind = "addition"

    def _query(self) -> Query:
        return Query("add", {"a": self.a, "b": self.b, "sum": self.total}, ("a", "b", "sum"))

    def _build(self) -> Multiplier:
        return ripple_adder

    def document(self) -> dict[str, Any]:
        """The numbers."""
        numbers = zip(("a", "b", "total"), self._query().numbers, strict=True)
        return {**dict(numbers), "bits": self.bits}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The same addition."""
        made = cls(document["a"], document["b"], document["total"], document["bits"])
        made._widths()
        return made


@dataclass(frozen=True)
class Multiplication(_Arithmetic):
    """a b = product in natural numbers, to be quadratized; None is unknown.

    Arguments:
        a, b, product: natural numbers of any size, or None.
        bits: width of a and b; None for one that holds every answer, or 8.
        multiplier: the circuit, as for ``multiply``: "array" has the fewest ancillas.

    Raises:
        InputError: where it is used, if a number is negative or does not fit, or there is no such
            circuit.

    Example:
        >>> import odesolve as ode
        >>> made = ode.quadratize(ode.Multiplication(None, None, 6, bits=2))
        >>> made.names, made.lift([0, 1, 1, 1, 1]).assignment
        (('a0', 'a1', 'b0', 'b1'), {'a': 2, 'b': 3, 'product': 6})
    """

    a: int | None
    b: int | None
    product: int | None = None
    bits: int | None = None
    multiplier: str = "array"
    kind = "multiplication"

    def _query(self) -> Query:
        numbers = {"a": self.a, "b": self.b, "product": self.product}
        return Query("multiply", numbers, ("a", "b", "product"))

    def _build(self) -> Multiplier:
        return MULTIPLIERS[checked_word("multiplier", self.multiplier, tuple(MULTIPLIERS))]

    def document(self) -> dict[str, Any]:
        """The numbers, and the circuit."""
        numbers = zip(("a", "b", "product"), self._query().numbers, strict=True)
        return {**dict(numbers), "bits": self.bits, "multiplier": self.multiplier}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The same multiplication."""
        numbers = (document["a"], document["b"], document["product"])
        made = cls(*numbers, document["bits"], document["multiplier"])
        made._widths()
        made._build()
        return made


@dataclass(frozen=True)
class Factorization(Source):
    """N = p q with both factors greater than 1, to be quadratized.

    The widths are such that p holds every factor up to the root of N and q the other one; neither
    holds N itself. Factors of an odd number are odd.

    Arguments:
        number: N, at least 4.
        multiplier: the circuit, as for ``multiply``.

    Raises:
        InputError: N is less than 4, no integer or wider than 128 bits, or there is no such
            circuit.

    Example:
        >>> import odesolve as ode
        >>> made = ode.quadratize(ode.Factorization(15))
        >>> made.names, made.ground_energy
        (('p1', 'q1', 'q2'), 0)
        >>> made.lift([1, 0, 1, 1, 1]).assignment
        {'p': 3, 'q': 5}
    """

    number: int
    multiplier: str = "array"
    kind = "factorization"

    def __post_init__(self) -> None:
        number = as_integer(self.number)
        if number is None or number < 4:
            raise InputError("number", quote(self.number), "an integer of at least 4")
        if number.bit_length() > WIDEST_FACTORED:
            wide = f"{number.bit_length()} bits"
            raise InputError("number", wide, f"at most {WIDEST_FACTORED} bits")
        checked_word("multiplier", self.multiplier, tuple(MULTIPLIERS))
        object.__setattr__(self, "number", number)

    def _widths(self) -> tuple[int, int]:
        least = 3 if self.number % 2 else 2
        return isqrt(self.number).bit_length(), (self.number // least).bit_length()

    @property
    def title(self) -> str:
        """One line for a person."""
        return f"{self.number} = p x q"

    def quadratic(self) -> Quadratic:
        """The penalties of a multiplier whose product is N."""
        circuit = Circuit()
        p, q = (circuit.bits(width) for width in self._widths())
        product = MULTIPLIERS[self.multiplier](circuit, p, q)
        fixed = fixed_bits(self.number, product)
        if self.number % 2:
            fixed |= {p[0]: 1, q[0]: 1}
        return circuit_quadratic(circuit, fixed, {"p": p, "q": q})

    def judged(self, bits: np.ndarray) -> Judgement:
        """The product, in Python integers."""
        width = self._widths()[0]
        p, q = number_in(range(width), bits), number_in(range(width, len(bits)), bits)
        wrong = [] if p * q == self.number else [f"{p} x {q} = {p * q}"]
        wrong += ["a factor is 1"] if 1 in (p, q) else []
        text = f"{self.number} = {p} x {q}" if not wrong else f"p = {p}, q = {q}"
        return Judgement({"p": p, "q": q}, text, len(wrong), 1, tuple(wrong))

    def document(self) -> dict[str, Any]:
        """N, and the circuit."""
        return {"number": self.number, "multiplier": self.multiplier}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """The same number."""
        return cls(document["number"], document["multiplier"])
