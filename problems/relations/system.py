"""From relations over bits to a ``System``: as relations or as clauses, padded to shared shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from odesolve.potentials import Box, Clauses, Or, System, TruthTable, Weighted, compile_system
from odesolve.potentials.goals import Goal
from odesolve.potentials.relations.implicates import Kind, clause_arrays
from odesolve.potentials.relations.relation import Relation
from odesolve.problems.relations.form import Form

#: Clauses are padded to these widths, so that few kernels serve all.
CLAUSE_WIDTHS = (3, 5, 8, 12)


@dataclass(frozen=True)
class Shape:
    """Sizes that several systems share, so that they share one compilation.

    Attributes:
        variables: number of variables, one spare included.
        clauses: width -> number of clauses; every width of ``CLAUSE_WIDTHS`` is there.
    """

    variables: int = 8
    clauses: Mapping[int, int] = field(default_factory=lambda: dict.fromkeys(CLAUSE_WIDTHS, 8))

    def holding(self, variables: int, clauses: Mapping[int, int]) -> Shape:
        """The least rounded shape that holds this one and these sizes."""
        counts = {w: rounded_size(max(clauses.get(w, 0), n)) for w, n in self.clauses.items()}
        return Shape(rounded_size(max(variables + 1, self.variables)), counts)


def system_of(
    relations: Sequence[Relation],
    variable_count: int,
    form: Form,
    *,
    fixed: Mapping[int, int] | None = None,
    check: Callable[[], None] | None = None,
) -> System:
    """Compile relations over variables 0 ... variable_count - 1; ``check`` may end it."""
    batches: list[Clauses | Weighted]
    if form.encoding == "relation":
        batches = [TruthTable.from_table([r.variables], r.allowed) for r in relations]
        return compile_system([(Box(), variable_count)], batches, fixed=fixed)
    by_width = clauses_by_width(relations, form.implicates, check)
    return compile_system([(Box(-1.0, 1.0), variable_count)], by_width.values(), fixed=fixed)


def clauses_by_width(
    relations: Sequence[Relation], kind: Kind, check: Callable[[], None] | None = None
) -> dict[int, Or]:
    """The clauses of relations, joined by their padded widths."""
    parts: dict[int, list[Or]] = {}
    for literals in clause_arrays(relations, kind, check):
        width = next(w for w in CLAUSE_WIDTHS if w >= literals.shape[1])
        batch = Or(np.abs(literals) - 1, np.sign(literals))
        parts.setdefault(width, []).append(batch.padded(width))
    return {width: Or.merged(batches) for width, batches in sorted(parts.items())}


def weighted_system(
    classes: Sequence[tuple[Sequence[Relation], float]],
    variable_count: int,
    *,
    length_exponent: float,
    mobility: Mapping[int, float],
    goal: Goal,
    least: Shape,
    fixed: Mapping[int, int],
    kind: Kind = "prime",
) -> tuple[System, Shape]:
    """Compile classes of relations with a weight each, padded to a shape.

    A clause of k literals is weighted by its class's weight times (k / 3) ** length_exponent.

    Returns:
        The system, and its shape: at least ``least``, more where that does not hold it.
    """
    by_width = [(clauses_by_width(relations, kind), weight) for relations, weight in classes]
    counts = {w: sum(len(own[w]) for own, _ in by_width if w in own) for w in CLAUSE_WIDTHS}
    shape = least.holding(variable_count, counts)
    spare = shape.variables - 1
    batches: list[Weighted] = []
    for width in CLAUSE_WIDTHS:
        is_least = shape.clauses[width] == rounded_size(0)
        if width == CLAUSE_WIDTHS[-1] and is_least and not counts[width]:
            continue  # so wide they are rare, and a kernel for none is compiled for nothing
        for own, weight in by_width:
            if width in own:
                lengths = np.abs(np.asarray(own[width].signs)).sum(axis=1)
                batches.append(Weighted(own[width], weight * (lengths / 3) ** length_exponent))
        batches.append(
            Weighted(idle_clauses(shape.clauses[width] - counts[width], width, spare), 1)
        )
    domains = [(Box(-1.0, 1.0), shape.variables)]
    # Held still: so many clauses would make the spare variable the fastest cell, and an adaptive
    # step is as short as the fastest cell demands.
    held = {**fixed, spare: 1}
    system = compile_system(domains, batches, fixed=held, mobility=mobility, goal=goal)
    return system, shape


def idle_clauses(count: int, width: int, spare: int) -> Or:
    """Padding: clauses on the spare variable alone that always hold (it or its negation)."""
    signs = np.zeros((count, width), np.float32)
    signs[:, 0], signs[:, 1] = 1.0, -1.0
    return Or(np.full((count, width), spare), signs)


def rounded_size(number: int) -> int:
    """The least of 8, 12, 16, 24, 32, 48, ... that is not below the number."""
    size = 8
    while size < number:
        size += size // 2 if size & (size - 1) == 0 else size // 3
    return size
