"""Products of two odd primes of equal width, and what exhaustive methods would look at."""

from __future__ import annotations

import random
from dataclasses import dataclass

from sympy import isprime, primepi, primerange

FIRST_SEED = 20260001


@dataclass(frozen=True)
class Instance:
    """N = p q with p <= q, both of ``bits / 2`` bits."""

    bits: int
    p: int
    q: int

    @property
    def number(self) -> int:
        return self.p * self.q

    @property
    def widths(self) -> tuple[int, int]:
        return self.p.bit_length(), self.q.bit_length()

    @property
    def guesses(self) -> float:
        """Expected number of random odd numbers of p's width until one divides N."""
        return 2 ** (self.bits // 2 - 2) / len({self.p, self.q})

    @property
    def odd_trials(self) -> int:
        """Odd numbers 3, 5, ..., p that trial division tries."""
        return (self.p - 1) // 2

    @property
    def prime_trials(self) -> int:
        """Odd primes up to p."""
        return int(primepi(self.p)) - 1


def instances(bits: int, count: int, first_seed: int = FIRST_SEED) -> list[Instance]:
    """Random instances with N of exactly ``bits`` bits, one from each seed; they may repeat."""
    width = bits // 2
    primes = list(primerange(2 ** (width - 1), 2**width))
    return [_drawn(bits, primes, first_seed + i) for i in range(count)]


def _drawn(bits: int, primes: list[int], seed: int) -> Instance:
    source = random.Random(seed * 1000 + bits)
    while True:
        p, q = sorted((source.choice(primes), source.choice(primes)))
        if (p * q).bit_length() == bits:
            return Instance(bits, p, q)


def composites(bits: int, count: int, first_seed: int = FIRST_SEED) -> list[int]:
    """Random odd composites of exactly ``bits`` bits, one from each seed."""
    return [_odd_composite(bits, first_seed + i) for i in range(count)]


def _odd_composite(bits: int, seed: int) -> int:
    source = random.Random(seed * 1000 + bits)
    while True:
        number = source.randrange(2 ** (bits - 1) | 1, 2**bits, 2)
        if not isprime(number):
            return number
