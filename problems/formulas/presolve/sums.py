"""What follows from weighted sums: smaller coefficients, and literals that a row fixes.

A row is made as small as it can be without losing or winning a solution: coefficients beyond what
the bound can ask for are cut to it (saturation), and a common factor is divided out. An exact row
says more: it holds modulo every number, and few choices of its literals may give its bound.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from jaxtyping import Bool, Int

from odesolve.problems.formulas.formula import AT_LEAST, AT_MOST, EXACTLY
from odesolve.problems.formulas.normal_form import as_small
from odesolve.problems.formulas.presolve.rows import (
    CountRows,
    RowContradiction,
    SumRows,
    positions_of,
)

__all__ = ["choices_of_exact_rows", "counted", "forced_by_moduli", "met_from_both_sides", "tidied"]

#: Rows among which those are looked for that bound one sum from both sides.
PAIRED_ROWS = 10_000

#: Literals of an exact row that is looked at modulo the common factors of all but one.
MODULUS_WIDTH = 64

#: Literals of an exact row whose choices are searched from its two halves, of 2^20 sums each ...
CHOICE_WIDTH = 40
#: ... how many sums may be formed in one call, and how many choices tell something.
SUMS_PER_CALL = 2**22
CHOICES_AT_MOST = 2**12


def tidied(sums: SumRows) -> SumRows:
    """Saturated rows without common factors; each bound is positive and can be reached.

    Raises:
        RowContradiction: if an exact row's bound is no multiple of a factor that its coefficients
            have in common.
    """
    if not len(sums):
        return sums
    exact, most = sums.comparisons == EXACTLY, sums.comparisons == AT_MOST
    totals = sums.totals
    # "At most b" asks for T - b of the negations: these are what a coefficient may exceed.
    asked = np.where(most, totals - sums.bounds, sums.bounds)
    limit = np.where(exact, totals, asked)[sums.rows.row_numbers]
    numbers = np.minimum(sums.coefficients, limit)
    totals = sums.rows.reduced(np.add, numbers)
    bounds = np.where(most, totals - asked, sums.bounds)
    factor = np.gcd.reduceat(numbers, sums.rows.starts[:-1])
    remainder = bounds % factor
    impossible = (exact & (remainder != 0)).astype(bool)
    if impossible.any():
        row = int(np.argmax(impossible))
        why = f"cannot be satisfied: its coefficients are multiples of {factor[row]}"
        raise RowContradiction(int(sums.origin[row]), f"{why}, its sum {bounds[row]} is not")
    rounded_up = (sums.comparisons == AT_LEAST) & (remainder != 0)
    bounds = bounds // factor + np.where(rounded_up, 1, 0)
    numbers, bounds = as_small(numbers // factor[sums.rows.row_numbers], bounds)
    return SumRows(sums.rows, numbers, sums.comparisons, bounds, sums.origin)


def counted(sums: SumRows) -> tuple[SumRows, CountRows]:
    """The rows whose coefficients differ, and the others as rows that count."""
    alike = (sums.totals == sums.rows.lengths).astype(bool)
    own = sums.take(np.flatnonzero(alike))
    bounds = own.bounds.astype(np.int64)
    counts = CountRows(
        own.rows,
        np.where(own.comparisons == AT_MOST, 0, bounds),
        np.where(own.comparisons == AT_LEAST, own.rows.lengths, bounds),
        own.origin,
    )
    return sums.take(np.flatnonzero(~alike)), counts


def met_from_both_sides(sums: SumRows) -> SumRows:
    """Two rows that bound one sum from below and above by the same number become an exact row.

    Arguments:
        sums: rows in order, as a replacement leaves them.

    Raises:
        RowContradiction: if the least sum is more than the greatest.
    """
    rows = np.flatnonzero(sums.comparisons != EXACTLY)
    if not 1 < len(rows) <= PAIRED_ROWS:
        return sums
    totals = sums.totals
    sides: dict[tuple[bytes, tuple[int, ...]], dict[int, tuple[int, int]]] = {}
    exact = sums.comparisons == EXACTLY
    dropped = np.zeros(len(sums), bool)
    for row in rows.tolist():
        literals, numbers = sums.rows.row(row), sums.coefficients[_literals_of(sums, row)]
        side, bound = int(sums.comparisons[row]), int(sums.bounds[row])
        if literals[0] < 0:  # "at least b" is "at most T - b" of the negations
            literals, side, bound = -literals, -side, int(totals[row]) - bound
        own = sides.setdefault((literals.tobytes(), tuple(numbers.tolist())), {})
        own[side] = max(own.get(side, (bound, row)), (bound, row), key=lambda b: side * b[0])
        if len(own) < 2 or own[AT_LEAST][0] < own[AT_MOST][0]:
            continue
        if own[AT_LEAST][0] > own[AT_MOST][0]:
            raise RowContradiction(int(sums.origin[row]), "contradicts another on the same sum")
        exact[own[AT_LEAST][1]], dropped[own[AT_MOST][1]] = True, True
    comparisons = np.where(exact, EXACTLY, sums.comparisons).astype(np.int8)
    found = SumRows(sums.rows, sums.coefficients, comparisons, sums.bounds, sums.origin)
    return found.take(np.flatnonzero(~dropped)) if dropped.any() else sums


def _literals_of(sums: SumRows, row: int) -> slice:
    return slice(int(sums.rows.starts[row]), int(sums.rows.starts[row + 1]))


def forced_by_moduli(sums: SumRows) -> Int[np.ndarray, " literals"]:
    """Literals of exact rows that must be true or false modulo the factor of all the others.

    Modulo the greatest common divisor of the other coefficients, an exact row is a statement
    about one literal alone: 3 a + 4 b + 8 c = 8 holds modulo 4, so a is false.

    Raises:
        RowContradiction: if neither will do.
    """
    exact = sums.comparisons == EXACTLY
    lengths = np.where(exact, sums.rows.lengths, 0)
    found = [np.zeros(0, np.int64)]
    for width in np.unique(lengths[(lengths > 1) & (lengths <= MODULUS_WIDTH)]).tolist():
        rows = np.flatnonzero(lengths == width)
        places = positions_of(sums.rows, rows)
        numbers = sums.coefficients[places].reshape(-1, width)
        literals = sums.rows.literals[places].reshape(-1, width).astype(np.int64)
        factor = _factors_of_others(numbers)
        may_be_false = (sums.bounds[rows, None] % factor == 0).astype(bool)
        may_be_true = ((sums.bounds[rows, None] - numbers) % factor == 0).astype(bool)
        impossible = ~(may_be_true | may_be_false).all(axis=1)
        if impossible.any():
            row = rows[np.argmax(impossible)]
            why = "cannot be satisfied, modulo a factor of all its coefficients but one"
            raise RowContradiction(int(sums.origin[row]), why)
        found += [literals[~may_be_false], -literals[~may_be_true]]
    forced = np.unique(np.concatenate(found))
    clash = np.isin(forced, -forced)
    if clash.any():
        variable = abs(int(forced[np.argmax(clash)]))
        row = sums.rows.row_numbers[np.argmax(np.abs(sums.rows.literals) == variable)]
        raise RowContradiction(int(sums.origin[row]), "implies what another one excludes")
    return forced


def _factors_of_others(numbers: np.ndarray) -> np.ndarray:
    """For each coefficient ``[rows, width]``, the common divisor of the others of its row."""
    none = np.zeros_like(numbers[:, :1])
    before = np.concatenate([none, np.gcd.accumulate(numbers, axis=1)[:, :-1]], axis=1)
    after = np.concatenate([none, np.gcd.accumulate(numbers[:, ::-1], axis=1)[:, :-1]], axis=1)
    return np.gcd(before, after[:, ::-1])


def choices_of_exact_rows(sums: SumRows) -> Iterator[tuple[np.ndarray, Bool[np.ndarray, "n w"]]]:
    """Exact rows that few choices of their literals satisfy, each with all of these.

    Only rows are tried of which a random bound would leave few choices: a row of ten-digit
    coefficients and thirty literals, say. The sums of one half of the literals are looked up in
    those of the other, modulo 2^64, and confirmed in integers of any size (Horowitz, Sahni:
    Computing partitions with applications to the knapsack problem, 1974).

    Yields:
        The row's literals and, for every choice, which of them are true.

    Raises:
        RowContradiction: if none satisfies a row.
    """
    left = SUMS_PER_CALL
    for row in np.flatnonzero(sums.comparisons == EXACTLY).tolist():
        begin, end = sums.rows.starts[row : row + 2].tolist()
        width = end - begin
        numbers = [int(number) for number in sums.coefficients[begin:end]]
        expected = width - sum(numbers).bit_length()  # of the choices, the binary logarithm
        if width > CHOICE_WIDTH or expected >= CHOICES_AT_MOST.bit_length():
            continue
        left -= 2 ** (1 + width // 2)
        if left < 0:
            return
        choices = _choices(numbers, int(sums.bounds[row]))
        if choices is None:
            continue
        if not len(choices):
            why = f"cannot be satisfied by any choice of its {width} literals"
            raise RowContradiction(int(sums.origin[row]), why)
        yield sums.rows.row(row).astype(np.int64), choices


def _choices(numbers: list[int], bound: int) -> Bool[np.ndarray, "choices width"] | None:
    """All choices of numbers whose sum is the bound; None if they are too many."""
    half = len(numbers) // 2
    first, second = _subset_sums(numbers[:half]), _subset_sums(numbers[half:])
    order = np.argsort(second, kind="stable")
    wanted = np.uint64(bound % 2**64) - first
    begins = np.searchsorted(second, wanted, "left", sorter=order)
    counts = np.searchsorted(second, wanted, "right", sorter=order) - begins
    total = int(counts.sum())
    if total > CHOICES_AT_MOST:
        return None
    owner = np.repeat(np.arange(len(first)), counts)
    within = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    masks = owner | order[begins[owner] + within] << half
    true = (masks[:, None] >> np.arange(len(numbers)) & 1).astype(bool)
    exact = [sum(n for n, own in zip(numbers, row, strict=True) if own) == bound for row in true]
    return true[np.array(exact, bool)]


def _subset_sums(numbers: list[int]) -> np.ndarray:
    """The sums of all choices modulo 2^64; bit i of a sum's place says whether i is chosen."""
    sums = np.zeros(1, np.uint64)
    for number in numbers:
        sums = np.concatenate([sums, sums + np.uint64(number % 2**64)])
    return sums
