"""Multilinear ("Fourier") expansions of relations, by fast transforms.

A table of ``2^n`` numbers is indexed by the bits of its variables, the first variable being the
most significant bit (the order in which the article, section "Potentials", writes its tables).
Both transforms cost n 2^n operations; no linear system is formed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
from jaxtyping import Bool, Float

MAXIMUM_ARITY = 12

#: Numbers or truth values of the rows, in order.
Table = np.ndarray | Sequence[float]


def truth_table_from_predicate(
    predicate: Callable[..., object], arity: int
) -> Bool[np.ndarray, " rows"]:
    """The truth table of a Python predicate of ``arity`` bits (ints 0 or 1), bool ``[2**arity]``.

    Raises:
        ValueError: if ``arity`` is not between 0 and 12.

    Example:
        >>> import odesolve as ode
        >>> ode.truth_table_from_predicate(lambda a, b: a >= b, 2).tolist()
        [True, False, True, True]
    """
    if not 0 <= arity <= MAXIMUM_ARITY:
        raise ValueError(f"a truth table has 0 to {MAXIMUM_ARITY} variables, got {arity}")
    return np.array([bool(predicate(*bits)) for bits in product((0, 1), repeat=arity)])


def multilinear_coefficients(table: Table) -> Float[np.ndarray, " rows"]:
    """Coefficients over the monomials of 0/1 variables (the Moebius transform).

    ``table`` is an array, or a list, of 2^n numbers or truth values.

    ``result[mask]`` multiplies the product of the variables whose bit is set in ``mask``
    (first variable = most significant bit). Source: the article, section "Potentials".

    Raises:
        ValueError: if it holds anything else, or its length is not a power of two.

    Example:
        a or b is a + b - a b; the masks are 0 for 1, 1 for b, 2 for a, 3 for a b.

        >>> import odesolve as ode
        >>> ode.multilinear_coefficients([0, 1, 1, 1]).tolist()
        [0.0, 1.0, 1.0, -1.0]
    """
    return _butterfly(table, lambda low, high: (low, high - low))


def walsh_coefficients(table: Table) -> Float[np.ndarray, " rows"]:
    """Coefficients over the monomials of -1/+1 variables (false = -1), by Walsh-Hadamard.

    ``table`` is an array, or a list, of 2^n numbers or truth values; ``result[mask]`` is as in
    ``multilinear_coefficients``. Source: the article, section "Potentials".

    Raises:
        ValueError: if it holds anything else, or its length is not a power of two.

    Example:
        The parity of two bits, as 0 or 1, is (1 - a b) / 2.

        >>> import odesolve as ode
        >>> ode.walsh_coefficients([0, 1, 1, 0]).tolist()
        [0.5, 0.0, 0.0, -0.5]
    """
    return _butterfly(table, lambda low, high: ((low + high) / 2, (high - low) / 2))


def _butterfly(
    table: Table,
    combine: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]],
) -> Float[np.ndarray, " rows"]:
    """Apply ``combine`` to the (bit = 0, bit = 1) halves along every variable in turn."""
    try:
        values = np.asarray(table).ravel()
    except ValueError:  # rows of different lengths
        values = np.zeros(0, object)
    is_masked = isinstance(table, np.ma.MaskedArray)
    if values.dtype.kind not in "biuf" or np.ndim(table) == 0 or is_masked:
        raise ValueError("a truth table is an array of numbers or truth values")
    values = values.astype(np.float64)
    arity = values.size.bit_length() - 1
    if values.size != 2**arity:
        raise ValueError(f"a truth table has 2^n rows, got {values.size}")
    cube = values.reshape((2,) * arity)
    for axis in range(arity):
        low, high = np.take(cube, 0, axis), np.take(cube, 1, axis)
        cube = np.stack(combine(low, high), axis)
    return cube.reshape(-1)
