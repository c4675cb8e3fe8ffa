"""A search like YalSAT in compiled code: probSAT with weights, restarts and a cache, on CNF.

Biere, Yet another local search solver and Lingeling and friends entering the SAT Competition 2014;
its strategies are those of version 03. Written anew, without its code.

- Units are propagated first.
- Violated clauses stand in a queue. The first is taken; half of the time it is first sent to the
  end.
- A variable of it is drawn with probability proportional to b^-w, where w adds up the weights of
  the clauses that its flip would violate. Short clauses weigh more: 3, 2, 1 for 2, 3, 4 literals.
- The base b is 2, or interpolated from the mean length of the clauses between probSAT's values, as
  the walk of CaDiCaL does.
- Restarts come after 100,000 flips times 1, 1, 2, 1, 1, 2, 4, ... (reluctant doubling). One that
  follows a new least number of violated clauses is skipped. The others begin at one of the
  best assignments of earlier tries, which are cached, or at a random one, and draw weights and base
  anew, three times of four.

Formulas whose clauses are all of one length are not restarted, and all clauses weigh the same.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numba import njit

from benchmarks.local_search import (
    RandomState,
    chance,
    next_number,
    occurrences,
    random_state,
    true_literals,
)
from benchmarks.satisfiability.probsat import Integers, Numbers, Truth, Walk

#: Mean length of the clauses -> base; between them, and beyond the last, on a line.
MEAN_LENGTHS = (0.0, 3.0, 4.0, 5.0, 6.0, 7.0)
BASES = (2.0, 2.5, 2.85, 3.7, 5.1, 5.4)
DEFAULT_BASE = 2.0
#: Flips of the first try, at least; flips between two looks at the clock.
RESTART_FLIPS = 100_000
FLIPS_A_CALL = 100_000
#: Percent of flips before which the first clause of the queue is not sent to its end.
UNFAIR_PERCENT = 50
#: One of so many restarts has the default strategy.
DEFAULT_EVERY = 4
MOST_WEIGHT, DEFAULT_WEIGHT = 7, 5
MOST_CACHED = 1024
#: Places in the arrays of numbers that a call changes.
COUNT, FIRST, LAST, LEAST = range(4)


@dataclass(frozen=True)
class Strategy:
    """How a try draws.

    Attributes:
        cached: whether it begins at a cached assignment.
        interpolated: whether the base is that of the mean length.
        polarity: what it begins at otherwise, all true (1), all false (-1) or random (0).
        uniform: clauses of any length weigh ``weight`` (1), short ones more (0) or less (-1).
        weight: the greatest weight.
    """

    cached: bool = True
    interpolated: bool = False
    polarity: int = 0
    uniform: int = 0
    weight: int = DEFAULT_WEIGHT

    @classmethod
    def drawn(cls, random: np.random.Generator) -> Strategy:
        """Anything; the default now and then."""
        if random.integers(DEFAULT_EVERY) == 0:
            return cls()
        cached, interpolated = random.random(2) < 0.5
        polarity = 0 if cached else int(random.integers(-1, 2))
        uniform, weight = int(random.integers(-1, 2)), int(random.integers(1, MOST_WEIGHT + 1))
        return cls(bool(cached), bool(interpolated), polarity, uniform, weight)

    def weights(self, lengths: np.ndarray) -> Integers:
        """What clauses of these lengths weigh."""
        if self.uniform > 0:
            weights = np.full(len(lengths), self.weight)
        elif self.uniform < 0:
            weights = np.minimum(lengths, self.weight)
        else:
            weights = np.maximum(self.weight - lengths, 1)
        return weights.astype(np.int32)


class Cache:
    """Assignments of few violated clauses, each of another try; it grows while all are equal."""

    def __init__(self) -> None:
        self.found: dict[bytes, tuple[int, Truth]] = {}
        self.size = 1

    def add(self, truth: Truth, violated: int) -> None:
        """Keep an assignment if it is new, and none of those kept is as good or there is room."""
        name = np.packbits(truth).tobytes()
        if name in self.found:
            return
        if len(self.found) >= self.size:
            worst = max(self.found, key=lambda kept: self.found[kept][0])
            most, least = self.found[worst][0], min(kept[0] for kept in self.found.values())
            if violated < most:
                del self.found[worst]
            elif violated == most == least and self.size < MOST_CACHED:
                self.size *= 2
            else:
                return
        self.found[name] = violated, truth.copy()

    def drawn(self, random: np.random.Generator) -> Truth:
        """One of them, the likelier the fewer clauses it violates."""
        kept = list(self.found.values())
        scores = DEFAULT_BASE ** -np.array([violated for violated, _ in kept], np.float64)
        if not (total := scores.sum()):
            return min(kept, key=lambda each: each[0])[1].copy()
        return kept[int(random.choice(len(kept), p=scores / total))][1].copy()


def search(
    literals: np.ndarray, starts: np.ndarray, variables: int, seed: int, limit: float
) -> Walk:
    """Search for a model until the limit; arguments as of ``probsat.search``."""
    began = time.perf_counter()
    random, state = np.random.default_rng(seed), random_state(seed)
    fixed = np.zeros(variables + 1, np.int8)
    literals, starts = literals.astype(np.int32), starts.astype(np.int32)
    if not _propagate(literals, starts, fixed):
        return Walk(None, 0, time.perf_counter() - began, 1)
    literals, starts = _left(literals, starts, fixed)
    lengths = np.diff(starts)
    if not len(lengths):
        return Walk(fixed[1:] > 0, 0, time.perf_counter() - began, 0)
    is_uniform = bool(lengths.min() == lengths.max())
    clause_of, occurrence_starts = occurrences(literals, starts, variables)
    base = interpolated_base(float(lengths.mean()))

    strategy = Strategy(interpolated=True, uniform=1, weight=1) if is_uniform else Strategy()
    truth = random.random(variables + 1) < 0.5
    cache, tries, flips, fewest, last = Cache(), Reluctant(), 0, len(lengths), len(lengths) + 1
    while True:
        truth[fixed != 0] = fixed[fixed != 0] > 0
        weights = strategy.weights(lengths)
        scores = _scores(base if strategy.interpolated else DEFAULT_BASE)
        search_state = _start(literals, starts, weights, truth)
        best, numbers = truth.copy(), search_state[-1]
        until = flips + next(tries) * max(RESTART_FLIPS, variables // 2)
        while True:
            flips += _flip(
                literals, starts, clause_of, occurrence_starts, weights, truth, best,
                *search_state, scores, state, min(FLIPS_A_CALL, until - flips),
            )  # fmt: skip
            seconds, least = time.perf_counter() - began, int(numbers[LEAST])
            fewest = min(fewest, least)
            if least == 0 or seconds >= limit:
                return Walk(best[1:] if least == 0 else None, flips, seconds, fewest)
            if flips < until:
                continue
            if not is_uniform and fewest >= last:
                break
            # It has just improved, so that it goes on.
            last, until = fewest, flips + next(tries) * max(RESTART_FLIPS, variables // 2)
        last = fewest
        cache.add(best, least)
        strategy = Strategy.drawn(random)
        if strategy.cached:
            truth = cache.drawn(random)
        elif strategy.polarity:
            truth = np.full(variables + 1, strategy.polarity > 0)
        else:
            truth = random.random(variables + 1) < 0.5


class Reluctant:
    """1, 1, 2, 1, 1, 2, 4, 1, ...: Knuth's reluctant doubling of Luby, Sinclair and Zuckerman."""

    def __init__(self) -> None:
        self.u = self.v = 1

    def __next__(self) -> int:
        length = self.v
        if self.u & -self.u == self.v:
            self.u, self.v = self.u + 1, 1
        else:
            self.v *= 2
        return length


def interpolated_base(mean: float) -> float:
    """The base for clauses of a mean length."""
    if mean <= MEAN_LENGTHS[-1]:
        return float(np.interp(mean, MEAN_LENGTHS, BASES))
    slope = (BASES[-1] - BASES[-2]) / (MEAN_LENGTHS[-1] - MEAN_LENGTHS[-2])
    return BASES[-1] + slope * (mean - MEAN_LENGTHS[-1])


def warm_up() -> None:
    """Compile, so that a search that is measured does not."""
    search(np.array([1, 2, -1, -2, 3], np.int32), np.array([0, 2, 5]), 3, 1, 1.0)


def _scores(base: float) -> Numbers:
    """base^-w for every w at which it is not as good as 0; the last stands for all beyond."""
    return 1e150 * base ** -np.arange(int(450 / np.log10(base)), dtype=np.float64)


def _left(literals: Integers, starts: Integers, fixed: np.ndarray) -> tuple[Integers, Integers]:
    """Clauses that are not satisfied by what is fixed, without their false literals."""
    value = fixed[np.abs(literals)] * np.sign(literals)
    clause = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    satisfied = np.bincount(clause[value > 0], minlength=len(starts) - 1) > 0
    kept = (value == 0) & ~satisfied[clause]
    lengths = np.bincount(clause[kept], minlength=len(starts) - 1)[~satisfied]
    return literals[kept], np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)


@njit(cache=True)
def _propagate(literals: Integers, starts: Integers, fixed: np.ndarray) -> bool:
    """Fix what single literals fix, in passes over all clauses; whether none is empty."""
    changed = True
    while changed:
        changed = False
        for c in range(len(starts) - 1):
            free, last, satisfied = 0, 0, False
            for i in range(starts[c], starts[c + 1]):
                literal = literals[i]
                value = fixed[abs(literal)]
                if value == 0:
                    free += 1
                    last = literal
                elif (value > 0) == (literal > 0):
                    satisfied = True
            if satisfied or free > 1:
                continue
            if free == 0:
                return False
            fixed[abs(last)] = 1 if last > 0 else -1
            changed = True
    return True


@njit(cache=True)
def _start(
    literals: Integers, starts: Integers, weights: Integers, truth: Truth
) -> tuple[Integers, Integers, Integers, Integers, Integers, Integers]:
    """True literals, XOR of their variables, weighted breaks, the queue and its numbers."""
    count = len(starts) - 1
    true, keeper = true_literals(literals, starts, truth)
    breaks = np.zeros(len(truth), np.int32)
    after = np.full(count, -1, np.int32)
    before = np.full(count, -1, np.int32)
    numbers = np.array([0, -1, -1, 0], np.int32)
    for c in range(count):
        if true[c] == 0:
            _append(c, after, before, numbers)
        elif true[c] == 1:
            breaks[keeper[c]] += weights[c]
    numbers[LEAST] = numbers[COUNT]
    return true, keeper, breaks, after, before, numbers


@njit(cache=True, inline="always")
def _append(c: int, after: Integers, before: Integers, numbers: Integers) -> None:
    """A clause at the end of the queue."""
    last = numbers[LAST]
    after[c], before[c] = -1, last
    if last < 0:
        numbers[FIRST] = c
    else:
        after[last] = c
    numbers[LAST] = c
    numbers[COUNT] += 1


@njit(cache=True, inline="always")
def _remove(c: int, after: Integers, before: Integers, numbers: Integers) -> None:
    """A clause out of the queue."""
    if before[c] < 0:
        numbers[FIRST] = after[c]
    else:
        after[before[c]] = after[c]
    if after[c] < 0:
        numbers[LAST] = before[c]
    else:
        before[after[c]] = before[c]
    numbers[COUNT] -= 1


@njit(cache=True)
def _flip(
    literals: Integers, starts: Integers, clause_of: Integers, occurrence_starts: Integers,
    weights: Integers, truth: Truth, best: Truth, true: Integers, keeper: Integers,
    breaks: Integers, after: Integers, before: Integers, numbers: Integers, scores: Numbers,
    random: RandomState, flips: int,
) -> int:  # fmt: skip
    """Flip until no clause is violated or the flips are spent; how many.

    ``best`` is brought up to date where a descent ends, not after each of its flips.
    """
    drawn = np.zeros(np.diff(starts).max())
    improved = False
    for flip in range(flips):
        if numbers[COUNT] == 0:
            best[:] = truth
            return flip
        c = numbers[FIRST]
        if numbers[COUNT] > 1 and int(next_number(random) % np.uint64(100)) >= UNFAIR_PERCENT:
            _remove(c, after, before, numbers)
            _append(c, after, before, numbers)
            c = numbers[FIRST]
        first, width, total = starts[c], starts[c + 1] - starts[c], 0.0
        for i in range(width):
            total += scores[min(breaks[abs(literals[first + i])], len(scores) - 1)]
            drawn[i] = total
        target, i = chance(random) * total, 0
        while i < width - 1 and drawn[i] < target:
            i += 1
        v = abs(literals[first + i])
        now = not truth[v]
        truth[v] = now
        gains, loses = (2 * v, 2 * v + 1) if now else (2 * v + 1, 2 * v)
        for j in range(occurrence_starts[gains], occurrence_starts[gains + 1]):
            c = clause_of[j]
            if true[c] == 0:
                breaks[v] += weights[c]
                _remove(c, after, before, numbers)
            elif true[c] == 1:
                breaks[keeper[c]] -= weights[c]
            keeper[c] ^= v
            true[c] += 1
        for j in range(occurrence_starts[loses], occurrence_starts[loses + 1]):
            c = clause_of[j]
            keeper[c] ^= v
            true[c] -= 1
            if true[c] == 0:
                breaks[v] -= weights[c]
                _append(c, after, before, numbers)
            elif true[c] == 1:
                breaks[keeper[c]] += weights[c]
        if numbers[COUNT] < numbers[LEAST]:
            numbers[LEAST] = numbers[COUNT]
            improved = True
        elif improved:
            best[:] = truth
            best[v] = not now
            improved = False
    if improved:
        best[:] = truth
    return flips
