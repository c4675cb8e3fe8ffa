"""What the dynamics get of a problem: couplings and fields as floats, in the dynamics' signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse

from odesolve.problems.ising.problem import IsingProblem

if TYPE_CHECKING:
    from odesolve.dynamics.ising.layout import Layout

__all__ = ["features", "float_terms", "float_unit", "ising_layout", "symmetric_matrix"]

#: Larger integers are scaled down before they become floats.
FLOAT_ROOM = 2**53


def ising_layout(
    problem: IsingProblem, *, keeps_couplings: bool = False, dense: bool | None = None
) -> Layout:
    """The couplings on the device; see ``odesolve.dynamics.ising.layout``."""
    from odesolve.dynamics.ising.layout import laid_out

    couplings, fields = float_terms(problem)
    return laid_out(
        problem.pairs,
        couplings,
        fields,
        keeps_couplings=keeps_couplings,
        dense=dense,
    )


def float_terms(
    problem: IsingProblem,
) -> tuple[Float[np.ndarray, " couplings"], Float[np.ndarray, " spins"]]:
    """W and b of E = -1/2 sum W s s - sum b s, float64; integers beyond 2^53 scaled down."""
    largest = _largest(problem)
    return -_floats(problem.couplings, largest), -_floats(problem.fields, largest)


def float_unit(problem: IsingProblem) -> float:
    """What an energy of 1 by these floats is in the problem's numerators."""
    largest = _largest(problem)
    return 1.0 if largest < FLOAT_ROOM else largest / FLOAT_ROOM


def _largest(problem: IsingProblem) -> int:
    """The largest magnitude of a numerator."""
    return max(
        (abs(int(number)) for number in (*_ends(problem.couplings), *_ends(problem.fields))),
        default=0,
    )


def symmetric_matrix(
    pairs: Int[np.ndarray, "couplings 2"], weights: Float[np.ndarray, " couplings"], count: int
) -> sparse.csr_array:
    """Couplings, each of which stands once, as a sparse matrix in which both halves stand."""
    half = sparse.coo_array((weights, (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return sparse.csr_array(half + half.T)


def _ends(numbers: np.ndarray) -> list[Any]:
    return [numbers.min(), numbers.max()] if len(numbers) else []


def _floats(numbers: np.ndarray, largest: int) -> np.ndarray:
    if largest < FLOAT_ROOM:
        return numbers.astype(np.float64)
    return np.array([int(number) * FLOAT_ROOM // largest for number in numbers], np.float64)


def features(problem: IsingProblem) -> dict[str, Any]:
    """What a preset may ask for.

    ``spins``, ``couplings``; ``density``, the share of all pairs; ``degree``, the mean number of
    neighbours; ``weights``: "equal", "signs" (one magnitude, both signs) or "many"; ``fields``:
    "yes" or "no".
    """
    return {
        "spins": problem.spin_count,
        "couplings": problem.coupling_count,
        "density": problem.density,
        "degree": 2.0 * problem.coupling_count / max(problem.spin_count, 1),
        "weights": _weights(problem.couplings),
        "fields": "yes" if problem.fields.any() else "no",
    }


def _weights(couplings: np.ndarray) -> str:
    if not len(couplings):
        return "equal"
    if (couplings == couplings[0]).all():
        return "equal"
    return "signs" if (np.abs(couplings) == abs(couplings[0])).all() else "many"
