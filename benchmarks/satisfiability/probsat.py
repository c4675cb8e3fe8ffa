"""probSAT in compiled code: stochastic local search on CNF.

Balint and Schoening, Choosing probability distributions for stochastic local search and the role
of make versus break, SAT 2012. A random violated clause is drawn, then one of its variables v with
probability proportional to f(break(v)), where break(v) is the number of clauses that flipping v
would violate; v is flipped. There is no restart.

f is (0.9 + break)^-2.06 for clauses of up to 3 literals and cb^-break for longer ones, with the
authors' published cb for the longest clause. As in their code, break is kept up to date for
every variable if clauses are short and counted when it is needed otherwise.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from benchmarks.local_search import below, chance, occurrences, random_state, true_literals

Integers = NDArray[np.int32]
Numbers = NDArray[np.float64]
Truth = NDArray[np.bool_]

#: Length of the longest clause -> the base of the exponential f; longer ones take the last.
BASES = {4: 3.0, 5: 3.7, 6: 5.0, 7: 5.4}
SHORT = 3
FLIPS_A_CALL = 200_000


@dataclass(frozen=True)
class Walk:
    """What a search found.

    Attributes:
        truth: bool ``[variables]``; None if the time was spent.
        violated: fewest violated clauses seen at the end of a call, 0 with a model.
    """

    truth: np.ndarray | None
    flips: int
    seconds: float
    violated: int


def search(
    literals: np.ndarray, starts: np.ndarray, variables: int, seed: int, limit: float
) -> Walk:
    """Search for a model until the limit.

    Arguments:
        literals, starts: clause i is ``literals[starts[i]:starts[i + 1]]``, without repeated
            variables; ``v`` and ``-v`` from 1.
        limit: seconds.
    """
    began = time.perf_counter()
    lengths = np.diff(starts)
    if (lengths == 0).any():
        return Walk(None, 0, time.perf_counter() - began, 1)
    longest = int(lengths.max(initial=1))
    short = longest <= SHORT
    literals, starts = literals.astype(np.int32), starts.astype(np.int32)
    clause_of, occurrence_starts = occurrences(literals, starts, variables)
    weights = _weights(longest, int(np.diff(occurrence_starts).max(initial=0)))
    random = random_state(seed)
    truth = np.random.default_rng(seed).random(variables + 1) < 0.5
    state = _start(literals, starts, clause_of, occurrence_starts, truth)
    flips, fewest = 0, len(lengths)
    while True:
        done, left = _flip(
            literals, starts, clause_of, occurrence_starts, truth, *state,
            weights, random, short, FLIPS_A_CALL,
        )  # fmt: skip
        flips, fewest = flips + done, min(fewest, left)
        seconds = time.perf_counter() - began
        if left == 0 or seconds >= limit:
            return Walk(truth[1:] if left == 0 else None, flips, seconds, fewest)


def warm_up() -> None:
    """Compile, so that a search that is measured does not."""
    for width in (3, 4):
        rows = np.arange(1, width + 1, dtype=np.int32)
        search(rows, np.array([0, width]), width, 1, 1.0)


def _weights(longest: int, most: int) -> np.ndarray:
    breaks = np.arange(most + 2, dtype=np.float64)
    if longest <= SHORT:
        return (0.9 + breaks) ** -2.06
    # A break of hundreds is as good as never; the sum must not vanish.
    return np.maximum(BASES.get(longest, BASES[7]) ** -breaks, 1e-250)


@njit(cache=True)
def _start(
    literals: Integers,
    starts: Integers,
    clause_of: Integers,
    occurrence_starts: Integers,
    truth: Truth,
) -> tuple[Integers, Integers, Integers, Integers, Integers, Integers]:
    """True literals of each clause, the XOR of their variables, breaks, violated clauses."""
    count = len(starts) - 1
    true, keeper = true_literals(literals, starts, truth)
    breaks = np.zeros(len(truth), np.int32)
    violated = np.zeros(count, np.int32)
    place = np.full(count, -1, np.int32)
    many = np.zeros(1, np.int32)
    for c in range(count):
        if true[c] == 0:
            place[c] = many[0]
            violated[many[0]] = c
            many[0] += 1
        elif true[c] == 1:
            breaks[keeper[c]] += 1
    return true, keeper, breaks, violated, place, many


@njit(cache=True, inline="always")
def _drawn_variable(
    clause: int, literals: Integers, starts: Integers, clause_of: Integers,
    occurrence_starts: Integers, true: Integers, breaks: Integers, weights: Numbers,
    random: np.ndarray, short: bool, score: Numbers,
) -> int:  # fmt: skip
    """A variable of a violated clause, with probability proportional to f(break)."""
    first = starts[clause]
    width = min(starts[clause + 1] - first, len(score))
    total = 0.0
    for i in range(width):
        literal = literals[first + i]
        if short:
            broken = breaks[abs(literal)]
        else:
            # The literal is false, so its negation is true; who loses its only true literal?
            opposite = 2 * abs(literal) + (1 if literal > 0 else 0)
            broken = 0
            for j in range(occurrence_starts[opposite], occurrence_starts[opposite + 1]):
                if true[clause_of[j]] == 1:
                    broken += 1
        total += weights[broken]
        score[i] = total
    target = chance(random) * total
    i = 0
    while i < width - 1 and score[i] < target:
        i += 1
    return abs(literals[first + i])


@njit(cache=True, inline="always")
def _gain(
    v: int, clauses: Integers, true: Integers, keeper: Integers, breaks: Integers,
    violated: Integers, place: Integers, many: Integers, short: bool,
) -> None:  # fmt: skip
    """One more true literal, that of variable v, in each of these clauses."""
    for c in clauses:
        if short:
            if true[c] == 0:
                breaks[v] += 1
            elif true[c] == 1:
                breaks[keeper[c]] -= 1
            keeper[c] ^= v
        if true[c] == 0:
            last = violated[many[0] - 1]
            violated[place[c]] = last
            place[last] = place[c]
            many[0] -= 1
        true[c] += 1


@njit(cache=True, inline="always")
def _lose(
    v: int, clauses: Integers, true: Integers, keeper: Integers, breaks: Integers,
    violated: Integers, place: Integers, many: Integers, short: bool,
) -> None:  # fmt: skip
    """One true literal fewer, that of variable v, in each of these clauses."""
    for c in clauses:
        true[c] -= 1
        if short:
            keeper[c] ^= v
            if true[c] == 0:
                breaks[v] -= 1
            elif true[c] == 1:
                breaks[keeper[c]] += 1
        if true[c] == 0:
            violated[many[0]] = c
            place[c] = many[0]
            many[0] += 1


@njit(cache=True)
def _flip(
    literals: Integers, starts: Integers, clause_of: Integers, occurrence_starts: Integers,
    truth: Truth, true: Integers, keeper: Integers, breaks: Integers, violated: Integers,
    place: Integers, many: Integers, weights: Numbers, random: np.ndarray, short: bool,
    flips: int,
) -> tuple[int, int]:  # fmt: skip
    """Flip until no clause is violated or the flips are spent: (flips, violated clauses).

    The XOR of the true variables of a clause is its only true variable when there is one.
    """
    score = np.zeros(1024)
    for flip in range(flips):
        if many[0] == 0:
            return flip, 0
        v = _drawn_variable(
            violated[below(random, many[0])], literals, starts, clause_of,
            occurrence_starts, true, breaks, weights, random, short, score,
        )  # fmt: skip
        now = not truth[v]
        truth[v] = now
        gains, loses = (2 * v, 2 * v + 1) if now else (2 * v + 1, 2 * v)
        gaining = clause_of[occurrence_starts[gains] : occurrence_starts[gains + 1]]
        losing = clause_of[occurrence_starts[loses] : occurrence_starts[loses + 1]]
        _gain(v, gaining, true, keeper, breaks, violated, place, many, short)
        _lose(v, losing, true, keeper, breaks, violated, place, many, short)
    return flips, many[0]
