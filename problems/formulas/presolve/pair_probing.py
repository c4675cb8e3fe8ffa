"""Pairs of literals that exclude each other, as unit propagation from both together shows.

To try all pairs would take the square of the literals. Tried are those that a clause of three
literals excludes while its third is false, and those that it excludes so after one of its literals
was replaced with what a clause of two literals says of it. What is found takes part at once: where
a formula tells a story step by step, what excludes each other in one step does so in the next.
"""

from __future__ import annotations

from collections import defaultdict

from odesolve.budget import Budget
from odesolve.problems.formulas.formula import LiteralRows
from odesolve.problems.formulas.presolve.probing import Propagation

__all__ = ["excluded_pairs"]

#: Clauses that may be looked at, and pairs that may be tried in one pass over them.
MOST_WORK = 2_000_000
MOST_PAIRS = 100_000
#: Passes over the pairs, while there is something new.
PASSES = 3


def excluded_pairs(clauses: LiteralRows, top: int, budget: Budget) -> list[tuple[int, int]]:
    """Clauses of two literals that follow.

    Arguments:
        clauses: of at least two literals each.
        top: the largest variable.
    """
    propagation = Propagation(clauses, top)
    candidates = _candidates(propagation)
    found: list[tuple[int, int]] = []
    for _ in range(PASSES):
        known = len(found)
        for literal in sorted(candidates, key=lambda v: (abs(v), v)):
            if propagation.work > MOST_WORK or budget.is_over():
                return found
            others = candidates[literal]
            found += [(-literal, -other) for other in _excluded(propagation, literal, others)]
        if len(found) == known:
            break
    return found


def _candidates(propagation: Propagation) -> dict[int, dict[int, None]]:
    """Pairs to try, each at the literal of the later variable: in the order of the story."""
    pairs: defaultdict[int, dict[int, None]] = defaultdict(dict)
    count = 0
    for clause in propagation.clauses:
        if len(clause) != 3 or count > MOST_PAIRS:
            continue
        for literal in clause:
            a, b = (-other for other in clause if other != literal)
            replaced = [-other for other in propagation.implied[literal]]
            for one, other in [(a, b), *((c, d) for c in replaced for d in (a, b))]:
                if abs(one) != abs(other):
                    late, early = (one, other) if abs(one) > abs(other) else (other, one)
                    pairs[late][early] = None
                    count += 1
    return pairs


def _excluded(propagation: Propagation, literal: int, others: dict[int, None]) -> list[int]:
    """Those that contradict a literal; they, and those that need no trial, are taken out."""
    found: list[int] = []
    before = len(propagation.trail)
    # A literal that is false by itself is left to probing.
    if propagation.assume(literal):
        length = len(propagation.trail)
        for other in list(others):
            if propagation.true[other] or propagation.true[-other]:
                del others[other]
                continue
            possible = propagation.assume(other)
            propagation.undo(length)
            if not possible:
                found.append(other)
                del others[other]
                propagation.implied[literal].append(-other)
                propagation.implied[other].append(-literal)
    propagation.undo(before)
    return found
