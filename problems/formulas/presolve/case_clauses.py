"""Clauses that hold in both cases of a variable, by unit resolution alone in neither.

Encodings of planning say what an action changes and what stays as it is, and often leave out what
follows from the first state on: that a thing is always somewhere. Probing does not see it, for
one layer needs the clause of the layer before, and a case for every action.

If a literal s is true, a clause W becomes another one where each literal w of it is false then, or
implies one by a clause (-s or -w or u): the image (-s or u or u' or ...). Where the image for s and
one for -s, or a clause with s, agree in all but what one of them lacks, their resolvent is no wider
than they are, and is added; images of what was added follow. (Hyper-resolution: Robinson,
Automatic deduction with hyper-resolution, 1965.) No model is lost.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable
from itertools import product
from math import prod

from odesolve.budget import Budget
from odesolve.problems.formulas.presolve.clause_sets import ClauseSets
from odesolve.problems.formulas.presolve.rows import CountRows

__all__ = ["case_clauses"]

#: Literals of a clause that is added, and of one whose images are looked at.
WIDEST = 10
#: Literals that a clause of the formula has at least: the images of shorter ones are many.
NARROWEST = 3
#: Literals that may be looked at.
MOST_WORK = 1_000_000
#: More clauses than this share of those that there were are not added: they would be noise.
MOST_ADDED = 0.5
#: Images of one clause, where literals imply several.
MOST_CHOICES = 4

Clause = frozenset[int]


def case_clauses(rows: CountRows, budget: Budget) -> ClauseSets | None:
    """Clauses, and what holds in both cases of a variable besides; None if that is nothing.

    Raises:
        RowContradiction: if there is no model, and it shows.
    """
    found = _Cases(ClauseSets(rows), budget)
    found.run()
    return found.sets if 0 < len(found.added) <= MOST_ADDED * len(rows) else None


class _Cases:
    """Clauses and their images under each literal."""

    def __init__(self, sets: ClauseSets, budget: Budget) -> None:
        self.sets, self.budget = sets, budget
        self.work = 0
        self.added: list[int] = []
        #: literal s -> literal w -> what w implies under s; and the literals that are false then.
        self.implied: defaultdict[int, defaultdict[int, set[int]]] = defaultdict(
            lambda: defaultdict(set)
        )
        self.false: defaultdict[int, set[int]] = defaultdict(set)
        #: literal w -> literals under which it implies another one.
        self.under: defaultdict[int, set[int]] = defaultdict(set)
        self.images: defaultdict[int, set[Clause]] = defaultdict(set)
        for clause in sets.clauses.values():
            if len(clause) == 2:
                a, b = clause
                self.false[-a].add(-b)
                self.false[-b].add(-a)
            elif len(clause) == 3:
                for s in clause:
                    a, b = clause - {s}
                    self.implied[-s][-a].add(b)
                    self.implied[-s][-b].add(a)
        for s, implied in self.implied.items():
            for w in implied:
                self.under[w].add(s)

    def run(self) -> None:
        """Look at the images of every clause, and of those that are added."""
        for s in list(self.implied):
            for w in list(self.implied[s]):
                # A literal or its negation is a clause as well, but those of two are many.
                if w > 0 and -w in self.implied[s]:
                    self.new_images((w, -w), s, MOST_CHOICES)
        wide = [n for n, own in self.sets.clauses.items() if len(own) >= NARROWEST]
        queue, seen = deque(wide), 0
        while queue or seen < len(self.added):
            if self.work > MOST_WORK or self.budget.is_over():
                return
            if not queue:
                queue.extend(self.added[seen:])
                seen = len(self.added)
            number = queue.popleft()
            clause = self.sets.clauses.get(number)
            if clause is None or len(clause) > WIDEST:
                continue
            for s in set().union(*(self.under[w] for w in clause)):
                if s not in clause and -s not in clause:
                    self.consider(clause, s, self.sets.origin[number])

    def consider(self, clause: Clause, s: int, origin: int) -> None:
        """Resolve the images of a clause under a literal with those under its negation."""
        for image in self.new_images(clause, s, 1):
            others = [other for other in self.images[-s] if other <= image or image <= other]
            self.work += len(self.images[-s]) + len(self.sets.holders[s])
            for number in self.sets.holders[s]:
                rest = self.sets.clauses[number] - {s}
                if rest <= image or len(rest) == 1:
                    others.append(rest)
            for other in others:
                both = image | other
                if len(both) > WIDEST or any(-v in both for v in both):
                    continue
                added = self.sets.add(both, origin)
                if added is not None:
                    self.added.append(added)

    def new_images(self, clause: Iterable[int], s: int, most: int) -> list[Clause]:
        """What a clause implies under a literal, besides the literal, if that was not known."""
        implied, false = self.implied[s], self.false[s]
        choices: list[set[int]] = []
        for w in clause:
            self.work += 1
            if w not in false:
                # Not by index: that would make an entry.
                choices.append(implied.get(w, set()))
        if not 0 < prod(map(len, choices)) <= most:
            return []
        found = []
        for choice in product(*choices):
            image = frozenset(choice) - {-s}
            if not 1 < len(image) <= WIDEST or s in image or any(-v in image for v in image):
                continue
            if image not in self.images[s]:
                self.images[s].add(image)
                found.append(image)
        return found
