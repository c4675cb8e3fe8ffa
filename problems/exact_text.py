"""Numbers as text, read and written without any rounding."""

from __future__ import annotations

import re
from fractions import Fraction

from odesolve.problems.errors import InputError, quote

__all__ = ["decimal_text", "exact_number"]

#: Longer numbers are taken for damage: a few letters could otherwise mean gigabytes.
_LONGEST = 400

_NUMBER = re.compile(r"[+-]?(?:[0-9]++(?:\.[0-9]*+)?+|\.[0-9]++)(?:[eE]([+-]?[0-9]{1,3}))?+")


def exact_number(text: str, where: str) -> int | Fraction:
    """The number that a text stands for: decimals are fractions, not the floats nearby.

    Raises:
        InputError: it is no finite number, or one of more than 400 digits.
    """
    match = _NUMBER.fullmatch(text) if len(text) <= _LONGEST else None
    if not match or abs(int(match[1] or 0)) > _LONGEST:
        raise InputError(where, quote(text), "a number")
    value = Fraction(text)
    return value.numerator if value.denominator == 1 else value


def decimal_text(value: int | Fraction) -> str | None:
    """A number as a decimal, exactly; None for a fraction such as 1/3 that has none."""
    value = Fraction(value)
    twos = fives = 0
    rest = value.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return None
    places = max(twos, fives)
    digits = str(abs(value.numerator) * (10**places // value.denominator)).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}" if places else f"{sign}{digits}"
