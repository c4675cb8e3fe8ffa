"""Random small models that mix every constraint, for comparison with brute force."""

from __future__ import annotations

import itertools
import random

import odesolve as ode
from odesolve.problems.models import constraints as kinds


def random_model(seed: int, variables: int = 6, values: int = 5) -> ode.Model:
    """A model of 2 to `variables` integers, a few truth values among them, and some constraints."""
    generator = random.Random(seed)
    model = ode.Model()
    count = generator.randint(2, variables)
    integers = []
    for number in range(generator.randint(1, count)):
        low = generator.randint(-3, 3)
        own = sorted(generator.sample(range(low, low + 6), generator.randint(2, values)))
        integers.append(model.integer(f"x{number}", values=own))
    truths = [model.boolean(f"b{k}") for k in range(count - len(integers))]
    # Three in four models have a solution: theirs hold for values that were drawn before.
    planted = generator.random() < 0.75
    point = {variable: generator.choice(list(variable.values)) for variable in model.variables}
    for _ in range(generator.randint(1, 4)):
        for _ in range(40):
            constraint = random_constraint(generator, integers, truths)
            own = [point[o] if isinstance(o, kinds.Variable) else o for o in constraint.operands]
            if not planted or constraint.holds(own):
                model.add(constraint)
                break
    if generator.random() < 0.3:
        terms = [(generator.randint(-3, 3), v) for v in model.variables]
        constant = generator.randint(-5, 5)
        (model.minimize if generator.random() < 0.5 else model.maximize)(terms, constant)
    return model


def random_constraint(generator, integers, truths, depth=0):
    """A constraint of any kind; conditional ones are not nested more than once."""
    every = [*integers, *truths]

    def operand():
        return generator.choice(every) if generator.random() < 0.8 else generator.randint(-3, 4)

    def some(least=1, most=4):
        return [operand() for _ in range(generator.randint(least, most))]

    def truth():
        if truths and generator.random() < 0.9:
            return generator.choice(truths)
        return generator.randint(0, 1)

    kind = generator.choice(sorted(kinds.CONSTRAINTS))
    if kind in ("Implied", "Reified"):
        if depth > 1:
            return random_constraint(generator, integers, truths, depth)
        inner = random_constraint(generator, integers, truths, depth + 1)
        return kinds.CONSTRAINTS[kind](truth(), inner, generator.randint(0, 1))
    if kind == "Sum":
        terms = some()
        coefficients = [generator.randint(-3, 3) for _ in terms]
        comparison = generator.choice(["==", "!=", "<="])
        return kinds.Sum(coefficients, terms, comparison, generator.randint(-6, 8))
    if kind in ("Product", "Quotient", "Remainder", "Power"):
        return kinds.CONSTRAINTS[kind](operand(), operand(), operand())
    if kind == "AbsoluteValue":
        return kinds.AbsoluteValue(operand(), operand())
    if kind in ("Minimum", "Maximum"):
        return kinds.CONSTRAINTS[kind](some(), operand())
    if kind == "AllDifferent":
        exceptions = [generator.randint(-3, 4)] if generator.random() < 0.4 else []
        return kinds.AllDifferent(some(2, 4), exceptions)
    if kind == "AllEqual":
        return kinds.AllEqual(some(1, 3))
    if kind == "Clause":
        return kinds.Clause([truth() for _ in range(2)], [truth()])
    if kind == "Parity":
        return kinds.Parity([truth() for _ in range(generator.randint(1, 7))], True)
    if kind == "Cardinality":
        own = sorted(generator.sample(range(-3, 5), 2))
        return kinds.Cardinality(some(2, 4), own, some(2, 2), generator.random() < 0.2)
    if kind == "Cumulative":
        n = generator.randint(1, 3)
        return kinds.Cumulative(some(n, n), some(n, n), some(n, n), operand())
    if kind == "Table":
        terms = some(1, 3)
        rows = [
            [None if generator.random() < 0.1 else generator.randint(-3, 4) for _ in terms]
            for _ in range(generator.randint(1, 12))
        ]
        return kinds.Table(terms, rows, generator.random() < 0.6)
    if kind == "Element":
        return kinds.Element(some(1, 4), operand(), operand(), generator.randint(-1, 1))
    if kind == "Inverse":
        n = generator.randint(1, 2)
        return kinds.Inverse(some(n, n), some(n, n), generator.randint(-1, 1))
    if kind == "Circuit":
        return kinds.Circuit(some(1, 4), generator.randint(-1, 1), generator.random() < 0.5)
    if kind == "Lexicographic":
        n = generator.randint(1, 3)
        return kinds.Lexicographic(some(n, n), some(n, n), generator.random() < 0.5)
    assert kind == "Regular", kind
    states = ["a", "b", "c"]
    steps = {(s, v): generator.choice(states) for s in states for v in range(-3, 5)
             if generator.random() < 0.7}  # fmt: skip
    return kinds.Regular(some(1, 4), steps, "a", generator.sample(states, 2))


def brute_force(model: ode.Model) -> list[dict[str, int]]:
    """All solutions, by trying every assignment with nothing but the constraints' definitions."""
    found = []
    for values in itertools.product(*(variable.values for variable in model.variables)):
        point = dict(zip(model.variables, values, strict=True))
        if not model.violated(point):
            found.append({variable.name: value for variable, value in point.items()})
    return found
