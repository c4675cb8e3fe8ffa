"""Addition as a chain of half and full adders (article, section "Addition and Subtraction")."""

from __future__ import annotations

from collections.abc import Sequence

from odesolve.problems.relations.circuit import Circuit


def ripple_adder(circuit: Circuit, first: Sequence[int], second: Sequence[int]) -> list[int]:
    """Add a + b = sum to a circuit; the carry ripples from each bit to the next.

    Arguments:
        first: bits of a, least significant first.
        second: bits of b; the widths may differ.

    Returns:
        The bits of the sum, one more than the wider number has.

    Raises:
        ValueError: if a number has no bit.
    """
    if not first or not second:
        raise ValueError("an adder needs numbers of at least one bit")
    total: list[int] = []
    carry: list[int] = []
    for i in range(max(len(first), len(second))):
        inputs = [*first[i : i + 1], *second[i : i + 1], *carry]
        name = f"{'half' if len(inputs) == 2 else 'full'} adder at bit {i}"
        output, *carry = circuit.sum_of(inputs, name)
        total.append(output)
    return total + carry
