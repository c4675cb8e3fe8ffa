"""Where each variable's cells stand in the state vector."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from odesolve.potentials.domains import Domain

#: Cells are numbered with 32-bit integers.
CELL_LIMIT = 2**31 - 1


@dataclass(frozen=True)
class BlockOfVariables:
    """A run of equal variables: variables and cells are both consecutive."""

    domain: Domain
    count: int
    first_variable: int
    first_cell: int

    @property
    def cells(self) -> slice:
        return slice(self.first_cell, self.first_cell + self.count * self.domain.width)


@dataclass(frozen=True)
class Layout:
    """The blocks of a system, in the order in which its variables are numbered."""

    blocks: tuple[BlockOfVariables, ...]

    @classmethod
    def of(cls, domains: Sequence[tuple[Domain, int]]) -> Layout:
        """A layout from ``(domain, count)`` pairs; neighbours with equal domains are joined.

        Raises:
            ValueError: if a count is negative.
        """
        blocks: list[BlockOfVariables] = []
        variable = cell = 0
        for domain, count in domains:
            if count < 0:
                raise ValueError(f"a system cannot have {count} variables of {domain}")
            if count == 0:
                continue
            if blocks and blocks[-1].domain == domain:
                last = blocks.pop()
                blocks.append(
                    BlockOfVariables(
                        domain, last.count + count, last.first_variable, last.first_cell
                    )
                )
            else:
                blocks.append(BlockOfVariables(domain, count, variable, cell))
            variable += count
            cell += count * domain.width
        if cell > CELL_LIMIT:
            raise ValueError(f"a system has at most {CELL_LIMIT} cells, this one needs {cell}")
        return cls(tuple(blocks))

    @property
    def variable_count(self) -> int:
        return sum(block.count for block in self.blocks)

    @property
    def cell_count(self) -> int:
        return sum(block.count * block.domain.width for block in self.blocks)

    def block_of(self, variables: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
        """The index of the block that holds each variable."""
        starts = [block.first_variable for block in self.blocks]
        return np.searchsorted(starts, variables, side="right") - 1

    def cells_of(
        self, scopes: Int[np.ndarray, "clauses arity"]
    ) -> Int[np.ndarray, "clauses width"]:
        """The cells of each scope's variables, one after the other.

        Every row must name variables of the same domains in the same order.
        """
        columns = []
        for i in range(scopes.shape[1]):
            column = scopes[:, i]
            block = self.block_of(column)
            width = self.blocks[int(block[0])].domain.width
            first_variable = np.array([b.first_variable for b in self.blocks])[block]
            first_cell = np.array([b.first_cell for b in self.blocks])[block]
            first = first_cell + (column - first_variable) * width
            columns.append(first[:, None] + np.arange(width))
        if not columns:
            return np.zeros((len(scopes), 0), np.int32)
        return np.concatenate(columns, axis=1).astype(np.int32)
