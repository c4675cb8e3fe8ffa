"""``TruthTable``: any relation of up to 12 bits, as its multilinear potential."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from odesolve.potentials.clauses import CellValues, Clauses, Data, Potential, Spare, as_scopes
from odesolve.potentials.domains import Box, Domain, unit_cells
from odesolve.potentials.pytrees import pytree
from odesolve.potentials.relations.fourier import MAXIMUM_ARITY, truth_table_from_predicate


@pytree
@dataclass(frozen=True, eq=False)
class TruthTable(Clauses):
    """The bits of each scope satisfy a relation (article, "Potentials": the Fourier expansion).

    V is the multilinear interpolation of the negated table: 0 on the satisfying corners, 1 on
    the others. ``violated`` holds the distinct relations as numbers (1 = row not allowed, first
    variable = most significant bit), ``relation[m]`` says which one clause m uses.

    The interpolation is folded one variable at a time, which is the expansion evaluated in a
    nested form: 2^arity multiplications a clause, without the cancellation that summing signed
    monomials suffers.

    Attributes:
        scopes: variables from 0, ``[clauses, arity]``.
        violated: 1 for a row that is not allowed, ``[relations, 2**arity]``.
        relation: ``[clauses]``.

    Raises:
        ValueError: from ``from_table`` and ``from_predicate``, which make the clauses.

    Example:
        The columns are two assignments of three bits; the first one violates the clause.

        >>> import numpy as np
        >>> import odesolve as ode
        >>> clauses = ode.TruthTable.from_predicate([[0, 1, 2]], lambda a, b, c: c == (a & b))
        >>> system = ode.compile_system([(ode.Box(), 3)], [clauses])
        >>> system.violated(np.array([[0, 1], [1, 1], [1, 1]])).tolist()
        [[1, 0]]
    """

    family: ClassVar[str] = "TruthTable"

    scopes: Int[Data, "clauses arity"]
    violated: Float[Data, "relations rows"]
    relation: Int[Data, " clauses"]

    @classmethod
    def from_table(cls, scopes: Any, allowed: Any) -> Self:
        """Clauses that share one relation: ``allowed`` has a true entry for each satisfying row.

        Arguments:
            scopes: variables, ``[clauses, arity]``.
            allowed: ``[2**arity]`` booleans, first variable = most significant bit.

        Raises:
            ValueError: if the sizes do not agree or the arity exceeds 12.
        """
        scopes = as_scopes(scopes, cls.family)
        table = np.asarray(allowed, bool).ravel()
        arity = scopes.shape[1]
        if arity > MAXIMUM_ARITY:
            raise ValueError(f"TruthTable: at most {MAXIMUM_ARITY} variables, got {arity}")
        if table.size != 2**arity:
            raise ValueError(
                f"TruthTable: {arity} variables need {2**arity} rows, got {table.size}"
            )
        violated = (~table).astype(np.float32)[None, :]
        return cls(scopes, violated, np.zeros(len(scopes), np.int32))

    @classmethod
    def from_predicate(cls, scopes: Any, predicate: Callable[..., object]) -> Self:
        """Clauses that share the relation of a Python predicate of ints 0 or 1."""
        scopes = as_scopes(scopes, cls.family)
        return cls.from_table(scopes, truth_table_from_predicate(predicate, scopes.shape[1]))

    @classmethod
    def merged(cls, batches: Sequence[Self]) -> Self:
        """One batch; equal relations are stored once."""
        tables = np.concatenate([np.asarray(batch.violated) for batch in batches])
        offsets = np.cumsum([0, *(len(batch.violated) for batch in batches[:-1])])
        relation = np.concatenate(
            [
                np.asarray(batch.relation) + offset
                for batch, offset in zip(batches, offsets, strict=True)
            ]
        )
        distinct, position = np.unique(tables, axis=0, return_inverse=True)
        scopes = np.concatenate([np.asarray(batch.scopes) for batch in batches])
        return cls(scopes, distinct, position.reshape(-1)[relation].astype(np.int32))

    def take(self, rows: Int[np.ndarray, " n"]) -> Self:
        relation = np.asarray(self.relation)[rows]
        return type(self)(np.asarray(self.scopes)[rows], self.violated, relation)

    def scratch_floats(self) -> int:
        return 2 ** int(self.scopes.shape[1])

    def validate(self, domains: tuple[Domain, ...]) -> None:
        if not all(isinstance(domain, Box) for domain in domains):
            raise ValueError(f"TruthTable works on Box variables, got {domains}")

    def idle(self, domains: tuple[Domain, ...], spare: Spare) -> Self | None:
        relations, rows = np.nonzero(np.asarray(self.violated) == 0)
        if not len(rows):
            return None
        arity = len(domains)
        bits = [int(rows[0]) >> (arity - 1 - i) & 1 for i in range(arity)]
        row = [spare(domain, bit) for domain, bit in zip(domains, bits, strict=True)]
        relation: Any = relations[:1].astype(np.int32)
        return replace(self, scopes=np.array(row, np.int32).reshape(1, arity), relation=relation)

    def value(self, x: CellValues, domains: tuple[Domain, ...]) -> Potential:
        unit = unit_cells(x, domains)
        arity = x.shape[1]
        # One shared relation needs no gather: the table broadcasts over the clauses.
        tables = self.violated if self.violated.shape[0] == 1 else self.violated[self.relation]
        folded = jnp.asarray(tables)[:, :, None]
        for i in range(arity):
            half = folded.shape[1] // 2
            low, high = folded[:, :half], folded[:, half:]
            folded = low + (high - low) * unit[:, i : i + 1]
        return folded[:, 0] if arity else jnp.broadcast_to(folded[:, 0], (len(self), x.shape[2]))

    def satisfied(self, values: Int[Array, "clauses arity runs"]) -> Bool[Array, "clauses runs"]:
        arity = values.shape[1]
        weights = (1 << jnp.arange(arity - 1, -1, -1, dtype=jnp.int32))[None, :, None]
        row = (values * weights).sum(axis=1, dtype=jnp.int32)
        return self.violated[self.relation[:, None], row] == 0
