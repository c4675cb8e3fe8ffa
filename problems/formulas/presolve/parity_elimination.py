"""Gaussian elimination over GF(2), on rows of bits packed into 64-bit words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int, UInt64

from odesolve.budget import UNLIMITED, Budget
from odesolve.problems.formulas.formula import LiteralRows

__all__ = ["Eliminated", "Inconsistent", "eliminated"]

#: Matrices beyond this many words are not built.
WORD_LIMIT = 2**25

#: Columns handled in one pass over the matrix; a divisor of 64 that fits a byte.
BLOCK = 8


class Inconsistent(Exception):
    """The parities contradict one another.

    Arguments:
        row: one that does not agree with the others.
    """

    def __init__(self, row: int) -> None:
        self.row = row
        super().__init__(row)


@dataclass(frozen=True, eq=False)
class Eliminated:
    """Parities in reduced row echelon form: pivot = parity of the row's other variables + odd.

    Attributes:
        variables: the variable of each column, ascending.
        pivots: column of each row's pivot.
        bits: packed rows without their pivots, ``[rank, words]``.
        odd: whether the row's variables, the pivot included, sum to an odd number.
    """

    variables: Int[np.ndarray, " columns"]
    pivots: Int[np.ndarray, " rank"]
    bits: UInt64[np.ndarray, "rank words"]
    odd: Bool[np.ndarray, " rank"]

    def take(self, rows: Bool[np.ndarray, " rank"]) -> Eliminated:
        """These rows only."""
        return Eliminated(self.variables, self.pivots[rows], self.bits[rows], self.odd[rows])

    def others(self) -> LiteralRows:
        """The variables besides the pivot, row by row."""
        unpacked = _unpacked(self.bits, len(self.variables))
        column = np.nonzero(unpacked)[1]
        starts = np.concatenate([[0], np.cumsum(unpacked.sum(axis=1, dtype=np.int64))])
        return LiteralRows(self.variables[column].astype(np.int32), starts)

    def units(self) -> Int[np.ndarray, " literals"]:
        """The literals that follow: those rows that are pivots alone."""
        alone = ~self.bits.any(axis=1)
        variables = self.variables[self.pivots[alone]]
        return np.where(self.odd[alone], variables, -variables)

    def equal_literals(self) -> Int[np.ndarray, "pairs 2"]:
        """Pairs of literals that follow to be equal; all such pairs follow from these."""
        sizes = np.bitwise_count(self.bits).sum(axis=1)
        # A pivot and one other variable.
        single = np.flatnonzero(sizes == 1)
        column = np.nonzero(_unpacked(self.bits[single], len(self.variables)))[1]
        first = _signed(self.variables[self.pivots[single]], self.odd[single])
        pairs = [np.stack([first, self.variables[column]], axis=1)]
        # Two pivots whose rows have the same other variables.
        several = np.flatnonzero(sizes > 1)
        rows = np.ascontiguousarray(self.bits[several])
        whole = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))).ravel()
        _, begins, member = np.unique(whole, return_index=True, return_inverse=True)
        leader = several[begins[member.ravel()]]
        apart = leader != several
        left, right = leader[apart], several[apart]
        second = _signed(self.variables[self.pivots[right]], self.odd[left] ^ self.odd[right])
        pairs.append(np.stack([self.variables[self.pivots[left]], second], axis=1))
        return np.concatenate(pairs).astype(np.int64)


def _signed(variables: np.ndarray, negated: np.ndarray) -> np.ndarray:
    return np.where(negated, -variables, variables)


def eliminated(
    rows: LiteralRows, odd: Bool[np.ndarray, " rows"], budget: Budget = UNLIMITED
) -> Eliminated | None:
    """Solve parities for as many variables as there are independent rows.

    Arguments:
        rows: variables, each at most once in a row.
        odd: whether an odd number of the row's variables is true.

    Returns:
        None if the matrix would be too large, or time is up.

    Raises:
        Inconsistent: if there is no solution.
    """
    variables, column = np.unique(rows.literals, return_inverse=True)
    words = len(variables) // 64 + 1
    if len(rows) * words > WORD_LIMIT:
        return None
    matrix = np.zeros((len(rows), words), np.uint64)
    _set_bits(matrix, rows.row_numbers, column)
    last = np.full(len(rows), len(variables))
    _set_bits(matrix, np.flatnonzero(odd), last[odd])
    found = _reduced(matrix, len(variables), budget)
    if found is None:
        return None
    pivot_rows, pivots = found
    right = _bit(matrix, len(variables))
    rest = np.ones(len(rows), bool)
    rest[pivot_rows] = False
    if (rest & right).any():
        raise Inconsistent(int(np.argmax(rest & right)))
    bits = matrix[pivot_rows]
    _clear_bits(bits, np.arange(len(bits)), pivots)
    _clear_bits(bits, np.arange(len(bits)), np.full(len(bits), len(variables)))
    return Eliminated(variables.astype(np.int64), pivots, bits, right[pivot_rows])


def _reduced(
    matrix: UInt64[np.ndarray, "rows words"], columns: int, budget: Budget
) -> tuple[np.ndarray, np.ndarray] | None:
    """Reduce in place, some columns at a time ("four Russians": Arlazarov et al. 1970).

    Returns:
        The rows that hold pivots, and the columns of these.
    """
    available = np.ones(len(matrix), bool)
    rows: list[int] = []
    pivots: list[int] = []
    for start in range(0, columns, BLOCK):
        if budget.is_over():
            return None
        if len(rows) == len(matrix):
            break
        word, shift = divmod(start, 64)
        # All rows that can still become pivots are zero left of the block.
        window = matrix[:, word:]
        local = ((window[:, 0] >> np.uint64(shift)) & np.uint64(2**BLOCK - 1)).astype(np.uint8)
        chosen, bits, sums = _block_pivots(local, min(BLOCK, columns - start), available)
        if chosen:
            window ^= _combinations(window[chosen])[sums]
            rows += chosen
            pivots += [start + bit for bit in bits]
    return np.array(rows, np.int64), np.array(pivots, np.int64)


def _block_pivots(
    local: np.ndarray, width: int, available: Bool[np.ndarray, " rows"]
) -> tuple[list[int], list[int], np.ndarray]:
    """Choose pivots for the columns of one block, looking at that block alone.

    Returns:
        The pivot rows, their bits, and for every row which of the pivot rows, as they were, have
        to be added to it.
    """
    chosen: list[int] = []
    bits: list[int] = []
    sums = np.zeros(len(local), np.uint8)
    for bit in range(width):
        has = (local >> bit) & 1 == 1
        candidates = has & available
        row = int(np.argmax(candidates))
        if not candidates[row]:
            continue
        has[row] = False
        local[has] ^= local[row]
        sums[has] ^= sums[row] ^ np.uint8(1 << len(chosen))
        available[row] = False
        chosen.append(row)
        bits.append(bit)
    return chosen, bits, sums


def _combinations(rows: UInt64[np.ndarray, "k words"]) -> UInt64[np.ndarray, "sets words"]:
    """The sum of every subset of some rows, the subset's bits being its number."""
    table = np.zeros((1 << len(rows), rows.shape[1]), np.uint64)
    for i, row in enumerate(rows):
        table[1 << i : 2 << i] = table[: 1 << i] ^ row
    return table


def _set_bits(matrix: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> None:
    masks = np.uint64(1) << (columns % 64).astype(np.uint64)
    np.bitwise_or.at(matrix, (rows, columns // 64), masks)


def _clear_bits(matrix: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> None:
    """One bit a row."""
    masks = np.uint64(1) << (columns % 64).astype(np.uint64)
    matrix[rows, columns // 64] &= ~masks


def _bit(matrix: np.ndarray, column: int) -> Bool[np.ndarray, " rows"]:
    return (matrix[:, column // 64] >> np.uint64(column % 64)) & np.uint64(1) == 1


def _unpacked(bits: np.ndarray, columns: int) -> np.ndarray:
    """One byte a bit, ``[rows, columns]``."""
    # Bytes of a word stand lowest first only where the machine is little-endian.
    little = np.ascontiguousarray(bits.astype("<u8")).view(np.uint8)
    return np.unpackbits(little, axis=1, bitorder="little", count=columns)
