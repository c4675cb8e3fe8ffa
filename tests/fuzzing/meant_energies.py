"""Ising problems and QUBOs whose meaning the fuzzer knows, and their energies by definition."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from fuzzing.choices import Choices

#: More variables than these are not tried out.
MOST_SPINS = 16

#: Two variables, which may be the same, and a coefficient.
Term = tuple[int, int, Fraction]


@dataclass(frozen=True)
class MeantEnergy:
    """A quadratic function of spins -1 and 1, or of bits 0 and 1.

    Attributes:
        names: what the variables are called.
        binary: whether they are bits.
        linear: one coefficient a variable.
        quadratic: (i, j) with i < j -> coefficient.
        offset: a constant.
    """

    names: tuple[str, ...]
    binary: bool
    linear: tuple[Fraction, ...]
    quadratic: Mapping[tuple[int, int], Fraction] = field(default_factory=dict)
    offset: Fraction = Fraction(0)

    @property
    def low(self) -> int:
        """The smaller one of the two values of a variable; the other one is 1."""
        return 0 if self.binary else -1

    def energy(self, values: Sequence[int]) -> Fraction:
        """By definition."""
        linear = sum((h * v for h, v in zip(self.linear, values, strict=True)), Fraction(0))
        pairs = sum((w * values[i] * values[j] for (i, j), w in self.quadratic.items()), Fraction())
        return linear + pairs + self.offset

    def energies(self) -> list[Fraction]:
        """Of all assignments: that of number a gives variable i the value 1 if bit i of a is 1."""
        every = (*self.linear, *self.quadratic.values(), self.offset)
        common = math.lcm(*(number.denominator for number in every))
        found, low = [int(self.offset * common)], self.low
        for i, h in enumerate(self.linear):
            slopes = [int(h * common)]  # what variable i multiplies, for the values of all before
            for j in range(i):
                w = int(self.quadratic.get((j, i), Fraction(0)) * common)
                slopes = [s + w * low for s in slopes] + [s + w for s in slopes]
            found = [e + s * low for e, s in zip(found, slopes, strict=True)] + [
                e + s for e, s in zip(found, slopes, strict=True)
            ]
        return [Fraction(energy, common) for energy in found]

    def least(self, fixed: Mapping[int, int] | None = None) -> Fraction:
        """The least energy with some values fixed; by trying all."""
        given = (fixed or {}).items()
        return min(
            energy
            for number, energy in enumerate(self.energies())
            if all((number >> i & 1 == 1) == (value == 1) for i, value in given)
        )


def meant(
    names: Iterable[object],
    terms: Iterable[Term],
    *,
    binary: bool,
    own: str = "linear",
    offset: Fraction = Fraction(0),
) -> MeantEnergy:
    """The sum of terms.

    Arguments:
        own: what a term of a variable with itself is: "linear" or "constant".
    """
    texts = tuple(map(str, names))
    linear, quadratic = [Fraction(0)] * len(texts), {}
    for i, j, value in terms:
        if i != j:
            pair = min(i, j), max(i, j)
            quadratic[pair] = quadratic.get(pair, Fraction(0)) + value
        elif own == "linear":
            linear[i] += value
        else:
            offset += value
    return MeantEnergy(texts, binary, tuple(linear), quadratic, offset)


def random_number(choices: Choices, *, plain: bool = False, wide: bool = True) -> str:
    """A coefficient as text.

    Arguments:
        plain: whether it must be a float exactly, and not a large one.
        wide: whether it may be large, or have many digits.
    """
    kind = choices.below(12)
    if kind < 7 or (kind > 8 and (plain or not wide)):
        return str(choices.between(-9, 9))
    if kind < 9:
        return choices.pick(["0.5", "-2.5", "1.25", "-0.125", "3.0", "-1.", "1e2", "2.5E-1", "+4"])
    if kind == 9:
        return choices.pick(["0.1", "-0.3", ".7", "1e-3", "-12.0625", "0.333333333333", "1E+5"])
    sign = choices.pick(["", "-"])
    return sign + choices.pick(["1000000007", str(2**31), str(2**53 + 1), str(2**64), "1" * 30])


def random_terms(
    choices: Choices, count: int, *, own: bool = True, plain: bool = False
) -> list[tuple[int, int, str]]:
    """Terms in any order and direction, some pairs several times; their coefficients as text."""
    pairs = [(i, j) for i in range(count) for j in range(i + 1, count)]
    density = choices.pick([2, 5, 8, 10])
    chosen = [pair for pair in pairs if choices.below(10) < density]
    chosen = [pair if choices.below(2) else pair[::-1] for pair in chosen]
    if own:
        chosen += [(i, i) for i in range(count) if choices.below(3)]
    if chosen and choices.one_in(5):
        chosen.append(choices.pick(chosen)[::-1])
    wide = choices.one_in(10)  # presolve leaves these to the dynamics
    return [
        (i, j, random_number(choices, plain=plain, wide=wide)) for i, j in choices.shuffled(chosen)
    ]


def random_count(choices: Choices) -> int:
    """A number of variables."""
    return choices.between(1, choices.pick([3, 5, 8, 8, 11]))
