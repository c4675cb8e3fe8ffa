"""Weighted sums as clauses: a decision diagram where it is small, else an adder."""

from __future__ import annotations

from collections.abc import Iterable
from math import gcd

from odesolve.problems.formulas.formula import AT_LEAST, AT_MOST, EXACTLY

__all__ = ["encode_sum"]

Terms = list[tuple[int, int]]

#: Nodes of a decision diagram, which lets the solver infer more than an adder does. Where the
#: coefficients are wide and unlike each other it would have 2^n of them.
DIAGRAM_LIMIT = 2**15


def encode_sum(
    terms: Terms, comparison: int, bound: int, clauses: list[list[int]], top: int
) -> int:
    """A sum of true literals, each with its coefficient, compared with a bound.

    Arguments:
        terms: coefficients, of any size and sign, and literals; a variable may stand in several.
        comparison: ``AT_LEAST``, ``EXACTLY`` or ``AT_MOST``.
        clauses: to be extended.
        top: the largest variable so far.

    Returns:
        The largest variable with those that the encoding needs.
    """
    if comparison == AT_MOST:
        terms, bound, comparison = [(-c, x) for c, x in terms], -bound, AT_LEAST
    terms, bound = _positive(terms, bound)
    total = sum(c for c, _ in terms)
    factor = gcd(*(c for c, _ in terms)) or 1
    exact = comparison == EXACTLY
    if bound > total or (exact and (bound < 0 or bound % factor)):
        clauses.append([])
        return top
    if not terms or (bound <= 0 and not exact):
        return top
    terms = [(c // factor, x) for c, x in terms]
    total, bound = total // factor, -(-bound // factor)
    if not exact:
        terms = [(min(c, bound), x) for c, x in terms]
        total = sum(c for c, _ in terms)
    ways = [(terms, bound)]
    if exact:
        ways.append(([(c, -x) for c, x in terms], total - bound))
    if all(_fits_a_diagram(*way) for way in ways):
        for way in ways:
            top = _encode_diagram(*way, clauses, top)
        return top
    return _encode_adder(terms, bound, exact, clauses, top)


def _positive(terms: Terms, bound: int) -> tuple[Terms, int]:
    """Every variable once, with a positive coefficient: -c x is c (not x) - c."""
    sums: dict[int, int] = {}
    for c, x in terms:
        bound -= c if x < 0 else 0
        sums[abs(x)] = sums.get(abs(x), 0) + (c if x > 0 else -c)
    bound -= sum(c for c in sums.values() if c < 0)
    return [(abs(c), x if c > 0 else -x) for x, c in sums.items() if c], bound


# ------------------------------------------------------------------------------ decision diagrams


def _fits_a_diagram(terms: Terms, bound: int) -> bool:
    """Whether the diagram stays within its limit."""
    rest, count = sum(c for c, _ in terms), 1
    needed = {bound} if 0 < bound <= rest else set()
    for weight, _ in sorted(terms, reverse=True):
        rest -= weight
        needed = {left for need in needed for left in (need, need - weight) if 0 < left <= rest}
        count += len(needed)
        if count > DIAGRAM_LIMIT:
            return False
    return True


def _encode_diagram(terms: Terms, bound: int, clauses: list[list[int]], top: int) -> int:
    """A weighted sum of true literals reaches a bound, as a decision diagram.

    A new variable for each sum that may still be needed from a place on implies that it can be
    had, with the literal there or without (Een and Sorensson, Translating pseudo-Boolean
    constraints into SAT, 2006; one direction suffices).

    Arguments:
        terms: coefficients are positive.
    """
    terms = sorted(terms, reverse=True)
    rest = sum(c for c, _ in terms)
    if not 0 < bound <= rest:
        return top
    top += 1
    clauses.append([top])
    needed = {bound: top}
    for weight, literal in terms:
        rest -= weight
        later: dict[int, int] = {}
        for need, variable in needed.items():
            with_it, without = need - weight, need
            for left in (with_it, without):
                if 0 < left <= rest and left not in later:
                    top += 1
                    later[left] = top
            if with_it > 0:
                clauses.append([-variable] + ([later[with_it]] if with_it <= rest else []))
            clauses.append([-variable, literal] + ([later[without]] if without <= rest else []))
        needed = later
    return top


# ------------------------------------------------------------------------------------------ adders


def _encode_adder(terms: Terms, bound: int, exact: bool, clauses: list[list[int]], top: int) -> int:
    """The sum's digits by full and half adders, and their comparison with those of the bound.

    Of three bits of one weight an adder makes one, and a carry of twice the weight, until each
    weight has one bit (Een and Sorensson 2006, section 5.3). Its size is linear in the number of
    literals times the digits of the coefficients.
    """
    columns: dict[int, list[int]] = {}
    for c, x in terms:
        for place in range(c.bit_length()):
            if c >> place & 1:
                columns.setdefault(place, []).append(x)
    digits: list[int] = []  # 0 where a digit is always 0
    place = 0
    while place <= max(columns):
        column = columns.get(place, [])
        while len(column) > 1:
            inputs, column = column[:3], column[3:]
            sum_bit, carry = top + 1, top + 2
            top += 2
            _add_bits(inputs, sum_bit, carry, clauses)
            column.append(sum_bit)
            columns.setdefault(place + 1, []).append(carry)
        digits.append(column[0] if column else 0)
        place += 1
    clauses += _exactly(digits, bound) if exact else _no_less(digits, bound)
    return top


def _add_bits(inputs: list[int], sum_bit: int, carry: int, clauses: list[list[int]]) -> None:
    """The sum bit and the carry of two or three bits, by their truth table."""
    for number in range(2 ** len(inputs)):
        bits = [number >> i & 1 for i in range(len(inputs))]
        unless = [-x if bit else x for x, bit in zip(inputs, bits, strict=True)]
        clauses.append([*unless, sum_bit if sum(bits) % 2 else -sum_bit])
        clauses.append([*unless, carry if sum(bits) > 1 else -carry])


def _exactly(digits: list[int], bound: int) -> Iterable[list[int]]:
    """The digits are those of the bound."""
    for place, digit in enumerate(digits):
        wanted = bound >> place & 1
        if digit:
            yield [digit if wanted else -digit]
        elif wanted:
            yield []
    if bound >> len(digits):
        yield []


def _no_less(digits: list[int], bound: int) -> Iterable[list[int]]:
    """Where the bound has a digit 1 that the number lacks, the number has a higher one it lacks."""
    if bound >> len(digits):
        yield []
    for place, digit in enumerate(digits):
        if bound >> place & 1:
            higher = [
                other
                for at, other in enumerate(digits[place + 1 :], place + 1)
                if other and not bound >> at & 1
            ]
            yield ([digit] if digit else []) + higher
