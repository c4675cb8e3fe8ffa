"""Rows of sums, products and the other operations on integers."""

from __future__ import annotations

from odesolve.problems.models.constraints.arithmetic import (
    AbsoluteValue,
    Maximum,
    Minimum,
    Power,
    Product,
    Quotient,
    Remainder,
    Sum,
    truncated,
)
from odesolve.problems.models.lowering.builder import TUPLES, Builder, Guards, Unsupported

#: A factor of up to this many values is taken value by value where a product is large.
FACTOR_VALUES = 64


def lower_sum(builder: Builder, given: Sum, guards: Guards) -> None:
    """A weighted sum as one row."""
    terms = zip(given.coefficients, builder.numbers(given.terms), strict=True)
    builder.total(terms, given.comparison, given.bound, guards)


def lower_product(builder: Builder, given: Product, guards: Guards) -> None:
    """By a table where it is small, else factor by factor or in binary."""
    left, right, result = builder.numbers(given.operands)
    if not guards:
        ends = [
            a * b
            for a in (builder.store.low(left), builder.store.high(left))
            for b in (builder.store.low(right), builder.store.high(right))
        ]
        builder.store.restrict(result, min(ends), max(ends))
    if builder.size([left, right]) <= TUPLES:
        builder.functional([left, right], result, lambda a, b: a * b, guards)
        return
    if builder.store.size(left) > builder.store.size(right):
        left, right = right, left
    if builder.store.size(left) <= FACTOR_VALUES and left != right:
        for value in builder.store.values(left):
            builder.total([(value, right), (-1, result)], "==", 0, (*guards, (left, value)))
        return
    _long_multiplication(builder, left, right, result, guards)


def _long_multiplication(
    builder: Builder, left: int, right: int, result: int, guards: Guards
) -> None:
    """left = low + sum 2^k bit_k; result = low right + sum 2^k (right where bit_k is 1, else 0)."""
    store = builder.store
    low, width = store.low(left), (store.high(left) - store.low(left)).bit_length()
    bits = [builder.truth() for _ in range(width)]
    builder.total([(1, left), *((-(1 << k), bit) for k, bit in enumerate(bits))], "==", low)
    terms = [(1, result), (-low, right)]
    least, greatest = min(store.low(right), 0), max(store.high(right), 0)
    for k, bit in enumerate(bits):
        part = builder.between(least, greatest)
        builder.equal(part, right, ((bit, 1),))
        builder.within(part, [0], ((bit, 0),))
        terms.append((-(1 << k), part))
    builder.total(terms, "==", 0, guards)


def lower_quotient(builder: Builder, given: Quotient, guards: Guards) -> None:
    """By a table where it is small, else as a division with remainder."""
    left, right, result = builder.numbers(given.operands)
    if builder.size([left, right]) <= TUPLES:
        builder.functional(
            [left, right], result, lambda a, b: truncated(a, b) if b else None, guards
        )
        return
    _division(builder, left, right, result, None, guards)


def lower_remainder(builder: Builder, given: Remainder, guards: Guards) -> None:
    """By a table where it is small, else as a division with remainder."""
    left, right, result = builder.numbers(given.operands)
    if builder.size([left, right]) <= TUPLES:
        builder.functional(
            [left, right], result, lambda a, b: a - b * truncated(a, b) if b else None, guards
        )
        return
    _division(builder, left, right, None, result, guards)


def _division(
    builder: Builder,
    left: int,
    right: int,
    quotient: int | None,
    remainder: int | None,
    guards: Guards,
) -> None:
    """left = right quotient + remainder, 0 <= remainder < right, for numbers that are not negative.

    Raises:
        Unsupported: if one may be negative or, behind guards, the divisor 0.
    """
    store = builder.store
    if not guards:
        store.remove(right, 0)
    if store.low(left) < 0 or store.low(right) < 1:
        raise Unsupported("a division of large numbers that may be negative, or by 0")
    if quotient is None:
        quotient = builder.between(0, store.high(left) // store.low(right))
    if remainder is None:
        remainder = builder.between(0, store.high(right) - 1)
    if guards and (store.low(quotient) < 0 or store.low(remainder) < 0):
        builder.total([(1, quotient)], ">=", 0, guards)
        builder.total([(1, remainder)], ">=", 0, guards)
    elif not guards:
        store.restrict(quotient, 0, max(store.high(quotient), 0))
        store.restrict(remainder, 0, max(store.high(remainder), 0))
    product = builder.between(0, store.high(left))
    if store.is_fixed(right):
        factor = store.low(right)
        builder.total([(factor, quotient), (-1, product)], "==", 0, guards)
    elif guards:
        raise Unsupported("a division of large numbers that depends on a truth value")
    else:
        _long_multiplication(builder, right, quotient, product, guards)
    builder.total([(1, left), (-1, product), (-1, remainder)], "==", 0, guards)
    builder.total([(1, remainder), (-1, right)], "<=", -1, guards)


def lower_power(builder: Builder, given: Power, guards: Guards) -> None:
    """By a table."""
    base, exponent, result = builder.numbers(given.operands)

    ends = builder.store.low(result), builder.store.high(result)
    longest = max(*map(abs, ends), 2).bit_length()

    def power(a: int, n: int) -> int | None:
        if n < 0:
            return a ** (n % 2) if abs(a) == 1 else None
        if abs(a) > 1 and n > longest:  # beyond every value of the result
            return None
        return a**n

    builder.functional([base, exponent], result, power, guards)


def lower_absolute_value(builder: Builder, given: AbsoluteValue, guards: Guards) -> None:
    """By a table where it is small, else by the sign as a truth value."""
    argument, result = builder.numbers(given.operands)
    store = builder.store
    if store.low(argument) >= 0:
        builder.equal(argument, result, guards)
    elif store.size(argument) <= TUPLES:
        builder.functional([argument], result, abs, guards)
    else:
        positive = builder.truth()
        builder.equal(argument, result, (*guards, (positive, 1)))
        builder.total([(1, argument), (1, result)], "==", 0, (*guards, (positive, 0)))
        builder.total([(1, result)], ">=", 0, guards)


def lower_minimum(builder: Builder, given: Minimum, guards: Guards) -> None:
    """The least of some terms."""
    _extreme(
        builder, builder.numbers(given.terms), builder.number(given.result), guards, least=True
    )


def lower_maximum(builder: Builder, given: Maximum, guards: Guards) -> None:
    """The greatest of some terms."""
    _extreme(
        builder, builder.numbers(given.terms), builder.number(given.result), guards, least=False
    )


def _extreme(
    builder: Builder, terms: list[int], result: int, guards: Guards, *, least: bool
) -> None:
    """The result bounds every term, and equals the one that an auxiliary variable names."""
    terms = list(dict.fromkeys(terms))
    if len(terms) == 1:
        builder.equal(terms[0], result, guards)
        return
    if len(terms) == 2 and builder.size(terms) <= 1024:
        builder.functional(terms, result, min if least else max, guards)
        return
    place = builder.between(0, len(terms) - 1)
    for number, term in enumerate(terms):
        builder.total([(1, term), (-1, result)], ">=" if least else "<=", 0, guards)
        builder.equal(term, result, (*guards, (place, number)))
