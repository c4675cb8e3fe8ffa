"""What local searches among the peers share: random numbers, and the clauses of literals."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

#: Two numbers that are not both 0; every draw changes them.
RandomState = NDArray[np.uint64]


def random_state(seed: int) -> RandomState:
    """The state of a seed."""
    return np.array([2 * seed + 1, 0x9E3779B97F4A7C15], np.uint64)


@njit(cache=True, inline="always")
def next_number(state: RandomState) -> np.uint64:
    """A random number of 64 bits, from xorshift128+ (Vigna 2014)."""
    a, b = state[0], state[1]
    state[0] = b
    a ^= a << np.uint64(23)
    a ^= (a >> np.uint64(17)) ^ b ^ (b >> np.uint64(26))
    state[1] = a
    return a + b


@njit(cache=True, inline="always")
def chance(state: RandomState) -> float:
    """A random number in [0, 1)."""
    return np.float64(next_number(state) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, inline="always")
def below(state: RandomState, count: int) -> int:
    """A random number from 0 to below a count."""
    return int(chance(state) * count)


def occurrences(
    literals: NDArray[np.int32], starts: NDArray[np.int32], variables: int
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The clauses of each literal: literal index 2 v for v, 2 v + 1 for -v.

    Arguments:
        literals, starts: clause i is ``literals[starts[i]:starts[i + 1]]``.

    Returns:
        The clauses, and where those of each literal index start.
    """
    index = 2 * np.abs(literals) + (literals < 0)
    clause = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
    counts = np.bincount(index, minlength=2 * variables + 2)
    return (
        clause[np.argsort(index, kind="stable")],
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
    )


@njit(cache=True)
def true_literals(
    literals: NDArray[np.int32], starts: NDArray[np.int32], truth: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """How many literals of each clause are true, and the XOR of their variables.

    Where one alone is, the second is its variable.

    Arguments:
        literals, starts: as of ``occurrences``.
        truth: of every variable, from 1.
    """
    count = len(starts) - 1
    true, variables = np.zeros(count, np.int32), np.zeros(count, np.int32)
    for c in range(count):
        for i in range(starts[c], starts[c + 1]):
            v = abs(literals[i])
            if truth[v] == (literals[i] > 0):
                true[c] += 1
                variables[c] ^= v
    return true, variables
