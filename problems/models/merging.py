"""Variables that are equal but for a sign and an offset are one: ``x = y + 3``, ``x = 7 - y``.

A row of two terms says so. All others then stand over one of the two, the root; without that, a
model that names the diagonals of its queens has to bring three variables to agree for each queen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from odesolve.problems.models.presolve import Contradiction
from odesolve.problems.models.rows.kinds import Row, SumRow
from odesolve.problems.models.rows.store import Empty, Store

__all__ = ["Alias", "merged"]


@dataclass(frozen=True)
class Alias:
    """A variable as ``sign * root + offset``; the sign is 1 or -1."""

    root: int
    sign: int
    offset: int

    def value(self, of_root: int) -> int:
        """The variable's value where the root has one."""
        return self.sign * of_root + self.offset

    def of_root(self, value: int) -> int:
        """The root's value where the variable has one."""
        return self.sign * (value - self.offset)

    def after(self, inner: Alias) -> Alias:
        """The variable over another root, of which the present one is an alias."""
        return Alias(inner.root, self.sign * inner.sign, self.value(inner.offset))


def merged(store: Store, rows: Sequence[Row]) -> tuple[list[Row], dict[int, Alias]]:
    """The rows that are left, and the aliases of the others; both still name all variables.

    The domains of an alias and its root say the same afterwards.

    Raises:
        Contradiction: if no value is left to both.
    """
    aliases: dict[int, Alias] = {}

    def resolved(variable: int) -> Alias:
        alias = aliases.get(variable)
        if alias is None:
            return Alias(variable, 1, 0)
        if alias.root in aliases:
            alias = aliases[variable] = alias.after(resolved(alias.root))
        return alias

    left: list[Row] = []
    origins: dict[int, int] = {}
    for row in rows:
        found = _equality(store, row)
        if found is None:
            left.append(row)
            continue
        variable, alias = found
        own, other = resolved(variable), alias.after(resolved(alias.root))
        if own.root == other.root:
            left.append(row)
            continue
        # own.value(root) = other.value(other root), solved for the root.
        solved = Alias(other.root, own.sign * other.sign, own.of_root(other.offset))
        aliases[own.root], origins[own.root] = solved, row.origin
    aliases = {variable: resolved(variable) for variable in aliases}
    for _ in range(2):  # what one alias takes from the root, the others lose as well
        for variable, alias in aliases.items():
            try:
                values = [alias.of_root(value) for value in store.values(variable)]
                store.keep(alias.root, values)
                store.keep(variable, [alias.value(value) for value in store.values(alias.root)])
            except Empty:
                raise Contradiction(origins[variable]) from None
    return left, aliases


def _equality(store: Store, row: Row) -> tuple[int, Alias] | None:
    """A variable and what it is of another one, if that is all that a row says."""
    if not isinstance(row, SumRow) or row.guards or row.comparison != "==":
        return None
    bound, opened = row.bound, []
    for place, (variable, number) in enumerate(zip(row.terms, row.numbers, strict=True)):
        if store.is_fixed(variable):
            bound -= row.span(store, place)[0]
        elif number in (1, -1) and store.is_listed(variable):
            opened.append((variable, number))
        else:
            return None
    if len(opened) != 2:
        return None
    (variable, number), (other, factor) = opened
    assert isinstance(number, int)
    assert isinstance(factor, int)
    return variable, Alias(other, -number * factor, number * bound)
