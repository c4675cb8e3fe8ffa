"""Multiplication as adder cells: three circuits of the same product p q.

All take the bits of both factors, least significant first, in any widths from 1, and return
``len(p) + len(q)`` bits. With the factors known, presolve alone evaluates them; with the product
known, they factor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from odesolve.problems.relations.circuit import Circuit, Term

Multiplier = Callable[[Circuit, Sequence[int], Sequence[int]], list[int]]


def array_multiplier(circuit: Circuit, p: Sequence[int], q: Sequence[int]) -> list[int]:
    """Long multiplication with the and-gates inside the adder cells.

    Row i adds p_i q to the sum so far; its cells have (p_i, q_j, sum in, carry in, sum out,
    carry out), and the first row takes two products (article, section "Prime factorization").
    """
    _check(p, q)
    total: list[Term] = [(p[0], bit) for bit in q]
    product: list[int] = []
    for i in range(1, len(p)):
        product.append(circuit.single(total[0], f"product bit {i - 1}"))
        row: list[Term] = []
        carry: list[int] = []
        for j, bit in enumerate(q):
            terms: list[Term] = [(p[i], bit), *total[j + 1 : j + 2], *carry]
            output, carry = _cell(circuit, terms, f"cell ({i}, {j})")
            row.append(output)
        total = [*row, *carry]
    return _completed(circuit, product, total, len(p) + len(q))


def carry_save_multiplier(circuit: Circuit, p: Sequence[int], q: Sequence[int]) -> list[int]:
    """Long multiplication whose carries go down to the next row instead of along the row.

    A last row of adders lets the carries that are left ripple.
    """
    _check(p, q)
    total: list[Term] = [(p[0], bit) for bit in q]
    carries: list[list[int]] = [[] for _ in q]
    product: list[int] = []
    for i in range(1, len(p)):
        product.append(circuit.single(total[0], f"product bit {i - 1}"))
        row: list[Term] = []
        for j, bit in enumerate(q):
            terms: list[Term] = [(p[i], bit), *total[j + 1 : j + 2], *carries[j]]
            output, carries[j] = _cell(circuit, terms, f"cell ({i}, {j})")
            row.append(output)
        total = row
    product.append(circuit.single(total[0], f"product bit {len(p) - 1}"))
    carry: list[int] = []
    for j in range(len(q)):
        terms = [*total[j + 1 : j + 2], *carries[j], *carry]
        if terms:
            output, carry = _cell(circuit, terms, f"last row at bit {len(p) + j}")
            product.append(circuit.single(output, f"product bit {len(p) + j}"))
    return _completed(circuit, product, [], len(p) + len(q))


def dadda_multiplier(circuit: Circuit, p: Sequence[int], q: Sequence[int]) -> list[int]:
    """And-gates apart, columns reduced to height 2 as late as possible, then a ripple adder.

    Dadda, Some schemes for parallel multipliers, Alta Frequenza 34 (1965).
    """
    _check(p, q)
    columns: list[list[int]] = [[] for _ in range(len(p) + len(q))]
    for i, first in enumerate(p):
        for j, second in enumerate(q):
            columns[i + j] += circuit.sum_of([(first, second)], f"and-gate ({i}, {j})")
    for height in _dadda_heights(min(len(p), len(q))):
        for weight, column in enumerate(columns):
            while len(column) > height:
                # A half adder where one bit is too many, else a full adder.
                count = 2 if len(column) == height + 1 else 3
                output, carry = circuit.sum_of(
                    [column.pop(0) for _ in range(count)], f"adder in column {weight}"
                )
                column.append(output)
                columns[weight + 1].append(carry)
    product: list[int] = []
    carries: list[int] = []
    for weight, column in enumerate(columns):
        inputs = column + carries
        if len(inputs) > 1:
            output, *carries = circuit.sum_of(inputs, f"last adder at bit {weight}")
            product.append(output)
        else:
            product += inputs
            carries = []
    return _completed(circuit, product, [], len(p) + len(q))


MULTIPLIERS: dict[str, Multiplier] = {
    "array": array_multiplier,
    "carry-save": carry_save_multiplier,
    "dadda": dadda_multiplier,
}


def _check(p: Sequence[int], q: Sequence[int]) -> None:
    if not p or not q:
        raise ValueError("a multiplier needs numbers of at least one bit")


def _cell(circuit: Circuit, terms: Sequence[Term], name: str) -> tuple[Term, list[int]]:
    """(sum, carry if any); a single term is its own sum and needs no cell."""
    if len(terms) == 1:
        return terms[0], []
    output, *carry = circuit.sum_of(terms, name)
    return output, carry


def _completed(circuit: Circuit, product: list[int], top: Sequence[Term], width: int) -> list[int]:
    """The product's bits: those given, the terms above them, and zeros where none can be."""
    for term in top:
        product.append(circuit.single(term, f"product bit {len(product)}"))
    while len(product) < width:
        product.append(circuit.zero(f"product bit {len(product)} is 0"))
    return product


def _dadda_heights(tallest: int) -> list[int]:
    """The heights ..., 9, 6, 4, 3, 2 to which columns shrink in turn, below the tallest."""
    heights = [2]
    while heights[-1] * 3 // 2 < tallest:
        heights.append(heights[-1] * 3 // 2)
    return heights[::-1]
