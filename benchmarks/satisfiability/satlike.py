"""SATLike in compiled code: dynamic local search for weighted partial MaxSAT.

Lei and Cai, Solving (Weighted) Partial MaxSAT by Dynamic Local Search for SAT, IJCAI 2018. It
begins with an assignment from decimation by unit propagation. While flips raise the total dynamic
weight of satisfied clauses, the best of a sample of them (best from multiple selections) is made;
else the weights of violated clauses grow, those of soft clauses up to a bound, or with a small
probability those of satisfied ones shrink, and a variable of a violated clause is flipped, of a
hard one if there are any.

Where soft clauses have weights of their own, these are scaled to a mean of one, and dynamic weights
grow in proportion to them, as in NuWLS (Chu, Cai, Luo, AAAI 2023): weights of any size then compare
with those of hard clauses.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from benchmarks.local_search import (
    RandomState,
    below,
    chance,
    next_number,
    occurrences,
    random_state,
    true_literals,
)

Integers = NDArray[np.int32]
Wide = NDArray[np.int64]
Numbers = NDArray[np.float64]
Truth = NDArray[np.bool_]

FLIPS_A_CALL = 20_000
#: Flips without a better solution after which it begins anew with another decimation.
PATIENCE = 10_000_000
#: Flips that raise the weight, of which the best is taken.
SAMPLE = 15
#: A flip that raises the weight is drawn at random with this probability, and a variable of a
#: violated clause with that one.
RANDOM_FLIP, RANDOM_STEP = 0.01, 0.1
#: Unit clauses of which decimation takes the one with the most frequent literal.
UNIT_SAMPLE = 15


@dataclass(frozen=True)
class Values:
    """The parameters that are set by the kind of formula.

    Attributes:
        smoothing: the probability with which weights of satisfied clauses shrink.
        hard_step: what the weight of a violated hard clause grows by.
        soft_bound: the dynamic weights of soft clauses grow up to so many times their own.
    """

    smoothing: float
    hard_step: float
    soft_bound: float


#: Formulas of up to so many variables and larger ones. The authors' values, for industrial formulas
#: (bounds of 500, smoothing of 1e-7), are up to a quarter dearer on generated ones of 100 to 1,000
#: variables, on which these were the best of nine.
LARGE_SIZE = 500
SMALL, LARGE = Values(0.01, 1.0, 3.0), Values(0.001, 1.0, 3.0)


@dataclass(frozen=True)
class Search:
    """What a search found.

    Attributes:
        truth: the cheapest assignment that violates no hard clause, ``[variables]``, or None.
        cost: its cost, as a float.
        seconds: when it was found.
    """

    truth: np.ndarray | None
    cost: float
    flips: int
    seconds: float


def values_for(variables: int) -> Values:
    """The parameters for a formula."""
    return SMALL if variables <= LARGE_SIZE else LARGE


def search(
    literals: np.ndarray,
    starts: np.ndarray,
    weights: np.ndarray,
    hard: int,
    variables: int,
    seed: int,
    limit: float,
    values: Values | None = None,
    target: float = 0.0,
) -> Search:
    """Search for a cheap assignment until the limit, or until one costs no more than the target.

    Arguments:
        literals, starts: clause i is ``literals[starts[i]:starts[i + 1]]``, without repeated
            variables; ``v`` and ``-v`` from 1. Hard clauses come first.
        weights: of the soft clauses.
        hard: how many clauses are hard.
        limit: seconds.
    """
    began = time.perf_counter()
    values = values or values_for(variables)
    literals, starts = literals.astype(np.int32), starts.astype(np.int32)
    own = np.concatenate([np.ones(hard), np.asarray(weights, np.float64)])
    mean = own[hard:].mean() if len(own) > hard else 1.0
    relative = own / np.where(np.arange(len(own)) < hard, 1.0, mean)
    clause_of, occurrence_starts = occurrences(literals, starts, variables)
    random = random_state(seed)
    counts = np.array([values.smoothing, values.hard_step, values.soft_bound])
    best_truth = np.zeros(variables + 1, np.bool_)
    best = np.array([np.inf])
    flips, when = 0, 0.0
    while True:
        truth = _decimated(literals, starts, clause_of, occurrence_starts, hard, random)
        state = _start(literals, starts, own, relative, hard, truth)
        since = 0
        while since < PATIENCE:
            before = best[0]
            _flip(
                literals, starts, clause_of, occurrence_starts, own, relative, hard, truth,
                *state, counts, random, best_truth, best, FLIPS_A_CALL,
            )  # fmt: skip
            flips, since = flips + FLIPS_A_CALL, since + FLIPS_A_CALL
            seconds = time.perf_counter() - began
            if best[0] < before:
                since, when = 0, seconds
            if seconds >= limit or best[0] <= target:
                found = best_truth[1:] if np.isfinite(best[0]) else None
                return Search(found, float(best[0]), flips, when)


def warm_up() -> None:
    """Compile, so that a search that is measured does not."""
    rows, starts = np.array([1, 2, -1, -2], np.int32), np.array([0, 2, 3, 4], np.int32)
    search(rows, starts, np.array([1.0, 2.0]), 1, 2, 1, 0.0)


@njit(cache=True)
def _decimated(
    literals: Integers,
    starts: Integers,
    clause_of: Integers,
    occurrence_starts: Integers,
    hard: int,
    random: RandomState,
) -> Truth:
    """An assignment: hard unit clauses first, then soft ones, then anything."""
    variables = (len(occurrence_starts) - 1) // 2 - 1
    count = len(starts) - 1
    truth = np.zeros(variables + 1, np.bool_)
    known = np.zeros(variables + 1, np.bool_)
    undecided = starts[1:] - starts[:-1]
    satisfied = np.zeros(count, np.bool_)
    order = np.arange(1, variables + 1)
    place = np.arange(-1, variables)
    left = variables
    # Unit clauses, hard and soft; those that are no longer open are passed over.
    hard_units = np.zeros(count + 1, np.int32)
    soft_units = np.zeros(count + 1, np.int32)
    hards = softs = 0
    for c in range(count):
        if undecided[c] == 1:
            if c < hard:
                hard_units[hards] = c
                hards += 1
            else:
                soft_units[softs] = c
                softs += 1
    while left > 0:
        literal = 0
        while literal == 0 and hards + softs > 0:
            units = hard_units if hards > 0 else soft_units
            many = hards if hards > 0 else softs
            chosen = below(random, many)
            most = -1
            for trial in range(min(UNIT_SAMPLE, many)):
                at = chosen if trial == 0 else below(random, many)
                first = starts[units[at]]
                v = abs(literals[first])
                frequency = occurrence_starts[2 * v + 2] - occurrence_starts[2 * v]
                if frequency > most:
                    most, chosen = frequency, at
            c = units[chosen]
            if hards > 0:
                hards -= 1
                units[chosen] = units[hards]
            else:
                softs -= 1
                units[chosen] = units[softs]
            if satisfied[c]:
                continue
            for i in range(starts[c], starts[c + 1]):
                if not known[abs(literals[i])]:
                    literal = literals[i]
                    break
        if literal == 0:
            v = order[below(random, left)]
            literal = v if next_number(random) & np.uint64(1) else -v
        v = abs(literal)
        truth[v], known[v] = literal > 0, True
        left -= 1
        moved = order[left]
        order[place[v]], place[moved] = moved, place[v]
        true = 2 * v + (0 if literal > 0 else 1)
        for i in range(occurrence_starts[true], occurrence_starts[true + 1]):
            satisfied[clause_of[i]] = True
        false = true ^ 1
        for i in range(occurrence_starts[false], occurrence_starts[false + 1]):
            c = clause_of[i]
            undecided[c] -= 1
            if undecided[c] == 1 and not satisfied[c]:
                if c < hard:
                    hard_units[hards] = c
                    hards += 1
                else:
                    soft_units[softs] = c
                    softs += 1
    return truth


@njit(cache=True)
def _start(
    literals: Integers,
    starts: Integers,
    own: Numbers,
    relative: Numbers,
    hard: int,
    truth: Truth,
) -> tuple[
    Integers, Integers, Numbers, Numbers, Integers, Integers, Integers, Integers, Wide, Numbers
]:
    """True literals, the XOR of their variables, dynamic weights, scores, violated clauses, ..."""
    count, size = len(starts) - 1, len(truth)
    true, keeper = true_literals(literals, starts, truth)
    weights = relative.copy()
    scores = np.zeros(size, np.float64)
    violated = np.zeros(count + 1, np.int32)  # hard ones from the front, soft ones from the back
    place = np.full(count, -1, np.int32)
    good = np.zeros(size, np.int32)
    good_place = np.full(size, -1, np.int32)
    #: Violated hard clauses, soft ones, good variables, the flip that is next.
    many = np.zeros(4, np.int64)
    cost = np.zeros(1, np.float64)
    for c in range(count):
        if true[c] == 0:
            for i in range(starts[c], starts[c + 1]):
                scores[abs(literals[i])] += weights[c]
            _violate(c, hard, own, violated, place, many, cost)
        elif true[c] == 1:
            scores[keeper[c]] -= weights[c]
    for v in range(1, size):
        _sort_in(v, scores, good, good_place, many)
    return true, keeper, weights, scores, violated, place, good, good_place, many, cost


@njit(cache=True, inline="always")
def _violate(
    c: int, hard: int, own: Numbers, violated: Integers, place: Integers, many: Wide, cost: Numbers
) -> None:
    if c < hard:
        place[c] = many[0]
        violated[many[0]] = c
        many[0] += 1
    else:
        place[c] = len(violated) - 1 - many[1]
        violated[place[c]] = c
        many[1] += 1
        cost[0] += own[c]


@njit(cache=True, inline="always")
def _satisfy(
    c: int, hard: int, own: Numbers, violated: Integers, place: Integers, many: Wide, cost: Numbers
) -> None:
    if c < hard:
        many[0] -= 1
        last = violated[many[0]]
    else:
        many[1] -= 1
        last = violated[len(violated) - 1 - many[1]]
        cost[0] -= own[c]
    violated[place[c]] = last
    place[last] = place[c]
    place[c] = -1


@njit(cache=True, inline="always")
def _sort_in(v: int, scores: Numbers, good: Integers, good_place: Integers, many: Wide) -> None:
    """Keep the list of the variables whose flips raise the weight."""
    if scores[v] > 1e-9:
        if good_place[v] < 0:
            good_place[v] = many[2]
            good[many[2]] = v
            many[2] += 1
    elif good_place[v] >= 0:
        many[2] -= 1
        last = good[many[2]]
        good[good_place[v]] = last
        good_place[last] = good_place[v]
        good_place[v] = -1


@njit(cache=True)
def _grow(
    literals: Integers, starts: Integers, relative: Numbers, hard: int, true: Integers,
    keeper: Integers, weights: Numbers, scores: Numbers, violated: Integers, good: Integers,
    good_place: Integers, many: Wide, values: Numbers, random: RandomState,
) -> None:  # fmt: skip
    """Let the weights of violated clauses grow, or sometimes those of satisfied ones shrink."""
    smoothing, hard_step, soft_bound = values
    if chance(random) < smoothing:
        for c in range(len(true)):
            step = hard_step if c < hard else relative[c]
            if true[c] > 0 and weights[c] > relative[c] + 1e-9:
                weights[c] -= step
                if true[c] == 1:
                    scores[keeper[c]] += step
                    _sort_in(keeper[c], scores, good, good_place, many)
        return
    for number in range(many[0] + many[1]):
        at = number if number < many[0] else len(violated) - 1 - (number - many[0])
        c = violated[at]
        step = hard_step if c < hard else relative[c]
        if c >= hard and weights[c] >= soft_bound * relative[c]:
            continue
        weights[c] += step
        for i in range(starts[c], starts[c + 1]):
            v = abs(literals[i])
            scores[v] += step
            _sort_in(v, scores, good, good_place, many)


@njit(cache=True)
def _chosen(
    literals: Integers, starts: Integers, hard: int, scores: Numbers, violated: Integers,
    good: Integers, many: Wide, changed: Wide, random: RandomState,
) -> int:  # fmt: skip
    """A variable whose flip raises the weight; 0 if there is none."""
    count = many[2]
    if count == 0:
        return 0
    if chance(random) < RANDOM_FLIP:
        return good[below(random, count)]
    best = 0
    for number in range(min(count, SAMPLE)):
        v = good[number] if count <= SAMPLE else good[below(random, count)]
        if (
            best == 0
            or scores[v] > scores[best]
            or (scores[v] == scores[best] and changed[v] < changed[best])
        ):
            best = v
    return best


@njit(cache=True)
def _of_violated(
    literals: Integers, starts: Integers, scores: Numbers, violated: Integers, many: Wide,
    changed: Wide, random: RandomState,
) -> int:  # fmt: skip
    """A variable of a violated clause, of a hard one if there are any; 0 if there is none."""
    if many[0] > 0:
        c = violated[below(random, many[0])]
    elif many[1] > 0:
        c = violated[len(violated) - 1 - below(random, many[1])]
    else:
        return 0
    first, last = starts[c], starts[c + 1]
    if first == last:
        return 0
    if chance(random) < RANDOM_STEP:
        return abs(literals[first + below(random, last - first)])
    best = abs(literals[first])
    for i in range(first + 1, last):
        v = abs(literals[i])
        if scores[v] > scores[best] or (scores[v] == scores[best] and changed[v] < changed[best]):
            best = v
    return best


@njit(cache=True)
def _flip(
    literals: Integers, starts: Integers, clause_of: Integers, occurrence_starts: Integers,
    own: Numbers, relative: Numbers, hard: int, truth: Truth, true: Integers, keeper: Integers,
    weights: Numbers, scores: Numbers, violated: Integers, place: Integers, good: Integers,
    good_place: Integers, many: Wide, cost: Numbers, values: Numbers, random: RandomState,
    best_truth: Truth, best: Numbers, flips: int,
) -> None:  # fmt: skip
    """Flip variables, and keep the cheapest assignment that violates no hard clause."""
    changed = np.zeros(len(truth), np.int64)
    for flip in range(1, flips + 1):
        if many[0] == 0 and cost[0] < best[0] - 1e-9:
            best[0] = cost[0]
            best_truth[:] = truth
            if many[1] == 0:
                return
        v = _chosen(literals, starts, hard, scores, violated, good, many, changed, random)
        if v == 0:
            _grow(literals, starts, relative, hard, true, keeper, weights, scores, violated, good,
                  good_place, many, values, random)  # fmt: skip
            v = _of_violated(literals, starts, scores, violated, many, changed, random)
            if v == 0:
                return
        changed[v] = flip
        truth[v] = not truth[v]
        now_true = 2 * v + (0 if truth[v] else 1)
        for k in range(occurrence_starts[now_true], occurrence_starts[now_true + 1]):
            c = clause_of[k]
            true[c] += 1
            if true[c] == 1:
                for i in range(starts[c], starts[c + 1]):
                    u = abs(literals[i])
                    if u != v:
                        scores[u] -= weights[c]
                        _sort_in(u, scores, good, good_place, many)
                scores[v] -= 2 * weights[c]
                keeper[c] = v
                _satisfy(c, hard, own, violated, place, many, cost)
            else:
                if true[c] == 2:
                    u = keeper[c]
                    scores[u] += weights[c]
                    _sort_in(u, scores, good, good_place, many)
                keeper[c] ^= v
        now_false = now_true ^ 1
        for k in range(occurrence_starts[now_false], occurrence_starts[now_false + 1]):
            c = clause_of[k]
            true[c] -= 1
            keeper[c] ^= v
            if true[c] == 1:
                u = keeper[c]
                scores[u] -= weights[c]
                _sort_in(u, scores, good, good_place, many)
            elif true[c] == 0:
                for i in range(starts[c], starts[c + 1]):
                    u = abs(literals[i])
                    if u != v:
                        scores[u] += weights[c]
                        _sort_in(u, scores, good, good_place, many)
                scores[v] += 2 * weights[c]
                _violate(c, hard, own, violated, place, many, cost)
        _sort_in(v, scores, good, good_place, many)
