"""Signed literals: what the families over literals share."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from odesolve.potentials.clauses import CellValues, Data, Spare, as_scopes
from odesolve.potentials.domains import Box, Domain, unit_cells
from odesolve.potentials.positions import each

#: Python's numbers would be of 64 bits where JAX is told to use those.
FALSE, TRUE = np.float32(0.0), np.float32(1.0)


def as_literals(scopes: Any, signs: Any, family: str) -> tuple[np.ndarray, np.ndarray]:
    """Scopes and signs as arrays ``[clauses, arity]``, int32 and float32.

    Raises:
        ValueError: if they are not of one shape, or a sign is not +1, -1 or 0 (padding).
    """
    table = as_scopes(scopes, family)
    array = np.asarray(signs, np.float32)
    if array.shape != table.shape or not ((np.abs(array) == 1.0) | (array == 0.0)).all():
        raise ValueError(f"{family}: signs must be +1 or -1 (0 for padding), one for each literal")
    return table, array


def as_integers(numbers: Any, name: str, shape: tuple[int, ...], family: str) -> np.ndarray:
    """Integers of 32 bits as an array of this shape; one number stands for all.

    Raises:
        ValueError: if they are something else.
    """
    array = np.asarray(numbers)
    if array.dtype.kind not in "iu" or array.shape not in ((), shape):
        raise ValueError(f"{family}: {name} must be integers {list(shape)} of 32 bits")
    if array.size and not (array.min() > -(2**31) and array.max() < 2**31):
        raise ValueError(f"{family}: {name} must be integers of 32 bits, got {array.max()}")
    return np.broadcast_to(array, shape).astype(np.int32)


def require_boxes(domains: tuple[Domain, ...], family: str) -> None:
    """Raise ValueError unless every variable is a bit."""
    if not all(isinstance(domain, Box) for domain in domains):
        raise ValueError(f"{family} works on Box variables, got {domains}")


def idle_literals(
    domains: tuple[Domain, ...], spare: Spare
) -> tuple[Int[np.ndarray, "1 arity"], Float[np.ndarray, "1 arity"]]:
    """Scopes and signs of one row: a literal that is true, and padding."""
    scopes = np.array([[spare(domain, 1) for domain in domains]], np.int32)
    signs = np.zeros(scopes.shape, np.float32)
    signs[:, :1] = 1.0
    return scopes, signs


def untruth_of(signs: Data, x: CellValues, domains: tuple[Domain, ...]) -> CellValues:
    """1 - y for each literal: 0 where it is true, 1 where it is false; padding is false."""
    # Selecting by a clause's sign would keep XLA's CPU code from being vectorised.
    return each(
        lambda unit, sign: jnp.where(sign < 0, FALSE, TRUE) - sign * unit,
        unit_cells(x, domains),
        jnp.asarray(signs)[:, :, None],
    )


def true_literals(signs: Data, values: Array) -> Array:
    """Which literals hold, ``[clauses, arity, runs]``; padding never does."""
    return each(
        lambda value, sign: ((value > 0) == (sign > 0)) & (sign != 0),
        values,
        jnp.asarray(signs)[:, :, None],
    )
