"""Roof duality: spins that have one value in all assignments of the least energy.

Each spin has two nodes, one for +1 and one for -1. A coupling joins the nodes of values that suit
each other; a field joins a node with the source, which is what holds, or with the sink. After the
greatest flow, the nodes that the source still reaches hold in every assignment of the least energy.
Couplings that frustrate each other are cut through their own mirror image, and decide nothing.

Source: P. L. Hammer, P. Hansen, B. Simeone, Mathematical Programming 28 (1984); the network of
E. Boros, P. L. Hammer, G. Tavares, RUTCOR report 10-2006.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from odesolve.problems.ising.problem import IsingProblem

__all__ = ["may_persist", "persistent_spins"]

#: SciPy's flows are 32-bit integers, and a residual may be twice a capacity.
LARGEST = 2**30

#: With more neighbours than this, on the average, next to nothing is decided; with more couplings
#: the flow takes longer than it saves.
MOST_DEGREE, MOST_COUPLINGS = 8, 40_000


def may_persist(problem: IsingProblem) -> bool:
    """Whether it is worth while to look for such spins; without fields there are none."""
    couplings = problem.coupling_count
    is_sparse = 2 * couplings <= MOST_DEGREE * problem.spin_count
    return is_sparse and couplings <= MOST_COUPLINGS and bool(problem.fields.any())


def persistent_spins(problem: IsingProblem) -> dict[int, int]:
    """Number of a spin -> its value in all assignments of the least energy; of some spins.

    Example:
        >>> persistent_spins(IsingProblem.from_dicts([2, 1, 0], {(0, 1): 1, (1, 2): 1, (0, 2): 1}))
        {0: -1}
    """
    if not may_persist(problem):
        return {}
    count = problem.spin_count
    sizes = [abs(int(number)) for number in (*problem.couplings.tolist(), *problem.fields.tolist())]
    common = int(np.gcd.reduce(np.array(sizes, object)))
    if max(sizes) // common > LARGEST:
        return {}
    capacities = np.array([size // common for size in sizes], np.int64)
    residual = _residual(problem, capacities)
    reached = breadth_first_order(residual, 2 * count, return_predecessors=False)
    held = reached[reached < 2 * count].tolist()
    return {node % count: 1 if node < count else -1 for node in held}


def _residual(problem: IsingProblem, capacities: np.ndarray) -> csr_array:
    """What is left of the network after the greatest flow.

    Nodes: +1 of each spin, -1 of each spin, the source, the sink.
    """
    count = problem.spin_count
    source, sink = 2 * count, 2 * count + 1
    first, second = problem.pairs.T.astype(np.int64)
    spins = np.arange(count)
    unlike = np.array([number > 0 for number in problem.couplings.tolist()], bool)
    partner = np.where(unlike, second + count, second)
    other = np.where(unlike, second, second + count)
    down = np.array([number > 0 for number in problem.fields.tolist()], bool)
    wanted, refused = np.where(down, spins + count, spins), np.where(down, spins, spins + count)
    couplings, fields = capacities[: len(first)], capacities[len(first) :]
    ends = [
        (first, partner, couplings), (partner, first, couplings),
        (first + count, other, couplings), (other, first + count, couplings),
        (np.full(count, source), wanted, fields), (refused, np.full(count, sink), fields),
    ]  # fmt: skip
    rows, columns, values = (np.concatenate(part) for part in zip(*ends, strict=True))
    shape = (sink + 1, sink + 1)
    network = csr_array(coo_array((values.astype(np.int32), (rows, columns)), shape=shape))
    flow = maximum_flow(network, source, sink).flow
    residual = csr_array(network.astype(np.int64) - flow.astype(np.int64))
    residual.data[residual.data < 0] = 0
    residual.eliminate_zeros()
    return residual
