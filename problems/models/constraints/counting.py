"""How often values are taken, and how much of a resource is in use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from odesolve.problems.models.constraints.base import (
    Constraint,
    Operand,
    integers,
    operand,
    operands,
)


@dataclass(frozen=True)
class AllDifferent(Constraint):
    """No two terms are equal, unless their value is among the exceptions.

    Example:
        >>> import odesolve as ode
        >>> ode.constraints.AllDifferent([0, 0, 3], exceptions=[0]).holds([0, 0, 3])
        True
    """

    terms: Sequence[Operand]
    exceptions: Iterable[int] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", operands(self.terms, "AllDifferent"))
        exceptions = frozenset(integers(self.exceptions, "AllDifferent"))
        object.__setattr__(self, "exceptions", exceptions)

    @property
    def operands(self) -> tuple[Operand, ...]:
        return tuple(self.terms)

    def holds(self, values: Sequence[int]) -> bool:
        counted = [value for value in values if value not in frozenset(self.exceptions)]
        return len(set(counted)) == len(counted)

    def with_operands(self, operands: Sequence[Operand]) -> AllDifferent:
        return AllDifferent(tuple(operands), self.exceptions)


@dataclass(frozen=True)
class AllEqual(Constraint):
    """All terms have one value."""

    terms: Sequence[Operand]

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", operands(self.terms, "AllEqual"))

    @property
    def operands(self) -> tuple[Operand, ...]:
        return tuple(self.terms)

    def holds(self, values: Sequence[int]) -> bool:
        return len(set(values)) <= 1

    def with_operands(self, operands: Sequence[Operand]) -> AllEqual:
        return AllEqual(tuple(operands))


@dataclass(frozen=True)
class Cardinality(Constraint):
    """Each of some values is taken by a number of terms (global cardinality).

    Attributes:
        terms: the operands that are counted.
        values: distinct integers.
        counts: for each value an operand, the number of terms that have it.
        closed: whether the terms take no other values.

    Raises:
        ValueError: if a value is repeated, or values and counts differ in number.

    Example:
        >>> import odesolve as ode
        >>> ode.constraints.Cardinality([1, 1, 2], [1, 2], [2, 1]).holds([1, 1, 2, 2, 1])
        True
    """

    terms: Sequence[Operand]
    values: Sequence[int]
    counts: Sequence[Operand]
    closed: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", operands(self.terms, "Cardinality"))
        object.__setattr__(self, "values", integers(self.values, "Cardinality"))
        object.__setattr__(self, "counts", operands(self.counts, "Cardinality"))
        object.__setattr__(self, "closed", bool(self.closed))
        if len(set(self.values)) < len(self.values):
            raise ValueError(f"Cardinality: values {list(self.values)}; expected each once")
        if len(self.values) != len(self.counts):
            raise ValueError(
                f"Cardinality: {len(self.counts)} counts for {len(self.values)} values"
            )

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (*self.terms, *self.counts)

    def holds(self, values: Sequence[int]) -> bool:
        terms, counts = values[: len(self.terms)], values[len(self.terms) :]
        found = Counter(terms)
        if self.closed and not found.keys() <= set(self.values):
            return False
        return all(found[v] == n for v, n in zip(self.values, counts, strict=True))

    def with_operands(self, operands: Sequence[Operand]) -> Cardinality:
        count = len(self.terms)
        return Cardinality(
            tuple(operands[:count]), self.values, tuple(operands[count:]), self.closed
        )


@dataclass(frozen=True)
class Cumulative(Constraint):
    """At no time do the tasks that run demand more than the capacity.

    Task i runs at the times ``start <= t < start + duration``.

    Attributes:
        starts, durations, demands: an operand each for every task; durations and demands must
            not be negative.
        capacity: an operand; if it is negative, no task may run.

    Raises:
        ValueError: if their numbers differ.
    """

    starts: Sequence[Operand]
    durations: Sequence[Operand]
    demands: Sequence[Operand]
    capacity: Operand

    def __post_init__(self) -> None:
        for name in ("starts", "durations", "demands"):
            object.__setattr__(self, name, operands(getattr(self, name), "Cumulative"))
        object.__setattr__(self, "capacity", operand(self.capacity, "Cumulative"))
        if not len(self.starts) == len(self.durations) == len(self.demands):
            raise ValueError(
                f"Cumulative: {len(self.starts)} starts, {len(self.durations)} durations, "
                f"{len(self.demands)} demands; expected as many"
            )

    @property
    def operands(self) -> tuple[Operand, ...]:
        return (*self.starts, *self.durations, *self.demands, self.capacity)

    def holds(self, values: Sequence[int]) -> bool:
        n = len(self.starts)
        tasks = list(zip(values[:n], values[n : 2 * n], values[2 * n : 3 * n], strict=True))
        if any(duration < 0 or demand < 0 for _, duration, demand in tasks):
            return False
        # The use only rises where a task starts.
        return all(
            sum(h for s, d, h in tasks if s <= time < s + d) <= values[-1]
            for time, duration, _ in tasks
            if duration > 0
        )

    def with_operands(self, operands: Sequence[Operand]) -> Cumulative:
        n, given = len(self.starts), tuple(operands)
        return Cumulative(given[:n], given[n : 2 * n], given[2 * n : 3 * n], given[-1])
