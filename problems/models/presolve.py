"""Presolve of models: values that are in no solution are taken away until nothing changes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

from odesolve.budget import UNLIMITED, Budget
from odesolve.problems.models.rows.kinds import ClauseRow, Row, TableRow
from odesolve.problems.models.rows.store import Empty, Store

__all__ = ["Contradiction", "narrowed"]

#: A row is looked at so often, no more: two comparisons of large domains that contradict each other
#: would otherwise lower each other's bounds one by one, without an end in sight.
VISITS = 10_000

#: A domain that loses less than this share of its values creeps; a row may make domains creep so
#: often, then its further steps wake no other row.
CREEPING_SHARE, CREEPS = 1e-6, 100


class Contradiction(Exception):
    """A row has no solution, whatever the others say.

    Attributes:
        origin: number of the model's constraint from which the row comes; -1 for the objective.
    """

    def __init__(self, origin: int) -> None:
        super().__init__(origin)
        self.origin = origin


def narrowed(store: Store, rows: Sequence[Row], budget: Budget = UNLIMITED) -> list[Row]:
    """Narrow the domains by every row to a fixed point; the rows that still say something.

    Each comes back behind those guards that are still open. When the time is up, what was taken
    away till then is right, and the rest is left.

    Raises:
        Contradiction: if a row cannot hold.
    """
    work: list[Row | None] = list(rows)
    of_variable: dict[int, list[int]] = {}
    for number, given in enumerate(rows):
        for variable in given.variables:
            of_variable.setdefault(variable, []).append(number)
    waiting, queued = deque(range(len(work))), [True] * len(work)
    store.changed.clear()
    steps, visits = 0, [0] * len(work)
    sizes, creeps = _SizesBefore(store), [0] * len(work)
    while waiting:
        number = waiting.popleft()
        queued[number] = False
        row = work[number]
        if row is None or visits[number] == VISITS:
            continue
        steps += 1
        visits[number] += 1
        if steps % 64 == 0 and budget.is_over():
            break
        try:
            if not row.propagate(store):
                work[number] = None
        except Empty:
            raise Contradiction(row.origin) from None
        if isinstance(row, TableRow) and len(row.tuples) > 64 and work[number] is not None:
            left = row.left(store)
            if 2 * len(left) < len(row.tuples):
                work[number] = replace(row, tuples=tuple(left))
        for variable in store.changed:
            if sizes.creeps(variable):
                creeps[number] += 1
                if creeps[number] > CREEPS:
                    continue
            for other in of_variable.get(variable, ()):
                if not queued[other] and work[other] is not None:
                    queued[other] = True
                    waiting.append(other)
        store.changed.clear()
    return list(_without_repeats(store, [row for row in work if row is not None]))


class _SizesBefore:
    """How many values the variables of large domains had when they were last asked about."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._sizes = {v: store.size(v) for v in range(len(store)) if not store.is_listed(v)}

    def creeps(self, variable: int) -> bool:
        """Whether a domain has lost next to nothing since the last time."""
        before = self._sizes.get(variable)
        if before is None or self._store.is_listed(variable):
            return False
        self._sizes[variable] = now = self._store.size(variable)
        return before - now < CREEPING_SHARE * before


def _without_repeats(store: Store, rows: Iterable[Row]) -> Iterable[Row]:
    seen: set[Row] = set()
    for row in rows:
        kept = replace(row, guards=row.open_guards(store))
        if isinstance(kept, ClauseRow):
            kept = kept.reduced(store)
            # Guards of a clause are literals of it, each denied.
            denied = tuple((variable, value, False) for variable, value in kept.guards)
            kept = replace(kept, guards=(), literals=tuple(sorted({*denied, *kept.literals})))
            same = replace(kept, origin=0)
            if same in seen:
                continue
            seen.add(same)
        yield kept
