"""Random constraints of every kind over few variables of few values, to compare with oracles."""

from __future__ import annotations

import random

from odesolve.problems.models import constraints as kinds
from odesolve.problems.models.model import Model


class Draw:
    """Draws operands and constraints over the variables of a model."""

    def __init__(self, seed, variables=4, values=4):
        self.random = random.Random(seed)
        self.model = Model()
        for number in range(variables):
            if self.random.random() < 0.35:
                self.model.boolean(f"b{number}")
                continue
            span = range(-2, 4)
            size = self.random.randint(1, values)
            self.model.integer(f"x{number}", values=self.random.sample(span, size))

    def operand(self):
        if self.random.random() < 0.12:
            return self.random.randint(-2, 3)
        return self.random.choice(self.model.variables)

    def operands(self, low=1, high=3):
        return [self.operand() for _ in range(self.random.randint(low, high))]

    def truth(self):
        truths = [v for v in self.model.variables if set(v.values) <= {0, 1}]
        return self.random.choice([*truths, 0, 1])

    def truths(self, low=0, high=3):
        return [self.truth() for _ in range(self.random.randint(low, high))]

    def integers(self, count):
        return [self.random.randint(-2, 3) for _ in range(count)]

    def constraint(self, name=None, depth=1):
        name = name or self.random.choice(sorted(kinds.CONSTRAINTS))
        if name in ("Implied", "Reified") and depth == 0:
            name = "Sum"
        return getattr(self, name)(depth)

    def with_constraints(self, count):
        self.model.add(self.constraint() for _ in range(count))
        return self.model

    # ---------------------------------------------------------------------- one method a kind

    def AbsoluteValue(self, depth):
        return kinds.AbsoluteValue(*self.operands(2, 2))

    def AllDifferent(self, depth):
        return kinds.AllDifferent(self.operands(0), self.integers(self.random.randint(0, 1)))

    def AllEqual(self, depth):
        return kinds.AllEqual(self.operands(1))

    def Cardinality(self, depth):
        values = self.random.sample(range(-2, 4), self.random.randint(0, 2))
        closed = self.random.random() < 0.3
        counts = [self.operand() for _ in values]
        return kinds.Cardinality(self.operands(0), values, counts, closed)

    def Circuit(self, depth):
        first, optional = self.random.randint(0, 1), self.random.random() < 0.5
        return kinds.Circuit(self.operands(1), first, optional)

    def Clause(self, depth):
        return kinds.Clause(self.truths(), self.truths())

    def Cumulative(self, depth):
        count = self.random.randint(0, 3)
        tasks = [self.operands(count, count) for _ in range(3)]
        return kinds.Cumulative(*tasks, self.operand())

    def Element(self, depth):
        array, first = self.operands(1), self.random.randint(-1, 1)
        return kinds.Element(array, self.operand(), self.operand(), first)

    def Implied(self, depth):
        return kinds.Implied(
            self.truth(), self.constraint(depth=depth - 1), self.random.randint(0, 1)
        )

    def Inverse(self, depth):
        count = self.random.randint(1, 3)
        return kinds.Inverse(*(self.operands(count, count) for _ in range(2)))

    def Lexicographic(self, depth):
        count = self.random.randint(0, 3)
        sides = (self.operands(count, count) for _ in range(2))
        return kinds.Lexicographic(*sides, strict=self.random.random() < 0.5)

    def Maximum(self, depth):
        return kinds.Maximum(self.operands(1), self.operand())

    def Minimum(self, depth):
        return kinds.Minimum(self.operands(1), self.operand())

    def Parity(self, depth):
        return kinds.Parity(self.truths(), self.random.random() < 0.5)

    def Power(self, depth):
        return kinds.Power(*self.operands(3, 3))

    def Product(self, depth):
        return kinds.Product(*self.operands(3, 3))

    def Quotient(self, depth):
        return kinds.Quotient(*self.operands(3, 3))

    def Regular(self, depth):
        steps = {
            (state, value): self.random.randint(0, 2)
            for state in range(3)
            for value in range(-2, 4)
            if self.random.random() < 0.4
        }
        accepting = self.random.sample(range(3), self.random.randint(0, 2))
        return kinds.Regular(self.operands(0), steps, 0, accepting)

    def Reified(self, depth):
        return kinds.Reified(
            self.truth(), self.constraint(depth=depth - 1), self.random.randint(0, 1)
        )

    def Remainder(self, depth):
        return kinds.Remainder(*self.operands(3, 3))

    def Sum(self, depth):
        terms = self.operands(1)
        comparison = self.random.choice(["==", "!=", "<="])
        bound = self.random.randint(-4, 6)
        return kinds.Sum(self.integers(len(terms)), terms, comparison, bound)

    def Table(self, depth):
        terms = self.operands(1)
        rows = [
            [None if self.random.random() < 0.15 else n for n in self.integers(len(terms))]
            for _ in range(self.random.randint(0, 6))
        ]
        return kinds.Table(terms, rows, allowed=self.random.random() < 0.6)


def random_model(seed, constraints=3, objective=False, **sizes):
    """A model of few variables; about half of them have solutions."""
    draw = Draw(seed, **sizes)
    model = draw.with_constraints(constraints)
    if objective:
        terms = [(draw.random.randint(-3, 3), draw.operand()) for _ in range(2)]
        (model.maximize if draw.random.random() < 0.5 else model.minimize)(terms, 1)
    return model
