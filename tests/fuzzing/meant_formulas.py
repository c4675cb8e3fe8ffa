"""Formulas whose meaning the fuzzer knows, evaluated by definition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from fuzzing.choices import Choices

#: More variables than these are not tried out.
MOST_VARIABLES = 16

#: A coefficient and the literals whose product it multiplies.
Term = tuple[int, tuple[int, ...]]


def holds(literal: int, model: Sequence[bool]) -> bool:
    """Whether a literal is true."""
    return model[abs(literal) - 1] == (literal > 0)


@dataclass(frozen=True)
class Row:
    """A constraint: ``sum``, ``odd`` (the number of true literals) or ``mixed`` (not all equal).

    Attributes:
        terms: of the sum; the others take the literals of the terms.
        comparison: of the sum with the bound.
        weight: None where it must hold, else what it costs to violate it.
    """

    kind: str
    terms: tuple[Term, ...]
    comparison: str = ">="
    bound: int = 1
    weight: int | None = None

    @property
    def literals(self) -> list[int]:
        """All literals, in order."""
        return [literal for _, literals in self.terms for literal in literals]

    def satisfied(self, model: Sequence[bool]) -> bool:
        """By definition."""
        true = [holds(literal, model) for literal in self.literals]
        if self.kind == "odd":
            return sum(true) % 2 == 1
        if self.kind == "mixed":
            return any(true) and not all(true)
        total = value_of(self.terms, model)
        return {">=": total >= self.bound, "<=": total <= self.bound, "=": total == self.bound}[
            self.comparison
        ]


def value_of(terms: Sequence[Term], model: Sequence[bool]) -> int:
    """The sum of the terms' coefficients whose literals are all true."""
    return sum(w for w, literals in terms if all(holds(literal, model) for literal in literals))


def clause(literals: Sequence[int], weight: int | None = None) -> Row:
    """At least one literal is true."""
    return Row("sum", tuple((1, (literal,)) for literal in literals), ">=", 1, weight)


@dataclass(frozen=True)
class MeantFormula:
    """Constraints over variables 1 to ``variables``.

    Attributes:
        rows: the constraints, hard and soft.
        objective: what to minimize besides the weights of violated rows; None without one.
        top: costs from here on are not allowed; None without such a bound.
        names: the variables' names, where the file gives any.
    """

    variables: int
    rows: tuple[Row, ...] = ()
    objective: tuple[Term, ...] | None = None
    optimizes: bool = False
    top: int | None = None
    names: tuple[str, ...] = field(default=())

    @property
    def shown(self) -> list[int]:
        """The variables that a model lists: all, or those that occur where they have names."""
        if not self.names:
            return list(range(1, self.variables + 1))
        terms = [term for row in self.rows for term in row.terms] + list(self.objective or ())
        return sorted({abs(literal) for _, literals in terms for literal in literals})

    def named(self, literal: int) -> str:
        """A literal as files write it."""
        name = self.names[abs(literal) - 1] if self.names else str(abs(literal))
        return ("-" if literal < 0 else "") + name

    def literal(self, word: object) -> int:
        """The literal that a name, or a number, stands for."""
        name = str(word).removeprefix("-")
        number = self.names.index(name) + 1 if name in self.names else int(name.removeprefix("x"))
        return -number if str(word).startswith("-") else number

    def cost(self, model: Sequence[bool]) -> int:
        """Of violated soft rows and of the objective."""
        soft = sum(row.weight or 0 for row in self.rows if not row.satisfied(model))
        return soft + value_of(self.objective or (), model)

    def admits(self, model: Sequence[bool]) -> bool:
        """Whether every hard row holds."""
        hard = all(row.satisfied(model) for row in self.rows if row.weight is None)
        return hard and (self.top is None or self.cost(model) < self.top)

    def models(self) -> Iterator[tuple[bool, ...]]:
        """All models, by trying all assignments."""
        for model in product([False, True], repeat=self.variables):
            if self.admits(model):
                yield model

    def softened(self) -> MeantFormula:
        """With every hard clause at the cost of 1."""
        rows = [replace(row, weight=1) if row.weight is None else row for row in self.rows]
        return replace(self, rows=tuple(rows), optimizes=True)


def literals(choices: Choices, variables: int, most: int) -> list[int]:
    """Some literals; now and then one twice or with its opposite."""
    chosen = choices.some(range(1, variables + 1), most) or [choices.between(1, variables)]
    signed = [v if choices.below(2) else -v for v in chosen]
    if choices.one_in(12):
        signed.append(choices.pick(signed) * choices.pick([1, -1]))
    return signed


def random_clauses(choices: Choices, variables: int) -> list[Row]:
    """Clauses of one to four literals, rarely none; about as many as make the question open."""
    count = choices.below(choices.pick([3, 6, 5 * variables]) + 1)
    rows = [clause(literals(choices, variables, choices.pick([2, 3, 3, 4]))) for _ in range(count)]
    return [*rows, clause([])] if choices.one_in(40) else rows


def random_sum(choices: Choices, variables: int, *, unit: bool, products: bool = False) -> Row:
    """A linear constraint: small, wide or huge coefficients."""
    scale = 1 if unit else choices.pick([1, 3, 3, 9, 9, 1000, 2**31, 2**40, 10**18, 2**70, 10**40])
    chosen = literals(choices, variables, min(variables, 6))
    terms = []
    for literal in chosen:
        weight = 1 if scale == 1 else choices.between(1, 9) * scale // 3 * choices.pick([1, -1])
        group = (literal,)
        if products and choices.one_in(2):
            group = tuple(literals(choices, variables, 3))
        terms.append((weight or 1, group))
    low = sum(min(weight, 0) for weight, _ in terms)
    high = sum(max(weight, 0) for weight, _ in terms)
    picked = [low + (high - low) * choices.below(7) // 6, high, high + 1, low, low - 1, 0, 1]
    if scale > 1 and choices.below(3):  # a sum that can be reached
        picked = [sum(weight for weight, _ in terms if choices.below(2))]
    return Row("sum", tuple(terms), choices.pick([">=", ">=", "=", "<="]), choices.pick(picked))
